"""Reading single files of a results folder, politely refusing what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from simulation.base.errors import Faults, fault

NEWEST_RESULTS = 1


def run_record(folder: Path) -> dict[str, Any]:
    """``run.json``, refused unless it is one and not from a newer version."""
    path = folder / "run.json"
    if not folder.is_dir():
        raise fault(folder, "is not a folder of results.")
    if not path.exists():
        raise fault(folder, "holds no run.json, so it is not a folder of results. Run an experiment first: run.py run SCENARIO.")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise fault(path, f"is damaged or half-written ({problem}).") from None
    if not isinstance(record, dict) or not record.get("scenarios"):
        raise fault(path, "names no scenarios, so there is nothing to report.")
    if int(record.get("results_version", NEWEST_RESULTS)) > NEWEST_RESULTS:
        raise fault(
            path,
            (
                f"was written by a newer version (results version {record['results_version']}; this one reads up to "
                f"{NEWEST_RESULTS})."
            ),
        )
    return record


def opened(path: Path, columns: list[str] | None = None, where: ds.Expression | None = None) -> pa.Table:
    """Rows of a Parquet file; a fault when it is damaged or lacks a column."""
    try:
        return ds.dataset(path, format="parquet").to_table(columns=columns, filter=where)
    except (pa.ArrowException, OSError) as problem:
        raise unreadable(path, problem) from None


def check_parquet(paths: list[Path]) -> None:
    """Refuse damaged files before anything is drawn, all of them at once; absent ones are no fault."""
    faults = []
    for path in paths:
        try:
            if path.exists():
                pq.read_schema(path)
        except (pa.ArrowException, OSError) as problem:
            faults += unreadable(path, problem).faults
    if faults:
        raise Faults(faults)


def unreadable(path: Path, problem: Exception) -> Faults:
    """The fault of a Parquet file that is damaged or lacks a column."""
    reason = (str(problem).splitlines() or [""])[0][:160]
    return fault(
        path, f"cannot be read ({reason}). It may be half-written: run the experiment again, which makes only what is missing."
    )


WEEKLY_COLUMNS = ["scenario", "replication", "week", "date", "measure", "group", "value"]
CODED = ["scenario", "measure", "group"]


def weekly_rows(path: Path, measures: set[str]) -> pa.Table:
    """The rows of some measures, read a part of the file at a time; text comes as codes."""
    wanted, parts = pa.array(sorted(measures)), []
    try:
        file = pq.ParquetFile(path, read_dictionary=CODED)
        for batch in file.iter_batches(batch_size=1 << 18, columns=WEEKLY_COLUMNS):
            known = pc.is_in(batch["measure"].dictionary, wanted)
            parts.append(batch.filter(known.take(batch["measure"].indices)))
        return pa.Table.from_batches(parts, parts[0].schema if parts else None).unify_dictionaries()
    except (pa.ArrowException, OSError, KeyError, ValueError) as problem:
        raise unreadable(path, problem) from None


def cut(rows: pa.Table) -> dict[tuple[str, str], dict[str, np.ndarray]]:
    """The long weekly table as arrays of replications by weeks, by measure and group, then scenario."""
    codes, names = {}, {}
    for column in CODED:
        coded = rows[column].combine_chunks()
        codes[column], names[column] = coded.indices.to_numpy().astype(np.int64), coded.dictionary.to_pylist()
    week, replication = rows["week"].to_numpy(), rows["replication"].to_numpy()
    series = (codes["measure"] * len(names["group"]) + codes["group"]) * len(names["scenario"]) + codes["scenario"]
    order = np.lexsort((week, replication, series))
    values, series, replication, week = (column[order] for column in (rows["value"].to_numpy(), series, replication, week))
    starts = np.flatnonzero(np.diff(series, prepend=-1))
    found: dict[tuple[str, str], dict[str, np.ndarray]] = {}
    for start, stop in zip(starts, np.r_[starts[1:], len(series)], strict=True):
        rest, scenario = divmod(int(series[start]), len(names["scenario"]))
        measure, group = divmod(rest, len(names["group"]))
        array = _rectangle(values[start:stop], replication[start:stop], week[start:stop])
        found.setdefault((names["measure"][measure], names["group"][group]), {})[names["scenario"][scenario]] = array
    return found


def calendar(rows: pa.Table) -> pd.DatetimeIndex:
    """The last day of each week that the rows hold, week 0 first."""
    _, first = np.unique(rows["week"].to_numpy(), return_index=True)
    return pd.DatetimeIndex([pd.Timestamp(str(day)) for day in rows["date"].take(first).to_pylist()])


def _rectangle(values: np.ndarray, replication: np.ndarray, week: np.ndarray) -> np.ndarray:
    """Replications by weeks; a week that a replication lacks (a group not seen) counts as zero."""
    who, row = np.unique(replication, return_inverse=True)
    array = np.zeros((len(who), int(week.max()) + 1))
    array[row, week] = values
    return array


def csv_table(path: Path, needed: tuple[str, ...]) -> pd.DataFrame:
    """A CSV table with at least the ``needed`` columns; empty when there is no such file."""
    if not path.exists():
        return pd.DataFrame(columns=list(needed))
    try:
        rows = pd.read_csv(path, dtype={"period": str, "group": str}, encoding="utf-8-sig")
    except (ValueError, OSError) as problem:
        raise fault(path, f"cannot be read as a table ({problem}). Make it again with 'run.py compare'.") from None
    lacking = [column for column in needed if column not in rows]
    if lacking:
        raise fault(path, f"lacks the column(s) {', '.join(lacking)}; it was not written by this version.")
    return rows


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A table's rows, a mapping each."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
