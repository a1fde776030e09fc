"""Forecasts set beside what came: the rows of a backtest, corrected or as they came, with simple rules and a random walk."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulation.forecast import correct, scores
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
    "corrected",
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


def scored(table: Table, known: Known, draws: dict[str, pd.DataFrame], horizons: int, corrected: bool) -> pd.DataFrame:
    """A row for each authority, measure and year ahead from the draws of each authority."""
    actuals = {name: trend.series(table, name) for name in RULES}
    rows = []
    for code, frame in draws.items():
        expected = expect.targets(known, code, horizons)
        for name, part in frame.groupby("indicator", sort=False):
            indicator = str(name)
            if indicator in RULES and np.isfinite(known.latest(code, indicator)):
                aim = expected if corrected else None
                rows += _rows(known, known.table.authorities[code], indicator, part, actuals[indicator], horizons, aim)
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(["la_code", "measure", "horizon"], ignore_index=True)


def _rows(
    known: Known,
    one: Authority,
    indicator: str,
    part: pd.DataFrame,
    actuals: pd.DataFrame,
    horizons: int,
    aim: expect.Targets | None,
) -> list[list[Any]]:
    """Rows of one authority and indicator; with ``aim`` the draws are corrected towards it."""
    values = (
        part.pivot(  # noqa: PD010
            index="replication", columns="horizon", values="value"
        )
        .reindex(columns=range(1, horizons + 1))
        .to_numpy()
    )
    if aim is not None:
        values = correct.corrected(known, aim, one.code, indicator, values)
    simple, walk = rules(known, one.code, indicator, horizons), random_walk(known, one.code, indicator, horizons)
    out = []
    for h in range(1, horizons + 1):
        x = values[:, h - 1]
        x = x[np.isfinite(x)]
        if len(x) < FEWEST_REPLICATIONS:
            continue
        year = known.origin + h
        actual = float(actuals.loc[one.code, year]) if one.code in actuals.index and year in actuals.columns else np.nan
        p10, p50, p90 = correct.quantiles(x, RULES[indicator].log)
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
                "no" if aim is None else "yes",
            ]
        )
    return out


def random_walk(known: Known, code: str, indicator: str, horizons: int) -> Floats:
    """The yardstick: equally spaced quantiles (horizons, 99) of a random walk round no change."""
    from scipy.stats import norm

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
