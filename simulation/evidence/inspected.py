"""Authorities judged inadequate beside their neighbours, before and after: published figures only, no model."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from simulation.evidence.published import WORKFORCE, Table
from simulation.evidence.trend import RULES, series

GRADE, DATE, INADEQUATE = "ofsted_overall_grade", "ofsted_last_inspection_date", 4
FOLLOWED = (
    "referrals_number",
    "s47_number",
    "cpp_31march_number",
    "cla_started_number",
    "cla_31march_number",
    "sw_agency_rate_fte_pct",
    "sw_vacancy_rate_fte_pct",
    "sw_turnover_rate_fte_pct",
    "sw_caseload_avg",
    "spend_s251_cla_total",
)


def judged_inadequate(table: Table, code: str, by: dt.date) -> dt.date | None:
    """The day of the last inspection up to ``by`` if it found the authority inadequate, else None."""
    grades, dates = table.wide(GRADE), table.wide(DATE)
    if code not in grades.index or code not in dates.index:
        return None
    for year in sorted((y for y in grades.columns if y in dates.columns and y <= by.year), reverse=True):
        grade, day = grades.loc[code, year], _date(dates.loc[code, year])
        if np.isfinite(grade) and day is not None and day <= by:
            return day if grade == INADEQUATE else None
    return None


def differences(table: Table, near: dict[str, list[str]], last: int) -> pd.DataFrame:
    """Change from the year before the judgement to the year after (or ``last``), less the neighbours' mean change.

    A row for each indicator: authorities, mean difference and its standard error, in percent (log points) or points.
    """
    found = {code: day for code in table.authorities if (day := judged_inadequate(table, code, dt.date(last, 3, 31))) is not None}
    rows = []
    for indicator in FOLLOWED:
        wide = series(table, indicator)
        scaled = 100 * np.log(wide.where(wide > 0)) if RULES[indicator].log else wide
        gaps = [_difference(scaled, code, near.get(code, []), *_years(indicator, day, last)) for code, day in found.items()]
        known = np.array([gap for gap in gaps if np.isfinite(gap)])
        if len(known) >= 2:
            error = float(known.std(ddof=1) / np.sqrt(len(known)))
            rows.append((indicator, len(known), float(known.mean()), error, "%" if RULES[indicator].log else "points"))
    return pd.DataFrame(rows, columns=["indicator", "authorities", "difference", "standard_error", "unit"])


def _years(indicator: str, day: dt.date, last: int) -> tuple[int, int]:
    """The year before the judgement and the year after it; workforce years end in September."""
    year = day.year + (day.month > 3)
    return year - 1, min(year if indicator.startswith(WORKFORCE) else year + 1, last)


def _difference(scaled: pd.DataFrame, code: str, near: list[str], before: int, after: int) -> float:
    peers = [peer for peer in near if peer in scaled.index]
    if code not in scaled.index or not peers or before not in scaled or after not in scaled or after <= before:
        return float("nan")
    change = scaled[after] - scaled[before]
    return float(change[code] - change[peers].mean())


def _date(number: float) -> dt.date | None:
    if not np.isfinite(number):
        return None
    try:
        return dt.datetime.strptime(f"{number:.0f}", "%Y%m%d").date()
    except ValueError:
        return None
