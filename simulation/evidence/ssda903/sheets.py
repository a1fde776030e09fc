"""From the bytes of a file to raw tables of text: the same for comma-separated text, workbooks and XML."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

import pandas as pd

from simulation.evidence.ssda903.doors import Source, year_label
from simulation.evidence.ssda903.layout import LAYOUTS, column_name
from simulation.evidence.ssda903.mends import CHANGED, DROPPED, Mends
from simulation.faults import fault

XML_PARTS = {
    "EPISODE": "episodes", "AREVIEW": "reviews", "AMISSING": "missing", "OC2": "oc2", "PERMANENCE": "previous_permanence",
    "AD_PLACED": "placed_for_adoption", "SWEPISODE": "sw_episodes", "SW_EPISODE": "sw_episodes", "DOLO": "dolo",
}  # fmt: skip
XML_ROWS = {"uasc": "DUC", "oc3": "IN_TOUCH", "ad1": "DATE_INT"}
MOST_CELLS = 40_000_000
NOT_TEXT = "this is not text in UTF-8 or Windows-1252; save the file as 'CSV UTF-8'."


@dataclass(frozen=True)
class Sheet:
    """A raw table: ``file`` (and sheet) it came from, ``label`` of its year, text cells with statutory column names.

    ``frame`` carries ``ROW``, the row as a spreadsheet numbers it (headings are row 1). ``table`` is known only for XML.
    """

    file: str
    label: str
    frame: pd.DataFrame
    table: str = ""


def sheets(source: Source, mends: Mends) -> Iterator[Sheet]:
    """The tables in one file. Raises :class:`Faults` when it cannot be understood at all."""
    if source.kind in (".xlsx", ".xlsm"):
        yield from _workbook(source, mends)
    elif source.kind == ".xml":
        yield from _xml(source)
    else:
        yield _text(source, mends)


def decoded(source: Source, mends: Mends) -> str:
    """The text of a file in UTF-8 (with or without a mark), UTF-16 with a mark, or Windows-1252."""
    content = source.content
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            text = content.decode("utf-16")
        except UnicodeDecodeError:
            raise fault(source.name, "the file is neither UTF-8 nor UTF-16 text; save it as 'CSV UTF-8'.") from None
        mends.add(source.name, 0, "", CHANGED, "read as UTF-16 text")
        return text
    if b"\x00" in content:
        place = _where(content, content.index(b"\x00"))
        raise fault(f"{source.name}: {place}", NOT_TEXT)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as first:
        return _windows(source, first, mends)


def _windows(source: Source, first: UnicodeDecodeError, mends: Mends) -> str:
    try:
        text = source.content.decode("cp1252")
    except UnicodeDecodeError as error:
        place = _where(source.content, error.start)
        raise fault(f"{source.name}: {place}", NOT_TEXT) from None
    mends.add(source.name, source.content.count(b"\n", 0, first.start) + 1, "", CHANGED, "not UTF-8: read as Windows-1252")
    return text


def _where(content: bytes, position: int) -> str:
    """Row and column of a byte, as ``row 7, column 3 (DECOM)``."""
    row = content.count(b"\n", 0, position) + 1
    column = content.count(b",", content.rfind(b"\n", 0, position) + 1, position)
    names = content.split(b"\n", 1)[0].decode("ascii", "ignore").split(",")
    name = f" ({column_name(names[column])})" if row > 1 and column < len(names) else ""
    return f"row {row}, column {column + 1}{name}"


def _text(source: Source, mends: Mends) -> Sheet:
    text = decoded(source, mends)
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",;\t|", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        if any("\n" in cell or "\r" in cell for row in rows for cell in row):
            mends.add(source.name, 0, "", CHANGED, "a quotation mark is never closed: quotation marks ignored")
            rows = list(csv.reader(io.StringIO(text.replace('"', ""), newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE))
    except csv.Error as error:
        raise fault(source.name, f"the rows cannot be told apart ({error}).") from None
    return Sheet(source.name, source.label, _frame(source.name, rows, mends))


def _frame(file: str, rows: list[list[str]], mends: Mends) -> pd.DataFrame:
    """Rows of cells as a frame; the first row that is not blank holds the headings."""
    first = next((number for number, row in enumerate(rows) if any(str(cell).strip() for cell in row)), None)
    if first is None:
        raise fault(file, "the file is empty.")
    names = [column_name(cell) for cell in rows[first]]
    while names and not names[-1]:
        names.pop()
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        raise fault(f"{file}: row {first + 1}", f"column {repeated[0]} is there more than once.")
    width, body, numbers = len(names), [], []
    for number, row in enumerate(rows[first + 1 :], start=first + 2):
        if not any(row):
            continue
        if len(row) != width:
            row = _fitted(file, number, row, width, mends)
        body.append(row)
        numbers.append(number)
    frame = pd.DataFrame(body, columns=pd.Index(names, dtype=object), dtype=object)
    frame["ROW"] = pd.Series(numbers, dtype="int64")
    return frame.loc[:, [name for name in frame.columns if name]]


def _fitted(file: str, number: int, row: list[str], width: int, mends: Mends) -> list[str]:
    """A row with exactly ``width`` cells."""
    if any(str(cell).strip() for cell in row[width:]):
        mends.add(file, number, "", DROPPED, "more cells than headings: the cells beyond were dropped")
    elif len(row) < width:
        mends.add(file, number, "", CHANGED, "fewer cells than headings: taken as blank")
    return (row + [""] * width)[:width]


def _workbook(source: Source, mends: Mends) -> Iterator[Sheet]:
    import openpyxl  # imported here: slow, and few returns are workbooks

    try:
        book = openpyxl.load_workbook(io.BytesIO(source.content), read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever the damaged part happens to raise
        raise fault(source.name, f"the workbook cannot be read ({type(error).__name__}).") from None
    cells = 0
    for sheet in book.worksheets:
        name = f"{source.name}[{sheet.title}]"
        rows = []
        for row in sheet.iter_rows(values_only=True):
            cells += len(row)
            if cells > MOST_CELLS:
                raise fault(name, f"the workbook has more than the {MOST_CELLS:,} cells that are read.")
            rows.append([_cell(value) for value in row])
        if any(any(row) for row in rows):
            yield Sheet(name, source.label or year_label(sheet.title), _frame(name, rows, mends))
    book.close()


def _cell(value: object) -> str:
    """A cell of a workbook as text: dates as ISO, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()[:10]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _xml(source: Source) -> Iterator[Sheet]:
    """The return as the Department's XML: one element a child, holding its header, episodes and smaller tables."""
    head = source.content[:4096].replace(b"\x00", b"").upper()
    if b"<!DOCTYPE" in head or b"<!ENTITY" in source.content.replace(b"\x00", b"").upper():
        raise fault(source.name, "an XML file with a document type or entities is not read.")
    try:
        root = ElementTree.fromstring(source.content)
    except ElementTree.ParseError as error:
        line, column = error.position
        raise fault(f"{source.name}: row {line}, column {column + 1}", "this is not well-formed XML.") from None
    rows: dict[str, list[dict[str, object]]] = {name: [] for name in LAYOUTS}
    for number, child in enumerate(root, start=1):
        _xml_child(child, number, rows)
    for name, found in rows.items():
        if found:
            names = dict.fromkeys(key for row in found for key in row)
            filled = [{key: row.get(key, "") for key in names} for row in found]
            yield Sheet(source.name, source.label, pd.DataFrame(filled, dtype=object), name)


def _xml_child(child: ElementTree.Element, number: int, rows: dict[str, list[dict[str, object]]]) -> None:
    """Adds the records of one child; ``ROW`` is the child's place in the file."""
    own: dict[str, object] = {"ROW": number, **_leaves(child, skip=set(XML_PARTS))}
    rows["header"].append(own)
    for name, column in XML_ROWS.items():
        if own.get(column):
            rows[name].append(own)
    for part in child.iter():
        table = XML_PARTS.get(part.tag.rsplit("}", 1)[-1].upper())
        if table and len(part):
            rows[table].append({**own, **_leaves(part, skip=set())})


def _leaves(element: ElementTree.Element, skip: set[str]) -> dict[str, str]:
    """The text of every element without children below ``element``, by statutory column name."""
    found: dict[str, str] = {}
    for part in element:
        tag = part.tag.rsplit("}", 1)[-1].upper() if isinstance(part.tag, str) else ""
        if not tag or tag in skip:
            continue
        if len(part):
            found.update(_leaves(part, skip))
        else:
            found[column_name(tag)] = (part.text or "").strip()
    return found
