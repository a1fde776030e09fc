"""What is asked of the court, and what its orders change."""

from __future__ import annotations

import numpy as np

from simulation.actions import places
from simulation.base.codes import Legal, Route, one_of
from simulation.service.state import State

NEEDS_ORDER = one_of(Route, Route.KINSHIP, Route.LONG_TERM_FOSTERING, Route.ADOPTION, Route.RESIDENTIAL, Route.DISCHARGE)
"""Routes of children who must not stay without a court order."""


def order_sought(state: State, rows: np.ndarray) -> np.ndarray:
    """Whether an order is sought for children looked after by agreement: not near adulthood, nor if they came alone."""
    children = state.children
    sought = (children.legal[rows] == Legal.VOLUNTARY) & NEEDS_ORDER[children.route[rows]]
    at = sought.nonzero()[0]
    sought[at] = _goes_to_court(state, rows[at])
    return sought


def _goes_to_court(state: State, rows: np.ndarray) -> np.ndarray:
    children = state.children
    young = state.clock.day - children.birth_day[rows] < 16 * 365
    goes = state.dice.roll("order sought", children.family_key[rows]) < state.p.court.voluntary_to_court_share
    return young & ~children.unaccompanied[rows] & ~children.by_agreement[rows] & goes


def change_legal(state: State, rows: np.ndarray, status: Legal) -> None:
    """A new legal status; the placement episode record continues under it."""
    rows = rows[state.children.legal[rows] != status]
    if not len(rows):
        return
    state.children.legal[rows] = status
    places.record_episode(state, rows, state.clock.day, "L")
