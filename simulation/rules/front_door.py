"""The front door: decision, assessment, enquiry, conference, plan; what is recognised and what is missed."""

from __future__ import annotations

import numpy as np

from simulation.actions import care, duty_work
from simulation.actions.cases import (
    begin_need_plan,
    call_conference,
    close,
    edge_of_care_eligible,
    entry_ratio,
    tally_assessments,
)
from simulation.base.clock import DAYS_IN_YEAR, NEVER, WEEKS_IN_YEAR
from simulation.base.codes import Entered, Harm, Stage, one_of
from simulation.base.dice import lognormal, normal, weekly
from simulation.service.rule import Rule
from simulation.service.state import State
from simulation.service.thresholds import HASTE

ASSESSMENT_STRETCH, LONGEST_ASSESSMENT_DAYS = 1.4, 150
"""Working days in calendar days, and the longest that an assessment stays open."""
RISK_COUNTS, USUAL_RISK = 0.9, 1.2
"""How the chance of another plan answers to recognised seriousness, about the usual seriousness on a plan (judgement)."""
SEEN_WITHIN = 0.01
"""Recognised within this of the truth is seen in full (rounding)."""
KEPT_RISK, FRESH_RISK = 0.75, 0.66
"""Who comes back is as serious as before in part and in part anew; the squares add up to one."""
REREFERRED_WITHIN_DAYS = 365
"""A re-referral is one within a year of the last (CIN census)."""
GROWN_UP_YEARS, FORGOTTEN_DAYS = 17.5, 730
"""Closed cases are let go of at this age, or after two years."""
JUST_ABOVE = 1.001
"""A bound is kept this far above the rate it bounds (rounding)."""

MOST_FELT_RISK = 3.0  # above this, more risk makes coming into care no likelier
LONGER_TERM = one_of(Harm, Harm.DOMESTIC_ABUSE, Harm.NEGLECT)


class Decisions(Rule):
    """Each referral is decided: no further action, or an assessment, with an enquiry at once if the risk is seen.

    Serious longer-term harm may go unrecognised at this first contact.
    """

    reads = ("child.latent_risk", "child.harm")
    writes = ("child.*", "case.*")
    source = "Working Together 2018: decision within one working day; DfE 2020 conversions"

    def step(self, state: State) -> None:
        children = state.children
        rows = np.flatnonzero(children.present & (children.stage == Stage.REFERRED))
        _tally_referrals(state, rows)
        children.recognised_risk[rows] = children.latent_risk[rows]
        recognise(state, rows, "first contact", HASTE)
        closed = children.recognised_risk[rows] < state.thresholds.passed_by(1.0 - state.p.front_door.no_action_share)
        close(state, rows[closed], children.referral_day[rows[closed]])
        _begin_assessment(state, rows[~closed])


def _begin_assessment(state: State, rows: np.ndarray) -> None:
    children, front = state.children, state.p.front_door
    day = children.referral_day[rows]
    days = lognormal(
        state.dice.roll("assessment time", children.key[rows], children.n_referrals[rows]),
        front.assessment_days_mean,
        front.assessment_days_spread,
    )
    children.stage[rows] = Stage.ASSESSMENT
    children.stage_day[rows], children.opened_day[rows], children.unallocated_day[rows] = day, day, day
    children.step_day[rows] = day + np.minimum(days * ASSESSMENT_STRETCH, LONGEST_ASSESSMENT_DAYS).astype(np.int32)
    children.n_workers[rows] = 0
    duty_work.join(state, "assessment", rows, day)
    enquire(state, rows, day)


def enquire(state: State, rows: np.ndarray, days: np.ndarray) -> None:
    """Start a Section 47 enquiry where the recognised risk passes the threshold."""
    children = state.children
    serious = (children.recognised_risk[rows] > state.thresholds.passed_by(state.p.front_door.s47_share * state.shocks.s47)) & (
        children.s47_day[rows] == NEVER
    )
    rows, days = rows[serious], np.asarray(days)[serious]
    children.s47_day[rows] = days
    duty_work.join(state, "s47", rows, days)
    state.tally.add("new_s47_enquiries", len(rows))
    state.log.add(children.identity[rows], days, "enquiry_started")


def recognise(state: State, rows: np.ndarray, contact: str, haste: float) -> None:
    """Set the recognised risk: serious harm may be missed, more easily where it is longer-term and work is rushed."""
    children, front = state.children, state.p.front_door
    longer = LONGER_TERM[children.harm[rows]]
    latent = children.latent_risk[rows]
    rushed = (1.0 + front.miss_when_rushed * np.append(overload(state), 0.0))[children.worker[rows]]
    chance = front.miss_chance * np.where(longer, 1.0, front.miss_other_ratio) * rushed * haste
    u = state.dice.roll("missed at " + contact, children.key[rows], children.n_referrals[rows])
    missed = (u < chance) & (latent > front.serious_risk - 1.0)
    children.recognised_risk[rows] = latent - front.miss_depth * missed
    serious = missed & (latent > front.serious_risk)
    earlier = children.missed_day[rows] != NEVER
    state.tally.add("new_risk_recognised_late", np.count_nonzero(earlier & ~missed))
    began = np.where(earlier, children.missed_day[rows], state.clock.day)
    children.missed_day[rows] = np.where(serious, began, NEVER)


def overload(state: State) -> np.ndarray:
    """Each worker's pressure above one, up to one more."""
    return np.minimum(np.maximum(state.workers.pressure - 1.0, 0.0), 1.0)


class Outcomes(Rule):
    """An assessment ends when its hours are done and the family has been seen; an enquiry ends in a conference or not.

    What was missed may be recognised now; then an enquiry starts late. Closed cases may come back.
    """

    reads = ("child.*",)
    writes = ("child.*", "case.*", "worker.caseload")
    source = "Working Together 2018: 45 working days; DfE 2020 conversions"

    def step(self, state: State) -> None:
        _enquiries_end(state)
        _assessments_end(state)


def _enquiries_end(state: State) -> None:
    """A finished enquiry: an emergency, a conference, or no more."""
    children, front = state.children, state.p.front_door
    rows, days = state.finished.of("s47 enquiry")
    known = children.stage[rows] < Stage.PROTECTION_PLAN
    rows, days = rows[known], days[known]
    u = state.dice.roll("emergency", children.key[rows], children.n_referrals[rows])
    risk = np.exp(RISK_COUNTS * (children.recognised_risk[rows] - USUAL_RISK))
    emergency = u < front.emergency_share * state.shocks.entries * risk * edge_of_care(state, rows) * entry_ratio(state, rows)
    enters, entry_days = care.with_siblings(state, rows[emergency], days[emergency])
    care.enter_care(state, enters, Entered.EMERGENCY, entry_days)
    rows, days = rows[~emergency], days[~emergency]
    share = front.s47_share * front.conference_share * state.shocks.s47 * state.shocks.plans
    serious = (children.recognised_risk[rows] > state.thresholds.passed_by(share)) & (
        children.conference_asked_day[rows] == NEVER
    )
    call_conference(state, rows[serious], days[serious])
    children.s47_day[rows[~serious]] = NEVER


def _assessments_end(state: State) -> None:
    children, clock = state.children, state.clock
    rows = np.flatnonzero((children.stage == Stage.ASSESSMENT) & (children.step_day <= clock.day) & children.present)
    rows = rows[~duty_work.owed(state, "assessment", rows)]
    if not len(rows):
        return
    days = np.maximum(children.step_day[rows], clock.first_day)
    tally_assessments(state, rows, days)
    unseen = children.recognised_risk[rows] < children.latent_risk[rows] - SEEN_WITHIN
    recognise(state, rows[unseen], "assessment", 1.0)
    seen = unseen & (children.recognised_risk[rows] >= children.latent_risk[rows] - SEEN_WITHIN)
    enquire(state, rows[seen], days[seen])
    busy = (children.s47_day[rows] != NEVER) | (children.conference_asked_day[rows] != NEVER)
    need = children.recognised_risk[rows] >= state.thresholds.passed_by(1.0 - state.thresholds.floor)
    close(state, rows[~need & ~busy], days[~need & ~busy])
    begin_need_plan(state, rows[need | busy], days[need | busy])


class Plans(Rule):
    """Plans run their course: protection steps down or goes before the court, need ends, and overload ends it early.

    A closed case comes back with the chance that its unmet risk gives it.
    """

    reads = ("child.*", "worker.pressure")
    writes = ("child.*", "worker.caseload", "case.*")
    source = "DfE 2020 durations; relief valve: judgement"

    def step(self, state: State) -> None:
        _protection_ends(state)
        _need_ends(state)
        entries = _voluntary_entries(state), _edge_of_care_ends(state), _come_back(state)
        care.enter_care(state, *(np.concatenate(parts) for parts in zip(*entries, strict=True)))
        _let_go(state)


def _protection_ends(state: State) -> None:
    children, day = state.children, state.clock.day
    rows = np.flatnonzero((children.stage == Stage.PROTECTION_PLAN) & (children.step_day <= day))
    rows = rows[(children.edge_day[rows] == NEVER) & (children.case[rows] == NEVER)]
    begin_need_plan(state, rows, np.full(len(rows), day))
    children.preproceedings_day[rows] = NEVER


def _need_ends(state: State) -> None:
    """Cases end when the plan does; under overload some end early, at the price of coming back."""
    children, day = state.children, state.clock.day
    in_need = (children.stage == Stage.CHILD_IN_NEED).nonzero()[0]
    luck = state.dice.roll("closed early", children.key[in_need], state.clock.week)
    early = luck < closing_early(state).take(children.worker[in_need])
    ended = in_need[(children.step_day[in_need] <= day) | early]
    held = (children.s47_day[ended] != NEVER) | (children.conference_asked_day[ended] != NEVER) | (children.case[ended] != NEVER)
    ended = ended[~held]
    close(state, ended, np.full(len(ended), day))


def closing_early(state: State) -> np.ndarray:
    """The week's chance that a case is closed early, by worker; the last entry stands for no worker."""
    return np.append(weekly(state.p.front_door.early_closing * overload(state)), 0.0)


Entries = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Children who come into care: rows, how (Entered), days."""


def _voluntary_entries(state: State) -> Entries:
    """Children on open plans come into care by agreement, the more serious the likelier; often with siblings."""
    children, front = state.children, state.p.front_door
    rows = ((children.stage == Stage.CHILD_IN_NEED) | (children.stage == Stage.PROTECTION_PLAN)).nonzero()[0]
    luck = state.dice.roll("comes into care", children.key[rows], state.clock.week)
    near = luck < highest_entry_rate(state) / WEEKS_IN_YEAR
    rows, luck = rows[near], luck[near]
    rate = front.voluntary_per_year * np.exp(front.voluntary_slope * np.minimum(children.recognised_risk[rows], MOST_FELT_RISK))
    rate = rate * state.shocks.entries * edge_of_care(state, rows) * entry_ratio(state, rows)
    enters = rows[luck < rate / WEEKS_IN_YEAR]
    family = children.family_key[enters]
    days = state.clock.first_day + (state.dice.roll("entry day", family, state.clock.week) * 7).astype(np.int32)
    enters, days = care.with_siblings(state, enters, days)
    children.edge_day[enters] = NEVER
    return enters, np.full(len(enters), Entered.VOLUNTARY), days


def highest_entry_rate(state: State) -> float:
    """Above every child's yearly rate of coming into care by agreement: most are ruled out by their random number alone."""
    front = state.p.front_door
    ratio = max(front.entry_ratio_by_age) * max(state.p.practice.edge_of_care_ratio, 1.0) * state.shocks.entries
    return JUST_ABOVE * front.voluntary_per_year * np.exp(front.voluntary_slope * MOST_FELT_RISK) * ratio


def edge_of_care(state: State, rows: np.ndarray) -> np.ndarray:
    """Ratio of the chance of coming into care for adolescents whom an edge-of-care service reaches."""
    practice = state.p.practice
    if practice.edge_of_care_share == 0:
        return np.ones(len(rows))
    reached = state.dice.roll("edge of care", state.children.key[rows]) < practice.edge_of_care_share
    return np.where(reached & edge_of_care_eligible(state, rows), practice.edge_of_care_ratio, 1.0)


def _edge_of_care_ends(state: State) -> Entries:
    """Children whose time at the edge of care is up come into care: from pre-proceedings or on a failed return."""
    children, day = state.children, state.clock.day
    rows = ((children.edge_day != NEVER) & (children.edge_day <= day) & children.present).nonzero()[0]
    enters = rows[(children.stage[rows] > Stage.REFERRED) & (children.stage[rows] < Stage.LOOKED_AFTER)]
    back = (children.left_home_care_day[enters] != NEVER) & (children.case[enters] == NEVER) & children.return_to_care[enters]
    back &= ~duty_work.owed(state, "letter before proceedings", enters)
    days = children.edge_day[enters]
    children.edge_day[rows] = NEVER
    return enters, np.where(back, Entered.RETURNED, Entered.PROCEEDINGS), days


def _come_back(state: State) -> Entries:
    """Children known before are referred again, or come straight back into care; missed harm has grown worse."""
    children, front, day = state.children, state.p.front_door, state.clock.day
    rows = ((children.stage == Stage.CLOSED) & (children.return_day != NEVER) & (children.return_day <= day)).nonzero()[0]
    days, straight = children.return_day[rows], children.return_to_care[rows]
    again, at = rows[~straight], days[~straight]
    fresh = normal(state.dice.roll("risk on return", children.key[again], children.n_referrals[again]))
    worse = front.worsening * (children.missed_day[again] != NEVER)
    children.latent_risk[again] = KEPT_RISK * children.latent_risk[again] + FRESH_RISK * fresh + worse
    rereferred(state, again, at)
    children.return_day[rows] = NEVER
    enters = rows[straight]
    return enters, np.full(len(enters), Entered.RETURNED), days[straight]


def rereferred(state: State, rows: np.ndarray, days: np.ndarray) -> None:
    """Referred again: decided next week with the others."""
    children = state.children
    within = days - children.referral_day[rows] <= REREFERRED_WITHIN_DAYS
    state.tally.add("new_rereferrals", np.count_nonzero(within))
    children.stage[rows] = Stage.REFERRED
    children.stage_day[rows] = children.opened_day[rows] = children.referral_day[rows] = days
    children.n_referrals[rows] += 1


def _let_go(state: State) -> None:
    """Closed cases with nothing to come back for are let go when they turn eighteen or after two years."""
    children, day = state.children, state.clock.day
    closed = ((children.stage == Stage.CLOSED) & children.present & (children.return_day == NEVER)).nonzero()[0]
    old = day - children.birth_day[closed] > GROWN_UP_YEARS * DAYS_IN_YEAR
    children.free(closed[old | (day - children.stage_day[closed] > FORGOTTEN_DAYS)])


def _tally_referrals(state: State, rows: np.ndarray) -> None:
    children = state.children
    state.tally.add("new_referrals", len(rows))
    state.log.add(children.identity[rows], children.referral_day[rows], "referred")
