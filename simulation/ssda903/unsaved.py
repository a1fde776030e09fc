"""Formulas whose results were not saved with the workbook: their cells look blank and are not."""

from __future__ import annotations

import io
import zipfile

import pandas as pd

from simulation.base.errors import Fault, Faults
from simulation.ssda903.layout import LAYOUTS, recognise

MARK = "\x00formula"
"""Stands in a cell whose formula has no stored result; no cell of a workbook can hold it."""
SHOWN = 5


def mark(content: bytes, found: dict[str, list[list[str]]]) -> None:
    """Marks, in the rows of each sheet, the cells that hold a formula and no result; most workbooks have no formula at all."""
    if not _has_formulas(content):
        return
    import openpyxl  # imported here: slow, and few returns are workbooks

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows()):
            for place, cell in enumerate(row):
                if cell.data_type == "f":
                    _mark(found[sheet.title], number, place)
    book.close()


def _has_formulas(content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        names = [name for name in book.namelist() if "worksheets/" in name and name.endswith(".xml")]
        return any(b"<f>" in (text := book.read(name)) or b"<f " in text for name in names)


def _mark(rows: list[list[str]], number: int, place: int) -> None:
    row = rows[number]
    row.extend([""] * (place + 1 - len(row)))
    if not row[place]:
        row[place] = MARK


def refused(file: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame without marks; a formula without a result in a column of the return is refused, for it is not blank."""
    layout = recognise([str(name) for name in frame.columns])[0]
    marked = frame == MARK
    ours = LAYOUTS[layout.name].columns if layout else ()
    faults = []
    for name in [name for name in ours if name in frame and marked[name].any()]:
        rows = frame.loc[marked[name], "ROW"]
        said = f"{len(rows)} cells hold formulas whose results were not saved; open the workbook, save it, and give it again."
        faults.append(Fault(f"{file}: row {rows.iloc[0]}, column {name}", said))
    if faults:
        raise Faults(faults[:SHOWN])
    return frame.mask(marked, "")
