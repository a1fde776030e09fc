"""The sufficiency and budget pack: four years of quarterly budget lines, and the tables of a placement sufficiency statement.

Each figure is given as P10, P50 and P90 of the futures. Percentiles of lines do not add up to those of a total,
so totals are worked out future by future.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from simulation.measures import REGISTER
from simulation.results import files
from simulation.results.folder import Results
from simulation.results.periods import FULL_YEAR_WEEKS, financial_years, quarters
from simulation.results.summary import Matrix

YEARS = 4
FULL_QUARTER_WEEKS = 12
PERCENTILES = (10, 50, 90)
TOTAL = "total"

STATEMENT: dict[str, tuple[tuple[str, str], ...]] = {
    "1 Children looked after at 31 March": (("n_looked_after", "all"), ("n_unaccompanied", "all")),
    "2 By age": (("n_looked_after", "age"),),
    "3 By placement": (("n_looked_after", "placement"),),
    "4 By provider": (("n_looked_after", "provider"),),
    "5 By legal status": (("n_looked_after", "legal"),),
    "6 By category of need": (("n_looked_after", "need"),),
    "7 Starting to be looked after": (("new_care_starts", "all"), ("new_care_starts", "age"), ("new_care_starts", "reason")),
    "8 Ceasing to be looked after": (("new_care_ceased", "all"), ("new_care_ceased", "reason"), ("new_care_ceased", "age")),
    "9 Places": (("n_places", "all"), ("n_places", "state"), ("n_places", "kind")),
    "10 Where children live": (
        ("pct_outside_boundary", "all"),
        ("pct_over_20_miles", "all"),
        ("pct_outside_over_20_miles", "all"),
        ("n_outside_boundary", "all"),
        ("n_over_20_miles", "all"),
        ("n_outside_over_20_miles", "all"),
    ),
    "11 Finding a home": (
        ("new_placements", "all"),
        ("new_placements", "location"),
        ("new_searches", "all"),
        ("new_failed_searches", "all"),
        ("new_failed_searches", "reason"),
        ("new_emergency_nights", "all"),
        ("new_unregistered_nights", "all"),
    ),
    "12 Brothers and sisters": (
        ("n_sibling_groups", "all"),
        ("pct_siblings_together", "all"),
        ("pct_siblings_together", "size"),
        ("pct_siblings_to_plan", "all"),
    ),
    "13 Stability": (
        ("pct_three_placements", "all"),
        ("pct_long_term_stability", "all"),
        ("mean_moves_per_child_year", "all"),
        ("mean_disruptions_per_child_year", "all"),
    ),
    "14 Unit costs and spend": (
        ("mean_gbp_per_child_week", "all"),
        ("mean_gbp_foster_week", "all"),
        ("mean_gbp_residential_week", "all"),
        ("gbp_placements", "all"),
        ("gbp_top_twenty", "all"),
        ("gbp_net", "all"),
        ("gbp_budget", "all"),
    ),
}
"""Tables of the statement: measure and the breakdown shown (``all``: its total)."""


def tables(results: Results, done: list[tuple[str, int]], data: Mapping[str, Matrix]) -> dict[str, pd.DataFrame | None]:
    """``budget_quarterly`` and ``sufficiency``; None where the run is too short for a full quarter or year."""
    return {
        "budget_quarterly": _join([_budget(results, name, [n for s, n in done if s == name]) for name in data]),
        "sufficiency": _join([sufficiency(matrix, name) for name, matrix in data.items()]),
    }


def _join(parts: list[pd.DataFrame | None]) -> pd.DataFrame | None:
    found = [part for part in parts if part is not None and len(part)]
    return pd.concat(found, ignore_index=True) if found else None


# ---- budget


def _budget(results: Results, scenario: str, numbers: list[int]) -> pd.DataFrame | None:
    """Budget lines of one scenario; None if the model wrote no money."""
    if not results.replication_file(scenario, numbers[0], "money").exists():
        return None
    first = (
        files.read_parquet(results.replication_file(scenario, numbers[0]), ["week", "date"])
        .drop_duplicates("week")
        .sort_values("week")
    )
    return budget(_money(results, scenario, numbers), first["date"].to_numpy().astype("datetime64[D]"), scenario)


def _money(results: Results, scenario: str, numbers: list[int]) -> Iterator[pd.DataFrame]:
    for number in numbers:
        yield files.read_parquet(results.replication_file(scenario, number, "money"))


def horizon(dates: np.ndarray) -> pd.DataFrame:
    """The quarters of the pack: for each week (rows from week 0) its financial year and quarter, and whether it is inside.

    It begins with the first full quarter of the run and goes on for four years.
    """
    frame = pd.DataFrame({"financial_year": financial_years(dates), "quarter": quarters(dates)})
    frame["inside"] = frame.index > 0
    frame["order"] = frame["financial_year"] * 4 + frame["quarter"]
    length = frame[frame["inside"]].groupby("order").size()
    full = length.index[length >= FULL_QUARTER_WEEKS]
    frame["inside"] &= frame["order"].isin(full) & (frame["order"] < (full[0] if len(full) else 0) + 4 * YEARS)
    return frame


def budget(money: Iterator[pd.DataFrame], dates: np.ndarray, scenario: str) -> pd.DataFrame | None:
    """Budget lines by quarter and full financial year from each replication's money table (week, category, provider, gbp)."""
    when = horizon(dates)
    if not when["inside"].any():
        return None
    wide = pd.concat([_lines(one, when) for one in money], axis=1).fillna(0.0)
    bands = np.percentile(wide, PERCENTILES, axis=1)
    frame = wide.index.to_frame(index=False)
    frame.insert(0, "scenario", scenario)
    frame["replications"], frame["mean"] = wide.shape[1], wide.mean(axis=1).to_numpy()
    frame["p10"], frame["p50"], frame["p90"] = bands
    weeks = when[when["inside"]].groupby(["financial_year", "quarter"]).size()
    frame["weeks"] = [
        weeks[year].sum() if quarter == "year" else weeks[year, int(quarter[1])]
        for year, quarter in zip(frame["financial_year"], frame["quarter"], strict=True)
    ]
    return frame


def _lines(money: pd.DataFrame, when: pd.DataFrame) -> pd.Series:
    """Amount by financial year, quarter, line and provider of one future, with subtotals, totals and full years."""
    order = when["order"].where(when["inside"], -1).to_numpy()[money["week"].to_numpy()]
    lines = money[["category", "provider", "gbp"]].assign(order=order)[order >= 0]
    flat = lines.groupby(["order", "category", "provider"], observed=True, sort=False, dropna=False)["gbp"].sum().reset_index()
    flat = flat.rename(columns={"category": "line"}).astype({"line": str})
    flat["provider"] = flat["provider"].astype(object).fillna("").replace("", "all")
    flat["financial_year"], flat["quarter"] = (flat["order"] - 1) // 4, "Q" + ((flat["order"] - 1) % 4 + 1).astype(str)
    keys = ["financial_year", "quarter", "line", "provider"]
    part = flat[flat["provider"] != "all"].groupby(keys)["gbp"].sum()
    whole = flat.assign(provider="all").groupby(keys)["gbp"].sum()
    total = flat.assign(provider="all", line=TOTAL).groupby(keys)["gbp"].sum()
    by_quarter = pd.concat([part, whole, total])
    by_year = by_quarter[by_quarter.index.get_level_values("financial_year").isin(_full_years(when))]
    by_year = (
        by_year.groupby(level=["financial_year", "line", "provider"])
        .sum()
        .reset_index()
        .assign(quarter="year")
        .set_index(keys)["gbp"]
    )
    return pd.concat([by_quarter, by_year]).sort_index()


def _full_years(when: pd.DataFrame) -> list[int]:
    length = when[when["inside"]].groupby("financial_year")["quarter"].nunique()
    return list(length.index[length == 4])


# ---- sufficiency


def sufficiency(data: Matrix, scenario: str) -> pd.DataFrame:
    """Lines of the statement for the first four full financial years of one scenario."""
    keys = data.keys
    full = keys[(keys["period_kind"] == "year") & (keys["weeks"] >= FULL_YEAR_WEEKS)]
    years = sorted(full["period"].unique())[:YEARS]
    if not years:
        return pd.DataFrame()
    inside = full[full["period"].isin(years)]
    parts = [_table(data, inside, title, measure, kind) for title, wanted in STATEMENT.items() for measure, kind in wanted]
    frame = pd.concat([part for part in parts if len(part)], ignore_index=True) if any(map(len, parts)) else pd.DataFrame()
    if len(frame):
        frame.insert(0, "scenario", scenario)
    return frame


def group_order(group: str) -> tuple[float, str]:
    """Where a breakdown stands in a table: by the first number in its name (``under 1`` before ``1-4`` before ``16+``)."""
    name = group.partition(":")[2]
    number = re.search(r"\d+", name)
    return (float(number[0]) - 0.5 * name.startswith("under") if number else 0.0, name)


def _table(data: Matrix, inside: pd.DataFrame, title: str, measure: str, kind: str) -> pd.DataFrame:
    chosen = inside[
        (inside["measure"] == measure)
        & ((inside["group"] == "all") if kind == "all" else inside["group"].str.startswith(f"{kind}:"))
    ]
    chosen = chosen.assign(order=chosen["group"].map(group_order)).sort_values(["order", "period"])
    values = data.array[:, chosen.index]
    present = np.isfinite(values).any(0)
    chosen, values = chosen[present], values[:, present]
    if not len(chosen):
        return pd.DataFrame()
    line = REGISTER[measure].meaning if kind == "all" else chosen["group"].str.partition(":")[2]
    bands = np.nanpercentile(values, PERCENTILES, axis=0)
    return pd.DataFrame(
        {
            "table": title,
            "line": line,
            "financial_year": chosen["period"].astype(int),
            "unit": chosen["unit"],
            "replications": np.isfinite(values).sum(0),
            "p10": bands[0],
            "p50": bands[1],
            "p90": bands[2],
            "measure": measure,
        }
    )
