"""The published stock on the starting date: children looked after by category, plans, open cases.

Categories need not sum: they are fitted together proportionally and the total is exact.
"""

from __future__ import annotations

from simulation.settings.section import Section, number

_ENGLAND = "DfE children looked after 2020, England shares on 68 per 10,000"
_BORROWED = "DfE children looked after 2021, England shares"


def _n(default: float, meaning: str, source: str = _ENGLAND, confidence: str = "D"):
    return number(default, meaning, unit="children", low=0, high=50_000, source=source, confidence=confidence)


class Stock(Section):
    """Children on the starting date (England's rates on Bradford's population unless a scenario says otherwise)."""

    looked_after: float = _n(966, "Children looked after.")
    age_under_1: float = _n(50, "Looked after, under 1.")
    age_1_4: float = _n(133, "Looked after, 1 to 4.")
    age_5_9: float = _n(178, "Looked after, 5 to 9.")
    age_10_15: float = _n(376, "Looked after, 10 to 15.")
    age_16_plus: float = _n(229, "Looked after, 16 and over.")
    placement_foster: float = _n(686, "Looked after in foster placements.")
    placement_homes: float = _n(87, "Looked after in children's homes and secure units.")
    placement_supported: float = _n(77, "Looked after in semi-independent and supported accommodation.")
    placement_parents: float = _n(68, "Looked after, placed with parents.")
    placement_adoption: float = _n(29, "Looked after, placed for adoption.")
    placement_other: float = _n(19, "Looked after in other placements.")
    legal_voluntary: float = _n(155, "Looked after under section 20.", _BORROWED)
    legal_interim: float = _n(184, "Looked after under interim care orders.", _BORROWED)
    legal_care_order: float = _n(565, "Looked after under full care orders.", _BORROWED)
    legal_placement_order: float = _n(58, "Looked after under placement orders.", _BORROWED)
    legal_other: float = _n(4, "Looked after, detained for protection or on remand.", _BORROWED)
    provider_own: float = _n(464, "Looked after in the authority's own provision.", _BORROWED)
    provider_private: float = _n(358, "Looked after in private provision.", _BORROWED)
    provider_voluntary: float = _n(58, "Looked after in voluntary provision.", _BORROWED)
    outside_boundary: float = _n(406, "Placed outside the boundary.", "DfE children looked after 2021, England 42%")
    over_20_miles_outside: float = _n(155, "Placed over 20 miles from home and outside the boundary.", "DfE LAIT 2020, England 16%")
    unaccompanied: float = _n(58, "Unaccompanied asylum-seeking children looked after.")
    foster_kinship_share: float = number(0.22, "Kinship households' share of children in foster placements.", unit="share", low=0, high=1, source="Sufficiency.org.uk FOI September 2024 (15.6 of 68.3%)", confidence="F", prior=(0.15, 0.3))
    homes_own_share: float = number(0.18, "The authority's own homes' share of children in homes.", unit="share", low=0, high=1, source="Ofsted 2023: authorities run 18% of places in England", confidence="D", prior=(0.1, 0.25))
    siblings_in_care_share: float = number(0.50, "Looked-after children with a brother or sister in care.", unit="share", low=0, high=0.95, source="Devon FOI 2019 (382 of 762)", confidence="F", prior=(0.4, 0.6))
    two_worker_changes_share: float = number(0.27, "Looked-after children with two or more changes of worker in the year before the start.", unit="share", low=0, high=1, source="DfE stability measures 2024, England 3+ workers", confidence="D")
    three_placements_share: float = number(0.11, "Looked-after children with three or more placements in the year before the start.", unit="share", low=0, high=1, source="DfE 2020, England", confidence="D")
    children_in_need: float = _n(4686, "Open episodes of need, including plans and looked after.", "DfE characteristics of children in need 2020: 330 per 10,000")
    protection_plans: float = _n(621, "Children on protection plans.", "DfE characteristics of children in need 2020: 43.7 per 10,000")
    plan_missing_share: float = number(0.015, "Looked-after children past their second review without an agreed permanence plan at the start.", unit="share", low=0, high=1, source="no published rate: prior stated before running", confidence="J", prior=(0.005, 0.06))
    siblings_together_share: float = number(0.75, "Sibling groups with a plan to live together whose children share a kind of placement at the start.", unit="share", low=0, high=1, source="fitted to half of groups wholly together (Family Rights Group; Devon FOI)", confidence="C", prior=(0.6, 0.9))
    siblings_split_share: float = number(0.30, "Siblings in the same kind of placement at the start who live apart all the same.", unit="share", low=0, high=1, source="fitted: groups together at the start nearer to what a steady flow leaves (half: Family Rights Group; Devon FOI)", confidence="C", prior=(0.15, 0.4))
