"""Inspection: a dated judgement and what it does, sized from other authorities."""

from __future__ import annotations

import datetime as dt

from simulation.settings.section import Section, choice, number

_STUDY = "event study of 17 authorities judged inadequate against some 130 others, 2018-2024; Bradford left out"


class Inspection(Section):
    """The judgement is an input; its effects decay. None is keyed to one authority."""

    inadequate_on: dt.date | None = choice(None, "Day on which the service is judged inadequate; none if it is not.")
    referral_jump: float = number(0.13, "Rise of referrals after the judgement.", unit="share", low=0, high=2, source=_STUDY + ": +107 against +8 per 10,000", confidence="C", prior=(0.03, 0.23))
    s47_jump: float = number(0.28, "Rise of enquiries through lower thresholds.", unit="share", low=0, high=2, source=_STUDY + ": +47 against +3 per 10,000", confidence="C", prior=(0.1, 0.45))
    plan_jump: float = number(0.20, "Further rise of conferences and plans through lower thresholds.", unit="share", low=0, high=2, source=_STUDY + ": protection plans +9.3 against -1.3 per 10,000", confidence="C", prior=(0.05, 0.35))
    entry_jump: float = number(0.20, "Rise of ways into care through lower thresholds.", unit="share", low=0, high=2, source=_STUDY + ": care applications +2.2 against -0.5 per 10,000", confidence="C", prior=(0.05, 0.35))
    decay_years: float = number(3.0, "Years in which these effects fall to a third.", unit="years", low=0.1, high=20, source=_STUDY + ": most effects hold a year on", confidence="J", prior=(1.5, 5))
    leaving_jump: float = number(0.15, "Rise of permanent workers' leaving after it, falling to a third in a year.", unit="share", low=0, high=3, source=_STUDY + ": turnover -0.4 (se 1.2), vacancy +8.7 points", confidence="C", prior=(0.0, 0.35))
    hiring_drop: float = number(0.35, "Fall of permanent recruitment after it, falling to a third in a year.", unit="share", low=0, high=1, source=_STUDY + ": vacancy +8.7 points", confidence="C", prior=(0.1, 0.6))
    agency_push: float = number(1.0, "How much readier leaders are to buy agency cover: one doubles the readiness.", unit="ratio", low=0, high=5, source=_STUDY + ": agency +8.6 points", confidence="C", prior=(0.5, 1.5))
