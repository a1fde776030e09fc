"""Open cases, who holds them and the hours they take, from published figures; England's relations where none is published."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.profile.taking import take
from simulation.published.borrow import Borrower, Found
from simulation.scenario import names as dotted
from simulation.scenario.gathered import Settings
from simulation.settings import Parameters
from simulation.start.cases import ASSESSMENT_WEEKS

PER_10K, WEEKS, MONTH_DAYS = 10_000, 52.18, 30.44
HOURS_KEPT = 0.8
"""Power with which hours of each duty follow the workers there are: one would make every authority equally loaded."""
COURT_PER_START = 0.69
"""Children before the court for each child who starts care, England 2020 (253 and 369 a year on Bradford's population)."""
ENGLAND_STARTS_PER_10K = 26.0
MOST_BY_FAMILY_WORKERS = 0.8
SHORTEST, LONGEST = 0.3, 3.0
"""Bounds of the length of child-in-need plans against England's."""


@dataclass(frozen=True)
class OpenCases:
    """Open episodes on one day by what they are (children), as the starting state divides them, and referrals a year."""

    looked_after: float
    protection: float
    assessment: float
    need: float
    referrals: float

    @property
    def all(self) -> float:
        """Every open episode."""
        return self.looked_after + self.protection + self.assessment + self.need


def value_of(settings: Settings, name: str) -> float:
    """A setting gathered so far, else the model's own."""
    return float(settings.numbers.get(name, dotted.get(Parameters(), name)))


def open_cases(settings: Settings) -> OpenCases:
    """The published total without looked-after children, protection plans and assessments under way is child-in-need plans."""
    children = value_of(settings, "authority.population_0_17") / PER_10K
    referrals = value_of(settings, "demand.referrals_per_10k_per_year") * children
    looked_after, plans = value_of(settings, "stock.looked_after"), value_of(settings, "stock.protection_plans")
    others = max(value_of(settings, "stock.children_in_need") - looked_after - plans, 0.0)
    assessed = referrals / WEEKS * (1 - value_of(settings, "front_door.no_action_share")) * ASSESSMENT_WEEKS
    return OpenCases(looked_after, plans, min(assessed, others), max(others - assessed, 0.0), referrals)


def case_holders(settings: Settings) -> float:
    """Case-holding workers in post, agency included."""
    workers = value_of(settings, "workforce.start_permanent_fte") + value_of(settings, "workforce.start_agency_fte")
    return workers * value_of(settings, "workforce.case_holder_share")


def held(settings: Settings) -> float:
    """Open cases held by social workers at the start: all but the plans of family workers."""
    cases = open_cases(settings)
    return cases.all - value_of(settings, "casework.family_worker_share") * cases.need


def need_plans(borrower: Borrower, settings: Settings) -> None:
    """Length of child-in-need plans: those open for each that begins a year, against England's."""
    here, england = _plans_for_each_begun(settings), _plans_for_each_begun(Settings())
    if not np.isfinite(here):
        return
    ratio, cut = settings.within("front_door.need_plan_years", here / england, SHORTEST, LONGEST)
    usual = Parameters().front_door.need_plan_years
    why = f"England's value {usual:g} times {ratio:.3g}: plans open for each referral assessed as in need, {borrower.year}"
    settings.put("front_door.need_plan_years", usual * ratio, why + cut)


def _plans_for_each_begun(settings: Settings) -> float:
    cases = open_cases(settings)
    share = 1 - value_of(settings, "front_door.no_action_share") - value_of(settings, "front_door.not_in_need_share")
    return cases.need / (cases.referrals * share) if cases.referrals * share > 0 else float("nan")


def family_workers(borrower: Borrower, settings: Settings) -> None:
    """Plans held by family workers: as many as leave social workers the published caseload."""
    caseload, cases = borrower.plain("sw_caseload_avg"), open_cases(settings)
    if caseload.missing or cases.need <= 0:
        borrower.note("casework.family_worker_share", "caseloads are not published; the model's own value is kept")
        return
    over = cases.all - caseload.value * case_holders(settings)
    words = f"so that {cases.all:.0f} open episodes leave {caseload.value:g} cases for each case holder: {caseload.source}"
    share = Found(over / cases.need, words, caseload.borrowed)
    take(borrower, settings, "casework.family_worker_share", share, high=MOST_BY_FAMILY_WORKERS)


def hours(borrower: Borrower, settings: Settings) -> None:
    """Hours of each duty: authorities with fewer workers for the work there is do less for each; most of the gap is kept."""
    starts = borrower.count("cla_started_number")
    children = value_of(settings, "authority.population_0_17") / PER_10K
    wanted = monthly_hours(settings, ENGLAND_STARTS_PER_10K * children if starts.missing else starts.value)
    england = Settings()
    england_starts = ENGLAND_STARTS_PER_10K * Parameters().authority.population_0_17 / PER_10K
    ratio = case_holders(settings) / max(wanted, 1.0) / (case_holders(england) / monthly_hours(england, england_starts))
    usual = Parameters().casework.hours_factor
    words = f"case holders for the hours of published work are {ratio:.2f} of England's; hours follow at a power of {HOURS_KEPT}"
    factor, cut = settings.within("casework.hours_factor", ratio**HOURS_KEPT, 0.5, 1.6)
    settings.put("casework.hours_factor", usual * factor, words + cut)


def monthly_hours(settings: Settings, starts: float) -> float:
    """Hours a month that published work takes by the model's own table of duties (travel, moves and permanence apart)."""
    cases, month = open_cases(settings), open_cases(settings).referrals / 12
    enquiries = month * value_of(settings, "front_door.s47_share")
    held_plans = cases.need * (1 - value_of(settings, "casework.family_worker_share"))
    return (
        cases.looked_after * _again("looked after")
        + cases.protection * _again("protection plan")
        + held_plans * _again("child in need")
        + month * (1 - value_of(settings, "front_door.no_action_share")) * _once("assessment")
        + enquiries * _once("s47")
        + enquiries * value_of(settings, "front_door.conference_share") * _once("conference")
        + starts / 12 * (_once("entered") + _once("plan asked") + COURT_PER_START * _once("proceedings"))
    )


def _again(group: str) -> float:
    """Hours a month of the duties that recur for one child of a group."""
    return sum(d.hours * MONTH_DAYS / d.every_days for d in Parameters().casework.duties if d.for_whom == group and d.every_days)


def _once(group: str) -> float:
    """Hours of the pieces of work for one child of a group."""
    return sum(d.hours for d in Parameters().casework.duties if d.for_whom == group and not d.every_days)
