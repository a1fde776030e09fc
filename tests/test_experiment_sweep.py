"""Designs cover their ranges, and what they say of each parameter is what was put in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulation.base.errors import Faults
from simulation.cli.main import main
from simulation.experiment.ensemble import read_ensemble
from simulation.experiment.sweep import KINDS, design, sensitivity, write_ensemble
from simulation.results.summary import Matrix
from simulation.results.tables import TABLES

RANGES = {"a": (0.0, 1.0), "b": (10.0, 30.0), "c": (-1.0, 1.0)}


def table(ensemble):
    return pd.DataFrame(ensemble.draws.values())


@pytest.mark.parametrize("kind", KINDS)
def test_designs_stay_in_their_ranges_and_are_always_the_same(kind):
    made = design(kind, RANGES, 4, seed=3)
    frame = table(made)
    for name, (low, high) in RANGES.items():
        assert low - 1e-9 <= frame[name].min() < frame[name].max() <= high + 1e-9
    assert made == design(kind, RANGES, 4, seed=3)
    assert list(made.draws) == list(range(1, len(frame) + 1))


def test_each_design_is_what_it_says():
    spread = table(design("lhs", RANGES, 10))
    assert sorted((spread["a"] * 10).astype(int)) == list(range(10))
    assert len(table(design("grid", RANGES, 3)).drop_duplicates()) == 27
    one = table(design("one-way", RANGES, 5))
    assert len(one) == 16 and (one.ne(one.iloc[0]).sum(axis=1) <= 1).all()
    paths = table(design("morris", RANGES, 6)).to_numpy().reshape(6, 4, 3)
    assert ((np.diff(paths, axis=1) != 0).sum(axis=2) == 1).all() and (np.ptp(paths, axis=1) > 0).all()


def analysed(kind, size, function, per_draw=2):
    """The sensitivity table of a known function of the parameters."""
    made = design(kind, RANGES, size)
    draws = np.repeat(list(made.draws), per_draw)
    values = np.array([function(**made.values(draw)) for draw in draws], float)[:, None]
    keys = pd.DataFrame([{"period_kind": "run", "period": "run", "measure": "n_plans_overdue", "group": "all", "unit": "children", "weeks": 20}])
    return sensitivity(Matrix(keys, values, np.arange(1, len(draws) + 1), draws), "base", made).set_index("parameter")


def test_morris_finds_the_effects_that_were_put_in():
    found = analysed("morris", 12, lambda a, b, c: 3 * a - 2 * b + 0 * c)
    assert list(found.reset_index().columns) == ["parameter", *[name for name in TABLES["sensitivity"].names if name != "parameter"]]
    assert list(found["mean_effect"]) == pytest.approx([3, -40, 0], abs=1e-9)
    assert list(found["sd_effect"]) == pytest.approx([0, 0, 0], abs=1e-9)
    assert (found["effects"] >= 12).all()


def test_an_effect_that_depends_on_another_parameter_shows_as_spread():
    found = analysed("morris", 40, lambda a, b, c: 10 * a * c)
    assert abs(found.loc["a", "mean_effect"]) < 3 < found.loc["a", "mean_absolute_effect"] and found.loc["a", "sd_effect"] > 3


def test_a_spread_design_ranks_parameters_and_has_no_neighbours():
    found = analysed("lhs", 40, lambda a, b, c: np.exp(b) + a)
    assert found.loc["b", "rank_correlation"] == pytest.approx(1) and abs(found.loc["c", "rank_correlation"]) < 0.5
    assert found["effects"].eq(0).all() and found["mean_effect"].isna().all()


@pytest.mark.parametrize(("given", "message"), [
    (("lsh", RANGES, 3), "Did you mean 'lhs'"), (("lhs", RANGES, 3, 0, ["d"]), "'d' has no range"), (("lhs", {}, 3), "no uncertain parameters"),
    (("grid", RANGES, 100), "make 1,000,000 draws"), (("lhs", RANGES, 20_000), "20,000 draws"),
])  # fmt: skip
def test_faulty_designs_are_refused(given, message):
    with pytest.raises(Faults, match=message):
        design(*given)


def test_a_design_is_written_and_read_again(tmp_path):
    made = design("morris", RANGES, 3)
    write_ensemble(tmp_path / "draws.csv", made)
    assert read_ensemble(tmp_path / "draws.csv") == made


def test_whole_numbers_stay_whole():
    made = design("lhs", {"placing.widenings": (1, 9), "a": (0, 1)}, 5)
    assert all(values["placing.widenings"].is_integer() and not values["a"].is_integer() for values in made.draws.values())


def test_the_command_writes_a_design_of_the_scenarios_priors(tmp_path, capsys):
    out = tmp_path / "draws.csv"
    assert main(["design", "england_typical", "--size", "3", "--out", str(out)]) == 0
    assert "--replications 6" in capsys.readouterr().out and len(read_ensemble(out).draws) == 3
    assert main(["design", "england_typical", "--only", "nothing.here", "--out", str(out)]) == 2


def test_a_file_that_is_no_ensemble_is_not_replaced_but_an_ensemble_is(tmp_path):
    made = design("lhs", RANGES, 2, 0)
    (tmp_path / "figures.csv").write_text("la_code,year\n1,2020\n")
    with pytest.raises(Faults, match="not made by this command"):
        write_ensemble(tmp_path / "figures.csv", made)
    assert (tmp_path / "figures.csv").read_text() == "la_code,year\n1,2020\n"
    write_ensemble(tmp_path / "draws.csv", made)
    write_ensemble(tmp_path / "draws.csv", made)
