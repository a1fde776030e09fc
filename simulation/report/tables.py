"""The ten measures, and the assumptions, as tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from simulation.measures import REGISTER, TEN
from simulation.report.family import Family
from simulation.report.folder import Results
from simulation.report.reading import rows_of
from simulation.words import ENOUGH_RUNS, amount, capital, change, said, short, span, unit_of, year_words

BREAKDOWN = {"new_care_ceased": "reason", "pct_permanent_12_months": "route", "pct_permanent_24_months": "route"}
SCENARIOS_A_TABLE = 3


@dataclass(frozen=True)
class Cell:
    """One figure of one scenario: the level, its interval, and how it differs from the base."""

    level: str
    interval: str
    difference: str = ""
    verdict: str = ""
    said: str = ""


@dataclass(frozen=True)
class Row:
    """One measure (or one group of it) across scenarios."""

    name: str
    meaning: str
    unit: str
    cells: tuple[Cell, ...]
    inset: bool = False


@dataclass(frozen=True)
class Ten:
    """One table: the base and up to three plans."""

    columns: tuple[str, ...]
    sections: tuple[tuple[str, tuple[Row, ...]], ...]


def ten_measures(family: Family) -> list[Ten]:
    """The ten measures of the last whole year, in as many tables as the plans need."""
    chunks = [family.levers[i : i + SCENARIOS_A_TABLE] for i in range(0, len(family.levers), SCENARIOS_A_TABLE)] or [()]
    return [_one(family, list(chunk)) for chunk in chunks]


def _one(family: Family, levers: list[str]) -> Ten:
    scenarios = [family.base, *levers]
    sections = [
        (title, tuple(row for measure in measures for row in _rows(family, scenarios, measure))) for title, measures in TEN
    ]
    return Ten(tuple(family.results.scenarios[s].title for s in scenarios), tuple(sections))


def _rows(family: Family, scenarios: list[str], measure: str) -> list[Row]:
    """The measure's own row, and its breakdown under it."""
    rows = [_row(family, scenarios, measure, "all", capital(short(measure)))]
    kind = BREAKDOWN.get(measure)
    if kind:
        found = family.results.groups(measure, kind)
        base = found[found["scenario"] == family.base].sort_values("mean", ascending=False)
        rows += [
            _row(family, scenarios, measure, group, capital(name), inset=True)
            for group, name in zip(base["group"], base["name"], strict=True)
        ]
    return rows


def _row(family: Family, scenarios: list[str], measure: str, group: str, name: str, *, inset: bool = False) -> Row:
    levels = family.results.figures(measure, group)
    cells = tuple(_cell(family.results, levels, scenario, measure, group, base=scenario == family.base) for scenario in scenarios)
    unit = unit_of(measure)
    meaning = "" if inset else REGISTER[measure].meaning if measure in REGISTER else ""
    return Row(name, meaning, "" if unit in ("%", "GBP") else unit.replace(" (FTE)", ", FTE"), cells, inset)


def _cell(results: Results, levels: pd.DataFrame, scenario: str, measure: str, group: str, *, base: bool) -> Cell:
    if scenario not in levels.index:
        return Cell("not measured", "")
    row, unit = rows_of(levels.loc[[scenario]])[0], unit_of(measure)
    cell = Cell(amount(row["mean"], unit), span(row["ci_low"], row["ci_high"], unit))
    gap = None if base else results.difference(scenario, measure, group)
    if not gap:
        return cell
    runs = int(gap.get("replications", ENOUGH_RUNS) or 0)
    told = change(gap["difference"], unit if unit in ("%", "GBP") else "")
    return replace(cell, difference=told, verdict=str(gap["verdict"]), said=said(str(gap["verdict"]), runs))


CONFIDENCE = {
    "D": "D: official data",
    "C": "C: computed from official data",
    "F": "F: documents",
    "S": "S: given by the scenario, as good as its source",
    "M": "M: field knowledge (prior)",
    "J": "J: judgement (prior)",
}


def assumptions(results: Results) -> list[dict[str, Any]]:
    """Every setting once, with each scenario's value where they differ; those changed by a scenario come first."""
    found: dict[str, dict[str, Any]] = {}
    for scenario in results.scenarios.values():
        for p in scenario.parameters:
            row = found.setdefault(p["name"], {**p, "values": {}, "changed": False})
            row["values"][scenario.id] = p.get("value")
            row["changed"] |= bool(p.get("origin")) and str(p.get("origin")) != "default"
    for row in found.values():
        low, high = row.get("prior_low"), row.get("prior_high")
        row["range"] = f"{low:g} to {high:g}" if isinstance(low, int | float) and isinstance(high, int | float) else ""
        row["said"] = _values(row["values"], results)
        row["confidence"] = CONFIDENCE.get(str(row.get("confidence", ""))[:1], str(row.get("confidence", "")))
    return sorted(found.values(), key=lambda row: (not row["changed"], row["name"]))


def _values(values: dict[str, Any], results: Results) -> str:
    """One value when all agree, else the value of each scenario."""
    told = {name: _plain(value) for name, value in values.items()}
    if len(set(told.values())) == 1:
        return next(iter(told.values()))
    return "; ".join(f"{results.scenarios[name].label}: {value}" for name, value in told.items())


def _plain(value: Any) -> str:
    """A setting's value, short enough to print."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 120 else text[:117] + "..."


@dataclass(frozen=True)
class Pack:
    """One table of the budget and sufficiency pack."""

    title: str
    words: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def packs(results: Results) -> list[Pack]:
    """Budget lines by quarter and the sufficiency tables of every base, where the files are there."""
    by_quarter, by_year = results.table("budget_quarterly.csv"), results.table("budget_yearly.csv")
    budget = pd.concat([by_quarter, by_year.assign(quarter="year")]) if len(by_year) else by_quarter
    supply = results.table("sufficiency.csv")
    made = []
    for base in results.bases:
        title = results.scenarios[base].title
        if {"scenario", "financial_year", "quarter", "line", "p10", "p50", "p90"} <= set(budget):
            made += _budget(budget[budget["scenario"] == base], title)
        if {"scenario", "table", "line", "financial_year", "unit", "p10", "p50", "p90"} <= set(supply):
            made += _sufficiency(supply[supply["scenario"] == base], title)
    return made


RANGE_WORDS = (
    "The middle run; in brackets, exceeded in nine runs of ten and in one of ten. Such percentiles of lines do not add up."
)


def _budget(rows: pd.DataFrame, title: str) -> list[Pack]:
    """A table of lines by quarter for each financial year."""
    return [
        _wide(year_rows, f"Budget lines, {year_words(int(str(year)))}: {title}", "line", "quarter", "GBP")
        for year, year_rows in rows.groupby("financial_year")
    ]


def _sufficiency(rows: pd.DataFrame, title: str) -> list[Pack]:
    """Each table of the statement, by financial year."""
    rows = rows.assign(year=[year_words(int(year)) for year in rows["financial_year"]])
    return [
        _wide(part, f"{name}: {title}", "line", "year", str(part["unit"].iloc[0]))
        for name, part in rows.groupby("table", sort=False)
    ]


def _wide(rows: pd.DataFrame, title: str, down: str, across: str, unit: str) -> Pack:
    """Lines down, periods across; the total last."""
    cells = {(r[down], r[across]): f"{amount(r['p50'], unit)} ({span(r['p10'], r['p90'], unit)})" for r in rows_of(rows)}
    lines = sorted(rows[down].drop_duplicates(), key=lambda line: line == "total")
    periods = list(rows[across].drop_duplicates())
    body = tuple((capital(str(line)), *(cells.get((line, period), "") for period in periods)) for line in lines)
    return Pack(title, RANGE_WORDS, (capital(down), *(capital(str(p)) for p in periods)), body)


def changes(results: Results) -> list[tuple[str, list[str]]]:
    """What each scenario changes, and when, in words; a lever's list leaves out what its base changes too."""
    lines = {str(entry["id"]): _changes(entry) for entry in results.run["scenarios"]}
    given = {str(entry["id"]): {p["name"]: p for p in entry.get("parameters") or ()} for entry in results.run["scenarios"]}
    base_of = {lever: base for base, levers in results.bases.items() for lever in levers}
    own = {name: [line for line in told if line not in lines.get(base_of.get(name, ""), [])] for name, told in lines.items()}
    for name, base in base_of.items():
        own[name] = [*_throughout(given[name], given[base]), *own[name]]
    return [(results.scenarios[name].title, told) for name, told in own.items() if told]


def _throughout(plan: dict[str, dict[str, Any]], base: dict[str, dict[str, Any]]) -> list[str]:
    """Settings that a plan has otherwise than its base from the first day."""
    return [
        f"from the start: {name} is {_plain(p.get('value'))} instead of {_plain(base[name].get('value'))} ({p.get('origin', '')})"
        for name, p in plan.items()
        if name in base and p.get("value") != base[name].get("value")
    ]


def _changes(entry: dict[str, Any]) -> list[str]:
    dated = [_change(change) for change in entry.get("changes") or () if isinstance(change, dict)]
    return dated + [f"set by the command: {override}" for override in entry.get("overrides") or ()]


def _change(entry: dict[str, Any]) -> str:
    """``from 2020-09: add 30 to workforce.permanent_posts_fte, over 12 months (funded by the programme)``."""
    joins = {"add": "add {0} to {1}", "multiply": "multiply {1} by {0}", "set": "set {1} to {0}"}
    parts = [joins[how].format(_plain(value), name) for how in joins for name, value in (entry.get(how) or {}).items()]
    ramp = f", over {_plain(float(entry['ramp_months']))} months" if entry.get("ramp_months") else ""
    until = f" until {entry['until']}" if entry.get("until") else ""
    note = f" ({entry['note']})" if entry.get("note") else ""
    return f"from {entry.get('from', 'the start')}{until}: {', '.join(parts)}{ramp}{note}"
