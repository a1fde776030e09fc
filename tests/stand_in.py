"""A small stand-in for the model with the same contract: weekly stock and flow of two kinds of stays."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

SHORT_SHARE, SHORT_EXIT, LONG_EXIT, TURNOVER, BATCH = 0.4, 2.5, 0.22, 0.5, 1.6


def run_stand_in(scenario: Any, replication: int, seed: int, weeks: int) -> pd.DataFrame:
    """Weekly table of a replication: entries come in sibling batches; short stays leave quickly, long stays slowly."""
    parameters, schedule = scenario.parameters.model_copy(deep=True), scenario.schedule(seed, replication)
    rng = np.random.default_rng([seed, replication])
    now = parameters.stock.looked_after
    short, long = 0.1 * now, 0.9 * now
    referrals = parameters.demand.referrals_per_10k_per_year * parameters.authority.population_0_17 / 1e4 / 52.18
    base = TURNOVER * now / 52.18
    rows: list[tuple[int, str, str, float]] = []
    for week in range(weeks + 1):
        date = scenario.start + dt.timedelta(weeks=week)
        schedule.apply(parameters, date)
        started = ceased = 0.0
        if week:
            started = BATCH * rng.poisson(base * parameters.front_door.entry_factor / BATCH)
            out = np.array([SHORT_EXIT, LONG_EXIT * parameters.permanence.exit_factor]) / 52.18
            gone = [min(rng.poisson(rate * stock), stock) for rate, stock in zip(out, (short, long), strict=True)]
            short, long = short + SHORT_SHARE * started - gone[0], long + (1 - SHORT_SHARE) * started - gone[1]
            ceased = float(sum(gone))
        seen = referrals * parameters.demand.referral_factor
        values = {
            "n_looked_after": short + long,
            "new_care_starts": started,
            "new_care_ceased": ceased,
            "new_referrals": seen,
            "new_s47_enquiries": seen * parameters.front_door.s47_share,
            "n_foster": 0.7 * (short + long),
            "gbp_placements": 900.0 * (short + long),
            "weeks_looked_after": short + long,
        }
        rows += [(week, date.isoformat(), name, value) for name, value in values.items()]
    frame = pd.DataFrame(rows, columns=["week", "date", "measure", "value"])
    return frame.assign(group="all", unit="children", replication=replication)
