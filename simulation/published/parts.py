"""Published parts of a total as whole children that sum to it, each with the words that say how it came about."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simulation.base.fitting import complete_margin
from simulation.published.borrow import CLA, Borrower, Found
from simulation.published.published import Table

Indicators = dict[str, tuple[str, ...]]
WARN, REFUSE = 0.05, 1 / 3
"""How far parts may miss the total, as a share of it, before this is said and before it is refused."""


@dataclass(frozen=True)
class Part:
    """One part: the sum of what is published of it (NaN when nothing is), and which indicators are and are not."""

    name: str
    published: float
    found: tuple[str, ...]
    lacking: tuple[str, ...]
    year: int

    @property
    def missing(self) -> bool:
        """Whether nothing of it is published."""
        return not self.found


def look_up(table: Table, code: str, year: int, indicators: Indicators) -> list[Part]:
    """The parts as published."""
    parts = []
    for name, names in indicators.items():
        figures = {one: table.value(code, one, year) for one in names}
        found = tuple(one for one, figure in figures.items() if np.isfinite(figure))
        known = sum(figures[one] for one in found) if found else float("nan")
        parts.append(Part(name, known, found, tuple(one for one in names if one not in found), year))
    return parts


def apart(total: float, parts: list[Part]) -> float:
    """By how many children the published parts miss the total; a shortfall is no miss while a whole part is missing."""
    miss = _sum(parts) - total
    return 0.0 if miss < 0 and any(part.missing for part in parts) else miss


def in_words(total: float, parts: list[Part], year: int) -> str:
    """Both figures of a miss."""
    kind = parts[0].name.split("_")[0]
    return f"published parts by {kind} sum to {_sum(parts):.10g}, the total {CLA} of {year} is {total:.10g}"


def warn_if_apart(borrower: Borrower, total: float, parts: list[Part]) -> None:
    """Says so where the parts miss the total by more than a twentieth of it."""
    if abs(apart(total, parts)) > WARN * total:
        borrower.warn(in_words(total, parts, borrower.year))


def divide(
    borrower: Borrower, total: int, indicators: Indicators, usual_shares: dict[str, float], published: bool = True
) -> tuple[dict[str, int], dict[str, str]]:
    """Counts by part that sum to ``total``, and a source line for each; ``published=False``: all as in the neighbours.

    Published parts stay within one child. What they leave is the remainder: it goes to missing parts in peers'
    proportions, else evenly to parts with a summand that is not published. Where there are none, all are scaled.
    """
    known = look_up(borrower.table, borrower.code, borrower.year, indicators)
    parts = known if published else [replace(part, published=float("nan"), found=()) for part in known]
    warn_if_apart(borrower, total, parts)
    added = _added(total, parts)
    peers = {part.name: _peers(borrower, indicators[part.name], usual_shares[part.name]) for part in parts if part.missing}
    shares = [peers[part.name].value if part.missing else 0.0 for part in parts]
    counts = complete_margin(total, [part.published + more for part, more in zip(parts, added, strict=True)], shares)
    sources = {}
    for part, count, more in zip(parts, counts, added, strict=True):
        words = _of_remainder(part, total, parts, peers) if part.missing else _of_published(part, int(count), more, total, parts)
        sources[part.name] = f"borrowed: {words}" if part.missing else words
        if part.missing or abs(count - part.published) > 1:
            borrower.note(f"{part.name}: {count}", words)
    return {part.name: int(count) for part, count in zip(parts, counts, strict=True)}, sources


def _sum(parts: list[Part]) -> float:
    return float(np.nansum([part.published for part in parts]))


def _peers(borrower: Borrower, names: tuple[str, ...], usual: float) -> Found:
    found = borrower.peer_share(names)
    return Found(usual, "usual share, England", True) if found.missing else found


def _added(total: int, parts: list[Part]) -> list[float]:
    """What of a shortfall goes to each published part: it lies where a summand is not published."""
    short = total - _sum(parts)
    if short <= 0 or any(part.missing for part in parts):
        return [0.0] * len(parts)
    open_ended = sum(bool(part.lacking) for part in parts)
    return [short / open_ended if part.lacking else 0.0 for part in parts]


def _of_remainder(part: Part, total: int, parts: list[Part], peers: dict[str, Found]) -> str:
    """How a part of which nothing is published came about, so that it can be recomputed."""
    room, weight = total - _sum(parts), sum(one.value for one in peers.values())
    if room <= 0:
        return f"remainder 0: published parts sum to {_sum(parts):.10g} of {total}"
    what = "total" if len(peers) == len(parts) else "remainder: total less published parts"
    if len(peers) == 1:
        return what
    own = peers[part.name]
    return f"{what}, {room:.10g} children, of which {own.value / weight if weight else 1 / len(peers):.2%} as in {own.source}"


def _of_published(part: Part, count: int, more: float, total: int, parts: list[Part]) -> str:
    """Which figures a published part is, what is lacking, and how far it had to give way to the total."""
    words = f"{' + '.join(part.found)}, {part.year}"
    lacking = f"; {' and '.join(part.lacking)} not published" if part.lacking else ""
    if abs(count - part.published) <= 1:
        return words + lacking
    how = f" with {more:.3g} of the remainder" if more else ""
    fitted = f"published {part.published:.10g}, fitted to the total{how}: parts sum to {_sum(parts):.10g} of {total}"
    return f"{words}: {fitted}{lacking}"
