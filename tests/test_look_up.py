"""``describe NAME``: one setting, measure or rule, by its name, a part of it, or a word of its meaning."""

from __future__ import annotations

import pytest

from simulation.base.errors import Faults
from simulation.base.measures import REGISTER
from simulation.cli import main
from simulation.cli.look_up import LOOKS_BACK, ROWS, described, meaning
from simulation.model.week import WEEK
from simulation.scenario import load, settings


def test_every_setting_measure_and_rule_is_found_by_its_name():
    for name in settings():
        assert described(name).startswith(f"setting {name}\n")
    for name in REGISTER:
        assert f"measure {name}\n" in described(name)
    for rule in WEEK:
        assert f"rule {rule.__name__} (number" in described(rule.__name__)


def test_a_setting_says_all_that_is_known_of_it():
    told = described("team_size")
    for part in ("setting workforce.team_size", "default: 6.5 workers, from 1 to 30 allowed", "plausible: 5 to 8", "five to seven a manager"):
        assert part in told
    assert "Hours it takes." in described("casework.duties.visit.hours"), "a row of a table"
    assert "  covid.rebound: " in described("covid"), "a section"


def test_part_of_a_name_or_a_word_of_the_meaning_lists_what_fits():
    assert "workforce.permanent_posts_fte" in described("permanent posts")
    told = described("panel")
    assert told.splitlines()[0].endswith("names fit 'panel':") and "gates.permanence_panel_slots_per_week" in told
    assert "more; say more of the name" in described("children")


def test_a_rule_of_that_name_does_not_hide_the_measures():
    told = described("plans")
    assert told.startswith("rule Plans (number") and "pct_plans_by_second_review: Permanence plan agreed by the second review" in told
    assert "is also in the name of" not in described("notice_weeks")


def test_a_meaning_that_leans_on_another_says_which():
    told = described("to_agency_per_year")
    assert "The same, of leaving for agency work. (workforce.leaving_per_year: Yearly hazard of leaving" in told
    assert "(workforce.leaving_per_year:" in described("agency"), "in a list too"
    leaning = [name for name in settings() if LOOKS_BACK.match(settings()[name].meaning)]
    assert leaning and all(meaning(name).endswith(".)") for name in leaning)


def test_a_table_shows_what_a_row_holds_and_its_example_is_allowed(write):
    told = described("named_places")
    assert "default: none" in told and "One of foster own, foster agency, home own, home private, supported." in told
    row = ROWS["supply.named_places"]
    assert f"for example: {row}" in told
    named = load(write(f"schema_version: 1\nsupply:\n  named_places:\n    - {row}\n")).parameters.supply.named_places
    assert (named[0].name, named[0].kind, named[0].places) == ("Oak House", "home own", 2)


def test_words_of_planners_find_what_the_settings_call_otherwise():
    assert "supply.own_home_places: Places in a new own home." in described("two-bed")
    assert "supply.own_home_places" in described("two-bed home")


@pytest.mark.parametrize(("name", "near"), [("workforce.notice_weks", "workforce.notice_weeks"), ("pct_visits_on_tim3", "pct_visits_on_time"), ("notice_weks", "workforce.notice_weeks")])
def test_a_misspelt_name_gets_the_nearest(name, near):
    with pytest.raises(Faults, match=f"Did you mean '{near}'"):
        described(name)


def test_the_command(capsys):
    assert main(["describe", "permanence", "team", "share"]) == 0
    assert "setting casework.permanence_team_share" in capsys.readouterr().out
    assert main(["describe", "qqqq"]) == 2
    assert "there is no setting, measure or rule 'qqqq'." in capsys.readouterr().err
