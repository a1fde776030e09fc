"""What is known of each child, social worker, team, placement and court case: NumPy columns, one line a fact."""

from __future__ import annotations

from simulation.base.clock import NEVER
from simulation.base.codes import Function, Harm, Kind, Legal, Plan, Route, SiblingPlan, Stage, Step
from simulation.base.columns import Column


def _day(name: str, meaning: str) -> Column:
    return Column(name, "int32", NEVER, meaning, "day number")


def _small(name: str, empty: int, meaning: str, unit: str = "code") -> Column:
    return Column(name, "int8", int(empty), meaning, unit)


def _count(name: str, meaning: str) -> Column:
    return Column(name, "int16", 0, meaning, "count")


def _row(name: str, meaning: str) -> Column:
    return Column(name, "int32", NEVER, meaning, "row")


def _real(name: str, meaning: str, unit: str, empty: float = 0.0) -> Column:
    return Column(name, "float32", empty, meaning, unit)


def _yes(name: str, meaning: str) -> Column:
    return Column(name, bool, False, meaning, "yes or no")


def _identity() -> tuple[Column, ...]:
    return (
        Column("key", "uint64", 0, "pre-mixed key of the agent's own die"),
        Column("identity", "int64", NEVER, "stable identity, the same in every scenario"),
    )


CHILD = (
    *_identity(),
    Column("family", "int64", NEVER, "identity of the family; siblings share it"),
    Column("family_key", "uint64", 0, "pre-mixed key of the family's own die"),
    _small("birth_order", 0, "order of birth among the siblings known", "count"),
    _day("birth_day", "date of birth"),
    _yes("male", "sex; carried for equality reporting, no rule uses it"),
    _small("ethnicity", 0, "ethnic group; carried for equality reporting, no rule uses it"),
    _small("harm", Harm.FAMILY_DIFFICULTY, "what brought the child (Harm)"),
    _yes("disabled", "disabled"),
    _yes("unaccompanied", "unaccompanied asylum-seeking child"),
    _yes("by_agreement", "looked after by agreement for good: no court order is sought"),
    _real("complexity", "how hard the child is to place and to care for, 0 to 1", "share"),
    _real("home_x_miles", "home, east of the authority's centre", "miles"),
    _real("home_y_miles", "home, north of the authority's centre", "miles"),
    # pathway
    _small("stage", Stage.CLOSED, "place on the pathway (Stage)"),
    _day("stage_day", "day the stage began"),
    _day("step_day", "day on which the stage is planned to end"),
    _day("opened_day", "day the open case began"),
    _day("referral_day", "day of the latest referral"),
    _count("n_referrals", "referrals so far"),
    _real("latent_risk", "true seriousness, standard normal among those referred", "standard deviations"),
    _real("recognised_risk", "seriousness as recognised by the service", "standard deviations"),
    _day("missed_day", "day from which serious risk has been living unrecognised"),
    _day("return_day", "day a closed case comes back"),
    _yes("return_to_care", "the child comes back straight into care"),
    _day("s47_day", "day the current S47 enquiry started"),
    _day("conference_asked_day", "day a conference was asked for; waits for a report and a chair"),
    _day("conference_ready_day", "day by which family and other services can come to it"),
    _count("n_protection_plans", "protection plans so far"),
    _day("preproceedings_day", "day of the letter before proceedings"),
    _day("edge_day", "day on which the child at the edge of care comes into care"),
    _yes("family_conference", "a family group conference was held before proceedings"),
    _row("case", "row of the court case; NEVER if none"),
    # casework
    _yes("family_worker", "a family worker holds the case: no social worker is needed"),
    _row("worker", "row of the allocated social worker"),
    _row("permanence_worker", "row of the worker in a protected permanence team"),
    _row("team", "row of the team responsible"),
    _day("allocated_day", "day the present worker was allocated"),
    _day("unallocated_day", "day since which the case has had no worker"),
    _count("n_workers", "social workers so far in the open case"),
    _day("change_day", "day of the latest change of worker"),
    _day("earlier_change_day", "day of the change of worker before that"),
    _day("reading_in_until", "day until which a new worker is still reading in"),
    # in care
    _small("legal", Legal.NONE, "legal status (Legal)"),
    _small("entered", 0, "how the child came into care (Entered)"),
    _day("care_day", "day the period of care began"),
    _count("n_periods", "periods of care so far"),
    _day("left_home_care_day", "day the child last returned home from care"),
    _row("placement", "row of the placement"),
    _small("kind", Kind.NONE, "kind of placement (Kind); NONE while searching"),
    _day("placement_day", "day the placement began"),
    _day("earlier_placement_day", "day the placement before began"),
    _day("third_placement_day", "day the placement before that began"),
    _count("n_placements", "placements in this period of care"),
    _count("n_disruptions", "disruption-type moves in this period of care"),
    _real("distance_miles", "distance from home to the placement", "miles"),
    _yes("outside", "placed outside the authority's boundary"),
    _small("sibling_plan", SiblingPlan.NONE, "assessed plan for the sibling group (SiblingPlan)"),
    _yes("separated", "placed apart from a sibling whose plan is together"),
    _yes("searching", "needs a placement this week"),
    _small("search_reason", 0, "why a placement is sought (placing.Reason)"),
    _day("search_day", "day the search began"),
    _small("wanted_kind", Kind.NONE, "the one kind of placement that is sought (Kind); NONE for any that suits"),
    _day("planned_move_day", "day a planned move is due"),
    _real("price_gbp", "weekly price of the placement for this child", "GBP a week"),
    _day("must_leave_day", "day by which the child has to leave the present placement"),
    _day("episode_day", "day the present episode began (statutory return: placement or legal status)"),
    _small("episode_reason", 0, "why the present episode began (places.EPISODE)"),
    _small("episode_legal", 0, "legal status of the present episode (Legal)"),
    # permanence
    _small("route", Route.NONE, "permanence route (Route)"),
    _small("plan", Plan.NONE, "how far the plan has come (Plan)"),
    _day("plan_due_day", "day of the second review: the plan should be agreed"),
    _day("plan_wait_day", "day the present wait for the plan began"),
    _day("plan_agreed_day", "day the plan was agreed"),
    _count("n_returned", "times the manager sent the plan back"),
    _small("step", Step.NONE, "how far along the route (Step)"),
    _day("step_from_day", "day the present step began"),
    _day("step_until_day", "earliest day the present step can end"),
    _day("permanence_day", "day the child reached a permanent home"),
    _day("early_home_day", "day of an early return home that needs no plan"),
    # the child's own view
    _yes("knows_plan", "the current plan has been explained"),
    _yes("knows_reasons", "knows why they came into care"),
    _real("wellbeing", "index of observable conditions; reported only", "index 0 to 100", 60.0),
)
SOCIAL_WORKER = (
    *_identity(),
    _row("post", "number of the post held; agency workers have numbers of their own, from 100000"),
    _row("team", "row of the team"),
    _yes("agency", "agency worker"),
    _yes("case_holding", "holds cases"),
    _yes("parallel", "agency worker beyond the establishment"),
    _day("started_day", "first day at work here"),
    _day("leaving_day", "last day, once notice is given"),
    _small("leaving", 0, "why the worker leaves (Leaving)"),
    _day("qualified_day", "day qualified; the first year is protected"),
    _real("experience_years", "years since qualifying at the start here", "years"),
    _real("contracted_hours", "contracted hours a week", "hours a week", 37.0),
    _day("sick_until_day", "absent until this day"),
    _real("pressure", "hours asked for over hours at contract, smoothed", "ratio", 1.0),
    _real("hours_base", "hours for cases this week at contract", "hours"),
    _real("hours_available", "hours for cases this week with stretch, before debts", "hours"),
    _real("hours_used", "hours granted this week", "hours"),
    _real("hours_wanted", "hours asked for this week", "hours"),
    _real("hours_owed", "hours worked ahead of next week's", "hours"),
    _count("caseload", "open cases held"),
    _real("caseload_limit", "cases the worker may hold before allocation passes them over", "cases", 20.0),
)
TEAM = (
    *_identity(),
    _small("function", Function.LOCALITY, "what the team is for (Function)"),
    _yes("manager_present", "the manager's post is filled"),
    _yes("manager_interim", "the manager is an interim or agency manager"),
    _day("manager_from_day", "day the present state of the manager's post began"),
    _real("effectiveness", "manager's quality, standard normal", "standard deviations"),
    _count("n_managers", "managers the team has had"),
    _real("notice_chance", "weekly chance that a plan not yet asked for is noticed and asked for", "share"),
    _real("sign_off_hours", "manager hours for sign-off this week", "hours"),
    _real("sign_off_owed", "manager hours spent ahead", "hours"),
    _real("return_chance", "chance that work is sent back", "share"),
    _yes("permanence_first", "the manager has overdue permanence work done with statutory visits"),
    _count("n_case_holders", "case holders in the team"),
)
PLACEMENT = (
    *_identity(),
    _small("kind", Kind.NONE, "kind of placement (Kind)"),
    _small("state", 0, "whether it can take a child (PlaceState)"),
    _real("x_miles", "east of the authority's centre", "miles"),
    _real("y_miles", "north of the authority's centre", "miles"),
    _yes("outside", "outside the authority's boundary"),
    _count("places", "approved or registered places"),
    _count("filled", "places filled by this authority's children"),
    _count("filled_by_others", "places filled by other authorities' children"),
    _count("filled_by_neighbours", "places filled by children of the region's other authorities"),
    _count("blocked", "places not available (a sibling group or a need blocks them)"),
    _real("age_low", "youngest age approved", "years"),
    _real("age_high", "oldest age approved", "years", 18.0),
    _count("sibling_limit", "largest sibling group"),
    _count("group_at_least", "smallest sibling group: a place kept for siblings takes no child alone"),
    _real("complexity_limit", "hardest complexity taken", "share", 1.0),
    _real("price_gbp", "weekly price for one child", "GBP a week"),
    _day("opens_day", "first day open"),
    _day("closes_day", "last day open"),
    _day("state_until_day", "day the present state ends"),
    Column("family", "int64", NEVER, "for kin and parents: the family; for agreed sibling placements too"),
    _count("staying_put", "places kept by young people staying on after eighteen"),
    _yes("rushed", "a kinship placement made before any assessment"),
    Column(
        "shared_from", "int8", NEVER, "in a region, the number of the authority in whose market the place is; NEVER for one's own"
    ),
    _yes("block", "held under block contract: paid when empty, closed to others"),
)
CASE = (
    *_identity(),
    Column("family", "int64", NEVER, "family before the court"),
    _day("issued_day", "day proceedings were issued"),
    _day("evidence_day", "day the authority's evidence was complete"),
    _day("earliest_day", "earliest day of a final hearing, the court's own steps taken"),
    _day("final_day", "day of the final order"),
    _count("n_children", "children in the case"),
    _real("hours_left", "social-work hours of evidence still to do", "hours"),
)
