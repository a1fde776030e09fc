"""What of a return may be published: counts of 1 to 4 suppressed, the rest rounded, so that no small one can be worked out.

Counts are rounded to the nearest 5, as the Department does, and rates follow the rounded counts. Parts add up to totals, so
what stands beside a suppressed count may give it away: bounds on every count are worked out as a reader could, from all
that is published and from the number looked after, which is public; where a small count could be told to within fewer
than four values, a neighbour below ten is suppressed too or the largest neighbour is rounded more coarsely.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

LEAST, NEAREST, FEW = 5, 5, 10
VALUES_LEFT = 4
"""A suppressed count is 1, 2, 3 or 4: as many values must stay possible."""
UNBOUNDED = 1e9
PASSES = 12
WITH_TOTAL = {
    "starts": ("year", "age", "need", "legal status"), "ceased": ("year", "reason"),
    **dict.fromkeys(("moving", "disruption", "moving by plan", "moving for other reasons"), ("age", "time in placement")),
}  # fmt: skip
"""Breakdowns whose parts add up to the figure ``all`` of the same name."""
OF_STOCK = ("age", "placement", "provider", "legal status", "need", "distance")
Sum = tuple[Sequence[int], Sequence[float], float]
COUNTED = ("share", "share of entrants", "days", "months")
"""Units whose denominator is a number of children."""


@dataclass(frozen=True)
class _Sum:
    """Counts that add up: the counts ``of`` these places times ``signs`` make ``total``."""

    of: np.ndarray
    signs: np.ndarray
    total: float


@dataclass(eq=False)
class _Cells:
    """Counts, what is rounded and hidden of each, and the sums among them; unpublished remainders follow the rows."""

    count: np.ndarray
    step: np.ndarray
    hidden: np.ndarray
    sums: list[_Sum]

    @property
    def shown(self) -> np.ndarray:
        """Every count as published: none where hidden."""
        rounded = np.maximum(self.step * np.floor(self.count / self.step + 0.5), LEAST)
        return np.where(self.hidden, np.nan, np.where(self.count > 0, rounded, 0.0))

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """The least and the most that each count can be, to a reader who adds up all that is published."""
        least = np.where(self.hidden, 1.0, np.where(self.count > 0, np.maximum(np.ceil(self.shown - self.step / 2), LEAST), 0.0))
        most = np.where(self.hidden, UNBOUNDED, np.where(self.count > 0, np.ceil(self.shown + self.step / 2) - 1, 0.0))
        for _ in range(PASSES):
            before = least.copy(), most.copy()
            for each in self.sums:
                _tighten(each, least, most)
            if (least == before[0]).all() and (most == before[1]).all():
                break
        return least, most


def suppressed(rates: pd.DataFrame) -> pd.DataFrame:
    """``rates`` as they may be published: the only figures of a return that any file but the stock file holds."""
    cells = _cells(rates)
    while _protect(cells):
        pass
    return _published(rates, cells)


def _cells(rates: pd.DataFrame) -> _Cells:
    count = rates["numerator"].to_numpy(float)
    step = np.where(rates["name"] == "looked after", 1.0, NEAREST)  # the totals of each 31 March are public
    cells = _Cells(count, step, _small(rates), [])
    for of, signs, total in _sums(rates):
        rest = total - float(cells.count[list(of)] @ np.array(signs))
        if not 0 <= rest < LEAST:
            continue  # what is in none of the parts is as large as they are: they add up to nothing known
        if rest:
            of, signs = [*of, len(cells.count)], [*signs, 1.0]
            cells.count, cells.step = np.append(cells.count, rest), np.append(cells.step, NEAREST)
            cells.hidden = np.append(cells.hidden, True)
        cells.sums.append(_Sum(np.array(of), np.array(signs), total))
    return cells


def _small(rates: pd.DataFrame) -> np.ndarray:
    """Figures that rest on 1 to 4 children, or tell of as few others, or are of so few."""
    others = rates["denominator"] - rates["numerator"]
    of_few = rates["unit"].isin(COUNTED) & (rates["denominator"] < LEAST)
    small = rates["numerator"].between(1, LEAST - 1) | of_few | ((rates["unit"] == "share") & others.between(1, LEAST - 1))
    return small.to_numpy(bool)


def _sums(rates: pd.DataFrame) -> Iterator[Sum]:
    """Everything in a table of rates that adds up: places, signs and total."""
    at = {pair: place for place, pair in enumerate(zip(rates["name"], rates["group"], strict=True))}
    kind = rates["group"].str.split(":").str[0]
    for name, kinds in WITH_TOTAL.items():
        for each in kinds:
            parts = _places((rates["name"] == name) & (kind == each))
            if parts and (name, "all") in at:
                yield [*parts, at[name, "all"]], [*[1.0] * len(parts), -1.0], 0.0
    for each in OF_STOCK:
        parts = _places((rates["name"] == "stock") & (kind == each))
        alone = [at["stock", "unaccompanied"]] if each == "distance" and ("stock", "unaccompanied") in at else []
        if parts:
            yield [*parts, *alone], [1.0] * (len(parts) + len(alone)), _looked_after(rates)
    yield from _left(rates, kind, at)
    yield from _by_name(rates, at)
    yield from _flows(rates, at)


def _left(rates: pd.DataFrame, kind: pd.Series, at: dict[tuple[str, str], int]) -> Iterator[Sum]:
    """Leaving by time in care is leaving by age, and each reason's is the endings with it, where every start of care is known."""
    count = rates["numerator"].to_numpy(float)
    by_age, by_time = (_places((rates["name"] == "leaving") & (kind == each)) for each in ("age", "time in care"))
    if by_age and by_time and count[by_age].sum() == count[by_time].sum():
        yield [*by_age, *by_time], [*[1.0] * len(by_age), *[-1.0] * len(by_time)], 0.0
    for name in rates["name"].unique():
        ended, parts = at.get(("ceased", f"reason:{str(name).removeprefix('leaving: ')}")), _places(rates["name"] == name)
        if ended is not None and count[parts].sum() == count[ended]:
            yield [*parts, ended], [*[1.0] * len(parts), -1.0], 0.0


def _by_name(rates: pd.DataFrame, at: dict[tuple[str, str], int]) -> Iterator[Sum]:
    """Leaving by reason and moves by kind add up in each group; starts for each 10,000 are the starts."""
    for whole, parts in (
        ("leaving", [name for name in rates["name"].unique() if name.startswith("leaving: ")]),
        ("moving", ["disruption", "moving by plan", "moving for other reasons"]),
        ("starts", ["starts per 10,000"]),
    ):
        for group in rates.loc[rates["name"] == whole, "group"]:
            found = [at[name, group] for name in parts if (name, group) in at]
            if found:
                yield [*found, at[whole, group]], [*[1.0] * len(found), -1.0], 0.0


def _flows(rates: pd.DataFrame, at: dict[tuple[str, str], int]) -> Iterator[Sum]:
    """Starts less endings of a year are the change in the number looked after, which is public."""
    for (name, group), place in at.items():
        before = f"year:{int(group.removeprefix('year:')) - 1}" if name == "looked after" else ""
        pair = [at[flow, group] for flow in ("starts", "ceased") if (flow, group) in at]
        if (name, before) in at and len(pair) == 2:
            change = rates["numerator"].iloc[place] - rates["numerator"].iloc[at[name, before]]
            yield pair, [1.0, -1.0], float(change)


def _places(those: pd.Series) -> list[int]:
    return [int(place) for place in np.flatnonzero(those)]


def _looked_after(rates: pd.DataFrame) -> float:
    """The number looked after on the day of the stock."""
    return float(rates.loc[rates["name"] == "stock", "denominator"].max())


def _tighten(each: _Sum, least: np.ndarray, most: np.ndarray) -> None:
    """What a sum says of each of its counts, the others being within their bounds."""
    low = np.where(each.signs > 0, least[each.of], -most[each.of])
    high = np.where(each.signs > 0, most[each.of], -least[each.of])
    new_low, new_high = each.total - (high.sum() - high), each.total - (low.sum() - low)
    new_low, new_high = np.where(each.signs > 0, new_low, -new_high), np.where(each.signs > 0, new_high, -new_low)
    least[each.of], most[each.of] = np.maximum(least[each.of], new_low), np.minimum(most[each.of], new_high)


def _protect(cells: _Cells) -> bool:
    """One more count hidden, or rounded more coarsely, in the sum that gives a small one away; false when none does."""
    least, most = cells.bounds()
    told = cells.hidden & (cells.count < LEAST) & (cells.count > 0) & (most - least + 1 < VALUES_LEFT)
    about = [each for each in cells.sums if told[each.of].any()]
    first = sorted(about, key=lambda each: not _tells(each, told, least, most))  # the sum that tells it, not another with it
    return any(_cover(cells, each.of) for each in (*first, *(each for each in cells.sums if _alone(cells, each.of))))


def _tells(each: _Sum, told: np.ndarray, least: np.ndarray, most: np.ndarray) -> bool:
    """Whether a sum by itself tells a small count, all others being within their bounds."""
    least, most = np.where(told, 1.0, least), np.where(told, UNBOUNDED, most)
    _tighten(each, least, most)
    return bool((told & (most - least + 1 < VALUES_LEFT)).any())


def _alone(cells: _Cells, of: np.ndarray) -> bool:
    """Whether one count of a sum is hidden beside another that is below ten."""
    return bool(cells.hidden[of].sum() == 1 and ((cells.count[of] > 0) & (cells.count[of] < FEW) & ~cells.hidden[of]).any())


def _cover(cells: _Cells, of: np.ndarray) -> bool:
    """Hides the smallest neighbour below ten, else rounds the largest more coarsely, else hides the smallest."""
    shown = of[~cells.hidden[of] & (cells.count[of] > 0)]
    if not len(shown):
        return False
    smallest, largest = shown[np.argmin(cells.count[shown])], shown[np.argmax(cells.count[shown])]
    if cells.count[smallest] >= FEW and 2 * cells.step[largest] <= cells.count[largest]:
        cells.step[largest] *= 2
    else:
        cells.hidden[smallest] = True
    return True


def _published(rates: pd.DataFrame, cells: _Cells) -> pd.DataFrame:
    """Rounded counts, what each is rounded to, and rates in the same proportion to four figures."""
    safe = rates.copy()
    count, of = rates["numerator"].to_numpy(float), rates["denominator"].to_numpy(float)
    shown, base = cells.shown[: len(rates)], _denominators(rates)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(count > 0, shown / count, 1.0) * np.where((of > 0) & (base > 0), of / base, 1.0)
    safe["numerator"], safe["denominator"] = shown, base
    safe["rate"] = (rates["rate"] * ratio).mask(np.isnan(shown)).map("{:.4g}".format).astype(float)
    safe["se"] = _errors(safe).mask(np.isnan(shown)).map("{:.3g}".format).astype(float)
    safe["rounded_to"] = cells.step[: len(rates)].astype(int)
    return safe


def _errors(safe: pd.DataFrame) -> pd.Series:
    """Standard errors from the rounded counts alone: the exact ones would give the exact counts away."""
    share = safe["unit"].isin(["share", "share of entrants"])
    of_share = (safe["rate"] * (1 - safe["rate"]) / safe["denominator"]).clip(lower=0) ** 0.5
    of_count = safe["rate"] / safe["numerator"].clip(lower=1) ** 0.5
    return safe["se"].where(safe["unit"].isin(["days", "months"]), of_share.where(share, of_count))


def _denominators(rates: pd.DataFrame) -> np.ndarray:
    """Children to the nearest 5 (all of the stock where only 1 to 4 are missing from it), time at risk to the year."""
    of, total = rates["denominator"].to_numpy(float), _looked_after(rates)
    counted = (rates["unit"].isin(COUNTED) | ((rates["unit"] == "per child-year") & (of % 1 == 0))).to_numpy(bool)
    whole = (total - of >= 0) & (total - of < LEAST)
    children = np.where(whole, total, np.where(of < LEAST, np.nan, NEAREST * np.round(of / NEAREST)))
    at_risk = rates["unit"].isin(["per year at risk", "per child-year"]).to_numpy(bool)
    return np.where(counted, children, np.where(at_risk & (of > 1), np.round(of), of))
