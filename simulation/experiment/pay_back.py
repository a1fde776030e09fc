"""What a plan costs and saves beside its base, in money that can be cashed and in cost avoided, and when it has paid back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from simulation.base.wording import amount, day_words, listed
from simulation.experiment.own_homes import own_homes
from simulation.results import files
from simulation.results.folder import Results

CAPITAL = "capital: "
OWN_COST = ("lever: ", CAPITAL, "fostering: recruiting", "staff: retention")
"""Lines that are the price of a plan itself; everything else that changes is its effect."""
EMPTY_BEDS = {CAPITAL: "looked after: empty beds in own homes", "block": "looked after: empty beds under block contract"}
"""Empty beds that are part of the price: in own homes for a plan that builds homes, and those it holds under contract."""
LOOKED_AFTER = "looked after: "
CAPACITY = {
    "lever: sibling carers": "kind:foster own",
    "fostering: recruiting": "kind:foster own",
    CAPITAL: "kind:home own",
    EMPTY_BEDS["block"]: "kind:home private",
}
"""What a plan pays for, and the places that come of it: no other place is put down to the plan."""


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
    """One row of the table as sentences: one total, what it is made of, capital on its own, and since when it has paid back."""
    low, high, capital = row["net_p10_gbp"], row["net_p90_gbp"], row["capital_gbp"]
    said = [f"Over the run it {_way(row['net_gbp'])} in all (8 futures in 10: {_way(low)} to {_way(high)})."]
    if capital:
        rises = "rises" if row["net_outturn_gbp"] > 0 else "falls"
        outturn = f"net outturn {rises} by {amount(abs(row['net_outturn_gbp']), 'GBP')}"
        said.append(f"Of that, {amount(capital, 'GBP')} is capital, outside the budget; {outturn}.")
    began = f" from {day_words(row['money_from'])}" if row["money_from"] else ""
    own, rest = row["cost_gbp"] - capital, row["net_outturn_gbp"] - (row["cost_gbp"] - capital) + row["avoided_cost_gbp"]
    made = [f"the plan's own lines cost {amount(own, 'GBP')}{began}" if own else "the plan has no lines of its own"]
    if avoided := row["avoided_cost_gbp"]:
        weeks = "fewer weeks in care avoid" if avoided > 0 else "more weeks in care cost"
        made.append(f"{weeks} {amount(abs(avoided), 'GBP')}")
    if rest:
        made.append(f"other lines, posts and fees among them, {'rise' if rest > 0 else 'fall'} by {amount(abs(rest), 'GBP')}")
    said.append(f"Net outturn is made of this: {listed(made)}.")
    said += [row["home"]] if row.get("home") else []
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
    built = abs(float(mean[CAPITAL].sum())) > 1.0
    mean["own cost"] += mean[EMPTY_BEDS["block"]] + (mean[EMPTY_BEDS[CAPITAL]] if built else 0.0)
    homes = own_homes(results, scenario, base, numbers) if built else None
    return {
        "money_from": _first(mean["own cost"].abs() > 1.0),
        "usable_from": _usable_from(mean),
        "home": homes.text if homes else "",
        **_pounds(mean, [float(one["all"].sum()) for one in differences], without),
        "paid_back_from": _paid_back(mean),
    }


def _pounds(mean: pd.DataFrame, net: list[float], without: list[pd.DataFrame]) -> dict[str, int]:
    """The columns of money in whole pounds, which add up: one total, and what it is made of.

    mean: mean difference by week; net: all money of each replication; without: weeks of the base by replication.
    """
    child_weeks = sum(float(one["child-weeks"].sum()) for one in without)
    a_child_week = sum(float(one["looked after"].sum()) for one in without) / child_weeks if child_weeks else 0.0
    cost, capital = round(float(mean["own cost"].sum())), round(float(mean[CAPITAL].sum()))
    avoided, total = round(-float(mean["child-weeks"].sum()) * a_child_week), round(float(np.mean(net)))
    return {
        "cost_gbp": cost,
        "capital_gbp": capital,
        "avoided_cost_gbp": avoided,
        "cashable_saving_gbp": cost - avoided - total,
        "net_gbp": total,
        "net_outturn_gbp": total - capital,
        "net_p10_gbp": round(float(np.percentile(net, 10))),
        "net_p90_gbp": round(float(np.percentile(net, 90))),
    }


def _usable_from(mean: pd.DataFrame) -> str:
    """The first date with a whole place more of a kind that the plan pays for; empty if it pays for none or none comes."""
    paid = dict.fromkeys(group for line, group in CAPACITY.items() if abs(float(mean[line].sum())) > 1.0)
    dates = [date for group in paid if (date := _first(mean[group] >= 1.0))]
    return min(dates, default="")


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
    """By date: all money, the plan's own lines, those that bring places, spend on children in care, child-weeks, places."""
    money = files.read_parquet(results.replication_file(scenario, number, "money"))
    weekly = files.read_parquet(results.replication_file(scenario, number), ["week", "date", "measure", "group", "value"])
    dates = weekly.drop_duplicates("week").set_index("week")["date"].astype(str).sort_index()
    told = pd.DataFrame(index=dates.index)
    category = money["category"].astype("category")
    lines: dict[str, str | tuple[str, ...]] = {"all": "", "own cost": OWN_COST, "looked after": LOOKED_AFTER}
    lines |= {line: line for line in (*CAPACITY, *EMPTY_BEDS.values())}
    for name, starts in lines.items():
        told[name] = money[category.str.startswith(starts)].groupby("week")["gbp"].sum()
    measure, group = weekly["measure"], weekly["group"]
    told["child-weeks"] = weekly[(measure == "weeks_looked_after") & (group == "all")].set_index("week")["value"]
    for kind in dict.fromkeys(CAPACITY.values()):
        told[kind] = weekly[(measure == "n_places") & (group == kind)].groupby("week")["value"].sum()
    told.index = dates.to_numpy()
    return told.fillna(0.0).iloc[1:]
