"""Scenarios: strict files, what they extend, dated changes, uncertain parameters."""

from __future__ import annotations

from simulation.scenario.changes import Change, Schedule, compile_changes
from simulation.scenario.ensemble import draw_parameters, ranges
from simulation.scenario.files import packaged_scenarios
from simulation.scenario.load import known_scenarios, load, load_all
from simulation.scenario.names import Setting, settings
from simulation.scenario.reading import given_but_not_read, settings_not_read, tracked, watched
from simulation.scenario.scenario import Scenario, base_of

__all__ = [
    "Change",
    "Scenario",
    "Schedule",
    "Setting",
    "base_of",
    "compile_changes",
    "draw_parameters",
    "given_but_not_read",
    "known_scenarios",
    "load",
    "load_all",
    "packaged_scenarios",
    "ranges",
    "settings",
    "settings_not_read",
    "tracked",
    "watched",
]
