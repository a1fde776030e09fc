"""Which year each file of a return is of: by its name or folder, else by its dates; files of several years told apart."""

from __future__ import annotations

import pandas as pd

from simulation.base.errors import Fault, Faults
from simulation.ssda903.corrections import DOUBTED, NOTED, Corrections
from simulation.ssda903.sources import named_year

FEW, FEW_SHARE, FEWEST = 2, 0.01, 0.05
"""Dates of a year that are fewer than two, one in a hundred or (in small returns) one in twenty are slips of the pen."""
LONGEST_GAP_YEARS = 5
LATE_SHARE = 0.5
"""A year in a name holds unless more than half as many dates lie after it as in it: it is then the year in which they begin.
This and the two below are judgement."""
SILENT = 20
"""A return with this many dates in a year would have some in the year after, too; one with fewer may just have none."""
FAR_DAYS = 120
"""Where the last date lies this long before the 31 March it is taken for, and no name says which year it is, that is doubted."""
REPORTED_AGAIN = 0.05
"""Where files lie together and this share of their episodes is in more than one, they are returns of different years."""


def check_years(tables: dict[str, pd.DataFrame], corrections: Corrections) -> None:
    """Stops where a year has a header but no episodes, though other years have: that year would be lost, or read as another."""
    having = {named_year(label) for label in tables["episodes"]["LABEL"].unique()}
    labels = tables["header"].drop_duplicates("LABEL") if "header" in tables and None not in having else pd.DataFrame()
    alone = [row for row in labels.itertuples() if named_year(row.LABEL) not in {None, *having}]
    if alone:
        said = "no episodes table lies beside this header: its year would be lost; add it, or take the year's files out."
        raise Faults(Fault(str(row.FILE), said + corrections.left_out()) for row in alone)


def years_of(episodes: pd.DataFrame, day: pd.Timestamp | None, corrections: Corrections) -> tuple[pd.DataFrame, dict[str, int]]:
    """The episodes, files of different years apart, and the financial year of each label."""
    apart = _apart(episodes, corrections)
    years: dict[str, int] = {}
    asked = day.year + (day.month >= 4) if day is not None and len(apart["LABEL"].unique()) == 1 else None
    for label, rows in apart.groupby("LABEL", sort=False):
        days = pd.concat([rows["DECOM"], rows["DEC"]]).dropna()
        if len(days):
            named = named_year(str(label))
            years[str(label)] = _year(days, [year for year in (asked, named) if year])
            _doubt_year(str(rows["FILE"].iloc[0]), days, years[str(label)], asked or named, corrections)
    for label, own in zip(episodes["LABEL"], apart["LABEL"], strict=True):
        years[label] = max(years.get(label, 0), years.get(own, 0))
    return apart, {label: year for label, year in years.items() if year}


def _apart(episodes: pd.DataFrame, corrections: Corrections) -> pd.DataFrame:
    """Files that lie together, with no year to tell them apart, and report the same episodes: each gets a label of its own."""
    once = episodes.dropna(subset=["DECOM"]).drop_duplicates(["LABEL", "FILE", "CHILD", "DECOM"])
    again = once.duplicated(["LABEL", "CHILD", "DECOM"], keep=False).groupby(once["LABEL"]).mean()
    together = episodes["LABEL"].isin(again.index[again > REPORTED_AGAIN])
    for file in episodes.loc[together, "FILE"].unique():
        corrections.add(str(file), 0, "", NOTED, "no year in its name or folder: its year was taken from its dates")
    return episodes.assign(LABEL=episodes["LABEL"].mask(together, episodes["FILE"]))


def _financial_year(days: pd.Series) -> pd.Series:
    """The financial year of each day, by the year in which it ends."""
    return days.dt.year + (days.dt.month >= 4)


def _year(days: pd.Series, named: list[int]) -> int:
    """The financial year of a return: the first of those ``named`` (asked for, or in its name) that its dates allow, else theirs.

    Dates allow a year unless too many lie after it or, when many lie in one year, none lie in those between.
    """
    counts = _financial_year(days).value_counts()
    dated = _year_of(days)
    for year in named:
        late = counts[counts.index > year].sum() > LATE_SHARE * counts.get(year, 0)
        if not late and (year <= dated or (year - dated <= LONGEST_GAP_YEARS and counts[dated] < SILENT)):
            return year
    return dated


def _doubt_year(file: str, days: pd.Series, year: int, named: int | None, corrections: Corrections) -> None:
    """Says where dates lie after the return's year, or name and dates disagree, or nothing but dates says which year it is."""
    last = pd.Timestamp(f"{year}-03-31")
    if named is None and (last - days[days <= last].max()).days > FAR_DAYS:
        why = f"taken as the return to 31 March {year}, far after its last date: if it is not, name its year, or give --year"
        corrections.add(file, 0, "", DOUBTED, why)
    elif named is not None and named == year != _year_of(days):
        corrections.add(
            file, 0, "", DOUBTED, f"its dates seem those of {_year_of(days)}: taken as the return of {year}, as named"
        )
    elif named is not None and named != year:
        what = NOTED if year == named + 1 else DOUBTED
        corrections.add(file, 0, "", what, f"named {named}, but its dates are those of the year to 31 March {year}: taken so")


def _year_of(days: pd.Series) -> int:
    """The last financial year in which more than a few stray dates fall, and that does not lie far beyond the others."""
    counts = _financial_year(days).value_counts().sort_index()
    enough = max(min(FEW, FEWEST * len(days)), FEW_SHARE * len(days))
    years = counts.index[counts >= enough]
    found = int(years[0])
    for year in years[1:]:
        if year - found > LONGEST_GAP_YEARS and counts[counts.index >= year].sum() < counts[counts.index <= found].sum():
            break
        found = int(year)
    return found
