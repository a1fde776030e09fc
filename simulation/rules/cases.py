"""Cases open and close: assessments counted, plans begun, cases closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.clock import DAYS_IN_YEAR, NEVER, add_working_days, working_days_between
from simulation.codes import Stage, age_band
from simulation.dice import lognormal, weibull
from simulation.rules import duties

if TYPE_CHECKING:
    from simulation.model import ChildrensServices

RETURN_CURVE_DAYS = 6 * 365
"""Days after going home for which the published curve of returns to care is known."""
OF_OPEN_CASES = (
    "stage", "family_worker", "worker", "permanence_worker", "team", "step_day", "s47_day", "conference_asked_day",
    "preproceedings_day", "edge_day", "case", "unallocated_day",
)  # fmt: skip
"""What is empty once a case is closed."""


def tally_assessments(model: ChildrensServices, rows: np.ndarray, days: np.ndarray | int) -> None:
    """Count assessments completed, and those within 45 working days of referral."""
    if not len(rows):
        return
    in_time = working_days_between(model.children.referral_day[rows], days) <= 45
    model.tally.add("new_assessments", len(rows))
    model.tally.add("new_assessments_in_time", np.count_nonzero(in_time))
    model.log.add(model.children.identity[rows], days, "assessment_completed")


def begin_need_plan(model: ChildrensServices, rows: np.ndarray, days: np.ndarray) -> None:
    """A child-in-need plan begins, with the day on which it is planned to end."""
    if not len(rows):
        return
    children, front = model.children, model.p.front_door
    duties.leave(model, ("assessment", "protection plan"), rows)
    when = model.clock.week
    length = weibull(model.dice.roll("need plan length", children.key[rows], when), front.need_plan_years, 0.75)
    children.stage[rows] = Stage.CHILD_IN_NEED
    children.stage_day[rows] = days
    children.step_day[rows] = days + 28 + (np.minimum(length, 8) * DAYS_IN_YEAR).astype(np.int32)
    held = (
        model.dice.roll("family worker holds", children.key[rows], children.n_referrals[rows])
        < model.p.casework.family_worker_share
    )
    children.family_worker[rows] = held & (children.s47_day[rows] == NEVER) & (children.left_home_care_day[rows] == NEVER)
    to_family_worker(model, rows[children.family_worker[rows]])
    own = ~children.family_worker[rows]
    duties.join(model, "child in need", rows[own], days[own])


def to_family_worker(model: ChildrensServices, rows: np.ndarray) -> None:
    """A family worker takes the case over: no social worker, no duties of one."""
    duties.leave_all(model, rows)
    model.children.worker[rows] = model.children.permanence_worker[rows] = NEVER
    model.children.unallocated_day[rows] = NEVER


def call_conference(model: ChildrensServices, rows: np.ndarray, days: np.ndarray) -> None:
    """A conference is asked for, with a report to write; siblings' families and other services can come on the same day."""
    children, gates = model.children, model.p.gates
    luck = model.dice.roll("conference called", children.family_key[rows], children.n_referrals[rows])
    needed = np.rint(lognormal(luck, gates.conference_days, gates.conference_days_spread)).astype(int)
    children.conference_asked_day[rows] = days
    children.conference_ready_day[rows] = add_working_days(children.s47_day[rows], np.maximum(needed, 1))
    duties.join(model, "conference", rows, days)


def begin_protection_plan(model: ChildrensServices, rows: np.ndarray, days: np.ndarray) -> None:
    """A child protection plan begins; some lead to a letter before proceedings, siblings with the same luck."""
    children, front, dice = model.children, model.p.front_door, model.dice
    tally_assessments(model, rows[children.stage[rows] == Stage.ASSESSMENT], model.clock.day)
    duties.leave(model, ("assessment", "child in need", "s47", "conference"), rows)
    u = dice.roll("protection plan length", children.key[rows], children.n_protection_plans[rows])
    length = lognormal(u, front.protection_plan_years, 0.6)
    children.stage[rows] = Stage.PROTECTION_PLAN
    children.family_worker[rows] = False
    children.stage_day[rows] = days
    children.step_day[rows] = days + (length * DAYS_IN_YEAR).astype(np.int32)
    children.n_protection_plans[rows] += 1
    children.s47_day[rows] = children.conference_asked_day[rows] = NEVER
    duties.join(model, "protection plan", rows, days)
    model.tally.add("new_protection_plans", len(rows))
    model.log.add(children.identity[rows], days, "protection_plan_started")
    family = children.family_key[rows]
    chance = front.preproceedings_per_plan * model.shocks.entries**0.5 * np.sqrt(entry_ratio(model, rows))
    letter, when = dice.rolls(("letter", "letter day"), family, children.n_protection_plans[rows])
    children.preproceedings_day[rows] = np.where(letter < chance, days + (30 + 240 * when), NEVER)


def close(model: ChildrensServices, rows: np.ndarray, days: np.ndarray) -> None:
    """Close cases; each may come back, sooner and likelier where serious risk was missed; the rest are let go."""
    if not len(rows):
        return
    children, front, dice = model.children, model.p.front_door, model.dice
    duties.leave_all(model, rows)
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
    set_closed(model, rows, days)
    children.return_day[rows] = np.where(stays, np.maximum(back, model.clock.day + 1), NEVER)
    children.free(rows[~stays & ~missed])


def entry_ratio(model: ChildrensServices, rows: np.ndarray) -> np.ndarray:
    """How much likelier than others a child of this age is to come into care.

    Children who went home from care come back by the published curve of returns alone, which is set when they leave.
    """
    children, day = model.children, model.clock.day
    ratio = np.asarray(model.p.front_door.entry_ratio_by_age)[age_band((day - children.birth_day[rows]) / DAYS_IN_YEAR)]
    went_home = children.left_home_care_day[rows]
    return np.where((went_home != NEVER) & (day - went_home < RETURN_CURVE_DAYS), 0.0, ratio)


def set_closed(model: ChildrensServices, rows: np.ndarray, days: np.ndarray) -> None:
    """The case is closed: no worker, no plan, no duties."""
    if not len(rows):
        return
    children = model.children
    children.reset(rows, OF_OPEN_CASES)
    children.stage_day[rows] = days
    model.log.add(children.identity[rows], days, "case_closed")
