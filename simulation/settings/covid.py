"""Covid-19: a dated shock."""

from __future__ import annotations

import datetime as dt

from simulation.settings.section import Section, choice, number


class Covid(Section):
    """National profile; a scenario may switch it off, which is an assumption and is labelled so."""

    happens: bool = choice(True, "Whether the pandemic happens.")
    from_date: dt.date = choice(dt.date(2020, 3, 23), "First day of the first lockdown.", source="national", confidence="D")
    until_date: dt.date = choice(dt.date(2021, 3, 31), "Last day of the profile.", source="DfE vulnerable children survey", confidence="M")
    referral_drop: float = number(0.07, "Fall of referrals over the year, deepest in the first lockdown (0 where the referral path is an input).", unit="share", low=-0.5, high=0.9, source="DfE: 642,980 to 597,760, year to March 2021", confidence="C")
    rebound: float = number(0.09, "Rise of referrals in the year after.", unit="share", low=-0.5, high=1, source="DfE: 507 to 553 per 10,000", confidence="C")
    entry_drop: float = number(0.05, "Fall of ways into care beyond that of referrals.", unit="share", low=-0.5, high=0.9, source="DfE: starts -8.2% against referrals -7.0%, England", confidence="C")
    court_capacity: float = number(0.68, "Court capacity while it lasts.", unit="ratio", low=0, high=1, source="mean weeks 33 to 45 and 23% within 26 weeks (MoJ 2021)", confidence="C", prior=(0.55, 0.8))
    court_recovery_years: float = number(2.0, "Years in which court capacity recovers afterwards.", unit="years", low=0.1, high=10, source="47 weeks still in late 2021", confidence="J", prior=(1, 3))
    sickness: float = number(0.03, "Extra share of workers absent while it lasts, on average.", unit="share", low=0, high=0.5, source="DfE survey: more than 10% unavailable in 13% of authorities at the peak", confidence="J", prior=(0.01, 0.06))
    adoption_pace: float = number(0.8, "Pace of matching and adoption orders while it lasts.", unit="ratio", low=0, high=1, source="DfE: adoptions 3,480 to 2,890", confidence="C")
    visit_hours: float = number(0.85, "Hours of visits while many are by video.", unit="ratio", low=0.2, high=1, source="DfE survey: 67% of children in care contacted in four weeks", confidence="J", prior=(0.7, 1.0))
