"""The report's arithmetic and words: what a chart shows is what the tables hold."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree

import matplotlib
import numpy as np
import pandas as pd
import pytest
from fake_results import make
from matplotlib.figure import Figure

from simulation.base.errors import Faults
from simulation.base.wording import amount, change, listed, span, year_words
from simulation.report import write_report
from simulation.report.answer import base_words
from simulation.report.charts import fans, flow, lines, places, steps, waits, work
from simulation.report.family import Family
from simulation.report.folder import Results
from simulation.report.style import LOOK, Chart, fitted, spread


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same experiment without a report and with two runs, to be copied and spoilt."""
    return make(tmp_path_factory.mktemp("results") / "small", replications=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small experiment over a whole financial year."""
    return make(tmp_path_factory.mktemp("results") / "fake")


@pytest.fixture(scope="module")
def family(folder: Path) -> Family:
    """Its base with two levers."""
    results = Results(folder)
    return Family(results, "bradford_2020", tuple(results.bases["bradford_2020"]))


def _chart(draw, family: Family) -> Chart:  # type: ignore[no-untyped-def]
    with matplotlib.rc_context(LOOK):
        made = draw(family)
    assert isinstance(made, Chart)
    return made


# ---------------------------------------------------------------------- words


@pytest.mark.parametrize(("value", "unit", "told"), [
    (1246.4, "children", "1,246"), (61.26, "%", "61.3%"), (61.0, "%", "61%"), (0.0, "%", "0%"), (0.123, "nights", "0.12"), (43.4, "children", "43"),
    (3.14, "weeks", "3.1"), (108_234_000, "GBP", "£108m"), (1_236_000, "GBP", "£1.24m"), (45_200, "GBP", "£45k"), (1063.2, "GBP", "£1,063"),
    (-3.2, "%", "−3.2%"), (float("nan"), "%", "not known"), (float("inf"), "GBP", "not known"), (999_999, "GBP", "£1.00m"), (-0.001, "x", "0.00"),
])  # fmt: skip
def test_amounts_have_as_many_figures_as_a_reader_can_use(value: float, unit: str, told: str) -> None:
    assert amount(value, unit) == told


def test_differences_carry_their_sign_and_unit() -> None:
    assert change(9.06, "%") == "+9.1 points"
    assert change(-2_300_000, "GBP") == "−£2.30m"
    assert change(-12, "children") == "−12 children"
    assert span(-1, 2.5, "%", sign=True) == "−1 to +2.5"


def test_small_words() -> None:
    assert year_words(2024) == "2023-24"
    assert year_words(2000) == "1999-00"
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"


@pytest.mark.parametrize("heights", [[1.0, 1.0, 1.0], [0.0, 5.0, 5.1], [3.0], [], [2.0, 1.0, 0.0]])
def test_labels_are_spread_apart_and_keep_their_order_and_middle(heights: list[float]) -> None:
    places_ = spread(heights, 1.0)
    assert all(b - a >= 1.0 - 1e-9 for a, b in zip(sorted(places_), sorted(places_)[1:], strict=False))
    assert np.argsort(places_, kind="stable").tolist() == np.argsort(heights, kind="stable").tolist()
    assert sum(places_) == pytest.approx(sum(heights))


# ---------------------------------------------------------------------- reading


def test_weekly_arrays_hold_what_the_long_table_holds(folder: Path, family: Family) -> None:
    long = pd.read_parquet(folder / "weekly.parquet")
    rows = long[(long["measure"] == "n_places") & (long["group"] == "state:vacant") & (long["scenario"] == "recruitment")]
    expected = rows.pivot_table(index="replication", columns="week", values="value").to_numpy()
    np.testing.assert_array_equal(family.results.weekly("n_places", "state:vacant")["recruitment"], expected)


def test_weekly_rows_in_any_order_and_with_gaps_read_the_same(small: Path, tmp_path: Path) -> None:
    made = copytree(small, tmp_path / "r")
    long = pd.read_parquet(made / "weekly.parquet").sample(frac=1, random_state=1)
    long.iloc[: len(long) // 2].to_parquet(made / "weekly.parquet", index=False, row_group_size=5000)
    array = Results(made).weekly("n_looked_after")["bradford_2020"]
    kept = long.iloc[: len(long) // 2]
    kept = kept[(kept["measure"] == "n_looked_after") & (kept["group"] == "all") & (kept["scenario"] == "bradford_2020")]
    assert array.sum() == pytest.approx(kept["value"].sum())
    assert array.shape == (2, 61)


def test_the_main_period_is_the_last_whole_financial_year(family: Family) -> None:
    assert family.results.years == [2020, 2021, 2022] or family.results.years == [2021, 2022]
    assert (family.results.kind, family.results.period, family.results.when) == ("year", "2021", "2020-21")


def test_the_calendar_is_that_of_the_run(family: Family) -> None:
    assert family.results.dates[0] == pd.Timestamp("2020-03-29")
    assert len(family.results.dates) == 61


# ---------------------------------------------------------------------- charts against tables


def test_lines_end_at_the_last_week_and_a_short_run_has_ticks() -> None:
    assert lines.every_fourth(27).tolist() == [0, 4, 8, 12, 16, 20, 24, 26]
    assert lines.every_fourth(9).tolist() == [0, 4, 8]
    axes = Figure().subplots()
    dates = pd.date_range("2020-03-07", periods=26, freq="7D")
    axes.plot(dates[12:], range(14))
    lines.year_axis(axes, dates)
    assert [label.get_text() for label in axes.get_xticklabels()] == ["Jun 2020", "Jul 2020", "Aug 2020"], "only where something is drawn"
    long = pd.date_range("2018-04-07", periods=230, freq="7D")
    lines.year_axis(axes, long)
    assert [label.get_text() for label in axes.get_xticklabels()] == ["2019", "2020", "2021", "2022"]


def test_quarters_add_up_before_they_divide() -> None:
    top, below = np.arange(28.0)[None, :], np.full((1, 28), 100.0)
    found = lines.quarterly_ratio(top, below)
    assert found.tolist() == [[pytest.approx(100 * sum(range(1, 14)) / 1300), pytest.approx(100 * sum(range(14, 27)) / 1300)]]
    assert np.isnan(lines.quarterly_ratio(np.ones((1, 14)), np.zeros((1, 14)))).all()


def test_visits_and_plans_show_the_mean_of_the_runs_and_all_of_few(family: Family) -> None:
    chart = _chart(lines.visits_and_plans, family)
    table = chart.table
    done, due = (family.weekly(m)["recruitment"][:, 1:14].sum(axis=1) for m in ("new_visits_on_time", "new_visits_due"))
    row = table[(table["Scenario"] == "Recruitment") & (table["Share"] == "Visits on time")].iloc[0]
    assert row["Mean of the runs %"] == pytest.approx(np.mean(100 * done / due), abs=0.051)
    assert row["Low end of the band %"] == pytest.approx(np.min(100 * done / due), abs=0.051)
    assert "band: lowest to highest of 4 runs" in chart.subtitle


def test_a_share_has_the_same_figure_in_the_answer_and_over_the_chart(family: Family) -> None:
    headline = _chart(lines.visits_and_plans, family).headline
    for measure in ("pct_visits_on_time", "pct_plans_by_second_review"):
        said = amount(float(family.results.figures(measure)["mean"]["bradford_2020"]), "%")
        assert said in headline
        assert said in base_words(family)


def test_bands_hold_eight_runs_in_ten_only_where_there_are_ten(family: Family) -> None:
    runs = np.arange(44.0).reshape(4, 11)
    assert [end.tolist() for end in family.ends(runs)] == [runs[0].tolist(), runs[3].tolist()]
    many = Family(family.results, family.base, family.levers)
    many.__dict__["runs"] = 20
    assert many.band == "8 in 10 runs"
    assert many.ends(runs)[0][0] == pytest.approx(np.percentile(runs[:, 0], 10))


def test_lines_that_would_lie_on_one_another_are_parted_and_said_so(family: Family) -> None:
    axes = Figure().subplots()
    assert fitted(axes, [np.array([357.0, 365.0]), np.array([359.0, 350.0])])
    assert axes.get_ylim()[0] > 300
    assert not fitted(axes, [np.array([10.0, 90.0])])
    assert axes.get_ylim()[0] == 0
    chart = _chart(lines.workforce_and_changes, family)
    assert any("not from 0" in place.get_title(loc="left") for place in chart.figure.axes)


def test_the_first_six_months_are_grey_in_a_run_of_more_than_a_year(family: Family) -> None:
    assert "Grey: the first six months" in _chart(lines.visits_and_plans, family).subtitle
    assert lines.settling_words(family.results.dates[:50]) == ""


def test_where_weeks_go_adds_up_to_all_weeks(family: Family) -> None:
    table = _chart(waits.where_weeks_go, family).table.set_index("Scenario")
    whole = family.results.figures("weeks_permanence_wait")["mean"]
    assert table.sum(axis=1)["Bradford 2020"] == pytest.approx(whole["bradford_2020"], abs=4)


def test_many_kinds_of_waiting_are_gathered_without_losing_weeks() -> None:
    table = pd.DataFrame([range(1, 10)], columns=list("abcdefghi"), dtype=float)
    merged = waits._merged(table)
    assert merged.shape[1] == 6
    assert merged.to_numpy().sum() == 45
    assert merged["other"][0] == 1 + 2 + 3 + 4


def test_a_fan_joins_published_history(family: Family) -> None:
    made = next(chart for chart in fans.fans(family) if chart.name == "fan_n_looked_after")
    assert isinstance(made, Chart)
    published = made.table[made.table["Kind"] == "Published"]
    assert published["Mean of the runs or figure"].tolist() == [905, 884, 900, 934, 993, 1159, 1246, 1330]
    assert published["Day"].iloc[-1] == "2021-03-31"
    end = family.weekly("n_looked_after")["bradford_2020"][:, -1]
    simulated = made.table[(made.table["Kind"] == "Simulated") & (made.table["Scenario or source"] == "Bradford 2020")].iloc[-1]
    assert simulated["Mean of the runs or figure"] == pytest.approx(np.mean(end), abs=0.051)
    assert simulated["Lowest to highest of 4 runs: low"] == pytest.approx(np.min(end), abs=0.051)
    assert "band from lowest to highest of 4 runs" in made.subtitle


def test_a_fan_of_many_runs_has_two_bands(family: Family) -> None:
    many = Family(family.results, family.base, family.levers)
    many.__dict__["runs"] = 20
    with matplotlib.rc_context(LOOK):
        made = fans._fan_chart(many, "new_care_starts") or fans._fan_chart(many, "n_looked_after")
    assert made is not None
    assert "pale band 8 runs in 10, dark band 5 in 10" in made.subtitle
    assert "8 runs in 10 between" in made.headline


def test_the_funnel_names_teams_that_chance_does_not_explain(family: Family) -> None:
    table = _chart(work.teams, family).table
    due = table["Second reviews due"].to_numpy()
    middle = (table["Plans agreed by then, %"] * due).sum() / due.sum()
    far = (table["Plans agreed by then, %"] - middle).abs() > 1.96 * np.sqrt(middle * (100 - middle) / due)
    assert (table["Outside 95% limits"] == "yes").tolist() == far.tolist()
    assert "where luck alone would put about 1;" in _chart(work.teams, family).headline


def test_names_in_the_funnel_do_not_cover_one_another() -> None:
    axes = Figure().subplots()
    axes.set(xlim=(0, 60), ylim=(0, 100))
    work._names(axes, [("Locality 2", 40.0, 60.0), ("Locality 13", 41.0, 61.0)])
    heights = [text.xyann[1] for text in axes.texts]
    assert abs(heights[0] - heights[1]) >= work.NAME_GAP_POINTS - 1e-9


def test_the_flow_loses_no_child(folder: Path, family: Family) -> None:
    chart = _chart(flow.pathway, family)
    children = pd.read_parquet(folder / "children.parquet")
    entered = children[(children["scenario"] == "bradford_2020") & ~children["started_before"]]
    assert chart.table["Children, mean of the runs"].sum() == pytest.approx(len(entered) / entered["replication"].nunique())


def test_the_map_counts_open_placements_of_the_first_run(folder: Path, family: Family) -> None:
    rows = pd.read_parquet(folder / "placements.parquet")
    rows = rows[(rows["scenario"] == "bradford_2020") & (rows["replication"] == 1) & rows["end"].isna()]
    table = _chart(places.placement_map, family).table
    assert table["Outside the boundary"].sum() == (~rows["inside_boundary"]).sum()
    assert table["Inside the boundary"].sum() == rows["inside_boundary"].sum()


def test_caseload_sizes_are_in_order_whatever_their_names() -> None:
    assert sorted(["25+", "0-9", "10-14", "over 30"], key=work._first_number) == ["0-9", "10-14", "25+", "over 30"]
    assert work._first_number("unknown") == np.inf


def test_a_waterfall_ends_where_its_steps_lead() -> None:
    with matplotlib.rc_context(LOOK):
        axes = matplotlib.figure.Figure().subplots()
        steps.waterfall(axes, [steps.Step("up", 5.0, 4.0, 6.0), steps.Step("down", -2.0)], "GBP", steps.Step("all", 3.0))
    first, second, last = axes.patches
    assert (first.get_x(), first.get_width()) == (0.0, 5.0)
    assert second.get_x() + second.get_width() == last.get_width() == 3.0


# ---------------------------------------------------------------------- what cannot be read


def _broken(folder: Path, name: str, content: bytes | None) -> None:
    path = folder / name
    path.write_bytes(path.read_bytes()[:400] if content is None else content)


@pytest.mark.parametrize(("name", "content", "told"), [
    ("run.json", b'{"scenarios": [', "damaged or half-written"), ("run.json", b"{}", "names no scenarios"), ("run.json", b"[1]", "names no scenarios"),
    ("summary.csv", b"scenario,mean\na,1\n", "lacks the column"), ("summary.csv", b"\xff\xfe\x00", "cannot be read as a table"),
    ("comparison.csv", b"", "cannot be read as a table"), ("weekly.parquet", None, "cannot be read"), ("weekly.parquet", b"", "cannot be read"),
    ("placements.parquet", None, "cannot be read"),
])  # fmt: skip
def test_what_cannot_be_read_is_one_clear_fault_and_nothing_is_written(small: Path, tmp_path: Path, name: str, content: bytes | None, told: str) -> None:
    made = copytree(small, tmp_path / "r")
    (made / "report.html").write_text("the last report")
    _broken(made, name, content)
    with pytest.raises(Faults, match=told) as caught:
        write_report(made)
    assert name in str(caught.value)
    assert len(caught.value.faults) == 1
    assert (made / "report.html").read_text() == "the last report"
    assert not (made / "charts").exists()


def test_no_folder_and_no_experiment_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(Faults, match="is not a folder of results"):
        write_report(tmp_path / "nowhere")
    with pytest.raises(Faults, match=r"holds no run\.json"):
        write_report(tmp_path)


def test_a_folder_from_a_newer_version_is_refused(small: Path, tmp_path: Path) -> None:
    made = copytree(small, tmp_path / "r")
    run = json.loads((made / "run.json").read_text())
    (made / "run.json").write_text(json.dumps(run | {"results_version": 99}))
    with pytest.raises(Faults, match="newer version"):
        write_report(made)


def test_tables_of_another_experiment_are_refused(small: Path, tmp_path: Path) -> None:
    made = copytree(small, tmp_path / "r")
    other = make(tmp_path / "s", ids=("elsewhere", "stranger"), replications=2)
    (made / "summary.csv").write_bytes((other / "summary.csv").read_bytes())
    with pytest.raises(Faults) as caught:
        write_report(made)
    assert len(caught.value.faults) == 2
