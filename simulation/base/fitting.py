"""Whole children from published figures: proportional fitting, and rounding that keeps every total."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


def round_to_total(amounts: ArrayLike, total: int) -> Whole:
    """Whole numbers nearest to ``amounts`` (n,) that sum to ``total``, by largest remainder; ties go to the first.

    ``amounts`` are scaled first when they do not sum to ``total``; all-zero amounts are shared evenly.
    """
    wanted = np.asarray(amounts, dtype=float)
    if total < 0 or (wanted < 0).any():
        raise ValueError("counts of children cannot be negative")
    if wanted.size == 0:
        return np.zeros(0, dtype=np.int64)
    share = wanted if wanted.sum() > 0 else np.ones_like(wanted)
    exact = share / share.sum() * total
    whole = np.floor(exact + 1e-9)
    spare = round(float(total - whole.sum()))
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[:spare]] += 1
    return whole.astype(np.int64)


def complete_margin(total: int, published: ArrayLike, expected_shares: ArrayLike) -> Whole:
    """Counts (n,) that sum to ``total``: published ones within one child, missing (NaN) ones from ``expected_shares``.

    When the published parts leave room, the room goes to the missing parts in proportion to their expected shares;
    when nothing is missing (or nothing is left) all parts are scaled to the total, as suppression and rounding in
    the published parts then have to give.
    """
    known = np.asarray(published, dtype=float)
    shares = np.clip(np.asarray(expected_shares, dtype=float), 0, None)
    missing = np.isnan(known)
    room = total - np.nansum(known)
    filled = known.copy()
    if missing.any():
        weight = shares[missing] if shares[missing].sum() > 0 else np.ones(int(missing.sum()))
        filled[missing] = max(room, 0.0) * weight / weight.sum()
    return round_to_total(filled, total)


def proportional_fit(seed: ArrayLike, margins: Sequence[ArrayLike], tolerance: float = 1e-9, rounds: int = 500) -> Floats:
    """Iterative proportional fitting (Deming and Stephan 1940) of ``seed`` to one margin for each of its axes.

    ``seed``: non-negative table of any number of axes (what is typical); ``margins[k]``: counts along axis k, all with
    the same sum. Cells that are zero stay zero unless a margin needs them, in which case the row is opened evenly.
    """
    table = np.asarray(seed, dtype=float).copy()
    wanted = [np.asarray(margin, dtype=float) for margin in margins]
    if [margin.size for margin in wanted] != list(table.shape):
        raise ValueError(f"margins of sizes {[m.size for m in wanted]} do not fit a table of shape {table.shape}")
    sums = [margin.sum() for margin in wanted]
    if max(sums) - min(sums) > 1e-6 * max(1.0, max(sums)):
        raise ValueError(f"margins do not have the same total: {sums}")
    table = _opened(table, wanted)
    for _ in range(rounds):
        worst = 0.0
        for axis, margin in enumerate(wanted):
            now = _margin(table, axis)
            worst = max(worst, float(np.abs(now - margin).max(initial=0.0)))
            factor = np.divide(margin, now, out=np.zeros_like(margin), where=now > 0)
            table *= factor.reshape([-1 if k == axis else 1 for k in range(table.ndim)])
        if worst <= tolerance:
            break
    return table


def whole_table(table: ArrayLike, first_margin: ArrayLike) -> Whole:
    """Whole children from a fitted two-way table: rows keep ``first_margin`` exactly, columns drift less than one each.

    Rounds row by row and carries each column's remainder to the next row, so column totals stay within one child.
    """
    exact = np.asarray(table, dtype=float)
    carried = np.zeros(exact.shape[1])
    rows = []
    for row, total in zip(exact, np.asarray(first_margin, dtype=np.int64), strict=True):
        wanted = np.clip(row + carried, 0, None)
        whole = round_to_total(wanted, int(total))
        carried = row + carried - whole
        rows.append(whole)
    return np.array(rows, dtype=np.int64).reshape(exact.shape)


def _margin(table: Floats, axis: int) -> Floats:
    return np.asarray(table.sum(axis=tuple(k for k in range(table.ndim) if k != axis)))


def _opened(table: Floats, margins: Sequence[Floats]) -> Floats:
    for axis, margin in enumerate(margins):
        empty = (_margin(table, axis) <= 0) & (margin > 0)
        if empty.any():
            index: list[slice | NDArray[np.bool_]] = [slice(None)] * table.ndim
            index[axis] = empty
            table[tuple(index)] = 1e-6
    return table
