"""From the bytes of a file to raw tables of text: the same for comma-separated text, workbooks and XML."""

from __future__ import annotations

import csv
import datetime as dt
import io
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

import pandas as pd

from simulation.base.errors import Faults, fault
from simulation.published.csv_table import without_marks
from simulation.ssda903 import unsaved
from simulation.ssda903.corrections import CHANGED, NOT_A_TABLE, NOTED, Corrections
from simulation.ssda903.layout import LAYOUTS, column_name
from simulation.ssda903.rows import ROWS_ABOVE, framed
from simulation.ssda903.sources import MOST_BYTES_A_FILE, WORKBOOK, Source, year_label

XML_PARTS = {
    "EPISODE": "episodes", "AREVIEW": "reviews", "AMISSING": "missing", "OC2": "oc2", "PERMANENCE": "previous_permanence",
    "AD_PLACED": "placed_for_adoption", "SWEPISODE": "sw_episodes", "SW_EPISODE": "sw_episodes", "DOLO": "dolo",
}  # fmt: skip
XML_ROWS = {"uasc": "DUC", "oc3": "IN_TOUCH", "ad1": "DATE_INT"}
MOST_CELLS = 40_000_000
MOST_LEVELS = 50
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


def sheets(source: Source, corrections: Corrections) -> Iterator[Sheet]:
    """The tables in one file. Raises :class:`Faults` when it cannot be understood at all."""
    if source.kind == WORKBOOK:
        yield from _workbook(source, corrections)
    elif source.kind == ".xml":
        yield from _xml(source, corrections)
    else:
        yield _text(source, corrections)


def decoded(source: Source, corrections: Corrections) -> str:
    """The text of a file in UTF-8 or UTF-16 (each with or without a mark), or Windows-1252."""
    content = source.content
    wide = _wide(content)
    try:
        text = content.decode(wide or "utf-8-sig")
    except UnicodeDecodeError as first:
        if wide:
            raise fault(source.name, "the file is neither UTF-8 nor UTF-16 text; save it as 'CSV UTF-8'.") from None
        text = _windows(source, first, corrections)
    if "\x00" in text:
        raise fault(f"{source.name}: {_where(content, content.index(0))}", NOT_TEXT)
    if wide:
        corrections.add(source.name, 0, "", CHANGED, "read as UTF-16 text")
    return without_marks(text)


def _wide(content: bytes) -> str:
    """Which UTF-16 the bytes are in: as their mark says, or because every other byte is nothing; empty when they are not."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    for encoding, nothings in (("utf-16-le", content[1::2]), ("utf-16-be", content[::2])):
        if len(content) % 2 == 0 and 2 * nothings.count(0) > len(nothings) and content.count(0) < 0.6 * len(content):
            return encoding
    return ""


def _windows(source: Source, first: UnicodeDecodeError, corrections: Corrections) -> str:
    try:
        text = source.content.decode("cp1252")
    except UnicodeDecodeError as error:
        place = _where(source.content, error.start)
        raise fault(f"{source.name}: {place}", NOT_TEXT) from None
    corrections.add(source.name, source.content.count(b"\n", 0, first.start) + 1, "", CHANGED, "not UTF-8: read as Windows-1252")
    return text


def _where(content: bytes, position: int) -> str:
    """Row and column of a byte, as ``row 7, column 3 (DECOM)``."""
    row = content.count(b"\n", 0, position) + 1
    column = content.count(b",", content.rfind(b"\n", 0, position) + 1, position)
    names = content.split(b"\n", 1)[0].decode("ascii", "ignore").split(",")
    name = f" ({column_name(names[column])})" if row > 1 and column < len(names) else ""
    return f"row {row}, column {column + 1}{name}"


def _text(source: Source, corrections: Corrections) -> Sheet:
    csv.field_size_limit(MOST_BYTES_A_FILE)  # a long note, or a quotation mark never closed, is no reason to refuse a file
    text = decoded(source, corrections)
    top = text.lstrip("\r\n").replace("\r", "\n").split("\n", ROWS_ABOVE)[:ROWS_ABOVE]
    delimiter = max(",;\t|", key="".join(top).count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        if _swallowed(rows, delimiter):
            corrections.add(source.name, 0, "", CHANGED, "a quotation mark is never closed: quotation marks ignored")
            rows = list(csv.reader(io.StringIO(text.replace('"', ""), newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE))
    except csv.Error as error:
        raise fault(source.name, f"the rows cannot be told apart ({error}).") from None
    return Sheet(source.name, source.label, framed(source.name, rows, corrections))


def _swallowed(rows: list[list[str]], delimiter: str) -> bool:
    """Whether a cell of several lines holds rows of the table, as it does where a quotation mark is never closed."""
    long = [cell for row in rows for cell in row if "\n" in cell or "\r" in cell]
    half = statistics.mode(len(row) for row in rows) / 2 if long else 0
    return any(line.count(delimiter) >= half for cell in long for line in cell.splitlines())


def _workbook(source: Source, corrections: Corrections) -> Iterator[Sheet]:
    for title, rows in _cells(source).items():
        name = f"{source.name}[{title}]"
        if any(rows):
            frame = framed(name, rows, corrections)
            yield Sheet(name, source.label or year_label(title), unsaved.refused(name, frame))


def _cells(source: Source) -> dict[str, list[list[str]]]:
    """The rows of each sheet of a workbook, as text; a blank row is empty."""
    import openpyxl  # imported here: slow, and few returns are workbooks

    cells = 0
    found: dict[str, list[list[str]]] = {}
    try:
        book = openpyxl.load_workbook(io.BytesIO(source.content), read_only=True, data_only=True)
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what a workbook says of its size is often wrong: the cells say it
            rows = found[sheet.title] = []
            for row in sheet.iter_rows(values_only=True):
                cells += len(row)
                if cells > MOST_CELLS:
                    raise fault(source.name, f"the workbook has more than the {MOST_CELLS:,} cells that are read.")
                rows.append([_cell(value) for value in row] if any(value is not None for value in row) else [])
        book.close()
        unsaved.mark(source.content, found)
    except Faults:
        raise
    except Exception as error:  # openpyxl raises whatever the damaged part happens to raise
        raise fault(source.name, f"the workbook cannot be read ({type(error).__name__}); save it as .xlsx or CSV.") from None
    return {title: _of_one_width(rows) for title, rows in found.items()}


def _of_one_width(rows: list[list[str]]) -> list[list[str]]:
    """Rows as wide as the widest: a workbook does not keep the blank cells at the end of a row."""
    width = max(map(len, rows), default=0)
    return [row + [""] * (width - len(row)) if row else row for row in rows]


def _cell(value: object) -> str:
    """A cell of a workbook as text: dates as ISO, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()[:10]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _xml(source: Source, corrections: Corrections) -> Iterator[Sheet]:
    """The return as the Department's XML: one element a child, holding its header, episodes and smaller tables."""
    children = _xml_children(source)
    if not children:
        corrections.add(source.name, 0, "", NOTED, NOT_A_TABLE)
    rows: dict[str, list[dict[str, object]]] = {name: [] for name in LAYOUTS}
    for number, child in enumerate(children, start=1):
        _xml_child(child, number, rows)
    for name, found in rows.items():
        if found:
            names = dict.fromkeys(key for row in found for key in row)
            filled = [{key: row.get(key, "") for key in names} for row in found]
            yield Sheet(f"{source.name}[rows are children]", source.label, pd.DataFrame(filled, dtype=object), name)


def _xml_children(source: Source) -> list[ElementTree.Element]:
    """The elements of an XML file that each describe one child. Depth is bounded, and entities are not read."""
    plain = source.content.replace(b"\x00", b"").upper()
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise fault(source.name, "an XML file with a document type or entities is not read.")
    level, children = 0, []
    try:
        for event, element in ElementTree.iterparse(io.BytesIO(source.content), ("start", "end")):
            level += 1 if event == "start" else -1
            if level > MOST_LEVELS:
                raise fault(source.name, f"the XML is nested more than {MOST_LEVELS} levels deep.")
            if event == "end" and _tag(element) == "CHILD" and len(element):
                children.append(element)
    except ElementTree.ParseError as error:
        line, column = error.position
        raise fault(f"{source.name}: row {line}, column {column + 1}", "this is not well-formed XML.") from None
    except (LookupError, ValueError) as error:
        raise fault(source.name, f"the XML cannot be read ({error}); save it as UTF-8.") from None
    return children


def _tag(element: ElementTree.Element) -> str:
    """The name of an element in capitals, without its namespace; empty for a comment."""
    return element.tag.rsplit("}", 1)[-1].upper() if isinstance(element.tag, str) else ""


def _xml_child(child: ElementTree.Element, number: int, rows: dict[str, list[dict[str, object]]]) -> None:
    """Adds the records of one child; ``ROW`` is the child's place in the file."""
    own: dict[str, object] = {"ROW": number, **_leaves(child, skip=set(XML_PARTS))}
    rows["header"].append(own)
    for name, column in XML_ROWS.items():
        if own.get(column):
            rows[name].append(own)
    for part in child.iter():
        table = XML_PARTS.get(_tag(part))
        if table and len(part):
            rows[table].append({**own, **_leaves(part, skip=set())})


def _leaves(element: ElementTree.Element, skip: set[str]) -> dict[str, str]:
    """The text of every element without children below ``element``, by statutory column name."""
    found: dict[str, str] = {}
    for part in element:
        tag = _tag(part)
        if not tag or tag in skip:
            continue
        if len(part):
            found.update(_leaves(part, skip))
        else:
            found[column_name(tag)] = (part.text or "").strip()
    return found
