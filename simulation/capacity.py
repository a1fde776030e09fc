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

_ORDER_BITS, _DIE_BITS = 23, 20
_ORDER_LIMIT = (1 << _ORDER_BITS) - 1


@dataclass
class Requests:
    """This week's requests, one entry each: worker row (NEVER if none), priority, place in order, die, hours."""

    worker: np.ndarray
    priority: np.ndarray
    order: np.ndarray
    die: np.ndarray
    hours: np.ndarray

    def sort_key(self, nobody: int) -> np.ndarray:
        """One number that sorts by worker (those with none last, as ``nobody``), priority, order, die."""
        worker = np.where(self.worker < 0, nobody, self.worker)
        order = np.clip(self.order + (_ORDER_LIMIT >> 1), 0, _ORDER_LIMIT).astype(np.uint64)
        key = worker.astype(np.uint64) << np.uint64(7 + _ORDER_BITS + _DIE_BITS)
        key |= self.priority.astype(np.uint64) << np.uint64(_ORDER_BITS + _DIE_BITS)
        key |= order << np.uint64(_DIE_BITS)
        return key | (self.die >> np.uint64(64 - _DIE_BITS))


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
    held = requests.worker >= 0
    if edge == "unlimited" or not len(requests.worker):
        return held
    nobody = len(available)
    turn = np.argsort(requests.sort_key(nobody))
    worker, hours = np.where(held, requests.worker, nobody)[turn], requests.hours[turn].astype(float)
    before = np.cumsum(hours) - hours
    starts = np.searchsorted(worker, np.arange(nobody + 1))
    before -= np.append(before, 0.0)[starts[worker]]
    limit = np.append(available, 0.0)[worker]
    served = before < limit - 1e-6 if edge == "start_and_owe" else before + hours <= limit + 1e-6
    granted = np.empty(len(turn), dtype=bool)
    granted[turn] = served
    return granted & held


class Time:
    """Grants the week's hours and keeps every worker's account."""

    def __init__(self, model: ChildrensServices):
        self.model = model

    def owe(self, workers: np.ndarray, hours: np.ndarray | float) -> None:
        """Hours used after the granting (a search, a move, reading in): they come first next week."""
        held = np.asarray(workers) >= 0
        amounts = np.broadcast_to(np.asarray(hours, dtype=np.float32), held.shape)
        np.add.at(self.model.workers.hours_owed, np.asarray(workers)[held], amounts[held])

    def spend(self, requests: Requests) -> np.ndarray:
        """Grant the requests, settle every account, and return which were granted."""
        workers = self.model.workers
        edge = self.model.p.casework.edge
        available = workers.hours_available - workers.hours_owed
        granted = grant(requests, available, edge)
        held = requests.worker >= 0
        size = workers.size
        wanted = np.bincount(requests.worker[held], requests.hours[held], minlength=size)
        used = np.bincount(requests.worker[granted], requests.hours[granted], minlength=size)
        workers.hours_wanted[:] = wanted
        workers.hours_used[:] = used
        workers.hours_owed[:] = 0 if edge == "unlimited" else np.maximum(used - available, 0.0)
        return granted | self._cover(requests, held & ~granted, np.maximum(available - used, 0.0))

    def _cover(self, requests: Requests, refused: np.ndarray, spare: np.ndarray) -> np.ndarray:
        """Colleagues of the same team take on what fits into a share of the hours they have left over."""
        workers, teams = self.model.workers, self.model.teams
        spare = spare * self.model.p.casework.team_cover_share * (workers.present & (workers.team >= 0))
        at = np.flatnonzero(refused)
        if not len(at) or not spare.any():
            return np.zeros(len(refused), dtype=bool)
        team = np.maximum(workers.team, 0)
        pool = np.bincount(team, spare, minlength=teams.size)
        asked = Requests(team[requests.worker[at]], requests.priority[at], requests.order[at], requests.die[at], requests.hours[at])
        taken = grant(asked, pool, "whole_tasks_only")
        used = np.bincount(asked.worker[taken], asked.hours[taken], minlength=teams.size)
        workers.hours_used[:] += spare * np.divide(used, pool, out=np.zeros_like(pool), where=pool > 0)[team]
        covered = np.zeros(len(refused), dtype=bool)
        covered[at[taken]] = True
        return covered


def dice_of(keys: np.ndarray, duty: np.ndarray, week: int) -> np.ndarray:
    """A die for each request: the child's own, for this duty and week."""
    return mix(keys ^ mix((duty.astype(np.uint64) << np.uint64(32)) + np.uint64(week)))
