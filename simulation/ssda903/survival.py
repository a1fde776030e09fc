"""Rates from histories seen through a window: late entry (left truncation) and early loss (censoring) allowed for.

The estimators are those of ``lifelines`` (Nelson-Aalen for hazards, Kaplan-Meier for shares); this file only cuts time
into bands and counts the events and the time at risk that stand behind each figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

LONGEST = 99.0
LEAST_EVENTS = 5
"""Figures that rest on fewer events than this are suppressed in anything that leaves the machine."""


@lru_cache(maxsize=1)
def _lifelines() -> Any:
    import lifelines  # slow to import, and needed only to learn

    return lifelines


def hazards(time: np.ndarray, event: np.ndarray, entry: np.ndarray, breaks: Sequence[float]) -> pd.DataFrame:
    """Mean hazard in each band of time. ``time``, ``entry``: years at the end and at the start of watching.

    Returns a row a band: ``low``, ``high`` (years), ``events``, ``exposure`` (years at risk), ``rate`` (a year), ``se``.
    """
    kept = np.isfinite(time) & np.isfinite(entry) & (time > entry)
    time, event, entry = time[kept], event[kept].astype(bool), entry[kept]
    edges = np.array([*breaks, LONGEST])
    low, high = edges[:-1], edges[1:]
    exposure = np.clip(np.minimum(time[:, None], high) - np.maximum(entry[:, None], low), 0, None).sum(axis=0)
    inside = event[:, None] & (time[:, None] > low) & (time[:, None] <= high)
    events = inside.sum(axis=0)
    rate = _nelson_aalen(time, event, entry, edges) if events.sum() else np.zeros(len(low))
    rate = np.where(exposure > 0, rate, np.nan)
    return pd.DataFrame({
        "low": low, "high": high, "events": events, "exposure": exposure, "rate": rate,
        "se": rate / np.sqrt(np.maximum(events, 1)),
    })  # fmt: skip


def _nelson_aalen(time: np.ndarray, event: np.ndarray, entry: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The rise of the Nelson-Aalen cumulative hazard over each band, a year of the band in which anyone was watched."""
    fitter = _lifelines().NelsonAalenFitter(nelson_aalen_smoothing=False)
    fitter.fit(time, event_observed=event, entry=entry if entry.any() else None)
    last = time.max()
    height = np.nan_to_num(fitter.cumulative_hazard_at_times(np.minimum(edges, last)).to_numpy())
    first = np.maximum(edges[:-1], entry.min())
    width = np.clip(np.minimum(edges[1:], last) - first, 1e-9, None)
    return np.where(width > 1e-6, np.diff(height) / width, 0.0)


def share_by(time: np.ndarray, event: np.ndarray, at: Sequence[float]) -> pd.DataFrame:
    """Share to whom the event has happened by each time (Kaplan-Meier): ``at``, ``events``, ``at_risk``, ``rate``, ``se``."""
    kept = np.isfinite(time) & (time >= 0)
    time, event = time[kept], event[kept].astype(bool)
    if not len(time):
        return pd.DataFrame({"at": at, "events": 0, "at_risk": 0, "rate": np.nan, "se": np.nan})
    fitter = _lifelines().KaplanMeierFitter().fit(np.maximum(time, 1e-6), event_observed=event)
    share = 1 - fitter.survival_function_at_times(at).to_numpy()
    events = [int((event & (time <= when)).sum()) for when in at]
    spread = np.sqrt(np.clip(share * (1 - share), 0, None) / len(time))
    return pd.DataFrame({"at": at, "events": events, "at_risk": len(time), "rate": share, "se": spread})


def first_of(time: np.ndarray, cause: np.ndarray, wanted: str, at: Sequence[float]) -> pd.DataFrame:
    """Share whose *first* event is ``wanted`` by each time, other causes competing.

    Built on the Kaplan-Meier survival and Nelson-Aalen increments of ``lifelines``; ``cause`` is empty for censored.
    """
    kept = np.isfinite(time) & (time >= 0)
    time, cause = np.maximum(time[kept], 1e-6), cause[kept]
    if not len(time):
        return pd.DataFrame({"at": at, "events": 0, "at_risk": 0, "rate": np.nan, "se": np.nan})
    table = _lifelines().KaplanMeierFitter().fit(time, event_observed=cause != "")
    hits = _lifelines().NelsonAalenFitter(nelson_aalen_smoothing=False).fit(time, event_observed=cause == wanted)
    survival, cumulative = table.survival_function_.iloc[:, 0], hits.cumulative_hazard_.iloc[:, 0]
    rise = cumulative.diff().fillna(0) * survival.shift(1, fill_value=1.0).reindex(cumulative.index)
    share = [float(rise[rise.index <= when].sum()) for when in at]
    events = [int(((cause == wanted) & (time <= when)).sum()) for when in at]
    spread = [float(np.sqrt(max(s * (1 - s), 0) / len(time))) for s in share]
    return pd.DataFrame({"at": at, "events": events, "at_risk": len(time), "rate": share, "se": spread})
