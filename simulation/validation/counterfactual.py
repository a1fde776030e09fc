"""Worlds with a cause taken away, and the same world on a smaller scale: scenarios made from scenarios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from simulation.scenario import names
from simulation.scenario.size import _with_values, with_settings

GATES = (
    "gates.conference_slots_per_week", "gates.legal_gateway_slots_per_week", "gates.permanence_panel_slots_per_week",
    "gates.kinship_assessors", "gates.family_finders", "gates.matching_panel_slots_per_week", "court.capacity_factor",
)  # fmt: skip
JUMPS = {f"inspection.{what}_jump": 0.0 for what in ("referral", "s47", "plan", "entry")}
REFERRALS = ("demand.referrals_per_10k_per_year",)
_GAPS = (
    "director_gap_from",
    "director_permanent_from",
    "deputy_gap_from",
    "deputy_permanent_from",
    "assistant_gap_from",
    "assistant_permanent_from",
)


@dataclass(frozen=True)
class Cause:
    """What can be taken out of a world: settings given other values, multiplied, and dated changes left out."""

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    times: Mapping[str, float] = field(default_factory=dict)
    changes: tuple[str, ...] = ()


CAUSES = (
    Cause("entries", JUMPS, changes=REFERRALS),
    Cause("worker changes", {
        "casework.reallocations_per_year": 0.0, "workforce.leaving_overload_elasticity": 0.0,
        "workforce.vacancy_leaving_ratio": 1.0,
        "workforce.agency_leaving_ratio": 1.0, "workforce.leader_gap_leaving": 0.0, "workforce.restructure_leaving": 0.0,
        "inspection.leaving_jump": 0.0, "inspection.hiring_drop": 0.0,
    }),
    Cause("managers", {"managers.leaving_per_year": 0.0, "managers.spread": 0.0}),
    Cause("gates", {"covid.court_capacity": 1.0}, times=dict.fromkeys(GATES, 3.0)),
    Cause("leadership", dict.fromkeys(f"leadership.{name}" for name in _GAPS), changes=("leadership.",)),
    Cause("restructure", {"leadership.restructure_from": None}),
    Cause("Covid-19", {"covid.happens": False}),
)  # fmt: skip
"""Causes of drift. Removing leadership leaves the programme in place; worker changes are those beyond a quiet service's."""
GROWTH = (
    Cause("referrals", changes=REFERRALS),
    Cause("thresholds", JUMPS),
    Cause("exits", {"casework.edge": "unlimited", "covid.court_capacity": 1.0}, times=dict.fromkeys(GATES, 3.0)),
)
"""Parts of the stock's growth. Exits: what late plans and queues keep in care, found without any wait for hours or slots."""


def without(scenario: Any, causes: Sequence[Cause], name: str) -> Any:
    """The scenario with ``causes`` taken away, called ``name``."""
    settings: dict[str, Any] = {}
    for cause in causes:
        settings |= cause.settings
        settings |= {setting: names.get(scenario.parameters, setting) * ratio for setting, ratio in cause.times.items()}
    left_out = tuple(change for cause in causes for change in cause.changes)
    return replace(with_settings(_without_changes(scenario, left_out), settings), id=name)


def _without_changes(scenario: Any, left_out: tuple[str, ...]) -> Any:
    """Dated changes of the settings that begin with any of ``left_out`` do not happen."""
    if not left_out:
        return scenario
    return _with_values(
        scenario,
        [{key: value for key, value in change.values.items() if not key.startswith(left_out)} for change in scenario.changes],
    )
