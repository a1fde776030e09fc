"""Workforce: posts, leaving, recruitment, agency, hours and teams."""

from __future__ import annotations

from simulation.settings.section import Section, number

_COUNT = "DfE children's social work workforce 2020: England on Bradford's 142,000 children"
_ALL_AUTHORITIES = "DfE workforce 2019 to 2023 across 147 authorities"


class Workforce(Section):
    """Posts, pay, effort and agency policy are inputs; vacancies, agency share, turnover and caseload emerge."""

    # ---- posts and teams
    permanent_posts_fte: float = number(457, "Permanent social-work posts established.", unit="FTE", low=0, high=20_000, source=_COUNT + ", in post plus vacancies", confidence="C")
    posts_after_inspection_share: float = number(0.0, "Rise of the established posts in the half-year after an inadequate judgement, where the posts' own path does not contain it.", unit="share", low=0, high=1, source="event study of 17 authorities: vacancy +8.7 points while turnover did not rise; about 0.1", confidence="J", prior=(0, 0.15))
    start_permanent_fte: float = number(383, "Permanent social workers in post on the starting date.", unit="FTE", low=0, high=20_000, source=_COUNT, confidence="C")
    start_agency_fte: float = number(70, "Agency social workers in post on the starting date.", unit="FTE", low=0, high=20_000, source=_COUNT, confidence="C")
    case_holder_share: float = number(0.545, "Posts that hold cases, agency posts alike; applies to posts when they are created.", unit="share", low=0.05, high=1, source="DfE 2020: 20,530 case holders of 37,653", confidence="C")
    team_size: float = number(6.5, "Case holders in a team when teams are formed.", unit="workers", low=1, high=30, source="general knowledge: five to seven a manager", confidence="M", prior=(5, 8))
    assessment_share: float = number(0.30, "Case holders in assessment teams.", unit="share", low=0, high=1, source="the split at which pressure is alike in all teams of England 2020, by simulation", confidence="J", prior=(0.25, 0.35))
    locality_share: float = number(0.46, "Case holders in locality teams; the rest work with children in care.", unit="share", low=0, high=1, source="the same; Bradford had 143 of 290 workers in locality and assessment (2018)", confidence="J", prior=(0.38, 0.48))
    # ---- leaving
    leaving_per_year: float = number(0.102, "Yearly hazard of leaving for another authority or for other work, settled worker in a settled service.", unit="per year", low=0, high=2, source="DfE 2020: turnover 13.5%; ad hoc 2021: 12.8 of 15.4% went elsewhere than agency", confidence="C", prior=(0.085, 0.12))
    to_agency_per_year: float = number(0.020, "The same, of leaving for agency work.", unit="per year", low=0, high=1, source="DfE ad hoc 2021: 2.6 of 15.4%", confidence="C", prior=(0.012, 0.03))
    new_starter_leaving_ratio: float = number(1.6, "Hazard ratio of leaving in the first years of service.", unit="ratio", low=0.5, high=5, source="DfE 2022: 70% of leavers had under five years", confidence="C", prior=(1.3, 2.0))
    new_starter_years: float = number(2.0, "Years of service to which that ratio applies.", unit="years", low=0, high=10, source="Bradford 2018: 'stay two years then move on'", confidence="M", prior=(1.5, 3))
    leaving_overload_elasticity: float = number(0.35, "How the hazard rises with a worker's own overload: its power.", unit="elasticity", low=0, high=3, source="surveys: workload the first stressor; no relation between authorities", confidence="J", prior=(0.1, 0.7))
    usual_pressure: float = number(1.2, "Hours asked for over hours at contract in an ordinary authority: overload is counted from here.", unit="ratio", low=0.3, high=3, source="capacity identity, England 2020: 136 over 111 hours a month", confidence="C", prior=(1.1, 1.3))
    vacancy_leaving_ratio: float = number(1.05, "Hazard ratio of leaving for each ten points of vacancy above the ordinary 16%.", unit="ratio", low=0.8, high=2, source=_ALL_AUTHORITIES + ": rank correlation with next year's turnover 0.23", confidence="J", prior=(1.0, 1.1))
    agency_leaving_ratio: float = number(1.05, "The same, for each ten points of agency share above the ordinary 15%.", unit="ratio", low=0.8, high=2, source=_ALL_AUTHORITIES + ": rank correlation with next year's turnover 0.23", confidence="J", prior=(1.0, 1.1))
    leader_gap_leaving: float = number(0.05, "Rise of leaving for each senior post without a leader (an interim counts half).", unit="share", low=0, high=1, source="judgement", confidence="J", prior=(0, 0.1))
    restructure_leaving: float = number(0.10, "Rise of leaving while a restructure lasts.", unit="share", low=0, high=1, source="judgement", confidence="J", prior=(0, 0.2))
    notice_weeks: float = number(8, "Notice given by permanent workers.", unit="weeks", low=0, high=52, source="general knowledge", confidence="M", prior=(6, 12))
    # ---- pay
    pay_gap_share: float = number(0.0, "How far pay is below that of neighbouring authorities (negative: above).", unit="share", low=-0.5, high=0.5, source="choice of the user", confidence="X")
    retention_payment_gbp_per_year: float = number(0.0, "Retention payment to each permanent worker.", unit="GBP a year", low=0, high=50_000, source="choice of the user", confidence="X")
    reference_pay_gbp_per_year: float = number(40_000, "Pay that a retention payment is compared with.", unit="GBP a year", low=10_000, high=200_000, source="general knowledge: experienced worker's grade", confidence="M", prior=(36_000, 44_000))
    leaving_pay_elasticity: float = number(1.2, "How the hazard of leaving falls with pay: its power.", unit="elasticity", low=0, high=6, source="no causal estimate for social workers; other public workers about one", confidence="J", prior=(0, 2.4))
    hiring_pay_elasticity: float = number(1.8, "How recruitment rises with pay: its power.", unit="elasticity", low=0, high=6, source="no causal estimate for social workers", confidence="J", prior=(0, 3.6))
    # ---- recruitment
    recruitment_effort: float = number(1.0, "Applications drawn by each vacancy, against an ordinary authority.", unit="ratio", low=0, high=10, source="choice of the user", confidence="X")
    applications_per_vacancy_per_year: float = number(0.82, "Experienced workers appointed to each open vacancy, while the labour pool is full.", unit="per year", low=0, high=20, source="fitted: England 2020 vacancy 16.1%, starters 16%", confidence="C", prior=(0.6, 1.1))
    experienced_pool_per_10k: float = number(4.2, "Experienced workers in reach who might come, for each 10,000 children, when the pool is full.", unit="workers per 10,000", low=0, high=200, source="judgement", confidence="J", prior=(3, 6))
    pool_refill_per_year: float = number(1.5, "Rate at which the pool fills up again.", unit="per year", low=0, high=20, source="judgement", confidence="J", prior=(0.8, 2.5))
    newly_qualified_per_10k: float = number(2.6, "Newly qualified workers in reach each autumn, for each 10,000 children.", unit="workers per 10,000", low=0, high=200, source="judgement: two in five starters are newly qualified", confidence="J", prior=(1.8, 3.5))
    newly_qualified_appointed_per_year: float = number(3.0, "The same as for experienced workers, from the autumn cohort, in September and October.", unit="per year", low=0, high=50, source="fitted: two in five starters", confidence="C", prior=(2, 4.5))
    weeks_to_start: float = number(17, "Weeks from the offer to the first day of an experienced worker.", unit="weeks", low=0, high=104, source="general knowledge: three to five months with notice", confidence="M", prior=(13, 22))
    experience_years: float = number(6, "Mean years qualified of experienced workers who come.", unit="years", low=1, high=40, source="judgement", confidence="J", prior=(4, 9))
    # ---- agency
    agency_cover_share: float = number(0.82, "Agency posts opened for each vacancy.", unit="ratio", low=0, high=3, source="DfE 2020: agency workers cover 74% of vacancies; filled nine tenths of the time", confidence="C", prior=(0.7, 0.95))
    agency_beyond_share: float = number(0.036, "Agency posts opened besides, for absence and projects, for each permanent post.", unit="ratio", low=0, high=2, source="DfE 2020: 1,272 agency workers do not cover vacancies, of 37,965 posts", confidence="C", prior=(0.02, 0.06))
    agency_cap_fte: float = number(20_000, "Most agency workers allowed.", unit="FTE", low=0, high=20_000, source="choice of the user", confidence="X")
    agency_caseload_trigger: float = number(18, "Mean caseload above which agency workers are bought beyond the establishment.", unit="cases per worker", low=1, high=100, source="judgement: England 16.3 (2020)", confidence="J", prior=(15, 20))
    agency_overload_share: float = number(0.3, "Share of the workers missing at that caseload who are bought.", unit="share", low=0, high=1, source="judgement", confidence="J", prior=(0.1, 0.6))
    agency_inspection_cover: float = number(0.2, "Agency posts opened beyond that for each vacancy on the day leaders are twice as ready to buy.", unit="ratio", low=0, high=2, source="fitted: event study of 17 authorities, agency +8.6 points as vacancy +8.7 points", confidence="J", prior=(0, 0.4))
    agency_fill_weeks: float = number(4, "Mean weeks to fill an agency post.", unit="weeks", low=0.5, high=52, source="general knowledge: two to six", confidence="M", prior=(2, 6))
    agency_stay_weeks: float = number(45, "Mean weeks an agency worker stays.", unit="weeks", low=2, high=300, source="general knowledge: nine to twelve months", confidence="M", prior=(36, 52))
    agency_notice_weeks: float = number(2.5, "Mean notice of agency workers, who give between 0.4 and 1.6 of it.", unit="weeks", low=0, high=26, source="general knowledge", confidence="M", prior=(1, 4))
    agency_release_weeks: float = number(8, "Mean weeks until an agency worker who is no longer wanted is let go.", unit="weeks", low=1, high=104, source="judgement", confidence="J", prior=(4, 16))
    # ---- hours
    contracted_hours: float = number(37, "Contracted hours.", unit="hours a week", low=1, high=60, source="national joint council terms", confidence="M", prior=(36, 37))
    stretch_hours: float = number(45, "Hours a worker can be stretched to.", unit="hours a week", low=1, high=80, source="BASW 80:20 survey: a working week of 45 hours", confidence="F", prior=(42, 47))
    weeks_worked_share: float = number(0.846, "Weeks worked of the year, leave and training taken out.", unit="share", low=0.3, high=1, source="44 of 52 weeks", confidence="M", prior=(0.82, 0.87))
    other_work_share: float = number(0.18, "Hours not spent on cases: meetings, duty, supervision.", unit="share", low=0, high=0.8, source="capacity identity, England 2020", confidence="J", prior=(0.14, 0.22))
    newly_qualified_weeks: float = number(52, "Length of the assessed and supported year.", unit="weeks", low=0, high=260, source="ASYE", confidence="M", prior=(52, 60))
    newly_qualified_protected_share: float = number(0.10, "Hours protected in that year.", unit="share", low=0, high=0.9, source="ASYE: 10% promised to 82%", confidence="M", prior=(0.05, 0.1))
    newly_qualified_first_load: float = number(0.4, "Caseload at the start of that year, of a full one.", unit="share", low=0, high=1, source="Newham", confidence="M", prior=(0.3, 0.5))
    newly_qualified_last_load: float = number(0.9, "Caseload at its end.", unit="share", low=0, high=1, source="Newham", confidence="M", prior=(0.8, 1.0))
    newly_qualified_supervision_hours: float = number(0.7, "Hours a week that a newly qualified worker takes from experienced workers of the team.", unit="hours a week", low=0, high=20, source="ASYE: 74% have up to three hours a month", confidence="M", prior=(0.4, 1.2))
    caseload_limit: float = number(26, "Cases at which allocation passes a worker over.", unit="cases", low=1, high=200, source="Bradford 2018: 23 workers with 25 or more; small numbers to over 50 in 2019", confidence="J", prior=(20, 30))
    last_weeks_without_new_cases: float = number(3, "Last weeks of notice in which no new case is given.", unit="weeks", low=0, high=26, source="judgement", confidence="J", prior=(1, 4))
    pressure_weeks: float = number(6, "Weeks over which overload is felt.", unit="weeks", low=1, high=104, source="judgement", confidence="J", prior=(4, 12))
    # ---- sickness
    sickness_spells_per_year: float = number(0.8, "Spells of sickness a worker has in a year.", unit="per year", low=0, high=20, source="fitted: DfE 2020, 2.9% of days", confidence="C", prior=(0.7, 0.9))
    sickness_days: float = number(14, "Mean length of a spell, in calendar days.", unit="days", low=1, high=365, source="judgement", confidence="J", prior=(10, 18))
    sickness_shape: float = number(0.6, "Weibull shape of its length: below one, most are short and a few very long.", unit="shape", low=0.2, high=3, source="judgement", confidence="J", prior=(0.5, 0.8))
    sickness_overload_elasticity: float = number(1.0, "How spells rise with a worker's own overload: their power.", unit="elasticity", low=0, high=5, source="Bradford 2.4 to 5.2% as use of hours rose from 0.95 to 1.05 of a stretched week", confidence="J", prior=(0.5, 2.5))
