"""Calibration: known parameters come back, what data do not move is called assumed, files are what run reads."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from stand_in import run_stand_in
from test_profile import table

from simulation.base.errors import Faults
from simulation.experiment.ensemble import read_ensemble
from simulation.forecast import calibrate, calibration_page, calibration_tables, conversions, match, predict
from simulation.profile import profile, trend
from simulation.published import neighbours, published
from simulation.scenario import load

TRUTH = {"front_door.entry_factor": 0.85, "permanence.exit_factor": 1.6, "demand.referral_factor": 1.15}


@pytest.fixture
def scenario(tmp_path: Path):
    return profiled(tmp_path)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> calibrate.Fitted:
    """One finished calibration, to be read only."""
    folder = tmp_path_factory.mktemp("fitted")
    return fitted(folder, profiled(folder), 1)


def profiled(tmp_path: Path):
    """A profile of one authority of the test's table."""
    source = table(tmp_path)
    profile.write_text(
        tmp_path / "place_2.yaml",
        profile.as_yaml(profile.make(source, "E08000002", 2017, neighbours.of(source.until(2017), 2017))),
    )
    return load(tmp_path / "place_2.yaml")


def simulated_table(tmp_path: Path, scenario, replication: int, years: int = 3) -> published.Table:
    """The table with the authority's later figures replaced by those of one run with the true parameters."""
    from simulation.profile import outcomes

    seen = outcomes.yearly(run_stand_in(scenario.with_values(TRUTH), replication, 99, outcomes.weeks_for(years)), years)
    rows = table(tmp_path).rows
    for name in ("cla_31march_number", "cla_started_number", "cla_ceased_number", "referrals_number"):
        for h in range(1, years + 1):
            here = (rows["la_code"] == "E08000002") & (rows["indicator"] == name) & (rows["year"] == 2017 + h)
            rows.loc[here, "value"] = seen[name][h - 1]
    return published.Table(rows, "simulated")


def fitted(tmp_path: Path, scenario, replication: int) -> calibrate.Fitted:
    source = simulated_table(tmp_path, scenario, replication)
    data = calibrate.observed(source, scenario, 2020)
    return calibrate.fit(scenario, trend.known_at(source, 2020), data, seed=replication, runner=run_stand_in, wave=40, draws=80)


def test_known_parameters_come_back_inside_their_ranges(tmp_path: Path, scenario) -> None:
    inside = []
    for replication in range(2, 5):
        found = fitted(tmp_path, scenario, replication).parameters.set_index("parameter")
        inside += [found.loc[name, "p05"] <= truth <= found.loc[name, "p95"] for name, truth in TRUTH.items()]
    assert np.mean(inside) >= 0.75, "90% ranges of nine known values"


def test_what_the_data_moved_is_calibrated_and_the_rest_is_assumed(result: calibrate.Fitted) -> None:
    found = result.parameters.set_index("parameter")
    assert (found.loc[list(TRUTH), "status"] == "calibrated").all()
    assert found.loc["managers.notice_per_week", "status"] == "assumed", "the stand-in has no managers"
    assert found.loc["managers.notice_per_week", "contraction"] < calibration_tables.ASSUMED_BELOW
    assert found.loc["front_door.s47_share", "method"] == "closed form"
    assert found.loc["front_door.s47_share", "p50"] == pytest.approx(0.3 / TRUTH["demand.referral_factor"], rel=0.1)


def test_figures_the_runs_say_nothing_of_are_left_out_and_named(result: calibrate.Fitted) -> None:
    assert not result.outputs["indicator"].str.startswith("sw_").any()
    assert any("sw_agency_rate_fte_pct@2018" in note for note in result.notes)


def test_the_command_writes_an_ensemble_that_run_reads(
    tmp_path: Path, scenario, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(predict, "run_model", run_stand_in)
    monkeypatch.setattr(calibrate, "WAVE", 40)
    given = argparse.Namespace(fill=None, alone=True,
        scenario=str(tmp_path / "place_2.yaml"),
        data=str(tmp_path / "table.csv"),
        until=2019,
        out=str(tmp_path / "e.csv"),
        workers=1,
        seed=0,
        set=[],
    )
    assert calibrate.calibrate(given) == 0
    draws = pd.read_csv(tmp_path / "e.csv")
    assert list(draws.columns) == ["draw", "parameter", "value"]
    ensemble = read_ensemble(tmp_path / "e.csv")
    scenario.with_values(ensemble.draws[1])
    page = (tmp_path / "e.html").read_text(encoding="utf-8")
    assert "assumed and not calibrated" in page
    assert "the data moved" in capsys.readouterr().out
    assert (tmp_path / "e_parameters.csv").exists()


def test_what_does_not_fit_together_is_said_on_the_page(result: calibrate.Fitted) -> None:
    assert not any("No run came as far" in line for line in calibration_page.words(result))
    outputs, parameters = result.outputs.copy(), result.parameters.copy()
    outputs.loc[0, "published"] = 2 * outputs.loc[0, "highest_run"]
    parameters.loc[0, ["p05", "p50", "p95"]] = parameters.loc[0, "prior_low"] * np.array([1.0, 1.01, 1.02])
    said = calibration_page.words(replace(result, outputs=outputs, parameters=parameters))
    name = parameters.loc[0, "parameter"]
    assert any(line.startswith("No run came as far as these figures") and "children looked after" in line for line in said)
    for begins in ("Pressed against an end", "The scenario's own value lies outside", "The rougher check"):
        assert any(line.startswith(begins) and name in line for line in said), begins


def test_the_range_of_a_share_is_cut_at_nought() -> None:
    emulator = match.emulate(np.random.default_rng(0).random((20, 1)), np.random.default_rng(1).normal(1.0, 5.0, (20, 1)))
    draws = np.random.default_rng(2).random((30, 1))
    made = calibration_tables.figures(["sw_agency_rate_fte_pct@2019"], np.array([1.0]), emulator, draws, np.ones((20, 1)))
    assert made.loc[0, "p05"] == 0 < made.loc[0, "p95"]


@pytest.mark.parametrize(("change", "said"), [
    ({"until": 2017}, "2017 is not after 2017"),
    ({"until": 2030, "years": range(2014, 2018)}, "2030: the last year of cla_31march_number in .*table.csv is 2017"),
    ({"out": "e.xlsx"}, "should end in .csv or .parquet"),
])  # fmt: skip
def test_bad_requests_are_refused(tmp_path: Path, scenario, change: dict, said: str) -> None:
    if "years" in change:
        table(tmp_path, years=change["years"])
    given = argparse.Namespace(fill=None, alone=True, scenario=str(tmp_path / "place_2.yaml"), data=str(tmp_path / "table.csv"), until=change.get("until", 2019),
                               out=str(tmp_path / change.get("out", "e.csv")), workers=1, seed=0, set=[])  # fmt: skip
    with pytest.raises(Faults, match=said):
        calibrate.calibrate(given)
    assert not list(tmp_path.glob("e*"))


def test_an_authority_that_the_table_does_not_know_is_refused(tmp_path: Path, scenario) -> None:
    with pytest.raises(Faults, match=r"authority\.name is 'Nowhere'"):
        calibrate.observed(table(tmp_path), load(tmp_path / "place_2.yaml", ["authority.name=Nowhere"]), 2019)


# ---- the statistics alone


def test_a_conversion_is_fitted_where_only_one_year_has_both_figures(tmp_path: Path, scenario) -> None:
    rows = table(tmp_path).rows
    enquiries, referrals = rows["indicator"] == "s47_number", rows["indicator"] == "referrals_number"
    rows = rows[~(enquiries & (rows["year"] < 2019)) & ~(referrals & (rows["year"] == 2020))]
    source = published.Table(rows.reset_index(drop=True), "one year")
    data = calibrate.observed(source, scenario, 2020)
    drawn = conversions.closed_form(trend.known_at(source, 2020), data.code, 200, 0)["front_door.s47_share"]
    assert np.isfinite(drawn).all()
    assert np.median(drawn) == pytest.approx(900 / 3000, rel=0.05)


def test_an_emulator_of_a_quadratic_is_exact_and_its_residual_is_the_noise() -> None:
    rng = np.random.default_rng(0)
    unit = match.design(200, 3, 0)
    truth = 2 + unit[:, [0]] - 3 * (2 * unit[:, [1]] - 1) ** 2
    emulator = match.emulate(unit, truth + 0.1 * rng.standard_normal((200, 1)))
    assert np.sqrt(emulator.left[0]) == pytest.approx(0.1, rel=0.2)
    assert emulator.explained[0] > 0.95
    assert np.abs(emulator.mean(unit) - truth).max() < 0.15


def test_history_matching_keeps_the_truth_and_throws_out_the_rest() -> None:
    rng = np.random.default_rng(1)
    unit = match.design(80, 2, 1)
    outputs = np.column_stack([unit[:, 0], unit[:, 1], unit.sum(axis=1)]) + 0.02 * rng.standard_normal((80, 3))
    emulator = match.emulate(unit, outputs)
    observed, slack = np.array([0.3, 0.7, 1.0]), np.full(3, 0.02**2)
    kept, share = match.not_ruled_out(emulator, observed, slack, 50, 2, 2)
    assert share < 0.2
    assert np.abs(kept - [0.3, 0.7]).max() < 0.25
    assert match.implausibility(emulator, np.array([[0.3, 0.7]]), observed, slack)[0] < 1.5
    nothing, none = match.not_ruled_out(emulator, observed + 9, slack, 50, 2, 2)
    assert none == 0
    assert len(nothing) == 50


def test_posterior_draws_of_a_linear_gaussian_problem_have_the_right_mean_and_spread() -> None:
    rng = np.random.default_rng(2)
    unit = match.design(400, 1, 3)
    outputs = 10 * unit + 0.5 * rng.standard_normal((400, 1))
    emulator = match.emulate(unit, outputs)
    exact = match.bayes_linear(emulator, np.array([4.0]), np.array([0.0]), 4000, 1, 4)
    assert exact.mean() == pytest.approx(0.4, abs=0.01)
    assert exact.std() == pytest.approx(0.05, rel=0.15)
    found = match.posterior(unit, outputs, np.array([4.0]), np.array([0.5]), 4000, 5)
    assert found.unit.mean() == pytest.approx(0.4, abs=0.02)
    assert found.unit.std() < 0.1
    assert 0 < found.accepted <= 1


def test_contraction_is_nought_for_the_prior_and_one_for_certainty() -> None:
    assert match.contraction(0.3, 0.3) == 0
    assert match.contraction(0.3, 0.5) == 0
    assert match.contraction(0.3, 0.0) == 1


def test_the_page_needs_nothing_else(tmp_path: Path, scenario, result: calibrate.Fitted) -> None:
    calibration_page.write(tmp_path / "c.html", scenario, "Place 2", 2020, result)
    page = (tmp_path / "c.html").read_text(encoding="utf-8")
    assert page.count("<svg") >= 2
    assert "<script" not in page
    assert 'role="img"' in page
