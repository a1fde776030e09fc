"""Authorities like this one: from a file of statistical neighbours, else the nearest in the table itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from simulation.base.errors import Fault, Faults, fault
from simulation.published import authorities, csv_table
from simulation.published.csv_table import told_once
from simulation.published.published import TOO_SMALL, Table

HOW_MANY = 10
PER_CHILD = (
    "cla_31march_number",
    "cla_started_number",
    "referrals_number",
    "s47_number",
    "cpp_31march_number",
    "cin_31march_number",
)
YEARS_LOOKED_AT = 3
OTHER_REGION = 1.0
NEEDED = ("la_code", "sn_la_code")


def read_neighbours(path: str | Path, year: int | None = None) -> dict[str, list[str]]:
    """Neighbour codes by authority code from a file with columns la_code, sn_la_code and, if there, rank and model.

    With several models the latest not after ``year`` is taken, else the earliest. Faults name file, row and column.
    """
    rows = csv_table.read(path, NEEDED, lambda _: NEEDED)
    rows = rows.assign(file=str(path), row=rows.index)
    rank = pd.to_numeric(rows["rank"], errors="coerce") if "rank" in rows.columns else pd.Series(1.0, index=rows.index)
    if faults := _faults(rows, rank):
        raise Faults(faults)
    rows = rows.assign(**{name: rows[name].str.upper().replace(authorities.codes()) for name in NEEDED})
    if "model" in rows.columns:
        rows = rows[rows["model"] == _model(rows["model"], year)]
    rows = rows.assign(order=rank).sort_values("order", kind="stable").drop_duplicates(list(NEEDED))
    return {str(code): list(part["sn_la_code"]) for code, part in rows.groupby("la_code", sort=False)}


def _faults(rows: pd.DataFrame, rank: pd.Series) -> list[Fault]:
    out = []
    for name in NEEDED:
        wrong = ~rows[name].str.fullmatch(r"[EWSNewsn]\d{8}")
        out += told_once(rows, wrong, name, rows[name], "is not an ONS code such as E08000032")
    own = rows["la_code"].str.upper() == rows["sn_la_code"].str.upper()
    out += told_once(rows, own, "sn_la_code", rows["sn_la_code"], "is given as its own neighbour")
    if "rank" in rows.columns:
        out += told_once(rows, ~(rank >= 1), "rank", rows["rank"], "is not a rank: 1 for the nearest, 2 for the next")
    return out


def _model(models: pd.Series, year: int | None) -> str:
    names = sorted(set(models))
    earlier = [name for name in names if year is not None and name.isdigit() and int(name) <= year]
    return earlier[-1] if earlier else names[0]


def features(table: Table, year: int) -> pd.DataFrame:
    """Log rates per child and log size of each authority, mean of the last three years to ``year``, standardised."""
    years = range(year - YEARS_LOOKED_AT + 1, year + 1)
    population = recent(table, "population_0_17", years)
    population = population.where(population > 0)
    columns = {"size": np.log(population)}
    for name in PER_CHILD:
        columns[name] = np.log(recent(table, name, years).clip(lower=1) / population)
    frame = pd.DataFrame(columns).dropna(subset=["size"])
    return ((frame - frame.mean()) / frame.std(ddof=0).replace(0, 1)).replace([np.inf, -np.inf], np.nan)


def recent(table: Table, indicator: str, years: range) -> pd.Series:
    """Mean of the published figures of ``years`` for each authority."""
    wide = table.wide(indicator)
    return wide.reindex(columns=[y for y in years if y in wide.columns]).mean(axis=1).astype(float)


def nearest_in_table(table: Table, year: int, how_many: int = HOW_MANY) -> dict[str, list[str]]:
    """Nearest authorities in the table by size and rates; another region counts as one standard deviation away.

    Features not published for either of a pair are left out of that pair's distance (the rest stand in for them).
    Authorities too small to use are nobody's neighbour.
    """
    frame = features(table, year)
    values = frame.to_numpy()
    known = ~np.isnan(values)
    filled = np.where(known, values, 0.0)
    regions = np.array([table.authorities[code].region for code in frame.index])
    shared = known.astype(float) @ known.T.astype(float)
    squares = (filled**2) @ known.T + known @ (filled**2).T - 2 * filled @ filled.T
    distance = (
        np.sqrt(np.clip(squares, 0, None) / np.maximum(shared, 1)) + OTHER_REGION * (regions[:, None] != regions[None, :]) / 2
    )
    np.fill_diagonal(distance, np.inf)
    distance[:, [code in TOO_SMALL for code in frame.index]] = np.inf
    order = np.argsort(distance, axis=1, kind="stable")[:, :how_many]
    return {
        code: [str(frame.index[k]) for k in row if np.isfinite(distance[i, k])]
        for i, (code, row) in enumerate(zip(frame.index, order, strict=True))
    }


def of(table: Table, year: int, file: str | Path | None = None) -> dict[str, list[str]]:
    """Neighbours of every authority: the file's where it has some in the table, else the nearest in the table."""
    near = nearest_in_table(table, year)
    if file is None:
        return near
    given = read_neighbours(file, year)
    usable = {code: [n for n in names if n in table.authorities] for code, names in given.items()}
    if not any(usable.get(code) for code in table.authorities):
        raise fault(file, f"has no neighbours of an authority of {table.source} that are in that table too")
    return {code: usable.get(code) or near.get(code, []) for code in {*near, *usable}}
