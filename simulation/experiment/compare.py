"""Two plans on common random numbers: differences replication by replication, their interval, and a verdict that may be
*not known*.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from simulation.base.errors import fault, nearest
from simulation.base.measures import REGISTER
from simulation.base.wording import ENOUGH_RUNS, amount, capital, change, plural, said, short, span, year_words
from simulation.experiment.ensemble import Ensemble, split_variance, strongest
from simulation.results.periods import RUN, YEAR
from simulation.results.summary import CONFIDENCE, KEYS, Matrix, cluster_means, interval, nan_mean, nan_sd

REVERSAL = 0.10
"""If at least this share of plausible parameters reverses the order of two plans, the order is not known."""
DRAWS_MATTER = 0.05
"""Parameters are taken to move a difference if chance alone would look like it less often than this."""
RESAMPLES = 2000
METHODS = ("t", "bootstrap")
TINY = 1e-9


@dataclass(frozen=True)
class Paired:
    """Two matrices with the same series (rows of ``keys``) and the same replications, in order."""

    keys: pd.DataFrame
    base: np.ndarray
    plan: np.ndarray
    clusters: np.ndarray

    @property
    def difference(self) -> np.ndarray:
        """Plan less base, replication by replication; rounding dust is zero."""
        gap = self.plan - self.base
        dust = TINY * np.maximum(np.abs(self.plan), np.abs(self.base))
        return np.where(np.abs(gap) <= dust, 0.0, gap)


def pair(base: Matrix, plan: Matrix) -> Paired:
    """Match the series of two scenarios and the replications that both finished."""
    both = pd.concat([base.keys, plan.keys], ignore_index=True).drop_duplicates(KEYS, ignore_index=True)
    numbers, left, right = np.intersect1d(base.replications, plan.replications, return_indices=True)
    if not len(numbers):
        raise fault("compare", "the two scenarios have no finished replication in common.")
    base, plan = base.columns(both), plan.columns(both)
    return Paired(both, base.array[left], plan.array[right], base.clusters[left])


def compare(
    base: Matrix,
    plan: Matrix,
    scenario: str,
    base_name: str,
    ensemble: Ensemble | None = None,
    confidence: float = CONFIDENCE,
    method: str = "t",
) -> pd.DataFrame:
    """The comparison rows of ``scenario`` against ``base_name``.

    The interval is for the mean difference (``method`` ``t`` or ``bootstrap``; with an ensemble, between draws).
    """
    pairs = pair(base, plan)
    gap = pairs.difference
    n, mean, low, high = _interval(gap, pairs.clusters, confidence, method)
    better = pairs.keys["measure"].map(lambda name: REGISTER[name].better).to_numpy(object)
    frame = pd.DataFrame(
        {"scenario": scenario, "base": base_name, **{name: pairs.keys[name] for name in KEYS}, "replications": n}
    )
    frame["base_mean"] = nan_mean(np.where(np.isfinite(gap), pairs.base, np.nan))
    frame["mean"] = nan_mean(np.where(np.isfinite(gap), pairs.plan, np.nan))
    low, high = _possible(low, high, pairs.keys)
    frame["difference"], frame["ci_low"], frame["ci_high"] = mean, low, high
    frame["p_better"], frame["better"] = probability_better(gap, better), better
    unknown = order_unknown(gap, pairs.clusters) if ensemble else np.zeros(len(mean), bool)
    frame["verdict"] = verdicts(mean, low, high, better, unknown)
    frame["certainty"] = certainties(frame["verdict"].to_numpy(object), n)
    frame["pairing_ratio"] = pairing_ratio(pairs)
    named = strongest(ensemble, gap, pairs.clusters)[0] if ensemble else np.full(len(mean), "", object)
    frame["depends_on"] = np.where(unknown, named, "")
    frame["weeks"] = pairs.keys["weeks"]
    return frame


def _possible(low: np.ndarray, high: np.ndarray, keys: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The interval cut to what can be: two shares of a whole differ by 100 points at most."""
    most = np.where([REGISTER[name].is_share for name in keys["measure"]], 100.0, np.inf)
    return np.clip(low, -most, most), np.clip(high, -most, most)


def _interval(gap: np.ndarray, clusters: np.ndarray, confidence: float, method: str) -> tuple[np.ndarray, ...]:
    if method == "bootstrap":
        return bootstrap(gap, clusters, confidence)
    if method != "t":
        raise fault("--method", f"{method!r} is not one of {', '.join(METHODS)}.{nearest(method, METHODS)}")
    return interval(gap, clusters, confidence)


def bootstrap(gap: np.ndarray, clusters: np.ndarray, confidence: float = CONFIDENCE) -> tuple[np.ndarray, ...]:
    """As ``interval``, by resampling replications (or draws) in bulk: studentised, so that it holds for few and skewed ones.

    The resampling is fixed, so the same results always give the same interval.
    """
    n, mean, _, _ = interval(gap, clusters, confidence)
    units = cluster_means(gap, clusters)
    size = len(units)
    if size < 3:
        return interval(gap, clusters, confidence)
    luck = np.random.Generator(np.random.PCG64(20_240_331))
    weights = luck.multinomial(size, np.full(size, 1 / size), RESAMPLES) / size
    filled = np.where(np.isfinite(units), units, nan_mean(units))
    centre, spread = filled.mean(0), filled.std(0)
    again = weights @ filled
    deviation = np.sqrt(np.maximum(weights @ (filled - centre) ** 2 - (again - centre) ** 2, 0))
    t = np.divide(again - centre, deviation, out=np.zeros_like(again), where=deviation > TINY * np.maximum(spread, 1e-300))
    tails = np.percentile(t, [50 * (1 - confidence), 50 * (1 + confidence)], axis=0)
    return n, mean, mean - tails[1] * spread, mean - tails[0] * spread


def probability_better(gap: np.ndarray, better: np.ndarray) -> np.ndarray:
    """Share of paired futures in which the plan is better in the stated direction, ties counted half; NaN without a direction."""
    sign = np.select([better == "more", better == "less"], [1.0, -1.0], np.nan)
    present = np.isfinite(gap)
    wins = ((gap * sign > 0) & present).sum(0) + 0.5 * ((gap == 0) & present).sum(0)
    n = present.sum(0)
    return np.where(np.isfinite(sign) & (n > 0), wins / np.maximum(n, 1), np.nan)


def order_unknown(gap: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Series in which plausible parameters reverse the order of the two plans.

    True where the draws move the difference (beyond chance, by the F test) and, chance taken out, at least REVERSAL
    of them lie on the other side of zero. Where no draw has two replications, chance cannot be taken out and the
    share of draws on the other side decides.
    """
    split, mean = split_variance(gap, clusters), nan_mean(gap)
    if np.isnan(split.chance).all():
        units = cluster_means(gap, clusters)
        other = (np.sign(units) == -np.sign(mean)).sum(0) / np.maximum(np.isfinite(units).sum(0), 1)
        return (len(units) > 1) & (other >= REVERSAL)
    spread = np.sqrt(split.parameters)
    share = special.ndtr(-np.divide(np.abs(mean), spread, out=np.full_like(mean, np.inf), where=spread > 0))
    return (split.p_value < DRAWS_MATTER) & (share >= REVERSAL)


def verdicts(mean: np.ndarray, low: np.ndarray, high: np.ndarray, better: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """One word or two for each series; without an interval (one replication) nothing is clear."""
    clear = (low > 0) | (high < 0) | ((low == high) & (mean != 0))
    good = np.where(better == "more", mean > 0, mean < 0)
    return np.select([unknown, ~clear, better == "", good], ["not known", "no clear difference", "changed", "better"], "worse")


def certainties(verdict: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """How sure a verdict is: ``clear``, or ``apparent`` from fewer than ENOUGH_RUNS pairs; empty where nothing differs."""
    differs = np.isin(verdict.astype(str), ["better", "worse", "changed"])
    return np.where(differs, np.where(pairs >= ENOUGH_RUNS, "clear", "apparent"), "")


def pairing_ratio(pairs: Paired) -> np.ndarray:
    """Variance of the paired difference over that of unpaired runs: what common random numbers are worth."""
    apart = nan_sd(pairs.base) ** 2 + nan_sd(pairs.plan) ** 2
    return np.divide(nan_sd(pairs.difference) ** 2, apart, out=np.full_like(apart, np.nan), where=apart > 0)


def compare_all(
    data: Mapping[str, Matrix],
    bases: Mapping[str, str],
    ensemble: Ensemble | None = None,
    confidence: float = CONFIDENCE,
    method: str = "t",
) -> pd.DataFrame | None:
    """Every scenario against its base; None if there is nothing to compare."""
    parts = [
        compare(data[base], data[name], name, base, ensemble, confidence, method)
        for name, base in bases.items()
        if name in data and base in data
    ]
    return pd.concat(parts, ignore_index=True) if parts else None


HEADLINES = (
    "n_looked_after",
    "pct_plans_by_second_review",
    "pct_visits_on_time",
    "pct_know_plan",
    "weeks_unrecognised_risk",
    "n_unallocated",
    "pct_agency",
    "pct_outside_boundary",
    "new_reentries",
    "gbp_net",
)
"""Measures shown on the terminal; the file has all of them."""


def comparison_text(frame: pd.DataFrame) -> str:
    """The headline measures over the last whole year, and money over the whole run, in words for a terminal."""
    shown = frame[frame["measure"].isin(HEADLINES) & (frame["group"] == "all") & frame["difference"].notna()]
    whole = shown[shown["period_kind"] == YEAR]
    year = whole["period"].max() if len(whole) else RUN
    lines = []
    for (scenario, base), rows in shown.groupby(["scenario", "base"], sort=False):
        runs = int(rows["replications"].max())
        lines.append(f"{scenario} less {base}, {_period_words(year)}, {plural(runs, 'pair')} of runs:")
        lines += [_line(row) for row in _in_order(rows[rows["period"] == year])]
        whole_run = rows[(rows["period"] == RUN) & (year != RUN) & (rows["unit"] == "GBP")]
        lines += [_line(row) + ", over the whole run" for row in _in_order(whole_run)]
        if runs < ENOUGH_RUNS:
            lines.append(f"  {FEW}")
    return "\n".join([*lines, f"{len(frame):,} rows in comparison.csv. In brackets: 95% interval for the mean difference."])


FEW = "These are few runs: take the intervals for what they are, and run more (--replications 20) before relying on any verdict."


def _in_order(rows: pd.DataFrame) -> Iterator[Any]:
    return rows.sort_values("measure", key=lambda names: names.map(HEADLINES.index)).itertuples()


def _period_words(period: str) -> str:
    return "the whole run" if period == RUN else f"financial year {year_words(int(period))}"


def _line(row: Any) -> str:
    """``  Net outturn: £136m to £137m, +£989k [+£154k to +£2.25m]: changed``."""
    unit = row.unit
    levels = f"{amount(row.base_mean, unit)} to {amount(row.mean, unit)}"
    gap = f"{change(row.difference, unit)} [{span(row.ci_low, row.ci_high, unit, sign=True)}]"
    return f"  {capital(short(row.measure))}: {levels}, {gap}: {said(row.verdict, row.replications)}"
