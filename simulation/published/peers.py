"""Whose figures stand in for an authority's: a file's neighbours, the statistical neighbours, else the nearest in the table."""

from __future__ import annotations

from pathlib import Path

from simulation.published import neighbours, packaged
from simulation.published.published import STOCK, Table

FEWEST = 3
"""Statistical neighbours with figures below which the nearest in the table are taken instead."""


def of(table: Table, year: int, file: str | Path | None = None) -> dict[str, list[str]]:
    """Neighbours of every authority on 31 March of ``year``: the file's, the Department's model of that year, else the nearest.

    The models apply where the packaged figures do (those of other tables may describe anybody).
    """
    near = neighbours.of(table, year, file)
    return near if file is not None else {**near, **_statistical(table, year, near)}


def named(table: Table, year: int) -> dict[str, str]:
    """How the neighbours of an authority were chosen, for those that have statistical neighbours in the table."""
    model = max((each for each in packaged.MODELS if each <= year), default=None)
    words = f"by the Department for Education's model of {model}"
    return dict.fromkeys(_statistical(table, year, neighbours.of(table, year)), words)


def _statistical(table: Table, year: int, near: dict[str, list[str]]) -> dict[str, list[str]]:
    """Statistical neighbours that have figures in the table, of the authorities that have at least a few of them."""
    if not table.packaged:
        return {}
    there = set(table.wide(STOCK).dropna(how="all").index)
    model = {code: [one for one in packaged.neighbours(year).get(code, []) if one in there] for code in near}
    return {code: several for code, several in model.items() if len(several) >= FEWEST}
