"""The book of placements: ended episodes, prices, the outside world's state, and how places are numbered."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from simulation.base.columns import Copies

OF_PLACED = (
    "kind", "placement", "searching", "search_reason", "wanted_kind", "outside", "distance_miles", "separated", "price_gbp",
    "planned_move_day", "must_leave_day", "episode_day", "sibling_plan",
)  # fmt: skip
"""What is empty for a child who is not placed."""
FILED = (
    "identity", "episode_day", "episode_reason", "episode_legal", "harm", "kind", "distance_miles", "outside", "home_x_miles",
    "home_y_miles", "price_gbp", "separated", "placement_day", "sibling_plan", "placement",
)  # fmt: skip
"""What an episode keeps of the child."""


@dataclass
class Book:
    """What the service keeps of placements beside the columns: ended episodes, prices and the outside world's state."""

    ended: list[Copies] = field(default_factory=list)
    ended_this_week: list[Copies] = field(default_factory=list)
    touched: list[np.ndarray] = field(default_factory=list)
    foster_index: float = 1.0
    own_fees: float = 1.0
    residential_index: float = 1.0
    premium: dict[str, float] = field(default_factory=lambda: {"foster": 1.0, "homes": 1.0, "supported": 1.0})
    occupied_at_start: dict[str, float] = field(default_factory=dict)
    arrivals_per_bed_week: dict[str, float] = field(default_factory=dict)
    ring_shares: dict[str, np.ndarray] = field(default_factory=dict)
    past_premium: list[float] = field(default_factory=list)
    approvals: list[float] = field(default_factory=list)
    own_homes_ordered: float = 0.0
    opening: list[int] = field(default_factory=list)
    block_places: float = 0.0
    sibling_carers: float = 0.0
    registered: bool = False
    approved_this_week: int = 0
    ordered_this_week: int = 0


KIN, PARENTS, ADOPTIVE = 21, 22, 23  # tags of the identities of a family's households
PLACEMENT_KEY = 7  # keeps the dice of places apart from those of children
OWN_CARER, OWN_HOME, BLOCK_HOME, SIBLING_CARER = 11, 12, 13, 14
