"""Who are brothers and sisters: the return does not say, so it is inferred, with how sure each inference is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

SAME_DAY, SAME_HOME, TOPPED_UP, ALONE = "same day and home", "same home", "topped up", "none found"
PUBLISHED_SHARE = 0.50
"""Share of children looked after who have a sibling looked after: about half (Devon FOI 2019; FRG survey of 97 authorities)."""
PUBLISHED_SIZES = {2: 0.66, 3: 0.22, 4: 0.08, 5: 0.04}
"""Shares of sibling groups by size, mean 2.5 (FRG 2.50, Devon 2.60; the shares are a judgement)."""
WIDEST_AGE_GAP_MONTHS = 16 * 12
LONGEST_WAIT_WEEKS = 3 * 52


@dataclass(frozen=True)
class Siblings:
    """``group`` (0: none) and ``certainty`` of each child; shares with a sibling: certain, likely and after topping up."""

    group: pd.Series
    certainty: pd.Series
    share_certain: float
    share_likely: float
    share_used: float


def infer(stock: pd.DataFrame, home: pd.Series, start: pd.Series, share: float = PUBLISHED_SHARE) -> Siblings:
    """Sibling groups among children looked after together.

    ``stock`` has ``age_months`` and ``unaccompanied``; ``home`` is each child's home postcode and ``start`` the day care
    began. Children from one postcode who came on one day are siblings for certain (to within a chance in thousands:
    a postcode has some fifteen addresses); those from one postcode who came within three years are likely to be; then
    groups are made up from the rest, nearest in date of entry, until the published share has a sibling in care.
    """
    alone = stock["unaccompanied"].to_numpy(bool) | home.isna().to_numpy()
    sure = _keys(alone, home, start)
    likely = _keys(alone, home, _waves(home, start))
    group = pd.Series(_numbered(likely), index=stock.index)
    certainty = pd.Series(np.where(_numbered(sure) > 0, SAME_DAY, np.where(group > 0, SAME_HOME, ALONE)), index=stock.index)
    share_certain, share_likely = float((_numbered(sure) > 0).mean()), float((group > 0).mean())
    _top_up(stock, start, group, certainty, share)
    return Siblings(group, certainty, share_certain, share_likely, float((group > 0).mean()))


def _waves(home: pd.Series, start: pd.Series) -> pd.Series:
    """Numbers the waves in which children came from one postcode: a new one after three years without anyone."""
    order = pd.DataFrame({"home": home.fillna(""), "start": start}).sort_values(["home", "start"])
    gap = order.groupby("home")["start"].diff() > pd.Timedelta(weeks=LONGEST_WAIT_WEEKS)
    return gap.groupby(order["home"]).cumsum().reindex(home.index)


def _keys(alone: np.ndarray, home: pd.Series, second: pd.Series) -> np.ndarray:
    key = home.fillna("").astype(str) + "|" + second.astype(str)
    return np.where(alone, [f"alone {n}" for n in range(len(key))], key)


def _numbered(keys: np.ndarray) -> np.ndarray:
    """Group numbers from 1; 0 for a key that occurs once."""
    codes, counts = np.unique(keys, return_inverse=True, return_counts=True)[1:]
    several = counts > 1
    return np.where(several[codes], np.cumsum(several)[codes], 0)


def _top_up(stock: pd.DataFrame, start: pd.Series, group: pd.Series, certainty: pd.Series, share: float) -> None:
    """Joins children without a sibling, nearest in entry first, into groups of the published sizes until ``share`` is reached."""
    free = start[(group == 0) & ~stock["unaccompanied"].astype(bool)].sort_values(kind="stable")
    names, days = free.index.to_numpy(), free.to_numpy().astype("datetime64[D]").astype(np.int64)
    age, left = stock["age_months"].reindex(names).to_numpy(), np.ones(len(names), dtype=bool)
    wanted, number, cycle = round(share * len(stock)) - int((group > 0).sum()), int(group.max()) if len(group) else 0, _sizes()
    while wanted >= 2:
        size, here = min(next(cycle), wanted), np.flatnonzero(left)
        if len(here) < size:
            return
        windows = np.lib.stride_tricks.sliding_window_view(here, size)
        span = days[windows[:, -1]] - days[windows[:, 0]]
        span = np.where(np.ptp(age[windows], axis=1) <= WIDEST_AGE_GAP_MONTHS, span, np.iinfo(np.int64).max)
        chosen = windows[np.argmin(span)]
        number, wanted = number + 1, wanted - size
        left[chosen] = False
        group.loc[names[chosen]], certainty.loc[names[chosen]] = number, TOPPED_UP


def _sizes() -> Iterator[int]:
    """Group sizes in the published shares, evenly mixed and always in the same order."""
    owed = dict.fromkeys(PUBLISHED_SIZES, 0.0)
    while True:
        owed = {size: owed[size] + share for size, share in PUBLISHED_SIZES.items()}
        size = max(owed, key=lambda each: owed[each])
        owed[size] -= 1.0
        yield size
