"""Managers: who holds each team's post, and the four channels through which they act."""

from __future__ import annotations

import math

import numpy as np

from simulation.actions import duty_work, staffing
from simulation.actions.teams import MANAGER_QUALITY
from simulation.base.codes import Plan, Stage
from simulation.base.dice import normal, pick, weekly
from simulation.service.authority import Held
from simulation.service.rule import Rule
from simulation.service.state import State


class Managers(Rule):
    """Managers leave and are replaced, slower while leaders are missing; each acts by notice, sign-off, return and order.

    A vacant post leaves a neighbour's eye. Quality differs between managers: pockets of better practice.
    """

    reads = ("team.*", "authority")
    writes = (
        "team.manager_present", "team.manager_interim", "team.manager_from_day", "team.effectiveness", "team.n_managers",
        "team.notice_chance", "team.sign_off_hours", "team.return_chance", "team.permanence_first",
    )  # fmt: skip
    source = "Bradford 2020: 'pockets of better practice'; sizes are priors"

    def step(self, state: State) -> None:
        change_managers(state)
        write_channels(state)


class Supervision(Rule):
    """A plan that nobody has asked for waits until the team's manager notices; then the work is asked for."""

    reads = ("child.plan", "child.care_day", "child.team", "team.notice_chance")
    writes = ("child.plan", "child.plan_wait_day", "child.duty_due", "child.duty_ask", "child.duty_left")
    source = "Care Planning Regulations 2010: plan by the second review; the chance is a prior"

    def step(self, state: State) -> None:
        children, clock = state.children, state.clock
        waiting = children.present & (children.plan == Plan.NOT_ASKED) & (children.stage == Stage.LOOKED_AFTER)
        rows = np.flatnonzero(waiting & (clock.day - children.care_day >= state.p.permanence.ask_from_days))
        team = children.team[rows]
        chance = np.where(team >= 0, state.teams.notice_chance[team], state.p.managers.notice_when_vacant)
        noticed = rows[state.dice.roll("notices plan", children.key[rows], clock.week) < chance]
        children.plan[noticed] = Plan.WORK
        children.plan_wait_day[noticed] = clock.day
        duty_work.begin(state, "permanence plan", noticed)
        state.log.add(children.identity[noticed], clock.day, "plan_asked_for", Plan(Plan.NOT_ASKED).name, Plan(Plan.WORK).name)


class SignOff(Rule):
    """Drafted plans wait for their manager's time, in order; each is signed or sent back for more work.

    A manager starts a plan while any time is left and owes the rest, so time is conserved.
    """

    reads = ("child.plan", "child.plan_wait_day", "child.plan_due_day", "child.team", "team.sign_off_hours", "team.return_chance")
    writes = (
        "child.plan", "child.plan_wait_day", "child.n_returned", "child.duty_due", "child.duty_ask", "child.duty_left",
        "team.sign_off_owed",
    )  # fmt: skip
    source = "no published rate: priors"

    def step(self, state: State) -> None:
        children, teams = state.children, state.teams
        rows = np.flatnonzero(children.present & (children.plan == Plan.SIGN_OFF) & (children.team >= 0))
        hours = state.p.managers.sign_off_hours_per_plan
        left = teams.sign_off_hours - teams.sign_off_owed
        order = waiting_order(state, rows)
        served = rows[serve(children.team[rows], order, left, hours)]
        spent = hours * np.bincount(children.team[served], minlength=teams.size)
        teams.sign_off_owed[:] = np.maximum(spent - left, 0.0)
        _decide(state, served)


def waiting_order(state: State, rows: np.ndarray) -> np.ndarray:
    """Rank of each plan in the queue: longest waiting, or most overdue, first; ties by the child's own die."""
    children = state.children
    by = children.plan_wait_day if state.p.managers.sign_off_order == "longest_waiting_first" else children.plan_due_day
    rank = np.empty(len(rows), dtype=int)
    rank[np.lexsort((state.dice.roll("sign-off tie", children.key[rows]), by[rows]))] = np.arange(len(rows))
    return rank


def serve(team: np.ndarray, rank: np.ndarray, left: np.ndarray, hours: float) -> np.ndarray:
    """Whether each plan is taken up: in order of rank within its team, while any of the team's hours are left."""
    order = np.lexsort((rank, team))
    first = np.searchsorted(team[order], team[order])
    before = np.empty(len(team), dtype=int)
    before[order] = np.arange(len(team)) - first
    return before * hours < left[team]


def _decide(state: State, rows: np.ndarray) -> None:
    """Signed plans go on to be agreed; those sent back need more work."""
    children, day = state.children, state.clock.day
    luck = state.dice.roll("plan sent back", children.key[rows], children.n_returned[rows].astype(np.int64))
    back = luck < state.teams.return_chance[children.team[rows]]
    returned, signed = rows[back], rows[~back]
    children.plan_wait_day[rows] = day
    children.plan[signed] = Plan.PANEL
    children.plan[returned] = Plan.WORK
    children.n_returned[returned] += 1
    duty_work.begin(state, "permanence plan", returned, hours=state.p.permanence.rework_hours)
    state.log.add(children.identity[signed], day, "plan_signed_off", Plan(Plan.SIGN_OFF).name, Plan(Plan.PANEL).name)
    state.log.add(children.identity[returned], day, "plan_sent_back", Plan(Plan.SIGN_OFF).name, Plan(Plan.WORK).name)


def begin(state: State) -> None:
    """Managers of the starting day: present, interim or vacant as the rates leave them in the long run."""
    teams, managers = state.teams, state.p.managers
    fill, leave = _fill_per_week(state), weekly(_leaving_per_year(state))
    come, go = 1.0 / managers.weeks_to_interim, 1.0 / managers.interim_stay_weeks
    missing = leave / (leave + fill)
    interim = missing * come / (come + fill + go)
    held = pick(state.dice.roll("manager at the start", teams.key), np.array([1.0 - missing, interim, missing - interim]))
    teams.manager_present[:] = held != Held.VACANT
    teams.manager_interim[:] = held == Held.INTERIM
    write_channels(state)


def _leaving_per_year(state: State) -> float:
    unsettled = 1.0 + state.p.inspection.leaving_jump * staffing.year_after_inspection(state)
    return state.p.managers.leaving_per_year * unsettled


def _fill_per_week(state: State) -> float:
    """Pace at which vacant posts are filled for good: slower for each leader who is missing."""
    managers = state.p.managers
    return max(0.0, 1.0 - managers.leader_gap_slows * state.authority.leader_gap) / managers.weeks_to_fill


def change_managers(state: State) -> None:
    """A week's departures and arrivals, one die for each team."""
    teams, managers = state.teams, state.p.managers
    luck = state.dice.roll("manager's post", teams.key, state.clock.week)
    filled = -math.expm1(-_fill_per_week(state))
    permanent = teams.manager_present & ~teams.manager_interim
    gone = permanent & (luck < weekly(_leaving_per_year(state)))
    arrives = teams.present & ~permanent & (luck < filled)
    goes = teams.manager_interim & ~arrives & (luck < filled - math.expm1(-1.0 / managers.interim_stay_weeks))
    comes = teams.present & ~teams.manager_present & ~arrives & (luck < filled - math.expm1(-1.0 / managers.weeks_to_interim))
    left = (gone | goes).nonzero()[0]
    teams.manager_present[left], teams.manager_interim[left], teams.manager_from_day[left] = False, False, state.clock.day
    _appoint(state, np.flatnonzero(arrives), interim=False)
    _appoint(state, np.flatnonzero(comes), interim=True)


def _appoint(state: State, rows: np.ndarray, *, interim: bool) -> None:
    """A manager starts; their quality is the die of the team and how many managers it has had."""
    teams = state.teams
    if not len(rows):
        return
    teams.manager_present[rows], teams.manager_interim[rows], teams.manager_from_day[rows] = True, interim, state.clock.day
    teams.n_managers[rows] += 1
    nth = teams.n_managers[rows].astype(np.int64)
    teams.effectiveness[rows] = normal(state.dice.roll(MANAGER_QUALITY, teams.key[rows], nth))


def write_channels(state: State) -> None:
    """Notice, sign-off hours, return and order of each team this week. The spread leaves the mean as it is."""
    teams, p = state.teams, state.p.managers
    quality = p.mean_effectiveness + p.spread * teams.effectiveness - p.interim_penalty * teams.manager_interim
    eager = 1.0 + state.p.leadership.programme_notice * state.authority.programme
    notice = p.notice_per_week * eager * _ratio(p.notice_effect, quality, p.spread)
    span = np.minimum(1.0, p.usual_span / np.maximum(teams.n_case_holders, 1))
    sign_off = p.sign_off_hours_per_week * span * _ratio(p.sign_off_effect, quality, p.spread)
    sent_back = p.return_chance * _ratio(p.return_effect, -quality, p.spread)
    held = teams.manager_present
    teams.notice_chance[:] = np.where(held, np.minimum(notice, 1.0), p.notice_when_vacant)
    teams.sign_off_hours[:] = np.where(held, sign_off, p.cover_when_vacant * p.sign_off_hours_per_week * span)
    teams.return_chance[:] = np.where(held, np.minimum(sent_back, 0.95), p.return_chance)
    teams.permanence_first[:] = held & (quality > p.permanence_first_above)


def _ratio(effect: float, quality: np.ndarray, spread: float) -> np.ndarray:
    """Log-normal ratio of quality, with mean one over managers of any spread."""
    return np.exp(effect * quality - 0.5 * (effect * spread) ** 2)
