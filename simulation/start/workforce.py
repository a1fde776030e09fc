"""The workforce of the starting day: posts, workers, teams, managers and leaders from parameters."""

from __future__ import annotations

import math

import numpy as np

from simulation.actions import staffing, teams
from simulation.base.clock import DAYS_IN_WEEK, DAYS_IN_YEAR
from simulation.base.codes import Function
from simulation.base.dice import exponential, weekly
from simulation.rules import leadership, managers
from simulation.rules import workforce as recruitment
from simulation.service.state import State

NEWLY_QUALIFIED_STARTERS = 0.4
"""Permanent workers who came newly qualified."""
NOT_YET_OFFERED = 0.8
"""Vacant posts of an ordinary authority that nobody has been offered yet."""


def staff(state: State) -> None:
    """Make teams, managers, leaders and workers of the starting day, with histories in keeping with the rates.

    Exactly ``start_permanent_fte`` and ``start_agency_fte`` people; some have given notice and some posts have been
    offered already, so that nothing jumps in the first weeks.
    """
    leadership.begin(state)
    _teams(state)
    _permanent(state)
    _agency(state)
    teams.count_case_holders(state)
    managers.begin(state)
    _offers_out(state)
    _notices_out(state)
    _already_sick(state)


def _teams(state: State) -> None:
    workforce = state.p.workforce
    holders = workforce.case_holder_share * (workforce.start_permanent_fte + workforce.start_agency_fte)
    for function, share in zip(Function, teams.shares(state), strict=True):
        teams.add_teams(state, function, max(1, round(holders * share / workforce.team_size)) if share > 0 else 0)


def _permanent(state: State) -> None:
    """Permanent posts and their holders; vacant posts are spread by the posts' own dice."""
    workforce, posts = state.p.workforce, state.authority.posts
    count = round(workforce.start_permanent_fte)
    posts.grow(state.dice, max(round(workforce.permanent_posts_fte), count), workforce.case_holder_share)
    held = np.sort(np.argsort(state.dice.roll("vacant at the start", posts.key), kind="stable")[:count])
    rows = staffing.appoint(state, posts, held, np.full(count, state.clock.day), np.zeros(count, dtype=bool))
    _give_service(state, rows)
    _into_teams_by_share(state, rows)


def _give_service(state: State, rows: np.ndarray) -> None:
    """Years of service so far, as they stand where hazards are constant; two in five came newly qualified."""
    workforce, workers = state.p.workforce, state.workers
    settled = workforce.leaving_per_year + workforce.to_agency_per_year
    early = settled * workforce.new_starter_leaving_ratio
    luck = state.dice.roll("service at the start", workers.key[rows])
    years = _standing_service(luck, early, settled, workforce.new_starter_years)
    workers.started_day[rows] = state.clock.day - (years * DAYS_IN_YEAR).astype(np.int32)
    straight = state.dice.roll("came newly qualified", workers.key[rows]) < NEWLY_QUALIFIED_STARTERS
    before = np.where(straight, 0.0, workers.experience_years[rows])
    workers.experience_years[rows] = before
    workers.qualified_day[rows] = workers.started_day[rows] - (before * DAYS_IN_YEAR).astype(np.int32)


def _standing_service(u: np.ndarray, early: float, settled: float, years: float) -> np.ndarray:
    """Service so far of people present, where the hazard is ``early`` for ``years`` and ``settled`` afterwards."""
    early, settled = max(early, 1e-3), max(settled, 1e-3)
    left = np.exp(-early * years)
    new, old = (1.0 - left) / early, left / settled
    area = u * (new + old)
    within = -np.log(np.maximum(1.0 - early * np.minimum(area, new), 1e-12)) / early
    beyond = years - np.log(np.maximum(1.0 - np.clip(area - new, 0, old) / old, 1e-6)) / settled
    return np.minimum(np.where(area < new, within, beyond), 40.0)


def _agency(state: State) -> None:
    workforce, posts = state.p.workforce, state.authority.agency_posts
    count = round(workforce.start_agency_fte)
    posts.grow(state.dice, count, workforce.case_holder_share)
    rows = staffing.appoint(state, posts, np.arange(count), np.full(count, state.clock.day), np.zeros(count, dtype=bool))
    stay = DAYS_IN_WEEK * exponential(state.dice.roll("stay at the start", state.workers.key[rows]), workforce.agency_stay_weeks)
    state.workers.started_day[rows] = state.clock.day - stay.astype(np.int32)
    _into_teams_by_share(state, rows)


def _into_teams_by_share(state: State, rows: np.ndarray) -> None:
    """Case holders into functions in their shares, then evenly over the function's teams, in the order of dice."""
    workers = state.workers
    holders = rows[workers.case_holding[rows]]
    holders = holders[np.argsort(state.dice.roll("team at the start", workers.key[holders]), kind="stable")]
    ends = np.round(np.cumsum(teams.shares(state)) * len(holders)).astype(int)
    for function, members in zip(Function, np.split(holders, ends[:-1]), strict=True):
        of = np.flatnonzero(state.teams.present & (state.teams.function == function))
        if len(of):
            offset = int(state.teams.n_case_holders[of].sum())
            workers.team[members] = of[(np.arange(len(members)) + offset) % len(of)]
    teams.count_case_holders(state)


def _offers_out(state: State) -> None:
    """The labour pool as these vacancies have drained it, and offers of the past weeks, whose people will begin soon."""
    p, authority, posts = state.p.workforce, state.authority, state.authority.posts
    empty = recruitment.open_posts(state)
    full, _ = recruitment.pool_sizes(state)
    drawn = p.applications_per_vacancy_per_year * recruitment.appeal(state) * len(empty) * NOT_YET_OFFERED
    authority.experienced_pool = full / (1.0 + drawn / max(p.pool_refill_per_year * full, 1e-9))
    chance = -np.expm1(-recruitment.offer_rates(state)[0] * p.weeks_to_start)
    luck = state.dice.roll("offered before the start", posts.key[empty])
    offered = luck < chance
    weeks = luck[offered] / max(chance, 1e-9) * p.weeks_to_start
    posts.starts_day[empty[offered]] = state.clock.day + 1 + (DAYS_IN_WEEK * weeks).astype(np.int32)


def _notices_out(state: State) -> None:
    """Notices given before the start: those who will go over the coming weeks."""
    workers, rows = state.workers, state.workers.rows
    weeks = staffing.notice_weeks(state, rows)
    chance = 1.0 - (1.0 - weekly(staffing.leaving_hazard(state)[rows])) ** weeks
    u = state.dice.roll("notice before the start", workers.key[rows])
    given = u < chance
    rows, ahead = rows[given], u[given] / chance[given] * weeks[given]
    workers.leaving_day[rows] = state.clock.day + 1 + (DAYS_IN_WEEK * ahead).astype(np.int32)
    workers.leaving[rows] = staffing.reasons(state, rows)


def _already_sick(state: State) -> None:
    """Those absent on the starting day; long spells are over-represented among them, as spells met half-way are."""
    workforce, workers, rows = state.p.workforce, state.workers, state.workers.rows
    chance = workforce.sickness_spells_per_year * workforce.sickness_days / DAYS_IN_YEAR
    luck = state.dice.roll("ill at the start", workers.key[rows])
    shape = workforce.sickness_shape
    longer = 0.5 * math.gamma(1 + 2 / shape) / math.gamma(1 + 1 / shape) ** 2
    ill = luck < chance
    left = exponential(luck[ill] / max(chance, 1e-9), workforce.sickness_days * longer)
    workers.sick_until_day[rows[ill]] = state.clock.day + np.ceil(left).astype(np.int32)
