"""The ten measures, and the assumptions, as tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from simulation.base.measures import REGISTER, TEN
from simulation.base.wording import ENOUGH_RUNS, amount, capital, change, said, short, span, unit_of
from simulation.report.answer import FLOORS, posts_added
from simulation.report.family import Family
from simulation.report.folder import Results
from simulation.report.reading import rows_of
from simulation.report.verdict import worth_saying

BREAKDOWN = {"new_care_ceased": "reason", "pct_permanent_12_months": "route", "pct_permanent_24_months": "route"}
SCENARIOS_A_TABLE = 3
SHOWN, SLIGHT = ("better", "worse", "changed"), "slight"
"""A difference that the runs show but that is too small to matter is called slight; a safety measure never is."""


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
    cell = Cell(amount(row["mean"], unit), _spread(results, scenario, measure, group, row))
    gap = None if base else results.difference(scenario, measure, group)
    if not gap:
        return cell
    runs = int(gap.get("replications", ENOUGH_RUNS) or 0)
    told = change(gap["difference"], unit if unit in ("%", "GBP") else "")
    if measure == "pct_vacancy" and posts_added(results, scenario):
        return replace(cell, difference=told, verdict="changed", said="with posts added")
    if gap["verdict"] in SHOWN and not worth_saying(gap) and measure not in FLOORS:
        return replace(cell, difference=told, verdict="changed", said=SLIGHT)
    return replace(cell, difference=told, verdict=str(gap["verdict"]), said=said(str(gap["verdict"]), runs))


def _spread(results: Results, scenario: str, measure: str, group: str, row: dict[str, Any]) -> str:
    """The 95% interval for the mean; of fewer than ten runs the lowest and the highest, where they were kept."""
    ends = results.extremes(scenario, measure, group)
    if int(row["replications"]) < ENOUGH_RUNS and ends:
        return span(*ends, unit_of(measure))
    return span(row["ci_low"], row["ci_high"], unit_of(measure))


def spread_words(results: Results) -> str:
    """What stands under each mean of the ten measures."""
    runs = int(results.summary["replications"].max()) if len(results.summary) else 0
    few = runs < ENOUGH_RUNS and (results.folder / "yearly.parquet").exists()
    under = "the lowest and the highest of the runs" if few else "the 95% interval for the mean"
    return f"Mean of the runs; beside it, {under}. Under it, for each plan: the difference from the base, and what the runs show."


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
