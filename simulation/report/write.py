"""The page: every part put together, written to the side and moved in."""

from __future__ import annotations

import base64
import csv
import io
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from simulation.base.measures import REGISTER, TEN
from simulation.base.wording import capital, listed, plural, short
from simulation.report import answer, packs, tables, trust
from simulation.report.charts import causes, differences, fans, flow, lines, money, places, waits, work
from simulation.report.family import Family
from simulation.report.folder import Results
from simulation.report.style import LOOK, Chart, Missing, for_page, render, shared

TITLE_AT_MOST = 170
Draw = Callable[[Family], Chart | Missing | list[Chart | Missing]]
PICTURES: tuple[Draw, ...] = (
    lines.visits_and_plans,
    waits.where_weeks_go,
    causes.why_drift,
    lines.workforce_and_changes,
    places.need_and_places,
)
"""Five of the six pictures; the sixth is the cards."""
SECTIONS: tuple[tuple[str, str, str, tuple[Draw, ...]], ...] = (
    ("next", "Then and next", "Published history, then the range of simulated futures.", (fans.fans, causes.growth)),
    ("differences", "Difference each plan makes", "", (differences.differences, causes.tornado)),
    ("work", "The work", "", (work.caseloads, work.duties, work.teams)),
    ("children", "Children's journeys and homes", "", (flow.pathway, places.placement_map, places.siblings)),
    ("money", "Money", "", (money.money_steps, work.week_cost)),
)
"""What stands behind the answer: anchor, title, words and charts."""


@dataclass
class Book:
    """The charts drawn so far, and the letter shapes that the page's charts share."""

    charts: list[Chart] = field(default_factory=list)
    glyphs: dict[str, str] = field(default_factory=dict)


def write_report(folder: Path | str) -> Path:
    """Write ``report.html`` and ``charts/`` from the result files in ``folder``; gives the path of the page.

    Reads ``run.json``, ``summary.csv``, ``comparison.csv`` and whatever other tables are there; a part whose table
    is missing says so. The same folder always gives the same bytes. Raises ``Faults`` for a folder that cannot be
    read, and then writes nothing.
    """
    results = Results(folder)
    book = Book()
    with matplotlib.rc_context(LOOK):
        families = [
            _family(Family(results, base, tuple(levers), i), book) for i, (base, levers) in enumerate(results.bases.items())
        ]
    page = _page(results, families, book)
    _write_charts(results.folder, book.charts)
    target = results.folder / "report.html"
    _move_in(target, page.encode("utf-8"))
    return target


def _family(family: Family, book: Book) -> dict[str, Any]:
    """Everything the page says about one base."""
    scenario = family.results.scenarios[family.base]
    return {
        "title": scenario.title,
        "question": scenario.question,
        "words": answer.base_words(family),
        "cards": [answer.card(family, lever) for lever in family.levers],
        "ten": tables.ten_measures(family),
        "pictures": _drawn(family, PICTURES, book),
        "sections": [_drawn(family, draws, book) for _, _, _, draws in SECTIONS],
    }


def _drawn(family: Family, draws: tuple[Draw, ...], book: Book) -> list[dict[str, Any]]:
    """Charts as the template wants them; each is rendered as soon as it is drawn, so that few are held at once."""
    out = []
    for draw in draws:
        made = draw(family)
        for chart in made if isinstance(made, list) else [made]:
            if isinstance(chart, Missing):
                out.append({"name": chart.name, "topic": chart.topic, "reason": chart.reason, "svg": ""})
            else:
                book.charts.append(render(chart))
                out.append(_for_template(chart, book.glyphs))
    return out


def _for_template(chart: Chart, glyphs: dict[str, str]) -> dict[str, Any]:
    rows = _rows(chart.table)
    columns = [str(name) for name in chart.table.columns]
    return {
        "name": chart.name,
        "topic": chart.topic,
        "headline": chart.headline,
        "subtitle": chart.subtitle,
        "alt": chart.alt,
        "note": chart.note.strip(),
        "svg": True,
        "inline": Markup(for_page(chart, glyphs)),  # drawn here: every text in it is escaped or is paths
        "columns": columns,
        "rows": rows,
        "csv": base64.b64encode(_csv(columns, chart.table).encode()).decode(),
    }


def _rows(table: pd.DataFrame) -> list[list[str]]:
    """Cells as text; numbers in plain figures."""
    return [[_cell(value) for value in row] for row in table.itertuples(index=False, name=None)]


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return (
            ""
            if pd.isna(value)
            else f"{value:,.0f}"
            if abs(value) >= 1000 or value == int(value)
            else f"{value:,.2f}".rstrip("0").rstrip(".")
        )
    return str(value)


def _csv(columns: list[str], table: pd.DataFrame) -> str:
    """The table as CSV that no spreadsheet can take for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(_harmless, columns))
    writer.writerows([_harmless(value) for value in row] for row in table.itertuples(index=False, name=None))
    return out.getvalue()


def _harmless(value: Any) -> Any:
    """Text that a spreadsheet would run gets a quotation mark in front; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _page(results: Results, families: list[dict[str, Any]], book: Book) -> str:
    environment = Environment(
        loader=PackageLoader("simulation.report", "page"),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css = (Path(__file__).parent / "page" / "report.css").read_text(encoding="utf-8")
    trusted = trust.trust(results)
    sections = [
        {"id": name, "title": title, "words": words, "charts": [chart for family in families for chart in family["sections"][i]]}
        for i, (name, title, words, _) in enumerate(SECTIONS)
    ]
    measured = [measure for _, measures in TEN for measure in measures]
    return environment.get_template("report.html").render(
        title=_title(results),
        real_stock=any(entry.get("stock_file") for entry in results.run["scenarios"]),
        css=Markup(css),
        glyphs=Markup(shared(book.glyphs)),
        families=families,
        trust=trusted,
        spread=tables.spread_words(results),
        sections=sections,
        when=results.when,
        backtest={"columns": list(trusted.backtest.columns), "rows": _rows(trusted.backtest)},
        assumptions=tables.assumptions(results),
        packs=packs.packs(results),
        changes=tables.changes(results),
        meanings=[(capital(short(m)), REGISTER[m].meaning + " " + capital(answer.direction(m)) + ".") for m in measured],
        made=_made(results),
    )


def _title(results: Results) -> str:
    """The plans beside their base, by name while there is room for their names."""
    bases = listed([results.scenarios[base].title for base in results.bases])
    plans = [results.scenarios[lever].title for levers in results.bases.values() for lever in levers]
    named = f"{'; '.join(plans)}, beside {bases}"
    return bases if not plans else named if len(named) <= TITLE_AT_MOST else f"{plural(len(plans), 'plan')} beside {bases}"


def _made(results: Results) -> list[tuple[str, str]]:
    """Where the figures come from."""
    run = results.run
    versions = ", ".join(f"{name} {version}" for name, version in sorted((run.get("versions") or {}).items()))
    pairs = [
        ("Command", run.get("command")),
        ("Started", run.get("started")),
        ("Seed", run.get("seed")),
        ("Replications", run.get("replications")),
        ("Weeks", run.get("weeks")),
        ("Versions", versions),
        ("Commit", run.get("commit")),
        ("Machine", run.get("machine")),
        ("Scenarios", "; ".join(f"{s['id']} ({str(s.get('hash', ''))[:12]})" for s in run["scenarios"])),
    ]
    return [(name, str(value)) for name, value in pairs if value not in (None, "")]


def _write_charts(folder: Path, charts: list[Chart]) -> None:
    """All charts beside the page, replacing the last report's only when all are there."""
    aside, target = folder / "charts.new", folder / "charts"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    for chart in charts:
        (aside / f"{chart.name}.svg").write_text('<?xml version="1.0" encoding="utf-8"?>\n' + chart.svg, encoding="utf-8")
        (aside / f"{chart.name}.png").write_bytes(chart.png)
    shutil.rmtree(target, ignore_errors=True)
    os.replace(aside, target)


def _move_in(target: Path, content: bytes) -> None:
    """Write beside the target, then replace it in one step."""
    aside = target.with_suffix(target.suffix + ".new")
    aside.write_bytes(content)
    os.replace(aside, target)
