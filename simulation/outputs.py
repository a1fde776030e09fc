"""A finished run as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulation.clock import DAYS_IN_WEEK, date_of, dates_of
from simulation.codes import LEGAL_CODE, LEGAL_NAME, Ceased
from simulation.measures import REGISTER
from simulation.rules.money import money_table
from simulation.rules.placement_counts import placements_table
from simulation.rules.staffing import workforce_table

if TYPE_CHECKING:
    from simulation.model import ChildrensServices


def tables(model: ChildrensServices) -> dict[str, pd.DataFrame]:
    """Every table of the run (see the data dictionary)."""
    placements = placements_table(model)
    found = {
        "weekly": weekly(model),
        "periods": with_legal_start(periods(model), placements),
        "duties": duties(model),
        "workforce": workforce_table(model),
        "placements": placements,
        "money": money_table(model),
    }
    if model.log.keep:
        found["events"] = events(model)
    return found


def weekly(model: ChildrensServices) -> pd.DataFrame:
    """Measures by week, long: replication, week, date, measure, group, unit, value."""
    history = model.tally.history
    keys = sorted(history)
    weeks = np.arange(model.weeks + 1)
    dates = np.array([date_of(model.clock.start_day + DAYS_IN_WEEK * week).isoformat() for week in weeks])
    units = [REGISTER[measure].unit if measure in REGISTER else "count" for measure, _ in keys]
    repeat = len(weeks)
    return pd.DataFrame(
        {
            "replication": np.int32(model.replication),
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


def periods(model: ChildrensServices) -> pd.DataFrame:
    """Periods of care, those still open included."""
    filed = list(model.periods.parts)
    model.periods.file(model.children, model.in_care, np.full(len(model.in_care), -1), Ceased.NONE)
    frame = model.periods.frame(model.replication)
    model.periods.parts = filed
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


def duties(model: ChildrensServices) -> pd.DataFrame:
    """Duties by week: wanted, granted, waited, lapsed and hours."""
    names, weeks = model.duties.names, np.arange(1, model.weeks + 1)
    counts = model.duty_counts[1:].transpose(1, 0, 2).reshape(-1, 2)
    frame = pd.DataFrame(
        {"replication": np.int32(model.replication), "week": np.tile(weeks, len(names)), "duty": np.repeat(names, len(weeks))}
    )
    frame["wanted"], frame["granted"] = counts[:, 0], counts[:, 1]
    history, none = model.tally.history, np.zeros(model.weeks + 1)
    for column, measure in (
        ("waited", "new_duties_waited"),
        ("lapsed", "new_duties_lapsed"),
        ("hours_wanted", "hours_wanted"),
        ("hours_granted", "hours_granted"),
    ):
        frame[column] = np.concatenate([history.get((measure, f"duty:{name}"), none)[1:] for name in names])
    return frame


def events(model: ChildrensServices) -> pd.DataFrame:
    """Dated events, in the order of their dates: replication, child, date, event, from, to."""
    if not model.log.parts:
        frame = pd.DataFrame(columns=["child", "date", "event", "from", "to"])
    else:
        who, days, event, before, after = zip(*model.log.parts, strict=True)
        columns = {
            "child": np.concatenate(who),
            "date": dates_of(np.concatenate(days)),
            "event": np.repeat(np.array(event, dtype=object), [len(some) for some in who]),
            "from": np.concatenate([_text(value, some) for value, some in zip(before, who, strict=True)]),
            "to": np.concatenate([_text(value, some) for value, some in zip(after, who, strict=True)]),
        }
        frame = pd.DataFrame(columns)
    frame = frame.sort_values("date", kind="stable", ignore_index=True)
    frame.insert(0, "replication", np.int32(model.replication))
    return frame


def _text(value: object, who: np.ndarray) -> np.ndarray:
    return np.broadcast_to(np.asarray(value), who.shape).astype(str).astype(object)
