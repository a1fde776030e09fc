"""A return of two years made by hand for tests, and the forms in which people keep one: folders, columns, workbooks, dates."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import pandas as pd

from simulation.ssda903 import read_return

EPISODES = ["CHILD", "DECOM", "RNE", "LS", "CIN", "PLACE", "PLACE_PROVIDER", "DEC", "REC", "REASON_PLACE_CHANGE", "HOME_POST", "PL_POST", "URN"]
HEADER = ["CHILD", "SEX", "DOB", "ETHNIC", "UPN", "MOTHER", "MC_DOB"]
YEARS = (2023, 2024)
DATES = ("DECOM", "DEC", "DOB", "MC_DOB")
FORMS = {"slashes": "%d/%m/%Y", "iso": "%Y-%m-%d", "month names": "%d-%b-%Y", "points": "%d.%m.%Y", "time": "%Y-%m-%dT00:00:00"}
Tables = dict[int, dict[str, pd.DataFrame]]


def history(number: int, chance: random.Random) -> list[dict[str, object]]:
    """One child's episodes: a start, perhaps a move, perhaps an end; day numbers spread over every day of the month."""
    start = pd.Timestamp("2021-04-10") + pd.Timedelta(days=int(chance.random() * 1050))
    move = start + pd.Timedelta(days=20 + int(chance.random() * 300))
    end = move + pd.Timedelta(days=15 + int(chance.random() * 500))
    home = {"CHILD": str(500_000 + number), "LS": chance.choice(["V2", "C1", "C2"]), "CIN": "N1", "HOME_POST": f"HD{number % 9 + 1} 1AA"}
    first = {**home, "DECOM": start, "RNE": "S", "PLACE": "U6", "PLACE_PROVIDER": "PR1", "PL_POST": "HD3 2AA", "URN": "SC1"}
    if chance.random() < 0.5:
        return [{**first, "DEC": end, "REC": "E4A"}]
    second = {**home, "DECOM": move, "RNE": "P", "PLACE": "K2", "PLACE_PROVIDER": "PR4", "PL_POST": "LS1 3BB", "URN": "SC2"}
    return [{**first, "DEC": move, "REC": "X1", "REASON_PLACE_CHANGE": "CARPL"}, {**second, "DEC": end, "REC": "E4A"}]


def small_return(children: int = 40, seed: int = 1) -> Tables:
    """The tables of both years, as an authority would send them each July: dates as timestamps, blanks missing."""
    chance = random.Random(seed)
    rows = [row for number in range(children) for row in history(number, chance)]
    every = pd.DataFrame(rows).reindex(columns=EPISODES)
    births = {child: pd.Timestamp("2009-05-03") + pd.Timedelta(days=int(chance.random() * 4000)) for child in every["CHILD"].unique()}
    return {year: _of_year(every, births, year) for year in YEARS}


def _of_year(every: pd.DataFrame, births: dict[str, pd.Timestamp], year: int) -> dict[str, pd.DataFrame]:
    first, last = pd.Timestamp(f"{year - 1}-04-01"), pd.Timestamp(f"{year}-03-31")
    now = every[(every["DECOM"] <= last) & ~(every["DEC"] < first)].copy()
    later = now["DEC"] > last
    now["DEC"] = now["DEC"].where(~later)
    for name in ("REC", "REASON_PLACE_CHANGE"):
        now[name] = now[name].where(~later)
    numbers = now["CHILD"].unique()
    header = pd.DataFrame({"CHILD": numbers, "DOB": [births[one] for one in numbers], "ETHNIC": "WBRI"})
    header["SEX"] = ["1" if int(one) % 2 else "2" for one in numbers]
    return {"episodes": now, "header": header.reindex(columns=HEADER)}


def as_text(table: pd.DataFrame, form: str = "slashes") -> pd.DataFrame:
    """A table of text: dates in one of the FORMS, blanks empty."""
    made = table.copy()
    for name in table:
        if name in DATES:
            made[name] = pd.to_datetime(table[name]).dt.strftime(FORMS[form])
    return made.fillna("").astype(str)


def as_csv(table: pd.DataFrame) -> bytes:
    """The bytes of a CSV file."""
    return table.to_csv(index=False).encode()


def write_folders(folder: Path, tables: Tables, form: str = "slashes") -> Path:
    """A folder for each year."""
    for year, own in tables.items():
        (folder / str(year)).mkdir(parents=True, exist_ok=True)
        for name, table in own.items():
            (folder / str(year) / f"{name}.csv").write_bytes(as_csv(as_text(table, form)))
    return folder


def write_column(folder: Path, tables: Tables, form: str = "slashes", heading: str = "YEAR", year_form: str = "{0}") -> Path:
    """One file for both years, with the year of each row in a column."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("episodes", "header"):
        parts = [as_text(own[name], form).assign(**{heading: year_form.format(year, year - 1, year % 100)}) for year, own in tables.items()]
        (folder / f"{name}.csv").write_bytes(as_csv(pd.concat(parts)))
    return folder


def write_names(folder: Path, tables: Tables, form: str = "slashes") -> Path:
    """All files in one folder, the year before the name."""
    folder.mkdir(parents=True, exist_ok=True)
    for year, own in tables.items():
        for name, table in own.items():
            (folder / f"{year}_{name}.csv").write_bytes(as_csv(as_text(table, form)))
    return folder


def write_zip(folder: Path, tables: Tables, form: str = "slashes") -> Path:
    """An archive with a folder for each year."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / "return.zip", "w") as archive:
        for year, own in tables.items():
            for name, table in own.items():
                archive.writestr(f"{year - 1}-{year % 100}/{name}.csv", as_csv(as_text(table, form)))
    return folder / "return.zip"


def write_books(folder: Path, tables: Tables, form: str = "slashes") -> Path:
    """A workbook for each year, dates as dates whatever ``form`` says."""
    folder.mkdir(parents=True, exist_ok=True)
    for year, own in tables.items():
        (folder / f"{year}.xlsx").write_bytes(as_book(own))
    return folder


def as_book(own: dict[str, pd.DataFrame]) -> bytes:
    """The bytes of a workbook with a sheet for each table."""
    buffer = io.BytesIO()
    with pd.ExcelWriter(buffer, engine="openpyxl") as writer:
        for name, table in own.items():
            table.to_excel(writer, sheet_name=name, index=False)
    return buffer.getvalue()


LAYOUTS = {"folders": write_folders, "column": write_column, "names": write_names, "zip": write_zip, "books": write_books}


def reading(path: Path) -> tuple[object, ...]:
    """What a return says, in a form that two readings of it share: periods, placements and children."""
    found = read_return(path)
    periods = found.periods.drop(columns="PERIOD").fillna("").astype(str).sort_values(["CHILD", "START"])
    spells = found.spells.drop(columns="PERIOD").fillna("").astype(str).sort_values(["CHILD", "START"])
    children = found.children.fillna("").astype(str).sort_values("CHILD")
    return (found.years, *(tuple(map(tuple, table.to_numpy())) for table in (periods, spells, children)))
