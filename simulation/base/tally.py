"""Counting: what happened this week, by measure and group, and the log of dated events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np


class Tally:
    """Counts of the week and their history.

    ``add`` and ``add_by`` may be called by any rule; ``close_week`` files the week's values. History is one column
    of ``weeks + 1`` values for each (measure, group), so memory follows the measures and not the children.
    """

    def __init__(self, weeks: int):
        self._column: defaultdict[tuple[str, str], int] = defaultdict(self._new_column)
        self._of_codes: dict[tuple[str, str], dict[int, int]] = {}
        self._now: list[float] = []
        self._filed = np.zeros((weeks + 1, 512))

    @property
    def history(self) -> dict[tuple[str, str], np.ndarray]:
        """The filed values by (measure, group), one for each week from 0."""
        return {key: self._filed[:, column] for key, column in self._column.items()}

    def clear(self) -> None:
        """Forget everything counted so far."""
        self._column.clear()
        self._of_codes.clear()
        self._now.clear()

    def _new_column(self) -> int:
        """The next column, for a measure and group at its first use."""
        self._now.append(0.0)
        if len(self._now) > self._filed.shape[1]:
            self._filed = np.hstack([self._filed, np.zeros_like(self._filed)])
        return len(self._now) - 1

    def add(self, measure: str, value: float | np.number, group: str = "all") -> None:
        """Add to a measure's count (or amount) of this week."""
        self._now[self._column[measure, group]] += float(value)

    def set(self, measure: str, value: float | np.number, group: str = "all") -> None:
        """Set a standing value of this week."""
        self._now[self._column[measure, group]] = float(value)

    def add_by(self, measure: str, kind: str, names: Sequence[str], codes: np.ndarray, weights: Any = None) -> None:
        """Add counts (or ``weights``) for each code, in groups ``kind:name``, and the total in ``all``."""
        totals = np.bincount(codes, weights, minlength=len(names))
        self.add_each(measure, kind, names, totals)
        self.add(measure, len(codes) if weights is None else float(totals.sum()))

    def add_each(self, measure: str, kind: str, names: Sequence[str], totals: np.ndarray) -> None:
        """Add a total for each code in groups ``kind:name`` (those that are not nil); a code always has the same name."""
        columns = self._of_codes.setdefault((measure, kind), {})
        for code, total in enumerate(totals.tolist()):
            if total:
                if code not in columns:
                    columns[code] = self._column[measure, f"{kind}:{names[code]}"]
                self._now[columns[code]] += total

    def get(self, measure: str, group: str = "all") -> float:
        """This week's value so far."""
        column = self._column.get((measure, group))
        return 0.0 if column is None else self._now[column]

    def filed(self, measure: str, week: int, group: str = "all") -> float:
        """The value filed for a week that is over."""
        column = self._column.get((measure, group))
        return 0.0 if column is None else float(self._filed[week, column])

    def close_week(self, week: int) -> None:
        """File this week's values and start afresh."""
        self._filed[week, : len(self._now)] = self._now
        self._now = [0.0] * len(self._now)


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
