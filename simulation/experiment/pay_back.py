"""What a plan costs and saves beside its base, in money that can be cashed and in cost avoided, and when it has paid back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from simulation.results import files
from simulation.results.folder import Results
from simulation.words import amount, day_words

OWN_COST = ("lever: ", "capital: ", "fostering: recruiting", "staff: retention", "looked after: empty beds")
"""Lines that are the price of a plan itself; everything else that changes is its effect."""
LOOKED_AFTER = "looked after: "
CAPACITY = ("kind:foster own", "kind:home own", "kind:home private")


def pay_back(results: Results, done: list[tuple[str, int]], bases: Mapping[str, str]) -> pd.DataFrame | None:
    """One row for each scenario with a base: cost, saving and pay-back, over the replications that both have run.

    A saving is *avoided* where fewer children are looked after, at the base's mean cost of a child-week, and *cashable*
    otherwise. The plan has paid back in the first week from which the mean of all it has cost and saved is not above zero.
    None if no scenario has a base or the model wrote no money.
    """
    rows = []
    known: dict[str, dict[int, pd.DataFrame]] = {base: {} for base in bases.values()}
    for scenario, base in bases.items():
        both = sorted({n for name, n in done if name == scenario} & {n for name, n in done if name == base})
        if scenario != base and both and results.replication_file(scenario, both[0], "money").exists():
            named = {"scenario": scenario, "base": base, "replications": len(both)}
            found = _compare(results, scenario, base, both, known[base])
            rows.append(named | {"in_words": in_words(found)} | found)
    return pd.DataFrame(rows) if rows else None


def in_words(row: Mapping[str, Any]) -> str:
    """One row of the table as sentences: its own cost, what it saves, what is left, and since when it has paid back."""
    began = f" from {day_words(row['money_from'])}" if row["money_from"] else ""
    said = [f"Its own lines cost {amount(row['cost_gbp'], 'GBP')}{began}." if row["cost_gbp"] else "It has no lines of its own."]
    avoided, cash = row["avoided_cost_gbp"], row["cashable_saving_gbp"]
    if avoided:
        weeks = "Fewer weeks in care avoid" if avoided > 0 else "More weeks in care cost"
        said.append(f"{weeks} {amount(abs(avoided), 'GBP')}.")
    if cash:
        others = "Other lines fall" if cash > 0 else "Other lines, fees and posts among them, rise"
        said.append(f"{others} by {amount(abs(cash), 'GBP')}.")
    low, high = row["net_p10_gbp"], row["net_p90_gbp"]
    said.append(f"Over the run it {_way(row['net_gbp'])} net (8 futures in 10: {_way(low)} to {_way(high)}).")
    back = row["paid_back_from"]
    since = f"has paid back from {day_words(back)}" if back else "has not paid back within the run"
    return " ".join([*said, f"On the mean it {since}."])


def _way(gbp: float) -> str:
    return f"costs {amount(gbp, 'GBP')}" if gbp > 0 else f"saves {amount(-gbp, 'GBP')}"


def _compare(
    results: Results, scenario: str, base: str, numbers: list[int], known: dict[int, pd.DataFrame]
) -> dict[str, object]:
    """The row of ``scenario``; ``known``: weeks of the base by replication, read once for all the plans beside it."""
    known.update({number: _weeks(results, base, number) for number in numbers if number not in known})
    plan, without = [_weeks(results, scenario, number) for number in numbers], [known[number] for number in numbers]
    length = min(len(one) for one in (*plan, *without))
    differences = [a.iloc[:length] - b.iloc[:length] for a, b in zip(plan, without, strict=True)]
    mean = sum(differences) / len(differences)
    child_weeks = sum(float(one["child-weeks"].sum()) for one in without)
    a_child_week = sum(float(one["looked after"].sum()) for one in without) / child_weeks if child_weeks else 0.0
    cost, net = float(mean["own cost"].sum()), [float(one["all"].sum()) for one in differences]
    avoided = -float(mean["child-weeks"].sum()) * a_child_week
    saved = cost - float(np.mean(net))
    return {
        "money_from": _first(mean["own cost"].abs() > 1.0),
        "usable_from": _first(mean["places"] >= 1.0),
        "cost_gbp": round(cost),
        "cashable_saving_gbp": round(saved - avoided),
        "avoided_cost_gbp": round(avoided),
        "net_gbp": round(float(np.mean(net))),
        "net_p10_gbp": round(float(np.percentile(net, 10))),
        "net_p90_gbp": round(float(np.percentile(net, 90))),
        "paid_back_from": _paid_back(mean),
    }


def _paid_back(mean: pd.DataFrame) -> str:
    """The first date from which all that was spent and saved stays at or below zero; empty if it does not within the run."""
    spent = mean["all"].cumsum()
    started = mean["own cost"].abs().cumsum() > 1.0
    above = np.flatnonzero((spent > 0) & started)
    if not started.any() or (len(above) and above[-1] == len(mean) - 1):
        return ""
    return str(mean.index[above[-1] + 1]) if len(above) else _first(started)


def _first(yes: pd.Series) -> str:
    return str(yes.index[int(np.argmax(yes.to_numpy()))]) if yes.any() else ""


def _weeks(results: Results, scenario: str, number: int) -> pd.DataFrame:
    """By date: all money, the plan's own lines, spend on looked-after children, child-weeks, places of one's own or nearby."""
    money = files.read_parquet(results.replication_file(scenario, number, "money"))
    weekly = files.read_parquet(results.replication_file(scenario, number), ["week", "date", "measure", "group", "value"])
    dates = weekly.drop_duplicates("week").set_index("week")["date"].astype(str).sort_index()
    told = pd.DataFrame(index=dates.index)
    category = money["category"].astype("category")
    for name, starts in (("all", ""), ("own cost", OWN_COST), ("looked after", LOOKED_AFTER)):
        told[name] = money[category.str.startswith(starts)].groupby("week")["gbp"].sum()
    measure, group = weekly["measure"], weekly["group"]
    told["child-weeks"] = weekly[(measure == "weeks_looked_after") & (group == "all")].set_index("week")["value"]
    places = weekly[(measure == "n_places") & group.isin(CAPACITY)]
    told["places"] = places.groupby("week")["value"].sum()
    told.index = dates.to_numpy()
    return told.fillna(0.0).iloc[1:]
