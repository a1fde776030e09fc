"""The budget and sufficiency pack adds up, and the check of the start sees a jump."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from quick_model import BASE, run_replication
from test_experiment_runner import run

from simulation.experiment import budget_pack, first_weeks
from simulation.results.summary import KEYS, Matrix
from simulation.results.tables import TABLES


def dates(weeks, start="2020-03-29"):
    return np.datetime64(start) + 7 * np.arange(weeks + 1)


def money(weeks=240, seed=1):
    return run_replication(BASE, seed, weeks=weeks)["money"]


@pytest.fixture(scope="module")
def tables():
    """The budget tables of five futures over four years and a half."""
    return budget_pack.budget((money(seed=number) for number in range(1, 6)), dates(240), "base")


def test_four_years_of_quarters_from_the_first_whole_one(tables):
    assert all(list(frame.columns) == TABLES[name].names for name, frame in tables.items()) and set(tables) == set(budget_pack.BUDGETS)
    quarters = tables["budget_quarterly"][["financial_year", "quarter"]].drop_duplicates()
    assert len(quarters) == 16 and tuple(quarters.iloc[0]) == (2021, "Q1") and tuple(quarters.iloc[-1]) == (2024, "Q4")
    late = budget_pack.budget(iter([money(120)]), dates(120, "2020-05-10"), "base")["budget_quarterly"]
    assert tuple(late.iloc[0][["financial_year", "quarter"]]) == (2021, "Q2"), "a quarter that began before the run is left out"


def test_a_quarter_is_a_calendar_quarter_whatever_the_weeks(tables):
    lines = tables["budget_quarterly"]
    days = lines.drop_duplicates(["financial_year", "quarter"]).set_index(["financial_year", "quarter"])["days"]
    assert list(days[2021]) == [91, 92, 92, 90] and list(days[2024]) == [91, 92, 92, 91], "2024 was a leap year"
    assert dict(tables["budget_yearly"].groupby("financial_year")["days"].first()) == {2021: 365, 2022: 365, 2023: 365, 2024: 366}
    even = pd.DataFrame({"week": range(1, 241), "category": "staff", "provider": "own", "gbp": 700.0})
    spent = budget_pack.budget(iter([even]), dates(240), "base")["budget_quarterly"]
    assert list(spent["mean"] / spent["days"]) == pytest.approx([100.0] * len(spent)), "even spending is even from quarter to quarter"


def day_by_day(part, begins, ends):
    """What one future spent between two days, a day at a time."""
    by_week = part.groupby("week")["gbp"].sum()
    last = dates(240)
    return sum(by_week.get(week, 0.0) / 7 for week in range(1, 241) for back in range(7) if begins <= last[week] - back < ends)


def test_each_table_adds_up_to_what_was_spent_and_counts_nothing_twice(tables):
    begins, ends = np.datetime64("2020-04-01"), np.datetime64("2024-04-01")
    spent = np.mean([day_by_day(money(seed=number), begins, ends) for number in range(1, 6)])
    for name in ("budget_quarterly", "budget_yearly"):
        by_row = tables[name].groupby("row")["mean"].sum()
        assert set(by_row.index) == {"line", "total"} and list(by_row) == pytest.approx([spent, spent]), name
    assert tables["budget_by_provider"]["mean"].sum() == pytest.approx(spent), "no totals among the providers"


def test_capital_stands_apart_from_revenue_in_a_total_of_its_own():
    built = pd.concat([money(60), pd.DataFrame({"week": [20], "category": "capital: own homes", "provider": "own", "gbp": 700.0})])
    frame = budget_pack.budget(iter([built, money(60)]), dates(60), "base")["budget_yearly"]
    lines, totals = frame[frame["row"] == "line"], frame[frame["row"] == "total"].set_index("line")["mean"]
    capital = lines["line"].str.startswith("capital:")
    assert list(totals.index) == ["revenue total", "capital total"] and totals["capital total"] == 350
    assert totals["revenue total"] == pytest.approx(lines["mean"][~capital].sum(), abs=0.1)
    assert list(frame["line"])[-3:] == ["capital: own homes", "revenue total", "capital total"]


def test_quarters_and_years_are_named_as_people_say_them(tables):
    quarters, years = (tables[name].drop_duplicates("when") for name in ("budget_quarterly", "budget_yearly"))
    assert list(quarters["when"])[:4] == ["Apr-Jun 2020", "Jul-Sep 2020", "Oct-Dec 2020", "Jan-Mar 2021"]
    assert list(years["when"]) == ["2020-21", "2021-22", "2022-23", "2023-24"]


@pytest.mark.parametrize(("weeks", "last"), [(51, ("2021", "Q3")), (52, ("2021", "Q4"))])
def test_budget_and_yearly_tables_have_the_same_whole_years(weeks, last, tmp_path):
    """The last week that lies mostly in March decides for both; a year that lacks it is marked as part of one."""
    results = run(tmp_path / "out", [BASE], 1, weeks=weeks)
    summary, quarters = results.read("summary"), results.read("budget_quarterly")
    assert tuple(quarters.iloc[-1][["financial_year", "quarter"]].astype(str)) == last
    assert (results.path / "budget_yearly.csv").exists() == (weeks == 52)
    kinds = set(summary[summary["period"] == "2021"]["period_kind"])
    assert kinds == ({"year"} if weeks == 52 else {"part year"})


def test_means_of_the_statement_add_up_and_children_are_whole(tmp_path):
    table = run(tmp_path / "out", [BASE], 3, weeks=110).read("sufficiency")
    assert set(table["when"]) == {"2020-21", "2021-22"}
    counts = table[table["unit"] == "children"]
    assert (counts[["p10", "p50", "p90"]] % 1 == 0).all(axis=None)
    ages = table[(table["table"] == "2 By age") & (table["financial_year"] == 2021)]
    summary = pd.read_csv(tmp_path / "out" / "summary.csv", encoding="utf-8-sig", dtype={"period": str})
    means = summary[(summary["period"] == "2021") & summary["group"].isin([f"age:{line}" for line in ages["line"]])]
    assert ages["mean"].sum() == pytest.approx(means[means["measure"] == "n_looked_after"]["mean"].sum(), abs=0.02)


def test_percentiles_are_of_futures(tables):
    totals = [day_by_day(money(seed=number), np.datetime64("2020-07-01"), np.datetime64("2020-10-01")) for number in range(1, 6)]
    lines = tables["budget_quarterly"]
    row = lines[(lines["financial_year"] == 2021) & (lines["quarter"] == "Q2") & (lines["row"] == "total")].iloc[0]
    assert list(row[["p10", "p50", "p90"]]) == pytest.approx(list(np.percentile(totals, (10, 50, 90))), abs=0.01)


def test_a_line_seen_in_one_future_only_is_zero_in_the_others():
    odd = money(60).assign(category=lambda frame: frame["category"].replace("staff", "rare"))
    frame = budget_pack.budget(iter([money(60), odd]), dates(60), "base")["budget_quarterly"]
    rare = frame[(frame["line"] == "rare") & (frame["quarter"] == "Q2")].iloc[0]
    assert 0 < rare["p10"] < rare["p90"] and rare["p50"] == pytest.approx(rare["mean"])
    assert frame["replications"].eq(2).all()


def test_too_short_a_run_has_no_pack(tmp_path):
    assert budget_pack.budget(iter([money(8)]), dates(8), "base") is None
    results = run(tmp_path / "out", [BASE], 2, weeks=8)
    assert not (results.path / "budget_quarterly.csv").exists() and not (results.path / "sufficiency.csv").exists()


def test_a_pack_left_by_a_longer_run_is_removed(tmp_path):
    assert (run(tmp_path / "out", [BASE], 1, weeks=60).path / "budget_quarterly.csv").exists()
    assert not (run(tmp_path / "out", [BASE], 1, weeks=8).path / "budget_quarterly.csv").exists()


def test_the_statement_has_its_tables_in_their_order(tmp_path):
    results = run(tmp_path / "out", [BASE], 4, weeks=110)
    table = results.read("sufficiency")
    assert list(table.columns) == TABLES["sufficiency"].names
    titles = list(dict.fromkeys(table["table"]))
    assert titles[:3] == ["1 Children looked after at 31 March", "2 By age", "3 By placement"] and set(titles) <= set(budget_pack.STATEMENT)
    summary = results.read("summary")
    row = table[(table["line"] == "10-15") & (table["financial_year"] == 2021)].iloc[0]
    same = summary[(summary["group"] == "age:10-15") & (summary["period"] == "2021")].iloc[0]
    assert (row["p10"], row["p50"], row["p90"]) == pytest.approx((same["p10"], same["p50"], same["p90"]), abs=0.51)
    assert row["mean"] == pytest.approx(same["mean"], abs=0.01)


def test_every_line_of_the_statement_says_what_it_is(tmp_path):
    keys = pd.DataFrame([("year", "2021", measure, group, "children") for measure, group in (
        ("n_looked_after", "all"), ("n_places", "own carers:vacant"), ("n_places", "own homes:vacant"), ("new_failed_searches", "reason:age"),
        ("pct_siblings_together", "size:2"), ("n_looked_after", "age:10-15"))], columns=KEYS).assign(weeks=52)  # fmt: skip
    told = budget_pack.sufficiency(Matrix(keys, np.ones((2, len(keys))), np.arange(2), np.arange(2)), "base")
    assert list(told["line"]) == ["Children in care", "10-15", "Own carers: vacant", "Own homes: vacant", "Found none suitable: age",
                                  "Siblings placed together, groups of 2"]  # fmt: skip
    assert len(set(zip(told["table"], told["line"], strict=True))) == len(told)


# ---- the check of the start


def paths(*given):
    return [("n_looked_after", "all")] * len(given), np.array(given)


def test_a_jump_after_the_start_is_seen_and_a_quiet_start_is_not():
    luck = np.random.default_rng(5)
    steady = 1000 + luck.normal(0, 1, 200)
    jump = np.r_[1000, 1000 + 60 + luck.normal(0, 1, 199)]
    drifting = 1000 + 3.0 * np.arange(200) + luck.normal(0, 1, 200)
    table = first_weeks.check("base", *paths(steady, jump, drifting))
    assert list(table.columns) == TABLES["start_check"].names
    assert list(table["verdict"]) == ["steady", "jump at the start", "drifting"]


def test_mser_leaves_out_the_settling_in():
    luck = np.random.default_rng(6)
    settling = 50 * np.exp(-np.arange(300) / 10) + luck.normal(0, 1, 300)
    assert 20 <= first_weeks.mser(settling) <= 70
    assert first_weeks.mser(luck.normal(0, 1, 300)) <= 150
    assert first_weeks.mser(np.arange(300.0)) is None and first_weeks.mser(np.arange(12.0)) is None


def test_mser_equals_its_definition():
    path = np.random.default_rng(7).normal(0, 1, 103).cumsum()
    batches = [np.mean(path[i : i + 5]) for i in range(0, 100, 5)]
    scores = {cut: sum((one - np.mean(batches[cut:])) ** 2 for one in batches[cut:]) / (len(batches) - cut) ** 2 for cut in range(11)}
    best = min(scores, key=scores.get)
    assert first_weeks.mser(path) == (best * 5 if best < 10 else None)


def test_mean_paths_are_means_of_standing_measures_over_replications():
    frames = [run_replication(BASE, number, weeks=30)["weekly"] for number in (1, 2)]
    names, mean = first_weeks.mean_paths(frames)
    one = pd.concat(frames)
    one = one[(one["measure"] == "n_posts") & (one["group"] == "all")].groupby("week")["value"].mean()
    assert list(mean[names.index(("n_posts", "all"))]) == pytest.approx(list(one))
    assert ("new_referrals", "all") not in names
