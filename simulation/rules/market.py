"""The outside world of places: other authorities' children, agencies and homes that open and close, and scarcity.

For one authority this world is fixed in kind: its demand grows as the settings say. In a region several models share
their market places (``simulation.region``); what is here then stands for everyone outside the region.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.clock import DAYS_IN_YEAR, NEVER, WEEKS_IN_YEAR
from simulation.codes import Kind, PlaceState
from simulation.dice import lognormal, pick, poisson, weekly
from simulation.rules import geography
from simulation.rules.base import Rule
from simulation.rules.places import AGENCY, IS_FOSTER, IS_MARKET, PRIVATE_HOMES, Reason, in_care, is_kind, taken_beds
from simulation.rules.supply import PLACEMENT_KEY, foster_approval, stop_taking

if TYPE_CHECKING:
    from simulation.model import ChildrensServices

GROUPS = {"foster": AGENCY, "homes": PRIVATE_HOMES, "supported": (Kind.SUPPORTED,), "secure": (Kind.SECURE,)}
IS_GROUP = {name: is_kind(kinds) for name, kinds in GROUPS.items()}
IN_GROUP = np.array(list(IS_GROUP.values()), dtype=float)
"""Groups by kinds: adds up numbers by kind."""
HOME_SIZES = np.array([0.08, 0.17, 0.28, 0.30, 0.10, 0.07])
"""Shares of private homes with 1 to 6 places: 3.6 a home (Ofsted 2023)."""
SUPPORTED_SIZES = np.array([0.15, 0.2, 0.25, 0.25, 0.1, 0.05])
TAG = {"foster": 31, "homes": 32, "supported": 33, "secure": 34}


class Market(Rule):
    """Other authorities' children come and go, market places open and close, and prices move with scarcity.

    The premium falls on new placements only and stands over the dated inflation input; homes open when prices have
    risen above it, a year later.
    """

    reads = ("placement.*",)
    writes = (
        "placement.*",
        "child.price_gbp",
        "child.searching",
        "child.search_reason",
        "child.search_day",
        "child.must_leave_day",
        "child.planned_move_day",
    )
    source = "CMA 2022 children's social care market study; Ofsted social care data; DfE section 251"

    def start(self, model: ChildrensServices) -> None:
        read_balance(model)
        model.book.own_fees = model.p.supply.foster_fee_ratio
        model.book.registered = model.clock.date >= model.p.supply.supported_registration_date

    def step(self, model: ChildrensServices) -> None:
        rows = market_rows(model)
        others_leave(model, rows)
        others_arrive(model, rows)
        _open_and_close(model, rows)
        _registration(model)
        _prices(model)


def market_rows(model: ChildrensServices, group: str | None = None) -> np.ndarray:
    """Rows of market places, or of one group of them; those of a neighbour in a region are not ours to run."""
    table = model.placements
    chosen = IS_MARKET if group is None else IS_GROUP[group]
    ours = table.present & (table.opens_day <= model.clock.day) & ~table.block & (table.shared_from == NEVER)
    return (ours & chosen[table.kind]).nonzero()[0]


def occupied_share(model: ChildrensServices) -> dict[str, float]:
    """Share of usable places that are filled, by group."""
    table, rows = model.placements, market_rows(model)
    rows = rows[table.state[rows] == PlaceState.AVAILABLE]
    kind, beds = table.kind[rows], (taken_beds(table, rows), table.places[rows] - table.blocked[rows])
    filled, usable = (IN_GROUP @ np.bincount(kind, count, minlength=len(IS_MARKET)) for count in beds)
    return dict(zip(IS_GROUP, np.where(usable > 0, filled / np.maximum(usable, 1), 1.0).tolist(), strict=True))


def read_balance(model: ChildrensServices) -> None:
    """From the starting state: how full the market is, and the arrivals that keep others' children in balance."""
    table, book = model.placements, model.book
    book.occupied_at_start = occupied_share(model)
    leaving = 1 / (model.p.supply.others_stay_years * WEEKS_IN_YEAR)
    for group in GROUPS:
        rows = market_rows(model, group)
        open_rows = rows[table.state[rows] == PlaceState.AVAILABLE]
        others = table.filled_by_others[rows].sum()
        free = (table.places[open_rows] - taken_beds(table, open_rows) - table.blocked[open_rows]).sum()
        book.arrivals_per_bed_week[group] = float(leaving * others / max(free, 1))
        ring = np.bincount(geography.ring_of(model, table.x_miles[rows], table.y_miles[rows]), table.places[rows], minlength=3)
        book.ring_shares[group] = ring / max(ring.sum(), 1)


def others_leave(model: ChildrensServices, rows: np.ndarray) -> None:
    """Other authorities' children move on from these market places (at most one a home and week)."""
    table = model.placements
    rows = rows[table.filled_by_others[rows] > 0]
    one = 1 / (model.p.supply.others_stay_years * WEEKS_IN_YEAR)
    gone = rows[
        model.dice.roll("another authority's child leaves", table.key[rows], model.clock.week)
        < 1 - (1 - one) ** table.filled_by_others[rows]
    ]
    table.filled_by_others[gone] -= 1
    model.book.touched.append(gone)


def others_arrive(model: ChildrensServices, rows: np.ndarray) -> None:
    """Other authorities' children take free places, the more the emptier the market (at most one a home and week)."""
    table, supply = model.placements, model.p.supply
    free = table.places[rows] - taken_beds(table, rows) - table.blocked[rows]
    keep = (free > 0) & (table.state[rows] == PlaceState.AVAILABLE)
    rows, free = rows[keep], free[keep]
    demand = supply.others_demand_factor * (1 + supply.others_demand_growth_per_year) ** model.clock.years
    chance = -np.expm1(-_by_kind(model.book.arrivals_per_bed_week)[table.kind[rows]] * free * demand)
    come = rows[model.dice.roll("another authority's child comes", table.key[rows], model.clock.week) < chance]
    table.filled_by_others[come] += 1
    model.book.touched.append(come)


def _by_kind(of_group: dict[str, float]) -> np.ndarray:
    """A number for each group of market places, by kind; nil for other kinds."""
    number = np.zeros(len(IS_MARKET))
    for group, value in of_group.items():
        number[IS_GROUP[group]] = value
    return number


def _open_and_close(model: ChildrensServices, rows: np.ndarray) -> None:
    """Some of these market places close for good, others open, by the number there were."""
    table = model.placements
    live = rows[table.state[rows] <= PlaceState.RESTING]
    count = np.bincount(table.kind[live], minlength=len(IS_MARKET))
    _close(model, live)
    _open(model, {group: int(count[chosen].sum()) for group, chosen in IS_GROUP.items()})


def _close(model: ChildrensServices, live: np.ndarray) -> None:
    supply, table = model.p.supply, model.placements
    a_year = {
        "foster": supply.deregistrations_per_year,
        "homes": supply.home_closures_per_year,
        "supported": supply.home_closures_per_year,
    }
    u = model.dice.roll("market place closes", table.key[live], model.clock.week)
    stop = live[u < weekly(_by_kind(a_year)[table.kind[live]])]
    stop_taking(model, stop, supply.closed_with_child_share, Reason.CLOSURE)


def _open(model: ChildrensServices, live: dict[str, int]) -> None:
    """New places of each group, by how many are ``live``; more homes a year after prices have risen."""
    supply, book, dice, week = model.p.supply, model.book, model.dice, model.clock.week
    risen = book.past_premium[-52] if len(book.past_premium) >= 52 else 1.0
    homes = supply.home_openings_per_year * max(0.0, 1 + supply.opening_elasticity * (risen - 1))
    a_year = {"foster": supply.agency_entry_per_year, "homes": homes, "supported": supply.home_openings_per_year}
    luck = np.array([dice.one(f"{group} opens", when=week) for group in a_year])
    mean = np.array([live[group] * rate / WEEKS_IN_YEAR for group, rate in a_year.items()])
    for group, count in zip(a_year, poisson(luck, mean).tolist(), strict=True):
        if count:
            number = week * 1000 + np.arange(count)
            u = dice.roll("ring", dice.keys(TAG[group], number))
            add_market(model, group, number + 10**8, pick(u, book.ring_shares[group]))


def _registration(model: ChildrensServices) -> None:
    """Supported accommodation must be registered from the day the law says; some close on it."""
    book = model.book
    if book.registered or model.clock.date < model.p.supply.supported_registration_date:
        return
    book.registered = True
    rows = market_rows(model, "supported")
    lost = rows[model.dice.roll("not registered", model.placements.key[rows]) < model.p.supply.supported_registration_loss]
    stop_taking(model, lost, 1.0, Reason.CLOSURE)


def _prices(model: ChildrensServices) -> None:
    """The week's inflation and a change of own carers' fees, for old and new placements; scarcity's premium, for new ones."""
    supply, book, children = model.p.supply, model.book, model.children
    foster = (1 + supply.foster_inflation_per_year) ** (7 / DAYS_IN_YEAR)
    other = (1 + supply.residential_inflation_per_year) ** (7 / DAYS_IN_YEAR)
    book.foster_index *= foster
    book.residential_index *= other
    rows = in_care(model)
    children.price_gbp[rows] *= np.where(IS_FOSTER, foster, other)[children.kind[rows]]
    if book.own_fees != supply.foster_fee_ratio:
        children.price_gbp[rows[children.kind[rows] == Kind.FOSTER_OWN]] *= supply.foster_fee_ratio / book.own_fees
        book.own_fees = supply.foster_fee_ratio
    occupied = occupied_share(model)
    for group in book.premium:
        rise = occupied[group] - book.occupied_at_start.get(group, 1.0)
        target = float(np.exp(supply.scarcity_premium * rise))
        book.premium[group] += (target - book.premium[group]) / 13
    book.past_premium.append(book.premium["homes"])


def add_market(
    model: ChildrensServices,
    group: str,
    number: np.ndarray,
    ring: np.ndarray,
    x: np.ndarray | None = None,
    y: np.ndarray | None = None,
    sizes: np.ndarray | None = None,
) -> np.ndarray:
    """Open market places: identities from ``number``, in rings (or at given positions). Returns rows; they are empty."""
    dice = model.dice
    identity = TAG[group] * 10**12 + number
    key = dice.keys(PLACEMENT_KEY, identity)
    angle, distance, size, dear = dice.rolls(("place angle", "place distance", "size", "list price"), key)
    if x is None or y is None:
        x, y = geography.scatter(model, ring, angle, distance)
    drawn = 1 + pick(size, np.asarray(sizes_of(model, group)))
    places = drawn if sizes is None else np.maximum(drawn, sizes)
    kind = np.full(len(number), GROUPS[group][0])
    if group == "homes":
        kind = np.where(dice.roll("voluntary", key) < 0.08, Kind.HOME_VOLUNTARY, Kind.HOME_PRIVATE)
    return model.placements.add(
        len(number),
        key=key,
        identity=identity,
        kind=kind,
        state=PlaceState.AVAILABLE,
        x_miles=x,
        y_miles=y,
        outside=geography.is_outside(model, x, y),
        places=places,
        opens_day=model.clock.day,
        price_gbp=_list_price(model, group, dear),
        **approval(model, group, key, places),
    )


def sizes_of(model: ChildrensServices, group: str) -> np.ndarray | list[float]:
    """Shares of new market places of a group with 1, 2, 3 ... places."""
    if group == "foster":
        return model.p.supply.places_per_household
    return SUPPORTED_SIZES if group == "supported" else HOME_SIZES


def _list_price(model: ChildrensServices, group: str, dear: np.ndarray) -> np.ndarray:
    supply = model.p.supply
    mean = {
        "foster": supply.foster_agency_gbp,
        "homes": supply.residential_gbp,
        "supported": supply.supported_gbp,
        "secure": supply.secure_gbp,
    }[group]
    spread = supply.foster_price_spread if group == "foster" else supply.residential_price_spread
    return lognormal(dear, mean, spread)


def approval(model: ChildrensServices, group: str, key: np.ndarray, places: np.ndarray) -> dict[str, np.ndarray | float]:
    """Whom a new market place takes: ages, sibling groups, complexity."""
    if group == "foster":
        return foster_approval(model, key, places)
    if group == "homes":
        low = 7 + np.floor(6 * model.dice.roll("youngest taken", key))
        return {"age_low": low, "age_high": 17.0, "sibling_limit": np.minimum(places, 2), "complexity_limit": 1.0}
    low = 16.0 if group == "supported" else 10.0
    return {"age_low": low, "age_high": 17.0, "sibling_limit": np.minimum(places, 2), "complexity_limit": 1.0}
