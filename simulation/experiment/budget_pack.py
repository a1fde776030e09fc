"""The sufficiency and budget pack: four years of quarterly budget lines, and the tables of a placement sufficiency statement.

Each figure is given as the mean, and as P10, P50 and P90 of the futures. Means of lines add up to that of their total;
percentiles do not, so totals are worked out future by future.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd

from simulation.base.measures import REGISTER
from simulation.base.wording import capital, quarter_words, short, year_words
from simulation.results import files
from simulation.results.folder import Results
from simulation.results.periods import YEAR, financial_quarters, whole
from simulation.results.summary import Matrix, percentiles

YEARS = 4
WEEK_DAYS = 7
PERCENTILES = (10, 50, 90)
TOTAL, REVENUE, CAPITAL = "total", "revenue total", "capital total"
CAPITAL_LINES = "capital: "
"""How the lines begin that stand apart from the budget and from net outturn."""
BUDGETS = ("budget_quarterly", "budget_yearly", "budget_by_provider")
"""Tables of the budget. No row of one is part of another row of it, but for the marked total."""
STATEMENT: dict[str, tuple[tuple[str, str], ...]] = {
    "1 Children looked after at 31 March": (("n_looked_after", "all"), ("n_unaccompanied", "all")),
    "2 By age": (("n_looked_after", "age"),),
    "3 By placement": (("n_looked_after", "placement"),),
    "4 By provider": (("n_looked_after", "provider"),),
    "5 By legal status": (("n_looked_after", "legal"),),
    "6 By category of need": (("n_looked_after", "need"),),
    "7 Starting to be looked after": (("new_care_starts", "all"), ("new_care_starts", "age"), ("new_care_starts", "reason")),
    "8 Ceasing to be looked after": (("new_care_ceased", "all"), ("new_care_ceased", "reason"), ("new_care_ceased", "age")),
    "9 Own places": (("n_places", "own carers"), ("n_places", "own homes")),
    "10 Places of every kind, families' own households and other authorities' children included": (
        ("n_places", "kind"),
        ("n_places", "state"),
    ),
    "11 Where children live": (
        ("pct_outside_boundary", "all"),
        ("pct_over_20_miles", "all"),
        ("pct_outside_over_20_miles", "all"),
        ("n_outside_boundary", "all"),
        ("n_over_20_miles", "all"),
        ("n_outside_over_20_miles", "all"),
    ),
    "12 Finding a home": (
        ("new_placements", "all"),
        ("new_placements", "location"),
        ("new_searches", "all"),
        ("new_failed_searches", "all"),
        ("new_failed_searches", "reason"),
        ("new_emergency_nights", "all"),
        ("new_unregistered_nights", "all"),
    ),
    "13 Brothers and sisters": (
        ("n_sibling_groups", "all"),
        ("pct_siblings_together", "all"),
        ("pct_siblings_together", "size"),
        ("pct_siblings_to_plan", "all"),
    ),
    "14 Stability": (
        ("pct_three_placements", "all"),
        ("pct_long_term_stability", "all"),
        ("mean_moves_per_child_year", "all"),
        ("mean_disruptions_per_child_year", "all"),
    ),
    "15 Unit costs and spend": (
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
    """The budget tables and ``sufficiency``; None where the run is too short for a whole quarter or year."""
    budgets = [_budget(results, name, [n for s, n in done if s == name]) or {} for name in data]
    return {
        **{table: _join([one.get(table) for one in budgets]) for table in BUDGETS},
        "sufficiency": _join([sufficiency(matrix, name) for name, matrix in data.items()]),
    }


def _join(parts: list[pd.DataFrame | None]) -> pd.DataFrame | None:
    found = [part for part in parts if part is not None and len(part)]
    return pd.concat(found, ignore_index=True) if found else None


def _budget(results: Results, scenario: str, numbers: list[int]) -> dict[str, pd.DataFrame] | None:
    """Budget tables of one scenario; None if the model wrote no money."""
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
    """The quarters of the pack: a row for each week and quarter it lies in, with the week's days in that quarter.

    dates: last day of each week, from week 0. Quarters are calendar quarters, so a week that lies in two is shared
    between them day by day. The pack begins with the first whole quarter of the run and goes on for four years; only
    whole quarters are in it, those of which the run holds every week (``periods.whole``). Columns: week, financial_year,
    quarter, days.
    """
    day = dates[1:, None].astype("datetime64[D]") - np.arange(WEEK_DAYS)[::-1]
    order = financial_quarters(day, middle=0)
    flat = pd.DataFrame({"week": np.repeat(np.arange(1, len(dates)), WEEK_DAYS), "order": order.ravel()})
    when = flat.groupby(["week", "order"]).size().rename("days").reset_index()
    complete = whole(dates, financial_quarters)
    when = when[when["order"].isin(complete) & (when["order"] < (complete[0] if len(complete) else 0) + 4 * YEARS)]
    when = when.assign(financial_year=when["order"] // 4, quarter="Q" + (when["order"] % 4 + 1).astype(str))
    return when[["week", "financial_year", "quarter", "days"]].reset_index(drop=True)


def budget(money: Iterable[pd.DataFrame], dates: np.ndarray, scenario: str) -> dict[str, pd.DataFrame] | None:
    """The three budget tables from each replication's money table (week, category, provider, gbp); None without a whole quarter.

    Totals over providers, lines and quarters are worked out future by future. ``budget_by_provider`` holds no totals.
    """
    when = horizon(dates)
    if not len(when):
        return None
    wide = pd.concat([_lines(one, when) for one in money], axis=1).fillna(0.0)
    whole = [year for year, quarters in when.groupby("financial_year")["quarter"].unique().items() if len(quarters) == 4]
    by_line = _with_total(wide.groupby(level=["financial_year", "quarter", "line"]).sum())
    by_year = _with_total(wide.groupby(level=["financial_year", "line"]).sum().loc[whole])
    made = {"budget_quarterly": by_line, "budget_yearly": by_year, "budget_by_provider": wide}
    return {name: _bands(futures, scenario, when) for name, futures in made.items() if len(futures)}


def _lines(money: pd.DataFrame, when: pd.DataFrame) -> pd.Series:
    """Amount by financial year, quarter, line and provider of one future."""
    shared = money[["week", "category", "provider", "gbp"]].astype({"category": str}).merge(when, on="week")
    shared["gbp"] = shared["gbp"] * shared["days"] / WEEK_DAYS
    shared["provider"] = shared["provider"].astype(object).fillna("").replace("", "none")
    return shared.rename(columns={"category": "line"}).groupby(["financial_year", "quarter", "line", "provider"])["gbp"].sum()


def _with_total(futures: pd.DataFrame) -> pd.DataFrame:
    """The lines of each period; after them the total of revenue, which is net outturn, and of capital where there is any."""
    periods = [name for name in futures.index.names if name != "line"]
    apart = futures.index.get_level_values("line").str.startswith(CAPITAL_LINES)
    revenue = futures[~apart].groupby(level=periods).sum()
    totals = [revenue.assign(line=REVENUE)]
    if apart.any():
        spent = futures[apart].groupby(level=periods).sum().reindex(revenue.index, fill_value=0.0)
        totals.append(spent.assign(line=CAPITAL))
    both = pd.concat([futures, *(total.set_index("line", append=True) for total in totals)])
    order = both.index.to_frame(index=False)
    order["last"] = order["line"].map({REVENUE: 2, CAPITAL: 3}).fillna(order["line"].str.startswith(CAPITAL_LINES) * 1)
    return both.iloc[order.sort_values([*periods, "last", "line"]).index]


def _bands(futures: pd.DataFrame, scenario: str, when: pd.DataFrame) -> pd.DataFrame:
    """Mean and percentiles over futures (columns of ``futures``) as a table, to the penny."""
    frame = futures.index.to_frame(index=False)
    frame.insert(0, "scenario", scenario)
    if "provider" not in frame:
        frame.insert(list(frame).index("line"), "row", np.where(frame["line"].isin([REVENUE, CAPITAL]), TOTAL, "line"))
    frame.insert(1, "when", _period_words(frame))
    frame["replications"], frame["mean"] = futures.shape[1], futures.mean(axis=1).to_numpy().round(2)
    frame["p10"], frame["p50"], frame["p90"] = np.percentile(futures, PERCENTILES, axis=1).round(2)
    periods = [name for name in ("financial_year", "quarter") if name in frame]
    days = when.groupby(periods)["days"].sum().rename("days").reset_index()
    return frame.merge(days, on=periods, how="left")


def _period_words(frame: pd.DataFrame) -> list[str]:
    """``Apr-Jun 2020`` of a quarter, ``2020-21`` of a year."""
    if "quarter" not in frame:
        return [year_words(int(year)) for year in frame["financial_year"]]
    return [quarter_words(int(year), str(name)) for year, name in zip(frame["financial_year"], frame["quarter"], strict=True)]


def sufficiency(data: Matrix, scenario: str) -> pd.DataFrame:
    """Lines of the statement for the first four full financial years of one scenario."""
    keys = data.keys
    full = keys[keys["period_kind"] == YEAR]
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


BEFORE = {
    ("n_places", "own carers"): "Own carers: ",
    ("n_places", "own homes"): "Own homes: ",
    ("n_places", "state"): "All: ",
    ("new_placements", "location"): "New placements: ",
    ("new_failed_searches", "reason"): "Found none suitable: ",
    ("pct_siblings_together", "size"): "Siblings placed together, groups of ",
}
"""What stands before a group's own name where the table's title does not say of what it is a breakdown."""


def _line(measure: str, kind: str) -> str:
    return BEFORE.get((measure, kind), "")


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
    line = capital(short(measure)) if kind == "all" else _line(measure, kind) + chosen["group"].str.partition(":")[2]
    bands = percentiles(values, PERCENTILES)
    digits = _digits(measure)
    return pd.DataFrame(
        {
            "table": title,
            "line": line,
            "financial_year": chosen["period"].astype(int),
            "when": [year_words(int(year)) for year in chosen["period"]],
            "unit": chosen["unit"],
            "replications": np.isfinite(values).sum(0),
            "mean": np.nanmean(values, axis=0).round(2),
            "p10": bands[0].round(digits),
            "p50": bands[1].round(digits),
            "p90": bands[2].round(digits),
            "measure": measure,
        }
    )


def _digits(measure: str) -> int:
    """Places after the point: none for counts and pounds, one for percentages, two for other ratios."""
    register = REGISTER[measure]
    if register.how != "ratio" or register.unit.startswith("GBP"):
        return 0
    return 1 if register.unit == "%" else 2
