"""Children come into care and leave it."""

from __future__ import annotations

import numpy as np

from simulation.actions import duty_work, places
from simulation.actions.cases import begin_need_plan, set_closed, tally_assessments
from simulation.base.clock import DAYS_IN_YEAR, NEVER
from simulation.base.codes import (
    AGE_NAME,
    CEASED_NAME,
    ENTERED_NAME,
    Ceased,
    Entered,
    Legal,
    Plan,
    Route,
    Stage,
    age_band,
    one_of,
)
from simulation.base.columns import among
from simulation.base.dice import exponential
from simulation.service.state import State

LEGAL_ON_ENTRY = np.full(len(Entered), Legal.VOLUNTARY)
OF_LOOKED_AFTER = (
    "legal", "plan", "step", "route", "searching", "care_day", "plan_due_day", "early_home_day", "case",
)  # fmt: skip
"""What is empty for a child who is not looked after."""
OF_NEW_IN_CARE = (
    "family_worker", "s47_day", "conference_asked_day", "preproceedings_day", "edge_day", "step_day", "plan_agreed_day",
    "permanence_day", "missed_day", "return_day", "return_to_care", "knows_plan", "knows_reasons", "route", "step",
    "n_placements", "n_disruptions", "n_returned", "by_agreement", "placement", "kind", "wanted_kind", "search_reason",
    "planned_move_day",
)  # fmt: skip
"""What is empty for a child who has just come into care."""
GOES_HOME = one_of(Ceased, Ceased.HOME_PLANNED, Ceased.HOME_UNPLANNED, Ceased.DISCHARGE_AT_HOME)
ON_OPEN_PLAN = one_of(Stage, Stage.ASSESSMENT, Stage.CHILD_IN_NEED, Stage.PROTECTION_PLAN)


def with_siblings(state: State, rows: np.ndarray, days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """These children and the siblings on open plans who come into care with them, on the same days."""
    children = state.children
    if not len(rows):
        return rows, days
    order = np.argsort(children.family[rows], kind="stable")
    families = children.family[rows[order]]
    others = among(children.family, families).nonzero()[0]
    others = others[children.present[others] & ON_OPEN_PLAN[children.stage[others]] & ~among(others, rows)]
    luck = state.dice.roll("comes with a sibling", children.key[others], state.clock.week)
    others = others[luck < state.p.front_door.sibling_entry_share]
    if not len(others):
        return rows, days
    first = families.searchsorted(children.family[others])
    return np.concatenate([rows, others]), np.concatenate([days, days[order][first]])


def enter_care(state: State, rows: np.ndarray, how: np.ndarray | Entered, days: np.ndarray) -> None:
    """Children start to be looked after, none before birth: legal status, duties, review dates, and a search for a place."""
    if not len(rows):
        return
    children, permanence, how = state.children, state.p.permanence, np.full(len(rows), how, dtype=np.int8)
    days = np.maximum(days, children.birth_day[rows])
    state.in_care_changed()
    state.cohorts.enter(days)
    duty_work.leave_all(state, rows)
    _close_assessments(state, rows)
    back = children.left_home_care_day[rows]
    state.tally.add("new_reentries", np.count_nonzero((back != NEVER) & (days - back <= 365)))
    children.stage[rows], children.stage_day[rows], children.care_day[rows] = Stage.LOOKED_AFTER, days, days
    children.reset(rows, OF_NEW_IN_CARE)
    children.entered[rows], children.legal[rows] = how, LEGAL_ON_ENTRY[how]
    children.n_periods[rows] += 1
    fresh = rows[children.unallocated_day[rows] == NEVER]
    children.unallocated_day[fresh] = np.where(children.worker[fresh] == NEVER, state.clock.day, NEVER)
    children.opened_day[rows] = np.where(children.opened_day[rows] == NEVER, days, children.opened_day[rows])
    children.recognised_risk[rows] = np.maximum(children.recognised_risk[rows], children.latent_risk[rows])
    children.plan[rows], children.plan_wait_day[rows] = Plan.NOT_ASKED, days + int(permanence.ask_from_days)
    children.plan_due_day[rows] = days + int(permanence.plan_before_second_review_days)
    children.searching[rows], children.search_day[rows] = True, days
    _early_home(state, rows, days)
    duty_work.join(state, ("entered", "looked after", "to be told the reasons"), rows, days)
    _told_when_older(state, rows)
    _tally_entries(state, rows, how, days)


def _close_assessments(state: State, rows: np.ndarray) -> None:
    tally_assessments(state, rows[state.children.stage[rows] == Stage.ASSESSMENT], state.clock.day)


def _early_home(state: State, rows: np.ndarray, days: np.ndarray) -> None:
    """Some go home early, before a plan is needed; children who came alone do not."""
    children, permanence, dice = state.children, state.p.permanence, state.dice
    nth = children.n_periods[rows]
    family = children.family_key[rows]
    luck, length = dice.rolls(("goes home early", "early home days"), family, nth)
    goes = (luck < permanence.early_home_share) & ~children.unaccompanied[rows]
    stay = exponential(length, permanence.early_home_days)
    children.early_home_day[rows] = np.where(goes, days + 1 + np.minimum(stay, 400).astype(np.int32), NEVER)


def _told_when_older(state: State, rows: np.ndarray) -> None:
    """Children under four are told when they are older: life-story work waits for the fourth birthday."""
    children = state.children
    age = (state.clock.day - children.birth_day[rows]) / DAYS_IN_YEAR
    duty_work.leave(state, "to be told the reasons", rows[age < 4])


def age_bands(state: State, rows: np.ndarray) -> np.ndarray:
    """Age band today of each child (index of codes.AGE_NAME)."""
    age = (state.clock.day - state.children.birth_day[rows]) / DAYS_IN_YEAR
    return age_band(age)


def _tally_entries(state: State, rows: np.ndarray, how: np.ndarray, days: np.ndarray) -> None:
    state.tally.add_by("new_care_starts", "age", AGE_NAME, age_bands(state, rows))
    state.tally.add_each("new_care_starts", "reason", ENTERED_NAME, np.bincount(how))
    if state.log.keep:
        state.log.add(state.children.identity[rows], days, "care_started", "", np.array(ENTERED_NAME)[how])


def leave_care(state: State, rows: np.ndarray, reason: np.ndarray | int, days: np.ndarray) -> None:
    """Children cease to be looked after, each for a reason; those who went home stay open for a while and may come back."""
    if not len(rows):
        return
    children, reason = state.children, np.full(len(rows), reason, dtype=np.int8)
    planned = rows[(reason == Ceased.HOME_PLANNED) & (children.permanence_day[rows] == NEVER)]
    state.cohorts.reach(children.care_day[planned], state.clock.day, np.full(len(planned), Route.RETURN_HOME))
    _tally_leavers(state, rows, reason, days)
    state.record_period(rows, days, reason)
    places.vacate(state, rows, days, staying_put=reason == Ceased.EIGHTEEN, ceased=reason)
    duty_work.leave_all(state, rows)
    children.reset(rows, OF_LOOKED_AFTER)
    home = GOES_HOME[reason]
    _after_going_home(state, rows[home], days[home])
    set_closed(state, rows[~home], days[~home])
    children.free(rows[~home])
    state.in_care_changed()


def _tally_leavers(state: State, rows: np.ndarray, reason: np.ndarray, days: np.ndarray) -> None:
    children, tally = state.children, state.tally
    tally.add("new_leavers_with_plan", np.count_nonzero(children.plan[rows] == Plan.AGREED))
    tally.add_by("new_care_ceased", "age", AGE_NAME, age_bands(state, rows))
    tally.add_each("new_care_ceased", "reason", CEASED_NAME, np.bincount(reason))
    if state.log.keep:
        state.log.add(children.identity[rows], days, "care_ceased", "", np.array(CEASED_NAME)[reason])


def _after_going_home(state: State, rows: np.ndarray, days: np.ndarray) -> None:
    """A child-in-need plan at home; some come back into care: 12, 20 and 35% at 3 months, 1 and 6 years."""
    if not len(rows):
        return
    children, practice, permanence, dice = state.children, state.p.practice, state.p.permanence, state.dice
    state.tally.add("new_returns_home", len(rows))
    children.left_home_care_day[rows] = days
    begin_need_plan(state, rows, days)
    supported = dice.roll("return supported", children.key[rows], children.n_periods[rows]) < practice.reunification_support_share
    state.tally.add("new_supported_returns", np.count_nonzero(supported))
    u = dice.roll("back into care", children.family_key[rows], children.n_periods[rows])
    u = u / np.where(supported, practice.reunification_support_ratio, 1.0)
    shares = (0.0, permanence.reentry_3_months, permanence.reentry_1_year, permanence.reentry_6_years)
    wait = np.interp(u, shares, (3.0, 91.0, 365.0, 6 * 365.0))
    back = days + np.ceil(wait).astype(np.int32)
    returns = (u < permanence.reentry_6_years) & (back - children.birth_day[rows] < 17.5 * DAYS_IN_YEAR)
    children.edge_day[rows] = np.where(returns, back, NEVER)
    children.return_to_care[rows] = returns
