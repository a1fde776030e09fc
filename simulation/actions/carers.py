"""Carers and homes: what they are approved for, and how they stop taking children."""

from __future__ import annotations

import numpy as np

from simulation.actions.places import Reason, in_care, taken_beds
from simulation.base.clock import NEVER
from simulation.base.codes import PlaceState
from simulation.service.state import State


def foster_approval(state: State, key: np.ndarray, places: np.ndarray) -> dict[str, np.ndarray | float]:
    """What a foster household is approved for: ages, sibling groups, complexity."""
    supply = state.p.supply
    infants, teenagers, many, hardest = state.dice.rolls(
        ("approved from birth", "approved to seventeen", "takes sibling groups", "hardest taken"), key
    )
    return {
        "age_low": np.where(infants < supply.infant_share, 0.0, 5.0),
        "age_high": np.where(teenagers < supply.teenager_share, 17.0, 11.0),
        "sibling_limit": np.where(many < supply.sibling_carer_share, places, np.minimum(places, 2)),
        "complexity_limit": 0.45 + 0.55 * hardest,
    }


def stop_taking(state: State, rows: np.ndarray, with_child_share: float, reason: Reason) -> None:
    """Places that stop: no more children; a share closes on those who live there, with notice, the rest when empty."""
    if len(rows) == 0:
        return
    table = state.placements
    table.state[rows] = PlaceState.CLOSING
    table.filled_by_others[rows] = 0
    _shrink(state, rows)
    at_once = rows[
        (state.dice.roll("closes with children", table.key[rows], state.clock.week) < with_child_share) & (table.filled[rows] > 0)
    ]
    if len(at_once):
        children, care = state.children, in_care(state)
        there = care[np.isin(children.placement[care], at_once) & (children.must_leave_day[care] == NEVER)]
        children.search_reason[there] = reason
        fresh = there[~children.searching[there]]
        children.search_day[fresh] = state.clock.day
        children.searching[there] = True
        children.planned_move_day[there] = NEVER
        children.must_leave_day[there] = state.clock.day + int(state.p.placing.notice_days)


def _shrink(state: State, rows: np.ndarray) -> None:
    """A place that is closing has room for those who live there and nobody else."""
    table = state.placements
    table.places[rows] = taken_beds(table, rows)
    table.blocked[rows] = 0


def close(state: State, rows: np.ndarray) -> None:
    """Close empty places for good; nobody may live there."""
    if len(rows):
        if (state.placements.filled[rows] > 0).any():
            raise ValueError("a place where children live cannot be closed")
        state.placements.free(rows)
