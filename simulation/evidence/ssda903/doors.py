"""Opening a return wherever it lies: a folder, a zip archive, a workbook, an XML file or a single table.

Everything here is bounded: sizes, numbers of files and compression ratios, so that a file made to do harm is
refused before it is unpacked, and nothing outside the folder that was named is ever read.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from simulation.faults import Fault, Faults, fault

MEBIBYTE = 1024 * 1024
MOST_BYTES_A_FILE = 200 * MEBIBYTE
MOST_BYTES = 1024 * MEBIBYTE
MOST_FILES = 2000
MOST_RATIO = 200
SMALL = MEBIBYTE
KINDS = (".csv", ".txt", ".xlsx", ".xlsm", ".xml")
YEAR = re.compile(r"(?<!\d)(20[0-4]\d)(?!\d)")


@dataclass(frozen=True)
class Source:
    """One file of a return: its ``name`` within the return, its ``label`` (what groups a year's files) and its bytes."""

    name: str
    label: str
    kind: str
    content: bytes


def sources(path: Path | str) -> Iterator[Source]:
    """The files of a return, in name order. Raises :class:`Faults` for what is not there, too big or out of bounds."""
    path = Path(path)
    if not path.exists():
        raise fault(path, "there is no such file or folder.")
    if path.is_dir():
        yield from _folder(path)
    elif path.suffix.lower() == ".zip" or (path.suffix.lower() not in KINDS and zipfile.is_zipfile(path)):
        yield from _archive(path)
    else:
        yield _one(path, path.name)


def year_label(name: str) -> str:
    """What marks a file's year: the folder it lies in or the ``YYYY-`` at the front of its name; may be empty."""
    place = PurePosixPath(name)
    found = YEAR.findall(place.name) or [year for part in reversed(place.parts[:-1]) for year in YEAR.findall(part)]
    return found[0] if found else (str(place.parent) if place.parent != PurePosixPath(".") else "")


def _one(path: Path, name: str) -> Source:
    size = path.stat().st_size
    if size > MOST_BYTES_A_FILE:
        raise fault(name, f"the file is {size // MEBIBYTE} MiB; at most {MOST_BYTES_A_FILE // MEBIBYTE} MiB is read.")
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise fault(name, f"a return is a folder, .zip, .xlsx, .xml or .csv, not {kind or 'a file without an ending'!r}.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise fault(name, f"the file cannot be read ({error.strerror}).") from None
    return _checked(Source(name, year_label(name), kind, content))


def _folder(folder: Path) -> Iterator[Source]:
    root = folder.resolve()
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in KINDS and not _hidden(path.relative_to(folder)))
    if not found:
        raise fault(folder, f"there is no file here that ends in {', '.join(KINDS)}.")
    if len(found) > MOST_FILES:
        raise fault(folder, f"{len(found)} files are more than the {MOST_FILES} that are read.")
    total = 0
    for path in found:
        name = path.relative_to(folder).as_posix()
        if not path.resolve().is_relative_to(root):
            raise fault(name, "this is a link to a file outside the folder; copy the file into the folder.")
        if not path.is_file():
            continue
        total += path.stat().st_size
        _check_total(str(folder), total)
        yield _one(path, name)


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "~$", "__MACOSX")) for part in path.parts)


def _check_total(name: str, total: int) -> None:
    if total > MOST_BYTES:
        raise fault(name, f"the files come to more than the {MOST_BYTES // MEBIBYTE} MiB that are read.")


def _archive(path: Path) -> Iterator[Source]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(path.name, archive)
            for info in members:
                name = info.filename.replace("\\", "/")
                content = read_bounded(archive, info, path.name)
                yield _checked(Source(name, year_label(name), PurePosixPath(name).suffix.lower(), content))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        raise fault(path.name, f"the archive is damaged or of a kind that cannot be read ({error}).") from None


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
    """A source that is not empty and, if it is a workbook (an archive too), is safe to unpack."""
    if not source.content.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise fault(source.name, "the file is empty.")
    if source.kind in (".xlsx", ".xlsm"):
        try:
            with zipfile.ZipFile(io.BytesIO(source.content)) as book:
                faults = [Fault(f"{source.name}/{info.filename}", text) for info in book.infolist() if (text := _unsafe(info))]
        except zipfile.BadZipFile:
            raise fault(source.name, "this is not an Excel workbook (.xlsx), or it is damaged.") from None
        if faults:
            raise Faults(faults)
    return source
