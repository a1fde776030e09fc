"""Set entry_factor and exit_factor from the base year: the recorded calibration behind the packaged scenarios.

Runs each scenario with its changes, inspection and pandemic taken out (the year before the start goes on), and
compares starts and ceased with the published year. Run: ``python benchmarks/base_year.py [replications]``.
It prints what the model gives, what was published, and the factor that would close the gap.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np

from simulation.base.clock import WEEKS_IN_YEAR
from simulation.model import ChildrensServices
from simulation.scenario.load import load

WEEKS = 104
PUBLISHED = {  # starts and ceased a year
    "england_typical": (369, 371, "England 2020: 26 and 26.1 for each 10,000 on 142,000 children"),
    "bradford_2018": (338, 298, "Bradford, year to March 2018"),
    "bradford_2020": (509, 425, "Bradford, year to March 2020"),
}


def flows(name: str, replications: int) -> np.ndarray:
    """Mean starts and ceased a year when the base year goes on, and the stock at the end."""
    told = []
    for replication in range(1, replications + 1):
        scenario = load(name, overrides=("covid.happens=false", "inspection.inadequate_on=null"))
        model = ChildrensServices(replace(scenario, changes=()), replication, weeks=WEEKS)
        for _ in range(WEEKS):
            model.step()
        history = model.tally.history
        year = [history[(measure, "all")].sum() / WEEKS * WEEKS_IN_YEAR for measure in ("new_care_starts", "new_care_ceased")]
        told.append([*year, history[("n_looked_after", "all")][-1]])
    return np.mean(told, axis=0)


def main() -> None:
    """Print the comparison."""
    replications = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    for name, (starts, ceased, source) in PUBLISHED.items():
        scenario = load(name)
        made = flows(name, replications)
        was, exits = scenario.parameters.front_door.entry_factor, scenario.parameters.permanence.exit_factor
        entry = was * starts / made[0]
        print(f"{name} ({source}; {replications} replications)")
        print(f"  starts {made[0]:.0f} (published {starts}); entry_factor {was} -> {entry:.2f}")
        print(f"  ceased {made[1]:.0f} (published {ceased}); exit_factor {exits}; stock {made[2]:.0f}")


if __name__ == "__main__":
    main()
