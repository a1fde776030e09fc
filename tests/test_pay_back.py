"""Pay-back: cost, cashable saving and avoided cost from tables whose sums are known."""

from types import SimpleNamespace

import pandas as pd
import pytest

from simulation.experiment.pay_back import pay_back
from simulation.results import files

DATES = [f"2021-01-{day:02d}" for day in range(1, 29, 7)] + ["2021-01-29", "2021-02-05"]


def folder(tmp_path, scenario, lines, child_weeks, places, own_home=(), placements=()):
    """One replication's files: money lines by week from 1, the measures that are read, and placements (start, end, urn)."""
    where = tmp_path / scenario
    where.mkdir()
    money = pd.DataFrame([(week, *line) for week, week_lines in enumerate(lines, 1) for line in week_lines], columns=["week", "category", "provider", "gbp"])
    money.to_parquet(where / "money.parquet")
    weekly = [(week, DATES[week], "weeks_looked_after", "all", n) for week, n in enumerate([0, *child_weeks])]
    weekly += [(week, DATES[week], "n_places", "kind:foster own", n) for week, n in enumerate([0, *places])]
    weekly += [(week, DATES[week], "n_places", "kind:home own", n) for week, n in enumerate(own_home)]
    lived = pd.DataFrame(list(placements), columns=["start", "end", "urn"]).astype({"start": "datetime64[ns]", "end": "datetime64[ns]"})
    lived.to_parquet(where / "placements.parquet")
    pd.DataFrame(weekly, columns=["week", "date", "measure", "group", "value"]).to_parquet(where / "weekly.parquet")


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "read_parquet", lambda path, columns=None: pd.read_parquet(path, columns=columns))
    return SimpleNamespace(path=tmp_path, replication_file=lambda scenario, number, table="weekly": tmp_path / scenario / f"{table}.parquet")


def week(agency, own=0.0):
    return [("looked after: foster agency", "private", agency)] + ([("lever: sibling carers", "own", own)] if own else [])


def test_cost_saving_and_pay_back_of_known_tables(tmp_path, results):
    folder(tmp_path, "base", [week(1000)] * 5, [10] * 5, [4] * 5)
    folder(tmp_path, "plan", [week(1000), week(1000, 300), week(800, 100), week(700), week(700)], [10, 10, 10, 10, 8], [4, 4, 5, 5, 5])
    told = pay_back(results, [("base", 1), ("plan", 1)], {"base": "base", "plan": "base"})
    row = told.iloc[0]
    assert len(told) == 1 and (row["scenario"], row["base"], row["replications"]) == ("plan", "base", 1)
    assert (row["money_from"], row["usable_from"], row["paid_back_from"]) == ("2021-01-15", "2021-01-22", "2021-01-29")
    assert row["cost_gbp"] == 400 and row["net_gbp"] == 400 - 800
    assert row["avoided_cost_gbp"] == pytest.approx(2 * 100)  # two child-weeks fewer at 100 a week
    assert row["cashable_saving_gbp"] == pytest.approx(800 - 200)


def test_a_plan_that_only_costs_never_pays_back(tmp_path, results):
    folder(tmp_path, "base", [week(1000)] * 5, [10] * 5, [4] * 5)
    folder(tmp_path, "plan", [week(1000, 50)] * 5, [10] * 5, [4] * 5)
    row = pay_back(results, [("base", 1), ("plan", 1)], {"plan": "base"}).iloc[0]
    assert row["paid_back_from"] == "" and row["usable_from"] == "" and row["cashable_saving_gbp"] == 0


def test_nothing_to_compare_gives_no_table(results):
    assert pay_back(results, [("base", 1)], {"base": "base"}) is None


def test_one_total_with_capital_on_its_own(tmp_path, results):
    """Net outturn and capital add up to the total, and the pieces of net outturn to net outturn."""
    beds = ("looked after: empty beds in own homes", "own", 50)
    folder(tmp_path, "base", [week(1000)] * 5, [10] * 5, [4] * 5, [2] * 6)
    built = [*week(1000), ("capital: own homes", "own", 9000)]
    folder(tmp_path, "plan", [built, week(1000), [*week(900), beds], week(900), week(900)], [10, 10, 10, 10, 9], [4] * 5, [2, 2, 2, 4, 4, 4],
           [("2021-01-25", None, "12000100000003000"), ("2021-01-20", "2021-01-21", "12000000000001"), ("2021-02-01", None, "12000100000003")])  # fmt: skip
    row = pay_back(results, [("base", 1), ("plan", 1)], {"plan": "base"}).iloc[0]
    assert (row["capital_gbp"], row["cost_gbp"], row["net_gbp"], row["net_outturn_gbp"]) == (9000, 9050, 8750, -250)
    assert row["net_outturn_gbp"] + row["capital_gbp"] == row["net_gbp"] == row["cost_gbp"] - row["avoided_cost_gbp"] - row["cashable_saving_gbp"]
    assert "costs £8,750 in all" in row["in_words"] and "Of that, £9,000 is capital, outside the budget; net outturn falls by £250." in row["in_words"]
    assert (row["usable_from"], row["money_from"]) == ("2021-01-22", "2021-01-08")
    assert row["home"] == "Its new home opens in January 2021 and takes its first child in February 2021; 1 of 2 beds are filled at the end of the run, on average."


def test_chance_in_other_places_is_not_put_down_to_a_plan_that_pays_for_none(tmp_path, results):
    """Empty beds of homes that were there, and a foster home more by luck, are no part of a plan of posts."""
    folder(tmp_path, "base", [week(1000)] * 5, [10] * 5, [4] * 5)
    beds = ("looked after: empty beds in own homes", "own", 80)
    folder(tmp_path, "plan", [[*week(1000), beds]] * 5, [10] * 5, [4, 4, 6, 6, 6])
    row = pay_back(results, [("base", 1), ("plan", 1)], {"plan": "base"}).iloc[0]
    assert (row["cost_gbp"], row["usable_from"], row["home"], row["net_gbp"]) == (0, "", "", 400)
