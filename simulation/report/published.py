"""What the model gets wrong against published figures of the same years, and what begins away from its own course."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulation.base.measures import REGISTER, Measure
from simulation.base.wording import amount, listed, short, unit_of, year_words
from simulation.report.folder import Results

FAR = 0.1
"""A figure is called away from the published one when it is more than a tenth off and the runs do not reach it."""
TOLD_AT_MOST = 8
SEPTEMBER = "sw_"
"""The workforce is counted on 30 September, all else on 31 March or over the year to it."""
SETTLING_WEEKS = 26
QUARTER = 13
COURSE_POINTS = 10.0
COURSES = {
    "pct_plans_by_second_review": ("new_plans_by_second_review", "new_second_reviews_due"),
    "pct_visits_on_time": ("new_visits_on_time", "new_visits_due"),
}


@dataclass(frozen=True)
class Against:
    """One measure beside its published figure: the mean of the runs, and the range that holds 8 runs in 10."""

    measure: str
    mean: float
    low: float
    high: float
    published: float

    @property
    def away(self) -> float:
        """How far the mean is from the published figure, as a share of it."""
        return abs(self.mean - self.published) / max(abs(self.published), 1e-9)

    @property
    def missed(self) -> bool:
        """More than a tenth off, and outside the range of the runs."""
        return self.away > FAR and not self.low <= self.published <= self.high


def misses(results: Results, base: str) -> str:
    """A sentence naming what is away from the published figures of the last whole year that has some; empty if none has."""
    history = {(str(h["indicator"]), int(h["year"])): float(h["value"]) for h in results.scenarios[base].history}
    for year in reversed(results.whole_years):
        found = [one for measure in _measures() if (one := _against(results, base, measure, year, history))]
        if found:
            return _told(found, year, results, base)
    return ""


def _measures() -> list[Measure]:
    return [measure for measure in REGISTER.values() if measure.published and measure.status != "input"]


def _told(found: list[Against], year: int, results: Results, base: str) -> str:
    missed = sorted((one for one in found if one.missed), key=lambda one: -one.away)
    where = f"Against published figures of {year_words(year)} ({results.scenarios[base].title})"
    if not missed:
        return f"{where}: none of {len(found)} compared is more than a tenth off."
    names = [
        f"{short(one.measure)} {amount(one.mean, unit_of(one.measure))}, published {amount(one.published, unit_of(one.measure))}"
        for one in missed
    ]
    more = f"; and {len(names) - TOLD_AT_MOST} more" if len(names) > TOLD_AT_MOST else ""
    return f"{where}, {len(missed)} of {len(found)} measures are more than a tenth off: {'; '.join(names[:TOLD_AT_MOST])}{more}."


def _against(results: Results, base: str, measure: Measure, year: int, history: dict[tuple[str, int], float]) -> Against | None:
    """The measure on the day, or in the year, that the published figure stands for; None where either is missing."""
    if not measure.published.startswith(SEPTEMBER):
        published = history.get((measure.published, year))
        rows = results.of_year(measure.name, year)
        if published is None or base not in rows.index:
            return None
        row = rows.loc[base]
        return Against(measure.name, float(row["mean"]), float(row["p10"]), float(row["p90"]), published)
    published, runs = history.get((measure.published, year - 1)), _on_day(results, base, measure, pd.Timestamp(year - 1, 9, 30))
    if published is None or runs is None:
        return None
    low, high = (float(end) for end in np.percentile(runs, (10, 90)))
    return Against(measure.name, float(runs.mean()), low, high, published)


def _on_day(results: Results, base: str, measure: Measure, day: pd.Timestamp) -> np.ndarray | None:
    """A standing measure of every run in the week of a day; None where it is not drawn week by week."""
    dates = results.dates
    if not len(dates) or not dates[0] <= day <= dates[-1]:
        return None
    week = int(np.searchsorted(dates, day))
    sides = (measure.numerator, measure.denominator) if measure.how == "ratio" else (measure.name,)
    found = [results.weekly(side).get(base) for side in sides]
    values = [runs[:, week] for runs in found if runs is not None]
    if len(values) < len(sides) or not all(side.startswith("n_") for side in sides):
        return None
    return values[0] if len(values) == 1 else measure.scale * values[0] / np.maximum(values[1], 1e-9)


def courses(results: Results, base: str) -> str:
    """The shares that begin far from where they run in their second half-year, and what jumps in the first weeks; or empty."""
    begun = [told for measure in COURSES if (told := _course(results, base, measure))]
    checks = results.table("start_check.csv")
    if {"scenario", "measure", "start", "after_4_weeks", "verdict"} <= set(checks):
        checks = checks[(checks["verdict"] == "jump at the start") & (checks["scenario"] == base)]
        begun += [
            f"{short(str(row.measure))} ({amount(row.start, unit_of(row.measure))} at the start, "
            f"{amount(row.after_4_weeks, unit_of(row.measure))} four weeks later)"
            for row in checks.itertuples()
        ]
    if not begun:
        return ""
    return f"Read the first six months with care (grey on charts). What begins away from its own course: {listed(begun)}."


def _course(results: Results, base: str, measure: str) -> str:
    """A share's first 13 weeks and its second half-year, when they are far apart; else empty."""
    top, below = (results.weekly(side).get(base) for side in COURSES[measure])
    if top is None or below is None or top.shape[1] <= 2 * SETTLING_WEEKS:
        return ""
    spans = (slice(1, 1 + QUARTER), slice(1 + SETTLING_WEEKS, 1 + 2 * SETTLING_WEEKS))
    first, later = (100.0 * top[:, span].sum() / max(float(below[:, span].sum()), 1.0) for span in spans)
    if abs(first - later) < COURSE_POINTS:
        return ""
    return f"{short(measure)} ({amount(first, '%')} in the first 13 weeks, {amount(later, '%')} in the second half-year)"


def unchecked(results: Results) -> str:
    """How many standing measures were checked for a jump at the start; empty when none was."""
    checks = results.table("start_check.csv")
    if "verdict" not in checks or checks.empty:
        return ""
    jumps = int((checks["verdict"] == "jump at the start").sum())
    if jumps:
        return ""
    return f"Nothing jumps at the start: {len(checks)} standing measures were checked."
