"""The answer in words: yes, no or not known; one total of money; posts filled; nothing small headlined."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree
from typing import Any

import pandas as pd
import pytest
from fake_results import make

from simulation.base.wording import amount
from simulation.report import answer, money, verdict
from simulation.report.family import Family
from simulation.report.folder import Results


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An experiment with two runs, to be copied and changed."""
    return make(tmp_path_factory.mktemp("results") / "small", replications=2)


def _changed(
    small: Path, to: Path, rows: dict[str, dict[str, Any]], *, period: str = "2021", question: str = "", lever: dict | None = None
) -> Results:
    """A copy in which some comparison rows of the plan ``recruitment`` are replaced (or added), and its question."""
    made = copytree(small, to)
    table = pd.read_csv(made / "comparison.csv")
    like = table[(table["scenario"] == "recruitment") & (table["period"] == period) & (table["group"] == "all")].set_index("measure")
    added = [like.loc[name if name in like.index else "gbp_net"].to_dict() | {"measure": name} | values for name, values in rows.items()]
    same = table["measure"].isin(list(rows)) & (table["scenario"] == "recruitment") & (table["period"] == period) & (table["group"] == "all")
    table = pd.concat([table[~same], pd.DataFrame(added)], ignore_index=True)
    table.to_csv(made / "comparison.csv", index=False)
    run = json.loads((made / "run.json").read_text())
    run["scenarios"][1]["question"] = question or run["scenarios"][1]["question"]
    run["scenarios"][1]["lever"] = lever or run["scenarios"][1]["lever"]
    (made / "run.json").write_text(json.dumps(run))
    return Results(made)


def _card(results: Results) -> answer.Card:
    return answer.card(Family(results, "bradford_2020", ("recruitment",)), "recruitment")


def _row(difference: float, low: float, high: float, verdict_: str = "no clear difference", **more: Any) -> dict[str, Any]:
    return {"difference": difference, "ci_low": low, "ci_high": high, "verdict": verdict_, "replications": 2} | more


@pytest.mark.parametrize(("difference", "low", "high", "told"), [
    (5.0, 3.0, 7.0, "Yes"), (0.3, 0.1, 0.5, "No"), (-5.0, -7.0, -3.0, "No"), (3.0, -6.0, 12.0, "Not known"), (0.6, 0.2, 1.4, "Not known"),
    (0.0, float("nan"), float("nan"), "Not known"),
])  # fmt: skip
def test_yes_no_or_not_known(difference: float, low: float, high: float, told: str) -> None:
    assert verdict.decided(difference, low, high, 1.0) == told


def test_a_plan_is_asked_its_own_question_and_whether_plans_come_in_time(small: Path, tmp_path: Path) -> None:
    rows = {"gbp_net": _row(-9e6, -1e7, -8e6), verdict.PLAN: _row(3.0, -6.0, 12.0, base_mean=30.0, mean=33.0)}
    made = _card(_changed(small, tmp_path / "r", rows, period="run", question="Is it cheaper?"))
    assert [one.question for one in made.answers] == ["Does it save money?", "Do more plans for children come in time?"]
    assert made.answers[0].answer == "Yes, it seems", "two pairs only seem to show it"
    rows = {verdict.PLAN: _row(3.0, -6.0, 12.0, base_mean=30.0, mean=33.0)}
    made = _card(_changed(small, tmp_path / "s", rows, question="Does it end the drift?"))
    assert [(one.answer, one.why) for one in made.answers] == [
        ("Not known", "Plans agreed by the second review: 33%, beside 30% without the plan; 2 pairs of runs cannot tell that from luck.")
    ]


def test_all_money_is_one_total_with_capital_on_its_own(small: Path, tmp_path: Path) -> None:
    rows = {"gbp_net": _row(3e5, 1e5, 5e5, base_mean=1e8), "gbp_capital": _row(8e5, 8e5, 8e5, base_mean=0.0)}
    results = _changed(small, tmp_path / "r", rows, period="run")
    paid = {"scenario": ["recruitment"], "cost_gbp": [2e6], "avoided_cost_gbp": [3e6], "paid_back_from": [None]}
    pd.DataFrame(paid).to_csv(results.folder / "pay_back.csv", index=False)
    found = money.money(results, "recruitment")
    assert found is not None
    assert (found.total, found.low, found.high) == (1.1e6, 9e5, 1.3e6)
    made = _card(results)
    assert made.cost.startswith("It seems to cost £1.10m beside doing nothing, over the 60 weeks (counting £800k of capital, which is not from the budget).")
    told = " ".join(made.below)
    assert "+£1.10m (95% interval +£900k to +£1.30m) = +£300k from the budget and +£800k capital" in told
    assert "costs £2.00m with its capital, fewer weeks in care avoid £3.00m and all else (posts, fees, prices) rises by £2.10m; together +£1.10m" in told
    assert pytest.approx(found.total / 1e6) == 2.0 - 3.0 + 2.1


def test_money_that_luck_could_make_is_not_known(small: Path, tmp_path: Path) -> None:
    results = _changed(small, tmp_path / "r", {"gbp_net": _row(3e5, -4e6, 5e6, base_mean=1e8)}, period="run")
    assert _card(results).cost.startswith("Cost or saving is not known: on average £300k more over the 60 weeks, but the 2 pairs of runs cannot tell")


def test_the_budget_and_what_it_is_overspent_by_come_first(small: Path, tmp_path: Path) -> None:
    made = copytree(small, tmp_path / "r")
    table = pd.read_csv(made / "summary.csv")
    net = table[(table["measure"] == "gbp_net") & (table["group"] == "all")]
    pd.concat([table, net.assign(measure="gbp_budget", mean=net["mean"] - 2e7)]).to_csv(made / "summary.csv", index=False)
    results = Results(made)
    spent = float(results.figures("gbp_net")["mean"]["bradford_2020"])
    words = answer.base_words(Family(results, "bradford_2020", ("recruitment",)))
    assert f"£{spent / 1e6:.1f}m is spent against a budget of £{spent / 1e6 - 20:.1f}m, £20.0m over it." in words
    assert "the service is £20.0m over its budget with the plan, £20.0m over without it" in money.over_budget(results, "recruitment")


def test_posts_that_are_added_are_counted_as_filled_or_not_and_empty_ones_are_no_loss(small: Path, tmp_path: Path) -> None:
    rows = {"n_posts": _row(20.0, 20.0, 20.0, "changed"), "n_social_workers": _row(7.0, 5.0, 9.0, "changed"),
            "n_vacancies": _row(12.0, 9.0, 15.0, "worse", base_mean=111.0, mean=123.0), "n_agency_workers": _row(4.0, 1.0, 7.0, "changed"),
            "pct_vacancy": _row(2.0, 1.5, 2.5, "worse")}  # fmt: skip
    made = _card(_changed(small, tmp_path / "r", rows))
    told = "Of the 20 posts it adds, 7 have a permanent worker at the end of 2020-21; 13 stand vacant, beside 111 vacant without the plan; agency workers: 4 more."
    assert told in made.people
    assert not [text for text in made.losses if "Posts vacant" in text]
    made = _card(_changed(small, tmp_path / "t", rows | {"n_social_workers": _row(25.0, 20.0, 30.0, "changed")}))
    assert "The 20 posts it adds are filled at the end of 2020-21, with 5 of the 111 that would have stood vacant; agency" in made.people
    made = _card(_changed(small, tmp_path / "s", rows | {"n_posts": _row(0.0, 0.0, 0.0)}))
    assert [text for text in made.losses if "Posts vacant" in text], "without new posts they are"


def test_small_differences_are_not_named_and_the_largest_come_first(small: Path, tmp_path: Path) -> None:
    rows = {measure: _row(0.0, -1.0, 1.0) for measure in answer.GAINS} | {
            "pct_long_term_stability": _row(0.18, 0.17, 0.19, "better"), "pct_visits_on_time": _row(2.0, 1.9, 2.1, "better"),
            "pct_know_plan": _row(30.0, 1.0, 59.0, "better")}  # fmt: skip
    made = _card(_changed(small, tmp_path / "r", rows))
    assert not [text for text in made.gains if text.startswith("Long-term stability")]
    order = [text.partition(":")[0] for text in made.gains]
    assert order[0] == "Children who know their plan"
    assert "above all" not in f"{made.people} {made.cost} {made.safe}"


def test_an_effect_that_rests_on_judgement_says_so_before_the_answer(small: Path, tmp_path: Path) -> None:
    lever = {"strength": "none", "prior_share": "all beyond the hours"}
    made = _card(_changed(small, tmp_path / "r", {}, lever=lever))
    assert made.rests == "The size of this effect rests on judgement (strength of evidence: none; share that rests on priors: all beyond the hours)."
    assert _card(Results(small)).rests == ""


def test_what_became_of_a_home_is_said_beside_the_children(small: Path, tmp_path: Path) -> None:
    made = copytree(small, tmp_path / "r")
    told = "The home opened in November 2022; 1 of 2 beds is filled."
    pd.DataFrame({"scenario": ["recruitment", "no_covid"], "home": [told, None]}).to_csv(made / "pay_back.csv", index=False)
    family = Family(Results(made), "bradford_2020", ("recruitment", "no_covid"))
    assert answer.card(family, "recruitment").people.endswith(told)
    assert "nan" not in answer.card(family, "no_covid").people


def test_pounds_of_budgets_can_be_followed_to_a_tenth() -> None:
    assert money.pounds(159_049_000) == "£159.0m"
    assert money.pounds(779_000) == amount(779_000, "GBP")
