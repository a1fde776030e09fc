"""A finished run as tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulation.actions.money_counts import money_table
from simulation.actions.placement_counts import placements_table
from simulation.actions.workforce_counts import workforce_table
from simulation.base.clock import DAYS_IN_WEEK, date_of, dates_of
from simulation.base.codes import LEGAL_CODE, LEGAL_NAME, Ceased
from simulation.base.measures import REGISTER
from simulation.service.periods import lived
from simulation.service.state import State


def tables(state: State) -> dict[str, pd.DataFrame]:
    """Every table of the run (see the data dictionary)."""
    cared = periods(state)
    placements = lived(placements_table(state), cared)
    found = {
        "weekly": weekly(state),
        "periods": with_legal_start(cared, placements),
        "duties": duties(state),
        "workforce": workforce_table(state),
        "placements": placements,
        "money": money_table(state),
    }
    if state.log.keep:
        found["events"] = events(state)
    return found


def weekly(state: State) -> pd.DataFrame:
    """Measures by week, long: replication, week, date, measure, group, unit, value."""
    history = state.tally.history
    keys = sorted(history)
    weeks = np.arange(state.weeks + 1)
    dates = np.array([date_of(state.clock.start_day + DAYS_IN_WEEK * week).isoformat() for week in weeks])
    units = [REGISTER[measure].unit if measure in REGISTER else "count" for measure, _ in keys]
    repeat = len(weeks)
    return pd.DataFrame(
        {
            "replication": np.int32(state.replication),
            "week": np.tile(weeks.astype(np.int32), len(keys)),
            "date": np.tile(dates, len(keys)),
            "measure": _each([measure for measure, _ in keys], repeat),
            "group": _each([group for _, group in keys], repeat),
            "unit": _each(units, repeat),
            "value": np.concatenate([history[key] for key in keys]),
        }
    )


def _each(words: list[str], repeat: int) -> pd.Categorical:
    """Each word so many times in a row, as a category."""
    different, codes = np.unique(words, return_inverse=True)
    return pd.Categorical.from_codes(np.repeat(codes, repeat), different)


def periods(state: State) -> pd.DataFrame:
    """Periods of care, those still open included."""
    filed = list(state.periods.parts)
    state.periods.file(state.children, state.in_care, np.full(len(state.in_care), -1), Ceased.NONE)
    frame = state.periods.frame(state.replication)
    state.periods.parts = filed
    return frame


def with_legal_start(periods: pd.DataFrame, placements: pd.DataFrame) -> pd.DataFrame:
    """The periods with the legal status they began under: that of the first placement episode.

    Empty where the period began before the run and its first episode is not known.
    """
    if periods.empty:
        return periods
    first = placements.drop_duplicates(["child", "start"])  # in order of start
    names = dict(zip(LEGAL_CODE, LEGAL_NAME, strict=True))
    codes = first["legal_status"].to_numpy()
    known = pd.Series(codes, index=pd.MultiIndex.from_arrays([first["child"], first["start"].astype("datetime64[s]")])).map(names)
    keys = pd.MultiIndex.from_arrays([periods["child"], periods["care_start"].astype("datetime64[s]")])
    began = known.reindex(keys).to_numpy(object)
    unplaced = pd.isna(began) & ~periods["started_before"].to_numpy(bool)
    began = np.where(unplaced, periods["legal_status_end"], np.where(pd.isna(began), "", began))
    place = list(periods.columns).index("legal_status_end")
    periods.insert(place, "legal_status_start", began)
    return periods


def duties(state: State) -> pd.DataFrame:
    """Duties by week: wanted, granted, waited, lapsed and hours."""
    names, weeks = state.duties.names, np.arange(1, state.weeks + 1)
    counts = state.duty_counts[1:].transpose(1, 0, 2).reshape(-1, 2)
    frame = pd.DataFrame(
        {"replication": np.int32(state.replication), "week": np.tile(weeks, len(names)), "duty": np.repeat(names, len(weeks))}
    )
    frame["wanted"], frame["granted"] = counts[:, 0], counts[:, 1]
    history, none = state.tally.history, np.zeros(state.weeks + 1)
    for column, measure in (
        ("waited", "new_duties_waited"),
        ("lapsed", "new_duties_lapsed"),
        ("hours_wanted", "hours_wanted"),
        ("hours_granted", "hours_granted"),
    ):
        frame[column] = np.concatenate([history.get((measure, f"duty:{name}"), none)[1:] for name in names])
    return frame


def events(state: State) -> pd.DataFrame:
    """Dated events, in the order of their dates: replication, child, date, event, from, to."""
    if not state.log.parts:
        frame = pd.DataFrame(columns=["child", "date", "event", "from", "to"])
    else:
        who, days, event, before, after = zip(*state.log.parts, strict=True)
        columns = {
            "child": np.concatenate(who),
            "date": dates_of(np.concatenate(days)),
            "event": np.repeat(np.array(event, dtype=object), [len(some) for some in who]),
            "from": np.concatenate([_text(value, some) for value, some in zip(before, who, strict=True)]),
            "to": np.concatenate([_text(value, some) for value, some in zip(after, who, strict=True)]),
        }
        frame = pd.DataFrame(columns)
    frame = frame.sort_values("date", kind="stable", ignore_index=True)
    frame.insert(0, "replication", np.int32(state.replication))
    return frame


def _text(value: object, who: np.ndarray) -> np.ndarray:
    return np.broadcast_to(np.asarray(value), who.shape).astype(str).astype(object)
