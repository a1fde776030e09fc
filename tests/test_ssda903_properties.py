"""One return in any form reads the same, and whatever is done to it reads the same, is told, or is refused."""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from small_returns import FORMS, LAYOUTS, Tables, as_csv, as_text, reading, small_return, write_folders

from simulation.base.errors import Faults
from simulation.ssda903 import read_return
from simulation.ssda903.corrections import NOTED

slowly = settings(
    max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink]
)


def shuffled(tables: Tables, chance: random.Random) -> Tables:
    """The same tables with rows and columns in another order."""
    out: Tables = {}
    for year, own in sorted(tables.items(), key=lambda _: chance.random()):
        out[year] = {}
        for name, table in sorted(own.items(), key=lambda _: chance.random()):
            columns = chance.sample(list(table), len(table.columns))
            out[year][name] = table[columns].sample(frac=1, random_state=chance.randrange(1000)).reset_index(drop=True)
    return out


@slowly
@given(seed=st.integers(0, 500), layout=st.sampled_from(list(LAYOUTS)), form=st.sampled_from(list(FORMS)), order=st.integers(0, 500))
def test_rows_columns_names_dates_and_years_in_any_form_read_the_same(seed: int, layout: str, form: str, order: int) -> None:
    tables = small_return(30, seed)
    with tempfile.TemporaryDirectory() as folder:
        plain = reading(write_folders(Path(folder) / "plain", tables))
        chance = random.Random(order)
        assert reading(LAYOUTS[layout](Path(folder) / "other", shuffled(tables, chance), form)) == plain


@slowly
@given(seed=st.integers(0, 500), order=st.integers(0, 500))
def test_files_may_be_called_anything(seed: int, order: int) -> None:
    tables, chance = small_return(30, seed), random.Random(order)
    with tempfile.TemporaryDirectory() as folder:
        plain = reading(write_folders(Path(folder) / "plain", tables))
        path = write_folders(Path(folder) / "other", tables)
        for file in list(path.glob("*/*.csv")):
            file.rename(file.with_name("".join(chance.sample("abcdefghij", 6)) + chance.choice([".csv", ".CSV", ".txt"])))
        assert reading(path) == plain


# ---- damage: each takes the text of an episodes file and gives it back damaged

Damage = Callable[[str, random.Random], str]


def rows_of(text: str) -> tuple[str, list[str]]:
    head, *rows = text.strip().split("\n")
    return head, rows


def each_row(change: Callable[[str], str], share: float) -> Damage:
    """A change of a share of the rows, drawn at random."""

    def damage(text: str, chance: random.Random) -> str:
        head, rows = rows_of(text)
        return "\n".join([head, *(change(row) if chance.random() < share else row for row in rows)]) + "\n"

    return damage


def month_first(row: str) -> str:
    return re.sub(r"(\d\d)/(\d\d)/(\d{4})", r"\2/\1/\3", row)


def half_turned(text: str, chance: random.Random) -> str:
    return re.sub(r"(\d\d)/(\d\d)/(\d{4})", lambda found: f"{found[3]}-{found[1]}-{found[2]}" if int(found[1]) <= 12 else found[0], text)


def lost_heading(text: str, chance: random.Random) -> str:
    head, rows = rows_of(text)
    names = head.split(",")
    names.pop(chance.randrange(1, len(names)))
    return "\n".join([",".join(names), *rows]) + "\n"


def heading_too_many(text: str, chance: random.Random) -> str:
    head, rows = rows_of(text)
    names = head.split(",")
    names.insert(chance.randrange(1, 9), "SOMETHING")
    return "\n".join([",".join(names), *rows]) + "\n"


def lost_column(text: str, chance: random.Random) -> str:
    head, rows = rows_of(text)
    place = chance.randrange(len(head.split(",")))
    return "\n".join(",".join(cell for at, cell in enumerate(row.split(",")) if at != place) for row in (head, *rows)) + "\n"


def twice(text: str, chance: random.Random) -> str:
    head, rows = rows_of(text)
    return "\n".join([head, *rows, *chance.sample(rows, len(rows) // 3)]) + "\n"


def two_authorities(text: str, chance: random.Random) -> str:
    head, rows = rows_of(text)
    return "\n".join([head + ",LA", *(f"{row},{chance.choice(['Leeds', 'Wakefield'])}" for row in rows)]) + "\n"


def torn(text: str, chance: random.Random) -> str:
    return text[: chance.randrange(len(text) // 2, len(text) - 20)]


def repeated_headings(text: str, chance: random.Random) -> str:
    head, rows = rows_of(text)
    return "\n".join([head, *rows[:10], head, *rows[10:]]) + "\n"


DAMAGES: dict[str, Damage] = {
    "a third month first": each_row(month_first, 0.33),
    "all month first": each_row(month_first, 1.0),
    "half turned by a spreadsheet": half_turned,
    "a heading lost": lost_heading,
    "a heading too many": heading_too_many,
    "a column lost": lost_column,
    "rows twice": twice,
    "two authorities": two_authorities,
    "cells shifted right": each_row(lambda row: re.sub(r",(S|P),", r",,\1,", row), 0.4),
    "cells shifted left": each_row(lambda row: re.sub(r",(S|P),", ",", row), 0.4),
    "torn off": torn,
    "numbers cut": each_row(lambda row: re.sub(r"^\d+", "5.0E+05", row), 1.0),
    "noughts before numbers": each_row(lambda row: f"000{row}", 0.5),
    "quotation marks": each_row(lambda row: ",".join(f'"{cell}"' for cell in row.split(",")), 0.5),
    "a mark decoded twice": lambda text, _: f"\u00ef\u00bb\u00bf{text}",
    "title above": lambda text, _: f"Return of children looked after\n\n{text}",
    "note below": lambda text, _: f"{text}Source: the system\n",
    "headings again": repeated_headings,
    "semicolons": lambda text, _: text.replace(",", ";"),
    "codes with meanings": lambda text, _: text.replace(",U6,", ",U6: foster placement,"),
    "small letters": lambda text, _: text.lower(),
    "errors of formulas": each_row(lambda row: re.sub(r",(X1|E4A),", ",#REF!,", row), 0.5),
    "two figures of the year": lambda text, _: re.sub(r"/20(\d\d)", r"/\1", text),
}


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.parametrize(("seed", "year"), [(1, 2023), (2, 2024), (3, 2024)])
def test_whatever_is_done_to_a_return_it_is_read_right_or_told_or_refused(name: str, seed: int, year: int) -> None:
    tables = small_return(40, seed)
    with tempfile.TemporaryDirectory() as folder:
        plain = write_folders(Path(folder) / "plain", tables)
        path = write_folders(Path(folder) / "other", tables)
        file = path / str(year) / "episodes.csv"
        file.write_text(DAMAGES[name](file.read_text(), random.Random(seed)), encoding="utf-8")
        try:
            found = reading(path)
        except Faults as refused:
            assert all(str(fault.where) and fault.message for fault in refused.faults)
            return
        if found != reading(plain):
            usual = [correction.why for correction in read_return(plain).corrections.made]
            told = [correction for correction in read_return(path).corrections.made if (correction.what != NOTED or correction.column) and correction.why not in usual]
            assert told, f"{name}: another answer in silence"


def test_damage_that_nothing_tells_of_would_be_seen() -> None:
    """The property can fail: a child taken out of both tables leaves no trace, and the two readings differ."""
    tables = small_return(40)
    gone = tables[2024]["episodes"]["CHILD"].iloc[0]
    less = {year: {name: table[table["CHILD"] != gone] for name, table in own.items()} for year, own in tables.items()}
    with tempfile.TemporaryDirectory() as folder:
        plain, other = write_folders(Path(folder) / "plain", tables), write_folders(Path(folder) / "other", less)
        assert reading(plain) != reading(other)
        assert all(correction.what == NOTED for correction in read_return(other).corrections.made)


def test_a_file_lying_there_twice_changes_nothing(tmp_path: Path) -> None:
    tables = small_return(40)
    path = write_folders(tmp_path / "r", tables)
    (path / "2024" / "episodes (1).csv").write_bytes(as_csv(as_text(tables[2024]["episodes"])))
    (path / "2024" / "header copy.csv").write_bytes(as_csv(as_text(tables[2024]["header"])))
    assert reading(path) == reading(write_folders(tmp_path / "plain", tables))


def test_the_truth_is_read(tmp_path: Path) -> None:
    """Against the histories themselves, not another reading: who was looked after on each 31 March."""
    tables = small_return(60)
    found = read_return(write_folders(tmp_path, tables))
    for year, own in tables.items():
        day = pd.Timestamp(f"{year}-03-31")
        there = own["episodes"][(own["episodes"]["DEC"].isna()) | (own["episodes"]["DEC"] > day)]["CHILD"]
        periods = found.periods[(found.periods["START"] <= day) & ~(found.periods["END"] <= day)]
        assert set(periods["CHILD"]) == set(there)
