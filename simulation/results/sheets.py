"""Worksheets that people read: column widths, number formats by unit, a frozen header, and text that stays text."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

Row = Sequence[Any]
SAFE = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
NARROWEST, WIDEST, WRAPPED = 9, 42, 60
LOOKED_AT = 400
"""Rows from which a column's width is taken."""
FORMATS = {
    "text": "@",
    "year": "0",
    "whole": "#,##0",
    "money": "#,##0;[Red]-#,##0",
    "tenths": "#,##0.0;[Red]-#,##0.0",
    "hundredths": "#,##0.00;[Red]-#,##0.00",
    "any": "General",
}
YEARS = ("financial_year", "year")
WHOLES = ("replications", "weeks", "days", "draws", "effects")
SHARES = ("p_better", "pairing_ratio", "share_parameters", "rank_correlation", "times_usual")


@dataclass(frozen=True)
class Sheet:
    """One worksheet: a header, rows, and the format of each cell.

    says: a line for the read-me sheet. unit: column whose text says how the numbers of its row are written (empty:
    ``form`` for all of them). wide: columns of long text, which are wrapped. pinned: columns that stay in sight.
    """

    name: str
    says: str
    header: Row
    rows: Sequence[Row]
    unit: str = ""
    form: str = "any"
    wide: tuple[str, ...] = ()
    pinned: int = 0


def form_of_unit(unit: str) -> str:
    """How figures of a unit are written: whole pounds, tenths of a per cent, tenths of anything counted."""
    if unit.startswith("GBP"):
        return "money"
    return "hundredths" if unit in ("ratio", "index", "share", "moves per child-year", "cases per worker") else "tenths"


def form_of_column(name: str) -> str:
    """How the figures of a column are written whatever the row's unit; empty if the unit decides."""
    if name in YEARS:
        return "year"
    return "whole" if name in WHOLES else "hundredths" if name in SHARES else ""


def write_book(path: Path, sheets: Iterable[Sheet]) -> None:
    """Write the worksheets in their order; the first stands open."""
    with xlsxwriter.Workbook(path, SAFE) as book:
        book.set_properties({"title": "Headroom results", "created": dt.datetime(2000, 1, 1)})
        styles = _styles(book)
        for sheet in sheets:
            _write(book.add_worksheet(sheet.name), sheet, styles)


def _styles(book: Any) -> dict[str, Any]:
    plain = {name: book.add_format({"num_format": form, "valign": "top"}) for name, form in FORMATS.items()}
    head = {"bold": True, "bg_color": "#12436D", "font_color": "#FFFFFF", "valign": "vcenter", "text_wrap": True}
    bold = {f"{name} bold": book.add_format({"num_format": form, "bold": True, "top": 1}) for name, form in FORMATS.items()}
    wrapped = {"wrapped": book.add_format({"text_wrap": True, "valign": "top"})}
    return plain | bold | wrapped | {"head": book.add_format(head)}


def _write(page: Any, sheet: Sheet, styles: dict[str, Any]) -> None:
    for place, name in enumerate(sheet.header):
        page.set_column(place, place, _width(sheet, place, str(name)))
    page.freeze_panes(1, sheet.pinned)
    page.hide_gridlines(0)
    page.set_landscape()
    page.repeat_rows(0)
    page.fit_to_pages(1, 0)
    if sheet.rows and len(sheet.header) > 2:
        page.autofilter(0, 0, len(sheet.rows), len(sheet.header) - 1)
    page.set_row(0, _header_height(sheet))
    for place, name in enumerate(sheet.header):
        page.write_string(0, place, str(name), styles["head"])
    names = [str(name) for name in sheet.header]
    by_column = [form_of_column(name) for name in names]
    unit = names.index(sheet.unit) if sheet.unit in names else -1
    marked = names.index("row") if "row" in names else -1
    for number, row in enumerate(sheet.rows, 1):
        form = form_of_unit(str(row[unit])) if unit >= 0 else sheet.form
        bold = " bold" if marked >= 0 and row[marked] == "total" else ""
        for place, value in enumerate(row):
            wrapped = isinstance(value, str) and (names[place] in sheet.wide or len(value) > WIDEST)
            own = _fitting(value) if form == "fitting" else by_column[place] or form
            exact = round(value) if own == "money" and isinstance(value, float) and math.isfinite(value) else value
            _cell(page, number, place, exact, styles["wrapped" if wrapped else own + bold])


def _fitting(value: Any) -> str:
    """The form of one figure by itself: whole if it is whole, else with as many places as it has, two at most."""
    if not isinstance(value, float) or not math.isfinite(value):
        return "any"
    return "whole" if value == round(value) else "tenths" if round(value, 1) == value else "hundredths"


def _cell(page: Any, number: int, place: int, value: Any, style: Any) -> None:
    """One value: text is written as text, so that it can never become a formula."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        if value not in (None, ""):
            page.write_string(number, place, str(value)[:32_000], style)
    elif math.isfinite(value):
        page.write_number(number, place, value, style)


def _width(sheet: Sheet, place: int, name: str) -> float:
    if name in sheet.wide:
        return WRAPPED
    longest = max((len(_shown(row[place])) for row in sheet.rows[:LOOKED_AT]), default=0)
    return min(max(longest + 2, _longest_word(name) + 4, NARROWEST), WIDEST)


def _header_height(sheet: Sheet) -> float:
    """Points that the longest heading needs, wrapped in its column."""
    lines = [math.ceil(len(str(name)) / max(_width(sheet, place, str(name)) - 2, 1)) for place, name in enumerate(sheet.header)]
    return 15.0 * max(2, *lines) if lines else 30.0


def _longest_word(name: str) -> int:
    return max((len(word) for word in name.split(" ")), default=0)


def _shown(value: Any) -> str:
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return str(value or "")
    return f"{value:,.1f}" if math.isfinite(value) else ""
