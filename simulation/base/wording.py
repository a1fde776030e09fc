"""Numbers and names in words a committee reads."""

from __future__ import annotations

import datetime as dt
import math

from simulation.base.measures import REGISTER

ENOUGH_RUNS = 10
"""Pairs of runs below which nothing is called clear: an interval from fewer rests on a handful of futures."""
SHORT = {
    "n_looked_after": "children in care",
    "new_care_starts": "children starting care",
    "new_care_ceased": "children leaving care",
    "pct_plans_by_second_review": "plans agreed by the second review",
    "n_plans_overdue": "children whose plan is overdue",
    "weeks_longest_plan_wait": "longest wait for a plan",
    "pct_permanent_12_months": "permanence within 12 months",
    "pct_permanent_24_months": "permanence within 24 months",
    "pct_visits_on_time": "visits on time",
    "pct_reviews_on_time": "reviews on time",
    "pct_assessments_in_time": "assessments within 45 working days",
    "pct_conferences_in_time": "conferences within 15 working days",
    "n_unallocated": "cases without a social worker",
    "n_workers_over_20": "workers with more than 20 cases",
    "mean_caseload": "cases per worker",
    "n_social_workers": "permanent social workers",
    "n_agency_workers": "agency social workers",
    "pct_vacancy": "posts vacant",
    "n_two_worker_changes": "children with two or more changes of worker",
    "n_outside_boundary": "children placed outside the boundary",
    "n_unaccompanied": "unaccompanied asylum-seeking children",
    "n_over_20_miles": "children placed over 20 miles from home",
    "n_outside_over_20_miles": "children placed outside the boundary and over 20 miles from home",
    "pct_outside_over_20_miles": "placed outside the boundary and over 20 miles from home",
    "new_placements": "new placements",
    "new_searches": "searches for a home",
    "new_failed_searches": "searches that found no own local place suitable",
    "n_sibling_groups": "sibling groups in care",
    "mean_moves_per_child_year": "moves for each child and year",
    "mean_disruptions_per_child_year": "breakdowns for each child and year",
    "mean_gbp_foster_week": "cost of a week in fostering",
    "mean_gbp_residential_week": "cost of a week in residential care",
    "n_residential": "children in residential care",
    "pct_agency": "workers from agencies",
    "pct_turnover": "yearly turnover",
    "n_vacancies": "vacant posts",
    "pct_three_workers": "children with three or more workers in a year",
    "pct_outside_boundary": "placed outside the boundary",
    "pct_over_20_miles": "placed over 20 miles from home",
    "pct_residential": "living in residential care",
    "pct_three_placements": "three or more placements in a year",
    "pct_long_term_stability": "long-term stability",
    "new_reentries": "children returning to care",
    "new_unregistered_nights": "nights in unregistered arrangements",
    "new_emergency_nights": "nights with no suitable place",
    "pct_siblings_to_plan": "siblings placed to plan",
    "pct_siblings_together": "siblings placed together",
    "weeks_unrecognised_risk": "weeks of unrecognised risk",
    "pct_rereferrals": "repeat referrals within a year",
    "pct_reentries": "returns to care within a year",
    "gbp_net": "net outturn",
    "gbp_top_twenty": "twenty dearest placements",
    "gbp_agency_premium": "agency premium",
    "gbp_spend": "gross spend",
    "mean_gbp_per_child_week": "cost of a week in care",
    "pct_know_plan": "children who know their plan",
    "pct_know_reasons": "children who know why they are in care",
    "index_wellbeing": "wellbeing index",
    "weeks_permanence_wait": "weeks waited for permanence",
    "gbp_budget": "budget",
    "gbp_placements": "spend on placements",
}
"""Short names for sentences, tables and charts."""


def short(measure: str) -> str:
    """The short name of a measure, or its name in words."""
    return SHORT.get(measure) or measure.partition("_")[2].replace("_", " ") or measure


def capital(text: str) -> str:
    """The same text with a capital first letter."""
    return text[:1].upper() + text[1:]


def unit_of(measure: str) -> str:
    """The unit of a measure, plain."""
    return REGISTER[measure].unit if measure in REGISTER else ""


def amount(value: float, unit: str = "", *, sign: bool = False) -> str:
    """A number with as many figures as a reader can use: ``1,246``, ``£108.2m``, ``61%``, ``+3.1``, or ``none known``."""
    if value is None or not math.isfinite(value):
        return "not known"
    mark = "\N{MINUS SIGN}" if value < 0 else ("+" if sign and value > 0 else "")
    size = abs(value)
    if unit.startswith("GBP"):
        return f"{mark}£{_money(size)}"
    digits = 0 if size >= 100 or (size >= 10 and unit != "%" and not sign) else 1
    if 0 < size < 0.95:
        digits = 2
    text = f"{size:,.{digits}f}"
    text = text.removesuffix(".0") if digits == 1 else text
    mark = "" if not float(text.replace(",", "")) else mark
    return f"{mark}{text}" + ("%" if unit == "%" and not sign else "")


def _money(size: float) -> str:
    """Pounds: millions to two figures after the point, thousands whole."""
    for step, name, least in ((1e9, "bn", 1e9), (1e6, "m", 1e6), (1e3, "k", 1e4)):
        if size >= least * 0.9995:
            figure = size / step
            digits = 0 if (figure >= 100 or name == "k") else 1 if figure >= 10 else 2
            return f"{figure:,.{digits}f}{name}"
    return f"{size:,.0f}"


def change(value: float, unit: str) -> str:
    """A signed difference with its unit: ``+9.1 points``, ``−£2.3m``, ``+12 children``."""
    text = amount(value, unit, sign=True)
    return f"{text} {difference_unit(unit)}".strip()


def difference_unit(unit: str) -> str:
    """The unit of a difference: points for percentages, nothing for money (it carries its own sign)."""
    return "points" if unit == "%" else "" if unit.startswith("GBP") else unit


def span(low: float, high: float, unit: str, *, sign: bool = False) -> str:
    """``low to high`` in the same figures."""
    return f"{amount(low, unit, sign=sign)} to {amount(high, unit, sign=sign)}"


def year_words(year: int) -> str:
    """A financial year as people say it: 2024 -> ``2023-24``."""
    return f"{year - 1}-{year % 100:02d}"


def quarter_words(year: int, quarter: str) -> str:
    """A quarter of a financial year as people say it: 2021, ``Q1`` -> ``Apr-Jun 2020``."""
    months = {"Q1": "Apr-Jun", "Q2": "Jul-Sep", "Q3": "Oct-Dec", "Q4": "Jan-Mar"}
    return f"{months[quarter]} {year if quarter == 'Q4' else year - 1}"


def day_words(date: str) -> str:
    """An ISO date as people say it: ``2021-05-08`` -> ``8 May 2021``."""
    day = dt.date.fromisoformat(date)
    return f"{day.day} {day:%B %Y}"


def month_words(date: str) -> str:
    """The month of an ISO date: ``2021-05-08`` -> ``May 2021``."""
    return f"{dt.date.fromisoformat(date):%B %Y}"


def certainly(runs: int) -> str:
    """``clearly``, or ``apparently`` where there were too few pairs of runs to be sure."""
    return "clearly" if runs >= ENOUGH_RUNS else "apparently"


def said(verdict: str, runs: int) -> str:
    """A verdict of the comparison, as sure as the pairs of runs allow: ``seems better`` below ENOUGH_RUNS."""
    word = "different" if verdict == "changed" else verdict
    return f"seems {word}" if runs < ENOUGH_RUNS and word in ("better", "worse", "different") else word


def listed(words: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def plural(count: int, word: str) -> str:
    """``1 child``, ``3 plans``: the count with its word, for words that take an s."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def ordinal(number: int) -> str:
    """``first``, ``second``, ``third`` to ``tenth``, then ``11th``."""
    names = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
    if number <= len(names):
        return names[number - 1]
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
