"""``summary.xlsx``: the tables a planner opens first. Text is written as text, so it can never become a formula."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from simulation.results import files
from simulation.results.folder import Results

MOST_ROWS = 20_000
"""Rows a sheet may have before breakdowns are left to the CSV file."""
SAFE = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
ASSUMPTIONS = ["scenario", "name", "value", "unit", "meaning", "source", "confidence", "origin", "prior_low", "prior_high"]

Tables = Mapping[str, pd.DataFrame | None]
Row = Sequence[Any]


def write_workbook(results: Results, tables: Tables, about: Mapping[str, Any]) -> None:
    """Write ``summary.xlsx`` from the tables and from ``run.json``."""
    sheets = {name: rows for name, rows in _sheets(tables, about).items() if rows is not None}
    files.write_with(results.path / "summary.xlsx", lambda side: _write(side, sheets))


def _write(path: Path, sheets: Mapping[str, Iterable[Row]]) -> None:
    with xlsxwriter.Workbook(path, SAFE) as book:
        book.set_properties({"title": "Headroom results", "created": dt.datetime(2000, 1, 1)})
        bold = book.add_format({"bold": True})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            if name != "README":
                sheet.freeze_panes(1, 0)
            for number, row in enumerate(rows):
                _write_row(sheet, number, row, bold if number == 0 else None)


def _write_row(sheet: Any, number: int, row: Row, form: Any) -> None:
    for place, value in enumerate(row):
        if isinstance(value, bool) or value is None or isinstance(value, str):
            if value not in (None, ""):
                sheet.write_string(number, place, str(value)[:32_000], form)
        elif math.isfinite(value):
            sheet.write_number(number, place, value, form)


def _sheets(tables: Tables, about: Mapping[str, Any]) -> dict[str, Iterable[Row] | None]:
    return {
        "README": _readme(about),
        "Summary": _table(tables["summary"]),
        "Comparison": _table(tables["comparison"]),
        **{f"Budget P{share}": _budget(tables["budget_quarterly"], f"p{share}") for share in (50, 10, 90)},
        "Sufficiency": _sufficiency(tables["sufficiency"]),
        "Chance and parameters": _table(tables["variance"]),
        "Sensitivity": _table(tables["sensitivity"]),
        "Start check": _table(tables["start_check"]),
        "Assumptions": _assumptions(about),
        "Provenance": _provenance(about),
    }


def _table(frame: pd.DataFrame | None) -> list[Row] | None:
    """Header and rows; without breakdowns if there are too many rows for a sheet."""
    if frame is None or not len(frame):
        return None
    if len(frame) > MOST_ROWS and "group" in frame.columns:
        frame = frame[frame["group"] == "all"]
    return [list(frame.columns), *frame.head(MOST_ROWS).itertuples(index=False, name=None)]


def _budget(frame: pd.DataFrame | None, band: str) -> list[Row] | None:
    """A row a budget line, a column a quarter."""
    if frame is None or not len(frame):
        return None
    when = frame["financial_year"].astype(str) + " " + frame["quarter"]
    wide = frame.assign(when=when).pivot_table(index=["scenario", "line", "provider"], columns="when", values=band)
    return [
        ["scenario", "line", "provider", *wide.columns],
        *([*key, *row] for key, row in zip(wide.index, wide.to_numpy().tolist(), strict=True)),
    ]


def _sufficiency(frame: pd.DataFrame | None) -> list[Row] | None:
    """A row a line of the statement; for each year its P10, P50 and P90."""
    if frame is None or not len(frame):
        return None
    keys = ["scenario", "table", "line", "unit"]
    wide = frame.pivot_table(index=keys, columns="financial_year", values=["p10", "p50", "p90"], sort=False)
    columns = [(band, year) for year in sorted(frame["financial_year"].unique()) for band in ("p10", "p50", "p90")]
    wide = wide.reindex(columns=columns)
    header = keys + [f"{year} {band.upper()}" for band, year in columns]
    return [header, *([*key, *row] for key, row in zip(wide.index, wide.to_numpy().tolist(), strict=True))]


def _assumptions(about: Mapping[str, Any]) -> list[Row]:
    rows = [
        [scenario["id"], *(_flat(one[name]) for name in ASSUMPTIONS[1:])]
        for scenario in about["scenarios"]
        for one in scenario["parameters"]
    ]
    return [ASSUMPTIONS, *rows]


def _flat(value: Any) -> Any:
    return value if isinstance(value, str | int | float) or value is None else str(value)


def _provenance(about: Mapping[str, Any]) -> list[Row]:
    told = {key: value for key, value in about.items() if key not in ("scenarios", "seconds", "failures")}
    rows: list[Row] = [["item", "value"], *([key, _flat(value)] for key, value in told.items())]
    rows += [[f"scenario {one['id']}", f"{one['title']} (hash {one['hash']})"] for one in about["scenarios"]]
    return rows + [["failed", f"{one['scenario']} replication {one['replication']}"] for one in about["failures"]]


def _readme(about: Mapping[str, Any]) -> list[Row]:
    lines = [
        "Headroom: simulated children's services. Synthetic people only; never about one child.",
        f"{about['finished']} finished replications of {len(about['scenarios'])} scenario(s), {about['weeks']} weeks, seed {about['seed']}.",
        ""
        if not about["failures"]
        else f"{len(about['failures'])} replications FAILED and are missing from every figure (sheet Provenance).",
        "Years are financial years by the calendar year in which they end. 'run' is the whole run.",
        "p05 to p95 are the range between futures. ci_low and ci_high are the 95% interval for the mean.",
        "Comparison: each plan against its base on the same luck, future by future. 'not known': plausible parameters reverse the order.",
        "Budget: GBP by quarter (Q1 is April to June). Percentiles of lines do not add up to those of the total.",
        "Sufficiency: the tables of a placement sufficiency statement for the first four full years.",
        "Assumptions: every setting with its source and how sure we are of it (D official, C computed from it, F document, M and J priors, X choice).",
        "Weekly values, children, placements and staff are in the Parquet files beside this workbook; every column is named in datapackage.json.",
    ]
    return [[line] for line in lines if line]
