"""Queues for weekly slots: who is served, and how many slots the posts in place can serve."""

from __future__ import annotations

import numpy as np

from simulation.base.columns import groups
from simulation.service.state import State


def served(state: State, gate: str, unit: np.ndarray, since: np.ndarray, slots_per_week: float) -> np.ndarray:
    """Which of those waiting at a gate get one of this week's slots (booleans).

    unit: who shares a slot (a child, or a family); since: day each began to wait. Part slots are carried over;
    slots that nobody needs are lost. Ties are broken by the unit's own die.
    """
    slots = state.slots_left.get(gate, 0.0) + slots_per_week
    first, group = groups(unit)
    state.slots_left[gate] = min(max(slots - len(first), slots - int(slots)), slots_per_week % 1 if len(first) <= slots else 1.0)
    if len(first) <= int(slots):
        return np.ones(len(unit), dtype=bool)
    waits = since[first]
    np.minimum.at(waits, group, since)
    through = np.zeros(len(first), dtype=bool)
    through[np.lexsort((state.dice.keys(unit[first]), waits))[: int(slots)]] = True
    return through[group]


def staffed(state: State, slots: float) -> float:
    """Slots (or staff) of a gate that the authority's own people keep: more or fewer as its posts are than at the start."""
    ratio = state.p.workforce.permanent_posts_fte / max(state.scenario.parameters.workforce.permanent_posts_fte, 1e-9)
    return slots * max(1.0 + state.p.gates.follow_posts * (ratio - 1.0), 0.0)
