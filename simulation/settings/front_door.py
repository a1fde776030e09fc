"""The front door: decisions, assessments, enquiries, conferences and plans; recognition and thresholds."""

from __future__ import annotations

from simulation.settings.section import Section, choice, number

_FITTED = "fitted to published conversions of the base year"


class FrontDoor(Section):
    """Thresholds are shares of a reference population, so that the share that passes them is emergent."""

    no_action_share: float = number(0.063, "Referrals closed at the decision: the least serious share.", unit="share", low=0, high=0.9, source="DfE characteristics of children in need 2020, England", confidence="D")
    not_in_need_share: float = number(0.302, "Referrals assessed as not in need: the next share.", unit="share", low=0, high=0.9, source="DfE characteristics of children in need 2020, England", confidence="D")
    s47_share: float = number(0.31, "Referrals serious enough for an enquiry: the most serious share.", unit="share", low=0, high=1, source="DfE 2020: 170.5 of 545 per 10,000 " + _FITTED, confidence="D")
    conference_share: float = number(0.385, "Enquiries serious enough for a conference.", unit="share", low=0, high=1, source="DfE 2020 " + _FITTED, confidence="C")
    plan_share: float = number(0.86, "Conferences that end in a protection plan.", unit="share", low=0, high=1, source="DfE 2020", confidence="C")
    emergency_share: float = number(0.017, "Enquiries that end in police protection or an emergency order at once.", unit="share", low=0, high=0.5, source="DfE 2021: 11% of starts (police protection and EPO)", confidence="C")
    entry_factor: float = number(0.77, "Multiplies every way into care; fitted to the starts of the year before the start.", unit="ratio", low=0.05, high=10, source=_FITTED + " (369 a year on Bradford's population, England 2020)", confidence="C", prior=(0.65, 0.9))
    entry_year_spread: float = number(0.0, "Yearly standard deviation of the log of ways into care as a random walk.", unit="log points", low=0, high=0.6, source="zero unless a profile estimates it", confidence="J", prior=(0.0, 0.15))
    voluntary_per_year: float = number(0.0115, "Yearly chance that a child in need of reference seriousness comes into care under section 20.", unit="per year", low=0, high=2, source=_FITTED, confidence="C", prior=(0.008, 0.02))
    voluntary_slope: float = number(1.1, "How the log of that chance rises with recognised risk.", unit="per standard deviation", low=0, high=5, source="judgement", confidence="J", prior=(0.7, 1.5))
    entry_ratio_by_age: list[float] = choice(lambda: [9.0, 0.9, 0.55, 0.6, 1.5], "Ratio of ways into care by age: under 1, 1 to 4, 5 to 9, 10 to 15, 16 and over.", source="fitted to starts by age (DfE 2021: 20, 18, 17, 26, 20%)", confidence="C")
    sibling_entry_share: float = number(0.65, "Chance that siblings on open plans come into care with a child who does.", unit="share", low=0, high=1, source="judgement; half of looked-after children have a sibling in care (Devon FOI 2019)", confidence="J", prior=(0.5, 0.8))
    preproceedings_per_plan: float = number(0.56, "Chance that a protection plan leads to a letter before proceedings.", unit="share", low=0, high=1, source=_FITTED, confidence="C", prior=(0.45, 0.75))
    preproceedings_care_share: float = number(0.448, "Share in care twelve months after the letter before proceedings.", unit="share", low=0, high=1, source="Taylor et al 2024, control arm of the family group conference trial", confidence="F")
    preproceedings_weeks: float = number(16, "Median weeks from the letter to care for those who come into care.", unit="weeks", low=1, high=52, source="best-practice guidance 2021", confidence="M", prior=(10, 24))
    miss_chance: float = number(0.30, "Chance that longer-term harm goes unrecognised at an assessment done in time and in full.", unit="share", low=0, high=1, source="judgement: re-referral 22.6% (DfE 2020) and Ofsted 2018 on late recognition", confidence="J", prior=(0.15, 0.45))
    miss_other_ratio: float = number(0.35, "The same for other harm, as a ratio.", unit="ratio", low=0, high=1, source="judgement", confidence="J", prior=(0.2, 0.6))
    miss_when_rushed: float = number(0.5, "Extra chance of missing, as a ratio, for each unit of the worker's pressure above one.", unit="ratio", low=0, high=5, source="judgement", confidence="J", prior=(0.2, 1.0))
    miss_depth: float = number(1.2, "How far seriousness is underrated when it is missed.", unit="standard deviations", low=0, high=4, source="judgement", confidence="J", prior=(0.8, 1.6))
    worsening: float = number(0.35, "How much more serious a missed child is on coming back.", unit="standard deviations", low=0, high=3, source="judgement", confidence="J", prior=(0.1, 0.6))
    serious_risk: float = number(1.0, "Latent seriousness above which unrecognised risk is counted.", unit="standard deviations", low=-2, high=4, source="judgement: about the level of a protection plan", confidence="J", prior=(0.8, 1.4))
    return_chance: float = number(0.39, "Chance that a closed case is referred again at all.", unit="share", low=0, high=0.95, source="fitted so that re-referrals within 12 months are 22.6% (DfE 2020)", confidence="C", prior=(0.32, 0.45))
    return_chance_missed: float = number(0.70, "The same where serious risk was missed.", unit="share", low=0, high=1, source="judgement", confidence="J", prior=(0.55, 0.85))
    return_years: float = number(0.5, "Scale of the time to that return (Weibull shape 0.8).", unit="years", low=0.05, high=10, source="fitted with return_chance", confidence="C", prior=(0.4, 0.8))
    assessment_days_mean: float = number(32, "Working days an assessment needs beyond the worker's hours: partners, visits, family.", unit="working days", low=1, high=60, source="judgement: 83.8% within 45 days in England 2020", confidence="J", prior=(28, 36))
    assessment_days_spread: float = number(0.42, "Coefficient of variation of that time.", unit="ratio", low=0, high=1.5, source="judgement", confidence="J", prior=(0.3, 0.55))
    need_plan_years: float = number(0.50, "Scale of the length of child-in-need plans (Weibull shape 0.75).", unit="years", low=0.05, high=5, source="fitted to durations of ended episodes and the stock (DfE 2020, 2022)", confidence="C", prior=(0.4, 0.6))
    protection_plan_years: float = number(0.86, "Mean length of protection plans (gamma-like, coefficient of variation 0.6).", unit="years", low=0.1, high=3, source="stock over flow, 51,510 plans on 66,900 starts a year (DfE 2020), as planned: plans that end early by a start in care are in the flow too", confidence="C")
    early_closing: float = number(1.0, "How strongly overload closes child-in-need cases early: extra closings for each unit of pressure above one.", unit="ratio", low=0, high=10, source="judgement (relief valve)", confidence="J", prior=(0.3, 2.0))
