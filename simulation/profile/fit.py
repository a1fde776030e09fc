"""The fit: a profile's settings turned until the base run does what is expected of the authority, and what is not known of it.

The expectation is made in closed form from years up to the start (``expect``), a few pilot replications turn the settings
(``tuning``), and what is not known of the years ahead becomes walks (``unknown``). All of it is written into the scenario file.
"""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from simulation.profile import expect, tuning, unknown
from simulation.profile.expect import Targets
from simulation.profile.trend import ARRIVALS, Known, series
from simulation.scenario.form import ChangeForm, Fitted, WalkForm
from simulation.scenario.gathered import Settings
from simulation.scenario.load import load
from simulation.scenario.size import scaled

YEARS = 5
"""Years ahead that the fit and the walks speak of; the last one's values go on."""
TOLD = (
    "cla_31march_number", "cla_started_other_number", "cla_started_uasc_number", "cla_ceased_number", "cin_31march_number",
    "cpp_31march_number", "referrals_number", "sw_caseload_avg", "sw_vacancy_rate_fte_pct", "sw_agency_rate_fte_pct",
    "cla_31march_placement_foster_pct", "cla_31march_outside_la_pct", "spend_s251_cla_total",
    "unitcost_s251_residential_weekly", "unitcost_s251_fostering_weekly",
)  # fmt: skip
"""Figures of the table that compares the base run with what was published."""
PUBLISHED_YEARS = 3
GAP = 0.10
"""A first year further than this from what was expected is named."""
CHECKS = 1500
"""Children looked after over all checking replications together: more of them for small authorities."""


@dataclass(frozen=True, eq=False)
class Fit:
    """What a fit adds to a profile: settings of the starting day, yearly turns, walks, and the table that tells of it."""

    start: dict[str, float]
    turns: list[ChangeForm]
    walks: list[WalkForm]
    table: list[Fitted]
    expected: Targets

    def gaps(self) -> list[str]:
        """Every figure whose first year is more than a tenth from what was expected, in words."""
        return [line for one in self.table if (line := gap(one))]


def fit(text: str, known: Known, code: str, run: tuning.Runner | None = None, seed: int = 0) -> Fit:
    """Fit the scenario whose file has this ``text``; ``known`` is what was known on its starting day."""
    run = run or tuning.run_model
    expected = expect.targets(known, code, YEARS)
    size = expect.simulated_share(expected.stock_now)
    base = _loaded(text)
    copy = scaled(base, size)
    turned = tuning.tune(expected, copy, run, size, seed)
    first = _first_year(tuning.fitted(copy, expected, turned), expected, size, run, seed)
    return Fit(
        tuning.start_values(base, turned),
        tuning.yearly_changes(turned, expected, base.start),
        unknown.walks(known, code, expected),
        _table(known, code, expected, first),
        expected,
    )


def arrivals(known: Known, code: str, settings: Settings) -> Settings:
    """The settings with the unaccompanied children that are expected: the last two years', not the last one's alone."""
    name = "demand.unaccompanied_per_10k_per_year"
    children = settings.numbers["authority.population_0_17"]
    changed = replace(settings, numbers=dict(settings.numbers), sources=dict(settings.sources), cuts=list(settings.cuts))
    changed.put(name, 1e4 * known.arrivals(code) / children, f"{ARRIVALS}: last two years, the newer counting more")
    return changed


def gap(one: Fitted) -> str:
    """What a figure's first year misses, in words; empty when it is within a tenth of what was expected."""
    if one.first_year is None or one.expected == 0:
        return ""
    ratio = one.first_year / one.expected
    if abs(ratio - 1) <= GAP:
        return ""
    way = "above" if ratio > 1 else "below"
    return f"{one.indicator}: {abs(ratio - 1):.0%} {way} what was expected ({one.first_year:.4g} against {one.expected:.4g})"


def _loaded(text: str) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "profile.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path)


def _first_year(scenario: Any, expected: Targets, size: float, run: tuning.Runner, seed: int) -> dict[str, float]:
    """Means of the first year over replications that the pilots did not use."""
    count = int(np.clip(round(CHECKS / max(expected.stock_now, 1.0)), 2, 6))
    seen = tuning.mean_of_pilots(scenario, range(101, 101 + count), 1, size, run, seed)
    return {name: float(path[0]) for name, path in seen.items()}


def _table(known: Known, code: str, expected: Targets, first: dict[str, float]) -> list[Fitted]:
    """Last published years, expectation and first year of each figure that is known."""
    rows = []
    for name in TOLD:
        past = _past(known, code, name)
        wanted = known.arrivals(code) if name == ARRIVALS else float(expected.median.get(name, [math.nan])[0])
        if past and np.isfinite(wanted):
            had = first.get("cla_started_number", math.nan) - first.get("cla_started_other_number", math.nan)
            year = had if name == ARRIVALS else first.get(name, math.nan)
            told = _rounded(year) if np.isfinite(year) else None
            rows.append(Fitted(indicator=name, published=past, expected=_rounded(wanted), first_year=told))
    return rows


def _past(known: Known, code: str, name: str) -> list[float]:
    """The last published years of a figure up to the start, oldest first."""
    frame = series(known.table, name)
    if code not in frame.index:
        return []
    row = frame.loc[code].dropna()
    last = known.last_year(name)
    return [_rounded(float(row[year])) for year in sorted(row.index) if last - PUBLISHED_YEARS < year <= last]


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")

