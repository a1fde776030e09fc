"""Workers come and go: appointing to a post, departing from it, and what drives leaving."""

from __future__ import annotations

import math

import numpy as np

from simulation.actions import teams
from simulation.actions.cases import unallocate
from simulation.base.clock import DAYS_IN_WEEK, DAYS_IN_YEAR, NEVER, WEEKS_IN_YEAR, day_number
from simulation.base.codes import LEAVING_NAME, Leaving
from simulation.base.dice import lognormal, mix
from simulation.service import team_names
from simulation.service.authority import HOLDERS, Posts
from simulation.service.state import State

SPELL = ("worker", "team", "function", "role", "agency", "start", "end", "experience_years_at_start", "reason_left")

ORDINARY_VACANCY, ORDINARY_AGENCY = 0.161, 0.154
"""England's shares at 30 September 2020 (DfE): more than this unsettles those who stay."""
EXPERIENCE_SPREAD = 0.7


def years_since_judgement(state: State) -> float:
    """Years since the service was judged inadequate; below zero before it, and without one."""
    judged = state.p.inspection.inadequate_on
    return -1.0 if judged is None else (state.clock.day - day_number(judged)) / DAYS_IN_YEAR


def established(state: State) -> int:
    """Permanent posts established: the scenario's, and those that a judgement brings."""
    workforce = state.p.workforce
    half_years = min(max(2 * years_since_judgement(state), 0.0), 1.0)
    return round(workforce.permanent_posts_fte * (1.0 + workforce.posts_after_inspection_share * half_years))


def vacancies(state: State) -> int:
    """Established permanent posts without a permanent holder."""
    return max(0, established(state) - state.authority.posts.held)


def year_after_inspection(state: State) -> float:
    """One on the day of an inadequate judgement, falling to a third in a year; 0 before it or without one."""
    years = years_since_judgement(state)
    return math.exp(-years) if years >= 0 else 0.0


def appoint(state: State, posts: Posts, index: np.ndarray, started: np.ndarray, newly_qualified: np.ndarray) -> np.ndarray:
    """New workers in ``posts[index]`` from the days ``started``; returns their rows, still without a team."""
    if not len(index):
        return np.empty(0, dtype=np.intp)
    nth = posts.nth[index] + 1
    posts.nth[index] = nth
    number = index + posts.first
    key = mix(posts.key[index] ^ nth.astype(np.uint64))
    experience = lognormal(state.dice.roll("experience", key), state.p.workforce.experience_years, EXPERIENCE_SPREAD)
    experience = np.where(newly_qualified, 0.0, np.clip(experience, 1.0, 40.0))
    rows = state.workers.add(
        len(index),
        key=key,
        identity=number.astype(np.int64) * HOLDERS + nth,
        post=number,
        agency=posts.first > 0,
        case_holding=posts.case_holding[index],
        started_day=started,
        qualified_day=started - (experience * DAYS_IN_YEAR).astype(np.int32),
        experience_years=experience,
        contracted_hours=state.p.workforce.contracted_hours,
        pressure=state.p.workforce.usual_pressure,
    )
    posts.holder[index] = rows
    posts.held += len(rows)
    posts.starts_day[index] = NEVER
    return rows


def depart(state: State, rows: np.ndarray) -> None:
    """Workers go: their cases are without a worker, their posts empty, their spells recorded."""
    if not len(rows):
        return
    workers, authority = state.workers, state.authority
    unallocate(state, rows)
    authority.worker_spells.extend(spells(state, rows))
    agency = workers.agency[rows]
    for posts, of in ((authority.posts, rows[~agency]), (authority.agency_posts, rows[agency])):
        posts.holder[workers.post[of] - posts.first] = NEVER
        posts.held -= len(of)
    teams.take_out(state, rows)
    state.tally.add("new_leavers", len(rows) - np.count_nonzero(agency))
    workers.free(rows)


def overload(state: State, power: float) -> np.ndarray:
    """Hazard ratio of each worker's own overload; one for those without cases."""
    workers = state.workers
    ratio = np.minimum(np.maximum(workers.pressure * (1.0 / state.p.workforce.usual_pressure), 0.6), 1.8)
    return np.where(workers.case_holding, ratio**power, 1.0)


def leaving_hazard(state: State) -> np.ndarray:
    """Yearly hazard of giving notice, by worker row: own overload and service, and what unsettles everyone."""
    workforce, workers = state.p.workforce, state.workers
    settled = (workforce.leaving_per_year + workforce.to_agency_per_year) * _unsettled(state)
    service = state.clock.day - workers.started_day
    new = np.where(service < DAYS_IN_YEAR * workforce.new_starter_years, workforce.new_starter_leaving_ratio, 1.0)
    hazard = np.where(workers.agency, WEEKS_IN_YEAR / workforce.agency_stay_weeks, settled * new)
    return hazard * overload(state, workforce.leaving_overload_elasticity)


def _unsettled(state: State) -> float:
    """Hazard ratio of leaving shared by all permanent workers: never mean caseload."""
    workforce, authority = state.p.workforce, state.authority
    permanent, agency = authority.posts.held, authority.agency_posts.held
    vacancy = vacancies(state) / max(established(state), 1) - ORDINARY_VACANCY
    share = agency / max(permanent + agency, 1) - ORDINARY_AGENCY
    ratio = workforce.vacancy_leaving_ratio ** (10 * vacancy) * workforce.agency_leaving_ratio ** (10 * share)
    ratio *= 1.0 + state.p.inspection.leaving_jump * year_after_inspection(state)
    ratio *= 1.0 + workforce.leader_gap_leaving * authority.leader_gap
    ratio *= 1.0 + workforce.restructure_leaving * authority.restructuring
    return ratio * pay(state) ** -workforce.leaving_pay_elasticity


def pay(state: State) -> float:
    """Pay against neighbouring authorities, retention payment included: one is the same."""
    workforce = state.p.workforce
    return 1.0 - workforce.pay_gap_share + workforce.retention_payment_gbp_per_year / workforce.reference_pay_gbp_per_year


def give_notice(state: State, rows: np.ndarray, reason: np.ndarray | int) -> None:
    """The rows give (or are given) notice from the first day of this week."""
    weeks = notice_weeks(state, rows)
    state.workers.leaving_day[rows] = state.clock.first_day + (DAYS_IN_WEEK * weeks).astype(np.int32)
    state.workers.leaving[rows] = reason


def notice_weeks(state: State, rows: np.ndarray) -> np.ndarray:
    """Weeks of notice: agency workers give between 0.4 and 1.6 times their mean."""
    luck = state.dice.roll("length of notice", state.workers.key[rows])
    agency = state.p.workforce.agency_notice_weeks * (0.4 + 1.2 * luck)
    return np.where(state.workers.agency[rows], agency, state.p.workforce.notice_weeks)


def reasons(state: State, rows: np.ndarray) -> np.ndarray:
    """Why the rows leave (Leaving), by the shares of the two hazards."""
    workforce = state.p.workforce
    share = workforce.to_agency_per_year / max(workforce.leaving_per_year + workforce.to_agency_per_year, 1e-9)
    lost = state.dice.roll("leaves for agency work", state.workers.key[rows]) < share
    own = np.where(lost, int(Leaving.AGENCY), int(Leaving.ELSEWHERE))
    return np.where(state.workers.agency[rows], int(Leaving.CONTRACT_LEFT), own)


def spells(state: State, rows: np.ndarray) -> list[tuple]:
    """A record of each worker's time here, as :data:`SPELL` names them; ``end`` is NEVER for those who stay."""
    return [_spell(state, row) for row in rows.tolist()]


def _spell(state: State, row: int) -> tuple:
    workers = state.workers
    team = team_names.name(state.teams, workers.team[row]) if workers.team[row] != NEVER else ""
    gone = workers.leaving_day[row] != NEVER and workers.leaving_day[row] < state.clock.first_day
    return (
        int(workers.identity[row]),
        team,
        team.rsplit(" ", 1)[0],
        "case holder" if workers.case_holding[row] else "other social worker",
        bool(workers.agency[row]),
        int(workers.started_day[row]),
        int(workers.leaving_day[row]) if gone else NEVER,
        float(workers.experience_years[row]),
        LEAVING_NAME[workers.leaving[row]] if gone else "",
    )
