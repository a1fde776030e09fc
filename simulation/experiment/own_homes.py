"""The homes of one's own that a plan opens: when, when the first child comes, and how many of their beds are filled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulation.base.wording import amount, month_words, plural
from simulation.results import files
from simulation.results.folder import Results
from simulation.service.book import OWN_HOME

OPENED_LATER = 10**8
"""Own homes that open during the run are numbered from here, by the week they open in."""


@dataclass(frozen=True)
class Homes:
    """Over the replications: date of opening and of the first child (medians, empty if in fewer than half of them).

    opened_in: replications in which one opens; ``places`` and ``filled``: mean beds and children in them at the run's end.
    """

    opened: str
    first_child: str
    opened_in: int
    replications: int
    places: float
    filled: float

    @property
    def text(self) -> str:
        """``Its new home opens in November 2022 and takes its first child in December 2022; 1.5 of 2 beds are filled ...``"""
        if not self.opened_in:
            return "No home that it orders opens within the run."
        runs = plural(self.replications, "run")
        some = "" if self.opened_in == self.replications else f" (in {self.opened_in} of {runs})"
        if not self.opened:
            return f"The home it orders opens within the time simulated in {self.opened_in} of {runs}."
        child = f" and takes its first child in {month_words(self.first_child)}" if self.first_child else ""
        beds = f"{amount(self.filled)} of {amount(self.places)} beds are filled at the end of the run, on average"
        return f"Its new home opens in {month_words(self.opened)}{some}{child}; {beds}."


def own_homes(results: Results, scenario: str, base: str, numbers: Sequence[int]) -> Homes:
    """What becomes of the own homes that ``scenario`` opens and ``base`` does not; children are followed by the home's number."""
    seen = [_one(results, scenario, base, number) for number in numbers]
    opened = [one[0] for one in seen if one[0] is not None]
    came = [one[1] for one in seen if one[1] is not None]
    half = len(seen) / 2
    return Homes(
        _median(opened) if len(opened) >= half else "",
        _median(came) if came and len(came) >= half else "",
        len(opened),
        len(seen),
        float(np.mean([one[2] for one in seen])),
        float(np.mean([one[3] for one in seen])),
    )


def _one(results: Results, scenario: str, base: str, number: int) -> tuple[dt.date | None, dt.date | None, float, int]:
    """Opening, first child, beds and children at the end in one replication."""
    more = (_places(results, scenario, number) - _places(results, base, number)).fillna(0.0)
    opened = pd.Timestamp(str(more.index[int(np.argmax(more.to_numpy() > 0))])).date() if (more > 0).any() else None
    table = files.read_parquet(results.replication_file(scenario, number, "placements"), ["start", "end", "urn"])
    theirs = files.read_parquet(results.replication_file(base, number, "placements"), ["urn"])["urn"].unique()
    lived = table[_new_home(table["urn"]) & ~table["urn"].isin(theirs)]
    first = lived["start"].min().date() if len(lived) else None
    return opened, first, float(max(more.iloc[-1], 0.0)), int(lived["end"].isna().sum())


def _places(results: Results, scenario: str, number: int) -> pd.Series:
    """Places in own homes by date."""
    weekly = files.read_parquet(results.replication_file(scenario, number), ["date", "measure", "group", "value"])
    rows = weekly[(weekly["measure"].astype(str) == "n_places") & (weekly["group"].astype(str) == "kind:home own")]
    dates = weekly["date"].astype(str).drop_duplicates()
    return rows.assign(date=rows["date"].astype(str)).groupby("date")["value"].sum().reindex(dates, fill_value=0.0)


def _new_home(urn: pd.Series) -> pd.Series:
    """True for the number of an own home that opened during the run."""
    number = pd.to_numeric(urn, errors="coerce").fillna(0).astype("int64")
    return (number // 10**12 == OWN_HOME) & (number % 10**12 >= OPENED_LATER)


def _median(days: Sequence[dt.date]) -> str:
    ordered = sorted(days)
    return ordered[(len(ordered) - 1) // 2].isoformat()
