"""Starting from an authority's own records: every child of the file, as they were."""

from __future__ import annotations

from pathlib import Path

import fake_periods
import numpy as np
import pandas as pd
import pytest

from simulation.base.clock import NEVER
from simulation.base.codes import KIND_NAME
from simulation.base.errors import Faults
from simulation.model import ChildrensServices
from simulation.profile.from_return import profile_from_ssda903
from simulation.scenario import load
from simulation.ssda903 import export_903
from simulation.start.records import NEEDED, read


@pytest.fixture(scope="module")
def profiled(tmp_path_factory) -> Path:
    results = fake_periods.results_folder(tmp_path_factory.mktemp("results"), families=120)
    folder = tmp_path_factory.mktemp("profile")
    for year in (2022, 2023):
        export_903(results, 1, year, folder / "return" / str(year))
    profile_from_ssda903(folder / "return", folder / "x.yaml")
    return folder


@pytest.fixture(scope="module")
def model(profiled) -> ChildrensServices:
    return ChildrensServices(load(profiled / "x.yaml"), replication=1)


def test_the_children_of_the_file_are_looked_after(profiled, model):
    table = pd.read_parquet(profiled / "x.stock.parquet")
    children, rows = model.children, model.in_care
    assert len(rows) == len(table)
    kinds = pd.Series(np.array(KIND_NAME)[children.kind[rows]]).value_counts()
    assert kinds.to_dict() == table["kind"].value_counts().to_dict()
    months = (model.clock.day - children.birth_day[rows]) / (365.25 / 12)
    assert np.sort(months) == pytest.approx(np.sort(table["age_months"]) + 0.5, abs=1.01)
    weeks = (model.clock.day - children.care_day[rows]) / 7
    assert np.sort(weeks) == pytest.approx(np.sort(table["weeks_in_care"]) + 0.5, abs=1.01)
    assert children.unaccompanied[rows].sum() == table["unaccompanied"].sum()


def test_siblings_of_the_file_are_families(profiled, model):
    groups = pd.read_parquet(profiled / "x.stock.parquet").query("sibling_group > 0")["sibling_group"].value_counts()
    families = pd.Series(model.children.family[model.in_care]).value_counts()
    assert sorted(groups) == sorted(families[families > 1])


def test_durations_are_possible(model):
    children, rows, day = model.children, model.in_care, model.clock.day
    assert (children.birth_day[rows] <= children.care_day[rows]).all()
    assert (children.care_day[rows] <= children.placement_day[rows]).all() and (children.placement_day[rows] < day).all()
    assert (day - children.birth_day[rows] < 18 * 365.25).all()


def test_placements_of_the_year_are_the_files(profiled, model):
    """As many children with three or more placements in the year as the file has, by the count that results give."""
    placements = pd.read_parquet(profiled / "x.stock.parquet")["placements_last_year"]
    children, rows, day = model.children, model.in_care, model.clock.day
    three = (children.third_placement_day[rows] != NEVER) & (children.earlier_placement_day[rows] > day - 365)
    assert three.sum() == pytest.approx((placements >= 3).sum(), abs=1) and (placements >= 3).sum() >= 5
    assert (children.earlier_placement_day[rows] != NEVER).sum() == (placements >= 2).sum()


def test_changes_of_worker_are_the_files_or_fitted_where_it_has_none(profiled, tmp_path):
    spoilt(profiled, tmp_path, lambda table: table.assign(worker_changes_last_year=pd.array([pd.NA] * len(table), "Int64")))
    (tmp_path / "x.yaml").write_text((profiled / "x.yaml").read_text())
    untold = ChildrensServices(load(tmp_path / "x.yaml"), replication=1)
    twice = (untold.children.earlier_change_day[untold.in_care] > untold.clock.day - 365).mean()
    assert twice == pytest.approx(untold.p.stock.two_worker_changes_share, abs=0.05) and twice > 0.05


def spoilt(profiled: Path, tmp_path: Path, change) -> Path:
    path = tmp_path / "x.stock.parquet"
    change(pd.read_parquet(profiled / "x.stock.parquet")).to_parquet(path)
    return path


BAD = {
    "a column gone": (lambda table: table.drop(columns=NEEDED[0]), f"column {NEEDED[0]}: is missing"),
    "a kind unknown": (lambda table: table.assign(kind="foster ovn"), "Did you mean 'foster own'?"),
    "an adult": (lambda table: table.assign(age_months=300), "aged 0 to 215 months"),
    "nobody": (lambda table: table.head(0), "a child in each row"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_stock_that_is_not_one_is_refused(name, profiled, tmp_path):
    change, words = BAD[name]
    with pytest.raises(Faults, match=words.replace("?", r"\?")):
        read(spoilt(profiled, tmp_path, change))


def test_no_stock_file_is_no_records_and_a_damaged_one_is_refused(tmp_path):
    assert read(None) is None
    (tmp_path / "x.stock.parquet").write_text("not a table")
    with pytest.raises(Faults, match="cannot be read"):
        read(tmp_path / "x.stock.parquet")
