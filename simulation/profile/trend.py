"""Closed-form expectations of published series: level, pull to peers, pooled growth and honest spread.

Findings behind the constants (2013 to 2020, some 110 authorities): growth of the stock is close to a random walk with
weak pull to the region and neighbours; yearly flows are noisy, so a mean of three years beats the last; only half of
pooled growth is carried on (shrunk to no change); small authorities vary more. Nothing here looks past the origin.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulation.published import neighbours, peers
from simulation.published.published import TOO_SMALL, WORKFORCE, Table

Floats = NDArray[np.float64]
YEAR_WEIGHTS = (0.5, 0.3, 0.2)
STOCK, STARTED, CEASED = "cla_31march_number", "cla_started_number", "cla_ceased_number"
SPREAD_POWER = 0.55
DRIFT_SD = 0.012
"""Yearly standard deviation of the stock's common growth, which nobody knows at the origin either (national series, 2013-20)."""
PRIOR_WEIGHT = 60
"""Authority-years that the prior spread counts for, so that a table of few authorities still has an honest one."""


@dataclass(frozen=True)
class Rule:
    """How one indicator is expected to move.

    log: growth on the log scale (counts and money), else in points; smooth: weight of the three-year mean against the
    last figure; pull: share of the gap to peers closed each year; growth: share of the pooled yearly growth carried on;
    per_child: peers are compared per child; spread: prior yearly standard deviation (log or points); noise: prior
    variance times size for counts (Poisson with siblings).
    """

    log: bool
    smooth: float
    pull: float
    growth: float
    per_child: bool
    spread: float
    noise: float = 0.0


COUNT = Rule(log=True, smooth=0.7, pull=0.08, growth=0.0, per_child=True, spread=0.18, noise=1.5)
POINTS = Rule(log=False, smooth=0.5, pull=0.05, growth=0.5, per_child=False, spread=3.0)
RULES: dict[str, Rule] = {
    STOCK: Rule(log=True, smooth=0.0, pull=0.04, growth=0.5, per_child=True, spread=0.056, noise=1.2),
    STARTED: COUNT,
    CEASED: Rule(log=True, smooth=0.7, pull=0.05, growth=0.0, per_child=True, spread=0.13, noise=1.5),
    "referrals_number": Rule(log=True, smooth=0.5, pull=0.1, growth=0.0, per_child=True, spread=0.2, noise=0.0),
    "s47_number": Rule(log=True, smooth=0.5, pull=0.08, growth=0.5, per_child=True, spread=0.22, noise=0.0),
    "icpc_number": COUNT,
    "cpp_started_number": COUNT,
    "cpp_31march_number": Rule(log=True, smooth=0.7, pull=0.08, growth=0.0, per_child=True, spread=0.22, noise=1.5),
    "cin_31march_number": Rule(log=True, smooth=0.5, pull=0.05, growth=0.0, per_child=True, spread=0.14, noise=0.0),
    "spend_s251_cla_total": Rule(log=True, smooth=0.0, pull=0.0, growth=0.9, per_child=True, spread=0.10),
    "unitcost_s251_cla_weekly": Rule(log=True, smooth=0.3, pull=0.05, growth=0.7, per_child=False, spread=0.11),
    "unitcost_s251_residential_weekly": Rule(log=True, smooth=0.5, pull=0.1, growth=0.7, per_child=False, spread=0.18),
    "unitcost_s251_fostering_weekly": Rule(log=True, smooth=0.7, pull=0.1, growth=0.5, per_child=False, spread=0.14),
    "cla_31march_placement_foster_pct": POINTS,
    "cla_31march_outside_la_pct": POINTS,
    "sw_agency_rate_fte_pct": Rule(log=False, smooth=0.7, pull=0.1, growth=0.0, per_child=False, spread=7.0),
    "sw_vacancy_rate_fte_pct": Rule(log=False, smooth=0.7, pull=0.1, growth=0.0, per_child=False, spread=6.5),
    "sw_turnover_rate_fte_pct": Rule(log=False, smooth=1.0, pull=0.15, growth=0.0, per_child=False, spread=5.5),
    "sw_caseload_avg": Rule(log=True, smooth=0.5, pull=0.15, growth=0.0, per_child=False, spread=0.15),
}
"""Indicators that are forecast and scored."""
SHARES = {
    "cla_31march_placement_foster_pct": ("cla_31march_placement_foster_number", (STOCK,)),
    "cla_31march_outside_la_pct": (
        "cla_31march_outside_la_number",
        ("cla_31march_inside_la_number", "cla_31march_outside_la_number"),
    ),
}
"""Shares formed from counts: numerator, and the counts that make up the denominator."""


def series(table: Table, indicator: str) -> pd.DataFrame:
    """One indicator (or share, in percent) of every authority: a row each, a column for each year."""
    if indicator not in SHARES:
        return table.wide(indicator)
    above, below = SHARES[indicator]
    return 100.0 * table.wide(above) / functools.reduce(lambda a, b: a + b, (table.wide(name) for name in below))


@dataclass(frozen=True, eq=False)
class Known:
    """Everything the table says up to an origin, with what the authorities have in common.

    Build it with :func:`known_at`. Forecasts are medians and standard deviations on the rule's scale (log or points).
    """

    table: Table
    origin: int
    near: dict[str, list[str]]
    kept: dict[tuple[str, str], Any] = field(default_factory=dict)

    def _once(self, what: str, indicator: str, make: Callable[[], Any]) -> Any:
        if (what, indicator) not in self.kept:
            self.kept[what, indicator] = make()
        return self.kept[what, indicator]

    def series(self, indicator: str) -> pd.DataFrame:
        """The indicator in its own unit: a row for each authority, a column for each year up to the origin."""
        return self._once("series", indicator, lambda: series(self.table, indicator))

    def last_year(self, indicator: str) -> int:
        """Year of the newest figure that could be known at the origin."""
        return self.origin - 1 if indicator.startswith(WORKFORCE) else self.origin

    def lead(self, indicator: str, horizon: int) -> int:
        """Years between the newest known figure and the one forecast."""
        return self.origin + horizon - self.last_year(indicator)

    def scaled(self, indicator: str) -> pd.DataFrame:
        """The indicator on its rule's scale (log or points)."""
        return self._once("scaled", indicator, lambda: self._scaled(indicator))

    def _scaled(self, indicator: str) -> pd.DataFrame:
        wide = self.series(indicator)
        wide = wide[[code not in TOO_SMALL for code in wide.index]]
        return np.log(wide.where(wide > 0)) if RULES[indicator].log else wide

    def latest(self, code: str, indicator: str) -> float:
        """The newest known figure: what "same as today" forecasts; NaN where it is not published."""
        wide = self.series(indicator)
        year = self.last_year(indicator)
        return float(wide.loc[code, year]) if code in wide.index and year in wide.columns else float("nan")

    def growth(self, indicator: str) -> float:
        """Pooled yearly growth on the rule's scale: mean over the last three years of the authorities' trimmed mean."""
        return self._once("growth", indicator, lambda: self._growth(indicator))

    def _growth(self, indicator: str) -> float:
        steps = self.scaled(indicator).diff(axis=1)
        last = self.last_year(indicator)
        means = [_trimmed(steps[y]) for y in range(last - 2, last + 1) if y in steps and steps[y].notna().sum() >= 5]
        return float(np.mean(means)) if means else 0.0

    def spread(self, indicator: str) -> tuple[float, float]:
        """Yearly variance before the origin, ``a + b / size``: estimated from all authorities, shrunk to the prior."""
        return self._once("spread", indicator, lambda: self._spread(indicator))

    def _spread(self, indicator: str) -> tuple[float, float]:
        rule = RULES[indicator]
        scaled = self.scaled(indicator)
        steps = scaled.diff(axis=1).stack()  # noqa: PD013
        size = np.exp(scaled.shift(1, axis=1).stack().reindex(steps.index)) if rule.log else pd.Series(1.0, index=steps.index)  # noqa: PD013
        square = (steps - steps.groupby(level=1).transform("median")) ** 2
        seen = len(square)
        weight = seen / (seen + PRIOR_WEIGHT)
        a, b = _variance_by_size(square.to_numpy(), size.to_numpy(), rule) if seen >= 20 else (rule.spread**2, rule.noise)
        return weight * a + (1 - weight) * rule.spread**2, weight * b + (1 - weight) * rule.noise

    def tie(self, one: str, other: str) -> float:
        """Correlation of two indicators' yearly changes on their rules' scales, pooled before the origin and shrunk to none."""
        return self._once(f"tie {one}", other, lambda: self._tie(one, other))

    def _tie(self, one: str, other: str) -> float:
        steps = [self.scaled(name).diff(axis=1).stack() for name in (one, other)]  # noqa: PD013
        both = steps[0].index.intersection(steps[1].index)
        pair = np.array([step.loc[both] for step in steps])
        if len(both) < 20 or (pair.std(axis=1) < 1e-9).any():
            return 0.0
        return float(np.corrcoef(pair)[0, 1]) * len(both) / (len(both) + PRIOR_WEIGHT)

    def level(self, code: str, indicator: str) -> float:
        """Expected level today on the rule's scale: the last figure drawn to its three-year mean; NaN when unknown."""
        rule, scaled, last = RULES[indicator], self.scaled(indicator), self.last_year(indicator)
        if code not in scaled.index:
            return float("nan")
        past = [scaled.loc[code, y] if y in scaled.columns else np.nan for y in (last, last - 1, last - 2)]
        weights = np.where(np.isnan(past), 0.0, YEAR_WEIGHTS)
        if weights.sum() == 0:
            return float("nan")
        mean = float(np.nansum(weights * np.array(past)) / weights.sum())
        return mean if np.isnan(past[0]) else float((1 - rule.smooth) * past[0] + rule.smooth * mean)

    def peers_gap(self, code: str, indicator: str) -> float:
        """How far peers (mean of region and nearest authorities) stand above this one on the rule's scale; 0 if unknown."""
        standing = self._standing(indicator)
        if code not in standing.index or np.isnan(standing[code]):
            return 0.0
        region = self.table.authorities[code].region
        same = [c for c in standing.index if c != code and self.table.authorities[c].region == region]
        means = [standing.reindex(group).mean() for group in (same, self.near.get(code, []))]
        known = [m for m in means if not np.isnan(m)]
        return float(np.mean(known) - standing[code]) if known else 0.0

    def _standing(self, indicator: str) -> pd.Series:
        return self._once("standing", indicator, lambda: self._make_standing(indicator))

    def _make_standing(self, indicator: str) -> pd.Series:
        scaled, last = self.scaled(indicator), self.last_year(indicator)
        if last not in scaled:
            return pd.Series(dtype=float)
        now = scaled[last]
        if not RULES[indicator].per_child:
            return now
        population = neighbours.recent(self.table, "population_0_17", range(last - 2, last + 1))
        return now - np.log(population.where(population > 0).reindex(now.index))

    def median(self, code: str, indicator: str, horizons: int) -> Floats:
        """Expected medians (horizons,) in the indicator's own unit; NaN when nothing is known of it."""
        rule = RULES[indicator]
        start, gap, growth = self.level(code, indicator), self.peers_gap(code, indicator), self.growth(indicator)
        lead = np.array([self.lead(indicator, h) for h in range(1, horizons + 1)], dtype=float)
        path = start + (1 - (1 - rule.pull) ** lead) * gap + rule.growth * growth * lead
        return np.exp(path) if rule.log else np.clip(path, 0, 100 if indicator.endswith("_pct") else None)

    def sd(self, code: str, indicator: str, horizons: int) -> Floats:
        """Standard deviations (horizons,) of the forecast on the rule's scale."""
        a, b = self.spread(indicator)
        size = self.latest(code, indicator) if RULES[indicator].log else 1.0
        yearly = a + (b / max(size, 1.0) if np.isfinite(size) else b)
        lead = np.array([self.lead(indicator, h) for h in range(1, horizons + 1)], dtype=float)
        power = SPREAD_POWER if indicator == STOCK or indicator.startswith(("spend", "unitcost")) else 0.3
        common = DRIFT_SD * lead if indicator == STOCK else 0.0
        return np.sqrt(yearly * lead ** (2 * power) + common**2)

    def random_walk_sd(self, indicator: str, horizons: int) -> Floats:
        """The yardstick: spread of yearly growth pooled over all authorities before the origin, times root time."""
        steps = self._once("steps", indicator, lambda: self.scaled(indicator).diff(axis=1).stack())  # noqa: PD013
        yearly = float(steps.std()) if len(steps) >= 20 else RULES[indicator].spread
        return yearly * np.sqrt(np.array([self.lead(indicator, h) for h in range(1, horizons + 1)], dtype=float))


def known_at(table: Table, origin: int, neighbours_file: str | None = None) -> Known:
    """What is known on 31 March of ``origin``; later rows of ``table`` are dropped first."""
    before = table.until(origin)
    return Known(before, origin, peers.of(before, origin, neighbours_file))


def _trimmed(values: pd.Series) -> float:
    known = np.sort(values.dropna().to_numpy())
    cut = len(known) // 10
    return float(known[cut : len(known) - cut].mean())


def _variance_by_size(square: Floats, size: Floats, rule: Rule) -> tuple[float, float]:
    """Least squares of squared steps on a constant and 1/size, weighted by the prior variance; never below a tenth of it."""
    cap = 25 * (rule.spread**2 + rule.noise / np.maximum(size, 1))
    square = np.minimum(square, cap)
    if rule.noise == 0:
        return max(float(np.mean(square)), 0.1 * rule.spread**2), 0.0
    weight = 1 / (rule.spread**2 + rule.noise / np.maximum(size, 1))
    design = np.column_stack([np.ones_like(size), 1 / np.maximum(size, 1)]) * weight[:, None]
    a, b = np.linalg.lstsq(design, square * weight, rcond=None)[0]
    return max(float(a), 0.1 * rule.spread**2), max(float(b), 0.1 * rule.noise)
