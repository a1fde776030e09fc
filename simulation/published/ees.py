"""The CSV layout of DfE's Explore Education Statistics, turned into the tidy indicator table."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from simulation.base.errors import Fault, Faults, fault, printable
from simulation.published import cells, csv_table, ees_names
from simulation.published.csv_table import told_once

MARKS = frozenset({"time_period", "time_identifier", "geographic_level"})
PLACES = ("country_code", "country_name", "region_code", "region_name", "new_la_code", "old_la_code", "la_name")
NEEDED = ("time_period", "time_identifier", "geographic_level")
WITH_PLACE = (*NEEDED, "new_la_code")
LEVELS = {
    "local authority": ("new_la_code", "la_name"),
    "regional": ("region_code", "region_name"),
    "national": ("country_code", "country_name"),
}
ALSO_CALLED = {"la": "local authority", "region": "regional", "country": "national"}
NOT_USED = frozenset(
    {
        "local authority district", "local enterprise partnership", "local skills improvement plan area", "institution",
        "mayoral combined authority", "multi-academy trust", "opportunity area", "parliamentary constituency",
        "planning area", "police force area", "provider", "rsc region", "school", "sponsor", "ward",
    }
)  # fmt: skip
"""Levels of Explore Education Statistics from which nothing is taken."""
FIGURES_TOLD = 4
ALIKE = 0.8
"""A level spelt this much like one of ours is a slip; any other is of no use here."""


def is_layout(columns: Iterable[str]) -> bool:
    """Whether the header is that of Explore Education Statistics."""
    return set(columns) >= MARKS


def year_ending(period: str) -> int:
    """The year a period ends in: ``2020`` is 2020, ``201920`` and ``2019/20`` are 2020; ValueError otherwise."""
    found = re.fullmatch(r"([0-9]{4})(?:[-/]?([0-9]{2}))?", period)
    if found and found[2] is None:
        return int(found[1])
    if found and int(found[2]) == (int(found[1]) + 1) % 100:
        return int(found[1]) + 1
    raise ValueError(f"'{period}' is not a year such as 2020, 201920 or 2019/20")


def to_tidy(raw: pd.DataFrame, source: str) -> pd.DataFrame:
    """Rows la_code, la_name, region, year, indicator, value, unit, with file, row and column; it is said what is not used.

    A filter is any column that is not a place, a time or a number; its values, the file's name and the column's say which
    indicator it is, and of whom. Figures that are none of ours are left out.
    """
    raw = _of_our_levels(raw, source)
    rows = pd.DataFrame({"file": source, "row": raw.index}).set_axis(raw.index)
    level = _level(raw)
    if faults := _faults(raw, rows, level):
        raise Faults(faults)
    numbers, filters = _split_columns(raw)
    if not numbers:
        raise csv_table.NotOurs(fault(f"{source}: row 1", "has no column of numbers").faults)
    place = rows.join(_places(raw, level)).assign(year=raw["time_period"].map(_year))
    said, subjects = _said(raw[filters], source, [*numbers, *filters])
    protection = bool(ees_names.PROTECTION.search(ees_names.words(" ".join([Path(source).stem, *filters]))))
    short, parts = _short(raw[filters]), []
    for column in numbers:
        named = {label: ees_names.figure(row, column, protection) or None for label, row in said.items()}
        parts.append(place.assign(indicator=subjects.map(named), subject=short, column=column, value=raw[column]))
    return _recognised(pd.concat(parts, ignore_index=True), source)


def _level(raw: pd.DataFrame) -> pd.Series:
    return raw["geographic_level"].str.casefold().replace(ALSO_CALLED)


def _of_our_levels(raw: pd.DataFrame, source: str) -> pd.DataFrame:
    """Without rows of levels that are none of ours, nor a slip for one; it is said which go."""
    levels = [one for one in _level(raw).unique() if one not in LEVELS]
    other = [one for one in levels if one not in NOT_USED and not difflib.get_close_matches(one, LEVELS, 1, ALIKE) and one]
    gone = raw[_level(raw).isin(other)]
    if len(gone):
        names = ", ".join(f"'{printable(one)}'" for one in gone["geographic_level"].unique()[:FIGURES_TOLD])
        print(f"{source}: {len(gone)} rows of levels that are not used are left out: {names}.", file=sys.stderr)
    return raw.drop(index=gone.index)


def _faults(raw: pd.DataFrame, rows: pd.DataFrame, level: pd.Series) -> list[Fault]:
    unknown = ~level.isin([*LEVELS, *NOT_USED])
    bad_year = raw["time_period"].map(_year) == ""
    allowed = "is not one of " + ", ".join(f"'{one.capitalize()}'" for one in LEVELS)
    authorities = (level == "local authority").any()
    unplaced = authorities and "new_la_code" not in raw and "la_name" not in raw
    missing = Fault(f"{rows['file'].iloc[0]}: row 1", f"column 'new_la_code' is missing. Needed: {', '.join(WITH_PLACE)}")
    return [
        *([missing] if unplaced else []),
        *told_once(rows, bad_year, "time_period", raw["time_period"], "is not a year such as 2020 or 201920"),
        *told_once(rows, unknown, "geographic_level", raw["geographic_level"], allowed),
    ]


def _year(period: str) -> str:
    try:
        return str(year_ending(period))
    except ValueError:
        return ""


def _split_columns(raw: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Columns of numbers, and filters: a column is of numbers when most of what it shows is, or it has only marks."""
    rest = [column for column in raw.columns if column not in MARKS and column not in PLACES]
    numbers = []
    for column in rest:
        shown = raw[column][~cells.is_mark(raw[column])]
        if cells.numbers(shown).notna().mean() > 0.5 if len(shown) else (raw[column] != "").any():
            numbers.append(column)
    return numbers, [column for column in rest if column not in numbers]


def _said(filters: pd.DataFrame, source: str, headings: list[str]) -> tuple[dict[str, ees_names.Row], pd.Series]:
    """What each combination of filters says, and the combination of each row; headings kept throughout say nothing."""
    kept = [name for name in filters if not ees_names.says_nothing(name, set(filters[name]))]
    labels = filters[kept].agg("\x1f".join, axis=1) if kept else pd.Series("", index=filters.index)
    cells = {label: label.split("\x1f") for label in labels.unique()}
    constant = tuple(word for name in filters if name not in kept for word in filters[name].unique())
    about = any(ees_names.ABOUT.search(ees_names.words(text)) for text in (Path(source).stem, *headings, *constant))
    default = _usual_population(Path(source).stem, cells.values())
    return {label: ees_names.row(each, default, about, constant) for label, each in cells.items()}, labels


def _usual_population(stem: str, rows: Iterable[list[str]]) -> str:
    """Whom rows speak of that do not say it: as the file's name says; else 31 March, unless other rows speak of others."""
    named = ees_names.population(stem)
    others = {ees_names.population(cell) for cells in rows for cell in cells} - {"", ees_names.STOCK}
    return named or (ees_names.OTHER if others else ees_names.STOCK)


def _short(filters: pd.DataFrame) -> pd.Series:
    """How the subject of each row is told where it is not used: the words of its filters that are no totals."""
    if not len(filters.columns):
        return pd.Series("", index=filters.index)
    label = filters.agg("\x1f".join, axis=1).str.casefold()
    told = {text: [word for word in text.split("\x1f") if not ees_names.TOTAL.fullmatch(word)] for text in label.unique()}
    return label.map({text: "|".join(words) for text, words in told.items()})


def _places(raw: pd.DataFrame, level: pd.Series) -> pd.DataFrame:
    """Code, name and region of each row; the country is England where nothing else is said."""
    blank = pd.Series("", index=raw.index)
    code, name = blank.copy(), blank.copy()
    for key, (code_column, name_column) in LEVELS.items():
        here = level == key
        code = code.mask(here, raw.get(code_column, blank))
        name = name.mask(here, raw.get(name_column, blank))
    name = name.mask((level == "national") & (name == ""), "England")
    return pd.DataFrame({"la_code": code, "la_name": name, "region": raw.get("region_name", blank)})


def _recognised(found: pd.DataFrame, source: str) -> pd.DataFrame:
    """The figures that are ours and have a place; how many they are, and which are not, is said."""
    coded = ~cells.is_mark(found["la_code"]) | ((found["la_code"] == "") & (found["la_name"] != ""))
    ours = found["indicator"].notna() & coded
    figures = ~cells.is_mark(found["value"])
    others = found[figures & coded & found["indicator"].isna()]
    lost = figures & ~coded & found["indicator"].notna()
    told = (others["subject"] + " " + others["column"]).str.strip().value_counts()
    if not ours.any():
        raise csv_table.NotOurs(fault(source, f"no figure is recognised; it has {_listed(told)}").faults)
    print(
        f"{source}: {(figures & ours).sum()} figures of {found[ours]['indicator'].nunique()} indicators are recognised"
        + (f"; not used: {_listed(told)}" if len(told) else "")
        + (f"; {lost.sum()} figures of areas without a code are left out" if lost.any() else "")
        + ".",
        file=sys.stderr,
    )
    return found[ours].assign(unit=lambda rows: rows["column"].map(_unit)).drop(columns="subject").reset_index(drop=True)


def _listed(told: pd.Series) -> str:
    some = [f"'{name}' ({count})" for name, count in told.head(FIGURES_TOLD).items()]
    return ", ".join(some) + (f" and {len(told) - FIGURES_TOLD} others" if len(told) > FIGURES_TOLD else "")


def _unit(column: str) -> str:
    return "%" if re.search(r"percent|_perc|_pct|rate_fte", ees_names.heading(column)) else "as published"
