"""Damage with one cause all over a file, looked for before single slips are: told once, and refused where truth is lost."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from simulation.base.errors import Fault, Faults, fault
from simulation.ssda903.corrections import DOUBTED, Corrections
from simulation.ssda903.layout import Layout

PARTS = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](?:\d{4}|\d{2})")
TYPED = re.compile(r"\d{4}-\d{1,2}-(\d{1,2})|(\d{5})(?:\.\d+)?")
TIME = re.compile(r"[T ]+\d{1,2}:\d{1,2}.*$")
BLANKS_BETWEEN = re.compile(r"\s*([/.\-])\s*")
EXCEL_ZERO = pd.Timestamp("1899-12-30")
FEW, FEW_SHARE, MANY_OF_PROVEN = 3, 0.002, 0.1
"""Fewer dates that are month first, or a smaller share of all, are slips of the pen, unless a tenth of those that tell are."""
FEWEST_FIGURES = 4
"""A date has at least this many figures, and does not begin as a code or a postcode does."""
ENOUGH = 5
"""This many dates of each form, all on one side of the twelfth, and it is no chance (judgement: below one in a hundred)."""
SWAPPED = (
    "Month and day seem to be swapped: {month} dates can only be month first, {day} only day first, and of {either} others "
    "nobody can tell; export the dates as yyyy-mm-dd."
)
HALF_TURNED = (
    "every date up to the 12th was turned into a date by a spreadsheet that puts the month first, and the others ({text}) were "
    "left as text: month and day of {typed} dates are swapped; export the dates as text, or as yyyy-mm-dd from the system itself."
)


def check_dates(frame: pd.DataFrame, names: Sequence[str], corrections: Corrections) -> None:
    """Refuses files in which a share of the dates have month and day swapped; single ones leave their row in doubt.

    ``frame`` has blanks as missing, and ``FILE`` and ``ROW``.
    """
    faults = []
    for _, rows in frame.groupby("FILE", sort=False):
        texts = rows[list(names)].stack().dropna().astype(str)  # noqa: PD013
        kinds = texts.map({text: _kind(only_the_day(text)) for text in texts.unique()})
        why = _swapped(kinds) or _half_turned(kinds)
        if why:
            at, name = kinds[kinds.isin(["month", "typed early"])].index[0]
            faults.append(Fault(f"{rows.loc[at, 'FILE']}: row {rows.loc[at, 'ROW']}, column {name}", why))
        elif (kinds == "month").any():
            odd = kinds.index[kinds == "month"].get_level_values(0)
            beside = kinds[kinds.index.get_level_values(0).isin(odd) & (kinds == "either")]
            touched = rows.loc[beside.index.get_level_values(0).unique()]
            corrections.rows(touched, "", DOUBTED, "a date of this row is month first: its others may be so too")
    if faults:
        raise Faults(faults)


def only_the_day(text: str) -> str:
    """A date without a time after it and without blanks within it."""
    return BLANKS_BETWEEN.sub(r"\1", TIME.sub("", text))


def _kind(text: str) -> str:
    """What a text tells of the order in which days and months are written."""
    if found := PARTS.fullmatch(text):
        first, second = int(found[1]), int(found[2])
        if first == second:
            return "same"
        return "day" if first > 12 else "month" if second > 12 else "either"
    if found := TYPED.fullmatch(text):
        day = int(found[1]) if found[1] else (EXCEL_ZERO + pd.Timedelta(days=int(found[2]))).day
        return "typed early" if day <= 12 else "typed"
    return ""


def _swapped(kinds: pd.Series) -> str:
    count = {kind: int((kinds == kind).sum()) for kind in ("month", "day", "either")}
    month, told = count["month"], count["month"] + count["day"]
    many = month >= FEW and month > FEW_SHARE * (told + count["either"])
    return SWAPPED.format(**count) if month and (many or month >= MANY_OF_PROVEN * told) else ""


def _half_turned(kinds: pd.Series) -> str:
    early, text = int((kinds == "typed early").sum()), int((kinds == "day").sum())
    other = kinds.isin(["typed", "either", "same", "month"]).any()
    return HALF_TURNED.format(typed=early, text=text) if min(early, text) >= ENOUGH and not other else ""


def check_columns(file: str, heading: int, names: Sequence[str], rows: Sequence[Sequence[str]], layout: Layout | None) -> None:
    """Refuses a table in which what stands below several headings belongs to the next or the one before, row after row."""
    ours = [name for name in names if layout and (name in layout.codes or name in layout.dates)]
    if layout is None or len(ours) < FEW or not rows:
        return
    fits = {name: _Fits(name, layout) for name in ours}
    wrong = [[name for name in ours if not fits[name][_cell(row, names.index(name))]] for row in rows]
    for step, what in ((1, "is missing before"), (-1, "is too many before")):
        beside = [[(fits[name], names.index(name) + step) for name in bad] for bad in wrong]
        off = [_is_off(row, each) for row, each in zip(rows, beside, strict=True)]
        if sum(off) >= max(FEW, MANY_OF_PROVEN * len(rows)) or all(off):
            first = wrong[off.index(True)][0]
            why = f"a heading or a cell {what} {first}: in {sum(off)} of {len(rows)} rows what stands from there on is one off."
            raise fault(f"{file}: row {heading}, column {first}", why)


def _is_off(row: Sequence[str], beside: list[tuple[_Fits, int]]) -> bool:
    """Whether the cells beside those that are no values of their columns are: two at least, and none that is another thing."""
    told = [(fits, cell) for fits, place in beside if (cell := _cell(row, place))]
    return len(told) > 1 and all(fits[cell] for fits, cell in told)


def _cell(row: Sequence[str], place: int) -> str:
    return str(row[place]).strip() if 0 <= place < len(row) else ""


class _Fits(dict[str, bool]):
    """Whether each cell is blank or looks like a value of a column; every text is looked at once."""

    def __init__(self, name: str, layout: Layout):
        super().__init__({"": True})
        self.codes = layout.codes.get(name)

    def __missing__(self, cell: str) -> bool:
        self[cell] = fits = self._like_a_code(cell) if self.codes else self._like_a_date(cell)
        return fits

    def _like_a_code(self, cell: str) -> bool:
        code = re.split(r"\s*[-:=(]", cell.upper())[0].replace(" ", "").removesuffix(".0")
        return self.codes is not None and (code in self.codes.codes or code in self.codes.old)

    def _like_a_date(self, cell: str) -> bool:
        return len(re.findall(r"\d", cell)) >= FEWEST_FIGURES and not re.match(r"[A-Z]{1,2}\d", cell.upper())
