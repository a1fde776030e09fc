"""A figure for one authority and year: its own, else its own of a near year, else its neighbours', region's or England's."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from simulation.evidence.published import ENGLAND, WORKFORCE, Table
from simulation.fitting import complete_margin

CLA = "cla_31march_number"
NEAR_YEARS = (1, 2, 3)
FEWEST_NEIGHBOURS = 3


@dataclass(frozen=True)
class Found:
    """A figure and where it comes from; ``borrowed`` when it is not the authority's own of that year."""

    value: float
    source: str
    borrowed: bool

    @property
    def missing(self) -> bool:
        """Whether nobody has published it."""
        return bool(np.isnan(self.value))


@dataclass(eq=False)
class Borrower:
    """Looks figures up for one authority and year, and keeps a list of what it had to borrow."""

    table: Table
    code: str
    year: int
    neighbours: list[str]
    notes: list[str] = field(default_factory=list)

    def year_of(self, indicator: str) -> int:
        """The year asked for; a workforce figure of September is a year earlier, so that nothing is later than 31 March."""
        return self.year - 1 if indicator.startswith(WORKFORCE) else self.year

    def plain(self, indicator: str) -> Found:
        """A rate, price or share as published; peers' mean where it is missing."""
        return self._find(indicator, None)

    def population(self) -> Found:
        """Children aged 0 to 17; where no year is published, from the number and rate of children looked after."""
        found = self._own("population_0_17", (0, *NEAR_YEARS))
        if found is not None and found.value > 0:
            return found
        for year in (self.year - k for k in (0, *NEAR_YEARS)):
            number, rate = self.table.value(self.code, CLA, year), self.table.value(self.code, "cla_31march_rate_per_10k", year)
            if number > 0 and rate > 0:
                return Found(1e4 * number / rate, f"{CLA} over its rate per 10,000, {year}", True)
        return Found(float("nan"), "population_0_17 is not published", True)

    def count(self, indicator: str, per: str = "population_0_17") -> Found:
        """A count; where it is missing, peers' ratio to ``per`` times this authority's own ``per``."""
        return self._find(indicator, per)

    def ratio(self, above: str, below: str) -> Found:
        """One published count over another; peers' ratio where either is missing. For example conferences per enquiry."""
        for year in (self.year_of(above), *(self.year_of(above) - k for k in NEAR_YEARS)):
            a, b = self.table.value(self.code, above, year), self.table.value(self.code, below, year)
            if np.isfinite(a) and np.isfinite(b) and b > 0:
                own = year == self.year_of(above)
                return Found(a / b, f"{above} / {below}, {year}" + ("" if own else " (nearest year published)"), not own)
        return self._peers(above, below, 1.0)

    def parts(
        self, total: int, indicators: dict[str, tuple[str, ...]], usual_shares: dict[str, float]
    ) -> tuple[dict[str, int], dict[str, str]]:
        """A margin that sums to ``total``: counts by part and a source line for each.

        ``indicators`` names what is added up for each part; a part none of whose indicators is published takes its
        share of what is left from peers, else from ``usual_shares``. Published parts stay within one child; what they
        leave unexplained goes to parts with a suppressed summand and to ``_other`` and ``_rest``.
        """
        published, shares, sources, unsure = [], [], {}, []
        for name, names in indicators.items():
            figures = np.array([self.table.value(self.code, i, self.year) for i in names])
            known = bool(np.isfinite(figures).any())
            published.append(float(np.nansum(figures)) if known else np.nan)
            unsure.append(known and bool(np.isnan(figures).any() or name.endswith(("_other", "_rest"))))
            share, source = (np.nan, "") if known else self._peer_share(names)
            shares.append(usual_shares[name] if np.isnan(share) else share)
            sources[name] = f"{' + '.join(names)}, {self.year}" if known else (source or "usual share, England")
        published = _leftover_to_unsure(total, published, unsure)
        counts = complete_margin(total, published, shares)
        for name, count, figure in zip(indicators, counts, published, strict=True):
            if np.isnan(figure):
                self.note(f"{name}: {count}", sources[name])
                sources[name] = "borrowed: " + sources[name]
            elif abs(count - figure) > 1:
                self.note(f"{name}: {count}", f"published {figure:g}; parts do not sum to {total}, fitted proportionally")
                sources[name] += f" (published {figure:g}, fitted to the total)"
        return dict(zip(indicators, (int(c) for c in counts), strict=True)), sources

    def note(self, what: str, source: str) -> None:
        """Records one borrowed figure."""
        self.notes.append(f"{what}: {source}")

    def _find(self, indicator: str, per: str | None) -> Found:
        own = self._own(indicator, (0, *NEAR_YEARS))
        if own is not None:
            return own
        size = 1.0 if per is None else self._size(per)
        return self._peers(indicator, per, size)

    def _own(self, indicator: str, years_back: tuple[int, ...]) -> Found | None:
        for back in years_back:
            year = self.year_of(indicator) - back
            value = self.table.value(self.code, indicator, year)
            if np.isfinite(value):
                return Found(value, f"{indicator}, {year}" if not back else f"own figure of {year}: {indicator}", bool(back))
        return None

    def _size(self, per: str) -> float:
        return self.population().value if per == "population_0_17" else self.table.value(self.code, per, self.year)

    def _peers(self, indicator: str, per: str | None, size: float) -> Found:
        groups = (
            ("mean of {n} neighbours", self.neighbours, FEWEST_NEIGHBOURS),
            ("mean of {n} authorities of the region", self._region(), FEWEST_NEIGHBOURS),
            ("England", [ENGLAND], 1),
            ("mean of {n} authorities in the table", list(self.table.authorities), 1),
        )
        year = self.year_of(indicator)
        for at in (year, *(year - k for k in NEAR_YEARS)):
            for words, codes, fewest in groups:
                values = np.array([self._scaled(code, indicator, per, at) for code in codes])
                values = values[np.isfinite(values)]
                if len(values) >= fewest and np.isfinite(size):
                    basis = "" if per is None else f" for each {per}"
                    return Found(float(values.mean()) * size, f"{words.format(n=len(values))}, {indicator}{basis}, {at}", True)
        return Found(float("nan"), f"{indicator} is not published for any authority in the table", True)

    def _scaled(self, code: str, indicator: str, per: str | None, year: int) -> float:
        value = self.table.value(code, indicator, year)
        if per is None:
            return value
        below = self.table.value(code, per, year)
        return value / below if below > 0 else float("nan")

    def _peer_share(self, names: tuple[str, ...]) -> tuple[float, str]:
        found = [self._peers(name, "cla_31march_number", 1.0) for name in names]
        known = [one for one in found if not one.missing]
        return (sum(one.value for one in known), known[0].source) if known else (float("nan"), "")

    def _region(self) -> list[str]:
        own = self.table.authorities[self.code].region
        return [code for code, one in self.table.authorities.items() if one.region == own and code != self.code]


def _leftover_to_unsure(total: int, published: list[float], unsure: list[bool]) -> list[float]:
    """When every part is published and they fall short of the total, the shortfall goes evenly to the unsure parts."""
    short = total - float(np.nansum(published))
    if short <= 0 or np.isnan(published).any() or not any(unsure):
        return published
    return [figure + (short / sum(unsure) if here else 0.0) for figure, here in zip(published, unsure, strict=True)]
