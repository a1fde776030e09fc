"""Places of the market: agencies' carers, private and voluntary homes, supported accommodation."""

from __future__ import annotations

import numpy as np

from simulation.actions import geography
from simulation.actions.carers import foster_approval
from simulation.actions.places import AGENCY, PRIVATE_HOMES, is_kind
from simulation.base.codes import Kind, PlaceState
from simulation.base.dice import lognormal, pick
from simulation.service.book import PLACEMENT_KEY
from simulation.service.state import State

GROUPS = {"foster": AGENCY, "homes": PRIVATE_HOMES, "supported": (Kind.SUPPORTED,), "secure": (Kind.SECURE,)}
IS_GROUP = {name: is_kind(kinds) for name, kinds in GROUPS.items()}
IN_GROUP = np.array(list(IS_GROUP.values()), dtype=float)
"""Groups by kinds: adds up numbers by kind."""
HOME_SIZES = np.array([0.08, 0.17, 0.28, 0.30, 0.10, 0.07])
"""Shares of private homes with 1 to 6 places: 3.6 a home (Ofsted 2023)."""
SUPPORTED_SIZES = np.array([0.15, 0.2, 0.25, 0.25, 0.1, 0.05])
TAG = {"foster": 31, "homes": 32, "supported": 33, "secure": 34}


def add_market(
    state: State,
    group: str,
    number: np.ndarray,
    ring: np.ndarray,
    x: np.ndarray | None = None,
    y: np.ndarray | None = None,
    sizes: np.ndarray | None = None,
) -> np.ndarray:
    """Open market places: identities from ``number``, in rings (or at given positions). Returns rows; they are empty."""
    dice = state.dice
    identity = TAG[group] * 10**12 + number
    key = dice.keys(PLACEMENT_KEY, identity)
    angle, distance, size, dear = dice.rolls(("place angle", "place distance", "size", "list price"), key)
    if x is None or y is None:
        x, y = geography.scatter(state, ring, angle, distance)
    drawn = 1 + pick(size, np.asarray(sizes_of(state, group)))
    places = drawn if sizes is None else np.maximum(drawn, sizes)
    kind = np.full(len(number), GROUPS[group][0])
    if group == "homes":
        kind = np.where(dice.roll("voluntary", key) < 0.08, Kind.HOME_VOLUNTARY, Kind.HOME_PRIVATE)
    return state.placements.add(
        len(number),
        key=key,
        identity=identity,
        kind=kind,
        state=PlaceState.AVAILABLE,
        x_miles=x,
        y_miles=y,
        outside=geography.is_outside(state, x, y),
        places=places,
        opens_day=state.clock.day,
        price_gbp=_list_price(state, group, dear),
        **approval(state, group, key, places),
    )


def sizes_of(state: State, group: str) -> np.ndarray | list[float]:
    """Shares of new market places of a group with 1, 2, 3 ... places."""
    if group == "foster":
        return state.p.supply.places_per_household
    return SUPPORTED_SIZES if group == "supported" else HOME_SIZES


def _list_price(state: State, group: str, dear: np.ndarray) -> np.ndarray:
    supply = state.p.supply
    mean = {
        "foster": supply.foster_agency_gbp,
        "homes": supply.residential_gbp,
        "supported": supply.supported_gbp,
        "secure": supply.secure_gbp,
    }[group]
    spread = supply.foster_price_spread if group == "foster" else supply.residential_price_spread
    return lognormal(dear, mean, spread)


def approval(state: State, group: str, key: np.ndarray, places: np.ndarray) -> dict[str, np.ndarray | float]:
    """Whom a new market place takes: ages, sibling groups, complexity."""
    if group == "foster":
        return foster_approval(state, key, places)
    if group == "homes":
        low = 7 + np.floor(6 * state.dice.roll("youngest taken", key))
        return {"age_low": low, "age_high": 17.0, "sibling_limit": np.minimum(places, 2), "complexity_limit": 1.0}
    low = 16.0 if group == "supported" else 10.0
    return {"age_low": low, "age_high": 17.0, "sibling_limit": np.minimum(places, 2), "complexity_limit": 1.0}
