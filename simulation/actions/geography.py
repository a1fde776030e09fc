"""Where things are: the authority is a disc, places lie inside it or in rings around it. Miles throughout."""

from __future__ import annotations

import math

import numpy as np

from simulation.service.state import State

NEAR_MILES = 20.0
"""Width of the ring that counts as near the boundary."""
INSIDE, NEAR, FAR = 0, 1, 2
RING_NAME = ("inside", "near", "far")


def radius_miles(state: State) -> float:
    """Radius of the disc with the authority's area."""
    return math.sqrt(state.p.authority.area_square_miles / math.pi)


def is_outside(state: State, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Whether positions lie outside the boundary."""
    return np.hypot(x, y) > radius_miles(state)


def ring_of(state: State, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """INSIDE, NEAR (within 20 miles of the boundary) or FAR."""
    beyond = np.hypot(x, y) - radius_miles(state)
    return np.where(beyond <= 0, INSIDE, np.where(beyond <= NEAR_MILES, NEAR, FAR))


def scatter(state: State, ring: np.ndarray, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions of places in their ``ring`` from two uniforms each: even over the disc, thinning out beyond it."""
    r, supply = radius_miles(state), state.p.supply
    longest = max(supply.farthest_miles - r - NEAR_MILES, 1.0)
    far = -np.log1p(-v * -np.expm1(-longest / supply.far_miles)) * supply.far_miles
    distance = np.choose(ring, [r * 0.999 * np.sqrt(v), r + 0.02 + NEAR_MILES * v, r + NEAR_MILES + 0.02 + far])
    return (distance * np.cos(2 * np.pi * u)).astype(np.float32), (distance * np.sin(2 * np.pi * u)).astype(np.float32)


def at_distance(
    state: State, x: np.ndarray, y: np.ndarray, miles: np.ndarray, outside: np.ndarray, u: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Positions ``miles`` from (x, y) on the wanted side of the boundary; as near that distance as the disc allows."""
    r = radius_miles(state)
    angles = 2 * np.pi * (u[:, None] + np.arange(24) / 24.0)
    px, py = x[:, None] + miles[:, None] * np.cos(angles), y[:, None] + miles[:, None] * np.sin(angles)
    fits = (np.hypot(px, py) > r) == outside[:, None]
    first = fits.argmax(axis=1)
    px, py = px[np.arange(len(x)), first], py[np.arange(len(x)), first]
    lost = ~fits.any(axis=1)
    if lost.any():
        length = np.hypot(px, py)
        scale = np.where(outside, r + 0.3, r * 0.9) / np.maximum(length, 1e-6)
        px, py = np.where(lost, px * scale, px), np.where(lost, py * scale, py)
    return px.astype(np.float32), py.astype(np.float32)
