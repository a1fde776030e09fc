"""Practice levers with evidence of effect."""

from __future__ import annotations

from simulation.settings.section import Section, number


class Practice(Section):
    """Each lever says who is eligible and what evidence there is; zero means that it is not used."""

    family_group_conference_share: float = number(0.0, "Eligible families before proceedings who are offered a family group conference.", unit="share", low=0, high=1, source="choice of the user", confidence="X")
    family_group_conference_ratio: float = number(0.808, "Ratio of coming into care within 12 months with a conference (36.2 against 44.8%).", unit="ratio", low=0.3, high=1.2, source="Taylor et al 2024, trial of 1,511 families in 21 authorities", confidence="F", prior=(0.70, 0.93))
    family_group_conference_gbp: float = number(1_000, "Cost of a conference.", unit="GBP", low=0, high=20_000, source="judgement", confidence="J", prior=(500, 2000))
    edge_of_care_share: float = number(0.0, "Eligible adolescents on open plans reached by an edge-of-care service.", unit="share", low=0, high=1, source="choice of the user", confidence="X")
    edge_of_care_least_risk: float = number(-5.0, "Recognised seriousness from which they are offered it; 1.2 is the most serious quarter of them.", unit="standard deviations", low=-5, high=5, source="choice of the user", confidence="X")
    edge_of_care_ratio: float = number(0.75, "Ratio of their chance of coming into care.", unit="ratio", low=0.2, high=1.2, source="No Wrong Door 2017, before and after only; shrunk", confidence="J", prior=(0.5, 1.0))
    edge_of_care_gbp_per_year: float = number(9_000, "Cost of the service for each adolescent a year.", unit="GBP a year", low=0, high=200_000, source="judgement", confidence="J", prior=(5000, 15000))
    reunification_support_share: float = number(0.0, "Children returning home who get six months' support.", unit="share", low=0, high=1, source="choice of the user", confidence="X")
    reunification_support_ratio: float = number(0.75, "Ratio of coming back into care with support.", unit="ratio", low=0.2, high=1.2, source="effect assumed (NSPCC 2024 gives cost, not effect)", confidence="J", prior=(0.5, 1.0))
    reunification_support_gbp: float = number(7_857, "Cost of the support for one child.", unit="GBP", low=0, high=200_000, source="NSPCC 2024", confidence="F")
    discharge_effort: float = number(1.0, "Pace at which care orders of children settled at home are brought back to court for discharge.", unit="ratio", low=0, high=10, source="choice of the user", confidence="X")
