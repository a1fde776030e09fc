"""What an exported return needs and a simulation does not have: identifiers, pupil numbers, postcodes, register numbers.

All of it is invented, by a keyed die of its own, and stays the same from one exported year to the next. Postcodes are
ones of the ONS Postcode Directory (Open Government Licence v3) drawn at random, because the sector's validator looks
them up; no simulated child has anything to do with the addresses there. Pupil numbers carry authority number 999 and
register numbers start with 9: no authority or provider has them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulation.base.dice import Dice
from simulation.ssda903.distance import BUILT_IN, METRES_IN_A_MILE

SEED = 903
FIRST_CHILD = 1_000_000
AUTHORITY = "E08000032"
CHECK_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
PUPIL_AUTHORITY = "999"
NEAREST = 6
AGENCIES = 25
UNREGISTERED_PLACES = ("P1", "P2", "P3", "R1", "R2", "R5", "Z1")


def child_numbers(children: pd.Series) -> pd.Series:
    """Identifiers of children in the return."""
    return (children.astype("int64") + FIRST_CHILD).astype(str)


def pupil_numbers(children: pd.Series, old_enough: pd.Series) -> pd.Series:
    """Unique pupil numbers with a right check letter; UN1 for children not yet of school age."""
    numbers = PUPIL_AUTHORITY + (children.astype("int64") % 10**9).astype(str).str.zfill(9)
    digits = np.array([list(map(int, number)) for number in numbers]).reshape(len(numbers), 12)
    letter = (digits * np.arange(2, 14)).sum(axis=1) % len(CHECK_LETTERS)
    letters = pd.Series([CHECK_LETTERS[each] for each in letter], index=children.index, dtype=object)
    return letters.add(numbers).where(old_enough, "UN1")


class Postcodes:
    """Postcodes by place: ``at`` gives one near each point, the same for the same key."""

    def __init__(self, dice: Dice):
        table = pd.read_csv(BUILT_IN)
        ours = table["laua"] == AUTHORITY
        centre = table.loc[ours, ["oseast1m", "osnrth1m"]].mean().to_numpy()
        self.places = (table[["oseast1m", "osnrth1m"]].to_numpy() - centre) / METRES_IN_A_MILE
        self.names, self.ours, self.dice = table["pcd"].to_numpy(object), ours.to_numpy(), dice

    def at(self, question: str, keys: np.ndarray, x: np.ndarray, y: np.ndarray, inside: np.ndarray, other: int = 0) -> np.ndarray:
        """A postcode near each point (miles from the authority's centre), inside or outside its boundary.

        Which of the nearest few is a matter of the key's die; ``other`` moves on to the next of them.
        """
        from scipy.spatial import cKDTree

        found = np.empty(len(keys), dtype=object)
        choice = (self.dice.roll(question, self.dice.keys(keys.astype(np.int64))) * NEAREST).astype(int)
        for side in (True, False):
            here, there = np.flatnonzero(inside == side), np.flatnonzero(self.ours == side)
            if len(here):
                near = cKDTree(self.places[there]).query(np.column_stack([x[here], y[here]]), k=NEAREST)[1]
                found[here] = self.names[there[near[np.arange(len(here)), (choice[here] + other) % NEAREST]]]
        return found


def register_numbers(place: pd.Series, provider: pd.Series, homes: pd.Series, dice: Dice) -> pd.Series:
    """Register numbers (URN): one for the authority's own fostering, some agencies, one a home; none where none is asked for."""
    keys = dice.keys(homes.to_numpy(np.int64))
    agency = 9_000_100 + (dice.roll("agency", keys) * AGENCIES).astype(int)
    home = 9_100_000 + (homes.to_numpy(np.int64) % 800_000)
    foster = place.str.startswith("U")
    number = pd.Series(np.where(foster, np.where(provider == "PR1", 9_000_001, agency), home), index=place.index).astype(str)
    number = number.where(~place.str.startswith("A"), "XXXXXXX").astype(object)
    return number.mask(place.isin(UNREGISTERED_PLACES), None)
