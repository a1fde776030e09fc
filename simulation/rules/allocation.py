"""Allocation: which social worker. Unallocated cases and transfers go to workers with room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.clock import NEVER, WEEKS_IN_YEAR
from simulation.codes import Function, Plan, Stage, Step
from simulation.dice import mix
from simulation.rules.base import Rule

if TYPE_CHECKING:
    from simulation.model import ChildrensServices

PERMANENCE_ROOM = 40


def unallocate(model: ChildrensServices, workers: np.ndarray) -> None:
    """Workers leave: their children have no worker until allocated again."""
    if not len(workers):
        return
    children = model.children
    gone = np.zeros(model.workers.size + 1, dtype=bool)
    gone[workers] = True
    left = np.flatnonzero(gone[children.worker] & (children.worker >= 0))
    children.worker[left] = NEVER
    children.unallocated_day[left] = model.clock.day
    children.permanence_worker[np.flatnonzero(gone[children.permanence_worker] & (children.permanence_worker >= 0))] = NEVER
    model.log.add(children.identity[left], model.clock.day, "worker_left")


def choose(
    family: np.ndarray, rank: np.ndarray, workers: np.ndarray, room: np.ndarray, avoid: np.ndarray | None = None
) -> np.ndarray:
    """The worker for each child: in order of ``rank``, each takes the favourite who still has room.

    family: the keys whose die ranks the workers (siblings share it); rank: order of service, no ties;
    workers: the workers' keys; room: cases each may still take; avoid: index of a worker not to be chosen (or NEVER).
    Returns an index into ``workers``, or NEVER.
    """
    chosen = np.full(len(family), NEVER)
    room = np.maximum(np.floor(room), 0).astype(int)
    usable = np.flatnonzero(room > 0)
    if not len(family) or not len(usable):
        return chosen
    liking = mix(family[:, None] ^ workers[usable][None, :]) >> np.uint64(1)
    if avoid is not None:
        liking = np.where(usable[None, :] == avoid[:, None], np.uint64(0), liking)
    waiting = np.arange(len(family))
    while len(waiting):
        best = liking[waiting].argmax(axis=1)
        some = liking[waiting, best] > 0
        chosen[waiting] = np.where(some, usable[best], NEVER)
        waiting = _too_many(chosen, rank, room)
        if not len(waiting):
            return chosen
        liking[waiting, np.searchsorted(usable, chosen[waiting])] = 0
    return chosen


def _too_many(chosen: np.ndarray, rank: np.ndarray, room: np.ndarray) -> np.ndarray:
    """Children beyond their worker's room, who must try the next."""
    held = np.flatnonzero(chosen != NEVER)
    order = held[np.lexsort((rank[held], chosen[held]))]
    worker = chosen[order]
    first = np.searchsorted(worker, worker)
    return order[np.arange(len(order)) - first >= room[worker]]


class Allocation(Rule):
    """Each case without a worker goes to one with room; children change worker at transfer between teams.

    In care come first, then the most serious; workers under pressure are passed over while others have room. Among them the family's own die chooses, so siblings go together
    and one more child changes nothing for others while workers have room. A handover costs reading-in.
    """

    reads = ("child.stage", "child.care_day", "worker.caseload_limit", "team.function")
    writes = (
        "child.worker", "child.team", "child.allocated_day", "child.unallocated_day", "child.n_workers", "child.change_day",
        "child.earlier_change_day", "child.reading_in_until", "child.permanence_worker", "worker.caseload", "worker.hours_owed",
    )  # fmt: skip
    source = "house rule; handover cost: judgement"

    def step(self, model: ChildrensServices) -> None:
        children = model.children
        open_cases = social_work_cases(model)
        count_cases(model, open_cases)
        function = wanted_function(model, open_cases)
        team = children.team[open_cases]
        here = np.where(team >= 0, model.teams.function[np.maximum(team, 0)], -1)
        seeks = (children.worker[open_cases] == NEVER) | (here != function) | _reallocated(model, open_cases)
        for what in (Function.CHILDREN_IN_CARE, Function.LOCALITY, Function.ASSESSMENT):
            _allocate(model, open_cases[seeks & (function == what)], what)
        _protected_team(model)


def social_work_cases(model: ChildrensServices) -> np.ndarray:
    """Rows of open cases that need a social worker."""
    children = model.children
    return np.flatnonzero((children.stage > Stage.REFERRED) & children.present & ~children.family_worker)


def wanted_function(model: ChildrensServices, rows: np.ndarray) -> np.ndarray:
    """The kind of team that should hold each case."""
    children = model.children
    stage = children.stage[rows]
    settled = (stage == Stage.LOOKED_AFTER) & (model.clock.day - children.care_day[rows] >= model.p.casework.transfer_to_care_team_days)
    function = np.where(stage == Stage.ASSESSMENT, Function.ASSESSMENT, Function.LOCALITY)
    return np.where(settled, Function.CHILDREN_IN_CARE, function)


def count_cases(model: ChildrensServices, open_cases: np.ndarray) -> None:
    """Each worker's caseload."""
    held = model.children.worker[open_cases]
    model.workers.caseload[:] = np.bincount(held[held >= 0], minlength=model.workers.size)


def _allocate(model: ChildrensServices, rows: np.ndarray, function: Function) -> None:
    children, workers = model.children, model.workers
    staff = np.flatnonzero(workers.present & workers.case_holding & (model.clock.day >= workers.started_day))
    staff = staff[model.teams.function[workers.team[staff]] == function]
    if not len(rows) or not len(staff):
        return
    limit = workers.caseload_limit[staff]
    ease = np.clip((model.p.casework.no_new_cases_pressure - workers.pressure[staff]) / 0.3, 0.0, 1.0)
    for allowed in (limit * ease, limit, limit * model.p.casework.over_limit_ratio):
        if allowed is not limit and allowed.sum() > limit.sum():
            rows = _cannot_wait(model, rows)
        room = allowed - workers.caseload[staff]
        family = model.dice.keys(children.family[rows])
        chosen = choose(family, serving_order(model, rows), workers.key[staff], room, _index_of(children.worker[rows], staff))
        taken = chosen != NEVER
        hand_over(model, rows[taken], staff[chosen[taken]])
        rows = rows[~taken]


def _index_of(worker: np.ndarray, staff: np.ndarray) -> np.ndarray:
    """Where each worker stands in ``staff`` (NEVER if not there)."""
    at = np.minimum(np.searchsorted(staff, worker), len(staff) - 1)
    return np.where(staff[at] == worker, at, NEVER)


def _reallocated(model: ChildrensServices, rows: np.ndarray) -> np.ndarray:
    """Cases that change worker though nobody left: long absence, balance, team changes; siblings together."""
    family = model.dice.keys(model.children.family[rows])
    chance = model.p.casework.reallocations_per_year / WEEKS_IN_YEAR
    return (model.dice.roll("reallocated", family, model.clock.week) < chance) & (model.clock.week > 0)


def _cannot_wait(model: ChildrensServices, rows: np.ndarray) -> np.ndarray:
    """Cases that have had no worker for two weeks: they are given to someone, limit or not."""
    since = model.children.unallocated_day[rows]
    return rows[(model.children.worker[rows] == NEVER) & (since != NEVER) & (model.clock.day - since >= 14)]


def serving_order(model: ChildrensServices, rows: np.ndarray) -> np.ndarray:
    """Rank of each child: in care first, then the most serious, ties by the child's own die."""
    children = model.children
    order = np.lexsort((children.key[rows], -children.recognised_risk[rows], children.stage[rows] != Stage.LOOKED_AFTER))
    rank = np.empty(len(rows), dtype=int)
    rank[order] = np.arange(len(rows))
    return rank


def hand_over(model: ChildrensServices, rows: np.ndarray, workers: np.ndarray) -> None:
    """Children get these workers; for those who had one before, the new one must read in."""
    children, day, casework = model.children, model.clock.day, model.p.casework
    old = children.worker[rows]
    np.subtract.at(model.workers.caseload, old[old >= 0], 1)
    np.add.at(model.workers.caseload, workers, 1)
    changed = children.n_workers[rows] > 0
    again = rows[changed]
    children.earlier_change_day[again] = children.change_day[again]
    children.change_day[again] = day
    children.reading_in_until[again] = day + int(casework.reading_in_weeks * 7)
    model.time.owe(workers[changed], casework.reading_in_hours)
    children.worker[rows], children.team[rows] = workers, model.workers.team[workers]
    children.allocated_day[rows], children.unallocated_day[rows] = day, NEVER
    children.n_workers[rows] += 1
    model.tally.add("new_handovers", len(again))
    model.log.add(children.identity[rows], day, "worker_changed", old, model.workers.identity[workers])


def _protected_team(model: ChildrensServices) -> None:
    """Children whose plan is being made or carried out have a second worker in a protected permanence team."""
    children, workers, rows = model.children, model.workers, model.in_care
    staff = np.flatnonzero(workers.present & workers.case_holding & (model.teams.function[np.maximum(workers.team, 0)] == Function.PERMANENCE))
    if not len(staff):
        return
    on_the_way = (children.plan[rows] >= Plan.WORK) & (children.step[rows] < Step.ACHIEVED)
    children.permanence_worker[rows[~on_the_way]] = NEVER
    seeks = rows[on_the_way & (children.permanence_worker[rows] == NEVER)]
    held = children.permanence_worker[rows]
    room = PERMANENCE_ROOM - np.bincount(held[held >= 0], minlength=workers.size)[staff]
    chosen = choose(model.dice.keys(children.family[seeks]), serving_order(model, seeks), workers.key[staff], room)
    taken = chosen != NEVER
    children.permanence_worker[seeks[taken]] = staff[chosen[taken]]
