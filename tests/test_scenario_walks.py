"""Walks: what is not known of the years ahead, the same in every plan of a replication, with a mean of one."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest

from simulation.base.errors import Faults
from simulation.scenario import load
from simulation.scenario.form import WalkForm
from simulation.scenario.scenario import Scenario
from simulation.scenario.walks import drawn, source

START = dt.date(2020, 3, 31)
ENTRY = "front_door.entry_factor"
BASE = """schema_version: 1
start: 2020-03-31
fitted:
  - {from: 2020-04-01, until: 2021-04-01, multiply: {front_door.entry_factor: 1.2}}
  - {from: 2021-04-01, multiply: {front_door.entry_factor: 1.5}}
walks:
  - {moves: {front_door.entry_factor: 1.0}, by: {entries: [0.1, 0.2]}}
"""


def walk(**change) -> WalkForm:
    usual = {"moves": {ENTRY: 1.0}, "by": {"entries": [0.1, 0.2, 0.3]}}
    return WalkForm.model_validate({**usual, **change})


def factors(form: WalkForm, replications: int, year: int = 0) -> np.ndarray:
    changes = [drawn([form], START, 0, k)[year] for k in range(1, replications + 1)]
    return np.array([next(iter(change.values.values())) for change in changes])


def test_ten_replications_take_each_tenth_of_a_sources_range_once():
    values = [source("entries", 5, k) for k in range(11, 21)]
    tenths = [int(10 * 0.5 * (1 + math.erf(value / 2**0.5))) for value in values]
    assert sorted(tenths) == list(range(10))


def test_a_walks_mean_is_one_and_its_spread_as_given():
    many = factors(walk(), 2000, year=2)
    assert many.mean() == pytest.approx(1.0, abs=0.005)
    assert np.log(many).std() == pytest.approx(0.3, abs=0.01)


def test_a_replication_has_the_same_walk_in_every_plan_and_another_seed_another():
    assert drawn([walk()], START, 3, 7) == drawn([walk(), walk(by={"other": [0.1] * 3})], START, 3, 7)[:3]
    assert drawn([walk()], START, 3, 7) != drawn([walk()], START, 4, 7)


def test_walks_that_share_a_source_move_together_and_against():
    one, other = walk(by={"shared": [0.2]}), walk(by={"shared": [-0.2]})
    both = np.log([factors(form, 50) for form in (one, other)])
    assert np.corrcoef(both)[0, 1] == pytest.approx(-1.0)


def test_the_power_says_how_far_each_setting_goes():
    two = walk(moves={ENTRY: 2.0, "permanence.exit_factor": 1.0}, by={"s": [0.1]})
    (change,) = drawn([two], START, 0, 4)
    assert np.log(change.values[ENTRY]) == pytest.approx(2 * np.log(change.values["permanence.exit_factor"]))


def test_years_follow_the_start_and_the_last_goes_on():
    changes = drawn([walk()], START, 0, 1)
    assert [change.starts.isoformat() for change in changes] == ["2020-04-01", "2021-04-01", "2022-04-01"]
    assert [change.until and change.until.isoformat() for change in changes] == ["2021-04-01", "2022-04-01", None]


def test_a_rise_adds_the_years_change_of_the_log():
    form = walk(moves={"money.pay_inflation_per_year": 1.0}, by={"pay": [0.02, 0.05]}, rise=True)
    first, second = (next(iter(change.values.values())) for change in drawn([form], START, 0, 2))
    shock = source("pay", 0, 2)
    assert first == pytest.approx(0.02 * shock - 0.02**2 / 2)
    assert first + second == pytest.approx(0.05 * shock - 0.05**2 / 2)
    assert {change.operator for change in drawn([form], START, 0, 2)} == {"add"}


def test_no_year_is_moved_by_more_than_the_biggest_factor():
    wild = factors(walk(by={"s": [3.0]}, most=2.0), 40)
    assert wild.max() == pytest.approx(2.0)
    assert wild.min() == pytest.approx(0.5)


@pytest.fixture
def base(tmp_path) -> Scenario:
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    return load(tmp_path / "base.yaml")


def test_the_fit_and_the_walk_multiply_and_an_expected_path_has_the_fit_alone(base):
    usual = base.parameters.front_door.entry_factor
    assert base.schedule().value(ENTRY, dt.date(2020, 6, 1)) == pytest.approx(1.2 * usual)
    assert base.schedule().value(ENTRY, dt.date(2022, 6, 1)) == pytest.approx(1.5 * usual)
    own = drawn(base.header.walks, base.start, 9, 3)[0].values[ENTRY]
    assert base.schedule(9, 3).value(ENTRY, dt.date(2020, 6, 1)) == pytest.approx(1.2 * own * usual)
    assert base.without_walks().schedule(9, 3).value(ENTRY, dt.date(2020, 6, 1)) == pytest.approx(1.2 * usual)


def test_a_plan_that_sets_a_value_comes_after_the_fit_and_the_walk(tmp_path, base):
    plan = "schema_version: 1\nextends: base.yaml\nchanges:\n  - {from: 2020-09-01, set: {front_door.entry_factor: 0.7}}\n"
    (tmp_path / "plan.yaml").write_text(plan, encoding="utf-8")
    schedule = load(tmp_path / "plan.yaml").schedule(9, 3)
    assert schedule.value(ENTRY, dt.date(2020, 10, 1)) == 0.7
    assert schedule.value(ENTRY, dt.date(2023, 10, 1)) == 0.7
    assert schedule.value(ENTRY, dt.date(2020, 6, 1)) == base.schedule(9, 3).value(ENTRY, dt.date(2020, 6, 1))


def test_a_scenario_with_walks_is_written_and_read_again_the_same(tmp_path, base):
    (tmp_path / "again.yaml").write_text(base.as_yaml(), encoding="utf-8")
    again = load(tmp_path / "again.yaml")
    assert again.content_hash == base.content_hash != base.without_walks().content_hash
    assert again.header.walks == base.header.walks


@pytest.mark.parametrize(("line", "said"), [
    ("walks:\n  - {moves: {front_door.entry_facto: 1}, by: {a: [0.1]}}\n", "front_door.entry_factor"),
    ("walks:\n  - {moves: {authority.name: 1}, by: {a: [0.1]}}\n", "is not a number"),
    ("walks:\n  - {moves: {front_door.entry_factor: 1}, by: {a: [0.1], b: [0.1, 0.2]}}\n", "the same years"),
    ("fitted:\n  - {from: 2020-04-01, multiply: {front_door.entry_facto: 1}}\n", "front_door.entry_factor"),
])  # fmt: skip
def test_a_walk_or_fit_of_something_else_is_refused(tmp_path, line, said):
    (tmp_path / "bad.yaml").write_text(f"schema_version: 1\nstart: 2020-03-31\n{line}", encoding="utf-8")
    with pytest.raises(Faults, match=said):
        load(tmp_path / "bad.yaml")
