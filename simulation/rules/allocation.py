"""Allocation: which social worker. Unallocated cases and transfers go to workers with room."""

from __future__ import annotations

import numpy as np

from simulation.actions.cases import social_work_cases
from simulation.base.clock import NEVER, WEEKS_IN_YEAR
from simulation.base.codes import Function, Plan, Stage, Step
from simulation.base.dice import mix
from simulation.service.rule import Rule
from simulation.service.state import State

PERMANENCE_ROOM = 40
FOR_STAGE = np.full(len(Stage), Function.LOCALITY)
FOR_STAGE[[Stage.ASSESSMENT, Stage.LOOKED_AFTER]] = Function.ASSESSMENT, Function.CHILDREN_IN_CARE
"""The kind of team that holds the cases of each stage."""


def choose(family: np.ndarray, workers: np.ndarray, room: np.ndarray, avoid: np.ndarray | None = None) -> np.ndarray:
    """The worker for each child: one child after another takes the favourite who still has room.

    family: the keys whose die ranks the workers (siblings share it), in order of service; workers: the workers' keys;
    room: cases each may still take; avoid: index of a worker not to be chosen (or NEVER).
    Returns an index into ``workers``, or NEVER.
    """
    chosen = np.full(len(family), NEVER)
    usable = (room >= 1).nonzero()[0]
    left = room[usable].astype(int)
    begin = 0
    while begin < len(family) and left.any():
        end = begin + int(left.sum())  # there is no room for more than these
        liking = mix(family[begin:end, None] ^ workers[usable][None, :]) >> np.uint64(1)
        if avoid is not None:
            column = _index_of(avoid[begin:end], usable, len(room))
            shuns = (column >= 0).nonzero()[0]
            liking[shuns, column[shuns]] = 0
        if begin:
            liking[:, left == 0] = 0
        taken = _one_after_another(liking, left)
        chosen[begin:end] = np.where(taken == NEVER, NEVER, usable[taken])
        begin = end
    return chosen


def _one_after_another(liking: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Each row in turn takes the column it likes best among those with room ``left`` (which is used up); 0 is no liking."""
    favourite = _favourites(liking)
    asked = np.bincount(favourite + 1, minlength=len(left) + 1)[1:]
    if (asked <= left).all():  # nobody stands in another's way
        left -= asked
        return favourite
    room, chosen = left.tolist(), favourite.tolist()
    for row, best in enumerate(chosen):
        if best != NEVER and not room[best]:
            best = int(liking[row].argmax())
            best = chosen[row] = best if liking[row, best] else NEVER
        if best != NEVER:
            room[best] -= 1
            if not room[best]:
                liking[row + 1 :, best] = 0
    left[:] = room
    return np.array(chosen)


def _favourites(liking: np.ndarray) -> np.ndarray:
    """The column each row likes best; NEVER if it likes none."""
    best = liking.argmax(axis=1)
    return np.where(liking[np.arange(len(liking)), best] > 0, best, NEVER)


class Allocation(Rule):
    """Each case without a worker goes to one with room; children change worker at transfer between teams.

    In care come first, then the most serious; workers under pressure are passed over while others have room. Among them
    the family's own die chooses, so siblings go together and one more child changes nothing for others while workers
    have room. A handover costs reading-in.
    """

    reads = ("child.stage", "child.care_day", "worker.caseload_limit", "team.function")
    writes = (
        "child.worker", "child.team", "child.allocated_day", "child.unallocated_day", "child.n_workers", "child.change_day",
        "child.earlier_change_day", "child.reading_in_until", "child.permanence_worker", "worker.caseload", "worker.hours_owed",
    )  # fmt: skip
    source = "house rule; handover cost: judgement"

    def step(self, state: State) -> None:
        children = state.children
        open_cases = social_work_cases(state)
        count_cases(state, open_cases)
        here = np.append(state.teams.function, NEVER).take(children.team[open_cases])
        elsewhere = here != wanted_function(state, open_cases)
        seeks = (children.worker[open_cases] == NEVER) | elsewhere | _reallocated(state, open_cases)
        seeking = in_order(state, open_cases[seeks.nonzero()[0]])
        wanted, staff = wanted_function(state, seeking), _staff(state)
        function = state.teams.function[state.workers.team[staff]]
        found = [
            pair
            for what in (Function.CHILDREN_IN_CARE, Function.LOCALITY, Function.ASSESSMENT)
            for pair in _find_workers(state, seeking[wanted == what], staff[function == what])
        ]
        if found:
            hand_over(state, np.concatenate([rows for rows, _ in found]), np.concatenate([workers for _, workers in found]))
        _protected_team(state)


def wanted_function(state: State, rows: np.ndarray) -> np.ndarray:
    """The kind of team that should hold each case."""
    children = state.children
    stage = children.stage[rows]
    function = FOR_STAGE.take(stage)
    in_care = (stage == Stage.LOOKED_AFTER).nonzero()[0]
    new = state.clock.day - children.care_day[rows[in_care]] < state.p.casework.transfer_to_care_team_days
    function[in_care[new]] = Function.LOCALITY
    return function


def count_cases(state: State, open_cases: np.ndarray) -> None:
    """Each worker's caseload."""
    held = state.children.worker[open_cases] + 1  # nobody's come first
    state.workers.caseload[:] = np.bincount(held, minlength=state.workers.size + 1)[1:]


def _staff(state: State) -> np.ndarray:
    """Case holders at work."""
    workers = state.workers
    return (workers.present & workers.case_holding & (state.clock.day >= workers.started_day)).nonzero()[0]


def _find_workers(state: State, rows: np.ndarray, staff: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Of ``staff``, first those not under pressure, then whoever has room; children (given in order) and their workers."""
    children, workers, casework, found = state.children, state.workers, state.p.casework, []
    limit, avoid = workers.caseload_limit[staff], _index_of(children.worker[rows], staff, workers.size)
    ease = np.minimum(np.maximum((casework.no_new_cases_pressure - workers.pressure[staff]) / 0.3, 0.0), 1.0)
    waits = np.ones(len(rows), dtype=bool)
    over = casework.over_limit_ratio
    for allowed, beyond in ((limit * ease, False), (limit, False), (limit * over, over > 1.0)):
        if beyond:
            waits &= _cannot_wait(state, rows)
        at = waits.nonzero()[0]
        if len(at):
            chosen = choose(children.family_key[rows[at]], workers.key[staff], allowed - workers.caseload[staff], avoid[at])
            taken = (chosen != NEVER).nonzero()[0]
            found.append((rows[at[taken]], staff[chosen[taken]]))
            _count_moves(state, *found[-1])
            waits[at[taken]] = False
    return found


def _count_moves(state: State, rows: np.ndarray, workers: np.ndarray) -> None:
    """Caseloads once these children have these workers."""
    old, size = state.children.worker[rows], state.workers.size
    state.workers.caseload[:] += np.bincount(workers, minlength=size) - np.bincount(old[old >= 0], minlength=size)


def _index_of(worker: np.ndarray, staff: np.ndarray, size: int) -> np.ndarray:
    """Where each worker (a number below ``size``, or NEVER) stands in ``staff`` (NEVER if not there)."""
    place = np.full(size + 1, NEVER)
    place[staff] = np.arange(len(staff))  # the last entry stays NEVER: it answers for those without a worker
    return place[worker]


def _reallocated(state: State, rows: np.ndarray) -> np.ndarray:
    """Cases that change worker though nobody left: long absence, balance, team changes; siblings together."""
    family = state.children.family_key[rows]
    chance = state.p.casework.reallocations_per_year / WEEKS_IN_YEAR
    return (state.dice.roll("reallocated", family, state.clock.week) < chance) & (state.clock.week > 0)


def _cannot_wait(state: State, rows: np.ndarray) -> np.ndarray:
    """Whether each case has had no worker for two weeks: then it is given to someone, limit or not."""
    since = state.children.unallocated_day[rows]
    return (state.children.worker[rows] == NEVER) & (since != NEVER) & (state.clock.day - since >= 14)


def in_order(state: State, rows: np.ndarray) -> np.ndarray:
    """The children in order of service: in care first, then the most serious, ties by the child's own die."""
    children = state.children
    rows = rows[children.key[rows].argsort()]
    rows = rows[(-children.recognised_risk[rows]).argsort(kind="stable")]
    in_care = children.stage[rows] == Stage.LOOKED_AFTER
    return np.concatenate([rows[in_care], rows[~in_care]])


def hand_over(state: State, rows: np.ndarray, workers: np.ndarray) -> None:
    """Children get these workers; for those who had one before, the new one must read in."""
    children, day, casework = state.children, state.clock.day, state.p.casework
    old = children.worker[rows]
    changed = children.n_workers[rows] > 0
    again = rows[changed]
    children.earlier_change_day[again] = children.change_day[again]
    children.change_day[again] = day
    children.reading_in_until[again] = day + int(casework.reading_in_weeks * 7)
    state.time.owe(workers[changed], casework.reading_in_hours)
    children.worker[rows], children.team[rows] = workers, state.workers.team[workers]
    children.allocated_day[rows], children.unallocated_day[rows] = day, NEVER
    children.n_workers[rows] += 1
    state.tally.add("new_handovers", len(again))
    if state.log.keep:
        before = np.where(old >= 0, state.workers.identity[old], NEVER)
        state.log.add(children.identity[rows], day, "worker_changed", before, state.workers.identity[workers])


def _protected_team(state: State) -> None:
    """Children whose plan is being made or carried out have a second worker in a protected permanence team."""
    children, workers, rows = state.children, state.workers, state.in_care
    function = state.teams.function[np.maximum(workers.team, 0)]
    staff = (workers.present & workers.case_holding & (function == Function.PERMANENCE)).nonzero()[0]
    if not len(staff):
        return
    on_the_way = (children.plan[rows] >= Plan.WORK) & (children.step[rows] < Step.ACHIEVED)
    children.permanence_worker[rows[~on_the_way]] = NEVER
    held = children.permanence_worker[rows]
    room = PERMANENCE_ROOM - np.bincount(held[held >= 0], minlength=workers.size)[staff]
    seeks = in_order(state, rows[on_the_way & (held == NEVER)])
    chosen = choose(children.family_key[seeks], workers.key[staff], room)
    taken = chosen != NEVER
    children.permanence_worker[seeks[taken]] = staff[chosen[taken]]
