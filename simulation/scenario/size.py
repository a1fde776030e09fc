"""A scenario of the same authority at another size, or with other settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from simulation.scenario import names

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
AMOUNTS = ("workforce.agency_cap_fte", "supply.own_homes_ordered", "supply.block_contract_places", "supply.sibling_carers")
"""Amounts that dated changes give and that also grow with an authority's size."""


def with_settings(scenario: Any, settings: Mapping[str, Any]) -> Any:
    """The scenario with these dotted settings, of any kind; the bounds of each setting are checked."""
    parameters = scenario.parameters.model_copy(deep=True)
    for setting, value in settings.items():
        names.put(parameters, setting, value)
    return replace(scenario, parameters=type(parameters).model_validate(parameters.model_dump()))


def scaled(scenario: Any, size: float) -> Any:
    """The same authority ``size`` times as large: people, posts, slots and population, at the start and in dated changes."""
    if size == 1:
        return scenario
    smaller = with_settings(scenario, {setting: names.get(scenario.parameters, setting) * size for setting in SIZES})
    return _with_values(smaller, [
        change.values if change.operator == "multiply" else {at: _smaller(at, value, size) for at, value in change.values.items()}
        for change in scenario.changes
    ])  # fmt: skip


def _smaller(name: str, value: Any, size: float) -> Any:
    """A dated amount of something that grows with the authority, ``size`` times as large; whole numbers stay whole."""
    if name not in (*SIZES, *AMOUNTS):
        return value
    setting = names.settings().get(name)
    return max(round(value * size), 1) if setting is not None and setting.kind == "whole" and value else value * size


def _with_values(scenario: Any, values: Sequence[dict[str, Any]]) -> Any:
    """The dated changes with other values (none: no such change), and the forms written into the results likewise."""
    kept = [
        (change, form, given)
        for change, form, given in zip(scenario.changes, scenario.header.changes, values, strict=True)
        if given
    ]
    changes = tuple(replace(change, values=given) for change, _, given in kept)
    forms = [form.model_copy(update={change.operator: given}) for change, form, given in kept]
    return replace(scenario, changes=changes, header=scenario.header.model_copy(update={"changes": forms}))
