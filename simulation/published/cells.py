"""What stands in a cell of an official table: a number as spreadsheets print it, or a mark for a figure not published."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulation.base.errors import Fault
from simulation.published.csv_table import told_once

NOT_PUBLISHED = frozenset(
    {"", "c", "z", "x", "u", "k", "w", ":", "..", ".", "-", "–", "—", "−", "~", "low", "na", "n/a", "nan", "null", "*"}
)
"""What official tables print, in square brackets or not, for a figure suppressed, not available or not applicable."""
NUMBER = r"£?([+-]?(?:[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)"
NO_NUMBER = "is not a number, nor a mark for a figure not published (c, z, x, u, ..)"
ODD_COMMA = r"£?[+-]?[0-9]*(?:,[0-9]+)+\s*%?"


def is_mark(cells: pd.Series) -> pd.Series:
    """Whether each cell says that the figure is not published."""
    return cells.str.strip().str.casefold().str.replace(r"^\[(.*)\]$", r"\1", regex=True).isin(NOT_PUBLISHED)


def numbers(cells: pd.Series) -> pd.Series:
    """The number of each cell, without pounds, thousands and per cent; NaN for anything else and for what is infinite."""
    plain = cells.str.extract(rf"^{NUMBER}\s*%?$", expand=False).str.replace(",", "", regex=False)
    return pd.to_numeric(plain, errors="coerce").astype(float).replace([np.inf, -np.inf], np.nan)


def read(rows: pd.DataFrame) -> tuple[pd.Series, list[Fault]]:
    """The numbers of cells ``given`` and what is wrong with them; rows have file, row, column, indicator and unit too."""
    given, value = rows["given"], numbers(rows["given"])
    share = rows["indicator"].str.contains("pct|perc") | rows["unit"].str.contains("%", regex=False)
    per_cent = given.str.endswith("%") & ~share
    value = value.mask(per_cent)
    comma = given.str.fullmatch(ODD_COMMA) & value.isna() & ~per_cent
    other = ~is_mark(given) & value.isna() & ~comma & ~per_cent
    return value, [
        *told_once(rows, other, rows["column"], given, NO_NUMBER),
        *told_once(rows, comma, rows["column"], given, "has a comma that does not part thousands; write a decimal point (63.2)"),
        *told_once(rows, per_cent, rows["column"], given, "is per cent, but this figure is a number"),
    ]
