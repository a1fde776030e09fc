"""What a calibration writes: draws for ``run --ensemble``, how far each setting was moved, how well the runs met the figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulation.forecast import conversions, match
from simulation.forecast.match import Prior
from simulation.profile.trend import RULES, Known
from simulation.scenario import names as dotted

Floats = NDArray[np.float64]
ASSUMED_BELOW = 0.2
"""A parameter whose posterior is less than a fifth narrower than its prior was not moved by the data: it is assumed."""


def ensemble(values: dict[str, Floats]) -> pd.DataFrame:
    """Draws of each parameter as rows ``draw, parameter, value``, numbered from 1."""
    rows = [(k + 1, name, float(f"{v:.6g}")) for name, drawn in values.items() for k, v in enumerate(drawn)]
    return pd.DataFrame(rows, columns=["draw", "parameter", "value"]).sort_values(["draw", "parameter"], ignore_index=True)


def by_runs(base: Any, priors: list[Prior], final: Floats, rejection: Floats) -> pd.DataFrame:
    """A row for each setting fitted by runs; ``final`` and ``rejection``: draws in the unit cube (draws, settings)."""
    even = float(np.sqrt(1 / 12))
    rows = []
    for k, prior in enumerate(priors):
        narrower = match.contraction(even, float(final[:, k].std()))
        row = _row(base, prior.name, "runs", (prior.low, prior.high), prior.from_unit(final[:, k]), narrower)
        rows.append(row | {"p50_by_rejection": float(np.median(prior.from_unit(rejection[:, k])))})
    return pd.DataFrame(rows)


def by_closed_form(base: Any, closed: dict[str, Floats], known: Known, code: str) -> pd.DataFrame:
    """A row for each conversion fitted without runs, beside its neighbours' spread (90%)."""
    rows = []
    for name, drawn in closed.items():
        found = conversions.rate(known, code, *conversions.RATES[name])
        assert found is not None
        mean, sd, _, after = found
        edges = float(np.exp(mean - 1.64 * sd)), float(np.exp(mean + 1.64 * sd))
        rows.append(_row(base, name, "closed form", edges, drawn, match.contraction(sd, after)))
    return pd.DataFrame(rows)


def _row(base: Any, name: str, method: str, prior: tuple[float, float], drawn: Floats, narrower: float) -> dict[str, Any]:
    low, middle, high = np.percentile(drawn, [5, 50, 95])
    return {
        "parameter": name, "method": method, "scenario_value": float(dotted.get(base.parameters, name)), "prior_low": prior[0],
        "prior_high": prior[1], "p05": float(low), "p50": float(middle), "p95": float(high), "contraction": narrower,
        "status": "assumed" if narrower < ASSUMED_BELOW else "calibrated", "p50_by_rejection": np.nan,
    }  # fmt: skip


def figures(names: list[str], observed: Floats, emulator: match.Emulator, final: Floats, every: Floats) -> pd.DataFrame:
    """Each figure: what was published, the posterior's emulated band with run-to-run variation, what settings explain.

    ``names``: ``indicator@year``; ``observed``: on the rule's scale; ``final``: posterior draws in the unit cube; ``every``:
    all runs' outputs (runs, figures).
    """
    mean = emulator.mean(final)
    sd = np.sqrt(mean.var(axis=0) + emulator.left)
    rows = []
    for k, name in enumerate(names):
        indicator, year = name.split("@")
        back = np.exp if RULES[indicator].log else (lambda v: v)
        ends = back(mean[:, k].mean() + sd[k] * np.array([-1.645, 0.0, 1.645]))
        low, middle, high = (float(end) for end in np.clip(ends, 0.0, 100.0 if indicator.endswith("_pct") else None))
        rows.append({
            "indicator": indicator, "year": int(year), "published": float(back(observed[k])),
            "p05": low, "p50": middle, "p95": high,
            "explained_by_settings": float(emulator.explained[k]), "lowest_run": float(back(every[:, k].min())),
            "highest_run": float(back(every[:, k].max())),
        })  # fmt: skip
    return pd.DataFrame(rows)
