"""Scenarios in words: the merged file with origins, settings over time, and what differs between two."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from simulation.base.errors import fault
from simulation.scenario import names as dotted
from simulation.scenario.changes import Change
from simulation.scenario.scenario import Scenario

_HEADER = ("title", "question", "extends", "start", "weeks", "mode", "stock_file")


def scenario_text(scenario: Scenario) -> str:
    """Every value of the merged scenario, a line each, with where it comes from."""
    lines = [f"# {scenario.id}: {scenario.title}"]
    lines += [_line(name, value, scenario) for name, value in _header(scenario) if value not in (None, "", [], {})]
    for number, change in enumerate(scenario.changes, 1):
        note = f" ({change.note})" if change.note else ""
        lines.append(f"changes[{number}]: {_told(change)}{note}  # {_short(change.where)}")
    lines += [_line(name, value, scenario) for name, value in values(scenario).items()]
    return "\n".join(lines)


def _short(where: str) -> str:
    """A fault's place as an origin: file and line, without folders."""
    place = where.rsplit(": ", 1)[0]
    return place.rsplit("/", 1)[-1].rsplit(":", 1)[0]


def _header(scenario: Scenario) -> Iterator[tuple[str, Any]]:
    for name in _HEADER:
        yield name, getattr(scenario.header, name)
    yield "rules", scenario.rules
    for name, limits in scenario.uncertain.items():
        yield f"uncertain.{name}", limits
    if scenario.history:
        yield "history", f"{len(scenario.history)} published figures"
    if scenario.lever:
        for name, value in scenario.lever.model_dump().items():
            yield f"lever.{name}", value


def _line(name: str, value: Any, scenario: Scenario) -> str:
    return f"{name}: {written(value)}  # {scenario.origins.get(name, 'default')}"


def values(scenario: Scenario) -> dict[str, Any]:
    """Every parameter's value by dotted name; of tables, every value of every row."""
    found: dict[str, Any] = {}
    for name in dotted.settings():
        value = dotted.get(scenario.parameters, name)
        if isinstance(value, list) and value and all(isinstance(row, BaseModel) and hasattr(row, "name") for row in value):
            cells = ((row.name, key, cell) for row in value for key, cell in row.model_dump().items() if key != "name")
            found |= {f"{name}.{row}.{key}": cell for row, key, cell in cells}
        else:
            found[name] = value
    return found


def written(value: Any) -> str:
    """A value on one line, as a scenario file would write it."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    if isinstance(value, (list, tuple)):
        value = [item.model_dump(mode="json") if isinstance(item, BaseModel) else item for item in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    return value if isinstance(value, str) else json.dumps(value, default=str)


def series_text(scenario: Scenario, name: str = "") -> str:
    """How settings change: a line for each month in which one changes, ``name`` or all that change."""
    schedule = scenario.schedule()
    if name and name not in schedule.names:
        dotted_name_must_exist(scenario, name)
        return f"{name}: {written(dotted.get(scenario.parameters, name))} throughout"
    names = [name] if name else list(schedule.names)
    if not names:
        return f"{scenario.id}: nothing changes."
    lines = []
    for each in names:
        lines.append(each)
        before: Any = object()
        for day, value in zip(_days(scenario), schedule.series(each, _days(scenario)), strict=True):
            if value != before:
                lines.append(f"  {day}  {written(round(value, 6) if isinstance(value, float) else value)}")
            before = value
    return "\n".join(lines)


def dotted_name_must_exist(scenario: Scenario, name: str) -> None:
    """Raises Faults with the nearest name if there is no such setting."""
    try:
        dotted.get(scenario.parameters, name)
    except KeyError as error:
        raise fault("--series", str(error.args[0])) from None


def _days(scenario: Scenario) -> list[dt.date]:
    """The start, every first of a month, and every day on which a change begins, ends or is complete."""
    end = scenario.start + dt.timedelta(weeks=scenario.weeks)
    every = (scenario.start + dt.timedelta(days=day) for day in range((end - scenario.start).days + 1))
    edges = {dt.date(1970, 1, 1) + dt.timedelta(days=day) for day in scenario.schedule().days}
    return [day for day in every if day.day == 1 or day == scenario.start or day in edges]


def difference_text(one: Scenario, other: Scenario) -> str:
    """What differs between two scenarios: top-level settings, parameters and changes."""
    before, after = _all(one), _all(other)
    lines = [f"{name}: {written(before.get(name))} -> {written(after.get(name))}  # {other.origins.get(name, 'default')}"
             for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]
    mine, others = [_told(change) for change in one.changes], [_told(change) for change in other.changes]
    lines += [f"- change {text}" for text in mine if text not in others]
    lines += [f"+ change {text}" for text in others if text not in mine]
    heading = f"# {one.id} -> {other.id}"
    return "\n".join([heading, *lines]) if lines else f"{heading}\nnothing differs"


def _all(scenario: Scenario) -> dict[str, Any]:
    return {**dict(_header(scenario)), **values(scenario)}


def _told(change: Change) -> str:
    amounts = ", ".join(f"{name} {written(value)}" for name, value in change.values.items())
    until = f" until {change.until}" if change.until else ""
    ramp = f" over {change.ramp_months:g} months" if change.ramp_months else ""
    return f"from {change.starts}{until} {change.operator} {amounts}{ramp}"
