"""Brothers and sisters on the starting day: who shares a placement, and which children live together as one group."""

from __future__ import annotations

import numpy as np

from simulation.base.codes import Kind, SiblingPlan
from simulation.service.state import State


def unite_siblings(state: State, rows: np.ndarray) -> None:
    """Siblings whose plan is together mostly share a placement: kinds are exchanged between children, totals stay.

    A child takes the kind, side of the boundary and distance band of the eldest sibling, and an only child of the same
    age band who had these takes the child's own.
    """
    children = state.children
    _, back, count = np.unique(children.family[rows], return_inverse=True, return_counts=True)
    grouped = (count[back] > 1) & (children.sibling_plan[rows] == SiblingPlan.TOGETHER)
    united = (
        state.dice.roll("together at the start", children.family_key[rows]) < state.p.stock.siblings_together_share
    )
    band = np.digitize(state.clock.day - children.birth_day[rows], [365, 5 * 365, 10 * 365, 16 * 365])
    swaps = {key: children.__dict__[key] for key in ("kind", "outside", "distance_miles")}
    spare: dict[tuple, list[int]] = {}
    for i in np.flatnonzero(count[back] == 1).tolist():
        spare.setdefault((int(band[i]), int(swaps["kind"][rows[i]]), bool(swaps["outside"][rows[i]])), []).append(i)
    order = np.flatnonzero(grouped & united)
    order = order[np.lexsort((children.birth_day[rows[order]], back[order]))]
    eldest: dict[int, int] = {}
    for i in order.tolist():
        lead = eldest.setdefault(int(back[i]), i)
        want = (int(swaps["kind"][rows[lead]]), bool(swaps["outside"][rows[lead]]))
        have = (int(swaps["kind"][rows[i]]), bool(swaps["outside"][rows[i]]))
        if lead == i or want == have:
            continue
        others = spare.get((int(band[i]), *want), [])
        if others:
            other = others.pop()
            spare.setdefault((int(band[i]), *have), []).append(other)
            for column in swaps.values():
                column[rows[i]], column[rows[other]] = column[rows[other]], column[rows[i]]


def units(state: State, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Children of one family, kind and side of the boundary who live together: (first row of each, size, unit of each row)."""
    children = state.children
    alone = children.sibling_plan[rows] == SiblingPlan.APART
    alone |= state.dice.roll("apart at the start", children.family_key[rows]) < state.p.stock.siblings_split_share
    alone &= ~np.isin(children.kind[rows], (Kind.PARENTS,))
    label = np.where(alone, -rows - 1, children.family[rows] * 4 + children.outside[rows])
    _, first, unit, size = np.unique(label, return_index=True, return_inverse=True, return_counts=True)
    return rows[first], size, unit
