"""The workforce of the starting day: posts, workers, teams, managers and leaders from parameters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simulation.clock import DAYS_IN_WEEK, DAYS_IN_YEAR
from simulation.codes import Function
from simulation.dice import exponential, weekly
from simulation.rules import leadership, managers, staffing, teams
from simulation.rules import workforce as recruitment

if TYPE_CHECKING:
    from simulation.model import ChildrensServices

NEWLY_QUALIFIED_STARTERS = 0.4
"""Permanent workers who came newly qualified."""
NOT_YET_OFFERED = 0.8
"""Vacant posts of an ordinary authority that nobody has been offered yet."""


def staff(model: ChildrensServices) -> None:
    """Make teams, managers, leaders and workers of the starting day, with histories in keeping with the rates.

    Exactly ``start_permanent_fte`` and ``start_agency_fte`` people; some have given notice and some posts have been
    offered already, so that nothing jumps in the first weeks.
    """
    leadership.begin(model)
    _teams(model)
    _permanent(model)
    _agency(model)
    teams.count_case_holders(model)
    managers.begin(model)
    _offers_out(model)
    _notices_out(model)
    _already_sick(model)


def _teams(model: ChildrensServices) -> None:
    workforce = model.p.workforce
    holders = workforce.case_holder_share * (workforce.start_permanent_fte + workforce.start_agency_fte)
    for function, share in zip(Function, teams.shares(model), strict=True):
        teams.add_teams(model, function, max(1, round(holders * share / workforce.team_size)) if share > 0 else 0)


def _permanent(model: ChildrensServices) -> None:
    """Permanent posts and their holders; vacant posts are spread by the posts' own dice."""
    workforce, posts = model.p.workforce, model.authority.posts
    count = round(workforce.start_permanent_fte)
    posts.grow(model.dice, max(round(workforce.permanent_posts_fte), count), workforce.case_holder_share)
    held = np.sort(np.argsort(model.dice.roll("vacant at the start", posts.key), kind="stable")[:count])
    rows = staffing.appoint(model, posts, held, np.full(count, model.clock.day), np.zeros(count, dtype=bool))
    _give_service(model, rows)
    _into_teams_by_share(model, rows)


def _give_service(model: ChildrensServices, rows: np.ndarray) -> None:
    """Years of service so far, as they stand where hazards are constant; two in five came newly qualified."""
    workforce, workers = model.p.workforce, model.workers
    settled = workforce.leaving_per_year + workforce.to_agency_per_year
    early = settled * workforce.new_starter_leaving_ratio
    luck = model.dice.roll("service at the start", workers.key[rows])
    years = _standing_service(luck, early, settled, workforce.new_starter_years)
    workers.started_day[rows] = model.clock.day - (years * DAYS_IN_YEAR).astype(np.int32)
    straight = model.dice.roll("came newly qualified", workers.key[rows]) < NEWLY_QUALIFIED_STARTERS
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


def _agency(model: ChildrensServices) -> None:
    workforce, posts = model.p.workforce, model.authority.agency_posts
    count = round(workforce.start_agency_fte)
    posts.grow(model.dice, count, workforce.case_holder_share)
    rows = staffing.appoint(model, posts, np.arange(count), np.full(count, model.clock.day), np.zeros(count, dtype=bool))
    stay = DAYS_IN_WEEK * exponential(model.dice.roll("stay at the start", model.workers.key[rows]), workforce.agency_stay_weeks)
    model.workers.started_day[rows] = model.clock.day - stay.astype(np.int32)
    _into_teams_by_share(model, rows)


def _into_teams_by_share(model: ChildrensServices, rows: np.ndarray) -> None:
    """Case holders into functions in their shares, then evenly over the function's teams, in the order of dice."""
    workers = model.workers
    holders = rows[workers.case_holding[rows]]
    holders = holders[np.argsort(model.dice.roll("team at the start", workers.key[holders]), kind="stable")]
    ends = np.round(np.cumsum(teams.shares(model)) * len(holders)).astype(int)
    for function, members in zip(Function, np.split(holders, ends[:-1]), strict=True):
        of = np.flatnonzero(model.teams.present & (model.teams.function == function))
        if len(of):
            offset = int(model.teams.n_case_holders[of].sum())
            workers.team[members] = of[(np.arange(len(members)) + offset) % len(of)]
    teams.count_case_holders(model)


def _offers_out(model: ChildrensServices) -> None:
    """The labour pool as these vacancies have drained it, and offers of the past weeks, whose people will begin soon."""
    p, authority, posts = model.p.workforce, model.authority, model.authority.posts
    empty = recruitment.open_posts(model)
    full, _ = recruitment.pool_sizes(model)
    drawn = p.applications_per_vacancy_per_year * recruitment.appeal(model) * len(empty) * NOT_YET_OFFERED
    authority.experienced_pool = full / (1.0 + drawn / max(p.pool_refill_per_year * full, 1e-9))
    chance = -np.expm1(-recruitment.offer_rates(model)[0] * p.weeks_to_start)
    luck = model.dice.roll("offered before the start", posts.key[empty])
    offered = luck < chance
    weeks = luck[offered] / max(chance, 1e-9) * p.weeks_to_start
    posts.starts_day[empty[offered]] = model.clock.day + 1 + (DAYS_IN_WEEK * weeks).astype(np.int32)


def _notices_out(model: ChildrensServices) -> None:
    """Notices given before the start: those who will go over the coming weeks."""
    workers, rows = model.workers, model.workers.rows
    weeks = staffing.notice_weeks(model, rows)
    chance = 1.0 - (1.0 - weekly(staffing.leaving_hazard(model)[rows])) ** weeks
    u = model.dice.roll("notice before the start", workers.key[rows])
    given = u < chance
    rows, ahead = rows[given], u[given] / chance[given] * weeks[given]
    workers.leaving_day[rows] = model.clock.day + 1 + (DAYS_IN_WEEK * ahead).astype(np.int32)
    workers.leaving[rows] = staffing.reasons(model, rows)


def _already_sick(model: ChildrensServices) -> None:
    """Those absent on the starting day; long spells are over-represented among them, as spells met half-way are."""
    workforce, workers, rows = model.p.workforce, model.workers, model.workers.rows
    chance = workforce.sickness_spells_per_year * workforce.sickness_days / DAYS_IN_YEAR
    luck = model.dice.roll("ill at the start", workers.key[rows])
    shape = workforce.sickness_shape
    longer = 0.5 * math.gamma(1 + 2 / shape) / math.gamma(1 + 1 / shape) ** 2
    ill = luck < chance
    left = exponential(luck[ill] / max(chance, 1e-9), workforce.sickness_days * longer)
    workers.sick_until_day[rows[ill]] = model.clock.day + np.ceil(left).astype(np.int32)
