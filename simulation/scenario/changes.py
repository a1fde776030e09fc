"""Dated changes: what each setting is worth on each day of the run."""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulation.scenario import names as dotted
from simulation.scenario.names import is_number
from simulation.settings import Parameters

_EPOCH = dt.date(1970, 1, 1)
Day = dt.date | int


@dataclass(frozen=True)
class Change:
    """One dated change. ``operator`` is add, multiply or set; ``values`` maps dotted settings to amounts.

    ``until`` is the first day it is no longer in force (None: for good); ``where`` is its place in the file, and
    ``places`` that of each setting it names.
    """

    starts: dt.date
    until: dt.date | None
    operator: str
    values: dict[str, Any]
    ramp_months: float = 0.0
    note: str = ""
    where: str = "changes"
    places: Mapping[str, str] = field(default_factory=dict)

    def where_of(self, name: str) -> str:
        """The place in the file of one setting that the change names."""
        return self.places.get(name, f"{self.where}.{self.operator}.{name}")


@dataclass(frozen=True)
class _Effect:
    """One change on one setting, in day numbers; ``full`` is the day the ramp is complete."""

    start: int
    full: int
    until: int
    operator: str
    amount: Any

    def on(self, day: int, value: Any) -> Any:
        """The setting's value on ``day``, given what earlier changes made of it."""
        if not self.start <= day < self.until:
            return value
        share = 1.0 if day >= self.full else (day - self.start) / (self.full - self.start)
        if self.operator == "add":
            return value + share * self.amount
        if self.operator == "multiply":
            return value * (1.0 + share * (self.amount - 1.0))
        return self.amount if share == 1.0 else value + share * (self.amount - value)


_FOR_GOOD = 10**7


class Schedule:
    """The settings that change over time. Made for one run: it remembers what it last applied.

    ``names``: settings that change. ``days``: day numbers on which a change begins, ends or completes its ramp.
    """

    def __init__(self, parameters: Parameters, changes: Sequence[Change]):
        in_order = sorted(changes, key=lambda change: change.starts)
        self._changes = in_order
        self.names = tuple(dict.fromkeys(name for change in in_order for name in change.values))
        self._base = {name: dotted.get(parameters, name) for name in self.names}
        self._known = {name: dotted.find(name, parameters) for name in self.names}
        self._effects: dict[str, list[_Effect]] = {
            name: [_effect(change, name) for change in in_order if name in change.values] for name in self.names
        }
        effects = [effect for several in self._effects.values() for effect in several]
        self.days = sorted({day for effect in effects for day in (effect.start, effect.full, effect.until)} - {_FOR_GOOD})
        self._ramps = [(effect.start, min(effect.full, effect.until)) for effect in effects if effect.full > effect.start]
        self._applied_to: Parameters | None = None
        self._from, self._next = 0, 0

    def value(self, name: str, day: Day, clip: bool = True) -> Any:
        """A setting's value on a day; ``clip`` keeps numbers within the setting's bounds."""
        value = self._base[name]
        when = _number(day)
        for effect in self._effects[name]:
            value = effect.on(when, value)
        known = self._known[name]
        return known.clip(value) if clip and known is not None and is_number(value) else value

    def last_change(self, name: str, day: Day) -> Change:
        """The latest change that has begun on a setting by a day: the one to blame for its value."""
        begun = [change for change in self._changes if name in change.values and _number(change.starts) <= _number(day)]
        return begun[-1]

    def series(self, name: str, days: Iterable[Day]) -> list[Any]:
        """A setting's value on each day, for showing."""
        return [self.value(name, day) for day in days]

    def apply(self, parameters: Parameters, day: Day) -> bool:
        """Give the live parameters their values of ``day``; True if anything may have changed. Free in quiet weeks."""
        when = _number(day)
        if self._applied_to is parameters and self._from <= when < self._next:
            return False
        for name in self.names:
            dotted.put(parameters, name, self.value(name, when))
        self._applied_to, self._from, self._next = parameters, when, self._quiet_until(when)
        return bool(self.names)

    def _quiet_until(self, day: int) -> int:
        """The next day on which a value may differ from its value on ``day``."""
        if any(start <= day < full for start, full in self._ramps):
            return day + 1
        later = bisect.bisect_right(self.days, day)
        return self.days[later] if later < len(self.days) else _FOR_GOOD


def compile_changes(parameters: Parameters, changes: Sequence[Change], start: Day | None = None) -> Schedule:
    """The schedule of ``changes`` over the values in ``parameters`` (those of the start).

    ``start`` is the day of the starting state; changes in force before it would be faults of the scenario.
    """
    schedule = Schedule(parameters, changes)
    if start is not None and schedule.days and schedule.days[0] < _number(start):
        raise ValueError(f"a change begins before the start, {start}")
    return schedule


def full_day(change: Change) -> dt.date:
    """The first day on which a change is complete: at once, or after its ramp."""
    return _months_after(change.starts, change.ramp_months) if change.ramp_months else change.starts


def _effect(change: Change, name: str) -> _Effect:
    start, full = _number(change.starts), _number(full_day(change))
    until = _number(change.until) if change.until else _FOR_GOOD
    return _Effect(start, full, until, change.operator, change.values[name])


def _number(day: Day) -> int:
    return (day - _EPOCH).days if isinstance(day, dt.date) else int(day)


def _months_after(date: dt.date, months: float) -> dt.date:
    """The date so many months later; part months count 30 days, the 31st becomes the month's last day."""
    whole, part = divmod(months, 1)
    count = date.year * 12 + date.month - 1 + int(whole)
    year, month = divmod(count, 12)
    first_of_next = dt.date(year + (month == 11), (month + 1) % 12 + 1, 1)
    day = min(date.day, (first_of_next - dt.timedelta(days=1)).day)
    return dt.date(year, month + 1, day) + dt.timedelta(days=round(30 * part))
