"""A fact the model is examined on, its answer, and when two figures agree."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """The model's figure in words and whether it lies within the tolerance (None: the runs cannot tell)."""

    figure: str
    within: bool | None


def lies(value: float, error: float, low: float, high: float, surely: bool = False) -> bool | None:
    """Whether a figure with a standard error lies from ``low`` to ``high``: False only if two errors do not reach them.

    None where it lies outside and chance may have put it there; with ``surely``, also where it lies inside by chance.
    """
    inside = low <= value <= high
    reached = low - 2 * error <= value <= high + 2 * error
    sure = low + 2 * error <= value <= high - 2 * error
    return False if not reached else (True if inside and (sure or not surely) else None)


def agrees(value: float, error: float, target: float, target_error: float) -> bool | None:
    """Whether a figure lies within two errors of a published one: False only if it does not with both errors together."""
    apart = abs(value - target)
    return True if apart <= 2 * target_error else (None if apart <= 2 * math.hypot(error, target_error) else False)


def together(parts: list[bool | None]) -> bool | None:
    """One answer of several: a miss outweighs what is not clear, and that what is within."""
    return False if False in parts else (None if None in parts else True)


@dataclass(frozen=True)
class Fact:
    """A stylised fact: statement, target, tolerance, source, the runs it needs and how it is judged.

    runs: names of the runs in :data:`simulation.validation.facts.RUNS`; fitted: parameters were set from it.
    """

    id: str
    statement: str
    target: str
    tolerance: str
    source: str
    runs: tuple[str, ...] = ()
    judge: Callable[[Any], Answer] | None = None
    fitted: bool = False
