"""Moves: placements that break down, and moves that are planned. Finding the next place is ``placing``'s work."""

from __future__ import annotations

import math

import numpy as np

from simulation.actions.places import Reason, in_care, is_kind
from simulation.base.clock import DAYS_IN_YEAR, NEVER, WEEKS_IN_YEAR, age_years
from simulation.base.codes import IS_RESIDENTIAL, Kind, SiblingPlan
from simulation.base.columns import among
from simulation.base.dice import pick, weekly
from simulation.service.rule import Rule
from simulation.service.state import State

USUAL_COMPLEXITY, LESS_THAN_PROPORTIONAL = 0.4, 0.6
"""The complexity at which rates are as given, and how far above it the most complex child stands."""
MOST_PAST = 4
"""Past breakdowns beyond these count no more."""
NEW_WORKER_DAYS, FAR_MILES = 183, 20
JUST_ABOVE = 1.001
"""A bound is kept this far above the rate it bounds (rounding)."""

REASONS = np.array(
    [
        Reason.CARER_BEHAVIOUR,
        Reason.CARER_OTHER,
        Reason.CHILD,
        Reason.AUTHORITY,
        Reason.ALLEGATION,
        Reason.STANDARDS,
        Reason.APPROVAL,
    ]
)
REASON_WEIGHTS = np.array([106, 48, 48, 20, 9, 20, 10])
"""Reasons for disruption-type moves in Bradford, means of 2018 to 2020 (DfE)."""
CAN_BREAK = is_kind(tuple(kind for kind in Kind if kind not in (Kind.NONE, Kind.UNREGISTERED)))
CAN_BE_PLANNED = CAN_BREAK & ~is_kind((Kind.PARENTS, Kind.ADOPTIVE, Kind.FOSTER_KINSHIP))
STEPS_DOWN = CAN_BE_PLANNED & ~is_kind((Kind.SUPPORTED, Kind.SECURE))
TIME_BREAKS_DAYS = np.array([30.0, 91.0, 365.25, 3 * 365.25])
AGE_BREAKS = np.array([5.0, 11.0, 16.0])


class Moves(Rule):
    """Placements break down, less with time, more with age, past moves, separation and distance; others are bridges.

    A breakdown gives notice or none; a sibling in the same home may have to go too. Settled children are not moved by
    plan. Planned moves wait in the old home until the next is found.
    """

    reads = ("child.*", "placement.rushed")
    writes = ("child.*",)
    source = "DfE reasons for placement change and durations of placements; Rock et al; Eltink et al 2025"

    def step(self, state: State) -> None:
        children = state.children
        rows = in_care(state)
        rows = rows[(children.placement[rows] != NEVER) & (children.must_leave_day[rows] == NEVER)]
        if len(rows) == 0:
            return
        u = state.dice.roll("breakdown", children.key[rows], state.clock.week)
        near = (u < highest_hazard(state) / WEEKS_IN_YEAR).nonzero()[0]  # most are safe by their random number alone
        shape = time_shape(state, state.clock.day - children.placement_day[rows[near]])
        broken = rows[near[u[near] < weekly(hazard(state, rows[near], shape))]]
        begin_breakdown(state, with_siblings(state, broken, state.p.placing.siblings_go_too_share))
        _planned(state, rows[~children.searching[rows]])
        _step_down(state, rows)


def time_shape(state: State, days: np.ndarray) -> np.ndarray:
    """Ratio of breakdown by days in the placement: high at first, low for long stays."""
    return np.array(_time_ratios(state))[TIME_BREAKS_DAYS.searchsorted(days, side="right")]


def _time_ratios(state: State) -> tuple[float, ...]:
    p = state.p.placing
    return p.first_month_ratio, p.first_quarter_ratio, p.first_year_ratio, 1.0, p.long_stay_ratio


def _age_ratios(state: State) -> tuple[float, ...]:
    p = state.p.placing
    return 1.0, p.age_5_10_ratio, p.age_11_15_ratio, p.age_16_ratio


def highest_shape(state: State) -> float:
    """Above the ratio, by time in the placement and complexity, of every child."""
    return JUST_ABOVE * max(_time_ratios(state)) * state.p.placing.complexity_ratio**LESS_THAN_PROPORTIONAL


def highest_hazard(state: State) -> float:
    """Above the disruptions a year of every child."""
    p = state.p.placing
    ratios = (p.past_disruption_ratio**MOST_PAST, p.separated_ratio, p.worker_change_ratio, p.far_ratio, p.kin_rushed_ratio)
    kinds = max(1.0, p.kin_ratio, p.parents_ratio, p.adoptive_ratio, p.residential_ratio)
    highest = p.disruptions_per_year * highest_shape(state) * max(_age_ratios(state)) * kinds
    return float(highest * math.prod(max(1.0, ratio) for ratio in ratios))


def hazard(state: State, rows: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """Disruptions a year of each child's present placement."""
    children, placing, day = state.children, state.p.placing, state.clock.day
    age = age_years(children.birth_day[rows], day)
    ages = np.array(_age_ratios(state))
    past = np.minimum(children.n_disruptions[rows], MOST_PAST)
    kind = children.kind[rows]
    recent = (day - children.change_day[rows] < NEW_WORKER_DAYS) & (children.change_day[rows] != NEVER)
    rushed = state.placements.rushed[children.placement[rows]]
    return (
        placing.disruptions_per_year
        * frailty(state, rows)
        * shape
        * ages[AGE_BREAKS.searchsorted(age, side="right")]
        * placing.past_disruption_ratio**past
        * np.where(children.separated[rows], placing.separated_ratio, 1.0)
        * np.where(recent, placing.worker_change_ratio, 1.0)
        * np.where(children.distance_miles[rows] > FAR_MILES, placing.far_ratio, 1.0)
        * np.where(rushed, placing.kin_rushed_ratio, 1.0)
        * kind_ratio(state)[kind]
    )


def frailty(state: State, rows: np.ndarray) -> np.ndarray:
    """Ratio of breaking down and moving on by the child's complexity; one at the middle of the scale."""
    return state.p.placing.complexity_ratio ** (state.children.complexity[rows] - USUAL_COMPLEXITY)


def kind_ratio(state: State) -> np.ndarray:
    """Ratio of breakdown by kind of placement."""
    placing = state.p.placing
    ratio = np.where(CAN_BREAK, 1.0, 0.0)
    ratio[Kind.FOSTER_KINSHIP], ratio[Kind.PARENTS], ratio[Kind.ADOPTIVE] = (
        placing.kin_ratio,
        placing.parents_ratio,
        placing.adoptive_ratio,
    )
    ratio[IS_RESIDENTIAL] = ratio[Kind.SUPPORTED] = placing.residential_ratio
    return ratio


def with_siblings(state: State, moving: np.ndarray, share: float) -> np.ndarray:
    """The children who must go, and for a ``share`` of families the siblings who live there and are to stay together."""
    children = state.children
    groups = moving[children.sibling_plan[moving] == SiblingPlan.TOGETHER]
    if len(groups) == 0:
        return moving
    if share < 1:
        groups = groups[state.dice.roll("siblings go too", children.family_key[groups], state.clock.week) < share]
    homes = np.zeros(state.placements.size + 1, dtype=bool)
    homes[children.placement[groups]] = True
    homes[NEVER] = False
    same = in_care(state)[homes[children.placement[in_care(state)]]]
    same = same[(children.must_leave_day[same] == NEVER) & among(children.family[same], children.family[groups])]
    return np.unique(np.concatenate([moving, same]))


def begin_breakdown(state: State, rows: np.ndarray, reason: Reason | None = None) -> None:
    """These placements end: the reason, and the day by which the child must leave (one die a home)."""
    if len(rows) == 0:
        return
    children, placing, week = state.children, state.p.placing, state.clock.week
    key = children.family_key[rows]
    at_once, on = state.dice.rolls(("leaves at once", "day of the breakdown"), key, week)
    day = state.clock.first_day + (on * 7).astype(np.int32)
    children.must_leave_day[rows] = np.where(at_once < placing.immediate_share, day, day + int(placing.notice_days))
    why = REASONS[pick(state.dice.roll("why it broke down", children.key[rows], week), REASON_WEIGHTS)]
    children.search_reason[rows] = why if reason is None else reason
    children.planned_move_day[rows] = NEVER
    _begin_search(state, rows)


def _begin_search(state: State, rows: np.ndarray) -> None:
    children = state.children
    fresh = rows[~children.searching[rows]]
    children.search_day[fresh] = state.clock.first_day
    children.searching[rows] = True


def _planned(state: State, rows: np.ndarray) -> None:
    """Bridging placements whose day has come, and other moves by plan or for other reasons."""
    children, placing, clock = state.children, state.p.placing, state.clock
    rows = rows[CAN_BE_PLANNED[children.kind[rows]] & (clock.day - children.placement_day[rows] < placing.settled_days)]
    key = np.where(children.sibling_plan[rows] == SiblingPlan.TOGETHER, children.family_key[rows], children.key[rows])
    u = state.dice.roll("planned move", key, clock.week)
    due = (children.planned_move_day[rows] != NEVER) & (children.planned_move_day[rows] <= clock.day)
    most = (placing.later_moves_per_year + placing.other_moves_per_year) * highest_shape(state) / WEEKS_IN_YEAR
    near = (due | (u < np.divide(most, placing.first_year_ratio))).nonzero()[0]  # the others stay by their random number alone
    rows, u, due = rows[near], u[near], due[near]
    shape = time_shape(state, clock.day - children.placement_day[rows]) / placing.first_year_ratio * frailty(state, rows)
    planned = weekly(placing.later_moves_per_year * shape)
    other = weekly(placing.other_moves_per_year * shape)
    for chosen, reason in (
        (due | (u < planned), Reason.CARE_PLAN),
        (~due & (u >= planned) & (u < planned + other), Reason.OTHER),
    ):
        moving = with_siblings(state, rows[chosen], 1.0)
        moving = moving[~children.searching[moving]]
        children.search_reason[moving] = reason
        _begin_search(state, moving)


def _step_down(state: State, rows: np.ndarray) -> None:
    """Young people near adulthood move on to supported accommodation; nobody does who is settled with kin or parents."""
    children, placing = state.children, state.p.placing
    old = state.clock.day - children.birth_day[rows] >= placing.supported_age_years * DAYS_IN_YEAR
    rows = rows[old & STEPS_DOWN[children.kind[rows]] & ~children.searching[rows]]
    u = state.dice.roll("moves on", children.key[rows], state.clock.week)
    moving = rows[u < weekly(placing.step_down_per_year)]
    children.search_reason[moving], children.wanted_kind[moving] = Reason.CARE_PLAN, Kind.SUPPORTED
    _begin_search(state, moving)
