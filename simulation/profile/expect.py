"""What one authority is expected to do after an origin, and how far it may stray."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.profile.trend import CEASED, DRIFT_SD, OTHERS, RULES, STARTED, STOCK, Known

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
    """Medians of every indicator that is known of the authority; starts less ceased is the growth of the stock.

    Arrivals of unaccompanied children are a series of their own: they are what they were, and other starts make the rest.
    """
    median = {name: known.median(code, name, horizons) for name in RULES}
    median = {name: path for name, path in median.items() if np.isfinite(path).all()}
    now = known.latest(code, STOCK)
    stock = median[STOCK]
    growth = np.diff(np.concatenate([[now], stock]))
    arrivals = known.arrivals(code)
    usual = np.full(horizons, _peer_flow(known, code, STARTED) * now)
    started = median[OTHERS] + arrivals if OTHERS in median else median.get(STARTED, usual)
    ceased = median.get(CEASED, started - growth)
    median[STARTED], median[CEASED] = reconciled(started, ceased, growth)
    median[OTHERS] = np.maximum(median[STARTED] - arrivals, 0.05 * median[STARTED])
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


def simulated_share(stock_now: float) -> float:
    """Size at which an authority is simulated: the largest are simulated smaller, and their counts scaled back."""
    return min(1.0, LARGEST_SIMULATED / max(stock_now, 1.0))


def log_sd(known: Known, code: str, name: str, expected: Targets, horizons: int) -> Floats:
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

