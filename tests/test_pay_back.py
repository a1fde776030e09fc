"""Pay-back: cost, cashable saving and avoided cost from tables whose sums are known."""

from types import SimpleNamespace

import pandas as pd
import pytest

from simulation.experiment.pay_back import pay_back
from simulation.results import files

DATES = [f"2021-01-{day:02d}" for day in range(1, 29, 7)] + ["2021-01-29", "2021-02-05"]


def folder(tmp_path, scenario, lines, child_weeks, places):
    """One replication's files: money lines by week from 1, and the two measures that are read."""
    where = tmp_path / scenario
    where.mkdir()
    money = pd.DataFrame([(week, *line) for week, week_lines in enumerate(lines, 1) for line in week_lines], columns=["week", "category", "provider", "gbp"])
    money.to_parquet(where / "money.parquet")
    weekly = [(week, DATES[week], "weeks_looked_after", "all", n) for week, n in enumerate([0, *child_weeks])]
    weekly += [(week, DATES[week], "n_places", "kind:foster own", n) for week, n in enumerate([0, *places])]
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
