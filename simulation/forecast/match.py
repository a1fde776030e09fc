"""Designs, history matching and approximate Bayesian posterior draws: plain statistics, no model inside.

History matching throws out settings whose emulated outputs lie too far from the data (Craig et al 1997); what is left
is drawn again and approximate Bayesian computation with regression adjustment (Beaumont et al 2002) gives draws.
McCulloch et al (2022, JASSS 25(2)1) join the two for agent-based models.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

Floats = NDArray[np.float64]
IMPLAUSIBLE = 3.0
"""Settings whose implausibility is above this are ruled out (Pukelsheim's three-sigma rule)."""
RIDGE = 1e-3


@dataclass(frozen=True)
class Prior:
    """A setting that is not known: even between ``low`` and ``high``, on the log scale where ``log`` is set."""

    name: str
    low: float
    high: float
    log: bool = True

    def from_unit(self, u: Floats) -> Floats:
        """Values from numbers between 0 and 1."""
        if self.log:
            return np.asarray(self.low * (self.high / self.low) ** u)
        return np.asarray(self.low + (self.high - self.low) * u)


def design(count: int, size: int, seed: int) -> Floats:
    """A Latin hypercube of ``count`` points in the unit cube of ``size`` settings."""
    return np.asarray(qmc.LatinHypercube(d=size, rng=np.random.default_rng(seed)).random(count))


@dataclass(frozen=True, eq=False)
class Emulator:
    """A quadratic surface for each output over the unit cube, and the variance it leaves (run-to-run and lack of fit)."""

    weights: Floats
    left: Floats
    total: Floats

    def mean(self, unit: Floats) -> Floats:
        """Emulated outputs (points, outputs)."""
        return np.asarray(_terms(unit) @ self.weights)

    @property
    def explained(self) -> Floats:
        """Share of each output's variance over the design that the settings explain."""
        return np.asarray(1 - self.left / np.maximum(self.total, 1e-12))


def emulate(unit: Floats, outputs: Floats) -> Emulator:
    """Least squares with a little ridge; residual variance is corrected for the coefficients spent."""
    terms = _terms(unit)
    penalty = RIDGE * len(unit) * np.diag([0.0, *np.ones(terms.shape[1] - 1)])
    weights = np.asarray(np.linalg.solve(terms.T @ terms + penalty, terms.T @ outputs), dtype=np.float64)
    spare = max(len(unit) - terms.shape[1], 1)
    left = ((outputs - terms @ weights) ** 2).sum(axis=0) / spare
    return Emulator(weights, np.asarray(left, dtype=np.float64), np.asarray(outputs.var(axis=0, ddof=1), dtype=np.float64))


def _terms(unit: Floats) -> Floats:
    """One, each setting, its square, and products of pairs (centred)."""
    centred = 2 * unit - 1
    pairs = (
        [centred[:, [i]] * centred[:, [j]] for i in range(unit.shape[1]) for j in range(i)]
        if len(unit) == 0 or unit.shape[1] <= 4
        else []
    )
    return np.hstack([np.ones((len(unit), 1)), centred, centred**2, *pairs])


def implausibility(emulator: Emulator, unit: Floats, observed: Floats, discrepancy: Floats) -> Floats:
    """Second largest standardised distance from the data over outputs (points,): one odd figure rules nothing out.

    ``discrepancy``: variance of what the model cannot know of each output (observation and structure).
    """
    scale = np.sqrt(emulator.left + discrepancy)
    distance = np.sort(np.abs(emulator.mean(unit) - observed) / scale, axis=1)
    return np.asarray(distance[:, -2] if distance.shape[1] > 2 else distance[:, -1])


def not_ruled_out(
    emulator: Emulator, observed: Floats, discrepancy: Floats, count: int, size: int, seed: int
) -> tuple[Floats, float]:
    """``count`` points that are not ruled out and the share of the cube they stand for; the least implausible if none is."""
    pool = qmc.Sobol(d=size, rng=np.random.default_rng(seed)).random(8192)
    distance = implausibility(emulator, pool, observed, discrepancy)
    kept = np.flatnonzero(distance < IMPLAUSIBLE)
    if len(kept) < count:
        kept = np.argsort(distance, kind="stable")[:count]
    chosen = kept[np.linspace(0, len(kept) - 1, count).astype(int)]
    return np.asarray(pool[chosen]), float((distance < IMPLAUSIBLE).mean())


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws (draws, settings) in the unit cube and the share of runs that were near enough to count."""

    unit: Floats
    accepted: float


def posterior(
    unit: Floats, outputs: Floats, observed: Floats, scale: Floats, draws: int, seed: int, keep: float = 0.5
) -> Posterior:
    """Rejection by distance, then linear adjustment to the data, on the logit of the cube so that draws stay inside.

    ``scale``: standard deviation of each output round the data (run-to-run and discrepancy). Runs within twice the
    expected distance count with Gaussian weight, at least a ``keep`` share of them.
    """
    rng = np.random.default_rng(seed)
    gap = (outputs - observed) / scale
    distance = np.sqrt((gap**2).mean(axis=1))
    width = max(float(np.quantile(distance, keep)), 1.0)
    near = distance <= max(width, 2.0)
    weight = np.exp(-0.5 * (distance[near] / width) ** 2)
    logit = np.log(np.clip(unit[near], 1e-3, 1 - 1e-3) / (1 - np.clip(unit[near], 1e-3, 1 - 1e-3)))
    adjusted = _adjusted(logit, gap[near], weight)
    chosen = rng.choice(len(adjusted), size=draws, p=weight / weight.sum())
    jitter = rng.normal(size=(draws, unit.shape[1])) * adjusted.std(axis=0) * len(adjusted) ** (-1 / (unit.shape[1] + 4)) * 0.5
    return Posterior(np.asarray(1 / (1 + np.exp(-(adjusted[chosen] + jitter)))), float(near.mean()))


def bayes_linear(emulator: Emulator, observed: Floats, discrepancy: Floats, draws: int, size: int, seed: int) -> Floats:
    """Draws (draws, size) from the emulated posterior: a Gaussian round the data, an even prior, by importance resampling."""
    rng = np.random.default_rng(seed)
    pool = qmc.Sobol(d=size, rng=rng).random(32768)
    gap = (emulator.mean(pool) - observed) / np.sqrt(emulator.left + discrepancy)
    weight = np.exp(-0.5 * ((gap**2).sum(axis=1) - (gap**2).sum(axis=1).min()))
    chosen = rng.choice(len(pool), size=draws, p=weight / weight.sum(), replace=True)
    return np.asarray(np.clip(pool[chosen] + rng.normal(scale=0.005, size=(draws, size)), 0, 1))


def contraction(before_sd: float, after_sd: float) -> float:
    """How much narrower the posterior is than the prior: 0 not at all (assumed), 1 known exactly."""
    return float(np.clip(1 - after_sd / max(before_sd, 1e-12), 0.0, 1.0))


def _adjusted(theta: Floats, gap: Floats, weight: Floats) -> Floats:
    design_matrix = np.hstack([np.ones((len(gap), 1)), gap])
    root = np.sqrt(weight)[:, None]
    penalty = 0.05 * len(gap) * np.diag([0.0, *np.ones(gap.shape[1])]) * float(weight.mean())
    weights = np.linalg.solve(
        (design_matrix * root).T @ (design_matrix * root) + penalty, (design_matrix * root).T @ (theta * root)
    )
    return np.asarray(theta - gap @ weights[1:])
