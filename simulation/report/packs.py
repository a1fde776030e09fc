"""The budget and the sufficiency statement as tables, each plan beside its base."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from simulation.base.wording import amount, capital, change, year_words
from simulation.report.folder import Results
from simulation.report.money import pounds
from simulation.report.reading import rows_of

QUARTERS = {"Q1": "Apr-Jun", "Q2": "Jul-Sep", "Q3": "Oct-Dec", "Q4": "Jan-Mar"}
BUDGET = {"scenario", "financial_year", "line", "mean"}
SUPPLY = {"scenario", "table", "line", "financial_year", "unit", "p50"}
TOTAL = "total"
WORDS = "{what} of the runs{beside}. The files named above hold the ranges."
BESIDE = "; for each plan, the difference from {base} in brackets"


@dataclass(frozen=True)
class Pack:
    """One table of the budget and sufficiency pack."""

    title: str
    words: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def packs(results: Results) -> list[Pack]:
    """Budget lines of each year and each base's quarters, then the sufficiency tables of the last year, where they are there."""
    by_year, by_quarter, supply = (results.table(f"{name}.csv") for name in ("budget_yearly", "budget_quarterly", "sufficiency"))
    made = []
    for base, levers in results.bases.items():
        beside = [base, *levers]
        if set(by_year) >= BUDGET:
            made += _years(results, by_year, beside)
        if set(by_quarter) >= BUDGET | {"quarter"}:
            made += _quarters(results, by_quarter[by_quarter["scenario"] == base], base)
        if set(supply) >= SUPPLY:
            made += _sufficiency(results, supply, beside)
    return made


def _years(results: Results, rows: pd.DataFrame, beside: list[str]) -> list[Pack]:
    """A table for each financial year: lines down, the base and its plans across."""
    return [
        _beside(results, part, f"Budget, {year_words(int(str(year)))}: {_named(results, beside)}", beside, "mean", {})
        for year, part in rows.groupby("financial_year")
    ]


def _quarters(results: Results, rows: pd.DataFrame, base: str) -> list[Pack]:
    """The base's budget by quarter, a table for each financial year."""
    made = []
    for year, part in rows.groupby("financial_year"):
        title = f"Budget by quarter, {year_words(int(str(year)))}: {results.scenarios[base].title}"
        cells = {(r["line"], r["quarter"]): amount(r["mean"], "GBP") for r in rows_of(part)}
        heads = [quarter for quarter in QUARTERS if quarter in set(part["quarter"])]
        names = tuple(f"{QUARTERS[quarter]} {int(str(year)) - (quarter != 'Q4')}" for quarter in heads)
        body = tuple((capital(line), *(cells.get((line, quarter), "") for quarter in heads)) for line in _lines(part))
        made.append(Pack(title, "Mean of the runs.", ("Line", *names), body))
    return made


def _sufficiency(results: Results, rows: pd.DataFrame, beside: list[str]) -> list[Pack]:
    """Each table of the statement in the last whole year: lines down, the base and its plans across."""
    whole = [year for year in sorted(set(rows["financial_year"])) if year in results.whole_years or not results.whole_years]
    last = rows[rows["financial_year"] == whole[-1]] if whole else rows.iloc[:0]
    value = "mean" if "mean" in rows else "p50"
    made = []
    for name, part in last.groupby("table", sort=False):
        units = dict(zip(part["line"], part["unit"], strict=True))
        made.append(_beside(results, part, f"{name}, {year_words(int(whole[-1]))}", beside, value, units))
    return made


def _beside(results: Results, rows: pd.DataFrame, title: str, beside: list[str], value: str, units: dict[str, str]) -> Pack:
    """Lines down; the base's figure, then each plan's with its difference."""
    found = {(r["scenario"], r["line"]): float(r[value]) for r in rows_of(rows)}
    body = []
    for line in _lines(rows[rows["scenario"].isin(beside)]):
        unit = units.get(line, "GBP")
        nothing = 0.0 if unit == "GBP" else None
        values = [found.get((one, line), nothing) for one in beside]
        body.append((capital(line), _cell(values[0], None, unit), *(_cell(value, values[0], unit) for value in values[1:])))
    apart = BESIDE.format(base=results.scenarios[beside[0]].title) if len(beside) > 1 else ""
    words = WORDS.format(what="Mean" if value == "mean" else "Middle", beside=apart)
    return Pack(title, words, ("Line", *(results.scenarios[one].title for one in beside)), tuple(body))


def _cell(value: float | None, base: float | None, unit: str) -> str:
    """``£1.20m (+£30k)``, ``£27.4m (same)``; just the figure where there is nothing to set it beside."""
    if value is None:
        return ""
    told = pounds(value) if unit == "GBP" else amount(value, unit if unit == "%" or unit.startswith("GBP") else "")
    if base is None:
        return told
    return f"{told} ({change(value - base, 'GBP' if unit.startswith('GBP') else '') if value != base else 'same'})"


def _lines(rows: pd.DataFrame) -> list[str]:
    """The lines in the order of the table, totals last."""
    lines = [str(line) for line in rows["line"].drop_duplicates()]
    return sorted(lines, key=lambda line: line == TOTAL or line.endswith(f" {TOTAL}"))


def _named(results: Results, beside: list[str]) -> str:
    """The base's title, and how many plans stand beside it."""
    base = results.scenarios[beside[0]].title
    return base if len(beside) == 1 else f"{base} and its plan{'s' if len(beside) > 2 else ''}"
