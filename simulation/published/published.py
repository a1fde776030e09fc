"""Published figures: the tidy indicator table and the layout of DfE's Explore Education Statistics, read politely."""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from simulation.base.errors import Fault, Faults, fault, printable
from simulation.published import areas, authorities, cells, csv_table, ees, possible
from simulation.published.csv_table import MOST_FAULTS, told_once

NEEDED = ["la_code", "la_name", "region", "year", "indicator", "value", "unit"]
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
ENGLAND = areas.ENGLAND
TOO_SMALL = {"E06000053": "Isles of Scilly", "E09000001": "City of London"}
WORKFORCE = "sw_"
STOCK = "cla_31march_number"
OTHER_STOCKS = r"c(in|pp)_|cla_(?!31)|cla_31march_(?!n)"
SIZES = ("population_0_17", "cla_31march_rate_per_10k")
KNOWN = frozenset({*NEEDED, *ees.MARKS, *ees.PLACES})
OTHER_TABLES = (".xlsx", ".xlsm", ".xls", ".ods", ".zip", ".gz", ".tsv", ".txt")


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
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """Names and codes in small letters of areas of the file that are not English, with what they are."""
    packaged: bool = False
    """Whether the figures that travel with the package are in it."""

    @functools.cached_property
    def authorities(self) -> dict[str, Authority]:
        """Authorities by code, in the order of the table."""
        first = self.rows[self.rows["geo_level"] == "LA"].drop_duplicates("la_code", keep="last")
        return {r.la_code: Authority(r.la_code, r.la_name, r.region) for r in first.itertuples()}

    @functools.cached_property
    def _last_year(self) -> dict[str, int]:
        """Newest year of children looked after: of two codes of one name (a new boundary) the name means the newer."""
        stock = self.rows[self.rows["indicator"] == STOCK]
        return {str(code): int(year) for code, year in stock.groupby("la_code")["year"].max().items()}

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
        return Table(self.rows[known].reset_index(drop=True), self.source, self.elsewhere, self.packaged)

    def find(self, wanted: str) -> list[Authority]:
        """Authorities by code or name (any case), separated by ``;``, or ``all``; unknown ones raise Faults."""
        if wanted.strip().casefold() == "all":
            return list(self.authorities.values())
        by_name: dict[str, Authority] = {}
        twins: dict[str, str] = {}
        for one in sorted(self.authorities.values(), key=lambda one: self._last_year.get(one.code, 0)):
            name, last = one.name.casefold(), self._last_year.get(one.code, 0)
            if name in by_name and self._last_year.get(by_name[name].code, 0) == last:
                twins[name] = f"{by_name[name].code} and {one.code}"
            by_name[name] = by_name[one.code.casefold()] = one
        found, faults = [], []
        for text in (part.strip() for part in wanted.split(";")):
            if not text:
                continue
            one_or_none = by_name.get(text.casefold()) or by_name.get(authorities.codes().get(text.upper(), "").casefold())
            if text.casefold() in twins:
                faults.append(Fault(self.source, f"'{printable(text)}' is the name of {twins[text.casefold()]}: give the code"))
            elif one_or_none is None:
                hint = self._hint(text, by_name)
                faults.append(Fault(self.source, f"'{printable(text)}' is not an authority in this table.{hint}"))
            elif one_or_none not in found:
                found.append(one_or_none)
        if not found and not faults:
            faults.append(Fault("--la", "no authority was given: use codes or names separated by ';', or 'all'"))
        if faults:
            raise Faults(faults)
        return found

    def _hint(self, text: str, by_name: Mapping[str, Authority]) -> str:
        """What was probably meant: several authorities, an area of another kind, or a name much like it."""
        wanted = text.casefold()
        parts = [part.strip() for part in text.split(",")]
        if len(parts) > 1 and all(part.casefold() in by_name for part in parts):
            return f" Separate authorities by ';': '{';'.join(parts)}'"
        wider = self.rows[self.rows["geo_level"] != "LA"]
        if wanted in {*wider["la_code"].str.casefold(), *wider["la_name"].str.casefold()}:
            return " It is a region or the country; an authority is needed"
        if wanted in self.elsewhere:
            return f" The table has {self.elsewhere[wanted]}, whose code is not that of an English authority"
        own = [authorities.Known(one.code, one.name, one.region, None, ()) for one in self.authorities.values()]
        known = authorities.known().get(authorities.codes().get(text.upper(), ""))
        return authorities.hint(known.name if known else text, own)


def read(given: str | Path) -> Table:
    """The table in CSV files, tidy or Explore Education Statistics layout: one, several separated by ``;``, or a folder.

    What cannot be understood is refused with file, row and column; figures that cannot be are left out, and it is told.
    """
    paths = _paths(given)
    rows = areas.named(pd.concat(_each(paths), ignore_index=True))
    outside = rows[rows["geo_level"].isna()]
    rows = rows[rows["geo_level"].notna() & rows["value"].notna()]
    source = str(given) if len(paths) == 1 else "; ".join(path.name for path in paths)[:200]
    rows = _without(rows, *possible.more_than_live_there(rows))
    if faults := _misspelt(rows, source):
        raise Faults(faults)
    rows = _without_duplicates(areas.of_the_code_in_force(rows))
    return Table(rows[["geo_level", *NEEDED]].reset_index(drop=True), source, _elsewhere(outside))


def _each(paths: list[Path]) -> list[pd.DataFrame]:
    """The rows of each file; the faults of all are told together, and files of something else are left out where one is ours."""
    faults, parts, others = [], [], []
    for path in paths:
        try:
            parts.append(_one(path))
        except csv_table.NotOurs as other:
            others += other.faults[:1]
        except Faults as wrong:
            faults += wrong.faults
    if faults or not parts:
        raise Faults([*faults, *([] if parts else others)])
    for each in others:
        print(f"{each.where}: the file is left out: {each.message}", file=sys.stderr)
    return parts


def _paths(given: str | Path) -> list[Path]:
    """The files named: a path that exists is itself, so that a file may have a ``;`` in its name."""
    named = [str(given)] if os.path.exists(given) else [part.strip() for part in str(given).split(";") if part.strip()]
    out: list[Path] = []
    for path in map(Path, named):
        inside = _inside(path) if os.path.isdir(path) else [path]
        out += [one for one in inside if one not in out]
    if not out:
        raise fault("--data", "no file was given")
    return out


def _inside(folder: Path) -> list[Path]:
    """The CSV files of a folder, or of the folders in it where it has none itself; other tables in it are named."""
    found = sorted(one for one in folder.iterdir() if one.suffix.casefold() == ".csv")
    found = found or sorted(one for one in folder.rglob("*") if one.suffix.casefold() == ".csv")
    if not found:
        raise fault(printable(folder), "is a folder without a CSV file")
    others = sorted(one.name for one in folder.iterdir() if one.suffix.casefold() in OTHER_TABLES)
    if others:
        print(f"{folder}: not read, for they are no CSV files: {', '.join(map(printable, others))}.", file=sys.stderr)
    return found


def _one(path: Path) -> pd.DataFrame:
    """The rows of one file, each with its file, row and column."""
    raw = csv_table.read(path, KNOWN, lambda names: ees.NEEDED if len(ees.MARKS & set(names)) > 1 else NEEDED)
    if ees.is_layout(raw.columns):
        return _clean(ees.to_tidy(raw, str(path)), official=True)
    return _clean(raw[NEEDED].assign(file=str(path), row=raw.index, column="value").reset_index(drop=True))


def _clean(raw: pd.DataFrame, official: bool = False) -> pd.DataFrame:
    """Codes in capitals, indicators in small letters, years and values as numbers, the level of the area; else Faults.

    In an ``official`` table an area whose code is none is left out and told: it is not the user's to put right.
    """
    rows = raw.assign(indicator=raw["indicator"].str.casefold(), given=raw["value"], code_given=raw["la_code"])
    year = pd.to_numeric(rows["year"].map(_period), errors="coerce")
    rows = areas.coded(rows.assign(year_ending=year.fillna(0)), official).reset_index(drop=True)
    year = pd.to_numeric(rows["year"].map(_period), errors="coerce")
    value, wrong = cells.read(rows)
    bad_year = year.isna() | (year % 1 != 0) | (year < 1990) | (year > 2100)
    nameless = rows["indicator"] == ""
    faults = [
        *told_once(rows, bad_year, "year", rows["year"], "is not a year between 1990 and 2100 (the year ending 31 March)"),
        *wrong,
        *areas.faults(rows),
        *told_once(rows, nameless, "indicator", rows["indicator"], "is empty"),
    ]
    out = rows.assign(year=year.fillna(0).astype(int), value=value, geo_level=rows["la_code"].str[:3].map(LEVELS))
    if faults:
        raise Faults(faults)
    return _without(out, *possible.wrong(out))


def _without(rows: pd.DataFrame, wrong: pd.Series, faults: list[Fault]) -> pd.DataFrame:
    """Figures that cannot be are left out as if not published, and each kind is told: one slip stops no other authority."""
    for each in faults:
        print(f"warning: {each}; left out, as if not published", file=sys.stderr)
    return rows[~wrong]


def _say(rows: pd.DataFrame, what: str) -> None:
    print(f"{rows['file'].iloc[0]}: {what}.", file=sys.stderr)


def _period(text: str) -> str:
    """The year ending of 2022/23, 2022-23 and 202223; anything else as it is."""
    try:
        return str(ees.year_ending(text))
    except ValueError:
        return text


def _elsewhere(outside: pd.DataFrame) -> dict[str, str]:
    """Areas outside England, or of another kind than a local authority, by name and code; it is said that they go."""
    areas = outside.drop_duplicates("la_code")
    told = {str(one.la_code): f"{one.la_name} ({one.la_code})" for one in areas.itertuples()}
    if told:
        some = ", ".join(list(told.values())[:5]) + (", ..." if len(told) > 5 else "")
        _say(outside, f"{len(outside)} rows are not of an English authority, region or England and are left out: {some}")
    return {str(key).casefold(): told[one.la_code] for one in areas.itertuples() for key in (one.la_code, one.la_name)}


def _misspelt(rows: pd.DataFrame, source: str) -> list[Fault]:
    """The figures without which nothing can be done, where they are absent or another name is much like theirs."""
    there = set(rows["indicator"])
    if STOCK not in there:
        close = csv_table.rename(STOCK, {one for one in there if not re.match(OTHER_STOCKS, one)})
        return [Fault(source, f"indicator '{STOCK}' is not in the table and is needed.{close}")]
    close = csv_table.rename(SIZES[0], {one for one in there if "pop" in one})
    if there.isdisjoint(SIZES) and close:
        return [Fault(source, f"neither {' nor '.join(SIZES)} is in the table, and one is needed.{close}")]
    return []


def _without_duplicates(rows: pd.DataFrame) -> pd.DataFrame:
    """Each figure once; a figure given twice with different values is refused, in one file or in two."""
    key = ["la_code", "year", "indicator"]
    rows = rows.drop_duplicates([*key, "value"])
    first = rows.drop_duplicates(key)
    clash = rows[rows.duplicated(key)].merge(first, on=key, suffixes=("", "_first"))
    if len(clash):
        raise Faults(
            [
                Fault(
                    f"{r.file}: row {r.row}, column {r.column}",
                    f"{r.indicator} of {r.la_name} in {r.year} is given more than once with different values "
                    f"({r.value:g} here, {r.value_first:g} in {r.file_first}: row {r.row_first})",
                )
                for r in clash.head(MOST_FAULTS).itertuples()
            ]
        )
    return rows
