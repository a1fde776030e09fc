"""Teams: what they are for, who joins which, and the protected permanence teams."""

from __future__ import annotations

import numpy as np

from simulation.actions.teams import move
from simulation.base.clock import DAYS_IN_WEEK, NEVER
from simulation.base.codes import Function
from simulation.service.rule import Rule
from simulation.service.state import State


class ProtectedTeams(Rule):
    """Protected permanence teams are kept at the share the scenario sets; workers who move hand over their cases.

    Experienced permanent workers move in, by their own die; they move to children in care when the share falls.
    """

    reads = ("worker.*", "team.*")
    writes = ("worker.team", "team.*", "child.*")
    source = "choice of the user: casework.permanence_team_share"

    def step(self, state: State) -> None:
        fit_permanence_teams(state)


def fit_permanence_teams(state: State) -> None:
    """Move workers until the protected teams are within a tenth of their share."""
    workers, teams = state.workers, state.teams
    wanted = state.p.casework.permanence_team_share
    if not wanted and not teams.n_case_holders[teams.function == Function.PERMANENCE].any():
        return
    protected = np.flatnonzero(workers.present & (workers.team >= 0) & (teams.function[workers.team] == Function.PERMANENCE))
    target = round(wanted * np.count_nonzero(workers.present & workers.case_holding))
    if len(protected) < 0.9 * target:
        able = workers.present & workers.case_holding & ~workers.agency & (workers.leaving_day == NEVER)
        able &= workers.qualified_day < state.clock.day - DAYS_IN_WEEK * state.p.workforce.newly_qualified_weeks
        able[protected] = False
        move(state, _first_by_die(state, np.flatnonzero(able), target - len(protected)), Function.PERMANENCE)
    elif len(protected) > 1.1 * target:
        move(state, _first_by_die(state, protected, len(protected) - target), Function.CHILDREN_IN_CARE)


def _first_by_die(state: State, rows: np.ndarray, count: int) -> np.ndarray:
    """``count`` of the rows, chosen by each worker's own die."""
    luck = state.dice.roll("moves to a permanence team", state.workers.key[rows])
    return rows[np.argsort(luck, kind="stable")[:count]]
