"""Self-contained pages for the model's record and its calibration: words, pictures with their numbers, tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from simulation.evidence import scores
from simulation.evidence.profile import write_text
from simulation.report.style import LOOK, Chart, for_page, render, shared

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


@dataclass(frozen=True)
class Block:
    """A table of the page with its title and a sentence before it."""

    title: str
    frame: pd.DataFrame
    words: str = ""


def short(indicator: str) -> str:
    """The short name of an indicator, or its own."""
    return SHORT.get(indicator, indicator)


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
        loader=PackageLoader("simulation.evidence", "."), autoescape=select_autoescape(["html"]), trim_blocks=True
    )
    css = (Path(__file__).parents[1] / "report" / "page" / "report.css").read_text(encoding="utf-8")
    glyphs: dict[str, str] = {}
    drawn = [_chart(chart, glyphs) for chart in charts]
    html = environment.get_template("page.html").render(
        title=title,
        question=question,
        words=list(words),
        charts=drawn,
        made=list(made),
        css=Markup(css),
        glyphs=Markup(shared(glyphs)),
        tables=[{"title": b.title, "words": b.words, "columns": list(b.frame.columns), "rows": _cells(b.frame)} for b in blocks],
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
        "columns": list(chart.table.columns),
        "rows": _cells(chart.table),
    }


def _cells(frame: pd.DataFrame) -> list[list[str]]:
    return [[_cell(value) for value in row] for row in frame.itertuples(index=False, name=None)]


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if pd.isna(value) else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return str(value)


def write_backtest(
    path: Path,
    seen: dict[str, pd.DataFrame],
    skipped: Sequence[tuple[str, str, str]],
    origin: int,
    replications: int,
    source: str,
    inadequate: pd.DataFrame,
    foreseen: pd.DataFrame,
) -> str:
    """The page of a backtest; gives its first sentence.

    ``seen``: scores with actual figures, corrected and uncorrected; ``inadequate`` and ``foreseen``: what the functions of
    ``inspected`` give.
    """
    from simulation.evidence import backtest_charts

    summary = {name: scores.summarise(frame) for name, frame in seen.items() if len(frame)}
    made = [
        f"Source: {source}. Fitted on figures up to 31 March {origin} (workforce up to September "
        f"{origin - 1}); each later figure was read only "
        f"to be scored. {replications} replications of each authority with the model that the command run uses.",
        "Same as today: the newest figure known at the origin. Random walk: no change, with the "
        "spread of yearly growth before the origin "
        "over all authorities. Intervals are 10th to 90th percentile of the forecast; a good one holds 80% of the figures.",
        "Corrected: the model's draws re-centred on a closed-form expectation and held near the spread seen before the origin. "
        "Not corrected: the replications as they came.",
    ]
    if not summary:
        words = [
            f"No figure after {origin} is in the table yet: the forecasts are in predictions.csv and can be scored when it is."
        ]
        write_page(path, f"Forecasts from {origin}", "How good is it?", words, [], _skipped(skipped), made)
        return words[0]
    words = verdict(summary["corrected"], origin)
    charts = backtest_charts.charts(summary)
    blocks = [
        Block(
            "With the correction",
            _table(summary["corrected"]),
            "Errors in percent of the actual figure, or in points for shares.",
        ),
        Block("Without the correction", _table(summary["uncorrected"])),
        Block("Simple rules, mean error", simple_rules(seen["corrected"])),
        *_inadequate(inadequate),
        *_foreseen(foreseen, origin),
        *_skipped(skipped),
    ]
    write_page(path, f"The model's record from {origin}", "How good would it have been?", words, charts, blocks, made)
    return words[0]


def verdict(summary: pd.DataFrame, origin: int) -> list[str]:
    """What the scores say, persistence's wins included."""
    pooled = summary[summary["horizon"] == "all"].set_index("measure")
    better = [m for m in pooled.index if pooled.loc[m, "error"] < pooled.loc[m, "error_persistence"]]
    worse = [m for m in pooled.index if m not in better]
    lines = []
    stock = "cla_31march_number"
    if stock in pooled.index:
        row = pooled.loc[stock]
        lines.append(
            f"Children looked after: mean error {row.error:.1f}%, same as today {row.error_persistence:.1f}%; 80% intervals held "
            f"{100 * row.coverage_80:.0f}% of {row.cases:.0f} figures; CRPS {row.crps:.2f}%, random "
            f"walk {row.crps_random_walk:.2f}%."
        )
    lines.append(f"Nearer than same as today on: {_names(better)}.")
    lines.append(
        f"Same as today was as near or nearer on: {_names(worse)}." if worse else "Same as today was not nearer on any measure."
    )
    narrow = [m for m in pooled.index if pooled.loc[m, "coverage_80"] < 0.7]
    if narrow:
        lines.append(f"Intervals were too narrow (held under 70%) for: {_names(narrow)}.")
    return lines


def _names(indicators: Sequence[str]) -> str:
    return ", ".join(short(name) for name in indicators) if indicators else "none"


def _table(summary: pd.DataFrame) -> pd.DataFrame:
    points = summary["measure"].map(scores.is_points)
    return pd.DataFrame(
        {
            "Measure": summary["measure"].map(short),
            "Years ahead": summary["horizon"].astype(str),
            "Figures": summary["cases"],
            "Unit": points.map({True: "points", False: "%"}),
            "Model's error": summary["error"].round(2),
            "Same as today": summary["error_persistence"].round(2),
            "Bias": summary["bias"].round(2),
            "In the 80% interval, %": (100 * summary["coverage_80"]).round(0),
            "CRPS": summary["crps"].round(2),
            "CRPS, random walk": summary["crps_random_walk"].round(2),
        }
    )


def simple_rules(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean error of each simple rule beside the model's, by measure."""
    scale = frame["measure"].map(scores.is_points).map({True: 1.0, False: 0.0}) + (
        ~frame["measure"].map(scores.is_points)
    ) * 100 / frame["actual"].abs().clip(lower=1e-9)
    named = {
        "Model": "mean",
        "Same as today": "persistence",
        "Mean of three years": "mean_of_three",
        "Three-year trend": "trend",
        "Peers' level": "peers",
    }
    errors = pd.DataFrame({name: (frame[column] - frame["actual"]).abs() * scale for name, column in named.items()})
    out = errors.groupby(frame["measure"]).mean().round(2).reset_index().rename(columns={"measure": "Measure"})
    return out.assign(Measure=out["Measure"].map(short))


def _inadequate(differences: pd.DataFrame) -> list[Block]:
    if differences.empty:
        return []
    shown = differences.assign(indicator=differences["indicator"].map(short)).round(1)
    shown.columns = ["Measure", "Authorities", "Difference", "Standard error", "Unit"]
    words = (
        "Published figures only: change from the year before the judgement to the year after, less that of neighbours. "
        "The model takes judgements as inputs; its own answer to one is in the command examine, fact D3."
    )
    return [Block("Authorities judged inadequate, beside their neighbours", shown, words)]


def _foreseen(differences: pd.DataFrame, origin: int) -> list[Block]:
    if differences.empty:
        return []
    shown = differences.assign(indicator=differences["indicator"].map(short)).round(1)
    shown.columns = ["Measure", "Judged", "Authorities", "Difference as it came", "Difference forecast", "Unit"]
    words = (
        f"Change from {origin} to the last year scored, less that of neighbours. The model knows of a judgement up to "
        "the origin, not of a later one. Few authorities: read it for direction, not size."
    )
    return [Block("Authorities judged inadequate, as forecast", shown, words)]


def _skipped(skipped: Sequence[tuple[str, str, str]]) -> list[Block]:
    if not skipped:
        return []
    return [
        Block(
            "Authorities skipped", pd.DataFrame([(name, reason) for _, name, reason in skipped], columns=["Authority", "Reason"])
        )
    ]
