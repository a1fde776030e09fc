"""From the rows of a file to a table: where its headings stand, and rows that do not fit below them."""

from __future__ import annotations

import pandas as pd

from simulation.base.errors import fault
from simulation.ssda903.corrections import CHANGED, DOUBTED, DROPPED, NOTED, Corrections
from simulation.ssda903.damage import check_columns
from simulation.ssda903.layout import KNOWN_COLUMNS, column_name, recognise

ROWS_ABOVE = 20
"""How far down a table the headings are looked for."""


def _headings(file: str, rows: list[list[str]], corrections: Corrections) -> int:
    """Which row holds the headings: the first, near the top, that a table of the return could have, else the first not blank."""
    filled = [number for number, row in enumerate(rows) if any(str(cell).strip() for cell in row)]
    if not filled:
        raise fault(file, "the file is empty.")
    for number in filled[:ROWS_ABOVE]:
        if recognise([column_name(cell) for cell in rows[number]])[0] is not None:
            if number != filled[0]:
                corrections.add(file, number + 1, "", NOTED, "what stands above the headings was left out")
            return number
    return filled[0]


def framed(file: str, rows: list[list[str]], corrections: Corrections) -> pd.DataFrame:
    """Rows of cells below the headings as a frame; of strange columns of one name the first is kept."""
    first = _headings(file, rows, corrections)
    names = [column_name(cell) for cell in rows[first]]
    while names and not names[-1]:
        names.pop()
    repeated = sorted({name for name in names if name in KNOWN_COLUMNS and names.count(name) > 1})
    if repeated:
        raise fault(f"{file}: row {first + 1}", f"column {repeated[0]} is there more than once.")
    rows = _without_more_headings(file, first, rows, corrections)
    below = [row for row in rows[first + 1 :] if any(row)]
    check_columns(file, first + 1, names, below, recognise(names)[0])
    _doubt_headings(file, first + 1, names, below, corrections)
    width, body, numbers = len(names), [], []
    for number, row in enumerate(rows[first + 1 :], start=first + 2):
        if not any(row):
            continue
        if len(row) != width:
            row = _fitted(file, number, row, width, corrections)
        body.append(row)
        numbers.append(number)
    frame = pd.DataFrame(body, columns=pd.Index(names, dtype=object), dtype=object)
    frame["ROW"] = pd.Series(numbers, dtype="int64")
    kept = [bool(name) and name not in frame.columns[:place] for place, name in enumerate(frame.columns)]
    return frame.loc[:, kept]


def _without_more_headings(file: str, first: int, rows: list[list[str]], corrections: Corrections) -> list[list[str]]:
    """Rows below the headings that are the headings again, as where files were put one under the other, are blank."""
    names = [column_name(cell) for cell in rows[first]]
    again = [at for at in range(first + 1, len(rows)) if rows[at] and [column_name(cell) for cell in rows[at]] == names]
    for at in again:
        corrections.add(file, at + 1, "", NOTED, "the headings are there again: left out")
    return [[] if at in set(again) else row for at, row in enumerate(rows)] if again else rows


def _doubt_headings(file: str, heading: int, names: list[str], rows: list[list[str]], corrections: Corrections) -> None:
    """Says where rows are wider than the headings and a column is not there: blank cells at the end would hide that."""
    layout = recognise(names)[0]
    absent = [name for name in layout.columns if name not in names] if layout else []
    wider = sum(len(row) > len(names) for row in rows)
    if absent and wider > len(rows) / 2:
        why = "rows are wider than the headings and a column is not there: is a heading missing?"
        corrections.add(file, heading, absent[0], DOUBTED, why)


def _fitted(file: str, number: int, row: list[str], width: int, corrections: Corrections) -> list[str]:
    """A row with exactly ``width`` cells."""
    if any(str(cell).strip() for cell in row[width:]):
        corrections.add(file, number, "", DROPPED, "more cells than headings: the cells beyond were dropped")
    elif len(row) < width:
        corrections.add(file, number, "", CHANGED, "fewer cells than headings: taken as blank")
    return (row + [""] * width)[:width]
