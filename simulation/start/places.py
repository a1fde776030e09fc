"""The starting day's places: every child in care lives in a real one; the others are empty, resting or filled by others."""

from __future__ import annotations

import zlib

import numpy as np

from simulation.actions import geography
from simulation.actions.market_places import add_market
from simulation.actions.places import IS_MAINSTREAM, in_care, price_for
from simulation.actions.siblings import mark_separated
from simulation.base.clock import NEVER
from simulation.base.codes import KIND_NAME, Kind, PlaceState
from simulation.base.dice import exponential, weibull
from simulation.rules.market import read_balance
from simulation.rules.supply import add_own_carers, add_own_homes
from simulation.service.book import ADOPTIVE, KIN, OWN_CARER, PARENTS, PLACEMENT_KEY
from simulation.service.state import State
from simulation.start.siblings import unite_siblings, units

NAMED = 25  # tag of the identities of places known by name
OTHER = 24  # tag of the identities of other placements
GROUP_OF_KIND = {
    Kind.FOSTER_AGENCY: "foster",
    Kind.HOME_PRIVATE: "homes",
    Kind.HOME_VOLUNTARY: "homes",
    Kind.SUPPORTED: "supported",
    Kind.SECURE: "secure",
}


def give_places(state: State) -> None:
    """Give every child in care a home as their ``kind``, ``outside`` and ``distance_miles`` say, and make the other places."""
    rows = in_care(state)
    unite_siblings(state, rows)
    homes = np.full(state.children.size, NEVER, dtype=np.int64)
    _family_households(state, rows, homes)
    _own_carers(state, rows, homes)
    _own_homes(state, rows, homes)
    for group in ("foster", "homes", "supported", "secure"):
        _market(state, rows, homes, group)
    _named_places(state)
    _live_there(state, rows, homes[rows])
    read_balance(state)
    mark_separated(state)


def _position(state: State, lead: np.ndarray, tag: int) -> tuple[np.ndarray, np.ndarray]:
    """Where a home is, given the child's wanted side and distance band (12 stands for near, 45 for far)."""
    children = state.children
    home = state.dice.keys(children.family[lead], tag)
    u, v = state.dice.roll("start angle", home), state.dice.roll("start miles", home)
    r = geography.radius_miles(state)
    miles = np.where(
        children.distance_miles[lead] > 20, 21 + np.minimum(exponential(v, state.p.supply.far_miles), 120), 2 + 17.5 * v
    )
    miles = np.where(children.outside[lead], miles, r * 1.2 * v)
    return geography.at_distance(
        state, children.home_x_miles[lead], children.home_y_miles[lead], miles, children.outside[lead], u
    )


def _family_households(state: State, rows: np.ndarray, homes: np.ndarray) -> None:
    """Relatives, parents, adopters and other placements: a household for each family."""
    children, supply = state.children, state.p.supply
    prices = {
        Kind.FOSTER_KINSHIP: supply.foster_kinship_gbp,
        Kind.PARENTS: supply.parents_gbp,
        Kind.ADOPTIVE: supply.adoptive_gbp,
        Kind.OTHER: supply.residential_gbp * 0.5,
    }
    for kind, tag in ((Kind.FOSTER_KINSHIP, KIN), (Kind.PARENTS, PARENTS), (Kind.ADOPTIVE, ADOPTIVE), (Kind.OTHER, OTHER)):
        chosen = rows[children.kind[rows] == kind]
        if len(chosen) == 0:
            continue
        family = children.family[chosen]
        label = family * 2 + children.outside[chosen] if kind != Kind.OTHER else -chosen - 1
        _, first, unit, size = np.unique(label, return_index=True, return_inverse=True, return_counts=True)
        lead = chosen[first]
        x, y = _position(state, lead, tag)
        if kind == Kind.PARENTS:
            inside = ~children.outside[lead]
            x, y = np.where(inside, children.home_x_miles[lead], x), np.where(inside, children.home_y_miles[lead], y)
        identity = tag * 10**15 + children.family[lead] * 4 + children.outside[lead]
        identity = identity if kind != Kind.OTHER else tag * 10**15 + children.identity[lead]
        made = state.placements.add(
            len(lead),
            key=state.dice.keys(PLACEMENT_KEY, identity),
            identity=identity,
            kind=kind,
            x_miles=x,
            y_miles=y,
            outside=children.outside[lead],
            places=size,
            family=children.family[lead],
            price_gbp=prices[kind],
            opens_day=state.clock.day - 400,
        )
        homes[chosen] = made[unit]


def _own_carers(state: State, rows: np.ndarray, homes: np.ndarray) -> None:
    """Own foster households: those where children live, then the empty, resting and blocked places that the shares ask for."""
    children, supply, table = state.children, state.p.supply, state.placements
    chosen = rows[children.kind[rows] == Kind.FOSTER_OWN]
    lead, size, unit = units(state, chosen)
    household = _share_households(state, lead, size)
    _, first, unit_home, filled = _homes_of_units(household, size)
    x, y = _position(state, lead[first], OWN_CARER)
    made = add_own_carers(
        state, OWN_CARER, np.arange(len(first)), sizes=np.maximum(filled, 1), outside=children.outside[lead[first]]
    )
    table.x_miles[made], table.y_miles[made], table.outside[made] = x, y, children.outside[lead[first]]
    _fit_approval(state, made[unit_home[unit]], chosen)
    homes[chosen] = made[unit_home[unit]]
    approved = round(len(chosen) / supply.own_filled_share)
    staying = round(approved * supply.own_staying_put_share)
    vacant = round(approved * supply.own_vacant_share)
    away = approved - len(chosen) - staying - vacant
    _empty_places(
        state,
        made,
        max(vacant, 0),
        max(away, 0),
        max(staying, 0),
        np.count_nonzero(children.outside[chosen]) / max(len(chosen), 1),
    )


def _homes_of_units(household: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    label, first, back = np.unique(household, return_index=True, return_inverse=True)
    return label, first, back, np.bincount(back, size).astype(np.int64)


def _share_households(state: State, lead: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Household number of each unit: some units share a household with another, inside the boundary."""
    children = state.children
    u = state.dice.roll("shares a household", children.key[lead])
    order = np.argsort(u, kind="stable")
    household = np.arange(len(lead))
    sharing = order[(u[order] < 0.45) & (size[order] == 1) & ~children.outside[lead[order]]]
    age = children.birth_day[lead[sharing]]
    sharing = sharing[np.argsort(age, kind="stable")]
    pairs = len(sharing) // 2
    household[sharing[1 : 2 * pairs : 2]] = household[sharing[0 : 2 * pairs : 2]]
    return household


def _fit_approval(state: State, homes: np.ndarray, children_rows: np.ndarray) -> None:
    """Approval covers the children who already live there."""
    table, children = state.placements, state.children
    age = (state.clock.day - children.birth_day[children_rows]) / 365.25
    np.minimum.at(table.age_low, homes, np.floor(age).astype(np.float32))
    np.maximum.at(table.age_high, homes, np.ceil(age).astype(np.float32))
    np.maximum.at(table.complexity_limit, homes, children.complexity[children_rows])


def _empty_places(state: State, made: np.ndarray, vacant: int, away: int, staying: int, outside_share: float) -> None:
    """Add ``staying`` places kept by young adults, ``away`` unavailable and ``vacant`` places, to households old and new."""
    table, dice = state.placements, state.dice
    by_die = made[np.argsort(dice.roll("further bed", table.key[made]), kind="stable")]
    beside = min(round(0.6 * (away + vacant) + staying), len(by_die))
    extra = by_die[:beside]
    table.places[extra] += 1
    kept, rest = extra[:staying], extra[staying:]
    table.staying_put[kept] += 1
    blocked = rest[: min(len(rest), round(0.75 * away))]
    table.blocked[blocked] += 1
    vacant -= len(rest) - len(blocked)
    away -= len(blocked)
    number = 10**6
    while vacant > 0 or away > 0:
        wanted = max(1, (max(vacant, 0) + max(away, 0)) // 2)
        outside = (np.arange(wanted) + 0.5) / wanted < outside_share
        new = add_own_carers(state, OWN_CARER, number + np.arange(wanted), outside=outside)
        number += wanted
        for row in new.tolist():
            rests = away > 0 and (vacant <= 0 or row % 2 == 0)
            left = away if rests else vacant
            if left <= 0:
                table.free(np.array([row]))
                continue
            table.places[row] = min(int(table.places[row]), left)
            table.sibling_limit[row] = min(int(table.sibling_limit[row]), int(table.places[row]))
            if rests:
                table.state[row] = PlaceState.RESTING
                wait = exponential(dice.roll("weeks of break", table.key[[row]]), state.p.supply.rest_weeks)[0]
                table.state_until_day[row] = state.clock.day + 1 + int(7 * wait)
                away -= int(table.places[row])
            else:
                vacant -= int(table.places[row])


def _own_homes(state: State, rows: np.ndarray, homes: np.ndarray) -> None:
    """The authority's own children's homes, with the children who live there."""
    children, supply, table = state.children, state.p.supply, state.placements
    chosen = rows[children.kind[rows] == Kind.HOME_OWN]
    count = max(supply.own_homes, int(np.ceil(len(chosen) / 6)))
    if count == 0:
        return
    total = max(supply.own_homes_places, len(chosen))
    places = np.full(count, total // count)
    places[: total % count] += 1
    made = add_own_homes(state, np.arange(count), places)
    beds = np.repeat(made, places)
    beds = beds[np.argsort(state.dice.roll("bed at the start", state.dice.keys(9, np.arange(len(beds)))), kind="stable")]
    homes[chosen] = beds[: len(chosen)]
    outside = np.unique(homes[chosen[children.outside[chosen]]])
    if len(outside):
        children.outside[chosen] = table.outside[homes[chosen]]
    _fit_approval(state, homes[chosen], chosen)


def _market(state: State, rows: np.ndarray, homes: np.ndarray, group: str) -> None:
    """Market places by ring: those with our children, then the rest with other authorities' children, vacant or not."""
    children, supply, table = state.children, state.p.supply, state.placements
    kinds = [kind for kind, name in GROUP_OF_KIND.items() if name == group]
    chosen = rows[np.isin(children.kind[rows], kinds)]
    made = np.empty(0, dtype=np.intp)
    if len(chosen):
        lead, size, unit = units(state, chosen)
        x, y = _position(state, lead, 30)
        made = add_market(state, group, np.arange(len(lead)), np.zeros(len(lead), dtype=int), x, y, size)
        table.outside[made] = children.outside[lead]
        table.kind[made] = children.kind[lead]
        table.sibling_limit[made] = np.maximum(table.sibling_limit[made], size)
        homes[chosen] = made[unit]
        _fit_approval(state, homes[chosen], chosen)
    ours = np.bincount(homes[chosen], minlength=table.size) if len(chosen) else np.zeros(table.size, dtype=np.int64)
    rest = _others_places(state, group, made)
    every = np.concatenate([made, rest])
    _fill(state, group, every, np.r_[ours, np.zeros(table.size - len(ours), dtype=np.int64)][every])
    del supply


def ring_places(state: State, group: str) -> np.ndarray:
    """Places of a group that the settings ask for inside, near and far."""
    supply, per = state.p.supply, state.p.authority.population_0_17 / 1e4
    wanted = {
        "foster": (supply.agency_inside_per_10k, supply.agency_near_per_10k, supply.agency_far_per_10k),
        "homes": (supply.homes_inside_per_10k, supply.homes_near_per_10k, supply.homes_far_per_10k),
        "supported": (
            supply.supported_inside_per_10k,
            0.6 * supply.supported_outside_per_10k,
            0.4 * supply.supported_outside_per_10k,
        ),
        "secure": (0.0, 0.2 * supply.secure_per_10k, 0.8 * supply.secure_per_10k),
    }[group]
    return np.round(np.array(wanted) * per).astype(int)


def _others_places(state: State, group: str, made: np.ndarray) -> np.ndarray:
    """Places beside those where our children live, until each ring has what the settings ask for."""
    table, rows, number = state.placements, [], 10**6
    rings = geography.ring_of(state, table.x_miles[made], table.y_miles[made])
    have = np.bincount(rings, table.places[made], minlength=3)
    for ring, wanted in enumerate(ring_places(state, group).tolist()):
        missing = int(wanted - have[ring])
        if missing <= 0:
            continue
        new = add_market(state, group, number + ring * 10**5 + np.arange(missing), np.full(missing, ring))
        ends = np.cumsum(table.places[new])
        keep = int(np.searchsorted(ends, missing)) + 1
        table.free(new[keep:])
        rows.append(new[:keep])
    return np.concatenate(rows) if rows else np.empty(0, dtype=np.intp)


def _fill(state: State, group: str, rows: np.ndarray, ours: np.ndarray) -> None:
    """Other authorities' children, blocked and resting places, so that the group's shares hold."""
    table, supply, dice = state.placements, state.p.supply, state.dice
    filled = supply.market_filled_share if group == "foster" else supply.homes_filled_share
    vacant = supply.market_vacant_share if group == "foster" else 0.6 * (1 - filled)
    total, free = table.places[rows].sum(), table.places[rows] - ours
    others = int(np.clip(round(filled * total) - ours.sum(), 0, free.sum()))
    beds = np.repeat(np.arange(len(rows)), free)
    nth = np.arange(len(beds)) - np.repeat(np.cumsum(free) - free, free)
    u = dice.roll("bed of another", dice.keys(table.identity[rows][beds], nth))
    home = dice.roll("home of another", table.key[rows])[beds]
    order = beds[np.argsort(0.5 * u + 0.5 * home, kind="stable")]
    table.filled_by_others[rows] = np.bincount(order[:others], minlength=len(rows))
    away = min(round((1 - filled - vacant) * total), len(order) - others)
    _make_unavailable(state, rows, ours, away)


def _make_unavailable(state: State, rows: np.ndarray, ours: np.ndarray, away: int) -> None:
    """Block free beds beside children and rest whole empty places until ``away`` places cannot be used."""
    table, dice = state.placements, state.dice
    taken = ours + table.filled_by_others[rows]
    free = table.places[rows] - taken
    order = np.argsort(dice.roll("unavailable", table.key[rows]), kind="stable")
    for i in order[free[order] > 0].tolist():
        if away <= 0:
            return
        row = rows[i]
        if taken[i] > 0:
            count = min(int(free[i]), away)
            table.blocked[row] = count
        else:
            count = int(free[i])
            table.state[row] = PlaceState.RESTING
            wait = exponential(dice.roll("weeks of break", table.key[[row]]), state.p.supply.rest_weeks)[0]
            table.state_until_day[row] = state.clock.day + 1 + int(7 * wait)
        away -= count


def _named_places(state: State) -> None:
    """Places that the user knows by name; empty at the start."""
    for known in state.p.supply.named_places:
        identity = np.array([NAMED * 10**12 + zlib.crc32(known.name.encode())])
        x, y = np.array([known.x_miles]), np.array([known.y_miles])
        state.placements.add(
            1,
            key=state.dice.keys(PLACEMENT_KEY, identity),
            identity=identity,
            kind=KIND_NAME.index(known.kind),
            state=PlaceState.AVAILABLE,
            x_miles=x,
            y_miles=y,
            outside=geography.is_outside(state, x, y),
            places=known.places,
            age_low=known.age_low,
            age_high=known.age_high,
            sibling_limit=known.sibling_limit,
            complexity_limit=known.complexity_limit,
            price_gbp=known.price_gbp,
            opens_day=state.clock.day,
        )


def _live_there(state: State, rows: np.ndarray, homes: np.ndarray) -> None:
    """Write who lives where, and what follows from it."""
    children, table = state.children, state.placements
    if (homes == NEVER).any():
        raise ValueError("a child at the start has no place")
    table.filled[:] = np.bincount(homes, minlength=table.size)
    children.placement[rows] = homes
    children.distance_miles[rows] = np.hypot(
        table.x_miles[homes] - children.home_x_miles[rows], table.y_miles[homes] - children.home_y_miles[rows]
    )
    children.price_gbp[rows] = price_for(state, rows, homes)
    children.episode_day[rows] = children.placement_day[rows]
    children.episode_legal[rows] = children.legal[rows]
    _bridges(state, rows)


def _bridges(state: State, rows: np.ndarray) -> None:
    """Some recent placements at the start are bridges whose planned move is still to come."""
    children, placing = state.children, state.p.placing
    lived = state.clock.day - children.placement_day[rows]
    bridge = IS_MAINSTREAM[children.kind[rows]]
    chance = placing.bridging_share * np.exp(-lived / placing.bridging_days)
    key = children.key[rows]
    bridge &= state.dice.roll("bridge at the start", key) < chance
    wait = weibull(state.dice.roll("bridging days", key), placing.bridging_days, placing.bridging_shape)
    children.planned_move_day[rows] = np.where(bridge, state.clock.day + 1 + wait.astype(np.int32), NEVER)
