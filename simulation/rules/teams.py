"""Teams: what they are for, who joins which, and the protected permanence teams."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.authority import TEAM_DIE
from simulation.clock import DAYS_IN_WEEK, NEVER
from simulation.codes import FUNCTION_NAME, Function
from simulation.dice import normal
from simulation.rules.allocation import unallocate
from simulation.rules.base import Rule

if TYPE_CHECKING:
    from simulation.model import ChildrensServices

MANAGER_QUALITY = "manager's quality"
"""The die of each team's n-th manager."""
CROWDED = 1.4
"""A function gets another team when its teams hold this many times the usual number."""


def shares(model: ChildrensServices) -> np.ndarray:
    """Shares of case holders meant for each :class:`Function`; they add up to one."""
    workforce, protected = model.p.workforce, model.p.casework.permanence_team_share
    in_care = max(0.0, 1.0 - workforce.assessment_share - workforce.locality_share)
    wanted = np.array([workforce.assessment_share, workforce.locality_share, in_care])
    return np.append(wanted / wanted.sum() * (1.0 - protected), protected)


def name(model: ChildrensServices, row: int) -> str:
    """The name of a team: its function and number, such as ``children in care 2``."""
    return f"{FUNCTION_NAME[model.teams.function[row]]} {model.teams.identity[row] % 1000}"


def names(model: ChildrensServices) -> list[str]:
    """The name of each team, by row."""
    return [name(model, row) for row in range(model.teams.size)]


def add_teams(model: ChildrensServices, function: int, count: int) -> np.ndarray:
    """Form ``count`` more teams of a function, each with its first manager."""
    number = np.count_nonzero(model.teams.function[model.teams.rows] == function) + 1 + np.arange(count)
    identity = 1000 * function + number
    key = model.dice.keys(TEAM_DIE, identity)
    quality = normal(model.dice.roll(MANAGER_QUALITY, key, np.ones(count, dtype=np.int64)))
    return model.teams.add(
        count,
        identity=identity,
        key=key,
        function=function,
        manager_present=True,
        manager_from_day=model.clock.day,
        n_managers=1,
        effectiveness=quality,
    )


def count_case_holders(model: ChildrensServices) -> None:
    """Write how many case holders each team has."""
    workers, teams = model.workers, model.teams
    members = workers.team[workers.present & workers.case_holding]
    teams.n_case_holders[:] = np.bincount(members, minlength=teams.size)


def take_out(model: ChildrensServices, rows: np.ndarray) -> None:
    """Count workers out of their teams."""
    teams_left = model.workers.team[rows]
    np.subtract.at(model.teams.n_case_holders, teams_left[teams_left != NEVER], 1)


def join(model: ChildrensServices, rows: np.ndarray) -> None:
    """Put case holders who start into teams, one after another, where the pressure on each worker is highest.

    A starter lightens the place they go to, so that those who come in one week spread out. Within the function the
    smallest team is joined. A handful of people a week: a plain loop.
    """
    holders = rows[model.workers.case_holding[rows]]
    if not len(holders):
        return
    members, pressure = _by_function(model, holders)
    share = shares(model)
    for row in holders.tolist():
        function = _where_needed(model, row, members, pressure, share)
        pressure[function] *= members[function] / (members[function] + 1.0)
        members[function] += 1
        _into_smallest(model, row, function)


def _by_function(model: ChildrensServices, starting: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Case holders in each function without those ``starting``, and their mean pressure."""
    workers, teams = model.workers, model.teams
    settled = workers.present & workers.case_holding & (workers.team >= 0)
    settled[starting] = False
    function = teams.function[workers.team[settled]]
    members = np.bincount(function, minlength=len(Function)).astype(float)
    pressure = np.bincount(function, workers.pressure[settled], minlength=len(Function))
    return members, pressure / np.maximum(members, 1.0)


def _where_needed(model: ChildrensServices, row: int, members: np.ndarray, pressure: np.ndarray, share: np.ndarray) -> int:
    """The function that a starter goes to: a protected team, up to its share, for the experienced and permanent."""
    actual = members / max(members.sum(), 1.0)
    lacking = share - actual
    experienced = model.clock.day - model.workers.qualified_day[row] > DAYS_IN_WEEK * model.p.workforce.newly_qualified_weeks
    if lacking[Function.PERMANENCE] > 0 and experienced and not model.workers.agency[row]:
        return int(Function.PERMANENCE)
    ordinary = slice(0, Function.PERMANENCE)
    need = np.where(members > 0, pressure, np.inf) * np.sqrt(np.maximum(share, 1e-6) / np.maximum(actual, 1e-6))
    return int(np.argmax(need[ordinary]))


def _into_smallest(model: ChildrensServices, row: int, function: int) -> None:
    """Into the smallest team of a function; crowded functions get another team first."""
    teams = model.teams
    of = np.flatnonzero(teams.present & (teams.function == function))
    if not len(of) or teams.n_case_holders[of].sum() >= CROWDED * model.p.workforce.team_size * len(of):
        of = np.append(of, add_teams(model, function, 1))
    team = of[np.argmin(model.teams.n_case_holders[of])]
    model.workers.team[row] = team
    model.teams.n_case_holders[team] += 1


def move(model: ChildrensServices, rows: np.ndarray, function: int) -> None:
    """Move workers into teams of ``function``; their cases are handed over."""
    unallocate(model, rows)
    take_out(model, rows)
    for row in rows.tolist():
        _into_smallest(model, row, function)


def rotate(model: ChildrensServices, rows: np.ndarray) -> None:
    """Move each worker to the next team of the same function; their cases are handed over."""
    workers, teams = model.workers, model.teams
    unallocate(model, rows)
    for row in rows.tolist():
        of = np.flatnonzero(teams.present & (teams.function == teams.function[workers.team[row]]))
        workers.team[row] = of[(np.searchsorted(of, workers.team[row]) + 1) % len(of)]
    count_case_holders(model)


class ProtectedTeams(Rule):
    """Protected permanence teams are kept at the share the scenario sets; workers who move hand over their cases.

    Experienced permanent workers move in, by their own die; they move to children in care when the share falls.
    """

    reads = ("worker.*", "team.*")
    writes = ("worker.team", "team.*", "child.*")
    source = "choice of the user: casework.permanence_team_share"

    def step(self, model: ChildrensServices) -> None:
        fit_permanence_teams(model)


def fit_permanence_teams(model: ChildrensServices) -> None:
    """Move workers until the protected teams are within a tenth of their share."""
    workers, teams = model.workers, model.teams
    wanted = model.p.casework.permanence_team_share
    if not wanted and not teams.n_case_holders[teams.function == Function.PERMANENCE].any():
        return
    protected = np.flatnonzero(workers.present & (workers.team >= 0) & (teams.function[workers.team] == Function.PERMANENCE))
    target = round(wanted * np.count_nonzero(workers.present & workers.case_holding))
    if len(protected) < 0.9 * target:
        able = workers.present & workers.case_holding & ~workers.agency & (workers.leaving_day == NEVER)
        able &= workers.qualified_day < model.clock.day - DAYS_IN_WEEK * model.p.workforce.newly_qualified_weeks
        able[protected] = False
        move(model, _first_by_die(model, np.flatnonzero(able), target - len(protected)), Function.PERMANENCE)
    elif len(protected) > 1.1 * target:
        move(model, _first_by_die(model, protected, len(protected) - target), Function.CHILDREN_IN_CARE)


def _first_by_die(model: ChildrensServices, rows: np.ndarray, count: int) -> np.ndarray:
    """``count`` of the rows, chosen by each worker's own die."""
    luck = model.dice.roll("moves to a permanence team", model.workers.key[rows])
    return rows[np.argsort(luck, kind="stable")[:count]]
