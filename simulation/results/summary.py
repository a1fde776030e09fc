"""Bands and intervals over replications, series by series, in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from simulation.base.measures import REGISTER

KEYS = ["period_kind", "period", "measure", "group", "unit"]
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Matrix:
    """Yearly values of one scenario: ``array[replication, series]``, NaN where a ratio had nothing to divide.

    keys: a row of KEYS and ``weeks`` per series; replications: their numbers; clusters: the ensemble draw of each
    (or its own number without an ensemble): replications of one draw are not independent.
    """

    keys: pd.DataFrame
    array: np.ndarray
    replications: np.ndarray
    clusters: np.ndarray

    def columns(self, keys: pd.DataFrame) -> Matrix:
        """The same matrix with its series in the order of ``keys`` (KEYS); a series that never occurred here is filled in."""
        rows = pd.MultiIndex.from_frame(self.keys[KEYS]).get_indexer(pd.MultiIndex.from_frame(keys[KEYS]))
        array = np.where(rows >= 0, self.array[:, rows], np.nan)
        return Matrix(keys, fill_absent(keys, array, np.broadcast_to(rows < 0, array.shape)), self.replications, self.clusters)


def fill_absent(keys: pd.DataFrame, array: np.ndarray, absent: np.ndarray) -> np.ndarray:
    """``array[replication, series]`` with what never occurred filled in: ``absent`` marks series no row was written for.

    A count that never occurred is zero; so is a ratio of it, where there was something to divide by.
    """
    how = keys["measure"].map(lambda name: REGISTER[name].how).to_numpy()
    array = np.where(absent & (how != "ratio"), 0.0, array)
    places = {key: place for place, key in enumerate(zip(keys["period"], keys["measure"], keys["group"], strict=True))}
    for place in np.flatnonzero(absent.any(0) & (how == "ratio")):
        period, measure, group = keys.loc[place, ["period", "measure", "group"]]
        below = REGISTER[measure].denominator
        over = places.get((period, below, group), places.get((period, below, "all")))
        if over is not None:
            array[:, place] = np.where(absent[:, place] & (array[:, over] > 0), 0.0, array[:, place])
    return array


def stack(tables: Iterable[pd.DataFrame], numbers: Sequence[int], clusters: Mapping[int, int] | None = None) -> Matrix:
    """The yearly tables of one scenario's replications ``numbers``, one at a time, as a matrix.

    Series stand in the order they are first met; a series that never occurred in a replication
    is filled in.
    """
    known: dict[tuple, int] = {}
    rows, met = [], []
    for table in tables:
        names = list(zip(*(table[name].astype(str) for name in KEYS), strict=True))
        if new := [position for position, name in enumerate(names) if name not in known]:
            met.append(table.loc[new, [*KEYS, "weeks"]])
            known.update({names[position]: len(known) + offset for offset, position in enumerate(new)})
        rows.append((np.array([known[name] for name in names]), table["value"].to_numpy(float)))
    keys = pd.concat(met, ignore_index=True).astype(dict.fromkeys(KEYS, str))
    values, absent = np.full((len(rows), len(keys)), np.nan), np.ones((len(rows), len(keys)), bool)
    for row, (series, value) in enumerate(rows):
        values[row, series], absent[row, series] = value, False
    draws = np.array([(clusters or {}).get(number, number) for number in numbers])
    return Matrix(keys, fill_absent(keys, values, absent), np.array(numbers), draws)


def interval(values: np.ndarray, clusters: np.ndarray | None = None, confidence: float = CONFIDENCE) -> tuple[np.ndarray, ...]:
    """Mean of each column of ``values[replication, series]`` with its t interval: (n, mean, low, high).

    With ``clusters`` (ensemble draws) the interval is between the means of the draws, because replications of one
    draw share its parameters. NaN rows of a series are left out of it; one replication has no interval (NaN).
    """
    present = np.isfinite(values)
    n, mean = present.sum(0), nan_mean(values)
    if clusters is not None and len(np.unique(clusters)) < len(clusters):
        values = cluster_means(values, clusters)
        present = np.isfinite(values)
    units = present.sum(0)
    error = nan_sd(values) / np.sqrt(np.maximum(units, 1))
    half = special.stdtrit(np.maximum(units - 1, 1), 0.5 + confidence / 2) * error
    half = np.where(units > 1, half, np.nan)
    return n, mean, mean - half, mean + half


def cluster_means(values: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Mean of each cluster, clusters in ascending order."""
    return np.stack([nan_mean(values[clusters == cluster]) for cluster in np.unique(clusters)])


def nan_mean(values: np.ndarray) -> np.ndarray:
    """Mean of each column over the values present; NaN where there are none."""
    present = np.isfinite(values)
    n = present.sum(0)
    return np.where(n > 0, np.where(present, values, 0.0).sum(0) / np.maximum(n, 1), np.nan)


def nan_sd(values: np.ndarray) -> np.ndarray:
    """Standard deviation of each column (n - 1) over the values present; NaN for fewer than two."""
    present = np.isfinite(values)
    n = present.sum(0)
    squares = (np.where(present, values - nan_mean(values), 0.0) ** 2).sum(0)
    return np.where(n > 1, np.sqrt(squares / np.maximum(n - 1, 1)), np.nan)


def summarise(data: Matrix, scenario: str) -> pd.DataFrame:
    """The summary rows of one scenario: mean, spread, percentiles between replications, interval for the mean."""
    n, mean, low, high = interval(data.array, data.clusters)
    frame = pd.DataFrame({"scenario": scenario, **{name: data.keys[name] for name in KEYS}})
    frame["replications"], frame["mean"], frame["sd"] = n, mean, nan_sd(data.array)
    shares = (5, 10, 25, 50, 75, 90, 95)
    bands = percentiles(data.array, shares)
    for share, band in zip(shares, bands, strict=True):
        frame[f"p{share:02d}"] = band
    frame["ci_low"], frame["ci_high"] = possible(low, high, data)
    frame["weeks"] = data.keys["weeks"]
    return frame


def percentiles(values: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """Percentiles of each column over the values present: a row for each of ``shares``; NaN where there are none.

    Columns without a gap are worked out in bulk: NumPy takes those with gaps one by one.
    """
    whole, bands = np.isfinite(values).all(0), np.full((len(shares), values.shape[1]), np.nan)
    bands[:, whole] = np.percentile(values[:, whole], shares, axis=0)
    some = ~whole & np.isfinite(values).any(0)
    bands[:, some] = np.nanpercentile(values[:, some], shares, axis=0)
    return bands


def possible(low: np.ndarray, high: np.ndarray, data: Matrix) -> tuple[np.ndarray, np.ndarray]:
    """The interval cut to what can be: no count below zero, no share of a whole above 100%.

    The mean lies inside these limits for certain, so cutting there loses nothing: the interval holds it as often.
    """
    measures = [REGISTER[name] for name in data.keys["measure"]]
    seen = np.where(np.isfinite(data.array), data.array, 0.0).min(0, initial=0.0)
    counted = np.array([not one.unit.startswith("GBP") for one in measures]) & (seen >= 0)
    share = np.array([one.is_share for one in measures])
    floor, top = np.where(counted | share, 0.0, -np.inf), np.where(share, 100.0, np.inf)
    return np.maximum(low, floor), np.minimum(high, top)
