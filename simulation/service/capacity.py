"""The only place where a social worker's time is spent.

A request is for one duty to one child by one worker. Within each worker's queue requests are served by priority,
then by the scenario's order of service, ties broken by the child's own die, until hours run out; nobody is passed
over. With ``start_and_owe`` a worker starts a task while any time is left and owes the rest next week, so 17.9
hours differ from 17. Conservation, every week and worker::

    granted + left = (available - owed before) + newly owed        wanted = granted + refused
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.base.clock import NEVER
from simulation.base.columns import Table
from simulation.base.dice import mix
from simulation.settings import Parameters

_PRIORITY_BITS, _ORDER_BITS, _DIE_BITS, _DIE_SHIFT = (np.uint64(bits) for bits in (7, 23, 20, 44))
_MOST_ORDER = (1 << 22) - 1
SAFEGUARDING = 1
"""Priority of the work that cannot wait for the child's own worker."""
SLACK = 1e-6
"""Hours too few to begin a task with, or to miss when one ends."""


@dataclass
class Requests:
    """This week's requests, one entry each: worker row (NEVER if none), priority, place in order, die, hours."""

    worker: np.ndarray
    priority: np.ndarray
    order: np.ndarray
    die: np.ndarray
    hours: np.ndarray

    def in_turn(self) -> np.ndarray:
        """Their places when sorted by worker (each somebody), priority, order, die."""
        order = np.minimum(np.maximum(self.order, -_MOST_ORDER), _MOST_ORDER) + _MOST_ORDER
        key = (self.worker.astype(np.uint64) << _PRIORITY_BITS) | self.priority.astype(np.uint64)
        key = (key << _ORDER_BITS) | order.astype(np.uint64)
        return ((key << _DIE_BITS) | (self.die >> _DIE_SHIFT)).argsort()

    def rest(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """All but the worker."""
        return self.priority, self.order, self.die, self.hours

    def of(self, at: np.ndarray, worker: np.ndarray) -> Requests:
        """Some of the requests, made to these workers."""
        return Requests(worker, self.priority[at], self.order[at], self.die[at], self.hours[at])

    def by_worker(self, size: int, which: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Hours of the requests (of some, if given) by worker; those made to nobody are left out."""
        return np.bincount(self.worker[which] + 1, self.hours[which], minlength=size + 1)[1:]


def most_overdue_first(due_in_days: np.ndarray, risk: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """The longest overdue come first."""
    return due_in_days


def highest_risk_first(due_in_days: np.ndarray, risk: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """The most serious recognised risk comes first."""
    return (-1000 * risk).astype(np.int64)


def shortest_first(due_in_days: np.ndarray, risk: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """The shortest task comes first."""
    return (100 * hours).astype(np.int64)


ORDERS = {order.__name__: order for order in (most_overdue_first, highest_risk_first, shortest_first)}


def grant(requests: Requests, available: np.ndarray, edge: str) -> np.ndarray:
    """Which requests are granted (booleans, in the order given).

    available: hours each worker row can give this week, debts taken off (may be negative).
    edge: ``start_and_owe`` | ``whole_tasks_only`` | ``unlimited``. Raises ValueError for any other word.
    """
    if edge not in ("start_and_owe", "whole_tasks_only", "unlimited"):
        raise ValueError(f"edge {edge!r} is not one of start_and_owe, whole_tasks_only, unlimited")
    if edge == "unlimited":
        return requests.worker >= 0
    place, before, until = _by_priority(requests, len(available))
    limit = np.append(-np.inf, available + (-SLACK if edge == "start_and_owe" else SLACK))
    granted = (until < limit).take(place)
    at = ((before <= limit) & (until >= limit)).take(place).nonzero()[0]  # hours run out among these: their order matters
    room = (limit - before).take(place[at])
    granted[at] = _served(requests.of(at, requests.worker[at]), room, edge)
    return granted


def _by_priority(requests: Requests, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hours asked at a higher priority, and at that or a higher one, by priority and worker (first of nobody).

    Before them the place of each request in such a table.
    """
    place = requests.priority * (size + 1) + requests.worker + 1
    rows = int(requests.priority.max(initial=0)) + 1
    hours = np.bincount(place, requests.hours, minlength=rows * (size + 1)).reshape(rows, size + 1)
    until = hours.cumsum(axis=0)
    return place, until - hours, until


def _served(requests: Requests, room: np.ndarray, edge: str) -> np.ndarray:
    """Which tasks are taken on, in order of service, worker after worker; ``room``: hours that their worker has for them."""
    turn = requests.in_turn()
    worker, hours = requests.worker[turn], requests.hours[turn]
    until = np.cumsum(hours, dtype=float)
    before = until - hours
    begin = np.zeros(worker.max(initial=0) + 1)
    begin[worker[::-1]] = before[::-1]  # the last one written stays: where each worker's first task begins
    end = begin[worker] + room[turn]
    served = np.empty(len(turn), dtype=bool)
    served[turn] = before < end if edge == "start_and_owe" else until <= end
    return served


class Time:
    """Grants the week's hours and keeps every worker's account."""

    def __init__(self, p: Parameters, workers: Table, teams: Table):
        self.p, self.workers, self.teams = p, workers, teams

    def owe(self, workers: np.ndarray, hours: np.ndarray | float) -> None:
        """Hours used after the granting (a search, a move, reading in): they come first next week."""
        held = workers >= 0
        if not held.any():
            return
        amounts = np.full(len(workers), hours, dtype=np.float32)
        np.add.at(self.workers.hours_owed, workers[held], amounts[held])

    def spend(self, requests: Requests) -> np.ndarray:
        """Grant the requests, settle every account, and return which were granted.

        Safeguarding that a worker has no time for goes to the team's duty rota, before colleagues' other work.
        """
        workers, casework = self.workers, self.p.casework
        available = workers.hours_available - workers.hours_owed
        on_rota, lent = self._rota(requests, available)
        asked = Requests(np.where(on_rota, NEVER, requests.worker), *requests.rest())
        granted = grant(asked, available - lent, casework.edge)
        used = asked.by_worker(workers.size, granted.nonzero()[0])
        left = np.maximum(available - lent - used, 0.0)
        workers.hours_owed[:] = 0 if casework.edge == "unlimited" else np.maximum(used - available + lent, 0.0)
        refused = ((asked.worker >= 0) & ~granted).nonzero()[0]
        taken, helped = self._colleagues(asked, refused, left * casework.team_cover_share)
        granted[taken] = True
        workers.hours_wanted[:], workers.hours_used[:] = requests.by_worker(workers.size), used + lent + helped
        return granted | on_rota

    def _rota(self, requests: Requests, available: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Safeguarding done by the duty rota (booleans), and the hours that each worker gives to it."""
        casework, done = self.p.casework, np.zeros(len(requests.worker), dtype=bool)
        urgent = ((requests.priority <= SAFEGUARDING) & (requests.worker >= 0)).nonzero()[0]
        first = requests.of(urgent, requests.worker[urgent])
        granted = grant(first, available, casework.edge)
        left = np.maximum(available - first.by_worker(len(available), granted.nonzero()[0]), 0.0)
        taken, lent = self._colleagues(first, (~granted).nonzero()[0], left * casework.duty_rota_share)
        done[urgent[taken]] = True
        return done, lent

    def _colleagues(self, requests: Requests, refused: np.ndarray, spare: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Refused requests that colleagues of the team take on whole, and what each gives of the hours they can ``spare``."""
        workers, teams = self.workers, self.teams
        spare = spare * (workers.present & (workers.team >= 0))
        if not len(refused) or not spare.any():
            return refused[:0], np.zeros(len(spare))
        team = np.maximum(workers.team, 0).astype(np.intp)
        pool = np.bincount(team, spare, minlength=teams.size)
        asked = requests.of(refused, team[requests.worker[refused]])
        taken = grant(asked, pool, "whole_tasks_only").nonzero()[0]
        used = asked.by_worker(teams.size, taken)
        return refused[taken], spare * np.divide(used, pool, out=np.zeros_like(pool), where=pool > 0)[team]


def dice_of(keys: np.ndarray, duty: np.ndarray, n_duties: int, week: int) -> np.ndarray:
    """A die for each request: the child's own, for this duty (a number below ``n_duties``) and week."""
    this_week = mix((np.arange(n_duties, dtype=np.uint64) << np.uint64(32)) + np.uint64(week))
    return mix(keys ^ this_week[duty])
