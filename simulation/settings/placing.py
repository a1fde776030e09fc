"""Placing: how a place is looked for, when it breaks down and when a move is planned."""

from __future__ import annotations

from typing import Literal

from simulation.settings.section import Section, choice, number

_MULTIPLIERS = "judgement; directions from reviews (Rock et al; Eltink et al 2025)"
_FITTED = "fitted to filled, vacant and unavailable places and to the share outside the boundary (Ofsted; DfE 2020)"


class Placing(Section):
    """Searches, sibling plans, breakdown and planned moves."""

    order: Literal["most_urgent_first", "longest_waiting_first", "largest_group_first"] = choice("most_urgent_first", "Whose search is served first.")
    score: Literal["own_then_near", "nearest", "cheapest"] = choice("own_then_near", "How suitable places are ranked: lower is better.")
    own_acceptance: float = number(0.016, "Chance that an own carer whose approval fits says yes to a child of middling complexity.", unit="share", low=0, high=1, source=_FITTED, confidence="C", prior=(0.01, 0.03))
    agency_acceptance: float = number(0.010, "The same for agency carers.", unit="share", low=0, high=1, source=_FITTED, confidence="C", prior=(0.006, 0.02))
    home_acceptance: float = number(0.04, "The same for children's homes.", unit="share", low=0, high=1, source=_FITTED, confidence="C", prior=(0.02, 0.1))
    supported_acceptance: float = number(0.08, "The same for supported accommodation.", unit="share", low=0, high=1, source=_FITTED, confidence="C", prior=(0.04, 0.2))
    widening_ratio: float = number(2.0, "How much readier carers are when a search is widened because nothing was found.", unit="ratio", low=1, high=50, source="judgement: exemptions and repeated calls", confidence="J", prior=(1.5, 4))
    widenings: int = number(5, "Times a search is widened before it ends in an emergency night.", unit="times", low=0, high=12, source="judgement", confidence="J", prior=(4, 8))
    sibling_extra_calls: int = number(2, "Further times a search is widened for siblings before they are parted.", unit="times", low=0, high=12, source="fitted to half of groups wholly together", confidence="C", prior=(0, 4))
    relaxing_per_week: float = number(0.025, "How much more complexity carers and homes take on for each week that a search has lasted.", unit="share a week", low=0, high=1, source="judgement: exemptions, support packages", confidence="J", prior=(0.0, 0.1))
    second_choice_calls: int = number(2, "Times a search is widened before a second choice of kind is considered: homes for those meant for fostering, and the other way round.", unit="times", low=0, high=12, source="fitted to 9% in homes, 12% five years later (DfE)", confidence="C", prior=(2, 5))
    residential_age_years: float = number(9, "Age from which a children's home is considered when fostering fails.", unit="years", low=0, high=18, source="Ofsted: few under 10 in children's homes", confidence="M", prior=(8, 11))
    residential_complexity: float = number(0.82, "Complexity from which a children's home is looked for first.", unit="share", low=0, high=1, source="fitted to 9% in homes (DfE 2020)", confidence="C", prior=(0.75, 0.92))
    foster_acceptance_at_high_complexity: float = number(0.25, "Acceptance of the most complex child relative to the simplest.", unit="ratio", low=0, high=1, source="judgement", confidence="J", prior=(0.1, 0.5))
    teenager_acceptance_ratio: float = number(0.5, "Foster carers' acceptance of a child of 11 or over, against a younger child.", unit="ratio", low=0, high=2, source="judgement: shortage of carers for teenagers", confidence="J", prior=(0.3, 0.8))
    supported_age_years: float = number(16, "Age from which supported accommodation is considered.", unit="years", low=16, high=18, source="Supported Accommodation Regulations 2023", confidence="F")
    supported_first_share: float = number(0.6, "Children of that age for whom supported accommodation is looked for first.", unit="share", low=0, high=1, source="fitted to 8% in supported accommodation (DfE 2020)", confidence="C", prior=(0.3, 0.6))
    kin_chance: float = number(0.24, "Chance that a family has relatives or friends who take the children at entry.", unit="share", low=0, high=1, source="Sufficiency.org.uk FOI 2024: 15.6% of children with kinship carers", confidence="J", prior=(0.15, 0.35))
    kin_rushed_share: float = number(0.5, "Such placements at entry that are made before any viability assessment.", unit="share", low=0, high=1, source="judgement; Ofsted visit October 2021: rushed placements with relatives break down", confidence="J", prior=(0.3, 0.7))
    kin_rushed_ratio: float = number(1.6, "Ratio of breakdown of a rushed kinship placement.", unit="ratio", low=0.5, high=5, source="judgement; direction Ofsted October 2021", confidence="J", prior=(1.2, 2.5))
    together_share: float = number(0.8, "Sibling groups whose assessed plan is to live together.", unit="share", low=0, high=1, source="judgement; most plans are for living together", confidence="J", prior=(0.7, 0.9))
    together_miles: float = number(35, "How far away a sibling group is placed in order to stay together.", unit="miles", low=0, high=300, source="judgement", confidence="J", prior=(20, 60))
    good_enough_miles: float = number(10, "Distance within which a place is good enough for a search that can wait.", unit="miles", low=0, high=300, source="judgement", confidence="J", prior=(5, 20))
    wait_weeks_for_better: float = number(0, "Weeks for which a search that can wait holds out for a place that is good enough.", unit="weeks", low=0, high=52, source="choice of the user: good enough now or better later", confidence="X")
    search_hours: float = number(3, "Social-work hours a search takes.", unit="hours", low=0, high=40, source="judgement, part of the hours a move takes", confidence="J", prior=(1, 6))
    failed_search_hours: float = number(3, "Further hours when nothing is found, each week.", unit="hours", low=0, high=40, source="judgement", confidence="J", prior=(2, 8))
    # breakdown
    disruptions_per_year: float = number(0.044, "Disruption-type endings a year of a settled placement of a child under 5 with no other risk.", unit="per year", low=0, high=5, source="fitted to 0.16 to 0.18 per child-year (DfE 2021 to 2025)", confidence="C", prior=(0.03, 0.06))
    first_month_ratio: float = number(4.5, "Ratio of breakdown in the first month.", unit="ratio", low=0, high=30, source=_MULTIPLIERS + "; shape fitted to durations (2016/17)", confidence="C", prior=(3, 7))
    first_quarter_ratio: float = number(2.6, "Ratio from the second to the third month.", unit="ratio", low=0, high=30, source=_MULTIPLIERS, confidence="J", prior=(1.8, 3.5))
    first_year_ratio: float = number(1.5, "Ratio from the fourth to the twelfth month.", unit="ratio", low=0, high=30, source=_MULTIPLIERS, confidence="J", prior=(1.2, 2))
    long_stay_ratio: float = number(0.9, "Ratio after three years.", unit="ratio", low=0, high=30, source="long-term stability 68% (DfE 2020)", confidence="C", prior=(0.6, 1.2))
    age_5_10_ratio: float = number(1.2, "Ratio at age 5 to 10, against under 5.", unit="ratio", low=0, high=10, source=_MULTIPLIERS, confidence="J", prior=(1, 1.5))
    age_11_15_ratio: float = number(1.9, "Ratio at age 11 to 15.", unit="ratio", low=0, high=10, source=_MULTIPLIERS, confidence="J", prior=(1.5, 2.4))
    age_16_ratio: float = number(1.5, "Ratio at age 16 and over.", unit="ratio", low=0, high=10, source=_MULTIPLIERS, confidence="J", prior=(1.2, 1.9))
    complexity_ratio: float = number(3.5, "Ratio of breakdown, and of moving on, of the most complex child against the simplest.", unit="ratio", low=1, high=20, source="externalising behaviour raises breakdown (Eltink et al 2025); size judged", confidence="J", prior=(2, 5))
    past_disruption_ratio: float = number(1.3, "Ratio for each earlier disruption, up to four.", unit="ratio", low=0.5, high=5, source=_MULTIPLIERS, confidence="J", prior=(1.1, 1.4))
    separated_ratio: float = number(1.2, "Ratio for a child apart from a sibling against the plan.", unit="ratio", low=0.5, high=5, source=_MULTIPLIERS, confidence="J", prior=(1, 1.4))
    worker_change_ratio: float = number(1.1, "Ratio for a change of worker in the last six months.", unit="ratio", low=0.5, high=5, source=_MULTIPLIERS, confidence="J", prior=(1, 1.2))
    far_ratio: float = number(1.1, "Ratio over 20 miles from home.", unit="ratio", low=0.5, high=5, source=_MULTIPLIERS, confidence="J", prior=(1, 1.3))
    kin_ratio: float = number(0.7, "Ratio with relatives or friends.", unit="ratio", low=0.1, high=5, source=_MULTIPLIERS, confidence="J", prior=(0.5, 1))
    parents_ratio: float = number(0.6, "Ratio with parents.", unit="ratio", low=0, high=5, source="judgement", confidence="J", prior=(0.3, 1))
    adoptive_ratio: float = number(0.2, "Ratio with adoptive families.", unit="ratio", low=0, high=5, source="Wijedasa and Selwyn 2017: 3.2% over 12 years after the order", confidence="J", prior=(0.1, 0.4))
    residential_ratio: float = number(1.2, "Ratio in children's homes and supported accommodation.", unit="ratio", low=0.1, high=5, source=_MULTIPLIERS, confidence="J", prior=(0.9, 1.6))
    immediate_share: float = number(0.25, "Breakdowns after which the child moves at once.", unit="share", low=0, high=1, source="Ofsted 2017-18: 25% moved within 24 hours", confidence="F")
    notice_days: float = number(28, "Days of notice in the others.", unit="days", low=0, high=120, source="usual terms", confidence="M", prior=(14, 28))
    # planned moves
    bridging_share: float = number(0.16, "New foster and residential placements meant to bridge until a planned move.", unit="share", low=0, high=1, source="fitted to 0.23 to 0.25 care-plan moves per child-year and to durations (DfE)", confidence="C", prior=(0.1, 0.25))
    bridging_days: float = number(8, "Scale of the days of a bridging placement.", unit="days", low=1, high=365, source="26% of ending foster placements lasted under a month (2016/17)", confidence="C", prior=(4, 20))
    bridging_shape: float = number(0.45, "Shape of these days: below one, many are very short.", unit="shape", low=0.2, high=5, source="14% of ending foster placements lasted up to a week (2016/17)", confidence="C", prior=(0.3, 1))
    siblings_go_too_share: float = number(0.85, "Breakdowns after which siblings who live there and are to stay together go too.", unit="share", low=0, high=1, source="judgement", confidence="J", prior=(0.5, 0.9))
    step_down_per_year: float = number(0.4, "Yearly rate at which young people of that age elsewhere in care are to move on to supported accommodation.", unit="per year", low=0, high=3, source="stock over flow: 8% of children in supported accommodation (DfE 2020), under a year there each; fitted so that England keeps it", confidence="C", prior=(0.2, 0.6))
    later_moves_per_year: float = number(0.025, "Yearly rate of other planned moves from placements that do not bridge.", unit="per year", low=0, high=2, source="fitted to 0.23 to 0.25 care-plan moves per child-year (DfE)", confidence="C", prior=(0.01, 0.06))
    other_moves_per_year: float = number(0.16, "Yearly rate of moves for other reasons.", unit="per year", low=0, high=2, source="DfE 2018 to 2021: 'other' reasons 115 to 221 a year in Bradford", confidence="C", prior=(0.12, 0.26))
    settled_days: float = number(730, "Days after which a child is settled and no longer moved by plan.", unit="days", low=0, high=6600, source="house rule: settled children are not moved to improve a figure", confidence="J", prior=(548, 1095))
