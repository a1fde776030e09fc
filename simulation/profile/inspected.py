"""Authorities judged inadequate beside their neighbours, before and after: as published, and as a backtest foresaw it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulation.profile.trend import RULES, series
from simulation.published.published import WORKFORCE, Table

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
    found = _all_judged(table, last)
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


def foreseen(scored: pd.DataFrame, table: Table, near: dict[str, list[str]], origin: int) -> pd.DataFrame:
    """The change since the origin less the neighbours', as it came and as the model forecast it, for the last year scored.

    ``scored``: rows of a backtest with actual figures. A row for each indicator and for judgements of the three years before
    the origin (which the model was told) and after it (which it was not): authorities, both mean differences, unit.
    """
    rows = []
    last = origin + int(scored["horizon"].max() if len(scored) else 0)
    told = {code for code, day in _all_judged(table, origin).items() if day > dt.date(origin - 3, 3, 31)}
    later = {code for code, day in _all_judged(table, last).items() if day > dt.date(origin, 3, 31)} - told
    for indicator in FOLLOWED:
        mine = scored[scored["measure"] == indicator]
        mine = mine[mine["horizon"] == mine["horizon"].max()].set_index("la_code")
        changes = [_since(mine, column, RULES[indicator].log) for column in ("actual", "mean")]
        for when, codes in (("up to the origin", told), ("after the origin", later)):
            gaps = np.array([[_beside(change, code, near.get(code, [])) for change in changes] for code in sorted(codes)])
            known = gaps[np.isfinite(gaps).all(axis=1)] if len(gaps) else gaps
            if len(known) >= 2:
                rows.append((indicator, when, len(known), *known.mean(axis=0), "%" if RULES[indicator].log else "points"))
    return pd.DataFrame(rows, columns=["indicator", "judged", "authorities", "difference", "forecast", "unit"])


def _since(rows: pd.DataFrame, column: str, log: bool) -> pd.Series:
    """Change from the newest figure known at the origin, by authority: log points in percent, or points."""
    if log:
        both = rows[[column, "persistence"]].where(rows[[column, "persistence"]] > 0)
        return 100 * np.log(both[column] / both["persistence"])
    return rows[column] - rows["persistence"]


def _beside(change: pd.Series, code: str, near: list[str]) -> float:
    """An authority's change less its neighbours' mean change; NaN where either is unknown."""
    peers: NDArray[np.float64] = change.reindex(near).dropna().to_numpy()
    return float(change.get(code, np.nan) - peers.mean()) if len(peers) else float("nan")


def _all_judged(table: Table, last: int) -> dict[str, dt.date]:
    judged = {code: judged_inadequate(table, code, dt.date(last, 3, 31)) for code in table.authorities}
    return {code: day for code, day in judged.items() if day is not None}


def _years(indicator: str, day: dt.date, last: int) -> tuple[int, int]:
    """The year before the judgement and the year after it; workforce years end in September."""
    year = day.year + (day.month > 3)
    return year - 1, min(year if indicator.startswith(WORKFORCE) else year + 1, last)


def _difference(scaled: pd.DataFrame, code: str, near: list[str], before: int, after: int) -> float:
    if before not in scaled or after not in scaled or after <= before:
        return float("nan")
    return _beside(scaled[after] - scaled[before], code, near)


def _date(number: float) -> dt.date | None:
    if not np.isfinite(number):
        return None
    try:
        return dt.datetime.strptime(f"{number:.0f}", "%Y%m%d").date()
    except ValueError:
        return None
