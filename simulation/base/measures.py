"""What is measured: one register of names, meanings, units and how each adds up over weeks.

A measure is either *counted* by the model each week (``how`` is ``sum``, ``mean`` or ``last``) or is a
``ratio`` of two counted measures, which is formed only after both have been added up, so that a year's
percentage is the year's numerator over the year's denominator and never a mean of weekly percentages.

Prefixes: ``new_`` counted this week, ``n_`` standing at the end of the week, ``hours_``, ``gbp_``,
``weeks_`` summed amounts, ``pct_`` and ``mean_`` ratios.
"""

from __future__ import annotations

from dataclasses import dataclass

MAY_EXCEED_100 = ("pct_turnover", "pct_reentries")
"""Percentages whose numerator is no part of their denominator."""
INPUT, EMERGENT, FITTED = "input", "emergent", "fitted"


@dataclass(frozen=True)
class Measure:
    """One measure.

    name: column value in ``weekly.parquet``; meaning: official or house definition in one sentence;
    unit: plain word (children, workers, hours, GBP, %, weeks ...);
    how: ``sum`` | ``mean`` | ``last`` | ``ratio`` over weeks;
    numerator, denominator, scale: for ratios, ``scale * sum(numerator) / sum(denominator)``;
    better: ``more`` | ``less`` | ``""`` (no direction is better by itself, e.g. children in care);
    status: ``input`` | ``emergent`` | ``fitted``; groups: breakdowns written beside ``all``;
    floor: a safety floor, never traded for money; published: name of the matching published indicator.
    """

    name: str
    meaning: str
    unit: str
    how: str
    better: str = ""
    status: str = EMERGENT
    groups: tuple[str, ...] = ()
    numerator: str = ""
    denominator: str = ""
    scale: float = 1.0
    floor: bool = False
    published: str = ""

    @property
    def is_share(self) -> bool:
        """True for a percentage that is a part of a whole, so never below 0 or above 100."""
        return self.how == "ratio" and self.unit == "%" and self.scale == 100.0 and self.name not in MAY_EXCEED_100


def _count(name, meaning, unit, how="sum", **more) -> Measure:
    return Measure(name, meaning, unit, how, **more)


def _pct(name, meaning, numerator, denominator, **more) -> Measure:
    return Measure(name, meaning, "%", "ratio", numerator=numerator, denominator=denominator, scale=100.0, **more)


def _mean(name, meaning, unit, numerator, denominator, **more) -> Measure:
    return Measure(name, meaning, unit, "ratio", numerator=numerator, denominator=denominator, **more)


C, W = "children", "workers (FTE)"
MEASURES: tuple[Measure, ...] = (
    # ---- demand and front door
    _count("new_referrals", "Referrals accepted, one for each child referred (CIN census).", "referrals", status=INPUT, published="referrals_number"),
    _count("new_rereferrals", "Referrals within 12 months of the child's previous referral.", "referrals", better="less", published="rereferrals_number"),
    _pct("pct_rereferrals", "Referrals within 12 months of an earlier one.", "new_rereferrals", "new_referrals", better="less"),
    _count("new_assessments", "Single assessments completed.", "assessments"),
    _count("new_assessments_in_time", "Single assessments completed within 45 working days of referral.", "assessments"),
    _pct("pct_assessments_in_time", "Single assessments completed within 45 working days.", "new_assessments_in_time", "new_assessments", better="more", published="assessments_within_45_days_pct"),
    _count("new_s47_enquiries", "Section 47 enquiries started.", "enquiries", published="s47_number"),
    _count("new_conferences", "Initial child protection conferences held.", "conferences", published="icpc_number"),
    _count("new_conferences_in_time", "Conferences held within 15 working days of the S47 enquiry starting.", "conferences"),
    _pct("pct_conferences_in_time", "Initial conferences within 15 working days.", "new_conferences_in_time", "new_conferences", better="more", published="icpc_within_15_days_pct"),
    _count("new_protection_plans", "Child protection plans started.", "plans", published="cpp_started_number"),
    _count("n_protection_plans", "Children on a child protection plan.", C, "last", published="cpp_31march_number"),
    _count("n_children_in_need", "Open episodes of need, including plans and looked after (CIN census).", C, "last", published="cin_31march_number"),
    _count("n_open_cases", "Cases open to case-holding social workers or waiting for one.", C, "last", published="sw_cases_held_number"),
    _count("weeks_unrecognised_risk", "Child-weeks lived at serious risk that nobody has recognised.", "child-weeks", better="less", floor=True),
    _count("new_risk_recognised_late", "Children whose serious risk was missed at an earlier contact and recognised this week.", C),
    # ---- looked after
    _count("n_looked_after", "Children looked after at the end of the week (SSDA903).", C, "last", groups=("age", "placement", "legal", "provider", "need"), published="cla_31march_number"),
    _count("new_care_starts", "Children who started to be looked after.", C, groups=("age", "reason"), published="cla_started_number"),
    _count("new_care_ceased", "Children who ceased to be looked after, by reason.", C, groups=("reason", "age"), published="cla_ceased_number"),
    _count("new_reentries", "Care starts within 12 months of returning home from care.", C, better="less"),
    _count("new_returns_home", "Children who ceased to be looked after by returning home.", C),
    _count("new_supported_returns", "Returns home with reunification support.", C),
    _pct("pct_reentries", "Returns to care within 12 months, as a share of returns home.", "new_reentries", "new_returns_home", better="less"),
    _count("n_unaccompanied", "Unaccompanied asylum-seeking children looked after.", C, "last", published="cla_31march_uasc_number"),
    _count("n_proceedings", "Care proceedings before the court (cases, not children).", "cases", "last"),
    _count("new_proceedings", "Care proceedings issued (cases).", "cases"),
    _count("new_proceedings_concluded", "Care proceedings concluded (cases).", "cases"),
    _count("new_family_group_conferences", "Family group conferences held before proceedings (families).", "conferences"),
    _count("weeks_proceedings_over", "Case-weeks beyond the 26-week limit, by what they wait for.", "case-weeks", better="less", groups=("waits_for",)),
    _count("new_proceedings_in_26_weeks", "Care proceedings concluded within 26 weeks (cases).", "cases"),
    _count("weeks_proceedings_concluded", "Weeks taken, summed over the proceedings concluded.", "weeks"),
    _mean("mean_weeks_proceedings", "Mean weeks from issue to final order.", "weeks", "weeks_proceedings_concluded", "new_proceedings_concluded", better="less"),
    _pct("pct_proceedings_in_26_weeks", "Care proceedings concluded within 26 weeks.", "new_proceedings_in_26_weeks", "new_proceedings_concluded", better="more"),
    # ---- permanence
    _count("new_second_reviews_due", "Children whose second review fell due this week and who are still looked after (entry cohort).", C, groups=("team",)),
    _count("new_plans_by_second_review", "Those of them with a permanence plan agreed by that day; a missing plan counts as late.", C, groups=("team",)),
    _pct("pct_plans_by_second_review", "Permanence plan agreed by the second review, by entry cohort.", "new_plans_by_second_review", "new_second_reviews_due", better="more", groups=("team",)),
    _count("new_leavers_with_plan", "Children who ceased to be looked after with an agreed permanence plan.", C),
    _pct("pct_leavers_with_plan", "Children ceasing to be looked after who had an agreed permanence plan.", "new_leavers_with_plan", "new_care_ceased", better="more"),
    _count("new_plans_agreed", "Permanence plans agreed, by route.", "plans", groups=("route",)),
    _count("n_plans_overdue", "Children looked after past their second review without an agreed plan.", C, "last", better="less"),
    _count("weeks_longest_plan_wait", "Longest time any child has waited for a plan past the second review.", "weeks", "last", better="less"),
    _count("n_plans_waiting", "Children without an agreed plan, by what they wait for.", C, "mean", better="less", groups=("waits_for",)),
    _count("weeks_permanence_wait", "Child-weeks waited on the way to permanence, by what is waited for.", "child-weeks", groups=("waits_for",)),
    _count("new_cohort_12_months", "Children who entered care 12 months ago (entry cohort).", C),
    _count("new_permanent_12_months", "Those of them in a permanent home, by route.", C, groups=("route",)),
    _pct("pct_permanent_12_months", "Permanence reached within 12 months, by entry cohort: any route of an agreed plan, long-term residential and supported homes included; read it by route.", "new_permanent_12_months", "new_cohort_12_months", better="more", groups=("route",)),
    _count("new_cohort_24_months", "Children who entered care 24 months ago (entry cohort).", C),
    _count("new_permanent_24_months", "Those of them in a permanent home, by route.", C, groups=("route",)),
    _pct("pct_permanent_24_months", "Permanence reached within 24 months, by entry cohort: any route of an agreed plan, long-term residential and supported homes included; read it by route.", "new_permanent_24_months", "new_cohort_24_months", better="more", groups=("route",)),
    _count("new_permanence", "Children reaching a permanent home, by route.", C, groups=("route",)),
    _count("new_adoptive_placements", "Children placed for adoption.", C),
    _count("months_entry_to_adoptive_placement", "Months from entering care to moving in, summed over children placed for adoption.", "months"),
    _mean("mean_months_entry_to_adoptive_placement", "Mean months from entering care to moving in with an adoptive family.", "months", "months_entry_to_adoptive_placement", "new_adoptive_placements", better="less"),
    # ---- duties
    _count("new_visits_due", "Statutory visits that fell due.", "visits"),
    _count("new_visits_on_time", "Statutory visits made on or before the day they were due.", "visits"),
    _pct("pct_visits_on_time", "Statutory visits to looked-after children made on time.", "new_visits_on_time", "new_visits_due", better="more", floor=True),
    _count("new_reviews_due", "Looked-after reviews that fell due.", "reviews"),
    _count("new_reviews_on_time", "Looked-after reviews held on time.", "reviews"),
    _pct("pct_reviews_on_time", "Looked-after reviews held on time.", "new_reviews_on_time", "new_reviews_due", better="more"),
    _count("new_duties_waited", "Duty-weeks in which something due was not done, by duty.", "duty-weeks", better="less", groups=("duty",)),
    _count("new_duties_lapsed", "Duties whose window closed undone, by duty.", "duties", better="less", groups=("duty",)),
    _count("hours_wanted", "Social-worker hours asked for, by duty.", "hours", groups=("duty",)),
    _count("hours_granted", "Social-worker hours granted, by duty.", "hours", groups=("duty",)),
    _count("hours_refused", "Social-worker hours asked for and not granted.", "hours", better="less"),
    _count("hours_available", "Social-worker hours available for cases, stretch included.", "hours"),
    _count("hours_stretch", "Hours worked beyond contract.", "hours", better="less"),
    # ---- children's understanding and wellbeing
    _count("n_old_enough_to_know", "Looked-after children aged four and over.", C, "last"),
    _count("n_know_plan", "Those of them to whom the current plan has been explained.", C, "last"),
    _pct("pct_know_plan", "Children aged four and over who know their plan.", "n_know_plan", "n_old_enough_to_know", better="more"),
    _count("n_know_reasons", "Those of them who know why they came into care.", C, "last"),
    _pct("pct_know_reasons", "Children aged four and over who know why they came into care.", "n_know_reasons", "n_old_enough_to_know", better="more"),
    _count("index_wellbeing", "Index 0 to 100 from observable conditions; reported, never calibrated, priced or optimised.", "index", "mean", better="more"),
    # ---- workforce
    _count("n_social_workers", "Permanent social workers in post.", W, "last", published="sw_inpost_fte"),
    _count("n_agency_workers", "Agency social workers in post.", W, "last", published="sw_agency_fte"),
    _count("n_vacancies", "Permanent posts with no permanent holder.", W, "last", better="less", published="sw_vacancy_fte"),
    _count("n_posts", "Permanent posts established.", W, "last", status=INPUT),
    _count("n_workforce", "Permanent and agency social workers in post.", W, "last"),
    _pct("pct_agency", "Agency workers as a share of all social workers in post.", "n_agency_workers", "n_workforce", published="sw_agency_rate_fte_pct"),
    _pct("pct_vacancy", "Vacant permanent posts as a share of posts.", "n_vacancies", "n_posts", better="less", published="sw_vacancy_rate_fte_pct"),
    _count("new_leavers", "Permanent social workers who left.", W, better="less", published="sw_leavers_fte"),
    _count("new_starters", "Permanent social workers who started.", W, published="sw_starters_fte"),
    _count("years_in_post", "Permanent worker-years lived this week (the exposure behind turnover).", "years"),
    _pct("pct_turnover", "Permanent leavers per year as a share of permanent workers in post.", "new_leavers", "years_in_post", better="less", published="sw_turnover_rate_fte_pct"),
    _count("n_case_holders", "Case-holding social workers in post, agency included.", W, "last", published="sw_case_holders_fte"),
    _mean("mean_caseload", "Open allocated cases per case-holding worker.", "cases per worker", "n_allocated_cases", "n_case_holders", better="less", published="sw_caseload_avg"),
    _count("n_allocated_cases", "Open cases held by a social worker.", C, "last"),
    _count("n_workers_over_20", "Case holders with more than 20 cases.", "workers", "last", better="less"),
    _count("n_workers_by_caseload", "Case holders by size of caseload.", "workers", "last", groups=("caseload",)),
    _count("n_unallocated", "Open cases without a social worker.", C, "last", better="less", floor=True),
    _count("n_two_worker_changes", "Looked-after children with two or more changes of worker in the past year.", C, "last", better="less", published="cla_2plus_sw_changes_12m_number"),
    _pct("pct_three_workers", "Looked-after children with three or more social workers in the past year.", "n_two_worker_changes", "n_looked_after", better="less"),
    _count("new_handovers", "Changes of social worker, all open cases.", "handovers", better="less"),
    _count("n_workers_sick", "Social workers absent through sickness.", W, "mean", better="less"),
    _pct("pct_sick", "Social workers absent through sickness.", "n_workers_sick", "n_workforce", better="less", published="sw_absence_rate_fte_pct"),
    _count("n_manager_vacancies", "Teams whose manager's post is vacant.", "teams", "last", better="less"),
    _count("n_leader_gaps", "Senior leadership posts not held by a permanent leader.", "posts", "last", better="less"),
    # ---- placements
    _count("n_outside_boundary", "Looked-after children placed outside the authority's boundary.", C, "last", better="less", published="cla_31march_outside_la_number"),
    _pct("pct_outside_boundary", "Looked-after children placed outside the authority's boundary.", "n_outside_boundary", "n_looked_after", better="less"),
    _count("n_over_20_miles", "Looked-after children placed more than 20 miles from home.", C, "last", better="less", published="cla_31march_over_20_miles_number"),
    _pct("pct_over_20_miles", "Looked-after children placed more than 20 miles from home.", "n_over_20_miles", "n_looked_after", better="less"),
    _count("n_outside_over_20_miles", "Looked-after children placed more than 20 miles from home and outside the boundary.", C, "last", better="less", published="cla_31march_outside_la_gt20_number"),
    _pct("pct_outside_over_20_miles", "Looked-after children placed more than 20 miles from home and outside the boundary.", "n_outside_over_20_miles", "n_looked_after", better="less"),
    _count("n_residential", "Looked-after children in children's homes or secure units.", C, "last", published="cla_31march_placement_childrens_homes_secure_number"),
    _pct("pct_residential", "Looked-after children in children's homes or secure units.", "n_residential", "n_looked_after"),
    _count("n_foster", "Looked-after children in foster placements.", C, "last", published="cla_31march_placement_foster_number"),
    _pct("pct_foster", "Looked-after children in foster placements.", "n_foster", "n_looked_after"),
    _count("new_placements", "Placements started, by location.", "placements", groups=("location", "placement"), published="newplacements_total_number"),
    _count("new_moves", "Placement moves, by reason (status-only changes excluded).", "moves", better="less", groups=("reason",)),
    _count("new_disruptions", "Moves because carer, child or authority asked, allegation, approval removed, standards or closure.", "moves", better="less"),
    _count("years_looked_after", "Child-years looked after this week (the exposure behind move rates).", "years"),
    _mean("mean_moves_per_child_year", "Placement moves per child-year looked after.", "moves per child-year", "new_moves", "years_looked_after", better="less"),
    _mean("mean_disruptions_per_child_year", "Disruption-type moves per child-year looked after.", "moves per child-year", "new_disruptions", "years_looked_after", better="less"),
    _count("n_three_placements", "Looked-after children with three or more placements in the past year.", C, "last", better="less", published="cla_3plus_placements_number"),
    _pct("pct_three_placements", "Looked-after children with three or more placements in the past year.", "n_three_placements", "n_looked_after", better="less"),
    _count("n_settled_under_16", "Under-16s looked after 2.5 years or more and 2 years in the same placement.", C, "last"),
    _count("n_long_stay_under_16", "Under-16s looked after 2.5 years or more.", C, "last", published="cla_2_5y_under16_number"),
    _pct("pct_long_term_stability", "Under-16s in care 2.5 years or more who have lived 2 years or more in one placement.", "n_settled_under_16", "n_long_stay_under_16", better="more"),
    _count("new_emergency_nights", "Nights for which no suitable place was found.", "nights", better="less", floor=True),
    _count("new_unregistered_nights", "Nights in unregistered arrangements.", "nights", better="less", floor=True),
    _count("new_searches", "Searches for a placement.", "searches"),
    _count("new_failed_searches", "Searches in which own local places were tried and none would do, by reason.", "searches", better="less", groups=("reason",)),
    _count("n_places", "Approved fostering places by state, with other authorities' children; own mainstream carers and own homes apart.", "places", "last", groups=("state", "kind", "own carers", "own homes")),
    _count("n_sibling_groups", "Groups of two or more siblings looked after.", "groups", "last", groups=("size",)),
    _count("n_sibling_groups_together", "Those placed wholly together.", "groups", "last", groups=("size",)),
    _pct("pct_siblings_together", "Sibling groups placed wholly together.", "n_sibling_groups_together", "n_sibling_groups", better="more", groups=("size",)),
    _count("n_children_with_siblings", "Looked-after children with a sibling in care.", C, "last", groups=("placement",)),
    _count("n_children_apart", "Those of them who live apart from a sibling in care, whatever the plan.", C, "last", better="less", groups=("placement",)),
    _pct("pct_children_apart", "Children with siblings in care who live apart from one of them.", "n_children_apart", "n_children_with_siblings", better="less", groups=("placement",)),
    _count("n_sibling_groups_to_plan", "Sibling groups placed according to their assessed plans: those who are to live together do; where all are to be apart, they are. A child who needs a home or supported accommodation is to be apart.", "groups", "last"),
    _pct("pct_siblings_to_plan", "Sibling groups placed according to their assessed plan.", "n_sibling_groups_to_plan", "n_sibling_groups", better="more"),
    _count("n_vacant_beds_at_failed_searches", "Own local fostering beds standing vacant, summed over the searches that none of them met.", "beds"),
    _mean("mean_vacant_beds_at_failed_searches", "Own local fostering beds standing vacant while a search failed.", "beds", "n_vacant_beds_at_failed_searches", "new_failed_searches"),
    _count("miles_greedy_matching", "Miles from home of children searching alone, as placed in order of service (one week in thirteen).", "miles"),
    _count("miles_optimal_matching", "Miles from home of the same children under the best assignment of all at once.", "miles"),
    # ---- money
    _count("gbp_spend", "Gross spend, by category.", "GBP", groups=("category", "provider")),
    _count("gbp_income", "Partner and Home Office income.", "GBP"),
    _count("gbp_net", "Net outturn: gross spend less income.", "GBP"),
    _count("gbp_budget", "Budget for the week.", "GBP", status=INPUT),
    _count("gbp_overspend", "Net outturn less budget.", "GBP", better="less"),
    _count("gbp_placements", "Spend on placements of looked-after children.", "GBP", published="spend_s251_cla_total"),
    _count("gbp_capital", "Capital spent on own homes; outside the budget.", "GBP"),
    _count("gbp_social_workers", "Spend on social workers and team managers, agency included.", "GBP"),
    _count("pct_price_index_homes", "Price of a new residential placement against the start: inflation and scarcity together.", "%", "last"),
    _count("gbp_agency_premium", "What agency workers cost above permanent workers in the same posts.", "GBP", better="less"),
    _count("gbp_top_twenty", "Spend on the twenty dearest placements.", "GBP"),
    _count("weeks_looked_after", "Child-weeks looked after.", "child-weeks"),
    _mean("mean_gbp_per_child_week", "Placement and looked-after spend per child-week.", "GBP per child-week", "gbp_placements", "weeks_looked_after", better="less", published="unitcost_s251_cla_weekly"),
    _mean("mean_gbp_residential_week", "Spend per child-week in residential care.", "GBP per child-week", "gbp_residential", "weeks_residential", published="unitcost_s251_residential_weekly"),
    _mean("mean_gbp_foster_week", "Spend per child-week in fostering.", "GBP per child-week", "gbp_fostering", "weeks_fostering", published="unitcost_s251_fostering_weekly"),
    _count("gbp_residential", "Spend on residential placements.", "GBP"),
    _count("gbp_fostering", "Spend on foster placements.", "GBP"),
    _count("weeks_residential", "Child-weeks in residential care.", "child-weeks"),
    _count("weeks_fostering", "Child-weeks in fostering.", "child-weeks"),
)
REGISTER: dict[str, Measure] = {measure.name: measure for measure in MEASURES}
"""Every measure by name."""
TEN: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("1. Children in care", ("n_looked_after", "new_care_starts", "new_care_ceased")),
    ("2. Plans by the second review", ("pct_plans_by_second_review", "n_plans_overdue", "weeks_longest_plan_wait")),
    ("3. Permanence by any route (long-term residential and supported homes count), by entry cohort", ("pct_permanent_12_months", "pct_permanent_24_months")),
    ("4. Duties on time", ("pct_visits_on_time", "pct_reviews_on_time", "pct_assessments_in_time", "pct_conferences_in_time")),
    ("5. Workload", ("n_unallocated", "n_workers_over_20")),
    ("6. Workforce", ("n_social_workers", "n_agency_workers", "pct_vacancy", "pct_three_workers")),
    ("7. Where children live", ("pct_outside_boundary", "pct_over_20_miles", "pct_residential")),
    ("8. A settled home", ("pct_three_placements", "pct_long_term_stability", "new_unregistered_nights", "pct_siblings_to_plan")),
    ("9. Safety and return", ("weeks_unrecognised_risk", "pct_rereferrals", "pct_reentries")),
    ("10. Money", ("gbp_net", "gbp_top_twenty", "gbp_agency_premium")),
    ("Beside them: knows the plan", ("pct_know_plan", "pct_know_reasons")),
)
"""The ten measures a committee reads first, and what stands beside them."""
