"""Does the starting state hold, or does the model jump or drift away from it? Checked on the mean over replications."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from simulation.base.measures import REGISTER
from simulation.results.periods import cube
from simulation.results.tables import TABLES

MONTH = 4
"""Weeks over which a jump is looked for."""
JUMP = 4.0
"""A first change this many times the usual one is a jump."""
BATCH = 5


def mean_paths(weekly: Iterable[pd.DataFrame]) -> tuple[list[tuple[str, str]], np.ndarray]:
    """Mean weekly path of every standing measure (group ``all``) over replications, read one at a time."""
    total: dict[tuple[str, str], np.ndarray] = {}
    count: dict[tuple[str, str], int] = {}
    for frame in weekly:
        whole = frame[frame["group"] == "all"]
        weeks = cube(whole)
        for series, path in zip(weeks.series, weeks.array, strict=True):
            if REGISTER[series[0]].how == "last":
                total[series] = total.get(series, 0.0) + path
                count[series] = count.get(series, 0) + 1
    names = list(total)
    return names, np.array([total[name] / count[name] for name in names])


def mser(path: np.ndarray) -> int | None:
    """Weeks to leave out at the start by the MSER-5 rule (White 1997), at most half of them; None if half is not enough."""
    batches = path[: len(path) // BATCH * BATCH].reshape(-1, BATCH).mean(1)
    if len(batches) < 4:
        return None
    half = len(batches) // 2
    scores = [batches[cut:].var() / (len(batches) - cut) for cut in range(half + 1)]
    cut = int(np.argmin(scores))
    return cut * BATCH if cut < half else None


def check(scenario: str, names: list[tuple[str, str]], paths: np.ndarray) -> pd.DataFrame:
    """The rows of ``start_check.csv`` for one scenario; measures that never move and runs under 20 weeks are left out."""
    rows = [
        _check(scenario, measure, group, path)
        for (measure, group), path in zip(names, paths, strict=True)
        if len(path) > 5 * MONTH and np.ptp(path) > 0
    ]
    return pd.DataFrame(rows, columns=TABLES["start_check"].names)


def _check(scenario: str, measure: str, group: str, path: np.ndarray) -> list[object]:
    changes = path[MONTH:] - path[:-MONTH]
    usual = float(np.sqrt(np.mean(changes[MONTH:] ** 2)))
    times = abs(changes[0]) / usual if usual > 0 else np.inf
    settled = mser(path[1:])
    verdict = "jump at the start" if times >= JUMP else "steady" if settled is not None else "drifting"
    return [scenario, measure, group, REGISTER[measure].unit, path[0], path[MONTH], changes[0], usual, times, settled, verdict]
