"""Twins: the slow, obvious versions of what the model does in bulk. They say what the quick code means.

``grant_in_turn`` and ``choose_in_turn`` are plain loops. ``CaseworkTwin`` is a week's casework as bare Mesa objects:
each child asks for what is due, each worker serves their own queue, colleagues help out. It is made from the present
state of a model and must grant the same duties to the same children.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import mesa
import numpy as np

from simulation.base.codes import RESIDENTIAL
from simulation.service.capacity import Requests, dice_of

if TYPE_CHECKING:
    from simulation.model import ChildrensServices

NOBODY = -1
SAFEGUARDING = 1
"""Priority of what cannot wait for the child's own worker."""
A_LITTLE = 1e-6
"""Hours that count as none (rounding)."""
DIE_BITS = 20
"""Bits of the die that break ties, as in the model."""
WORD = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15


class Request(NamedTuple):
    """A request for time: who is asked (NOBODY if none), priority, place in the order, die, hours."""

    worker: int
    priority: int
    order: int
    die: int
    hours: float


def grant_in_turn(requests: Sequence[Request], available: Sequence[float], edge: str) -> list[bool]:
    """Each worker takes their own requests one after another until one cannot be taken; nobody is passed over."""
    granted = [False] * len(requests)
    for worker, hours in enumerate(available):
        mine = [number for number, request in enumerate(requests) if request.worker == worker]
        used = 0.0
        for number in sorted(mine, key=lambda number: requests[number][1:4]):
            if not may_start(used, requests[number].hours, hours, edge):
                break
            granted[number] = True
            used += requests[number].hours
    return granted


def may_start(used: float, hours: float, available: float, edge: str) -> bool:
    """Whether a worker who has used so many hours may take on a task."""
    if edge == "unlimited":
        return True
    if edge == "start_and_owe":
        return used < available - A_LITTLE
    if edge == "whole_tasks_only":
        return used + hours <= available + A_LITTLE
    raise ValueError(edge)


def choose_in_turn(
    liking: Callable[[int, int], int], n_children: int, room: Sequence[float], avoid: Sequence[int] | None = None
) -> list[int]:
    """One child after another takes the worker best liked who has room for a whole case; NOBODY if there is none."""
    left = [int(cases) for cases in room]
    chosen = []
    for child in range(n_children):
        able = [worker for worker in range(len(left)) if left[worker] > 0 and (avoid is None or avoid[child] != worker)]
        best = max(able, key=lambda worker: liking(child, worker), default=NOBODY)
        if best != NOBODY:
            left[best] -= 1
        chosen.append(best)
    return chosen


def mixed(number: int) -> int:
    """One round of the model's mixer, in plain whole numbers."""
    z = (number + GOLDEN) & WORD
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & WORD
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & WORD
    return z ^ (z >> 31)


# ---- the casework of a week as bare Mesa objects


def taken_in_turn(queue: list[Task], available: float, edge: str) -> tuple[float, int]:
    """Hours used, and how many of the first in the queue are taken."""
    used, taken = 0.0, 0
    while taken < len(queue) and may_start(used, queue[taken].hours, available, edge):
        used += queue[taken].hours
        taken += 1
    return used, taken


@dataclass(eq=False)
class Duty:
    """A row of the scenario's table, as the twin needs it."""

    number: int
    name: str
    priority: int
    hours: float
    every: int
    lead: int
    most: float
    window: int
    travel: bool
    permanence: bool


@dataclass(eq=False)
class Task:
    """A duty owed to one child."""

    child: TwinChild
    duty: Duty
    due: int
    ask: int
    left: float
    share: float = 0.0
    hours: float = 0.0
    die: int = 0
    worker: TwinWorker | None = None
    turn: tuple[int, int, int] = (0, 0, 0)


class TwinChild(mesa.Agent):
    """A child with a worker and duties owed; facts are plain attributes."""

    identity: int
    key: int
    worker: TwinWorker | None
    permanence_worker: TwinWorker | None
    reading_in_until: int
    care_day: int
    kind: int
    distance_miles: float
    tasks: list[Task]

    def ask(self) -> None:
        """Ask the worker for everything that is due to be asked for."""
        day = self.model.day
        for task in self.tasks:
            if task.ask <= day:
                worker = self.worker
                if task.duty.permanence:
                    if self.permanence_worker is not None:
                        worker = self.permanence_worker
                    elif self.reading_in_until > day:
                        continue
                self._hours(task, worker)
                priority = task.duty.priority
                protected = worker is not None and worker.team is not None and worker.team.permanence_first
                if protected and task.duty.permanence and task.due <= day:
                    priority = min(priority, 3)
                task.die = mixed(self.key ^ self.model.duty_die[task.duty.number])
                task.turn = (priority, task.due - day, task.die >> (64 - DIE_BITS))
                task.worker = worker
                (self.model.without_worker if worker is None else worker.queue).append(task)

    def _hours(self, task: Task, worker: TwinWorker | None) -> None:
        model, duty = self.model, task.duty
        task.share = min(task.left, duty.most)
        task.hours = task.share
        if duty.priority > 2:
            pressure = model.no_worker_pressure if worker is None else worker.pressure
            task.hours *= 1.0 - model.shallower * min(max(pressure - 1.0, 0.0), 0.5)
        if duty.travel:
            recent = model.day - self.care_day < 182 or self.kind in RESIDENTIAL
            longer = (model.new_placement_ratio if recent else 1.0) * model.visit_hours
            task.hours = task.share * longer + 2.0 * self.distance_miles / model.miles_per_hour


class TwinWorker(mesa.Agent):
    """A social worker with hours and a queue."""

    team: TwinTeam | None
    pressure: float
    available: float
    used: float
    can_lend: float
    queue: list[Task]

    def tell_rota(self) -> None:
        """Safeguarding that does not fit goes to the team's duty rota; hours beside one's own may be lent to it."""
        urgent = sorted((task for task in self.queue if task.turn[0] <= SAFEGUARDING), key=lambda task: task.turn)
        used, taken = taken_in_turn(urgent, self.available, self.model.edge)
        if self.team is not None:
            self.can_lend = max(self.available - used, 0.0) * self.model.rota_share
            self.team.spare += self.can_lend
            self.team.queue += urgent[taken:]

    def serve(self) -> None:
        """Take the queue in order until the hours are used up; the rest may be covered by colleagues."""
        self.queue.sort(key=lambda task: task.turn)
        self.used, taken = taken_in_turn(self.queue, self.available, self.model.edge)
        self.model.granted += self.queue[:taken]
        refused = self.queue[taken:]
        if self.team is None:
            self.model.refused += refused
        else:
            self.team.spare += max(self.available - self.used, 0.0) * self.model.cover_share
            self.team.queue += refused


class TwinTeam(mesa.Agent):
    """Colleagues who take on what fits into the hours they have left over."""

    permanence_first: bool
    spare: float
    queue: list[Task]

    def run_rota(self) -> None:
        """Take on safeguarding in order while whole tasks fit; each colleague gives in proportion to what they could lend."""
        self.queue.sort(key=lambda task: task.turn)
        used, taken = taken_in_turn(self.queue, self.spare, "whole_tasks_only")
        for task in self.queue[:taken]:
            task.worker.queue.remove(task)
            self.model.granted.append(task)
        for worker in self.model.agents_by_type[TwinWorker]:
            if worker.team is self and used:
                worker.available -= worker.can_lend * used / self.spare
        self.spare, self.queue = 0.0, []

    def cover(self) -> None:
        """Take what is left in the team's queues, in order, while whole tasks fit."""
        self.queue.sort(key=lambda task: task.turn)
        _, taken = taken_in_turn(self.queue, self.spare, "whole_tasks_only")
        self.model.granted += self.queue[:taken]
        self.model.refused += self.queue[taken:]


class CaseworkTwin(mesa.Model):
    """One week's casework, child by child and worker by worker, from the present state of ``model``."""

    day: int
    granted: list[Task]
    refused: list[Task]
    without_worker: list[Task]

    def __init__(self, model: ChildrensServices):
        super().__init__(seed=0)
        casework, self.day, self.first_day = model.p.casework, model.clock.day, model.clock.first_day
        self.edge, self.shallower, self.cover_share = casework.edge, casework.shallower, casework.team_cover_share
        self.rota_share = casework.duty_rota_share
        self.new_placement_ratio, self.miles_per_hour = casework.new_placement_ratio, casework.travel_miles_per_hour
        self.hours_factor, self.visit_hours = casework.hours_factor, model.shocks.visit_hours
        self.granted, self.refused, self.without_worker = [], [], []
        self.duties = _duties(model)
        self.duty_die = [mixed((duty.number << 32) + model.clock.week) for duty in self.duties]
        self.no_worker_pressure = float(model.workers.pressure[0])
        teams = {row: _team(self, model, row) for row in model.teams.rows.tolist()}
        workers = {row: _worker(self, model, row, teams) for row in model.workers.rows.tolist()}
        for row in model.children.rows.tolist():
            _child(self, model, row, workers)

    def step(self) -> None:
        """The week: everybody asks, workers serve, colleagues cover, and what was granted is done."""
        self.agents_by_type[TwinChild].do("ask")
        self.agents_by_type[TwinWorker].do("tell_rota")
        self.agents_by_type[TwinTeam].do("run_rota")
        self.agents_by_type[TwinWorker].do("serve")
        self.agents_by_type[TwinTeam].do("cover")
        for task in self.granted:
            self._carry_out(task)
        for task in self.refused + self.without_worker:
            self._let_lapse(task)

    def _carry_out(self, task: Task) -> None:
        task.left -= task.share
        if task.left < 1e-3:
            day = self.first_day + ((task.die >> 8 & 0xFFFF) * 7 >> 16)
            day = min(day, max(task.due, self.first_day))
            first_review = task.duty.name == "review" and day - task.child.care_day < 80
            self._again(task, day + (91 if first_review else task.duty.every))
            task.left = task.duty.hours * self.hours_factor

    def _let_lapse(self, task: Task) -> None:
        if self.day - task.due > task.duty.window:
            self._again(task, max(task.due + task.duty.every, self.day + 1))

    def _again(self, task: Task, due: int) -> None:
        if task.duty.every:
            task.due, task.ask = due, due - task.duty.lead
        else:
            task.child.tasks.remove(task)

    def chosen(self) -> set[tuple[int, str]]:
        """Who was granted what: identity of the child and name of the duty."""
        return {(task.child.identity, task.duty.name) for task in self.granted}


def noting(model: ChildrensServices) -> Callable[[], set[tuple[int, str]]]:
    """From now on notes whom the model's casework serves; call what is returned to end that and be told."""
    rows, duty = (model.children.duty_ask <= model.clock.day).nonzero()
    die = dice_of(model.children.key[rows], duty, len(model.duties.names), model.clock.week).tolist()
    names = [model.duties.names[number] for number in duty.tolist()]
    who = dict(zip(die, zip(model.children.identity[rows].tolist(), names, strict=True), strict=True))
    spend, served = model.time.spend, []

    def spend_and_note(requests: Requests) -> np.ndarray:
        granted = spend(requests)
        served.append(requests.die[granted])
        return granted

    def told() -> set[tuple[int, str]]:
        del model.time.spend
        return {who[die] for die in served[0].tolist()}

    model.time.spend = spend_and_note  # type: ignore[method-assign]
    return told


def _duties(model: ChildrensServices) -> list[Duty]:
    table = model.duties
    columns = (table.priority, table.hours, table.every, table.lead, table.most, table.window, table.travel, table.permanence)
    values = zip(*(column.tolist() for column in columns), strict=True)
    return [Duty(number, name, *row) for number, (name, row) in enumerate(zip(table.names, values, strict=True))]


def _team(twin: CaseworkTwin, model: ChildrensServices, row: int) -> TwinTeam:
    team = TwinTeam(twin)
    team.permanence_first, team.spare, team.queue = bool(model.teams.permanence_first[row]), 0.0, []
    return team


def _worker(twin: CaseworkTwin, model: ChildrensServices, row: int, teams: dict[int, TwinTeam]) -> TwinWorker:
    worker, table = TwinWorker(twin), model.workers
    worker.team, worker.pressure = teams.get(int(table.team[row])), float(table.pressure[row])
    worker.available, worker.used = float(table.hours_available[row] - table.hours_owed[row]), 0.0
    worker.queue, worker.can_lend = [], 0.0
    return worker


def _child(twin: CaseworkTwin, model: ChildrensServices, row: int, workers: dict[int, TwinWorker]) -> TwinChild:
    child, table = TwinChild(twin), model.children
    for name in ("identity", "key", "reading_in_until", "care_day", "kind", "distance_miles"):
        setattr(child, name, getattr(table, name)[row].item())
    child.worker = workers.get(int(table.worker[row]))
    child.permanence_worker = workers.get(int(table.permanence_worker[row]))
    due, ask, left = table.duty_due[row].tolist(), table.duty_ask[row].tolist(), table.duty_left[row].tolist()
    owed = (duty for duty in twin.duties if ask[duty.number] < 2**29)
    child.tasks = [Task(child, duty, due[duty.number], ask[duty.number], left[duty.number]) for duty in owed]
    return child
