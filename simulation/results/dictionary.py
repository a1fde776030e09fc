"""The data dictionary: ``datapackage.json`` for programs, ``docs/data_dictionary.md`` for people, from one source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from simulation.base.measures import REGISTER
from simulation.results.tables import RESULTS_VERSION, TABLES, TEXT_TABLES, Column, Table

LICENCE = {"name": "OGL-UK-3.0", "title": "Open Government Licence v3.0"}


def datapackage(folder: Path, about: dict[str, Any]) -> dict[str, Any]:
    """The Frictionless data package of the tables that are in ``folder``."""
    present = [table for table in TABLES.values() if (folder / table.file).exists()]
    return {
        "profile": "data-package", "name": "headroom-results", "title": f"Headroom: {about.get('name', '')}", "version": str(RESULTS_VERSION),
        "description": "Simulated children's services: synthetic people only. Ranges between replications are ranges of futures, not confidence intervals.",
        "resources": [_resource(folder, table) for table in present],
        "measures": [{"name": one.name, "meaning": one.meaning, "unit": one.unit, "adds_up_by": one.how, "better": one.better, "status": one.status,
                      "numerator": one.numerator, "denominator": one.denominator, "scale": one.scale} for one in REGISTER.values()],
    }


def _resource(folder: Path, table: Table) -> dict[str, Any]:
    csv = table.name in TEXT_TABLES
    about = {"name": table.name.replace("_", "-"), "path": table.file, "title": table.row, "format": "csv" if csv else "parquet",
             "mediatype": "text/csv" if csv else "application/vnd.apache.parquet", "schema": {"fields": [_field(one) for one in _columns(folder, table)]}}
    return about | ({"encoding": "utf-8", "dialect": {"delimiter": ","}} if csv else {})


def _columns(folder: Path, table: Table) -> list[Column]:
    """Declared columns that are in the file, then any others, which are named as undeclared."""
    path = folder / table.file
    found = table.names if table.name in TEXT_TABLES else pq.read_schema(path).names
    declared = {column.name: column for column in table.columns}
    return [declared.get(name, Column(name, "any", "Not described.")) for name in found]


def _field(column: Column) -> dict[str, str]:
    field = {"name": column.name, "type": column.type, "description": column.meaning}
    return field | ({"unit": column.unit} if column.unit else {})


def markdown(written_by: str = "") -> str:
    """``docs/data_dictionary.md``: every file of a results folder and every column. ``written_by``: a comment for its top."""
    lines = [
        "# Data dictionary", "",
        *([written_by, ""] if written_by else []),
        "What is in a results folder. Replications count from 1, and a replication has the same random numbers in every scenario. Years are financial years by the",
        "calendar year in which they end (2021 = April 2020 to March 2021); a week belongs to the year in which its middle day lies. Sums for part of a",
        "financial year are left out of the yearly tables, because they would be read as a fall; standing figures and percentages are kept.",
        "CSV files are UTF-8 with a byte-order mark and open in Excel; text that a spreadsheet would take for a formula has an apostrophe before it.", "",
        "| file | a row is |", "|---|---|",
        *(f"| `{table.file}` | {table.row} |" for table in TABLES.values()),
        "| `run.json` | The command, seed, versions, scenarios with every parameter and its source, failures, and one hash of all values. |",
        "| `datapackage.json` | This dictionary for programs (Frictionless). |",
        "| `scenarios/*.yaml` | The scenarios as run, every setting included. |",
        "| `summary.xlsx` | Summary, comparison, budget, sufficiency, assumptions and provenance for Excel. |",
        "| `runs/scenario=<id>/replication-00001.parquet` | The weekly table of one replication; its other tables and its receipt (`.json`) stand beside it. |",
        "| `quarantine/` | Replications that were damaged or made from other inputs, put aside and run again. |", "",
    ]
    for table in TABLES.values():
        lines += [f"## {table.file}", "", table.row, "", "| column | type | unit | meaning |", "|---|---|---|---|"]
        lines += [f"| `{column.name}` | {column.type} | {column.unit} | {column.meaning} |" for column in table.columns] + [""]
    return "\n".join(lines).rstrip() + "\n"
