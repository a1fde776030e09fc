"""Published figures taken as settings."""

from __future__ import annotations

import numpy as np

from simulation.published.borrow import Borrower, Found
from simulation.scenario.gathered import Settings
from simulation.settings import Parameters


def take(
    borrower: Borrower, settings: Settings, name: str, found: Found, scale: float = 1.0, low: float = 0.0, high: float = np.inf
) -> None:
    """One setting from one figure; a figure nobody publishes leaves the model's own value, which is said."""
    if found.missing:
        borrower.note(name, f"not published ({found.source}); the model's own value is kept")
        return
    settings.put(name, found.value * scale, ("borrowed: " if found.borrowed else "") + found.source, low, high)
    if found.borrowed:
        borrower.note(f"{name}: {settings.numbers[name]:g}", found.source)


def take_count(borrower: Borrower, settings: Settings, name: str, found: Found, low: float = 0.0, high: float = np.inf) -> None:
    """One count; where nobody publishes it, England's for each child, so that the model's own size is nobody's."""
    if found.missing:
        section, setting = name.split(".")
        england, children = Parameters(), settings.numbers.get("authority.population_0_17", np.nan)
        value = getattr(getattr(england, section), setting) * children / england.authority.population_0_17
        found = Found(value, f"England's for each child: {found.source}", True)
    take(borrower, settings, name, found, low=low, high=high)
