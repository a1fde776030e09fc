"""A base with the plans compared with it, and which of them a chart has room for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from simulation.base.wording import ENOUGH_RUNS, listed, plural
from simulation.report.folder import Results
from simulation.report.style import DASHES, MARKERS, SERIES

DRAWN_AT_MOST = 4


@dataclass(frozen=True)
class Family:
    """One base scenario, its levers, and the style each keeps in every chart."""

    results: Results
    base: str
    levers: tuple[str, ...]
    number: int = 0

    @cached_property
    def drawn(self) -> list[str]:
        """The base and the levers whose plans, cost or numbers in care differ most: what a chart has room for."""
        if len(self.levers) <= DRAWN_AT_MOST:
            return [self.base, *self.levers]
        strongest = sorted(self.levers, key=self._strength, reverse=True)[:DRAWN_AT_MOST]
        return [self.base, *(lever for lever in self.levers if lever in strongest)]

    def _strength(self, lever: str) -> float:
        """How far the lever moves plans by the second review, in widths of its interval."""
        found = self.results.difference(lever, "pct_plans_by_second_review")
        if not found:
            return 0.0
        width = max(found["ci_high"] - found["ci_low"], 1e-9)
        return 0.0 if np.isnan(width) else abs(found["difference"]) / width

    def label(self, scenario: str) -> str:
        """The short name on charts: a lever's without its base's, for ``bradford_2020_agency_cap`` beside ``bradford_2020``."""
        return self.results.scenarios[scenario].label_beside(self.base)

    def look(self, scenario: str) -> dict:
        """Colour, dash and marker of a scenario, the same in every chart."""
        i = self.drawn.index(scenario) % len(SERIES)
        return {"color": SERIES[i], "linestyle": DASHES[i], "marker": MARKERS[i]}

    def name(self, chart: str) -> str:
        """The file name of a chart, told apart when there are two bases."""
        return f"{chart}_{self.number + 1}" if self.number else chart

    def topic(self, words: str) -> str:
        """The heading of a chart, with the base in it when there are two."""
        return f"{words} ({self.label(self.base)})" if len(self.results.bases) > 1 else words

    def assumed(self, scenarios: list[str] | None = None) -> str:
        """The assumption-driven scenarios among those drawn, for the label on the chart itself."""
        drawn = self.drawn if scenarios is None else scenarios
        return listed([self.results.scenarios[s].title for s in drawn if self.results.scenarios[s].assumption_driven])

    @property
    def left_out(self) -> str:
        """A sentence about levers the charts have no room for; empty when all are drawn."""
        more = len(self.levers) - (len(self.drawn) - 1)
        return (
            f" {more} more plans are in the cards and tables; the {DRAWN_AT_MOST} drawn move plans most clearly."
            if more > 0
            else ""
        )

    @cached_property
    def runs(self) -> int:
        """Replications of the base; what a band on a chart may hold depends on it."""
        rows = self.results.summary
        return int(rows.loc[rows["scenario"] == self.base, "replications"].max()) if self.base in set(rows["scenario"]) else 0

    @property
    def few(self) -> bool:
        """True when there are too few runs to speak of 8 in 10 of them."""
        return self.runs < ENOUGH_RUNS

    @property
    def band(self) -> str:
        """What a band on a chart holds, in words."""
        return f"lowest to highest of {plural(self.runs, 'run')}" if self.few else "8 in 10 runs"

    def ends(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Low and high ends of a band over the replications (first axis): the 10th and 90th percentiles, or all of few runs."""
        low, high = np.nanpercentile(values, (0, 100) if self.few else (10, 90), axis=0)
        return low, high

    def weekly(self, measure: str, group: str = "all") -> dict[str, np.ndarray]:
        """Weekly arrays of the drawn scenarios only."""
        found = self.results.weekly(measure, group)
        return {scenario: found[scenario] for scenario in self.drawn if scenario in found}

    def last(self, measure: str, group: str = "all") -> pd.DataFrame:
        """Summary rows of the last whole year of the drawn scenarios, base first."""
        rows = self.results.figures(measure, group)
        return rows.loc[[s for s in self.drawn if s in rows.index]]
