"""Leaving, recruitment and agency cover: headcount emerges from posts, pay, effort and policy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simulation.clock import DAYS_IN_YEAR, NEVER, WEEKS_IN_YEAR
from simulation.codes import Leaving as Why
from simulation.codes import Stage
from simulation.dice import weekly
from simulation.rules import staffing, teams
from simulation.rules.base import Rule

if TYPE_CHECKING:
    from simulation.model import ChildrensServices

_PEOPLE = "DfE children's social work workforce 2017 to 2025"


class Leaving(Rule):
    """Social workers give notice by their own overload and service and by what unsettles everyone; then they go.

    Mean caseload plays no part. Agency workers leave at a short notice of their own.
    """

    reads = ("worker.*", "authority")
    writes = ("worker.leaving_day", "worker.leaving", "team.n_case_holders", "authority", "child.*")
    source = _PEOPLE + "; surveys of social workers (IFF 2019-21)"

    def step(self, model: ChildrensServices) -> None:
        workers, clock = model.workers, model.clock
        noticed = workers.leaving_day != NEVER
        staffing.depart(model, (workers.present & noticed & (workers.leaving_day < clock.first_day)).nonzero()[0])
        luck = model.dice.roll("gives notice", workers.key, clock.week)
        going = (workers.present & ~noticed & (luck < weekly(staffing.leaving_hazard(model)))).nonzero()[0]
        if len(going):
            staffing.give_notice(model, going, staffing.reasons(model, going))


class Recruitment(Rule):
    """Vacant posts are offered to a finite pool of experienced workers and, in autumn, to the newly qualified.

    The pool drains as it is drawn on and fills slowly, so that success falls with every authority's own success.
    """

    reads = ("worker.*", "team.*", "authority")
    writes = ("worker.*", "team.*", "authority")
    source = _PEOPLE + "; three to five months to start"

    def step(self, model: ChildrensServices) -> None:
        posts = model.authority.posts
        starting = ((posts.starts_day != NEVER) & (posts.starts_day <= model.clock.day)).nonzero()[0]
        if len(starting):
            rows = staffing.appoint(model, posts, starting, posts.starts_day[starting], posts.newly_qualified[starting])
            model.tally.add("new_starters", len(rows))
            teams.join(model, rows)
        posts.grow(model.dice, staffing.established(model), model.p.workforce.case_holder_share)
        refill(model)
        if not model.authority.hiring_frozen:
            _offer(model)


def pool_sizes(model: ChildrensServices) -> tuple[float, float]:
    """Experienced workers in the full pool, and newly qualified workers of a whole autumn."""
    scale = model.p.authority.population_0_17 / 10_000
    return model.p.workforce.experienced_pool_per_10k * scale, model.p.workforce.newly_qualified_per_10k * scale


def refill(model: ChildrensServices) -> None:
    """The pool of experienced workers fills towards its size; each September brings a new cohort."""
    authority, (full, cohort) = model.authority, pool_sizes(model)
    filling = -math.expm1(-model.p.workforce.pool_refill_per_year / WEEKS_IN_YEAR)
    authority.experienced_pool += filling * (full - authority.experienced_pool)
    date = model.clock.date
    if date.month in (9, 10) and authority.autumn != date.year:
        authority.autumn, authority.newly_qualified_pool = date.year, cohort
    elif date.month not in (9, 10):
        authority.newly_qualified_pool = 0.0


def appeal(model: ChildrensServices) -> float:
    """How well vacancies draw people, against an ordinary authority: effort, pay, and a recent judgement."""
    workforce = model.p.workforce
    shunned = model.p.inspection.hiring_drop * staffing.year_after_inspection(model)
    return workforce.recruitment_effort * staffing.pay(model) ** workforce.hiring_pay_elasticity * (1.0 - min(shunned, 1.0))


def offer_rates(model: ChildrensServices) -> tuple[float, float]:
    """Offers a week to each open post: experienced and newly qualified; each falls with its pool."""
    workforce, authority, (full, cohort) = model.p.workforce, model.authority, pool_sizes(model)
    draw = appeal(model) / WEEKS_IN_YEAR
    experienced = workforce.applications_per_vacancy_per_year * max(authority.experienced_pool, 0.0) / max(full, 1e-9)
    newly = workforce.newly_qualified_appointed_per_year * max(authority.newly_qualified_pool, 0.0) / max(cohort, 1e-9)
    return draw * experienced, draw * newly


def open_posts(model: ChildrensServices) -> np.ndarray:
    """Established posts that nobody holds and nobody has been appointed to (fewer where others are over-held)."""
    posts, established = model.authority.posts, staffing.established(model)
    empty = ((posts.holder == NEVER) & (posts.starts_day == NEVER)).nonzero()[0]
    taken = len(posts) - len(empty)
    return empty[: max(0, established - taken)]


def _offer(model: ChildrensServices) -> None:
    """Each open post is filled by its own die; the person starts after notice, the newly qualified within weeks."""
    posts, authority, week = model.authority.posts, model.authority, model.clock.week
    open_ = open_posts(model)
    experienced, newly = offer_rates(model)
    luck = model.dice.roll("post offered", posts.key[open_], week)
    filled = luck < -math.expm1(-(experienced + newly))
    newly_qualified = luck[filled] < -math.expm1(-newly)
    at = open_[filled]
    if not len(at):
        return
    spread = 0.75 + 0.5 * model.dice.roll("weeks to start", posts.key[at], week)
    usual = model.p.workforce.weeks_to_start
    weeks = np.where(newly_qualified, min(usual, NEWLY_QUALIFIED_WEEKS), usual) * spread
    posts.starts_day[at] = model.clock.day + 1 + (7 * weeks).astype(np.int32)
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

    def step(self, model: ChildrensServices) -> None:
        posts = model.authority.agency_posts
        wanted = agency_wanted(model)
        if wanted > posts.held:
            teams.join(model, _fill(model, wanted - posts.held))
        elif wanted < posts.held:
            _release(model, wanted)
        _flag_parallel(model)


def agency_wanted(model: ChildrensServices) -> int:
    """Agency workers wanted this week, within the caps: for vacancies, for absence, and where caseload is too high."""
    workforce, inspected = model.p.workforce, model.p.inspection.agency_push * model.shocks.inspected
    posts = staffing.established(model)
    cover = (workforce.agency_cover_share + workforce.agency_inspection_cover * inspected) * staffing.vacancies(model)
    children = model.children
    cases = np.count_nonzero(children.present & (children.stage >= Stage.ASSESSMENT) & ~children.family_worker)
    missing = max(0.0, cases / workforce.agency_caseload_trigger / workforce.case_holder_share - posts)
    extra = workforce.agency_overload_share * (1.0 + inspected) * missing
    wanted = cover + workforce.agency_beyond_share * posts + extra
    return round(min(wanted, workforce.agency_cap_fte, model.authority.agency_limit_fte))


def _fill(model: ChildrensServices, short: int) -> np.ndarray:
    """Each unfilled agency post finds someone by its own die."""
    posts, clock = model.authority.agency_posts, model.clock
    posts.grow(model.dice, len(posts) + short - int(np.count_nonzero(posts.holder == NEVER)), model.p.workforce.case_holder_share)
    empty = np.flatnonzero(posts.holder == NEVER)[:short]
    luck = model.dice.roll("agency post filled", posts.key[empty], clock.week)
    found = empty[luck < -math.expm1(-1.0 / model.p.workforce.agency_fill_weeks)]
    return staffing.appoint(model, posts, found, np.full(len(found), clock.first_day), np.zeros(len(found), dtype=bool))


def _release(model: ChildrensServices, wanted: int) -> None:
    """Of those not yet leaving, agency workers beyond the number wanted are given notice, a few a week."""
    holder, workers = model.authority.agency_posts.holder, model.workers
    held = holder[holder != NEVER]
    surplus = held[workers.leaving_day[held] == NEVER][wanted:]
    if len(surplus):
        luck = model.dice.roll("let go", workers.key[surplus], model.clock.week)
        staffing.give_notice(model, surplus[luck < -math.expm1(-1.0 / model.p.workforce.agency_release_weeks)], Why.RELEASED)


def _flag_parallel(model: ChildrensServices) -> None:
    """Agency workers beyond the vacant posts are beyond the establishment."""
    holder = model.authority.agency_posts.holder
    held = holder[holder != NEVER]
    model.workers.parallel[held] = np.arange(len(held)) >= staffing.vacancies(model)


def tally_workforce(model: ChildrensServices) -> None:
    """Standing measures of the workforce at the end of the week."""
    workers, tally, authority = model.workers, model.tally, model.authority
    permanent, agency = authority.posts.held, authority.agency_posts.held
    staffed = model.teams.present & (model.teams.n_case_holders > 0)
    for measure, value in (
        ("n_social_workers", permanent),
        ("n_agency_workers", agency),
        ("n_workforce", permanent + agency),
        ("n_posts", staffing.established(model)),
        ("n_vacancies", staffing.vacancies(model)),
        ("n_case_holders", np.count_nonzero(workers.present & workers.case_holding)),
        ("n_workers_sick", absent_share(model)[workers.present].sum()),
        ("n_manager_vacancies", np.count_nonzero(staffed & ~model.teams.manager_present)),
        ("n_leader_gaps", sum(leader.held > 0 for leader in authority.leaders)),
    ):
        tally.set(measure, value)
    tally.add("years_in_post", permanent * 7 / DAYS_IN_YEAR)
    for event in ("new_leavers", "new_starters"):
        tally.add(event, 0)


def absent_share(model: ChildrensServices) -> np.ndarray:
    """Share of this week that each worker is absent through sickness, by row."""
    return np.minimum(np.maximum(model.workers.sick_until_day - (model.clock.first_day - 1), 0), 7) * (1 / 7)
