"""Duties and hours: due, asked for, granted, owed or refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulation.capacity import ORDERS, Requests, dice_of
from simulation.codes import IS_RESIDENTIAL
from simulation.columns import Column
from simulation.rules.base import Rule

if TYPE_CHECKING:
    from simulation.model import ChildrensServices

VISITS = 3
"""Priority of statutory visits in the table that comes with the model."""
FOR_SAFETY = 2
"""Priority of the last duties that overload does not make shallower: safeguarding and the court."""
FAR = 2**30
"""The day of a duty that nobody owes."""

GROUPS = {
    "assessment": "a single assessment is under way",
    "s47": "a Section 47 enquiry is under way",
    "conference": "an initial conference has been asked for",
    "child in need": "on a child-in-need plan",
    "protection plan": "on a child protection plan",
    "preproceedings": "a letter before proceedings has been sent",
    "proceedings": "before the court",
    "entered": "has just come into care",
    "looked after": "looked after",
    "moved": "has just moved",
    "plan asked": "the permanence plan has been asked for",
    "on the way": "an agreed plan is being carried out",
    "to be told the plan": "an agreed plan has not been explained",
    "to be told the reasons": "why they came into care has not been explained",
}


@dataclass(frozen=True)
class Owed:
    """Some duties by their numbers, with what the table says of each: first due, how long before it is asked for, hours."""

    duty: np.ndarray
    first: np.ndarray
    lead: np.ndarray
    hours: np.ndarray


class DutyTable:
    """The scenario's duties as arrays, in the order of the table."""

    def __init__(self, duties: list):
        self.read(duties)

    def read(self, duties: list) -> None:
        """Take over the duties' values, at the start and when a dated change has altered one; the rows stay the same."""
        self.duties = duties
        self.names = [duty.name for duty in duties]
        self.index = {name: i for i, name in enumerate(self.names)}
        self._groups: dict[str | tuple[str, ...], Owed] = {}
        self.hours = np.array([d.hours for d in duties], dtype=np.float32)
        self.first = np.array([d.first_due_days for d in duties], dtype=np.int32)
        self.every = np.array([d.every_days for d in duties], dtype=np.int32)
        self.lead = np.array([d.lead_days for d in duties], dtype=np.int32)
        self.again, self.lead_again = np.where(self.every > 0, self.every, FAR), np.where(self.every > 0, self.lead, 0)
        self.most = np.array([d.hours_a_week for d in duties], dtype=np.float32)
        self.window = np.array([d.closes_after_days for d in duties], dtype=np.int32)
        self.priority = np.array([d.priority for d in duties], dtype=np.int64)
        self.shallow = self.priority > FOR_SAFETY
        self.travel = np.array([d.travel for d in duties])
        self.permanence = np.array([d.permanence_team for d in duties])

        self._each = {name: self._owed([i]) for name, i in self.index.items()}

    def owed_to(self, group: str | tuple[str, ...]) -> Owed:
        """The duties owed to those in a group, or in any of several."""
        if group not in self._groups:
            whom = (group,) if isinstance(group, str) else group
            assert GROUPS.keys() >= set(whom), f"no such group: {group}"
            self._groups[group] = self._owed([i for i, duty in enumerate(self.duties) if duty.for_whom in whom])
        return self._groups[group]

    def named(self, name: str) -> Owed:
        """One duty by its name."""
        return self._each[name]

    def _owed(self, numbers: list[int]) -> Owed:
        duty = np.array(numbers, dtype=np.intp)
        return Owed(duty, self.first[duty], self.lead[duty], self.hours[duty])

    def columns(self) -> tuple[Column, ...]:
        """What each child carries for each duty."""
        width = len(self.duties)
        return (
            Column("duty_due", "int32", FAR, "day each duty is due", "day number", width),
            Column("duty_ask", "int32", FAR, "day from which each duty is asked for", "day number", width),
            Column("duty_left", "float32", 0.0, "hours still to do of each duty", "hours", width),
        )


def join(
    model: ChildrensServices, group: str | tuple[str, ...], rows: np.ndarray, days: np.ndarray | int | None = None
) -> None:
    """Begin every duty owed to children who join ``group`` (or several) on ``days`` (the week's last day if None)."""
    if len(rows):
        _begin(model, model.duties.owed_to(group), rows, model.clock.day if days is None else days)


def begin(
    model: ChildrensServices, name: str, rows: np.ndarray, hours: float | None = None, days: np.ndarray | int | None = None
) -> None:
    """Begin one named duty (with other hours than the table's, if given); a table without it owes nothing."""
    if name in model.duties.index and len(rows):
        _begin(model, model.duties.named(name), rows, model.clock.day if days is None else days, hours)


def _begin(
    model: ChildrensServices, owed: Owed, rows: np.ndarray, days: np.ndarray | int, hours: float | None = None
) -> None:
    """Begin several duties for each row."""
    children, at = model.children, _places(model, owed, rows)
    due = owed.first + (np.asarray(days, dtype=np.int32)[:, None] if isinstance(days, np.ndarray) else days)
    of_duties(children.duty_due)[at] = due
    of_duties(children.duty_ask)[at] = due - owed.lead
    of_duties(children.duty_left)[at] = (owed.hours if hours is None else hours) * model.p.casework.hours_factor


def _places(model: ChildrensServices, owed: Owed, rows: np.ndarray) -> np.ndarray:
    """Where these duties of each row stand in a column of duties, rows by duties."""
    return rows[:, None] * len(model.duties.names) + owed.duty


def leave(model: ChildrensServices, group: str | tuple[str, ...], rows: np.ndarray) -> None:
    """End every duty of ``group`` (or of several)."""
    if len(rows):
        at = _places(model, model.duties.owed_to(group), rows)
        of_duties(model.children.duty_due)[at] = of_duties(model.children.duty_ask)[at] = FAR


def leave_all(model: ChildrensServices, rows: np.ndarray) -> None:
    """End every duty: the case closes."""
    if len(rows):
        model.children.reset(rows, ("duty_due", "duty_ask"))


def owed(model: ChildrensServices, name: str, rows: np.ndarray) -> np.ndarray:
    """Whether the named duty is still to be done for each row."""
    duty = model.duties.index.get(name)
    return np.zeros(len(rows), dtype=bool) if duty is None else model.children.duty_due[rows, duty] < FAR


def visit_due_within(model: ChildrensServices, rows: np.ndarray, days: int) -> None:
    """After a move the next statutory visit is due within ``days``."""
    if "visit" in model.duties.index:
        duty, children = model.duties.index["visit"], model.children
        due = np.minimum(children.duty_due[rows, duty], model.clock.day + days)
        children.duty_due[rows, duty] = due
        children.duty_ask[rows, duty] = due - model.duties.lead[duty]


class Duties(Rule):
    """Every duty that is due is asked for, and each worker's hours go to the first in order of service.

    A duty that is not granted waits; one whose window shuts lapses. Hours beyond contract are stretch.
    """

    reads = ("child.*", "worker.*")
    writes = (
        "child.duty_due",
        "child.duty_ask",
        "child.duty_left",
        "worker.hours_wanted",
        "worker.hours_used",
        "worker.hours_owed",
    )
    source = "duties and order: scenario table; start-and-owe: conservation of time"

    def step(self, model: ChildrensServices) -> None:
        children, day = model.children, model.clock.day
        at, rows, duty, worker = _asked(model)
        due = of_duties(children.duty_due)[at]
        hours, share = _hours(model, at, rows, duty, worker)
        order = ORDERS[model.p.casework.order](due - day, children.recognised_risk[rows], hours)
        die = dice_of(children.key[rows], duty, len(model.duties.names), model.clock.week)
        granted = model.time.spend(Requests(worker, _priority(model, duty, worker, due), order, die, hours))
        _tally(model, duty, due, hours, granted)
        done, refused = granted.nonzero()[0], (~granted).nonzero()[0]
        _carry_out(model, at[done], rows[done], duty[done], _days_done(model, die[done], due[done]), share[done])
        _let_lapse(model, at[refused], duty[refused], due[refused])
        _tally_workers(model)


def of_duties(column: np.ndarray) -> np.ndarray:
    """A column of children by duties as one line (a view): position is row times the number of duties, plus the duty."""
    return column.reshape(-1)


def _asked(model: ChildrensServices) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What is asked for: position, row, duty and who does it; work on permanence waits while a new worker is reading in."""
    table, children = model.duties, model.children
    at = (of_duties(children.duty_ask) <= model.clock.day).nonzero()[0]
    rows = at // len(table.names)
    duty = at - rows * len(table.names)
    worker = children.worker[rows].astype(np.intp)
    late = table.permanence.take(duty).nonzero()[0]
    second = children.permanence_worker[rows[late]]
    worker[late] = np.where(second >= 0, second, worker[late])
    ready = np.ones(len(at), dtype=bool)
    ready[late] = (second >= 0) | (children.reading_in_until[rows[late]] <= model.clock.day)
    ready = ready.nonzero()[0]
    return at[ready], rows[ready], duty[ready], worker[ready]


def _priority(model: ChildrensServices, duty: np.ndarray, worker: np.ndarray, due: np.ndarray) -> np.ndarray:
    """The table's priority; where the team's manager says so, overdue permanence work goes with statutory visits."""
    table, first = model.duties, model.teams.permanence_first
    priority = table.priority.take(duty)
    if not first.any():
        return priority
    team = np.where(worker >= 0, model.workers.team[np.maximum(worker, 0)], -1)
    sooner = (team >= 0) & first[team] & table.permanence[duty] & (due <= model.clock.day)
    return np.where(sooner, np.minimum(priority, VISITS), priority)


def _hours(
    model: ChildrensServices, at: np.ndarray, rows: np.ndarray, duty: np.ndarray, worker: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Hours asked for this week, and how much of the task's own hours each hour does.

    Travel and a new or residential placement lengthen a visit; overload makes other work shallower.
    """
    table, children, casework = model.duties, model.children, model.p.casework
    nominal = np.minimum(of_duties(children.duty_left)[at], table.most.take(duty))
    pressure = model.workers.pressure if model.workers.size else np.zeros(1, dtype=np.float32)
    depth = 1.0 - casework.shallower * np.minimum(np.maximum(pressure - 1.0, 0.0), 0.5)
    depth = np.append(depth, depth[0])  # the last entry answers for those without a worker
    hours = nominal * np.where(table.shallow.take(duty), depth.take(worker), np.float32(1.0))
    visits = table.travel.take(duty).nonzero()[0]
    child = rows[visits]
    recent = (model.clock.day - children.care_day[child] < 182) | IS_RESIDENTIAL[children.kind[child]]
    longer = np.where(recent, casework.new_placement_ratio, 1.0) * model.shocks.visit_hours
    hours[visits] = nominal[visits] * longer + 2.0 * children.distance_miles[child] / casework.travel_miles_per_hour
    return hours.astype(float), nominal


def _days_done(model: ChildrensServices, die: np.ndarray, due: np.ndarray) -> np.ndarray:
    """The day each granted duty is done: a day of the week, no later than due where it falls due this week."""
    first = model.clock.first_day
    day = first + (((die >> np.uint64(8)) & np.uint64(0xFFFF)).astype(np.int64) * 7 >> 16)
    return np.minimum(day, np.maximum(due, first)).astype(np.int32)


def _carry_out(
    model: ChildrensServices, at: np.ndarray, rows: np.ndarray, duty: np.ndarray, days: np.ndarray, share: np.ndarray
) -> None:
    """Take the hours off; what is finished is noted, and what recurs is due again."""
    table, children = model.duties, model.children
    hours_left = of_duties(children.duty_left)
    left = hours_left[at] - share
    hours_left[at] = left
    done = (left < 1e-3).nonzero()[0]
    at, rows, duty, days = at[done], rows[done], duty[done], days[done]
    due = np.minimum(days + table.again[duty], FAR)
    of_duties(children.duty_due)[at] = due
    of_duties(children.duty_ask)[at] = due - table.lead_again[duty]
    hours_left[at] = table.hours[duty] * model.p.casework.hours_factor
    _second_review_sooner(model, rows, duty, days)
    model.finished = Finished(table.index, rows, duty, days)
    if model.log.keep:
        for name, event in (("visit", "visit_made"), ("review", "review_held")):
            child, when = model.finished.of(name)
            model.log.add(children.identity[child], when, event)


def _second_review_sooner(model: ChildrensServices, rows: np.ndarray, duty: np.ndarray, days: np.ndarray) -> None:
    """The second review is due three months after the first, later ones six months after the last."""
    if "review" not in model.duties.index:
        return
    review, children = model.duties.index["review"], model.children
    held = (duty == review).nonzero()[0]
    rows, days = rows[held], days[held]
    early = days - children.care_day[rows] < 80
    due = days[early] + 91
    children.duty_due[rows[early], review] = due
    children.duty_ask[rows[early], review] = due - model.duties.lead[review]


def _let_lapse(model: ChildrensServices, at: np.ndarray, duty: np.ndarray, due: np.ndarray) -> None:
    """A duty whose window has shut lapses: it recurs from its due day, or is given up."""
    table, children, day = model.duties, model.children, model.clock.day
    late = day - due
    _by_duty(model, "new_duties_waited", np.bincount(duty[(late >= 0).nonzero()[0]], minlength=len(table.names)))
    shut = (late > table.window.take(duty)).nonzero()[0]
    at, duty, due = at[shut], duty[shut], due[shut]
    again = np.minimum(np.maximum(due + table.again[duty], day + 1), FAR)
    of_duties(children.duty_due)[at] = again
    of_duties(children.duty_ask)[at] = again - table.lead_again[duty]
    _by_duty(model, "new_duties_lapsed", np.bincount(duty, minlength=len(table.names)))


class Finished:
    """What was finished this week: rows and days by the duty's name."""

    def __init__(self, index: dict[str, int], rows: np.ndarray, duty: np.ndarray, days: np.ndarray):
        self.index, self.rows, self.duty, self.days = index, rows, duty, days

    def of(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Rows and days of one duty."""
        at = self.duty == self.index.get(name, -1)
        return self.rows[at], self.days[at]


def _by_duty(model: ChildrensServices, measure: str, totals: np.ndarray) -> None:
    model.tally.add_each(measure, "duty", model.duties.names, totals)
    model.tally.add(measure, float(totals.sum()))


def _tally(model: ChildrensServices, duty: np.ndarray, due: np.ndarray, hours: np.ndarray, granted: np.ndarray) -> None:
    """Hours by duty; statutory visits and reviews that fell due, each counted once."""
    width, clock = len(model.duties.names), model.clock
    outcome = 2 * duty + granted  # for each duty: refused, granted
    counts = np.bincount(outcome, minlength=2 * width).reshape(width, 2)
    spent = np.bincount(outcome, hours, minlength=2 * width).reshape(width, 2)
    _by_duty(model, "hours_wanted", spent.sum(axis=1))
    _by_duty(model, "hours_granted", spent[:, 1])
    model.tally.add("hours_refused", float(spent[:, 0].sum()))
    model.count_duties(counts.sum(axis=1), counts[:, 1])
    in_week = ((due >= clock.first_day) & (granted | (due <= clock.day))).nonzero()[0]
    fell_due = np.bincount(outcome[in_week], minlength=2 * width).reshape(width, 2)
    for name, measure in (("visit", "visits"), ("review", "reviews")):
        this = model.duties.index.get(name)
        model.tally.add(f"new_{measure}_due", 0 if this is None else fell_due[this].sum())
        model.tally.add(f"new_{measure}_on_time", 0 if this is None else fell_due[this, 1])


def _tally_workers(model: ChildrensServices) -> None:
    workers = model.workers
    model.tally.add("hours_available", float(workers.hours_available.sum()))
    model.tally.add(
        "hours_stretch", float(np.maximum(np.minimum(workers.hours_used, workers.hours_available) - workers.hours_base, 0).sum())
    )
