"""The journey through care: coming in, going home, turning eighteen, coming back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.clock import DAYS_IN_YEAR, NEVER, WEEKS_IN_YEAR
from simulation.codes import (
    AGE_NAME,
    CEASED_NAME,
    ENTERED_NAME,
    IS_FOSTER,
    Ceased,
    Entered,
    Kind,
    Legal,
    Plan,
    Route,
    Stage,
    Step,
    age_band,
    one_of,
)  # fmt: skip
from simulation.columns import among
from simulation.dice import exponential
from simulation.rules import duties, placing
from simulation.rules.base import Rule
from simulation.rules.cases import begin_need_plan, set_closed, tally_assessments

if TYPE_CHECKING:
    from simulation.model import ChildrensServices

LEGAL_ON_ENTRY = np.full(len(Entered), Legal.VOLUNTARY)
LEGAL_ON_ENTRY[[Entered.PROCEEDINGS, Entered.EMERGENCY]] = Legal.INTERIM_ORDER, Legal.EMERGENCY
"""Legal status of a child who has just come into care, by how they came (Entered)."""
OF_LOOKED_AFTER = (
    "legal", "plan", "step", "route", "searching", "care_day", "plan_due_day", "early_home_day", "case",
)  # fmt: skip
"""What is empty for a child who is not looked after."""
OF_NEW_IN_CARE = (
    "family_worker", "s47_day", "conference_asked_day", "preproceedings_day", "edge_day", "step_day", "plan_agreed_day",
    "permanence_day", "missed_day", "return_day", "return_to_care", "knows_plan", "knows_reasons", "route", "step",
    "n_placements", "n_disruptions", "n_returned", "by_agreement", "placement", "kind", "wanted_kind", "search_reason",
    "planned_move_day",
)  # fmt: skip
"""What is empty for a child who has just come into care."""
GOES_HOME = one_of(Ceased, Ceased.HOME_PLANNED, Ceased.HOME_UNPLANNED, Ceased.DISCHARGE_AT_HOME)
ON_OPEN_PLAN = one_of(Stage, Stage.ASSESSMENT, Stage.CHILD_IN_NEED, Stage.PROTECTION_PLAN)
LEAVES_LATER = np.array([Ceased.HOME_UNPLANNED, Ceased.KINSHIP_ORDER, Ceased.OTHER])


def with_siblings(model: ChildrensServices, rows: np.ndarray, days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """These children and the siblings on open plans who come into care with them, on the same days."""
    children = model.children
    if not len(rows):
        return rows, days
    order = np.argsort(children.family[rows], kind="stable")
    families = children.family[rows[order]]
    others = among(children.family, families).nonzero()[0]
    others = others[children.present[others] & ON_OPEN_PLAN[children.stage[others]] & ~among(others, rows)]
    luck = model.dice.roll("comes with a sibling", children.key[others], model.clock.week)
    others = others[luck < model.p.front_door.sibling_entry_share]
    if not len(others):
        return rows, days
    first = families.searchsorted(children.family[others])
    return np.concatenate([rows, others]), np.concatenate([days, days[order][first]])


def enter_care(model: ChildrensServices, rows: np.ndarray, how: np.ndarray | Entered, days: np.ndarray) -> None:
    """Children start to be looked after, none before birth: legal status, duties, review dates, and a search for a place."""
    if not len(rows):
        return
    children, permanence, how = model.children, model.p.permanence, np.full(len(rows), how, dtype=np.int8)
    days = np.maximum(days, children.birth_day[rows])
    model.in_care_changed()
    model.cohorts.enter(days)
    duties.leave_all(model, rows)
    _close_assessments(model, rows)
    back = children.left_home_care_day[rows]
    model.tally.add("new_reentries", np.count_nonzero((back != NEVER) & (days - back <= 365)))
    children.stage[rows], children.stage_day[rows], children.care_day[rows] = Stage.LOOKED_AFTER, days, days
    children.reset(rows, OF_NEW_IN_CARE)
    children.entered[rows], children.legal[rows] = how, LEGAL_ON_ENTRY[how]
    children.n_periods[rows] += 1
    fresh = rows[children.unallocated_day[rows] == NEVER]
    children.unallocated_day[fresh] = np.where(children.worker[fresh] == NEVER, model.clock.day, NEVER)
    children.opened_day[rows] = np.where(children.opened_day[rows] == NEVER, days, children.opened_day[rows])
    children.recognised_risk[rows] = np.maximum(children.recognised_risk[rows], children.latent_risk[rows])
    children.plan[rows], children.plan_wait_day[rows] = Plan.NOT_ASKED, days + int(permanence.ask_from_days)
    children.plan_due_day[rows] = days + int(permanence.plan_before_second_review_days)
    children.searching[rows], children.search_day[rows] = True, days
    _early_home(model, rows, days)
    duties.join(model, ("entered", "looked after", "to be told the reasons"), rows, days)
    _told_when_older(model, rows)
    _tally_entries(model, rows, how, days)


def _close_assessments(model: ChildrensServices, rows: np.ndarray) -> None:
    tally_assessments(model, rows[model.children.stage[rows] == Stage.ASSESSMENT], model.clock.day)


def _early_home(model: ChildrensServices, rows: np.ndarray, days: np.ndarray) -> None:
    """Some go home early, before a plan is needed; children who came alone do not."""
    children, permanence, dice = model.children, model.p.permanence, model.dice
    nth = children.n_periods[rows]
    family = children.family_key[rows]
    luck, length = dice.rolls(("goes home early", "early home days"), family, nth)
    goes = (luck < permanence.early_home_share) & ~children.unaccompanied[rows]
    stay = exponential(length, permanence.early_home_days)
    children.early_home_day[rows] = np.where(goes, days + 1 + np.minimum(stay, 400).astype(np.int32), NEVER)


def _told_when_older(model: ChildrensServices, rows: np.ndarray) -> None:
    """Children under four are told when they are older: life-story work waits for the fourth birthday."""
    children = model.children
    age = (model.clock.day - children.birth_day[rows]) / DAYS_IN_YEAR
    duties.leave(model, "to be told the reasons", rows[age < 4])


def age_bands(model: ChildrensServices, rows: np.ndarray) -> np.ndarray:
    """Age band today of each child (index of codes.AGE_NAME)."""
    age = (model.clock.day - model.children.birth_day[rows]) / DAYS_IN_YEAR
    return age_band(age)


def _tally_entries(model: ChildrensServices, rows: np.ndarray, how: np.ndarray, days: np.ndarray) -> None:
    model.tally.add_by("new_care_starts", "age", AGE_NAME, age_bands(model, rows))
    model.tally.add_each("new_care_starts", "reason", ENTERED_NAME, np.bincount(how))
    if model.log.keep:
        model.log.add(model.children.identity[rows], days, "care_started", "", np.array(ENTERED_NAME)[how])


def leave_care(model: ChildrensServices, rows: np.ndarray, reason: np.ndarray | int, days: np.ndarray) -> None:
    """Children cease to be looked after, each for a reason; those who went home stay open for a while and may come back."""
    if not len(rows):
        return
    children, reason = model.children, np.full(len(rows), reason, dtype=np.int8)
    planned = rows[(reason == Ceased.HOME_PLANNED) & (children.permanence_day[rows] == NEVER)]
    model.cohorts.reach(children.care_day[planned], model.clock.day, np.full(len(planned), Route.RETURN_HOME))
    _tally_leavers(model, rows, reason, days)
    model.record_period(rows, days, reason)
    placing.vacate(model, rows, days, staying_put=reason == Ceased.EIGHTEEN, ceased=reason)
    duties.leave_all(model, rows)
    children.reset(rows, OF_LOOKED_AFTER)
    home = GOES_HOME[reason]
    _after_going_home(model, rows[home], days[home])
    set_closed(model, rows[~home], days[~home])
    children.free(rows[~home])
    model.in_care_changed()


def _tally_leavers(model: ChildrensServices, rows: np.ndarray, reason: np.ndarray, days: np.ndarray) -> None:
    children, tally = model.children, model.tally
    tally.add("new_leavers_with_plan", np.count_nonzero(children.plan[rows] == Plan.AGREED))
    tally.add_by("new_care_ceased", "age", AGE_NAME, age_bands(model, rows))
    tally.add_each("new_care_ceased", "reason", CEASED_NAME, np.bincount(reason))
    if model.log.keep:
        model.log.add(children.identity[rows], days, "care_ceased", "", np.array(CEASED_NAME)[reason])


def _after_going_home(model: ChildrensServices, rows: np.ndarray, days: np.ndarray) -> None:
    """A child-in-need plan at home; some come back into care: 12, 20 and 35% at 3 months, 1 and 6 years."""
    if not len(rows):
        return
    children, practice, permanence, dice = model.children, model.p.practice, model.p.permanence, model.dice
    model.tally.add("new_returns_home", len(rows))
    children.left_home_care_day[rows] = days
    begin_need_plan(model, rows, days)
    supported = dice.roll("return supported", children.key[rows], children.n_periods[rows]) < practice.reunification_support_share
    model.tally.add("new_supported_returns", np.count_nonzero(supported))
    u = dice.roll("back into care", children.family_key[rows], children.n_periods[rows])
    u = u / np.where(supported, practice.reunification_support_ratio, 1.0)
    shares = (0.0, permanence.reentry_3_months, permanence.reentry_1_year, permanence.reentry_6_years)
    wait = np.interp(u, shares, (3.0, 91.0, 365.0, 6 * 365.0))
    back = days + np.ceil(wait).astype(np.int32)
    returns = (u < permanence.reentry_6_years) & (back - children.birth_day[rows] < 17.5 * DAYS_IN_YEAR)
    children.edge_day[rows] = np.where(returns, back, NEVER)
    children.return_to_care[rows] = returns


class EarlyReturns(Rule):
    """Some children go home early; others leave later for reasons that no plan foresaw.

    Early return home does not wait for a permanence plan.
    """

    reads = ("child.early_home_day", "child.route", "child.kind")
    writes = ("child.*", "placement.*")
    source = "UEA 2019: 36% of entrants home, mean 53 days; exits by reason, DfE 2021"

    def step(self, model: ChildrensServices) -> None:
        children, day = model.children, model.clock.day
        rows, early = model.in_care, children.early_home_day[model.in_care]
        due = (early != NEVER) & (early <= day)
        home = rows[due]
        later, reasons = self._later(model, rows[~due])
        leave_care(
            model,
            np.concatenate([home, later]),
            np.concatenate([np.full(len(home), Ceased.HOME_PLANNED), reasons]),
            np.concatenate([early[due], _days_in_week(model, "leaving day", later)]),
        )

    def _later(self, model: ChildrensServices, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of these children in care, those who leave later, and why (Ceased)."""
        children, permanence = model.children, model.p.permanence
        u = model.dice.roll("leaves later", children.key[rows], model.clock.week)
        near = (u < self._highest(model)).nonzero()[0]  # most are ruled out by their luck alone
        near = near[(children.kind[rows[near]] != Kind.ADOPTIVE) & ~children.unaccompanied[rows[near]]]
        rows, u = rows[near], u[near]
        foster = IS_FOSTER[children.kind[rows]]
        rates = np.zeros((len(rows), 3), dtype=np.float32)
        rates[:, 0] = permanence.later_home_per_year
        rates[:, 1] = permanence.later_kinship_per_year * foster * (children.step[rows] == Step.ACHIEVED) * 2.0
        rates[:, 2] = permanence.other_leaving_per_year
        edges = np.cumsum(rates, axis=1) * (permanence.exit_factor / WEEKS_IN_YEAR)
        chosen = (u[:, None] >= edges).sum(axis=1)
        leaving = (chosen < len(LEAVES_LATER)).nonzero()[0]
        leaving = leaving[np.argsort(chosen[leaving], kind="stable")]
        return rows[leaving], LEAVES_LATER[chosen[leaving]]

    def _highest(self, model: ChildrensServices) -> float:
        """Above every child's chance of leaving later in a week."""
        p = model.p.permanence
        rate = p.later_home_per_year + 2.0 * p.later_kinship_per_year + p.other_leaving_per_year
        return 1.001 * rate * p.exit_factor / WEEKS_IN_YEAR


def _days_in_week(model: ChildrensServices, decision: str, rows: np.ndarray) -> np.ndarray:
    u = model.dice.roll(decision, model.children.key[rows], model.clock.week)
    day = model.clock.first_day + (u * 7).astype(np.int32)
    return np.maximum(day, model.children.care_day[rows])


class Birthdays(Rule):
    """Young people leave care on their eighteenth birthday; at sixteen supported accommodation becomes possible.

    A foster place may be kept by a young person staying put. At four a child is old enough to be told.
    """

    reads = ("child.birth_day",)
    writes = ("child.*", "placement.*")
    source = "Children Act 1989; Staying Put 2014"

    def step(self, model: ChildrensServices) -> None:
        children, clock = model.children, model.clock
        eighteen = children.birth_day[model.in_care] + int(18 * DAYS_IN_YEAR)
        adults = model.in_care[eighteen <= clock.day]
        leave_care(
            model,
            adults,
            Ceased.EIGHTEEN,
            np.maximum(children.birth_day[adults] + int(18 * DAYS_IN_YEAR), children.care_day[adults]),
        )
        self._turn_four(model)
        self._grown(model)

    def _turn_four(self, model: ChildrensServices) -> None:
        children, clock = model.children, model.clock
        fourth = children.birth_day[model.in_care] + int(4 * DAYS_IN_YEAR)
        told = model.in_care[(fourth >= clock.first_day) & (fourth <= clock.day)]
        told = told[~children.knows_reasons[told]]
        duties.join(model, "to be told the reasons", told)

    def _grown(self, model: ChildrensServices) -> None:
        """Cases of young people not in care close at eighteen."""
        children = model.children
        known = (children.stage != Stage.LOOKED_AFTER) & children.present
        grown = np.flatnonzero(known & (children.birth_day < model.clock.day - int(18 * DAYS_IN_YEAR)))
        if len(grown):
            duties.leave_all(model, grown)
            set_closed(model, grown, np.full(len(grown), model.clock.day))
            children.free(grown)
