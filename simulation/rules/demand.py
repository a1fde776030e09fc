"""Demand: who comes. Families are referred, siblings together or later; unaccompanied children arrive."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from simulation.actions import care
from simulation.base.clock import DAYS_IN_YEAR, WEEKS_IN_YEAR
from simulation.base.codes import Entered, Harm, Stage
from simulation.base.dice import normal, pick
from simulation.service.rule import Rule
from simulation.service.state import State

PER_10K = 10_000
SLOTS_OF_A_FAMILY, FIRST_BORN_LATER, BIRTHS = 64, 8, 32
"""Room for the children of one family in their identities; births during a run take numbers from eight on."""
SIBLING_RISK = 1.2
"""How much more serious a later-born sibling of a child already known is (judgement)."""
BOYS, BOYS_UNACCOMPANIED = 0.52, 0.9
"""Shares of boys (CIN census 2020; children looked after 2020)."""
COMPLEXITY_SHAPE = 1.6
"""Few children are very complex: the shape of its spread (judgement)."""
OF_FAMILY, OF_CHILD = 0.8, 0.6
"""Weights of the family's and the child's own part of seriousness; their squares add up to one."""
YEARS_OF_CHILDHOOD, OLDEST_YEARS = 17.0, 17.8
TOWARDS_CENTRE = 0.65
"""Homes lie nearer the centre than an even spread (0.5) would have them: the power of the distance (judgement)."""
OLDEST_ARRIVAL, ARRIVAL_YEARS, ARRIVAL_SHAPE = 17.9, 3.4, 2.2
"""Ages of unaccompanied children: most are sixteen or seventeen (DfE 2020)."""
ARRIVALS_GROUP, ARRIVAL_COMPLEXITY = 3, 0.4
NOBODY = 1e-9

CHILD_KEY = 1  # keeps the dice of children apart from those of families
BIRTH_SPACING_WEEKS = 40  # a family has one birth at most in each such spell, so that each child is one child
WEEKS_OF_RETURNS = 26
LEAST_ROOM = 0.1  # some families are always new
SLOTS = 1 << 20  # family numbers given to each week
ALONE = SLOTS - (1 << 18)  # first slot of unaccompanied children, families of one
REFERRAL_AGES = np.array([0.07, 0.23, 0.27, 0.35, 0.08])  # DfE CIN census 2020 by band, unborn with under 1
AGE_STARTS, AGE_WIDTHS = np.array([0.0, 1, 5, 10, 16]), np.array([1.0, 4, 5, 6, 1.9])
ETHNICITIES = np.array([0.68, 0.09, 0.10, 0.09, 0.04])
HARMS = np.array([0.34, 0.22, 0.14, 0.12, 0.09, 0.05, 0.04])  # shape of DfE assessment factors 2020
SHARED, OWN = ("harm", "ethnicity"), ("male", "complexity")
AGE, HOME = ("age", "age in band", "sibling gap"), ("home distance", "home direction")
"""Questions put to the dice of a new family and child."""


class Families(Rule):
    """Families are referred, first-time arrivals only; returns come from the model itself.

    Candidates come from a fixed stream at a ceiling rate; a change of demand accepts more or fewer of the same
    families and never changes who they are. Where referrals are replayed, those that come back are taken off the
    published total, as seen over half a year.
    """

    reads = ("authority",)
    writes = ("child.*",)
    source = "DfE characteristics of children in need; over-dispersed, seasonal"

    def start(self, state: State) -> None:
        self._back, self._made = referrals_a_week(state) * (1.0 - state.p.demand.first_time_share), 0

    def step(self, state: State) -> None:
        demand = state.p.demand
        families = referrals_a_week(state) * demand.first_time_share / mean_size(demand.family_sizes)
        room = self._room(state) if state.scenario.mode == "replay" else 1.0
        slots, chance = candidates(state, families, demand.referral_factor * state.shocks.referrals * room)
        number = state.clock.week * SLOTS + slots
        taken = state.dice.roll("is referred", state.dice.keys(number)) < chance
        self._made = len(make_families(state, number[taken], state.clock.first_day))

    def _room(self, state: State) -> float:
        """What returns leave of a replayed total, against the usual share of first-time arrivals."""
        if state.clock.week > 1:
            back = state.tally.filed("new_referrals", state.clock.week - 1) - self._made
            self._back += (back - self._back) / WEEKS_OF_RETURNS
        left = 1.0 - self._back / max(referrals_a_week(state), NOBODY)
        return max(left, LEAST_ROOM) / state.p.demand.first_time_share


def referrals_a_week(state: State) -> float:
    """Referrals in an ordinary week, returns included."""
    return state.p.demand.referrals_per_10k_per_year * state.p.authority.population_0_17 / PER_10K / WEEKS_IN_YEAR


class Newborns(Rule):
    """A family with a plan or a child in care may have another child, who is referred at birth."""

    reads = ("child.stage", "child.family")
    writes = ("child.*",)
    source = "judgement: siblings arrive together or later"

    def step(self, state: State) -> None:
        children = state.children
        known = (children.present & (children.stage >= Stage.PROTECTION_PLAN) & (children.birth_order == 0)).nonzero()[0]
        known = known[~children.unaccompanied[known]]
        chance = state.p.demand.newborn_siblings_per_year / WEEKS_IN_YEAR
        born = known[state.dice.roll("sibling is born", children.key[known], state.clock.week) < chance]
        born = born[~_born_already(state, children.key[born], chance)] if len(born) else born
        if len(born):
            order = FIRST_BORN_LATER + (state.clock.week // BIRTH_SPACING_WEEKS) % BIRTHS
            add_children(state, children.family[born], np.full(len(born), order), state.clock.first_day, like=born)


def _born_already(state: State, keys: np.ndarray, chance: float) -> np.ndarray:
    """Whether the family's die has given it a birth in the same spell of weeks already."""
    week = state.clock.week
    earlier = np.arange(week - week % BIRTH_SPACING_WEEKS, week)
    each = np.repeat(keys, len(earlier)), np.tile(earlier, len(keys))
    luck = state.dice.roll("sibling is born", *each).reshape(len(keys), len(earlier))
    return np.any(luck < chance, axis=1)


class Unaccompanied(Rule):
    """Unaccompanied asylum-seeking children arrive and are looked after at once."""

    reads = ("authority",)
    writes = ("child.*",)
    source = "DfE children looked after: 11% of starts in 2020"

    def step(self, state: State) -> None:
        rate = state.p.demand.unaccompanied_per_10k_per_year * state.p.authority.population_0_17 / PER_10K / WEEKS_IN_YEAR
        slots, chance = candidates(state, rate, 1.0)
        number = state.clock.week * SLOTS + ALONE + slots
        number = number[state.dice.roll("arrives alone", state.dice.keys(number)) < chance]
        if len(number):
            rows = make_unaccompanied(state, number)
            care.enter_care(state, rows, Entered.UNACCOMPANIED, state.children.referral_day[rows])


def candidates(state: State, expected: float, factor: float) -> tuple[np.ndarray, float]:
    """Slots of this week's candidates at the ceiling rate, and the chance that each is real.

    Raises ValueError if demand exceeds the ceiling: random numbers would no longer be paired.
    """
    base = max(expected, NOBODY)
    ceiling = state.p.demand.ceiling
    if factor > ceiling:
        raise ValueError(f"demand is {factor:.1f} times its base, above demand.ceiling ({ceiling:g}); raise the ceiling")
    count = int(np.ceil(base * ceiling))
    return np.arange(count, dtype=np.int64), base * factor / count


def mean_size(shares: list[float]) -> float:
    """Mean number of children in a referred family."""
    return _mean_size(tuple(shares))


@lru_cache(maxsize=64)
def _mean_size(shares: tuple[float, ...]) -> float:
    return float(np.dot(shares, np.arange(1, len(shares) + 1)) / np.sum(shares))


def make_families(state: State, numbers: np.ndarray, first_day: int) -> np.ndarray:
    """Make the children of these family numbers, referred within the week that begins on ``first_day``."""
    keys = state.dice.keys(numbers)
    sizes = 1 + pick(state.dice.roll("children referred", keys), np.asarray(state.p.demand.family_sizes))
    family = np.repeat(numbers, sizes)
    order = np.arange(len(family)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return add_children(state, family, order, first_day)


def add_children(
    state: State, family: np.ndarray, order: np.ndarray, first_day: int, like: np.ndarray | None = None
) -> np.ndarray:
    """Rows of new children referred this week; newborns live where the sibling in row ``like`` lives."""
    dice, demand, children = state.dice, state.p.demand, state.children
    identity = family * SLOTS_OF_A_FAMILY + order
    key, home = dice.keys(CHILD_KEY, identity), dice.keys(family)
    luck = _luck(state, key, home, newborn=like is not None)
    if like is None:
        day = first_day + (luck["referral day"] * 7).astype(np.int32)
        born, x, y = day - _age(order, *(luck[name] for name in AGE)), *_home(state, *(luck[name] for name in HOME))
    else:
        born = day = first_day + (luck["birth day"] * 7).astype(np.int32)
        x, y = children.home_x_miles[like], children.home_y_miles[like]
    latent = _latent(luck["family risk"], luck["own risk"]) + (SIBLING_RISK if like is not None else 0.0)
    return children.add(
        len(family), key=key, identity=identity, family=family, birth_order=order, birth_day=born,
        stage=Stage.REFERRED, stage_day=day, opened_day=day, referral_day=day, n_referrals=1,
        latent_risk=latent, home_x_miles=x, home_y_miles=y,
        disabled=luck["disabled"] < demand.disabled_share, **_like(state, *(luck[name] for name in (*SHARED, *OWN))),
    )  # fmt: skip


def _luck(state: State, key: np.ndarray, home: np.ndarray, newborn: bool) -> dict[str, np.ndarray]:
    """All that chance decides of new children, by name: the child's own die and the family's, each rolled in one stroke."""
    own = (*OWN, "own risk", "disabled", *(("birth day",) if newborn else ()))
    shared = (*SHARED, "family risk", *(() if newborn else ("referral day", *AGE, *HOME)))
    rolled = [*state.dice.rolls(own, key), *state.dice.rolls(shared, home)]
    return dict(zip((*own, *shared), rolled, strict=True))


def _traits(state: State, key: np.ndarray, home: np.ndarray) -> dict[str, np.ndarray]:
    """What a child is like: harm (shared by the family), sex, ethnic group, complexity."""
    return _like(state, *state.dice.rolls(SHARED, home), *state.dice.rolls(OWN, key))


def _like(
    state: State, harm: np.ndarray, ethnicity: np.ndarray, male: np.ndarray, complexity: np.ndarray
) -> dict[str, np.ndarray]:
    return {
        "harm": pick(harm, harm_weights(state.p.demand.longer_term_harm_share)),
        "male": male < BOYS,
        "ethnicity": pick(ethnicity, ETHNICITIES),
        "complexity": complexity**COMPLEXITY_SHAPE,
    }


@lru_cache(maxsize=64)
def harm_weights(longer_term_share: float) -> np.ndarray:
    """Shares of harm, with domestic abuse and neglect scaled to the share of longer-term harm."""
    weights = HARMS.copy()
    weights[:2] *= longer_term_share / weights[:2].sum()
    weights[2:] *= (1 - longer_term_share) / weights[2:].sum()
    return weights


def latent_risk(state: State, key: np.ndarray, home: np.ndarray) -> np.ndarray:
    """Standard normal among those referred; most of it is shared by siblings."""
    return _latent(state.dice.roll("family risk", home), state.dice.roll("own risk", key))


def _latent(family: np.ndarray, own: np.ndarray) -> np.ndarray:
    return OF_FAMILY * normal(family) + OF_CHILD * normal(own)


def _age_days(state: State, home: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Age at referral: the youngest from the published bands, siblings two to four years apart."""
    return _age(order, *state.dice.rolls(AGE, home))


def _age(order: np.ndarray, u: np.ndarray, within: np.ndarray, gap: np.ndarray) -> np.ndarray:
    band = pick(u, REFERRAL_AGES)
    age = AGE_STARTS[band] + AGE_WIDTHS[band] * within
    age = age - order * (2.0 + 2.0 * gap)
    age = np.where(age < 0, age + (1 + np.floor(-age / YEARS_OF_CHILDHOOD)) * YEARS_OF_CHILDHOOD, age)
    return (np.minimum(age, OLDEST_YEARS) * DAYS_IN_YEAR).astype(np.int32)


def homes(state: State, home: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where families live: spread over the authority's disc, denser towards the middle."""
    return _home(state, *state.dice.rolls(HOME, home))


def _home(state: State, distance: np.ndarray, direction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    radius = np.sqrt(state.p.authority.area_square_miles / np.pi)
    r = radius * distance**TOWARDS_CENTRE
    angle = 2 * np.pi * direction
    return r * np.cos(angle), r * np.sin(angle)


def make_unaccompanied(state: State, numbers: np.ndarray) -> np.ndarray:
    """Rows of unaccompanied children, mostly boys of 16 and 17."""
    dice = state.dice
    identity = numbers * SLOTS_OF_A_FAMILY
    key = dice.keys(CHILD_KEY, identity)
    day = state.clock.first_day + (dice.roll("referral day", key) * 7).astype(np.int32)
    age = OLDEST_ARRIVAL - ARRIVAL_YEARS * dice.roll("age", key) ** ARRIVAL_SHAPE
    x, y = homes(state, key)
    return state.children.add(
        len(numbers), key=key, identity=identity, family=numbers, birth_day=day - (age * DAYS_IN_YEAR).astype(np.int32),
        stage=Stage.REFERRED, stage_day=day, opened_day=day, referral_day=day, n_referrals=1, harm=Harm.UNACCOMPANIED,
        unaccompanied=True, male=dice.roll("male", key) < BOYS_UNACCOMPANIED, ethnicity=ARRIVALS_GROUP,
        complexity=ARRIVAL_COMPLEXITY * dice.roll("complexity", key),
        home_x_miles=x, home_y_miles=y,
    )  # fmt: skip
