"""The outside world of places: other authorities' children, agencies and homes that open and close, and scarcity.

For one authority this world is fixed in kind: its demand grows as the settings say. In a region several models share
their market places (``simulation.model.region``); what is here then stands for everyone outside the region.
"""

from __future__ import annotations

import numpy as np

from simulation.actions import geography
from simulation.actions.carers import stop_taking
from simulation.actions.market_places import GROUPS, IN_GROUP, IS_GROUP, TAG, add_market
from simulation.actions.places import IS_MARKET, Reason, in_care, taken_beds
from simulation.base.clock import DAYS_IN_YEAR, NEVER, WEEKS_IN_YEAR
from simulation.base.codes import IS_FOSTER, Kind, PlaceState
from simulation.base.dice import pick, poisson, weekly
from simulation.service.rule import Rule
from simulation.service.state import State


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

    def start(self, state: State) -> None:
        read_balance(state)
        state.book.own_fees = state.p.supply.foster_fee_ratio
        state.book.registered = state.clock.date >= state.p.supply.supported_registration_date

    def step(self, state: State) -> None:
        rows = market_rows(state)
        others_leave(state, rows)
        others_arrive(state, rows)
        _open_and_close(state, rows)
        _registration(state)
        _prices(state)


def market_rows(state: State, group: str | None = None) -> np.ndarray:
    """Rows of market places, or of one group of them; those of a neighbour in a region are not ours to run."""
    table = state.placements
    chosen = IS_MARKET if group is None else IS_GROUP[group]
    ours = table.present & (table.opens_day <= state.clock.day) & ~table.block & (table.shared_from == NEVER)
    return (ours & chosen[table.kind]).nonzero()[0]


def occupied_share(state: State) -> dict[str, float]:
    """Share of usable places that are filled, by group."""
    table, rows = state.placements, market_rows(state)
    rows = rows[table.state[rows] == PlaceState.AVAILABLE]
    kind, beds = table.kind[rows], (taken_beds(table, rows), table.places[rows] - table.blocked[rows])
    filled, usable = (IN_GROUP @ np.bincount(kind, count, minlength=len(IS_MARKET)) for count in beds)
    return dict(zip(IS_GROUP, np.where(usable > 0, filled / np.maximum(usable, 1), 1.0).tolist(), strict=True))


def read_balance(state: State) -> None:
    """From the starting state: how full the market is, and the arrivals that keep others' children in balance."""
    table, book = state.placements, state.book
    book.occupied_at_start = occupied_share(state)
    leaving = 1 / (state.p.supply.others_stay_years * WEEKS_IN_YEAR)
    for group in GROUPS:
        rows = market_rows(state, group)
        open_rows = rows[table.state[rows] == PlaceState.AVAILABLE]
        others = table.filled_by_others[rows].sum()
        free = (table.places[open_rows] - taken_beds(table, open_rows) - table.blocked[open_rows]).sum()
        book.arrivals_per_bed_week[group] = float(leaving * others / max(free, 1))
        ring = np.bincount(geography.ring_of(state, table.x_miles[rows], table.y_miles[rows]), table.places[rows], minlength=3)
        book.ring_shares[group] = ring / max(ring.sum(), 1)


def others_leave(state: State, rows: np.ndarray) -> None:
    """Other authorities' children move on from these market places (at most one a home and week)."""
    table = state.placements
    rows = rows[table.filled_by_others[rows] > 0]
    one = 1 / (state.p.supply.others_stay_years * WEEKS_IN_YEAR)
    gone = rows[
        state.dice.roll("another authority's child leaves", table.key[rows], state.clock.week)
        < 1 - (1 - one) ** table.filled_by_others[rows]
    ]
    table.filled_by_others[gone] -= 1
    state.book.touched.append(gone)


def others_arrive(state: State, rows: np.ndarray) -> None:
    """Other authorities' children take free places, the more the emptier the market (at most one a home and week)."""
    table, supply = state.placements, state.p.supply
    free = table.places[rows] - taken_beds(table, rows) - table.blocked[rows]
    keep = (free > 0) & (table.state[rows] == PlaceState.AVAILABLE)
    rows, free = rows[keep], free[keep]
    demand = supply.others_demand_factor * (1 + supply.others_demand_growth_per_year) ** state.clock.years
    chance = -np.expm1(-_by_kind(state.book.arrivals_per_bed_week)[table.kind[rows]] * free * demand)
    come = rows[state.dice.roll("another authority's child comes", table.key[rows], state.clock.week) < chance]
    table.filled_by_others[come] += 1
    state.book.touched.append(come)


def _by_kind(of_group: dict[str, float]) -> np.ndarray:
    """A number for each group of market places, by kind; nil for other kinds."""
    number = np.zeros(len(IS_MARKET))
    for group, value in of_group.items():
        number[IS_GROUP[group]] = value
    return number


def _open_and_close(state: State, rows: np.ndarray) -> None:
    """Some of these market places close for good, others open, by the number there were."""
    table = state.placements
    live = rows[table.state[rows] <= PlaceState.RESTING]
    count = np.bincount(table.kind[live], minlength=len(IS_MARKET))
    _close(state, live)
    _open(state, {group: int(count[chosen].sum()) for group, chosen in IS_GROUP.items()})


def _close(state: State, live: np.ndarray) -> None:
    supply, table = state.p.supply, state.placements
    a_year = {
        "foster": supply.deregistrations_per_year,
        "homes": supply.home_closures_per_year,
        "supported": supply.home_closures_per_year,
    }
    u = state.dice.roll("market place closes", table.key[live], state.clock.week)
    stop = live[u < weekly(_by_kind(a_year)[table.kind[live]])]
    stop_taking(state, stop, supply.closed_with_child_share, Reason.CLOSURE)


def _open(state: State, live: dict[str, int]) -> None:
    """New places of each group, by how many are ``live``; more homes a year after prices have risen."""
    supply, book, dice, week = state.p.supply, state.book, state.dice, state.clock.week
    risen = book.past_premium[-52] if len(book.past_premium) >= 52 else 1.0
    homes = supply.home_openings_per_year * max(0.0, 1 + supply.opening_elasticity * (risen - 1))
    a_year = {"foster": supply.agency_entry_per_year, "homes": homes, "supported": supply.home_openings_per_year}
    luck = np.array([dice.one(f"{group} opens", when=week) for group in a_year])
    mean = np.array([live[group] * rate / WEEKS_IN_YEAR for group, rate in a_year.items()])
    for group, count in zip(a_year, poisson(luck, mean).tolist(), strict=True):
        if count:
            number = week * 1000 + np.arange(count)
            u = dice.roll("ring", dice.keys(TAG[group], number))
            add_market(state, group, number + 10**8, pick(u, book.ring_shares[group]))


def _registration(state: State) -> None:
    """Supported accommodation must be registered from the day the law says; some close on it."""
    book = state.book
    if book.registered or state.clock.date < state.p.supply.supported_registration_date:
        return
    book.registered = True
    rows = market_rows(state, "supported")
    lost = rows[state.dice.roll("not registered", state.placements.key[rows]) < state.p.supply.supported_registration_loss]
    stop_taking(state, lost, 1.0, Reason.CLOSURE)


def _prices(state: State) -> None:
    """The week's inflation and a change of own carers' fees, for old and new placements; scarcity's premium, for new ones."""
    supply, book, children = state.p.supply, state.book, state.children
    foster = (1 + supply.foster_inflation_per_year) ** (7 / DAYS_IN_YEAR)
    other = (1 + supply.residential_inflation_per_year) ** (7 / DAYS_IN_YEAR)
    book.foster_index *= foster
    book.residential_index *= other
    rows = in_care(state)
    children.price_gbp[rows] *= np.where(IS_FOSTER, foster, other)[children.kind[rows]]
    if book.own_fees != supply.foster_fee_ratio:
        children.price_gbp[rows[children.kind[rows] == Kind.FOSTER_OWN]] *= supply.foster_fee_ratio / book.own_fees
        book.own_fees = supply.foster_fee_ratio
    occupied = occupied_share(state)
    for group in book.premium:
        rise = occupied[group] - book.occupied_at_start.get(group, 1.0)
        target = float(np.exp(supply.scarcity_premium * rise))
        book.premium[group] += (target - book.premium[group]) / 13
    book.past_premium.append(book.premium["homes"])
