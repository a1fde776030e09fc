"""Leaders come and go; the restructure; the improvement programme."""

from __future__ import annotations

import datetime as dt

import numpy as np

from simulation.actions import teams
from simulation.base.clock import DAYS_IN_WEEK, DAYS_IN_YEAR, NEVER, day_number
from simulation.base.dice import exponential
from simulation.service.authority import LEADER_DIE, Held, Leader
from simulation.service.rule import Rule
from simulation.service.state import State

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

    def step(self, state: State) -> None:
        change_leaders(state)
        restructure(state)
        programme(state)


def begin(state: State) -> None:
    """The leaders of the starting day, with years of service behind them; a post whose holder is dated is empty until then."""
    leadership, authority, today = state.p.leadership, state.authority, state.clock.day
    authority.leaders = [Leader(name, number) for number, name in enumerate(POSTS)]
    for leader in authority.leaders:
        u = state.dice.one("leader's service at the start", LEADER_DIE, leader.number)
        leader.since_day = today - 1 - int(exponential(np.float64(u), leadership.tenure_months) * DAYS_IN_MONTH)
        leader.until_day = _leaves(state, leader, today)
        gap, permanent = _dates(state, leader)
        if gap == NEVER and permanent > today:
            _vacate(state, leader, today)
    change_leaders(state)


def change_leaders(state: State) -> None:
    """Dated arrivals and departures first, then those by chance; then the gap that is left."""
    authority, day = state.authority, state.clock.day
    for leader in authority.leaders:
        _dated(state, leader)
        if leader.until_day != NEVER and leader.until_day <= day:
            turn = _vacate if leader.held == Held.PERMANENT else _arrive
            turn(state, leader, leader.until_day)
        waited = day - leader.since_day
        if leader.held == Held.VACANT and waited >= DAYS_IN_WEEK * state.p.leadership.weeks_to_interim:
            leader.held = Held.INTERIM
    weight = {Held.PERMANENT: 0.0, Held.INTERIM: state.p.leadership.interim_counts, Held.VACANT: 1.0}
    authority.leader_gap = sum(weight[leader.held] for leader in authority.leaders)
    complete = all(leader.held == Held.PERMANENT for leader in authority.leaders)
    authority.all_permanent_from_day = max(leader.since_day for leader in authority.leaders) if complete else NEVER


def _dates(state: State, leader: Leader) -> tuple[int, int]:
    """Days of the scenario's gap and of its permanent leader for a post; NEVER where none is given."""
    leadership = state.p.leadership
    return _day(getattr(leadership, f"{leader.name}_gap_from")), _day(getattr(leadership, f"{leader.name}_permanent_from"))


def _day(date: dt.date | None) -> int:
    return NEVER if date is None else day_number(date)


def _dated(state: State, leader: Leader) -> None:
    """What the scenario says happens by today, in order of date; each once."""
    gap, permanent = _dates(state, leader)
    for day, turn in sorted([(gap, _vacate), (permanent, _arrive)], key=lambda pair: pair[0]):
        if NEVER != day <= state.clock.day and day not in leader.dates_used:
            leader.dates_used.add(day)
            turn(state, leader, day)


def _vacate(state: State, leader: Leader, day: int) -> None:
    """The leader goes; the post waits for the dated successor, or for one whose coming is drawn."""
    leader.held, leader.since_day = Held.VACANT, day
    _, permanent = _dates(state, leader)
    u = state.dice.one("months to a new leader", LEADER_DIE, leader.number, leader.nth)
    months = state.p.leadership.months_to_fill * (2 + 2 * u) / 3
    leader.until_day = NEVER if permanent > day else day + int(months * DAYS_IN_MONTH)


def _arrive(state: State, leader: Leader, day: int) -> None:
    """A permanent leader starts."""
    leader.held, leader.since_day = Held.PERMANENT, day
    leader.nth += 1
    leader.until_day = _leaves(state, leader, day)


def _leaves(state: State, leader: Leader, day: int) -> int:
    """The day a permanent leader goes by chance; NEVER where only dates count."""
    if not state.p.leadership.turnover:
        return NEVER
    u = state.dice.one("leader's tenure", LEADER_DIE, leader.number, leader.nth)
    return day + 1 + int(exponential(np.float64(u), state.p.leadership.tenure_months) * DAYS_IN_MONTH)


def restructure(state: State) -> None:
    """While it lasts hours are lost; in its first weeks some case holders change team and hand over their cases."""
    leadership, authority = state.p.leadership, state.authority
    since = state.clock.day - _day(leadership.restructure_from)
    if leadership.restructure_from is None or since < 0:
        return
    authority.restructuring = since < leadership.restructure_months * DAYS_IN_MONTH
    lost, gained = leadership.restructure_hours_share, leadership.restructure_benefit_share
    authority.restructure_hours = 1.0 - lost if authority.restructuring else 1.0 + gained
    week = since // DAYS_IN_WEEK
    if week < leadership.restructure_transfer_weeks and leadership.restructure_transfer_share > 0:
        _change_teams(state, week)


def _change_teams(state: State, week: int) -> None:
    """Those whose own die says so move in their week of the restructure."""
    leadership, workers = state.p.leadership, state.workers
    holders = np.flatnonzero(workers.present & workers.case_holding & (workers.team >= 0))
    turn = state.dice.roll("moves in the restructure", workers.key[holders]) / leadership.restructure_transfer_share
    moving = holders[(turn < 1.0) & (np.floor(turn * leadership.restructure_transfer_weeks) == week)]
    teams.rotate(state, moving)


def programme(state: State) -> None:
    """The programme moves only under leaders who are permanent and settled, and with partners; gaps undo some of it."""
    leadership, authority, day = state.p.leadership, state.authority, state.clock.day
    if leadership.programme_from is not None and day >= _day(leadership.programme_from):
        complete = authority.all_permanent_from_day
        settled = complete != NEVER and day - complete >= leadership.settling_months * DAYS_IN_MONTH
        if settled and day >= _day(leadership.partners_engaged_from):
            authority.programme += DAYS_IN_WEEK / (leadership.programme_months * DAYS_IN_MONTH)
        elif complete == NEVER:
            authority.programme -= leadership.programme_decay_per_year * DAYS_IN_WEEK / DAYS_IN_YEAR
        authority.programme = min(max(authority.programme, 0.0), 1.0)
    authority.gate_attention = 1.0 + leadership.programme_gates * authority.programme
