"""Do known settings come back? Figures simulated by the model itself, and the calibration's own fit to them.

    python benchmarks/recovery.py [--runs 64] [--years 2] [--scenario england_typical] [--plot recovery.svg] [--keep runs.parquet]

A Latin hypercube over the free settings of ``calibrate`` is run once. Each run in turn is the truth: its outputs are the
figures, the emulator is fitted to the other runs, and posterior draws are taken as ``calibrate`` takes them (one wave).
Prints, for each setting, how often the 90% range holds the truth, how much narrower it is than the prior, and the
correlation of truth and posterior median. ``--keep`` stores the runs, so that another look needs no new ones.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from numpy.typing import NDArray

sys.path[:0] = [str(Path(__file__).resolve().parent.parent)]

from simulation.forecast import calibrate, match
from simulation.profile import trend
from simulation.scenario import load

Floats = NDArray[np.float64]
SHOWN = ("front_door.entry_factor", "permanence.exit_factor", "demand.referral_factor")
TICKS = (0.2, 0.3, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0)
INNER = 0.1
"""Truths this near the edge of the prior are left out: a range cut off at the edge holds them too seldom or too often."""


def figures(start: int, years: int, like: Floats | None = None) -> calibrate.Data:
    """The figures that are fitted, without values; with ``like`` the variance that the calibration would give them."""
    names = [f"{name}@{start + h}" for name in calibrate.FITTED_TO for h in range(1, years + 1)]
    values = np.zeros(len(names)) if like is None else like
    variance = [
        calibrate._variance(name.split("@")[0], float(np.exp(value)) if trend.RULES[name.split("@")[0]].log else float(value))
        for name, value in zip(names, values, strict=True)
    ]
    return calibrate.Data("", names, values, np.array(variance), years, [])


def made(scenario: str, runs: int, years: int, seed: int) -> tuple[Floats, Floats]:
    """The design in the unit cube and each run's outputs."""
    base = load(scenario, ["covid.happens=false"])
    priors = calibrate._priors(base)
    unit = match.design(runs, len(priors), seed)
    asked = figures(base.start.year, years)
    values = [base.with_values({p.name: float(p.from_unit(row[k])) for k, p in enumerate(priors)}) for row in unit]
    outputs = [calibrate._outputs((one, k, asked, seed, None)) for k, one in enumerate(values, 1)]
    return unit, np.array(outputs)


def recovered(unit: Floats, outputs: Floats, start: int, years: int, own_error: bool) -> tuple[Floats, Floats]:
    """5th, 50th and 95th percentile (3, truths, settings) of each truth's posterior and how much narrower it is.

    own_error: allow for what the model gets wrong, as the command does; else the figures are the model's own and exact.
    """
    bands, narrower = [], []
    for k, told in enumerate(outputs):
        rest = np.arange(len(unit)) != k
        emulator = match.emulate(unit[rest], outputs[rest])
        variance = figures(start, years, told).variance * float(own_error)
        drawn = match.bayes_linear(emulator, told, variance, 200, unit.shape[1], k)
        bands.append(np.percentile(drawn, [5, 50, 95], axis=0))
        narrower.append([match.contraction(float(np.sqrt(1 / 12)), float(sd)) for sd in drawn.std(axis=0)])
    return np.array(bands).transpose(1, 0, 2), np.array(narrower)


def table(names: list[str], unit: Floats, bands: Floats, narrower: Floats) -> pd.DataFrame:
    """A row for each setting."""
    rows = []
    for k, name in enumerate(names):
        inner = (unit[:, k] > INNER) & (unit[:, k] < 1 - INNER)
        held = (bands[0, inner, k] <= unit[inner, k]) & (unit[inner, k] <= bands[2, inner, k])
        tie = float(np.corrcoef(unit[inner, k], bands[1, inner, k])[0, 1])
        rows.append((name, int(inner.sum()), held.mean(), float(np.median(narrower[:, k])), tie))
    return pd.DataFrame(rows, columns=["setting", "truths", "held_90", "contraction", "correlation"]).round(2)


def plot(path: Path, priors: list[match.Prior], unit: Floats, bands: Floats) -> None:
    """Truth against posterior range for the settings that the figures identify."""
    mpl.use("svg")
    from matplotlib.figure import Figure
    from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

    figure = Figure(figsize=(9, 3.2), layout="constrained")
    names = [prior.name for prior in priors]
    for axes, name in zip(figure.subplots(1, len(SHOWN)), SHOWN, strict=True):
        k = names.index(name)
        truth, (low, middle, high) = priors[k].from_unit(unit[:, k]), (priors[k].from_unit(band[:, k]) for band in bands)
        axes.plot([truth.min(), truth.max()], [truth.min(), truth.max()], color="#5B6770", lw=1)
        axes.vlines(truth, low, high, color="#12436D", lw=1.2, alpha=0.6)
        axes.plot(truth, middle, "o", color="#12436D", markersize=3)
        axes.set(xscale="log", yscale="log", title=name.split(".")[1].replace("_", " "), xlabel="true", ylabel="found")
        ticks = [tick for tick in TICKS if truth.min() <= tick <= truth.max()]
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(FixedLocator(ticks))
            axis.set_major_formatter(ScalarFormatter())
            axis.set_minor_locator(NullLocator())
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "recovery"}):
        figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Run, or read what was run, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="england_typical")
    parser.add_argument("--runs", type=int, default=64)
    parser.add_argument("--years", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    base = load(given.scenario)
    priors = calibrate._priors(base)
    if given.keep and given.keep.exists():
        stored = pd.read_parquet(given.keep).to_numpy()
        unit, outputs = stored[:, : len(priors)], stored[:, len(priors) :]
    else:
        unit, outputs = made(given.scenario, given.runs, given.years, given.seed)
        if given.keep:
            frame = pd.DataFrame(np.hstack([unit, outputs]))
            frame.columns = [str(name) for name in frame.columns]
            frame.to_parquet(given.keep)
    names = [prior.name for prior in priors]
    for own_error in (True, False):
        bands, narrower = recovered(unit, outputs, base.start.year, given.years, own_error)
        print("as the command fits, allowing for the model's own error" if own_error else "figures taken as the model's own")
        print(table(names, unit, bands, narrower).to_string(index=False))
        if given.plot and own_error:
            plot(given.plot, priors, unit, bands)


if __name__ == "__main__":
    main()
