"""Before the court: letters, legal gateway, proceedings about families, hearings and final orders."""

from __future__ import annotations

import math

import numpy as np

from simulation.actions import duty_work
from simulation.actions.court import NEEDS_ORDER, change_legal, order_sought
from simulation.actions.queues import served
from simulation.base.clock import DAYS_IN_WEEK, NEVER, WEEKS_IN_YEAR
from simulation.base.codes import Legal, Plan, Route, Stage
from simulation.base.columns import among, groups
from simulation.base.dice import lognormal, weibull
from simulation.service.rule import Rule
from simulation.service.state import State

LIMIT_WEEKS = 26
CASE_KEY = 3
LETTER_SHAPE = 1.3  # of the Weibull spell from the letter before proceedings to care


class LegalGateway(Rule):
    """The legal gateway agrees letters before proceedings and the issue of proceedings, so many families a week.

    A family group conference may be offered to families who get a letter. Emergencies do not wait.
    """

    reads = ("child.preproceedings_day", "child.legal", "child.case")
    writes = ("child.*", "case.*")
    source = "Children Act 1989 s31; Public Law Outline; Taylor et al 2024"

    def step(self, state: State) -> None:
        children = state.children
        ready = _to_issue(state)
        urgent = children.legal[ready] == Legal.EMERGENCY
        issue(state, ready[urgent])
        ready, letters = ready[~urgent], _letters_due(state)
        waiting = np.concatenate([ready, letters])
        since = np.concatenate([children.care_day[ready], children.preproceedings_day[letters]])
        agreed = served(state, "legal gateway", children.family[waiting], since, state.p.gates.legal_gateway_slots_per_week)
        issue(state, ready[agreed[: len(ready)]])
        send_letters(state, letters[agreed[len(ready) :]])


def _letters_due(state: State) -> np.ndarray:
    """Children on protection plans for whom a letter before proceedings is wanted."""
    children = state.children
    rows = (children.preproceedings_day != NEVER).nonzero()[0]
    rows = rows[(children.stage[rows] == Stage.PROTECTION_PLAN) & (children.edge_day[rows] == NEVER)]
    return rows[(children.preproceedings_day[rows] <= state.clock.day) & (children.case[rows] == NEVER)]


def _to_issue(state: State) -> np.ndarray:
    """Children in care whose plan needs an order and who are not before the court."""
    children = state.children
    rows = state.in_care[children.case[state.in_care] == NEVER]
    legal, route = children.legal[rows], children.route[rows]
    planned = NEEDS_ORDER[route] & (children.plan[rows] == Plan.AGREED)
    removed = (legal == Legal.EMERGENCY) | (legal == Legal.INTERIM_ORDER)
    placement_order = (legal == Legal.CARE_ORDER) & (route == Route.ADOPTION) & planned
    ready = removed | placement_order
    asked = planned.nonzero()[0]
    ready[asked] |= order_sought(state, rows[asked])
    return rows[ready]


def letter_scale(state: State) -> float:
    """Scale (weeks) of the Weibull spell from the letter to care: its median is the setting."""
    return state.p.front_door.preproceedings_weeks / math.log(2) ** (1 / LETTER_SHAPE)


def send_letters(state: State, rows: np.ndarray) -> None:
    """Letters go out; within a year some children come into care, fewer after a family group conference."""
    if not len(rows):
        return
    children, front, practice = state.children, state.p.front_door, state.p.practice
    questions = ("family group conference", "care after letter", "weeks after letter")
    held, comes, wait = state.dice.rolls(questions, children.family_key[rows], children.n_protection_plans[rows])
    conference = held < practice.family_group_conference_share
    children.family_conference[rows] = conference
    ratio = np.where(conference, practice.family_group_conference_ratio, 1.0)
    enters = comes < front.preproceedings_care_share * ratio * state.shocks.entry_shift**0.5
    weeks = np.clip(weibull(wait, letter_scale(state), LETTER_SHAPE), 1, 51)
    children.edge_day[rows] = np.where(enters, state.clock.day + weeks * DAYS_IN_WEEK, NEVER)
    children.preproceedings_day[rows[~enters]] = NEVER
    duty_work.join(state, "preproceedings", rows)
    state.tally.add("new_family_group_conferences", len(np.unique(children.family[rows[conference]])))
    state.log.add(children.identity[rows], state.clock.day, "letter_before_proceedings")


def issue(state: State, rows: np.ndarray) -> None:
    """Proceedings are issued, one case a family; children in care are under interim orders from then on."""
    children, court, dice, day = state.children, state.p.court, state.dice, state.clock.day
    rows = _join_siblings(state, rows)
    if not len(rows):
        return
    first, which = groups(children.family[rows])
    families = children.family[rows[first]]
    identity = families * 1024 + children.n_periods[rows[first]]
    keys = dice.keys(CASE_KEY, identity)
    weeks = lognormal(dice.roll("court steps", keys), court.process_weeks, court.process_spread)
    cases = state.cases.add(
        len(families), key=keys, identity=identity, family=families, issued_day=day,
        earliest_day=day + (weeks * DAYS_IN_WEEK).astype(np.int32), n_children=np.bincount(which),
    )  # fmt: skip
    children.case[rows] = cases[which]
    change_legal(state, rows[children.legal[rows] != Legal.CARE_ORDER], Legal.INTERIM_ORDER)
    duty_work.join(state, "proceedings", rows)
    state.tally.add("new_proceedings", len(families))
    state.log.add(children.identity[rows], day, "proceedings_issued")


def _join_siblings(state: State, rows: np.ndarray) -> np.ndarray:
    """Children whose family is before the court already join that case; returns the others."""
    children, cases = state.children, state.cases
    if not len(rows):
        return rows
    open_cases = cases.rows
    joins = among(children.family[rows], cases.family[open_cases])
    if not joins.any():
        return rows
    late = rows[joins]
    order = open_cases[cases.family[open_cases].argsort()]
    children.case[late] = order[cases.family[order].searchsorted(children.family[late])]
    cases.evidence_day[children.case[late]] = NEVER
    change_legal(state, late[children.legal[late] != Legal.CARE_ORDER], Legal.INTERIM_ORDER)
    duty_work.join(state, "proceedings", late)
    return rows[~joins]


class Court(Rule):
    """The court hears final cases in the order they are ready, so many a week.

    A case is ready when the court's own steps are taken and the authority's evidence is in: the two are told apart.
    """

    reads = ("case.*", "child.case")
    writes = ("case.*", "child.*", "placement.*")
    source = "26 weeks: Children and Families Act 2014; backlog: Ministry of Justice family court statistics 2019 to 2021"

    def __init__(self) -> None:
        self.slots = 0.0

    def step(self, state: State) -> None:
        cases, children, day = state.cases, state.children, state.clock.day
        mine = ((children.case != NEVER) & children.present).nonzero()[0]
        open_cases = _with_children(state, children.case[mine])
        owing = mine[duty_work.owed(state, "court evidence", mine)]
        late = np.zeros(cases.size, dtype=bool)
        late[children.case[owing]] = True
        in_time = open_cases[~late[open_cases] & (cases.evidence_day[open_cases] == NEVER)]
        cases.evidence_day[in_time] = day
        ready_day = np.maximum(cases.evidence_day[open_cases], cases.earliest_day[open_cases])
        ready = open_cases[~late[open_cases] & (ready_day <= day)]
        heard = self._heard(state, ready)
        _tally_concluded(state, heard)
        final_orders(state, mine[among(children.case[mine], heard)])
        cases.free(heard)
        _tally_waits(state, late)

    def _heard(self, state: State, ready: np.ndarray) -> np.ndarray:
        """First ready, first heard; unused hearings are not saved up beyond a fortnight."""
        court, cases = state.p.court, state.cases
        weekly = court.final_hearings_per_10k_per_year * state.p.authority.population_0_17 / 1e4 / WEEKS_IN_YEAR
        weekly *= court.capacity_factor * state.shocks.court
        self.slots = min(self.slots + weekly, max(2 * weekly, 1.0))
        order = np.lexsort((cases.key[ready], np.maximum(cases.evidence_day[ready], cases.earliest_day[ready])))
        heard = ready[order][: int(self.slots)]
        self.slots -= len(heard)
        return heard


def _with_children(state: State, held: np.ndarray) -> np.ndarray:
    """The open cases, by the case that each child has (``held``); those whose children have all left end without a hearing."""
    cases, rows = state.cases, state.cases.rows
    lives = np.bincount(held, minlength=cases.size)[rows] > 0
    cases.free(rows[~lives])
    return rows[lives]


def final_orders(state: State, rows: np.ndarray) -> None:
    """Final orders follow the plan; without an agreed plan the court makes a care order."""
    if not len(rows):
        return
    children = state.children
    agreed = children.plan[rows] == Plan.AGREED
    adoption = agreed & (children.route[rows] == Route.ADOPTION)
    children.case[rows] = NEVER
    duty_work.leave(state, "proceedings", rows)
    in_care = children.stage[rows] == Stage.LOOKED_AFTER
    change_legal(state, rows[adoption & in_care], Legal.PLACEMENT_ORDER)
    change_legal(state, rows[~adoption & in_care], Legal.CARE_ORDER)
    state.log.add(children.identity[rows], state.clock.day, "final_order")


def _tally_concluded(state: State, heard: np.ndarray) -> None:
    weeks = (state.clock.day - state.cases.issued_day[heard]) / DAYS_IN_WEEK
    state.tally.add("new_proceedings_concluded", len(heard))
    state.tally.add("weeks_proceedings_concluded", float(weeks.sum()))
    state.tally.add("new_proceedings_in_26_weeks", np.count_nonzero(weeks <= LIMIT_WEEKS))


def _tally_waits(state: State, late: np.ndarray) -> None:
    """Weeks that cases wait past 26 weeks, for the authority's evidence or for the court."""
    cases = state.cases
    rows = cases.rows
    over = state.clock.day - cases.issued_day[rows] > LIMIT_WEEKS * DAYS_IN_WEEK
    state.tally.add("weeks_proceedings_over", np.count_nonzero(over & late[rows]), "waits_for:evidence")
    state.tally.add("weeks_proceedings_over", np.count_nonzero(over & ~late[rows]), "waits_for:court")
    state.tally.add("weeks_proceedings_over", np.count_nonzero(over))
