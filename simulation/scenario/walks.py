"""What nobody knows of the years ahead: settings that wander, the same in every plan of a replication.

A walk moves settings by a factor of its own in each year after the start. Its log is a sum of standard normal *sources*,
each with a loading for every year; walks that share a source move together. Replication k draws the same sources in every
scenario, ten replications take each tenth of a source's range once, and a walk's mean is one.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from simulation.base.dice import Dice, normal
from simulation.scenario.changes import Change
from simulation.scenario.form import WalkForm

TOGETHER = 10
"""Replications that share out a source's range between them."""


def drawn(walks: Sequence[WalkForm], start: dt.date, seed: int, replication: int) -> tuple[Change, ...]:
    """The walks of one replication as dated changes, a year each from the day after ``start``; the last year's goes on."""
    changes: list[Change] = []
    for walk in walks:
        level = _level(walk, seed, replication)
        amounts = np.diff(level, prepend=0.0) if walk.rise else level
        for year, amount in enumerate(amounts.tolist()):
            until = anniversary(start, year + 1) if year + 1 < len(amounts) else None
            operator = "add" if walk.rise else "multiply"
            values = {
                name: amount * power if walk.rise else _factor(amount * power, walk.most) for name, power in walk.moves.items()
            }
            changes.append(Change(anniversary(start, year), until, operator, values, note=walk.note, where="walks"))
    return tuple(changes)


def years_of(walks: Iterable[WalkForm]) -> int:
    """Years that walks speak of."""
    return max((len(loads) for walk in walks for loads in walk.by.values()), default=0)


def anniversary(start: dt.date, years: int) -> dt.date:
    """The first day of the year that begins ``years`` years after the start."""
    day = start + dt.timedelta(days=1)
    return dt.date(day.year + years, day.month, min(day.day, 28) if day.month == 2 else day.day)


def _level(walk: WalkForm, seed: int, replication: int) -> np.ndarray:
    """Log of the walk's factor in each year; unless it has a shift of its own, the factor's mean is one."""
    loads = np.array(list(walk.by.values()), dtype=float)
    sources = np.array([source(name, seed, replication) for name in walk.by])
    shift = -(loads**2).sum(axis=0) / 2 if walk.shift is None else np.array(walk.shift)
    level: np.ndarray = sources @ loads + shift
    return level


def _factor(log: float, most: float) -> float:
    return math.exp(min(max(log, -math.log(most)), math.log(most)))


def source(name: str, seed: int, replication: int) -> float:
    """The standard normal that a source takes in a replication."""
    block, place = divmod(replication - 1, TOGETHER)
    own = Dice(seed, replication).one(f"walk of {name}")
    return float(normal(np.array([(_order(name, seed, block)[place] + own) / TOGETHER]))[0])


@lru_cache(maxsize=4096)
def _order(name: str, seed: int, block: int) -> tuple[int, ...]:
    """Which tenth of a source's range each of ten replications takes."""
    numbers = range(block * TOGETHER + 1, (block + 1) * TOGETHER + 1)
    dice = [Dice(seed, replication).one(f"order of {name}") for replication in numbers]
    return tuple(int(place) for place in np.argsort(np.argsort(dice)))
