"""The week, in order: one visible list, each line a rule."""

from __future__ import annotations

from simulation.rules.base import Rule

WEEK: tuple[type[Rule], ...] = ()

__all__ = ["WEEK", "Rule"]
