"""Self-contained pages for the model's record and its calibration: words, pictures with their numbers, tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from simulation.profile.profile import write_text
from simulation.report.style import LOOK, Chart, for_page, render, shared
from simulation.results import files

SHORT = {
    "cla_31march_number": "children looked after",
    "cla_started_number": "starting care",
    "cla_ceased_number": "ceasing care",
    "referrals_number": "referrals",
    "s47_number": "S47 enquiries",
    "icpc_number": "initial conferences",
    "cpp_started_number": "protection plans started",
    "cpp_31march_number": "protection plans",
    "cin_31march_number": "children in need",
    "spend_s251_cla_total": "spend on looked-after children",
    "unitcost_s251_cla_weekly": "weekly cost of a child in care",
    "unitcost_s251_residential_weekly": "weekly cost, residential",
    "unitcost_s251_fostering_weekly": "weekly cost, fostering",
    "cla_31march_placement_foster_pct": "share in foster care",
    "cla_31march_outside_la_pct": "share outside the boundary",
    "sw_agency_rate_fte_pct": "agency share",
    "sw_vacancy_rate_fte_pct": "vacancy rate",
    "sw_turnover_rate_fte_pct": "turnover",
    "sw_caseload_avg": "mean caseload",
}
"""Short names of published indicators, for people."""
NUMBER = re.compile(r"[-+]?[\d,]*\.?\d*%?|")


@dataclass(frozen=True)
class Block:
    """A table of the page with its title and a sentence before it."""

    title: str
    frame: pd.DataFrame
    words: str = ""


def short(indicator: str) -> str:
    """The short name of an indicator, or its own."""
    return SHORT.get(indicator, indicator)


KIND = "Headroom: a simulation of children's social care"
"""Stands at the head of every page; by it a page is known as our own."""


def check_page(path: Path) -> None:
    """Refuses to replace a page that is not one of these."""
    files.check_replaceable(path, lambda there: KIND in there.read_text(encoding="utf-8"))


def write_page(
    path: Path,
    title: str,
    question: str,
    words: Sequence[str],
    charts: Sequence[Chart],
    blocks: Sequence[Block],
    made: Sequence[str],
) -> None:
    """One HTML file that needs nothing else: no scripts, no requests; every picture has words and its numbers."""
    environment = Environment(
        loader=PackageLoader("simulation.forecast", "."), autoescape=select_autoescape(["html"]), trim_blocks=True
    )
    css = (Path(__file__).parents[1] / "report" / "page" / "report.css").read_text(encoding="utf-8")
    glyphs: dict[str, str] = {}
    drawn = [_chart(chart, glyphs) for chart in charts]
    html = environment.get_template("page.html").render(
        kind=Markup(KIND),
        title=title,
        question=question,
        words=list(words),
        charts=drawn,
        made=list(made),
        css=Markup(css),
        glyphs=Markup(shared(glyphs)),
        tables=[{"title": b.title, "words": b.words, **_table(b.frame)} for b in blocks],
    )
    write_text(path, html)


def _chart(chart: Chart, glyphs: dict[str, str]) -> dict[str, Any]:
    import matplotlib

    with matplotlib.rc_context(LOOK):
        render(chart)
    return {
        "name": chart.name,
        "topic": chart.topic,
        "headline": chart.headline,
        "subtitle": chart.subtitle,
        "alt": chart.alt,
        "note": chart.note,
        "inline": Markup(for_page(chart, glyphs)),
        **_table(chart.table),
    }


def _table(frame: pd.DataFrame) -> dict[str, Any]:
    """Columns, rows of words, and which columns hold numbers, so that these stand to the right."""
    rows = [[_cell(value) for value in row] for row in frame.itertuples(index=False, name=None)]
    numbers = [all(NUMBER.fullmatch(row[k]) for row in rows) for k in range(len(frame.columns))]
    return {"columns": list(frame.columns), "rows": rows, "numbers": numbers}


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if pd.isna(value) else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return str(value)
