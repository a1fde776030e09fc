"""Synthetic authorities: the typical one made different, so that facts across authorities can be examined.

Each differs in size, referrals, pay, effort, agency policy, managers and hours, by keyed luck; none is a real one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from simulation.dice import Dice
from simulation.scenario.load import load

SIZES = (
    "stock.looked_after", "stock.age_under_1", "stock.age_1_4", "stock.age_5_9", "stock.age_10_15", "stock.age_16_plus",
    "stock.placement_foster", "stock.placement_homes", "stock.placement_supported", "stock.placement_parents", "stock.placement_adoption",
    "stock.placement_other", "stock.legal_voluntary", "stock.legal_interim", "stock.legal_care_order", "stock.legal_placement_order",
    "stock.legal_other", "stock.provider_own", "stock.provider_private", "stock.provider_voluntary", "stock.outside_boundary",
    "stock.over_20_miles_outside", "stock.unaccompanied", "stock.children_in_need", "stock.protection_plans", "authority.population_0_17",
    "workforce.permanent_posts_fte", "workforce.start_permanent_fte", "workforce.start_agency_fte", "gates.conference_slots_per_week",
    "gates.legal_gateway_slots_per_week", "gates.permanence_panel_slots_per_week", "gates.kinship_assessors", "gates.family_finders",
    "gates.matching_panel_slots_per_week",
)  # fmt: skip
"""Settings that grow with an authority's size."""
SPREADS = {
    "demand.referrals_per_10k_per_year": ("ratio", 0.12),
    "workforce.recruitment_effort": ("ratio", 0.35),
    "workforce.leaving_per_year": ("ratio", 0.22),
    "workforce.agency_cover_share": ("ratio", 0.25),
    "casework.hours_factor": ("ratio", 0.05),
    "front_door.entry_factor": ("ratio", 0.15),
    "workforce.pay_gap_share": ("add", 0.05),
    "managers.mean_effectiveness": ("add", 0.5),
}
"""How far authorities differ: standard deviation of the log ratio, or of the setting itself."""
DIE = 9001


def synthetic(number: int, size: float = 0.5, name: str = "", **settings: Any) -> Any:
    """The ``number``-th synthetic authority, ``size`` times the typical one; ``settings`` (dotted, ``__`` for ``.``) on top."""
    scenario = load("england_typical")
    values = {setting: _get(scenario, setting) * size for setting in SIZES}
    dice = Dice(0, 0)
    for setting, (how, spread) in SPREADS.items():
        z = float(np.clip(_normal(dice.roll(setting, dice.keys(DIE, number))[0]), -2.0, 2.0)) * spread
        base = values.get(setting, _get(scenario, setting))
        values[setting] = base * float(np.exp(z)) if how == "ratio" else base + z
    scenario = scenario.with_values(values)
    for setting, value in settings.items():
        section, _, leaf = setting.partition("__")
        setattr(getattr(scenario.parameters, section), leaf, value)
    return replace(scenario, id=name or f"authority_{number}")


def variant(base: str, name: str, *overrides: str) -> Any:
    """A packaged scenario with settings given as ``a.b=c``, under another name."""
    return replace(load(base, overrides=overrides), id=name)


def _get(scenario: Any, setting: str) -> float:
    section, _, leaf = setting.partition(".")
    return float(getattr(getattr(scenario.parameters, section), leaf))


def _normal(u: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(min(max(u, 1e-9), 1 - 1e-9)))
