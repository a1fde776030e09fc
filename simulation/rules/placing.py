"""Placing: this week's searches, most urgent first. The family's own people, then siblings, then the best place that says yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

from simulation.clock import DAYS_IN_YEAR, NEVER
from simulation.codes import Kind, PlaceState, SiblingPlan
from simulation.dice import exponential, lognormal
from simulation.rules import geography
from simulation.rules.base import Rule
from simulation.rules.matching import NEED_FOSTER, Pairs, Units, greedy, pairs_of, ranking, serving_order, units_of
from simulation.rules.placement_counts import placements_table, tally_placements
from simulation.rules.places import HOUSEHOLD_OF_FAMILY, OWN_FOSTER, Reason, in_care, place, record_episode, vacate

if TYPE_CHECKING:
    from simulation.model import ChildrensServices

__all__ = ["Placing", "Reason", "find", "place", "placements_table", "record_episode", "tally_placements", "vacate"]

KIN, PARENTS, ADOPTIVE = 21, 22, 23  # tags of the identities of a family's households
PLACEMENT_KEY = 7  # keeps the dice of places apart from those of children
WHY_NOT = ("no vacancy", "age", "siblings", "needs", "carers said no")


class Placing(Rule):
    """Children who need a place are matched to the places that are free, most urgent first.

    Relatives and friends are asked first, then siblings' carers, then own carers, agencies and places further away;
    a child whom no place can take spends emergency nights, which are counted, and goes on searching.
    """

    reads = ("child.*", "placement.*")
    writes = ("child.*", "placement.*", "worker.hours_owed")
    source = "Children Act 1989 s22C; sufficiency duty s22G"

    def step(self, model: ChildrensServices) -> None:
        find(model)
        _count_emergency_nights(model)
        mark_separated(model)


def find(model: ChildrensServices) -> None:
    """Serve every search of this week."""
    children = model.children
    rows = in_care(model)
    rows = rows[children.searching[rows]]
    if len(rows) == 0:
        return
    model.tally.add("new_searches", len(rows))
    assess_siblings(model, rows[children.sibling_plan[rows] == SiblingPlan.NONE])
    rows = _families_own(model, rows)
    rows = _join_siblings(model, rows)
    if len(rows):
        _search(model, rows)


def assess_siblings(model: ChildrensServices, rows: np.ndarray) -> None:
    """The plan for each family's children, together or apart: one die for the family."""
    if len(rows):
        together = model.dice.roll("sibling plan", model.dice.keys(model.children.family[rows])) < model.p.placing.together_share
        model.children.sibling_plan[rows] = np.where(together, SiblingPlan.TOGETHER, SiblingPlan.APART)


# ---- the family's own people: relatives, parents, adopters


def _families_own(model: ChildrensServices, rows: np.ndarray) -> np.ndarray:
    """Place those for whom a household of the family's own is wanted or offers itself; return the others."""
    children = model.children
    wanted = children.wanted_kind[rows]
    for kind, tag in ((Kind.PARENTS, PARENTS), (Kind.ADOPTIVE, ADOPTIVE), (Kind.FOSTER_KINSHIP, KIN)):
        chosen = rows[wanted == kind]
        if len(chosen):
            place(model, chosen, family_household(model, chosen, kind, tag), _moving_day(model, chosen))
    rest = rows[~np.isin(wanted, HOUSEHOLD_OF_FAMILY)]
    offered = rest[_kin_offers(model, rest)]
    if len(offered):
        rushed = model.dice.roll("kin rushed", model.dice.keys(children.family[offered])) < model.p.placing.kin_rushed_share
        place(model, offered, family_household(model, offered, Kind.FOSTER_KINSHIP, KIN, rushed), _moving_day(model, offered))
        rest = rest[children.searching[rest]]
    return rest


def _kin_offers(model: ChildrensServices, rows: np.ndarray) -> np.ndarray:
    """Whether relatives or friends take the child at entry: one die for the family."""
    children = model.children
    entering = (children.kind[rows] == Kind.NONE) & ~children.unaccompanied[rows] & (children.wanted_kind[rows] == Kind.NONE)
    u = model.dice.roll("kin offer themselves", model.dice.keys(children.family[rows]))
    return entering & (u < model.p.placing.kin_chance) & (children.complexity[rows] < 0.95)


def family_household(model: ChildrensServices, rows: np.ndarray, kind: Kind, tag: int, rushed: np.ndarray | bool = False) -> np.ndarray:
    """The household of this kind of each child's family, made if it is not there, with room for them all."""
    children, table = model.children, model.placements
    families, unit = np.unique(children.family[rows], return_inverse=True)
    known = np.flatnonzero(table.present & (table.kind == kind) & np.isin(table.family, families))
    homes = np.full(len(families), NEVER, dtype=np.int64)
    homes[np.searchsorted(families, table.family[known])] = known
    new = np.flatnonzero(homes == NEVER)
    if len(new):
        lead = rows[[int(np.flatnonzero(unit == one)[0]) for one in new]]
        is_rushed = np.broadcast_to(rushed, rows.shape)[[int(np.flatnonzero(unit == one)[0]) for one in new]]
        homes[new] = _new_household(model, lead, kind, tag, is_rushed)
    count = np.bincount(unit, minlength=len(families))
    table.places[homes] = np.maximum(table.places[homes], table.filled[homes] + count)
    return homes[unit]


def _new_household(model: ChildrensServices, lead: np.ndarray, kind: Kind, tag: int, rushed: np.ndarray) -> np.ndarray:
    children, supply = model.children, model.p.supply
    family, home = children.family[lead], model.dice.keys(children.family[lead])
    when = children.n_placements[lead].astype(np.int64) + 64 * children.n_periods[lead]
    miles, outside = _how_far(model, home, kind, when)
    x, y = geography.at_distance(
        model, children.home_x_miles[lead], children.home_y_miles[lead], miles, outside, model.dice.roll(f"angle {tag}", home, when)
    )
    identity = tag * 10**12 + family % 10**12
    price = {Kind.PARENTS: supply.parents_gbp, Kind.ADOPTIVE: supply.adoptive_gbp}.get(kind, supply.foster_kinship_gbp)
    return model.placements.add(
        len(lead), key=model.dice.keys(PLACEMENT_KEY, identity), identity=identity, kind=kind, state=PlaceState.AVAILABLE, x_miles=x,
        y_miles=y, outside=geography.is_outside(model, x, y), places=0, family=family, price_gbp=price, opens_day=model.clock.day, rushed=rushed,
    )  # fmt: skip


def _how_far(model: ChildrensServices, home: np.ndarray, kind: Kind, when: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far from home a family's own household lives, and whether outside the boundary.

    Shares outside: DfE 2021 (parents 18%, adopters 54%), kinship scaled by the share of own carers outside.
    """
    u, v = model.dice.roll("household outside", home, when), model.dice.roll("household miles", home, when)
    if kind == Kind.PARENTS:
        outside = u < 0.18 * model.p.supply.family_outside_ratio
        return np.where(outside, 1 + exponential(v, 12.0), 0.0), outside
    if kind == Kind.ADOPTIVE:
        return lognormal(v, 32.0, 1.1), u < 0.75
    outside = u < 0.26 * model.p.supply.family_outside_ratio
    return np.where(outside, 1 + exponential(v, 17.0), 4 * v), outside


# ---- siblings


def _join_siblings(model: ChildrensServices, rows: np.ndarray) -> np.ndarray:
    """Children whose plan is together move in where a sibling lives, if there is room for them; return the others."""
    children, table = model.children, model.placements
    joining = rows[(children.sibling_plan[rows] == SiblingPlan.TOGETHER) & (children.search_reason[rows] == Reason.ENTRY)]
    if len(joining) == 0:
        return rows
    care = in_care(model)
    settled = care[(children.placement[care] != NEVER) & ~children.searching[care] & (children.sibling_plan[care] == SiblingPlan.TOGETHER)]
    settled = settled[np.isin(children.family[settled], children.family[joining])]
    settled = settled[np.isin(table.kind[children.placement[settled]], (Kind.FOSTER_OWN, Kind.FOSTER_AGENCY))]
    homes = dict(zip(children.family[settled].tolist(), children.placement[settled].tolist(), strict=True))
    for family in np.unique(children.family[joining]).tolist():
        home, group = homes.get(family, NEVER), joining[children.family[joining] == family]
        if home != NEVER and _room_for_siblings(model, home) >= len(group):
            place(model, group, np.full(len(group), home), _moving_day(model, group))
    return rows[children.searching[rows]]


def _room_for_siblings(model: ChildrensServices, home: int) -> int:
    table = model.placements
    if table.state[home] != PlaceState.AVAILABLE:
        return 0
    return int(table.places[home] - table.filled[home] - table.filled_by_others[home] - table.staying_put[home])


# ---- everyone else


def _search(model: ChildrensServices, rows: np.ndarray) -> None:
    """Match, move in, count what failed and why, and owe the hours."""
    units = units_of(model, rows)
    pairs = pairs_of(model, units)
    chosen = choose(model, units, pairs)
    _count_failures(model, units, pairs, chosen)
    placed = chosen != NEVER
    who, where = units.members[placed], pairs.places[chosen[placed]]
    _owe_hours(model, units.members, placed)
    place(model, who, where, _moving_day(model, who))
    _emergencies(model, units.members[~placed])


def choose(model: ChildrensServices, units: Units, pairs: Pairs) -> np.ndarray:
    """The column of ``pairs`` chosen for each member of each unit (NEVER if none), in order of service."""
    scores = ranking(pairs, model.p.placing.score)
    scores = _wait_for_better(model, units, pairs, scores)
    together = np.where((units.size[:, None] > 1) & (pairs.miles > model.p.placing.together_miles), np.inf, scores)
    order, free = serving_order(model, units), pairs.free.copy()
    chosen = np.full(len(units.members), NEVER, dtype=np.int64)
    singles = None
    for unit in order.tolist():
        best = greedy(together[unit : unit + 1], units.size[unit : unit + 1], free, np.array([0]))[0]
        span = slice(units.first[unit], units.first[unit] + units.size[unit])
        if best != NEVER:
            chosen[span] = best
        elif units.size[unit] > 1:
            singles = singles or _alone(model, units)
            chosen[span] = _one_by_one(singles, span, free, model)
    _report_optimum(model, units, scores, pairs, chosen)
    return chosen


def _alone(model: ChildrensServices, units: Units) -> tuple[np.ndarray, np.ndarray]:
    """Scores of each member searched for alone, in the order of ``units.members``."""
    alone = units_of(model, units.members, together=False)
    pairs = pairs_of(model, alone)
    scores = ranking(pairs, model.p.placing.score)
    back = np.empty(len(units.members), dtype=np.intp)
    position = {row: i for i, row in enumerate(alone.members.tolist())}
    back[:] = [position[row] for row in units.members.tolist()]
    return scores[back], pairs.miles[back]


def _one_by_one(singles: tuple[np.ndarray, np.ndarray], span: slice, free: np.ndarray, model: ChildrensServices) -> np.ndarray:
    """A group that nobody can take whole: each child takes a place; those after join one before where there is room."""
    taken: list[int] = []
    for scores in singles[0][span]:
        row = np.where(free > 0, scores, np.inf)
        joined = [home for home in taken if free[home] > 0 and np.isfinite(scores[home])]
        best = joined[0] if joined else (int(row.argmin()) if len(row) else NEVER)
        if best == NEVER or not np.isfinite(row[best]):
            taken.append(NEVER)
            continue
        free[best] -= 1
        taken.append(best)
    return np.array([home if home != NEVER else NEVER for home in taken], dtype=np.int64)


def _wait_for_better(model: ChildrensServices, units: Units, pairs: Pairs, scores: np.ndarray) -> np.ndarray:
    """A search that can wait turns down what is not good enough, for the weeks the policy says."""
    weeks = model.p.placing.wait_weeks_for_better
    if weeks <= 0:
        return scores
    can_wait = ~units.urgent.astype(bool) & (model.clock.day - units.since < 7 * weeks)
    return np.where(can_wait[:, None] & (pairs.miles > model.p.placing.good_enough_miles), np.inf, scores)


def _moving_day(model: ChildrensServices, rows: np.ndarray) -> np.ndarray:
    """The day of the move within this week: at once for those without a bed, else any day; before notice runs out."""
    children, clock = model.children, model.clock
    any_day = clock.first_day + (model.dice.roll("moving day", children.key[rows], clock.week) * 7).astype(np.int32)
    leave = children.must_leave_day[rows]
    any_day = np.where(leave != NEVER, np.minimum(any_day, leave), any_day)
    days = np.where(children.kind[rows] == Kind.NONE, children.search_day[rows], any_day)
    days = np.where(children.kind[rows] == Kind.UNREGISTERED, clock.first_day, days)
    return np.clip(np.maximum(days, children.placement_day[rows]), clock.first_day, clock.day).astype(np.int32)


def _emergencies(model: ChildrensServices, rows: np.ndarray) -> None:
    """Those for whom nothing was found and who have no bed left spend the night in an emergency arrangement."""
    children, clock = model.children, model.clock
    leave = children.must_leave_day[rows]
    no_bed = (children.kind[rows] == Kind.NONE) | ((leave != NEVER) & (leave <= clock.day))
    rows = rows[no_bed & (children.kind[rows] != Kind.UNREGISTERED)]
    if len(rows):
        days = np.where(children.kind[rows] == Kind.NONE, children.search_day[rows], children.must_leave_day[rows])
        place(model, rows, np.full(len(rows), NEVER, dtype=np.int64), np.clip(days, clock.first_day, clock.day))


EMERGENCY_DUTY_NIGHTS = 3
"""Nights with duty carers or staff; from then on the arrangement counts as unregistered."""


def _count_emergency_nights(model: ChildrensServices) -> None:
    children, clock = model.children, model.clock
    rows = in_care(model)
    rows = rows[children.kind[rows] == Kind.UNREGISTERED]
    if len(rows) == 0:
        return
    began = children.placement_day[rows]
    nights = clock.day - np.maximum(began, clock.first_day) + 1
    late = clock.day - np.maximum(began + EMERGENCY_DUTY_NIGHTS, clock.first_day) + 1
    model.tally.add("new_emergency_nights", nights.sum())
    model.tally.add("new_unregistered_nights", np.clip(late, 0, 7).sum())


def _owe_hours(model: ChildrensServices, members: np.ndarray, placed: np.ndarray) -> None:
    """Searching takes social workers' hours, owed from next week's; more where nothing is found."""
    placing, workers = model.p.placing, model.children.worker[members]
    hours = np.where(placed, placing.search_hours, placing.failed_search_hours)
    held = workers != NEVER
    if held.any():
        model.time.owe(workers[held], hours[held])


# ---- what failed, and what the order cost


def _count_failures(model: ChildrensServices, units: Units, pairs: Pairs, chosen: np.ndarray) -> None:
    """For each search for fostering that no own local carer met: which filter left nobody."""
    table, lead = model.placements, chosen[units.first]
    own = np.isin(pairs.kind, OWN_FOSTER) & ~pairs.outside
    met = (lead != NEVER) & own[np.maximum(lead, 0)] if len(pairs.places) else np.zeros(len(units), dtype=bool)
    failed = np.flatnonzero((units.need == NEED_FOSTER) & ~met)
    if len(failed) == 0:
        return
    left = np.broadcast_to(own, (len(failed), len(own))).copy()
    why = np.full(len(failed), len(WHY_NOT) - 1)
    places = pairs.places
    filters = (
        np.ones_like(left),
        (units.youngest[failed, None] >= table.age_low[places]) & (units.oldest[failed, None] < table.age_high[places] + 1),
        units.size[failed, None] <= np.minimum(table.sibling_limit[places], pairs.free),
        units.complexity[failed, None] <= table.complexity_limit[places],
    )
    for number, passes in enumerate(filters):
        left &= passes
        why = np.where(~left.any(axis=1) & (why == len(WHY_NOT) - 1), number, why)
    model.tally.add_by("new_failed_searches", "reason", WHY_NOT, why)
    model.tally.add("n_vacant_beds_at_failed_searches", float(own @ pairs.free) * len(failed))


def _report_optimum(model: ChildrensServices, units: Units, scores: np.ndarray, pairs: Pairs, chosen: np.ndarray) -> None:
    """For children searching alone: miles under the order of service and under the best assignment of all at once."""
    if model.clock.week % 13 or not len(pairs.places):
        return
    alone = np.flatnonzero((units.size == 1) & (chosen[units.first] != NEVER))
    if len(alone) < 2:
        return
    columns = np.repeat(np.arange(len(pairs.places)), np.minimum(pairs.free, 3))
    cost = np.where(np.isfinite(scores[alone][:, columns]), scores[alone][:, columns], 1e9)
    row, column = linear_sum_assignment(cost)
    got = pairs.miles[alone, chosen[units.first[alone]]].sum()
    model.tally.add("miles_greedy_matching", got)
    model.tally.add("miles_optimal_matching", pairs.miles[alone[row], columns[column]].sum())


def mark_separated(model: ChildrensServices) -> None:
    """Children whose plan is together and who live apart from a sibling in care."""
    children = model.children
    rows = in_care(model)
    rows = rows[(children.sibling_plan[rows] == SiblingPlan.TOGETHER)]
    if len(rows) == 0:
        return
    order = np.argsort(children.family[rows], kind="stable")
    rows = rows[order]
    family = children.family[rows]
    first = np.flatnonzero(np.r_[True, family[1:] != family[:-1]])
    home = children.placement[rows]
    apart = np.minimum.reduceat(home, first) != np.maximum.reduceat(home, first)
    children.separated[rows] = np.repeat(apart, np.diff(np.r_[first, len(rows)]))


def age_years(model: ChildrensServices, rows: np.ndarray) -> np.ndarray:
    """Ages on the last day of the week."""
    return (model.clock.day - model.children.birth_day[rows]) / DAYS_IN_YEAR
