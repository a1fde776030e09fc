"""The model's own forecast: closed-form targets set its parameters, a few pilot replications tune them, draws spread them.

Every number that comes out is a measure of replications of the model that ``run`` uses.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from simulation.profile import expect
from simulation.profile.tuning import Fit, Runner, Task, _scenario, _seen, load, run_model, tune


def predict(task: Task, run: Runner | None = None) -> tuple[pd.DataFrame, Fit]:
    """Draws of every indicator: columns indicator, horizon, replication, value; and the fit behind them."""
    run = run or run_model
    base = load(task.scenario, task.targets.origin, expect.simulated_share(task.targets.stock_now))
    fit = tune(task, base, run)
    horizons = task.targets.horizons
    paths = [_seen(task, run, _drawn(task, base, fit, k), k, horizons) for k in range(1, task.replications + 1)]
    rows = [
        (name, h + 1, k + 1, float(value))
        for k, path in enumerate(paths)
        for name, values in path.items()
        for h, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=["indicator", "horizon", "replication", "value"]), fit


def _drawn(task: Task, base: Any, fit: Fit, replication: int) -> Any:
    return _scenario(base, task.targets, fit, task.shocks, replication)
