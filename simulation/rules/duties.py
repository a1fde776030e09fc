"""Duties and hours: due, asked for, granted, owed or refused."""

from __future__ import annotations

import numpy as np

from simulation.base.codes import IS_RESIDENTIAL
from simulation.service.capacity import ORDERS, Requests, dice_of
from simulation.service.duty_table import FAR, VISITS, Finished, of_duties
from simulation.service.rule import Rule
from simulation.service.state import State


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

    def step(self, state: State) -> None:
        children, day = state.children, state.clock.day
        at, rows, duty, worker = _asked(state)
        due = of_duties(children.duty_due)[at]
        hours, share = _hours(state, at, rows, duty, worker)
        order = ORDERS[state.p.casework.order](due - day, children.recognised_risk[rows], hours)
        die = dice_of(children.key[rows], duty, len(state.duties.names), state.clock.week)
        granted = state.time.spend(Requests(worker, _priority(state, duty, worker, due), order, die, hours))
        _tally(state, duty, due, hours, granted)
        done, refused = granted.nonzero()[0], (~granted).nonzero()[0]
        _carry_out(state, at[done], rows[done], duty[done], _days_done(state, die[done], due[done]), share[done])
        _let_lapse(state, at[refused], duty[refused], due[refused])
        _tally_workers(state)


def _asked(state: State) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What is asked for: position, row, duty and who does it; work on permanence waits while a new worker is reading in."""
    table, children = state.duties, state.children
    at = (of_duties(children.duty_ask) <= state.clock.day).nonzero()[0]
    rows = at // len(table.names)
    duty = at - rows * len(table.names)
    worker = children.worker[rows].astype(np.intp)
    late = table.permanence.take(duty).nonzero()[0]
    second = children.permanence_worker[rows[late]]
    worker[late] = np.where(second >= 0, second, worker[late])
    ready = np.ones(len(at), dtype=bool)
    ready[late] = (second >= 0) | (children.reading_in_until[rows[late]] <= state.clock.day)
    ready = ready.nonzero()[0]
    return at[ready], rows[ready], duty[ready], worker[ready]


def _priority(state: State, duty: np.ndarray, worker: np.ndarray, due: np.ndarray) -> np.ndarray:
    """The table's priority; where the team's manager says so, overdue permanence work goes with statutory visits."""
    table, first = state.duties, state.teams.permanence_first
    priority = table.priority.take(duty)
    if not first.any():
        return priority
    team = np.where(worker >= 0, state.workers.team[np.maximum(worker, 0)], -1)
    sooner = (team >= 0) & first[team] & table.permanence[duty] & (due <= state.clock.day)
    return np.where(sooner, np.minimum(priority, VISITS), priority)


def _hours(
    state: State, at: np.ndarray, rows: np.ndarray, duty: np.ndarray, worker: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Hours asked for this week, and how much of the task's own hours each hour does.

    Travel and a new or residential placement lengthen a visit; overload makes other work shallower.
    """
    table, children, casework = state.duties, state.children, state.p.casework
    nominal = np.minimum(of_duties(children.duty_left)[at], table.most.take(duty))
    pressure = state.workers.pressure if state.workers.size else np.zeros(1, dtype=np.float32)
    depth = 1.0 - casework.shallower * np.minimum(np.maximum(pressure - 1.0, 0.0), 0.5)
    depth = np.append(depth, depth[0])  # the last entry answers for those without a worker
    hours = nominal * np.where(table.shallow.take(duty), depth.take(worker), np.float32(1.0))
    visits = table.travel.take(duty).nonzero()[0]
    child = rows[visits]
    recent = (state.clock.day - children.care_day[child] < 182) | IS_RESIDENTIAL[children.kind[child]]
    longer = np.where(recent, casework.new_placement_ratio, 1.0) * state.shocks.visit_hours
    hours[visits] = nominal[visits] * longer + 2.0 * children.distance_miles[child] / casework.travel_miles_per_hour
    return hours.astype(float), nominal


def _days_done(state: State, die: np.ndarray, due: np.ndarray) -> np.ndarray:
    """The day each granted duty is done: a day of the week, no later than due where it falls due this week."""
    first = state.clock.first_day
    day = first + (((die >> np.uint64(8)) & np.uint64(0xFFFF)).astype(np.int64) * 7 >> 16)
    return np.minimum(day, np.maximum(due, first)).astype(np.int32)


def _carry_out(
    state: State, at: np.ndarray, rows: np.ndarray, duty: np.ndarray, days: np.ndarray, share: np.ndarray
) -> None:
    """Take the hours off; what is finished is noted, and what recurs is due again."""
    table, children = state.duties, state.children
    hours_left = of_duties(children.duty_left)
    left = hours_left[at] - share
    hours_left[at] = left
    done = (left < 1e-3).nonzero()[0]
    at, rows, duty, days = at[done], rows[done], duty[done], days[done]
    due = np.minimum(days + table.again[duty], FAR)
    of_duties(children.duty_due)[at] = due
    of_duties(children.duty_ask)[at] = due - table.lead_again[duty]
    hours_left[at] = table.hours[duty] * state.p.casework.hours_factor
    _second_review_sooner(state, rows, duty, days)
    state.finished = Finished(table.index, rows, duty, days)
    if state.log.keep:
        for name, event in (("visit", "visit_made"), ("review", "review_held")):
            child, when = state.finished.of(name)
            state.log.add(children.identity[child], when, event)


def _second_review_sooner(state: State, rows: np.ndarray, duty: np.ndarray, days: np.ndarray) -> None:
    """The second review is due three months after the first, later ones six months after the last."""
    if "review" not in state.duties.index:
        return
    review, children = state.duties.index["review"], state.children
    held = (duty == review).nonzero()[0]
    rows, days = rows[held], days[held]
    early = days - children.care_day[rows] < 80
    due = days[early] + 91
    children.duty_due[rows[early], review] = due
    children.duty_ask[rows[early], review] = due - state.duties.lead[review]


def _let_lapse(state: State, at: np.ndarray, duty: np.ndarray, due: np.ndarray) -> None:
    """A duty whose window has shut lapses: it recurs from its due day, or is given up."""
    table, children, day = state.duties, state.children, state.clock.day
    late = day - due
    _by_duty(state, "new_duties_waited", np.bincount(duty[(late >= 0).nonzero()[0]], minlength=len(table.names)))
    shut = (late > table.window.take(duty)).nonzero()[0]
    at, duty, due = at[shut], duty[shut], due[shut]
    again = np.minimum(np.maximum(due + table.again[duty], day + 1), FAR)
    of_duties(children.duty_due)[at] = again
    of_duties(children.duty_ask)[at] = again - table.lead_again[duty]
    _by_duty(state, "new_duties_lapsed", np.bincount(duty, minlength=len(table.names)))


def _by_duty(state: State, measure: str, totals: np.ndarray) -> None:
    state.tally.add_each(measure, "duty", state.duties.names, totals)
    state.tally.add(measure, float(totals.sum()))


def _tally(state: State, duty: np.ndarray, due: np.ndarray, hours: np.ndarray, granted: np.ndarray) -> None:
    """Hours by duty; statutory visits and reviews that fell due, each counted once."""
    width, clock = len(state.duties.names), state.clock
    outcome = 2 * duty + granted  # for each duty: refused, granted
    counts = np.bincount(outcome, minlength=2 * width).reshape(width, 2)
    spent = np.bincount(outcome, hours, minlength=2 * width).reshape(width, 2)
    _by_duty(state, "hours_wanted", spent.sum(axis=1))
    _by_duty(state, "hours_granted", spent[:, 1])
    state.tally.add("hours_refused", float(spent[:, 0].sum()))
    state.count_duties(counts.sum(axis=1), counts[:, 1])
    in_week = ((due >= clock.first_day) & (granted | (due <= clock.day))).nonzero()[0]
    fell_due = np.bincount(outcome[in_week], minlength=2 * width).reshape(width, 2)
    for name, measure in (("visit", "visits"), ("review", "reviews")):
        this = state.duties.index.get(name)
        state.tally.add(f"new_{measure}_due", 0 if this is None else fell_due[this].sum())
        state.tally.add(f"new_{measure}_on_time", 0 if this is None else fell_due[this, 1])


def _tally_workers(state: State) -> None:
    workers = state.workers
    state.tally.add("hours_available", float(workers.hours_available.sum()))
    state.tally.add(
        "hours_stretch", float(np.maximum(np.minimum(workers.hours_used, workers.hours_available) - workers.hours_base, 0).sum())
    )
