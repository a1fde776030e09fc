"""The children looked after on a day, as agents: ages, durations, placements, never names, birth dates or addresses."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from simulation.base.errors import fault
from simulation.ssda903 import words
from simulation.ssda903.corrections import DOUBTED, NOTED, Corrections
from simulation.ssda903.distance import bands, distances
from simulation.ssda903.reading import Return

DAYS_IN_MONTH = 365.25 / 12
DAYS_IN_WEEK = 7
FEWEST_ALIKE = 5
ONE_YEAR = pd.Timedelta(days=365)
COLUMNS = (
    "age_months", "weeks_in_care", "start_known", "weeks_in_placement", "kind", "placement", "provider", "legal_status", "need",
    "sex", "unaccompanied", "distance_miles", "distance_band", "inside_boundary", "placements_last_year",
    "worker_changes_last_year", "weeks_with_worker", "weeks_since_review",
)  # fmt: skip


def looked_after_on(table: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    """Which rows of ``spells`` or ``periods`` cover a day: begun by then, not ended, and still followed."""
    return (table["START"] <= day) & (table["END"].isna() | (table["END"] > day)) & (table["CENSORED"] >= day)


def kind_of(spells: pd.DataFrame) -> pd.Series:
    """The model's kind of placement (``simulation.base.codes.KIND_NAME``) from placement and provider codes."""
    plain = spells["PLACE"].map(words.PLACE_KIND).fillna("other")
    own = spells["PLACE_PROVIDER"] == "PR1"
    charity = spells["PLACE_PROVIDER"] == "PR5"
    kind = plain.mask(plain == "foster", own.map({True: "foster own", False: "foster agency"}))
    kind = kind.mask(plain == "home", own.map({True: "home own", False: "home private"}))
    return kind.mask((plain == "home") & charity, "home voluntary")


def stock_on(
    returned: Return, day: pd.Timestamp, corrections: Corrections, postcodes: Path | str | None = None
) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """One row a child looked after on ``day``, with columns ``COLUMNS``, and beside it home postcode and start of care.

    Durations are whole weeks up to the day; ``start_known`` is false where care began before the first return and the
    duration is the least it can be and what is usual before it (see :func:`_lengthen`). Ages are whole months. Raises
    :class:`Faults` where nobody was looked after.
    """
    spells = returned.spells[looked_after_on(returned.spells, day)].drop_duplicates("CHILD", keep="last").reset_index(drop=True)
    if spells.empty:
        raise fault("--ssda903", f"nobody was looked after on {day:%Y-%m-%d}.")
    periods = returned.periods.set_index("PERIOD").reindex(spells["PERIOD"]).reset_index()
    children = returned.children.set_index("CHILD").reindex(spells["CHILD"]).reset_index()
    start = _earliest(returned, spells, periods)
    stock = pd.DataFrame({
        "age_months": _months(children["DOB"], day, corrections),
        "weeks_in_care": (day - start).dt.days // DAYS_IN_WEEK,
        "start_known": periods["START_KNOWN"].to_numpy(bool),
        "weeks_in_placement": (day - spells["START"]).dt.days // DAYS_IN_WEEK,
        "kind": kind_of(spells), "placement": spells["PLACE"], "provider": spells["PLACE_PROVIDER"], "legal_status": spells["LS"],
        "need": spells["CIN"], "sex": children["SEX"], "unaccompanied": children["UASC"].fillna(False).to_numpy(bool),
    })  # fmt: skip
    far = distances(spells, postcodes)
    stock["distance_miles"], stock["distance_band"] = far["miles"].round(), bands(far["miles"])
    stock["inside_boundary"] = far["inside"]
    stock["placements_last_year"] = _placements_in_year(returned.spells, spells["CHILD"], day)
    _workers(returned, spells["CHILD"], day, stock)
    stock["weeks_since_review"] = _weeks_since(returned.tables.get("reviews"), "REVIEW", spells["CHILD"], day)
    _lengthen(stock, returned, corrections)
    return stock[list(COLUMNS)], periods["HOME_POST"], start


def _months(birth: pd.Series, day: pd.Timestamp, corrections: Corrections) -> pd.Series:
    months = ((day - birth).dt.days // DAYS_IN_MONTH).astype("Float64")
    lost = int(months.isna().sum())
    if lost:
        corrections.add("return", 0, "DOB", DOUBTED, f"{lost} children without a usable date of birth: given the middle age")
    return months.fillna(months.median() if lost < len(months) else 120).clip(0, 12 * 18 - 1).astype(int)


def _earliest(returned: Return, spells: pd.DataFrame, periods: pd.DataFrame) -> pd.Series:
    """The start of care: as reported, else the earliest trace of care (a review, a placing, twelve months' health checks)."""
    start = periods["START"].copy()
    unknown = ~periods["START_KNOWN"].to_numpy(bool)
    for name, column in (("reviews", "REVIEW"), ("placed_for_adoption", "DATE_PLACED")):
        table = returned.tables.get(name)
        if table is not None:
            first = spells["CHILD"].map(table.groupby("CHILD")[column].min())
            start = start.mask(unknown & (first < start).to_numpy(), first)
    checks = returned.tables.get("oc2")
    if checks is not None:
        first_year = spells["CHILD"].map(checks.groupby("CHILD")["YEAR"].min()).astype("Int64")
        year_end = pd.to_datetime(first_year.astype("string") + "-03-31")
        start = start.mask(unknown & ((year_end - ONE_YEAR) < start).to_numpy(), year_end - ONE_YEAR)
    birth = spells["CHILD"].map(returned.children.set_index("CHILD")["DOB"])
    return start.mask(unknown & (start < birth).to_numpy(), birth)


def _placements_in_year(spells: pd.DataFrame, children: pd.Series, day: pd.Timestamp) -> pd.Series:
    """Placements a child was in during the year up to ``day``."""
    inside = spells[(spells["START"] <= day) & (spells["END"].fillna(spells["CENSORED"]) > day - ONE_YEAR)]
    return children.map(inside.groupby("CHILD").size()).fillna(1).astype(int)


def _workers(returned: Return, children: pd.Series, day: pd.Timestamp, stock: pd.DataFrame) -> None:
    """Changes of social worker in the year and weeks with the present one; missing where the table is not returned."""
    table = returned.tables.get("sw_episodes")
    stock["worker_changes_last_year"] = pd.Series(pd.NA, index=stock.index, dtype="Int64")
    stock["weeks_with_worker"] = pd.Series(pd.NA, index=stock.index, dtype="Int64")
    if table is None:
        return
    seen = table[table["SW_DECOM"] <= day].sort_values(["CHILD", "SW_DECOM"], kind="stable")
    before = seen[["CHILD", "SW_ID"]].shift(1)
    changed = (seen["CHILD"] == before["CHILD"]) & (seen["SW_ID"] != before["SW_ID"]) & (seen["SW_DECOM"] > day - ONE_YEAR)
    counted = children.map(changed.groupby(seen["CHILD"]).sum())
    stock["worker_changes_last_year"] = counted.astype("Int64")
    stock["weeks_with_worker"] = _weeks_since(seen, "SW_DECOM", children, day)


def _weeks_since(table: pd.DataFrame | None, column: str, children: pd.Series, day: pd.Timestamp) -> pd.Series:
    if table is None:
        return pd.Series(pd.NA, index=children.index, dtype="Int64")
    last = table[table[column] <= day].groupby("CHILD")[column].max()
    return ((day - pd.to_datetime(children.map(last))).dt.days // DAYS_IN_WEEK).astype("Int64")


def _lengthen(stock: pd.DataFrame, returned: Return, corrections: Corrections) -> None:
    """Where care began before the first return, adds to what is seen what lay, on average, before a later episode began.

    The earliest episode seen of such a child is not the first; children whose start is known had been in care so long when
    an episode that was not their first began. On five simulated years cut to the last one and two, the mean is 142 and 147
    weeks (true: 155) and a child is 54 and 55 weeks out; the middle of the longer stays known gave 203 and 187, 137 and 131
    weeks out, for only the most settled children have long stays that are known.
    """
    unknown = ~stock["start_known"]
    if not unknown.any():
        return
    known = returned.periods[returned.periods["START_KNOWN"]].set_index("PERIOD")["START"]
    before = (returned.episodes["DECOM"] - returned.episodes["PERIOD"].map(known)).dt.days // DAYS_IN_WEEK
    later = before[before > 0]
    added = round(later.mean()) if len(later) >= FEWEST_ALIKE else 0
    most = (stock["age_months"] * DAYS_IN_MONTH // DAYS_IN_WEEK).astype(int)
    stock["weeks_in_care"] = (stock["weeks_in_care"] + added * unknown).clip(upper=most)
    why = f"care began before the first return for {unknown.mean():.0%} of children: their time in care is estimated"
    corrections.add("return", 0, "DECOM", NOTED, why)
