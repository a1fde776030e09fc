"""One replication as a task: what a worker is given, what it does, what it hands back (finished files, not objects)."""

from __future__ import annotations

import gc
import importlib
import pickle
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pandas as pd
import pyarrow as pa

from simulation.base.errors import Fault, Faults
from simulation.results.files import content_hash, file_digest, parquet_bytes, to_arrow
from simulation.results.periods import yearly
from simulation.results.tables import RECORDS, TABLES
from simulation.scenario import Scenario, given_but_not_read, watched

MODEL = "simulation.model:run_replication"
"""The replication function by name, so that a worker process can find it."""


@dataclass(frozen=True)
class Task:
    """Everything one replication depends on. ``scenario`` is pickled once; ``key`` says whether a result is still good."""

    scenario_id: str
    replication: int
    key: str
    function: str
    scenario: bytes = field(repr=False)
    seed: int = 0
    weeks: int | None = None
    draw_number: int | None = None
    draw: dict[str, Any] | None = None
    events: bool = False

    @property
    def name(self) -> str:
        """For people: ``bradford_2020 replication 17``."""
        return f"{self.scenario_id} replication {self.replication}"


@dataclass(frozen=True)
class Outcome:
    """What came of a task: the bytes of its files and a receipt, or an ``error`` (a traceback) or ``faults``."""

    task: Task
    files: dict[str, bytes] = field(default_factory=dict, repr=False)
    receipt: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    faults: tuple[Fault, ...] = ()


def run_task(task: Task) -> Outcome:
    """Run the replication and pack its tables; never raises, so that one fault cannot take a pool down."""
    begun, cpu = time.perf_counter(), time.process_time()
    try:
        scenario = _watched(task)
        made = _made(task, scenario)
        simulated = time.process_time()
        tables = _tables(task, made)
        files = {name: parquet_bytes(table) for name, table in tables.items()}
        receipt = {
            "key": task.key,
            "scenario": task.scenario_id,
            "replication": task.replication,
            "seed": task.seed,
            "draw": task.draw_number,
            "values": task.draw,
            "tables": {
                name: {"digest": file_digest(files[name]), "rows": len(table), "content_hash": content_hash(table)}
                for name, table in tables.items()
            },
            "settings_not_read": given_but_not_read(scenario, task.weeks) if _watches(task) else [],
            "seconds": round(time.perf_counter() - begun, 3),
            "cpu_seconds": {"simulating": round(simulated - cpu, 3), "packing": round(time.process_time() - simulated, 3)},
        }
        return Outcome(_light(task), files, receipt)
    except Faults as error:
        return Outcome(_light(task), error=str(error), faults=tuple(error.faults))
    except Exception:
        return Outcome(_light(task), error=traceback.format_exc())


def _light(task: Task) -> Task:
    """The task without its scenario: results travel back, inputs need not."""
    return Task(
        task.scenario_id,
        task.replication,
        task.key,
        task.function,
        b"",
        task.seed,
        task.weeks,
        task.draw_number,
        task.draw,
        task.events,
    )


def _watches(task: Task) -> bool:
    """The first replication of a scenario also notes which of its settings were read; ensembles do not."""
    return task.replication == 1 and task.draw is None and isinstance(_scenario(task.scenario), Scenario)


def _watched(task: Task) -> Any:
    scenario = _scenario(task.scenario)
    return watched(scenario) if _watches(task) else scenario


@lru_cache(maxsize=8)
def _ready(function: str) -> Callable[..., dict[str, pd.DataFrame]]:
    """The replication function; what was imported for it is here for good, so Python need not look through it for rubbish."""
    found = find(function)
    gc.collect()
    gc.freeze()
    return found


def _made(task: Task, scenario: Any) -> dict[str, pd.DataFrame]:
    run = _ready(task.function)
    return run(scenario, task.replication, seed=task.seed, weeks=task.weeks, draw=task.draw, events=task.events)


def _tables(task: Task, made: dict[str, pd.DataFrame]) -> dict[str, pa.Table]:
    """Tables of the replication as they are written, with its yearly table."""
    weekly = made["weekly"].astype(dict.fromkeys(("measure", "group", "unit"), "category"))
    frames = {"weekly": _ordered(_dated(weekly), "weekly"), "yearly": yearly(weekly)}
    frames |= {name: _ordered(made[name], name) for name in RECORDS if name in made}
    for frame in frames.values():
        if "replication" not in frame.columns:
            frame.insert(0, "replication", task.replication)
    return {name: to_arrow(frame, name) for name, frame in frames.items()}


def _dated(weekly: pd.DataFrame) -> pd.DataFrame:
    """Dates as dates: read once a week, not once a row."""
    first = weekly.drop_duplicates("week").set_index("week")["date"]
    return weekly.assign(date=pd.to_datetime(first).astype("datetime64[ms]").reindex(weekly["week"]).to_numpy())


def _ordered(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """Declared columns first, in their order; without a scenario column, which the folder's name carries."""
    declared = [name for name in TABLES[table].names if name in frame.columns and name != "scenario"]
    return frame[[*declared, *(name for name in frame.columns if name not in declared and name != "scenario")]]


@lru_cache(maxsize=4)
def _scenario(data: bytes) -> Any:
    return pickle.loads(data)


def find(name: str) -> Callable[..., dict[str, pd.DataFrame]]:
    """The function called ``module:function``."""
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)
