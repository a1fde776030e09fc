"""The starting day: people, places, children and cases, part-way through their lives."""

from __future__ import annotations

import numpy as np

from simulation.actions import cases
from simulation.base.clock import DAYS_IN_WEEK, NEVER
from simulation.base.codes import Legal, Stage
from simulation.base.dice import lognormal
from simulation.rules import allocation, proceedings
from simulation.rules.hours import Hours
from simulation.service import duty_table
from simulation.service.state import State
from simulation.start.care import looked_after
from simulation.start.cases import open_cases, returning
from simulation.start.places import give_places
from simulation.start.workforce import staff

ROUNDS = (0.15, 0.3, 0.45, 0.6, 0.8, 1.0)
"""Shares of a worker's limit up to which cases are dealt, round after round."""
EVIDENCE_DAYS = 91
"""From issue until the authority's evidence is usually in."""
UP_TO_DATE, SOON = 4, 5
"""Priority of the last duties done as soon as they are asked for (statutory visits and reviews), and of those done soon after."""


def begin(state: State) -> None:
    """Make the starting state: published totals exact, everything under way, nobody new to anybody."""
    staff(state)
    rows = looked_after(state)
    open_cases(state)
    returning(state)
    give_places(state)
    _proceedings(state, rows)
    _workers(state)
    _spread_duties(state)


def _proceedings(state: State, rows: np.ndarray) -> None:
    """Children under interim orders are before the court, part-way through."""
    children, cases, day = state.children, state.cases, state.clock.day
    interim = rows[children.legal[rows] == Legal.INTERIM_ORDER]
    proceedings.issue(state, interim)
    mine = children.case[interim]
    began = np.full(cases.size, day, dtype=np.int32)
    np.minimum.at(began, mine, children.care_day[interim])
    here = cases.rows
    cases.issued_day[here] = began[here] + 7
    weeks = lognormal(state.dice.roll("court steps", cases.key[here]), state.p.court.process_weeks, state.p.court.process_spread)
    cases.earliest_day[here] = cases.issued_day[here] + (weeks * DAYS_IN_WEEK).astype(np.int32)
    if "court evidence" in state.duties.index:
        duty = state.duties.index["court evidence"]
        gone = (day - cases.issued_day[mine]) / EVIDENCE_DAYS
        children.duty_left[interim, duty] *= np.clip(1.0 - gone, 0.0, 1.0)
        done = interim[gone >= 1.0]
        children.duty_due[done, duty] = children.duty_ask[done, duty] = duty_table.FAR


def _workers(state: State) -> None:
    """Everyone has a social worker as far as there is room; nobody counts as changed."""
    children = state.children
    Hours().step(state)
    kept = children.change_day.copy(), children.earlier_change_day.copy()
    open_cases_now = cases.social_work_cases(state)
    children.n_workers[open_cases_now] = 0
    _deal(state)
    left = open_cases_now[children.worker[open_cases_now] == NEVER]
    children.unallocated_day[left] = state.clock.day - 30
    allocation.Allocation().step(state)
    children.change_day[:], children.earlier_change_day[:] = kept
    held = open_cases_now[children.worker[open_cases_now] != NEVER]
    children.n_workers[held] = 1
    changed = held[children.change_day[held] != NEVER]
    children.reading_in_until[changed] = children.change_day[changed] + int(state.p.casework.reading_in_weeks * DAYS_IN_WEEK)
    children.unallocated_day[open_cases_now] = np.where(children.worker[open_cases_now] == NEVER, state.clock.day, NEVER)


def _deal(state: State) -> None:
    """Cases are dealt out a few to a worker at a time, the most serious first: nobody starts with all the hardest."""
    limits = state.workers.caseload_limit.copy()
    for share in ROUNDS:
        state.workers.caseload_limit[:] = limits * share
        allocation.Allocation().step(state)
    state.workers.caseload_limit[:] = limits


def _spread_duties(state: State) -> None:
    """Recurring duties fall due evenly over their cycles, not all at once; those first in order are up to date."""
    children, table = state.children, state.duties
    for duty in np.flatnonzero(table.every > 0):
        rows = np.flatnonzero(children.duty_due[:, duty] < duty_table.FAR)
        u = state.dice.roll(f"phase of {table.names[duty]}", children.key[rows])
        done_early = _done_early(table, int(duty))
        due = state.clock.day + 1 + done_early + (u * (table.every[duty] - done_early)).astype(np.int32)
        due = _first_ones(state, rows, int(duty), due, done_early)
        children.duty_due[rows, duty] = due
        children.duty_ask[rows, duty] = due - table.lead[duty]


def _done_early(table: duty_table.DutyTable, duty: int) -> int:
    """Days before it is due when a duty is usually done."""
    lead, priority = int(table.lead[duty]), table.priority[duty]
    return max(lead - 1, 0) if priority <= UP_TO_DATE else lead // 2 if priority <= SOON else 0


def _first_ones(state: State, rows: np.ndarray, duty: int, due: np.ndarray, done_early: int) -> np.ndarray:
    """Days due, where the first of the duty (and the second care review) counts from the day the plan or the care began."""
    children, table, day = state.children, state.duties, state.clock.day
    in_care = children.stage[rows] == Stage.LOOKED_AFTER
    began = np.where(in_care, children.care_day[rows], children.stage_day[rows])
    first = began + table.first[duty]
    if table.names[duty] == "review":
        second = children.care_day[rows] + int(state.p.permanence.plan_before_second_review_days)
        first = np.where(first > day + done_early, first, second)
    return np.where(first > day + done_early, np.minimum(first, due + table.every[duty]), due).astype(np.int32)
