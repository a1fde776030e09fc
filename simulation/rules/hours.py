"""Sickness, pressure and the hours each worker has for cases this week."""

from __future__ import annotations

import math

import numpy as np

from simulation.actions import staffing
from simulation.actions.workforce_counts import absent_share
from simulation.base.clock import DAYS_IN_WEEK, DAYS_IN_YEAR, NEVER
from simulation.base.dice import weekly, weibull
from simulation.service.rule import Rule
from simulation.service.state import State

MOST_FELT = 2.0
"""Beyond twice the contracted hours more requests are not felt as more."""


class Sickness(Rule):
    """Workers fall ill more often when overloaded, and more in Covid-19; most spells are short, a few very long."""

    reads = ("worker.*",)
    writes = ("worker.sick_until_day",)
    source = "DfE workforce 2020: 2.9% of days, England"

    def step(self, state: State) -> None:
        workforce, workers, clock = state.p.workforce, state.workers, state.clock
        extra = state.shocks.sickness * DAYS_IN_YEAR / workforce.sickness_days
        rate = workforce.sickness_spells_per_year * staffing.overload(state, workforce.sickness_overload_elasticity) + extra
        well = workers.present & (workers.sick_until_day < clock.first_day)
        fall = (well & (state.dice.roll("falls ill", workers.key, clock.week) < weekly(rate))).nonzero()[0]
        scale = workforce.sickness_days / math.gamma(1.0 + 1.0 / workforce.sickness_shape)
        days = weibull(state.dice.roll("length of illness", workers.key[fall], clock.week), scale, workforce.sickness_shape)
        workers.sick_until_day[fall] = clock.first_day - 1 + np.maximum(np.round(days), 1).astype(np.int32)


class Hours(Rule):
    """Each worker's hours for cases: contract less leave, other work, sickness, protected time and supervision.

    Last week's requests against contract are felt as pressure. Stretch is what a worker can be pushed to.
    """

    reads = ("worker.*", "team.n_case_holders", "authority")
    writes = (
        "worker.pressure",
        "worker.hours_base",
        "worker.hours_available",
        "worker.hours_used",
        "worker.hours_wanted",
        "worker.caseload_limit",
    )
    source = "capacity identity, England 2020: 111 hours a month at contract, 135 at a working week of 45 hours"

    def step(self, state: State) -> None:
        feel_pressure(state)
        workforce, workers = state.p.workforce, state.workers
        days = state.clock.day - workers.qualified_day
        year = DAYS_IN_WEEK * workforce.newly_qualified_weeks
        new = workers.case_holding & (days < year)
        base = _hours_at_contract(state, new)
        workers.hours_base[:] = base
        workers.hours_available[:] = base * (workforce.stretch_hours / workforce.contracted_hours)
        workers.hours_used[:] = 0.0
        workers.hours_wanted[:] = 0.0
        workers.caseload_limit[:] = _limit(state, new, days / max(year, 1.0))


def feel_pressure(state: State) -> None:
    """Move each worker's pressure towards last week's hours asked for over hours at contract."""
    workers = state.workers
    felt = workers.present & (workers.hours_base > 1.0)
    ratio = np.minimum(workers.hours_wanted / np.where(felt, workers.hours_base, 1.0), MOST_FELT)
    workers.pressure[:] += np.where(felt, (ratio - workers.pressure) / state.p.workforce.pressure_weeks, 0.0)


def _hours_at_contract(state: State, new: np.ndarray) -> np.ndarray:
    """Hours for cases at contract, by row; none for those without cases."""
    workforce, workers = state.p.workforce, state.workers
    share = workforce.weeks_worked_share * (1.0 - workforce.other_work_share) * state.authority.restructure_hours
    hours = workers.contracted_hours * (share * (1.0 - workforce.newly_qualified_protected_share * new))
    hours *= (1.0 - absent_share(state)) * (workers.present & workers.case_holding)
    return np.maximum(hours - _supervision(state, new), 0.0)


def _supervision(state: State, new: np.ndarray) -> np.ndarray:
    """Hours that experienced workers give to the newly qualified of their team, by row."""
    workers, count = state.workers, state.teams.size
    in_team = workers.present & workers.case_holding & (workers.team >= 0)
    given = np.bincount(workers.team[in_team & new], minlength=count) * state.p.workforce.newly_qualified_supervision_hours
    experienced = in_team & ~new
    givers = np.bincount(workers.team[experienced], minlength=count)
    return np.where(experienced, (given / np.maximum(givers, 1))[workers.team], 0.0)


def _limit(state: State, new: np.ndarray, year_gone: np.ndarray) -> np.ndarray:
    """Cases at which allocation passes each worker over; none for those about to go or away for long."""
    workforce, workers, day = state.p.workforce, state.workers, state.clock.day
    first, last = workforce.newly_qualified_first_load, workforce.newly_qualified_last_load
    load = np.where(new, first + (last - first) * np.minimum(year_gone, 1.0), 1.0)
    going = (workers.leaving_day != NEVER) & (workers.leaving_day - day < DAYS_IN_WEEK * workforce.last_weeks_without_new_cases)
    away = workers.sick_until_day - day > 2 * DAYS_IN_WEEK
    return workforce.caseload_limit * load * (workers.case_holding & ~going & ~away)
