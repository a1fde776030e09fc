"""The page of a backtest: what the scores say, "same as today" winning included, with pictures and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib import rc_context

from simulation.base.wording import listed, plural
from simulation.forecast import backtest_charts, scores
from simulation.forecast.pages import Block, short, write_page
from simulation.profile.trend import STOCK
from simulation.report.style import LOOK

NAMED_AT_MOST = 6
ERRORS = {
    "Model": "mean",
    "Same as today": "persistence",
    "Mean of three years": "mean_of_three",
    "Three-year trend": "trend",
    "Peers' level": "peers",
}
VERDICTS = {"nearer": "Clearly nearer than", "farther": "Clearly farther than", "neither": "Not told apart from"}


@dataclass(frozen=True, eq=False)
class Record:
    """What a backtest found.

    corrected, uncorrected: its rows, also those of years not published yet; history: children looked after, a row an
    authority and a column a year; skipped: code, name, reason; inadequate, foreseen: what ``inspected`` gives.
    """

    origin: int
    replications: int
    source: str
    corrected: pd.DataFrame
    uncorrected: pd.DataFrame
    history: pd.DataFrame
    skipped: Sequence[tuple[str, str, str]]
    inadequate: pd.DataFrame
    foreseen: pd.DataFrame


def write(path: Path, record: Record) -> list[str]:
    """Writes the page; gives its first sentences, for the screen."""
    seen = {"corrected": record.corrected, "uncorrected": record.uncorrected}
    seen = {name: frame[frame["actual"].notna()] for name, frame in seen.items()}
    with rc_context(LOOK):
        lives = backtest_charts.forecasts(record.corrected, record.history, record.origin)
    if seen["corrected"].empty:
        words = [
            f"No figure after {record.origin} is in the table yet: the forecasts are in predictions.csv and can be scored "
            "when it is."
        ]
        blocks = [Block("Forecasts of children looked after", _ahead(record.corrected)), *_skipped(record.skipped)]
        write_page(path, f"Forecasts from {record.origin}", "What is expected?", words, lives, blocks, _made(record))
        return words
    summary = {name: scores.summarise(frame) for name, frame in seen.items()}
    words = verdict(seen["corrected"], summary)
    with rc_context(LOOK):
        charts = [*lives, *backtest_charts.charts(summary, scores.beside(seen["corrected"]))]
    write_page(
        path,
        f"The model's record from {record.origin}",
        "How good would it have been?",
        words,
        charts,
        [*_tables(seen, summary), *_inadequate(record.inadequate), *_foreseen(record), *_skipped(record.skipped)],
        _made(record),
    )
    return words[:2]


def _made(record: Record) -> list[str]:
    return [
        f"Source: {record.source}. Fitted on figures up to 31 March {record.origin} (workforce up to September "
        f"{record.origin - 1}); each later figure was read only to be scored. {record.replications} replications of each "
        "authority with the model that the command run uses.",
        "Same as today: the newest figure known at the origin. Random walk: no change, with the spread of yearly growth before "
        "the origin over all authorities. Intervals are 10th to 90th percentile of the forecast; good ones hold 80% of figures.",
        "Corrected: the model's draws re-centred on a closed-form expectation and held near the spread seen before the origin; "
        "this is what scores.csv holds. As it came: the replications themselves.",
        "CRPS, the continuous ranked probability score, judges the whole forecast, its middle and its spread together; it is in "
        "the unit of the error, and low is good.",
        f"Clearly nearer or farther: the mean difference of errors over authorities is more than {scores.CLEAR:g} of its "
        f"standard errors, with at least {scores.FEWEST_AUTHORITIES} authorities.",
    ]


def verdict(frame: pd.DataFrame, summary: dict[str, pd.DataFrame]) -> list[str]:
    """What the scores say: the headline measure, then which measures are clearly nearer, farther, or neither."""
    on, off = (summary[name].query("horizon == 'all'").set_index("measure") for name in ("corrected", "uncorrected"))
    lines = []
    if STOCK in on.index:
        row, raw = on.loc[STOCK], off.loc[STOCK]
        lines += [
            f"Children looked after in {_who(frame)}: the forecast was off by {row.error:.1f}% on average, the model as it came "
            f"by {raw.error:.1f}%, 'same as today' by {row.error_persistence:.1f}% ({plural(int(row.cases), 'figure')}).",
            f"Its 80% intervals held {100 * row.coverage_80:.0f}% of the figures ({100 * raw.coverage_80:.0f}% as it came).",
        ]
    beside = scores.beside(frame)
    if beside["verdict"].eq("too few").all():
        few = scores.FEWEST_AUTHORITIES
        lines.append(f"Under {few} authorities are too few to say whether it is nearer than 'same as today'.")
    for name, words in VERDICTS.items():
        found = beside.loc[beside["verdict"] == name, "measure"]
        if len(found):
            lines.append(f"{words} 'same as today': {listed([short(m) for m in found])}.")
    narrow = [short(m) for m in on.index if on.loc[m, "coverage_80"] < 0.7]
    return [*lines, f"Intervals were too narrow (held under 70%) for: {listed(narrow)}."] if narrow else lines


def _who(frame: pd.DataFrame) -> str:
    names = frame.drop_duplicates("la_code")["la_name"].tolist()
    return listed(names) if len(names) <= NAMED_AT_MOST else f"{len(names)} authorities"


def _tables(seen: dict[str, pd.DataFrame], summary: dict[str, pd.DataFrame]) -> list[Block]:
    note = "Errors and CRPS in percent of the actual figure, or in points for shares; all years ahead together."
    each = "The same for every year ahead, corrected."
    whole = {name: table.query("horizon == 'all'") for name, table in summary.items()}
    return [
        Block("With the correction", _table(whole["corrected"]), note),
        Block("As it came", _table(whole["uncorrected"])),
        Block("By years ahead", _table(summary["corrected"].query("horizon != 'all'"), years=True), each),
        Block("Simple rules, mean error", simple_rules(seen["corrected"])),
    ]


def _table(summary: pd.DataFrame, years: bool = False) -> pd.DataFrame:
    points = summary["measure"].map(scores.is_points)
    made = {
        "Measure": summary["measure"].map(short),
        "Years ahead": summary["horizon"].astype(str),
        "Unit": points.map({True: "points", False: "%"}),
        "Figures": summary["cases"],
        "Model's error": _decimals(summary["error"]),
        "Same as today": _decimals(summary["error_persistence"]),
        "Bias": summary["bias"].map("{:+.1f}".format),
        "80% interval held, %": _decimals(100 * summary["coverage_80"], 0),
        "CRPS": _decimals(summary["crps"]),
        "CRPS, random walk": _decimals(summary["crps_random_walk"]),
    }
    return pd.DataFrame(made).drop(columns=[] if years else ["Years ahead"])


def _decimals(values: pd.Series, places: int = 2) -> pd.Series:
    return values.map(lambda value: "" if pd.isna(value) else f"{value:.{places}f}")


def simple_rules(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean error of each simple rule beside the model's, by measure."""
    points = frame["measure"].map(scores.is_points)
    scale = (100 / frame["actual"].abs().clip(lower=1e-9)).mask(points, 1.0)
    errors = pd.DataFrame({name: (frame[column] - frame["actual"]).abs() * scale for name, column in ERRORS.items()})
    out = errors.groupby(frame["measure"]).mean().apply(_decimals)
    return out.set_axis([short(measure) for measure in out.index]).rename_axis("Measure").reset_index()


def _ahead(frame: pd.DataFrame) -> pd.DataFrame:
    """Children looked after, authority by authority: today, and the forecast of each year."""
    rows = frame[frame["measure"] == STOCK]
    whole = {name: rows[column].map("{:.0f}".format) for name, column in (("Today", "persistence"), ("Expected", "p50"))}
    ranges = rows["p10"].map("{:.0f}".format) + " to " + rows["p90"].map("{:.0f}".format)
    years = (rows["origin"] + rows["horizon"]).astype(str)
    return pd.DataFrame({"Authority": rows["la_name"], "31 March": years, **whole, "80% interval": ranges})


def _inadequate(differences: pd.DataFrame) -> list[Block]:
    if differences.empty:
        return []
    shown = differences.assign(
        indicator=differences["indicator"].map(short),
        difference=differences["difference"].map("{:+.1f}".format),
        standard_error=_decimals(differences["standard_error"], 1),
    )
    shown.columns = ["Measure", "Authorities", "Difference", "Standard error", "Unit"]
    words = (
        "Published figures only: change from the year before the judgement to the year after, less that of neighbours. "
        "The model takes judgements as inputs; its own answer to one is in the command examine, fact D3."
    )
    return [Block("Authorities judged inadequate, beside their neighbours", shown, words)]


def _foreseen(record: Record) -> list[Block]:
    if record.foreseen.empty:
        return []
    numbers = {name: record.foreseen[name].map("{:+.1f}".format) for name in ("difference", "forecast")}
    shown = record.foreseen.assign(indicator=record.foreseen["indicator"].map(short), **numbers)
    shown.columns = ["Measure", "Judged", "Authorities", "Difference as it came", "Difference forecast", "Unit"]
    words = (
        f"Change from {record.origin} to the last year scored, less that of neighbours. The model knows of a judgement up to the "
        "origin, not of a later one. Few authorities: read it for direction, not size."
    )
    return [Block("Authorities judged inadequate, as forecast", shown, words)]


def _skipped(skipped: Sequence[tuple[str, str, str]]) -> list[Block]:
    if not skipped:
        return []
    table = pd.DataFrame([(name, reason) for _, name, reason in skipped], columns=["Authority", "Reason"])
    return [Block("Authorities skipped", table)]
