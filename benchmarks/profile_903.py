"""How long a profile from a return of some 5,000 episodes takes: reading, learning and writing (the promise is 5 seconds).

    python benchmarks/profile_903.py [--episodes 5000]

The return is invented: children with one to four placements over three years, written as the statutory tables.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from simulation.ssda903.layout import LAYOUTS

PLACES = (("U6", "PR1"), ("U6", "PR4"), ("U3", "PR1"), ("K2", "PR4"), ("H5", "PR4"))


def invented(episodes: int, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Episodes and header of an invented return."""
    rng = np.random.default_rng(seed)
    children = int(episodes * 0.4)
    starts = pd.Timestamp("2019-01-01") + pd.to_timedelta(rng.integers(0, 1500, children), unit="D")
    rows = []
    for child, start in enumerate(starts):
        count, day = int(rng.integers(1, 6)), start
        for number in range(count):
            end = day + pd.Timedelta(days=int(rng.integers(5, 400)))
            last = number == count - 1
            place, provider = PLACES[rng.integers(len(PLACES))]
            ceased = "E4A" if last else "X1"
            open_ = end > pd.Timestamp("2023-03-31")
            moves = None if last or open_ else "CARPL"
            rows.append((str(child), day, "P" if number else "S", "C2", "N1", place, provider, pd.NaT if open_ else end,
                         None if open_ else ceased, moves, f"AA{child // 2} 1AA", f"BB{child} {number}AA", "1"))  # fmt: skip
            day = end
            if open_:
                break
    columns = LAYOUTS["episodes"].columns
    births = starts - pd.to_timedelta(rng.integers(30, 4500, children), unit="D")
    header = pd.DataFrame({"CHILD": [str(c) for c in range(children)], "SEX": "1", "DOB": births, "ETHNIC": "WBRI"})
    return pd.DataFrame(rows, columns=list(columns)), header


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--episodes", type=int, default=5000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        episodes, header = invented(given.episodes)
        for name, table in (("episodes", episodes), ("header", header)):
            table.to_csv(Path(folder) / f"{name}.csv", index=False, date_format="%d/%m/%Y")
        wall, cpu = time.perf_counter(), time.process_time()
        from simulation.profile.from_return import profile_from_ssda903

        learned = profile_from_ssda903(folder, Path(folder) / "x.yaml")
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(f"{len(episodes)} episodes, {len(learned.stock)} children: {wall:.1f} s ({cpu:.1f} s of one core), with imports.")


if __name__ == "__main__":
    main()
