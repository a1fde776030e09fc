"""Published figures: the tidy indicator table and the layout of DfE's Explore Education Statistics, read politely."""

from __future__ import annotations

import csv
import functools
import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from simulation.evidence import ees
from simulation.faults import Fault, Faults, fault, nearest, printable

NEEDED = ["la_code", "la_name", "region", "year", "indicator", "value", "unit"]
NOT_PUBLISHED = frozenset({"", "c", "z", "x", "u", "k", ":", "..", ".", "-", "~", "low", "na", "n/a", "nan", "null", "*"})
"""What official tables print for a figure that is suppressed, not available or not applicable."""
LEVELS = {
    "E06": "LA",
    "E07": "LA",
    "E08": "LA",
    "E09": "LA",
    "E10": "LA",
    "E12": "Regional",
    "E13": "Regional",
    "E92": "National",
}
ENGLAND = "E92000001"
TOO_SMALL = {"E06000053": "Isles of Scilly", "E09000001": "City of London"}
PARTS_OF_LONDON = ("inner london", "outer london")
WORKFORCE = "sw_"
MOST_FAULTS = 20


@dataclass(frozen=True)
class Authority:
    """One authority as the table names it."""

    code: str
    name: str
    region: str


@dataclass(frozen=True, eq=False)
class Table:
    """A tidy indicator table: ``rows`` with geo_level, la_code, la_name, region, year, indicator, value, unit.

    Stocks are at 31 March of ``year``, flows and money for the year ending then; workforce (``sw_``) at 30 September.
    """

    rows: pd.DataFrame
    source: str

    @functools.cached_property
    def authorities(self) -> dict[str, Authority]:
        """Authorities by code, in the order of the table."""
        first = self.rows[self.rows["geo_level"] == "LA"].drop_duplicates("la_code", keep="last")
        return {r.la_code: Authority(r.la_code, r.la_name, r.region) for r in first.itertuples()}

    @functools.cached_property
    def _last_year(self) -> dict[str, int]:
        """Newest year of each area: of two codes of one name (a new boundary) the name means the newer."""
        return {str(code): int(year) for code, year in self.rows.groupby("la_code")["year"].max().items()}

    @functools.cached_property
    def _wide(self) -> dict[str, pd.DataFrame]:
        return {
            str(name): part.pivot(index="la_code", columns="year", values="value").sort_index(axis=1)  # noqa: PD010
            for name, part in self.rows.groupby("indicator", sort=False)
        }

    @property
    def indicators(self) -> list[str]:
        """Names of the indicators present."""
        return sorted(self._wide)

    def wide(self, indicator: str, level: str = "LA") -> pd.DataFrame:
        """One indicator as a frame: a row for each area of ``level`` (LA, Regional, National), a column for each year."""
        frame = self._wide.get(indicator)
        if frame is None:
            return pd.DataFrame(index=pd.Index([], name="la_code"))
        return frame[[LEVELS.get(str(code)[:3], "LA") == level for code in frame.index]]

    def value(self, code: str, indicator: str, year: int) -> float:
        """The figure of one area, or NaN when it is not published."""
        frame = self._wide.get(indicator)
        if frame is None or code not in frame.index or year not in frame.columns:
            return float("nan")
        return float(frame.loc[code, year])

    def until(self, year: int) -> Table:
        """What was known on 31 March of ``year``: later rows go, and the workforce of September that year with them."""
        workforce = self.rows["indicator"].str.startswith(WORKFORCE)
        known = (self.rows["year"] <= year) & ~(workforce & (self.rows["year"] >= year))
        return Table(self.rows[known].reset_index(drop=True), self.source)

    def find(self, wanted: str) -> list[Authority]:
        """Authorities by code or name (any case), separated by ``;``, or ``all``; unknown ones raise Faults."""
        if wanted.strip().casefold() == "all":
            return list(self.authorities.values())
        by_name: dict[str, Authority] = {}
        for one in sorted(self.authorities.values(), key=lambda one: self._last_year[one.code]):
            by_name[one.name.casefold()] = one
            by_name[one.code.casefold()] = one
        found, faults = [], []
        for text in (part.strip() for part in wanted.split(";")):
            if not text:
                continue
            one_or_none = by_name.get(text.casefold())
            if one_or_none is None:
                names = [a.name for a in self.authorities.values()]
                hint = nearest(text.title(), names) or nearest(text.upper(), self.authorities)
                faults.append(Fault(self.source, f"'{text}' is not an authority in this table.{hint}"))
            elif one_or_none not in found:
                found.append(one_or_none)
        if not found and not faults:
            faults.append(Fault("--la", "no authority was given: use codes or names separated by ';', or 'all'"))
        if faults:
            raise Faults(faults)
        return found


def read(path: str | Path) -> Table:
    """The table in a CSV file, tidy or Explore Education Statistics layout; Faults name file, row and column."""
    raw = _raw(Path(path)).rename(columns=lambda name: str(name).strip().casefold())
    raw = raw.loc[:, ~raw.columns.duplicated()]
    if ees.is_layout(raw.columns):
        raw = ees.to_tidy(raw, str(path))
    _require(raw, str(path))
    return Table(_clean(raw, str(path)), str(path))


def _raw(path: Path) -> pd.DataFrame:
    if not os.path.exists(path):  # unlike Path.exists, says no to names that no file can have
        raise fault(printable(path), "there is no such file")
    if path.is_dir():
        raise fault(path, "is a folder; a CSV file is needed")
    if path.stat().st_size == 0:
        raise fault(path, "the file is empty")
    with path.open("rb") as handle:
        start = handle.read(4)
    if start[:2] == b"PK" or start == b"\xd0\xcf\x11\xe0":
        raise fault(path, "is an Excel or zip file; save the sheet as 'CSV UTF-8' first")
    if start[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in start:
        raise fault(path, "is UTF-16 or binary; save it as 'CSV UTF-8'")
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", on_bad_lines="error")
    except UnicodeDecodeError:
        raise fault(*_undecodable(path)) from None
    except pd.errors.EmptyDataError:
        raise fault(path, "the file is empty") from None
    except (pd.errors.ParserError, csv.Error) as error:
        raise fault(path, f"is not a CSV table: {str(error).replace('Error tokenizing data. C error: ', '').strip()}") from None


def _undecodable(path: Path) -> tuple[str, str]:
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            place = f"{path}: row {number}, character {error.start + 1}"
            return place, f"byte {line[error.start]:#04x} is not UTF-8; save the file as 'CSV UTF-8'"
    return str(path), "is not UTF-8"


def _require(raw: pd.DataFrame, source: str) -> None:
    missing = [name for name in NEEDED if name not in raw.columns]
    if missing:
        raise Faults(
            [
                Fault(f"{source}: row 1", f"column '{name}' is missing.{nearest(name, raw.columns)} Needed: {', '.join(NEEDED)}")
                for name in missing
            ]
        )
    if raw.empty:
        raise fault(source, "has a header and no rows")


def _clean(raw: pd.DataFrame, source: str) -> pd.DataFrame:
    rows = raw[NEEDED].apply(lambda column: column.str.strip())
    rows = rows.assign(la_code=_codes(rows), line=np.arange(2, len(rows) + 2), code_as_given=raw["la_code"])
    rows = rows[~_nameless_regions(rows)]
    line = rows["line"].to_numpy()
    faults: list[Fault] = []
    year = pd.to_numeric(rows["year"].map(_period), errors="coerce")
    bad_year = year.isna() | (year % 1 != 0) | (year < 1990) | (year > 2100)
    faults += _faults(
        source, line, bad_year, "year", rows["year"], "is not a year between 1990 and 2100 (the year ending 31 March)"
    )
    absent = rows["value"].str.casefold().isin(NOT_PUBLISHED)
    value = pd.to_numeric(rows["value"].str.replace(_DECORATION, "", regex=True).where(~absent), errors="coerce")
    bad_value = ~absent & ~np.isfinite(value.fillna(np.nan))
    faults += _faults(
        source, line, bad_value, "value", rows["value"], "is not a number, nor a mark for a figure not published (c, z, x, u, ..)"
    )
    bad_code = ~rows["la_code"].str.match(r"^[EWSNK]\d{8}$")
    faults += _faults(source, line, bad_code, "la_code", rows["code_as_given"], "is not an ONS code such as E08000032")
    faults += _faults(source, line, rows["indicator"] == "", "indicator", rows["indicator"], "is empty")
    if faults:
        raise Faults(faults)
    out = rows.assign(year=year.astype(int), value=value)
    level = out["la_code"].str[:3].map(LEVELS)
    out = out.assign(geo_level=level)[level.notna() & out["value"].notna()]
    return _without_duplicates(out, source)


_DECORATION = r"^£|,|\s*%$"
"""What spreadsheets print round a number: pounds, thousands, per cent."""


def _codes(rows: pd.DataFrame) -> pd.Series:
    """ONS codes in capitals; rows of England that leave the code out have it."""
    unnamed = (rows["la_code"] == "") & (rows["la_name"].str.casefold() == "england")
    return rows["la_code"].str.upper().mask(unnamed, ENGLAND)


def _nameless_regions(rows: pd.DataFrame) -> pd.Series:
    """Rows of regions that leave the code out: nothing is borrowed from them."""
    regions = {*rows["region"].str.casefold(), *PARTS_OF_LONDON} - {""}
    return (rows["la_code"] == "") & rows["la_name"].str.casefold().isin(regions)


def _period(text: str) -> str:
    """The year ending of 2022/23, 2022-23 and 202223; anything else as it is."""
    try:
        return str(ees.year_ending(text)) if re.fullmatch(r"\d{4}[-/]?\d{2}", text) else text
    except ValueError:
        return text


def _without_duplicates(rows: pd.DataFrame, source: str) -> pd.DataFrame:
    key = ["la_code", "year", "indicator"]
    rows = rows.drop_duplicates([*key, "value"])
    clash = rows[rows.duplicated(key, keep=False)]
    if len(clash):
        raise Faults(
            [
                Fault(
                    f"{source}: row {r.line}, column value",
                    f"{r.indicator} of {r.la_name} in {r.year} is given more than once with different values ({r.value:g})",
                )
                for r in clash.head(MOST_FAULTS).itertuples()
            ]
        )
    return rows[["geo_level", *NEEDED]].reset_index(drop=True)


def _faults(source: str, line: np.ndarray, bad: pd.Series, column: str, given: pd.Series, why: str) -> list[Fault]:
    """One fault for each wrong entry, however many rows have it; more than twenty kinds are only counted."""
    where = np.flatnonzero(bad.to_numpy())
    entries = given.iloc[where]
    counts = entries.value_counts()
    first = ~entries.duplicated().to_numpy()
    kinds = [(line[k], str(given.iloc[k])) for k in where[first]]
    out = [
        Fault(f"{source}: row {row}, column {column}", f"'{text}' {why}" + _more(int(counts[text])))
        for row, text in kinds[:MOST_FAULTS]
    ]
    told = int(sum(counts[text] for _, text in kinds[:MOST_FAULTS]))
    if len(where) > told:
        out.append(Fault(source, f"{len(where) - told} more rows have the same fault in column {column}"))
    return out


def _more(rows: int) -> str:
    return f" (and {rows - 1} more rows like it)" if rows > 1 else ""
