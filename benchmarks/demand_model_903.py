"""What the sector's public demand model forecasts from returns that this program exported.

The demand model (``cs-demand-model`` on PyPI) has old pins, so it lives in its own virtual environment:

    python -m venv /tmp/demand && /tmp/demand/bin/pip install cs-demand-model
    /tmp/demand/bin/python benchmarks/demand_model_903.py RETURNS --start 2020-04-01 --end 2022-03-31 --years 2

RETURNS holds one folder for each year, named by it (2020, 2021, ...), as ``export-903 --out RETURNS/2021`` writes them.
Prints the children looked after that it counts at the end of each year of the returns, and its forecast for the years after.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="a folder with a return for each year")
    parser.add_argument("--start", type=date.fromisoformat, required=True, help="first day it learns from")
    parser.add_argument("--end", type=date.fromisoformat, required=True, help="last day it learns from")
    parser.add_argument("--years", type=int, default=2, help="years to forecast")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    counted, forecast = totals(given.folder, given.start, given.end, given.years)
    if given.json:
        print(json.dumps({"counted": counted, "forecast": forecast}))
        return 0
    for words, table in (("counted", counted), ("forecast", forecast)):
        for day, children in table.items():
            print(f"{day}  {words}  {children:.0f}")
    return 0


def totals(folder: Path, start: date, end: date, years: int) -> tuple[dict[str, float], dict[str, float]]:
    """Children looked after by day: as the demand model counts them in the returns, and as it forecasts them."""
    import pandas as pd
    from cs_demand_model import DemandModellingDataContainer, ModelPredictor, PopulationStats
    from cs_demand_model.config import Config
    from cs_demand_model.datastore import fs_datastore

    config = Config()
    stats = PopulationStats(DemandModellingDataContainer(fs_datastore(str(folder)), config).enriched_view, config)
    first, last = pd.Timestamp(start), pd.Timestamp(end)
    stock = stats.stock.sum(axis=1)
    ahead = [last + pd.DateOffset(years=k) for k in range(1, years + 1)]
    path = ModelPredictor.from_model(stats, first, last).predict((ahead[-1] - last).days)
    path = path[[bin_ for bin_ in path if bin_[1] != "NOT_IN_CARE"]].sum(axis=1)
    counted = [pd.Timestamp(year, 3, 31) for year in range(start.year, end.year + 1)]
    return (
        {str(day.date()): float(stock.asof(day)) for day in counted},
        {str(day.date()): float(path.asof(day)) for day in ahead},
    )


if __name__ == "__main__":
    raise SystemExit(main())
