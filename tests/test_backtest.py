"""The backtest: nothing after the origin is used, every figure comes from replications, scores are right."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from stand_in import run_stand_in

from simulation.base.errors import Faults
from simulation.forecast import backtest, backtest_charts, correct, predict, scores
from simulation.profile import expect, outcomes, trend, tuning
from simulation.published import published
from simulation.results import files

STOCK, STARTED = trend.STOCK, trend.STARTED


def panel(path: Path, authorities: int = 24, years: range = range(2012, 2021), seed: int = 1) -> Path:
    """Authorities whose stock is a random walk and whose starts are noisy; workforce from 2014."""
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(authorities):
        size, stock = 40_000 + 3_000 * k, 250.0 + 20 * k
        for year in years:
            stock *= np.exp(0.02 + 0.06 * rng.standard_normal())
            started = 0.45 * stock * np.exp(0.12 * rng.standard_normal())
            values = {
                "population_0_17": size,
                STOCK: round(stock),
                STARTED: round(started),
                "cla_ceased_number": round(started - 0.02 * stock),
                "referrals_number": round(500 * size / 1e4 * np.exp(0.1 * rng.standard_normal())),
                "s47_number": round(0.3 * 500 * size / 1e4),
                "cla_31march_placement_foster_number": round(0.7 * stock),
                "spend_s251_cla_total": round(52_000 * stock * 1.04 ** (year - 2012)),
                "unitcost_s251_cla_weekly": 1000.0,
                "sw_agency_rate_fte_pct": 14 + rng.normal(),
                "sw_inpost_fte": 0.4 * stock,
                "sw_agency_fte": 0.06 * stock,
                "sw_vacancy_fte": 0.07 * stock,
                "sw_turnover_rate_fte_pct": 14 + rng.normal(),
                "cin_31march_number": 5 * stock,
            }
            rows += [
                f"LA,E08{k:06d},Place {k},{'North' if k % 2 else 'South'},{year},{name},{value:.8g},x"
                for name, value in values.items()
            ]
    path.write_text("geo_level,la_code,la_name,region,year,indicator,value,unit\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predict, "run_model", run_stand_in)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one finished backtest, to be read only."""
    folder = tmp_path_factory.mktemp("ran")
    panel(folder / "t.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(predict, "run_model", run_stand_in)
        backtest.run(request(folder))
    return folder


def request(tmp_path: Path, **change: object) -> backtest.Request:
    given = {
        "data": str(tmp_path / "t.csv"),
        "la": "Place 3;Place 20",
        "origin": 2017,
        "horizons": 2,
        "out": tmp_path / "out",
        "replications": 6,
        "workers": 1,
        "alone": True,
    }
    return backtest.Request(**{**given, **change})  # type: ignore[arg-type]


def scored(tmp_path: Path, name: str = "scores.csv", out: str = "out") -> pd.DataFrame:
    return pd.read_csv(tmp_path / out / name)


def test_deleting_every_later_row_changes_no_prediction(ran: Path, tmp_path: Path) -> None:
    rows = pd.read_csv(ran / "t.csv")
    later = (rows["year"] > 2017) | ((rows["year"] == 2017) & rows["indicator"].str.startswith("sw_"))
    rows[~later].to_csv(tmp_path / "cut.csv", index=False)
    backtest.run(request(tmp_path, data=str(tmp_path / "cut.csv"), out=tmp_path / "cut"))
    both = scored(ran, "predictions.csv"), scored(tmp_path, "predictions.csv", "cut")
    pd.testing.assert_frame_equal(*both)
    key = ["la_code", "measure", "horizon"]
    joined = scored(ran).merge(scored(tmp_path, out="cut"), on=key, suffixes=("", "_cut"))
    assert len(joined) == len(scored(ran)) > 20
    for name in ("mean", "p10", "p50", "p90", "persistence"):
        assert (joined[name] == joined[name + "_cut"]).all()
    assert joined["actual"].notna().all()
    assert joined["actual_cut"].isna().all()


def test_the_workforce_of_a_year_is_known_only_from_the_next_origin(tmp_path: Path) -> None:
    known = trend.known_at(published.read(panel(tmp_path / "t.csv")), 2017)
    assert known.last_year("sw_agency_rate_fte_pct") == 2016
    assert known.last_year(STOCK) == 2017
    assert [known.lead("sw_agency_rate_fte_pct", 1), known.lead(STOCK, 1)] == [2, 1]
    assert 2017 not in known.table.wide("sw_inpost_fte").columns


def test_scores_have_the_promised_columns_and_names(ran: Path) -> None:
    frame, raw = scored(ran), scored(ran, "scores_uncorrected.csv")
    promised = ["la_code", "la_name", "origin", "horizon", "measure", "actual", "mean", "p10", "p50", "p90", "persistence"]
    assert list(frame.columns) == list(raw.columns) == promised
    assert {STOCK, STARTED, "cla_31march_placement_foster_pct", "spend_s251_cla_total"} <= set(frame["measure"])
    assert ((frame["p10"] <= frame["p50"]) & (frame["p50"] <= frame["p90"])).all()
    detail = scored(ran, "scores_detail.csv")
    for yes_or_no, part in (("yes", frame), ("no", raw)):
        same = detail[detail["corrected"] == yes_or_no].reset_index(drop=True)
        pd.testing.assert_frame_equal(same[promised], part)
        assert same[["crps", "crps_random_walk"]].notna().all(axis=None)
    assert not np.allclose(frame["mean"], raw["mean"])
    persistence = frame.query("measure == @STOCK").set_index("la_name")["persistence"]
    table = published.read(ran / "t.csv")
    assert persistence["Place 3"].iloc[0] == table.value("E08000003", STOCK, 2017)
    page = (ran / "out" / "backtest.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "<script" not in page


def test_uncorrected_figures_are_the_replications_own(ran: Path) -> None:
    draws = pd.read_parquet(next((ran / "out" / "draws").glob("E08000003-*.parquet")))
    mean = draws.query("indicator == @STOCK and horizon == 1")["value"].mean()
    raw = scored(ran, "scores_uncorrected.csv").query("la_code == 'E08000003' and measure == @STOCK and horizon == 1")
    assert raw["mean"].item() == pytest.approx(mean, rel=1e-5)


def test_a_second_run_reuses_finished_draws_and_a_damaged_file_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel(tmp_path / "t.csv")
    backtest.run(request(tmp_path))
    first = (tmp_path / "out" / "scores.csv").read_bytes()
    asked: list[str] = []
    original = predict.predict
    monkeypatch.setattr(predict, "predict", lambda task, run=None: asked.append(task.code) or original(task, run))
    backtest.run(request(tmp_path))
    assert asked == []
    next((tmp_path / "out" / "draws").glob("E08000037-*.parquet")).write_bytes(b"half a file")
    backtest.run(request(tmp_path))
    assert asked == ["E08000037"]
    assert (tmp_path / "out" / "scores.csv").read_bytes() == first


def test_one_failing_authority_is_skipped_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    panel(tmp_path / "t.csv")

    def fail(scenario: object, replication: int, seed: int, weeks: int) -> pd.DataFrame:
        if "place_3" in str(scenario.path):  # type: ignore[attr-defined]
            raise RuntimeError("no more beds")
        return run_stand_in(scenario, replication, seed, weeks)

    monkeypatch.setattr(predict, "run_model", fail)
    assert backtest.run(request(tmp_path))["failed"]
    assert "the model failed: RuntimeError: no more beds" in (tmp_path / "out" / "skipped.csv").read_text()
    assert set(scored(tmp_path)["la_code"]) == {"E08000037"}


@pytest.mark.parametrize(("change", "said"), [
    ({"origin": 2030}, "--origin: 2030: the table has cla_31march_number for 2012 to 2020"),
    ({"origin": 2013}, "--origin: 2013: 3 years of figures up to it are needed; the table has cla_31march_number for 2012 to 2020"),
    ({"replications": 2}, "--replications: 2"),
    ({"horizons": 40}, "--horizon: 40"),
    ({"la": "Atlantis"}, "'Atlantis' is not an authority"),
    ({"data": "nothing.csv"}, "there is no such file"),
])  # fmt: skip
def test_bad_requests_are_refused_before_anything_is_written(tmp_path: Path, change: dict, said: str) -> None:
    panel(tmp_path / "t.csv", authorities=4)
    with pytest.raises(Faults, match=said):
        backtest.run(request(tmp_path, **{"la": "all", **change}))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("name", "text"), [("scores.csv", "mine\n1\n"), ("backtest.html", "<p>mine</p>"), ("skipped.csv", "a,b\n"), ("profiles/place_2_2017.yaml", "title: mine\n")])
def test_other_peoples_files_are_not_replaced(tmp_path: Path, name: str, text: str) -> None:
    panel(tmp_path / "t.csv", authorities=4)
    (tmp_path / "out" / name).parent.mkdir(parents=True)
    (tmp_path / "out" / name).write_text(text)
    with pytest.raises(Faults, match="is there already and was not made by this command"):
        backtest.run(request(tmp_path, la="all"))
    assert [path.name for path in (tmp_path / "out").rglob("*.*")] == [Path(name).name] and (tmp_path / "out" / name).read_text() == text


@pytest.mark.parametrize(("out", "said"), [("", "nothing is named"), ("{0}/t.csv", "is a file; a folder"), ("{0}/t.csv/x", "t.csv is not a folder")])
def test_a_place_that_cannot_be_written_to_is_refused(tmp_path: Path, out: str, said: str) -> None:
    (tmp_path / "t.csv").write_text("a file")
    with pytest.raises(Faults, match=said):
        files.check_place(out.format(tmp_path), folder=True)


def test_a_win_is_called_one_only_where_authorities_agree() -> None:
    rng = np.random.default_rng(1)
    rows = [(f"E{k}", h, m, 100.0, 100 + rng.normal(0, 4) + shift, 106.0) for m, shift in (("a_number", 0), ("b_number", 5.9)) for k in range(40) for h in (1, 2)]
    frame = pd.DataFrame(rows, columns=["la_code", "horizon", "measure", "actual", "mean", "persistence"]).assign(p10=90, p90=110)
    found = scores.beside(frame).set_index("measure")["verdict"]
    assert found["a_number"] == "nearer" and found["b_number"] == "neither"
    assert set(scores.beside(frame[frame["la_code"] < "E16"])["verdict"]) == {"too few"}


@pytest.mark.parametrize("count", [2, 14])
def test_the_page_shows_each_authority_or_all_together(count: int) -> None:
    history = pd.DataFrame({y: [100.0 + y - 2010] * count for y in (2015, 2016, 2017, 2018)}, index=[f"E{k}" for k in range(count)])
    rows = [(f"E{k}", f"Place {k}", 2017, h, STOCK, 100 + 10 * k, 108, 98, 107, 118, 107) for k in range(count) for h in (1, 2)]
    columns = ["la_code", "la_name", "origin", "horizon", "measure", "actual", "mean", "p10", "p50", "p90", "persistence"]
    (chart,) = backtest_charts.forecasts(pd.DataFrame(rows, columns=columns), history, 2017)
    inside = sum(98 <= 100 + 10 * k <= 118 for k in range(count))
    assert chart.headline.startswith(f"{2 * inside} of {2 * count} figures" if count == 2 else f"What came lay in the 80% interval of {inside} of {count}")
    unknown = pd.DataFrame(rows, columns=columns).assign(actual=np.nan)
    assert len(backtest_charts.forecasts(unknown, history, 2017)) == (1 if count == 2 else 0)


def test_a_forecast_with_no_later_figures_writes_predictions_and_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    panel(tmp_path / "t.csv")
    given = argparse.Namespace(fill=None, alone=True, data=str(tmp_path / "t.csv"), la="Place 3", origin=2020, horizon=1, out=str(tmp_path / "out"), replications=5,
                               workers=1, seed=0, neighbours=None)  # fmt: skip
    assert backtest.backtest(given) == 0
    assert "No figure after 2020" in capsys.readouterr().out
    assert "<h2 id=\"pictures-h\">" in (tmp_path / "out" / "backtest.html").read_text(encoding="utf-8")
    assert scored(tmp_path)["actual"].isna().all()


# ---- the closed form


def test_expected_starts_less_ceased_is_the_growth_of_the_stock(tmp_path: Path) -> None:
    known = trend.known_at(published.read(panel(tmp_path / "t.csv")), 2017)
    aim = expect.targets(known, "E08000003", 3)
    growth = np.diff(np.concatenate([[aim.stock_now], aim[STOCK]]))
    assert np.allclose(aim[STARTED] - aim[trend.CEASED], growth)


def test_flows_give_way_together_where_they_disagree() -> None:
    started, ceased = expect.reconciled(np.array([200.0]), np.array([150.0]), np.array([0.0]))
    assert started == pytest.approx(ceased)
    assert 150 < started.item() < 200


def test_an_authority_far_below_its_peers_is_drawn_towards_them_slowly(tmp_path: Path) -> None:
    rows = pd.read_csv(panel(tmp_path / "t.csv"))
    rows.loc[(rows["la_code"] == "E08000003") & (rows["indicator"] == STOCK), "value"] *= 0.5
    rows.to_csv(tmp_path / "low.csv", index=False)
    low = trend.known_at(published.read(tmp_path / "low.csv"), 2017)
    assert low.peers_gap("E08000003", STOCK) > 0.3
    growth = low.median("E08000003", STOCK, 1)[0] / low.latest("E08000003", STOCK)
    assert 1.0 < growth < 1.1


def test_drawn_entries_give_the_stock_the_spread_seen_before(tmp_path: Path) -> None:
    known = trend.known_at(published.read(panel(tmp_path / "t.csv")), 2017)
    aim = expect.targets(known, "E08000003", 3)
    drawn = expect.shocks(known, "E08000003", aim, 40, 0)
    turnover = float(np.mean(aim[STARTED]) / aim.stock_now)
    stock = drawn.log["entries"] @ expect.response(turnover, 3).T
    wanted = expect.stock_covariance(expect.drawn_variance(known, aim.stock_now), 3)
    assert np.allclose(np.cov(stock.T, ddof=0), wanted, rtol=0.02, atol=1e-6)
    again = expect.shocks(known, "E08000003", aim, 40, 0)
    assert np.array_equal(drawn.log["entries"], again.log["entries"])


def test_pilots_bring_the_models_means_to_the_targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "_pilots", lambda stock, fewest: 12)  # luck taken out; answers as the stand-in has them
    knobs = [replace(knob, power=1.0) if knob.settings == (tuning.ENTRIES,) else knob for knob in tuning.KNOBS]
    monkeypatch.setattr(tuning, "KNOBS", knobs)
    monkeypatch.setattr(tuning, "ENTRY_ELASTICITY", 1.0)
    task = backtest._task(
        trend.known_at(published.read(panel(tmp_path / "t.csv")), 2017),
        published.read(tmp_path / "t.csv").authorities["E08000037"],
        request(tmp_path),
        tmp_path / "p.yaml",
    )
    base = tuning.load(task.scenario, 2017, expect.simulated_share(task.targets.stock_now))
    fit = tuning.tune(task, base, run_stand_in)
    before = abs(fit.pilots[0][STARTED] - 1)
    after = tuning._mean_of_pilots(task, base, fit, run_stand_in, 2, 12)
    assert before > 0.05, "the stand-in's own starts must be off, or this test cannot fail"
    assert abs(np.mean(after[STARTED]) / np.mean(task.targets[STARTED]) - 1) < 0.5 * before
    assert np.allclose(after[STOCK] / task.targets[STOCK], 1, atol=0.05)


@pytest.mark.parametrize(("origin", "covid", "registration"), [
    (2018, False, False), (2021, False, False), (2022, True, False), (2023, True, True)
])  # fmt: skip
def test_national_events_are_known_only_once_published(tmp_path: Path, origin: int, covid: bool, registration: bool) -> None:
    table = published.read(panel(tmp_path / "t.csv", years=range(2012, 2025)))
    task = backtest._task(trend.known_at(table, origin), table.authorities["E08000003"], request(tmp_path, origin=origin), tmp_path / "p.yaml")
    parameters = tuning.load(task.scenario, origin).parameters
    assert parameters.covid.happens is covid
    assert (parameters.supply.supported_registration_loss > 0) is registration


def test_a_judgement_after_the_origin_is_not_in_the_forecast(tmp_path: Path) -> None:
    panel(tmp_path / "t.csv")
    with (tmp_path / "t.csv").open("a", encoding="utf-8") as file:
        for year, grade, day in ((2016, 4, 20151110), (2017, 4, 20170915)):
            file.write(f"LA,E08000003,Place 3,North,{year},ofsted_overall_grade,{grade},x\n")
            file.write(f"LA,E08000003,Place 3,North,{year},ofsted_last_inspection_date,{day},x\n")
    table = published.read(tmp_path / "t.csv")
    for origin, expected in ((2015, None), (2017, "2015-11-10"), (2018, "2017-09-15")):
        task = backtest._task(trend.known_at(table, origin), table.authorities["E08000003"], request(tmp_path, origin=origin), tmp_path / "p.yaml")
        day = tuning.load(task.scenario, origin).parameters.inspection.inadequate_on
        assert (day and day.isoformat()) == expected


def test_a_large_authority_is_simulated_smaller_and_scaled_back(tmp_path: Path) -> None:
    rows = pd.read_csv(panel(tmp_path / "t.csv"))
    counts = ~rows["indicator"].str.endswith(("_pct", "_weekly"))
    rows.loc[(rows["la_code"] == "E08000003") & counts, "value"] *= 10
    rows.to_csv(tmp_path / "t.csv", index=False)
    backtest.run(request(tmp_path, la="Place 3", horizons=1))
    table = published.read(tmp_path / "t.csv")
    now = table.value("E08000003", STOCK, 2017)
    raw = scored(tmp_path, "scores_uncorrected.csv").query("measure == @STOCK")
    assert now > 2 * expect.LARGEST_SIMULATED
    assert raw["mean"].item() == pytest.approx(now, rel=0.15)
    draws = pd.read_parquet(next((tmp_path / "out" / "draws").glob("*.parquet"))).query("indicator == @STOCK")
    simulated = draws["value"] * expect.simulated_share(now)
    assert simulated.max() < 2 * expect.LARGEST_SIMULATED


def test_levels_of_the_front_door_move_together_as_they_did_before_the_origin(tmp_path: Path) -> None:
    known = trend.known_at(published.read(panel(tmp_path / "t.csv")), 2017)
    assert known.tie("referrals_number", "s47_number") == 0, "one that never moved before the origin tells nothing"
    tied = replace(known, kept={**known.kept, ("tie referrals_number", "s47_number"): 0.9})
    aim = expect.targets(tied, "E08000003", 3)
    drawn = expect.shocks(tied, "E08000003", aim, 200, 0)
    referrals, s47 = (drawn.log[name][:, 0] for name in ("referrals_number", "s47_number"))
    assert np.corrcoef(referrals, s47)[0, 1] == pytest.approx(0.9, abs=0.06)
    apart = expect.shocks(known, "E08000003", aim, 200, 0)
    assert abs(np.corrcoef(apart.log["referrals_number"][:, 0], apart.log["s47_number"][:, 0])[0, 1]) < 0.2
    assert s47.std() == pytest.approx(apart.log["s47_number"][:, 0].std(), rel=0.1)


def test_referrals_drawn_far_above_the_profile_fit_under_the_ceiling(tmp_path: Path) -> None:
    """A year in which referrals halved is the base of four in which they may come back and more."""
    table = published.read(panel(tmp_path / "t.csv"))
    task = backtest._task(trend.known_at(table, 2017), table.authorities["E08000003"], request(tmp_path), tmp_path / "p.yaml")
    surge = expect.Shocks({**task.shocks.log, "referrals_number": np.full((1, 2), np.log(5.0))})
    base = tuning.load(task.scenario, 2017)
    drawn = tuning._scenario(base, task.targets, tuning.Fit(2), surge, 1)
    assert drawn.parameters.demand.ceiling > 9.9 > base.parameters.demand.ceiling
    assert len(tuning.run_model(drawn, 1, 0, 70))


# ---- adding up a replication


def weekly(**measures: float) -> pd.DataFrame:
    rows = [(week, name, "all", value) for week in range(53 + 27) for name, value in measures.items()]
    return pd.DataFrame(rows, columns=["week", "measure", "group", "value"])


def test_flows_are_put_on_a_whole_year_and_shares_are_ratios() -> None:
    seen = outcomes.yearly(weekly(new_care_starts=10, n_looked_after=500, n_foster=350, n_agency_workers=20, n_workforce=100), 2)
    assert seen[STARTED][0] == pytest.approx(10 * 365.25 / 7)
    assert np.isnan(seen[STARTED][1]), "a year the run does not reach is not guessed"
    assert seen["cla_31march_placement_foster_pct"][0] == pytest.approx(70)
    assert seen["sw_agency_rate_fte_pct"][0] == pytest.approx(20)
    assert "s47_number" not in seen


# ---- correction and scores


def test_the_correction_moves_the_mean_to_the_target_and_holds_the_spread(tmp_path: Path) -> None:
    known = trend.known_at(published.read(panel(tmp_path / "t.csv")), 2017)
    aim = expect.targets(known, "E08000003", 2)
    draws = np.exp(np.log(900) + 0.001 * np.random.default_rng(0).standard_normal((30, 2)))
    fixed = correct.corrected(known, aim, "E08000003", STOCK, draws)
    assert np.allclose(fixed.mean(axis=0), aim[STOCK])
    assert np.allclose(np.log(fixed).std(axis=0, ddof=1), correct.LEAST_SPREAD * known.sd("E08000003", STOCK, 2))
    assert np.array_equal(correct.corrected(known, aim, "E08000003", "unknown", draws), draws)


def test_quantiles_of_few_draws_hold_eighty_per_cent() -> None:
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(2000):
        low, _, high = correct.quantiles(rng.standard_normal(10), log=False)
        held += low <= rng.standard_normal() <= high
    assert 0.76 < held / 2000 < 0.84


def test_crps_agrees_with_the_closed_form_of_a_normal() -> None:
    draws = norm.ppf((np.arange(4000) + 0.5) / 4000)
    for actual in (-1.0, 0.0, 2.5):
        exact = actual * (2 * norm.cdf(actual) - 1) + 2 * norm.pdf(actual) - 1 / np.sqrt(np.pi)
        assert scores.crps_of_quantiles(draws, actual) == pytest.approx(exact, abs=2e-3)
    assert scores.crps([3.0], 5.0) == 2.0
    assert np.isnan(scores.crps([], 5.0))


def test_crps_does_not_punish_small_ensembles() -> None:
    rng = np.random.default_rng(4)
    small = np.mean([scores.crps(rng.standard_normal(5), 0.3) for _ in range(20_000)])
    large = np.mean([scores.crps(rng.standard_normal(200), 0.3) for _ in range(500)])
    assert small == pytest.approx(large, abs=0.01)


def test_summary_counts_percent_for_numbers_and_points_for_shares() -> None:
    rows = [
        ["E1", "A", 2017, 1, STOCK, 200.0, 210.0, 180.0, 205.0, 220.0, 190.0],
        ["E1", "A", 2017, 1, "x_pct", 40.0, 43.0, 41.0, 43.0, 45.0, 38.0],
    ]
    out = scores.summarise(pd.DataFrame(rows, columns=scores.COLUMNS)).query("horizon == 'all'").set_index("measure")
    assert out.loc[STOCK, ["error", "error_persistence", "coverage_80", "bias"]].tolist() == [5.0, 5.0, 1.0, 5.0]
    assert out.loc["x_pct", ["error", "error_persistence", "coverage_80"]].tolist() == [3.0, 2.0, 0.0]
