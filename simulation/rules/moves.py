"""Moves: placements that break down, and moves that are planned. Finding the next place is ``placing``'s work."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simulation.clock import DAYS_IN_YEAR, NEVER, WEEKS_IN_YEAR
from simulation.codes import Kind, SiblingPlan
from simulation.columns import among
from simulation.dice import pick, weekly
from simulation.rules.base import Rule
from simulation.rules.places import IS_RESIDENTIAL, Reason, in_care, is_kind

if TYPE_CHECKING:
    from simulation.model import ChildrensServices

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

    def step(self, model: ChildrensServices) -> None:
        children = model.children
        rows = in_care(model)
        rows = rows[(children.placement[rows] != NEVER) & (children.must_leave_day[rows] == NEVER)]
        if len(rows) == 0:
            return
        u = model.dice.roll("breakdown", children.key[rows], model.clock.week)
        near = (u < highest_hazard(model) / WEEKS_IN_YEAR).nonzero()[0]  # most are safe by their luck alone
        shape = time_shape(model, model.clock.day - children.placement_day[rows[near]])
        broken = rows[near[u[near] < weekly(hazard(model, rows[near], shape))]]
        begin_breakdown(model, with_siblings(model, broken, model.p.placing.siblings_go_too_share))
        _planned(model, rows[~children.searching[rows]])
        _step_down(model, rows)


def time_shape(model: ChildrensServices, days: np.ndarray) -> np.ndarray:
    """Ratio of breakdown by days in the placement: high at first, low for long stays."""
    return np.array(_time_ratios(model))[TIME_BREAKS_DAYS.searchsorted(days, side="right")]


def _time_ratios(model: ChildrensServices) -> tuple[float, ...]:
    p = model.p.placing
    return p.first_month_ratio, p.first_quarter_ratio, p.first_year_ratio, 1.0, p.long_stay_ratio


def _age_ratios(model: ChildrensServices) -> tuple[float, ...]:
    p = model.p.placing
    return 1.0, p.age_5_10_ratio, p.age_11_15_ratio, p.age_16_ratio


def highest_shape(model: ChildrensServices) -> float:
    """Above the ratio, by time in the placement and complexity, of every child."""
    return 1.001 * max(_time_ratios(model)) * model.p.placing.complexity_ratio**0.6


def highest_hazard(model: ChildrensServices) -> float:
    """Above the disruptions a year of every child."""
    p = model.p.placing
    ratios = (p.past_disruption_ratio**4, p.separated_ratio, p.worker_change_ratio, p.far_ratio, p.kin_rushed_ratio)
    kinds = max(1.0, p.kin_ratio, p.parents_ratio, p.adoptive_ratio, p.residential_ratio)
    highest = p.disruptions_per_year * highest_shape(model) * max(_age_ratios(model)) * kinds
    return float(highest * math.prod(max(1.0, ratio) for ratio in ratios))


def hazard(model: ChildrensServices, rows: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """Disruptions a year of each child's present placement."""
    children, placing, day = model.children, model.p.placing, model.clock.day
    age = (day - children.birth_day[rows]) / DAYS_IN_YEAR
    ages = np.array(_age_ratios(model))
    past = np.minimum(children.n_disruptions[rows], 4)
    kind = children.kind[rows]
    recent = (day - children.change_day[rows] < 183) & (children.change_day[rows] != NEVER)
    rushed = model.placements.rushed[children.placement[rows]]
    return (
        placing.disruptions_per_year
        * frailty(model, rows)
        * shape
        * ages[AGE_BREAKS.searchsorted(age, side="right")]
        * placing.past_disruption_ratio**past
        * np.where(children.separated[rows], placing.separated_ratio, 1.0)
        * np.where(recent, placing.worker_change_ratio, 1.0)
        * np.where(children.distance_miles[rows] > 20, placing.far_ratio, 1.0)
        * np.where(rushed, placing.kin_rushed_ratio, 1.0)
        * kind_ratio(model)[kind]
    )


def frailty(model: ChildrensServices, rows: np.ndarray) -> np.ndarray:
    """Ratio of breaking down and moving on by the child's complexity; one at the middle of the scale."""
    return model.p.placing.complexity_ratio ** (model.children.complexity[rows] - 0.4)


def kind_ratio(model: ChildrensServices) -> np.ndarray:
    """Ratio of breakdown by kind of placement."""
    placing = model.p.placing
    ratio = np.where(CAN_BREAK, 1.0, 0.0)
    ratio[Kind.FOSTER_KINSHIP], ratio[Kind.PARENTS], ratio[Kind.ADOPTIVE] = (
        placing.kin_ratio,
        placing.parents_ratio,
        placing.adoptive_ratio,
    )
    ratio[IS_RESIDENTIAL] = ratio[Kind.SUPPORTED] = placing.residential_ratio
    return ratio


def with_siblings(model: ChildrensServices, moving: np.ndarray, share: float) -> np.ndarray:
    """The children who must go, and for a ``share`` of families the siblings who live there and are to stay together."""
    children = model.children
    groups = moving[children.sibling_plan[moving] == SiblingPlan.TOGETHER]
    if len(groups) == 0:
        return moving
    if share < 1:
        groups = groups[model.dice.roll("siblings go too", children.family_key[groups], model.clock.week) < share]
    homes = np.zeros(model.placements.size + 1, dtype=bool)
    homes[children.placement[groups]] = True
    homes[NEVER] = False
    same = in_care(model)[homes[children.placement[in_care(model)]]]
    same = same[(children.must_leave_day[same] == NEVER) & among(children.family[same], children.family[groups])]
    return np.unique(np.concatenate([moving, same]))


def begin_breakdown(model: ChildrensServices, rows: np.ndarray, reason: Reason | None = None) -> None:
    """These placements end: the reason, and the day by which the child must leave (one die a home)."""
    if len(rows) == 0:
        return
    children, placing, week = model.children, model.p.placing, model.clock.week
    key = children.family_key[rows]
    at_once, on = model.dice.rolls(("leaves at once", "day of the breakdown"), key, week)
    day = model.clock.first_day + (on * 7).astype(np.int32)
    children.must_leave_day[rows] = np.where(at_once < placing.immediate_share, day, day + int(placing.notice_days))
    why = REASONS[pick(model.dice.roll("why it broke down", children.key[rows], week), REASON_WEIGHTS)]
    children.search_reason[rows] = why if reason is None else reason
    children.planned_move_day[rows] = NEVER
    _begin_search(model, rows)


def _begin_search(model: ChildrensServices, rows: np.ndarray) -> None:
    children = model.children
    fresh = rows[~children.searching[rows]]
    children.search_day[fresh] = model.clock.first_day
    children.searching[rows] = True


def _planned(model: ChildrensServices, rows: np.ndarray) -> None:
    """Bridging placements whose day has come, and other moves by plan or for other reasons."""
    children, placing, clock = model.children, model.p.placing, model.clock
    rows = rows[CAN_BE_PLANNED[children.kind[rows]] & (clock.day - children.placement_day[rows] < placing.settled_days)]
    key = np.where(children.sibling_plan[rows] == SiblingPlan.TOGETHER, children.family_key[rows], children.key[rows])
    u = model.dice.roll("planned move", key, clock.week)
    due = (children.planned_move_day[rows] != NEVER) & (children.planned_move_day[rows] <= clock.day)
    most = (placing.later_moves_per_year + placing.other_moves_per_year) * highest_shape(model) / WEEKS_IN_YEAR
    near = (due | (u < np.divide(most, placing.first_year_ratio))).nonzero()[0]  # the others stay by their luck alone
    rows, u, due = rows[near], u[near], due[near]
    shape = time_shape(model, clock.day - children.placement_day[rows]) / placing.first_year_ratio * frailty(model, rows)
    planned = weekly(placing.later_moves_per_year * shape)
    other = weekly(placing.other_moves_per_year * shape)
    for chosen, reason in (
        (due | (u < planned), Reason.CARE_PLAN),
        (~due & (u >= planned) & (u < planned + other), Reason.OTHER),
    ):
        moving = with_siblings(model, rows[chosen], 1.0)
        moving = moving[~children.searching[moving]]
        children.search_reason[moving] = reason
        _begin_search(model, moving)


def _step_down(model: ChildrensServices, rows: np.ndarray) -> None:
    """Young people near adulthood move on to supported accommodation; nobody does who is settled with kin or parents."""
    children, placing = model.children, model.p.placing
    old = model.clock.day - children.birth_day[rows] >= placing.supported_age_years * DAYS_IN_YEAR
    rows = rows[old & STEPS_DOWN[children.kind[rows]] & ~children.searching[rows]]
    u = model.dice.roll("moves on", children.key[rows], model.clock.week)
    moving = rows[u < weekly(placing.step_down_per_year)]
    children.search_reason[moving], children.wanted_kind[moving] = Reason.CARE_PLAN, Kind.SUPPORTED
    _begin_search(model, moving)
