"""The starting day's looked-after children: the published totals, with plausible histories."""

from __future__ import annotations

import numpy as np

from simulation.actions import duty_work
from simulation.actions.siblings import live_apart_by_plan, planned_for_siblings
from simulation.base.clock import DAYS_IN_YEAR, NEVER, WEEKS_IN_YEAR
from simulation.base.codes import IS_RESIDENTIAL, Harm, Kind, Legal, Plan, SiblingPlan, Stage, Step, one_of
from simulation.base.dice import exponential, lognormal, pick
from simulation.base.fitting import proportional_fit, round_to_total, whole_table
from simulation.rules.demand import AGE_STARTS, CHILD_KEY, _traits, homes, latent_risk
from simulation.service.state import State
from simulation.start import records
from simulation.start.plans import FOSTER, HOMES, PARENTS, SUPPORTED, give_plans

FAMILIES = 1 << 40
BAND_YEARS = np.array([1.0, 4, 5, 6, 1.995])  # of age, to the eighteenth birthday
FIRST_YEARS = np.array([0.0, 0.0, 0.0, 0.85, 0.6, 0.0, 0.0])
MEAN_YEARS = np.array([0.0, 1.5, 0.0, 3.6, 1.2, 0.02, 0.3])
"""In care so far by legal status (index: Legal): a full or placement order comes after proceedings; the rest as a steady flow."""
MADE = one_of(Legal, Legal.CARE_ORDER, Legal.PLACEMENT_ORDER)  # with proceedings behind them: most of a baby's life
NEW_DAYS = 14  # work on a start in care
WEEKS_OF_WAITING = 16  # in care before proceedings are issued, and for a hearing
VOLUNTARY, INTERIM, FULL, PLACEMENT, DETAINED = range(5)
LEGAL = np.array([Legal.VOLUNTARY, Legal.INTERIM_ORDER, Legal.CARE_ORDER, Legal.PLACEMENT_ORDER, Legal.EMERGENCY])
GROUP_SIZES = np.array([0.66, 0.22, 0.08, 0.04])  # sibling groups of 2, 3, 4, 5 in care (mean 2.5, FRG)
# What is typical, before fitting to the published margins (national tables 2020): rows are age bands.
BY_PLACEMENT = np.array(
    [[80, 0.1, 0, 8, 10, 2], [78, 0.2, 0, 10, 11, 1], [82, 4, 0, 9, 3, 2], [74, 14, 0.5, 7, 0, 4], [50, 16, 28, 4, 0, 2]],
    dtype=float,
)
BY_LEGAL = np.array(
    [[10, 45, 35, 10, 0.5], [12, 12, 74, 0.5, 1], [40, 2, 56, 0, 2], [2, 25, 73, 0, 0], [0.1, 0.1, 5, 95, 0], [25, 15, 55, 1, 4]],
    dtype=float,
)
OUTSIDE = np.array(
    [0.4, 0.26, 0.66, 0.26, 0.001, 0.72, 0.72, 0.39, 0.9, 0.18, 0.55, 0.4, 0.4]
)  # share outside by Kind (DfE 2021, England)


def looked_after(state: State) -> np.ndarray:
    """Rows of the children looked after on the starting day: those of the scenario's stock file, if it has one, else
    made up, totals exact and categories within one child of the fit.
    """
    known = records.read(state.scenario.stock_file)
    if known is not None:
        age, placement, legal, alone = known.age_band, known.placement, known.legal_group, known.alone
        family, order = known.families()
        family = FAMILIES + family
    else:
        age, placement, legal = _categories(state, round(state.p.stock.looked_after))
        alone = _unaccompanied(state, age, placement, legal)
        family, order = _families(state, placement, legal, alone)
    rows = _add(state, age, legal, alone, family, order)
    _where(state, rows, placement)
    _histories(state, rows, placement)
    if known is not None:
        records.settle(state, rows, known)
    give_plans(state, rows, placement)
    _owed(state, rows)
    return rows


def _margin(state: State, names: tuple[str, ...], total: int) -> np.ndarray:
    stock = state.p.stock
    return round_to_total([getattr(stock, name) for name in names], total).astype(float)


def _categories(state: State, total: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Age band, placement group and legal group of each child, fitted to the published margins."""
    ages = _margin(state, ("age_under_1", "age_1_4", "age_5_9", "age_10_15", "age_16_plus"), total)
    places = _margin(
        state,
        (
            "placement_foster",
            "placement_homes",
            "placement_supported",
            "placement_parents",
            "placement_adoption",
            "placement_other",
        ),
        total,
    )
    legals = _margin(
        state, ("legal_voluntary", "legal_interim", "legal_care_order", "legal_placement_order", "legal_other"), total
    )
    by_place = whole_table(proportional_fit(BY_PLACEMENT + 1e-3, [ages, places]), ages)
    age, placement = (np.repeat(at, by_place.ravel()) for at in np.divmod(np.arange(30), 6))
    counts = np.bincount(placement, minlength=6).astype(float)
    by_legal = whole_table(proportional_fit(BY_LEGAL + 1e-3, [counts, legals]), counts)
    legal = np.empty(total, dtype=int)
    die = state.dice.roll("legal at the start", state.dice.keys(4, np.arange(total)))
    for group in range(6):
        here = np.flatnonzero(placement == group)
        turn = here[np.argsort(die[here] - 0.12 * age[here])]
        legal[turn] = np.repeat(
            [PLACEMENT, INTERIM, DETAINED, VOLUNTARY, FULL], by_legal[group][[PLACEMENT, INTERIM, DETAINED, VOLUNTARY, FULL]]
        )[::-1]
    return age, placement, legal


def _unaccompanied(state: State, age: np.ndarray, placement: np.ndarray, legal: np.ndarray) -> np.ndarray:
    """Which are unaccompanied: of the oldest under section 20, those in supported flats and foster homes first."""
    liking = (
        4.0 * (age == 4)
        + 2.0 * (age == 3)
        + 2.0 * (legal == VOLUNTARY)
        + 0.5 * (placement == SUPPORTED)
        + 0.4 * (placement == FOSTER)
    )
    alone = np.zeros(len(age), dtype=bool)
    alone[np.argsort(-liking, kind="stable")[: round(state.p.stock.unaccompanied)]] = True
    return alone & (age >= 3)


def _families(state: State, placement: np.ndarray, legal: np.ndarray, alone: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Family number and birth order of each child: siblings mostly share legal status and kind of placement."""
    dice, total = state.dice, len(placement)
    share = state.p.stock.siblings_in_care_share
    noise = dice.roll("family at the start", dice.keys(4, np.arange(total)))
    turn = np.lexsort((noise, np.where(noise < 0.25, 9, placement), legal, alone))
    weights = np.concatenate([[(1 - share)], share * GROUP_SIZES / np.array([2, 3, 4, 5]) / GROUP_SIZES.sum()])
    sizes = 1 + pick(dice.roll("group at the start", dice.keys(5, np.arange(total))), weights)
    ends = np.cumsum(sizes)
    family = np.empty(total, dtype=np.int64)
    family[turn] = np.searchsorted(ends, np.arange(total), side="right")
    family[alone] = total + np.arange(np.count_nonzero(alone))
    number = FAMILIES + family
    order = np.empty(total, dtype=np.int64)
    by_family = np.argsort(number, kind="stable")
    order[by_family] = np.arange(total) - np.searchsorted(number[by_family], number[by_family])
    return number, order


def _add(
    state: State, age: np.ndarray, legal: np.ndarray, alone: np.ndarray, family: np.ndarray, order: np.ndarray
) -> np.ndarray:
    dice, day = state.dice, state.clock.day
    key, home = dice.keys(CHILD_KEY, family * 64 + order), dice.keys(family)
    years = _years_of_age(age, dice.roll("age at the start", key))
    traits = _traits(state, key, home)
    traits["harm"] = np.where(alone, int(Harm.UNACCOMPANIED), traits["harm"])
    x, y = homes(state, home)
    return state.children.add(
        len(age), key=key, identity=family * 64 + order, family=family, birth_order=order,
        birth_day=day - (years * DAYS_IN_YEAR).astype(np.int32),
        stage=Stage.LOOKED_AFTER, legal=LEGAL[legal], unaccompanied=alone, n_referrals=1, n_periods=1,
        home_x_miles=x, home_y_miles=y, disabled=dice.roll("disabled", key) < state.p.demand.disabled_share,
        latent_risk=1.5 + 0.4 * latent_risk(state, key, home),
        recognised_risk=1.5 + 0.4 * latent_risk(state, key, home), **traits,
    )  # fmt: skip


def _years_of_age(band: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Age within its band: evenly, but from ten to fifteen the older the more, from as many a year as at five to nine."""
    counts = np.bincount(band, minlength=len(AGE_STARTS)) / BAND_YEARS
    youngest = np.clip(counts[2] / max(counts[3], 1e-9), 0.2, 1.0)  # against the band's mean, which is met half-way
    slope = 1.0 - youngest
    tilted = 2.0 * u / (youngest + np.sqrt(youngest**2 + 4.0 * slope * u))
    return AGE_STARTS[band] + BAND_YEARS[band] * np.where(band == 3, tilted, u)


def _where(state: State, rows: np.ndarray, placement: np.ndarray) -> None:
    """Kind of placement, boundary and distance band, to the published totals by provider and distance."""
    children, stock, dice = state.children, state.p.stock, state.dice
    total = len(rows)
    die = dice.roll("where at the start", children.key[rows])
    bought = stock.provider_private + stock.provider_voluntary
    share = bought * total / max(stock.provider_own + bought + np.count_nonzero(placement >= PARENTS), 1)
    kind = np.array([Kind.FOSTER_OWN, Kind.HOME_PRIVATE, Kind.SUPPORTED, Kind.PARENTS, Kind.ADOPTIVE, Kind.OTHER])[placement]
    homes_here, foster = np.flatnonzero(placement == HOMES), np.flatnonzero(placement == FOSTER)
    kind[_lowest(die, homes_here, round(stock.homes_own_share * len(homes_here)))] = Kind.HOME_OWN
    agency = share - np.count_nonzero(np.isin(kind, (Kind.HOME_PRIVATE, Kind.SUPPORTED)))
    group = dice.roll("carers at the start", children.family_key[rows])
    kind[_lowest(group, foster, round(stock.foster_kinship_share * len(foster)))] = Kind.FOSTER_KINSHIP
    rest = foster[kind[foster] == Kind.FOSTER_OWN]
    kind[_lowest(-group, rest, int(np.clip(agency, 0, len(rest))))] = Kind.FOSTER_AGENCY
    liking = OUTSIDE[kind]
    outside = np.zeros(total, dtype=bool)
    outside[np.argsort(group / liking, kind="stable")[: min(round(stock.outside_boundary), total)]] = True
    far = np.flatnonzero(outside)
    far = _lowest(-die - 0.5 * (placement == HOMES), far, min(round(stock.over_20_miles_outside), len(far)))
    miles = np.where(outside, 12.0, 4.0)
    miles[far] = 45.0
    children.kind[rows], children.outside[rows], children.distance_miles[rows] = kind, outside, miles


def _met_proceedings(state: State, home: np.ndarray) -> np.ndarray:
    """Years in all before the court of proceedings met on one day: longer ones are met more often."""
    court = state.p.court
    mean = (court.process_weeks + WEEKS_OF_WAITING) / WEEKS_IN_YEAR * (1.0 + court.process_spread**2)
    return lognormal(state.dice.roll("proceedings at the start", home), mean, court.process_spread)


def _lowest(value: np.ndarray, among: np.ndarray, count: int) -> np.ndarray:
    return among[np.argsort(value[among], kind="stable")[:count]]


def _histories(state: State, rows: np.ndarray, placement: np.ndarray) -> None:
    """When each came into care and into the present placement; workers and moves of the past year."""
    children, dice, day, stock = state.children, state.dice, state.clock.day, state.p.stock
    home = children.family_key[rows]
    u = dice.roll("years in care at the start", home)
    mean = MEAN_YEARS[children.legal[rows]]
    years = FIRST_YEARS[children.legal[rows]] - np.log1p(-u * 0.98) * mean
    years = np.where(children.legal[rows] == Legal.INTERIM_ORDER, u * _met_proceedings(state, home), years)
    years = np.where(children.unaccompanied[rows], 1.4 * u, years)
    age_days = day - children.birth_day[rows]
    of_life = np.where(MADE[children.legal[rows]], 0.9 + 0.09 * u, 0.2 + 0.79 * u)
    in_care = np.minimum((years * DAYS_IN_YEAR).astype(np.int32) + 1, np.maximum((age_days * of_life).astype(np.int32), 1))
    children.care_day[rows] = children.stage_day[rows] = day - in_care
    children.opened_day[rows] = children.referral_day[rows] = day - in_care - 90
    lived = dice.roll("placement at the start", children.key[rows])
    here = np.maximum((in_care * np.minimum(1.0, lived * 1.35)).astype(np.int32), 1)
    children.placement_day[rows] = day - here
    children.n_placements[rows] = 1 + (here < in_care)
    moved = _lowest(
        dice.roll("moved at the start", children.key[rows]) + 0.3 * (here > 365),
        np.flatnonzero(in_care > 60),
        round(stock.three_placements_share * len(rows)),
    )
    recent = rows[moved]
    spell = np.minimum(day - children.care_day[recent], 330)
    children.placement_day[recent] = day - (spell * 0.3).astype(np.int32)
    children.earlier_placement_day[recent] = day - (spell * 0.6).astype(np.int32)
    children.third_placement_day[recent] = day - (spell * 0.9).astype(np.int32)
    children.n_placements[recent] = 3
    _worker_changes(state, rows)
    twice = children.family[rows][np.unique(children.family[rows], return_inverse=True)[1]]
    children.sibling_plan[rows] = np.where(
        _in_groups(twice),
        planned_for_siblings(state, rows),
        SiblingPlan.NONE,
    )
    elsewhere = IS_RESIDENTIAL[children.kind[rows]] | (children.kind[rows] == Kind.SUPPORTED)
    live_apart_by_plan(state, rows[elsewhere & (children.sibling_plan[rows] == SiblingPlan.TOGETHER)])


def _worker_changes(state: State, rows: np.ndarray) -> None:
    """Days of the last two changes of worker, as a steady flow would leave them; the published share had two in a year.

    None lies before the child's birth or referral: the pace is that at which the published share is met among those known.
    """
    if not len(rows):
        return
    children, dice, day = state.children, state.dice, state.clock.day
    latest = exponential(dice.roll("latest change at the start", children.key[rows]), 1.0)
    earlier = latest + exponential(dice.roll("earlier change at the start", children.key[rows]), 1.0)
    count = int(np.clip(round(state.p.stock.two_worker_changes_share * len(rows)), 1, len(rows) - 1)) if len(rows) > 1 else 1
    known = day - np.maximum(children.referral_day[rows], children.birth_day[rows])
    a_year = np.sort(np.minimum(known, 365.0) / earlier)[-count] * 0.999
    for column, ago in ((children.change_day, latest * a_year), (children.earlier_change_day, earlier * a_year)):
        column[rows] = np.where(ago < known, day - 1 - np.minimum(ago, 8000).astype(np.int32), NEVER)


def _in_groups(family: np.ndarray) -> np.ndarray:
    _, which, count = np.unique(family, return_inverse=True, return_counts=True)
    return count[which] > 1


def _owed(state: State, rows: np.ndarray) -> None:
    """Duties under way, spread over their cycles; who knows the plan and the reasons."""
    children, dice, day = state.children, state.dice, state.clock.day
    duty_work.join(state, "looked after", rows, day)
    new = rows[day - children.care_day[rows] < NEW_DAYS]
    duty_work.join(state, "entered", new, children.care_day[new])
    if "starting care" in state.duties.index:
        gone = (day - children.care_day[new]) / NEW_DAYS
        children.duty_left[new, state.duties.index["starting care"]] *= 1.0 - gone
    agreed = rows[children.plan[rows] == Plan.AGREED]
    duty_work.join(state, "on the way", agreed[children.step[agreed] < Step.ACHIEVED], day)
    drafting = rows[children.plan[rows] == Plan.WORK]
    duty_work.join(state, "plan asked", drafting, day - 14)
    if "permanence plan" in state.duties.index:
        done = dice.roll("plan drafted at the start", children.key[drafting]) ** 3  # most have hardly begun
        children.duty_left[drafting, state.duties.index["permanence plan"]] *= 1.0 - done
    old = day - children.birth_day[rows] >= 4 * 365
    children.knows_plan[rows] = (children.plan[rows] == Plan.AGREED) & (dice.roll("knows the plan", children.key[rows]) < 0.82)
    children.knows_reasons[rows] = old & (dice.roll("knows the reasons", children.key[rows]) < 0.6)
    untold = rows[old & ~children.knows_plan[rows] & (children.plan[rows] == Plan.AGREED)]
    duty_work.join(state, "to be told the plan", untold, day)
    unread = rows[old & ~children.knows_reasons[rows] & (day - children.care_day[rows] < 365)]
    duty_work.join(state, "to be told the reasons", unread, children.care_day[unread])
