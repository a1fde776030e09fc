"""Profiles from published figures: whole children, borrowing said line by line, files that load."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.base.codes import Stage
from simulation.base.errors import Faults
from simulation.base.fitting import complete_margin, proportional_fit, round_to_total, whole_table
from simulation.model import ChildrensServices
from simulation.profile import casework, figures, inspected, profile, writing
from simulation.published import neighbours, packaged, parts, published
from simulation.published.borrow import Borrower
from simulation.scenario import gathered, load
from simulation.settings import Parameters

SAMPLE = Path(__file__).parents[2] / "shared" / "data" / "la_indicators.csv"
AGES = {"u1": 20, "1_4": 60, "5_9": 90, "10_15": 150, "16plus": 80}


def table(
    tmp_path: Path,
    drop: tuple[tuple[int, str], ...] = (),
    size: int = 8,
    years: range = range(2014, 2021),
    extra: dict[str, float] | None = None,
) -> published.Table:
    """Eight authorities of one region; ``drop``: (authority, indicator) left out; ``extra``: figures that all of them have."""
    rows = []
    for k in range(size):
        scale = 1 + 0.1 * k
        values = {
            "population_0_17": 60_000 * scale,
            "cla_31march_number": round(400 * scale),
            "referrals_number": 3000 * scale,
            "s47_number": 900 * scale,
            "icpc_number": 350 * scale,
            "cpp_started_number": 300 * scale,
            "cpp_31march_number": 240 * scale,
            "cin_31march_number": 2000 * scale,
            "cla_started_number": 170 * scale,
            "cla_ceased_number": 165 * scale,
            "cla_31march_inside_la_number": 240 * scale,
            "cla_31march_outside_la_number": 140 * scale,
            "referrals_nfa_pct": 6.0,
            "referrals_assessed_not_in_need_pct": 30.0,
            "cla_31march_placement_foster_number": round(290 * scale),
            "sw_inpost_fte": 160 * scale,
            "sw_agency_fte": 25 * scale,
            "sw_vacancy_fte": 30 * scale,
            "sw_case_holders_fte": 100 * scale,
            "sw_turnover_rate_fte_pct": 14.0,
            "sw_agency_rate_fte_pct": 13.5,
            "sw_vacancy_rate_fte_pct": 15.8,
            "unitcost_s251_fostering_weekly": 580,
            "unitcost_s251_residential_weekly": 3900,
            "spend_s251_cla_total": 26e6 * scale,
            **{f"cla_31march_age_{age}_number": round(n * scale) for age, n in AGES.items()},
            **(extra or {}),
        }
        for year in years:
            rows += [
                f"LA,E0800000{k},Place {k},North,{year},{name},{value:.6g},x"
                for name, value in values.items()
                if (k, name) not in drop
            ]
    path = tmp_path / "table.csv"
    path.write_text("geo_level,la_code,la_name,region,year,indicator,value,unit\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return published.read(path)


def made(
    tmp_path: Path,
    drop: tuple[tuple[int, str], ...] = (),
    code: str = "E08000002",
    year: int = 2018,
    extra: dict[str, float] | None = None,
) -> profile.Profile:
    source = table(tmp_path, drop, extra=extra)
    return profile.make(source, code, year, neighbours.of(source.until(year), year))


def command(
    tmp_path: Path, la: str = "Place 2", out: str = "x.yaml", year: int | None = 2018, data: str | None = None
) -> argparse.Namespace:
    return argparse.Namespace(fill=None, alone=True,
        la=la, data=data or str(tmp_path / "table.csv"), year=year, neighbours=None, ssda903=None, replace=False, out=str(tmp_path / out)
    )


# ---- whole children


@given(st.lists(st.floats(0, 500), min_size=1, max_size=8), st.integers(0, 3000))
def test_rounding_keeps_the_total_and_stays_within_one_child_of_the_scaled_amounts(amounts: list[float], total: int) -> None:
    whole = round_to_total(amounts, total)
    share = np.array(amounts) if sum(amounts) > 0 else np.ones(len(amounts))
    assert whole.sum() == total
    assert np.abs(whole - share * total / share.sum()).max() < 1 + 1e-6


def test_negative_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        round_to_total([1, -1], 5)


def test_a_missing_part_takes_what_published_parts_leave() -> None:
    assert complete_margin(100, [60, np.nan, np.nan], [0.6, 0.3, 0.1]).tolist() == [60, 30, 10]
    assert complete_margin(100, [60, 45, np.nan], [0.6, 0.3, 0.1]).sum() == 100
    assert complete_margin(10, [np.nan, np.nan], [0, 0]).tolist() == [5, 5]


def test_proportional_fitting_meets_both_margins_and_opens_an_empty_row() -> None:
    rows, columns = np.array([50.0, 30, 20]), np.array([60.0, 40])
    table = proportional_fit([[5, 1], [1, 1], [0, 0]], [rows, columns])
    assert np.allclose(table.sum(axis=1), rows)
    assert np.allclose(table.sum(axis=0), columns)
    whole = whole_table(table, rows)
    assert whole.sum(axis=1).tolist() == rows.tolist()
    assert np.abs(whole.sum(axis=0) - columns).max() <= 1
    with pytest.raises(ValueError, match="same total"):
        proportional_fit([[1, 1]], [[5], [3, 3]])
    with pytest.raises(ValueError, match="do not fit"):
        proportional_fit([[1, 1]], [[5], [5]])


# ---- settings


def test_published_figures_become_settings_with_their_source(tmp_path: Path) -> None:
    values, sources = made(tmp_path).settings.numbers, made(tmp_path).settings.sources
    assert values["stock.looked_after"] == 480
    assert values["stock.age_10_15"] == 180
    assert values["demand.referrals_per_10k_per_year"] == pytest.approx(500)
    assert values["front_door.s47_share"] == pytest.approx(0.3)
    assert values["stock.outside_boundary"] == pytest.approx(480 * 140 / 380, rel=1e-3)
    assert values["workforce.permanent_posts_fte"] == pytest.approx(190 * 1.2)
    assert "sw_inpost_fte, 2017" in sources["workforce.start_permanent_fte"], (
        "the workforce of September 2018 is later than March 2018"
    )


def test_margins_sum_to_the_exact_total(tmp_path: Path) -> None:
    values = made(tmp_path).settings.numbers
    for margin in (figures.AGES, figures.PLACEMENTS, figures.LEGAL):
        assert sum(values[f"stock.{name}"] for name in margin) == values["stock.looked_after"]


def test_a_missing_figure_is_borrowed_and_said(tmp_path: Path) -> None:
    drop = ((2, "referrals_number"),)
    profiled = made(tmp_path, drop)
    assert profiled.settings.numbers["demand.referrals_per_10k_per_year"] == pytest.approx(500, rel=1e-3)
    assert "borrowed: mean of 7 neighbours" in profiled.settings.sources["demand.referrals_per_10k_per_year"]
    assert any("referrals_number for each population_0_17" in note for note in profiled.borrowed)


NOBODY_PUBLISHES = (
    "sw_inpost_fte",
    "sw_agency_fte",
    "sw_vacancy_fte",
    "sw_case_holders_fte",
    "cin_31march_number",
    "cpp_31march_number",
    "icpc_number",
    "cla_31march_outside_la_number",
)


def test_what_nobody_publishes_has_the_authoritys_size_and_not_the_models(tmp_path: Path) -> None:
    every = tuple((k, name) for k in range(8) for name in NOBODY_PUBLISHES)
    settings, england = made(tmp_path, every).settings, Parameters()
    children = 60_000 * 1.2 / england.authority.population_0_17
    for name in (
        "workforce.start_permanent_fte",
        "workforce.start_agency_fte",
        "workforce.permanent_posts_fte",
        "stock.children_in_need",
        "stock.protection_plans",
        "gates.conference_slots_per_week",
    ):
        section, setting = name.split(".")
        assert settings.numbers[name] == pytest.approx(children * getattr(getattr(england, section), setting), rel=1e-3), name
        assert settings.sources[name].startswith("borrowed: England's for each child")
    share = england.stock.outside_boundary / england.stock.looked_after
    assert settings.numbers["stock.outside_boundary"] == pytest.approx(480 * share, rel=1e-3)


def test_vacancies_that_nobody_publishes_are_englands_for_each_worker(tmp_path: Path) -> None:
    values, people = made(tmp_path, tuple((k, "sw_vacancy_fte") for k in range(8))).settings.numbers, Parameters().workforce
    posts = values["workforce.permanent_posts_fte"] / values["workforce.start_permanent_fte"]
    assert posts == pytest.approx(people.permanent_posts_fte / people.start_permanent_fte, rel=1e-3)


def test_the_area_of_an_authority_nobody_knows_is_that_of_its_own_children_and_is_marked(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(packaged, "places", dict)
    found = made(tmp_path)
    own = Parameters().authority
    area, children = (found.settings.numbers[f"authority.{name}"] for name in ("area_square_miles", "population_0_17"))
    assert children != own.population_0_17
    assert area == pytest.approx(children * own.area_square_miles / own.population_0_17, rel=1e-3)
    assert found.settings.sources["authority.area_square_miles"].startswith("borrowed: not in the table")
    assert any("area_square_miles" in line and "look it up" in line for line in found.borrowed)


def test_own_figure_of_a_near_year_comes_before_anybody_elses(tmp_path: Path) -> None:
    source = table(tmp_path)
    rows = source.rows[
        ~((source.rows["indicator"] == "s47_number") & (source.rows["year"] == 2018) & (source.rows["la_code"] == "E08000002"))
    ]
    found = Borrower(published.Table(rows, "t"), "E08000002", 2018, []).count("s47_number")
    assert (found.value, found.borrowed, found.source) == (pytest.approx(1080), True, "own figure of 2017: s47_number")


def test_an_unpublished_population_is_taken_from_the_rate(tmp_path: Path) -> None:
    source = table(tmp_path, drop=((2, "population_0_17"),))
    assert "rate per 10,000" in profile.why_unusable(source, "E08000002", 2018)
    rate = source.rows.query("la_code == 'E08000002' and indicator == 'cla_31march_number'").assign(
        indicator="cla_31march_rate_per_10k", value=80.0
    )
    both = published.Table(pd.concat([source.rows, rate]), "t")
    assert profile.why_unusable(both, "E08000002", 2018) == ""
    assert Borrower(both, "E08000002", 2018, []).population().value == pytest.approx(60_000)


def test_a_population_of_nought_is_not_a_population(tmp_path: Path) -> None:
    source = table(tmp_path, extra={"population_0_17": 0.0})
    assert "neither population_0_17 nor a rate" in profile.why_unusable(source, "E08000002", 2018)


def test_parts_that_fall_short_leave_published_ones_alone_and_fill_the_suppressed(tmp_path: Path) -> None:
    borrower = Borrower(table(tmp_path), "E08000002", 2018, [])
    counts, _ = parts.divide(borrower, 480, figures.PLACEMENTS, dict.fromkeys(figures.PLACEMENTS, 1.0))
    assert counts["placement_foster"] == 348
    assert sum(counts.values()) == 480


# ---- parts of the total

TOTAL, PLACE = 480, "E08000002"
PROVIDED = {"own": 200.0, "private": 180.0, "voluntary": 30.0, "parents": 48.0}
LEGAL = {"s20": 100.0, "ico": 100.0, "fco": 200.0, "placement_order": 40.0, "detained_cp": 0.0}
OWN, VOLUNTARY = "cla_31march_provider_own_number", "cla_31march_provider_voluntary_number"


def figures_of(kind: str, numbers: dict[str, float]) -> dict[str, float]:
    return {f"cla_31march_{kind}_{name}_number": number for name, number in numbers.items()}


def test_a_remainder_can_be_recomputed_from_its_words(tmp_path: Path) -> None:
    source = table(tmp_path, ((2, OWN), (2, VOLUNTARY)), extra=figures_of("provider", PROVIDED))
    near = neighbours.of(source.until(2018), 2018)
    settings = profile.make(source, PLACE, 2018, near).settings
    for name, indicator in (("stock.provider_own", OWN), ("stock.provider_voluntary", VOLUNTARY)):
        said = re.fullmatch(
            r"borrowed: remainder: total less published parts, (\d+) children, of which ([\d.]+)% as in "
            r"mean of (\d) neighbours, (\w+) for each (\w+), (\d+)",
            settings.sources[name],
        )
        assert said is not None, settings.sources[name]
        children, percent, many, above, below, year = said.groups()
        means = {one: np.mean([source.value(c, one, int(year)) / source.value(c, below, int(year)) for c in near[PLACE]]) for one in (OWN, VOLUNTARY)}
        assert (above, int(children), int(many)) == (indicator, TOTAL - 180 - 48, len(near[PLACE]))
        assert float(percent) == pytest.approx(100 * means[above] / sum(means.values()), abs=0.01)
        assert settings.numbers[name] == pytest.approx(int(children) * float(percent) / 100, abs=1)


def test_one_missing_part_is_the_remainder_and_says_only_that(tmp_path: Path) -> None:
    settings = made(tmp_path, ((2, OWN),), extra=figures_of("provider", PROVIDED)).settings
    assert settings.numbers["stock.provider_own"] == TOTAL - 180 - 30 - 48
    assert settings.sources["stock.provider_own"] == "borrowed: remainder: total less published parts"


def test_neighbours_of_a_file_are_named_with_it(tmp_path: Path) -> None:
    table(tmp_path, ((2, "referrals_number"),))
    pairs = [f"{PLACE},E0800000{k}" for k in (3, 5, 7)]
    (tmp_path / "sn.csv").write_text("la_code,sn_la_code\n" + "\n".join(pairs) + "\n")
    given_file = command(tmp_path)
    given_file.neighbours = str(tmp_path / "sn.csv")
    writing.profile(given_file)
    text = (tmp_path / "x.yaml").read_text(encoding="utf-8")
    assert "# neighbours (given in sn.csv): Place 3; Place 5; Place 7" in text
    assert "mean of 3 neighbours given in sn.csv, referrals_number" in text


def test_a_shortfall_goes_where_something_is_not_published_and_is_said(tmp_path: Path) -> None:
    found = made(tmp_path, extra=figures_of("legal", LEGAL))
    values, sources = found.settings.numbers, found.settings.sources
    assert values["stock.legal_care_order"] == 200 and values["stock.legal_other"] == 40
    said = "published 0, fitted to the total with 40 of the remainder: parts sum to 440 of 480"
    assert said in sources["stock.legal_other"]
    assert "cla_31march_legal_youth_justice_number not published" in sources["stock.legal_other"]
    assert any(note.startswith("legal_other: 40: ") and said in note for note in found.borrowed)


def test_parts_published_in_full_that_fall_short_are_all_scaled_and_say_so(tmp_path: Path) -> None:
    settings = made(tmp_path, extra=figures_of("legal", {**LEGAL, "youth_justice": 0.0})).settings
    assert settings.numbers["stock.legal_other"] == 0
    assert settings.numbers["stock.legal_care_order"] == pytest.approx(200 * 480 / 440, abs=1)
    assert "published 200, fitted to the total: parts sum to 440 of 480" in settings.sources["stock.legal_care_order"]


@pytest.mark.parametrize(("care_orders", "warned"), [(200.0, True), (230.0, False), (290.0, True)])
def test_parts_far_from_the_total_are_warned_of_with_both_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], care_orders: float, warned: bool
) -> None:
    table(tmp_path, extra=figures_of("legal", {**LEGAL, "fco": care_orders}))
    writing.profile(command(tmp_path))
    said = f"published parts by legal sum to {care_orders + 240:g}, the total cla_31march_number of 2018 is 480"
    text = (tmp_path / "x.yaml").read_text(encoding="utf-8")
    assert (f"# LOOK AT THIS: {said}" in text) == warned
    assert (f"warning: Place 2 2018: {said}" in capsys.readouterr().err) == warned
    assert any(said in note for note in load(tmp_path / "x.yaml").header.borrowed) == warned


@pytest.mark.parametrize("care_orders", [70.0, 410.0])
def test_parts_more_than_a_third_from_the_total_are_refused(tmp_path: Path, care_orders: float) -> None:
    table(tmp_path, extra=figures_of("legal", {**LEGAL, "fco": care_orders}))
    with pytest.raises(Faults, match=r"parts by legal sum to \d+, the total cla_31march_number of 2018 is 480: more than a third"):
        writing.profile(command(tmp_path))
    assert not (tmp_path / "x.yaml").exists()


def test_more_children_at_a_known_distance_than_there_are_is_refused_and_fewer_are_not(tmp_path: Path) -> None:
    more = table(tmp_path, extra={"cla_31march_outside_la_number": 600.0})
    assert "parts by distance sum to 888, the total cla_31march_number of 2018 is 480" in profile.why_unusable(more, PLACE, 2018)
    some = made(tmp_path, extra={"cla_31march_outside_la_number": 230.0})
    assert any("parts by distance sum to 518" in warning for warning in some.warnings)
    assert profile.why_unusable(table(tmp_path, extra={"cla_31march_outside_la_number": 10.0}), PLACE, 2018) == ""


def test_the_count_outside_the_boundary_says_what_it_is_a_share_of(tmp_path: Path) -> None:
    sources = made(tmp_path, extra={"cla_31march_outside_la_gt20_number": 50.0}).settings.sources
    assert "168 of 456 inside and outside, the same share of all" in sources["stock.outside_boundary"]
    assert "published 50, the same share of those outside" in sources["stock.over_20_miles_outside"]


def test_a_figure_cut_to_what_a_setting_takes_says_both(tmp_path: Path) -> None:
    found = made(tmp_path, extra={"cin_31march_number": 0.0, "sw_turnover_rate_fte_pct": 90.0})
    said = "figures give 0, cut to 480, the least this setting takes"
    assert found.settings.numbers["stock.children_in_need"] == TOTAL
    assert found.settings.sources["stock.children_in_need"] == f"cin_31march_number, 2018; {said}"
    assert any(note.startswith(f"stock.children_in_need: {said}") for note in found.borrowed)
    assert "figures give 90, cut to 40" in found.settings.sources["workforce.leaving_per_year"]
    assert any("figures give 90, cut to 40" in note for note in found.borrowed)


def test_a_large_population_keeps_every_child(tmp_path: Path) -> None:
    found = made(tmp_path, extra={"population_0_17": 140_385.0})
    assert found.settings.numbers["authority.population_0_17"] == 140_385
    assert "  population_0_17: 140385  # population_0_17, 2018" in profile.as_yaml(found)


def recoded(tmp_path: Path, since: int, own: float, voluntary: float) -> profile.Profile:
    source = table(tmp_path, extra=figures_of("provider", PROVIDED))
    here = (source.rows["la_code"] == PLACE) & (source.rows["year"] >= since)
    value = source.rows["value"].mask(here & (source.rows["indicator"] == OWN), own)
    value = value.mask(here & (source.rows["indicator"] == VOLUNTARY), voluntary)
    changed = published.Table(source.rows.assign(value=value), "t")
    return profile.make(changed, PLACE, 2018, neighbours.of(changed.until(2018), 2018))


@pytest.mark.parametrize(("own", "voluntary", "expected"), [
    (0.0, 230.0, 200), (30.0, 200.0, 200), (90.0, 140.0, 200), (90.0, 30.0, 90), (150.0, 80.0, 150)])  # fmt: skip
def test_own_places_recoded_as_bought_are_those_of_the_year_before(
    tmp_path: Path, own: float, voluntary: float, expected: int
) -> None:
    found = recoded(tmp_path, 2017, own, voluntary)
    assert found.settings.numbers["stock.provider_own"] == expected
    if expected == 200:
        source = found.settings.sources["stock.provider_own"]
        assert source.startswith("borrowed: as 200 of 480 in 2016") and f"published as {own:g}" in source
        assert found.settings.numbers["stock.provider_voluntary"] == 30
        assert any("look recoded as bought" in warning for warning in found.warnings)
        assert any("look recoded as bought" in note for note in found.borrowed)
    else:
        assert not any("recoded" in note for note in found.borrowed)


def test_own_places_recoded_ever_since_are_the_neighbours(tmp_path: Path) -> None:
    found = recoded(tmp_path, 2013, 0.0, 230.0)
    assert "as in mean of 7 neighbours" in found.settings.sources["stock.provider_own"]
    assert found.settings.numbers["stock.provider_own"] > 150
    assert any("providers are as in the neighbours" in warning for warning in found.warnings)


# ---- the file and the command


def test_the_file_loads_as_a_scenario_and_says_what_it_borrowed(tmp_path: Path) -> None:
    table(tmp_path, drop=((2, "cin_31march_number"),))
    assert writing.profile(command(tmp_path)) == 0
    text = (tmp_path / "x.yaml").read_text(encoding="utf-8")
    scenario = load(tmp_path / "x.yaml")
    assert scenario.parameters.stock.looked_after == 480
    assert any("cin_31march_number" in note for note in scenario.header.borrowed)
    settings = [line for line in text.splitlines() if line.startswith("  ") and line.strip()[0].isalpha() and "name:" not in line]
    assert all("  # " in line for line in settings), "every line says where it comes from"
    assert {(f.indicator, f.year) for f in scenario.history} >= {("cla_31march_number", 2014), ("cla_started_number", 2020)}


def test_all_writes_a_folder_and_skips_the_unusable_with_reasons(tmp_path: Path) -> None:
    table(tmp_path, drop=((3, "cla_31march_number"),))
    assert writing.profile(command(tmp_path, la="all", out="many")) == 0
    assert len(list((tmp_path / "many").glob("*.yaml"))) == 7
    assert "Place 3,cla_31march_number of 2018 is not published" in (tmp_path / "many" / "skipped.csv").read_text()


@pytest.mark.parametrize(("change", "said"), [
    ({"la": "Nowhere"}, "'Nowhere' is not an authority"),
    ({"year": 1999}, "cla_31march_number of 1999 is not published"),
    ({"la": None}, "--la: is needed"),
    ({"la": "all", "out": "one.yaml"}, "one file, but several"),
    ({"la": "all", "year": 1999, "out": "f"}, "1999 is not published"),
    ({"data": "none.csv"}, "no such file"),
])  # fmt: skip
def test_bad_requests_are_refused_and_nothing_is_written(tmp_path: Path, change: dict, said: str) -> None:
    table(tmp_path)
    with pytest.raises(Faults, match=said):
        writing.profile(command(tmp_path, **change))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["table.csv"]


@pytest.mark.parametrize(("out", "said"), [
    ("", "nothing is named"),
    ("b.json", "ends in '.json'"),
    ("table.csv", "is a file; a folder is needed"),
    ("table.csv/x.yaml", "table.csv is not a folder"),
    ("table.csv/more/x.yaml", "table.csv is not a folder"),
])  # fmt: skip
def test_a_place_to_write_that_says_neither_file_nor_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str, said: str
) -> None:
    table(tmp_path)
    monkeypatch.chdir(tmp_path)
    given_out = command(tmp_path)
    given_out.out = out
    with pytest.raises(Faults, match=said):
        writing.profile(given_out)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["table.csv"]


def test_a_file_where_a_folder_should_be_is_a_fault_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "afile").write_text("x")
    with pytest.raises(Faults, match="cannot be written"):
        profile.write_text(tmp_path / "afile" / "x.yaml", "x")


def test_a_capital_ending_is_a_scenario_and_a_folder_may_have_a_full_stop(tmp_path: Path) -> None:
    table(tmp_path)
    assert writing.profile(command(tmp_path, out="new.YAML")) == 0
    assert (tmp_path / "new.YAML").is_file()
    given_out = command(tmp_path)
    given_out.out = str(tmp_path / "of.2018") + "/"
    assert writing.profile(given_out) == 0
    assert (tmp_path / "of.2018" / "place_2_2018.yaml").is_file()


def test_somebody_elses_list_of_skipped_is_not_replaced(tmp_path: Path) -> None:
    table(tmp_path)
    (tmp_path / "many").mkdir()
    (tmp_path / "many" / "skipped.csv").write_text("my own list\n")
    with pytest.raises(Faults, match="was not made by this command"):
        writing.profile(command(tmp_path, la="Place 2;Place 4", out="many"))
    assert [p.name for p in (tmp_path / "many").iterdir()] == ["skipped.csv"]
    (tmp_path / "many" / "skipped.csv").unlink()
    assert [writing.profile(command(tmp_path, la="Place 2;Place 4", out="many")) for _ in range(2)] == [0, 0]


def test_all_are_made_before_any_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table(tmp_path)
    write = profile.as_yaml

    def fail_late(one: profile.Profile) -> str:
        if one.authority.code == "E08000005":
            raise RuntimeError("stopped")
        return write(one)

    monkeypatch.setattr(profile, "as_yaml", fail_late)
    with pytest.raises(RuntimeError, match="stopped"):
        writing.profile(command(tmp_path, la="all", out="many"))
    assert not (tmp_path / "many").exists()


def test_two_authorities_whose_names_make_one_file_name_have_a_file_each(tmp_path: Path) -> None:
    table(tmp_path)
    text = (tmp_path / "table.csv").read_text(encoding="utf-8")
    (tmp_path / "table.csv").write_text(text.replace(",Place 3,", ",Place-2,"), encoding="utf-8")
    writing.profile(command(tmp_path, la="all", out="many"))
    names = {p.name for p in (tmp_path / "many").glob("*.yaml")}
    assert len(names) == 8 and {"place_2_e08000002_2018.yaml", "place_2_e08000003_2018.yaml"} <= names


def with_judgement(source: published.Table, code: str, grade: float, day: float, year: int = 2018) -> published.Table:
    rows = [
        ("LA", code, "x", "North", year, name, value, "")
        for name, value in (("ofsted_overall_grade", grade), ("ofsted_last_inspection_date", day))
    ]
    return published.Table(pd.concat([source.rows, pd.DataFrame(rows, columns=source.rows.columns)]), "t")


@pytest.mark.parametrize(("grade", "day", "expected"), [
    (4, 20171004, "2017-10-04"), (3, 20171004, None), (4, 20181004, None), (4, 20189999, None)])  # fmt: skip
def test_a_judgement_is_an_input_only_once_it_is_known(tmp_path: Path, grade: float, day: float, expected: str | None) -> None:
    source = with_judgement(table(tmp_path), "E08000002", grade, day)
    made_one = profile.make(source, "E08000002", 2018, neighbours.of(source.until(2018), 2018))
    assert (str(made_one.inadequate_on) if made_one.inadequate_on else None) == expected
    profile.write_text(tmp_path / "judged.yaml", profile.as_yaml(made_one))
    assert (load(tmp_path / "judged.yaml").parameters.inspection.inadequate_on is not None) == (expected is not None)


def test_differences_are_changes_less_those_of_neighbours(tmp_path: Path) -> None:
    source = table(tmp_path)
    for code in ("E08000002", "E08000005"):
        source = with_judgement(source, code, 4, 20171004)
    rows = source.rows
    later = rows["la_code"].isin(["E08000002", "E08000005"]) & (rows["indicator"] == "s47_number") & (rows["year"] >= 2018)
    source = published.Table(rows.assign(value=rows["value"].where(~later, rows["value"] * np.exp(0.2))), "t")
    near = {code: ["E08000000", "E08000001", "E08000007"] for code in source.authorities}
    found = inspected.differences(source, near, 2020).set_index("indicator")
    assert found.loc["s47_number", "difference"] == pytest.approx(20, abs=1e-3)
    assert found.loc["referrals_number", "difference"] == pytest.approx(0, abs=1e-3)
    assert found.loc["s47_number", "authorities"] == 2
    assert inspected.differences(table(tmp_path), near, 2020).empty


def test_a_forecast_difference_is_of_the_judged_and_says_who_was_known(tmp_path: Path) -> None:
    source = with_judgement(table(tmp_path), "E08000002", 4, 20171004)
    for code, day in (("E08000005", 20171104), ("E08000003", 20190101), ("E08000004", 20190301)):
        source = with_judgement(source, code, 4, day)
    growth = {"E08000002": 0.3, "E08000005": 0.1, "E08000003": 0.5, "E08000004": 0.5}
    rows = [(code, h, "s47_number", 100 * np.exp(growth.get(code, 0.0) * h / 2), 100 * np.exp(0.05 * h), 100.0) for code in source.authorities for h in (1, 2)]
    scored = pd.DataFrame(rows, columns=["la_code", "horizon", "measure", "actual", "mean", "persistence"])
    near = {code: ["E08000000", "E08000001"] for code in source.authorities}
    found = inspected.foreseen(scored, source, near, 2018).set_index("judged")
    assert list(found["authorities"]) == [2, 2] and found["forecast"].abs().max() < 1e-9
    assert found.loc["up to the origin", "difference"] == pytest.approx(20)
    assert found.loc["after the origin", "difference"] == pytest.approx(50)


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample table is not here")
def test_bradford_and_twenty_others_have_exact_totals_and_categories_within_one_child() -> None:
    source = published.read(SAMPLE)
    year = 2020
    near = neighbours.of(source.until(year), year)
    usable = [code for code in source.authorities if not profile.why_unusable(source, code, year)]
    assert len(usable) > 100
    for code in ["E08000032", *usable[::5][:20]]:
        settings = profile.make(source, code, year, near, history=False).settings
        values = settings.numbers
        for margin in (figures.AGES, figures.PLACEMENTS, figures.LEGAL):
            assert sum(values[f"stock.{name}"] for name in margin) == values["stock.looked_after"]
            for name, given_names in margin.items():
                figure = source.value(code, given_names[0], year)
                if len(given_names) == 1 and np.isfinite(figure):
                    assert abs(values[f"stock.{name}"] - figure) <= 1, (code, name)


def test_agency_workers_and_plans_keep_englands_relation_to_what_is_published(tmp_path: Path) -> None:
    values, people = made(tmp_path).settings.numbers, Parameters().workforce
    ratio = values["workforce.agency_cover_share"] / people.agency_cover_share
    assert ratio != pytest.approx(1, abs=0.01)
    for name in ("agency_beyond_share", "agency_overload_share"):
        assert values[f"workforce.{name}"] / getattr(people, name) == pytest.approx(ratio, rel=1e-3)
    posts, vacant = values["workforce.permanent_posts_fte"], 30 * 1.2
    cases = casework.held(made(tmp_path).settings) / values["workforce.case_holder_share"]
    missing = cases / values["workforce.agency_caseload_trigger"] - posts
    wanted = (
        values["workforce.agency_cover_share"] * vacant
        + values["workforce.agency_beyond_share"] * posts
        + values["workforce.agency_overload_share"] * missing
    )
    england_missing = casework.held(gathered.Settings()) / people.agency_caseload_trigger / people.case_holder_share
    england = (
        people.agency_cover_share * (people.permanent_posts_fte - people.start_permanent_fte)
        + people.agency_beyond_share * people.permanent_posts_fte
        + people.agency_overload_share * (england_missing - people.permanent_posts_fte)
    )
    assert wanted / values["workforce.start_agency_fte"] == pytest.approx(england / people.start_agency_fte, rel=0.01)
    assert values["front_door.protection_plan_years"] == pytest.approx(0.8 * figures.planned_for_realised(), rel=1e-3)
    assert figures.planned_for_realised() == pytest.approx(1.1, abs=0.03)


@pytest.mark.parametrize(("caseload", "expected"), [(13.0, None), (30.0, 0.0), (2.0, casework.MOST_BY_FAMILY_WORKERS)])
def test_family_workers_hold_what_leaves_the_published_caseload(tmp_path: Path, caseload: float, expected: float | None) -> None:
    settings = made(tmp_path, extra={"sw_caseload_avg": caseload}).settings
    share = settings.numbers["casework.family_worker_share"]
    if expected is None:
        assert 0.05 < share < 0.75
        assert casework.held(settings) / casework.case_holders(settings) == pytest.approx(caseload, rel=1e-3)
        assert "sw_caseload_avg, 2017" in settings.sources["casework.family_worker_share"]
    else:
        assert share == expected


def test_open_cases_are_divided_as_the_starting_state_divides_them(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    profile.write_text(path, profile.as_yaml(made(tmp_path, extra={"sw_caseload_avg": 13.0})))
    scenario, cases = load(path), casework.open_cases(made(tmp_path, extra={"sw_caseload_avg": 13.0}).settings)
    model = ChildrensServices(scenario, weeks=1)
    counts = np.bincount(model.children.stage[model.children.rows], minlength=len(Stage))
    for stage, expected in ((Stage.ASSESSMENT, cases.assessment), (Stage.CHILD_IN_NEED, cases.need), (Stage.PROTECTION_PLAN, cases.protection)):
        assert counts[stage] == pytest.approx(expected, abs=2)


def test_an_authority_like_england_keeps_englands_hours_and_lengths(tmp_path: Path) -> None:
    england = gathered.Settings()
    assert casework.held(england) < casework.open_cases(england).all
    more = made(tmp_path, extra={"cin_31march_number": 2400.0}).settings.numbers
    fewer = made(tmp_path, extra={"cin_31march_number": 1600.0}).settings.numbers
    assert more["front_door.need_plan_years"] > 1.3 * fewer["front_door.need_plan_years"]
    assert more["casework.hours_factor"] < fewer["casework.hours_factor"]
