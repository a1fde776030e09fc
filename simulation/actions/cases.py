"""Cases open and close: assessments counted, plans begun, cases closed."""

from __future__ import annotations

import numpy as np

from simulation.actions import duty_work
from simulation.base.clock import DAYS_IN_YEAR, NEVER, add_working_days, working_days_between
from simulation.base.codes import Stage, age_band
from simulation.base.dice import lognormal, weibull
from simulation.service.state import State

RETURN_CURVE_DAYS = 6 * 365
"""Days after going home for which the published curve of returns to care is known."""
OF_OPEN_CASES = (
    "stage", "family_worker", "worker", "permanence_worker", "team", "step_day", "s47_day", "conference_asked_day",
    "preproceedings_day", "edge_day", "case", "unallocated_day",
)  # fmt: skip
"""What is empty once a case is closed."""


def tally_assessments(state: State, rows: np.ndarray, days: np.ndarray | int) -> None:
    """Count assessments completed, and those within 45 working days of referral."""
    if not len(rows):
        return
    in_time = working_days_between(state.children.referral_day[rows], days) <= 45
    state.tally.add("new_assessments", len(rows))
    state.tally.add("new_assessments_in_time", np.count_nonzero(in_time))
    state.log.add(state.children.identity[rows], days, "assessment_completed")


def begin_need_plan(state: State, rows: np.ndarray, days: np.ndarray) -> None:
    """A child-in-need plan begins, with the day on which it is planned to end."""
    if not len(rows):
        return
    children, front = state.children, state.p.front_door
    duty_work.leave(state, ("assessment", "protection plan"), rows)
    when = state.clock.week
    length = weibull(state.dice.roll("need plan length", children.key[rows], when), front.need_plan_years, 0.75)
    children.stage[rows] = Stage.CHILD_IN_NEED
    children.stage_day[rows] = days
    children.step_day[rows] = days + 28 + (np.minimum(length, 8) * DAYS_IN_YEAR).astype(np.int32)
    held = (
        state.dice.roll("family worker holds", children.key[rows], children.n_referrals[rows])
        < state.p.casework.family_worker_share
    )
    children.family_worker[rows] = held & (children.s47_day[rows] == NEVER) & (children.left_home_care_day[rows] == NEVER)
    to_family_worker(state, rows[children.family_worker[rows]])
    own = ~children.family_worker[rows]
    duty_work.join(state, "child in need", rows[own], days[own])


def to_family_worker(state: State, rows: np.ndarray) -> None:
    """A family worker takes the case over: no social worker, no duties of one."""
    duty_work.leave_all(state, rows)
    state.children.worker[rows] = state.children.permanence_worker[rows] = NEVER
    state.children.unallocated_day[rows] = NEVER


def call_conference(state: State, rows: np.ndarray, days: np.ndarray) -> None:
    """A conference is asked for, with a report to write; siblings' families and other services can come on the same day."""
    children, gates = state.children, state.p.gates
    luck = state.dice.roll("conference called", children.family_key[rows], children.n_referrals[rows])
    needed = np.rint(lognormal(luck, gates.conference_days, gates.conference_days_spread)).astype(int)
    children.conference_asked_day[rows] = days
    children.conference_ready_day[rows] = add_working_days(children.s47_day[rows], np.maximum(needed, 1))
    duty_work.join(state, "conference", rows, days)


def begin_protection_plan(state: State, rows: np.ndarray, days: np.ndarray) -> None:
    """A child protection plan begins; some lead to a letter before proceedings, siblings with the same luck."""
    children, front, dice = state.children, state.p.front_door, state.dice
    tally_assessments(state, rows[children.stage[rows] == Stage.ASSESSMENT], state.clock.day)
    duty_work.leave(state, ("assessment", "child in need", "s47", "conference"), rows)
    u = dice.roll("protection plan length", children.key[rows], children.n_protection_plans[rows])
    length = lognormal(u, front.protection_plan_years, 0.6)
    children.stage[rows] = Stage.PROTECTION_PLAN
    children.family_worker[rows] = False
    children.stage_day[rows] = days
    children.step_day[rows] = days + (length * DAYS_IN_YEAR).astype(np.int32)
    children.n_protection_plans[rows] += 1
    children.s47_day[rows] = children.conference_asked_day[rows] = NEVER
    duty_work.join(state, "protection plan", rows, days)
    state.tally.add("new_protection_plans", len(rows))
    state.log.add(children.identity[rows], days, "protection_plan_started")
    family = children.family_key[rows]
    chance = front.preproceedings_per_plan * state.shocks.entries**0.5 * np.sqrt(entry_ratio(state, rows))
    letter, when = dice.rolls(("letter", "letter day"), family, children.n_protection_plans[rows])
    children.preproceedings_day[rows] = np.where(letter < chance, days + (30 + 240 * when), NEVER)


def close(state: State, rows: np.ndarray, days: np.ndarray) -> None:
    """Close cases; each may come back, sooner and likelier where serious risk was missed; the rest are let go."""
    if not len(rows):
        return
    children, front, dice = state.children, state.p.front_door, state.dice
    duty_work.leave_all(state, rows)
    nth = children.n_referrals[rows]
    missed = children.missed_day[rows] != NEVER
    chance = np.where(missed, front.return_chance_missed, front.return_chance)
    luck, time = dice.rolls(("is referred again", "time to return"), children.key[rows], nth)
    returns, after = luck < chance, weibull(time, front.return_years, 0.8)
    back = days + 7 + (np.minimum(after, 12) * DAYS_IN_YEAR).astype(np.int32)
    to_care = children.return_to_care[rows] & (children.edge_day[rows] != NEVER)
    back = np.where(to_care, children.edge_day[rows], back)
    adult = children.birth_day[rows] + int(17.5 * DAYS_IN_YEAR)
    stays = (returns | to_care) & (back < adult)
    set_closed(state, rows, days)
    children.return_day[rows] = np.where(stays, np.maximum(back, state.clock.day + 1), NEVER)
    children.free(rows[~stays & ~missed])


def entry_ratio(state: State, rows: np.ndarray) -> np.ndarray:
    """How much likelier than others a child of this age is to come into care.

    Children who went home from care come back by the published curve of returns alone, which is set when they leave.
    """
    children, day = state.children, state.clock.day
    ratio = np.asarray(state.p.front_door.entry_ratio_by_age)[age_band((day - children.birth_day[rows]) / DAYS_IN_YEAR)]
    went_home = children.left_home_care_day[rows]
    return np.where((went_home != NEVER) & (day - went_home < RETURN_CURVE_DAYS), 0.0, ratio)


def set_closed(state: State, rows: np.ndarray, days: np.ndarray) -> None:
    """The case is closed: no worker, no plan, no duties."""
    if not len(rows):
        return
    children = state.children
    children.reset(rows, OF_OPEN_CASES)
    children.stage_day[rows] = days
    state.log.add(children.identity[rows], days, "case_closed")


def unallocate(state: State, workers: np.ndarray) -> None:
    """Workers leave: their children have no worker until allocated again."""
    if not len(workers):
        return
    children = state.children
    gone = np.zeros(state.workers.size + 1, dtype=bool)  # the last entry answers for those without a worker
    gone[workers] = True
    left = gone.take(children.worker).nonzero()[0]
    children.worker[left] = NEVER
    children.unallocated_day[left] = state.clock.day
    children.permanence_worker[gone.take(children.permanence_worker).nonzero()[0]] = NEVER
    state.log.add(children.identity[left], state.clock.day, "worker_left")


def social_work_cases(state: State) -> np.ndarray:
    """Rows of open cases that need a social worker."""
    children = state.children
    return ((children.stage > Stage.REFERRED) & children.present & ~children.family_worker).nonzero()[0]


def edge_of_care_eligible(state: State, rows: np.ndarray) -> np.ndarray:
    """Whether each child is an adolescent whose recognised risk is high enough to be offered an edge-of-care service."""
    children, practice = state.children, state.p.practice
    adolescent = state.clock.day - children.birth_day[rows] >= 10 * DAYS_IN_YEAR
    return adolescent & (children.recognised_risk[rows] >= practice.edge_of_care_least_risk)
