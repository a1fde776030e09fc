"""How starts, ceased and the stock answer when ways in or out are turned: the constants of the backtest.

    python benchmarks/responses.py [--replications 4] [--years 6] [--scenario england_typical]

Runs the scenario without Covid-19 as it is, with ways into care turned for good, with ways in turned for the first year
alone, and with ways out turned for good, all on common random numbers, and prints:

- the elasticity of a year's starts to ``front_door.entry_factor`` (``ENTRY_ELASTICITY`` in ``evidence/predict.py``);
- the elasticity of the yearly hazard of leaving to ``permanence.exit_factor`` (its inverse is the power of that knob);
- the share of a year's extra entrants still in care at the end of that year, of the next, and so on (``RETAINED`` in
  ``evidence/expect.py``), and beside it the same share of all entrants, which has less noise;
- the elasticity of starts to referrals (``ENTRIES_PER_REFERRAL``), of plans' stocks to their lengths, of vacancies to
  ``workforce.recruitment_effort``: powers of the other knobs are near their inverse.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

sys.path[:0] = [str(Path(__file__).resolve().parent.parent)]

from simulation.model import run_replication
from simulation.profile import outcomes
from simulation.profile.trend import CEASED, STARTED, STOCK
from simulation.profile.tuning import ENTRIES, EXITS
from simulation.scenario import load
from simulation.scenario.changes import Change

Floats = NDArray[np.float64]
TURN = 1.4
VACANT = "sw_vacancy_rate_fte_pct"
IN_NEED, PLANS = "cin_31march_number", "cpp_31march_number"
OTHERS = (
    ("demand.referral_factor", STARTED),
    ("front_door.need_plan_years", IN_NEED),
    ("front_door.protection_plan_years", PLANS),
    ("workforce.recruitment_effort", VACANT),
)


def turned(base: Any, setting: str, years: int | None) -> Any:
    """The scenario with one factor turned from the start, for some years or for good."""
    until = None if years is None else base.start + dt.timedelta(days=round(365.25 * years))
    change = Change(starts=base.start, until=until, operator="multiply", values={setting: TURN}, note="turned")
    return replace(base, changes=(*base.changes, change))


def flows(scenario: Any, replications: int, years: int) -> tuple[dict[str, Floats], pd.DataFrame]:
    """Mean starts, ceased and stock by year, and every replication's periods of care."""
    seen, periods = [], []
    for replication in range(1, replications + 1):
        made = run_replication(scenario, replication, weeks=outcomes.weeks_for(years))
        seen.append(outcomes.yearly(made["weekly"], years))
        periods.append(made["periods"])
    return {
        name: np.mean([one[name] for one in seen], axis=0) for name in (STARTED, CEASED, STOCK, IN_NEED, PLANS, VACANT)
    }, pd.concat(periods)


def still_in_care(periods: pd.DataFrame, start: dt.date, years: int) -> Floats:
    """Share of a year's entrants in care at the end of that year and of each later one, over every year of entry."""
    entered = (pd.to_datetime(periods["care_start"]) - pd.Timestamp(start)).dt.days / 365.25
    left = ((pd.to_datetime(periods["care_end"]) - pd.Timestamp(start)).dt.days / 365.25).fillna(np.inf)
    kept = np.zeros(years)
    for age in range(years):
        cohorts = range(1, years - age)
        inside = [(entered > y) & (entered <= y + 1) for y in cohorts]
        stayed = sum(int((one & (left > y + 1 + age)).sum()) for one, y in zip(inside, cohorts, strict=True))
        kept[age] = stayed / max(sum(int(one.sum()) for one in inside), 1)
    return kept


def main() -> None:
    """Print the answers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replications", type=int, default=4)
    parser.add_argument("--years", type=int, default=6)
    parser.add_argument("--scenario", default="england_typical")
    given = parser.parse_args()
    base = load(given.scenario, ["covid.happens=false"])
    plain, periods = flows(base, given.replications, given.years)
    more, _ = flows(turned(base, ENTRIES, None), given.replications, given.years)
    burst, _ = flows(turned(base, ENTRIES, 1), given.replications, given.years)
    out, _ = flows(turned(base, EXITS, None), given.replications, given.years)
    print(f"{given.scenario}, {given.replications} replications, factors times {TURN}")
    for name, made in (("as it is", plain), ("more in", more), ("a year of more in", burst), ("more out", out)):
        print(f"{name:18}", *(f"{what.split('_')[1]} {np.round(path)}" for what, path in list(made.items())[:3]))
    print("elasticity of starts by year", np.round(np.log(more[STARTED] / plain[STARTED]) / np.log(TURN), 3))
    before = {
        name: np.concatenate([[base.parameters.stock.looked_after], made[STOCK][:-1]])
        for name, made in (("o", out), ("p", plain))
    }
    hazard = (out[CEASED] / (before["o"] + out[STOCK])) / (plain[CEASED] / (before["p"] + plain[STOCK]))
    print("elasticity of the hazard of leaving by year", np.round(np.log(hazard) / np.log(TURN), 3))
    extra = burst[STARTED][0] - plain[STARTED][0]
    print(f"{extra:.0f} extra entrants; still in care", np.round((burst[STOCK] - plain[STOCK]) / extra, 3))
    for setting, indicator in OTHERS:
        other, _ = flows(turned(base, setting, None), given.replications, given.years)
        answer = np.log(other[indicator] / plain[indicator]) / np.log(TURN)
        print(f"elasticity of {indicator} to {setting} by year", np.round(answer, 3))
    print("of all entrants", np.round(still_in_care(periods, base.start, given.years), 3))


if __name__ == "__main__":
    main()
