"""A later return has the last word: an episode whose start it corrects is one stay, not two, and one it takes back is none.

Every return reports again what was open when its year began. So what an earlier return left open, and a later one of the
same child does not report, is denied by it: the child was somewhere else on that day, from another day on.
"""

from __future__ import annotations

import pandas as pd

from simulation.ssda903.corrections import CHANGED, Corrections

MOVED_INTO_THE_YEAR = pd.Timedelta(days=92)
"""A start that lies at most this long after the one reported before, with a year's end between, is that one corrected."""
SUPERSEDED = "a later return gives this stay another start, or none: the later return is used"
FOLLOWS = "ended where the corrected episode begins"


def superseded(frame: pd.DataFrame, last_start: pd.Series, corrections: Corrections) -> pd.DataFrame:
    """The episodes without those that a later return denies.

    ``frame`` has each child and start once, with the latest ``YEAR`` that reports it; ``last_start`` is the latest start by
    child and year of the return.
    """
    denied = _denied(frame, last_start)
    corrections.rows(frame.loc[denied.index], "DECOM", CHANGED, SUPERSEDED)
    kept = frame.drop(index=denied.index)
    ends = _followed(frame, denied).reindex(kept.index).dropna()
    corrections.rows(kept.loc[ends.index], "DEC", CHANGED, FOLLOWS)
    return kept.assign(DEC=kept["DEC"].where(~kept.index.isin(ends.index), ends.reindex(kept.index)))


def _denied(frame: pd.DataFrame, last_start: pd.Series) -> pd.DataFrame:
    """Start and reason of the episode of a later return that stands in place of each one denied, by the denied one's row."""
    known = frame[["CHILD", "YEAR", "DECOM", "DEC", "RNE"]]
    earlier = known[known["YEAR"] < known.groupby("CHILD")["YEAR"].transform("max")]
    pairs = earlier.rename_axis("AT").reset_index().merge(known, on="CHILD", suffixes=("", "_NOW"))
    pairs = pairs[pairs["YEAR_NOW"] > pairs["YEAR"]].sort_values("DECOM_NOW", kind="stable")
    day = pd.to_datetime(pairs["YEAR"].astype(str) + "-03-31")
    latest = last_start.reindex(pd.MultiIndex.from_frame(pairs[["CHILD", "YEAR"]])).to_numpy()
    unended = pairs["DEC"].isna() & (pairs["DECOM"] == latest)
    there = (pairs["DECOM_NOW"] <= day) & ~(pairs["DEC_NOW"] <= day)
    now = there & ~pairs[there].duplicated("AT", keep="last").reindex(pairs.index, fill_value=True)
    begun_anew = (pairs["RNE_NOW"] == "S") & (pairs["DEC"] > pairs["DECOM_NOW"])
    first = ~pairs.duplicated("AT")
    soon = (pairs["DECOM_NOW"] > day) & (pairs["DECOM_NOW"] - pairs["DECOM"] <= MOVED_INTO_THE_YEAR)
    started = first & soon & unended & (pairs["RNE"] == "S") & (pairs["RNE_NOW"] == "S")
    found = pairs[(now & (unended | (pairs["DECOM"] > pairs["DECOM_NOW"]) | begun_anew)) | started]
    return found.set_index("AT")[["CHILD", "DECOM", "DECOM_NOW", "RNE_NOW"]]


def _followed(frame: pd.DataFrame, denied: pd.DataFrame) -> pd.Series:
    """The new end of episodes that ended where a denied one began, where what stands in its place is a move and later."""
    moved = denied[(denied["RNE_NOW"] != "S") & (denied["DECOM_NOW"] > denied["DECOM"])]
    before = frame[(frame["REC"] == "X1") & frame["DEC"].notna()].rename_axis("AT").reset_index()[["AT", "CHILD", "DEC"]]
    pairs = before.merge(moved, left_on=["CHILD", "DEC"], right_on=["CHILD", "DECOM"])
    return pairs.drop_duplicates("AT").set_index("AT")["DECOM_NOW"]
