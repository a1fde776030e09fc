"""The fitted first year beside the last published ones: what a director looks at before trusting any plan."""

from __future__ import annotations

from typing import Any

import pandas as pd

from simulation.base.wording import amount, listed
from simulation.report.folder import Results

FAR = 0.10
"""A first year further than this from what was expected is named."""
COLUMNS = ["Figure", "Last published years", "Expected of the first year", "Base run's first year", "Gap"]


def first_year(results: Results, base: str) -> tuple[pd.DataFrame, str]:
    """The table of one base scenario, and the sentence that names every gap over a tenth; both empty where nothing was fitted."""
    fit = results.scenarios[base].fit
    if not fit:
        return pd.DataFrame(), ""
    rows = [_row(one) for one in fit]
    far = [f"{_name(one)} ({_gap(one):+.0%})" for one in fit if abs(_gap(one)) > FAR]
    words = f"{results.scenarios[base].title}: fitted to what was expected of its first year from the years before it. "
    words += f"More than a tenth off: {listed(far)}." if far else "No figure is more than a tenth off."
    return pd.DataFrame(rows, columns=COLUMNS), words


def _row(one: dict[str, Any]) -> list[str]:
    past = ", ".join(_shown(one, value) for value in one.get("published", ()))
    first = one.get("first_year")
    told = ["", ""] if first is None else [_shown(one, first), f"{_gap(one):+.0%}"]
    return [_name(one), past, _shown(one, one["expected"]), *told]


def _gap(one: dict[str, Any]) -> float:
    first, expected = one.get("first_year"), one.get("expected")
    return first / expected - 1 if first is not None and expected else 0.0


def _shown(one: dict[str, Any], value: float) -> str:
    indicator = str(one["indicator"])
    unit = "%" if indicator.endswith("_pct") else "GBP" if indicator.startswith(("spend", "unitcost")) else ""
    return amount(float(value), unit) if unit else f"{value:,.4g}" if value < 100 else f"{value:,.0f}"


def _name(one: dict[str, Any]) -> str:
    """The indicator's name as words."""
    return NAMES.get(str(one["indicator"]), str(one["indicator"]).replace("_", " "))


NAMES = {
    "cla_31march_number": "Children looked after, 31 March",
    "cla_started_other_number": "Starts, without unaccompanied children",
    "cla_started_uasc_number": "Unaccompanied children who started",
    "cla_ceased_number": "Children who ceased",
    "cin_31march_number": "Children in need, 31 March",
    "cpp_31march_number": "Protection plans, 31 March",
    "referrals_number": "Referrals",
    "sw_caseload_avg": "Cases for each case holder, September",
    "sw_vacancy_rate_fte_pct": "Vacancy rate, September",
    "sw_agency_rate_fte_pct": "Agency rate, September",
    "cla_31march_placement_foster_pct": "Share in foster placements",
    "cla_31march_outside_la_pct": "Share outside the boundary",
    "spend_s251_cla_total": "Spend on looked-after children (section 251)",
    "unitcost_s251_residential_weekly": "Residential unit cost a week",
    "unitcost_s251_fostering_weekly": "Fostering unit cost a week",
}
