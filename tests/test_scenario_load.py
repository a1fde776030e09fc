"""Loading a scenario: what is accepted, and one clear message for every fault."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from simulation.base.errors import Faults
from simulation.scenario import known_scenarios, load, load_all

HEAD = "schema_version: 1\nstart: 2020-02-29\nweeks: 104\n"


def faults_of(path: Path | str, *overrides: str, **more: object) -> list[str]:
    with pytest.raises(Faults) as caught:
        load(path, overrides, **more)  # type: ignore[arg-type]
    return [str(fault) for fault in caught.value.faults]


def test_the_smallest_scenario(write) -> None:
    scenario = load(write("schema_version: 1\n"))
    assert (scenario.id, scenario.title, scenario.mode, scenario.changes) == ("try", "try", "plan", ())


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("casework: {hours_facto: 1}", "4:12: casework.hours_facto", "'hours_facto' is not a setting here. Did you mean 'hours_factor'?"),
        ("caseworks: {}", "4:1: caseworks", "'caseworks' is not a setting. Did you mean 'casework'?"),
        ("hours_factor: 2", "4:1: hours_factor", "Did you mean 'casework.hours_factor'?"),
        ("demand: {hours_factor: 2}", "4:10: demand.hours_factor", "Did you mean 'casework.hours_factor'?"),
        ("casework: {hours_factor: many}", "4:12: casework.hours_factor", "'many' is not a number."),
        ("casework: {hours_factor: '1'}", "4:12: casework.hours_factor", "'1' is not a number."),
        ("casework: {hours_factor: true}", "4:12: casework.hours_factor", "true is not a number."),
        ("casework: {hours_factor: }", "4:12: casework.hours_factor", "nothing is not a number."),
        ("casework: {hours_factor: .nan}", "4:26", ".nan is not a finite number."),
        ("casework: {hours_factor: 500}", "4:12: casework.hours_factor", "500 is above the highest allowed, 5."),
        ("stock: {looked_after: -10}", "4:9: stock.looked_after", "-10 is below the lowest allowed, 0."),
        ("casework: {permanence_team_share: 12%}", "4:12: casework.permanence_team_share", "A share of 12% is written 0.12"),
        ("casework.hours_factor: 2", "4:1: casework.hours_factor", "Write 'casework:' and, indented on the next line, 'hours_factor: ...'."),
        ("changes: [{from: 2020-09, set: {supply.foster_carers: 20}}]", "4:33: changes[1].set.supply.foster_carers", "'run.py describe WORD' finds"),
        ("casework: 3", "4:1: casework", "3 is not a mapping of settings."),
        ("casework: [1]", "4:1: casework", "a list is not a mapping of settings."),
        ("casework: {order: most_overdue}", "4:12: casework.order", "Did you mean 'most_overdue_first'?"),
        ("covid: {happens: 1}", "4:9: covid.happens", "1 is not true or false."),
        ("covid: {from_date: 2020-02-30}", "4:9: covid.from_date", "'2020-02-30' is not a date, such as 2020-09-01."),
        ("covid: {from_date: 20200301}", "4:9: covid.from_date", "20200301 is not a date"),
        ("demand: {family_sizes: 3}", "4:10: demand.family_sizes", "3 is not a list"),
        ("demand: {family_sizes: [1, x]}", "4:28: demand.family_sizes[2]", "'x' is not a number."),
        ("mode: replya", "4:1: mode", "Did you mean 'replay'?"),
        ("title: {a: 1}", "4:1: title", "a mapping is not text."),
        ("titel: x", "4:1: titel", "Did you mean 'title'?"),
        ("changes: soon", "4:1: changes", "'soon' is not a list of dated changes."),
        ("changes: [3]", "4:11: changes[1]", "3 is not a mapping of settings."),
        ("changes: [{}]", "4:11: changes[1]", "'from' is missing."),
        ("rules: [os.system]", "4:9: rules[1]", "given 'os.system'"),
        ("uncertain: {casework.hours_facto: [1, 2]}", "4:13: uncertain.casework.hours_facto", "Did you mean 'casework.hours_factor'?"),
        ("uncertain: {casework.hours_factor: [2, 1]}", "4:13: uncertain.casework.hours_factor", "low end 2 is above the high end 1"),
        ("uncertain: {casework.hours_factor: [1, 99]}", "4:13: uncertain.casework.hours_factor", "numbers from 0.1 to 5."),
        ("uncertain: {casework.order: [1, 2]}", "4:13: uncertain.casework.order", "only numbers can be uncertain."),
        ("uncertain: {casework.hours_factor: 1}", "4:13: uncertain.casework.hours_factor", "1 is not a list"),
        ("uncertain: {casework.hours_factor: [1]}", "4:13: uncertain.casework.hours_factor", "at least 2"),
        ("history: [{indicator: x, year: 2020}]", "4:11: history[1].value", "'value' is missing."),
        ("lever: {strength: huge}", "4:9: lever.strength", "'huge' is not one of strong, medium, weak, none."),
        ("stock_file: ../x.parquet", "4:1: stock_file", "is not a file beside the scenario."),
        ("stock_file: /etc/passwd", "4:1: stock_file", "is not a file beside the scenario."),
        ("stock_file: none.parquet", "4:1: stock_file", "there is no file 'none.parquet' beside the scenario."),
        ("casework: {duties: {visit: {hurs: 1}}}", "4:29: casework.duties.visit.hurs", "Did you mean 'hours'?"),
        ("casework: {duties: {visit: 3}}", "casework.duties", "3 is not a mapping of settings."),
        ("casework: {duties: {new: {hours: 1}}}", "4:21: casework.duties.new", "'for_whom' is missing."),
        ("casework: {duties: [{name: a}]}", "casework.duties.a", "'for_whom' is missing."),
    ],
)
def test_each_fault_says_where_what_and_what_is_allowed(text: str, where: str, message: str, write) -> None:
    found = faults_of(write(HEAD + text + "\n"))
    assert any(where in fault and message in fault for fault in found), found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title: x", "schema_version: 'schema_version' is missing."),
        ("schema_version: 2", "this file is of version 2; this program reads up to 1. Use a newer program."),
        ("schema_version: one", "'one' is not a whole number."),
        ("schema_version: 1.0", "1 is not a whole number."),
        ("schema_version: 1\nstart: 2020", "write a date as 2020-09-01, or a month as 2020-09; given 2020."),
        ("schema_version: 1\nstart: 2021-02-29", "there is no such day in the calendar; given '2021-02-29'."),
        ("schema_version: 1\nstart: 1890-01-01", "dates lie between 2000-01-01 and 2045-12-31"),
        ("schema_version: 1\nweeks: 0", "weeks: 0 is below the lowest allowed, 1."),
        ("schema_version: 1\nweeks: 52.5", "weeks: 52.5 is not a whole number."),
        ("schema_version: 1\nweeks: -3", "weeks: -3 is below"),
    ],
)
def test_faults_of_the_head(text: str, message: str, write) -> None:
    assert any(message in fault for fault in faults_of(write(text)))


def test_every_fault_is_reported_at_once_in_file_order(write) -> None:
    path = write(HEAD + "stock: {looked_after: -1, age_1_4: x}\ncasework: {hours_facto: 1}\nwrong: 1\n"
                 "changes:\n - {from: 2019-01, set: {casework.nothing: 1}}\n - {add: {}}\n")  # fmt: skip
    found = faults_of(path)
    lines = [int(fault.split(".yaml:")[1].split(":")[0]) for fault in found]
    assert lines == sorted(lines)
    assert lines == [4, 4, 5, 6, 8, 8, 9]


def test_a_month_is_its_first_day(write) -> None:
    assert str(load(write("schema_version: 1\nstart: 2020-04\n")).start) == "2020-04-01"


def test_files_are_named_as_seen_from_here(write, monkeypatch) -> None:
    path = write("schema_version: 1\nwrong: 1\n")
    monkeypatch.chdir(path.parent)
    assert faults_of(path)[0].startswith("try.yaml:2:1: wrong:")


def test_an_unknown_file_offers_the_nearest_packaged_one(tmp_path) -> None:
    (tmp_path / "bradford_2020.yaml").write_text("schema_version: 1\n")
    assert faults_of("bradford_2002", scenarios_dir=tmp_path)[0].endswith("Did you mean 'bradford_2020'?")
    assert load("bradford_2020", scenarios_dir=tmp_path).id == "bradford_2020"
    assert known_scenarios(tmp_path) == ["bradford_2020"]


@pytest.mark.parametrize("name", ["", ".", "no/such/file.yaml", "x\x00y", "-", "\ud800", "a" * 5000])
def test_odd_names_are_faults(name: str) -> None:
    assert faults_of(name)


def test_a_name_that_could_break_a_folder_is_refused(write) -> None:
    assert "a scenario's file name has letters" in faults_of(write("schema_version: 1\n", "a=b;c.yaml"))[0]


def test_two_scenarios_of_one_name_are_refused(write) -> None:
    one, two = write("schema_version: 1\n", "a/x.yaml"), write("schema_version: 1\n", "b/x.yaml")
    with pytest.raises(Faults, match="x: two scenarios have this name"):
        load_all([str(one), str(two)])


def test_the_faults_of_several_files_come_together(write) -> None:
    one, two = write("schema_version: 9\n", "one.yaml"), write("wrong: 1\n", "two.yaml")
    with pytest.raises(Faults) as caught:
        load_all([str(one), str(two)])
    assert len(caught.value.faults) == 3


class TestOverrides:
    def test_an_override_is_laid_over_and_recorded(self, write) -> None:
        scenario = load(write(HEAD), ["casework.hours_factor=1.5", "weeks=52", "mode=replay"])
        assert (scenario.parameters.casework.hours_factor, scenario.weeks, scenario.mode) == (1.5, 52, "replay")
        assert scenario.origins["casework.hours_factor"] == "--set casework.hours_factor=1.5"
        assert scenario.overrides == ("casework.hours_factor=1.5", "weeks=52", "mode=replay")

    def test_the_last_one_wins(self, write) -> None:
        assert load(write(HEAD), ["weeks=52", "weeks=60"]).weeks == 60

    def test_a_row_of_a_table_by_name(self, write) -> None:
        scenario = load(write(HEAD), ["casework.duties.visit.priority=6"])
        assert {duty.name: duty.priority for duty in scenario.parameters.casework.duties}["visit"] == 6

    def test_lists_and_mappings(self, write) -> None:
        scenario = load(write(HEAD), ["demand.family_sizes=[0.5, 0.5, 0, 0]", "casework={hours_factor: 1.2}"])
        assert scenario.parameters.demand.family_sizes == [0.5, 0.5, 0, 0]
        assert scenario.parameters.casework.hours_factor == 1.2

    @pytest.mark.parametrize(
        ("setting", "message"),
        [
            ("casework.hours_facto=1", "Did you mean 'hours_factor'?"),
            ("casework.hours_factor=99", "99 is above the highest allowed, 5."),
            ("casework.hours_factor=.nan", "not a finite number"),
            ("casework.hours_factor=&x 1", "anchors"),
            ("casework.hours_factor", "an override looks like"),
            ("=3", "an override looks like"),
            ("extends=other.yaml", "what a scenario extends is said in its file"),
            ("casework..x=3", "an override looks like"),
            ("casework.hours_factor=[1", "is not YAML"),
            ("casework.hours_factor=", "nothing is not a number"),
            ("casework.duties.visit=3", "3 is not a mapping of settings"),
            ("casework.hours_factor.x=3", "a mapping is not a number"),
            ("\x00=\x00", "is not YAML"),
        ],
    )
    def test_a_wrong_override_names_itself(self, setting: str, message: str, write) -> None:
        found = faults_of(write(HEAD), setting)
        assert found[0].startswith("--set ")
        assert message in found[0]


class TestExtends:
    def test_mappings_merge_lists_are_replaced_changes_are_added(self, write) -> None:
        write(HEAD + "title: parent\ncasework: {hours_factor: 1.1, reading_in_hours: 7}\ndemand: {family_sizes: [1, 0, 0, 0]}\n"
              "changes:\n - {from: 2020-09, add: {casework.hours_factor: 0.1}}\n"
              "history: [{indicator: x, year: 2020, value: 3}]\n", "base.yaml")  # fmt: skip
        child = write("schema_version: 1\nextends: base.yaml\ncasework: {hours_factor: 1.3}\ndemand: {family_sizes: [0, 1, 0, 0]}\n"
                      "changes:\n - {from: 2020-06, add: {casework.hours_factor: 0.2}}\n")  # fmt: skip
        scenario = load(child)
        assert scenario.title == "parent"
        assert (scenario.parameters.casework.hours_factor, scenario.parameters.casework.reading_in_hours) == (1.3, 7)
        assert scenario.parameters.demand.family_sizes == [0, 1, 0, 0]
        assert [str(change.starts) for change in scenario.changes] == ["2020-09-01", "2020-06-01"]
        assert scenario.history[0].value == 3
        assert scenario.origins["casework.reading_in_hours"] == "base.yaml:5"
        assert scenario.origins["casework.hours_factor"] == "try.yaml:3"
        assert scenario.extends == "base.yaml"

    def test_rows_are_changed_by_name_over_a_parents_list(self, write) -> None:
        write(HEAD + "casework:\n  duties:\n    - {name: a, for_whom: looked after, priority: 1, hours: 1}\n", "base.yaml")
        child = write("schema_version: 1\nextends: base\ncasework: {duties: {a: {hours: 2}, b: {for_whom: s47, priority: 2, hours: 3}}}\n")
        assert [(duty.name, duty.hours) for duty in load(child).parameters.casework.duties] == [("a", 2), ("b", 3)]

    def test_a_row_given_nothing_is_left_out(self, write) -> None:
        names = [duty.name for duty in load(write(HEAD + "casework: {duties: {visit: }}\n")).parameters.casework.duties]
        assert names
        assert "visit" not in names

    def test_only_what_is_given_has_an_origin(self, write) -> None:
        origins = load(write(HEAD + "casework: {duties: {visit: {hours: 4}}}\n")).origins
        assert {name: where for name, where in origins.items() if name.startswith("casework")} == {
            "casework.duties": "try.yaml:4", "casework.duties.visit.hours": "try.yaml:4"}  # fmt: skip

    def test_beside_the_file_comes_before_the_packaged_ones(self, write, tmp_path) -> None:
        write(HEAD + "title: packaged\n", "packaged/base.yaml")
        mine = write("schema_version: 1\nextends: base.yaml\n", "mine/try.yaml")
        assert load(mine, scenarios_dir=tmp_path / "packaged").title == "packaged"
        write(HEAD + "title: beside\n", "mine/base.yaml")
        assert load(mine, scenarios_dir=tmp_path / "packaged").title == "beside"

    def test_a_local_file_may_extend_the_packaged_one_of_its_own_name(self, write, tmp_path) -> None:
        write(HEAD + "title: packaged\n", "packaged/base.yaml")
        mine = write("schema_version: 1\nextends: base.yaml\nweeks: 9\n", "mine/base.yaml")
        scenario = load(mine, scenarios_dir=tmp_path / "packaged")
        assert (scenario.title, scenario.weeks) == ("packaged", 9)

    def test_a_fault_in_the_parent_names_the_parent(self, write) -> None:
        write(HEAD + "stock: {looked_after: -1}\n", "base.yaml")
        assert "base.yaml:4:9: stock.looked_after: -1 is below" in faults_of(write("schema_version: 1\nextends: base.yaml\n"))[0]

    def test_circles_are_named(self, write) -> None:
        write("schema_version: 1\nextends: b.yaml\n", "a.yaml")
        path = write("schema_version: 1\nextends: a.yaml\n", "b.yaml")
        assert "b.yaml -> a.yaml -> b.yaml" in faults_of(path)[0]
        alone = write("schema_version: 1\nextends: alone.yaml\n", "alone.yaml")
        assert "alone.yaml:2:1: extends: the files extend each other in a circle: alone.yaml -> alone.yaml" in faults_of(alone)[0]

    def test_the_line_of_parents_is_short(self, write) -> None:
        write(HEAD, "f0.yaml")
        for number in range(1, 7):
            write(f"schema_version: 1\nextends: f{number - 1}.yaml\n", f"f{number}.yaml")
        folder = write("schema_version: 1\n").parent
        assert load(folder / "f5.yaml").weeks == 104
        assert "more than 5 files extend one another" in faults_of(folder / "f6.yaml")[0]

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("../base.yaml", "leaves the folder"), ("a/../../b.yaml", "leaves the folder"), ("'..\\base.yaml'", "leaves the folder"),
            ("/etc/passwd", "is an absolute path"), ("'C:\\x.yaml'", "is an absolute path"), ("nowhere.yaml", "there is no 'nowhere.yaml'"),
            ("bsae.yaml", "Did you mean 'base'?"), ("7", "is the name of one scenario file"), ("[a, b]", "is the name of one"),
            ('"\\0"', "is the name of one scenario file"), ("''", "is the name of one scenario file"),
        ],
    )  # fmt: skip
    def test_only_files_in_the_folder(self, name: str, message: str, write) -> None:
        write(HEAD, "base.yaml")
        found = faults_of(write(f"schema_version: 1\nextends: {name}\n"))
        assert "try.yaml:2:1: extends: " in found[0]
        assert message in found[0]

    def test_a_link_out_of_the_folder_is_refused(self, write, tmp_path) -> None:
        outside = write(HEAD, "outside/secret.yaml")
        inside = write("schema_version: 1\nextends: link.yaml\n", "inside/try.yaml")
        os.symlink(outside, inside.parent / "link.yaml")
        assert "'link.yaml' is a link that leaves the folder" in faults_of(inside)[0]
