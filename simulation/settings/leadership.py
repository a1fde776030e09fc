"""Leadership: three senior posts, the restructure and the improvement programme."""

from __future__ import annotations

import datetime as dt

from simulation.settings.section import Section, choice, number

_DATED = "input: dates of leaders in post"


class Leadership(Section):
    """Leaders come and go on given dates or by chance; each effect acts on a parameter of its own."""

    turnover: bool = choice(True, "Whether leaders also come and go by chance; if not, only on the dates given.")
    tenure_months: float = number(33, "Mean time a permanent leader stays.", unit="months", low=1, high=400, source="ADCS 2024: mean tenure of directors 33 months", confidence="F", prior=(27, 40))
    months_to_fill: float = number(9, "Mean months until a senior post is filled for good, from two thirds to four thirds of it.", unit="months", low=0, high=60, source="general knowledge: six to twelve", confidence="M", prior=(6, 12))
    weeks_to_interim: float = number(5, "Weeks until an interim leader covers.", unit="weeks", low=0, high=104, source="judgement", confidence="J", prior=(2, 8))
    interim_counts: float = number(0.5, "Gap that an interim leader leaves, against a vacant post.", unit="share", low=0, high=1, source="judgement: interim directors stay eight months", confidence="J", prior=(0.25, 0.75))
    director_gap_from: dt.date | None = choice(None, "Day from which the director's post has no permanent holder.", source=_DATED)
    director_permanent_from: dt.date | None = choice(None, "Day on which a permanent director starts.", source=_DATED)
    deputy_gap_from: dt.date | None = choice(None, "Day from which the deputy director's post has no permanent holder.", source=_DATED)
    deputy_permanent_from: dt.date | None = choice(None, "Day on which a permanent deputy director starts.", source=_DATED)
    assistant_gap_from: dt.date | None = choice(None, "Day from which the assistant director's post has no permanent holder.", source=_DATED)
    assistant_permanent_from: dt.date | None = choice(None, "Day on which a permanent assistant director starts.", source=_DATED)
    # ---- restructure
    restructure_from: dt.date | None = choice(None, "Day on which a restructure begins; none if there is none.", source="choice of the user")
    restructure_months: float = number(9, "Months it lasts.", unit="months", low=0, high=60, source="judgement: six to twelve", confidence="J", prior=(6, 12))
    restructure_hours_share: float = number(0.08, "Hours for cases lost while it lasts.", unit="share", low=0, high=0.9, source="judgement: 5 to 15%; no effect size found", confidence="J", prior=(0.05, 0.15))
    restructure_transfer_share: float = number(0.25, "Case holders who change team in it and hand over their cases.", unit="share", low=0, high=1, source="judgement: Bradford 2019-20", confidence="J", prior=(0.1, 0.4))
    restructure_transfer_weeks: float = number(13, "Weeks over which they move.", unit="weeks", low=1, high=104, source="judgement", confidence="J", prior=(6, 26))
    restructure_benefit_share: float = number(0.0, "Hours for cases gained once it is over.", unit="share", low=-0.5, high=0.5, source="no evidence of a benefit; zero unless the user says otherwise", confidence="J", prior=(0.0, 0.05))
    # ---- improvement programme
    programme_from: dt.date | None = choice(None, "Day on which an improvement programme begins; none if there is none.", source="choice of the user")
    partners_engaged_from: dt.date | None = choice(None, "Day from which partners have grasped the scale of the problem; none counts as always.", source="choice of the user")
    programme_months: float = number(44, "Months a programme needs from nothing to complete, under stable leaders.", unit="months", low=1, high=400, source="15 authorities judged inadequate: 3.65 years to the next inspection", confidence="C", prior=(30, 56))
    settling_months: float = number(6, "Months all leaders have been permanent before the programme moves.", unit="months", low=0, high=60, source="judgement", confidence="J", prior=(3, 12))
    programme_decay_per_year: float = number(0.15, "Progress lost in a year with gaps among the leaders.", unit="per year", low=0, high=2, source="judgement", confidence="J", prior=(0, 0.3))
    programme_notice: float = number(0.6, "Rise of managers' notice when the programme is complete.", unit="share", low=0, high=5, source="judgement: no effect size found", confidence="J", prior=(0.2, 1.0))
    programme_gates: float = number(0.25, "Rise of the pace of panels and decision makers when it is complete.", unit="share", low=0, high=5, source="judgement: no effect size found", confidence="J", prior=(0, 0.5))
