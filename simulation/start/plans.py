"""Permanence plans of the starting day's looked-after children: how far plans, routes and steps are likely to have come."""

from __future__ import annotations

import numpy as np

from simulation.base.clock import DAYS_IN_WEEK, NEVER
from simulation.base.codes import Kind, Legal, Plan, Route, Step, one_of
from simulation.base.dice import lognormal
from simulation.rules.permanence import STEP_SPREAD, choose_routes, step_weeks
from simulation.service.state import State

FOSTER, HOMES, SUPPORTED, PARENTS, ADOPTION, OTHER = range(6)
"""Published placement groups."""
PLANNED_DAYS, PLANNED_SHARE = (42, 70, 101, 140, 182, 240), (0.0, 0.23, 0.53, 0.78, 0.88, 1.0)
"""Days in care, and the share with an agreed plan by then, as a steady flow leaves them (benchmarks/steady_start.py)."""
SETTLED_BY_AGREEMENT_DAYS = 182  # had an order been wanted, it would have been sought by then
ASSESSED = one_of(Route, Route.RETURN_HOME, Route.KINSHIP)


def give_plans(state: State, rows: np.ndarray, placement: np.ndarray) -> None:
    """Plans and routes as far as they are likely to have come; a share past the second review have none."""
    children, p, dice, day = state.children, state.p.permanence, state.dice, state.clock.day
    in_care = day - children.care_day[rows]
    children.plan_due_day[rows] = children.care_day[rows] + int(p.plan_before_second_review_days)
    home = children.family_key[rows]
    u = dice.roll("plan at the start", home)
    missing = state.p.stock.plan_missing_share
    late = np.where(in_care > p.plan_before_second_review_days, missing * np.exp(-(in_care - 119) / 900.0) * 1.4, 0.0)
    agreed = u > np.maximum(late, 1.0 - np.interp(in_care, PLANNED_DAYS, PLANNED_SHARE))
    children.plan[rows] = np.where(agreed, Plan.AGREED, Plan.NOT_ASKED)
    waiting = rows[~agreed]
    fraction = dice.roll("plan progress at the start", children.key[waiting])
    gone = in_care[~agreed] - p.ask_from_days
    asked = (gone > 0) & (fraction < np.clip(gone / 25.0, 0, 0.95))
    drafted = np.clip((gone - 15) / 80.0, 0, 0.2)  # share of those asked for whose draft is with manager or panel
    stage = np.where(fraction < 0.7 * drafted, Plan.PANEL, np.where(fraction < drafted, Plan.SIGN_OFF, Plan.WORK))
    children.plan[waiting[asked]] = stage[asked]
    children.plan_wait_day[rows] = np.maximum(day - 10, children.care_day[rows])
    children.plan_agreed_day[rows] = np.where(agreed, np.minimum(children.plan_due_day[rows], day - 7), NEVER)
    children.entered[rows] = 0
    settled = agreed | (in_care > SETTLED_BY_AGREEMENT_DAYS)
    children.by_agreement[rows] = (children.legal[rows] == Legal.VOLUNTARY) & settled
    _routes(state, rows, placement)
    early = (dice.roll("goes home early", home, 1) < p.early_home_share) & ~children.unaccompanied[rows]
    left = -np.log1p(-dice.roll("early home days", home, 1)) * p.early_home_days
    stay = (
        early
        & (in_care + left < 300)
        & (in_care < 90)
        & np.isin(children.legal[rows], (Legal.VOLUNTARY, Legal.EMERGENCY, Legal.INTERIM_ORDER))
    )
    children.early_home_day[rows] = np.where(stay, day + 3 + left.astype(np.int32), NEVER)


def _routes(state: State, rows: np.ndarray, placement: np.ndarray) -> None:
    """Routes and steps of those with an agreed plan."""
    children, legal = state.children, state.children.legal[rows]
    in_care = state.clock.day - children.care_day[rows]
    settled_long = (legal == Legal.CARE_ORDER) & (in_care > 300) | (legal == Legal.VOLUNTARY) & (in_care > 365)
    route = choose_routes(state, rows).astype(int)
    route[settled_long | (legal == Legal.CARE_ORDER) & (route == Route.ADOPTION)] = Route.LONG_TERM_FOSTERING
    route = np.where(placement == HOMES, Route.RESIDENTIAL, np.where(placement == SUPPORTED, Route.SUPPORTED, route))
    route = np.where(placement == PARENTS, Route.DISCHARGE, route)
    route = np.where((placement == ADOPTION) | (legal == Legal.PLACEMENT_ORDER), Route.ADOPTION, route)
    children.route[rows] = route
    children.plan[rows[placement == ADOPTION]] = Plan.AGREED
    at = rows[children.plan[rows] == Plan.AGREED]
    children.step[at] = _steps(state, at)
    _step_days(state, at)


def _steps(state: State, rows: np.ndarray) -> np.ndarray:
    """How far each agreed plan has come: assessed first where it must be, then the court's part, then the rest."""
    children, day = state.children, state.clock.day
    route, kind, legal = children.route[rows], children.kind[rows], children.legal[rows]
    before_court, fostered = legal == Legal.INTERIM_ORDER, route == Route.LONG_TERM_FOSTERING
    long = (legal == Legal.CARE_ORDER) | (day - children.care_day[rows] > 365)
    step = np.full(len(rows), int(Step.COURT))
    step[ASSESSED[route] & ~before_court] = Step.TRANSITION
    step[ASSESSED[route] & (_weeks_agreed(state, rows) < state.p.gates.kinship_assessment_weeks)] = Step.ASSESSMENT
    step[fostered & ~before_court] = np.where(long, Step.ACHIEVED, Step.FAMILY_FINDING)[fostered & ~before_court]
    step[(route == Route.RESIDENTIAL) | (route == Route.SUPPORTED)] = Step.ACHIEVED
    step[(route == Route.ADOPTION) & (legal == Legal.PLACEMENT_ORDER)] = Step.FAMILY_FINDING
    step[(route == Route.DISCHARGE) & (legal == Legal.CARE_ORDER) | (kind == Kind.ADOPTIVE)] = Step.TRANSITION
    return step


def _weeks_agreed(state: State, rows: np.ndarray) -> np.ndarray:
    return (state.clock.day - state.children.plan_agreed_day[rows]) / DAYS_IN_WEEK


def _step_days(state: State, rows: np.ndarray) -> None:
    """Days on which steps began and can end; those met half-way through are the longer ones."""
    children, dice, day = state.children, state.dice, state.clock.day
    family = children.family_key[rows]
    u = dice.roll("step at the start", family)
    met = step_weeks(state)[children.route[rows]] * (1.0 + STEP_SPREAD**2)
    weeks = lognormal(dice.roll("weeks of step", family), 1.0, STEP_SPREAD) * met
    transition, assessed = children.step[rows] == Step.TRANSITION, children.step[rows] == Step.ASSESSMENT
    children.step_until_day[rows] = np.where(transition, day + (u * weeks * DAYS_IN_WEEK).astype(np.int32) + 1, day)
    left = state.p.gates.kinship_assessment_weeks - _weeks_agreed(state, rows[assessed])
    children.step_until_day[rows[assessed]] = day + np.ceil(left * DAYS_IN_WEEK).astype(np.int32)
    children.step_from_day[rows] = day - ((1 - u) * 60).astype(np.int32)
    moved = (children.route[rows] == Route.ADOPTION) & (children.kind[rows] == Kind.ADOPTIVE)
    settled = moved | (children.step[rows] == Step.ACHIEVED)
    children.permanence_day[rows] = np.where(settled, children.placement_day[rows], NEVER)
