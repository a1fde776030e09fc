"""What one authority is expected to do after an origin, and how far it may stray: targets and shocks for the model."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.stats import qmc

from simulation.profile.trend import CEASED, DRIFT_SD, RULES, STARTED, STOCK, Known

Floats = NDArray[np.float64]
RETAINED = (0.83, 0.54, 0.41, 0.31, 0.25, 0.20, 0.17, 0.15)
"""Share of a year's extra entrants still in care at the end of that year, of the next, and so on: measured on the model to
the sixth year by ``benchmarks/responses.py``, carried on after it."""
PERSISTENCE = 0.55
"""Hurst exponent of the log stock: 0.5 is a random walk; growth of one year carries over a little to the next."""
LARGEST_SIMULATED = 600.0
"""Children looked after above which a smaller copy is simulated, to save time; set it higher and runs take longer."""
LEVELS = ("referrals_number", "s47_number", "icpc_number", "cpp_started_number", "cpp_31march_number", "cin_31march_number")


@dataclass(frozen=True, eq=False)
class Targets:
    """Expected medians (horizons,) by indicator in its own unit, flows and stock made to agree; NaN rows are left out."""

    origin: int
    horizons: int
    median: dict[str, Floats]
    stock_now: float

    def __getitem__(self, indicator: str) -> Floats:
        return self.median[indicator]


def targets(known: Known, code: str, horizons: int) -> Targets:
    """Medians of every indicator that is known of the authority; starts less ceased is the growth of the stock."""
    median = {name: known.median(code, name, horizons) for name in RULES}
    median = {name: path for name, path in median.items() if np.isfinite(path).all()}
    now = known.latest(code, STOCK)
    stock = median[STOCK]
    growth = np.diff(np.concatenate([[now], stock]))
    started = median[STARTED] if STARTED in median else np.full(horizons, _peer_flow(known, code, STARTED) * now)
    ceased = median.get(CEASED, started - growth)
    median[STARTED], median[CEASED] = reconciled(started, ceased, growth)
    return Targets(known.origin, horizons, median, now)


def reconciled(started: Floats, ceased: Floats, growth: Floats) -> tuple[Floats, Floats]:
    """Starts and ceased whose difference is ``growth``: each gives way in proportion to the square of its size.

    That is least squares on the log scale with equal variances, linearised; neither falls below a twentieth of itself.
    """
    gap = started - ceased - growth
    share = started**2 / (started**2 + ceased**2)
    one, other = started - share * gap, ceased + (1 - share) * gap
    return np.maximum(one, 0.05 * started), np.maximum(other, 0.05 * ceased)


def _peer_flow(known: Known, code: str, flow: str) -> float:
    """Mean ratio of a flow to the stock over neighbours, else over everyone: for authorities whose flow is not published."""
    year = known.last_year(flow)
    codes = known.near.get(code, []) or list(known.table.authorities)
    pairs = [(known.table.value(c, flow, year), known.table.value(c, STOCK, year)) for c in codes]
    ratios = [above / below for above, below in pairs if np.isfinite(above) and below > 0]
    return float(np.mean(ratios)) if ratios else 0.4


def response(turnover: float, horizons: int) -> Floats:
    """Lower triangle: how the log stock at each 31 March answers to the log level of entries in each year.

    ``turnover``: yearly starts over stock. Column j is a year of one per cent more entries, row h the stock h years on.
    """
    matrix = np.zeros((horizons, horizons))
    for row in range(horizons):
        for column in range(row + 1):
            matrix[row, column] = turnover * RETAINED[min(row - column, len(RETAINED) - 1)]
    return matrix


def stock_covariance(yearly_variance: float, horizons: int) -> Floats:
    """Covariance of the log stock at 1..n years: fractional Brownian motion and the common drift nobody knows."""
    year = np.arange(1, horizons + 1, dtype=float)
    power = 2 * PERSISTENCE
    walk = 0.5 * (year[:, None] ** power + year[None, :] ** power - np.abs(year[:, None] - year[None, :]) ** power)
    return yearly_variance * walk + DRIFT_SD**2 * year[:, None] * year[None, :]


@dataclass(frozen=True, eq=False)
class Shocks:
    """Draws of what is not known: for each name an array (replications, horizons) of logs of multipliers with mean one."""

    log: dict[str, Floats]

    def of(self, name: str, replication: int) -> Floats:
        """The path of one replication (from 1); zeros where nothing was drawn."""
        if name not in self.log:
            return np.zeros(next(iter(self.log.values())).shape[1])
        paths = self.log[name]
        return np.asarray(paths[(replication - 1) % len(paths)])


def shocks(known: Known, code: str, expected: Targets, replications: int, seed: int) -> Shocks:
    """Stratified draws, so that few replications carry the whole spread; the same for the same authority and origin.

    ``entries``: log level of ways into care, derived so that the log stock spreads as it did before the origin (less
    what the model's own run-to-run variation adds); one path for each level of the front door, which moves with the
    level before as it did before the origin, and for prices.
    """
    horizons = expected.horizons
    names = [name for name in (*LEVELS[:4], *PRICES, *PEOPLE) if name in expected.median]
    rng = np.random.default_rng(zlib.crc32(f"{seed}:{code}:{known.origin}".encode()))
    uniform = qmc.LatinHypercube(d=horizons + 2 * len(names), rng=rng).random(replications)
    normal = stats.norm.ppf(np.clip(uniform, 1e-4, 1 - 1e-4))
    stock = (
        _balanced(normal[:, :horizons])
        @ np.linalg.cholesky(stock_covariance(drawn_variance(known, expected.stock_now), horizons)).T
    )
    turnover = float(np.mean(expected[STARTED]) / expected.stock_now)
    drawn = {"entries": stock @ np.linalg.inv(response(turnover, horizons)).T}
    luck: dict[str, tuple[Floats, Floats]] = {}
    for k, name in enumerate(names):
        luck[name] = normal[:, horizons + 2 * k], normal[:, horizons + 2 * k + 1]
        before = LEVELS[LEVELS.index(name) - 1] if name in LEVELS[1:] else ""
        if before in luck:
            tie = known.tie(before, name)
            level, step = (tie * up + np.sqrt(1 - tie**2) * own for up, own in zip(luck[before], luck[name], strict=True))
            luck[name] = level, step
        drawn[name] = _path(*luck[name], _log_sd(known, code, name, expected, horizons))
    return Shocks({name: paths - paths.var(axis=0)[None, :] / 2 for name, paths in drawn.items()})


def simulated_share(stock_now: float) -> float:
    """Size at which an authority is simulated: the largest are simulated smaller, and their counts scaled back."""
    return min(1.0, LARGEST_SIMULATED / max(stock_now, 1.0))


def drawn_variance(known: Known, stock_now: float) -> float:
    """Yearly variance of the log stock to be drawn: that seen before the origin, apart from chance, less extra chance.

    A smaller copy of an authority varies more by chance from run to run; that much less is drawn.
    """
    steady, by_size = known.spread(STOCK)
    extra = by_size / stock_now * (1 / simulated_share(stock_now) - 1)
    return max(steady - extra, 0.4 * steady)


def _balanced(normal: Floats) -> Floats:
    """The same draws with mean zero, variance one and no correlation, where there are enough of them to do so."""
    if len(normal) <= normal.shape[1] + 1:
        return normal
    centred = normal - normal.mean(axis=0)
    root = np.linalg.cholesky(np.cov(centred.T, ddof=0).reshape(normal.shape[1], -1))
    return np.asarray(centred @ np.linalg.inv(root).T)


def _log_sd(known: Known, code: str, name: str, expected: Targets, horizons: int) -> Floats:
    """Spread of the log of what is drawn: of conversions and prices as seen before, of people's rates in proportion."""
    sd = known.sd(code, name, horizons)
    if name in PRICES:
        return PRICE_SHARE[name] * sd
    return sd if RULES[name].log else np.clip(PEOPLE_SHARE * sd / np.maximum(expected[name], 3.0), 0.05, 0.6)


PEOPLE = ("sw_agency_rate_fte_pct", "sw_vacancy_rate_fte_pct", "sw_turnover_rate_fte_pct")
PEOPLE_SHARE = 0.8
"""Share of the spread of people's rates that is drawn; chance inside the model makes the rest."""
PRICE_SHARE = {"unitcost_s251_residential_weekly": 0.5, "unitcost_s251_fostering_weekly": 0.5, "spend_s251_cla_total": 0.6}
"""Share of the spread of published unit costs that is inflation; the rest is how costs are allocated from year to year."""
PRICES = ("unitcost_s251_residential_weekly", "unitcost_s251_fostering_weekly", "spend_s251_cla_total")


def _path(level: Floats, step: Floats, sd: Floats) -> Floats:
    """A path whose standard deviation at each horizon is ``sd``: mostly one shock that stays, partly one that grows."""
    last = len(sd)
    year = np.arange(1, last + 1) / last
    mix = np.sqrt(year)[None, :] * step[:, None] * 0.5 + np.sqrt(1 - 0.25 * year)[None, :] * level[:, None]
    return np.asarray(mix * sd[None, :])
