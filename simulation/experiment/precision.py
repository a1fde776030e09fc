"""How many replications are enough: go on until the named measures' intervals are narrow, and say whether they became so.

The rule is that of Hoad, Robinson and Davies (2010): the half-width of the interval must stay within the target for
some replications more, so that a lucky first few do not stop it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from scipy import special

from simulation.base.errors import fault, nearest
from simulation.base.measures import REGISTER
from simulation.results.periods import YEAR
from simulation.results.summary import CONFIDENCE, Matrix


@dataclass(frozen=True)
class Precision:
    """The target. For percentages the half-width is in points, for other measures a share of the mean.

    The named ``measures`` are judged (group ``all``) in the last full financial year, or over the run if there is none,
    in every scenario, and so is every scenario's paired difference from the first: there the half-width is allowed the
    same width as for the level.
    """

    measures: tuple[str, ...] = ("n_looked_after", "pct_plans_by_second_review", "pct_visits_on_time", "gbp_net")
    relative: float = 0.02
    points: float = 2.0
    minimum: int = 10
    maximum: int = 200
    look_ahead: int = 5
    confidence: float = CONFIDENCE

    def __post_init__(self) -> None:
        for name in self.measures:
            if name not in REGISTER:
                raise fault("precision", f"there is no measure '{name}'.{nearest(name, REGISTER)}")
        if not 2 <= self.minimum <= self.maximum:
            raise fault("precision", f"the minimum ({self.minimum}) must be at least 2 and at most the maximum ({self.maximum}).")
        if not (self.relative > 0 and self.points > 0 and self.look_ahead >= 0):
            raise fault("precision", "targets must be above zero.")


@dataclass(frozen=True)
class Judged:
    """How one measure stands: ``enough`` is the number of replications from which it has been precise, or None."""

    scenario: str
    measure: str
    period: str
    mean: float
    half_width: float
    target: float
    enough: int | None
    needed: int


@dataclass(frozen=True)
class State:
    """The rule's finding after some replications; ``more`` is how many to have next (the same number: stop)."""

    replications: int
    reached: bool
    more: int
    judged: list[Judged] = field(default_factory=list)

    def told(self, rule: Precision) -> dict[str, Any]:
        """For ``run.json``."""
        return {
            "rule": asdict(rule),
            "reached": self.reached,
            "replications": self.replications,
            "measures": [asdict(one) for one in self.judged],
        }


def running_half_widths(values: np.ndarray, confidence: float = CONFIDENCE) -> np.ndarray:
    """Half-width of the t interval after the first 1, 2, ... n values (the first is infinite)."""
    n = np.arange(1, len(values) + 1)
    mean = np.cumsum(values) / n
    squares = np.maximum(np.cumsum((values - values[0]) ** 2) - n * (mean - values[0]) ** 2, 0.0)
    error = np.sqrt(squares / np.maximum(n - 1, 1) / n)
    return np.where(n > 1, special.stdtrit(np.maximum(n - 1, 1), 0.5 + confidence / 2) * error, np.inf)


def enough(values: np.ndarray, targets: np.ndarray, rule: Precision) -> int | None:
    """The first number of replications, at least the minimum, from which the target is kept to the end and for
    ``look_ahead`` more; None if there is none yet. ``targets`` is the target after 1, 2, ... n values."""
    wide = running_half_widths(values, rule.confidence) > targets
    wide[: rule.minimum - 1] = True
    last = int(np.flatnonzero(wide)[-1]) + 1
    first = last + 1
    ahead = min(rule.look_ahead, rule.maximum - rule.minimum)
    return first if first + ahead <= len(values) else None


def judge(data: Mapping[str, Matrix], rule: Precision) -> State:
    """How the experiment stands and how many replications to have next."""
    judged = [
        one
        for scenario, values, unit, measure, period in _series(data, rule)
        if (one := _judge(scenario, measure, period, values, unit, rule))
    ]
    done = min((len(matrix.array) for matrix in data.values()), default=0)
    reached = bool(judged) and all(one.enough is not None for one in judged)
    needed = max((one.needed for one in judged), default=rule.minimum)
    more = done if reached or done >= rule.maximum else min(rule.maximum, max(done + rule.look_ahead, min(needed, 2 * done)))
    return State(done, reached, more, judged)


def _series(data: Mapping[str, Matrix], rule: Precision):
    """The named measures of every scenario, then their paired differences from the first: (name, values, levels, ...)."""
    base = next(iter(data.values()), None)
    for scenario, matrix in data.items():
        years = sorted(set(matrix.keys.loc[matrix.keys["period_kind"] == YEAR, "period"]))
        period = years[-1] if years else "run"
        for measure in rule.measures:
            level = _column(matrix, measure, period)
            if level is not None:
                yield scenario, level, level, measure, period
            before = _column(base, measure, period) if base is not None and matrix is not base else None
            if level is not None and before is not None:
                both = min(len(level), len(before))
                yield f"{scenario} less {next(iter(data))}", level[:both] - before[:both], before[:both], measure, period


def _column(matrix: Matrix, measure: str, period: str) -> np.ndarray | None:
    keys = matrix.keys
    found = np.flatnonzero((keys["measure"] == measure) & (keys["group"] == "all") & (keys["period"] == period))
    if not len(found):
        return None
    values = matrix.array[:, found[0]]
    return values[np.isfinite(values)]


def _judge(scenario: str, measure: str, period: str, values: np.ndarray, level: np.ndarray, rule: Precision) -> Judged | None:
    n = len(values)
    if n < 2:
        return None
    means = np.abs(np.cumsum(level) / np.arange(1, n + 1))
    targets = np.full(n, rule.points) if REGISTER[measure].unit == "%" else rule.relative * means
    half = float(running_half_widths(values, rule.confidence)[-1])
    needed = math.ceil(n * (half / targets[-1]) ** 2) + rule.look_ahead if targets[-1] > 0 else n
    return Judged(
        scenario, measure, period, float(values.mean()), half, float(targets[-1]), enough(values, targets, rule), needed
    )
