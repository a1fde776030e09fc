"""The front door: decision, assessment, enquiry, conference, plan; what is recognised and what is missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.clock import DAYS_IN_YEAR, NEVER, WEEKS_IN_YEAR
from simulation.codes import Entered, Harm, Stage, one_of
from simulation.dice import lognormal, normal, weekly
from simulation.rules import duties, journey
from simulation.rules.base import Rule
from simulation.rules.cases import begin_need_plan, call_conference, close, entry_ratio, tally_assessments

if TYPE_CHECKING:
    from simulation.model import ChildrensServices

REFERENCE = 20_000
MOST_FELT_RISK = 3.0  # above this, more risk makes coming into care no likelier
HASTE = 1.5  # how much likelier harm is missed at first contact than at an assessment in full
LONGER_TERM = one_of(Harm, Harm.DOMESTIC_ABUSE, Harm.NEGLECT)


class Thresholds:
    """Recognised seriousness that each share of a reference population passes.

    The reference is the seriousness recognised by contact and assessment, done in time and in full, at the start's settings,
    so that published conversions of the base year are reproduced there; from then on who passes is emergent.
    """

    def __init__(self, model: ChildrensServices):
        front, dice = model.p.front_door, model.dice
        keys = dice.keys(2, np.arange(REFERENCE))
        latent = normal((np.arange(REFERENCE) + 0.5) / REFERENCE)
        longer = dice.roll("reference harm", keys) < model.p.demand.longer_term_harm_share
        chance = np.where(longer, 1.0, front.miss_other_ratio) * front.miss_chance
        chance = chance * np.minimum(HASTE * chance, 1.0)
        missed = (dice.roll("reference miss", keys) < chance) & (latent > front.serious_risk - 1.0)
        self.reference = np.sort(latent - front.miss_depth * missed)
        self.floor = front.no_action_share + front.not_in_need_share

    def passed_by(self, share: float) -> float:
        """The level that the most serious ``share`` of the reference pass."""
        at = int(min(max((1.0 - share) * REFERENCE, 0), REFERENCE - 1))
        return float(self.reference[at])


class Decisions(Rule):
    """Each referral is decided: no further action, or an assessment, with an enquiry at once if the risk is seen.

    Serious longer-term harm may go unrecognised at this first contact.
    """

    reads = ("child.latent_risk", "child.harm")
    writes = ("child.*", "case.*")
    source = "Working Together 2018: decision within one working day; DfE 2020 conversions"

    def step(self, model: ChildrensServices) -> None:
        children = model.children
        rows = np.flatnonzero(children.present & (children.stage == Stage.REFERRED))
        _tally_referrals(model, rows)
        children.recognised_risk[rows] = children.latent_risk[rows]
        recognise(model, rows, "first contact", HASTE)
        closed = children.recognised_risk[rows] < model.thresholds.passed_by(1.0 - model.p.front_door.no_action_share)
        close(model, rows[closed], children.referral_day[rows[closed]])
        _begin_assessment(model, rows[~closed])


def _begin_assessment(model: ChildrensServices, rows: np.ndarray) -> None:
    children, front = model.children, model.p.front_door
    day = children.referral_day[rows]
    days = lognormal(
        model.dice.roll("assessment time", children.key[rows], children.n_referrals[rows]),
        front.assessment_days_mean,
        front.assessment_days_spread,
    )
    children.stage[rows] = Stage.ASSESSMENT
    children.stage_day[rows], children.opened_day[rows], children.unallocated_day[rows] = day, day, day
    children.step_day[rows] = day + np.minimum(days * 1.4, 150).astype(np.int32)
    children.n_workers[rows] = 0
    duties.join(model, "assessment", rows, day)
    enquire(model, rows, day)


def enquire(model: ChildrensServices, rows: np.ndarray, days: np.ndarray) -> None:
    """Start a Section 47 enquiry where the recognised risk passes the threshold."""
    children = model.children
    serious = (children.recognised_risk[rows] > model.thresholds.passed_by(model.p.front_door.s47_share * model.shocks.s47)) & (
        children.s47_day[rows] == NEVER
    )
    rows, days = rows[serious], np.asarray(days)[serious]
    children.s47_day[rows] = days
    duties.join(model, "s47", rows, days)
    model.tally.add("new_s47_enquiries", len(rows))
    model.log.add(children.identity[rows], days, "enquiry_started")


def recognise(model: ChildrensServices, rows: np.ndarray, contact: str, haste: float) -> None:
    """Set the recognised risk: serious harm may be missed, more easily where it is longer-term and work is rushed."""
    children, front = model.children, model.p.front_door
    longer = LONGER_TERM[children.harm[rows]]
    latent = children.latent_risk[rows]
    rushed = (1.0 + front.miss_when_rushed * np.append(overload(model), 0.0))[children.worker[rows]]
    chance = front.miss_chance * np.where(longer, 1.0, front.miss_other_ratio) * rushed * haste
    u = model.dice.roll("missed at " + contact, children.key[rows], children.n_referrals[rows])
    missed = (u < chance) & (latent > front.serious_risk - 1.0)
    children.recognised_risk[rows] = latent - front.miss_depth * missed
    serious = missed & (latent > front.serious_risk)
    earlier = children.missed_day[rows] != NEVER
    model.tally.add("new_risk_recognised_late", np.count_nonzero(earlier & ~missed))
    began = np.where(earlier, children.missed_day[rows], model.clock.day)
    children.missed_day[rows] = np.where(serious, began, NEVER)


def overload(model: ChildrensServices) -> np.ndarray:
    """Each worker's pressure above one, up to one more."""
    return np.minimum(np.maximum(model.workers.pressure - 1.0, 0.0), 1.0)


class Outcomes(Rule):
    """An assessment ends when its hours are done and the family has been seen; an enquiry ends in a conference or not.

    What was missed may be recognised now; then an enquiry starts late. Closed cases may come back.
    """

    reads = ("child.*",)
    writes = ("child.*", "case.*", "worker.caseload")
    source = "Working Together 2018: 45 working days; DfE 2020 conversions"

    def step(self, model: ChildrensServices) -> None:
        _enquiries_end(model)
        _assessments_end(model)


def _enquiries_end(model: ChildrensServices) -> None:
    """A finished enquiry: an emergency, a conference, or no more."""
    children, front = model.children, model.p.front_door
    rows, days = model.finished.of("s47 enquiry")
    known = children.stage[rows] < Stage.PROTECTION_PLAN
    rows, days = rows[known], days[known]
    u = model.dice.roll("emergency", children.key[rows], children.n_referrals[rows])
    risk = np.exp(0.9 * (children.recognised_risk[rows] - 1.2))
    emergency = u < front.emergency_share * model.shocks.entries * risk * edge_of_care(model, rows) * entry_ratio(model, rows)
    enters, entry_days = journey.with_siblings(model, rows[emergency], days[emergency])
    journey.enter_care(model, enters, Entered.EMERGENCY, entry_days)
    rows, days = rows[~emergency], days[~emergency]
    share = front.s47_share * front.conference_share * model.shocks.s47 * model.shocks.plans
    serious = (children.recognised_risk[rows] > model.thresholds.passed_by(share)) & (
        children.conference_asked_day[rows] == NEVER
    )
    call_conference(model, rows[serious], days[serious])
    children.s47_day[rows[~serious]] = NEVER


def _assessments_end(model: ChildrensServices) -> None:
    children, clock = model.children, model.clock
    rows = np.flatnonzero((children.stage == Stage.ASSESSMENT) & (children.step_day <= clock.day) & children.present)
    rows = rows[~duties.owed(model, "assessment", rows)]
    if not len(rows):
        return
    days = np.maximum(children.step_day[rows], clock.first_day)
    tally_assessments(model, rows, days)
    unseen = children.recognised_risk[rows] < children.latent_risk[rows] - 0.01
    recognise(model, rows[unseen], "assessment", 1.0)
    seen = unseen & (children.recognised_risk[rows] >= children.latent_risk[rows] - 0.01)
    enquire(model, rows[seen], days[seen])
    busy = (children.s47_day[rows] != NEVER) | (children.conference_asked_day[rows] != NEVER)
    need = children.recognised_risk[rows] >= model.thresholds.passed_by(1.0 - model.thresholds.floor)
    close(model, rows[~need & ~busy], days[~need & ~busy])
    begin_need_plan(model, rows[need | busy], days[need | busy])


class Plans(Rule):
    """Plans run their course: protection steps down or goes before the court, need ends, and overload ends it early.

    A closed case comes back with the chance that its unmet risk gives it.
    """

    reads = ("child.*", "worker.pressure")
    writes = ("child.*", "worker.caseload", "case.*")
    source = "DfE 2020 durations; relief valve: judgement"

    def step(self, model: ChildrensServices) -> None:
        _protection_ends(model)
        _need_ends(model)
        entries = _voluntary_entries(model), _edge_of_care_ends(model), _come_back(model)
        journey.enter_care(model, *(np.concatenate(parts) for parts in zip(*entries, strict=True)))
        _let_go(model)


def _protection_ends(model: ChildrensServices) -> None:
    children, day = model.children, model.clock.day
    rows = np.flatnonzero((children.stage == Stage.PROTECTION_PLAN) & (children.step_day <= day))
    rows = rows[(children.edge_day[rows] == NEVER) & (children.case[rows] == NEVER)]
    begin_need_plan(model, rows, np.full(len(rows), day))
    children.preproceedings_day[rows] = NEVER


def _need_ends(model: ChildrensServices) -> None:
    """Cases end when the plan does; under overload some end early, at the price of coming back."""
    children, day = model.children, model.clock.day
    in_need = (children.stage == Stage.CHILD_IN_NEED).nonzero()[0]
    luck = model.dice.roll("closed early", children.key[in_need], model.clock.week)
    early = luck < closing_early(model).take(children.worker[in_need])
    ended = in_need[(children.step_day[in_need] <= day) | early]
    held = (children.s47_day[ended] != NEVER) | (children.conference_asked_day[ended] != NEVER) | (children.case[ended] != NEVER)
    ended = ended[~held]
    close(model, ended, np.full(len(ended), day))


def closing_early(model: ChildrensServices) -> np.ndarray:
    """The week's chance that a case is closed early, by worker; the last entry stands for no worker."""
    return np.append(weekly(model.p.front_door.early_closing * overload(model)), 0.0)


Entries = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Children who come into care: rows, how (Entered), days."""


def _voluntary_entries(model: ChildrensServices) -> Entries:
    """Children on open plans come into care by agreement, the more serious the likelier; often with siblings."""
    children, front = model.children, model.p.front_door
    rows = ((children.stage == Stage.CHILD_IN_NEED) | (children.stage == Stage.PROTECTION_PLAN)).nonzero()[0]
    luck = model.dice.roll("comes into care", children.key[rows], model.clock.week)
    near = luck < highest_entry_rate(model) / WEEKS_IN_YEAR
    rows, luck = rows[near], luck[near]
    rate = front.voluntary_per_year * np.exp(front.voluntary_slope * np.minimum(children.recognised_risk[rows], MOST_FELT_RISK))
    rate = rate * model.shocks.entries * edge_of_care(model, rows) * entry_ratio(model, rows)
    enters = rows[luck < rate / WEEKS_IN_YEAR]
    family = children.family_key[enters]
    days = model.clock.first_day + (model.dice.roll("entry day", family, model.clock.week) * 7).astype(np.int32)
    enters, days = journey.with_siblings(model, enters, days)
    children.edge_day[enters] = NEVER
    return enters, np.full(len(enters), Entered.VOLUNTARY), days


def highest_entry_rate(model: ChildrensServices) -> float:
    """Above every child's yearly rate of coming into care by agreement: most are ruled out by their luck alone."""
    front = model.p.front_door
    ratio = max(front.entry_ratio_by_age) * max(model.p.practice.edge_of_care_ratio, 1.0) * model.shocks.entries
    return 1.001 * front.voluntary_per_year * np.exp(front.voluntary_slope * MOST_FELT_RISK) * ratio


def edge_of_care(model: ChildrensServices, rows: np.ndarray) -> np.ndarray:
    """Ratio of the chance of coming into care for adolescents whom an edge-of-care service reaches."""
    practice = model.p.practice
    if practice.edge_of_care_share == 0:
        return np.ones(len(rows))
    reached = model.dice.roll("edge of care", model.children.key[rows]) < practice.edge_of_care_share
    return np.where(reached & edge_of_care_eligible(model, rows), practice.edge_of_care_ratio, 1.0)


def edge_of_care_eligible(model: ChildrensServices, rows: np.ndarray) -> np.ndarray:
    """Whether each child is an adolescent whose recognised risk is high enough to be offered an edge-of-care service."""
    children, practice = model.children, model.p.practice
    adolescent = model.clock.day - children.birth_day[rows] >= 10 * DAYS_IN_YEAR
    return adolescent & (children.recognised_risk[rows] >= practice.edge_of_care_least_risk)


def _edge_of_care_ends(model: ChildrensServices) -> Entries:
    """Children whose time at the edge of care is up come into care: from pre-proceedings or on a failed return."""
    children, day = model.children, model.clock.day
    rows = ((children.edge_day != NEVER) & (children.edge_day <= day) & children.present).nonzero()[0]
    enters = rows[(children.stage[rows] > Stage.REFERRED) & (children.stage[rows] < Stage.LOOKED_AFTER)]
    back = (children.left_home_care_day[enters] != NEVER) & (children.case[enters] == NEVER) & children.return_to_care[enters]
    back &= ~duties.owed(model, "letter before proceedings", enters)
    days = children.edge_day[enters]
    children.edge_day[rows] = NEVER
    return enters, np.where(back, Entered.RETURNED, Entered.PROCEEDINGS), days


def _come_back(model: ChildrensServices) -> Entries:
    """Children known before are referred again, or come straight back into care; missed harm has grown worse."""
    children, front, day = model.children, model.p.front_door, model.clock.day
    rows = ((children.stage == Stage.CLOSED) & (children.return_day != NEVER) & (children.return_day <= day)).nonzero()[0]
    days, straight = children.return_day[rows], children.return_to_care[rows]
    again, at = rows[~straight], days[~straight]
    fresh = normal(model.dice.roll("risk on return", children.key[again], children.n_referrals[again]))
    worse = front.worsening * (children.missed_day[again] != NEVER)
    children.latent_risk[again] = 0.75 * children.latent_risk[again] + 0.66 * fresh + worse
    rereferred(model, again, at)
    children.return_day[rows] = NEVER
    enters = rows[straight]
    return enters, np.full(len(enters), Entered.RETURNED), days[straight]


def rereferred(model: ChildrensServices, rows: np.ndarray, days: np.ndarray) -> None:
    """Referred again: decided next week with the others."""
    children = model.children
    within = days - children.referral_day[rows] <= 365
    model.tally.add("new_rereferrals", np.count_nonzero(within))
    children.stage[rows] = Stage.REFERRED
    children.stage_day[rows] = children.opened_day[rows] = children.referral_day[rows] = days
    children.n_referrals[rows] += 1


def _let_go(model: ChildrensServices) -> None:
    """Closed cases with nothing to come back for are let go when they turn eighteen or after two years."""
    children, day = model.children, model.clock.day
    closed = ((children.stage == Stage.CLOSED) & children.present & (children.return_day == NEVER)).nonzero()[0]
    old = day - children.birth_day[closed] > 17.5 * DAYS_IN_YEAR
    children.free(closed[old | (day - children.stage_day[closed] > 730)])


def _tally_referrals(model: ChildrensServices, rows: np.ndarray) -> None:
    children = model.children
    model.tally.add("new_referrals", len(rows))
    model.log.add(children.identity[rows], children.referral_day[rows], "referred")
