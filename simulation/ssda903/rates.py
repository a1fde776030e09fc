"""Rates of coming, moving, leaving and returning, each with its numerator, denominator and standard error."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from simulation.ssda903 import words
from simulation.ssda903.reading import Return
from simulation.ssda903.stock import ONE_YEAR, looked_after_on
from simulation.ssda903.survival import first_of, hazards, share_by

DAYS = 365.25
AGE_EDGES = (0.0, 1.0, 5.0, 10.0, 16.0)
AGE_NAMES = ("under 1", "1-4", "5-9", "10-15", "16+")
CARE_EDGES = (0.0, 8 / 52, 0.5, 1.0, 2.0, 4.0)
CARE_NAMES = ("under 8 weeks", "8 weeks to 6 months", "6 to 12 months", "1 to 2 years", "2 to 4 years", "4 years and over")
PLACE_EDGES = (0.0, 1 / 12, 0.25, 0.5, 1.0, 2.0)
PLACE_NAMES = ("under 1 month", "1 to 3 months", "3 to 6 months", "6 to 12 months", "1 to 2 years", "2 years and over")
EARLY_YEARS = 26 / 52
GROWN_UP_YEARS = 17.9
NAMES = ("name", "group", "unit", "numerator", "denominator", "rate", "se")
Row = dict[str, Any]


def learned_rates(returned: Return, stock: pd.DataFrame, day: pd.Timestamp, population: float | None = None) -> pd.DataFrame:
    """Every rate learnt: ``name group unit numerator denominator rate se``; see the functions below for each."""
    birth = returned.children.set_index("CHILD")["DOB"]
    periods = returned.periods.assign(BIRTH=returned.periods["CHILD"].map(birth))
    spells = returned.spells.assign(BIRTH=returned.spells["CHILD"].map(birth))
    rows: list[Row] = []
    for part in (
        _standing(returned, periods), _starts(returned, periods, population), _ceased(returned, periods),
        _leaving(returned, periods), _moving(returned, spells), _early_home(returned, periods),
        _returning(returned, periods), _adoption(returned, spells),
        _mix(stock), _stability(returned, stock, day),
    ):  # fmt: skip
        rows.extend(part)
    return pd.DataFrame(rows, columns=list(NAMES))


def _row(
    name: str, group: str, unit: str, numerator: float, denominator: float, rate: float | None = None, se: float | None = None
) -> Row:
    """One rate; by default numerator over denominator, with the standard error of a count."""
    if rate is None:
        rate = numerator / denominator if denominator else np.nan
    if se is None:
        se = np.sqrt(numerator) / denominator if denominator else np.nan
    return dict(zip(NAMES, (name, group, unit, numerator, denominator, rate, se), strict=True))


def _band(name: str, group: str, unit: str, found: Any, denominator: Any) -> Row:
    """One rate from a row of :mod:`simulation.ssda903.survival`."""
    return _row(name, group, unit, int(found.events), float(denominator), float(found.rate), float(found.se))


def _share(name: str, group: str, numerator: float, denominator: float) -> Row:
    rate = numerator / denominator if denominator else np.nan
    se = np.sqrt(rate * (1 - rate) / denominator) if denominator else np.nan
    return _row(name, group, "share", numerator, denominator, rate, se)


def _age_group(years: pd.Series) -> pd.Series:
    return pd.cut(years, [*AGE_EDGES, 99], labels=list(AGE_NAMES), right=False).astype(object)


def _standing(returned: Return, periods: pd.DataFrame) -> Iterable[Row]:
    """Children looked after on each 31 March."""
    for year in returned.years:
        count = int(looked_after_on(periods, pd.Timestamp(f"{year}-03-31")).sum())
        yield _row("looked after", f"year:{year}", "children", count, 1)


def _within(returned: Return, days: pd.Series) -> pd.Series:
    """Days that fall in a year of which there is a return."""
    year = days.dt.year + (days.dt.month >= 4)
    return days.notna() & year.isin(returned.years)


def _starts(returned: Return, periods: pd.DataFrame, population: float | None) -> Iterable[Row]:
    """Periods of care begun a year: in all, by year, age, need, legal status, and of unaccompanied children."""
    began = periods[periods["START_KNOWN"] & _within(returned, periods["START"])]
    years = len(returned.years)
    alone = returned.children.set_index("CHILD")["UASC"].reindex(began["CHILD"]).fillna(False).to_numpy(bool)
    yield _row("starts", "all", "children a year", len(began), years)
    yield _row("starts", "unaccompanied", "children a year", int(alone.sum()), years)
    if population:
        yield _row("starts per 10,000", "all", "per 10,000 a year", len(began), years * population / 1e4)
        yield _row("starts per 10,000", "unaccompanied", "per 10,000 a year", int(alone.sum()), years * population / 1e4)
    by_year = (began["START"].dt.year + (began["START"].dt.month >= 4)).value_counts().sort_index()
    for year, count in by_year.items():
        yield _row("starts", f"year:{year}", "children", int(count), 1)
    age = _age_group((began["START"] - began["BIRTH"]).dt.days / DAYS)
    for kind, values in (("age", age), ("need", began["CIN"]), ("legal status", began["LS_FIRST"].map(words.LEGAL_WORD))):
        for group, count in values.value_counts().sort_index().items():
            yield _row("starts", f"{kind}:{group}", "children a year", int(count), years)


def _ceased(returned: Return, periods: pd.DataFrame) -> Iterable[Row]:
    """Periods of care ended a year, in all, by year and by reason."""
    ended = periods[_within(returned, periods["END"])]
    yield _row("ceased", "all", "children a year", len(ended), len(returned.years))
    by_year = (ended["END"].dt.year + (ended["END"].dt.month >= 4)).value_counts().sort_index()
    for year, count in by_year.items():
        yield _row("ceased", f"year:{year}", "children", int(count), 1)
    for reason, count in ended["REC"].map(words.CEASED_WORD).fillna("not known").value_counts().sort_index().items():
        yield _row("ceased", f"reason:{reason}", "children a year", int(count), len(returned.years))


def _runs(returned: Return) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """First and last day of each run of years with a return."""
    years = pd.Series(returned.years)
    runs = years.groupby((years.diff() > 1).cumsum())
    return [(pd.Timestamp(f"{run.iloc[0] - 1}-04-01"), pd.Timestamp(f"{run.iloc[-1]}-03-31")) for _, run in runs]


def _watched(table: pd.DataFrame, returned: Return) -> pd.DataFrame:
    """The rows of ``table`` while they were watched, once for each run of years with a return: nobody is at risk between runs.

    Adds ``SINCE`` and ``UNTIL``, and ``ENDED``: whether the row ended by an event while it was watched.
    """
    over, parts = table["END"].fillna(table["CENSORED"]), []
    for first, last in _runs(returned):
        seen = table[(table["START"] <= last) & (over >= first)]
        since, until = seen["START"].clip(lower=first), over.reindex(seen.index).clip(upper=last)
        parts.append(seen.assign(SINCE=since, UNTIL=until, ENDED=seen["END"].notna() & (seen["END"] <= last)))
    return pd.concat(parts, ignore_index=True)


def _leaving(returned: Return, periods: pd.DataFrame) -> Iterable[Row]:
    """Hazard of leaving care other than by growing up, by present age, and by time in care for each reason."""
    seen = _watched(periods, returned)
    grown = ((seen["UNTIL"] - seen["BIRTH"]).dt.days / DAYS) >= GROWN_UP_YEARS
    reason = seen["REC"].map(words.CEASED_WORD).fillna("other")
    left = seen["ENDED"] & ~grown & (reason != "eighteen")
    yield from _by_band("leaving", "age", left, seen, "BIRTH", AGE_EDGES, AGE_NAMES)
    known = seen["START_KNOWN"]
    for name in ("all", *sorted(set(words.CEASED_WORD.values()) - {"eighteen"})):
        event = left if name == "all" else left & (reason == name)
        yield from _by_band(
            "leaving" if name == "all" else f"leaving: {name}", "time in care",
            event[known], seen[known], "START", CARE_EDGES, CARE_NAMES,
        )  # fmt: skip


def _by_band(
    name: str, kind: str, event: pd.Series, seen: pd.DataFrame, origin: str, edges: tuple[float, ...], names: tuple[str, ...]
) -> Iterable[Row]:  # fmt: skip
    time, entry = ((seen[day] - seen[origin]).dt.days.to_numpy(float) / DAYS for day in ("UNTIL", "SINCE"))
    for label, band in zip(names, hazards(time, event.to_numpy(), entry, edges).itertuples(), strict=True):
        yield _band(name, f"{kind}:{label}", "per year at risk", band, band.exposure)


def _moving(returned: Return, spells: pd.DataFrame) -> Iterable[Row]:
    """Hazard of moving placement within care, by age and by time in placement; disruptions told from planned moves."""
    seen = _watched(spells.assign(GOES_ON=spells["PERIOD"] == spells["PERIOD"].shift(-1)), returned)
    moved = seen["ENDED"] & seen["GOES_ON"]
    why = seen["REASON"].map(words.CHANGE_WORD)
    kinds = {
        "moving": moved, "disruption": moved & (why == "disruption"), "moving by plan": moved & (why == "care plan"),
        "moving for other reasons": moved & (why == "other"),
    }  # fmt: skip
    for name, event in kinds.items():
        exposure = float((seen["UNTIL"] - seen["SINCE"]).dt.days.sum() / DAYS)
        yield _row(name, "all", "per child-year", int(event.sum()), exposure)
        yield from _by_band(name, "age", event, seen, "BIRTH", AGE_EDGES, AGE_NAMES)
        yield from _by_band(name, "time in placement", event, seen, "START", PLACE_EDGES, PLACE_NAMES)


def _early_home(returned: Return, periods: pd.DataFrame) -> Iterable[Row]:
    """Share of entrants who go home within six months, other ways out competing, and how long they stayed."""
    seen = _watched(periods[periods["START_KNOWN"] & _within(returned, periods["START"])], returned)
    seen = seen[seen["SINCE"] == seen["START"]]
    time = ((seen["UNTIL"] - seen["START"]).dt.days / DAYS).to_numpy(float)
    reason = seen["REC"].map(words.CEASED_WORD).fillna("other").replace({"home unplanned": "home planned"})
    cause = reason.where(seen["ENDED"], "").to_numpy(str)
    for row in first_of(time, cause, "home planned", [EARLY_YEARS]).itertuples():
        yield _band("home within six months", "all", "share of entrants", row, row.at_risk)
    home = time[(cause == "home planned") & (time <= EARLY_YEARS)]
    if len(home):
        mean, spread = float(home.mean() * DAYS), float(home.std() * DAYS / np.sqrt(len(home)))
        yield _row("days in care of those home early", "all", "days", len(home), len(home), mean, spread)


def _returning(returned: Return, periods: pd.DataFrame) -> Iterable[Row]:
    """Share looked after again within 3 months, a year and six years of going home."""
    ordered = periods.sort_values(["CHILD", "START"])
    again = ordered.groupby("CHILD")["START"].shift(-1)
    home = ordered["REC"].map(words.CEASED_WORD).isin(["home planned", "home unplanned"]) & _within(returned, ordered["END"])
    ended, again = ordered.loc[home, "END"], again[home]
    grown = ordered.loc[home, "BIRTH"] + pd.DateOffset(years=18)
    last = pd.Series(pd.NaT, index=ended.index, dtype="datetime64[ns]")
    for _, day in reversed(_runs(returned)):
        last = last.mask(ended <= day, day)
    again = again.mask(again > last)
    until = again.fillna(grown.where(grown <= last, last))
    time = ((until - ended).dt.days / DAYS).to_numpy(float)
    within = {"3 months": 0.25, "1 year": 1.0, "6 years": 6.0}
    for label, row in zip(within, share_by(time, again.notna().to_numpy(), list(within.values())).itertuples(), strict=True):
        yield _band("back in care after home", f"within:{label}", "share", row, row.at_risk)


def _adoption(returned: Return, spells: pd.DataFrame) -> Iterable[Row]:
    """Months from placement with adopters to the order."""
    adopted = spells["PLACE"].isin(words.ADOPTIVE_PLACES) & spells["REC"].isin(["E11", "E12"])
    placed = spells[adopted & _within(returned, spells["END"])]
    months = (placed["END"] - placed["START"]).dt.days / DAYS * 12
    if len(months):
        spread = float(months.std() / np.sqrt(len(months))) if len(months) > 1 else np.nan
        yield _row("months placed before adoption", "all", "months", len(months), len(months), float(months.mean()), spread)


def _mix(stock: pd.DataFrame) -> Iterable[Row]:
    """The stock by age, kind of placement, provider, legal status, need and distance."""
    age = _age_group(stock["age_months"] / 12)
    provider, legal = stock["provider"].map(words.PROVIDER_WORD), stock["legal_status"].map(words.LEGAL_WORD)
    parts = {"age": age, "placement": stock["kind"], "provider": provider, "legal status": legal, "need": stock["need"]}
    for kind, values in parts.items():
        for group, count in values.value_counts().sort_index().items():
            yield _share("stock", f"{kind}:{group}", int(count), len(stock))
    yield _share("stock", "unaccompanied", int(stock["unaccompanied"].sum()), len(stock))
    known = stock[stock["distance_band"].notna() & ~stock["unaccompanied"]]
    for group, count in known["distance_band"].value_counts().sort_index().items():
        yield _share("stock", f"distance:{group}", int(count), len(known))
    sides = stock[stock["inside_boundary"].notna()]
    outside = ~sides["inside_boundary"].astype(bool)
    yield _share("stock", "outside boundary", int(outside.sum()), len(sides))
    yield _share("stock", "over 20 miles and outside", int((outside & (sides["distance_miles"] > 20)).sum()), len(sides))


def _stability(returned: Return, stock: pd.DataFrame, day: pd.Timestamp) -> Iterable[Row]:
    """Three or more placements or two or more changes of worker in the year, and children missing at least once."""
    yield _share("three or more placements in the year", "all", int((stock["placements_last_year"] >= 3).sum()), len(stock))
    workers = stock["worker_changes_last_year"].dropna()
    if len(workers):
        yield _share("two or more worker changes in the year", "all", int((workers >= 2).sum()), len(workers))
        yield _row("worker changes", "all", "per child-year", int(workers.sum()), len(workers))
    missing = returned.tables.get("missing")
    if missing is not None:
        spells = returned.spells
        over = spells["END"].fillna(spells["CENSORED"])
        watched = spells[(spells["START"] <= day) & (over > day - ONE_YEAR)]["CHILD"].unique()
        recent = missing[missing["MIS_START"].between(day - ONE_YEAR, day)]["CHILD"]
        yield _share("missing at least once in the year", "all", int(pd.Series(watched).isin(recent).sum()), len(watched))
