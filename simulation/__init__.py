"""Headroom: an open simulation of English children's social care.

What modellers use is here by name; each is imported when it is first asked for, so that ``import simulation`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

DOORS = {
    "ChildrensServices": "simulation.model",
    "run_replication": "simulation.model",
    "Child": "simulation.model.agents",
    "SocialWorker": "simulation.model.agents",
    "Team": "simulation.model.agents",
    "Placement": "simulation.model.agents",
    "Rule": "simulation.service.rule",
    "State": "simulation.service.state",
    "load": "simulation.scenario",
}
__all__ = list(DOORS)


def __getattr__(name: str) -> Any:
    """The name's room is imported when it is first asked for. Raises AttributeError for a name that is not offered."""
    if name not in DOORS:
        raise AttributeError(f"module 'simulation' has no attribute '{name}'")
    return getattr(importlib.import_module(DOORS[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *DOORS])
