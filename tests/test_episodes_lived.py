"""Placement episodes as they were lived: none overlaps another, none ends before it begins, none of a legal status has no day."""

from __future__ import annotations

import pandas as pd
import pytest
from worlds import live, small

from simulation.model import ChildrensServices
from simulation.service.periods import lived

COLUMNS = ["start", "end", "reason_new_episode", "legal_status", "placement", "reason_ceased", "reason_change"]


def told(*rows: str) -> pd.DataFrame:
    """Episodes of one child, a line each, blanks between; ``-`` is nothing."""
    frame = pd.DataFrame([row.split() for row in rows], columns=COLUMNS).replace("-", "")
    dates = {name: pd.to_datetime(frame[name].replace("", None), format="%d/%m/%Y").astype("datetime64[s]") for name in ("start", "end")}
    return frame.assign(child=7, replication=1, **dates)


def period(start: str, end: str | None) -> pd.DataFrame:
    days = pd.to_datetime(pd.Series([start, end]), format="%d/%m/%Y").astype("datetime64[s]")
    return pd.DataFrame({"child": [7], "care_start": days[:1].to_numpy(), "care_end": days[1:].to_numpy()})


@pytest.mark.parametrize(("end", "recorded", "expected"), [
    pytest.param(None, [
        "01/01/2020 10/03/2020 S C1 U6 X1 -", "10/03/2020 10/03/2020 L C2 U6 X1 CARPL", "10/03/2020 - P C2 P1 X1 -",
    ], ["01/01/2020 10/03/2020 S C1 U6 X1 CARPL", "10/03/2020 - B C2 P1 X1 -"], id="a legal change and a move on one day"),
    pytest.param(None, [
        "01/01/2020 10/03/2020 S C1 U6 X1 CARPL", "10/03/2020 10/03/2020 P C1 U4 X1 -", "10/03/2020 - L C2 U4 X1 -",
    ], ["01/01/2020 10/03/2020 S C1 U6 X1 CARPL", "10/03/2020 - B C2 U4 X1 -"], id="a move and a legal change on one day"),
    pytest.param(None, ["01/01/2020 01/01/2020 S L2 U6 X1 -", "01/01/2020 - L C1 U6 X1 -"], ["01/01/2020 - S C1 U6 X1 -"], id="a start and a legal change on one day"),
    pytest.param("10/03/2020", [
        "01/01/2020 10/03/2020 S C1 U6 X1 -", "10/03/2020 10/03/2020 L C2 U6 E43 -",
    ], ["01/01/2020 10/03/2020 S C1 U6 E43 -"], id="an order on the day care ends"),
    pytest.param("07/03/2020", [
        "01/01/2020 10/03/2020 S C1 U6 X1 CARPL", "10/03/2020 10/03/2020 P C1 H5 E7 -",
    ], ["01/01/2020 07/03/2020 S C1 U6 E7 -"], id="a move after the eighteenth birthday"),
    pytest.param("01/01/2020", ["01/01/2020 01/01/2020 S C1 U6 E8 -"], ["01/01/2020 01/01/2020 S C1 U6 E8 -"], id="care of one day in truth"),
    pytest.param(None, ["01/01/2020 05/02/2020 S V2 U6 X1 -", "05/02/2020 09/04/2020 L C1 U6 X1 CARPL", "09/04/2020 - P C1 K2 X1 -"], None, id="nothing to put right"),
    pytest.param(None, ["01/01/2020 02/01/2020 S V2 Z1 X1 -", "02/01/2020 02/01/2020 P V2 U6 X1 CHILD", "02/01/2020 - P V2 K2 X1 -"], None, id="two moves in one day, in truth"),
])  # fmt: skip
def test_episodes_without_a_day_are_those_beside_them(end: str | None, recorded: list[str], expected: list[str] | None) -> None:
    made = lived(told(*recorded), period("01/01/2020", end))
    pd.testing.assert_frame_equal(made, told(*(expected or recorded)))


def test_who_left_before_a_home_was_found_has_no_episode() -> None:
    recorded = told("- 01/03/2020 S V2 - E4A -")
    assert lived(recorded, period("27/02/2020", "01/03/2020")).empty


def test_children_are_kept_apart() -> None:
    other = told("10/03/2020 - S V2 U6 X1 -").assign(child=9)
    both = pd.concat([told("01/01/2020 10/03/2020 S C1 U6 E8 -"), other], ignore_index=True)
    periods = pd.concat([period("01/01/2020", "10/03/2020"), period("10/03/2020", None).assign(child=9)])
    pd.testing.assert_frame_equal(lived(both, periods), both)


def test_in_a_run_no_episode_overlaps_another_or_ends_before_it_begins() -> None:
    found = live(ChildrensServices(small(1.0), 1, 0, 156)).outputs()
    episodes, periods = found["placements"], found["periods"]
    following = episodes.groupby("child")["start"].shift(-1)
    assert len(episodes) > 300 and episodes["start"].notna().all()
    assert not (episodes["end"] > following).any() and not (episodes["end"].isna() & following.notna()).any()
    assert not (episodes["end"] < episodes["start"]).any()
    assert not ((episodes["end"] == episodes["start"]) & (episodes["reason_new_episode"] == "L")).any()
    last = episodes[episodes["reason_ceased"] != "X1"].groupby("child")["end"].max()
    ended = periods.dropna(subset=["care_end"]).groupby("child")["care_end"].max()
    assert (last == ended.reindex(last.index)).all(), "the last episode ends with care"
