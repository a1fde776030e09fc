"""Thresholds: the recognised seriousness that a share of referrals passes."""

from __future__ import annotations

import numpy as np

from simulation.base.dice import Dice, normal
from simulation.settings import Parameters

REFERENCE = 20_000
HASTE = 1.5  # how much likelier harm is missed at first contact than at an assessment in full


class Thresholds:
    """Recognised seriousness that each share of a reference population passes.

    The reference is the seriousness recognised by contact and assessment, done in time and in full, at the start's settings,
    so that published conversions of the base year are reproduced there; from then on who passes is emergent.
    """

    def __init__(self, p: Parameters, dice: Dice):
        front = p.front_door
        keys = dice.keys(2, np.arange(REFERENCE))
        latent = normal((np.arange(REFERENCE) + 0.5) / REFERENCE)
        longer = dice.roll("reference harm", keys) < p.demand.longer_term_harm_share
        chance = np.where(longer, 1.0, front.miss_other_ratio) * front.miss_chance
        chance = chance * np.minimum(HASTE * chance, 1.0)
        missed = (dice.roll("reference miss", keys) < chance) & (latent > front.serious_risk - 1.0)
        self.reference = np.sort(latent - front.miss_depth * missed)
        self.floor = front.no_action_share + front.not_in_need_share

    def passed_by(self, share: float) -> float:
        """The level that the most serious ``share`` of the reference pass."""
        at = int(min(max((1.0 - share) * REFERENCE, 0), REFERENCE - 1))
        return float(self.reference[at])
