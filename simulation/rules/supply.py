"""Supply: the authority's own carers and homes, their recruitment, rest and loss, and what money can add."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.clock import NEVER, WEEKS_IN_YEAR
from simulation.codes import Kind, PlaceState, one_of
from simulation.dice import exponential, lognormal, pick, poisson, weekly
from simulation.rules import geography
from simulation.rules.base import Rule
from simulation.rules.places import IS_MAINSTREAM, IS_OF_FAMILY, Reason, in_care, taken_beds

if TYPE_CHECKING:
    from simulation.model import ChildrensServices

PLACEMENT_KEY = 7
OWN_CARER, OWN_HOME, BLOCK_HOME, SIBLING_CARER = 11, 12, 13, 14
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

    def start(self, model: ChildrensServices) -> None:
        book, supply = model.book, model.p.supply
        book.own_homes_ordered, book.block_places, book.sibling_carers = (
            supply.own_homes_ordered,
            supply.block_contract_places,
            supply.sibling_carers,
        )
        book.approvals = [_enquiries(model)] * int(supply.approval_weeks)

    def step(self, model: ChildrensServices) -> None:
        _approve(model)
        _deregister(model)
        _levers(model)
        _rest_and_block(model)
        _staying_put_ends(model)
        _close_empty(model)


def _enquiries(model: ChildrensServices) -> float:
    """Enquiries this week, on average."""
    supply = model.p.supply
    rate = supply.enquiries_per_10k_per_year * model.p.authority.population_0_17 / 1e4 / WEEKS_IN_YEAR
    return rate * supply.foster_fee_ratio**supply.fee_elasticity


def _approve(model: ChildrensServices) -> None:
    """Households approved this week, from the enquiries of months ago."""
    book, supply = model.book, model.p.supply
    book.approvals.append(_enquiries(model))
    mean = book.approvals[-1 - min(int(supply.approval_weeks), len(book.approvals) - 1)] * supply.enquiry_to_approval
    count = int(poisson(np.array([model.dice.one("carers approved", when=model.clock.week)]), mean)[0])
    book.approved_this_week = count
    if count:
        add_own_carers(model, OWN_CARER, model.clock.week * 1000 + np.arange(count) + 10**8)


def add_own_carers(
    model: ChildrensServices, tag: int, number: np.ndarray, sizes: np.ndarray | None = None, outside: np.ndarray | None = None
) -> np.ndarray:
    """New own mainstream households; returns rows."""
    dice, supply = model.dice, model.p.supply
    identity = tag * 10**12 + number
    key = dice.keys(PLACEMENT_KEY, identity)
    far, u, v, dear = dice.rolls(("carer lives outside", "place angle", "place distance", "list price"), key)
    away = far < supply.own_outside_share if outside is None else outside
    x, y = geography.scatter(model, np.where(away, geography.NEAR, geography.INSIDE), u, v)
    beyond = (geography.radius_miles(model) + 0.05 + exponential(v, supply.own_outside_miles)) / np.maximum(np.hypot(x, y), 1e-6)
    x, y = np.where(away, x * beyond, x), np.where(away, y * beyond, y)
    places = household_sizes(model, key) if sizes is None else sizes
    return model.placements.add(
        len(number),
        key=key,
        identity=identity,
        kind=Kind.FOSTER_OWN,
        state=PlaceState.AVAILABLE,
        x_miles=x,
        y_miles=y,
        outside=geography.is_outside(model, x, y),
        places=places,
        opens_day=model.clock.day,
        price_gbp=lognormal(dear, supply.foster_own_gbp, supply.foster_price_spread),
        **foster_approval(model, key, places),
    )


def household_sizes(model: ChildrensServices, key: np.ndarray) -> np.ndarray:
    """Approved places of foster households."""
    return 1 + pick(model.dice.roll("size", key), np.asarray(model.p.supply.places_per_household))


def foster_approval(model: ChildrensServices, key: np.ndarray, places: np.ndarray) -> dict[str, np.ndarray | float]:
    """What a foster household is approved for: ages, sibling groups, complexity."""
    supply = model.p.supply
    infants, teenagers, many, hardest = model.dice.rolls(
        ("approved from birth", "approved to seventeen", "takes sibling groups", "hardest taken"), key
    )
    return {
        "age_low": np.where(infants < supply.infant_share, 0.0, 5.0),
        "age_high": np.where(teenagers < supply.teenager_share, 17.0, 11.0),
        "sibling_limit": np.where(many < supply.sibling_carer_share, places, np.minimum(places, 2)),
        "complexity_limit": 0.45 + 0.55 * hardest,
    }


def stop_taking(model: ChildrensServices, rows: np.ndarray, with_child_share: float, reason: Reason) -> None:
    """Places that stop: no more children; a share closes on those who live there, with notice, the rest when empty."""
    if len(rows) == 0:
        return
    table = model.placements
    table.state[rows] = PlaceState.CLOSING
    table.filled_by_others[rows] = 0
    _shrink(model, rows)
    at_once = rows[
        (model.dice.roll("closes with children", table.key[rows], model.clock.week) < with_child_share) & (table.filled[rows] > 0)
    ]
    if len(at_once):
        children, care = model.children, in_care(model)
        there = care[np.isin(children.placement[care], at_once) & (children.must_leave_day[care] == NEVER)]
        children.search_reason[there] = reason
        fresh = there[~children.searching[there]]
        children.search_day[fresh] = model.clock.day
        children.searching[there] = True
        children.planned_move_day[there] = NEVER
        children.must_leave_day[there] = model.clock.day + int(model.p.placing.notice_days)


def _shrink(model: ChildrensServices, rows: np.ndarray) -> None:
    """A place that is closing has room for those who live there and nobody else."""
    table = model.placements
    table.places[rows] = taken_beds(table, rows)
    table.blocked[rows] = 0


def close(model: ChildrensServices, rows: np.ndarray) -> None:
    """Close empty places for good; nobody may live there."""
    if len(rows):
        if (model.placements.filled[rows] > 0).any():
            raise ValueError("a place where children live cannot be closed")
        model.placements.free(rows)


def _deregister(model: ChildrensServices) -> None:
    """Own mainstream carers who stop; fewer where a constellation supports them."""
    table, supply = model.placements, model.p.supply
    own = (table.present & (table.kind == Kind.FOSTER_OWN) & (table.state <= PlaceState.RESTING)).nonzero()[0]
    fees = supply.foster_fee_ratio ** (-0.5 * supply.fee_elasticity)
    rate = supply.deregistrations_per_year * _support_ratio(model, own) * fees
    stop = own[model.dice.roll("carer stops", table.key[own], model.clock.week) < weekly(rate)]
    stop_taking(model, stop, supply.closed_with_child_share, Reason.CLOSURE)
    homes = (table.present & (table.kind == Kind.HOME_OWN) & (table.state == PlaceState.AVAILABLE)).nonzero()[0]
    shut = homes[model.dice.roll("own home closes", table.key[homes], model.clock.week) < weekly(supply.home_closures_per_year)]
    stop_taking(model, shut, 1.0, Reason.CLOSURE)


def _support_ratio(model: ChildrensServices, own: np.ndarray) -> np.ndarray | float:
    """How much seldomer carers stop who are in a constellation of families."""
    supply = model.p.supply
    if not supply.carer_support_share:
        return 1.0
    supported = model.dice.roll("in a constellation", model.placements.key[own]) < supply.carer_support_share
    return np.where(supported, supply.carer_support_ratio, 1.0)


def _levers(model: ChildrensServices) -> None:
    """Places that money adds: own homes after their lead time, sibling carers, block contracts."""
    book, supply, week = model.book, model.p.supply, model.clock.week
    ordered = int(supply.own_homes_ordered - book.own_homes_ordered + 1e-6)
    book.ordered_this_week = max(ordered, 0)
    for number in range(max(ordered, 0)):
        lead = supply.own_home_lead_weeks * (0.7 + 0.6 * model.dice.one("home lead time", week, number))
        book.opening.append(week + int(lead))
        book.own_homes_ordered += 1
    ready = [when for when in book.opening if when <= week]
    book.opening = [when for when in book.opening if when > week]
    if ready:
        new = 10**8 + week * 1000 + np.arange(len(ready))
        rows = add_own_homes(model, new, np.full(len(ready), supply.own_home_places))
        model.placements.price_gbp[rows] *= fixed_cost_ratio(model.p.money.own_home_fixed_share, supply.own_home_places)
    carers = int(supply.sibling_carers - book.sibling_carers + 1e-6)
    if carers > 0:
        book.sibling_carers += carers
        rows = add_own_carers(
            model, SIBLING_CARER, week * 1000 + np.arange(carers), np.full(carers, 4), np.zeros(carers, dtype=bool)
        )
        table = model.placements
        table.sibling_limit[rows], table.group_at_least[rows], table.age_low[rows], table.age_high[rows] = 4, 2, 0.0, 17.0
        table.state[rows], table.opens_day[rows] = PlaceState.NOT_OPEN, model.clock.day + int(7 * supply.approval_weeks)
    _block_contracts(model)


def fixed_cost_ratio(fixed_share: float, places: int) -> float:
    """Price of a place in a home of ``places``, against one of a home of four: the fixed part is spread over fewer or more."""
    return fixed_share * USUAL_PLACES / places + 1 - fixed_share


def add_own_homes(model: ChildrensServices, number: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The authority's own homes inside the boundary; returns rows."""
    dice = model.dice
    identity = OWN_HOME * 10**12 + number
    key = dice.keys(PLACEMENT_KEY, identity)
    x, y = geography.scatter(
        model, np.zeros(len(number), dtype=int), dice.roll("place angle", key), dice.roll("place distance", key)
    )
    return model.placements.add(
        len(number),
        key=key,
        identity=identity,
        kind=Kind.HOME_OWN,
        state=PlaceState.AVAILABLE,
        x_miles=x,
        y_miles=y,
        outside=False,
        places=places,
        opens_day=model.clock.day,
        age_low=9.0,
        age_high=17.0,
        sibling_limit=2,
        complexity_limit=1.0,
        price_gbp=model.p.money.own_home_place_gbp,
    )


def _block_contracts(model: ChildrensServices) -> None:
    """Beds in private homes nearby, held for this authority alone; a few weeks after they are agreed."""
    from simulation.rules.market import add_market

    book, supply, week = model.book, model.p.supply, model.clock.week
    wanted = supply.block_contract_places - book.block_places
    if wanted < 1:
        return
    homes = int(np.ceil(wanted / 4))
    sizes = np.minimum(4, int(wanted) - 4 * np.arange(homes))
    rows = add_market(model, "homes", 5 * 10**8 + week * 1000 + np.arange(homes), np.zeros(homes, dtype=int))
    table = model.placements
    table.block[rows], table.places[rows] = True, sizes
    table.opens_day[rows] = model.clock.day + int(7 * supply.block_contract_weeks)
    table.state[rows] = PlaceState.NOT_OPEN
    book.block_places += float(sizes.sum())


def _rest_and_block(model: ChildrensServices) -> None:
    """Households come back from their break or take one; beds beside placed children are blocked or free again."""
    table, book = model.placements, model.book
    idle = (table.present & IS_IDLE[table.state]).nonzero()[0]
    until = np.where(table.state[idle] == PlaceState.RESTING, table.state_until_day[idle], table.opens_day[idle])
    table.state[idle[until <= model.clock.day]] = PlaceState.AVAILABLE
    if book.touched:
        rows = np.unique(np.concatenate(book.touched))
        book.touched.clear()
        rows = rows[table.present[rows] & ~IS_OF_FAMILY[table.kind[rows]] & (table.shared_from[rows] == NEVER)]
        closing = table.state[rows] == PlaceState.CLOSING
        _shrink(model, rows[closing])
        rows = rows[~closing]
        set_blocked(model, rows)
        _rest(model, rows)


def set_blocked(model: ChildrensServices, rows: np.ndarray) -> None:
    """Which free beds of part-filled places cannot be used for now; a die for each bed."""
    table, supply = model.placements, model.p.supply
    taken = taken_beds(table, rows)
    free = np.where(taken > 0, table.places[rows] - taken, 0)
    chance = np.where(IS_MAINSTREAM[table.kind[rows]], supply.blocked_chance, 0.25 * supply.blocked_chance)
    beds = np.arange(free.max(initial=0))
    u = model.dice.rolls([f"bed {bed} blocked" for bed in beds.tolist()], table.key[rows], model.clock.week)
    table.blocked[rows] = ((beds[:, None] < free) & (u < chance)).sum(axis=0)


def _rest(model: ChildrensServices, rows: np.ndarray) -> None:
    """Foster households that have just emptied may take a break."""
    table, supply = model.placements, model.p.supply
    taken = taken_beds(table, rows)
    foster = IS_MAINSTREAM[table.kind[rows]]
    empty = rows[(taken == 0) & foster & (table.state[rows] == PlaceState.AVAILABLE)]
    rests = empty[model.dice.roll("takes a break", table.key[empty], model.clock.week) < supply.rest_chance]
    weeks = exponential(model.dice.roll("weeks of break", table.key[rests], model.clock.week), supply.rest_weeks)
    table.state[rests] = PlaceState.RESTING
    table.state_until_day[rests] = model.clock.day + 7 + (7 * weeks).astype(np.int32)


def _staying_put_ends(model: ChildrensServices) -> None:
    """Young people who stayed put move on (at most one a household and week)."""
    table = model.placements
    rows = (table.present & (table.staying_put > 0)).nonzero()[0]
    one = 1 / (model.p.supply.staying_put_years * WEEKS_IN_YEAR)
    gone = rows[model.dice.roll("staying put ends", table.key[rows], model.clock.week) < 1 - (1 - one) ** table.staying_put[rows]]
    table.staying_put[gone] -= 1
    model.book.touched.append(gone)


def _close_empty(model: ChildrensServices) -> None:
    """Places that are closing and where nobody lives any more are gone."""
    table = model.placements
    closing = (table.present & (table.state == PlaceState.CLOSING) & (table.shared_from == NEVER)).nonzero()[0]
    close(model, closing[taken_beds(table, closing) == 0])


__all__ = ["Supply", "add_own_carers", "add_own_homes"]
