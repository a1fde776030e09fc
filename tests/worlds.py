"""Small worlds for known answers: the typical authority made small, and settings that switch a mechanism off."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from simulation.model import ChildrensServices
from simulation.scenario import load, names
from simulation.scenario.size import SIZES

ENDLESS = 10_000
QUIET = {"covid.happens": False, "leadership.turnover": False, "demand.week_spread": 0.0, "demand.season_depth": 0.0}
"""Flat demand, no shocks."""
STABLE_STAFF = {
    "workforce.leaving_per_year": 0.0, "workforce.to_agency_per_year": 0.0, "workforce.agency_stay_weeks": 300,
    "workforce.agency_release_weeks": 104,
}  # fmt: skip
OPEN_GATES = {
    "gates.conference_slots_per_week": 2000, "gates.conference_days": 1, "gates.legal_gateway_slots_per_week": 500,
    "gates.permanence_panel_slots_per_week": 1000, "gates.panel_days": 0, "gates.kinship_assessors": 500, "gates.family_finders": 300,
    "gates.matching_panel_slots_per_week": 300,
}  # fmt: skip
"""No queue for agreement anywhere."""
UNLIMITED_HOURS = {"casework.edge": "unlimited"}
PERFECT_MANAGERS = {"managers.mean_effectiveness": 4.0, "managers.spread": 0.0, "managers.leaving_per_year": 0.0}


def small(size: float = 0.15, base: str = "england_typical", name: str = "", **settings: Any) -> Any:
    """A scenario ``size`` times as large; ``settings`` are given as ``section__name=value``."""
    return with_settings(scaled(load(base), size), {key.replace("__", "."): value for key, value in settings.items()}, name)


def scaled(scenario: Any, size: float) -> Any:
    """The same authority, smaller: people, posts, slots and places in proportion."""
    values = {setting: names.get(scenario.parameters, setting) * size for setting in SIZES}
    return replace(scenario, parameters=_with(scenario.parameters, values))


def with_settings(scenario: Any, settings: dict[str, Any], name: str = "") -> Any:
    """The scenario with these dotted settings (any kind of value)."""
    return replace(scenario, parameters=_with(scenario.parameters, settings), id=name or scenario.id)


def _with(parameters: Any, settings: dict[str, Any]) -> Any:
    copy = parameters.model_copy(deep=True)
    for name, value in settings.items():
        section, _, leaf = name.partition(".")
        assert leaf in type(getattr(copy, section)).model_fields, name
        setattr(getattr(copy, section), leaf, value)
    return type(copy).model_validate(copy.model_dump())


def world(settings: dict[str, Any] | None = None, size: float = 0.15, weeks: int = 52, replication: int = 1, **more: Any) -> ChildrensServices:
    """A model of a small quiet world, not yet run; ``settings`` are dotted."""
    return ChildrensServices(with_settings(small(size), QUIET | (settings or {})), replication, 0, weeks, **more)


def lived(settings: dict[str, Any] | None = None, size: float = 0.15, weeks: int = 52, replication: int = 1, **more: Any) -> ChildrensServices:
    """The same, run to its end."""
    return live(world(settings, size, weeks, replication, **more))


def live(model: ChildrensServices, weeks: int | None = None) -> ChildrensServices:
    """Run ``weeks`` weeks (to its end if None)."""
    for _ in range(model.weeks - model.clock.week if weeks is None else weeks):
        model.step()
    return model


def total(model: ChildrensServices, measure: str, first: int = 1, last: int | None = None, group: str = "all") -> float:
    """Sum of a counted measure over weeks ``first`` to ``last``."""
    return float(path(model, measure, group)[first : None if last is None else last + 1].sum())


def path(model: ChildrensServices, measure: str, group: str = "all") -> np.ndarray:
    """A counted measure by week, week 0 first."""
    return model.tally.history.get((measure, group), np.zeros(model.weeks + 1))


def share(model: ChildrensServices, top: str, bottom: str, first: int = 1, last: int | None = None) -> float:
    """Ratio of two counts over the same weeks, in per cent."""
    return 100 * total(model, top, first, last) / max(total(model, bottom, first, last), 1e-9)


def plans_in_time(model: ChildrensServices, first: int = 1, last: int | None = None) -> float:
    """Per cent of children with a plan by the second review, of those due in weeks ``first`` to ``last``."""
    return share(model, "new_plans_by_second_review", "new_second_reviews_due", first, last)
