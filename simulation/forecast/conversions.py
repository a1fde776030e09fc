"""Conversions from one step of the front door to the next whose rate is published: fitted in closed form, without runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulation.profile.trend import Known

Floats = NDArray[np.float64]
RATES = {
    "front_door.s47_share": ("s47_number", "referrals_number"),
    "front_door.conference_share": ("icpc_number", "s47_number"),
    "front_door.plan_share": ("cpp_started_number", "icpc_number"),
}
"""Conversions whose rate is published: closed form, no runs."""
USUAL_YEARLY_SD = 0.15
"""Spread of a year's log rate round an authority's own, where the table has too few years to tell."""


def closed_form(known: Known, code: str, draws: int, seed: int) -> dict[str, Floats]:
    """Draws of conversions whose rate is published: mean log rate of the years up to the last, neighbours as prior.

    The prior is the neighbours' mean log rate with their spread; the data are the authority's own years, each with the
    pooled spread of a year. Both normal, so the posterior is their precision-weighted mean.
    """
    rng = np.random.default_rng(seed)
    out = {}
    for setting, pair in RATES.items():
        found = rate(known, code, *pair)
        if found is not None:
            _, _, mean, sd = found
            out[setting] = np.clip(np.exp(mean + sd * rng.standard_normal(draws)), 0.005, 0.98)
    return out


def rate(known: Known, code: str, above: str, below: str) -> tuple[float, float, float, float] | None:
    """Prior mean and sd, posterior mean and sd of a log rate; None where the authority publishes none."""
    top, base = known.table.wide(above), known.table.wide(below)
    both = [c for c in top.index if c in base.index]
    rates = np.log((top.loc[both] / base.loc[both]).replace([0, np.inf], np.nan)).dropna(how="all", axis=1)
    if code not in rates.index or rates.empty:
        return None
    own = rates.loc[code].dropna().to_numpy()[-3:]
    if not len(own):
        return None
    near = rates.reindex(known.near.get(code, [])).iloc[:, -1].dropna()
    peers = near if len(near) >= 3 else rates.iloc[:, -1].dropna()
    prior_mean, prior_sd = float(peers.mean()), max(float(peers.std()), 0.1) if len(peers) > 1 else 0.5
    steps = rates.diff(axis=1).stack()
    yearly = max(float(steps.std()) / np.sqrt(2), 0.05) if len(steps) > 1 else USUAL_YEARLY_SD
    precision = 1 / prior_sd**2 + len(own) / yearly**2
    mean = (prior_mean / prior_sd**2 + own.sum() / yearly**2) / precision
    return prior_mean, prior_sd, mean, float(precision**-0.5)
