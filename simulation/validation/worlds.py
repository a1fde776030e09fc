"""The same scenario in several worlds, run on common random numbers, and what is counted in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from simulation.experiment.runner import run_experiment
from simulation.model.replication import run_replication
from simulation.results import files

FULL, NOTHING = "as it was", "none of them"
FUNCTION = "simulation.validation.causes:few_measures"
YEARS = (2020, 2021, 2022)
"""Financial years over which plans by the second review are counted."""
KEPT = (
    "new_plans_by_second_review", "new_second_reviews_due", "new_visits_on_time", "new_visits_due",
    "n_looked_after", "n_know_plan",
    "n_old_enough_to_know", "new_care_starts", "new_care_ceased", "n_agency_workers", "n_workforce", "n_two_worker_changes",
    "n_allocated_cases", "n_case_holders", "years_looked_after",
)  # fmt: skip


def few_measures(scenario: Any, replication: int, **more: Any) -> dict[str, pd.DataFrame]:
    """One replication of which only the measures that a contribution is read from are kept."""
    weekly = run_replication(scenario, replication, **{**more, "events": False})["weekly"]
    kept = weekly[weekly["measure"].isin(KEPT) & (weekly["group"] == "all")]
    return {"weekly": kept.assign(measure=kept["measure"].astype(str), group="all", unit=kept["unit"].astype(str))}


def run_worlds(worlds: list[Any], out: Path, weeks: int, replications: int, workers: int | None) -> pd.DataFrame:
    """Weekly values of every world: scenario, replication, week, date, measure, value."""
    folder = run_experiment(worlds, replications, weeks=weeks, workers=workers, out=out, function=FUNCTION)
    return files.read_parquet(folder / "weekly.parquet", ["scenario", "replication", "week", "date", "measure", "value"])


def weeks_to(scenario: Any, year: int) -> int:
    """Weeks from the start to 31 March of ``year``, never beyond the scenario's own horizon."""
    return min(scenario.weeks, (pd.Timestamp(year, 4, 1) - pd.Timestamp(scenario.start)).days // 7 + 1)


def rate(weekly: pd.DataFrame, top: str, bottom: str, first: str, last: str) -> pd.DataFrame:
    """Per cent ``top`` is of ``bottom`` over the dates between, by replication (rows) and scenario (columns)."""
    dates = pd.to_datetime(weekly["date"])
    here = weekly[(dates > first) & (dates <= last) & weekly["measure"].isin([top, bottom])]
    sums = here.groupby(["scenario", "replication", "measure"], observed=True)["value"].sum().unstack("measure")  # noqa: PD010
    return (100 * sums[top] / sums[bottom]).unstack("scenario")  # noqa: PD010


def plans_by_replication(weekly: pd.DataFrame) -> pd.DataFrame:
    """Plans by the second review over the years counted, by replication (rows) and world (columns)."""
    return rate(weekly, "new_plans_by_second_review", "new_second_reviews_due", f"{YEARS[0] - 1}-03-31", f"{YEARS[-1]}-03-31")


def interval(values: pd.Series | np.ndarray) -> tuple[float, float, float]:
    """Mean and its 95% interval over replications (Student's t); the interval is empty for one replication, all for none."""
    values = np.asarray(values, dtype=float)
    if not len(values):
        return np.nan, np.nan, np.nan
    mean, n = float(np.mean(values)), len(values)
    half = float(stats.t.ppf(0.975, n - 1) * values.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
    return mean, mean - half, mean + half
