"""A CSV file as offices save it: every cell as text, with the number of its row; refused in a sentence where it is no table."""

from __future__ import annotations

import csv
import difflib
import io
import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

import pandas as pd

from simulation.base.errors import Fault, Faults, fault, printable

SEPARATORS = (",", ";", "\t")
HEADER_WITHIN = 20
MOST_FAULTS = 20
Row = tuple[int, list[str]]
MARKS_OF_ORDER = ("\ufeff", "\u00ef\u00bb\u00bf")
"""A byte-order mark, and what becomes of one that is decoded twice."""
INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad"))


class NotOurs(Faults):
    """A table of something else, such as the metadata that lie beside the data: no reason to refuse what is ours."""


def read(path: str | Path, known: Collection[str], needed: Callable[[Collection[str]], Sequence[str]]) -> pd.DataFrame:
    """Cells without blanks round them and column names in small letters; the index is the row in the file (header: 1).

    Commas, semicolons or tabs separate, whichever shows most of the ``known`` names; ``needed`` says which columns a
    header must have. Empty rows are nothing; a title above, a note below or a row of another length is refused.
    """
    text = _text(Path(path))
    separator = max(SEPARATORS, key=lambda one: max(_names_in(text, one, known).values(), default=0))
    rows = _rows(path, text, separator)
    names = _header(path, rows, known)
    missing = [name for name in needed(names) if name not in names]
    if missing:
        kind = Faults if 2 * len(missing) <= len(needed(names)) else NotOurs
        raise kind(_missing(path, missing, set(names) - set(known), needed(names)))
    if len(rows) == 1:
        raise fault(path, "has a header and no rows")
    _refuse_misshapen(path, rows[1:], len(names))
    frame = pd.DataFrame([cells[: len(names)] for _, cells in rows[1:]], columns=names, index=[at for at, _ in rows[1:]])
    return frame.drop(columns="", errors="ignore")


def told_once(rows: pd.DataFrame, bad: pd.Series, column: str | pd.Series, given: pd.Series, why: str) -> list[Fault]:
    """One fault for each wrong entry, however many rows have it; more than twenty kinds are only counted.

    ``rows`` has the columns ``file`` and ``row``; ``column`` is a name, or the name for each row.
    """
    if not bad.any():
        return []
    entries = given[bad]
    counts = Counter(entries)
    first = rows[bad].assign(entry=entries, named=column)[~entries.duplicated()].head(MOST_FAULTS)
    out = [
        Fault(f"{one.file}: row {one.row}, column {one.named}", f"'{_shown(one.entry)}' {why}{_more(counts[one.entry])}")
        for one in first.itertuples()
    ]
    untold = len(entries) - sum(counts[text] for text in first["entry"])
    if untold:
        out.append(Fault(str(rows["file"].iloc[0]), f"{untold} more rows have the same fault in column {first['named'].iloc[0]}"))
    return out


def _shown(text: str) -> str:
    return printable(text) if text else ""


def _more(rows: int) -> str:
    return f" (and {rows - 1} more rows like it)" if rows > 1 else ""


def _text(path: Path) -> str:
    if not os.path.exists(path):  # unlike Path.exists, says no to names that no file can have
        raise fault(printable(path), "there is no such file")
    if path.is_dir():
        raise fault(path, "is a folder; a CSV file is needed")
    content = path.read_bytes()
    if not content.strip():
        raise fault(path, "the file is empty")
    if content[:2] == b"PK" or content[:4] == b"\xd0\xcf\x11\xe0":
        raise fault(path, "is an Excel or zip file; save the sheet as 'CSV UTF-8' first")
    if content[:2] == b"\x1f\x8b":
        raise fault(path, "is a compressed file; unpack it first")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in content:
        raise fault(path, "is UTF-16 or binary; save it as 'CSV UTF-8'")
    try:
        return without_marks(content.decode("utf-8"))
    except UnicodeDecodeError:
        raise fault(*_undecodable(path, content)) from None


def without_marks(text: str) -> str:
    """A text without the byte-order marks before it, however often they were decoded."""
    while text.startswith(MARKS_OF_ORDER):
        text = text.removeprefix(MARKS_OF_ORDER[0]).removeprefix(MARKS_OF_ORDER[1])
    return text


def heading(cell: str, known: Collection[str]) -> str:
    """A column's name in small letters without invisible signs; blanks are underlines where that makes it a known one."""
    plain = cell.translate(INVISIBLE).replace("\u00a0", " ").strip().casefold()
    joined = re.sub(r"[\s.\-]+", "_", plain)
    return joined if joined in known else plain


def _undecodable(path: Path, content: bytes) -> tuple[str, str]:
    for number, line in enumerate(content.split(b"\n"), start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            place = f"{path}: row {number}, character {error.start + 1}"
            return place, f"byte {line[error.start]:#04x} is not UTF-8; save the file as 'CSV UTF-8'"
    return str(path), "is not UTF-8"


def _names_in(text: str, separator: str, known: Collection[str]) -> dict[int, int]:
    """How many of the known column names each of the first rows has."""
    first = io.StringIO(text[:100_000], newline="")
    lines = (line for line, _ in zip(csv.reader(first, delimiter=separator), range(HEADER_WITHIN), strict=False))
    return {at: len({heading(cell, known) for cell in cells} & set(known)) for at, cells in enumerate(lines, start=1)}


def _rows(path: str | Path, text: str, separator: str) -> list[Row]:
    """Rows in which something is written, with their numbers."""
    out: list[Row] = []
    at = 0
    try:
        for at, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), start=1):
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                out.append((at, stripped))
    except csv.Error as error:
        why = "a quotation mark is not closed, or stands inside a cell" if re.search('"|end of data', str(error)) else str(error)
        raise fault(f"{path}: row {at + 1}", f"is not a CSV table: {why}") from None
    if not out:
        raise fault(path, "the file is empty")
    return out


def _header(path: str | Path, rows: list[Row], known: Collection[str]) -> list[str]:
    def names_in(row: Row) -> int:
        return len({heading(cell, known) for cell in row[1]} & set(known))

    best = max(rows[:HEADER_WITHIN], key=names_in)
    if best is not rows[0] and names_in(best) > names_in(rows[0]) + 1:
        raise fault(f"{path}: row {rows[0][0]}", f"the header is in row {best[0]}: delete what is above it")
    names = [heading(cell, known) for cell in rows[0][1]]
    while not names[-1]:  # commas at the end of the row
        names.pop()
    twice = [name for name, times in Counter(names).items() if times > 1 and name]
    if twice:
        why = "is there more than once; keep one"
        raise Faults([Fault(f"{path}: row {rows[0][0]}", f"column '{printable(name)}' {why}") for name in twice])
    return names


def _missing(path: str | Path, missing: list[str], others: Collection[str], needed: Sequence[str]) -> list[Fault]:
    return [
        Fault(f"{path}: row 1", f"column '{name}' is missing.{rename(name, others)} Needed: {', '.join(needed)}")
        for name in missing
    ]


def rename(name: str, others: Iterable[str]) -> str:
    """`` If 'la_cod' is meant, name it 'la_code'.``: the user's own heading is never what is offered."""
    found = difflib.get_close_matches(name, list(others), n=1, cutoff=0.6)
    return f" If '{printable(found[0])}' is meant, name it '{name}'." if found else ""


def _refuse_misshapen(path: str | Path, rows: list[Row], width: int) -> None:
    """Rows that no header column fits: a note, or a comma too many or too few; one sentence for each kind."""
    notes = [row for row in rows if width > 2 and sum(map(bool, row[1])) == 1]
    others = [row for row in rows if (len(row[1]) < width or any(row[1][width:])) and row not in notes]
    faults = []
    if notes:
        at, cells = notes[0]
        said = printable("".join(cells))
        faults.append(Fault(f"{path}: row {at}", f"only '{said}' is filled in; delete notes below the table{_more(len(notes))}"))
    if others:
        at, cells = others[0]
        told = f"has {len(cells)} columns and the header {width}; is there a comma too many or too few?{_more(len(others))}"
        faults.append(Fault(f"{path}: row {at}", told))
    if faults:
        raise Faults(faults)
