"""Kounterfactuals, contributions and levers: the arithmetic on made-up figures, the worlds themselves, and each lever's own target."""

import json

import numpy as np
import pandas as pd
import pytest
from fake_results import make

from simulation.base.errors import Faults
from simulation.base.measures import REGISTER
from simulation.cli import main
from simulation.scenario import load, size
from simulation.scenario.names import get
from simulation.validation import causes, counterfactual, drift_over_priors, levers, worlds

BRADFORD = load("bradford_2018")


def test_contributions_on_made_up_figures():
    plans = pd.DataFrame(
        {worlds.FULL: [40.0, 50.0], worlds.NOTHING: [80.0, 90.0], "without hours": [70.0, 80.0], "only hours": [50.0, 60.0],
         "without managers": [45.0, 57.0], "only managers": [75.0, 85.0]}
    )  # fmt: skip
    table = causes.contributions(plans).set_index("cause")
    assert table.loc["hours", "removed_effect"] == 30 and table.loc["hours", "alone_effect"] == -30
    assert table.loc["managers", "removed_effect"] == 6 and table.loc["managers", "ci_low"] < 5 < table.loc["managers", "ci_high"]
    assert table.loc["all together", "removed_effect"] == 40 and table.loc["interaction", "removed_effect"] == 4
    assert table.loc["hours", "ci_low"] == table.loc["hours", "ci_high"] == 30


def test_the_parts_of_growth_add_up():
    rows = [(name, 1, week, "n_looked_after", value) for name, end in
            ((worlds.FULL, 150.0), (worlds.NOTHING, 105.0), ("without referrals", 120.0), ("without exits", 140.0))
            for week, value in ((0, 100.0), (10, end))]  # fmt: skip
    weekly = pd.DataFrame(rows, columns=["scenario", "replication", "week", "measure", "value"])
    table = causes.growth_table(weekly, BRADFORD, 0.5).set_index("part")["children"]
    assert table["referrals"] == 60 and table["exits"] == 20 and table["the stock's own course"] == 10
    assert table["together, beyond each"] == 10 and table["growth in the model"] == 100
    assert table["growth published"] == 1584 - 200 and table["unexplained"] == 1384 - 100


def test_causes_go_into_a_results_folder_and_its_report(tmp_path, capsys):
    folder = make(tmp_path / "results", ids=("bradford_2018", "more"), leave_out=("contributions.csv", "growth.csv"), replications=2)
    run = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(run | {"results_version": 1}))
    made = tmp_path / "made"
    made.mkdir()
    plans = pd.DataFrame({worlds.FULL: [40.0, 50.0], worlds.NOTHING: [80.0, 91.0], "without hours": [70.0, 81.0], "only hours": [50.0, 61.0]})
    causes.contributions(plans).to_csv(made / "contributions.csv", index=False)
    pd.DataFrame({"part": ["hours"], "children": [3.0], "ci_low": [1.0], "ci_high": [5.0]}).to_csv(made / "growth.csv", index=False)
    page = causes.put_into(folder, BRADFORD, made)
    assert page == folder / "report.html" and "Taking away hours would move plans" in page.read_text()
    assert main(["causes", "bradford_2020", "--into", str(folder)]) == 2
    assert "holds results of bradford_2018, more, not of bradford_2020. Did you mean 'bradford_2018'?" in capsys.readouterr().err
    assert main(["causes", "bradford_2018", "--into", str(tmp_path)]) == 2
    assert "is not a results folder" in capsys.readouterr().err


def test_a_world_without_a_cause_differs_in_that_cause_alone():
    for cause in counterfactual.CAUSES:
        world = counterfactual.without(BRADFORD, (cause,), "other")
        assert world.content_hash != BRADFORD.content_hash, cause.name
        for setting, value in cause.settings.items():
            assert get(world.parameters, setting) == value
        kept = [name for change in world.changes for name in change.values]  # noqa: PD011
        assert not any(name.startswith(cause.changes) for name in kept if cause.changes)
    same = counterfactual.without(BRADFORD, (), BRADFORD.id)
    assert same.content_hash == BRADFORD.content_hash


def test_a_smaller_world_is_smaller_in_its_changes_too():
    small = size.scaled(BRADFORD, 0.5)
    assert small.parameters.stock.looked_after == 493 and small.parameters.gates.family_finders == BRADFORD.parameters.gates.family_finders / 2
    for before, after in zip(BRADFORD.changes, small.changes, strict=True):
        for name in before.values:  # noqa: PD011
            ratio = 0.5 if name == "workforce.permanent_posts_fte" and before.operator != "multiply" else 1
            assert after.values[name] == (before.values[name] * ratio if ratio != 1 else before.values[name])  # noqa: PD011
    assert [form.set for form in small.header.changes] == [change.values for change in small.changes]  # noqa: PD011
    assert size.scaled(load("bradford_2020_agency_cap"), 0.5).changes[-1].values["workforce.agency_cap_fte"] == 65  # noqa: PD011


def test_reversed_priorities_change_visits_and_plans_over():
    duties = {duty.name: duty.priority for duty in drift_over_priors.reversed_priorities(BRADFORD).parameters.casework.duties}
    assert duties["visit"] > duties["review"] > duties["permanence plan"] and duties["protection visit"] == 3


def test_a_lever_row_says_whether_its_target_moved_as_meant():
    rows = [(name, replication, week, "n_agency_workers", "all", base - cut + replication)
            for name, cut in (("b", 0), ("b_agency_cap", 20)) for replication in (1, 2, 3) for week in (0, 1, 2) for base in (100.0,)]  # fmt: skip
    rows += [(name, replication, week, "gbp_net", "all", 5.0 * replication) for name in ("b", "b_agency_cap") for replication in (1, 2, 3) for week in (1, 2)]
    weekly = pd.DataFrame(rows, columns=["scenario", "replication", "week", "measure", "group", "value"])
    table = levers.lever_rows(weekly, "b", "b_agency_cap").set_index("measure")
    assert table.loc["n_agency_workers", "difference"] == -20 and table.loc["n_agency_workers", "own_target"] == "as meant"
    assert table.loc["gbp_net", "difference"] == 0 and table.loc["gbp_net", "base"] == 20
    assert table.loc["weeks_unrecognised_risk", "difference"] == 0
    assert "gbp_net" in levers.text(levers.lever_rows(weekly, "b", "b_agency_cap"))


def test_targets_are_measures_and_levers_exist():
    names = {name.removeprefix(f"{base}_") for base in ("bradford_2018", "bradford_2020") for name in levers.of_base(base)}
    assert set(levers.TARGETS) <= names
    assert {measure for measure, _, _ in levers.TARGETS.values()} <= set(REGISTER)
    with pytest.raises(Faults, match="no packaged levers"):
        levers.of_base("bradford_2018_no_restructure")


def test_causes_refuses_scenarios_that_miss_the_years_and_bad_sizes(capsys, tmp_path):
    assert main(["causes", "bradford_2020", "--out", str(tmp_path / "x")]) == 2
    assert main(["causes", "bradford_2018", "--size", "9", "--out", str(tmp_path / "x")]) == 2
    told = capsys.readouterr().err
    assert "drift is counted over those years" in told and "--size" in told and not (tmp_path / "x").exists()


@pytest.mark.slow
@pytest.mark.parametrize("base", ["bradford_2018", "bradford_2020"])
def test_each_lever_moves_its_own_target_as_meant(base, tmp_path):
    """With six pairs of runs, or with twenty-four where six cannot tell."""
    table = levers.levers(base, tmp_path / "six", replications=6, weeks=156)
    own = table[table["own_target"] != ""]
    unclear = own.loc[own["own_target"] == "not clear", "lever"].tolist()
    assert len(own) >= 2 and own["own_target"].isin(["as meant", "not clear"]).all(), own.to_string()
    assert np.isfinite(table["difference"]).all()
    if unclear:
        again = levers.levers(base, tmp_path / "more", replications=24, weeks=156, only=unclear)
        own = again[again["own_target"] != ""]
        assert (own["own_target"] == "as meant").all(), own.to_string()


def test_a_lever_that_does_not_exist_is_named_before_anything_runs(tmp_path):
    with pytest.raises(Faults, match=r"agency_capp.*Did you mean 'bradford_2020_agency_cap'"):
        levers.levers("bradford_2020", tmp_path / "out", only=["bradford_2020_agency_capp"])
    assert not (tmp_path / "out").exists()


def _plans_and_visits(scenario: str, replication: int, plans: float, visits: float) -> list[dict]:
    """Three years of counts by month: 100 second reviews and 100 visits due in each."""
    counts = {"new_second_reviews_due": 100, "new_plans_by_second_review": plans, "new_visits_due": 100, "new_visits_on_time": visits}
    dates = pd.date_range("2018-05-31", "2022-03-31", freq="ME").strftime("%Y-%m-%d")
    return [
        {"scenario": scenario, "replication": replication, "date": date, "measure": measure, "value": value}
        for date in dates for measure, value in counts.items()
    ]  # fmt: skip


@pytest.mark.parametrize(("plans", "visits", "drifts", "clearly"), [(40, 95, True, True), (40, 80, False, False), (55, 95, False, False)])
def test_there_is_drift_where_plans_fall_and_visits_hold(plans, visits, drifts, clearly):
    levels = {worlds.FULL: (plans, visits), worlds.NOTHING: (60, 99), "reversed": (90, 50), "typical": (62, 97)}
    rows = [row for name, (p, v) in levels.items() for k in (1, 2, 3) for row in _plans_and_visits(name, k, p + (k - 2) * (name == worlds.FULL), v)]
    told = drift_over_priors.drift_row(pd.DataFrame(rows), "2018-03-31")
    assert (told["drifts"], told["drifts_clearly"], told["reversal_turns_it_round"]) == (drifts, clearly, True)
    assert told["fall"] == pytest.approx(60 - plans)
    assert told["fall_low"] < 60 - plans < told["fall_high"]
    assert told["plans_first_half_year"] == pytest.approx(plans)


@pytest.mark.parametrize(("asked", "factor"), [(1.0, 1.2), (1.5, 0.8), (9.0, 0.5), (0.1, 1.5)])
def test_a_draw_takes_the_hours_factor_at_which_englands_hours_close(monkeypatch, asked, factor):
    """Work that asks for more is cut back until the typical authority is as pressed as usual, within bounds."""
    monkeypatch.setattr(drift_over_priors, "pressure", lambda scenario: asked * scenario.parameters.casework.hours_factor)
    draw = {"casework.hours_factor": 0.9, "workforce.stretch_hours": 44.0}
    closed = drift_over_priors.hours_closed(load("england_typical"), draw, usual=1.2)
    assert closed == {**draw, "casework.hours_factor": pytest.approx(factor, abs=0.01)}


def test_less_time_for_cases_is_more_pressure():
    typical = load("england_typical")
    eased = typical.with_values({"workforce.other_work_share": 0.05})
    assert drift_over_priors.pressure(eased) < drift_over_priors.pressure(typical)
