"""Supply: the authority's own carers and homes, their recruitment, rest and loss, and what money can add."""

from __future__ import annotations

import numpy as np

from simulation.actions import geography
from simulation.actions.carers import _shrink, close, foster_approval, stop_taking
from simulation.actions.places import IS_MAINSTREAM, IS_OF_FAMILY, Reason, taken_beds
from simulation.base.clock import NEVER, WEEKS_IN_YEAR
from simulation.base.codes import Kind, PlaceState, one_of
from simulation.base.dice import exponential, lognormal, pick, poisson, weekly
from simulation.service.book import OWN_CARER, OWN_HOME, PLACEMENT_KEY, SIBLING_CARER
from simulation.service.rule import Rule
from simulation.service.state import State

USUAL_PLACES = 4
"""Places of the own home that the price of a place is for."""
"""Tags of identities: the number of a place is its tag and its own number, the same in every scenario."""
IS_IDLE = one_of(PlaceState, PlaceState.RESTING, PlaceState.NOT_OPEN)


class Supply(Rule):
    """Own carers are recruited over months, rest, and leave; own homes open and close; levers add places late.

    A household that has decided to stop takes no more children and closes when the last has left, or, for a few, at
    once. A free bed beside a placed child may be blocked by their needs.
    """

    reads = ("child.placement", "child.must_leave_day", "placement.*")
    writes = (
        "placement.*",
        "child.searching",
        "child.search_reason",
        "child.search_day",
        "child.must_leave_day",
        "child.planned_move_day",
    )
    source = "Ofsted fostering in England and social care data; Fostering Network 2013/14"

    def start(self, state: State) -> None:
        book, supply = state.book, state.p.supply
        book.own_homes_ordered, book.block_places, book.sibling_carers = (
            supply.own_homes_ordered,
            supply.block_contract_places,
            supply.sibling_carers,
        )
        book.approvals = [_enquiries(state)] * int(supply.approval_weeks)

    def step(self, state: State) -> None:
        _approve(state)
        _deregister(state)
        _levers(state)
        _rest_and_block(state)
        _staying_put_ends(state)
        _close_empty(state)


def _enquiries(state: State) -> float:
    """Enquiries this week, on average."""
    supply = state.p.supply
    rate = supply.enquiries_per_10k_per_year * state.p.authority.population_0_17 / 1e4 / WEEKS_IN_YEAR
    return rate * supply.foster_fee_ratio**supply.fee_elasticity


def _approve(state: State) -> None:
    """Households approved this week, from the enquiries of months ago."""
    book, supply = state.book, state.p.supply
    book.approvals.append(_enquiries(state))
    mean = book.approvals[-1 - min(int(supply.approval_weeks), len(book.approvals) - 1)] * supply.enquiry_to_approval
    count = int(poisson(np.array([state.dice.one("carers approved", when=state.clock.week)]), mean)[0])
    book.approved_this_week = count
    if count:
        add_own_carers(state, OWN_CARER, state.clock.week * 1000 + np.arange(count) + 10**8)


def add_own_carers(
    state: State, tag: int, number: np.ndarray, sizes: np.ndarray | None = None, outside: np.ndarray | None = None
) -> np.ndarray:
    """New own mainstream households; returns rows."""
    dice, supply = state.dice, state.p.supply
    identity = tag * 10**12 + number
    key = dice.keys(PLACEMENT_KEY, identity)
    far, u, v, dear = dice.rolls(("carer lives outside", "place angle", "place distance", "list price"), key)
    away = far < supply.own_outside_share if outside is None else outside
    x, y = geography.scatter(state, np.where(away, geography.NEAR, geography.INSIDE), u, v)
    beyond = (geography.radius_miles(state) + 0.05 + exponential(v, supply.own_outside_miles)) / np.maximum(np.hypot(x, y), 1e-6)
    x, y = np.where(away, x * beyond, x), np.where(away, y * beyond, y)
    places = household_sizes(state, key) if sizes is None else sizes
    return state.placements.add(
        len(number),
        key=key,
        identity=identity,
        kind=Kind.FOSTER_OWN,
        state=PlaceState.AVAILABLE,
        x_miles=x,
        y_miles=y,
        outside=geography.is_outside(state, x, y),
        places=places,
        opens_day=state.clock.day,
        price_gbp=lognormal(dear, supply.foster_own_gbp, supply.foster_price_spread),
        **foster_approval(state, key, places),
    )


def household_sizes(state: State, key: np.ndarray) -> np.ndarray:
    """Approved places of foster households."""
    return 1 + pick(state.dice.roll("size", key), np.asarray(state.p.supply.places_per_household))


def _deregister(state: State) -> None:
    """Own mainstream carers who stop; fewer where a constellation supports them."""
    table, supply = state.placements, state.p.supply
    own = (table.present & (table.kind == Kind.FOSTER_OWN) & (table.state <= PlaceState.RESTING)).nonzero()[0]
    fees = supply.foster_fee_ratio ** (-0.5 * supply.fee_elasticity)
    rate = supply.deregistrations_per_year * _support_ratio(state, own) * fees
    stop = own[state.dice.roll("carer stops", table.key[own], state.clock.week) < weekly(rate)]
    stop_taking(state, stop, supply.closed_with_child_share, Reason.CLOSURE)
    homes = (table.present & (table.kind == Kind.HOME_OWN) & (table.state == PlaceState.AVAILABLE)).nonzero()[0]
    shut = homes[state.dice.roll("own home closes", table.key[homes], state.clock.week) < weekly(supply.home_closures_per_year)]
    stop_taking(state, shut, 1.0, Reason.CLOSURE)


def _support_ratio(state: State, own: np.ndarray) -> np.ndarray | float:
    """How much seldomer carers stop who are in a constellation of families."""
    supply = state.p.supply
    if not supply.carer_support_share:
        return 1.0
    supported = state.dice.roll("in a constellation", state.placements.key[own]) < supply.carer_support_share
    return np.where(supported, supply.carer_support_ratio, 1.0)


def _levers(state: State) -> None:
    """Places that money adds: own homes after their lead time, sibling carers, block contracts."""
    book, supply, week = state.book, state.p.supply, state.clock.week
    ordered = int(supply.own_homes_ordered - book.own_homes_ordered + 1e-6)
    book.ordered_this_week = max(ordered, 0)
    for number in range(max(ordered, 0)):
        lead = supply.own_home_lead_weeks * (0.7 + 0.6 * state.dice.one("home lead time", week, number))
        book.opening.append(week + int(lead))
        book.own_homes_ordered += 1
    ready = [when for when in book.opening if when <= week]
    book.opening = [when for when in book.opening if when > week]
    if ready:
        new = 10**8 + week * 1000 + np.arange(len(ready))
        rows = add_own_homes(state, new, np.full(len(ready), supply.own_home_places))
        state.placements.price_gbp[rows] *= fixed_cost_ratio(state.p.money.own_home_fixed_share, supply.own_home_places)
    carers = int(supply.sibling_carers - book.sibling_carers + 1e-6)
    if carers > 0:
        book.sibling_carers += carers
        rows = add_own_carers(
            state, SIBLING_CARER, week * 1000 + np.arange(carers), np.full(carers, 4), np.zeros(carers, dtype=bool)
        )
        table = state.placements
        table.sibling_limit[rows], table.group_at_least[rows], table.age_low[rows], table.age_high[rows] = 4, 2, 0.0, 17.0
        table.state[rows], table.opens_day[rows] = PlaceState.NOT_OPEN, state.clock.day + int(7 * supply.approval_weeks)
    _block_contracts(state)


def fixed_cost_ratio(fixed_share: float, places: int) -> float:
    """Price of a place in a home of ``places``, against one of a home of four: the fixed part is spread over fewer or more."""
    return fixed_share * USUAL_PLACES / places + 1 - fixed_share


def add_own_homes(state: State, number: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The authority's own homes inside the boundary; returns rows."""
    dice = state.dice
    identity = OWN_HOME * 10**12 + number
    key = dice.keys(PLACEMENT_KEY, identity)
    x, y = geography.scatter(
        state, np.zeros(len(number), dtype=int), dice.roll("place angle", key), dice.roll("place distance", key)
    )
    return state.placements.add(
        len(number),
        key=key,
        identity=identity,
        kind=Kind.HOME_OWN,
        state=PlaceState.AVAILABLE,
        x_miles=x,
        y_miles=y,
        outside=False,
        places=places,
        opens_day=state.clock.day,
        age_low=9.0,
        age_high=17.0,
        sibling_limit=2,
        complexity_limit=1.0,
        price_gbp=state.p.money.own_home_place_gbp,
    )


def _block_contracts(state: State) -> None:
    """Beds in private homes nearby, held for this authority alone; a few weeks after they are agreed."""
    from simulation.actions.market_places import add_market

    book, supply, week = state.book, state.p.supply, state.clock.week
    wanted = supply.block_contract_places - book.block_places
    if wanted < 1:
        return
    homes = int(np.ceil(wanted / 4))
    sizes = np.minimum(4, int(wanted) - 4 * np.arange(homes))
    rows = add_market(state, "homes", 5 * 10**8 + week * 1000 + np.arange(homes), np.zeros(homes, dtype=int))
    table = state.placements
    table.block[rows], table.places[rows] = True, sizes
    table.opens_day[rows] = state.clock.day + int(7 * supply.block_contract_weeks)
    table.state[rows] = PlaceState.NOT_OPEN
    book.block_places += float(sizes.sum())


def _rest_and_block(state: State) -> None:
    """Households come back from their break or take one; beds beside placed children are blocked or free again."""
    table, book = state.placements, state.book
    idle = (table.present & IS_IDLE[table.state]).nonzero()[0]
    until = np.where(table.state[idle] == PlaceState.RESTING, table.state_until_day[idle], table.opens_day[idle])
    table.state[idle[until <= state.clock.day]] = PlaceState.AVAILABLE
    if book.touched:
        rows = np.unique(np.concatenate(book.touched))
        book.touched.clear()
        rows = rows[table.present[rows] & ~IS_OF_FAMILY[table.kind[rows]] & (table.shared_from[rows] == NEVER)]
        closing = table.state[rows] == PlaceState.CLOSING
        _shrink(state, rows[closing])
        rows = rows[~closing]
        set_blocked(state, rows)
        _rest(state, rows)


def set_blocked(state: State, rows: np.ndarray) -> None:
    """Which free beds of part-filled places cannot be used for now; a die for each bed."""
    table, supply = state.placements, state.p.supply
    taken = taken_beds(table, rows)
    free = np.where(taken > 0, table.places[rows] - taken, 0)
    chance = np.where(IS_MAINSTREAM[table.kind[rows]], supply.blocked_chance, 0.25 * supply.blocked_chance)
    beds = np.arange(free.max(initial=0))
    u = state.dice.rolls([f"bed {bed} blocked" for bed in beds.tolist()], table.key[rows], state.clock.week)
    table.blocked[rows] = ((beds[:, None] < free) & (u < chance)).sum(axis=0)


def _rest(state: State, rows: np.ndarray) -> None:
    """Foster households that have just emptied may take a break."""
    table, supply = state.placements, state.p.supply
    taken = taken_beds(table, rows)
    foster = IS_MAINSTREAM[table.kind[rows]]
    empty = rows[(taken == 0) & foster & (table.state[rows] == PlaceState.AVAILABLE)]
    rests = empty[state.dice.roll("takes a break", table.key[empty], state.clock.week) < supply.rest_chance]
    weeks = exponential(state.dice.roll("weeks of break", table.key[rests], state.clock.week), supply.rest_weeks)
    table.state[rests] = PlaceState.RESTING
    table.state_until_day[rests] = state.clock.day + 7 + (7 * weeks).astype(np.int32)


def _staying_put_ends(state: State) -> None:
    """Young people who stayed put move on (at most one a household and week)."""
    table = state.placements
    rows = (table.present & (table.staying_put > 0)).nonzero()[0]
    one = 1 / (state.p.supply.staying_put_years * WEEKS_IN_YEAR)
    gone = rows[state.dice.roll("staying put ends", table.key[rows], state.clock.week) < 1 - (1 - one) ** table.staying_put[rows]]
    table.staying_put[gone] -= 1
    state.book.touched.append(gone)


def _close_empty(state: State) -> None:
    """Places that are closing and where nobody lives any more are gone."""
    table = state.placements
    closing = (table.present & (table.state == PlaceState.CLOSING) & (table.shared_from == NEVER)).nonzero()[0]
    close(state, closing[taken_beds(table, closing) == 0])


__all__ = ["Supply", "add_own_carers", "add_own_homes"]
