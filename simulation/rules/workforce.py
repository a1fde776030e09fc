"""Leaving, recruitment and agency cover: headcount emerges from posts, pay, effort and policy."""

from __future__ import annotations

import math

import numpy as np

from simulation.actions import staffing, teams
from simulation.base.clock import NEVER, WEEKS_IN_YEAR
from simulation.base.codes import Leaving as Why
from simulation.base.codes import Stage
from simulation.base.dice import weekly
from simulation.service.rule import Rule
from simulation.service.state import State

_PEOPLE = "DfE children's social work workforce 2017 to 2025"


class Leaving(Rule):
    """Social workers give notice by their own overload and service and by what unsettles everyone; then they go.

    Mean caseload plays no part. Agency workers leave at a short notice of their own.
    """

    reads = ("worker.*", "authority")
    writes = ("worker.leaving_day", "worker.leaving", "team.n_case_holders", "authority", "child.*")
    source = _PEOPLE + "; surveys of social workers (IFF 2019-21)"

    def step(self, state: State) -> None:
        workers, clock = state.workers, state.clock
        noticed = workers.leaving_day != NEVER
        staffing.depart(state, (workers.present & noticed & (workers.leaving_day < clock.first_day)).nonzero()[0])
        luck = state.dice.roll("gives notice", workers.key, clock.week)
        going = (workers.present & ~noticed & (luck < weekly(staffing.leaving_hazard(state)))).nonzero()[0]
        if len(going):
            staffing.give_notice(state, going, staffing.reasons(state, going))


class Recruitment(Rule):
    """Vacant posts are offered to a finite pool of experienced workers and, in autumn, to the newly qualified.

    The pool drains as it is drawn on and fills slowly, so that success falls with every authority's own success.
    """

    reads = ("worker.*", "team.*", "authority")
    writes = ("worker.*", "team.*", "authority")
    source = _PEOPLE + "; three to five months to start"

    def step(self, state: State) -> None:
        posts = state.authority.posts
        starting = ((posts.starts_day != NEVER) & (posts.starts_day <= state.clock.day)).nonzero()[0]
        if len(starting):
            rows = staffing.appoint(state, posts, starting, posts.starts_day[starting], posts.newly_qualified[starting])
            state.tally.add("new_starters", len(rows))
            teams.join(state, rows)
        posts.grow(state.dice, staffing.established(state), state.p.workforce.case_holder_share)
        refill(state)
        if not state.authority.hiring_frozen:
            _offer(state)


def pool_sizes(state: State) -> tuple[float, float]:
    """Experienced workers in the full pool, and newly qualified workers of a whole autumn."""
    scale = state.p.authority.population_0_17 / 10_000
    return state.p.workforce.experienced_pool_per_10k * scale, state.p.workforce.newly_qualified_per_10k * scale


def refill(state: State) -> None:
    """The pool of experienced workers fills towards its size; each September brings a new cohort."""
    authority, (full, cohort) = state.authority, pool_sizes(state)
    filling = -math.expm1(-state.p.workforce.pool_refill_per_year / WEEKS_IN_YEAR)
    authority.experienced_pool += filling * (full - authority.experienced_pool)
    date = state.clock.date
    if date.month in (9, 10) and authority.autumn != date.year:
        authority.autumn, authority.newly_qualified_pool = date.year, cohort
    elif date.month not in (9, 10):
        authority.newly_qualified_pool = 0.0


def appeal(state: State) -> float:
    """How well vacancies draw people, against an ordinary authority: effort, pay, and a recent judgement."""
    workforce = state.p.workforce
    shunned = state.p.inspection.hiring_drop * staffing.year_after_inspection(state)
    return workforce.recruitment_effort * staffing.pay(state) ** workforce.hiring_pay_elasticity * (1.0 - min(shunned, 1.0))


def offer_rates(state: State) -> tuple[float, float]:
    """Offers a week to each open post: experienced and newly qualified; each falls with its pool."""
    workforce, authority, (full, cohort) = state.p.workforce, state.authority, pool_sizes(state)
    draw = appeal(state) / WEEKS_IN_YEAR
    experienced = workforce.applications_per_vacancy_per_year * max(authority.experienced_pool, 0.0) / max(full, 1e-9)
    newly = workforce.newly_qualified_appointed_per_year * max(authority.newly_qualified_pool, 0.0) / max(cohort, 1e-9)
    return draw * experienced, draw * newly


def open_posts(state: State) -> np.ndarray:
    """Established posts that nobody holds and nobody has been appointed to (fewer where others are over-held)."""
    posts, established = state.authority.posts, staffing.established(state)
    empty = ((posts.holder == NEVER) & (posts.starts_day == NEVER)).nonzero()[0]
    taken = len(posts) - len(empty)
    return empty[: max(0, established - taken)]


def _offer(state: State) -> None:
    """Each open post is filled by its own die; the person starts after notice, the newly qualified within weeks."""
    posts, authority, week = state.authority.posts, state.authority, state.clock.week
    open_ = open_posts(state)
    experienced, newly = offer_rates(state)
    luck = state.dice.roll("post offered", posts.key[open_], week)
    filled = luck < -math.expm1(-(experienced + newly))
    newly_qualified = luck[filled] < -math.expm1(-newly)
    at = open_[filled]
    if not len(at):
        return
    spread = 0.75 + 0.5 * state.dice.roll("weeks to start", posts.key[at], week)
    usual = state.p.workforce.weeks_to_start
    weeks = np.where(newly_qualified, min(usual, NEWLY_QUALIFIED_WEEKS), usual) * spread
    posts.starts_day[at] = state.clock.day + 1 + (7 * weeks).astype(np.int32)
    posts.newly_qualified[at] = newly_qualified
    authority.newly_qualified_pool -= float(newly_qualified.sum())
    authority.experienced_pool -= float((~newly_qualified).sum())


NEWLY_QUALIFIED_WEEKS = 4.0
"""Weeks from the offer to the first day of someone newly qualified."""


class AgencyCover(Rule):
    """Agency workers cover vacancies, and are bought beyond the establishment when caseload passes a trigger.

    More readily after an inadequate judgement; never above the cap. Those no longer wanted are let go.
    """

    reads = ("worker.*", "team.*", "child.stage", "authority")
    writes = ("worker.*", "team.*", "authority")
    source = _PEOPLE + "; Hood and Goldacre 2021: agency spending rises after an inadequate judgement"

    def step(self, state: State) -> None:
        posts = state.authority.agency_posts
        wanted = agency_wanted(state)
        if wanted > posts.held:
            teams.join(state, _fill(state, wanted - posts.held))
        elif wanted < posts.held:
            _release(state, wanted)
        _flag_parallel(state)


def agency_wanted(state: State) -> int:
    """Agency workers wanted this week, within the caps: for vacancies, for absence, and where caseload is too high."""
    workforce, inspected = state.p.workforce, state.p.inspection.agency_push * state.shocks.inspected
    posts = staffing.established(state)
    cover = (workforce.agency_cover_share + workforce.agency_inspection_cover * inspected) * staffing.vacancies(state)
    children = state.children
    cases = np.count_nonzero(children.present & (children.stage >= Stage.ASSESSMENT) & ~children.family_worker)
    missing = max(0.0, cases / workforce.agency_caseload_trigger / workforce.case_holder_share - posts)
    extra = workforce.agency_overload_share * (1.0 + inspected) * missing
    wanted = cover + workforce.agency_beyond_share * posts + extra
    return round(min(wanted, workforce.agency_cap_fte, state.authority.agency_limit_fte))


def _fill(state: State, short: int) -> np.ndarray:
    """Each unfilled agency post finds someone by its own die."""
    posts, clock = state.authority.agency_posts, state.clock
    posts.grow(state.dice, len(posts) + short - int(np.count_nonzero(posts.holder == NEVER)), state.p.workforce.case_holder_share)
    empty = np.flatnonzero(posts.holder == NEVER)[:short]
    luck = state.dice.roll("agency post filled", posts.key[empty], clock.week)
    found = empty[luck < -math.expm1(-1.0 / state.p.workforce.agency_fill_weeks)]
    return staffing.appoint(state, posts, found, np.full(len(found), clock.first_day), np.zeros(len(found), dtype=bool))


def _release(state: State, wanted: int) -> None:
    """Of those not yet leaving, agency workers beyond the number wanted are given notice, a few a week."""
    holder, workers = state.authority.agency_posts.holder, state.workers
    held = holder[holder != NEVER]
    surplus = held[workers.leaving_day[held] == NEVER][wanted:]
    if len(surplus):
        luck = state.dice.roll("let go", workers.key[surplus], state.clock.week)
        staffing.give_notice(state, surplus[luck < -math.expm1(-1.0 / state.p.workforce.agency_release_weeks)], Why.RELEASED)


def _flag_parallel(state: State) -> None:
    """Agency workers beyond the vacant posts are beyond the establishment."""
    holder = state.authority.agency_posts.holder
    held = holder[holder != NEVER]
    state.workers.parallel[held] = np.arange(len(held)) >= staffing.vacancies(state)
