"""A loaded scenario: written and read again, hashed, drawn, tracked, and its own rules only where allowed."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
import statistics
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.base.errors import Faults
from simulation.model.plug_in import extra_rules
from simulation.scenario import draw_parameters, given_but_not_read, load, ranges, settings, settings_not_read, tracked, watched
from simulation.scenario.reader import read_text
from simulation.scenario.yaml_text import yaml_text

TEXT = """schema_version: 1
title: "A plan: with a colon"
question: "yes"
start: 2020-02-29
weeks: 104
casework: {hours_factor: 1.1}
uncertain: {casework.travel_miles_per_hour: [20, 60], casework.duties.visit.priority: [1, 5]}
history: [{indicator: cla, year: 2020, value: 1246, unit: number, source: DfE}]
lever: {eligible: all, strength: medium, assumption_driven: true}
changes:
  - {from: 2020-09, until: 2021-09, add: {casework.hours_factor: 0.2}, ramp_months: 6, note: why}
  - {from: 2020-10, set: {casework.order: shortest_first}}
"""


class TestResolved:
    def test_what_is_written_reads_back_the_same(self, write) -> None:
        first = load(write(TEXT))
        again = load(write(first.as_yaml(), "again/try.yaml"))
        assert again.parameters == first.parameters
        assert again.header == first.header
        assert [(change.starts, change.values) for change in again.changes] == [(change.starts, change.values) for change in first.changes]
        assert again.content_hash == first.content_hash
        assert again.as_yaml() == first.as_yaml()

    def test_every_parameter_is_there(self, write) -> None:
        resolved = load(write(TEXT)).resolved()
        assert resolved["casework"]["hours_factor"] == 1.1
        for name in settings():
            section, leaf = name.split(".", 1)
            assert leaf.split(".")[0] in resolved[section]

    @pytest.mark.parametrize("text", ["1e3", "-1E-3", "0o17", "0x1F", "010", "yes", "NO", "1_000", "12:30", "2020-09-01", "~", "", "null", ".nan", "9" * 30, "- a", "a: b", "é", "=1"])
    def test_text_that_looks_like_something_else_stays_text(self, text: str) -> None:
        assert read_text(yaml_text({"a": text}), "x").plain() == {"a": text}

    @given(st.recursive(st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.floats(allow_nan=False, allow_infinity=False)
                        | st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\u2028\u2029\x85")),
                        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc:é .1", min_size=1), inner, max_size=3),
                        max_leaves=8))  # fmt: skip
    def test_any_value_written_reads_back(self, value: object) -> None:
        assert read_text(yaml_text({"a": value}), "x").plain() == {"a": value}


class TestHash:
    @pytest.mark.parametrize(
        "changed",
        [TEXT.replace("hours_factor: 1.1", "hours_factor: 1.2"), TEXT.replace("weeks: 104", "weeks: 105"), TEXT.replace("add:", "multiply:"),
         TEXT.replace("2020-10", "2020-11"), TEXT.replace("start: 2020-02-29", "start: 2020-03-31"), TEXT + "mode: replay\n",
         TEXT + "rules: [a:B]\n"],
    )  # fmt: skip
    def test_what_is_simulated_moves_it(self, changed: str, write) -> None:
        assert load(write(changed)).content_hash != load(write(TEXT, "a/try.yaml")).content_hash

    @pytest.mark.parametrize(
        "changed",
        [TEXT.replace("A plan", "The plan"), TEXT.replace("1246", "1247"), TEXT.replace("note: why", "note: because"), TEXT.replace("medium", "weak"),
         TEXT.replace("casework: {hours_factor: 1.1}", "casework: {hours_factor: 1.10}  # a remark")],
    )  # fmt: skip
    def test_what_is_only_told_does_not(self, changed: str, write) -> None:
        assert load(write(changed)).content_hash == load(write(TEXT, "a/try.yaml")).content_hash

    def test_a_stock_files_content_counts(self, write) -> None:
        stock = write("one", "x.stock.parquet")
        path = write("schema_version: 1\nstock_file: x.stock.parquet\n")
        before = load(path).content_hash
        assert load(path).stock_file == stock
        stock.write_text("two")
        assert load(path).content_hash != before


class TestDraws:
    def test_listed_settings_and_priors_that_nobody_set_are_drawn(self, write) -> None:
        scenario = load(write(TEXT))
        found = ranges(scenario)
        assert found["casework.travel_miles_per_hour"] == (20, 60)
        assert found["casework.duties.visit.priority"] == (1, 5)
        assert "casework.hours_factor" not in found  # the scenario sets it
        assert found["casework.reading_in_hours"] == settings()["casework.reading_in_hours"].prior

    def test_draw_k_is_the_same_in_every_scenario(self, write) -> None:
        one, two = load(write(TEXT)), load(write("schema_version: 1\ndemand: {referral_factor: 1.3}\n", "b.yaml"))
        first, second = draw_parameters(one, 7, 3), draw_parameters(two, 7, 3)
        shared = set(ranges(one)) & set(ranges(two)) - {"casework.travel_miles_per_hour"}
        assert len(shared) > 20
        assert all(first[name] == second[name] for name in shared)

    def test_draws_differ_lie_within_and_cover_the_range(self, write) -> None:
        scenario = load(write(TEXT))
        draws = [draw_parameters(scenario, number) for number in range(1, 401)]
        miles = sorted(draw["casework.travel_miles_per_hour"] for draw in draws)
        assert 20 <= miles[0] < 21
        assert 59 < miles[-1] < 60
        assert abs(sum(miles) / 400 - 40) < 2
        assert {draw["casework.duties.visit.priority"] for draw in draws} == {1, 2, 3, 4, 5}
        assert draw_parameters(scenario, 1, seed=1) != draw_parameters(scenario, 1, seed=2)

    def test_settings_are_drawn_independently(self, write) -> None:
        scenario = load(write(TEXT))
        draws = [draw_parameters(scenario, number) for number in range(1, 401)]
        miles, reading = ([draw[name] for draw in draws] for name in ("casework.travel_miles_per_hour", "casework.reading_in_hours"))
        assert abs(statistics.correlation(miles, reading)) < 0.15  # three standard errors

    def test_a_draw_gives_a_valid_scenario(self, write) -> None:
        scenario = load(write(TEXT))
        drawn = scenario.with_values(draw_parameters(scenario, 1))
        assert drawn.parameters.casework.travel_miles_per_hour == drawn.drawn["casework.travel_miles_per_hour"]
        assert scenario.parameters.casework.travel_miles_per_hour != drawn.parameters.casework.travel_miles_per_hour
        assert drawn.content_hash != scenario.content_hash

    @pytest.mark.parametrize(
        ("values", "message"),
        [({"casework.nothing": 1}, "there is no setting 'casework.nothing'"), ({"casework.order": 1}, "only numbers"),
         ({"casework.hours_factor": 99}, "less than or equal to 5"), ({"casework.hours_factor": float("nan")}, "casework.hours_factor")],
    )  # fmt: skip
    def test_impossible_values_are_refused(self, values: dict[str, float], message: str, write) -> None:
        with pytest.raises(Faults, match=message):
            load(write(TEXT)).with_values(values)


class TestReading:
    def test_settings_that_nothing_reads_are_named(self, write) -> None:
        live = tracked(load(write(TEXT)).parameters)
        assert live.casework.hours_factor == 1.1
        live.casework.travel_miles_per_hour = 3.0
        not_read = settings_not_read(live)
        assert "casework.hours_factor" not in not_read
        assert "casework.travel_miles_per_hour" in not_read  # set, never read
        assert len(not_read) == len(settings()) - 1

    def test_tracking_leaves_the_original_alone(self, write) -> None:
        scenario = load(write(TEXT))
        live = tracked(scenario.parameters)
        assert type(scenario.parameters.casework) is not type(live.casework)
        assert isinstance(live.casework, type(scenario.parameters.casework))
        with pytest.raises(ValueError, match="not tracked"):
            settings_not_read(scenario.parameters)

    def test_two_tracked_runs_do_not_mix(self, write) -> None:
        scenario = load(write(TEXT))
        one, two = tracked(scenario.parameters), tracked(scenario.parameters)
        assert one.casework.edge
        assert len(settings_not_read(two)) == len(settings())


    def test_only_what_the_scenario_gives_is_reported(self, write) -> None:
        scenario = watched(load(write(TEXT), ["covid.rebound=0.1"]))
        scenario.schedule().apply(scenario.parameters, scenario.start)
        assert given_but_not_read(scenario) == ["casework.order", "casework.hours_factor", "covid.rebound"]
        live = copy.deepcopy(scenario.parameters)
        assert live.casework.hours_factor > 1
        assert given_but_not_read(scenario) == ["casework.order", "covid.rebound"]

    def test_a_value_that_changes_must_be_read_again(self, write) -> None:
        scenario = watched(load(write(TEXT)))
        schedule, live = scenario.schedule(), copy.deepcopy(scenario.parameters)
        schedule.apply(live, scenario.start)
        assert (live.casework.order, live.casework.hours_factor) == ("most_overdue_first", 1.1)
        assert given_but_not_read(scenario) == []
        schedule.apply(live, scenario.start + dt.timedelta(weeks=40))
        assert given_but_not_read(scenario) == ["casework.order", "casework.hours_factor"]
        assert live.casework.order == "shortest_first"
        assert given_but_not_read(scenario) == ["casework.hours_factor"]

    def test_a_row_that_is_given_counts_as_its_table(self, write) -> None:
        scenario = watched(load(write("schema_version: 1\ncasework: {duties: {visit: {hours: 4}}}\n")))
        assert given_but_not_read(scenario) == ["casework.duties"]


RULES = """from simulation.service.rule import Rule

class Early(Rule):
    '''Plans are agreed early.'''
    def step(self, model):
        pass

class NotARule:
    pass
"""


class TestOwnRules:
    def test_only_where_allowed(self, write) -> None:
        write(RULES, "my_rules.py")
        path = write("schema_version: 1\nrules: [my_rules:Early]\n")
        with pytest.raises(Faults, match=r"try\.yaml:2: names rules of its own \(my_rules:Early\), which run as code"):
            extra_rules(load(path))
        (rule,) = extra_rules(load(path, allow_rules=True))
        assert rule.__name__ == "Early"
        assert extra_rules(load(path, allow_rules=True)) == [rule]
        assert "my_rules" not in sys.modules

    def test_loading_alone_never_runs_them(self, write) -> None:
        write("raise SystemExit('code was run')\n", "my_rules.py")
        assert load(write("schema_version: 1\nrules: [my_rules:Early]\n"), allow_rules=True).rules == ["my_rules:Early"]

    @pytest.mark.parametrize(
        ("name", "message"),
        [("my_rules:Eraly", "Did you mean 'Early'?"), ("my_rules:NotARule", "a rule is a class made from simulation.Rule"),
         ("nowhere:Early", "there is no nowhere.py beside the scenario"), ("no.where:Early", "there is no no.where.py"),
         ("broken:Early", "'broken' could not be loaded: ZeroDivisionError"), ("needs:Early", "'needs' could not be loaded")],
    )  # fmt: skip
    def test_what_cannot_be_had_is_a_fault(self, name: str, message: str, write) -> None:
        write(RULES, "my_rules.py")
        write("1 / 0\n", "broken.py")
        write("import no_such_module_anywhere\n", "needs.py")
        with pytest.raises(Faults) as caught:
            extra_rules(load(write(f"schema_version: 1\nrules: ['{name}']\n"), allow_rules=True))
        assert message in str(caught.value)

    def test_an_edited_rule_moves_the_hash(self, write) -> None:
        rules = write(RULES, "my_rules.py")
        path = write("schema_version: 1\nrules: [my_rules:Early]\n")
        before = load(path).content_hash
        rules.write_text(RULES + "# edited\n")
        assert load(path).content_hash != before


def test_a_scenario_travels_to_another_process(write) -> None:
    scenario = load(write(TEXT))
    assert pickle.loads(pickle.dumps(scenario)) == scenario
