"""Differences on common random numbers, honest intervals, and *not known* when plausible priors reverse the order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from quick_model import BASE, PLAN
from scipy import stats
from test_experiment_runner import run

from simulation.base.errors import Faults
from simulation.experiment.compare import bootstrap, compare, comparison_text, order_unknown, pair, probability_better
from simulation.experiment.compare_again import compare_folder
from simulation.experiment.ensemble import Ensemble, from_table, read_ensemble, split_variance, strongest, variance_table
from simulation.results import files
from simulation.results.summary import Matrix, interval
from simulation.results.tables import TABLES

LESS, MORE, NEITHER = "n_plans_overdue", "pct_know_plan", "n_looked_after"


def matrix(array, measures=(LESS,), clusters=None, numbers=None):
    """A matrix of whole-run values of some measures."""
    array = np.asarray(array, float).reshape(len(array), -1)
    keys = pd.DataFrame(
        {"period_kind": "run", "period": "run", "measure": list(measures), "group": "all", "unit": "children", "weeks": 52}
    )
    numbers = np.arange(1, len(array) + 1) if numbers is None else np.asarray(numbers)
    return Matrix(keys, array, numbers, numbers if clusters is None else np.asarray(clusters))


def ensemble(draws, **values):
    """An ensemble of ``draws`` draws."""
    return Ensemble({draw: {name: float(given[draw - 1]) for name, given in values.items()} for draw in range(1, draws + 1)})


def one(*given, **more):
    return compare(*given, "plan", "base", **more).iloc[0]


LUCK = np.random.default_rng(3)
BASE_VALUES = LUCK.normal(100, 10, 40)


def test_the_difference_is_paired_and_its_interval_students():
    plan = BASE_VALUES - 3 + np.random.default_rng(4).normal(0, 1, 40)
    row = one(matrix(BASE_VALUES), matrix(plan))
    known = stats.ttest_rel(plan, BASE_VALUES).confidence_interval(0.95)
    assert (row["difference"], row["ci_low"], row["ci_high"]) == pytest.approx(
        ((plan - BASE_VALUES).mean(), known.low, known.high)
    )
    assert row["verdict"] == "better" and row["better"] == "less" and row["p_better"] > 0.95
    assert row["pairing_ratio"] == pytest.approx(np.var(plan - BASE_VALUES) / (np.var(plan) + np.var(BASE_VALUES)))


@pytest.mark.parametrize(("measure", "change", "verdict"), [
    (LESS, -3, "better"), (LESS, 3, "worse"), (MORE, 3, "better"), (MORE, -3, "worse"), (NEITHER, -3, "changed"), (NEITHER, 0, "no clear difference"),
])  # fmt: skip
def test_better_only_in_the_stated_direction(measure, change, verdict):
    noise = np.random.default_rng(5).normal(0, 1, 40)
    row = one(matrix(BASE_VALUES, [measure]), matrix(BASE_VALUES + change + noise - noise.mean(), [measure]))
    assert row["verdict"] == verdict
    assert np.isnan(row["p_better"]) == (measure == NEITHER), "fewer children in care is never better by itself"


def test_the_probability_counts_futures_and_halves_ties():
    gap = np.array([[-1.0], [0.0], [2.0], [-3.0], [np.nan]])
    assert probability_better(gap, np.array(["less"])) == pytest.approx(2.5 / 4)
    assert probability_better(gap, np.array(["more"])) == pytest.approx(1.5 / 4)


def test_only_futures_both_have_finished_are_compared():
    row = one(matrix(BASE_VALUES[:5]), matrix(BASE_VALUES[2:5] + 1, numbers=[3, 4, 5]))
    assert row["replications"] == 3 and row["difference"] == pytest.approx(1)
    with pytest.raises(Faults, match="no finished replication in common"):
        pair(matrix(BASE_VALUES[:2]), matrix(BASE_VALUES[:2], numbers=[8, 9]))


def test_a_measure_that_only_one_has_is_unknown_not_zero():
    row = (
        compare(matrix(np.c_[BASE_VALUES, BASE_VALUES], [LESS, MORE]), matrix(BASE_VALUES), "plan", "base")
        .set_index("measure")
        .loc[MORE]
    )
    assert row["replications"] == 0 and np.isnan(row["difference"]) and row["verdict"] == "no clear difference"


def test_rounding_dust_is_no_difference():
    row = one(matrix(BASE_VALUES), matrix(BASE_VALUES * (1 + 1e-13)))
    assert row["difference"] == 0 and row["verdict"] == "no clear difference"


def test_one_replication_is_never_clear():
    assert one(matrix([1.0]), matrix([2.0]))["verdict"] == "no clear difference"


# ---- bootstrap


def test_the_bootstrap_is_near_students_for_normal_values_and_always_the_same():
    gap = np.random.default_rng(6).normal(2, 1, (60, 1))
    numbers = np.arange(60)
    again = bootstrap(gap, numbers)
    t = interval(gap)
    assert [float(x[0]) for x in again[2:]] == pytest.approx([float(x[0]) for x in t[2:]], abs=0.06)
    assert np.array_equal(bootstrap(gap, numbers)[2], again[2])


def test_the_bootstrap_leans_with_skew_and_survives_no_spread():
    skewed = np.random.default_rng(7).exponential(1, (30, 1)) ** 2
    _, mean, low, high = bootstrap(skewed, np.arange(30))
    assert high[0] - mean[0] > mean[0] - low[0]
    _, mean, low, high = bootstrap(np.full((10, 1), 3.0), np.arange(10))
    assert (mean[0], low[0], high[0]) == (3, 3, 3)


# ---- ensembles


def test_when_plausible_priors_reverse_the_order_it_is_not_known():
    draws, effect = np.repeat(np.arange(1, 21), 2), np.linspace(-6, 9, 20)
    chance = np.random.default_rng(8).normal(0, 0.5, 40)
    plan = BASE_VALUES + effect[draws - 1] + chance
    row = one(
        matrix(BASE_VALUES, clusters=draws),
        matrix(plan, clusters=draws),
        ensemble=ensemble(20, strength=effect, other=np.cos(np.arange(20))),
    )
    assert row["verdict"] == "not known" and row["depends_on"] == "strength"


def test_priors_that_change_the_size_but_not_the_order_leave_it_known():
    draws, effect = np.repeat(np.arange(1, 21), 2), np.linspace(-9, -3, 20)
    plan = BASE_VALUES + effect[draws - 1] + np.random.default_rng(9).normal(0, 0.5, 40)
    row = one(matrix(BASE_VALUES, clusters=draws), matrix(plan, clusters=draws), ensemble=ensemble(20, strength=effect))
    assert row["verdict"] == "better" and row["depends_on"] == ""


def test_chance_alone_is_not_taken_for_the_priors():
    """No effect and parameters that do nothing: an F test at 5% may be wrong about one time in twenty, so 20 of 200 is far out."""
    draws = np.repeat(np.arange(1, 21), 2)
    gap = np.random.default_rng(10).normal(0, 1, (40, 200))
    assert order_unknown(gap, draws).sum() < 20


def test_without_two_replications_a_draw_the_share_of_draws_decides():
    draws, effect = np.arange(1, 41), np.linspace(-6, 9, 40)
    given = ensemble(40, strength=effect)
    assert (
        one(matrix(BASE_VALUES, clusters=draws), matrix(BASE_VALUES + effect, clusters=draws), ensemble=given)["verdict"]
        == "not known"
    )
    assert (
        one(matrix(BASE_VALUES, clusters=draws), matrix(BASE_VALUES - 3 - abs(effect), clusters=draws), ensemble=given)["verdict"]
        == "better"
    )


def test_variance_splits_into_chance_and_parameters():
    luck = np.random.default_rng(11)
    draws = np.repeat(np.arange(1, 2001), 2)
    values = (luck.normal(0, 3, 2000)[draws - 1] + luck.normal(0, 4, 4000))[:, None]
    split = split_variance(values, draws)
    assert np.sqrt(split.chance[0]) == pytest.approx(4, rel=0.05) and np.sqrt(split.parameters[0]) == pytest.approx(3, rel=0.08)
    assert np.isnan(split_variance(values[:5], np.arange(5)).chance).all()


def test_the_variance_table_names_what_a_measure_moves_with():
    luck = np.random.default_rng(12)
    draws, strength = np.repeat(np.arange(1, 31), 2), luck.uniform(0, 1, 30)
    given = ensemble(30, strength=strength, other=luck.uniform(0, 1, 30), fixed=np.ones(30))
    data = matrix(-5 * strength[draws - 1] + luck.normal(0, 0.2, 60), clusters=draws)
    table = variance_table(data, "base", given)
    assert list(table.columns) == TABLES["variance"].names
    row = table.iloc[0]
    assert row["depends_on"] == "strength" and row["rank_correlation"] < -0.9 and row["share_parameters"] > 0.9
    ranks = stats.spearmanr(strength, data.array[::2, 0] + data.array[1::2, 0]).statistic
    assert strongest(given, data.array, draws)[1][0] == pytest.approx(ranks)


def test_no_parameter_is_named_where_chance_could_look_as_strong():
    luck = np.random.default_rng(15)
    idle = ensemble(10, **{f"p{number}": luck.uniform(0, 1, 10) for number in range(50)})
    names, strength = strongest(idle, luck.normal(0, 1, (10, 200)), np.arange(1, 11))
    assert (names != "").mean() < 0.1 and np.abs(strength).mean() > 0.6, "some look strong, and are not named"
    assert (strongest(ensemble(3, x=[1, 2, 3]), np.array([[1.0], [2.0], [3.0]]), np.arange(1, 4))[0] == "").all()


def test_consecutive_replications_share_a_draw_and_more_never_change_the_first():
    given = ensemble(3, x=[1, 2, 3])
    assert [given.draw_of(number) for number in range(1, 9)] == [1, 1, 2, 2, 3, 3, 1, 1]


@pytest.mark.parametrize(("text", "message"), [
    ("draw,parameter\n1,a\n", "lacks the column value"), ("draw,parameter,value\n", "has no rows"),
    ("draw,parameter,value\nx,a,1\n", "ens.csv:2: draw 'x' is not"), ("draw,parameter,value\n1,a,1\n1,a,2\n", "ens.csv:3: draw 1 gives a twice"),
    ("draw,parameter,value\n1,a,nan\n", "value 'nan' of a is not a number"), ("draw,parameter,value\n1,a,1\n2,b,1\n", "draw 1 lacks b"),
    ("", "cannot be read"),
])  # fmt: skip
def test_a_faulty_ensemble_is_refused_by_row(tmp_path, text, message):
    path = tmp_path / "ens.csv"
    path.write_text(text)
    with pytest.raises(Faults, match=message):
        read_ensemble(path)


def test_an_ensemble_runs_splits_the_variance_and_can_be_compared_again(tmp_path):
    luck = np.random.default_rng(13)
    table = pd.DataFrame({"draw": range(1, 7), "parameter": "posts", "value": luck.uniform(-400, 400, 6)})
    results = run(tmp_path / "out", replications=8, weeks=20, ensemble=table)
    told = results.read_run()
    assert told["ensemble"]["draws"] == 6 and told["ensemble"]["draw_of_replication"]["8"] == 4
    variance = results.read("variance")
    staff = variance[(variance["measure"] == "n_social_workers") & (variance["scenario"] == "base")].iloc[0]
    assert staff["share_parameters"] > 0.99 and staff["depends_on"] == "posts" and staff["draws"] == 4
    before = results.read("comparison")
    pd.testing.assert_frame_equal(compare_folder(results.path)[TABLES["comparison"].names], before, check_dtype=False)
    assert from_table(table).values(2) == {"posts": table["value"][1]}


# ---- the command


def test_compare_again_with_another_base(tmp_path):
    results = run(tmp_path / "out", replications=3, weeks=5)
    table = compare_folder(results.path, "plan", "bootstrap")
    assert set(results.read("comparison")["scenario"]) == {"base"} and set(table["base"]) == {"plan"}
    told = comparison_text(table)
    assert told.startswith("base less plan, the whole run, 3 pairs of runs:\n") and "  Net outturn: £" in told and "These are few runs" in told
    with pytest.raises(Faults, match=r"'plans' is not among the scenarios.*Did you mean 'plan'"):
        compare_folder(results.path, "plans")
    with pytest.raises(Faults, match="is not one of t, bootstrap"):
        compare_folder(results.path, method="bootstrp")


def test_one_scenario_cannot_be_compared(tmp_path):
    results = run(tmp_path / "out", [BASE], 2, weeks=2)
    with pytest.raises(Faults, match="a comparison needs two"):
        compare_folder(results.path)


def test_an_unreadable_replication_is_refused_and_nothing_is_overwritten(tmp_path):
    results = run(tmp_path / "out", [BASE, PLAN], 2, weeks=2)
    before = (results.path / "comparison.csv").read_bytes()
    path = results.replication_file("plan", 2, "yearly")
    table = files.read_parquet(path)
    path.write_bytes(b"half")
    with pytest.raises(Faults, match="cannot be read as Parquet"):
        compare_folder(results.path)
    table.astype({"measure": str}).assign(measure="n_children_of_another_version").to_parquet(path)
    with pytest.raises(Faults, match=r"measures this version does not know \(n_children_of_another_version\)"):
        compare_folder(results.path)
    table.drop(columns=["unit", "weeks"]).to_parquet(path)
    with pytest.raises(Faults, match="lacks the columns unit, weeks"):
        compare_folder(results.path)
    assert (results.path / "comparison.csv").read_bytes() == before


# ---- coverage


def skewed(luck, shape):
    return luck.gamma(2, 1, shape) - 2


def paired(luck, shape):
    shared = luck.normal(0, 5, shape)
    return (shared + luck.normal(0, 1, shape)) - (shared + luck.normal(0, 1, shape))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "replications", "method"),
    [
        (paired, 20, "t"),
        (paired, 50, "t"),
        (skewed, 50, "t"),
        (paired, 20, "bootstrap"),
        (skewed, 20, "bootstrap"),
        (skewed, 50, "bootstrap"),
    ],
)
def test_a_95_percent_interval_holds_93_to_97_percent_of_the_time(kind, replications, method, capsys):
    """4,000 synthetic experiments with a known difference of zero; the share of intervals that contain it is printed.

    Left out, because it fails: Student's interval of 20 strongly skewed differences (92.7%), for which there is the bootstrap.
    """
    gap = kind(np.random.default_rng(14), (replications, 4000))
    numbers = np.arange(replications)
    _, _, low, high = interval(gap) if method == "t" else bootstrap(gap, numbers)
    held = 100 * ((low <= 0) & (high >= 0)).mean()
    with capsys.disabled():
        print(f"\ncoverage of the 95% interval, {kind.__name__}, {method}, {replications} replications: {held:.1f}%")
    assert 93 <= held <= 97
