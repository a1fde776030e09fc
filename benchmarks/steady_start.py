"""How the starting day of the typical authority compares with its own course years later: the pattern behind ``start*.py``.

    python benchmarks/steady_start.py [replications]

Prints, for the starting day and for weeks 104 to 206 of ``england_typical`` without Covid-19: days in care by legal
status, plans by days in care, assessments under way, workers and pressure by kind of team, starts by age, and the
court's weeks. Constants of the starting state (``start_care``, ``start_cases``), the split of workers, the ways into
care by age and the court's settings were set so that the two columns agree, published totals apart.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from itertools import pairwise

import numpy as np

from simulation.base.codes import AGE_NAME, FUNCTION_NAME, Legal, Plan, Stage
from simulation.model import ChildrensServices
from simulation.scenario.load import load

LATER = (104, 138, 172, 206)
DAYS = (0, 28, 56, 84, 119, 161, 203, 300, 10_000)
LEGAL = {
    "by agreement": Legal.VOLUNTARY, "interim order": Legal.INTERIM_ORDER, "care order": Legal.CARE_ORDER,
    "placement order": Legal.PLACEMENT_ORDER,
}  # fmt: skip
Seen = dict[str, list[float]]


def look(model: ChildrensServices, seen: Seen) -> None:
    """Note the standing facts of one day."""
    children, rows = model.children, model.in_care
    days = model.clock.day - children.care_day[rows]
    for name, legal in LEGAL.items():
        spells = days[children.legal[rows] == legal] / 365.25
        seen[f"{name}: children"].append(len(spells))
        seen[f"{name}: mean years in care"].append(spells.mean())
    for first, last in pairwise(DAYS):
        here = (days >= first) & (days < last)
        seen[f"{first} to {last} days in care: children"].append(np.count_nonzero(here))
        agreed = children.plan[rows[here]] == Plan.AGREED
        seen[f"{first} to {last} days in care: % with a plan agreed"].append(100 * np.mean(agreed))
    seen["assessments under way"].append(np.count_nonzero(children.present & (children.stage == Stage.ASSESSMENT)))
    workers = model.workers
    holders = workers.rows[workers.case_holding[workers.rows]]
    function = model.teams.function[workers.team[holders]]
    for code in np.unique(function):
        seen[f"workers, {FUNCTION_NAME[code]}"].append(np.count_nonzero(function == code))


def flows(model: ChildrensServices, seen: Seen) -> None:
    """Note the flows of a run that is over, from the second year on, and the pressure in its last week."""
    history = {key: values[53:].sum() for key, values in model.tally.history.items()}
    for age in AGE_NAME:
        share = 100 * history[("new_care_starts", f"age:{age}")] / history[("new_care_starts", "all")]
        seen[f"starts aged {age}, %"].append(share)
    ended = history[("new_proceedings_concluded", "all")]
    seen["weeks of proceedings"].append(history[("weeks_proceedings_concluded", "all")] / ended)
    seen["proceedings in 26 weeks, %"].append(100 * history[("new_proceedings_in_26_weeks", "all")] / ended)


def main() -> None:
    """Print the comparison."""
    replications = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    start: Seen = defaultdict(list)
    later: Seen = defaultdict(list)
    for replication in range(1, replications + 1):
        model = ChildrensServices(load("england_typical", overrides=("covid.happens=false",)), replication, weeks=LATER[-1])
        look(model, start)
        for week in range(1, LATER[-1] + 1):
            model.step()
            if week in LATER:
                look(model, later)
        flows(model, later)
    print(f"england_typical without Covid-19, {replications} replications{'':18}start   weeks {LATER[0]} to {LATER[-1]}")
    for name, values in later.items():
        was = f"{np.nanmean(start[name]):10.1f}" if name in start else f"{'':10}"
        print(f"{name:62}{was}{np.nanmean(values):12.1f}")


if __name__ == "__main__":
    main()
