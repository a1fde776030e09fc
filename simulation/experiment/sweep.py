"""Designs over uncertain parameters, as the ensembles that ``run --ensemble`` reads, and what they say of each parameter.

A design is a table of draws: a Latin hypercube to spread draws evenly, a grid, one parameter at a time, or Morris
trajectories (Morris 1991) to screen many parameters cheaply. ``run`` then writes ``sensitivity.csv``.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import qmc

from simulation.base.errors import fault, nearest
from simulation.experiment.ensemble import COLUMNS, Ensemble, check_out, standard_ranks
from simulation.results import files
from simulation.results.periods import YEAR
from simulation.results.summary import KEYS, Matrix, cluster_means
from simulation.scenario.names import settings

Ranges = Mapping[str, tuple[float, float]]
MOST_DRAWS = 10_000
LEVELS = 4
"""Levels of a Morris design."""


def latin_hypercube(ranges: Ranges, size: int, seed: int = 0) -> Ensemble:
    """``size`` draws, each parameter spread evenly over its range."""
    return _scaled(ranges, qmc.LatinHypercube(len(ranges), seed=seed).random(size))


def grid(ranges: Ranges, size: int, seed: int = 0) -> Ensemble:
    """Every combination of ``size`` evenly spaced values of each parameter."""
    if size ** len(ranges) > MOST_DRAWS:
        draws = f"{size} values of {len(ranges)} parameters make {size ** len(ranges):,} draws"
        raise fault("design", f"{draws}; {MOST_DRAWS:,} at most.")
    return _scaled(ranges, np.array(list(itertools.product(np.linspace(0, 1, size), repeat=len(ranges)))))


def one_way(ranges: Ranges, size: int, seed: int = 0) -> Ensemble:
    """From the middle of every range, each parameter in turn at ``size`` evenly spaced values."""
    middle = np.full(len(ranges), 0.5)
    rows = [middle]
    for place in range(len(ranges)):
        for value in np.linspace(0, 1, size):
            row = middle.copy()
            row[place] = value
            rows += [row]
    return _scaled(ranges, np.array(rows))


def morris(ranges: Ranges, size: int, seed: int = 0) -> Ensemble:
    """``size`` trajectories: from a random point, one parameter at a time moves by two thirds of its range."""
    luck, count = np.random.Generator(np.random.PCG64(seed)), len(ranges)
    step = LEVELS / 2 / (LEVELS - 1)
    rows = []
    for _ in range(size):
        point = luck.integers(0, LEVELS // 2, count) / (LEVELS - 1)
        up = luck.random(count) < 0.5
        point = np.where(up, point, point + step)
        rows.append(point)
        for place in luck.permutation(count):
            point = point.copy()
            point[place] += step if up[place] else -step
            rows.append(point)
    return _scaled(ranges, np.array(rows))


KINDS = {"lhs": latin_hypercube, "grid": grid, "one-way": one_way, "morris": morris}
"""Designs by the name they have on the command line."""


def _scaled(ranges: Ranges, unit: np.ndarray) -> Ensemble:
    """Points of the unit cube as draws; refused if there are none or too many."""
    if not 1 <= len(unit) <= MOST_DRAWS:
        raise fault("design", f"{len(unit):,} draws; from 1 to {MOST_DRAWS:,} are allowed.")
    low, high = np.array([*ranges.values()], float).T
    rows = (low + unit * (high - low)).tolist()
    return Ensemble({number: dict(zip(ranges, row, strict=True)) for number, row in enumerate(rows, start=1)})


def design(kind: str, ranges: Ranges, size: int, seed: int = 0, only: list[str] | None = None) -> Ensemble:
    """A design by name over ``ranges``, or over those named in ``only``. Raises Faults."""
    if kind not in KINDS:
        raise fault("--kind", f"'{kind}' is not one of {', '.join(KINDS)}.{nearest(kind, KINDS)}")
    for name in only or ():
        if name not in ranges:
            hint = nearest(name, ranges)
            raise fault("--only", f"'{name}' has no range in this scenario: give it one under 'uncertain'.{hint}")
    chosen = {name: ranges[name] for name in only} if only else dict(ranges)
    if not chosen:
        raise fault("design", "the scenario has no uncertain parameters.")
    return _whole_numbers(KINDS[kind](chosen, size, seed))


def _whole_numbers(made: Ensemble) -> Ensemble:
    """Settings that are whole numbers rounded to one."""
    known = settings()
    whole = {name for name in next(iter(made.draws.values())) if name in known and known[name].kind == "whole"}
    return Ensemble({draw: {name: float(round(value)) if name in whole else value for name, value in values.items()}
                     for draw, values in made.draws.items()})  # fmt: skip


def write_ensemble(path: Path, ensemble: Ensemble) -> None:
    """Write a design as the table (draw, parameter, value) that ``run --ensemble`` reads."""
    check_out(path)
    rows = [(draw, name, value) for draw, values in ensemble.draws.items() for name, value in values.items()]
    files.write_bytes(path, pd.DataFrame(rows, columns=COLUMNS).to_csv(index=False, lineterminator="\n").encode())


def sensitivity(data: Matrix, scenario: str, ensemble: Ensemble) -> pd.DataFrame:
    """The rows of ``sensitivity.csv`` for one scenario: each measure in the last full year or the run, by parameter.

    An elementary effect is the change of the measure between two neighbouring draws that differ in one parameter,
    scaled to that parameter's whole range; designs without such neighbours have none.
    """
    place = _places(data)
    draws = np.unique(data.clusters)
    values, drawn = cluster_means(data.array[:, place], data.clusters), ensemble.table(draws)
    series = np.where(np.isfinite(values), values, 0.0)
    ranks = standard_ranks(drawn.to_numpy(float)).T @ standard_ranks(series) / len(draws)
    parts = []
    for number, name in enumerate(drawn.columns):
        frame = data.keys.loc[place, KEYS].reset_index(drop=True)
        frame.insert(0, "scenario", scenario)
        effects = _effects(drawn.to_numpy(float), series, draws, number)
        frame["parameter"], frame["rank_correlation"], frame["effects"] = name, ranks[number], len(effects)
        empty = np.full(len(place), np.nan)
        frame["mean_effect"] = effects.mean(0) if len(effects) else empty
        frame["mean_absolute_effect"] = np.abs(effects).mean(0) if len(effects) else empty
        frame["sd_effect"] = effects.std(0, ddof=1) if len(effects) > 1 else empty
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def _places(data: Matrix) -> np.ndarray:
    keys = data.keys
    years = keys.loc[keys["period_kind"] == YEAR, "period"]
    return np.flatnonzero((keys["group"] == "all") & (keys["period"] == (years.max() if len(years) else "run")))


def _effects(drawn: np.ndarray, values: np.ndarray, draws: np.ndarray, number: int) -> np.ndarray:
    """Effects ``[pair, series]`` of one parameter from neighbouring draws that differ in it alone."""
    change = np.diff(drawn, axis=0)
    alone = (change[:, number] != 0) & ((change != 0).sum(1) == 1) & (np.diff(draws) == 1)
    width = np.ptp(drawn[:, number])
    return np.diff(values, axis=0)[alone] / change[alone, number][:, None] * width
