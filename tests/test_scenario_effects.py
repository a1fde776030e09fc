"""What dated changes make of settings is said, slips are questioned, and changes of starting values are refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import simulation
from simulation.base.errors import Faults
from simulation.cli import main
from simulation.scenario import known_scenarios, load, settings
from simulation.scenario.effects import doubts, effects
from simulation.scenario.limits import AT_START, only_at_start

HEAD = "schema_version: 1\nextends: england_typical.yaml\n"
POSTS = "workforce.permanent_posts_fte"


def told(write, text: str) -> list[str]:
    return [effect.text for effect in effects(load(write(HEAD + text)))]


def test_what_a_change_makes_of_a_value_is_told(write):
    assert told(write, f"changes:\n - {{from: 2021-09, add: {{{POSTS}: 20}}}}\n") == [f"from 2021-09-01: {POSTS} 457 -> 477 FTE (+4%)"]
    grown = told(write, f"changes:\n - {{from: 2021-09, multiply: {{{POSTS}: 1.5}}, ramp_months: 6, until: 2022-09}}\n")
    assert grown == [f"from 2021-09-01 until 2022-09-01: {POSTS} 457 -> 685.5 FTE (+50%), over 6 months"]
    twice = f"changes:\n - {{from: 2021-04, add: {{{POSTS}: 43}}}}\n - {{from: 2021-09, multiply: {{{POSTS}: 0.5}}}}\n"
    assert told(write, twice)[1] == f"from 2021-09-01: {POSTS} 500 -> 250 FTE (-50%)", "each over what earlier changes made"
    from_nothing = told(write, "changes:\n - {from: 2021-09, set: {practice.family_group_conference_share: 0.8}}\n")
    assert from_nothing == ["from 2021-09-01: practice.family_group_conference_share 0 -> 0.8"]


def test_only_a_plans_own_changes_are_told(write):
    write(HEAD + f"changes:\n - {{from: 2021-04, add: {{{POSTS}: 43}}}}\n", "base.yaml")
    plan = load(write(f"schema_version: 1\nextends: base.yaml\nchanges:\n - {{from: 2021-09, add: {{{POSTS}: 10}}}}\n"))
    assert [effect.text for effect in effects(plan)] == [f"from 2021-09-01: {POSTS} 500 -> 510 FTE (+2%)"]


def test_a_number_set_that_was_to_be_added_is_questioned(write, capsys):
    path = write(HEAD + f"changes:\n - {{from: 2021-09, set: {{{POSTS}: 20}}}}\n")
    assert doubts(load(path)) == [f"try: {POSTS}: set makes 457 into 20 FTE. For 20 more, write add."]
    assert main(["check", str(path)]) == 0
    said = capsys.readouterr()
    assert "For 20 more, write add." in said.err and "457 -> 20 FTE (-96%)" in said.out


def test_packaged_scenarios_raise_no_doubt():
    assert [doubt for name in known_scenarios() for doubt in doubts(load(name))] == []


@pytest.mark.parametrize(
    ("name", "instead"),
    [("supply.own_homes", "supply.own_homes_ordered"), ("workforce.start_permanent_fte", POSTS), ("stock.looked_after", "")],
)
def test_a_dated_change_of_a_starting_value_is_refused(name, instead, write):
    with pytest.raises(Faults, match="is read on the starting day only") as refused:
        load(write(HEAD + f"changes:\n - {{from: 2021-09, add: {{{name}: 1}}}}\n"))
    assert f"'{instead}'" in str(refused.value) if instead else "What moves it later" not in str(refused.value)


def names_by_file() -> dict[str, set[str]]:
    """The words in each file of the model, beside those that only declare, read or report settings."""
    package = Path(simulation.__file__).parent
    rooms = [path for room in ("service", "actions", "rules", "start", "model") for path in (package / room).glob("*.py")]
    return {f"{path.parent.name}/{path.name}": set(re.findall(r"\w+", path.read_text(encoding="utf-8"))) for path in rooms}


def test_starting_values_are_those_that_only_the_starting_state_reads():
    files = names_by_file()
    read = {name: {file for file, words in files.items() if name.rsplit(".", 1)[-1] in words} for name in settings()}
    start = {name for name, some in read.items() if some and all(file.startswith("start/") for file in some)}
    also_a_column, a_table = "stock.unaccompanied", "supply.named_places"
    assert {name for name in settings() if only_at_start(name)} == (start | {also_a_column}) - {a_table}
    assert set(AT_START.values()) - {""} <= set(settings())


def test_a_whole_percentage_gets_the_share_it_means(write):
    for text in ("practice: {family_group_conference_share: 80}\n", "changes:\n - {from: 2021-09, set: {practice.family_group_conference_share: 80}}\n"):
        with pytest.raises(Faults, match=r"80% is written 0\.8"):
            load(write(HEAD + text))


@pytest.mark.parametrize(("given", "meant"), [("01/09/2021", "2021-09-01"), ("1 September 2021", "2021-09-01"), ("Sept 2021", "2021-09")])
def test_a_date_as_people_write_it_is_offered_as_the_file_writes_it(given, meant, write):
    with pytest.raises(Faults, match=f"here {meant}"):
        load(write(HEAD + f"changes:\n - {{from: {given}, add: {{{POSTS}: 1}}}}\n"))
