"""What the report says against published figures, of the starting day and of money as tables and a waterfall."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree

import matplotlib
import numpy as np
import pandas as pd
import pytest
from fake_results import make

from simulation.base.wording import span
from simulation.report import packs, published, tables
from simulation.report.charts import money
from simulation.report.charts.steps import Step
from simulation.report.family import Family
from simulation.report.folder import Results
from simulation.report.money import Money
from simulation.report.style import LOOK, Chart


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An experiment with two runs over a little more than a year, to be copied and changed."""
    return make(tmp_path_factory.mktemp("results") / "small", replications=2)


def _with_history(made: Path, history: list[dict]) -> Results:
    run = json.loads((made / "run.json").read_text())
    run["scenarios"][0]["history"] = history
    (made / "run.json").write_text(json.dumps(run))
    return Results(made)


def test_what_misses_the_published_figures_is_named_with_both_figures(small: Path, tmp_path: Path) -> None:
    made = copytree(small, tmp_path / "r")
    now = float(Results(made).figures("n_looked_after")["mean"]["bradford_2020"])
    agency = Results(made).weekly("n_agency_workers")["bradford_2020"][:, 27].mean()
    history = [{"indicator": "cla_31march_number", "year": 2021, "value": 2 * now}, {"indicator": "sw_agency_fte", "year": 2020, "value": 3 * agency},
               {"indicator": "sw_inpost_fte", "year": 2021, "value": 1.0}, {"indicator": "referrals_number", "year": 2021, "value": 1.0}]  # fmt: skip
    told = published.misses(_with_history(made, history), "bradford_2020")
    assert told.startswith("Against published figures of 2020-21 (Bradford 2020), 2 of 2 measures are more than a tenth off: agency social workers")
    assert f"children in care {now:,.0f}, published {2 * now:,.0f}" in told
    history = [{"indicator": "cla_31march_number", "year": 2021, "value": 1.05 * now}]
    assert "none of 1 compared is more than a tenth off" in published.misses(_with_history(made, history), "bradford_2020")
    assert published.misses(_with_history(made, []), "bradford_2020") == ""


def test_a_share_that_begins_far_from_its_course_is_named(small: Path, tmp_path: Path) -> None:
    made = copytree(small, tmp_path / "r")
    table = pd.read_parquet(made / "weekly.parquet")
    plans, due = (table["measure"] == name for name in ("new_plans_by_second_review", "new_second_reviews_due"))
    table.loc[plans, "value"] = 0.5 * table.loc[due, "value"].to_numpy()
    table.to_parquet(made / "weekly.parquet", index=False)
    assert published.courses(Results(made), "bradford_2020") == ""
    early = (table["measure"] == "new_plans_by_second_review") & (table["week"] <= 13)
    table.loc[early, "value"] = 0.0
    table.to_parquet(made / "weekly.parquet", index=False)
    pd.DataFrame({"scenario": ["bradford_2020", "recruitment"], "measure": ["n_plans_overdue"] * 2, "start": [89.0] * 2, "after_4_weeks": [73.0] * 2,
                  "verdict": ["jump at the start"] * 2}).to_csv(made / "start_check.csv", index=False)  # fmt: skip
    told = published.courses(Results(made), "bradford_2020")
    assert "plans agreed by the second review (0% in the first 13 weeks, " in told
    assert told.count("children whose plan is overdue (89 at the start, 73 four weeks later)") == 1


def test_nothing_that_jumps_is_said_to_have_been_checked(small: Path, tmp_path: Path) -> None:
    made = copytree(small, tmp_path / "r")
    assert published.unchecked(Results(made)) == ""
    pd.DataFrame({"scenario": ["bradford_2020"], "measure": ["n_posts"], "verdict": ["steady"]}).to_csv(made / "start_check.csv", index=False)
    assert published.unchecked(Results(made)) == "Nothing jumps at the start: 1 standing measures were checked."


def test_few_runs_have_a_lowest_and_a_highest_and_no_interval(small: Path, tmp_path: Path) -> None:
    results = Results(small)
    ends = pd.read_parquet(small / "yearly.parquet").query("measure == 'n_looked_after' and group == 'all' and period == '2021' and scenario == 'recruitment'")["value"]
    assert results.extremes("recruitment", "n_looked_after") == (ends.min(), ends.max())
    assert "the lowest and the highest of the runs" in tables.spread_words(results)
    row = tables.ten_measures(Family(results, "bradford_2020", ("recruitment",)))[0].sections[0][1][0]
    assert (row.name, row.cells[1].interval) == ("Children in care", span(ends.min(), ends.max(), "children"))
    made = copytree(small, tmp_path / "r")
    (made / "yearly.parquet").unlink()
    assert "95% interval" in tables.spread_words(Results(made))


def test_plans_stand_beside_the_base_in_the_budget_with_the_difference(small: Path, tmp_path: Path) -> None:
    made = copytree(small, tmp_path / "r")
    lines = {"bradford_2020": {"staff": 2e7, "total": 2e7}, "recruitment": {"staff": 2.1e7, "capital: own homes": 8e5, "total": 2.18e7}}
    rows = [{"scenario": s, "financial_year": 2021, "row": "line", "line": k, "mean": v} for s, these in lines.items() for k, v in these.items()]
    pd.DataFrame(rows).to_csv(made / "budget_yearly.csv", index=False)
    pack = packs.packs(Results(made))[0]
    assert pack.title == "Budget, 2020-21: Bradford 2020 and its plans"
    assert [row[:3] for row in pack.rows] == [("Staff", "£20.0m", "£21.0m (+£1.00m)"), ("Capital: own homes", "£0", "£800k (+£800k)"), ("Total", "£20.0m", "£21.8m (+£1.80m)")]


def test_quarters_are_named_by_their_months(small: Path, tmp_path: Path) -> None:
    made = copytree(small, tmp_path / "r")
    rows = [{"scenario": "bradford_2020", "financial_year": 2021, "quarter": q, "line": "staff", "mean": 1e6} for q in ("Q1", "Q4")]
    pd.DataFrame(rows).to_csv(made / "budget_quarterly.csv", index=False)
    assert packs.packs(Results(made))[0].columns == ("Line", "Apr-Jun 2020", "Jan-Mar 2021")


def test_the_waterfall_of_money_ends_at_the_total_of_the_answer(small: Path, tmp_path: Path) -> None:
    made = copytree(small, tmp_path / "r")
    table = pd.read_csv(made / "comparison.csv")
    run = table[(table["scenario"] == "recruitment") & (table["period_kind"] == "run") & (table["group"] == "all")]
    spent = run[run["measure"] == "gbp_net"].assign(measure="gbp_capital", difference=7e5, ci_low=7e5, ci_high=7e5)
    pd.concat([table, spent]).to_csv(made / "comparison.csv", index=False)
    results = Results(made)
    with matplotlib.rc_context(LOOK):
        chart = money.money_steps(Family(results, "bradford_2020", ("recruitment",)))[0]
    assert isinstance(chart, Chart)
    net = results.difference("recruitment", "gbp_net", kind="run")
    assert net is not None
    steps = chart.table.set_index("Category")["Difference, pounds"]
    assert steps["Capital (not from the budget)"] == 7e5
    assert steps.iloc[:-1].sum() == pytest.approx(steps["All together"], abs=10) == pytest.approx(net["difference"] + 7e5, abs=10)
    assert "largest step" not in chart.headline, "two pairs of runs name no largest step"
    assert np.isfinite(chart.table["Low"].iloc[-1])


@pytest.mark.parametrize(("total", "low", "high", "runs", "told"), [
    (1e6, 5e5, 1.5e6, 20, "costs £1.00m more than the base; the largest step is fees (+£2.00m)"), (1e6, 5e5, 1.5e6, 3, "seems to cost £1.00m more than the base"),
    (-1e6, -1.5e6, -5e5, 20, "costs £1.00m less than the base; the largest step is fees (+£2.00m)"),
    (1e6, -5e5, 2.5e6, 20, "+£1.00m on average, which the runs cannot tell from luck"),
])  # fmt: skip
def test_a_step_is_named_only_where_the_runs_show_it(total: float, low: float, high: float, runs: int, told: str) -> None:
    steps = [Step("homes", 3e6, -1e6, 7e6), Step("fees", 2e6, 1e6, 3e6)]
    assert money._headline(steps, Money(total, total, 0.0, low, high, 1e4, runs, "the run")) == told


def test_posts_that_stand_empty_because_posts_were_added_are_not_worse_in_the_ten_measures(small: Path, tmp_path: Path) -> None:
    made = copytree(small, tmp_path / "r")
    table = pd.read_csv(made / "comparison.csv")
    table.loc[table["measure"] == "n_posts", ["difference", "ci_low", "ci_high"]] = 20.0
    table.loc[table["measure"] == "pct_vacancy", "verdict"] = "worse"
    table.to_csv(made / "comparison.csv", index=False)
    ten = tables.ten_measures(Family(Results(made), "bradford_2020", ("recruitment",)))[0]
    cell = next(row.cells[1] for _, rows in ten.sections for row in rows if row.name == "Posts vacant")
    assert (cell.verdict, cell.said) == ("changed", "with posts added")


def test_a_small_difference_is_slight_unless_it_is_about_safety(small: Path, tmp_path: Path) -> None:
    made = copytree(small, tmp_path / "r")
    table = pd.read_csv(made / "comparison.csv")
    for measure, gap in (("pct_long_term_stability", 0.2), ("weeks_unrecognised_risk", 0.5)):
        table.loc[table["measure"] == measure, ["difference", "ci_low", "ci_high"]] = gap
        table.loc[table["measure"] == measure, "verdict"] = "worse"
    table.to_csv(made / "comparison.csv", index=False)
    ten = tables.ten_measures(Family(Results(made), "bradford_2020", ("recruitment",)))[0]
    said = {row.name: row.cells[1].said for _, rows in ten.sections for row in rows}
    assert (said["Long-term stability"], said["Weeks of unrecognised risk"]) == ("slight", "seems worse")
