"""Goal seek: the value is found where theory has it, the interval holds it as often as it says, and what cannot be sought is refused."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from quick_model import run_replication

from simulation.base.errors import Faults
from simulation.cli import main
from simulation.experiment.seek import Wanted, _possible, seek, seek_in, text, with_value
from simulation.scenario import load

SETTING = "casework.permanence_team_share"


def line(slope=100.0, noise=2.0, seed=0, runs=6):
    """A measure of ``10 + slope * value`` with common random numbers at every value, which has a little luck of its own."""
    luck = np.random.default_rng(seed)
    common = luck.normal(0, noise, runs)
    return lambda value: 10 + slope * value + common + np.random.default_rng([seed, round(value * 1e6)]).normal(0, noise / 10, runs)


@pytest.mark.parametrize("slope", [100.0, -100.0])
def test_the_value_is_found_whichever_way_the_measure_moves(slope):
    found = seek(line(slope, noise=1e-9), 0.0, 1.0, 10 + slope * 0.37)
    assert found.value == pytest.approx(0.37, abs=1e-6) and found.steady
    assert len(found.tried) == 8, "two ends and six halvings"


def test_the_interval_holds_the_true_value_about_19_times_in_20():
    held = [found.low <= 0.37 <= found.high for found in (seek(line(seed=seed), 0.0, 1.0, 47.0) for seed in range(400))]
    assert 0.92 <= np.mean(held) <= 0.98


def test_more_runs_narrow_the_interval():
    wide, narrow = (seek(line(seed=3, runs=runs), 0.0, 1.0, 47.0) for runs in (4, 64))
    assert narrow.high - narrow.low < (wide.high - wide.low) / 2


def test_a_whole_setting_is_tried_at_whole_values_only():
    found = seek(lambda value: np.array([value * 2.0, value * 2.0 + 1]), 0, 40, 20.0, steps=30, whole=True)
    assert set(found.tried["value"]) <= set(range(41)) and 9 <= found.value <= 10


def test_a_target_that_is_not_between_the_ends_is_refused_with_what_is():
    with pytest.raises(Faults, match=r"500 is not reached: the mean goes from .* at 0 to .* at 1. Widen the range"):
        seek(line(), 0.0, 1.0, 500.0)


def test_an_interval_that_leaves_the_range_says_so_and_a_measure_that_turns_back_too():
    found = seek(line(slope=4.0, noise=6.0, runs=3), 0.0, 1.0, 10 + line(4.0, 6.0, runs=3)(0.5).mean() - 10)
    assert found.low_open and found.high_open
    bent = seek(lambda value: np.array([0.0, 0.01]) + (3 * value if value <= 0.5 else 2.1 - 1.2 * value), 0.0, 1.0, 0.39)
    assert not bent.steady
    assert "does not move one way only" in text(bent, Wanted(SETTING, "pct_visits_on_time", 2021, 0.39))


# ---- with a scenario


def stand_in(scenario, replication, **more):
    """The quick model, with visits on time that rise with the share of the permanence team in force."""
    made = run_replication(scenario_of(scenario), replication, **more)
    weekly, live, schedule = made["weekly"], scenario.parameters.model_copy(deep=True), scenario.schedule()
    dates = pd.to_datetime(weekly["date"]).dt.date
    share = {}
    for date in sorted(set(dates)):
        schedule.apply(live, date)
        share[date] = live.casework.permanence_team_share
    on_time = weekly["measure"] == "new_visits_on_time"
    weekly.loc[weekly["measure"] == "new_visits_due", "value"] = 100.0
    weekly.loc[on_time, "value"] = 40.0 + replication + 50.0 * dates[on_time].map(share).to_numpy(float)
    return made


def scenario_of(scenario):
    from quick_model import Scenario

    return Scenario(scenario.id)


def test_seeking_in_a_scenario_finds_the_value_keeps_its_runs_and_lists_them(tmp_path):
    scenario = load("bradford_2020")
    wanted, said = Wanted(SETTING, "pct_visits_on_time", 2021, 52.0, 0.0, 0.5), []
    found = seek_in(scenario, wanted, tmp_path, 3, workers=0, function="test_seek:stand_in", say=said.append)
    assert found.value == pytest.approx((52 - 42) / 50, abs=1e-6) and found.low < 0.2 < found.high
    assert len(said) == 9 and "at most 8 values" in said[0] and "3 runs of 58 weeks each, to the end of 2020-21" in said[0]
    assert "pct_visits_on_time 42% (value 1 of at most 8, about" in said[1] and said[-1].endswith("(value 8 of at most 8)")
    table = pd.read_csv(tmp_path / "seek.csv", encoding="utf-8-sig")
    assert list(table.columns) == ["value", "mean", "ci_low", "ci_high", "replications", "setting", "measure", "group", "year", "target"]
    told = text(found, wanted)
    assert told.startswith(f"{SETTING} of about 0.2 (95% interval 0.1") and "brings pct_visits_on_time to 52% in 2020-21 (3 runs" in told
    assert "few runs" in told and "chance alone" in told


def test_no_share_in_the_table_is_above_100():
    tried = pd.DataFrame({"value": [0.0, 0.5], "mean": [3.0, 97.0], "ci_low": [-4.0, 92.0], "ci_high": [10.0, 102.0]})
    assert _possible(tried, "pct_visits_on_time")[["ci_low", "ci_high"]].to_numpy().tolist() == [[0.0, 10.0], [92.0, 100.0]]
    assert _possible(tried, "gbp_net").equals(tried), "money may be below nothing"


def test_a_run_that_ends_before_the_year_is_refused(tmp_path):
    with pytest.raises(Faults, match="2020-21 ends after 58 weeks of bradford_2020; given 40"):
        seek_in(load("bradford_2020"), Wanted(SETTING, "pct_visits_on_time", 2021, 50.0, 0.0, 0.5), tmp_path / "out", 2, workers=0, weeks=40)


def test_a_value_from_a_later_day_comes_after_the_scenarios_own_changes():
    wanted = Wanted("workforce.permanent_posts_fte", "n_posts", 2022, 500, 440, 560, since=dt.date(2020, 10, 1))
    world = with_value(load("bradford_2020"), wanted, 512.5)
    schedule = world.schedule()
    assert schedule.value("workforce.permanent_posts_fte", dt.date(2020, 9, 30)) == 467.5
    assert schedule.value("workforce.permanent_posts_fte", dt.date(2021, 9, 30)) == 512.5
    assert world.content_hash != load("bradford_2020").content_hash


@pytest.mark.parametrize(("given", "said"), [
    ({"setting": "casework.permanence_team_shar"}, "Did you mean 'casework.permanence_team_share'"),
    ({"setting": "casework.order"}, "'casework.order' is not a number"),
    ({"measure": "pct_plans"}, "Did you mean 'pct_plans_by_second_review'"),
    ({"measure": "pct_visits"}, "there is no measure 'pct_visits'"),
    ({"year": 2035}, "is not a whole financial year of bradford_2020, which has 2021 to 2025"),
    ({"low": 0.4, "high": 0.2}, "0.4 is not below 0.2"),
    ({"high": 7.0}, "7 is not allowed: 'casework.permanence_team_share' goes from 0 to"),
    ({"setting": "workforce.permanent_posts_fte", "low": 400, "high": 500}, "itself changes 'workforce.permanent_posts_fte' (2020-04-01)"),
    ({"setting": "workforce.permanent_posts_fte", "low": None, "high": None, "since": dt.date(2021, 1, 1)}, "say from where to where to look"),
    ({"since": dt.date(2044, 1, 1)}, "2044-01-01 is not between the start and the end"),
])  # fmt: skip
def test_what_cannot_be_sought_is_refused_before_anything_runs(tmp_path, given, said):
    wanted = Wanted(**({"setting": SETTING, "measure": "pct_visits_on_time", "year": 2021, "target": 52.0, "low": 0.0, "high": 0.5} | given))
    with pytest.raises(Faults) as caught:
        seek_in(load("bradford_2020"), wanted, tmp_path / "out", 2, workers=0)
    assert said in str(caught.value) and not (tmp_path / "out").exists()


def test_the_command_refuses_a_bad_date(capsys):
    asked = ["seek", "bradford_2020", "--setting", SETTING, "--measure", "pct_visits_on_time", "--year", "2021", "--target", "50"]
    assert main([*asked, "--from", "2020-13"]) == 2
    assert "--from: there is no such day in the calendar; given '2020-13'." in capsys.readouterr().err
