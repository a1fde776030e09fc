"""The family court."""

from __future__ import annotations

from simulation.settings.section import Section, number


class Court(Section):
    """Hearing capacity and the court's own time; backlog is told apart from the authority's late evidence."""

    final_hearings_per_10k_per_year: float = number(14.5, "Final hearings that the court can list for the authority, for each 10,000 children a year.", unit="cases per 10,000 a year", low=0, high=100, source="DfE LAIT 2020: 10.8 applications per 10,000 and 33 weeks", confidence="J", prior=(13, 16.5))
    capacity_factor: float = number(1.0, "Multiplies court capacity.", unit="ratio", low=0, high=5, source="choice of the user", confidence="X")
    process_weeks: float = number(33, "Weeks the court's own steps take before a final hearing can be listed.", unit="weeks", low=1, high=104, source="33 weeks in all before Covid-19 (Ministry of Justice 2019), authority's own lateness apart", confidence="C", prior=(29, 36))
    process_spread: float = number(0.5, "Coefficient of variation of that time.", unit="ratio", low=0, high=2, source="40% within 26 weeks at a mean of 33 weeks (2019) is a coefficient of variation of 0.52", confidence="C", prior=(0.35, 0.6))
    voluntary_to_court_share: float = number(0.75, "Children under section 20 whose plan is kinship, long-term fostering or adoption for whom an order is sought.", unit="share", low=0, high=1, source="judgement: 253 children a year before the court on Bradford's population (England 2020) less those who enter under orders", confidence="J", prior=(0.6, 0.9))
