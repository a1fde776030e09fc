"""Forecasts set beside what came: the rows of a backtest, as run and in closed form, with simple rules and a random walk."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from simulation.forecast import scores
from simulation.profile import expect, trend
from simulation.profile.trend import RULES, Known
from simulation.published.published import Authority, Table

Floats = NDArray[np.float64]
COLUMNS = [
    *scores.COLUMNS,
    "crps",
    "crps_random_walk",
    "random_walk_p10",
    "random_walk_p90",
    "mean_of_three",
    "trend",
    "peers",
    "forecast",
]
FEWEST_REPLICATIONS = 4
"""Replications without which there is no interval."""


def worth_scoring(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Forecasts with an actual figure, and those of years of which the table says nothing at all yet."""
    last = {
        name: max((y for y in trend.series(table, name).dropna(how="all", axis=1).columns), default=0)
        for name in frame["measure"].unique()
    }
    future = frame["origin"] + frame["horizon"] > frame["measure"].map(last)
    return frame[frame["actual"].notna() | future]


def shown(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers as files hold them, to six figures."""
    numbers = frame.select_dtypes("float").columns
    return frame.assign(**{name: frame[name].map(lambda v: float(f"{v:.6g}")) for name in numbers})


def scored(table: Table, known: Known, draws: dict[str, pd.DataFrame], horizons: int) -> pd.DataFrame:
    """A row for each authority, measure and year ahead from the replications of each authority."""
    actuals = {name: trend.series(table, name) for name in RULES}
    rows = []
    for code, frame in draws.items():
        for name, part in frame.groupby("indicator", sort=False):
            indicator = str(name)
            if indicator in RULES and np.isfinite(known.latest(code, indicator)):
                values = part.pivot(index="replication", columns="horizon", values="value")  # noqa: PD010
                values = values.reindex(columns=range(1, horizons + 1)).to_numpy()
                rows += _rows(known, known.table.authorities[code], indicator, values, actuals[indicator], "as run")
    return _ordered(rows)


def closed_form(table: Table, known: Known, draws: dict[str, pd.DataFrame], horizons: int) -> pd.DataFrame:
    """The same rows for the expectation that profiles are fitted to, without the model: medians and spread from the past."""
    actuals = {name: trend.series(table, name) for name in RULES}
    rows = []
    for code, frame in draws.items():
        spoken_of = set(frame["indicator"])
        expected = expect.targets(known, code, horizons)
        for indicator in RULES:
            if indicator in spoken_of and indicator in expected.median and np.isfinite(known.latest(code, indicator)):
                values = _expected(known, code, indicator, expected[indicator])
                rows += _rows(known, known.table.authorities[code], indicator, values, actuals[indicator], "closed form")
    return _ordered(rows)


def _expected(known: Known, code: str, indicator: str, median: Floats) -> Floats:
    """Equally spaced quantiles (99, horizons) of the closed form."""
    z, sd = norm.ppf(np.arange(1, 100) / 100), known.sd(code, indicator, len(median))
    if RULES[indicator].log:
        return np.asarray(median[None, :] * np.exp(sd[None, :] * z[:, None]))
    return np.asarray(np.clip(median[None, :] + sd[None, :] * z[:, None], 0, 100 if indicator.endswith("_pct") else None))


def _ordered(rows: list[list[Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(["la_code", "measure", "horizon"], ignore_index=True)


def _rows(known: Known, one: Authority, indicator: str, values: Floats, actuals: pd.DataFrame, forecast: str) -> list[list[Any]]:
    """Rows of one authority and indicator from its draws (draws, horizons); ``forecast`` says which they are."""
    horizons = values.shape[1]
    simple, walk = rules(known, one.code, indicator, horizons), random_walk(known, one.code, indicator, horizons)
    out = []
    for h in range(1, horizons + 1):
        x = values[:, h - 1]
        x = x[np.isfinite(x)]
        if len(x) < FEWEST_REPLICATIONS:
            continue
        year = known.origin + h
        actual = float(actuals.loc[one.code, year]) if one.code in actuals.index and year in actuals.columns else np.nan
        p10, p50, p90 = quantiles(x, RULES[indicator].log)
        out.append(
            [
                one.code,
                one.name,
                known.origin,
                h,
                indicator,
                actual,
                float(x.mean()),
                p10,
                p50,
                p90,
                known.latest(one.code, indicator),
                scores.crps(x, actual),
                scores.crps_of_quantiles(walk[h - 1], actual),
                *np.percentile(walk[h - 1], [10, 90]),
                *(simple[rule][h - 1] for rule in ("mean_of_three", "trend", "peers")),
                forecast,
            ]
        )
    return out


def random_walk(known: Known, code: str, indicator: str, horizons: int) -> Floats:
    """The yardstick: equally spaced quantiles (horizons, 99) of a random walk round no change."""
    z = norm.ppf(np.arange(1, 100) / 100)
    sd, now = known.random_walk_sd(indicator, horizons), known.latest(code, indicator)
    if RULES[indicator].log:
        return np.asarray(max(now, 1e-9) * np.exp(sd[:, None] * z[None, :]))
    return np.asarray(now + sd[:, None] * z[None, :])


def rules(known: Known, code: str, indicator: str, horizons: int) -> dict[str, Floats]:
    """Simple rules anyone could use: the mean of three years, the trend of three years carried on, the peers' level."""
    rule = RULES[indicator]
    scaled, last = known.scaled(indicator), known.last_year(indicator)
    past = np.array(
        [scaled.loc[code, y] if code in scaled.index and y in scaled.columns else np.nan for y in range(last - 2, last + 1)]
    )
    lead = np.array([known.lead(indicator, h) for h in range(1, horizons + 1)])
    slope = (past[-1] - past[0]) / 2 if np.isfinite(past[[0, -1]]).all() else 0.0
    paths = {
        "mean_of_three": np.full(horizons, np.nanmean(past) if np.isfinite(past).any() else np.nan),
        "trend": past[-1] + slope * lead,
        "peers": np.full(horizons, past[-1] + known.peers_gap(code, indicator)),
    }
    return {name: np.exp(path) if rule.log else path for name, path in paths.items()}


def quantiles(draws: Floats, log: bool) -> tuple[float, float, float]:
    """10th, 50th and 90th percentile of few draws (n,): half from the sample, half from a normal with its moments.

    Sample quantiles of twenty draws are noisy and too close together; the normal's alone would deny the model's shape.
    The spread allows for the mean being estimated too.
    """
    x = np.log(np.maximum(draws, 1e-9)) if log else draws
    n = len(x)
    sample = np.quantile(x, [0.1, 0.5, 0.9], method="median_unbiased")
    smooth = x.mean() + norm.ppf([0.1, 0.5, 0.9]) * x.std(ddof=1) * np.sqrt(1 + 1 / n)
    mixed = 0.5 * (sample + smooth)
    low, middle, high = np.exp(mixed) if log else mixed
    return float(low), float(middle), float(high)
