"""Placing: this week's searches, most urgent first. The family's own people, then siblings, then the best place that says yes."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from simulation.actions import geography
from simulation.actions.matching import (
    NEED_FOSTER,
    NEVER_FITS,
    Pairs,
    Units,
    best_place,
    favourites,
    needs,
    pairs_of,
    ranking,
    serving_order,
    units_of,
)
from simulation.actions.placement_counts import placements_table, tally_placements
from simulation.actions.places import Reason, in_care, place, record_episode, vacate
from simulation.actions.siblings import assess_siblings, join_siblings, live_apart_by_plan, mark_separated
from simulation.base.clock import NEVER
from simulation.base.codes import Kind, PlaceState, SiblingPlan
from simulation.base.columns import among, groups
from simulation.base.dice import exponential, lognormal
from simulation.service.book import ADOPTIVE, KIN, PARENTS, PLACEMENT_KEY
from simulation.service.rule import Rule
from simulation.service.state import State

__all__ = ["Placing", "Reason", "find", "place", "placements_table", "record_episode", "tally_placements", "vacate"]


class Placing(Rule):
    """Children who need a place are matched to the places that are free, most urgent first.

    Relatives and friends are asked first, then siblings' carers, then own carers, agencies and places further away;
    a child whom no place can take spends emergency nights, which are counted, and goes on searching.
    """

    reads = ("child.*", "placement.*")
    writes = ("child.*", "placement.*", "worker.hours_owed")
    source = "Children Act 1989 s22C; sufficiency duty s22G"

    def step(self, state: State) -> None:
        find(state)
        _count_emergency_nights(state)
        mark_separated(state)


def find(state: State) -> None:
    """Serve every search of this week: the family's own households and siblings' carers first, then all the others."""
    children = state.children
    rows = in_care(state)
    rows = rows[children.searching[rows]]
    if len(rows) == 0:
        return
    state.tally.add("new_searches", len(rows))
    assess_siblings(state, rows[children.sibling_plan[rows] == SiblingPlan.NONE])
    homes = _families_own(state, rows)
    join_siblings(state, rows, homes)
    known = homes != NEVER
    if known.any():
        place(state, rows[known], homes[known], _moving_day(state, rows[known]))
    if not known.all():
        _search(state, rows[~known])


def _families_own(state: State, rows: np.ndarray) -> np.ndarray:
    """The household of the family's own that is wanted, or that offers itself, for each child; NEVER for the others."""
    wanted = state.children.wanted_kind[rows]
    homes = np.full(len(rows), NEVER, dtype=np.int64)
    offered = _kin_offers(state, rows)
    for kind, tag in ((Kind.PARENTS, PARENTS), (Kind.ADOPTIVE, ADOPTIVE)):
        chosen = wanted == kind
        if chosen.any():
            homes[chosen] = family_household(state, rows[chosen], kind, tag)
    kin = offered | (wanted == Kind.FOSTER_KINSHIP)
    if kin.any():
        family = state.children.family_key[rows[kin]]
        rushed = offered[kin] & (state.dice.roll("kin rushed", family) < state.p.placing.kin_rushed_share)
        homes[kin] = family_household(state, rows[kin], Kind.FOSTER_KINSHIP, KIN, rushed)
    return homes


def _kin_offers(state: State, rows: np.ndarray) -> np.ndarray:
    """Whether relatives or friends take the child at entry: one die for the family."""
    children = state.children
    entering = (children.kind[rows] == Kind.NONE) & ~children.unaccompanied[rows] & (children.wanted_kind[rows] == Kind.NONE)
    u = state.dice.roll("kin offer themselves", children.family_key[rows])
    return entering & (u < state.p.placing.kin_chance) & (children.complexity[rows] < 0.95)


def family_household(state: State, rows: np.ndarray, kind: Kind, tag: int, rushed: np.ndarray | bool = False) -> np.ndarray:
    """The household of this kind of each child's family, made if it is not there, with room for them all."""
    children, table = state.children, state.placements
    first, unit = groups(children.family[rows])
    families = children.family[rows[first]]
    known = (table.present & (table.kind == kind)).nonzero()[0]
    known = known[among(table.family[known], families)]
    homes = np.full(len(families), NEVER, dtype=np.int64)
    homes[np.searchsorted(families, table.family[known])] = known
    new = (homes == NEVER).nonzero()[0]
    if len(new):
        homes[new] = _new_household(state, rows[first[new]], kind, tag, np.broadcast_to(rushed, rows.shape)[first[new]])
    count = np.bincount(unit, minlength=len(families))
    table.places[homes] = np.maximum(table.places[homes], table.filled[homes] + count)
    return homes[unit]


def _new_household(state: State, lead: np.ndarray, kind: Kind, tag: int, rushed: np.ndarray) -> np.ndarray:
    children, supply = state.children, state.p.supply
    family, home = children.family[lead], children.family_key[lead]
    when = children.n_placements[lead].astype(np.int64) + 64 * children.n_periods[lead]
    side, distance, angle = state.dice.rolls(("household outside", "household miles", f"angle {tag}"), home, when)
    miles, outside = _how_far(state, kind, side, distance)
    x, y = geography.at_distance(state, children.home_x_miles[lead], children.home_y_miles[lead], miles, outside, angle)
    identity = tag * 10**15 + family * 4 + 2
    price = {Kind.PARENTS: supply.parents_gbp, Kind.ADOPTIVE: supply.adoptive_gbp}.get(kind, supply.foster_kinship_gbp)
    return state.placements.add(
        len(lead),
        key=state.dice.keys(PLACEMENT_KEY, identity),
        identity=identity,
        kind=kind,
        state=PlaceState.AVAILABLE,
        x_miles=x,
        y_miles=y,
        outside=geography.is_outside(state, x, y),
        places=0,
        family=family,
        price_gbp=price,
        opens_day=state.clock.day,
        rushed=rushed,
    )


def _how_far(state: State, kind: Kind, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far from home a family's own household lives, and whether outside the boundary; two uniforms for each.

    Shares outside: DfE 2021 (parents 18%, adopters 54%), kinship scaled by the share of own carers outside.
    """
    if kind == Kind.PARENTS:
        outside = u < 0.18 * state.p.supply.family_outside_ratio
        return np.where(outside, 1 + exponential(v, 12.0), 0.0), outside
    if kind == Kind.ADOPTIVE:
        return lognormal(v, 32.0, 1.1), u < 0.75
    outside = u < 0.26 * state.p.supply.family_outside_ratio
    return np.where(outside, 1 + exponential(v, 17.0), 4 * v), outside


def _search(state: State, rows: np.ndarray) -> None:
    """Match, move in, count what failed and why, and owe the hours."""
    live_apart_by_plan(state, rows[needs(state, rows) != NEED_FOSTER])
    units = units_of(state, rows)
    pairs = pairs_of(state, units)
    chosen = choose(state, units, pairs)
    _count_failures(state, units, pairs, chosen)
    placed = chosen != NEVER
    _owe_hours(state, units.members, placed)
    homes = np.where(placed, pairs.places[chosen], NEVER) if len(pairs.places) else chosen
    moves = placed | _without_bed(state, units.members)
    place(state, units.members[moves], homes[moves], _moving_day(state, units.members[moves]))


def choose(state: State, units: Units, pairs: Pairs) -> np.ndarray:
    """The column of ``pairs`` chosen for each member of each unit (NEVER if none), in order of service."""
    scores = _wait_for_better(state, units, pairs, ranking(pairs, state.p.placing.score))
    far = pairs.miles > state.p.placing.together_miles
    free, sizes, first_choice = pairs.free.copy(), units.size.tolist(), favourites(scores)
    chosen = np.full(len(units.members), NEVER, dtype=np.int64)
    for unit in serving_order(state, units).tolist():
        size, first = sizes[unit], units.first[unit]
        best = first_choice[unit]
        if size > 1:
            best = best_place(np.where(far[unit], NEVER_FITS, scores[unit]), free, size)
        elif best != NEVER and not free[best]:
            best = best_place(scores[unit], free, 1)
        if best != NEVER:
            chosen[first : first + size] = best
            free[best] -= size
        elif size > 1:
            chosen[first : first + size] = _one_by_one(_alone(state, units.rows(unit)), free)
    _report_optimum(state, units, scores, pairs, chosen)
    return chosen


def _alone(state: State, rows: np.ndarray) -> np.ndarray:
    """Scores of these children searched for one by one, in their order."""
    units = units_of(state, rows, together=False)
    scores = ranking(pairs_of(state, units), state.p.placing.score)
    return scores[units.members.argsort()[rows.argsort().argsort()]]


def _one_by_one(scores: np.ndarray, free: np.ndarray) -> list[int]:
    """A group that nobody can take whole: each child takes a place; those after join one before where there is room."""
    taken: list[int] = []
    for row in scores:
        joined = [home for home in taken if home != NEVER and free[home] > 0 and row[home] < NEVER_FITS]
        best = joined[0] if joined else best_place(row, free, 1)
        if best != NEVER:
            free[best] -= 1
        taken.append(best)
    return taken


def _wait_for_better(state: State, units: Units, pairs: Pairs, scores: np.ndarray) -> np.ndarray:
    """A search that can wait turns down what is not good enough, for the weeks the policy says."""
    weeks = state.p.placing.wait_weeks_for_better
    if weeks <= 0:
        return scores
    can_wait = ~units.urgent.astype(bool) & (state.clock.day - units.since < 7 * weeks)
    return np.where(can_wait[:, None] & (pairs.miles > state.p.placing.good_enough_miles), np.inf, scores)


def _moving_day(state: State, rows: np.ndarray) -> np.ndarray:
    """The day of the move within this week: at once for those without a bed, else any day; before notice runs out."""
    children, clock = state.children, state.clock
    any_day = clock.first_day + (state.dice.roll("moving day", children.key[rows], clock.week) * 7).astype(np.int32)
    leave = children.must_leave_day[rows]
    planned = children.planned_move_day[rows]
    any_day = np.where((planned != NEVER) & (planned <= clock.day), planned, any_day)
    any_day = np.where(leave != NEVER, np.minimum(any_day, leave), any_day)
    days = np.where(children.kind[rows] == Kind.NONE, children.search_day[rows], any_day)
    days = np.where(children.kind[rows] == Kind.UNREGISTERED, clock.first_day, days)
    days = np.maximum(np.maximum(days, children.placement_day[rows]), clock.first_day)
    return np.minimum(days, clock.day).astype(np.int32)


def _without_bed(state: State, rows: np.ndarray) -> np.ndarray:
    """Children who, if nothing is found, spend the night in an emergency arrangement from this week on."""
    children = state.children
    leave, kind = children.must_leave_day[rows], children.kind[rows]
    return (kind == Kind.NONE) | ((leave != NEVER) & (leave <= state.clock.day) & (kind != Kind.UNREGISTERED))


EMERGENCY_DUTY_NIGHTS = 3
"""Nights with duty carers or staff; from then on the arrangement counts as unregistered."""


def _count_emergency_nights(state: State) -> None:
    children, clock = state.children, state.clock
    rows = in_care(state)
    rows = rows[children.kind[rows] == Kind.UNREGISTERED]
    if len(rows) == 0:
        return
    began = children.placement_day[rows]
    nights = clock.day - np.maximum(began, clock.first_day) + 1
    late = clock.day - np.maximum(began + EMERGENCY_DUTY_NIGHTS, clock.first_day) + 1
    state.tally.add("new_emergency_nights", nights.sum())
    state.tally.add("new_unregistered_nights", np.clip(late, 0, 7).sum())


def _owe_hours(state: State, members: np.ndarray, placed: np.ndarray) -> None:
    """Searching takes social workers' hours, owed from next week's; more where nothing is found."""
    placing, workers = state.p.placing, state.children.worker[members]
    hours = np.where(placed, placing.search_hours, placing.failed_search_hours)
    held = workers != NEVER
    if held.any():
        state.time.owe(workers[held], hours[held])


def _count_failures(state: State, units: Units, pairs: Pairs, chosen: np.ndarray) -> None:
    """For each search for fostering that no own local carer met: what ruled out the beds that stood vacant."""
    lead = chosen[units.first]
    own = (pairs.kind == Kind.FOSTER_OWN) & ~pairs.outside
    met = (lead != NEVER) & own[np.maximum(lead, 0)] if len(pairs.places) else np.zeros(len(units), dtype=bool)
    failed = ((units.need == NEED_FOSTER) & ~met).nonzero()[0]
    if len(failed) == 0:
        return
    places = own.nonzero()[0]
    beds = pairs.free[places].astype(float)
    left = np.ones((len(failed), len(places)), dtype=bool)
    for name, passes in pairs.approval.items():
        fits = passes[failed[:, None], places]
        if name == "siblings":
            fits &= units.size[failed, None] <= pairs.free[places]
        _tally_why(state, name, left & ~fits, beds)
        left &= fits
    _tally_why(state, "carers said no", left, beds)
    if not len(places):
        state.tally.add("new_failed_searches", len(failed), "reason:no vacancy")
    state.tally.add("new_failed_searches", len(failed))
    state.tally.add("n_vacant_beds_at_failed_searches", float(own @ pairs.free) * len(failed))


def _tally_why(state: State, reason: str, lost: np.ndarray, beds: np.ndarray) -> None:
    """Each failed search counts once, shared between the reasons by the vacant beds that each ruled out."""
    if beds.sum():
        state.tally.add("new_failed_searches", float((lost @ beds).sum() / beds.sum()), f"reason:{reason}")


def _report_optimum(state: State, units: Units, scores: np.ndarray, pairs: Pairs, chosen: np.ndarray) -> None:
    """For children searching alone: miles under the order of service and under the best assignment of all at once."""
    if state.clock.week % 13 or not len(pairs.places):
        return
    alone = ((units.size == 1) & (chosen[units.first] != NEVER)).nonzero()[0]
    if len(alone) < 2:
        return
    columns = np.repeat(np.arange(len(pairs.places)), np.minimum(pairs.free, 3))
    cost = np.where(np.isfinite(scores[alone][:, columns]), scores[alone][:, columns], 1e9)
    row, column = linear_sum_assignment(cost)
    got = pairs.miles[alone, chosen[units.first[alone]]].sum()
    state.tally.add("miles_greedy_matching", got)
    state.tally.add("miles_optimal_matching", pairs.miles[alone[row], columns[column]].sum())
