"""The forecast that a director gets, made for a past year: the scenario that ``profile`` writes, run as ``run`` runs it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from simulation.profile import outcomes, profile, tuning
from simulation.profile.trend import Known, known_at
from simulation.published import packaged
from simulation.scenario.load import load

Runner = tuning.Runner


@dataclass(frozen=True)
class Figures:
    """Where published figures come from: files as given on the command line, and whether packaged ones are used."""

    data: str | None = None
    fill: str | None = None
    alone: bool = False
    neighbours: str | None = None


@dataclass(frozen=True)
class Task:
    """One authority at one origin: everything a worker process needs."""

    code: str
    path: Path
    figures: Figures
    origin: int
    horizons: int
    replications: int
    seed: int = 0
    hindsight: bool = False


def predict(task: Task, known: Known | None = None, run: Runner | None = None) -> pd.DataFrame:
    """Write the profile and run it: columns indicator, horizon, replication, value."""
    known, run = known or known_of(task.figures, task.origin), run or tuning.run_model
    made = profile.make(known.table, task.code, task.origin, known.near, history=False, hindsight=task.hindsight)
    profile.write_text(task.path, profile.as_file(profile.fitted(made, known, run)))
    return draws(load(task.path), task, run)


def draws(scenario: Any, task: Task, run: Runner) -> pd.DataFrame:
    """Every indicator of every replication, 1 to ``horizons`` years ahead."""
    weeks = outcomes.weeks_for(task.horizons)
    rows = [
        (name, year, number, float(value))
        for number in range(1, task.replications + 1)
        for name, path in outcomes.yearly(run(scenario, number, task.seed, weeks), task.horizons).items()
        for year, value in enumerate(path, start=1)
    ]
    return pd.DataFrame(rows, columns=["indicator", "horizon", "replication", "value"])


@lru_cache(maxsize=2)
def known_of(figures: Figures, origin: int) -> Known:
    """What was known at the origin, read once in each process."""
    return known_at(packaged.known(figures.data, figures.fill, figures.alone), origin, figures.neighbours)

