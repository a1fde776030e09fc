"""From replications to the experiment's tables, one replication at a time, so that memory does not grow with them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simulation.base.errors import fault
from simulation.base.measures import REGISTER
from simulation.results import files
from simulation.results.folder import Results
from simulation.results.summary import KEYS, Matrix, stack
from simulation.results.tables import COMPACT, RECORDS, TABLES

WRITERS = 3
"""Tables of the experiment that are written at once."""


def merge(results: Results, done: list[tuple[str, int]]) -> None:
    """Write weekly, yearly and record tables of the whole experiment from its replications; drop those nobody wrote.

    Tables are written side by side: all the work is Arrow's, which does not hold others up.
    """
    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(partial(_merge, results, done), ("weekly", "yearly", *RECORDS)))


def _merge(results: Results, done: list[tuple[str, int]], table: str) -> None:
    sources = [(scenario, results.replication_file(scenario, number, table)) for scenario, number in done]
    sources = [(scenario, path) for scenario, path in sources if path.exists()]
    target = results.path / TABLES[table].file
    if sources:
        files.write_with(target, partial(_stream, sources=sources, compact=table in COMPACT))
    else:
        target.unlink(missing_ok=True)


def _stream(side: Path, sources: list[tuple[str, Path]], compact: bool) -> None:
    """One row group for each replication, with the scenario in front."""
    names = pa.array(sorted({scenario for scenario, _ in sources}), pa.string())
    kind = pa.dictionary(pa.int32(), pa.string()) if compact else pa.string()
    schema = pa.unify_schemas([_schema(path) for _, path in sources], promote_options="permissive")
    whole = pa.schema([pa.field("scenario", kind), *schema])
    with pq.ParquetWriter(side, whole, compression="zstd") as writer:
        for scenario, path in sources:
            table = files.read_arrow(path)
            code = np.full(len(table), names.index(scenario).as_py(), np.int32)
            named = pa.DictionaryArray.from_arrays(code, names).cast(kind)
            columns = {"scenario": named, **{name: _column(table, name, schema) for name in schema.names}}
            writer.write_table(pa.table(columns, schema=whole))


def _column(table: pa.Table, name: str, schema: pa.Schema) -> pa.Array | pa.ChunkedArray:
    kind = schema.field(name).type
    if name not in table.column_names:
        return pa.nulls(len(table), kind)
    column = table.column(name)
    return column if column.type == kind else column.cast(kind)


def _schema(path: Path) -> pa.Schema:
    try:
        return pq.read_schema(path).remove_metadata()
    except (pa.ArrowException, OSError) as error:
        raise fault(path, "cannot be read as Parquet. Run the experiment again: damaged files are replaced.") from error


def matrices(results: Results, done: list[tuple[str, int]], clusters: dict[int, int] | None = None) -> dict[str, Matrix]:
    """The yearly values of each scenario as one array of numbers (a replication costs about 20 kilobytes)."""
    numbers: dict[str, list[int]] = {}
    for scenario, number in done:
        numbers.setdefault(scenario, []).append(number)
    return {scenario: stack(_yearly(results, scenario, some), some, clusters) for scenario, some in numbers.items()}


def _yearly(results: Results, scenario: str, numbers: list[int]) -> Iterator[pd.DataFrame]:
    for number in numbers:
        path = results.replication_file(scenario, number, "yearly")
        table = files.read_parquet(path)
        missing = [name for name in (*KEYS, "weeks", "value") if name not in table.columns]
        if missing:
            raise fault(path, f"lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}.")
        if strange := sorted(set(table["measure"].unique()) - REGISTER.keys()):
            raise fault(path, f"has measures this version does not know ({', '.join(strange[:3])}). Run the experiment again.")
        yield table
