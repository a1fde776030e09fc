"""Permanence: routes, early return, steps and their times."""

from __future__ import annotations

from simulation.settings.section import Section, choice, number


class Permanence(Section):
    """How children come to a settled home. Route shares are what is looked for; who arrives and when is emergent."""

    early_home_share: float = number(0.13, "Share of entrants who go home early, before a plan is needed.", unit="share", low=0, high=0.9, source="one large authority: 36% of entrants went home, mean 53 days (UEA 2019); exits home 20 to 22% of exits (DfE 2020)", confidence="F", prior=(0.10, 0.36))
    early_home_days: float = number(60, "Mean days in care of those who go home early.", unit="days", low=1, high=365, source="UEA 2019: 53 days", confidence="F", prior=(45, 80))
    routes_under_1: list[float] = choice(lambda: [0.03, 0.25, 0.10, 0.12, 0.50, 0.0, 0.0], "Shares of routes sought, age under 1 at the plan: home, kinship, discharge at home, long-term fostering, adoption, residential, supported.", source="fitted to exits by reason and age (DfE 2021)", confidence="C")
    routes_1_4: list[float] = choice(lambda: [0.04, 0.27, 0.14, 0.25, 0.30, 0.0, 0.0], "The same, age 1 to 4.", source="fitted to exits by reason and age (DfE 2021)", confidence="C")
    routes_5_9: list[float] = choice(lambda: [0.05, 0.20, 0.16, 0.51, 0.04, 0.04, 0.0], "The same, age 5 to 9.", source="fitted to exits by reason and age (DfE 2021)", confidence="C")
    routes_10_15: list[float] = choice(lambda: [0.05, 0.08, 0.13, 0.58, 0.0, 0.16, 0.0], "The same, age 10 to 15.", source="fitted to exits by reason and age (DfE 2021)", confidence="C")
    routes_16_plus: list[float] = choice(lambda: [0.04, 0.01, 0.04, 0.28, 0.0, 0.13, 0.50], "The same, age 16 and over.", source="fitted to exits by reason and age (DfE 2021)", confidence="C")
    home_weeks: float = number(20, "Weeks of phased return home after the plan is agreed and assessed.", unit="weeks", low=1, high=104, source="judgement", confidence="J", prior=(12, 30))
    kinship_order_weeks: float = number(18, "Weeks from a positive kinship assessment to the order, where no proceedings are open.", unit="weeks", low=1, high=104, source="judgement", confidence="J", prior=(12, 26))
    discharge_weeks: float = number(150, "Weeks placed at home before discharge of a care order is applied for.", unit="weeks", low=4, high=400, source="stock over flow: 7% of children placed with parents, some 2% of the stock discharged from there in a year (DfE 2020)", confidence="J", prior=(100, 200))
    adoption_decision_months: list[float] = choice(lambda: [6.5, 8, 7.5, 9, 9, 8.5, 18, 31], "Months from entering care to the decision that a child should be placed for adoption, by age at entry: under 1, 1, 2, 3, 4, 5, 6, 7 and over.", source="DfE adoption stage tables, mean of 2021 and 2022; range of the years: 6 to 7, 7 to 9, 7 to 8, 9, 7 to 11, 8 to 9, 18, 28 to 34", confidence="D")
    family_finding_months: list[float] = choice(lambda: [5.5, 10.5, 12, 12, 12.5, 11, 11, 9.5], "Mean months of family finding once a placement order is made, for a child searched for in full, by age at entry as above.", source="DfE adoption stage tables, decision to match, mean of 2021 and 2022 (7.5, 11.5, 13, 13, 13.5, 12, 11, 9.5), less the wait for the order, which the model has of itself (judgement: 2 months under 1, 1 to five); range a fifth either way", confidence="C")
    adoption_order_months: float = number(10, "Months from placement to the adoption order.", unit="months", low=2, high=36, source="DfE 2021", confidence="D")
    adoption_limit_months: float = number(36, "Months of family finding after which the plan changes.", unit="months", low=6, high=120, source="judgement", confidence="J", prior=(24, 48))
    long_term_match_weeks: float = number(12, "Weeks a child should have been settled with carers before a long-term match is put to panel.", unit="weeks", low=0, high=104, source="judgement", confidence="J", prior=(8, 26))
    later_home_per_year: float = number(0.018, "Yearly chance of an unplanned or later return home for children without that plan.", unit="per year", low=0, high=1, source="fitted to exits by reason (DfE 2021)", confidence="C", prior=(0.01, 0.03))
    later_kinship_per_year: float = number(0.015, "Yearly chance that the plan of a settled child turns to special guardianship with the present carers.", unit="per year", low=0, high=1, source="DfE: 64% of SGOs to relatives already caring", confidence="J", prior=(0.005, 0.03))
    other_leaving_per_year: float = number(0.065, "Yearly chance of leaving for another reason (custody, abroad, transfer, residence orders).", unit="per year", low=0, high=1, source="fitted to exits by reason (DfE 2021)", confidence="C", prior=(0.05, 0.08))
    exit_factor: float = number(0.85, "Multiplies the pace of leaving care by other ways than turning eighteen; fitted.", unit="ratio", low=0.1, high=5, source="fitted to the ceased of the year before the start", confidence="C", prior=(0.75, 0.95))
    plan_before_second_review_days: float = number(119, "Days from entering care to the second review: 20 working days and three months.", unit="days", low=30, high=400, source="Care Planning, Placement and Case Review Regulations 2010, reg. 33", confidence="M", prior=(112, 126))
    ask_from_days: float = number(28, "Days in care from which a plan can be asked for: at the first review.", unit="days", low=0, high=365, source="judgement", confidence="J", prior=(21, 42))
    rework_hours: float = number(5, "Hours of work when a manager sends a plan back.", unit="hours", low=0, high=40, source="judgement", confidence="J", prior=(2, 10))
    reentry_3_months: float = number(0.12, "Share back in care within 3 months of returning home.", unit="share", low=0, high=1, source="Goldacre et al 2022", confidence="F")
    reentry_1_year: float = number(0.20, "Share back in care within a year.", unit="share", low=0, high=1, source="Goldacre et al 2022", confidence="F")
    reentry_6_years: float = number(0.35, "Share back in care within six years.", unit="share", low=0, high=1, source="Goldacre et al 2022", confidence="F")
    plan_life_days: float = number(540, "Days for which a plan that has been explained stays understood without being gone over again.", unit="days", low=30, high=3650, source="judgement", confidence="J", prior=(365, 730))
