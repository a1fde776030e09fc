"""Siblings: the assessed plan to live together or apart, joining where a sibling lives, and who is apart against the plan."""

from __future__ import annotations

from collections import Counter

import numpy as np

from simulation.actions.places import IS_MAINSTREAM, Reason, in_care, in_families, taken_beds
from simulation.base.clock import NEVER
from simulation.base.codes import PlaceState, SiblingPlan
from simulation.base.columns import among
from simulation.service.state import State


def assess_siblings(state: State, rows: np.ndarray) -> None:
    """The plan for the families of children who have none yet."""
    if len(rows):
        state.children.sibling_plan[rows] = planned_for_siblings(state, rows)


def planned_for_siblings(state: State, rows: np.ndarray) -> np.ndarray:
    """The plan for each child's family, together or apart: one die for the family."""
    together = state.dice.roll("sibling plan", state.children.family_key[rows]) < state.p.placing.together_share
    return np.where(together, SiblingPlan.TOGETHER, SiblingPlan.APART)


def live_apart_by_plan(state: State, rows: np.ndarray) -> None:
    """Children who need a home or supported accommodation: the plan with their siblings is assessed again, as apart."""
    state.children.sibling_plan[rows] = SiblingPlan.APART


def join_siblings(state: State, rows: np.ndarray, homes: np.ndarray) -> None:
    """Children coming in whose plan is together move in where a sibling lives, if there is room for them all."""
    children, table = state.children, state.placements
    joins = (
        (homes == NEVER) & (children.sibling_plan[rows] == SiblingPlan.TOGETHER) & (children.search_reason[rows] == Reason.ENTRY)
    )
    if not joins.any():
        return
    care = in_care(state)
    settled = care[
        ~children.searching[care] & IS_MAINSTREAM[children.kind[care]] & (children.sibling_plan[care] == SiblingPlan.TOGETHER)
    ]
    settled = settled[among(children.family[settled], children.family[rows[joins]])]
    lives = dict(zip(children.family[settled].tolist(), children.placement[settled].tolist(), strict=True))
    promised: Counter[int] = Counter()  # carers of two families may be asked twice in one week
    for family, home in sorted(lives.items()):
        group = (joins & (children.family[rows] == family)).nonzero()[0]
        if table.present[home] and _room_for(state, home) >= promised[home] + len(group):
            homes[group] = home
            promised[home] += len(group)


def _room_for(state: State, home: int) -> int:
    table = state.placements
    if table.state[home] != PlaceState.AVAILABLE:
        return 0
    return int((table.places[[home]] - taken_beds(table, np.array([home])))[0])


def mark_separated(state: State) -> None:
    """Children whose plan is together and who live apart from a sibling in care."""
    children = state.children
    rows = in_care(state)
    rows = rows[(children.sibling_plan[rows] == SiblingPlan.TOGETHER)]
    if len(rows) == 0:
        return
    rows, first, size = in_families(state, rows)
    home = children.placement[rows]
    apart = np.minimum.reduceat(home, first) != np.maximum.reduceat(home, first)
    children.separated[rows] = np.repeat(apart, size)
