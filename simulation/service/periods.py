"""The record of periods of care, as columnar buffers: one row a period, filed when it ends or the run does."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulation.base.clock import NEVER, dates_of
from simulation.base.codes import CEASED_NAME, ENTERED_NAME, LEGAL_NAME, NEED_CODE, ROUTE_NAME
from simulation.base.columns import Copies, Table, gathered

_KEPT = (
    "identity", "family", "male", "birth_day", "ethnicity", "unaccompanied", "disabled", "harm", "care_day", "entered", "legal",
    "route", "plan_due_day", "plan_agreed_day", "permanence_day", "n_placements", "n_workers", "n_periods",
)  # fmt: skip
ETHNICITY = ("WBRI", "MWAS", "APKN", "BAFR", "OOTH")


class Periods:
    """Filed periods of care."""

    def __init__(self, start_day: int):
        self.start_day = start_day
        self.parts: list[Copies] = []

    def file(self, children: Table, rows: np.ndarray, days: np.ndarray, reason: np.ndarray | int) -> None:
        """File the present period of care of ``rows``, ended on ``days`` (NEVER if it goes on)."""
        end, why = np.full(len(rows), days, dtype=np.int32), np.full(len(rows), reason, dtype=np.int8)
        self.parts.append(children.copies(rows, _KEPT, end=end, reason=why))

    def frame(self, replication: int) -> pd.DataFrame:
        """All filed periods as a table; dates as dates, codes as words."""
        if not self.parts:
            return pd.DataFrame()
        kept = gathered(self.parts)
        _, group = np.unique(kept["family"], return_inverse=True)
        return pd.DataFrame(
            {
                "replication": np.int32(replication), "child": kept["identity"], "family": kept["family"],
                "sex": np.where(kept["male"], "male", "female"), "birth_date": _dates(kept["birth_day"]),
                "ethnicity": np.array(ETHNICITY)[kept["ethnicity"]], "unaccompanied": kept["unaccompanied"],
                "disabled": kept["disabled"], "need": np.array(NEED_CODE)[kept["harm"]],
                "care_start": _dates(kept["care_day"]), "care_end": _dates(kept["end"]),
                "reason_started": np.array(ENTERED_NAME)[kept["entered"]], "reason_ceased": np.array(CEASED_NAME)[kept["reason"]],
                "legal_status_end": np.array(LEGAL_NAME)[kept["legal"]], "route": np.array(ROUTE_NAME)[kept["route"]],
                "plan_due": _dates(kept["plan_due_day"]), "plan_agreed": _dates(kept["plan_agreed_day"]),
                "permanence_date": _dates(kept["permanence_day"]), "n_placements": kept["n_placements"],
                "n_worker_changes": np.maximum(kept["n_workers"] - 1, 0), "siblings_in_care": np.bincount(group)[group] - 1,
                "started_before": kept["care_day"] <= self.start_day,
            }
        )  # fmt: skip


def _dates(days: np.ndarray) -> pd.arrays.DatetimeArray | np.ndarray:
    return dates_of(np.where(days == NEVER, NEVER, days)).astype("datetime64[s]")


def lived(placements: pd.DataFrame, periods: pd.DataFrame) -> pd.DataFrame:
    """Placement episodes as they were lived: none begins once care has ended, and none of a legal status has no day.

    Who left care before a home was found has no placement episode. What ended an episode that goes ends the one before it;
    the next of that day began by both (``B``: a move and a legal change). Both frames are of one replication, the placements
    in order of child and start.
    """
    placements = placements[placements["start"].notna()].reset_index(drop=True)
    if placements.empty or periods.empty:
        return placements
    frame = placements.assign(care_end=_care_ends(placements, periods))
    first, next_of_day = ~frame.duplicated("child"), _next_of_the_day(frame)
    over = (frame["start"] >= frame["care_end"]) & ~first
    empty = next_of_day.notna() & (frame["end"] == frame["start"]) & ~over
    into = empty & (next_of_day == "L") & frame["reason_new_episode"].isin(["S", "P"])
    gone = over | into | (empty & (frame["reason_new_episode"] == "L") & ~first)
    stay = (~gone).cumsum()
    last = frame[~into].groupby(stay[~into])[["end", "reason_ceased", "reason_change"]].last()
    ends = frame.assign(**{name: stay.map(last[name]) for name in last}).where(~gone & ~into.shift(-1, fill_value=False), frame)
    ends["reason_new_episode"] = _began_by(frame, gone, into)
    ends["end"] = ends["end"].where(~(ends["end"] > ends["care_end"]), ends["care_end"])
    return ends[~gone].drop(columns="care_end").astype(placements.dtypes).reset_index(drop=True)


def _care_ends(placements: pd.DataFrame, periods: pd.DataFrame) -> pd.Series:
    """The end of the period of care of each episode; missing where care goes on, or began and ended on one day."""
    known = periods[["child", "care_start", "care_end"]].sort_values("care_start", kind="stable")
    begun = placements[["child", "start"]].rename_axis("at").reset_index().sort_values("start", kind="stable")
    found = pd.merge_asof(begun, known, left_on="start", right_on="care_start", by="child").set_index("at")
    return found["care_end"].where(found["care_end"] > found["care_start"]).reindex(placements.index)


def _next_of_the_day(frame: pd.DataFrame) -> pd.Series:
    """Why the next episode of a child began, where it began on the same day; else missing."""
    following = frame.shift(-1)
    same = (following["child"] == frame["child"]) & (following["start"] == frame["start"])
    return following["reason_new_episode"].where(same)


def _began_by(frame: pd.DataFrame, gone: pd.Series, into: pd.Series) -> pd.Series:
    """Why each episode began, with what began those of that day that go."""
    why, day = frame["reason_new_episode"], [frame["child"], frame["start"]]
    started = (into & (why == "S")).groupby(day).transform("any")
    moved, changed = ((why == reason).groupby(day).transform("any") for reason in ("P", "L"))
    both = gone.groupby(day).transform("any") & moved & changed
    return why.mask(both, "B").mask(started, "S")
