"""Before the court: letters, legal gateway, proceedings about families, hearings and final orders."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simulation.clock import DAYS_IN_WEEK, NEVER, WEEKS_IN_YEAR
from simulation.codes import Legal, Plan, Route, Stage, one_of
from simulation.columns import among, groups
from simulation.dice import lognormal, weibull
from simulation.rules import duties, placing
from simulation.rules.base import Rule
from simulation.rules.gates import served

if TYPE_CHECKING:
    from simulation.model import ChildrensServices

LIMIT_WEEKS = 26
CASE_KEY = 3
LETTER_SHAPE = 1.3  # of the Weibull spell from the letter before proceedings to care
NEEDS_ORDER = one_of(Route, Route.KINSHIP, Route.LONG_TERM_FOSTERING, Route.ADOPTION, Route.RESIDENTIAL, Route.DISCHARGE)
"""Routes of children who must not stay without a court order."""


class LegalGateway(Rule):
    """The legal gateway agrees letters before proceedings and the issue of proceedings, so many families a week.

    A family group conference may be offered to families who get a letter. Emergencies do not wait.
    """

    reads = ("child.preproceedings_day", "child.legal", "child.case")
    writes = ("child.*", "case.*")
    source = "Children Act 1989 s31; Public Law Outline; Taylor et al 2024"

    def step(self, model: ChildrensServices) -> None:
        children = model.children
        ready = _to_issue(model)
        urgent = children.legal[ready] == Legal.EMERGENCY
        issue(model, ready[urgent])
        ready, letters = ready[~urgent], _letters_due(model)
        waiting = np.concatenate([ready, letters])
        since = np.concatenate([children.care_day[ready], children.preproceedings_day[letters]])
        agreed = served(model, "legal gateway", children.family[waiting], since, model.p.gates.legal_gateway_slots_per_week)
        issue(model, ready[agreed[: len(ready)]])
        send_letters(model, letters[agreed[len(ready) :]])


def _letters_due(model: ChildrensServices) -> np.ndarray:
    """Children on protection plans for whom a letter before proceedings is wanted."""
    children = model.children
    rows = (children.preproceedings_day != NEVER).nonzero()[0]
    rows = rows[(children.stage[rows] == Stage.PROTECTION_PLAN) & (children.edge_day[rows] == NEVER)]
    return rows[(children.preproceedings_day[rows] <= model.clock.day) & (children.case[rows] == NEVER)]


def _to_issue(model: ChildrensServices) -> np.ndarray:
    """Children in care whose plan needs an order and who are not before the court."""
    children = model.children
    rows = model.in_care[children.case[model.in_care] == NEVER]
    legal, route = children.legal[rows], children.route[rows]
    planned = NEEDS_ORDER[route] & (children.plan[rows] == Plan.AGREED)
    removed = (legal == Legal.EMERGENCY) | (legal == Legal.INTERIM_ORDER)
    placement_order = (legal == Legal.CARE_ORDER) & (route == Route.ADOPTION) & planned
    ready = removed | placement_order
    asked = planned.nonzero()[0]
    ready[asked] |= order_sought(model, rows[asked])
    return rows[ready]


def order_sought(model: ChildrensServices, rows: np.ndarray) -> np.ndarray:
    """Whether an order is sought for children looked after by agreement: not near adulthood, nor if they came alone."""
    children = model.children
    sought = (children.legal[rows] == Legal.VOLUNTARY) & NEEDS_ORDER[children.route[rows]]
    at = sought.nonzero()[0]
    sought[at] = _goes_to_court(model, rows[at])
    return sought


def _goes_to_court(model: ChildrensServices, rows: np.ndarray) -> np.ndarray:
    children = model.children
    young = model.clock.day - children.birth_day[rows] < 16 * 365
    goes = model.dice.roll("order sought", children.family_key[rows]) < model.p.court.voluntary_to_court_share
    return young & ~children.unaccompanied[rows] & ~children.by_agreement[rows] & goes


def letter_scale(model: ChildrensServices) -> float:
    """Scale (weeks) of the Weibull spell from the letter to care: its median is the setting."""
    return model.p.front_door.preproceedings_weeks / math.log(2) ** (1 / LETTER_SHAPE)


def send_letters(model: ChildrensServices, rows: np.ndarray) -> None:
    """Letters go out; within a year some children come into care, fewer after a family group conference."""
    if not len(rows):
        return
    children, front, practice = model.children, model.p.front_door, model.p.practice
    questions = ("family group conference", "care after letter", "weeks after letter")
    held, comes, wait = model.dice.rolls(questions, children.family_key[rows], children.n_protection_plans[rows])
    conference = held < practice.family_group_conference_share
    children.family_conference[rows] = conference
    ratio = np.where(conference, practice.family_group_conference_ratio, 1.0)
    enters = comes < front.preproceedings_care_share * ratio * model.shocks.entry_shift**0.5
    weeks = np.clip(weibull(wait, letter_scale(model), LETTER_SHAPE), 1, 51)
    children.edge_day[rows] = np.where(enters, model.clock.day + weeks * DAYS_IN_WEEK, NEVER)
    children.preproceedings_day[rows[~enters]] = NEVER
    duties.join(model, "preproceedings", rows)
    model.tally.add("new_family_group_conferences", len(np.unique(children.family[rows[conference]])))
    model.log.add(children.identity[rows], model.clock.day, "letter_before_proceedings")


def issue(model: ChildrensServices, rows: np.ndarray) -> None:
    """Proceedings are issued, one case a family; children in care are under interim orders from then on."""
    children, court, dice, day = model.children, model.p.court, model.dice, model.clock.day
    rows = _join_siblings(model, rows)
    if not len(rows):
        return
    first, which = groups(children.family[rows])
    families = children.family[rows[first]]
    identity = families * 1024 + children.n_periods[rows[first]]
    keys = dice.keys(CASE_KEY, identity)
    weeks = lognormal(dice.roll("court steps", keys), court.process_weeks, court.process_spread)
    cases = model.cases.add(
        len(families), key=keys, identity=identity, family=families, issued_day=day,
        earliest_day=day + (weeks * DAYS_IN_WEEK).astype(np.int32), n_children=np.bincount(which),
    )  # fmt: skip
    children.case[rows] = cases[which]
    change_legal(model, rows[children.legal[rows] != Legal.CARE_ORDER], Legal.INTERIM_ORDER)
    duties.join(model, "proceedings", rows)
    model.tally.add("new_proceedings", len(families))
    model.log.add(children.identity[rows], day, "proceedings_issued")


def _join_siblings(model: ChildrensServices, rows: np.ndarray) -> np.ndarray:
    """Children whose family is before the court already join that case; returns the others."""
    children, cases = model.children, model.cases
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
    change_legal(model, late[children.legal[late] != Legal.CARE_ORDER], Legal.INTERIM_ORDER)
    duties.join(model, "proceedings", late)
    return rows[~joins]


def change_legal(model: ChildrensServices, rows: np.ndarray, status: Legal) -> None:
    """A new legal status; the placement episode record continues under it."""
    rows = rows[model.children.legal[rows] != status]
    if not len(rows):
        return
    model.children.legal[rows] = status
    placing.record_episode(model, rows, model.clock.day, "L")


class Court(Rule):
    """The court hears final cases in the order they are ready, so many a week.

    A case is ready when the court's own steps are taken and the authority's evidence is in: the two are told apart.
    """

    reads = ("case.*", "child.case")
    writes = ("case.*", "child.*", "placement.*")
    source = "26 weeks: Children and Families Act 2014; backlog: Ministry of Justice family court statistics 2019 to 2021"

    def __init__(self) -> None:
        self.slots = 0.0

    def step(self, model: ChildrensServices) -> None:
        cases, children, day = model.cases, model.children, model.clock.day
        mine = ((children.case != NEVER) & children.present).nonzero()[0]
        open_cases = _with_children(model, children.case[mine])
        owing = mine[duties.owed(model, "court evidence", mine)]
        late = np.zeros(cases.size, dtype=bool)
        late[children.case[owing]] = True
        in_time = open_cases[~late[open_cases] & (cases.evidence_day[open_cases] == NEVER)]
        cases.evidence_day[in_time] = day
        ready_day = np.maximum(cases.evidence_day[open_cases], cases.earliest_day[open_cases])
        ready = open_cases[~late[open_cases] & (ready_day <= day)]
        heard = self._heard(model, ready)
        _tally_concluded(model, heard)
        final_orders(model, mine[among(children.case[mine], heard)])
        cases.free(heard)
        _tally_waits(model, late)

    def _heard(self, model: ChildrensServices, ready: np.ndarray) -> np.ndarray:
        """First ready, first heard; unused hearings are not saved up beyond a fortnight."""
        court, cases = model.p.court, model.cases
        weekly = court.final_hearings_per_10k_per_year * model.p.authority.population_0_17 / 1e4 / WEEKS_IN_YEAR
        weekly *= court.capacity_factor * model.shocks.court
        self.slots = min(self.slots + weekly, max(2 * weekly, 1.0))
        order = np.lexsort((cases.key[ready], np.maximum(cases.evidence_day[ready], cases.earliest_day[ready])))
        heard = ready[order][: int(self.slots)]
        self.slots -= len(heard)
        return heard


def _with_children(model: ChildrensServices, held: np.ndarray) -> np.ndarray:
    """The open cases, by the case that each child has (``held``); those whose children have all left end without a hearing."""
    cases, rows = model.cases, model.cases.rows
    lives = np.bincount(held, minlength=cases.size)[rows] > 0
    cases.free(rows[~lives])
    return rows[lives]


def final_orders(model: ChildrensServices, rows: np.ndarray) -> None:
    """Final orders follow the plan; without an agreed plan the court makes a care order."""
    if not len(rows):
        return
    children = model.children
    agreed = children.plan[rows] == Plan.AGREED
    adoption = agreed & (children.route[rows] == Route.ADOPTION)
    children.case[rows] = NEVER
    duties.leave(model, "proceedings", rows)
    in_care = children.stage[rows] == Stage.LOOKED_AFTER
    change_legal(model, rows[adoption & in_care], Legal.PLACEMENT_ORDER)
    change_legal(model, rows[~adoption & in_care], Legal.CARE_ORDER)
    model.log.add(children.identity[rows], model.clock.day, "final_order")


def _tally_concluded(model: ChildrensServices, heard: np.ndarray) -> None:
    weeks = (model.clock.day - model.cases.issued_day[heard]) / DAYS_IN_WEEK
    model.tally.add("new_proceedings_concluded", len(heard))
    model.tally.add("weeks_proceedings_concluded", float(weeks.sum()))
    model.tally.add("new_proceedings_in_26_weeks", np.count_nonzero(weeks <= LIMIT_WEEKS))


def _tally_waits(model: ChildrensServices, late: np.ndarray) -> None:
    """Weeks that cases wait past 26 weeks, for the authority's evidence or for the court."""
    cases = model.cases
    rows = cases.rows
    over = model.clock.day - cases.issued_day[rows] > LIMIT_WEEKS * DAYS_IN_WEEK
    model.tally.add("weeks_proceedings_over", np.count_nonzero(over & late[rows]), "waits_for:evidence")
    model.tally.add("weeks_proceedings_over", np.count_nonzero(over & ~late[rows]), "waits_for:court")
    model.tally.add("weeks_proceedings_over", np.count_nonzero(over))
