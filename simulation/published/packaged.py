"""The published figures that travel with the package: figures, areas and statistical neighbours, and how they are made."""

from __future__ import annotations

import functools
import json
import math
import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simulation.base.errors import Fault, Faults, fault, printable
from simulation.published import authorities, published
from simulation.published.neighbours import read_neighbours
from simulation.published.published import LEVELS, Table
from simulation.results import files

FOLDER = Path(__file__).with_name("figures")
FIGURES, GEOGRAPHY, NEIGHBOURS = (FOLDER / name for name in ("figures.parquet", "geography.csv", "neighbours.csv"))
SOURCE = "the figures packaged with Headroom"
LICENCE = "Contains public sector information licensed under the Open Government Licence v3.0."
SOURCES = (
    "Department for Education: Children looked after in England including adoption; Characteristics of children in need; "
    "Children's social work workforce; LA and school expenditure (section 251); Local authority interactive tool. "
    "Ofsted: Fostering in England; children's homes; inspection outcomes. Office for National Statistics: mid-year population "
    "estimates. Cafcass: care applications. MHCLG: revenue outturn RO3."
)
MODELS = (2021, 2025)
"""Years from which each of the Department for Education's models of statistical neighbours was known; before, there is none."""
RELEASES = (
    "Children looked after in England including adoptions",
    "Characteristics of children in need",
    "Children's social work workforce",
    "LA and school expenditure (section 251 outturn)",
    "Population estimates of local authorities (ONS, ages 0 to 17)",
)
"""Releases that give an authority's figures, in the order in which they matter."""
SQUARE_KM_IN_A_SQUARE_MILE = 2.589988110336
METRES_IN_A_MILE = 1609.344


@dataclass(frozen=True)
class Place:
    """Where an authority is: its area, and its centre on the British National Grid."""

    area_square_miles: float
    easting_m: float
    northing_m: float

    def miles_to(self, other: Place) -> float:
        """Miles between two centres."""
        return math.hypot(self.easting_m - other.easting_m, self.northing_m - other.northing_m) / METRES_IN_A_MILE


@functools.cache
def table() -> Table:
    """The packaged figures. Years 2013 to 2025 of the authorities in it, the regions and England."""
    stored = pq.read_table(FIGURES)
    about = json.loads((stored.schema.metadata or {})[b"headroom"])
    rows = stored.to_pandas()
    code = rows["la_code"]
    names = {row["code"]: row for row in about["areas"]}
    for column in ("la_name", "region"):
        rows[column] = code.cat.rename_categories(lambda each, column=column: f"{each}|{names[each][column]}").astype(str)
        rows[column] = rows[column].str.partition("|")[2]
    rows["geo_level"] = code.astype(str).str[:3].map(LEVELS)
    rows["unit"] = rows["indicator"].map(about["units"]).astype(object)
    rows = rows.astype({"la_code": object, "indicator": object, "year": int})
    return Table(rows[["geo_level", *published.NEEDED]], SOURCE, packaged=True)


def known(data: str | None = None, fill: str | None = None, alone: bool = False) -> Table:
    """What a command works on: the packaged figures, those of the authorities in ``data`` replaced, what is missing filled.

    alone: nothing packaged, the figures of ``data`` only.
    """
    if alone and data is None:
        raise fault("--alone", "uses the figures of --data and no others: give --data too.")
    if alone:
        return published.read(str(data))
    found = table()
    if data is not None:
        found = replaced(found, published.read(data))
    if fill is not None:
        found = filled(found, published.read(fill))
    return found


def replaced(base: Table, own: Table) -> Table:
    """The figures of ``base``, but for the areas that ``own`` has: those are its alone."""
    kept = base.rows[~base.rows["la_code"].isin(own.rows["la_code"].unique())]
    return _joined(kept, own, base)


def filled(base: Table, more: Table) -> Table:
    """The figures of ``base``, and from ``more`` those that it does not have (an area, an indicator and a year)."""
    key = ["la_code", "indicator", "year"]
    there = pd.MultiIndex.from_frame(base.rows[key])
    new = more.rows[~pd.MultiIndex.from_frame(more.rows[key]).isin(there)]
    return _joined(base.rows, Table(new, more.source, more.elsewhere), base)


def _joined(kept: pd.DataFrame, own: Table, base: Table) -> Table:
    rows = pd.concat([kept, own.rows], ignore_index=True)
    return Table(rows, f"{own.source} and {base.source}", {**base.elsewhere, **own.elsewhere}, base.packaged)


@functools.cache
def places() -> dict[str, Place]:
    """Area and centre of every authority, by the code used here."""
    rows = pd.read_csv(GEOGRAPHY, comment="#")
    return {
        row.code: Place(row.area_square_km / SQUARE_KM_IN_A_SQUARE_MILE, row.centre_easting_m, row.centre_northing_m)
        for row in rows.itertuples()
    }


@functools.cache
def neighbours(year: int) -> dict[str, list[str]]:
    """Statistical neighbours of every authority by the model known on 31 March of ``year``; none before the first model."""
    models = [model for model in MODELS if model <= year]
    return read_neighbours(NEIGHBOURS, models[-1]) if models else {}


def where_from(name: str) -> str:
    """What to download for an authority whose figures do not travel with the package, in order."""
    listed = "; ".join(f"({number}) {release}" for number, release in enumerate(RELEASES, start=1))
    return (
        f"The figures of {printable(name)} do not travel with Headroom. From Explore Education Statistics "
        f"(explore-education-statistics.service.gov.uk) and the ONS download the local authority tables of: {listed}. "
        "Put the CSV files into one folder and give it with --data."
    )


def write(data: str, geography: str | None, neighbour_file: str | None, folder: Path) -> dict[str, int]:
    """Make the packaged tables from a tidy table or DfE files; counts of what was written. Raises Faults, writing nothing."""
    own = published.read(data)
    made = {"figures.parquet": _figures(own)}
    counts = {"figures": len(own.rows), "authorities": len(own.authorities), "indicators": len(own.indicators)}
    if geography is not None:
        text, counts["places"] = _geography(geography)
        made["geography.csv"] = text
    if neighbour_file is not None:
        text, counts["neighbours"] = _neighbours(neighbour_file)
        made["neighbours.csv"] = text
    os.makedirs(folder, exist_ok=True)
    for name, body in made.items():
        files.write_bytes(folder / name, body)
    return counts


def _figures(own: Table) -> bytes:
    """The figures as Parquet: codes and indicators as dictionaries, names and units once, licence and sources beside them."""
    rows = own.rows.sort_values(["indicator", "la_code", "year"], kind="stable")
    areas = rows.drop_duplicates("la_code", keep="last")
    about = {
        "licence": LICENCE,
        "sources": SOURCES,
        "areas": [{"code": r.la_code, "la_name": r.la_name, "region": r.region} for r in areas.itertuples()],
        "units": dict(rows.drop_duplicates("indicator")[["indicator", "unit"]].itertuples(index=False)),
    }
    columns = {
        "la_code": pa.array(rows["la_code"]).dictionary_encode(),
        "indicator": pa.array(rows["indicator"]).dictionary_encode(),
        "year": pa.array(rows["year"], pa.int16()),
        "value": pa.array(rows["value"], pa.float64()),
    }
    stored = pa.table(columns).replace_schema_metadata({"headroom": json.dumps(about, sort_keys=True)})
    sink = pa.BufferOutputStream()
    pq.write_table(stored, sink, compression="zstd")
    return bytes(sink.getvalue())


def _geography(file: str) -> tuple[bytes, int]:
    rows = _columns(file, ("la_code", "area_square_km", "centre_easting_m", "centre_northing_m"))
    rows = rows.assign(code=_now(rows["la_code"])).drop(columns="la_code").sort_values("code").drop_duplicates("code")
    head = "# Area and centre (British National Grid) of English authorities. Source: ONS, Open Government Licence v3.0.\n"
    ordered = rows[["code", "area_square_km", "centre_easting_m", "centre_northing_m"]]
    return (head + ordered.to_csv(index=False, lineterminator="\n")).encode(), len(rows)


def _neighbours(file: str) -> tuple[bytes, int]:
    rows = _columns(file, ("model", "la_code", "sn_la_code", "rank"))
    for name in ("la_code", "sn_la_code"):
        rows[name] = _now(rows[name])
    rows = rows.astype({"rank": int, "model": int}).sort_values(["model", "la_code", "rank"])
    ordered = rows[["model", "la_code", "sn_la_code", "rank"]]
    return ordered.to_csv(index=False, lineterminator="\n").encode(), len(rows)


def _columns(file: str, needed: tuple[str, ...]) -> pd.DataFrame:
    try:
        rows = pd.read_csv(file, dtype=str, comment="#")
    except (OSError, ValueError) as error:
        raise fault(file, f"cannot be read as a table: {error}") from None
    missing = [name for name in needed if name not in rows.columns]
    if missing:
        raise Faults([Fault(file, f"has no column {name}") for name in missing])
    return rows[list(needed)].dropna()


def _now(codes: pd.Series) -> pd.Series:
    return codes.map(authorities.codes()).fillna(codes)
