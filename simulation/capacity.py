"""The only place where a social worker's time is spent.

A request is for one duty to one child by one worker. Within each worker's queue requests are served by priority,
then by the scenario's order of service, ties broken by the child's own die, until hours run out; nobody is passed
over. With ``start_and_owe`` a worker starts a task while any time is left and owes the rest next week, so 17.9
hours differ from 17. Conservation, every week and worker::

    granted + left = (available - owed before) + newly owed        wanted = granted + refused
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulation.dice import mix

if TYPE_CHECKING:
    from simulation.model import ChildrensServices

_PRIORITY_BITS, _ORDER_BITS, _DIE_BITS, _DIE_SHIFT = (np.uint64(bits) for bits in (7, 23, 20, 44))
_MOST_ORDER = (1 << 22) - 1


@dataclass
class Requests:
    """This week's requests, one entry each: worker row (NEVER if none), priority, place in order, die, hours."""

    worker: np.ndarray
    priority: np.ndarray
    order: np.ndarray
    die: np.ndarray
    hours: np.ndarray

    def sort_key(self, worker: np.ndarray) -> np.ndarray:
        """One number that sorts by ``worker``, priority, order, die."""
        order = np.minimum(np.maximum(self.order, -_MOST_ORDER), _MOST_ORDER) + _MOST_ORDER
        key = (worker.astype(np.uint64) << _PRIORITY_BITS) | self.priority.astype(np.uint64)
        key = (key << _ORDER_BITS) | order.astype(np.uint64)
        return (key << _DIE_BITS) | (self.die >> _DIE_SHIFT)

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
    nobody = len(available)
    worker = np.where(requests.worker < 0, nobody, requests.worker)
    turn = requests.sort_key(worker).argsort()
    granted = np.empty(len(turn), dtype=bool)
    granted[turn] = _served(worker[turn], requests.hours[turn], np.append(available, -np.inf), edge)
    return granted


def _served(worker: np.ndarray, hours: np.ndarray, available: np.ndarray, edge: str) -> np.ndarray:
    """Which tasks are taken on, in order of service, worker after worker."""
    until = np.cumsum(hours, dtype=float)
    before = until - hours
    first = worker.searchsorted(np.arange(len(available)))
    limit = (available + np.append(before, 0.0)[first])[worker]
    return before < limit - 1e-6 if edge == "start_and_owe" else until <= limit + 1e-6


class Time:
    """Grants the week's hours and keeps every worker's account."""

    def __init__(self, model: ChildrensServices):
        self.model = model

    def owe(self, workers: np.ndarray, hours: np.ndarray | float) -> None:
        """Hours used after the granting (a search, a move, reading in): they come first next week."""
        held = workers >= 0
        if not held.any():
            return
        amounts = np.full(len(workers), hours, dtype=np.float32)
        np.add.at(self.model.workers.hours_owed, workers[held], amounts[held])

    def spend(self, requests: Requests) -> np.ndarray:
        """Grant the requests, settle every account, and return which were granted."""
        workers, edge = self.model.workers, self.model.p.casework.edge
        available = workers.hours_available - workers.hours_owed
        granted = grant(requests, available, edge)
        wanted, used = requests.by_worker(workers.size), requests.by_worker(workers.size, granted.nonzero()[0])
        workers.hours_wanted[:], workers.hours_used[:] = wanted, used
        workers.hours_owed[:] = 0 if edge == "unlimited" else np.maximum(used - available, 0.0)
        refused = ((requests.worker >= 0) & ~granted).nonzero()[0]
        self._cover(requests, refused, np.maximum(available - used, 0.0), granted)
        return granted

    def _cover(self, requests: Requests, refused: np.ndarray, left: np.ndarray, granted: np.ndarray) -> None:
        """Colleagues of the same team take on what fits into a share of the hours they have ``left``; adds to ``granted``."""
        workers, teams = self.model.workers, self.model.teams
        spare = left * self.model.p.casework.team_cover_share * (workers.present & (workers.team >= 0))
        if not len(refused) or not spare.any():
            return
        team = np.maximum(workers.team, 0).astype(np.intp)
        pool = np.bincount(team, spare, minlength=teams.size)
        asked = requests.of(refused, team[requests.worker[refused]])
        taken = grant(asked, pool, "whole_tasks_only").nonzero()[0]
        used = asked.by_worker(teams.size, taken)
        workers.hours_used[:] += spare * np.divide(used, pool, out=np.zeros_like(pool), where=pool > 0)[team]
        granted[refused[taken]] = True


def dice_of(keys: np.ndarray, duty: np.ndarray, n_duties: int, week: int) -> np.ndarray:
    """A die for each request: the child's own, for this duty (a number below ``n_duties``) and week."""
    this_week = mix((np.arange(n_duties, dtype=np.uint64) << np.uint64(32)) + np.uint64(week))
    return mix(keys ^ this_week[duty])
