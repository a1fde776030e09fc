"""A simulated year as a statutory return: for the tools authorities already own, and to train on data that is nobody's."""

from __future__ import annotations

import argparse
import filecmp
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from simulation.base.dice import Dice
from simulation.base.errors import fault, nearest
from simulation.results import files
from simulation.results.folder import Results
from simulation.ssda903 import outcomes
from simulation.ssda903.invented import SEED, child_numbers
from simulation.ssda903.layout import LAYOUTS
from simulation.ssda903.shaping import episodes as shaped_episodes

NEEDED, WISHED = ("children", "placements"), ("events", "workforce")
TABLES = (
    "header", "episodes", "reviews", "uasc", "placed_for_adoption", "ad1", "previous_permanence", "missing", "oc2", "oc3",
    "sw_episodes",
)  # fmt: skip
EVENT_COLUMNS = ("child", "date", "event", "from", "to")
A_QUIET_MONTH = 31
YEARS_OF_LEAVING = 4
"""Young people of 17 to 21 are care leavers for about this long: before, a run has too few of them."""
SUPPORTED_REGISTERED = 2025
"""From this return on, supported accommodation is registered and has a number."""
NEW_PLACES = {"H5": "K3", "P2": "K3", "Z1": "Z14"}


@dataclass(frozen=True)
class Exported:
    """What was written: folder, rows of each table, and what the simulation did not say and was supplied.

    scenario: whose children they are; others: the scenarios of the results that were not exported.
    """

    folder: Path
    rows: dict[str, int]
    supplied: tuple[str, ...]
    scenario: str = ""
    others: tuple[str, ...] = ()


def export_903(
    results: Path | str, replication: int, year: int, out: Path | str, scenario: str | None = None, local: bool = False
) -> Exported:
    """Writes the year ending 31 March of ``year`` of one replication as a statutory return in folder ``out``.

    ``results`` is an experiment's folder. Every identifier, pupil number and postcode is invented; a child keeps theirs
    from year to year. Raises :class:`Faults` when there are no such results, scenario, replication or year, or when the run
    began from real children and ``local`` (for use where their return is kept) is not said; nothing is written then.
    """
    folder = Path(results)
    tables = _tables(folder, replication, scenario)
    names = _column(folder / "children.parquet", "scenario")
    exported = scenario or names[0]
    _refuse_real_children(folder, exported, local)
    began = _check_year(folder, tables["children"], year)
    made, supplied = statutory_return(tables, replication, year)
    _write(Path(out), made)
    if began > pd.Timestamp(f"{year - 1}-04-01") + pd.Timedelta(days=A_QUIET_MONTH):
        supplied = (*supplied, f"nothing of the year before {began:%d %B %Y}, when the run began")
    if year < began.year + YEARS_OF_LEAVING + 1:
        fewer = f"too few before {began.year + YEARS_OF_LEAVING + 1}"
        supplied = (*supplied, f"care leavers in oc3 who left before the run began in {began:%B %Y} ({fewer})")
    rows = {name: len(frame) for name, frame in made.items()}
    return Exported(Path(out), rows, supplied, exported, tuple(name for name in names if name != exported))


def _refuse_real_children(folder: Path, scenario: str, local: bool) -> None:
    stock = Results(folder).stock_file(scenario) if (folder / "run.json").exists() else ""
    if stock and not local:
        raise fault(
            folder,
            f"{scenario} began from the real children of {stock}: their ages and stays would be in this return. "
            "Say --local to write it for use where their own return is kept; nothing was written.",
        )


def export_command(given: argparse.Namespace) -> int:
    """The command ``export-903``: writes the return and says what is in it."""
    done = export_903(given.results, given.replication, given.year, given.out, given.scenario, given.local)
    not_these = f" (not {', '.join(done.others)}: name one with --scenario)" if done.others else ""
    print(f"The year to 31 March {given.year} of {done.scenario}, replication {given.replication}{not_these}.")
    print(f"Wrote {done.folder}: " + ", ".join(f"{name} {count}" for name, count in done.rows.items()) + ".")
    for line in done.supplied:
        print(f"Not simulated, so supplied or left out: {line}.")
    return 0


def statutory_return(
    tables: dict[str, pd.DataFrame], replication: int, year: int
) -> tuple[dict[str, pd.DataFrame], tuple[str, ...]]:
    """The tables of the return of one year, and what had to be supplied.

    ``tables`` are the model's, of one replication: ``children`` (periods of care), ``placements``, ``events``, ``workforce``.
    """
    tables = _numbered(tables)
    periods, workforce, events = tables["children"], tables["workforce"], _dated(tables["events"])
    dice = Dice(SEED, replication)
    first, last = pd.Timestamp(f"{year - 1}-04-01"), pd.Timestamp(f"{year}-03-31")
    every = shaped_episodes(periods, tables["placements"], dice)
    begun = every[every["START"] <= last]
    now = begun[begun["END"].isna() | (begun["END"] >= first)]
    births = every.drop_duplicates("child").set_index("child")["DOB"]
    decided = outcomes.decisions(every, dice)
    leavers = outcomes.care_leavers(begun, first, last)
    here = periods.drop_duplicates("child").assign(birth_date=lambda table: table["child"].map(births))
    returned = here[here["child"].isin(pd.concat([now["child"], leavers["child"]]))].sort_values("child")
    cared = returned[returned["child"].isin(now["child"])]
    made = {
        "header": outcomes.header(returned, year, cared["child"]),
        "episodes": _episodes(now, last, year),
        "reviews": outcomes.reviews(begun, events, first, last, dice),
        "uasc": outcomes.uasc(cared, year),
        "placed_for_adoption": outcomes.placed_for_adoption(decided, births, first, last, now["child"]),
        "ad1": outcomes.ad1(decided, begun, births, first, last, dice),
        "previous_permanence": outcomes.previous_permanence(now, first),
        "missing": outcomes.missing(now, events, births, first, last) if "missing" in set(events["event"])
        else outcomes.missing_by_lot(now, first, last, dice),
        "oc2": outcomes.oc2(begun, first, last, dice),
        "oc3": outcomes.oc3(leavers, dice, year),
        "sw_episodes": outcomes.sw_episodes(now, events, workforce, births, first, last),
    }
    return {name: made[name][list(LAYOUTS[name].columns)] for name in TABLES}, _supplied(events)


def _numbered(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables with children numbered from 1 in the order of their identities: the same in every year of a run."""
    numbers = {child: number for number, child in enumerate(sorted(tables["children"]["child"].unique()), start=1)}
    found = dict(tables)
    for name, table in tables.items():
        if "child" in table:
            found[name] = table.assign(child=table["child"].map(numbers)).dropna(subset=["child"])
    return found


def _episodes(now: pd.DataFrame, last: pd.Timestamp, year: int) -> pd.DataFrame:
    """Episodes open in the year; those that go on after it are open."""
    goes_on = now["END"].isna() | (now["END"] > last)
    place = now["PLACE"].replace(NEW_PLACES) if year >= 2026 else now["PLACE"]
    unregistered = (now["PLACE"] == "H5") & (year < SUPPORTED_REGISTERED)
    return pd.DataFrame({
        "CHILD": child_numbers(now["child"]), "DECOM": now["START"], "RNE": now["RNE"], "LS": now["LS"], "CIN": now["CIN"],
        "PLACE": place, "PLACE_PROVIDER": now["PLACE_PROVIDER"],
        "DEC": now["END"].mask(goes_on), "REC": now["REC"].mask(goes_on, None),
        "REASON_PLACE_CHANGE": now["REASON_PLACE_CHANGE"].mask(goes_on, None),
        "HOME_POST": now["HOME_POST"], "PL_POST": now["PL_POST"],
        "URN": now["URN"].mask(unregistered, None),
    })  # fmt: skip


def _dated(events: pd.DataFrame) -> pd.DataFrame:
    if events.empty:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in EVENT_COLUMNS}).assign(date=pd.to_datetime([]))
    return events.assign(date=pd.to_datetime(events["date"]).astype("datetime64[ns]"))


def _supplied(events: pd.DataFrame) -> tuple[str, ...]:
    seen = set(events["event"])
    said = ["ethnicity detail, pupil numbers, postcodes, register numbers, health checks, questionnaires and adopters (by lot)"]
    for event, text in (
        ("review_held", "reviews on their due days (no review_held events were kept)"),
        ("worker_changed", "no rows in sw_episodes (no worker_changed events were kept)"),
        ("missing", "times missing (by lot: no missing events were kept)"),
    ):
        if event not in seen:
            said.append(text)
    return tuple(said)


def _tables(folder: Path, replication: int, scenario: str | None) -> dict[str, pd.DataFrame]:
    """The tables of one replication of one scenario."""
    if (folder / "run.json").exists():
        Results(folder).read_run()  # refuses what a newer version wrote
    if not (folder / "children.parquet").exists():
        raise fault(folder, "this is not an experiment's folder: it has no children.parquet.")
    absent = [name for name in NEEDED if not (folder / f"{name}.parquet").exists()]
    if absent:
        raise fault(folder, f"there is no {absent[0]}.parquet; run the experiment again.")
    names = _column(folder / "children.parquet", "scenario")
    wanted = scenario or names[0]
    if wanted not in names:
        raise fault("--scenario", f"{wanted!r} is not in these results; there are {', '.join(names)}.{nearest(wanted, names)}")
    tables = {name: _read(folder / f"{name}.parquet", wanted, replication) for name in (*NEEDED, *WISHED)}
    if tables["children"].empty:
        there = files.read_parquet(folder / "children.parquet", ["replication"])["replication"].unique()
        raise fault("--replication", f"{replication} is not in these results, which hold {min(there)} to {max(there)}.")
    return tables


def _column(path: Path, name: str) -> list[str]:
    found = list(pd.unique(files.read_parquet(path, [name])[name].astype(str)))
    if not found:
        raise fault(path, "the results hold no children.")
    return found


def _read(path: Path, scenario: str, replication: int) -> pd.DataFrame:
    if not path.exists():
        return pd.DataFrame()
    return files.read_parquet(path, where={"scenario": scenario, "replication": replication}).reset_index(drop=True)


def _check_year(folder: Path, periods: pd.DataFrame, year: int) -> pd.Timestamp:
    """The year must be one that the run covers to its end; gives back the first day anything happened in the run."""
    began = periods.loc[~periods["started_before"].astype(bool), "care_start"]
    days = pd.concat([pd.to_datetime(began), pd.to_datetime(periods["care_end"])])
    first, last = days.min(), days.max() + pd.Timedelta(days=A_QUIET_MONTH)
    if days.isna().all():
        raise fault("--year", f"nobody started or ceased to be looked after in {folder}: there is no year to return.")
    if not first.year <= year <= last.year or not first <= pd.Timestamp(f"{year}-03-31") <= last:
        raise fault("--year", f"31 March {year} is not in {folder}, which runs from {days.min():%B %Y} to {days.max():%B %Y}.")
    return pd.Timestamp(first)


def _check_same(out: Path, side: Path) -> None:
    """Refuses to replace another return, which may be a real one: a file already in ``out`` is the one to be written."""
    for file in sorted(side.iterdir()):
        files.check_replaceable(out / file.name, partial(filecmp.cmp, file, shallow=False))


def _write(out: Path, made: dict[str, pd.DataFrame]) -> None:
    """Writes all tables to the side, then moves them in together."""
    if os.path.exists(out) and not out.is_dir():
        raise fault(out, "is a file; give a folder for the return.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        side = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        try:
            for name, frame in made.items():
                frame.to_csv(side / f"{name}.csv", index=False, date_format="%d/%m/%Y", lineterminator="\n")
            _check_same(out, side)
            out.mkdir(exist_ok=True)
            for file in sorted(side.iterdir()):
                os.replace(file, out / file.name)
        finally:
            shutil.rmtree(side, ignore_errors=True)
    except OSError as error:
        raise fault(out, f"the return cannot be written there ({error.strerror}).") from None
