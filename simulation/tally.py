"""Counting: what happened this week, by measure and group, and the log of dated events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


class Tally:
    """Counts of the week and their history.

    ``add`` and ``add_by`` may be called by any rule; ``close_week`` files the week's values. History is one array
    of ``weeks + 1`` values for each (measure, group), so memory follows the measures and not the children.
    """

    def __init__(self, weeks: int):
        self.weeks = weeks
        self.now: dict[tuple[str, str], float] = {}
        self.history: dict[tuple[str, str], np.ndarray] = {}

    def add(self, measure: str, value: float | np.number, group: str = "all") -> None:
        """Add to a measure's count (or amount) of this week."""
        key = (measure, group)
        self.now[key] = self.now.get(key, 0.0) + float(value)

    def set(self, measure: str, value: float | np.number, group: str = "all") -> None:
        """Set a standing value of this week."""
        self.now[(measure, group)] = float(value)

    def add_by(self, measure: str, kind: str, names: Sequence[str], codes: np.ndarray, weights: Any = None) -> None:
        """Add counts (or ``weights``) for each code, in groups ``kind:name``, and the total in ``all``."""
        totals = np.bincount(codes, weights, minlength=len(names))
        for name, total in zip(names, totals.tolist(), strict=False):
            if total:
                self.add(measure, total, f"{kind}:{name}")
        self.add(measure, float(totals.sum()))

    def get(self, measure: str, group: str = "all") -> float:
        """This week's value so far."""
        return self.now.get((measure, group), 0.0)

    def close_week(self, week: int) -> None:
        """File this week's values and start afresh."""
        for key, value in self.now.items():
            if key not in self.history:
                self.history[key] = np.zeros(self.weeks + 1)
            self.history[key][week] = value
        self.now = {}


class EventLog:
    """Dated events, one child each: filed only when asked for."""

    def __init__(self, keep: bool):
        self.keep = keep
        self.parts: list[tuple[np.ndarray, np.ndarray, str, Any, Any]] = []

    def add(self, children: np.ndarray, days: np.ndarray | int, event: str, before: Any = "", after: Any = "") -> None:
        """File ``event`` for each child identity on its day; ``before`` and ``after`` are scalars or arrays."""
        if self.keep and len(children):
            days = np.broadcast_to(np.asarray(days, dtype=np.int32), children.shape).copy()
            self.parts.append((children.copy(), days, event, before, after))
