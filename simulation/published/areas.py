"""Which area a row of a table is of: its code through the years, its name, and rows that are of no one authority."""

from __future__ import annotations

import re
import sys

import pandas as pd

from simulation.base.errors import Fault, printable
from simulation.published import authorities
from simulation.published.csv_table import told_once

ENGLAND = "E92000001"
PARTS_OF_LONDON = ("inner london", "outer london")
CODE = re.compile(r"[EWSNK]\d{8}")
NO_CODE = "is not an ONS code such as E08000032"
SHOWN = 5


def coded(rows: pd.DataFrame, official: bool) -> pd.DataFrame:
    """The rows of single areas, each under the code used here; ``code_then`` keeps the one of the table, and all is said.

    An empty code is that of England or of the authority of that name. Several authorities in one row are nobody's figure,
    and neither are, in an ``official`` table, areas whose code is none.
    """
    unnamed = (rows["la_code"] == "") & (rows["la_name"].str.casefold() == "england")
    rows = rows.assign(la_code=rows["la_code"].str.upper().mask(unnamed, ENGLAND))
    rows = _without_joint(_without_nameless_regions(_named_only(rows)))
    if official:
        bad = _bad(rows)
        _tell_left_out(rows[bad], "whose code is no ONS code")
        rows = rows[~bad]
    now = rows["la_code"].map(authorities.codes())
    return rows.assign(la_code=now.fillna(rows["la_code"]), code_then=rows["la_code"])


def faults(rows: pd.DataFrame) -> list[Fault]:
    """Codes that are none."""
    return told_once(rows, _bad(rows), "la_code", rows["code_given"], NO_CODE)


def _bad(rows: pd.DataFrame) -> pd.Series:
    return ~rows["la_code"].str.fullmatch(CODE.pattern)


def _named_only(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows without a code that bear the name of an authority have its code of that year, and it is said."""
    asked = rows[(rows["la_code"] == "") & (rows["la_name"] != "")][["la_name", "year_ending"]].drop_duplicates()
    found = {(name, year): authorities.by_name(name, int(year)) for name, year in asked.itertuples(index=False)}
    pairs = zip(rows["la_name"], rows["year_ending"], strict=True)
    codes = pd.Series([found.get(pair, "") for pair in pairs], index=rows.index, dtype=object)
    blank = (rows["la_code"] == "") & (codes != "")
    if blank.any():
        _say(rows, f"{blank.sum()} rows without a code are taken to be of the authority that they name")
    return rows.assign(la_code=rows["la_code"].mask(blank, codes), code_given=rows["code_given"].mask(blank, codes))


def _without_joint(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of several authorities that report together go, and it is said."""
    several = rows["la_code"].map(lambda code: len(CODE.findall(code)) > 1 or bool(re.fullmatch(r"E\d{8}\W+\d+", code)))
    joint = several.astype(bool)
    _tell_left_out(rows[joint], "of authorities that report together")
    return rows[~joint]


def _without_nameless_regions(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of regions that leave the code out go, and it is said: nothing is borrowed from them."""
    regions = {*rows["region"].str.casefold(), *PARTS_OF_LONDON} - {""}
    nameless = (rows["la_code"] == "") & rows["la_name"].str.casefold().isin(regions)
    if nameless.any():
        _say(rows, f"{nameless.sum()} rows of regions without a code are left out")
    return rows[~nameless]


def _tell_left_out(gone: pd.DataFrame, which: str) -> None:
    if len(gone):
        names = [printable(name or code) for name, code in zip(gone["la_name"], gone["code_given"], strict=True)]
        some = list(dict.fromkeys(names))
        more = ", ..." if len(some) > SHOWN else ""
        _say(gone, f"{len(gone)} figures {which} are left out: {', '.join(some[:SHOWN])}{more}")


def of_the_code_in_force(rows: pd.DataFrame) -> pd.DataFrame:
    """Where one figure stands under an old and a new code of the same area, that of the code in force; it is said."""
    given = rows[["code_then", "year"]].drop_duplicates()
    now = {(code, year): authorities.in_force(code, int(year)) for code, year in given.itertuples(index=False)}
    right = pd.Series([now[pair] for pair in zip(rows["code_then"], rows["year"], strict=True)], index=rows.index, dtype=bool)
    key = [rows[name] for name in ("la_code", "year", "indicator")]
    beside = right.groupby(key).transform("any") & ~right
    _say_changes(rows)
    return rows[~beside]


def _say_changes(rows: pd.DataFrame) -> None:
    """Names the authorities that stand in the table under more than one code."""
    several = rows.groupby("la_code")["code_then"].unique()
    for code, given in several.items():
        old = sorted(each for each in given if each in authorities.codes())
        if len(old) > 1:
            name = authorities.known()[str(code)].name
            print(f"{name} is in the table as {' and '.join(old)}: one area, read as one.", file=sys.stderr)


def named(rows: pd.DataFrame) -> pd.DataFrame:
    """Areas that one row names and another does not have that name and region; else the name that all know, or the code."""
    own = authorities.known()
    for column, attribute in (("la_name", "name"), ("region", "region")):
        told = rows[rows[column] != ""].groupby("la_code")[column].last()
        usual = pd.Series({code: getattr(one, attribute) for code, one in own.items()}, dtype=object)
        blank = rows[column] == ""
        found = rows["la_code"].map(told).fillna(rows["la_code"].map(usual)).fillna("")
        rows[column] = rows[column].mask(blank, found)
    return rows.assign(la_name=rows["la_name"].mask(rows["la_name"] == "", rows["la_code"]))


def _say(rows: pd.DataFrame, what: str) -> None:
    print(f"{rows['file'].iloc[0]}: {what}.", file=sys.stderr)
