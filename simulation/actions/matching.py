"""Matching children to places: filter first, then score, then serve in order. Each part is named and replaceable.

A search is made for a *unit*: one child, or siblings whose assessed plan is to live together. A place is *feasible*
for a unit if its kind, approval (ages, siblings, complexity) and the carer's own yes allow it. Every pair of unit and
place has one die; a yes needs the die to fall under the acceptance, which grows each time a search is widened.
So one number, the *calls* needed, tells how hard the search would have to try: it comes before everything else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulation.actions.places import IS_OF_FAMILY, free_beds, is_kind
from simulation.base.clock import DAYS_IN_WEEK, DAYS_IN_YEAR, NEVER
from simulation.base.codes import IS_FOSTER, IS_RESIDENTIAL, Kind, SiblingPlan
from simulation.base.columns import stretches
from simulation.base.dice import mix
from simulation.service.state import State

IS_SUPPORTED = is_kind((Kind.SUPPORTED,))
NEED_FOSTER, NEED_HOME, NEED_SUPPORTED, NEED_SECURE = 0, 1, 2, 3
FIRST_CHOICE = np.stack(
    [IS_FOSTER, is_kind((Kind.HOME_OWN, Kind.HOME_PRIVATE, Kind.HOME_VOLUNTARY)), IS_SUPPORTED, is_kind((Kind.SECURE,))]
)
TEENAGER_YEARS = 11
NEVER_FITS = np.float32(np.inf)
CALL = np.float32(1e5)
"""Score of one more call; larger than any other part of a score."""


@dataclass
class Units:
    """This week's searches. One entry a unit; ``members`` are child rows, flattened, cut at ``first``."""

    members: np.ndarray
    first: np.ndarray
    size: np.ndarray
    youngest: np.ndarray
    oldest: np.ndarray
    complexity: np.ndarray
    x: np.ndarray
    y: np.ndarray
    need: np.ndarray
    urgent: np.ndarray
    since: np.ndarray
    key: np.ndarray
    home: np.ndarray
    """Row of the present placement, which the unit leaves; NEVER if none."""

    def rows(self, unit: int) -> np.ndarray:
        """Child rows of one unit."""
        return self.members[self.first[unit] : self.first[unit] + self.size[unit]]

    def __len__(self) -> int:
        return len(self.first)


@dataclass
class Pairs:
    """Units by candidate places, as matrices."""

    places: np.ndarray
    """Rows of the candidate places: those with a free bed."""
    free: np.ndarray
    calls: np.ndarray
    """Calls needed (float; infinite if the place can never take the unit)."""
    miles: np.ndarray
    kind: np.ndarray
    price: np.ndarray
    outside: np.ndarray
    approval: dict[str, np.ndarray]
    """What allows each pair, by the name of the filter: ages, siblings, needs."""


def units_of(state: State, rows: np.ndarray, together: bool = True) -> Units:
    """Group searching children (at least one) into units: siblings whose plan is together, others alone."""
    children = state.children
    grouped = (children.sibling_plan[rows] == SiblingPlan.TOGETHER) & together
    label = np.where(grouped, children.family[rows], -2 - rows)
    order = np.lexsort((children.birth_day[rows], label))
    members = rows[order]
    first, size = stretches(label[order])
    age = (state.clock.day - children.birth_day[members]) / DAYS_IN_YEAR
    lead = members[first]
    urgent = (children.placement[members] == NEVER) | (children.must_leave_day[members] != NEVER)
    return Units(
        members,
        first,
        size,
        np.minimum.reduceat(age, first),
        np.maximum.reduceat(age, first),
        np.maximum.reduceat(children.complexity[members], first),
        children.home_x_miles[lead],
        children.home_y_miles[lead],
        needs(state, lead),
        np.maximum.reduceat(urgent, first),
        np.minimum.reduceat(children.search_day[members], first),
        children.key[lead],
        children.placement[lead].astype(np.int64),
    )


def needs(state: State, rows: np.ndarray) -> np.ndarray:
    """What is looked for first: the plan's own wish, else by complexity and age."""
    children, placing = state.children, state.p.placing
    age = (state.clock.day - children.birth_day[rows]) / DAYS_IN_YEAR
    hard = children.complexity[rows] + 0.04 * np.minimum(children.n_disruptions[rows], 4)
    need = np.where((hard >= placing.residential_complexity) & (age >= placing.residential_age_years), NEED_HOME, NEED_FOSTER)
    supported = state.dice.roll("supported accommodation first", children.key[rows]) < placing.supported_first_share
    need = np.where((age >= placing.supported_age_years) & (need == NEED_FOSTER) & supported, NEED_SUPPORTED, need)
    wanted = children.wanted_kind[rows]
    need = np.where(IS_FOSTER[wanted], NEED_FOSTER, np.where(IS_RESIDENTIAL[wanted], NEED_HOME, need))
    return np.where(wanted == Kind.SUPPORTED, NEED_SUPPORTED, np.where(wanted == Kind.SECURE, NEED_SECURE, need))


def pairs_of(state: State, units: Units) -> Pairs:
    """Filter: for every unit and every place with a bed, how many calls it would take (infinite: never)."""
    table = state.placements
    free_all = free_beds(table)
    places = ((free_all > 0) & ~IS_OF_FAMILY[table.kind]).nonzero()[0]
    kind = table.kind[places]
    miles = np.hypot(table.x_miles[places][None, :] - units.x[:, None], table.y_miles[places][None, :] - units.y[:, None])
    approval = fits_approval(state, units, places)
    calls = calls_needed(state, units, places, approval)
    free = free_all[places].astype(np.int64)
    return Pairs(places, free, calls, miles, kind, listed_price(state, places), table.outside[places], approval)


def fits_approval(state: State, units: Units, places: np.ndarray) -> dict[str, np.ndarray]:
    """Each filter by its name, as units by places: ages, siblings, needs."""
    table = state.placements
    weeks = np.maximum(state.clock.day - units.since, 0) / DAYS_IN_WEEK
    hard = units.complexity - state.p.placing.relaxing_per_week * weeks
    return {
        "age": (units.youngest[:, None] >= table.age_low[places]) & (units.oldest[:, None] < table.age_high[places] + 1),
        "siblings": (units.size[:, None] <= np.minimum(table.sibling_limit[places], table.places[places]))
        & (units.size[:, None] >= table.group_at_least[places]),
        "needs": hard[:, None] <= table.complexity_limit[places],
    }


def calls_needed(
    state: State, units: Units, places: np.ndarray, approval: dict[str, np.ndarray]
) -> np.ndarray:
    """Calls it takes until each place says yes to each unit; infinite where approval or kind never allow it."""
    placing, table = state.p.placing, state.placements
    kind, (age, siblings, needs_met) = table.kind[places], approval.values()
    first, second = FIRST_CHOICE[units.need], second_choices(state, units)
    fits = age & siblings & needs_met & (units.home[:, None] != places) & (first | second)[:, kind]
    pair = fits.ravel().nonzero()[0]
    unit = pair // max(len(places), 1)
    place = pair - unit * len(places)
    key = mix(units.key[unit] ^ (table.key[places] * np.uint64(0x9E3779B97F4A7C15))[place])
    u = state.dice.roll("carer says yes", key, state.clock.week)
    of_kind = unit * len(IS_FOSTER) + kind[place]
    chance, least = acceptance(state, units).ravel()[of_kind], np.where(first, 0, placing.second_choice_calls).ravel()[of_kind]
    with np.errstate(divide="ignore"):
        widened = np.ceil(np.log(u / np.maximum(chance, 1e-12)) / np.log(max(placing.widening_ratio, 1.0001)))
    widened = np.maximum(widened, least)
    most = placing.widenings + placing.sibling_extra_calls * (units.size > 1)
    calls = np.full(fits.shape, NEVER_FITS, dtype=np.float32)
    calls.ravel()[pair] = np.where(widened <= most[unit], widened, np.inf)
    return calls


def second_choices(state: State, units: Units) -> np.ndarray:
    """Kinds that are considered once a search is widened far enough, units by kinds."""
    placing = state.p.placing
    old = (units.youngest >= placing.residential_age_years)[:, None] & FIRST_CHOICE[NEED_HOME]
    old |= (units.youngest >= placing.supported_age_years)[:, None] & IS_SUPPORTED
    old |= ((units.need == NEED_HOME) | (units.need == NEED_SUPPORTED))[:, None] & IS_FOSTER
    return old & (units.need != NEED_SECURE)[:, None]


def acceptance(state: State, units: Units) -> np.ndarray:
    """The chance of a yes at the first call, units by kinds of placement: foster carers mind complexity and age."""
    placing, chance = state.p.placing, np.zeros(len(IS_FOSTER))
    chance[Kind.FOSTER_OWN], chance[Kind.FOSTER_AGENCY] = placing.own_acceptance, placing.agency_acceptance
    chance[[Kind.HOME_PRIVATE, Kind.HOME_VOLUNTARY]] = placing.home_acceptance
    chance[Kind.HOME_OWN] = min(1.0, 2.5 * placing.home_acceptance)
    chance[Kind.SUPPORTED] = chance[Kind.SECURE] = placing.supported_acceptance
    foster = 1 - (1 - placing.foster_acceptance_at_high_complexity) * units.complexity
    foster = np.where(units.oldest >= TEENAGER_YEARS, placing.teenager_acceptance_ratio, 1.0) * foster
    return chance * np.where(IS_FOSTER, foster[:, None], 1.0)


def listed_price(state: State, places: np.ndarray) -> np.ndarray:
    """List prices as they rank today."""
    return state.placements.price_gbp[places]


def own_then_near(pairs: Pairs) -> np.ndarray:
    """Own provision first, then others, nearest first in each."""
    bought = (pairs.kind != Kind.FOSTER_OWN) & (pairs.kind != Kind.HOME_OWN)
    return pairs.miles + 400.0 * bought


def nearest(pairs: Pairs) -> np.ndarray:
    """Nearest to home, whoever provides it."""
    return pairs.miles


def cheapest(pairs: Pairs) -> np.ndarray:
    """Cheapest, then nearest."""
    return pairs.price[None, :] + 0.1 * pairs.miles


SCORES: dict[str, Callable[[Pairs], np.ndarray]] = {"own_then_near": own_then_near, "nearest": nearest, "cheapest": cheapest}


def most_urgent_first(units: Units) -> tuple[np.ndarray, ...]:
    """No bed or notice given first, then larger groups, then the longest search."""
    return (units.since, -units.size, ~units.urgent.astype(bool))


def longest_waiting_first(units: Units) -> tuple[np.ndarray, ...]:
    """The longest search first."""
    return (-units.size, units.since)


def largest_group_first(units: Units) -> tuple[np.ndarray, ...]:
    """The largest sibling group first."""
    return (units.since, -units.size)


ORDERS: dict[str, Callable[[Units], tuple[np.ndarray, ...]]] = {
    "most_urgent_first": most_urgent_first,
    "longest_waiting_first": longest_waiting_first,
    "largest_group_first": largest_group_first,
}


def ranking(pairs: Pairs, score: str) -> np.ndarray:
    """The whole score of each pair: calls first, then the named score; infinite where it can never be."""
    return (pairs.calls * CALL + SCORES[score](pairs)).astype(np.float32)


def serving_order(state: State, units: Units) -> np.ndarray:
    """Units in the order they are served; ties go by the unit's own die."""
    tie = state.dice.roll("search order", units.key, state.clock.week)
    return np.lexsort((tie, *ORDERS[state.p.placing.order](units)))


def best_place(scores: np.ndarray, free: np.ndarray, size: int) -> int:
    """The best place that still has room for ``size`` children; NEVER if none. ``scores`` and ``free``: one for each place."""
    if len(scores) == 0:
        return NEVER
    row = np.where(free >= size, scores, NEVER_FITS)
    best = int(row.argmin())
    return best if row[best] < NEVER_FITS else NEVER


def favourites(scores: np.ndarray) -> list[int]:
    """The best place for each row of ``scores``, whatever room it has; NEVER where none can ever be."""
    if not scores.shape[1]:
        return [NEVER] * len(scores)
    return np.where(scores.min(axis=1) < NEVER_FITS, scores.argmin(axis=1), NEVER).tolist()
