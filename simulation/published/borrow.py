"""A figure for one authority and year: its own, else its own of a near year, else its neighbours', region's or England's."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from simulation.published.published import ENGLAND, WORKFORCE, Table

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
    """Looks figures up for one authority and year, and keeps a list of what it had to borrow.

    ``given_in``: how the neighbours were chosen, where they are not the nearest in the table (``given in near.csv``).
    """

    table: Table
    code: str
    year: int
    neighbours: list[str]
    given_in: str = ""
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

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

    def note(self, what: str, source: str) -> None:
        """Records one borrowed figure."""
        self.notes.append(f"{what}: {source}")

    def warn(self, why: str) -> None:
        """Records something that should be looked at before the profile is used."""
        self.note("look at this", why)
        self.warnings.append(why)

    def peer_share(self, names: tuple[str, ...]) -> Found:
        """Peers' share of ``names`` together in the children looked after; the source says who, which and when."""
        found = [(name, peer) for name in names if (peer := self._peer(name, CLA, 1.0)) is not None]
        groups: dict[tuple[str, int], list[str]] = {}
        for name, (_, who, at) in found:
            groups.setdefault((who, at), []).append(name)
        source = " plus ".join(f"{who}, {' + '.join(given)} for each {CLA}, {at}" for (who, at), given in groups.items())
        return Found(sum(peer[0] for _, peer in found) if found else float("nan"), source, True)

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
        peer = self._peer(indicator, per, size)
        if peer is None:
            return Found(float("nan"), f"{indicator} is not published for any authority in the table", True)
        value, who, at = peer
        return Found(value, f"{who}, {indicator}{'' if per is None else f' for each {per}'}, {at}", True)

    def _peer(self, indicator: str, per: str | None, size: float) -> tuple[float, str, int] | None:
        """Peers' mean times ``size``, who they are and the year; nobody when none publishes it."""
        year = self.year_of(indicator)
        for at in (year, *(year - k for k in NEAR_YEARS)):
            for words, codes, fewest in self._groups():
                values = np.array([self._scaled(code, indicator, per, at) for code in codes])
                values = values[np.isfinite(values)]
                if len(values) >= fewest and np.isfinite(size):
                    return float(values.mean()) * size, words.format(n=len(values)), at
        return None

    def _groups(self) -> tuple[tuple[str, list[str], int], ...]:
        given = f" {self.given_in}".replace("{", "(").replace("}", ")") if self.given_in else ""
        return (
            (f"mean of {{n}} neighbours{given}", self.neighbours, FEWEST_NEIGHBOURS),
            ("mean of {n} authorities of the region", self._region(), FEWEST_NEIGHBOURS),
            ("England", [ENGLAND], 1),
            ("mean of {n} authorities in the table", list(self.table.authorities), 1),
        )

    def _scaled(self, code: str, indicator: str, per: str | None, year: int) -> float:
        value = self.table.value(code, indicator, year)
        if per is None:
            return value
        below = self.table.value(code, per, year)
        return value / below if below > 0 else float("nan")

    def _region(self) -> list[str]:
        own = self.table.authorities[self.code].region
        return [code for code, one in self.table.authorities.items() if one.region == own and code != self.code]
