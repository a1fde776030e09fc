"""Permanence: the plan and its route, step by step, to a settled home."""

from __future__ import annotations

import numpy as np

from simulation.actions import duty_work, places
from simulation.actions.care import age_bands, leave_care
from simulation.actions.court import order_sought
from simulation.actions.queues import served, staffed
from simulation.base.clock import DAYS_IN_WEEK, DAYS_IN_YEAR, NEVER, months_between
from simulation.base.codes import IS_FOSTER, IS_RESIDENTIAL, ROUTE_NAME, Ceased, Kind, Legal, Plan, Route, Stage, Step, one_of
from simulation.base.dice import lognormal, pick
from simulation.service.rule import Rule
from simulation.service.state import State

FAMILIES_AN_ASSESSOR = 2
WEEKS_IN_MONTH = 4.348
DECISION_SPREAD = 0.35  # of the time to the decision for adoption: coefficient of variation (judgement)
STEP_SPREAD = 0.5  # of the weeks of the last step: coefficient of variation
STUCK_DAYS = 28  # a step cannot end while work on permanence is overdue by more than this
STAYING_WEEKS = 4  # a plan to stay where the child lives is settled no sooner
SETTLED_DAYS = 182  # a child whose plan was a home but who has settled elsewhere stays there
VOLUNTARY = one_of(Legal, Legal.VOLUNTARY, Legal.NONE)
BEFORE_THE_COURT = one_of(Legal, Legal.INTERIM_ORDER, Legal.EMERGENCY)
TO_TRANSITION = one_of(Route, Route.RETURN_HOME, Route.KINSHIP, Route.DISCHARGE)
FIRST_STEP = np.array([
    Step.NONE, Step.ASSESSMENT, Step.ASSESSMENT, Step.COURT, Step.COURT, Step.COURT, Step.TRANSITION, Step.TRANSITION,
])  # fmt: skip
"""With what an agreed plan begins, by route."""
LEAVES_FOR = np.array([
    {Route.RETURN_HOME: Ceased.HOME_PLANNED, Route.KINSHIP: Ceased.KINSHIP_ORDER, Route.DISCHARGE: Ceased.DISCHARGE_AT_HOME,
     Route.ADOPTION: Ceased.ADOPTED}.get(route, Ceased.NONE) for route in Route
])  # fmt: skip
"""Why a child whose route ends outside care ceases to be looked after, by route."""
WAITS_FOR = ("manager", "worker", "panel", "assessor", "court", "family", "transition")
WAITS_BY_PLAN, WAITS_BY_STEP = np.array([-1, 0, 1, 0, 2, -1]), np.array([-1, 3, 4, 5, 2, 6, -1])


class PlanProgress(Rule):
    """A permanence plan whose hours are done has a route and goes to the manager; what has been explained is known."""

    reads = ("child.plan", "child.birth_day")
    writes = ("child.plan", "child.plan_wait_day", "child.route", "child.knows_plan", "child.knows_reasons")
    source = "statutory guidance, volume 2; Coram Voice 2017, 2018"

    def step(self, state: State) -> None:
        children = state.children
        rows, days = state.finished.of("permanence plan")
        ready = (children.plan[rows] == Plan.WORK) & (children.stage[rows] == Stage.LOOKED_AFTER)
        rows, days = rows[ready], days[ready]
        children.plan[rows], children.plan_wait_day[rows] = Plan.SIGN_OFF, days
        unset = rows[children.route[rows] == Route.NONE]
        children.route[unset] = choose_routes(state, unset)
        children.knows_plan[state.finished.of("explaining the plan")[0]] = True
        children.knows_reasons[state.finished.of("life-story work")[0]] = True


def choose_routes(state: State, rows: np.ndarray) -> np.ndarray:
    """The route that fits the child: by age, shared by siblings, and by where the child already lives."""
    children, p = state.children, state.p.permanence
    tables = np.array([p.routes_under_1, p.routes_1_4, p.routes_5_9, p.routes_10_15, p.routes_16_plus])
    family = children.family_key[rows]
    u = state.dice.roll("route", family, children.n_periods[rows])
    route = 1 + pick(u, tables[age_bands(state, rows)])
    own = VOLUNTARY[children.legal[rows]]
    route = np.where((route == Route.DISCHARGE) & own, Route.RETURN_HOME, route)
    route = np.where(children.kind[rows] == Kind.PARENTS, Route.DISCHARGE, route)
    old = state.clock.day - children.birth_day[rows] >= 16 * 365.25
    alone = np.where(old, Route.SUPPORTED, Route.LONG_TERM_FOSTERING)
    return np.where(children.unaccompanied[rows], alone, route).astype(np.int8)


class SecondReviews(Rule):
    """At the second review a permanence plan should have been agreed: counted by the cohort that entered together."""

    reads = ("child.plan", "child.plan_due_day", "child.plan_agreed_day")
    source = "statutory guidance, volume 2: permanence plan by the second review"

    def step(self, state: State) -> None:
        children, clock, rows = state.children, state.clock, state.in_care
        due = rows[(children.plan_due_day[rows] >= clock.first_day) & (children.plan_due_day[rows] <= clock.day)]
        agreed = (children.plan[due] == Plan.AGREED) & (children.plan_agreed_day[due] <= children.plan_due_day[due])
        team = np.maximum(children.team[due], 0)
        state.tally.add_by("new_second_reviews_due", "team", state.team_names, team)
        state.tally.add_by("new_plans_by_second_review", "team", state.team_names, team[agreed])


class Permanence(Rule):
    """Agreed plans are carried out: assessment, court, family, match, transition, until the child has a settled home.

    A step cannot end while the worker's own part of it is long overdue.
    """

    reads = ("child.*", "case.*")
    writes = ("child.*", "placement.*")
    source = "routes and times: DfE children looked after 2021 (adoption stages by age, reasons for leaving care)"

    def step(self, state: State) -> None:
        rows = state.in_care
        children = state.children
        rows = rows[(children.plan[rows] == Plan.AGREED) & (children.step[rows] < Step.ACHIEVED)]
        _first_steps(state, rows)
        moving = rows[~_stuck(state, rows)]
        _assessments(state, rows, moving)
        _after_court(state, moving)
        _family_finding(state, moving)
        _matching(state, rows)
        _transitions(state, moving)
        _tally_waits(state)


def _stuck(state: State, rows: np.ndarray) -> np.ndarray:
    duty = state.duties.index.get("permanence work")
    return np.zeros(len(rows), bool) if duty is None else state.children.duty_due[rows, duty] < state.clock.day - STUCK_DAYS


def set_step(
    state: State, rows: np.ndarray, step: np.ndarray | Step, weeks: np.ndarray | float | None = None
) -> None:
    """Begin a step; it can end ``weeks`` from now at the earliest (when its work begins, if None)."""
    if not len(rows):
        return
    children, day = state.children, state.clock.day
    children.step[rows], children.step_from_day[rows] = step, day
    children.step_until_day[rows] = NEVER if weeks is None else day + (np.asarray(weeks) * DAYS_IN_WEEK).astype(np.int32)


def _first_steps(state: State, rows: np.ndarray) -> None:
    children = state.children
    fresh = rows[children.step[rows] == Step.NONE]
    step = FIRST_STEP[children.route[fresh]]
    set_step(state, fresh[step == Step.ASSESSMENT], Step.ASSESSMENT)
    timed, step = fresh[step > Step.ASSESSMENT], step[step > Step.ASSESSMENT]
    weeks = np.where(step == Step.TRANSITION, STAYING_WEEKS, 0.0)
    adoption = (children.route[timed] == Route.ADOPTION).nonzero()[0]
    weeks[adoption] = _weeks_to_decision(state, timed[adoption])
    set_step(state, timed, step, weeks)


def age_at_entry(state: State, rows: np.ndarray) -> np.ndarray:
    """Whole years of age on entering care, seven and over as one (the published bands of adoption)."""
    children = state.children
    return np.clip((children.care_day[rows] - children.birth_day[rows]) // DAYS_IN_YEAR, 0, 7).astype(np.int64)


def _weeks_to_decision(state: State, rows: np.ndarray) -> np.ndarray:
    """Weeks from today until it is decided that children should be placed for adoption: later the older they came."""
    children = state.children
    months = np.asarray(state.p.permanence.adoption_decision_months)[age_at_entry(state, rows)]
    luck = state.dice.roll("decision for adoption", children.family_key[rows], children.n_periods[rows])
    weeks = lognormal(luck, months * WEEKS_IN_MONTH, DECISION_SPREAD)
    return np.maximum(weeks - (state.clock.day - children.care_day[rows]) / DAYS_IN_WEEK, 0.0)


def _assessments(state: State, rows: np.ndarray, moving: np.ndarray) -> None:
    """Kinship and reunification assessors take so many families at once, longest wait first."""
    children, gates, day = state.children, state.p.gates, state.clock.day
    here = rows[children.step[rows] == Step.ASSESSMENT]
    waits = children.step_until_day[here] == NEVER
    busy = here[~waits & (children.step_until_day[here] > day)]  # once done, the assessor is free, whoever is awaited then
    room = staffed(state, gates.kinship_assessors) * FAMILIES_AN_ASSESSOR - len(set(children.family[busy].tolist()))
    waiting = here[waits]
    begins = waiting[_first_families(state, waiting, int(max(room, 0)))]
    weeks = lognormal(
        state.dice.roll("assessor weeks", children.family_key[begins]), gates.kinship_assessment_weeks, 0.25
    )
    children.step_until_day[begins] = day + (weeks * DAYS_IN_WEEK).astype(np.int32)
    done = moving[(children.step[moving] == Step.ASSESSMENT) & (children.step_until_day[moving] != NEVER)]
    done = done[children.step_until_day[done] <= day]
    set_step(state, done, Step.COURT, 0)
    kin = done[(children.route[done] == Route.KINSHIP) & (children.kind[done] != Kind.FOSTER_KINSHIP)]
    seek(state, kin, Kind.FOSTER_KINSHIP)


def _first_families(state: State, rows: np.ndarray, places: int) -> np.ndarray:
    """The longest-waiting families, ties by the family's die (booleans over rows)."""
    if not len(rows) or places <= 0:
        return np.zeros(len(rows), dtype=bool)
    return served(state, "", state.children.family[rows], state.children.step_from_day[rows], places)


def _after_court(state: State, moving: np.ndarray) -> None:
    """What follows when no proceedings are open any more, nor any to come."""
    children, day = state.children, state.clock.day
    here = moving[
        (children.step[moving] == Step.COURT) & (children.case[moving] == NEVER) & (children.step_until_day[moving] <= day)
    ]
    here = here[~BEFORE_THE_COURT[children.legal[here]]]
    here = here[~order_sought(state, here)]
    route, kind, order = children.route[here], children.kind[here], children.legal[here] == Legal.CARE_ORDER
    moves = TO_TRANSITION[route]
    weeks = _weeks(state, here[moves])
    set_step(state, here[moves], Step.TRANSITION, np.where((route[moves] == Route.KINSHIP) & order[moves], 1.0, weeks))
    home = (route == Route.DISCHARGE) | ((route == Route.RETURN_HOME) & order)
    seek(state, here[home & (kind != Kind.PARENTS)], Kind.PARENTS)
    ordered = (route == Route.ADOPTION) & (children.legal[here] == Legal.PLACEMENT_ORDER)
    set_step(state, here[ordered | (route == Route.LONG_TERM_FOSTERING)], Step.FAMILY_FINDING)


def step_weeks(state: State) -> np.ndarray:
    """Mean weeks of the last step before leaving care, by route: sooner where the pace of leaving care is higher.

    The adoption order has its own published time, which the authority's pace does not change.
    """
    p, weeks = state.p.permanence, np.zeros(len(Route))
    weeks[[Route.RETURN_HOME, Route.KINSHIP]] = p.home_weeks, p.kinship_order_weeks
    weeks[Route.DISCHARGE] = p.discharge_weeks / max(state.p.practice.discharge_effort, 0.01)
    weeks /= p.exit_factor
    weeks[Route.ADOPTION] = p.adoption_order_months * WEEKS_IN_MONTH
    return weeks


def _weeks(state: State, rows: np.ndarray) -> np.ndarray:
    """Weeks of each child's last step, shared by siblings."""
    children = state.children
    u = state.dice.roll("weeks of step", children.family_key[rows], children.n_periods[rows])
    return lognormal(u, step_weeks(state)[children.route[rows]], STEP_SPREAD)


def _family_finding(state: State, moving: np.ndarray) -> None:
    """Families are found for adoption, the sooner the younger they came; for long-term fostering, those settled with."""
    children, p, gates, day = state.children, state.p.permanence, state.p.gates, state.clock.day
    here = moving[children.step[moving] == Step.FAMILY_FINDING]
    adoption = here[children.route[here] == Route.ADOPTION]
    searched = min(1.0, staffed(state, gates.family_finders) * gates.family_finder_children / max(len(adoption), 1))
    weeks = np.asarray(p.family_finding_months)[age_at_entry(state, adoption)] * WEEKS_IN_MONTH
    rate = searched * state.shocks.adoption / weeks
    changes = (children.change_day[adoption] > day - 365).astype(int) + (children.earlier_change_day[adoption] > day - 365)
    rate = rate * state.p.casework.handover_hazard**changes
    u = state.dice.roll("family found", children.family_key[adoption], state.clock.week)
    set_step(state, adoption[u < rate], Step.MATCHING)
    given_up = adoption[(u >= rate) & (months_between(children.step_from_day[adoption], day) > p.adoption_limit_months)]
    children.route[given_up] = Route.LONG_TERM_FOSTERING
    fostered = here[(children.route[here] == Route.LONG_TERM_FOSTERING) & IS_FOSTER[children.kind[here]]]
    settled = fostered[day - children.placement_day[fostered] >= p.long_term_match_weeks * DAYS_IN_WEEK]
    set_step(state, settled, Step.MATCHING)


def _matching(state: State, rows: np.ndarray) -> None:
    """Matches go to panel; then a child moves in with adopters, or stays for good with foster carers."""
    children = state.children
    here = rows[children.step[rows] == Step.MATCHING]
    slots = staffed(state, state.p.gates.matching_panel_slots_per_week) * state.shocks.adoption
    matched = here[served(state, "matching panel", children.family[here], children.step_from_day[here], slots)]
    stays = matched[children.route[matched] == Route.LONG_TERM_FOSTERING]
    reach(state, stays, np.full(len(stays), state.clock.day), children.route[stays])
    adopted = matched[children.route[matched] == Route.ADOPTION]
    seek(state, adopted, Kind.ADOPTIVE)
    weeks = _weeks(state, adopted) / state.shocks.adoption
    set_step(state, adopted, Step.TRANSITION, weeks)


def _transitions(state: State, moving: np.ndarray) -> None:
    children, day = state.children, state.clock.day
    here = moving[children.step[moving] == Step.TRANSITION]
    _moved_in(state, here)
    ready = here[children.step_until_day[here] <= day]
    route, kind = children.route[ready], children.kind[ready]
    there = (route != Route.DISCHARGE) | (kind == Kind.PARENTS)
    there &= (route != Route.ADOPTION) | (kind == Kind.ADOPTIVE)
    leaving = (LEAVES_FOR[route] != Ceased.NONE) & there
    settled = day - children.placement_day[ready] >= SETTLED_DAYS
    suits = ((route == Route.SUPPORTED) & (kind == Kind.SUPPORTED)) | (
        (route == Route.RESIDENTIAL) & (IS_RESIDENTIAL[kind] | settled)
    )
    home = leaving | suits
    reach(state, ready[home], np.full(np.count_nonzero(home), day), route[home])
    leave_care(state, ready[leaving], LEAVES_FOR[route[leaving]], np.full(np.count_nonzero(leaving), day))
    _to_supported(state, ready[(route == Route.SUPPORTED) & ~suits])


def _moved_in(state: State, here: np.ndarray) -> None:
    """Children who have moved in with adopters: counted once, and the clock of the order starts."""
    children = state.children
    new = here[
        (children.kind[here] == Kind.ADOPTIVE)
        & (children.permanence_day[here] == NEVER)
        & (children.route[here] == Route.ADOPTION)
    ]
    months = months_between(children.care_day[new], children.placement_day[new])
    state.tally.add("new_adoptive_placements", len(new))
    state.tally.add("months_entry_to_adoptive_placement", float(months.sum()))
    reach(state, new, children.placement_day[new], children.route[new], achieved=False)


def _to_supported(state: State, rows: np.ndarray) -> None:
    """From sixteen, supported accommodation is sought for those whose plan it is."""
    children = state.children
    old = rows[state.clock.day - children.birth_day[rows] >= 16 * 365.25]
    seek(state, old[~children.searching[old]], Kind.SUPPORTED)


def reach(state: State, rows: np.ndarray, days: np.ndarray, routes: np.ndarray, achieved: bool = True) -> None:
    """Children are in a permanent home: counted once, by route and entry cohort."""
    state.tally.add("new_permanence", 0)
    if not len(rows):
        return
    children, new = state.children, state.children.permanence_day[rows] == NEVER
    first, on, route = rows[new], days[new], routes[new]
    state.cohorts.reach(children.care_day[first], on, route)
    state.tally.add_by("new_permanence", "route", ROUTE_NAME, route)
    children.permanence_day[first] = on
    if state.log.keep:
        state.log.add(children.identity[first], on, "permanent_home", "", np.array(ROUTE_NAME)[route])
    if achieved:
        children.step[rows] = Step.ACHIEVED
        duty_work.leave(state, "on the way", rows)


def seek(state: State, rows: np.ndarray, kind: Kind) -> None:
    """A planned move to one kind of placement is sought; the child stays where they are until it is found."""
    if not len(rows):
        return
    children = state.children
    children.searching[rows], children.wanted_kind[rows] = True, kind
    children.search_reason[rows] = places.Reason.CARE_PLAN
    children.search_day[rows] = state.clock.day


def _tally_waits(state: State) -> None:
    """What each child on the way to permanence waits for this week."""
    children, rows = state.children, state.in_care
    plan, step = children.plan[rows], children.step[rows]
    asked = state.clock.day - children.care_day[rows] >= state.p.permanence.ask_from_days
    by_plan = WAITS_BY_PLAN.take(plan)
    waits = np.where(plan == Plan.AGREED, WAITS_BY_STEP.take(step), by_plan)
    waits = waits[(waits >= 0) & asked]
    state.tally.add_by("weeks_permanence_wait", "waits_for", WAITS_FOR, waits)
    no_plan = by_plan[(by_plan >= 0) & asked]
    state.tally.add_by("n_plans_waiting", "waits_for", WAITS_FOR, no_plan)
