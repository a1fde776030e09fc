"""What a published figure can be: limits so generous that no authority ever meets them, and only slips of the pen do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import inf

import pandas as pd

from simulation.base.errors import Fault
from simulation.published.csv_table import MOST_FAULTS


@dataclass(frozen=True)
class Limit:
    """Lowest and highest value of the indicators whose whole name matches; the first match counts."""

    indicators: str
    low: float
    authority: float
    region: float
    why: str


# judgement: far above the highest figures of 2013 to 2020, which the reasons name
LIMITS = (
    Limit(r".*net_gain.*", -inf, inf, inf, "a difference"),
    Limit(r"sw_turnover_rate.*_pct", 0, 1_000, 1_000, "more may leave in a year than are in post at its end"),
    Limit(r".*_pct", 0, 100, 100, "a share in per cent"),
    Limit(r".*_rate_per_10k", 0, 10_000, 10_000, "of each 10,000 children"),
    Limit(r"population_0_17", 0, 1_000_000, 20_000_000, "children living there; no authority has 400,000"),
    Limit(r"(cla|newplacements|placementchange)_.*", 0, 20_000, 1_000_000, "children in care; no authority has 2,500"),
    Limit(r"(referrals|rereferrals|s47|icpc|cin|cpp|assess).*", 0, 200_000, 5_000_000, "no authority has 25,000 referrals"),
    Limit(r"(foster|childrens_home|sibling).*", 0, 100_000, 5_000_000, "homes, places or children; England has 90,000"),
    Limit(r"sw_caseload_avg", 0, 500, 500, "cases of one worker; none is above 40"),
    Limit(r"sw_(cases|working_days).*", 0, 500_000, 20_000_000, "cases or days; no authority has 20,000"),
    Limit(r"sw_.*", 0, 20_000, 1_000_000, "social workers; no authority has 1,000"),
    Limit(r"unitcost_.*", 0, 100_000, 100_000, "pounds a week; none is above 20,000"),
    Limit(r"spend_.*_total|spend_s251_residential_care", 0, 1e10, 1e12, "pounds a year; England has 11 billion"),
    Limit(r"spend_.*", -1e7, 1e10, 1e12, "pounds a year; income and corrections can leave one line below zero"),
)
WHOLE = ("population_0_17",)
"""Whole numbers, in nearly every table: a fraction is a thousand written with a point (311.057)."""


def wrong(rows: pd.DataFrame) -> tuple[pd.Series, list[Fault]]:
    """Which figures cannot be, and a fault for each such indicator; ``rows`` has file, row, column, geo_level too."""
    limits = rows["indicator"].map({name: _limit(name) for name in rows["indicator"].unique()})
    low = limits.map(lambda limit: limit.low).astype(float)
    high = limits.map(lambda limit: limit.region).astype(float)
    high = high.mask(rows["geo_level"] == "LA", limits.map(lambda limit: limit.authority).astype(float))
    outside = (rows["value"] < low) | (rows["value"] > high)
    fraction = rows["indicator"].isin(WHOLE) & (rows["value"] % 1 != 0) & rows["value"].notna() & ~outside
    told = [
        f"{bottom:,.0f} to {top:,.0f} ({limit.why})"
        for bottom, top, limit in zip(low[outside], high[outside], limits[outside], strict=True)
    ]
    faults = _told(rows[outside].assign(allowed=told)) + _told(rows[fraction].assign(allowed="whole children"))
    return outside | fraction, faults


def more_than_live_there(rows: pd.DataFrame) -> tuple[pd.Series, list[Fault]]:
    """Which figures say that more children are looked after than there are, and a fault for each authority and year."""
    of = {name: rows[rows["indicator"] == name] for name in ("cla_31march_number", "population_0_17")}
    both = of["cla_31march_number"].merge(of["population_0_17"], on=["la_code", "year"], suffixes=("", "_living"))
    many = both[(both["value"] > both["value_living"]) & (both["value_living"] > 0)]
    said = [
        Fault(
            f"{one.file}: row {one.row}, column {one.column}",
            f"{one.value:,.0f} children looked after of {one.la_name} in {one.year} are more than the {one.value_living:,.0f} "
            f"who live there (population_0_17, {one.file_living}: row {one.row_living})",
        )
        for one in many.head(MOST_FAULTS).itertuples()
    ]
    key = pd.MultiIndex.from_frame(rows[["la_code", "year"]])
    both_figures = rows["indicator"].isin(["cla_31march_number", "population_0_17"])
    return both_figures & key.isin(pd.MultiIndex.from_frame(many[["la_code", "year"]])), said


def _limit(name: str) -> Limit:
    return next((one for one in LIMITS if re.fullmatch(one.indicators, name)), Limit(name, -inf, inf, inf, "any"))


def _told(bad: pd.DataFrame) -> list[Fault]:
    counts = bad["indicator"].value_counts()
    first = bad.drop_duplicates("indicator")
    out = [
        Fault(
            f"{one.file}: row {one.row}, column {one.column}",
            f"'{one.given}' cannot be {one.indicator} of {one.la_name}; allowed is {one.allowed}"
            + (f" (and {counts[one.indicator] - 1} more rows of this figure)" if counts[one.indicator] > 1 else ""),
        )
        for one in first.head(MOST_FAULTS).itertuples()
    ]
    if len(first) > MOST_FAULTS:
        out.append(Fault(str(bad["file"].iloc[0]), f"{len(first) - MOST_FAULTS} more figures have values that cannot be"))
    return out
