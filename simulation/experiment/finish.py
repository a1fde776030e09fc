"""The last part of an experiment: its tables, comparison, checks, workbook and data dictionary, made from the replications."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pandas as pd

from simulation.experiment import budget_pack, first_weeks
from simulation.experiment.compare import compare_all
from simulation.experiment.ensemble import Ensemble, variance_table
from simulation.experiment.pay_back import pay_back
from simulation.experiment.plan import Plan
from simulation.experiment.sweep import sensitivity
from simulation.results import files
from simulation.results.dictionary import datapackage
from simulation.results.folder import Results
from simulation.results.gather import matrices, merge
from simulation.results.summary import Matrix, summarise
from simulation.results.tables import TABLES
from simulation.results.workbook import write_workbook

Finished = list[tuple[str, int]]
Say = Callable[[str], None]
CHECKED = 10
"""Replications of each scenario that the check of the start looks at."""


def finish(
    results: Results, plan: Plan, done: Finished, bases: dict[str, str], about: dict[str, Any], say: Say = lambda text: None
) -> None:
    """Write everything that is made from the finished replications ``done``; ``about`` gains the content hash.

    say: is told in words what is being written, because it takes a while.
    """
    about["content_hash"] = content_hash(results, done)
    if not done:
        return
    with ThreadPoolExecutor(1) as beside:
        say(f"Gathering {len(done)} replications into the tables of weeks, children, placements, workers and money ...")
        merging = beside.submit(merge, results, done)  # Arrow's work, which leaves Python free for the rest
        say("Working out summaries, comparison, budget and pay-back ...")
        tables = _tables(results, plan, done, bases)
        merging.result()
    write_tables(results, tables)
    say("Writing summary.xlsx ...")
    write_workbook(results, tables, about)
    results.write_json("datapackage.json", datapackage(results.path, about))


def _tables(results: Results, plan: Plan, done: Finished, bases: dict[str, str]) -> dict[str, pd.DataFrame | None]:
    """The tables that are worked out from the finished replications, by name."""
    clusters = plan.ensemble.clusters(max(number for _, number in done)) if plan.ensemble else None
    data = matrices(results, done, clusters)
    tables: dict[str, pd.DataFrame | None] = {
        "summary": pd.concat([summarise(matrix, name) for name, matrix in data.items()], ignore_index=True),
        "comparison": compare_all(data, bases, plan.ensemble),
        "variance": _variance(data, plan.ensemble),
        "sensitivity": _sensitivity(data, plan.ensemble),
        "start_check": start_check(results, done),
    }
    tables |= budget_pack.tables(results, done, data)
    tables["pay_back"] = pay_back(results, done, bases)
    return tables


def write_tables(results: Results, tables: dict[str, pd.DataFrame | None]) -> None:
    """Write each CSV table; remove one left by an earlier run that this one does not have."""
    for name, frame in tables.items():
        path = results.path / TABLES[name].file
        if frame is None or not len(frame):
            path.unlink(missing_ok=True)
        else:
            files.write_csv(path, frame, name)


def _variance(data: dict[str, Matrix], ensemble: Ensemble | None) -> pd.DataFrame | None:
    if ensemble is None:
        return None
    return pd.concat([variance_table(matrix, name, ensemble) for name, matrix in data.items()], ignore_index=True)


def _sensitivity(data: dict[str, Matrix], ensemble: Ensemble | None) -> pd.DataFrame | None:
    if ensemble is None:
        return None
    return pd.concat([sensitivity(matrix, name, ensemble) for name, matrix in data.items()], ignore_index=True)


def start_check(results: Results, done: Finished) -> pd.DataFrame:
    """The check of the start, for every scenario, on its first replications (a mean of ten is enough to see a jump)."""
    parts = []
    for scenario in dict.fromkeys(name for name, _ in done):
        numbers = [number for name, number in done if name == scenario][:CHECKED]
        names, paths = first_weeks.mean_paths(_weekly(results, numbers, scenario))
        parts.append(first_weeks.check(scenario, names, paths))
    return pd.concat(parts, ignore_index=True)


def _weekly(results: Results, numbers: list[int], scenario: str) -> Iterator[pd.DataFrame]:
    columns = ["week", "date", "measure", "group", "value"]
    for number in numbers:
        yield files.read_parquet(results.replication_file(scenario, number), columns)


def content_hash(results: Results, done: Finished) -> str:
    """One hash of all values of all finished replications, whatever the workers, the order or the number of sittings."""
    digest = hashlib.blake2b(digest_size=16)
    for scenario, number in sorted(done):
        receipt = results.receipt(scenario, number) or {"tables": {}}
        for table, about in sorted(receipt["tables"].items()):
            digest.update(f"{scenario}\0{number}\0{table}\0{about['content_hash']}\n".encode())
    return digest.hexdigest()


def weeks_of(results: Results, done: Finished) -> int | None:
    """Weeks simulated (of the longest scenario)."""
    firsts = [results.replication_file(scenario, number) for scenario, number in dict(reversed(done)).items()]
    return max((int(files.read_parquet(path, ["week"])["week"].max()) for path in firsts), default=None)
