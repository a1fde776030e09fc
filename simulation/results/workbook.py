"""``summary.xlsx``: the tables a planner opens first. Text is written as text, so it can never become a formula."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from simulation.base.measures import REGISTER, TEN
from simulation.base.wording import said, year_words
from simulation.results import files
from simulation.results.folder import Results
from simulation.results.periods import RUN, YEAR
from simulation.results.sheets import Row, Sheet, write_book
from simulation.results.tables import TABLES

BUDGETS = {"Budget mean": "mean", "Budget P50": "p50", "Budget P10": "p10", "Budget P90": "p90"}
"""Sheets of the budget by quarter, and the figure each shows."""
MOST_ROWS = 20_000
"""Rows a sheet may have before breakdowns are left to the CSV file."""
OPERATORS = {"add": "add", "multiply": "multiply by", "set": "set to"}
CONFIDENCE = "D official data, C computed from it, F document, S given by the scenario, M field knowledge, J judgement, X choice"
Tables = Mapping[str, pd.DataFrame | None]


def write_workbook(results: Results, tables: Tables, about: Mapping[str, Any]) -> None:
    """Write ``summary.xlsx`` from the tables and from ``run.json``."""
    sheets = [sheet for sheet in _sheets(tables, about) if sheet is not None]
    files.write_with(results.path / "summary.xlsx", lambda side: write_book(side, [_readme(about, sheets), *sheets]))


def _sheets(tables: Tables, about: Mapping[str, Any]) -> list[Sheet | None]:
    return [
        _main(tables["summary"], tables["comparison"], about),
        _table("Comparison", "Each plan against its base on common random numbers, future by future. 'not known': plausible settings "
               "reverse the order.", tables["comparison"]),
        _table("Summary", "Every measure in every year. p05 to p95: the range between futures. ci_low, ci_high: the 95% interval "
               "for the mean.", tables["summary"]),
        *(_budget(name, figure, tables.get("budget_quarterly"), about) for name, figure in BUDGETS.items()),
        _table("Budget by year", "Each budget line over whole financial years, and the marked totals.", tables.get("budget_yearly"), form="money"),
        _pay_back(tables.get("pay_back"), about),
        _sufficiency(tables["sufficiency"], about),
        _table("Chance and parameters", "How much of each spread is chance and how much comes from uncertain settings.", tables["variance"]),
        _table("Sensitivity", "Which uncertain setting moves which measure.", tables["sensitivity"]),
        _table("Start check", "Whether a measure jumps or drifts in the first weeks.", tables["start_check"]),
        _dated_changes(about),
        _assumptions(about),
        _provenance(about),
    ]  # fmt: skip


def _titles(about: Mapping[str, Any]) -> dict[str, str]:
    """What each scenario is called in the sheets that people read: its title; where two have the same, with its file's name."""
    titles = {one["id"]: str(one["title"] or one["id"]) for one in about["scenarios"]}
    return {name: title if list(titles.values()).count(title) == 1 else f"{title} ({name})" for name, title in titles.items()}


def _table(name: str, says: str, frame: pd.DataFrame | None, form: str = "any") -> Sheet | None:
    """A table as it is; without breakdowns if there are too many rows for a sheet."""
    if frame is None or not len(frame):
        return None
    if len(frame) > MOST_ROWS and "group" in frame.columns:
        frame = frame[frame["group"] == "all"]
    rows = list(frame.head(MOST_ROWS).itertuples(index=False, name=None))
    return Sheet(name, says, list(frame.columns), rows, "unit" if "unit" in frame.columns else "", form, pinned=1)


def _main(summary: pd.DataFrame | None, comparison: pd.DataFrame | None, about: Mapping[str, Any]) -> Sheet | None:
    """The ten measures in the last whole year: a row each, a column for each scenario, differences beside."""
    if summary is None:
        return None
    whole = summary[summary["period_kind"] == YEAR]["period"]
    period = max(whole) if len(whole) else RUN
    levels, gaps = _of_period(summary, period), _of_period(comparison, period)
    names = [one["id"] for one in about["scenarios"]]
    plans = [name for name in names if any(key[0] == name for key in gaps)]
    label = _titles(about)
    words = "whole run" if period == RUN else year_words(int(period))
    header = ["part", "measure", "period", "unit", *label.values()]
    header += [f"{label[plan]}: {what}" for plan in plans for what in ("difference", "95% from", "95% to", "verdict")]
    rows: list[Row] = []
    for part, measures in TEN:
        for measure in measures:
            shown = [levels.get((name, measure), {}).get("mean") for name in names]
            if any(value is not None for value in shown):
                row = [part, REGISTER[measure].meaning, words, REGISTER[measure].unit, *shown]
                for plan in plans:
                    gap = gaps.get((plan, measure), {})
                    row += [gap.get(key) for key in ("difference", "ci_low", "ci_high")]
                    row.append(said(gap["verdict"], int(gap["replications"])) if gap else None)
                rows.append(row)
    when = "the whole run" if period == RUN else f"{words}, the last whole financial year of the run"
    says = f"The measures to read first, for {when}: means; for each plan the difference from its base with its 95% interval."
    return Sheet("Main measures", says, header, rows, "unit", wide=("measure",), pinned=4) if rows else None


def _of_period(frame: pd.DataFrame | None, period: str) -> dict[tuple[str, str], dict[str, Any]]:
    if frame is None or not len(frame):
        return {}
    rows = frame[(frame["period"] == period) & (frame["group"] == "all")]
    return {(row["scenario"], row["measure"]): row for row in rows.to_dict("records")}


def _budget(name: str, figure: str, frame: pd.DataFrame | None, about: Mapping[str, Any]) -> Sheet | None:
    """A row a budget line, a column a quarter."""
    if frame is None or not len(frame):
        return None
    quarters = list(dict.fromkeys(frame.sort_values(["financial_year", "quarter"])["when"]))
    keys, titles = ["scenario", "row", "line"], _titles(about)
    wide = frame.pivot_table(index=keys, columns="when", values=figure, sort=False)[quarters]
    wide = wide.reindex(dict.fromkeys(map(tuple, frame[keys].to_numpy())))
    rows = [[titles[key[0]], *key[1:], *row] for key, row in zip(wide.index, wide.to_numpy().tolist(), strict=True)]
    which = {"mean": "the mean of the futures; lines add up to their total", "p50": "the middle future",
             "p10": "exceeded in nine futures of ten", "p90": "exceeded in one future of ten"}[figure]  # fmt: skip
    apart = "" if figure == "mean" else " Percentiles of lines do not add up to those of the total."
    says = f"Whole pounds by quarter of the financial year: {which}.{apart}"
    return Sheet(name, says, [*keys, *quarters], rows, form="money", pinned=3)


def _pay_back(frame: pd.DataFrame | None, about: Mapping[str, Any]) -> Sheet | None:
    """What each plan costs and saves, items down."""
    if frame is None or not len(frame):
        return None
    meaning = {column.name: column.meaning for column in TABLES["pay_back"].columns}
    items = [item for item in frame.columns if item != "scenario"]
    titles = _titles(about)
    rows = [[titles[plan["scenario"]], item, plan[item], meaning.get(item, "")] for plan in frame.to_dict("records") for item in items]
    return Sheet("Pay-back", "What each plan costs and saves beside its base over the run, in GBP, and when it has paid back.",
                 ["scenario", "item", "value", "what it is"], rows, form="money", wide=("what it is",), pinned=2)  # fmt: skip


def _sufficiency(frame: pd.DataFrame | None, about: Mapping[str, Any]) -> Sheet | None:
    """A row a line of the statement; for each year its mean, which adds up, and its P10, P50 and P90."""
    if frame is None or not len(frame):
        return None
    keys, bands, titles = ["scenario", "table", "line", "unit"], ["mean", "p10", "p50", "p90"], _titles(about)
    wide = frame.pivot_table(index=keys, columns="when", values=bands, sort=False)
    columns = [(band, year) for year in sorted(frame["when"].unique()) for band in bands]
    wide = wide.reindex(columns=columns)
    header = keys + [f"{year} {band if band == 'mean' else band.upper()}" for band, year in columns]
    rows = [[titles[key[0]], *key[1:], *row] for key, row in zip(wide.index, wide.to_numpy().tolist(), strict=True)]
    says = "The tables of a placement sufficiency statement for the first four whole financial years. Means of lines add up."
    return Sheet("Sufficiency", says, header, rows, form="fitting", pinned=3)


def _dated_changes(about: Mapping[str, Any]) -> Sheet | None:
    """A row for each setting of each dated change: the plan itself. What a plan shares with its base stands under the base."""
    every = {one["id"]: list(one.get("changes", ())) for one in about["scenarios"]}
    rows = [
        [one["id"], change.get("from", ""), change.get("until", ""), setting, words, _flat(value),
         change.get("ramp_months") or None, change.get("note", ""), change.get("origin", "")]
        for one in about["scenarios"]
        for change in every[one["id"]]
        if change not in every.get(one["extends"], ())
        for how, words in OPERATORS.items()
        for setting, value in (change.get(how) or {}).items()
    ]  # fmt: skip
    header = ["scenario", "from", "until", "setting", "change", "value", "over months", "note", "origin"]
    return Sheet("Dated changes", "What each scenario changes, when, and why.", header, rows, wide=("note",), pinned=1) if rows else None


def _assumptions(about: Mapping[str, Any]) -> Sheet:
    """A row a setting, a column a scenario; those a scenario gives come first."""
    names = [one["id"] for one in about["scenarios"]]
    found: dict[str, dict[str, Any]] = {}
    for one in about["scenarios"]:
        for setting in one["parameters"]:
            found.setdefault(setting["name"], {})[one["id"]] = setting
    rows = [_assumption(name, [each.get(scenario) for scenario in names]) for name, each in found.items()]
    rows.sort(key=lambda row: not row[0])
    header = ["given by", "setting", *names, "unit", "meaning", "confidence", "drawn from", "to", "source"]
    says = f"Every setting with its value and source; those a scenario gives come first. Confidence: {CONFIDENCE}."
    return Sheet("Assumptions", says, header, rows, wide=("meaning", "source"), pinned=2)


def _assumption(name: str, each: list[dict[str, Any] | None]) -> Row:
    present = [setting for setting in each if setting]
    own = [setting for setting in present if setting["origin"] != "default"]
    first = own[0] if own else present[0]
    sources = list(dict.fromkeys(setting["source"] for setting in own or present))
    given = ", ".join(dict.fromkeys(setting["origin"] for setting in own))
    values = [_flat(setting["value"]) if setting else None for setting in each]
    return [given, name, *values, first["unit"], first["meaning"], first["confidence"], first["prior_low"], first["prior_high"], "; ".join(sources)]


def _flat(value: Any) -> Any:
    return value if isinstance(value, str | int | float) or value is None else str(value)


def _provenance(about: Mapping[str, Any]) -> Sheet:
    told = {key: value for key, value in about.items() if key not in ("scenarios", "seconds", "failures")}
    rows: list[Row] = [[key, _flat(value)] for key, value in told.items()]
    rows += [[f"scenario {one['id']}", f"{one['title']} (hash {one['hash']})"] for one in about["scenarios"]]
    rows += [["failed", f"{one['scenario']} replication {one['replication']}"] for one in about["failures"]]
    return Sheet("Provenance", "Command, seed, versions and hashes, from which the same numbers can be made again.",
                 ["item", "value"], rows, wide=("value",))  # fmt: skip


def _readme(about: Mapping[str, Any], sheets: list[Sheet]) -> Sheet:
    failed = len(about["failures"])
    notes = [
        "Headroom: simulated children's services. Synthetic people only; never about one child.",
        f"{about['finished']} finished replications of {len(about['scenarios'])} scenario(s), {about['weeks']} weeks, seed {about['seed']}.",
        f"{failed} replications FAILED and are missing from every figure (sheet Provenance)." if failed else "",
        "Years are financial years by the calendar year in which they end (2021 = April 2020 to March 2021), 'part year' where the run "
        "does not hold every week of it. 'run' is the whole run.",
        "Sums of a year are over whole weeks (52 or 53); the budget sheets are by calendar days, so their years differ a little.",
        "Money in the sheets is in whole pounds.",
        "Weekly values, children, placements and staff are in the Parquet files beside this workbook; datapackage.json names every column.",
    ]  # fmt: skip
    rows: list[Row] = [["About", note] for note in notes if note]
    rows += [["Scenario", f"{title} (scenario {name} in the data sheets)"] for name, title in _titles(about).items()]
    rows += [[sheet.name, sheet.says] for sheet in sheets]
    return Sheet("Read me", "", ["sheet", "what it holds"], rows, wide=("what it holds",))
