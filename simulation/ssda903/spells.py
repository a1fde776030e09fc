"""From episodes as reported to histories: one row an episode, one a placement, one a period of care."""

from __future__ import annotations

import pandas as pd

from simulation.ssda903 import corrected, words
from simulation.ssda903.corrections import CHANGED, DOUBTED, DROPPED, NOTED, Corrections

ONE_DAY = pd.Timedelta(days=1)
SPELL_COLUMNS = (
    "CHILD", "PERIOD", "END", "CENSORED", "PLACE", "PLACE_PROVIDER", "LS", "CIN", "REC", "HOME_POST", "PL_POST", "URN",
    "PL_DISTANCE", "PL_LOCATION",
)  # fmt: skip
SAME_EPISODE = ["CHILD", "DECOM", "RNE", "LS", "PLACE", "PLACE_PROVIDER"]
CONTENT = ["RNE", "LS", "CIN", "PLACE", "PLACE_PROVIDER", "DEC", "REC"]


def resolve(episodes: pd.DataFrame, corrections: Corrections) -> pd.DataFrame:
    """One row an episode, in order of child and start, no two of a child overlapping.

    ``episodes`` is the tidy table of all years with ``YEAR`` (financial year of the return). Adds ``END`` (``DEC``, or
    missing when open), ``CENSORED`` (last day the episode is known to have been open) and ``AGAIN`` (times reported).
    """
    frame = episodes.assign(CENSORED=pd.to_datetime(episodes["YEAR"].astype(str) + "-03-31"))
    frame = _started(frame, corrections)
    last_start = frame.groupby(["CHILD", "YEAR"])["DECOM"].max()
    frame = corrected.superseded(_once(frame, corrections), last_start, corrections)
    frame = _ordered(frame, set(episodes["YEAR"]), corrections)
    return _lost(frame, corrections)


def _started(episodes: pd.DataFrame, corrections: Corrections) -> pd.DataFrame:
    """Episodes with a start in or before the year; an end before the start or after the year is taken away."""
    without = episodes["DECOM"].isna()
    corrections.rows(episodes[without], "DECOM", DROPPED, "an episode without a start")
    unbegun = episodes["DECOM"] > episodes["CENSORED"]
    corrections.rows(episodes[unbegun], "DECOM", DROPPED, "the episode starts after the year of the return")
    frame = episodes[~without & ~unbegun].copy()
    late = frame["DEC"] > frame["CENSORED"]
    corrections.rows(frame[late], "DEC", CHANGED, "the end is after the year of the return: taken as open")
    frame.loc[late, "DEC"], frame.loc[late, "REC"] = pd.NaT, None
    backward = frame["DEC"] < frame["DECOM"]
    corrections.rows(frame[backward], "DEC", DROPPED, "the end is before the start: taken as open until the next episode")
    frame.loc[backward, "DEC"] = pd.NaT
    odd = frame["DEC"].isna() & frame["REC"].notna()
    corrections.rows(frame[odd & ~backward], "REC", DROPPED, "a reason for ceasing without an end: taken as open")
    frame.loc[odd, "REC"] = None
    return frame


def _once(frame: pd.DataFrame, corrections: Corrections) -> pd.DataFrame:
    """One row for each child and start: the latest return has the last word.

    Of one episode written twice the ended beats the open; of two different ones the longer is kept, and a start of care stays.
    """
    frame = frame.sort_values(["CHILD", "DECOM", "YEAR", "DEC", "ROW"], na_position="first", kind="stable")
    same = frame.duplicated(["CHILD", "DECOM", "YEAR", *CONTENT], keep="last")
    corrections.rows(frame[same], "", DROPPED, "the row is there twice")
    frame = frame[~same]
    open_too = frame["DEC"].isna() & frame.duplicated([*SAME_EPISODE, "YEAR"], keep="last")
    corrections.rows(frame[open_too], "DEC", DROPPED, "the episode is there open and ended: the ended was kept")
    frame = _longest(frame[~open_too], corrections)
    again = frame.duplicated(["CHILD", "DECOM"], keep="last")
    for file, count in frame[again].groupby("FILE", sort=False).size().items():
        corrections.add(
            str(file), 0, "DECOM", NOTED, f"{count} episodes were reported again in a later year: the later report is used"
        )
    return frame[~again].copy()


def _longest(frame: pd.DataFrame, corrections: Corrections) -> pd.DataFrame:
    """Of the episodes of a child that start on one day in one return the longest; it is a start (``S``) where any of them is."""
    day = ["CHILD", "DECOM", "YEAR"]
    frame = frame.sort_values([*day, "DEC"], na_position="last", kind="stable")
    clash, several = frame.duplicated(day, keep="last"), frame.duplicated(day, keep=False)
    corrections.rows(frame[clash], "DECOM", DROPPED, "two episodes of a child start on the same day: the longer was kept")
    begun = several & (frame["RNE"] == "S").groupby([frame[name] for name in day]).transform("any")
    return frame.assign(RNE=frame["RNE"].mask(begun, "S"))[~clash]


def _ordered(frame: pd.DataFrame, reported: set[int], corrections: Corrections) -> pd.DataFrame:
    """Episodes end by the time the next one starts; they are followed to their year's end only where no return lies between, or
    the next return has the child start anew and says nothing of them.

    An end that says that another episode follows (``X1``), though none does, is not the end of care: the child is lost there.
    """
    frame = frame.sort_values(["CHILD", "DECOM"], kind="stable").reset_index(drop=True)
    following = frame.groupby("CHILD", sort=False)["DECOM"].shift(-1)
    overlap = frame["DEC"] > following
    corrections.rows(frame[overlap], "DEC", CHANGED, "the end is after the next start: cut short there")
    anew = frame.groupby("CHILD", sort=False)["RNE"].shift(-1) == "S"
    unseen = (following > frame["CENSORED"]) & (anew | ~(frame["YEAR"] + 1).isin(reported))
    left_open = frame["DEC"].isna() & following.notna() & ~unseen
    corrections.rows(frame[left_open], "DEC", CHANGED, "left open though another episode follows: ended there")
    frame["END"] = frame["DEC"].mask(overlap | left_open, following)
    frame.loc[overlap | left_open, "REC"] = "X1"
    ended = frame["END"].notna() & frame["REC"].isna()
    touching = ended & ((following - frame["END"]) <= ONE_DAY)
    frame.loc[touching, "REC"] = "X1"
    corrections.rows(frame[ended], "REC", DOUBTED, "an end without a reason")
    adrift = (frame["REC"] == "X1") & following.isna()
    corrections.rows(frame[adrift], "REC", DOUBTED, "X1 says that an episode follows, but none does: followed until then only")
    frame["CENSORED"] = frame["CENSORED"].mask(adrift, frame["END"])
    frame["END"] = frame["END"].mask(adrift)
    frame["GOES_ON"] = (frame["REC"] == "X1") & ~overlap & ~left_open
    return frame


def _lost(frame: pd.DataFrame, corrections: Corrections) -> pd.DataFrame:
    """Episodes left open in an early return and never reported again are known only until that year's end."""
    last = frame["YEAR"].max()
    gone = frame["END"].isna() & frame["DEC"].isna() & (frame["YEAR"] < last)
    corrections.rows(frame[gone], "DEC", DOUBTED, "open at the year's end but not in the next return: followed until then only")
    return frame


def periods_of(episodes: pd.DataFrame, corrections: Corrections) -> pd.DataFrame:
    """Numbers the periods of care: adds ``PERIOD``; a period is a run of episodes that touch.

    A new one starts after a gap of more than a day, after an episode that ceased care, or at a start (``S``), unless the
    episode before it says that care goes on (``X1``) and the start touches it.
    """
    before = episodes.groupby("CHILD", sort=False)[["END", "REC", "GOES_ON"]].shift(1)
    first = episodes["CHILD"] != episodes["CHILD"].shift(1)
    gap = (episodes["DECOM"] - before["END"]) > ONE_DAY
    ceased = before["REC"].notna() & (before["REC"] != "X1")
    begins = (episodes["RNE"] == "S") & ~first
    anew = begins & ~gap & before["GOES_ON"].eq(True)
    corrections.rows(
        episodes[anew], "RNE", DOUBTED, "a start (S), yet the episode before goes on (X1): taken as one period of care"
    )
    new = first | gap | ceased | (begins & ~anew)
    touching = ceased & ~gap & ~first & (episodes["RNE"] != "S")
    corrections.rows(
        episodes[touching], "RNE", DOUBTED, "care had ceased, yet the next episode continues it: taken as a new period"
    )
    broken = gap & ~first & (before["REC"] == "X1")
    corrections.rows(episodes[broken], "DECOM", DOUBTED, "a gap in what should be one period of care: taken as two")
    return episodes.assign(PERIOD=new.cumsum())


def without_short_breaks(episodes: pd.DataFrame, corrections: Corrections) -> pd.DataFrame:
    """Leaves out series of short breaks (V3, V4), which official counts of children looked after leave out."""
    short = episodes["LS"].isin(words.SHORT_BREAKS)
    whole = short.groupby(episodes["PERIOD"]).transform("all")
    for file, count in episodes[whole].groupby("FILE", sort=False).size().items():
        corrections.add(str(file), 0, "LS", NOTED, f"{count} episodes of short breaks (V3, V4) left out, as official counts do")
    corrections.rows(episodes[short & ~whole], "LS", DOUBTED, "a short break within a period of care: kept")
    return episodes[~whole].reset_index(drop=True)


def placements(episodes: pd.DataFrame, corrections: Corrections) -> pd.DataFrame:
    """One row a placement: legal-status-only rows merged, changes with the same carer kept together, visits away bridged.

    Columns: ``CHILD PERIOD START END CENSORED PLACE PLACE_PROVIDER LS CIN REC REASON HOME_POST PL_POST URN`` and
    ``MOVED`` (the placement began by a move); codes are those at the end of the placement, ``LS`` and ``CIN`` too.
    """
    frame = episodes.copy()
    away = frame["PLACE"].isin(words.TEMPORARY)
    frame.loc[away, ["PLACE", "PLACE_PROVIDER", "PL_POST", "URN"]] = None
    group = frame.groupby("PERIOD", sort=False)
    where = ["PLACE", "PLACE_PROVIDER", "PL_POST", "URN"]
    filled = group[where].ffill()
    same = pd.Series(True, index=frame.index)
    for name in where:
        earlier, now = filled.groupby(frame["PERIOD"])[name].shift(1), filled[name]
        same &= (earlier == now) | earlier.isna() | now.isna()
    _doubt_reasons(frame, same, corrections)
    kind = filled["PLACE"].map(words.PLACE_KIND)
    same |= frame["RNE"].isin(["T", "U", "L"]) & (kind == kind.groupby(frame["PERIOD"]).shift(1))
    start = ~same | (frame["PERIOD"] != frame["PERIOD"].shift(1))
    frame[where] = filled
    return _joined(frame, start.cumsum())


def _doubt_reasons(frame: pd.DataFrame, same: pd.Series, corrections: Corrections) -> None:
    """Says where the reason for a new episode disagrees with the codes beside it."""
    inside = frame["PERIOD"] == frame["PERIOD"].shift(1)
    differs = inside & ~same & (frame["RNE"] == "L")
    corrections.rows(
        frame[differs], "RNE", DOUBTED, "legal status only, yet the placement differs: taken as a move if its kind does"
    )
    settled = inside & same & frame["RNE"].isin(["P", "B"]) & frame["PL_POST"].notna()
    corrections.rows(
        frame[settled], "RNE", DOUBTED, "a move, yet placement, provider and postcode are the same: taken as no move"
    )


def _joined(frame: pd.DataFrame, spell: pd.Series) -> pd.DataFrame:
    ends = frame.groupby(spell, sort=False)
    last = ends.tail(1).set_index(spell.loc[ends.tail(1).index])
    first = ends.head(1).set_index(spell.loc[ends.head(1).index])
    joined = last[[name for name in SPELL_COLUMNS if name in frame]].copy()
    joined.insert(2, "START", first["DECOM"])
    joined["REASON"] = last["REASON_PLACE_CHANGE"]
    joined["MOVED"] = joined["PERIOD"] == joined["PERIOD"].shift(1)
    return joined.reset_index(drop=True)


def care_periods(episodes: pd.DataFrame, spells: pd.DataFrame) -> pd.DataFrame:
    """One row a period of care: ``CHILD PERIOD START START_KNOWN END CENSORED LS_FIRST LS CIN REC MOVES HOME_POST``.

    ``START_KNOWN`` is false where the first episode reported is not the start of care, as when a child was already
    looked after before the first return: ``START`` is then the earliest day known.
    """
    group = episodes.groupby("PERIOD", sort=False)
    first, last = group.head(1).set_index("PERIOD"), group.tail(1).set_index("PERIOD")
    periods = pd.DataFrame({
        "CHILD": first["CHILD"], "START": first["DECOM"], "START_KNOWN": first["RNE"] == "S", "END": last["END"],
        "CENSORED": last["CENSORED"], "LS_FIRST": first["LS"], "LS": last["LS"], "CIN": first["CIN"], "REC": last["REC"],
        "HOME_POST": first["HOME_POST"],
    })  # fmt: skip
    periods["MOVES"] = spells.groupby("PERIOD")["MOVED"].sum().reindex(periods.index).fillna(0).astype(int)
    return periods.reset_index()
