"""Casework: the duties, their hours and order, and how time is granted."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulation.settings.section import Section, choice, number

ORDERS = ("most_overdue_first", "highest_risk_first", "shortest_first")
EDGES = ("start_and_owe", "whole_tasks_only", "unlimited")


class Duty(Section):
    """One duty of a case-holding social worker: a row of the table.

    ``for_whom`` is a named group of children (see ``simulation.rules.duties.GROUPS``). A duty either recurs
    (``every_days``) or is a piece of work (``every_days`` 0) that is done when its hours are done.
    """

    name: str = Field(description="Name of the duty.")
    for_whom: str = Field(description="Group of children for whom it is due.")
    priority: int = Field(ge=0, le=99, description="Order of service: lower first.")
    hours: float = Field(ge=0, le=500, description="Hours it takes.")
    first_due_days: int = Field(default=0, ge=0, le=3650, description="Days after the child joins the group when it is first due.")
    every_days: int = Field(default=0, ge=0, le=3650, description="Days between repeats; 0 for a single piece of work.")
    lead_days: int = Field(default=0, ge=0, le=3650, description="Days before it is due when it is first asked for.")
    hours_a_week: float = Field(default=40, gt=0, le=60, description="Most hours asked for in one week.")
    closes_after_days: int = Field(default=3650, ge=1, le=3650, description="Days after it is due when the window shuts and it lapses.")
    travel: bool = Field(default=False, description="Travel to the placement is added.")
    permanence_team: bool = Field(default=False, description="A protected permanence team does it where there is one.")
    source: str = Field(default="judgement: hours chosen so that England's 2020 work fills England's 2020 time", description="Where the hours come from.")


_HOURS = "judgement (prior), anchored on the capacity identity: 136 hours a month for each full-time case holder, England 2020"
_REGULATION = "Care Planning, Placement and Case Review Regulations 2010"


def _duties() -> list[Duty]:
    return [
        Duty(name="s47 enquiry", for_whom="s47", priority=1, hours=13, first_due_days=10, lead_days=10, hours_a_week=14, source=_HOURS),
        Duty(name="conference report", for_whom="conference", priority=1, hours=6, first_due_days=7, lead_days=7, source=_HOURS),
        Duty(name="starting care", for_whom="entered", priority=1, hours=20, first_due_days=7, lead_days=7, hours_a_week=14, source=_HOURS),
        Duty(name="placement move", for_whom="moved", priority=1, hours=10, first_due_days=7, lead_days=7, source=_HOURS),
        Duty(name="court evidence", for_whom="proceedings", priority=2, hours=65, first_due_days=84, lead_days=84, hours_a_week=5, source=_HOURS + "; 100 hours a case, 25% for each further child"),
        Duty(name="visit", for_whom="looked after", priority=3, hours=3.0, first_due_days=7, every_days=42, lead_days=7, closes_after_days=42, travel=True, source=_REGULATION + ", reg. 28"),
        Duty(name="protection visit", for_whom="protection plan", priority=3, hours=2.2, first_due_days=14, every_days=14, lead_days=5, closes_after_days=14, source="Working Together 2018; local norm of ten working days"),
        Duty(name="review", for_whom="looked after", priority=4, hours=5.5, first_due_days=28, every_days=182, lead_days=14, closes_after_days=182, source=_REGULATION + ", reg. 33"),
        Duty(name="protection review", for_whom="protection plan", priority=4, hours=8, first_due_days=91, every_days=182, lead_days=14, closes_after_days=182, source="Working Together 2018"),
        Duty(name="assessment", for_whom="assessment", priority=5, hours=12, first_due_days=56, lead_days=56, hours_a_week=5, source=_HOURS),
        Duty(name="child in need visit", for_whom="child in need", priority=5, hours=3.0, first_due_days=21, every_days=42, lead_days=7, closes_after_days=35, source="local norm of four to six weeks"),
        Duty(name="care support", for_whom="looked after", priority=5, hours=1.8, first_due_days=14, every_days=28, lead_days=7, closes_after_days=28, source=_HOURS + " (health, education, contact)"),
        Duty(name="letter before proceedings", for_whom="preproceedings", priority=5, hours=22, first_due_days=84, lead_days=84, hours_a_week=4, source=_HOURS),
        Duty(name="permanence plan", for_whom="plan asked", priority=6, hours=15, first_due_days=42, lead_days=42, hours_a_week=8, permanence_team=True, source=_HOURS),
        Duty(name="permanence work", for_whom="on the way", priority=6, hours=3.0, first_due_days=14, every_days=28, lead_days=7, closes_after_days=364, permanence_team=True, source=_HOURS),
        Duty(name="explaining the plan", for_whom="to be told the plan", priority=7, hours=3, first_due_days=21, lead_days=21, permanence_team=True, source=_HOURS),
        Duty(name="life-story work", for_whom="to be told the reasons", priority=7, hours=12, first_due_days=120, lead_days=90, hours_a_week=3, closes_after_days=365, permanence_team=True, source=_HOURS),
    ]


class Casework(Section):
    """How social workers' time is asked for and granted."""

    duties: list[Duty] = choice(_duties, "The duties, their hours, windows and order.", source=_HOURS, confidence="J")
    order: Literal["most_overdue_first", "highest_risk_first", "shortest_first"] = choice("most_overdue_first", "Order of service within a priority.")
    edge: Literal["start_and_owe", "whole_tasks_only", "unlimited"] = choice("start_and_owe", "What happens to the last task when hours run out.")
    hours_factor: float = number(0.93, "Multiplies the hours of every duty.", unit="ratio", low=0.1, high=5, source="judgement: the table's hours are priors; scaled so that England 2020 closes at a working week of 45 hours with handovers, supervision and newly qualified workers included", confidence="J", prior=(0.88, 0.98))
    reallocations_per_year: float = number(0.30, "Changes of worker a case has in a year for other reasons than transfer or leaving: long absence, balance, team changes.", unit="changes a year", low=0, high=5, source="judgement: 27% of looked-after children had three or more workers in the year (DfE 2024)", confidence="J", prior=(0.15, 0.5))
    permanence_team_share: float = number(0.0, "Share of case holders in a protected permanence team, outside the order of service of others.", unit="share", low=0, high=0.5, source="choice of the user", confidence="X")
    family_worker_share: float = number(0.20, "Child-in-need plans held by family workers, not social workers.", unit="share", low=0, high=0.9, source="England 2020: 334,706 cases held by social workers, 389,260 open episodes of need", confidence="C")
    travel_miles_per_hour: float = number(40, "Speed on the way to a visit.", unit="miles an hour", low=5, high=80, source="judgement", confidence="J", prior=(30, 45))
    new_placement_ratio: float = number(1.3, "How much more a visit takes in the first six months or in residential care.", unit="ratio", low=1, high=4, source="Holmes and McDermid 2012: higher need, more time", confidence="J", prior=(1.1, 1.6))
    over_limit_ratio: float = number(1.6, "Cases a worker is given, against the limit, rather than leave a child without a worker for over two weeks.", unit="ratio", low=1, high=5, source="Bradford, July 2019: from small numbers to over 50 children (Ofsted)", confidence="F", prior=(1.3, 2.0))
    team_cover_share: float = number(0.5, "Share of a worker's left-over hours that goes to colleagues' overdue duties in the same team.", unit="share", low=0, high=1, source="judgement: duty rotas", confidence="J", prior=(0.2, 0.8))
    duty_rota_share: float = number(0.5, "Share of the hours that colleagues have beside their own urgent work which the team's duty rota can take for safeguarding a worker has no time for.", unit="share", low=0, high=1, source="judgement: duty rotas; an enquiry begins at once (Working Together 2018)", confidence="J", prior=(0.3, 0.8))
    no_new_cases_pressure: float = number(1.5, "Pressure at which a worker gets no new case while others have room.", unit="ratio", low=0.5, high=5, source="judgement", confidence="J", prior=(1.3, 1.8))
    reading_in_hours: float = number(4.0, "Hours a new worker needs to read in and visit.", unit="hours", low=0, high=40, source="judgement", confidence="J", prior=(3, 8))
    reading_in_weeks: float = number(4.0, "Weeks in which a new worker does no permanence or life-story work.", unit="weeks", low=0, high=26, source="judgement: four to eight weeks", confidence="J", prior=(2, 8))
    handover_hazard: float = number(1.0, "Extra hazard ratio of permanence for each handover; one means handovers act through hours and reading-in only.", unit="ratio", low=0.5, high=1, source="each effect once", confidence="J", prior=(0.9, 1.0))
    shallower: float = number(0.25, "Shallower work under overload: share of a task's hours left out for each unit of pressure above one, up to half a unit.", unit="ratio", low=0, high=1, source="judgement (relief valve, paid for in missed risk)", confidence="J", prior=(0.1, 0.4))
    transfer_to_care_team_days: float = number(140, "Days in care after which a child moves to a children-in-care team.", unit="days", low=0, high=3650, source="judgement: after the second review", confidence="J", prior=(90, 200))
