"""Dated changes: what a setting is worth on each day, when a change is refused, and that quiet weeks cost nothing."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.base.errors import Faults
from simulation.scenario import Change, compile_changes, load
from simulation.scenario.changes import _months_after
from simulation.settings import Parameters

HEAD = "schema_version: 1\nstart: 2020-02-29\nweeks: 104\n"
FACTOR = "demand.referral_factor"
START = dt.date(2020, 2, 29)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def change(operator: str, amount: object, start: str = "2020-09-01", until: str | None = None, ramp: float = 0, name: str = FACTOR) -> Change:
    return Change(day(start), day(until) if until else None, operator, {name: amount}, ramp)


def value(changes: list[Change], on: str, name: str = FACTOR) -> object:
    return compile_changes(Parameters(), changes, START).value(name, day(on))


@pytest.mark.parametrize(
    ("changes", "on", "expected"),
    [
        ([change("add", 0.5)], "2020-08-31", 1.0),
        ([change("add", 0.5)], "2020-09-01", 1.5),
        ([change("multiply", 2)], "2020-09-01", 2.0),
        ([change("set", 3)], "2020-09-01", 3),
        ([change("add", 0.5, until="2021-01-01")], "2020-12-31", 1.5),
        ([change("add", 0.5, until="2021-01-01")], "2021-01-01", 1.0),
        ([change("add", 0.5), change("multiply", 2, "2020-10-01")], "2020-10-01", 3.0),
        ([change("multiply", 2, "2020-10-01"), change("add", 0.5)], "2020-10-01", 3.0),
        ([change("multiply", 2), change("add", 0.5)], "2020-09-01", 2.5),
        ([change("add", 1, ramp=12)], "2020-09-01", 1.0),
        ([change("add", 365, ramp=12, name="stock.looked_after")], "2020-09-02", Parameters().stock.looked_after + 1.0),
        ([change("add", 365, ramp=12, name="stock.looked_after")], "2021-09-01", Parameters().stock.looked_after + 365.0),
        ([change("set", 2, ramp=2)], "2020-10-01", 1 + 30 / 61),
        ([change("multiply", 3, ramp=2)], "2020-10-01", 1 + 2 * 30 / 61),
        ([change("set", 2, ramp=2)], "2025-10-01", 2),
        ([change("set", "shortest_first", name="casework.order")], "2020-09-01", "shortest_first"),
    ],
)
def test_a_setting_on_a_day(changes: list[Change], on: str, expected: object) -> None:
    name = next(iter(changes[0].values))
    found = value(changes, on, name)
    assert found == (pytest.approx(expected) if isinstance(expected, float) else expected)


def test_bounds_hold_while_running() -> None:
    assert value([change("add", 100)], "2020-09-01") == 5
    assert value([change("add", -100)], "2020-09-01") == 0


def test_whole_settings_stay_whole_while_they_grow() -> None:
    steps = compile_changes(Parameters(), [change("add", 3, ramp=12, name="casework.duties.visit.priority")], START)
    values = steps.series("casework.duties.visit.priority", [START + dt.timedelta(days=number) for number in range(0, 600, 7)])
    assert set(values) == {values[0] + more for more in range(4)}
    assert all(type(value) is int for value in values)


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [("2020-01-31", 1, "2020-02-29"), ("2020-12-15", 1, "2021-01-15"), ("2020-11-30", 3, "2021-02-28"), ("2020-09-01", 0.5, "2020-09-16"),
     ("2020-11-01", 13, "2021-12-01"), ("2020-10-31", 1, "2020-11-30")],
)  # fmt: skip
def test_months_later(start: str, months: float, expected: str) -> None:
    assert _months_after(day(start), months) == day(expected)


class TestApplying:
    def test_a_week_in_which_nothing_changes_does_nothing(self) -> None:
        parameters = Parameters()
        schedule = compile_changes(parameters, [change("add", 0.5), change("add", 0.5, "2021-03-01", ramp=1)], START)
        touched = [schedule.apply(parameters, START + dt.timedelta(weeks=week)) for week in range(104)]
        assert touched[0]  # the first week sets everything
        assert sum(touched) == 1 + 1 + 5  # then 1 September, and the five weeks of March with the day after the ramp

    def test_live_values_follow_the_days_and_can_go_back(self) -> None:
        parameters = Parameters()
        schedule = compile_changes(parameters, [change("add", 0.5)], START)
        for on, expected in (("2020-08-31", 1.0), ("2020-09-01", 1.5), ("2020-12-01", 1.5), ("2020-03-01", 1.0)):
            schedule.apply(parameters, day(on))
            assert parameters.demand.referral_factor == expected

    def test_another_set_of_parameters_is_not_mistaken_for_the_first(self) -> None:
        one, two = Parameters(), Parameters()
        schedule = compile_changes(one, [change("add", 0.5)], START)
        for parameters in (one, two):
            schedule.apply(parameters, day("2020-09-01"))
        assert two.demand.referral_factor == 1.5

    def test_day_numbers_are_dates(self) -> None:
        parameters = Parameters()
        compile_changes(parameters, [change("add", 0.5)], START).apply(parameters, (day("2020-09-01") - dt.date(1970, 1, 1)).days)
        assert parameters.demand.referral_factor == 1.5

    def test_no_changes_touch_nothing(self) -> None:
        assert not compile_changes(Parameters(), [], START).apply(Parameters(), START)

    def test_rows_and_only_this_run_are_changed(self) -> None:
        parameters = Parameters()
        live = parameters.model_copy(deep=True)
        compile_changes(parameters, [change("add", 2, name="casework.duties.visit.hours")], START).apply(live, day("2020-09-01"))
        hours = [next(duty.hours for duty in each.casework.duties if duty.name == "visit") for each in (parameters, live)]
        assert hours[1] == hours[0] + 2

    def test_a_change_before_the_start_is_refused(self) -> None:
        with pytest.raises(ValueError, match="before the start"):
            compile_changes(Parameters(), [change("add", 1, "2020-01-01")], START)


@given(st.lists(st.tuples(st.sampled_from(["add", "multiply", "set"]), st.floats(0.1, 2), st.integers(0, 700), st.integers(0, 24),
                          st.integers(0, 400)), max_size=6))  # fmt: skip
def test_applying_week_by_week_equals_looking_up_each_day(drawn: list[tuple[str, float, int, int, int]]) -> None:
    changes = [Change(START + dt.timedelta(days=begin), START + dt.timedelta(days=begin + length) if length else None, operator,
                      {FACTOR: amount}, ramp) for operator, amount, begin, ramp, length in drawn]  # fmt: skip
    parameters = Parameters()
    schedule, again = compile_changes(parameters, changes, START), compile_changes(Parameters(), changes, START)
    for week in range(120):
        on = START + dt.timedelta(weeks=week)
        schedule.apply(parameters, on)
        assert parameters.demand.referral_factor == (again.value(FACTOR, on) if changes else 1.0)


def faults_of(write, text: str) -> list[str]:
    with pytest.raises(Faults) as caught:
        load(write(HEAD + "changes:\n" + text))
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("line", "where", "message"),
    [
        ("{from: 2020-09, add: {demand.referral_facto: 1}}", "5:26: changes[1].add.demand.referral_facto", "Did you mean 'demand.referral_factor'?"),
        ("{from: 2020-09, add: {referral_factor: 1}}", "5:26", "Did you mean 'demand.referral_factor'?"),
        ("{from: 2020-09, add: {casework: 1}}", "5:26", "'casework' is a group of settings; name one of them, such as 'casework."),
        ("{from: 2020-09, add: {casework.order: 1}}", "5:26", "only numbers can be added to or multiplied"),
        ("{from: 2020-09, multiply: {covid.happens: 2}}", "5:31", "'covid.happens' is true. Use set."),
        ("{from: 2020-09, set: {casework.order: shortest_first}, ramp_months: 3}", "5:26", "only numbers can grow over ramp_months"),
        ("{from: 2020-09, set: {casework.order: shortest}}", "5:26", "the change makes 'casework.order' 'shortest'"),
        ("{from: 2020-09, set: {demand.referral_factor: many}}", "5:26", "'demand.referral_factor' 'many': input should be a valid number"),
        ("{from: 2020-09, add: {demand.referral_factor: x}}", "5:26", "'x' is not a number."),
        ("{from: 2020-09, add: {demand.referral_factor: 4.5}}", "5:26", "makes 'demand.referral_factor' 5.5: input should be less than or equal to 5"),
        ("{from: 2020-09, multiply: {demand.referral_factor: -1}}", "5:31", "greater than or equal to 0"),
        ("{from: 2020-09, add: {casework.duties.visit.priority: 0.5}}", "5:26", "valid integer"),
        ("{from: 2020-09, add: {casework.duties.vist.hours: 1}}", "5:26", "there is no setting 'casework.duties.vist.hours'."),
        ("{from: 2020-09, add: {casework.duties.visit.hous: 1}}", "5:26", "Did you mean 'casework.duties.visit.hours'?"),
        ("{from: 2020-09, set: {casework.duties: []}}", "5:26", "'casework.duties' is a table, whose rows stay the same all through"),
        ("{from: 2020-09, set: {casework.duties.visit.name: x}}", "5:26", "is a row's name, which stays the same all through"),
        ("{from: 2020-01, add: {demand.referral_factor: 1}}", "5:4: changes[1]", "'from' 2020-01-01 is before the start of this scenario, 2020-02-29"),
        ("{from: 2022-03, add: {demand.referral_factor: 1}}", "5:4: changes[1]", "'from' 2022-03-01 is after the end of this scenario, 2020-02-29 to 2022-02-26"),
        ("{from: 2020-09, until: 2020-09, add: {demand.referral_factor: 1}}", "5:4", "'until' 2020-09-01 is not after 'from' 2020-09-01."),
        ("{from: 2020-09, add: {demand.referral_factor: 1}, set: {demand.referral_factor: 1}}", "5:4", "this one has add and set."),
        ("{from: 2020-09}", "5:4", "exactly one of add, multiply and set; this one has none."),
        ("{from: 2020-09, add: {}}", "5:4", "'add' names no setting."),
        ("{from: 2020-09, add: {demand.referral_factor: 1}, ramp_months: -1}", "5:54: changes[1].ramp_months", "-1 is below the lowest allowed, 0."),
        ("{from: 2020-13, add: {demand.referral_factor: 1}}", "5:5: changes[1].from", "there is no such day in the calendar"),
        ("{from: 2020-09, set: {casework.permanence_team_share: 12%}}", "5:26: changes[1].set.casework.permanence_team_share", "A share of 12% is written 0.12"),
        ("{from: 2020-09, add: {demand.referral_factor: 1}, ramp: 3}", "5:54: changes[1].ramp", "Did you mean 'ramp_months'?"),
        ("{form: 2020-09, add: {demand.referral_factor: 1}}", "5:5: changes[1].form", "Did you mean 'from'?"),
        ("{starts: 2020-09-01, add: {demand.referral_factor: 1}}", "5:5: changes[1].starts", "is not a setting here"),
    ],
)  # fmt: skip
def test_each_wrong_change_is_refused_at_its_line(line: str, where: str, message: str, write) -> None:
    found = faults_of(write, f" - {line}\n")
    assert any(f":{where}" in fault and message in fault for fault in found), found


def test_the_change_that_breaks_the_bound_is_named_not_the_first(write) -> None:
    found = faults_of(write, " - {from: 2020-09, add: {demand.referral_factor: 3}}\n - {from: 2020-10, add: {demand.referral_factor: 3}}\n")
    assert len(found) == 1
    assert ":6:" in found[0]


def test_a_value_out_of_bounds_only_when_another_change_ends(write) -> None:
    found = faults_of(write, " - {from: 2020-09, until: 2021-01, add: {demand.referral_factor: -0.8}}\n"
                             " - {from: 2020-10, add: {demand.referral_factor: 4.5}}\n")  # fmt: skip
    assert len(found) == 1
    assert "makes 'demand.referral_factor' 5.5" in found[0]


def test_a_shorter_run_ignores_later_changes_and_says_so(write) -> None:
    scenario = load(write(HEAD + "changes:\n - {from: 2021-09, add: {demand.referral_factor: 1}}\n"))
    assert scenario.notes() == []
    assert scenario.notes(104) == []
    assert scenario.notes(26) == ["try: this run ends on 2020-08-29, before these changes of its: demand.referral_factor from 2021-09-01."]
    assert "last values hold after that" in scenario.notes(200)[0]


def test_a_change_on_the_very_last_day_is_not_ignored(write) -> None:
    scenario = load(write(HEAD + "changes:\n - {from: 2021-02-27, add: {demand.referral_factor: 1}}\n"))
    assert scenario.notes(52) == []
    assert len(scenario.notes(51)) == 1
    assert load(write(HEAD + "changes:\n - {from: 2022-02-26, add: {demand.referral_factor: 1}}\n")).changes


def test_everything_wrong_with_a_change_is_said_at_once(write) -> None:
    found = faults_of(write, " - {from: 2020-09, until: 2020-03, ramp_months: -3, add: {workforce.team_siz: 1}, set: {nope.x: 2}}\n"
                             " - {from: 2020-13, multiply: {workforce.notice_weks: 2}}\n"
                             " - {ad: {workforce.team_size: 1}, from: 2020-10}\n")  # fmt: skip
    for part in ("exactly one of add, multiply and set; this one has add and set", "-3 is below the lowest allowed", "'workforce.team_siz'",
                 "there is no setting 'nope.x'", "no such day in the calendar", "'workforce.notice_weks'", "Did you mean 'add'"):  # fmt: skip
        assert [line for line in found if part in line], part
    assert len(found) == len(set(found))


def test_unknown_settings_of_changes_are_said_beside_a_fault_of_the_header(write) -> None:
    found = faults_of(write, " - {from: 2020-09, add: {workforce.team_siz: 1}}\nmode: many\n")
    assert len(found) == 2 and "workforce.team_siz" in found[0] and "'many' is not one of plan, replay" in found[1]
