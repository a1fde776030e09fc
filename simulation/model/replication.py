"""One replication of a scenario, from its start to its tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from simulation.model.childrens_services import ChildrensServices
from simulation.model.mesa_bridge import forget
from simulation.model.region import run_with_neighbours


def run_replication(
    scenario: Any,
    replication: int,
    seed: int = 0,
    weeks: int | None = None,
    draw: dict[str, float] | None = None,
    events: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, pd.DataFrame]:
    """Run one replication and return its tables. A pure function of its arguments.

    draw: settings given other values (a row of an ensemble); progress: called with weeks done and weeks in all.
    """
    scenario = scenario.with_values(draw) if draw else scenario
    if scenario.neighbour_files:
        return run_with_neighbours(scenario, replication, seed, weeks, events, progress)
    model = ChildrensServices(scenario, replication, seed, weeks, events=events)
    try:
        for week in range(model.weeks):
            model.step()
            if progress:
                progress(week + 1, model.weeks)
        return model.outputs()
    finally:
        forget(model)
