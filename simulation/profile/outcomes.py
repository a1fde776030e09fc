"""What a replication says about published indicators: weekly measures added up as the statistics define them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
YEAR_DAYS, WEEK_DAYS = 365.25, 7
SEPTEMBER = 26
"""Weeks after 31 March when the workforce is counted (30 September)."""
STANDING = {
    "cla_31march_number": "n_looked_after",
    "cpp_31march_number": "n_protection_plans",
    "cin_31march_number": "n_children_in_need",
}
FLOWS = {
    "cla_started_number": "new_care_starts",
    "cla_ceased_number": "new_care_ceased",
    "referrals_number": "new_referrals",
    "s47_number": "new_s47_enquiries",
    "icpc_number": "new_conferences",
    "cpp_started_number": "new_protection_plans",
    "spend_s251_cla_total": "gbp_placements",
}
SHARES = {
    "cla_31march_placement_foster_pct": ("n_foster", "n_looked_after"),
    "cla_31march_outside_la_pct": ("n_outside_boundary", "n_looked_after"),
}
PER_WEEK = {
    "unitcost_s251_cla_weekly": ("gbp_placements", "weeks_looked_after"),
    "unitcost_s251_residential_weekly": ("gbp_residential", "weeks_residential"),
    "unitcost_s251_fostering_weekly": ("gbp_fostering", "weeks_fostering"),
}
WORKFORCE_SHARES = {
    "sw_agency_rate_fte_pct": ("n_agency_workers", "n_workforce", 100.0),
    "sw_vacancy_rate_fte_pct": ("n_vacancies", "n_posts", 100.0),
    "sw_caseload_avg": ("n_allocated_cases", "n_case_holders", 1.0),
}
TURNOVER = ("new_leavers", "years_in_post")
INDICATORS = (*STANDING, *FLOWS, *SHARES, *PER_WEEK, *WORKFORCE_SHARES, "sw_turnover_rate_fte_pct")
"""Indicators that a replication speaks of, where its measures are present."""


def weeks_for(horizons: int) -> int:
    """Weeks to run: to the September after the last 31 March, when the workforce is counted."""
    return round(horizons * YEAR_DAYS / WEEK_DAYS) + SEPTEMBER


def yearly(weekly: pd.DataFrame, horizons: int, size: float = 1.0) -> dict[str, Floats]:
    """Each indicator at 1 to ``horizons`` years after the start, as an array (horizons,).

    ``weekly``: a replication's table (week, measure, group, value) that starts on 31 March; ``size``: of the copy that was
    simulated, so that counts are scaled back. Years the run does not reach are NaN. Flows are put on a year of 365.25
    days, as 52 weeks are a day short.
    """
    every = weekly[weekly["group"] == "all"]
    wide = every.pivot_table(index="week", columns="measure", values="value", aggfunc="sum", observed=True).sort_index()
    wide = wide.reindex(range(int(wide.index.max()) + 1)).fillna(0.0)
    paths = {name: path for name in INDICATORS if (path := _path(wide, name, horizons)) is not None}
    return {name: path / size if name in STANDING or name in FLOWS else path for name, path in paths.items()}


def _path(wide: pd.DataFrame, name: str, horizons: int) -> Floats | None:
    years = range(1, horizons + 1)
    if name in STANDING and STANDING[name] in wide:
        return np.array([_at(wide, STANDING[name], _march(h)) for h in years])
    if name in FLOWS and FLOWS[name] in wide:
        return np.array([_sum(wide, FLOWS[name], _march(h - 1), _march(h)) for h in years])
    if name in SHARES and set(SHARES[name]) <= set(wide.columns):
        return np.array(
            [100 * _at(wide, SHARES[name][0], _march(h)) / max(_at(wide, SHARES[name][1], _march(h)), 1) for h in years]
        )
    if name in PER_WEEK and set(PER_WEEK[name]) <= set(wide.columns):
        above, below = PER_WEEK[name]
        return np.array(
            [_ratio(_sum(wide, above, _march(h - 1), _march(h)), _sum(wide, below, _march(h - 1), _march(h))) for h in years]
        )
    if name in WORKFORCE_SHARES and set(WORKFORCE_SHARES[name][:2]) <= set(wide.columns):
        top, base, scale = WORKFORCE_SHARES[name]
        return np.array(
            [scale * _ratio(_at(wide, top, _march(h) + SEPTEMBER), _at(wide, base, _march(h) + SEPTEMBER)) for h in years]
        )
    if name == "sw_turnover_rate_fte_pct" and set(TURNOVER) <= set(wide.columns):
        spans = [(_march(h) + SEPTEMBER - 52, _march(h) + SEPTEMBER) for h in years]
        return np.array([100 * _ratio(_sum(wide, TURNOVER[0], *span), _sum(wide, TURNOVER[1], *span)) for span in spans])
    return None


def _march(years: int) -> int:
    """The week that ends nearest to 31 March, ``years`` after the start."""
    return round(years * YEAR_DAYS / WEEK_DAYS)


def _at(wide: pd.DataFrame, measure: str, week: int) -> float:
    return float(wide[measure].iloc[week]) if week < len(wide) else float("nan")


def _sum(wide: pd.DataFrame, measure: str, after: int, until: int) -> float:
    if until >= len(wide):
        return float("nan")
    part = wide[measure].iloc[after + 1 : until + 1]
    return float(part.sum()) * YEAR_DAYS / WEEK_DAYS / len(part)


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0 else float("nan")


def april(origin: int, horizon: int) -> dt.date:
    """The first day of the year that ends at this horizon."""
    return dt.date(origin + horizon - 1, 4, 1)
