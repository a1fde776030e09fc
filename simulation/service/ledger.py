"""The ledger of money: what the week costs, by line."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from simulation.base.codes import KIND_NAME


@dataclass
class Ledger:
    """Lines of this week and of all weeks, in whole pence; income is negative."""

    now: dict[tuple[str, str], int] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)
    weeks: list[dict[tuple[str, str], int]] = field(default_factory=lambda: [{}])
    pay_index: float = 1.0
    guardianship: float = 0.0
    adoption: float = 0.0
    budget_a_week: float = 0.0
    reserve: float = 0.0
    net: list[float] = field(default_factory=list)
    this_year: list[tuple[float, float]] = field(default_factory=list)
    triggered: bool = False
    kinds: np.ndarray = field(default_factory=lambda: np.zeros(len(KIND_NAME)))
    nights: np.ndarray = field(default_factory=lambda: np.zeros(len(KIND_NAME)))
    top_twenty: float = 0.0

    def begin_week(self) -> None:
        """No lines yet."""
        self.now, self.parts = {}, {}

    def add(self, category: str, provider: str, gbp: float) -> None:
        """Put an amount in its line, to the penny."""
        pence = round(gbp * 100)
        if pence:
            self.now[category, provider] = self.now.get((category, provider), 0) + pence
            part = category.partition(": ")[0] + ": "
            self.parts[part] = self.parts.get(part, 0) + pence

    def total(self, part: str = "", without: tuple[str, ...] = ()) -> float:
        """Pounds of this week's lines, or of those whose category begins with ``part``; none of the parts in ``without``."""
        chosen = [part] if part else self.parts.keys() - set(without)
        return sum(self.parts.get(name, 0) for name in chosen) / 100
