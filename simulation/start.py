"""The starting day: people, places, children and cases, part-way through their lives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.clock import DAYS_IN_WEEK, NEVER
from simulation.codes import Legal, Stage
from simulation.dice import lognormal
from simulation.rules import allocation, duties, proceedings
from simulation.rules.hours import Hours
from simulation.start_care import looked_after
from simulation.start_cases import open_cases, returning
from simulation.start_places import give_places
from simulation.start_workforce import staff

if TYPE_CHECKING:
    from simulation.model import ChildrensServices


ROUNDS = (0.15, 0.3, 0.45, 0.6, 0.8, 1.0)
"""Shares of a worker's limit up to which cases are dealt, round after round."""
EVIDENCE_DAYS = 91
"""From issue until the authority's evidence is usually in."""
UP_TO_DATE, SOON = 4, 5
"""Priority of the last duties done as soon as they are asked for (statutory visits and reviews), and of those done soon after."""


def begin(model: ChildrensServices) -> None:
    """Make the starting state: published totals exact, everything under way, nobody new to anybody."""
    staff(model)
    rows = looked_after(model)
    open_cases(model)
    returning(model)
    give_places(model)
    _proceedings(model, rows)
    _workers(model)
    _spread_duties(model)


def _proceedings(model: ChildrensServices, rows: np.ndarray) -> None:
    """Children under interim orders are before the court, part-way through."""
    children, cases, day = model.children, model.cases, model.clock.day
    interim = rows[children.legal[rows] == Legal.INTERIM_ORDER]
    proceedings.issue(model, interim)
    mine = children.case[interim]
    began = np.full(cases.size, day, dtype=np.int32)
    np.minimum.at(began, mine, children.care_day[interim])
    here = cases.rows
    cases.issued_day[here] = began[here] + 7
    weeks = lognormal(model.dice.roll("court steps", cases.key[here]), model.p.court.process_weeks, model.p.court.process_spread)
    cases.earliest_day[here] = cases.issued_day[here] + (weeks * DAYS_IN_WEEK).astype(np.int32)
    if "court evidence" in model.duties.index:
        duty = model.duties.index["court evidence"]
        gone = (day - cases.issued_day[mine]) / EVIDENCE_DAYS
        children.duty_left[interim, duty] *= np.clip(1.0 - gone, 0.0, 1.0)
        done = interim[gone >= 1.0]
        children.duty_due[done, duty] = children.duty_ask[done, duty] = duties.FAR


def _workers(model: ChildrensServices) -> None:
    """Everyone has a social worker as far as there is room; nobody counts as changed."""
    children = model.children
    Hours().step(model)
    kept = children.change_day.copy(), children.earlier_change_day.copy()
    open_cases_now = allocation.social_work_cases(model)
    children.n_workers[open_cases_now] = 0
    _deal(model)
    left = open_cases_now[children.worker[open_cases_now] == NEVER]
    children.unallocated_day[left] = model.clock.day - 30
    allocation.Allocation().step(model)
    children.change_day[:], children.earlier_change_day[:] = kept
    held = open_cases_now[children.worker[open_cases_now] != NEVER]
    children.n_workers[held] = 1
    changed = held[children.change_day[held] != NEVER]
    children.reading_in_until[changed] = children.change_day[changed] + int(model.p.casework.reading_in_weeks * DAYS_IN_WEEK)
    children.unallocated_day[open_cases_now] = np.where(children.worker[open_cases_now] == NEVER, model.clock.day, NEVER)


def _deal(model: ChildrensServices) -> None:
    """Cases are dealt out a few to a worker at a time, the most serious first: nobody starts with all the hardest."""
    limits = model.workers.caseload_limit.copy()
    for share in ROUNDS:
        model.workers.caseload_limit[:] = limits * share
        allocation.Allocation().step(model)
    model.workers.caseload_limit[:] = limits


def _spread_duties(model: ChildrensServices) -> None:
    """Recurring duties fall due evenly over their cycles, not all at once; those first in order are up to date."""
    children, table = model.children, model.duties
    for duty in np.flatnonzero(table.every > 0):
        rows = np.flatnonzero(children.duty_due[:, duty] < duties.FAR)
        u = model.dice.roll(f"phase of {table.names[duty]}", children.key[rows])
        done_early = _done_early(table, int(duty))
        due = model.clock.day + 1 + done_early + (u * (table.every[duty] - done_early)).astype(np.int32)
        due = _first_ones(model, rows, int(duty), due, done_early)
        children.duty_due[rows, duty] = due
        children.duty_ask[rows, duty] = due - table.lead[duty]


def _done_early(table: duties.DutyTable, duty: int) -> int:
    """Days before it is due when a duty is usually done."""
    lead, priority = int(table.lead[duty]), table.priority[duty]
    return max(lead - 1, 0) if priority <= UP_TO_DATE else lead // 2 if priority <= SOON else 0


def _first_ones(model: ChildrensServices, rows: np.ndarray, duty: int, due: np.ndarray, done_early: int) -> np.ndarray:
    """Days due, where the first of the duty (and the second care review) counts from the day the plan or the care began."""
    children, table, day = model.children, model.duties, model.clock.day
    in_care = children.stage[rows] == Stage.LOOKED_AFTER
    began = np.where(in_care, children.care_day[rows], children.stage_day[rows])
    first = began + table.first[duty]
    if table.names[duty] == "review":
        second = children.care_day[rows] + int(model.p.permanence.plan_before_second_review_days)
        first = np.where(first > day + done_early, first, second)
    return np.where(first > day + done_early, np.minimum(first, due + table.every[duty]), due).astype(np.int32)
