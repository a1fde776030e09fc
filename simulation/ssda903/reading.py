"""Reading a return: every table of every year, tidied and joined into histories, with a list of what was corrected."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from simulation.base.errors import Fault, Faults, fault
from simulation.ssda903 import spells as histories
from simulation.ssda903 import whose
from simulation.ssda903.corrections import CHANGED, DOUBTED, DROPPED, NOT_A_TABLE, NOTED, Corrections
from simulation.ssda903.layout import LAYOUTS, Layout, missing_column, recognise
from simulation.ssda903.sheets import Sheet, sheets
from simulation.ssda903.sources import named_year, sources
from simulation.ssda903.tidy import doubt_years, tidied
from simulation.ssda903.years import check_years, years_of

OLDEST_YEARS = 25
CARE_ENDS_YEARS = 18


@dataclass(frozen=True)
class Return:
    """One or many years of an authority's SSDA903, as histories.

    tables: each statutory table of all years, tidy, with ``FILE``, ``ROW`` and ``YEAR``; children: one row a child
    (``CHILD SEX DOB ETHNIC UASC``); episodes, spells, periods: see :mod:`simulation.ssda903.spells`;
    years: financial years reported; first_day, last_day: the window they cover; as_of: the day the stock is taken;
    corrections: what was dropped, changed, doubted or noted.
    """

    tables: dict[str, pd.DataFrame]
    children: pd.DataFrame
    episodes: pd.DataFrame
    spells: pd.DataFrame
    periods: pd.DataFrame
    years: tuple[int, ...]
    first_day: pd.Timestamp
    last_day: pd.Timestamp
    as_of: pd.Timestamp
    corrections: Corrections = field(default_factory=Corrections)


def read_return(path: Path | str, as_of: dt.date | str | None = None) -> Return:
    """Reads a return from a folder, zip archive, workbook or XML file.

    ``as_of`` is the day on which the stock is wanted (default: the last 31 March reported). Raises :class:`Faults` for
    what cannot be understood at all: nothing there, wrong encoding, missing columns, empty files, archives made to do harm.
    """
    corrections = Corrections()
    day = _day(as_of)
    tables = _tables(path, day, corrections)
    episodes = tables.get("episodes")
    if episodes is None:
        needed = "there is no episodes table (columns CHILD, DECOM, RNE, LS, CIN, PLACE, DEC, REC)."
        raise fault(path, needed + corrections.left_out())
    if "header" not in tables:
        needed = "there is no header table (columns CHILD, SEX, DOB, ETHNIC): ages would not be known."
        raise fault(path, needed + corrections.left_out())
    if not (episodes["CHILD"].notna() & episodes["DECOM"].notna()).any():
        raise fault(path, "the episodes table has no rows that can be used: none has a child and a start.")
    years = tuple(sorted(int(year) for year in episodes["YEAR"].unique()))
    children = _children(tables, corrections)
    if children.loc[children["CHILD"].isin(episodes["CHILD"]), "DOB"].isna().all():
        raise fault(path, "no child with episodes has a date of birth (column DOB of the header): ages would not be known.")
    return _histories(path, tables, children, years, _covered(day, years), corrections)


def _tables(path: Path | str, day: pd.Timestamp | None, corrections: Corrections) -> dict[str, pd.DataFrame]:
    """Every sheet recognised, tidied and given its financial year; faults of all files at once."""
    found: dict[str, list[Sheet]] = {}
    faults: list[Fault] = []
    for source in sources(path):
        try:
            for sheet in sheets(source, corrections):
                layout = _layout(sheet, faults, corrections)
                if layout is not None:
                    found.setdefault(layout.name, []).append(sheet)
        except Faults as more:
            faults.extend(more.faults)
    whose.check_one_authority(sheet for all_sheets in found.values() for sheet in all_sheets)
    tables: dict[str, pd.DataFrame] = {}
    corrections.read = {name: sum(len(sheet.frame) for sheet in all_sheets) for name, all_sheets in found.items()}
    for name, all_sheets in found.items():
        try:
            tables[name] = tidied(all_sheets, LAYOUTS[name], corrections)
        except Faults as more:
            faults.extend(more.faults)
    if faults:
        raise Faults(faults)
    years: dict[str, int] = {}
    if "episodes" in tables:
        check_years(tables, corrections)
        tables["episodes"], years = years_of(tables["episodes"], day, corrections)
    episodes = _dated("episodes", tables["episodes"], years, corrections) if "episodes" in tables else pd.DataFrame()
    others = {name: table for name, table in tables.items() if name != "episodes"}
    told = {child for name, table in others.items() if name != "header" for child in table["CHILD"]}
    read = {"episodes": episodes} if "episodes" in tables else {}
    return read | {name: _dated(name, table, years, corrections, (episodes, told)) for name, table in others.items()}


def _layout(sheet: Sheet, faults: list[Fault], corrections: Corrections) -> Layout | None:
    if sheet.table:
        layout: Layout | None = LAYOUTS[sheet.table]
        absent = [name for name in LAYOUTS[sheet.table].needed if name not in sheet.frame.columns and name not in ("DEC", "REC")]
    else:
        layout, absent = recognise([str(name) for name in sheet.frame.columns])
    if layout is None:
        corrections.add(sheet.file, 0, "", NOTED, NOT_A_TABLE)
        return None
    for name in absent:
        faults.append(Fault(f"{sheet.file}: row 1, column {name}", missing_column(layout, name, list(sheet.frame.columns))))
    return None if absent else layout


def _dated(
    name: str,
    table: pd.DataFrame,
    years: dict[str, int],
    corrections: Corrections,
    others: tuple[pd.DataFrame, set[str]] | None = None,
) -> pd.DataFrame:
    """The table with the ``YEAR`` of each row, and each record once (the latest report).

    ``others`` are the episodes, and the children of the other tables, to check the header by.
    """
    latest = max(years.values(), default=0)
    named = {named_year(label): year for label, year in years.items()} | {None: None}
    found = {label: years.get(label, named.get(named_year(label))) for label in table["LABEL"].unique()}
    year = pd.to_numeric(table["LABEL"].map(found))
    beside = year.notna()
    for file in table.loc[~beside, "FILE"].unique() if beside.any() or len(set(years.values())) > 1 else []:
        corrections.add(str(file), 0, "", DOUBTED, f"no episodes lie beside it: taken as the return of {latest}")
    table = table.assign(YEAR=year.fillna(latest).astype(int))
    if name == "header" and others is not None and len(others[0]):
        whose.check_children(table, others[0], corrections)
        whose.doubt_the_whole(table, *others, corrections)
    table = table.drop(columns="LABEL")
    doubt_years(table, LAYOUTS[name], corrections)
    if name == "episodes":
        return table
    table = table.sort_values(["YEAR", "ROW"], kind="stable")
    twice = table.duplicated([*LAYOUTS[name].key, "YEAR"], keep="last")
    corrections.rows(table[twice], "", DROPPED, f"the {name} record is there twice: the last was kept")
    return table[~twice].drop_duplicates([*LAYOUTS[name].key], keep="last").reset_index(drop=True)


def _children(tables: dict[str, pd.DataFrame], corrections: Corrections) -> pd.DataFrame:
    """One row a child: the latest header; a date of birth missing there is taken from the other tables."""
    children = tables["header"][["CHILD", "SEX", "DOB", "ETHNIC", "FILE", "ROW"]].copy()
    lost = ~tables["episodes"]["CHILD"].isin(children["CHILD"])
    orphans = tables["episodes"][lost].drop_duplicates("CHILD")
    corrections.rows(orphans, "CHILD", DOUBTED, "the child has episodes but no header")
    children = pd.concat([children, orphans[["CHILD", "FILE", "ROW"]]], ignore_index=True)
    others = [table[["CHILD", "DOB"]] for name, table in tables.items() if name != "header" and "DOB" in table]
    known = pd.concat(others or [children[["CHILD", "DOB"]]]).dropna().drop_duplicates("CHILD").set_index("CHILD")["DOB"]
    spare = pd.to_datetime(children["CHILD"].map(known))
    fill = children["DOB"].isna() & spare.notna()
    corrections.rows(children[fill], "DOB", CHANGED, "date of birth missing: taken from another table")
    children["DOB"] = pd.to_datetime(children["DOB"]).fillna(spare)
    clash = children["DOB"].notna() & spare.notna() & (children["DOB"] != spare)
    corrections.rows(children[clash], "DOB", DOUBTED, "another table has a different date of birth: the header's is used")
    _say_idle(tables, corrections)
    alone: list[str] = tables["uasc"]["CHILD"].tolist() if "uasc" in tables else []
    if "UASC" in tables["header"]:
        alone += tables["header"].loc[tables["header"]["UASC"].astype(str).str.startswith("1"), "CHILD"].tolist()
    return children.assign(UASC=children["CHILD"].isin(alone))


def _say_idle(tables: dict[str, pd.DataFrame], corrections: Corrections) -> None:
    """Children of the header of whom no other table says anything (of care leavers, for one, there is oc3)."""
    header = tables["header"]
    told = set().union(*(table["CHILD"] for name, table in tables.items() if name != "header"))
    corrections.rows(header[~header["CHILD"].isin(told)], "CHILD", NOTED, "the child is in the header and in no other table")


def _account(reported: pd.DataFrame, used: pd.DataFrame, children: pd.DataFrame, corrections: Corrections) -> str:
    """What was read, what of it is used and what left out, in one line that adds up."""
    rows, seen = corrections.read["episodes"], used["CHILD"].nunique()
    again = int(reported.dropna(subset=["DECOM"]).duplicated(["CHILD", "DECOM"]).sum())
    return (
        f"Read: {rows:,} rows of episodes, of which {len(used):,} are used, {again:,} report one of these again and "
        f"{rows - len(used) - again:,} are left out; {len(children):,} children, of whom {seen:,} have an episode that is used "
        f"and {len(children) - seen:,} have none."
    )


def _histories(
    path: Path | str, tables: dict[str, pd.DataFrame], children: pd.DataFrame, years: tuple[int, ...], as_of: pd.Timestamp,
    corrections: Corrections,
) -> Return:  # fmt: skip
    episodes = histories.resolve(tables["episodes"], corrections)
    episodes = _of_age(episodes, children, corrections)
    episodes = histories.without_short_breaks(histories.periods_of(episodes, corrections), corrections)
    if episodes.empty:
        raise fault(path, "no episode is left that can be used; see the faults of its rows.")
    corrections.account = _account(tables["episodes"], episodes, children, corrections)
    spells = histories.placements(episodes, corrections)
    periods = histories.care_periods(episodes, spells)
    first, last = pd.Timestamp(f"{years[0] - 1}-04-01"), pd.Timestamp(f"{years[-1]}-03-31")
    absent = sorted(set(range(years[0], years[-1] + 1)) - set(years))
    if absent:
        corrections.add(
            str(path), 0, "", DOUBTED, f"no return for {', '.join(map(str, absent))}: flows of those years are not counted"
        )
    return Return(
        tables, children.drop(columns=["FILE", "ROW"]), episodes, spells, periods, years, first, last, as_of, corrections
    )


def _of_age(episodes: pd.DataFrame, children: pd.DataFrame, corrections: Corrections) -> pd.DataFrame:
    """Ages that cannot be: born after care began, or no longer a child."""
    birth = episodes["CHILD"].map(children.set_index("CHILD")["DOB"])
    unborn = birth > episodes["DECOM"]
    corrections.rows(episodes[unborn], "DECOM", DOUBTED, "the episode starts before the child was born: the age is not used")
    children.loc[children["CHILD"].isin(episodes.loc[unborn, "CHILD"]), "DOB"] = pd.NaT
    eighteen = birth + pd.DateOffset(years=CARE_ENDS_YEARS)
    adult = (episodes["DECOM"] >= eighteen) & ~unborn
    corrections.rows(episodes[adult], "DECOM", DROPPED, "the episode starts on or after the eighteenth birthday")
    over = ~adult & ~unborn & (episodes["END"].fillna(episodes["CENSORED"]) > eighteen + pd.Timedelta(days=1))
    corrections.rows(episodes[over], "DEC", CHANGED, "the episode goes on after the eighteenth birthday: ended there")
    episodes.loc[over, "END"] = eighteen[over]
    episodes.loc[over & (episodes["REC"].isna() | (episodes["REC"] == "X1")), "REC"] = "E7"
    return episodes[~adult].reset_index(drop=True)


def _day(as_of: dt.date | str | None) -> pd.Timestamp | None:
    """The day asked for, if any."""
    try:
        return None if as_of is None else pd.Timestamp(as_of)
    except ValueError:
        raise fault("as of (--year)", f"{as_of!r} is not a date; write it as 2023-03-31.") from None


def _covered(day: pd.Timestamp | None, years: tuple[int, ...]) -> pd.Timestamp:
    """The day asked for, which must lie in the years returned; by default their last."""
    if day is None:
        return pd.Timestamp(f"{years[-1]}-03-31")
    if not pd.Timestamp(f"{years[0] - 1}-04-01") <= day <= pd.Timestamp(f"{years[-1]}-03-31"):
        covered = f"April {years[0] - 1} to March {years[-1]}"
        raise fault("as of (--year)", f"{str(day)[:10]} is outside the returns, which cover {covered}.")
    return day
