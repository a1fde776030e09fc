"""Gates: agreement, not hours: panels, decision makers, reviewing officers, assessors, chairs and family finders."""

from __future__ import annotations

from simulation.settings.section import Section, number


class Gates(Section):
    """Weekly slots for each gate; a queue forms when more arrive. Slots are for Bradford's size; profiles scale them."""

    conference_slots_per_week: float = number(32, "Initial conferences that chairs can hold in a week (children).", unit="children a week", low=0, high=2000, source="judgement: a fifth above England's conferences on Bradford's population (2020)", confidence="J", prior=(26, 38))
    conference_days: float = number(12.0, "Mean working days from the start of an enquiry until family and other services can come to a conference.", unit="working days", low=1, high=30, source="fitted: 77.6% within 15 days, England 2020", confidence="C", prior=(10.5, 13.5))
    conference_days_spread: float = number(0.35, "Spread of that time between families: its coefficient of variation.", unit="ratio", low=0, high=3, source="judgement", confidence="J", prior=(0.2, 0.5))
    legal_gateway_slots_per_week: float = number(9, "Cases (families) agreed to be issued or to receive a letter in a week.", unit="families a week", low=0, high=500, source="judgement", confidence="J", prior=(7, 12))
    permanence_panel_slots_per_week: float = number(15, "Plans that panel, decision maker or reviewing officers agree in a week.", unit="plans a week", low=0, high=1000, source="judgement: reviewing officers' caseload 50 to 70", confidence="J", prior=(12, 20))
    panel_days: float = number(7, "Days from sign-off to the first panel a plan can reach.", unit="days", low=0, high=90, source="judgement: fortnightly panels, half a cycle", confidence="J", prior=(4, 14))
    kinship_assessors: float = number(11, "Kinship and reunification assessors.", unit="FTE", low=0, high=500, source="judgement", confidence="J", prior=(8, 14))
    kinship_assessment_weeks: float = number(14, "Weeks a full kinship assessment takes one assessor, at two at a time.", unit="weeks", low=1, high=60, source="general knowledge of the field: twelve to sixteen weeks", confidence="M", prior=(12, 16))
    family_finders: float = number(6, "Family finders for adoption and long-term fostering.", unit="FTE", low=0, high=300, source="judgement", confidence="J", prior=(4, 8))
    family_finder_children: float = number(16, "Children a family finder can search for at once.", unit="children", low=1, high=100, source="judgement", confidence="J", prior=(12, 20))
    matching_panel_slots_per_week: float = number(4, "Matches a panel can agree in a week.", unit="matches a week", low=0, high=300, source="judgement", confidence="J", prior=(3, 6))
    follow_posts: float = number(1.0, "How far chairs, panels, assessors and family finders follow the permanent posts: 1 in proportion, 0 not at all; lawyers do not.", unit="ratio", low=0, high=2, source="judgement: the workforce return counts them among the posts", confidence="J", prior=(0.5, 1.0))
