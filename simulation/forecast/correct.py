"""The statistical correction, kept apart from the model and shown on and off.

The model's draws are re-centred on the closed-form expectation and, where the model is surer than history allows,
stretched to the spread seen before the origin; their shape and what they have in common stay the model's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from simulation.profile.expect import Targets
from simulation.profile.trend import RULES, Known

Floats = NDArray[np.float64]
LEAST_SPREAD, MOST_SPREAD = 0.9, 1.1
"""The corrected spread lies between these multiples of the spread expected before the origin."""


def corrected(known: Known, targets: Targets, code: str, indicator: str, draws: Floats) -> Floats:
    """``draws`` (replications, horizons) rescaled if too narrow or too wide, their mean moved to the target.

    Indicators without a target, or without a known spread, are left as they came.
    """
    if indicator not in targets.median:
        return draws
    rule, sd = RULES[indicator], known.sd(code, indicator, draws.shape[1])
    scaled = np.log(np.maximum(draws, 1e-9)) if rule.log else draws
    middle, own = np.nanmean(scaled, axis=0), np.nanstd(scaled, axis=0, ddof=1)
    ratio = np.clip(own, LEAST_SPREAD * sd, MOST_SPREAD * sd) / np.maximum(own, 1e-9)
    spread = middle[None, :] + (scaled - middle[None, :]) * np.where(np.isfinite(ratio), ratio, 1.0)[None, :]
    centre = targets[indicator]
    out = _logs_to_mean(spread, centre) if rule.log else spread + (centre - np.nanmean(spread, axis=0))[None, :]
    return np.asarray(np.clip(out, 0, 100 if indicator.endswith("_pct") else None))


def _logs_to_mean(logs: Floats, centre: Floats) -> Floats:
    values = np.exp(logs)
    return np.asarray(values * (centre / np.nanmean(values, axis=0))[None, :])


def quantiles(draws: Floats, log: bool) -> tuple[float, float, float]:
    """10th, 50th and 90th percentile of few draws (n,): half from the sample, half from a normal with its moments.

    Sample quantiles of twenty draws are noisy and too close together; the normal's alone would deny the model's shape.
    The spread allows for the mean being estimated too.
    """
    x = np.log(np.maximum(draws, 1e-9)) if log else draws
    n = len(x)
    sample = np.quantile(x, [0.1, 0.5, 0.9], method="median_unbiased")
    smooth = x.mean() + norm.ppf([0.1, 0.5, 0.9]) * x.std(ddof=1) * np.sqrt(1 + 1 / n)
    mixed = 0.5 * (sample + smooth)
    low, middle, high = np.exp(mixed) if log else mixed
    return float(low), float(middle), float(high)
