"""What drift and growth come from: each cause removed, and each alone, on common random numbers; and how far drift rests on
priors.

Writes ``contributions.csv`` (which the report draws), ``growth.csv`` and ``drift.csv``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from simulation.base.errors import fault, nearest
from simulation.report import write_report
from simulation.results import files
from simulation.results.folder import open_results
from simulation.scenario.size import scaled
from simulation.validation.counterfactual import CAUSES, GROWTH, Cause, without
from simulation.validation.worlds import FULL, NOTHING, YEARS, interval, plans_by_replication, run_worlds, weeks_to

NO_INTERVAL = "(one run: no interval)"


def causes(
    scenario: Any, out: str | Path, replications: int = 4, size: float = 1.0, workers: int | None = None, draws: int = 0
) -> dict[str, pd.DataFrame]:
    """Run every counterfactual of ``scenario``, write the tables into ``out`` and return them.

    size: of the authority (0.5 halves people, posts, slots and places); draws: how many draws from the priors the
    drift table has (0: none). Raises Faults if the scenario does not reach the years that are counted.
    """
    if scenario.start.year + scenario.weeks / 52 < YEARS[-1] + 0.2 or scenario.start.year >= YEARS[0]:
        raise fault(scenario.id, f"must run from before {YEARS[0]} to March {YEARS[-1]}: drift is counted over those years.")
    world, folder = scaled(scenario, size), Path(out)
    weekly = run_worlds(plan_worlds(world, CAUSES), folder / "counterfactuals", weeks_to(world, YEARS[-1]), replications, workers)
    growth = run_worlds(plan_worlds(world, GROWTH, alone=False), folder / "growth", weeks_to(world, 2023), replications, workers)
    found = contributions(plans_by_replication(weekly)).assign(size=size)
    tables = {"contributions": found, "growth": growth_table(growth, scenario, size)}
    if draws:
        from simulation.validation.drift_over_priors import drift_draws

        tables["drift"] = drift_draws(world, draws, size, folder / "drift", replications, workers)
    for name, table in tables.items():
        files.write_bytes(folder / f"{name}.csv", table.to_csv(index=False, float_format="%.4g").encode("utf-8-sig"))
    return tables


INTO = ("contributions.csv", "growth.csv")
"""What a report draws of the causes."""


def check_into(into: str | Path, scenario: Any) -> None:
    """Refuse a folder that is no results folder, or whose results are not of this scenario."""
    names = open_results(into).scenarios()
    if scenario.id not in names:
        raise fault(into, f"holds results of {', '.join(names)}, not of {scenario.id}.{nearest(scenario.id, names)}")


def put_into(into: str | Path, scenario: Any, made: str | Path) -> Path:
    """Put the causes in ``made`` into the results folder ``into``, and write its report again; gives the report's path."""
    check_into(into, scenario)
    results = open_results(into)
    with files.locked(results.path):
        for name in INTO:
            files.write_bytes(results.path / name, (Path(made) / name).read_bytes())
        return write_report(results.path)


def plan_worlds(scenario: Any, causes: Sequence[Cause], alone: bool = True) -> list[Any]:
    """The world as it was, with none of the causes, without each, and (if asked for) with each alone."""
    worlds = [without(scenario, (), FULL), without(scenario, causes, NOTHING)]
    for cause in causes:
        others = [other for other in causes if other is not cause]
        worlds.append(without(scenario, (cause,), f"without {cause.name}"))
        if alone:
            worlds.append(without(scenario, others, f"only {cause.name}"))
    return worlds


def contributions(plans: pd.DataFrame) -> pd.DataFrame:
    """A row for each cause: what removing it does, what it does alone, and the interval of the first.

    removed_effect: points gained where only this cause is taken away; alone_effect: points lost where it is the only
    one. The last two rows: all removed together, and the interaction, which is what the single removals leave over.
    """
    names = [column.removeprefix("without ") for column in plans.columns if column.startswith("without ")]
    rows = []
    for name in names:
        mean, low, high = interval(plans[f"without {name}"] - plans[FULL])
        alone, alone_low, alone_high = interval(plans[f"only {name}"] - plans[NOTHING])
        rows.append((name, mean, alone, low, high, alone_low, alone_high))
    every = plans[NOTHING] - plans[FULL]
    single = sum((plans[f"without {name}"] - plans[FULL] for name in names), start=0.0 * every)
    for name, values in (("all together", every), ("interaction", every - single)):
        mean, low, high = interval(values)
        rows.append((name, mean, np.nan, low, high, np.nan, np.nan))
    columns = ["cause", "removed_effect", "alone_effect", "ci_low", "ci_high", "alone_ci_low", "alone_ci_high"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(
        measure="pct_plans_by_second_review",
        level_as_it_was=plans[FULL].mean(),
        level_with_none=plans[NOTHING].mean(),
        replications=len(plans),
    )


def growth_table(weekly: pd.DataFrame, scenario: Any, size: float) -> pd.DataFrame:
    """Growth of the stock to 31 March 2023 in parts, in children of the authority's own size."""
    stock = weekly[weekly["measure"] == "n_looked_after"]
    ends = stock[stock["week"] == stock["week"].max()].set_index(["replication", "scenario"])["value"].unstack("scenario") / size  # noqa: PD010
    start = stock[stock["week"] == 0].set_index(["replication", "scenario"])["value"].unstack("scenario")[FULL] / size  # noqa: PD010
    names = [column.removeprefix("without ") for column in ends.columns if column.startswith("without ")]
    parts = {name: ends[FULL] - ends[f"without {name}"] for name in names}
    growth, quiet = ends[FULL] - start, ends[NOTHING] - start
    parts |= {"the stock's own course": quiet, "together, beyond each": growth - quiet - sum(parts.values(), start=0.0 * growth)}
    parts["growth in the model"] = growth
    rows = [(name, *interval(values)) for name, values in parts.items()]
    published = {one.year: one.value for one in scenario.history if one.indicator == "cla_31march_number"}
    if 2023 in published:
        seen = published[2023] - float(start.mean())
        rows += [("growth published", seen, np.nan, np.nan), ("unexplained", seen - float(growth.mean()), np.nan, np.nan)]
    return pd.DataFrame(rows, columns=["part", "children", "ci_low", "ci_high"]).assign(replications=len(ends))


def text(tables: Mapping[str, pd.DataFrame]) -> str:
    """The tables in words for a terminal."""
    table = tables["contributions"]
    lines = [
        f"Plans by the second review, {YEARS[0]} to {YEARS[-1]}: {table['level_as_it_was'].iloc[0]:.1f}% as it was, "
        f"{table['level_with_none'].iloc[0]:.1f}% with none of them ({table['replications'].iloc[0]} replications, same luck).",
        "Points gained when a cause is removed, 95% interval; points it costs alone:",
    ]
    lines += [
        f"  {r.cause:16} {r.removed_effect:+6.1f} "
        + (NO_INTERVAL if np.isnan(r.ci_low) else f"[{r.ci_low:+.1f} to {r.ci_high:+.1f}]")
        + ("" if np.isnan(r.alone_effect) else f"  alone {r.alone_effect:+.1f}")
        for r in table.itertuples()
    ]
    lines.append("Growth of the children looked after to 31 March 2023:")
    lines += [
        f"  {r.part:24} {r.children:+7.0f}" + ("" if np.isnan(r.ci_low) else f" [{r.ci_low:+.0f} to {r.ci_high:+.0f}]")
        for r in tables["growth"].itertuples()
    ]
    if "drift" in tables:
        drift = tables["drift"]
        lines.append(
            f"Draws from the priors with drift: {drift['drifts'].mean():.0%} of {len(drift)} "
            f"({drift['drifts_clearly'].mean():.0%} with intervals that leave zero out); "
            f"reversing the order turns it round in {drift['reversal_turns_it_round'].mean():.0%}."
        )
    return "\n".join(lines)
