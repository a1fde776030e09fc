"""From text to values: blanks, dates, codes. Whatever has to be guessed is said."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from simulation.base.errors import Fault, Faults, nearest
from simulation.ssda903 import damage, whose
from simulation.ssda903.corrections import CHANGED, DOUBTED, DROPPED, NOTED, Corrections
from simulation.ssda903.layout import EXTRA_COLUMNS, Layout
from simulation.ssda903.sheets import Sheet
from simulation.ssda903.words import ALWAYS, CodeList

BLANKS = {"", "NULL", "NAN", "NA", "N/A", "NONE", "-", ".", "NAT", "#N/A"}
FIRST_DAY, LAST_DAY = pd.Timestamp("1985-01-01"), pd.Timestamp("2060-12-31")
NO_DATE = f"not a date that exists between {FIRST_DAY.year} and {LAST_DAY.year}"
PLAIN = ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%d-%B-%Y")
TWO_FIGURES = ("%d/%m/%y", "%d-%b-%y", "%d-%m-%y", "%d.%m.%y")
CODE_AND_MEANING = re.compile(r"([A-Z0-9]+)\s*[-:=(\u2013]")
CUT_NUMBER = re.compile(r"\d(\.\d+)?E\+?\d+")
EXCEL_ZERO = pd.Timestamp("1899-12-30")
MOST_UNREADABLE = 0.5
PLACES = ("HOME_POST", "PL_POST", "URN")
"""Columns that tell one home from another: written alike, in capitals and without blanks."""
SHOWN = 5


def tidied(found: Sequence[Sheet], layout: Layout, corrections: Corrections) -> pd.DataFrame:
    """One table of all its sheets: statutory columns, blanks as missing, dates as timestamps, codes in present spelling.

    Columns: those of the layout (missing ones empty), extra ones of the Department where present, ``FILE``, ``ROW`` and
    ``LABEL`` (what groups a year's files). Raises :class:`Faults` when most of a needed column of a file cannot be read.
    """
    _say_absent(found, layout, corrections)
    extra = [name for name in EXTRA_COLUMNS if any(name in sheet.frame.columns for sheet in found)]
    faults: list[Fault] = []
    raw = []
    for sheet in found:
        whose.say_ignored(sheet, (*layout.columns, *EXTRA_COLUMNS), corrections)
        raw.append(_raw(sheet, [*layout.columns, *extra], whose.labels(sheet, corrections, faults)))
    frame = pd.concat(raw, ignore_index=True)
    for name in (*layout.columns, *extra):
        frame[name] = _blanked(frame[name])
    for name in [name for name in PLACES if name in frame]:
        frame[name] = [None if cell is None else "".join(cell.upper().split()).removesuffix(".0") for cell in frame[name]]
    damage.check_dates(frame, layout.dates, corrections)
    for name in layout.dates:
        frame[name] = dates(frame, name, corrections, faults if name in layout.needed else None)
    for name, codes in layout.codes.items():
        frame[name] = _coded(frame, name, codes, corrections, faults if name in layout.needed else None)
    frame = _with_child(frame, corrections, faults)
    if faults:
        raise Faults(faults)
    return frame


def _say_absent(found: Sequence[Sheet], layout: Layout, corrections: Corrections) -> None:
    """Columns that a table of rows does not have (in XML, what is not there is blank)."""
    for sheet in found:
        for name in layout.columns if not sheet.table else ():
            if name not in sheet.frame.columns:
                corrections.add(sheet.file, 0, name, NOTED, "the column is not there: taken as blank")


def _raw(sheet: Sheet, columns: list[str], label: pd.Series) -> pd.DataFrame:
    raw = sheet.frame.reindex(columns=columns, fill_value="")
    return raw.assign(FILE=sheet.file, ROW=sheet.frame["ROW"], LABEL=label)


def _blanked(column: pd.Series) -> pd.Series:
    text = (str(cell).strip() for cell in column)
    return pd.Series([None if cell.upper() in BLANKS else cell for cell in text], index=column.index, dtype=object)


def _with_child(frame: pd.DataFrame, corrections: Corrections, faults: list[Fault]) -> pd.DataFrame:
    """Rows that say which child they are about; the ``.0`` that a spreadsheet adds and the noughts it takes off are taken off.

    Identifiers that a spreadsheet has cut to a few figures (1.2E+06) tell no child from another.
    """
    cut = frame["CHILD"].map(lambda child: CUT_NUMBER.fullmatch(str(child).upper()) is not None).astype(bool)
    hopeless = _mostly(frame[cut], frame)
    for row in frame[cut & frame["FILE"].isin(hopeless)].drop_duplicates("FILE").itertuples():
        faults.append(Fault(_place(row, "CHILD"), "identifiers were cut by a spreadsheet, as in 1.2E+06; export them as text."))
    corrections.rows(frame[cut], "CHILD", DROPPED, "the identifier was cut by a spreadsheet (as in 1.2E+06)")
    lost = frame["CHILD"].isna()
    corrections.rows(frame[lost], "CHILD", DROPPED, "no child identifier")
    frame = frame[~lost & ~cut].reset_index(drop=True)
    plain = pd.Series([child.upper().removesuffix(".0") for child in frame["CHILD"]], index=frame.index, dtype=object)
    frame["CHILD"] = [child.lstrip("0") or child if child.isdigit() else child for child in plain]
    _say_noughts(frame, plain, corrections)
    return frame


def _say_noughts(frame: pd.DataFrame, plain: pd.Series, corrections: Corrections) -> None:
    """Says where noughts were taken off identifiers, and doubts it where one file writes the same number both ways."""
    cut = frame["CHILD"] != plain
    for file in frame.loc[cut, "FILE"].unique():
        corrections.add(str(file), 0, "CHILD", CHANGED, "noughts before the identifier left out, as a spreadsheet does")
    whole = set(zip(frame.loc[~cut, "FILE"], frame.loc[~cut, "CHILD"], strict=True))
    both = cut & pd.Series([each in whole for each in zip(frame["FILE"], frame["CHILD"], strict=True)], index=frame.index)
    corrections.rows(frame[both], "CHILD", DOUBTED, "with and without noughts in one file: taken as one child")


def dates(frame: pd.DataFrame, name: str, corrections: Corrections, faults: list[Fault] | None = None) -> pd.Series:
    """A column of dates: day/month/year, ISO, Excel day numbers, month names. Unreadable ones are missing, and said.

    Each text is read once however often it occurs. ``faults`` gathers files most of whose dates cannot be read.
    """
    text = frame[name]
    given = text.notna()
    if not given.any():
        return pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ns]")
    value, said = _read_dates(pd.Series(text[given].unique(), dtype=object))
    found = pd.to_datetime(text.map(value))
    for why in sorted(set(said.values())):
        corrections.rows(frame[text.isin([each for each, what in said.items() if what == why])], name, CHANGED, why)
    unread = frame[given & found.isna()]
    hopeless = _mostly(unread, frame[given]) if faults is not None else []
    for row in unread[unread["FILE"].isin(hopeless)].head(SHOWN).itertuples():
        assert faults is not None
        swapped = " Month and day seem to be swapped." if _american(getattr(row, name)) else ""
        faults.append(Fault(_place(row, name), f"{NO_DATE}; dates are dd/mm/yyyy or yyyy-mm-dd.{swapped}"))
    corrections.rows(unread[~unread["FILE"].isin(hopeless)], name, DROPPED, NO_DATE)
    return found


def _american(text: str) -> bool:
    """Whether a text is a date only if the month is written before the day."""
    return pd.notna(pd.to_datetime(damage.only_the_day(text), format="%m/%d/%Y", errors="coerce"))


def _read_dates(texts: pd.Series) -> tuple[dict[str, pd.Timestamp], dict[str, str]]:
    """What each different text means as a date, and what had to be changed to read it."""
    short = pd.Series([damage.only_the_day(each) for each in texts], dtype=object)
    found = pd.Series(pd.NaT, index=short.index, dtype="datetime64[ns]")
    said: dict[str, str] = {}
    for layout in (*PLAIN, *TWO_FIGURES):
        todo = found.isna() & short.str.match(_shape(layout))
        if todo.any():
            read = pd.to_datetime(short[todo], format=layout, errors="coerce")
            found[todo] = read
            if layout in TWO_FIGURES:
                said.update(dict.fromkeys(texts[read.index[read.notna()]], "a year of two figures: the century was supplied"))
    serial = short[found.isna() & short.str.match(r"^\d{5}(\.\d+)?$")]
    found[serial.index] = EXCEL_ZERO + pd.to_timedelta([int(each[:5]) for each in serial], unit="D")
    said.update(dict.fromkeys(texts[serial.index], "a day number of Excel: read as a date"))
    found = found.where(found.between(FIRST_DAY, LAST_DAY))
    return dict(zip(texts, found, strict=True)), {text: why for text, why in said.items() if text in set(texts[found.notna()])}


def _shape(layout: str) -> str:
    """The shape of a date layout as a pattern."""
    parts = {"%d": r"\d{1,2}", "%m": r"\d{1,2}", "%Y": r"\d{4}", "%y": r"\d{2}", "%b": r"[A-Za-z]{3}", "%B": r"[A-Za-z]{4,9}"}
    return "^" + re.sub(r"%[a-zA-Z]", lambda found: parts[found.group()], re.escape(layout).replace("\\%", "%")) + "$"


def _mostly(bad: pd.DataFrame, given: pd.DataFrame) -> list[str]:
    """Files in which more than half of what is given is bad."""
    share = bad.groupby("FILE").size() / given.groupby("FILE").size()
    return [str(file) for file in share.index[share > MOST_UNREADABLE]]


def _place(row: object, name: str) -> str:
    return f"{row.FILE}: row {row.ROW}, column {name}"  # type: ignore[attr-defined]


def _coded(
    frame: pd.DataFrame, name: str, codes: CodeList, corrections: Corrections, faults: list[Fault] | None = None
) -> pd.Series:
    """A column of codes in capitals and present spelling; unknown codes are missing, and said."""
    text = frame[name]
    plain = {each: _plain(each, codes) for each in text.dropna().unique()}
    known = {each: codes.old.get(code, code) for each, code in plain.items() if code in codes.codes or code in codes.old}
    for each, code in known.items():
        if plain[each] != _squeezed(each):
            corrections.rows(frame[text == each], name, CHANGED, "what stood after the code was left out")
        if code != plain[each] and name != "SEX":
            corrections.rows(frame[text == each], name, CHANGED, f"code {plain[each]} read as {code}")
    unknown = frame[text.notna() & ~text.isin(known)]
    hopeless = _mostly(unknown, frame[text.notna()]) if faults is not None else []
    for row in unknown[unknown["FILE"].isin(hopeless)].head(SHOWN).to_dict("records"):
        assert faults is not None
        faults.append(Fault(f"{row['FILE']}: row {row['ROW']}, column {name}", _unknown(name, plain[row[name]], codes)))
    some = unknown[~unknown["FILE"].isin(hopeless)]
    for said, rows in some.groupby(some[name].map(lambda each: _quoted(plain[each], codes)).astype(object), sort=True):
        corrections.rows(rows, name, DROPPED, f"unknown code{said}")
    return text.map(known).astype(object).where(text.isin(known), None)


def _plain(text: str, codes: CodeList) -> str:
    """A code in capitals without spaces; of ``U6 - Foster placement`` the code alone, where it is one."""
    start = CODE_AND_MEANING.match(text.upper())
    return start[1] if start and start[1] in codes.codes else _squeezed(text)


def _squeezed(text: str) -> str:
    return "".join(text.upper().split()).removesuffix(".0")


def _quoted(code: str, codes: CodeList) -> str:
    """`` 'Y9'`` for a text that is no longer than a code; else nothing: it may be a postcode, a date or a child's number."""
    longest = max(len(each) for each in codes.codes)
    return f" {code!r}" if len(code) <= (min(longest, 3) if any(sign.isdigit() for sign in code) else longest) else ""


def _unknown(name: str, code: str, codes: CodeList) -> str:
    some = ", ".join(sorted(codes.codes)[:24])
    given = _quoted(code, codes).strip() or "what stands here"
    return f"{given} is not a code of {name}; allowed: {some}.{nearest(code, codes.codes)}"


def doubt_years(frame: pd.DataFrame, layout: Layout, corrections: Corrections) -> None:
    """Codes used in a year in which they did not exist are doubted; ``frame`` carries ``YEAR``."""
    for name, codes in layout.codes.items():
        for code, (first, last) in codes.years.items():
            if (first, last) != ALWAYS:
                wrong = frame[(frame[name] == code) & ~frame["YEAR"].between(first, last)]
                corrections.rows(wrong, name, DOUBTED, f"code {code} was not in the list of that year")
