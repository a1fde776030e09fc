"""The figures that travel with the package: what is in them, what takes their place, and what is said of those that do not."""

from __future__ import annotations

import argparse

import pandas as pd
import pytest

from simulation.base.errors import Faults
from simulation.cli import main
from simulation.profile import trend, writing
from simulation.published import authorities, packaged, peers

BRADFORD, RUTLAND, LEEDS = "E08000032", "E06000017", "E08000035"


def tidy(path, rows):
    """A tidy table of (code, name, region, year, indicator, value)."""
    frame = pd.DataFrame(rows, columns=["la_code", "la_name", "region", "year", "indicator", "value"]).assign(unit="children")
    frame.to_csv(path, index=False)
    return str(path)


def given(tmp_path, **change):
    """The command's arguments, as typed in an empty folder."""
    usual = {
        "la": "Rutland", "data": None, "fill": None, "alone": False, "year": None, "neighbours": None, "ssda903": None,
        "out": str(tmp_path / "x.yaml"), "replace": False,
    }  # fmt: skip
    return argparse.Namespace(**{**usual, **change})


def test_figures_of_many_authorities_regions_and_england_travel():
    table = packaged.table()
    assert len(table.authorities) == 118
    assert table.value(BRADFORD, "cla_31march_number", 2020) == 1246
    assert table.value("E92000001", "cla_31march_number", 2020) > 75_000
    assert {"Regional", "National", "LA"} == set(table.rows["geo_level"])
    assert table.packaged and table.until(2020).packaged


def test_every_authority_has_an_area_a_centre_and_ten_neighbours():
    assert len(packaged.places()) == 155
    assert packaged.places()[RUTLAND].area_square_miles == pytest.approx(147.5, abs=0.5)
    assert 35 < packaged.places()[RUTLAND].miles_to(packaged.places()["E08000019"]) < 90  # Sheffield, as the crow flies
    assert len(packaged.neighbours(2025)[LEEDS]) == 10
    assert packaged.neighbours(2020) == {}


def test_the_model_of_neighbours_is_that_known_on_the_day():
    assert packaged.neighbours(2024) == packaged.neighbours(2021) != packaged.neighbours(2025)
    table = packaged.table()
    assert set(peers.of(table.until(2025), 2025)[LEEDS]) <= set(packaged.neighbours(2025)[LEEDS])
    assert "model of 2021" in peers.named(table.until(2024), 2024)[LEEDS]
    assert LEEDS not in peers.named(table.until(2020), 2020)


def test_data_takes_the_place_of_an_authoritys_packaged_figures(tmp_path):
    own = tidy(tmp_path / "own.csv", [(LEEDS, "Leeds", "Yorkshire and The Humber", 2025, "cla_31march_number", 1500)])
    table = packaged.known(own)
    assert table.value(LEEDS, "cla_31march_number", 2025) == 1500
    assert pd.isna(table.value(LEEDS, "cla_31march_number", 2024))
    assert table.value(BRADFORD, "cla_31march_number", 2020) == 1246


def test_fill_adds_what_is_missing_and_nothing_else(tmp_path):
    rows = [(BRADFORD, "Bradford", "Yorkshire and The Humber", year, "cla_31march_number", 9) for year in (2020, 2026)]
    table = packaged.known(None, tidy(tmp_path / "more.csv", rows))
    assert (table.value(BRADFORD, "cla_31march_number", 2020), table.value(BRADFORD, "cla_31march_number", 2026)) == (1246, 9)


def test_alone_is_the_given_table_and_needs_one(tmp_path):
    rows = [(BRADFORD, "Bradford", "Yorkshire and The Humber", 2020, "cla_31march_number", 9)]
    assert len(packaged.known(tidy(tmp_path / "own.csv", rows), alone=True).authorities) == 1
    with pytest.raises(Faults, match="--data"):
        packaged.known(alone=True)


def test_a_name_is_enough(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["profile", "--la", "Rutland"]) == 0
    text = (tmp_path / "rutland.yaml").read_text(encoding="utf-8")
    assert "start: 2025-03-31" in text
    assert "area_square_miles: 147.49" in text
    assert capsys.readouterr().out.startswith("rutland.yaml: Rutland, 31 March 2025")


def test_edits_are_never_written_over(tmp_path):
    assert writing.profile(given(tmp_path)) == 0
    assert writing.profile(given(tmp_path, year=2024)) == 0  # as it was written: replaced
    path = tmp_path / "x.yaml"
    edited = path.read_text(encoding="utf-8").replace("looked_after:", "looked_after:  ")
    path.write_text(edited, encoding="utf-8")
    with pytest.raises(Faults, match="was changed since"):
        writing.profile(given(tmp_path))
    assert path.read_text(encoding="utf-8") == edited
    assert writing.profile(given(tmp_path, replace=True)) == 0


@pytest.mark.parametrize("name", ["Manchester", "manchester city council", "E08000003"])
def test_of_an_authority_whose_figures_do_not_travel_it_says_what_to_download(name, tmp_path):
    with pytest.raises(Faults, match="do not travel with Headroom") as refused:
        writing.profile(given(tmp_path, la=name))
    assert "(1) Children looked after" in str(refused.value) and "--data" in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_no_figure_of_the_others_travels():
    others = set(authorities.known()) - set(packaged.table().authorities)
    assert len([code for code in others if code in packaged.places()]) >= 30
    assert not packaged.table().rows["la_code"].isin(others).any()


def test_the_tables_are_made_again_by_the_command(tmp_path):
    rows = [(BRADFORD, "Bradford", "Yorkshire and The Humber", year, "cla_31march_number", 100 + year) for year in range(2015, 2021)]
    out = tmp_path / "made"
    assert main(["figures", "--data", tidy(tmp_path / "own.csv", rows), "--out", str(out)]) == 0
    stored = pd.read_parquet(out / "figures.parquet")
    assert stored["value"].tolist() == [100 + year for year in range(2015, 2021)]
    assert sorted(path.name for path in out.iterdir()) == ["figures.parquet"]


def test_nothing_after_the_origin_is_known_from_the_packaged_table():
    known = trend.known_at(packaged.table(), 2019)
    workforce = known.table.rows["indicator"].str.startswith("sw_")
    assert known.table.rows["year"].max() == 2019
    assert known.table.rows[workforce]["year"].max() == 2018
