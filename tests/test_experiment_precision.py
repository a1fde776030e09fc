"""The precision rule stops when it may, says what it reached, and never takes a lucky start for an answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simulation.base.errors import Faults
from simulation.experiment.precision import Precision, enough, judge, running_half_widths
from simulation.results.summary import Matrix

RULE = Precision(measures=("n_looked_after",), relative=0.01, minimum=5, maximum=100, look_ahead=3)


def matrix(values, measure="n_looked_after", unit="children"):
    keys = [{"period_kind": kind, "period": period, "measure": measure, "group": "all", "unit": unit, "weeks": weeks}
            for kind, period, weeks in (("year", "2021", 52), ("part year", "2022", 10), ("run", "run", 62))]  # fmt: skip
    values = np.asarray(values, float)
    numbers = np.arange(1, len(values) + 1)
    return Matrix(pd.DataFrame(keys), np.c_[values, values * 9, values * 5], numbers, numbers)


def test_half_widths_are_students_after_each_replication():
    values = np.random.default_rng(1).normal(1e6, 3, 30)
    running = running_half_widths(values)
    assert running[0] == np.inf
    for n in (2, 10, 30):
        known = stats.ttest_1samp(values[:n], 0).confidence_interval(0.95)
        assert running[n - 1] == pytest.approx((known.high - known.low) / 2, rel=1e-6)


def slow_twin(values, targets, rule):
    """By looking at every number of replications in turn."""
    ahead = min(rule.look_ahead, rule.maximum - rule.minimum)
    wide = running_half_widths(values, rule.confidence) > targets
    for n in range(rule.minimum, len(values) - ahead + 1):
        if not wide[n - 1 :].any():
            return n
    return None


@pytest.mark.parametrize("seed", range(30))
def test_enough_is_the_first_number_from_which_the_target_is_kept(seed):
    luck = np.random.default_rng(seed)
    values = luck.normal(100, luck.uniform(0.5, 5), luck.integers(5, 80))
    targets = np.full(len(values), 1.0)
    assert enough(values, targets, RULE) == slow_twin(values, targets, RULE)


def test_a_lucky_start_does_not_stop_it():
    lucky = np.r_[100, 100.1, 100, 100.1, 100, 90, 110, 95, 105, 90]
    assert enough(lucky, np.full(10, 1.0), RULE) is None


def test_it_stops_asks_for_more_and_never_passes_the_maximum():
    luck = np.random.default_rng(2)
    precise = judge({"a": matrix(luck.normal(100, 0.5, 10))}, RULE)
    assert precise.reached and precise.more == 10
    wide = judge({"a": matrix(luck.normal(100, 3, 10))}, RULE)
    assert not wide.reached and 13 <= wide.more <= 20
    hopeless = judge({"a": matrix(luck.normal(100, 90, 90))}, RULE)
    assert not hopeless.reached and hopeless.more == 100
    assert judge({"a": matrix(luck.normal(100, 90, 100))}, RULE).more == 100


def test_the_last_full_year_is_judged_and_the_paired_difference_too():
    luck = np.random.default_rng(3)
    shared = luck.normal(100, 0.6, 12)
    state = judge({"a": matrix(shared), "b": matrix(shared + 1)}, RULE)
    assert [(one.scenario, one.period) for one in state.judged] == [("a", "2021"), ("b", "2021"), ("b less a", "2021")]
    gap = state.judged[2]
    assert gap.mean == pytest.approx(1) and gap.half_width == pytest.approx(0, abs=1e-6) and gap.target == pytest.approx(1, rel=0.02)


def test_percentages_are_judged_in_points():
    rule = Precision(measures=("pct_know_plan",), points=2, minimum=5, look_ahead=0)
    state = judge({"a": matrix(np.random.default_rng(4).normal(3, 1.5, 10), "pct_know_plan", "%")}, rule)
    assert state.judged[0].target == 2 and state.reached


def test_nothing_to_judge_is_not_called_precise():
    assert not judge({"a": matrix([1.0] * 8, "n_posts")}, RULE).reached


def test_it_stops_where_theory_says(capsys):
    """Normal values with coefficient of variation 10%: a half-width of 2% needs about (1.96 * 10 / 2)**2 = 96 replications."""
    rule = Precision(measures=("n_looked_after",), relative=0.02, minimum=5, maximum=400, look_ahead=5)
    stops = []
    for seed in range(40):
        values = np.random.default_rng(seed).normal(100, 10, 400)
        n = rule.minimum
        while (state := judge({"a": matrix(values[:n])}, rule)).more > n:
            n = state.more
        assert state.reached
        stops.append(state.judged[0].enough)
    assert 85 <= np.median(stops) <= 105


@pytest.mark.parametrize(("given", "message"), [
    ({"measures": ("n_looked_aftr",)}, "Did you mean 'n_looked_after'"), ({"minimum": 1}, "at least 2"), ({"maximum": 5}, "at most the maximum"),
    ({"relative": 0.0}, "above zero"),
])  # fmt: skip
def test_a_faulty_target_is_refused(given, message):
    with pytest.raises(Faults, match=message):
        Precision(**given)
