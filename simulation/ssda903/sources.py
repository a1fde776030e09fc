"""Opening a return wherever it lies: a folder, a zip archive, a workbook, an XML file or a single table.

Everything here is bounded: sizes, numbers of files and compression ratios, so that a file made to do harm is
refused before it is unpacked, and nothing outside the folder that was named is ever read.
"""

from __future__ import annotations

import io
import lzma
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from simulation.base.errors import Fault, Faults, fault, printable

MEBIBYTE = 1024 * 1024
MOST_BYTES_A_FILE = 200 * MEBIBYTE
MOST_BYTES = 1024 * MEBIBYTE
MOST_FILES = 2000
MOST_RATIO = 200
SMALL = MEBIBYTE
KINDS = (".csv", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".xml")
ARCHIVES = (".zip", ".7z", ".rar", ".gz")
HELD = (".csv", ".xml", ".xlsx")
WORKBOOK, WORKBOOKS = ".xlsx", (".xlsx", ".xlsm", ".xlsb", ".ods", ".xls")
FIRST_BYTES, FEWEST_MARKS = 4096, 3
YEAR = re.compile(r"(?<!\d)(20[0-4]\d)(?:[-_/ ]?(\d\d))?(?!\d)")
PAGE = re.compile(rb"<\s*(!doctype html|html|head|body|meta|div|table|style)\b")
OLD_SHEET = b"urn:schemas-microsoft-com:office:spreadsheet"
CONTENTS = "[Content_Types].xml"
"""The member that every Excel workbook has."""
DAMAGED = (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError, zlib.error, lzma.LZMAError)


@dataclass(frozen=True)
class Source:
    """One file of a return: its ``name`` within the return, its ``label`` (what groups a year's files) and its bytes."""

    name: str
    label: str
    kind: str
    content: bytes


def sources(path: Path | str) -> Iterator[Source]:
    """The files of a return, in name order. Raises :class:`Faults` for what is not there, too big or out of bounds."""
    if not str(path):
        raise fault("--ssda903", "names nothing; give the folder or file of the return.")
    path = Path(path)
    if not os.path.exists(path):  # unlike Path.exists, says no to names that no file can have
        raise fault(printable(path), "there is no such file or folder.")
    if path.is_dir():
        yield from _folder(path)
    elif _is_archive(path):
        yield from _archive(path, path.name)
    else:
        yield _one(path, path.name)


def _is_archive(path: Path) -> bool:
    """Whether a file holds other files, by its contents where they tell: a workbook is none, whatever it is called."""
    named = path.suffix.lower() in ARCHIVES
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.lower() for name in archive.namelist()]
    except DAMAGED:
        return named and not _text_of_rows(path)
    return CONTENTS.lower() not in names and (named or any(name.endswith(HELD) for name in names))


def _text_of_rows(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _is_table(file.read(FIRST_BYTES))
    except OSError:
        return False


def _is_table(content: bytes) -> bool:
    """Whether bytes begin as text does whose first row has several cells."""
    first = content[:FIRST_BYTES].replace(b"\x00", b"").lstrip().split(b"\n", 1)[0]
    return max(first.count(mark) for mark in b",;\t|") >= FEWEST_MARKS and not any(byte < 9 for byte in first)


def year_label(name: str) -> str:
    """What marks a file's year: ``2022`` or ``2021-22`` in its name or in that of a folder it lies in; may be empty."""
    place = PurePosixPath(name)
    for part in reversed(place.parts):
        if found := YEAR.search(part):
            return "".join(figures for figures in found.groups() if figures)
    return str(place.parent) if place.parent != PurePosixPath(".") else ""


def named_year(label: str) -> int | None:
    """The financial year that a label names, by the year in which it ends: ``2022``, or ``202122`` for April 2021 to March 2022.

    Two figures that are not the next year's are a month, as in an extract of ``2022-06``, and name no financial year.
    """
    if not re.fullmatch(r"\d{4}(\d\d)?", label):
        return None
    first, second = int(label[:4]), label[4:]
    if not second:
        return first
    return first + 1 if int(second) == (first + 1) % 100 else None


def _one(path: Path, name: str) -> Source:
    if not path.is_file():
        raise fault(name, "this is not an ordinary file.")
    size = path.stat().st_size
    if size > MOST_BYTES_A_FILE:
        raise fault(name, f"the file is {size // MEBIBYTE} MiB; at most {MOST_BYTES_A_FILE // MEBIBYTE} MiB is read.")
    kind = path.suffix.lower()
    if kind not in KINDS + ARCHIVES and not (_text_of_rows(path) or zipfile.is_zipfile(path)):
        raise fault(name, f"a return is a folder, .zip, .xlsx, .xml or .csv, not {kind or 'a file without an ending'!r}.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise fault(name, f"the file cannot be read ({error.strerror}).") from None
    return _checked(Source(name, year_label(name), kind, content))


def _folder(folder: Path) -> Iterator[Source]:
    every = _everything(folder)
    _check_links(folder, every)
    found = [path for path in every if path.suffix.lower() in KINDS + ARCHIVES and path.is_file()]
    if not found:
        raise fault(folder, f"there is no file here that ends in {', '.join(KINDS + ARCHIVES)}.")
    if len(found) > MOST_FILES:
        raise fault(folder, f"{len(found)} files are more than the {MOST_FILES} that are read.")
    total = 0
    for path in found:
        total += path.stat().st_size
        _check_total(str(folder), total)
        name = path.relative_to(folder).as_posix()
        if _is_archive(path):
            yield from _archive(path, name)
        else:
            yield _one(path, name)


def _everything(folder: Path) -> list[Path]:
    """All that lies in a folder and below it, in name order; a folder that may not be opened is refused, not passed over."""
    closed: list[OSError] = []
    found = [Path(place, name) for place, *names in os.walk(folder, onerror=closed.append) for name in (*names[0], *names[1])]
    shut = [Path(error.filename) for error in closed if not _hidden(Path(error.filename).relative_to(folder))]
    if shut:
        raise Faults(Fault(str(path), "this folder may not be opened; its files would be missing.") for path in shut)
    return sorted(path for path in found if not _hidden(path.relative_to(folder)))


def _check_links(folder: Path, every: list[Path]) -> None:
    """No link in the folder leads out of it, and none to a file leads nowhere."""
    root = folder.resolve()
    faults = []
    for path in every:
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            faults.append(Fault(name, "this is a link to something outside the folder; copy what it leads to into the folder."))
        elif path.suffix.lower() in KINDS and not path.exists():
            faults.append(Fault(name, "this is a link to a file that is not there."))
    if faults:
        raise Faults(faults)


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "~$", "__MACOSX")) for part in path.parts)


def _check_total(name: str, total: int) -> None:
    if total > MOST_BYTES:
        raise fault(name, f"the files come to more than the {MOST_BYTES // MEBIBYTE} MiB that are read.")


def _archive(path: Path, shown: str) -> Iterator[Source]:
    """The files in an archive; ``shown`` is its name within the return. An archive within it is not opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            for info in _members(shown, archive):
                name = info.filename.replace("\\", "/")
                content = read_bounded(archive, info, shown)
                label = year_label(f"{PurePosixPath(shown).with_suffix('')}/{name}")
                yield _checked(Source(name, label, PurePosixPath(name).suffix.lower(), content))
    except PermissionError:
        raise fault(shown, "the archive may not be opened: you have no permission to read it.") from None
    except DAMAGED as error:
        raise fault(shown, f"the archive is damaged or of a kind that cannot be read ({error}).") from None


def _members(name: str, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The readable members of an archive; all that is wrong with its list is said at once, before anything is unpacked."""
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MOST_FILES:
        raise fault(name, f"{len(infos)} files are more than the {MOST_FILES} that are read.")
    faults = [Fault(f"{name}/{info.filename}", text) for info in infos if (text := _unsafe(info))]
    if faults:
        raise Faults(faults)
    _check_total(name, sum(info.file_size for info in infos))
    wanted = [info for info in infos if info.filename.lower().endswith(KINDS) and not _hidden(Path(info.filename))]
    if not wanted:
        raise fault(name, f"there is no file in the archive that ends in {', '.join(KINDS)}.")
    return sorted(wanted, key=lambda info: info.filename)


def _unsafe(info: zipfile.ZipInfo) -> str:
    place = PurePosixPath(info.filename.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts or (place.parts and ":" in place.parts[0]):
        return "the path leads out of the archive."
    if stat.S_ISLNK(info.external_attr >> 16):
        return "a link inside an archive is not followed."
    if info.flag_bits & 0x1:
        return "the file is locked with a password; unpack it first."
    if place.suffix.lower() in ARCHIVES:
        return "an archive within an archive is not opened; unpack it first."
    if info.file_size > MOST_BYTES_A_FILE:
        return f"the file unpacks to {info.file_size // MEBIBYTE} MiB; at most {MOST_BYTES_A_FILE // MEBIBYTE} MiB is read."
    if info.file_size > SMALL and info.file_size > MOST_RATIO * max(info.compress_size, 1):
        return f"the file unpacks to more than {MOST_RATIO} times its size, as a zip bomb does; it is not opened."
    return ""


def read_bounded(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> bytes:
    """The bytes of one member, never more than its list says: a list that lies is refused."""
    with archive.open(info) as member:
        content = member.read(min(info.file_size, MOST_BYTES_A_FILE) + 1)
    if len(content) > info.file_size:
        raise fault(f"{name}/{info.filename}", "the file unpacks to more than the archive says, as a zip bomb does.")
    return content


def _checked(source: Source) -> Source:
    """A source that is not empty, of the kind its first bytes say and, if a workbook (an archive too), safe to unpack."""
    content = source.content
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise fault(source.name, "the file is empty.")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise fault(source.name, "this is an old Excel workbook or one with a password; save it as .xlsx without a password.")
    if content.startswith(b"PK\x03\x04") or (source.kind in WORKBOOKS and not _reads_as_text(content)):
        _check_workbook(source)
        return replace(source, kind=WORKBOOK)
    begins = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:FIRST_BYTES].lower()
    if source.kind != ".xml" and PAGE.match(begins):
        raise fault(source.name, "this is a web page (HTML) under the name of a table; save it as .xlsx or CSV.")
    if begins.startswith(b"<") and OLD_SHEET in begins:
        raise fault(source.name, "this is a spreadsheet of Excel 2003 in XML; save it as .xlsx or CSV.")
    if begins.startswith(b"<"):
        return replace(source, kind=".xml")
    return replace(source, kind=".csv") if source.kind != ".xml" or _is_table(content) else source


def _reads_as_text(content: bytes) -> bool:
    """Whether what is called a workbook is a table of text, or a page, as some systems write them."""
    return _is_table(content) or content.lstrip().startswith(b"<")


def _check_workbook(source: Source) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(source.content)) as book:
            faults = [Fault(f"{source.name}/{info.filename}", text) for info in book.infolist() if (text := _unsafe(info))]
            if not faults and CONTENTS not in book.namelist():
                faults = [Fault(source.name, "this is an archive but no Excel workbook; save the workbook as .xlsx or CSV.")]
    except zipfile.BadZipFile:
        raise fault(source.name, "this is not an Excel workbook (.xlsx), or it is damaged.") from None
    if faults:
        raise Faults(faults)
