"""The tables of the return: their columns, which of them cannot be done without, dates and code lists."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from simulation.published.csv_table import INVISIBLE, rename, without_marks
from simulation.ssda903 import words
from simulation.ssda903.words import CodeList


@dataclass(frozen=True)
class Layout:
    """One table. ``columns`` in statutory order; ``needed`` identify it; ``key`` tells one record from another."""

    name: str
    columns: tuple[str, ...]
    needed: tuple[str, ...]
    key: tuple[str, ...]
    dates: tuple[str, ...] = ()
    codes: dict[str, CodeList] = field(default_factory=dict)


def _layout(name: str, columns: str, needed: str, key: str, dates: str = "", **codes: CodeList) -> Layout:
    return Layout(name, tuple(columns.split()), tuple(needed.split()), tuple(key.split()), tuple(dates.split()), codes)


LAYOUTS: dict[str, Layout] = {
    layout.name: layout
    for layout in (
        _layout(
            "episodes",
            "CHILD DECOM RNE LS CIN PLACE PLACE_PROVIDER DEC REC REASON_PLACE_CHANGE HOME_POST PL_POST URN",
            "CHILD DECOM RNE LS CIN PLACE DEC REC", "CHILD DECOM", "DECOM DEC",
            RNE=words.REASON_NEW, LS=words.LEGAL_STATUS, CIN=words.NEED, PLACE=words.PLACEMENT,
            PLACE_PROVIDER=words.PROVIDER, REC=words.REASON_CEASED, REASON_PLACE_CHANGE=words.REASON_PLACE,
        ),
        _layout("header", "CHILD SEX DOB ETHNIC UPN MOTHER MC_DOB", "CHILD SEX DOB ETHNIC", "CHILD", "DOB MC_DOB",
                SEX=words.SEX, ETHNIC=words.ETHNICITY),
        _layout("reviews", "CHILD DOB REVIEW REVIEW_CODE", "CHILD REVIEW REVIEW_CODE", "CHILD REVIEW", "DOB REVIEW",
                REVIEW_CODE=words.REVIEW),
        _layout("uasc", "CHILD SEX DOB DUC", "CHILD DUC", "CHILD", "DOB DUC", SEX=words.SEX),
        _layout("oc2", "CHILD DOB SDQ_SCORE SDQ_REASON CONVICTED HEALTH_CHECK IMMUNISATIONS TEETH_CHECK HEALTH_ASSESSMENT "
                "SUBSTANCE_MISUSE INTERVENTION_RECEIVED INTERVENTION_OFFERED",
                "CHILD SDQ_SCORE CONVICTED IMMUNISATIONS", "CHILD", "DOB", SDQ_REASON=words.SDQ_REASON),
        _layout("oc3", "CHILD DOB IN_TOUCH ACTIV ACCOM", "CHILD IN_TOUCH ACTIV ACCOM", "CHILD", "DOB", IN_TOUCH=words.IN_TOUCH),
        _layout("ad1", "CHILD DOB DATE_INT DATE_MATCH FOSTER_CARE NB_ADOPTR SEX_ADOPTR LS_ADOPTR", "CHILD DATE_INT DATE_MATCH",
                "CHILD", "DOB DATE_INT DATE_MATCH"),
        _layout("placed_for_adoption", "CHILD DOB DATE_PLACED DATE_PLACED_CEASED REASON_PLACED_CEASED", "CHILD DATE_PLACED",
                "CHILD DATE_PLACED", "DOB DATE_PLACED DATE_PLACED_CEASED", REASON_PLACED_CEASED=words.REVERSED),
        _layout("previous_permanence", "CHILD DOB PREV_PERM LA_PERM DATE_PERM", "CHILD PREV_PERM", "CHILD", "DOB",
                PREV_PERM=words.PREVIOUS),
        _layout("missing", "CHILD DOB MISSING MIS_START MIS_END", "CHILD MISSING MIS_START", "CHILD MIS_START",
                "DOB MIS_START MIS_END", MISSING=words.MISSING),
        _layout("sw_episodes", "CHILD DOB SW_ID SW_DECOM SW_DEC SW_REASON", "CHILD SW_ID SW_DECOM", "CHILD SW_DECOM",
                "DOB SW_DECOM SW_DEC", SW_REASON=words.WORKER_REASON),
        _layout("dolo", "CHILD DOB DOLO_START DOLO_END", "CHILD DOLO_START", "CHILD DOLO_START", "DOB DOLO_START DOLO_END"),
    )
}  # fmt: skip
EXTRA_COLUMNS = ("PL_DISTANCE", "PL_LOCATION", "PL_LA", "UASC")
"""Columns that the Department adds to the file it gives back: used when they are there."""
SPELLINGS = {
    "CHILDID": "CHILD", "CHILD_ID": "CHILD", "CHILDUNIQUEID": "CHILD",
    "GENDER": "SEX", "DATE_OF_BIRTH": "DOB", "ETHNICITY": "ETHNIC",
    "PL": "PLACE", "PLACEMENT": "PLACE", "PLACEMENT_PROVIDER": "PLACE_PROVIDER", "PROVIDER": "PLACE_PROVIDER",
    "REASON_PLACEMENT_CHANGE": "REASON_PLACE_CHANGE", "REASON_PL_CHANGE": "REASON_PLACE_CHANGE", "HOME_POSTCODE": "HOME_POST",
    "PL_POSTCODE": "PL_POST", "PLACEMENT_POSTCODE": "PL_POST", "LEGAL_STATUS": "LS", "SDQ": "SDQ_SCORE",
    "DATE_EPISODE_COMMENCED": "DECOM", "DATE_EPISODE_CEASED": "DEC", "REASON_FOR_NEW_EPISODE": "RNE", "CATEGORY_OF_NEED": "CIN",
    "PLACEMENT_TYPE": "PLACE", "REASON_EPISODE_CEASED": "REC", "REASON_FOR_PLACEMENT_CHANGE": "REASON_PLACE_CHANGE",
}  # fmt: skip
"""Other names under which the columns are met."""
KNOWN_COLUMNS = frozenset(EXTRA_COLUMNS).union(*(layout.columns for layout in LAYOUTS.values()))


def column_name(heading: object) -> str:
    """The statutory name of a column heading, however it was typed."""
    seen = without_marks(str(heading if heading is not None else "")).translate(INVISIBLE).strip().strip("'\"*:").strip().upper()
    text = "_".join(re.split(r"[\s_.-]+", seen))
    return SPELLINGS.get(text, text)


def recognise(headings: list[str]) -> tuple[Layout | None, list[str]]:
    """Which table has these column names, and which needed columns it lacks: ``(None, [])`` when it is none of them.

    A table is known by its columns, never by the name of its file.
    """
    have = set(headings)
    complete = [layout for layout in LAYOUTS.values() if have.issuperset(layout.needed)]
    if complete:
        return max(complete, key=lambda layout: (len(have & set(layout.columns)), len(layout.needed))), []
    own = {layout.name: len(have & set(layout.columns) - {"CHILD", "DOB", "SEX"}) for layout in LAYOUTS.values()}
    best = max(own, key=lambda name: own[name] / (len(LAYOUTS[name].columns) - 1))
    absent = [name for name in LAYOUTS[best].needed if name not in have]
    if own[best] == 0 or (own[best] == 1 and len(LAYOUTS[best].needed) > 3) or 2 * len(absent) > len(LAYOUTS[best].needed):
        return None, []
    return LAYOUTS[best], absent


def missing_column(layout: Layout, column: str, headings: list[str]) -> str:
    """A sentence about a column that is not there."""
    spare = [name for name in headings if name and name not in layout.columns and name != "ROW"]
    found = f" Its other columns: {', '.join(spare[:6])}." if spare else ""
    return f"this looks like the {layout.name} table, but it has no column {column}.{found}{rename(column, spare)}"
