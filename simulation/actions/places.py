"""The ledger of places: who lives where, from when to when, and what has been said of it in the statutory return."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from simulation.actions import duty_work
from simulation.base.clock import NEVER
from simulation.base.codes import IS_FOSTER, IS_RESIDENTIAL, KIND_NAME, Ceased, Kind, PlaceState, one_of, words
from simulation.base.columns import Copies, Table, stretches
from simulation.base.dice import joined, weibull
from simulation.service.book import FILED, OF_PLACED
from simulation.service.state import State

MOST_PLACEMENTS_A_PERIOD = 4096
"""Room for the numbers of placements within one period of care, so that each has a die of its own."""
USUAL_COMPLEXITY = 0.4
"""The complexity at which rates are as given."""
FAR_MILES = 20


@words
class Reason(IntEnum):
    """Why a place is sought, or a placement ended."""

    ENTRY = 0
    CARE_PLAN = 1
    CARER_BEHAVIOUR = 2
    CARER_OTHER = 3
    CHILD = 4
    AUTHORITY = 5
    ALLEGATION = 6
    STANDARDS = 7
    APPROVAL = 8
    CLOSURE = 9
    OTHER = 10
    EMERGENCY = 11


REASON_NAME = (
    "entry",
    "care plan",
    "carer asks: behaviour",
    "carer asks: other",
    "child asks",
    "authority asks",
    "allegation",
    "standards of care",
    "approval removed",
    "closure",
    "other",
    "emergency ended",
)
REASON_CODE = ("", "CARPL", "CREQB", "CREQO", "CHILD", "LAREQ", "ALLEG", "STAND", "APPRR", "CLOSE", "OTHER", "OTHER")
DISRUPTION = np.array([2 <= reason <= 9 for reason in range(12)])
EPISODE = ("S", "P", "L", "B", "T", "U")
"""Reason for a new episode (SSDA903): started, placement, legal status, both, and the last two with the same carer."""
HOUSEHOLD_OF_FAMILY = (Kind.FOSTER_KINSHIP, Kind.PARENTS, Kind.ADOPTIVE)
OWN_FOSTER, AGENCY = (Kind.FOSTER_OWN,), (Kind.FOSTER_AGENCY,)
PRIVATE_HOMES = (Kind.HOME_PRIVATE, Kind.HOME_VOLUNTARY)
MARKET = (Kind.FOSTER_AGENCY, Kind.HOME_PRIVATE, Kind.HOME_VOLUNTARY, Kind.SUPPORTED, Kind.SECURE)


def is_kind(kinds: tuple) -> np.ndarray:
    """A lookup by code: True for these kinds."""
    return one_of(Kind, *kinds)


IS_MARKET = is_kind(MARKET)
IS_MAINSTREAM = is_kind((Kind.FOSTER_OWN, Kind.FOSTER_AGENCY))
IS_PRIVATE_HOME = is_kind(PRIVATE_HOMES)
IS_OF_FAMILY = is_kind(HOUSEHOLD_OF_FAMILY)
MAY_BRIDGE = (IS_FOSTER | IS_RESIDENTIAL) & ~is_kind((Kind.FOSTER_KINSHIP,))
CONTINUES = -1


def taken_beds(table: Table, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
    """Places where somebody lives: this authority's children, others', neighbours', and young people staying put."""
    return table.filled[rows] + table.filled_by_others[rows] + table.filled_by_neighbours[rows] + table.staying_put[rows]


def free_beds(table: Table, rows: np.ndarray | slice = slice(None), blocked_too: bool = False) -> np.ndarray:
    """Beds that a child can move into today; none where the household rests, is closing or not open yet.

    blocked_too: count beds blocked for strangers as well (a sibling of the child who lives there may use them).
    """
    free = table.places[rows] - taken_beds(table, rows)
    if not blocked_too:
        free = free - table.blocked[rows]
    return np.where(table.present[rows] & (table.state[rows] == PlaceState.AVAILABLE), np.maximum(free, 0), 0)


def place(state: State, rows: np.ndarray, placement_rows: np.ndarray, days: np.ndarray | int) -> None:
    """Move children into placements on ``days``; NEVER as a placement row is an emergency arrangement.

    Ends the placement before (the reason is the child's ``search_reason``), takes the bed, writes what follows from
    the place: kind, distance, in or outside the boundary, price. Raises ValueError if a place would be over capacity.
    """
    if len(rows) == 0:
        return
    children, table = state.children, state.placements
    days = np.full(len(rows), days, dtype=np.int32)
    moving = children.kind[rows] != Kind.NONE
    days[moving] = np.maximum(days[moving], children.episode_day[rows[moving]])  # not before a legal change of the same week
    _end_episode(state, rows[moving], days[moving], CONTINUES, moved=True)
    housed = placement_rows != NEVER
    np.add.at(table.filled, placement_rows[housed], 1)
    _give_up_bed(state, rows[moving])
    _check_capacity(table, placement_rows[housed])
    state.book.touched.append(placement_rows[housed])
    children.third_placement_day[rows] = children.earlier_placement_day[rows]
    children.earlier_placement_day[rows] = children.placement_day[rows]
    children.placement_day[rows] = days
    children.placement[rows] = placement_rows
    children.n_placements[rows] += 1
    _write_home(state, rows, placement_rows, housed)
    children.episode_day[rows] = days
    children.episode_reason[rows] = moving.astype(np.int8)
    children.episode_legal[rows] = children.legal[rows]
    _settle(state, rows, housed)
    _tell(state, rows, moving, housed, days)


def _check_capacity(table: Table, rows: np.ndarray) -> None:
    taken = taken_beds(table, rows)
    if (taken > table.places[rows]).any():
        raise ValueError(f"placement rows {rows[taken > table.places[rows]].tolist()} would be over capacity")
    table.blocked[rows] = np.minimum(table.blocked[rows], table.places[rows] - taken)


def _write_home(state: State, rows: np.ndarray, placement_rows: np.ndarray, housed: np.ndarray) -> None:
    """What follows from where a child lives: kind, distance, side of the boundary, price."""
    children, table = state.children, state.placements
    if not housed.all():
        nowhere = rows[~housed]
        children.kind[nowhere], children.price_gbp[nowhere] = Kind.UNREGISTERED, emergency_price(state)
        children.distance_miles[nowhere], children.outside[nowhere] = 0.0, False
        rows, placement_rows = rows[housed], placement_rows[housed]
    children.kind[rows], children.outside[rows] = table.kind[placement_rows], table.outside[placement_rows]
    x, y = children.home_x_miles[rows], children.home_y_miles[rows]
    children.distance_miles[rows] = np.hypot(table.x_miles[placement_rows] - x, table.y_miles[placement_rows] - y)
    children.price_gbp[rows] = price_for(state, rows, placement_rows)


def nth(state: State, rows: np.ndarray) -> np.ndarray:
    """The number of this placement in the child's life here, for dice that are rolled once a placement."""
    return state.children.n_periods[rows].astype(np.int64) * MOST_PLACEMENTS_A_PERIOD + state.children.n_placements[rows]


def emergency_price(state: State) -> float:
    """Today's weekly price of an emergency arrangement."""
    return state.p.supply.unregistered_gbp * state.book.residential_index


def price_for(state: State, rows: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Today's weekly price of these places for these children: list price, needs, scarcity, and the few very dear ones."""
    table, supply, book = state.placements, state.p.supply, state.book
    kind, base = table.kind[at], table.price_gbp[at].astype(float)
    private = IS_PRIVATE_HOME[kind].nonzero()[0]
    if len(private):
        base[private] = _private_price(state, rows[private], base[private])
    base[table.block[at]] *= 1 - state.p.money.block_discount
    premium = np.ones(len(KIND_NAME))
    premium[Kind.FOSTER_AGENCY], premium[IS_PRIVATE_HOME], premium[Kind.SUPPORTED] = (
        book.premium["foster"],
        book.premium["homes"],
        book.premium["supported"],
    )
    index = np.where(IS_FOSTER, book.foster_index, book.residential_index)
    index[Kind.FOSTER_OWN] *= supply.foster_fee_ratio
    return base * premium[kind] * index[kind]


def _private_price(state: State, rows: np.ndarray, listed: np.ndarray) -> np.ndarray:
    """Prices in private homes: more for higher needs; the few who must live alone are very dear."""
    children, supply = state.children, state.p.supply
    price = listed * (1 + supply.complexity_price * (children.complexity[rows] - 0.5))
    solo = state.dice.roll("placed alone", children.key[rows], nth(state, rows)) < supply.solo_share
    return np.where(solo, np.maximum(price, supply.solo_gbp), price)


def _settle(state: State, rows: np.ndarray, housed: np.ndarray) -> None:
    """The search is over, but for those in an emergency arrangement; some placements are meant as a bridge."""
    children = state.children
    children.searching[rows] = ~housed
    children.wanted_kind[rows[housed]] = Kind.NONE
    children.must_leave_day[rows] = children.planned_move_day[rows] = NEVER
    may = rows[housed & MAY_BRIDGE[children.kind[rows]]]
    if len(may):
        _plan_bridges(state, may)


def _plan_bridges(state: State, rows: np.ndarray) -> None:
    """Some of these placements last only until a planned move; siblings in the same placement share its die."""
    children, placing = state.children, state.p.placing
    key = joined(children.family_key[rows], nth(state, rows))
    bridges, days = state.dice.rolls(("bridging placement", "bridging days"), key)
    chosen = bridges < placing.bridging_share * placing.complexity_ratio ** (children.complexity[rows] - USUAL_COMPLEXITY)
    wait = weibull(days[chosen], placing.bridging_days, placing.bridging_shape)
    children.planned_move_day[rows[chosen]] = children.placement_day[rows[chosen]] + 1 + wait.astype(np.int32)


def _tell(state: State, rows: np.ndarray, moving: np.ndarray, housed: np.ndarray, days: np.ndarray) -> None:
    """Count the placement and the move; start what a move and a new placement bring for the social worker."""

    children, tally = state.children, state.tally
    kind, reason = children.kind[rows], children.search_reason[rows]
    where = np.where(children.outside[rows], 1 + (children.distance_miles[rows] > FAR_MILES), 0)
    tally.add_by("new_placements", "location", ("inside", "outside within 20 miles", "outside over 20 miles"), where)
    tally.add_each("new_placements", "placement", KIND_NAME, np.bincount(kind))
    if moving.any():
        tally.add_by("new_moves", "reason", REASON_NAME, reason[moving])
        disrupted = moving & DISRUPTION[reason]
        tally.add("new_disruptions", disrupted.sum())
        children.n_disruptions[rows[disrupted]] += 1
        duty_work.begin(state, "placement move", rows[moving & housed])
    children.search_reason[rows] = np.where(housed, Reason.ENTRY, Reason.EMERGENCY)
    duty_work.visit_due_within(state, rows, 7)
    if state.log.keep:
        state.log.add(children.identity[rows], days, "placed", "", np.array(KIND_NAME)[kind])


def _give_up_bed(state: State, rows: np.ndarray) -> None:
    """Free the beds of these children; the households of a family that nobody lives in any more are gone."""
    children, table = state.children, state.placements
    homes = children.placement[rows]
    homes = homes[homes != NEVER]
    if len(homes) == 0:
        return
    np.subtract.at(table.filled, homes, 1)
    children.placement[rows] = NEVER
    gone = homes[(table.filled[homes] == 0) & IS_OF_FAMILY[table.kind[homes]]]
    if len(gone):
        table.free(np.unique(gone))
    state.book.touched.append(homes)


def vacate(
    state: State,
    rows: np.ndarray,
    days: np.ndarray | int,
    staying_put: np.ndarray | bool = False,
    ceased: np.ndarray | int = Ceased.OTHER,
) -> None:
    """Children leave care on ``days``: their episode ends for the reason ``ceased`` and their bed is free.

    staying_put: those who may stay on with their foster carers after eighteen; of them the usual share does and keeps
    the place. Households of a family (relatives, parents, adopters) close when the last child has left.
    """
    if len(rows) == 0:
        return
    children = state.children
    _end_episode(state, rows, np.full(len(rows), days, dtype=np.int32), ceased)
    kept = _beds_kept(state, rows[np.full(len(rows), staying_put)])
    _give_up_bed(state, rows)
    np.add.at(state.placements.staying_put, kept, 1)
    children.reset(rows, OF_PLACED)


def _beds_kept(state: State, rows: np.ndarray) -> np.ndarray:
    """Placements where these young people stay on with their foster carers (one entry each)."""
    if len(rows) == 0:
        return rows
    children = state.children
    may = rows[IS_MAINSTREAM[children.kind[rows]] & (children.placement[rows] != NEVER)]
    stays = state.dice.roll("stays put", children.key[may]) < state.p.supply.staying_put_share
    return children.placement[may[stays]]


def record_episode(state: State, rows: np.ndarray, days: np.ndarray | int, reason: str = "L") -> None:
    """A change of legal status on ``days``: the episode ends and another begins in the same placement.

    reason: why the new episode begins (``EPISODE``). Children without a placement yet have no episode to end.
    """
    children = state.children
    keep = (children.kind[rows] != Kind.NONE) & (children.episode_day[rows] != NEVER)
    if not keep.any():
        return
    on, rows = np.full(len(rows), days, dtype=np.int32)[keep], rows[keep]
    _end_episode(state, rows, on, CONTINUES, same_home=True)
    children.episode_day[rows] = np.maximum(on, children.episode_day[rows])
    children.episode_reason[rows] = EPISODE.index(reason)
    children.episode_legal[rows] = children.legal[rows]


def _end_episode(
    state: State,
    rows: np.ndarray,
    days: np.ndarray,
    ceased: np.ndarray | int,
    moved: bool = False,
    same_home: bool = False,
) -> None:
    if len(rows) == 0:
        return
    children, book = state.children, state.book
    reason = children.search_reason[rows] if moved else 0
    book.ended.append(episodes(state, rows, np.maximum(days, children.episode_day[rows]), ceased, reason))
    if not same_home:
        book.ended_this_week.append(book.ended[-1])


def episodes(
    state: State,
    rows: np.ndarray,
    end: np.ndarray | int = NEVER,
    ceased: np.ndarray | int = CONTINUES,
    reason_change: np.ndarray | int = 0,
) -> Copies:
    """The present episodes of these children as they are filed, by name; those that go on have no ``end``.

    Where a child has no home (``placement`` is NEVER) its position and number say nothing.
    """
    table, homes = state.placements, state.children.placement[rows]
    return state.children.copies(
        rows,
        FILED,
        end=np.full(len(rows), end, dtype=np.int32),
        ceased=np.full(len(rows), ceased, dtype=np.int8),
        reason_change=np.full(len(rows), reason_change, dtype=np.int8),
        x=table.x_miles[homes],
        y=table.y_miles[homes],
        urn=table.identity[homes],
    )


def in_care(state: State) -> np.ndarray:
    """Rows of children looked after."""
    return state.in_care


def in_families(state: State, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of children (at least one), siblings side by side; where each family begins among them, and how many it has."""
    family = state.children.family[rows]
    order = family.argsort()
    return rows[order], *stretches(family[order])
