"""Whether two checkouts give the same answers, row by row.

    python benchmarks/same_answers.py ANOTHER_CHECKOUT [--python THIS] [--other-python THAT] [--quick]

Runs the same commands in this checkout and in another (say, ``git worktree add ../before 846bc4a``, with an environment
of its own), and compares six tables of each: whole numbers, words and dates exactly, other numbers to one part in 10^12.
Says how many cells were compared and where they first differ; exit code 1 if they do.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent.parent
TABLES = ("weekly", "children", "placements", "workforce", "money", "events")
RUNS = {  # scenario: replications, weeks
    "bradford_2020": (2, 104),
    "bradford_2018": (1, 104),
    "england_typical": (1, 104),
    "west_yorkshire": (1, 52),
}
RELATIVE = 1e-12


def results(checkout: Path, python: str, scenario: str, replications: int, weeks: int, out: Path) -> None:
    """Run one scenario in a checkout, with its own code and the given Python, and write the results to ``out``."""
    command = [python, "run.py", "run", scenario, "--replications", str(replications), "--weeks", str(weeks), "--events"]
    command += ["--no-report", "--workers", "0", "--out", str(out)]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{checkout}: {scenario} did not run\n{done.stderr[-2000:]}")


def differences(before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    """What differs between two tables, a line a column; empty if nothing does."""
    if list(before.columns) != list(after.columns):
        return [f"columns {sorted(set(before.columns) ^ set(after.columns)) or 'in another order'}"]
    if len(before) != len(after):
        return [f"{len(before)} rows before, {len(after)} after"]
    found = []
    for column in before.columns:
        unequal = np.flatnonzero(~_equal(before[column], after[column]))
        if len(unequal):
            row = unequal[0]
            was, now = before[column].iloc[row], after[column].iloc[row]
            found.append(f"{column}: {len(unequal)} rows, first row {row}: {was!r} before, {now!r} after")
    return found


def _equal(before: pd.Series, after: pd.Series) -> np.ndarray:
    """Which values are the same; numbers that are not whole to one part in 10^12."""
    both_empty = before.isna().to_numpy() & after.isna().to_numpy()
    if pd.api.types.is_float_dtype(before.dtype) and pd.api.types.is_float_dtype(after.dtype):
        return both_empty | np.isclose(before.to_numpy(float), after.to_numpy(float), rtol=RELATIVE, atol=0.0)
    return both_empty | (before.astype(object).to_numpy() == after.astype(object).to_numpy())


def main() -> int:
    """Run, compare and say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path, help="the checkout to compare with")
    parser.add_argument("--python", default=sys.executable, help="Python for this checkout (default: this one)")
    parser.add_argument("--other-python", default=sys.executable, help="Python for the other (default: this one)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the weeks")
    parser.add_argument("--keep", type=Path, help="keep the other's results here, and use those that are there already")
    options = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        for scenario, (replications, weeks) in RUNS.items():
            weeks = max(weeks // 10, 1) if options.quick else weeks
            before = (options.keep or Path(scratch) / "before") / f"{scenario}_{weeks}"
            after = Path(scratch) / "after" / scenario
            if not (before / "weekly.parquet").exists():
                results(options.other.resolve(), options.other_python, scenario, replications, weeks, before)
            results(HERE, options.python, scenario, replications, weeks, after)
            for table in TABLES:
                was, now = pd.read_parquet(before / f"{table}.parquet"), pd.read_parquet(after / f"{table}.parquet")
                found = differences(was, now)
                wrong += len(found)
                cells = len(was) * len(was.columns)
                print(
                    f"{scenario:16} {table:10} {len(was):>9,} rows {cells:>10,} cells  {'the same' if not found else 'DIFFERENT'}"
                )
                for line in found:
                    print(f"    {line}")
    print("The same answers." if not wrong else f"{wrong} columns differ.")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
