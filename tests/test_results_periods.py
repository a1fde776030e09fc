"""Weeks become financial years once, and ratios are formed after adding up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from quick_model import BASE, run_replication
from scipy import stats

from simulation.base.measures import REGISTER
from simulation.results import periods
from simulation.results.summary import KEYS, Matrix, interval, nan_mean, nan_sd, percentiles, stack, summarise


def weekly(values: dict[tuple[str, str], list[float]], start: str = "2020-03-29") -> pd.DataFrame:
    """A weekly table from a list of values for each measure and group, week 0 first."""
    parts = []
    for (measure, group), numbers in values.items():
        dates = pd.date_range(start, periods=len(numbers), freq="7D")
        frame = pd.DataFrame({"replication": 1, "week": range(len(numbers)), "date": dates.strftime("%Y-%m-%d")})
        parts.append(frame.assign(measure=measure, group=group, unit=REGISTER[measure].unit, value=numbers))
    return pd.concat(parts, ignore_index=True)


def value(table: pd.DataFrame, measure: str, period: str, group: str = "all") -> float:
    found = table[(table["measure"] == measure) & (table["period"] == period) & (table["group"] == group)]
    assert len(found) == 1, f"{len(found)} rows for {measure} {period} {group}"
    return float(found["value"].iloc[0])


@pytest.mark.parametrize(("last_day", "year", "quarter"), [
    ("2021-03-31", 2021, 4), ("2021-04-03", 2021, 4), ("2021-04-04", 2022, 1), ("2021-04-05", 2022, 1), ("2020-04-05", 2021, 1),
    ("2020-12-31", 2021, 3), ("2021-01-10", 2021, 4), ("2020-07-03", 2021, 1), ("2020-07-04", 2021, 2),
])  # fmt: skip
def test_a_week_belongs_where_its_middle_day_lies(last_day, year, quarter):
    day = np.array([last_day], "datetime64[D]")
    assert (periods.financial_years(day)[0], periods.financial_quarters(day)[0]) == (year, 4 * year + quarter - 1)


@given(st.integers(0, 20_000))
def test_every_day_is_in_the_year_a_calendar_says(days):
    middle = np.datetime64("1990-01-01", "D") + days
    date = pd.Timestamp(middle)
    expected = date.year + (date.month >= 4)
    assert periods.financial_years(np.array([middle + 3]))[0] == expected
    assert periods.financial_quarters(np.array([middle + 3]))[0] == 4 * expected + (date.month - 4) % 12 // 3


def test_sums_means_and_last_values_over_a_year_and_the_run():
    n = 60
    table = periods.yearly(weekly({("new_care_starts", "all"): [99.0] + [2.0] * n, ("n_looked_after", "all"): list(range(n + 1)),
                                   ("index_wellbeing", "all"): [0.0] + [50.0] * 30 + [60.0] * 30}))  # fmt: skip
    assert value(table, "new_care_starts", "run") == 2 * n, "the starting state is not a flow"
    assert value(table, "n_looked_after", "run") == n
    assert value(table, "index_wellbeing", "run") == 55
    weeks = int(table.loc[table["period"] == "2021", "weeks"].iloc[0])
    assert (
        weeks == 52 and value(table, "new_care_starts", "2021") == 2 * weeks and value(table, "n_looked_after", "2021") == weeks
    )


def test_sums_of_part_of_a_year_are_left_out_and_standing_values_kept():
    table = periods.yearly(weekly({("new_care_starts", "all"): [0.0] + [2.0] * 60, ("n_looked_after", "all"): [1.0] * 61}))
    part = table[table["period"] == "2022"]
    assert set(part["measure"]) == {"n_looked_after"}


@pytest.mark.parametrize(("start", "weeks", "complete"), [
    ("2018-03-31", 52, [2019]), ("2018-03-31", 51, []), ("2020-02-29", 160, [2021, 2022]), ("2020-02-29", 161, [2021, 2022, 2023]),
    ("2020-04-10", 60, []), ("2018-03-31", 365, list(range(2019, 2026))),
])  # fmt: skip
def test_a_year_is_whole_if_every_week_of_it_is_in_the_run(start, weeks, complete):
    dates = np.datetime64(start) + 7 * np.arange(weeks + 1)
    assert list(periods.whole(dates, periods.financial_years)) == complete
    by_quarter = periods.whole(dates, periods.financial_quarters)
    assert [year for year in np.unique(by_quarter // 4) if (by_quarter // 4 == year).sum() == 4] == complete


def test_a_ratio_is_numerator_over_denominator_after_adding_up():
    due, made = [0, *[1] * 26, *[9] * 26], [0, *[1] * 26, *[0] * 26]
    table = periods.yearly(weekly({("new_visits_due", "all"): due, ("new_visits_on_time", "all"): made}))
    assert value(table, "pct_visits_on_time", "run") == pytest.approx(100 * 26 / 260)


def test_a_breakdown_divides_by_its_own_group_or_else_by_all():
    flow = [0.0] + [1.0] * 52
    table = periods.yearly(weekly({
        ("new_second_reviews_due", "all"): [4 * x for x in flow], ("new_second_reviews_due", "team:a"): [2 * x for x in flow],
        ("new_plans_by_second_review", "all"): flow, ("new_plans_by_second_review", "team:a"): flow,
        ("new_cohort_12_months", "all"): [4 * x for x in flow], ("new_permanent_12_months", "all"): flow,
        ("new_permanent_12_months", "route:adoption"): flow,
    }))  # fmt: skip
    assert value(table, "pct_plans_by_second_review", "run", "team:a") == 50
    assert value(table, "pct_permanent_12_months", "run", "route:adoption") == 25


def test_nothing_over_nothing_is_not_a_number():
    table = periods.yearly(weekly({("new_visits_due", "all"): [0.0] * 10, ("new_visits_on_time", "all"): [0.0] * 10}))
    assert np.isnan(value(table, "pct_visits_on_time", "run"))


def test_an_unregistered_measure_is_refused():
    table = weekly({("new_visits_due", "all"): [0.0, 1.0]}).assign(measure="new_vists_due")
    with pytest.raises(ValueError, match="new_vists_due"):
        periods.yearly(table)


def test_the_yearly_table_equals_its_slow_twin():
    made = run_replication(BASE, 1, weeks=120)["weekly"]
    fast = periods.yearly(made)
    day = pd.to_datetime(made["date"]) - pd.Timedelta(days=3)
    rows = made.assign(year=(day.dt.year + (day.dt.month >= 4)).astype(str))[made["week"] > 0]
    complete = {str(year) for year in periods.whole(np.unique(made["date"]).astype("datetime64[D]"), periods.financial_years)}
    for (measure, group, year), part in rows.sort_values("week").groupby(["measure", "group", "year"]):
        how = REGISTER[measure].how
        expected = {"sum": part["value"].sum(), "mean": part["value"].mean(), "last": part["value"].iloc[-1]}[how]
        if not (how == "sum" and year not in complete):
            assert value(fast, measure, year, group) == pytest.approx(expected)


# ---- bands and intervals


def test_the_interval_is_students():
    values = np.random.default_rng(1).normal(10, 3, (12, 4))
    n, mean, low, high = interval(values)
    for column in range(4):
        known = stats.ttest_1samp(values[:, column], 0).confidence_interval(0.95)
        assert (low[column], high[column]) == pytest.approx((known.low, known.high))
    assert list(n) == [12] * 4 and mean == pytest.approx(values.mean(0))


def test_replications_of_one_draw_count_once():
    draws = np.repeat(np.arange(6), 2)
    values = np.random.default_rng(2).normal(0, 1, 6)[draws][:, None]
    _, _, low, high = interval(values, draws)
    known = stats.ttest_1samp(values[::2, 0], 0).confidence_interval(0.95)
    assert (low[0], high[0]) == pytest.approx((known.low, known.high))


def test_missing_ratios_are_left_out_and_one_replication_has_no_interval():
    values = np.array([[1.0, np.nan], [3.0, np.nan], [np.nan, 5.0]])
    n, mean, low, _ = interval(values)
    assert list(n) == [2, 1] and list(mean) == [2, 5] and np.isnan(low[1]) and np.isfinite(low[0])
    assert nan_sd(values)[0] == pytest.approx(np.sqrt(2)) and np.isnan(nan_sd(values)[1])
    assert np.isnan(nan_mean(np.full((2, 1), np.nan))[0])


def test_a_breakdown_nobody_fell_into_is_zero():
    flow = [0.0] + [1.0] * 10
    one = periods.yearly(weekly({("new_care_ceased", "all"): flow, ("new_care_ceased", "reason:adopted"): flow}))
    two = periods.yearly(weekly({("new_care_ceased", "all"): flow}))
    data = stack([two, one], [1, 2])
    row = data.keys.index[data.keys["group"] == "reason:adopted"][0]
    assert list(data.array[:, row]) == [0.0, 10.0]
    other = Matrix(data.keys.drop(row).reset_index(drop=True), np.delete(data.array, row, 1), data.replications, data.clusters)
    assert list(other.columns(data.keys).array[:, row]) == [0.0, 0.0]


def test_the_summary_has_the_percentiles_numpy_has():
    tables = [periods.yearly(run_replication(BASE, number, weeks=30)["weekly"]) for number in range(1, 9)]
    data = stack(tables, list(range(1, 9)))
    table = summarise(data, "base")
    assert list(table.columns[:6]) == ["scenario", *KEYS]
    row = table[(table["measure"] == "n_looked_after") & (table["group"] == "all") & (table["period"] == "run")].iloc[0]
    values = [value(one, "n_looked_after", "run") for one in tables]
    assert (row["p10"], row["p50"], row["mean"], row["sd"]) == pytest.approx(
        (*np.percentile(values, [10, 50]), np.mean(values), np.std(values, ddof=1))
    )
    assert row["replications"] == 8 and row["weeks"] == 30


def test_percentiles_in_bulk_are_those_of_each_column():
    values = np.random.default_rng(1).normal(size=(9, 6))
    values[3, 1] = values[5:, 2] = values[:, 4] = np.nan
    each = [np.percentile(column[np.isfinite(column)], (10, 50, 90)) for column in values.T if np.isfinite(column).any()]
    assert np.isnan(percentiles(values, (10, 50, 90))[:, 4]).all()
    np.testing.assert_array_equal(np.delete(percentiles(values, (10, 50, 90)), 4, axis=1).T, each)
