"""The starting day's places: every child in care lives in a real one; the others are empty, resting or filled by others."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from simulation.clock import NEVER
from simulation.codes import KIND_NAME, Kind, PlaceState
from simulation.dice import exponential, weibull
from simulation.rules import geography
from simulation.rules.market import add_market, read_balance
from simulation.rules.places import IS_MAINSTREAM, Book, in_care, price_for
from simulation.rules.placing import ADOPTIVE, KIN, PARENTS, PLACEMENT_KEY
from simulation.rules.siblings import mark_separated
from simulation.rules.supply import OWN_CARER, add_own_carers, add_own_homes
from simulation.start_siblings import unite_siblings, units

if TYPE_CHECKING:
    from simulation.model import ChildrensServices

NAMED = 25  # tag of the identities of places known by name
OTHER = 24  # tag of the identities of other placements
GROUP_OF_KIND = {
    Kind.FOSTER_AGENCY: "foster",
    Kind.HOME_PRIVATE: "homes",
    Kind.HOME_VOLUNTARY: "homes",
    Kind.SUPPORTED: "supported",
    Kind.SECURE: "secure",
}


def give_places(model: ChildrensServices) -> None:
    """Give every child in care a home as their ``kind``, ``outside`` and ``distance_miles`` say, and make the other places."""
    model.book = Book()
    rows = in_care(model)
    unite_siblings(model, rows)
    homes = np.full(model.children.size, NEVER, dtype=np.int64)
    _family_households(model, rows, homes)
    _own_carers(model, rows, homes)
    _own_homes(model, rows, homes)
    for group in ("foster", "homes", "supported", "secure"):
        _market(model, rows, homes, group)
    _named_places(model)
    _live_there(model, rows, homes[rows])
    read_balance(model)
    mark_separated(model)


def _position(model: ChildrensServices, lead: np.ndarray, tag: int) -> tuple[np.ndarray, np.ndarray]:
    """Where a home is, given the child's wanted side and distance band (12 stands for near, 45 for far)."""
    children = model.children
    home = model.dice.keys(children.family[lead], tag)
    u, v = model.dice.roll("start angle", home), model.dice.roll("start miles", home)
    r = geography.radius_miles(model)
    miles = np.where(
        children.distance_miles[lead] > 20, 21 + np.minimum(exponential(v, model.p.supply.far_miles), 120), 2 + 17.5 * v
    )
    miles = np.where(children.outside[lead], miles, r * 1.2 * v)
    return geography.at_distance(
        model, children.home_x_miles[lead], children.home_y_miles[lead], miles, children.outside[lead], u
    )


def _family_households(model: ChildrensServices, rows: np.ndarray, homes: np.ndarray) -> None:
    """Relatives, parents, adopters and other placements: a household for each family."""
    children, supply = model.children, model.p.supply
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
        x, y = _position(model, lead, tag)
        if kind == Kind.PARENTS:
            inside = ~children.outside[lead]
            x, y = np.where(inside, children.home_x_miles[lead], x), np.where(inside, children.home_y_miles[lead], y)
        identity = tag * 10**15 + children.family[lead] * 4 + children.outside[lead]
        identity = identity if kind != Kind.OTHER else tag * 10**15 + children.identity[lead]
        made = model.placements.add(
            len(lead),
            key=model.dice.keys(PLACEMENT_KEY, identity),
            identity=identity,
            kind=kind,
            x_miles=x,
            y_miles=y,
            outside=children.outside[lead],
            places=size,
            family=children.family[lead],
            price_gbp=prices[kind],
            opens_day=model.clock.day - 400,
        )
        homes[chosen] = made[unit]


def _own_carers(model: ChildrensServices, rows: np.ndarray, homes: np.ndarray) -> None:
    """Own foster households: those where children live, then the empty, resting and blocked places that the shares ask for."""
    children, supply, table = model.children, model.p.supply, model.placements
    chosen = rows[children.kind[rows] == Kind.FOSTER_OWN]
    lead, size, unit = units(model, chosen)
    household = _share_households(model, lead, size)
    _, first, unit_home, filled = _homes_of_units(household, size)
    x, y = _position(model, lead[first], OWN_CARER)
    made = add_own_carers(
        model, OWN_CARER, np.arange(len(first)), sizes=np.maximum(filled, 1), outside=children.outside[lead[first]]
    )
    table.x_miles[made], table.y_miles[made], table.outside[made] = x, y, children.outside[lead[first]]
    _fit_approval(model, made[unit_home[unit]], chosen)
    homes[chosen] = made[unit_home[unit]]
    approved = round(len(chosen) / supply.own_filled_share)
    staying = round(approved * supply.own_staying_put_share)
    vacant = round(approved * supply.own_vacant_share)
    away = approved - len(chosen) - staying - vacant
    _empty_places(
        model,
        made,
        max(vacant, 0),
        max(away, 0),
        max(staying, 0),
        np.count_nonzero(children.outside[chosen]) / max(len(chosen), 1),
    )


def _homes_of_units(household: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    label, first, back = np.unique(household, return_index=True, return_inverse=True)
    return label, first, back, np.bincount(back, size).astype(np.int64)


def _share_households(model: ChildrensServices, lead: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Household number of each unit: some units share a household with another, inside the boundary."""
    children = model.children
    u = model.dice.roll("shares a household", children.key[lead])
    order = np.argsort(u, kind="stable")
    household = np.arange(len(lead))
    sharing = order[(u[order] < 0.45) & (size[order] == 1) & ~children.outside[lead[order]]]
    age = children.birth_day[lead[sharing]]
    sharing = sharing[np.argsort(age, kind="stable")]
    pairs = len(sharing) // 2
    household[sharing[1 : 2 * pairs : 2]] = household[sharing[0 : 2 * pairs : 2]]
    return household


def _fit_approval(model: ChildrensServices, homes: np.ndarray, children_rows: np.ndarray) -> None:
    """Approval covers the children who already live there."""
    table, children = model.placements, model.children
    age = (model.clock.day - children.birth_day[children_rows]) / 365.25
    np.minimum.at(table.age_low, homes, np.floor(age).astype(np.float32))
    np.maximum.at(table.age_high, homes, np.ceil(age).astype(np.float32))
    np.maximum.at(table.complexity_limit, homes, children.complexity[children_rows])


def _empty_places(model: ChildrensServices, made: np.ndarray, vacant: int, away: int, staying: int, outside_share: float) -> None:
    """Add ``staying`` places kept by young adults, ``away`` unavailable and ``vacant`` places, to households old and new."""
    table, dice = model.placements, model.dice
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
        new = add_own_carers(model, OWN_CARER, number + np.arange(wanted), outside=outside)
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
                wait = exponential(dice.roll("weeks of break", table.key[[row]]), model.p.supply.rest_weeks)[0]
                table.state_until_day[row] = model.clock.day + 1 + int(7 * wait)
                away -= int(table.places[row])
            else:
                vacant -= int(table.places[row])


def _own_homes(model: ChildrensServices, rows: np.ndarray, homes: np.ndarray) -> None:
    """The authority's own children's homes, with the children who live there."""
    children, supply, table = model.children, model.p.supply, model.placements
    chosen = rows[children.kind[rows] == Kind.HOME_OWN]
    count = max(supply.own_homes, int(np.ceil(len(chosen) / 6)))
    if count == 0:
        return
    total = max(supply.own_homes_places, len(chosen))
    places = np.full(count, total // count)
    places[: total % count] += 1
    made = add_own_homes(model, np.arange(count), places)
    beds = np.repeat(made, places)
    beds = beds[np.argsort(model.dice.roll("bed at the start", model.dice.keys(9, np.arange(len(beds)))), kind="stable")]
    homes[chosen] = beds[: len(chosen)]
    outside = np.unique(homes[chosen[children.outside[chosen]]])
    if len(outside):
        children.outside[chosen] = table.outside[homes[chosen]]
    _fit_approval(model, homes[chosen], chosen)


def _market(model: ChildrensServices, rows: np.ndarray, homes: np.ndarray, group: str) -> None:
    """Market places by ring: those with our children, then the rest with other authorities' children, vacant or not."""
    children, supply, table = model.children, model.p.supply, model.placements
    kinds = [kind for kind, name in GROUP_OF_KIND.items() if name == group]
    chosen = rows[np.isin(children.kind[rows], kinds)]
    made = np.empty(0, dtype=np.intp)
    if len(chosen):
        lead, size, unit = units(model, chosen)
        x, y = _position(model, lead, 30)
        made = add_market(model, group, np.arange(len(lead)), np.zeros(len(lead), dtype=int), x, y, size)
        table.outside[made] = children.outside[lead]
        table.kind[made] = children.kind[lead]
        table.sibling_limit[made] = np.maximum(table.sibling_limit[made], size)
        homes[chosen] = made[unit]
        _fit_approval(model, homes[chosen], chosen)
    ours = np.bincount(homes[chosen], minlength=table.size) if len(chosen) else np.zeros(table.size, dtype=np.int64)
    rest = _others_places(model, group, made)
    every = np.concatenate([made, rest])
    _fill(model, group, every, np.r_[ours, np.zeros(table.size - len(ours), dtype=np.int64)][every])
    del supply


def ring_places(model: ChildrensServices, group: str) -> np.ndarray:
    """Places of a group that the settings ask for inside, near and far."""
    supply, per = model.p.supply, model.p.authority.population_0_17 / 1e4
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


def _others_places(model: ChildrensServices, group: str, made: np.ndarray) -> np.ndarray:
    """Places beside those where our children live, until each ring has what the settings ask for."""
    table, rows, number = model.placements, [], 10**6
    rings = geography.ring_of(model, table.x_miles[made], table.y_miles[made])
    have = np.bincount(rings, table.places[made], minlength=3)
    for ring, wanted in enumerate(ring_places(model, group).tolist()):
        missing = int(wanted - have[ring])
        if missing <= 0:
            continue
        new = add_market(model, group, number + ring * 10**5 + np.arange(missing), np.full(missing, ring))
        ends = np.cumsum(table.places[new])
        keep = int(np.searchsorted(ends, missing)) + 1
        table.free(new[keep:])
        rows.append(new[:keep])
    return np.concatenate(rows) if rows else np.empty(0, dtype=np.intp)


def _fill(model: ChildrensServices, group: str, rows: np.ndarray, ours: np.ndarray) -> None:
    """Other authorities' children, blocked and resting places, so that the group's shares hold."""
    table, supply, dice = model.placements, model.p.supply, model.dice
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
    _make_unavailable(model, rows, ours, away)


def _make_unavailable(model: ChildrensServices, rows: np.ndarray, ours: np.ndarray, away: int) -> None:
    """Block free beds beside children and rest whole empty places until ``away`` places cannot be used."""
    table, dice = model.placements, model.dice
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
            wait = exponential(dice.roll("weeks of break", table.key[[row]]), model.p.supply.rest_weeks)[0]
            table.state_until_day[row] = model.clock.day + 1 + int(7 * wait)
        away -= count


def _named_places(model: ChildrensServices) -> None:
    """Places that the user knows by name; empty at the start."""
    for known in model.p.supply.named_places:
        identity = np.array([NAMED * 10**12 + zlib.crc32(known.name.encode())])
        x, y = np.array([known.x_miles]), np.array([known.y_miles])
        model.placements.add(
            1,
            key=model.dice.keys(PLACEMENT_KEY, identity),
            identity=identity,
            kind=KIND_NAME.index(known.kind),
            state=PlaceState.AVAILABLE,
            x_miles=x,
            y_miles=y,
            outside=geography.is_outside(model, x, y),
            places=known.places,
            age_low=known.age_low,
            age_high=known.age_high,
            sibling_limit=known.sibling_limit,
            complexity_limit=known.complexity_limit,
            price_gbp=known.price_gbp,
            opens_day=model.clock.day,
        )


def _live_there(model: ChildrensServices, rows: np.ndarray, homes: np.ndarray) -> None:
    """Write who lives where, and what follows from it."""
    children, table = model.children, model.placements
    if (homes == NEVER).any():
        raise ValueError("a child at the start has no place")
    table.filled[:] = np.bincount(homes, minlength=table.size)
    children.placement[rows] = homes
    children.distance_miles[rows] = np.hypot(
        table.x_miles[homes] - children.home_x_miles[rows], table.y_miles[homes] - children.home_y_miles[rows]
    )
    children.price_gbp[rows] = price_for(model, rows, homes)
    children.episode_day[rows] = children.placement_day[rows]
    children.episode_legal[rows] = children.legal[rows]
    _bridges(model, rows)


def _bridges(model: ChildrensServices, rows: np.ndarray) -> None:
    """Some recent placements at the start are bridges whose planned move is still to come."""
    children, placing = model.children, model.p.placing
    lived = model.clock.day - children.placement_day[rows]
    bridge = IS_MAINSTREAM[children.kind[rows]]
    chance = placing.bridging_share * np.exp(-lived / placing.bridging_days)
    key = children.key[rows]
    bridge &= model.dice.roll("bridge at the start", key) < chance
    wait = weibull(model.dice.roll("bridging days", key), placing.bridging_days, placing.bridging_shape)
    children.planned_move_day[rows] = np.where(bridge, model.clock.day + 1 + wait.astype(np.int32), NEVER)
