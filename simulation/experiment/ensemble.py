"""Uncertain parameters: a table of draws, which replication gets which, and how the spread splits into chance and parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special

from simulation.base.errors import Fault, Faults, fault
from simulation.results import files
from simulation.results.summary import KEYS, Matrix, cluster_means, nan_mean

COLUMNS = ["draw", "parameter", "value"]
PER_DRAW = 2
"""Consecutive replications that share a draw: two are the fewest that tell chance from parameters."""


@dataclass(frozen=True)
class Ensemble:
    """``draws[number][parameter] -> value``; draw numbers in ascending order. Draw k is the same in every scenario."""

    draws: dict[int, dict[str, float]]

    def draw_of(self, replication: int) -> int:
        """The draw of a replication: two at a time, then round again. More replications never change earlier ones."""
        numbers = list(self.draws)
        return numbers[(replication - 1) // PER_DRAW % len(numbers)]

    def values(self, draw: int) -> dict[str, float]:
        """Parameter values of one draw."""
        return self.draws[draw]

    def clusters(self, replications: int) -> dict[int, int]:
        """Draw of each replication from 1 to ``replications``."""
        return {number: self.draw_of(number) for number in range(1, replications + 1)}

    def table(self, draws: np.ndarray) -> pd.DataFrame:
        """Values of ``draws``: a row a draw, a column a parameter (numbers only)."""
        return pd.DataFrame([self.draws[int(draw)] for draw in draws])


def read_ensemble(path: str | Path) -> Ensemble:
    """The table (draw, parameter, value) at ``path``, CSV or Parquet. Every fault is reported with its row."""
    path = Path(path)
    try:
        frame = (
            pd.read_parquet(path)
            if path.suffix == ".parquet"
            else pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False)
        )
    except (OSError, ValueError) as error:
        raise fault(path, f"cannot be read as an ensemble ({str(error).splitlines()[0][:160]}).") from error
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise fault(
            path, f"lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}; an ensemble has {', '.join(COLUMNS)}."
        )
    return from_table(frame, str(path))


def check_out(path: Path) -> None:
    """Refuses to replace a file that is not an ensemble."""
    files.check_replaceable(path, lambda there: bool(read_ensemble(there).draws))


def from_table(frame: pd.DataFrame, where: str = "ensemble") -> Ensemble:
    """An ensemble from a table with the columns draw, parameter, value. Raises Faults."""
    faults: list[Fault] = []
    draws: dict[int, dict[str, float]] = {}
    for row, (draw, parameter, value) in enumerate(zip(*(frame[name] for name in COLUMNS), strict=True), start=2):
        number, amount = _number(draw), _number(value)
        if number is None or number != int(number) or number < 1:
            faults.append(Fault(f"{where}:{row}", f"draw {draw!r} is not a whole number from 1."))
        elif amount is None:
            faults.append(Fault(f"{where}:{row}", f"value {value!r} of {parameter} is not a number."))
        elif str(parameter) in draws.setdefault(int(number), {}):
            faults.append(Fault(f"{where}:{row}", f"draw {int(number)} gives {parameter} twice."))
        else:
            draws[int(number)][str(parameter)] = amount
    names = set().union(*draws.values()) if draws else set()
    faults += [
        Fault(where, f"draw {number} lacks {', '.join(sorted(names - given.keys()))}.")
        for number, given in draws.items()
        if names - given.keys()
    ]
    if not draws and not faults:
        faults.append(Fault(where, "has no rows."))
    if faults:
        raise Faults(faults)
    return Ensemble(dict(sorted(draws.items())))


def _number(given: object) -> float | None:
    try:
        number = float(given)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


@dataclass(frozen=True)
class Split:
    """Variance of each series: ``chance`` within draws, ``parameters`` between draws beyond chance; ``f`` their ratio's test."""

    chance: np.ndarray
    parameters: np.ndarray
    p_value: np.ndarray
    draws: int


def split_variance(values: np.ndarray, clusters: np.ndarray) -> Split:
    """One-way random effects of the draws on ``values[replication, series]``.

    NaN for every series when no draw has two replications: chance cannot then be told from parameters.
    """
    names, sizes = np.unique(clusters, return_counts=True)
    series = values.shape[1]
    n, k = len(clusters), len(names)
    if k < 2 or n == k:
        empty = np.full(series, np.nan)
        return Split(empty, empty, empty, k)
    means = cluster_means(values, clusters)
    within = np.nansum((values - means[np.searchsorted(names, clusters)]) ** 2, axis=0) / (n - k)
    between = np.nansum(sizes[:, None] * (means - nan_mean(values)) ** 2, axis=0) / (k - 1)
    size = (n - (sizes**2).sum() / n) / (k - 1)
    ratio = np.divide(between, within, out=np.where(between > 0, np.inf, 0.0), where=within > 0)
    return Split(within, np.maximum(0.0, (between - within) / size), special.fdtrc(k - 1, n - k, ratio), k)


def strongest(ensemble: Ensemble, values: np.ndarray, clusters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each series the parameter it moves with most over the draws, and the Spearman rank correlation.

    No name is given where chance among so many parameters could look as strong (5%, Bonferroni).
    """
    drawn = ensemble.table(np.unique(clusters))
    means = cluster_means(values, clusters)
    parameters, series = standard_ranks(drawn.to_numpy(float)), standard_ranks(np.nan_to_num(means))
    correlation = parameters.T @ series / len(drawn)
    best = np.abs(correlation).argmax(0)
    strength = correlation[best, np.arange(series.shape[1])]
    clear = np.abs(strength) >= _least_clear(len(drawn), len(drawn.columns))
    return np.where(clear, np.array(drawn.columns, object)[best], ""), strength


def _least_clear(draws: int, parameters: int) -> float:
    """Smallest rank correlation that the strongest of so many idle parameters seldom reaches; above 1 for very few draws."""
    if draws < 4:
        return np.inf
    t = special.stdtrit(draws - 2, 1 - 0.025 / parameters)
    return float(t / np.sqrt(draws - 2 + t**2))


def standard_ranks(values: np.ndarray) -> np.ndarray:
    """Ranks of each column, centred and scaled, so that a product of two is their rank correlation; no spread gives zeros."""
    ranks = pd.DataFrame(values).rank().to_numpy()
    spread = ranks.std(0)
    return (ranks - ranks.mean(0)) / np.where(spread > 0, spread, np.inf)


def variance_table(data: Matrix, scenario: str, ensemble: Ensemble) -> pd.DataFrame:
    """The rows of ``variance.csv`` for one scenario."""
    split = split_variance(data.array, data.clusters)
    total = split.chance + split.parameters
    names, correlation = strongest(ensemble, data.array, data.clusters)
    frame = pd.DataFrame({"scenario": scenario, **{name: data.keys[name] for name in KEYS}, "draws": split.draws})
    frame["replications"] = np.isfinite(data.array).sum(0)
    frame["sd_chance"], frame["sd_parameters"] = np.sqrt(split.chance), np.sqrt(split.parameters)
    frame["share_parameters"] = np.divide(split.parameters, total, out=np.full_like(total, np.nan), where=total > 0)
    frame["depends_on"], frame["rank_correlation"] = names, correlation
    return frame
