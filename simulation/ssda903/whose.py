"""Whose a row is and of which year: columns that say it, folders of authorities, and numbers that two children bear."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

import pandas as pd

from simulation.base.errors import Fault, Faults, printable
from simulation.published import authorities
from simulation.ssda903.corrections import DOUBTED, NOTED, Corrections
from simulation.ssda903.sheets import Sheet
from simulation.ssda903.sources import named_year

YEAR = re.compile(
    r"((REPORT(ING)?|RETURN|COLLECTION|FINANCIAL|SUBMISSION|DATA(SET)?|EXTRACT|CENSUS|903|SSDA903)_?)?YEAR(_?(END(ING|ED)?|OF_RETURN))?|FY"
)
AUTHORITY = re.compile(r"((NEW_|ONS_)?(LA|LOCAL_AUTHORITY)|AUTHORITY|COUNCIL)(_?(NAME|CODE|CD|NM|ID))?")
NO_YEAR = "is not the year of a return such as 2024 or 2023/24; whose year the row is cannot be told"
SHOWN = 5
FEWEST_ALONE, SHARE_ALONE = 3, 0.1
"""So many children of a header without an episode are not left over by chance (judgement)."""


def labels(sheet: Sheet, corrections: Corrections, faults: list[Fault]) -> pd.Series:
    """The year of each row as a file's name would say it: of the column that says it, else of the file."""
    name = next((name for name in sheet.frame if YEAR.fullmatch(str(name))), "")
    told = sheet.frame[name].astype(str).str.strip() if name else pd.Series(dtype=object)
    if not (told != "").any():
        return pd.Series(sheet.label, index=sheet.frame.index, dtype=object)
    years = told.map({text: _year(text) for text in told.unique()})
    wrong = years == ""
    if wrong.any():
        given = f"'{printable(told[wrong].iloc[0])}' " if told[wrong].iloc[0] else "a blank "
        more = f" ({wrong.sum()} rows)" if wrong.sum() > 1 else ""
        faults.append(Fault(f"{sheet.file}: row {sheet.frame.loc[wrong, 'ROW'].iloc[0]}, column {name}", given + NO_YEAR + more))
    found = ", ".join(sorted(set(years) - {""}))
    corrections.add(sheet.file, 0, str(name), NOTED, f"the column says which return each row is of: {found}")
    return years.astype(object)


def _year(text: str) -> str:
    """The year in which the financial year ends; empty for what is none."""
    if found := re.fullmatch(r"(20\d\d)(\.0)?", text):
        return found[1]
    if found := re.fullmatch(r"(20\d\d)\s*[-/_ ]?\s*(20)?(\d\d)", text):
        return str(int(found[1]) + 1) if int(found[3]) == (int(found[1]) + 1) % 100 else ""
    if found := re.fullmatch(r"(20\d\d)-03-31.*|31/0?3/(20\d\d).*", text):
        return found[1] or found[2]
    return ""


def check_one_authority(sheets: Iterable[Sheet]) -> None:
    """A return is of one authority: several in a column, or in the names of folders, are refused and never joined."""
    in_rows: dict[str, tuple[str, str]] = {}
    in_names: dict[str, tuple[str, str]] = {}
    for sheet in sheets:
        for name in [name for name in sheet.frame if AUTHORITY.fullmatch(str(name))]:
            for text in sheet.frame[name].astype(str).str.strip().unique():
                if text:
                    in_rows.setdefault(_same(text), (f"{sheet.file}: column {name}", text))
        for part in PurePosixPath(sheet.file).parts[:-1]:
            if code := authorities.by_name(part, 2025):
                in_names.setdefault(code, (sheet.file, part))
    for found in (in_rows, in_names):
        if len(found) > 1:
            listed = ", ".join(printable(text) for _, text in list(found.values())[:SHOWN])
            where = list(found.values())[1][0]
            raise Faults(Fault(where, f"a return is of one authority, and here are {len(found)} ({listed}); give one at a time."))


def _same(text: str) -> str:
    """One key for an authority's codes and its name."""
    code = authorities.codes().get(text.upper(), "") or authorities.by_name(text, 2025)
    return code or authorities.plain(text)


def say_ignored(sheet: Sheet, columns: Sequence[str], corrections: Corrections) -> None:
    """Names the columns of a table of the return that are not used."""
    spare = [name for name in map(str, sheet.frame) if name not in {*columns, "ROW"} and not _says_whose(name)]
    if spare and not sheet.table:
        more = f" and {len(spare) - SHOWN} more" if len(spare) > SHOWN else ""
        corrections.add(sheet.file, 0, "", NOTED, f"columns that are not used: {', '.join(map(printable, spare[:SHOWN]))}{more}")


def _says_whose(heading: str) -> bool:
    return bool(YEAR.fullmatch(heading) or AUTHORITY.fullmatch(heading))


def check_children(header: pd.DataFrame, episodes: pd.DataFrame, corrections: Corrections) -> None:
    """One number with two dates of birth or sexes in one return is two children: refused, for nothing tells them apart.

    In returns of different years a date of birth may have been corrected, which is said; with another sex too, and no
    episode in common, the number was given again to another child.
    """
    known = header.assign(SEX=header["SEX"].where(header["SEX"] != "U", None))
    named = known["LABEL"].map(lambda label: named_year(label) is not None).astype(bool)
    key = ["CHILD", known["YEAR"].astype(str).where(named, known["FILE"]).rename("RETURN")]
    groups = known.groupby(key, sort=False)
    differ = (groups["DOB"].transform("nunique") > 1) | (groups["SEX"].transform("nunique") > 1)
    faults = [_two(rows, "is that of another child") for _, rows in known[differ].groupby("CHILD", sort=False)]
    faults += _given_again(known[~known["CHILD"].isin(known.loc[differ, "CHILD"])], episodes, corrections)
    if faults:
        more = [Fault(str(header["FILE"].iloc[0]), f"{len(faults) - SHOWN} more numbers have the same fault")]
        raise Faults(faults[:SHOWN] + (more if len(faults) > SHOWN else []))


def doubt_the_whole(header: pd.DataFrame, episodes: pd.DataFrame, told: set[str], corrections: Corrections) -> None:
    """Says where many children of a year's header have no episode in it: its episodes may have been torn off.

    ``told`` are the children of whom other tables speak, as those of care leavers do.
    """
    there = pd.MultiIndex.from_frame(episodes[["CHILD", "YEAR"]])
    alone = ~pd.MultiIndex.from_frame(header[["CHILD", "YEAR"]]).isin(there) & ~header["CHILD"].isin(told)
    for file, rows in header.assign(ALONE=alone).groupby("FILE", sort=False):
        if rows["ALONE"].sum() >= FEWEST_ALONE and rows["ALONE"].mean() > SHARE_ALONE:
            why = "many children of this header have no episode of its year: are the episodes whole?"
            corrections.add(str(file), 0, "CHILD", DOUBTED, why)


def _two(rows: pd.DataFrame, what: str) -> Fault:
    first, last = rows.iloc[0], rows.iloc[-1]
    there = f"row {first['ROW']}" if first["FILE"] == last["FILE"] else f"{first['FILE']}, row {first['ROW']}"
    why = f"the number {what}, born on another day or of the other sex, in {there}: two children cannot be told apart by it."
    return Fault(f"{last['FILE']}: row {last['ROW']}, column CHILD", why)


def _given_again(known: pd.DataFrame, episodes: pd.DataFrame, corrections: Corrections) -> list[Fault]:
    """Numbers whose date of birth differs between years: corrected, or given again to another child."""
    births = known.dropna(subset=["DOB"])
    sexes = births.groupby("CHILD")["SEX"].transform("nunique")
    differs = births.groupby("CHILD")["DOB"].transform("nunique") > 1
    faults = []
    for child, rows in births[differs].sort_values("YEAR", kind="stable").groupby("CHILD", sort=False):
        if sexes[rows.index[0]] > 1 and not _shared(episodes[episodes["CHILD"] == child]):
            faults.append(_two(rows, "was that of another child"))
        else:
            corrections.rows(rows.tail(1), "DOB", DOUBTED, "another date of birth than in an earlier return: the later is used")
    return faults


def _shared(own: pd.DataFrame) -> bool:
    """Whether an episode of a child is reported in more than one year."""
    once = own.dropna(subset=["DECOM"]).drop_duplicates(["DECOM", "YEAR"])
    return bool(once.duplicated("DECOM").any())
