"""Do real authorities' profiles show what holds across real authorities? Facts D5, D6 and D22 on an ensemble of profiles.

    python run.py profile --la all --data FILE --year 2018 --out profiles/
    python benchmarks/profiles_across.py profiles/ [--years 4] [--seed 0] [--workers 2]

Runs every profile in the folder once, as large as it is, without Covid-19, each with its own luck; prints the slopes of
changes of worker (D5), the rank correlations (D6) and the persistence of turnover (D22) beside the published ones.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd

sys.path[:0] = [str(Path(__file__).resolve().parent.parent)]

from simulation.experiment import engine
from simulation.experiment.progress import Progress
from simulation.model import run_replication
from simulation.scenario import load
from simulation.validation import facts_authorities

VERDICTS = {True: "agrees", False: "does not agree", None: "not clear"}


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="a folder of profiles")
    parser.add_argument("--years", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    files = sorted(given.folder.glob("*.yaml"))
    weekly = pd.concat(lived(files, 52 * given.years + 2, given.seed, given.workers))
    runs = cast(Any, SimpleNamespace(across=facts_authorities.as_published(weekly)))
    print(f"{len(files)} profiles, {given.years} years")
    for fact in facts_authorities.ACROSS_FACTS:
        if fact.id in ("D5", "D6", "D22") and fact.judge:
            answer = fact.judge(runs)
            print(f"{fact.id}: published {fact.target} ({fact.tolerance}); here {answer.figure}: {VERDICTS[answer.within]}")
    return 0


def lived(files: list[Path], weeks: int, seed: int, workers: int) -> list[pd.DataFrame]:
    """The weeks of every profile: what the published rates are made of."""
    progress = Progress(len(files), things="profiles")
    tables = []
    with engine.local(0 if workers == 1 else workers) as pool:
        for one in pool.run(partial(weeks_of, weeks=weeks, seed=seed), files):
            tables.append(one)
            progress.step()
    progress.close()
    return tables


def weeks_of(file: Path, weeks: int, seed: int) -> pd.DataFrame:
    """One replication of one profile; its luck is its own."""
    own = seed + int.from_bytes(file.stem.encode()[-6:], "big") % 100_000
    weekly = run_replication(load(file, ["covid.happens=false"]), 1, seed=own, weeks=weeks)["weekly"]
    weekly = weekly[(weekly["group"] == "all") & weekly["measure"].isin(facts_authorities.COUNTED.values())]
    return weekly[["date", "measure", "value"]].assign(scenario=file.stem, date=lambda table: pd.to_datetime(table["date"]))



if __name__ == "__main__":
    raise SystemExit(main())
