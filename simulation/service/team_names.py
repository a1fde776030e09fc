"""The names of teams."""

from __future__ import annotations

from simulation.base.codes import FUNCTION_NAME
from simulation.base.columns import Table


def name(teams: Table, row: int) -> str:
    """The name of a team: its function and number, such as ``children in care 2``."""
    return f"{FUNCTION_NAME[teams.function[row]]} {teams.identity[row] % 1000}"


def names(teams: Table) -> list[str]:
    """The name of each team, by row."""
    return [name(teams, row) for row in range(teams.size)]
