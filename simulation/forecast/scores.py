"""How good a forecast was: error, continuous ranked probability score, coverage and bias, beside simple rules."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

COLUMNS = ["la_code", "la_name", "origin", "horizon", "measure", "actual", "mean", "p10", "p50", "p90", "persistence"]
"""Columns of a scores file, in this order."""


def crps(draws: ArrayLike, actual: float) -> float:
    """Continuous ranked probability score of an ensemble (n,) against what happened; in the measure's unit, low is good.

    Mean absolute error less half the mean absolute difference between members, in the form that is fair to small
    ensembles (Ferro 2014): a forecast is not punished for having few replications.
    """
    x = np.sort(np.asarray(draws, dtype=float))
    n = x.size
    if n == 0:
        return float("nan")
    spread = 0.0 if n == 1 else float(((2 * np.arange(1, n + 1) - n - 1) * x).sum()) / (n * (n - 1))
    return float(np.abs(x - actual).mean()) - spread


def crps_of_quantiles(quantile_draws: ArrayLike, actual: float) -> float:
    """The same score for ``quantile_draws`` (n,) that are equally spaced quantiles of a known distribution."""
    x = np.sort(np.asarray(quantile_draws, dtype=float))
    n = x.size
    return float(np.abs(x - actual).mean()) - float(((2 * np.arange(1, n + 1) - n - 1) * x).sum()) / n**2


def is_points(measure: str) -> bool:
    """Whether error is in percentage points (shares and rates) instead of percent of the actual figure."""
    return measure.endswith("_pct")


def with_errors(scores: pd.DataFrame) -> pd.DataFrame:
    """``scores`` with error, persistence error (percent of the actual, or points), inside-80% flag and signed bias."""
    out = scores.copy()
    points = out["measure"].map(is_points)
    scale = np.where(points, 1.0, 100.0 / out["actual"].abs().clip(lower=1e-9))
    out["error"] = (out["mean"] - out["actual"]).abs() * scale
    out["error_persistence"] = (out["persistence"] - out["actual"]).abs() * scale
    out["bias"] = (out["mean"] - out["actual"]) * scale
    out["inside_80"] = (out["actual"] >= out["p10"]) & (out["actual"] <= out["p90"])
    for name in ("crps", "crps_random_walk"):
        if name in out:
            out[name + "_scaled"] = out[name] * scale
    return out


def summarise(scores: pd.DataFrame, by: tuple[str, ...] = ("measure", "horizon")) -> pd.DataFrame:
    """Mean error, persistence error, coverage, CRPS and bias for each measure and horizon (a row each, plus ``all``).

    Coverage counts a figure inside its own 80% interval; errors are percent of the actual (points for ``_pct``).
    """
    detail = with_errors(scores)
    columns = {
        "cases": ("error", "size"),
        "error": ("error", "mean"),
        "error_persistence": ("error_persistence", "mean"),
        "bias": ("bias", "mean"),
        "coverage_80": ("inside_80", "mean"),
    }
    for name in ("crps", "crps_random_walk"):
        if name + "_scaled" in detail:
            columns[name] = (name + "_scaled", "mean")
    each = detail.groupby(list(by), sort=True).agg(**columns).reset_index()
    pooled = detail.groupby("measure", sort=True).agg(**columns).reset_index()
    pooled["horizon"] = "all"
    return pd.concat([each, pooled], ignore_index=True)


CLEAR, FEWEST_AUTHORITIES = 2.0, 10
"""How many standard errors, over how many authorities at least, make a difference of errors clear."""


def beside(scores: pd.DataFrame) -> pd.DataFrame:
    """For each measure whether the forecast's errors are smaller than those of "same as today" by more than chance.

    An authority's years hang together, so each counts once, with its mean difference. A row a measure: ``measure``,
    ``difference`` (error less persistence's), ``standard_error``, ``verdict`` (nearer, farther, neither, too few).
    """
    detail = with_errors(scores)
    own = (detail["error"] - detail["error_persistence"]).groupby([detail["measure"], detail["la_code"]]).mean()
    found = own.groupby("measure").agg(difference="mean", standard_error="sem", authorities="size").reset_index()
    away = found["difference"] / found["standard_error"].clip(lower=1e-9)
    few = found["authorities"] < FEWEST_AUTHORITIES
    found["verdict"] = np.select([few, away < -CLEAR, away > CLEAR], ["too few", "nearer", "farther"], "neither")
    return found.sort_values("difference", ignore_index=True)
