"""Reading and writing without surprises: everything is written to the side and moved in, and read with a clear refusal."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simulation.base.errors import Faults, fault, printable
from simulation.results.tables import ARROW, COMPACT, TABLES, TEXT

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
PARTIAL = ".partial"


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` to the side, flush it to the disc and move it in, so that a reader sees all of it or nothing."""
    write_with(path, lambda side: side.write_bytes(data))


def write_with(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a file beside ``path``, then move it in. Disc faults are reported, never half-written."""
    side = path.with_name(f".{path.name}{PARTIAL}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(side)
        with open(side, "rb+") as handle:
            os.fsync(handle.fileno())
        os.replace(side, path)
    except OSError as error:
        with suppress(OSError):  # nothing can lie beside a file that stands where a folder should
            side.unlink(missing_ok=True)
        raise fault(
            path, f"cannot be written: {error.strerror or error}. Free some space or choose another folder with --out."
        ) from error


def check_replaceable(path: Path, ours: Callable[[Path], bool]) -> None:
    """Refuses a folder, and a file that ``ours`` does not know as its own: other people's files are never replaced."""
    if os.path.isdir(path):
        raise fault(path, "is a folder, where a file is to be written.")
    try:
        strange = os.path.exists(path) and not ours(path)
    except (OSError, ValueError, Faults):
        strange = True
    if strange:
        raise fault(path, "is there already and was not made by this command. Choose another name with --out.")


def check_place(given: str, folder: bool) -> Path:
    """A place to write to, as given with --out: refuses an empty name, a file where a folder is needed, and the like."""
    path = Path(given)
    if not given.strip():
        raise fault("--out", f"nothing is named; a {'folder' if folder else 'file'} is needed.")
    if folder and path.is_file():
        raise fault("--out", f"'{given}' is a file; a folder is needed.")
    for above in path.absolute().parents:
        if above.exists():
            if not above.is_dir():
                raise fault("--out", f"'{given}': {above} is not a folder.")
            if not os.access(above, os.W_OK):
                raise fault("--out", f"'{given}': {above} may not be written in.")
            break
    return path


def check_table(path: Path, begins: str) -> None:
    """Refuses to replace a CSV file whose first line does not begin with these columns."""
    check_replaceable(path, lambda there: there.read_text(encoding="utf-8-sig").startswith(begins))


def clear_partial(folder: Path) -> None:
    """Remove what an interrupted run left beside its files."""
    for side in folder.rglob(f".*{PARTIAL}"):
        side.unlink(missing_ok=True)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold ``folder`` for one run; a second run is refused politely. The lock dies with its process, however it dies."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = open(folder / ".lock", "a+")  # noqa: SIM115 - held for the whole run
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise fault(printable(folder), f"cannot be used for results: {why}. Choose another folder with --out.") from error
    with handle:
        if not _take(handle):
            raise fault(folder, "another run is writing here. Wait until it has finished, or choose another folder with --out.")
        yield


def _take(handle: io.TextIOBase) -> bool:
    """True if the lock on ``handle`` was free and is now ours."""
    try:
        if os.name == "nt":  # pragma: no cover - Windows only
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def to_arrow(frame: pd.DataFrame, table: str) -> pa.Table:
    """``frame`` with the declared type of every column of ``table``; other columns keep the type they have."""
    declared = {column.name: column.type for column in TABLES[table].columns}
    arrays = {str(name): _arrow_column(frame[name], declared.get(str(name)), table in COMPACT) for name in frame.columns}
    return pa.table(arrays)


def _arrow_column(column: pd.Series, kind: str | None, compact: bool) -> pa.Array:
    if kind == TEXT:
        return _text_column(column) if compact else _plain_text(column)
    if kind == "date":
        days = column if pd.api.types.is_datetime64_dtype(column) else pd.to_datetime(column)
        return pa.array(days.to_numpy().astype("datetime64[ms]"), from_pandas=True)
    array = pa.array(column, from_pandas=True)
    return array if kind is None else array.cast(pa.type_for_alias(ARROW[kind]) if kind != "date" else array.type)


def _text_column(column: pd.Series) -> pa.DictionaryArray:
    """Text as a dictionary: small on the disc, quick to group by, and a category in pandas."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return _plain_text(column).dictionary_encode()
    codes = column.cat.codes.to_numpy()
    words = pa.array([str(word) for word in column.cat.categories], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), mask=codes < 0), words)


def _plain_text(column: pd.Series) -> pa.Array:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _text_column(column).cast(pa.string())
    try:
        return pa.array(column, pa.string(), from_pandas=True)
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.array(column.map(str, na_action="ignore"), pa.string(), from_pandas=True)


def parquet_bytes(table: pa.Table) -> bytes:
    """``table`` as the bytes of a Parquet file (zstd)."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue().to_pybytes()


def read_parquet(path: Path, columns: list[str] | None = None, where: dict[str, Any] | None = None) -> pd.DataFrame:
    """The Parquet file at ``path`` (of it, the rows whose columns have the values ``where``).

    A missing, damaged or foreign file is refused by name.
    """
    return read_arrow(path, columns, where).to_pandas()


def read_arrow(path: Path, columns: list[str] | None = None, where: dict[str, Any] | None = None) -> pa.Table:
    """As ``read_parquet``, as an Arrow table."""
    wanted = [(name, "==", value) for name, value in (where or {}).items()]
    try:
        if os.path.isdir(path):
            raise IsADirectoryError("a folder")
        return pq.read_table(path, columns=columns, filters=wanted, partitioning=None) if wanted else _whole(path, columns)
    except FileNotFoundError as error:
        raise fault(path, "is not there. Run the experiment again: finished replications are kept.") from error
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise fault(
            path, f"cannot be read as Parquet ({_first_line(error)}). Run the experiment again: damaged files are replaced."
        ) from error


def _whole(path: Path, columns: list[str] | None) -> pa.Table:
    return pq.ParquetFile(path).read(columns=columns)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]


def write_csv(path: Path, frame: pd.DataFrame, table: str) -> None:
    """CSV that Excel opens: UTF-8 with a byte-order mark, declared columns in order, text that can never become a formula."""
    ordered = frame[[name for name in TABLES[table].names if name in frame.columns]].copy()
    for column in TABLES[table].columns:
        if column.type == TEXT and column.name in ordered.columns:
            ordered[column.name] = guard_text(ordered[column.name])
    write_bytes(path, b"\xef\xbb\xbf" + ordered.to_csv(index=False, lineterminator="\n").encode("utf-8"))


def guard_text(column: pd.Series) -> pd.Series:
    """Text with an apostrophe before anything a spreadsheet would take for a formula."""
    words = column.astype(object).where(column.notna(), "")
    return words.map(lambda text: f"'{text}" if str(text).startswith(FORMULA_STARTS) else text)


def read_csv(path: Path, table: str) -> pd.DataFrame:
    """A CSV table of ours; refused if it cannot be read or lacks a column."""
    texts = {column.name: str for column in TABLES[table].columns if column.type == TEXT}
    try:
        frame = pd.read_csv(path, encoding="utf-8-sig", dtype=texts, keep_default_na=False, na_values=[""])
    except (OSError, ValueError) as error:
        raise fault(path, f"cannot be read as a table ({_first_line(error)}).") from error
    missing = [name for name in TABLES[table].names if name not in frame.columns]
    if missing:
        raise fault(path, f"lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}.")
    return frame.fillna(dict.fromkeys(texts, ""))


def content_hash(table: pa.Table | pd.DataFrame) -> str:
    """Hash of the values, whatever the order of rows or columns, the file version or the packing of text."""
    frame = table.to_pandas(strings_to_categorical=True) if isinstance(table, pa.Table) else table
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(map(str, frame.columns)):
        digest.update(name.encode() + b"\0")
    if len(frame) and len(frame.columns):
        plain = pd.DataFrame({name: _plain(frame[name]) for name in sorted(frame.columns, key=str)})
        rows = pd.util.hash_pandas_object(plain, index=False).to_numpy()
        digest.update(np.sort(rows).tobytes())
    return digest.hexdigest()


def _plain(column: pd.Series) -> Any:
    """Values in a form that hashes alike however they were stored: -0.0 as 0.0, dates as days, every gap the same."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.rename_categories([str(word) for word in column.cat.categories])
    if pd.api.types.is_bool_dtype(column):
        return column.astype(float)
    if pd.api.types.is_numeric_dtype(column):
        return np.where(column.isna(), np.nan, column.astype(float)) + 0.0
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.astype("datetime64[ms]").astype("int64")
    return column.map(str, na_action="ignore").astype("category")


def file_digest(data: bytes) -> str:
    """Short digest of a file's bytes, to find damage."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


__all__ = [
    "Faults",
    "clear_partial",
    "content_hash",
    "file_digest",
    "guard_text",
    "locked",
    "parquet_bytes",
    "read_arrow",
    "read_csv",
    "read_parquet",
    "to_arrow",
    "write_bytes",
    "write_csv",
    "write_with",
]
