"""Teams are formed and joined, and workers move between them."""

from __future__ import annotations

import numpy as np

from simulation.actions.cases import unallocate
from simulation.base.clock import DAYS_IN_WEEK, NEVER
from simulation.base.codes import Function
from simulation.base.dice import normal
from simulation.service.authority import TEAM_DIE
from simulation.service.state import State

MANAGER_QUALITY = "manager's quality"
"""The die of each team's n-th manager."""
CROWDED = 1.4
"""A function gets another team when its teams hold this many times the usual number."""


def shares(state: State) -> np.ndarray:
    """Shares of case holders meant for each :class:`Function`; they add up to one."""
    workforce, protected = state.p.workforce, state.p.casework.permanence_team_share
    in_care = max(0.0, 1.0 - workforce.assessment_share - workforce.locality_share)
    wanted = np.array([workforce.assessment_share, workforce.locality_share, in_care])
    return np.append(wanted / wanted.sum() * (1.0 - protected), protected)


def add_teams(state: State, function: int, count: int) -> np.ndarray:
    """Form ``count`` more teams of a function, each with its first manager."""
    number = np.count_nonzero(state.teams.function[state.teams.rows] == function) + 1 + np.arange(count)
    identity = 1000 * function + number
    key = state.dice.keys(TEAM_DIE, identity)
    quality = normal(state.dice.roll(MANAGER_QUALITY, key, np.ones(count, dtype=np.int64)))
    return state.teams.add(
        count,
        identity=identity,
        key=key,
        function=function,
        manager_present=True,
        manager_from_day=state.clock.day,
        n_managers=1,
        effectiveness=quality,
    )


def count_case_holders(state: State) -> None:
    """Write how many case holders each team has."""
    workers, teams = state.workers, state.teams
    members = workers.team[workers.present & workers.case_holding]
    teams.n_case_holders[:] = np.bincount(members, minlength=teams.size)


def take_out(state: State, rows: np.ndarray) -> None:
    """Count workers out of their teams."""
    teams_left = state.workers.team[rows]
    np.subtract.at(state.teams.n_case_holders, teams_left[teams_left != NEVER], 1)


def join(state: State, rows: np.ndarray) -> None:
    """Put case holders who start into teams, one after another, where the pressure on each worker is highest.

    A starter lightens the place they go to, so that those who come in one week spread out. Within the function the
    smallest team is joined. A handful of people a week: a plain loop.
    """
    holders = rows[state.workers.case_holding[rows]]
    if not len(holders):
        return
    members, pressure = _by_function(state, holders)
    share = shares(state)
    for row in holders.tolist():
        function = _where_needed(state, row, members, pressure, share)
        pressure[function] *= members[function] / (members[function] + 1.0)
        members[function] += 1
        _into_smallest(state, row, function)


def _by_function(state: State, starting: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Case holders in each function without those ``starting``, and their mean pressure."""
    workers, teams = state.workers, state.teams
    settled = workers.present & workers.case_holding & (workers.team >= 0)
    settled[starting] = False
    function = teams.function[workers.team[settled]]
    members = np.bincount(function, minlength=len(Function)).astype(float)
    pressure = np.bincount(function, workers.pressure[settled], minlength=len(Function))
    return members, pressure / np.maximum(members, 1.0)


def _where_needed(state: State, row: int, members: np.ndarray, pressure: np.ndarray, share: np.ndarray) -> int:
    """The function that a starter goes to: a protected team, up to its share, for the experienced and permanent."""
    actual = members / max(members.sum(), 1.0)
    lacking = share - actual
    experienced = state.clock.day - state.workers.qualified_day[row] > DAYS_IN_WEEK * state.p.workforce.newly_qualified_weeks
    if lacking[Function.PERMANENCE] > 0 and experienced and not state.workers.agency[row]:
        return int(Function.PERMANENCE)
    ordinary = slice(0, Function.PERMANENCE)
    need = np.where(members > 0, pressure, np.inf) * np.sqrt(np.maximum(share, 1e-6) / np.maximum(actual, 1e-6))
    return int(np.argmax(need[ordinary]))


def _into_smallest(state: State, row: int, function: int) -> None:
    """Into the smallest team of a function; crowded functions get another team first."""
    teams = state.teams
    of = np.flatnonzero(teams.present & (teams.function == function))
    if not len(of) or teams.n_case_holders[of].sum() >= CROWDED * state.p.workforce.team_size * len(of):
        of = np.append(of, add_teams(state, function, 1))
    team = of[np.argmin(state.teams.n_case_holders[of])]
    state.workers.team[row] = team
    state.teams.n_case_holders[team] += 1


def move(state: State, rows: np.ndarray, function: int) -> None:
    """Move workers into teams of ``function``; their cases are handed over."""
    unallocate(state, rows)
    take_out(state, rows)
    for row in rows.tolist():
        _into_smallest(state, row, function)


def rotate(state: State, rows: np.ndarray) -> None:
    """Move each worker to the next team of the same function; their cases are handed over."""
    workers, teams = state.workers, state.teams
    unallocate(state, rows)
    for row in rows.tolist():
        of = np.flatnonzero(teams.present & (teams.function == teams.function[workers.team[row]]))
        workers.team[row] = of[(np.searchsorted(of, workers.team[row]) + 1) % len(of)]
    count_case_holders(state)
