"""Leaders come and go; the restructure; the improvement programme."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from simulation.authority import LEADER_DIE, Held, Leader
from simulation.clock import DAYS_IN_WEEK, DAYS_IN_YEAR, NEVER, day_number
from simulation.dice import exponential
from simulation.rules import teams
from simulation.rules.base import Rule

if TYPE_CHECKING:
    from simulation.model import ChildrensServices

POSTS = ("director", "deputy", "assistant")
DAYS_IN_MONTH = DAYS_IN_YEAR / 12


class Leadership(Rule):
    """Senior leaders come and go; a restructure moves workers and costs hours; a programme needs stable leaders.

    Each acts on parameters of its own: gaps on how fast managers' posts are filled and on the programme; the
    restructure on hours and, once, on who holds which case; the programme on managers' notice and on gates.
    """

    reads = ("worker.*", "team.*", "authority")
    writes = ("authority", "worker.team", "team.n_case_holders", "child.*")
    source = "ADCS 2024: tenure of directors; Bradford 2018-20: eighteen months to a complete team"

    def step(self, model: ChildrensServices) -> None:
        change_leaders(model)
        restructure(model)
        programme(model)


def begin(model: ChildrensServices) -> None:
    """The leaders of the starting day, with years of service behind them; a post whose holder is dated is empty until then."""
    leadership, authority, today = model.p.leadership, model.authority, model.clock.day
    authority.leaders = [Leader(name, number) for number, name in enumerate(POSTS)]
    for leader in authority.leaders:
        u = model.dice.one("leader's service at the start", LEADER_DIE, leader.number)
        leader.since_day = today - 1 - int(exponential(np.float64(u), leadership.tenure_months) * DAYS_IN_MONTH)
        leader.until_day = _leaves(model, leader, today)
        gap, permanent = _dates(model, leader)
        if gap == NEVER and permanent > today:
            _vacate(model, leader, today)
    change_leaders(model)


def change_leaders(model: ChildrensServices) -> None:
    """Dated arrivals and departures first, then those by chance; then the gap that is left."""
    authority, day = model.authority, model.clock.day
    for leader in authority.leaders:
        _dated(model, leader)
        if leader.until_day != NEVER and leader.until_day <= day:
            turn = _vacate if leader.held == Held.PERMANENT else _arrive
            turn(model, leader, leader.until_day)
        waited = day - leader.since_day
        if leader.held == Held.VACANT and waited >= DAYS_IN_WEEK * model.p.leadership.weeks_to_interim:
            leader.held = Held.INTERIM
    weight = {Held.PERMANENT: 0.0, Held.INTERIM: model.p.leadership.interim_counts, Held.VACANT: 1.0}
    authority.leader_gap = sum(weight[leader.held] for leader in authority.leaders)
    complete = all(leader.held == Held.PERMANENT for leader in authority.leaders)
    authority.all_permanent_from_day = max(leader.since_day for leader in authority.leaders) if complete else NEVER


def _dates(model: ChildrensServices, leader: Leader) -> tuple[int, int]:
    """Days of the scenario's gap and of its permanent leader for a post; NEVER where none is given."""
    leadership = model.p.leadership
    return _day(getattr(leadership, f"{leader.name}_gap_from")), _day(getattr(leadership, f"{leader.name}_permanent_from"))


def _day(date: dt.date | None) -> int:
    return NEVER if date is None else day_number(date)


def _dated(model: ChildrensServices, leader: Leader) -> None:
    """What the scenario says happens by today, in order of date; each once."""
    gap, permanent = _dates(model, leader)
    for day, turn in sorted([(gap, _vacate), (permanent, _arrive)], key=lambda pair: pair[0]):
        if NEVER != day <= model.clock.day and day not in leader.dates_used:
            leader.dates_used.add(day)
            turn(model, leader, day)


def _vacate(model: ChildrensServices, leader: Leader, day: int) -> None:
    """The leader goes; the post waits for the dated successor, or for one whose coming is drawn."""
    leader.held, leader.since_day = Held.VACANT, day
    _, permanent = _dates(model, leader)
    u = model.dice.one("months to a new leader", LEADER_DIE, leader.number, leader.nth)
    months = model.p.leadership.months_to_fill * (2 + 2 * u) / 3
    leader.until_day = NEVER if permanent > day else day + int(months * DAYS_IN_MONTH)


def _arrive(model: ChildrensServices, leader: Leader, day: int) -> None:
    """A permanent leader starts."""
    leader.held, leader.since_day = Held.PERMANENT, day
    leader.nth += 1
    leader.until_day = _leaves(model, leader, day)


def _leaves(model: ChildrensServices, leader: Leader, day: int) -> int:
    """The day a permanent leader goes by chance; NEVER where only dates count."""
    if not model.p.leadership.turnover:
        return NEVER
    u = model.dice.one("leader's tenure", LEADER_DIE, leader.number, leader.nth)
    return day + 1 + int(exponential(np.float64(u), model.p.leadership.tenure_months) * DAYS_IN_MONTH)


def restructure(model: ChildrensServices) -> None:
    """While it lasts hours are lost; in its first weeks some case holders change team and hand over their cases."""
    leadership, authority = model.p.leadership, model.authority
    since = model.clock.day - _day(leadership.restructure_from)
    if leadership.restructure_from is None or since < 0:
        return
    authority.restructuring = since < leadership.restructure_months * DAYS_IN_MONTH
    lost, gained = leadership.restructure_hours_share, leadership.restructure_benefit_share
    authority.restructure_hours = 1.0 - lost if authority.restructuring else 1.0 + gained
    week = since // DAYS_IN_WEEK
    if week < leadership.restructure_transfer_weeks and leadership.restructure_transfer_share > 0:
        _change_teams(model, week)


def _change_teams(model: ChildrensServices, week: int) -> None:
    """Those whose own die says so move in their week of the restructure."""
    leadership, workers = model.p.leadership, model.workers
    holders = np.flatnonzero(workers.present & workers.case_holding & (workers.team >= 0))
    turn = model.dice.roll("moves in the restructure", workers.key[holders]) / leadership.restructure_transfer_share
    moving = holders[(turn < 1.0) & (np.floor(turn * leadership.restructure_transfer_weeks) == week)]
    teams.rotate(model, moving)


def programme(model: ChildrensServices) -> None:
    """The programme moves only under leaders who are permanent and settled, and with partners; gaps undo some of it."""
    leadership, authority, day = model.p.leadership, model.authority, model.clock.day
    if leadership.programme_from is not None and day >= _day(leadership.programme_from):
        complete = authority.all_permanent_from_day
        settled = complete != NEVER and day - complete >= leadership.settling_months * DAYS_IN_MONTH
        if settled and day >= _day(leadership.partners_engaged_from):
            authority.programme += DAYS_IN_WEEK / (leadership.programme_months * DAYS_IN_MONTH)
        elif complete == NEVER:
            authority.programme -= leadership.programme_decay_per_year * DAYS_IN_WEEK / DAYS_IN_YEAR
        authority.programme = min(max(authority.programme, 0.0), 1.0)
    authority.gate_attention = 1.0 + leadership.programme_gates * authority.programme
