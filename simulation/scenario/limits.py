"""Whether dated changes can be carried out: known settings, inside the horizon, inside the settings' bounds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from simulation.base.errors import Fault
from simulation.scenario import names as dotted
from simulation.scenario.changes import Change, Schedule
from simulation.scenario.check import share_hint, show
from simulation.scenario.form import Header
from simulation.scenario.names import is_number
from simulation.settings import Parameters

AT_START: dict[str, str] = {
    "workforce.start_permanent_fte": "workforce.permanent_posts_fte",
    "workforce.start_agency_fte": "workforce.agency_cap_fte",
    "supply.own_homes": "supply.own_homes_ordered",
    "supply.own_homes_places": "supply.own_homes_ordered",
    **dict.fromkeys(("supply.own_filled_share", "supply.own_vacant_share", "supply.own_staying_put_share"), ""),
    **dict.fromkeys(("supply.market_filled_share", "supply.market_vacant_share", "supply.homes_filled_share"), ""),
    **dict.fromkeys((f"supply.agency_{where}_per_10k" for where in ("inside", "near", "far")), ""),
    **dict.fromkeys((f"supply.homes_{where}_per_10k" for where in ("inside", "near", "far")), ""),
    **dict.fromkeys(("supply.supported_inside_per_10k", "supply.supported_outside_per_10k", "supply.secure_per_10k"), ""),
}
"""Settings that only the starting state reads, beside all of ``stock``: each with what moves the same thing later, if any."""


def only_at_start(name: str) -> bool:
    """True for a setting that only the starting state reads, so that a dated change of it would change nothing."""
    return name in AT_START or name.startswith("stock.")


def faults_in_changes(parameters: Parameters | None, changes: Sequence[Change], header: Header | None) -> list[Fault]:
    """Everything that stops these changes from being carried out over the scenario's own horizon.

    parameters, header: the starting values and the dates, or None if they are at fault themselves and cannot be used.
    """
    known = parameters or Parameters()
    faults = [fault for change in changes for fault in _own_faults(known, change, header)]
    return faults if faults or parameters is None else list(_out_of_bounds(parameters, changes))


def _own_faults(parameters: Parameters, change: Change, header: Header | None) -> Iterator[Fault]:
    start, end = (header.start, header.start + dt.timedelta(weeks=header.weeks)) if header else (change.starts, change.starts)
    if not start <= change.starts <= end:
        side = "before the start" if change.starts < start else "after the end"
        yield Fault(change.where, f"'from' {change.starts} is {side} of this scenario, {start} to {end}.")
    for name, amount in change.values.items():
        problem = _wrong_target(parameters, name, amount, change)
        if problem:
            yield Fault(change.where_of(name), problem)


def _wrong_target(parameters: Parameters, name: str, amount: Any, change: Change) -> str:
    try:
        value = dotted.get(parameters, name)
    except KeyError as error:
        return str(error.args[0])
    if isinstance(value, BaseModel):
        return f"'{name}' is a group of settings; name one of them, such as '{name}.{next(iter(type(value).model_fields))}'."
    if isinstance(value, list) and any(isinstance(row, BaseModel) for row in value):
        return f"'{name}' is a table, whose rows stay the same all through; change a value in it, such as '{name}.<row>.<value>'."
    if name.endswith(".name"):
        return f"'{name}' is a row's name, which stays the same all through."
    if only_at_start(name):
        later = f" What moves it later is '{AT_START[name]}'." if AT_START.get(name) else ""
        section, _, leaf = name.partition(".")
        return f"'{name}' is read on the starting day only, so a dated change of it changes nothing.{later} " \
               f"To start with another value, write '{section}:' at the top of the file and, indented below, '{leaf}: ...'."
    if change.operator != "set" and not is_number(value):
        return f"only numbers can be added to or multiplied; '{name}' is {show(value)}. Use set."
    if change.ramp_months and not (is_number(value) and is_number(amount)):
        return f"only numbers can grow over ramp_months; '{name}' is {show(value)}."
    return ""


def _out_of_bounds(parameters: Parameters, changes: Sequence[Change]) -> Iterator[Fault]:
    """Values that leave their bounds, simulated on every day on which a change begins, ends or is complete."""
    schedule = Schedule(parameters, changes)
    for name in schedule.names:
        for day in schedule.days:
            problem = _refused(parameters, name, schedule.value(name, day, clip=False))
            if problem:
                change = schedule.last_change(name, day)
                yield Fault(change.where_of(name), problem)
                break


def _refused(parameters: Parameters, name: str, value: Any) -> str:
    """Why a section would refuse this value, or nothing."""
    section = name.partition(".")[0]
    copy = parameters.model_copy(update={section: getattr(parameters, section).model_copy(deep=True)})
    known = dotted.find(name, parameters)
    whole = known is not None and known.kind == "whole" and isinstance(value, float) and value.is_integer()
    dotted.put(copy, name, int(value) if whole else value)
    model: BaseModel = getattr(copy, section)
    try:
        type(model).model_validate_json(model.model_dump_json(warnings=False), strict=True)
    except ValidationError as error:
        reason = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        hint = share_hint(value, known.high if known is not None else None)
        return f"the change makes '{name}' {show(value)}: {reason[0].lower()}{reason[1:].rstrip('.')}.{hint}"
    return ""
