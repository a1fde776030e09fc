"""Uncertain parameters: draw k of an ensemble is the same in every scenario."""

from __future__ import annotations

import hashlib

from simulation.scenario import names as dotted
from simulation.scenario.scenario import Scenario


def draw_parameters(scenario: Scenario, draw: int, seed: int = 0) -> dict[str, float]:
    """Draw ``draw`` (from 1) of the scenario's uncertain parameters: dotted name -> value, even over each range.

    Drawn are the settings listed under ``uncertain``, and those with a prior that no file and no override gives:
    what a scenario sets, it knows. The random number of a draw depends on seed, draw and the setting's name alone.
    """
    return {name: _value(scenario, name, limits, draw, seed) for name, limits in ranges(scenario).items()}


def ranges(scenario: Scenario) -> dict[str, tuple[float, float]]:
    """The range of every uncertain parameter of a scenario, in the order of the sections."""
    found = {name: setting.prior for name, setting in dotted.settings().items()
             if setting.prior is not None and name not in scenario.origins}
    return found | {name: (low, high) for name, (low, high) in scenario.uncertain.items()}


def _value(scenario: Scenario, name: str, limits: tuple[float, float], draw: int, seed: int) -> float:
    luck = _luck(f"{seed}:{draw}:{name}")
    low, high = limits
    setting = dotted.find(name, scenario.parameters)
    if setting is not None and setting.kind == "whole":
        return int(low) + int(luck * (int(high) - int(low) + 1))
    return low + luck * (high - low)


def _luck(key: str) -> float:
    """A number from 0 up to 1, always the same for the same key."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big") / 2**64
