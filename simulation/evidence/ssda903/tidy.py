"""From text to values: blanks, dates, codes. Whatever has to be guessed is said."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulation.evidence.ssda903.layout import EXTRA_COLUMNS, Layout
from simulation.evidence.ssda903.mends import CHANGED, DOUBTED, DROPPED, Mends
from simulation.evidence.ssda903.sheets import Sheet
from simulation.evidence.ssda903.words import CodeList
from simulation.faults import Fault, Faults, nearest

BLANKS = {"", "NULL", "NAN", "NA", "N/A", "NONE", "-", ".", "NAT", "#N/A"}
TIME = r"[T ]\d{1,2}:\d{2}.*$"
DAY_FIRST = r"^\d{1,2}/\d{1,2}/\d{4}$"
FIRST_DAY, LAST_DAY = pd.Timestamp("1985-01-01"), pd.Timestamp("2060-12-31")
MOST_UNREADABLE = 0.5
SHOWN = 5


def tidied(sheet: Sheet, layout: Layout, mends: Mends) -> pd.DataFrame:
    """The table with statutory columns only, blanks as missing, dates as timestamps, codes in their present spelling.

    Columns: those of the layout (missing ones empty), extra ones of the Department where present, ``FILE`` and ``ROW``.
    Raises :class:`Faults` when most of a needed column cannot be read.
    """
    raw = sheet.frame
    frame = pd.DataFrame(index=raw.index)
    for name in (*layout.columns, *(extra for extra in EXTRA_COLUMNS if extra in raw.columns)):
        frame[name] = _blanked(raw[name]) if name in raw.columns else None
    frame["FILE"], frame["ROW"] = sheet.file, raw["ROW"]
    for name in layout.dates:
        frame[name] = dates(frame, name, mends, needed=name in layout.needed)
    for name, codes in layout.codes.items():
        frame[name] = _coded(frame, name, codes, mends, needed=name in layout.needed)
    return _with_child(frame, mends)


def _blanked(column: pd.Series) -> pd.Series:
    text = column.astype(str).str.strip()
    return text.mask(text.str.upper().isin(BLANKS), None).astype(object)


def _with_child(frame: pd.DataFrame, mends: Mends) -> pd.DataFrame:
    """Rows that say which child they are about; a trailing ``.0`` left by a spreadsheet is taken off."""
    lost = frame["CHILD"].isna()
    mends.rows(frame[lost], "CHILD", DROPPED, "no child identifier")
    frame = frame[~lost].copy()
    frame["CHILD"] = frame["CHILD"].astype(str).str.upper().str.replace(r"\.0$", "", regex=True)
    return frame


def dates(frame: pd.DataFrame, name: str, mends: Mends, needed: bool = False) -> pd.Series:
    """A column of dates: day/month/year, ISO, Excel day numbers, month names. Unreadable ones are missing, and said."""
    text = frame[name]
    given = text.notna()
    found = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ns]")
    if not given.any():
        return found
    short = text[given].astype(str).str.replace(TIME, "", regex=True)
    short = short.str.replace(r"^(\d{1,2})[.\-](\d{1,2})[.\-](\d{4})$", r"\1/\2/\3", regex=True)
    found.update(pd.to_datetime(short.where(short.str.match(DAY_FIRST)), format="%d/%m/%Y", errors="coerce"))
    rest = given & found.isna()
    if rest.any():
        found.update(_other_dates(frame, name, text[rest].astype(str), mends))
    found = found.where(found.between(FIRST_DAY, LAST_DAY))
    unread = given & found.isna()
    if unread.any():
        _unreadable(frame, name, unread, int(given.sum()), needed, mends)
    return found


def _other_dates(frame: pd.DataFrame, name: str, text: pd.Series, mends: Mends) -> pd.Series:
    """Dates not written as day/month/year."""
    text = text.str.replace(TIME, "", regex=True)
    found = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
    found = found.fillna(pd.to_datetime(text, format="%Y/%m/%d", errors="coerce"))
    number = pd.to_numeric(text.where(text.str.match(r"^\d{5}(\.\d+)?$")), errors="coerce")
    serial = pd.Timestamp("1899-12-30") + pd.to_timedelta(np.floor(number), unit="D")
    _say(frame, name, found.isna() & serial.notna(), "a day number of Excel: read as a date", mends)
    found = found.fillna(serial)
    for layout in ("%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%d-%B-%Y", "%d-%b-%y", "%d/%m/%y"):
        extra = pd.to_datetime(text.where(found.isna()), format=layout, errors="coerce")
        if layout.endswith("%y"):
            _say(frame, name, extra.notna(), "a year of two figures: the century was supplied", mends)
        found = found.fillna(extra)
    return found


def _say(frame: pd.DataFrame, name: str, where: pd.Series, why: str, mends: Mends) -> None:
    rows = frame.loc[where.index[where]]
    if len(rows):
        mends.rows(rows, name, CHANGED, why)


def _unreadable(frame: pd.DataFrame, name: str, unread: pd.Series, given: int, needed: bool, mends: Mends) -> None:
    rows = frame[unread]
    if needed and len(rows) > MOST_UNREADABLE * given:
        raise Faults(
            Fault(f"{row.FILE}: row {row.ROW}, column {name}", "not a date that exists; dates are dd/mm/yyyy or yyyy-mm-dd.")
            for row in rows.head(SHOWN).itertuples()
        )
    mends.rows(rows, name, DROPPED, "not a date that exists")


def _coded(frame: pd.DataFrame, name: str, codes: CodeList, mends: Mends, needed: bool) -> pd.Series:
    """A column of codes in capitals and present spelling; unknown codes are missing, and said with the nearest code."""
    text = frame[name].astype(object).where(frame[name].notna(), None)
    given = text.notna()
    if not given.any():
        return text
    upper = text[given].astype(str).str.upper().str.replace(" ", "", regex=False).str.replace(r"\.0$", "", regex=True)
    known = upper.isin(codes.codes)
    old = upper.isin(codes.old) & ~known
    for code in upper[old].unique():
        if name != "SEX":
            mends.rows(frame.loc[upper.index[old & (upper == code)]], name, CHANGED, f"code {code!s} read as {codes.old[code]}")
    unknown = upper[~known & ~old]
    if needed and len(unknown) > MOST_UNREADABLE * len(upper):
        raise Faults(
            Fault(f"{frame['FILE'].loc[i]}: row {frame['ROW'].loc[i]}, column {name}", _unknown(name, str(unknown.loc[i]), codes))
            for i in unknown.index[:SHOWN]
        )
    for code in unknown.unique():
        mends.rows(frame.loc[unknown.index[unknown == code]], name, DROPPED, f"unknown code {code[:12]!r}")
    tidy = upper.where(known, upper.map(codes.old))
    return tidy.reindex(frame.index).astype(object).where(lambda column: column.notna(), None)


def _unknown(name: str, code: str, codes: CodeList) -> str:
    some = ", ".join(sorted(codes.codes)[:24])
    return f"{code[:12]!r} is not a code of {name}; allowed: {some}.{nearest(code, codes.codes)}"


def doubt_years(frame: pd.DataFrame, layout: Layout, mends: Mends) -> None:
    """Codes used in a year in which they did not exist are doubted; ``frame`` carries ``YEAR``."""
    for name, codes in layout.codes.items():
        for code, (first, last) in codes.years.items():
            if (first, last) != (0, 9999):
                wrong = frame[(frame[name] == code) & ~frame["YEAR"].between(first, last)]
                mends.rows(wrong, name, DOUBTED, f"code {code} was not in the list of that year")

