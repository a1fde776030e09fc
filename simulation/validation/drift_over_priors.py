"""Does permanence drift while visits are kept, whatever the priors say? One row for each draw of the uncertain settings.

Each draw is run as four worlds on common random numbers: as it was; 2018 going on (none of the causes); visits and permanence
changed over in the order of service; and the typical English authority with the same draw. England's hours are known to
close at a working week of 45 hours, so each draw's hours factor is the one at which they do: see :func:`hours_closed`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize

from simulation.model.childrens_services import ChildrensServices
from simulation.model.mesa_bridge import forget
from simulation.scenario.size import scaled, with_settings
from simulation.validation.counterfactual import CAUSES, without
from simulation.validation.worlds import FULL, NOTHING, YEARS, interval, plans_by_replication, rate, run_worlds, weeks_to

REVERSED, TYPICAL = "reversed", "typical"
FIRST_HALF_YEAR_WEEKS = 26
VISITS_HOLD, FALL = 85.0, 10.0
HOURS_FACTOR = "casework.hours_factor"
FACTORS = (0.5, 1.5)
"""Hours factors between which the one that closes England's hours is looked for."""
PILOT_SIZE, PILOT_WEEKS, SETTLING_WEEKS = 0.5, 52, 20


def reversed_priorities(scenario: Any) -> Any:
    """The same service with statutory visits and permanence work changed over in the order of service."""
    duties = scenario.parameters.casework.duties
    order = {duty.name: duty.priority for duty in duties}
    swapped = dict.fromkeys(("permanence plan", "permanence work"), order["visit"]) | {"visit": order["permanence plan"]}
    return with_settings(
        scenario,
        {"casework.duties": [duty.model_copy(update={"priority": swapped.get(duty.name, duty.priority)}) for duty in duties]},
    )


def drift_draws(world: Any, draws: int, size: float, out: Path, replications: int, workers: int | None) -> pd.DataFrame:
    """A row for each draw from the priors: what the four worlds give, and whether there is drift.

    drifts: visits stay at 85% or more while plans fall at least 10 points below the level of 2018 (the world in which
    2018 goes on, same draw, same luck) and below the typical authority; drifts_clearly: and the intervals of both
    differences leave zero out. The first half-year is told beside it: its plans were begun before the start.
    """
    from simulation.scenario import load
    from simulation.scenario.ensemble import draw_parameters

    typical = scaled(load("england_typical"), size)
    usual, rows = pressure(load("england_typical")), []
    for draw in range(1, draws + 1):
        values = hours_closed(load("england_typical"), draw_parameters(typical, draw), usual)
        here = world.with_values(draw_parameters(world, draw) | {HOURS_FACTOR: values[HOURS_FACTOR]})
        worlds = [without(here, (), FULL), without(here, CAUSES, NOTHING), without(reversed_priorities(here), (), REVERSED),
                  without(typical.with_values(values), (), TYPICAL)]  # fmt: skip
        weekly = run_worlds(worlds, out / f"draw_{draw}", weeks_to(world, YEARS[-1]), replications, workers)
        rows.append({"draw": draw, **drift_row(weekly, str(world.start))})
    return pd.DataFrame(rows)


def pressure(typical: Any) -> float:
    """Hours asked for over hours at contract of the typical authority's case holders, after its first months (a short pilot)."""
    model = ChildrensServices(scaled(typical, PILOT_SIZE), 1, weeks=PILOT_WEEKS)
    seen = []
    while model.running:
        model.step()
        workers = model.workers
        seen.append(workers.pressure[workers.present & workers.case_holding].mean())
    forget(model)
    return float(np.mean(seen[SETTLING_WEEKS:]))


def hours_closed(typical: Any, draw: dict[str, float], usual: float) -> dict[str, float]:
    """The draw with the hours factor at which the typical authority is as pressed as ``usual`` (at the settings' own values).

    The factor stands for what makes England's 2020 work fill England's 2020 time, so it follows from the other hours drawn.
    """

    def beyond(factor: float) -> float:
        return pressure(typical.with_values(draw | {HOURS_FACTOR: factor})) - usual

    low, high = FACTORS
    if beyond(low) > 0 or beyond(high) < 0:
        return draw | {HOURS_FACTOR: low if beyond(low) > 0 else high}
    return draw | {HOURS_FACTOR: float(optimize.brentq(beyond, low, high, xtol=0.01))}


def drift_row(weekly: pd.DataFrame, start: str) -> dict[str, float | bool]:
    """What one draw gives: means over replications, the two falls with their intervals, and the verdicts."""
    half = str(pd.Timestamp(start) + pd.Timedelta(weeks=FIRST_HALF_YEAR_WEEKS))
    weekly = weekly.assign(scenario=weekly["scenario"].astype(str))
    plans = plans_by_replication(weekly)
    visits = rate(weekly, "new_visits_on_time", "new_visits_due", f"{YEARS[0] - 1}-03-31", f"{YEARS[-1]}-03-31").mean()
    first = rate(weekly, "new_plans_by_second_review", "new_second_reviews_due", start, half)[FULL].mean()
    fall, low, high = interval(plans[NOTHING] - plans[FULL])
    below, below_low, below_high = interval(plans[TYPICAL] - plans[FULL])
    drifts = visits[FULL] >= VISITS_HOLD and fall >= FALL and below > 0
    mean = plans.mean()
    return {
        "visits": visits[FULL], "plans": mean[FULL], "plans_2018_going_on": mean[NOTHING], "plans_first_half_year": first,
        "plans_typical": mean[TYPICAL], "fall": fall, "fall_low": low, "fall_high": high,
        "below_typical": below, "below_typical_low": below_low, "below_typical_high": below_high,
        "visits_reversed": visits[REVERSED], "plans_reversed": mean[REVERSED], "drifts": bool(drifts),
        "drifts_clearly": bool(drifts and low > 0 and below_low > 0),
        "reversal_turns_it_round": bool(mean[REVERSED] > mean[FULL] and visits[REVERSED] < visits[FULL]),
    }  # fmt: skip
