"""From weeks to financial years and the whole run; ratios are formed here, after adding up, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulation.base.measures import REGISTER, Measure

YEAR, PART_YEAR = "year", "part year"
"""The ``period_kind`` of a financial year of which the run holds every week, and of one of which it does not."""
RUN = "run"
"""The ``period`` of the whole run, and its kind."""
Series = tuple[str, str]
"""A measure and a group."""


@dataclass(frozen=True)
class Cube:
    """Weekly values of one replication: ``array[series, week]`` (absent rows are zero) and the date of every week."""

    series: list[Series]
    array: np.ndarray
    dates: np.ndarray

    def rows(self) -> dict[Series, int]:
        """Row of every series."""
        return {name: row for row, name in enumerate(self.series)}


def cube(weekly: pd.DataFrame) -> Cube:
    """``weekly`` (columns week, date, measure, group, value) as a dense array."""
    measures, groups = weekly["measure"].astype("category"), weekly["group"].astype("category")
    names = groups.cat.categories
    keys = measures.cat.codes.to_numpy(np.int64) * len(names) + groups.cat.codes.to_numpy()
    found, rows = np.unique(keys, return_inverse=True)
    weeks = weekly["week"].to_numpy(np.int64)
    values = np.zeros((len(found), int(weeks.max()) + 1))
    np.add.at(values, (rows, weeks), weekly["value"].to_numpy(float))
    dates = np.full(values.shape[1], np.datetime64("NaT"), "datetime64[D]")
    first = np.unique(weeks, return_index=True)[1]
    dates[weeks[first]] = pd.to_datetime(weekly["date"].iloc[first]).to_numpy().astype("datetime64[D]")
    series = [(str(measures.cat.categories[key // len(names)]), str(names[key % len(names)])) for key in found]
    return Cube(series, values, dates)


def financial_quarters(dates: np.ndarray, middle: int = 3) -> np.ndarray:
    """``4 * year + quarter`` of each week's last day: its financial year, quarters from 0 (April to June).

    A week belongs where its middle day lies, ``middle`` days before its last; 0 takes ``dates`` for days themselves.
    """
    days = dates.astype("datetime64[D]") - np.timedelta64(middle, "D")
    months = days.astype("datetime64[M]").astype(np.int64) + 9
    return 4 * (1970 + months // 12) + months % 12 // 3


def financial_years(dates: np.ndarray) -> np.ndarray:
    """Calendar year in which the financial year of each week ends; a week belongs where its middle day lies."""
    return financial_quarters(dates) // 4


def whole(dates: np.ndarray, period_of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Periods (``period_of`` the last day of each week) of which every week is in the run; dates: from week 0.

    The one rule of what is whole, for years and quarters: neither the week before the run nor the week after it is in them.
    """
    days = dates.astype("datetime64[D]")
    inside, outside = period_of(days[1:]), period_of(np.array([days[0], days[-1] + np.timedelta64(7, "D")]))
    return np.setdiff1d(inside, outside)


def yearly(weekly: pd.DataFrame) -> pd.DataFrame:
    """The yearly table of one replication, ratios included (columns of ``yearly`` without scenario and replication).

    A year of which the run does not hold every week is marked ``part year``, and has no sums.
    """
    weeks = cube(weekly)
    years = financial_years(weeks.dates)[1:]
    spans = [np.flatnonzero(years == year) + 1 for year in np.unique(years)] + [np.arange(1, len(weeks.dates))]
    complete = np.isin(np.unique(years), whole(weeks.dates, financial_years))
    kinds = pd.Categorical([*np.where(complete, YEAR, PART_YEAR), RUN])
    periods = pd.Categorical([str(year) for year in np.unique(years)] + [RUN])
    how = _how(weeks.series)
    counted = np.column_stack([_add_up(weeks.array[:, span], how) for span in spans])
    ratios, formed = form_ratios(weeks.rows(), counted)
    lengths = np.array([len(span) for span in spans])
    kept = ~np.outer(kinds == PART_YEAR, np.r_[how == "sum", np.zeros(len(ratios), bool)]).ravel()
    series = weeks.series + ratios
    place, row = np.divmod(np.arange(len(spans) * len(series))[kept], len(series))
    names = (pd.Series([one[column] for one in series], dtype="category") for column in (0, 1))
    measure, group = (name.array[row] for name in names)
    units = pd.Series([REGISTER[name].unit for name, _ in series], dtype="category").array[row]
    values = np.vstack([counted, formed]).T.ravel()[kept]
    return pd.DataFrame(
        {
            "period_kind": kinds[place],
            "period": periods[place],
            "measure": measure,
            "group": group,
            "unit": units,
            "weeks": lengths[place],
            "value": values,
        }
    )


def _how(series: list[Series]) -> np.ndarray:
    """How each series adds up over weeks."""
    unknown = sorted({measure for measure, _ in series} - REGISTER.keys())
    if unknown:
        raise ValueError(f"measures written but not in the register: {', '.join(unknown)}")
    return np.array([REGISTER[measure].how for measure, _ in series])


def _add_up(inside: np.ndarray, how: np.ndarray) -> np.ndarray:
    """Value of every counted series over the weeks ``inside``: its sum, mean or last week."""
    return np.select([how == "sum", how == "mean"], [inside.sum(1), inside.mean(1)], inside[:, -1])


def form_ratios(rows: Mapping[Series, int], values: np.ndarray) -> tuple[list[Series], np.ndarray]:
    """Every ratio that ``values[series, period]`` (already added up) allows: ``scale * numerator / denominator``.

    A breakdown divides by the same group of the denominator where there is one, else by all of it. Nothing over
    nothing is not a number.
    """
    names, parts = [], []
    groups: dict[str, list[str]] = {}
    for name, group in rows:
        groups.setdefault(name, []).append(group)
    for measure in REGISTER.values():
        for group in _ratio_groups(measure, groups):
            over = rows.get((measure.denominator, group), rows.get((measure.denominator, "all")))
            if over is None:
                continue
            below = values[over]
            parts.append(
                measure.scale
                * np.divide(values[rows[measure.numerator, group]], below, out=np.full_like(below, np.nan), where=below != 0)
            )
            names.append((measure.name, group))
    return names, np.array(parts).reshape(len(parts), values.shape[1])


def _ratio_groups(measure: Measure, groups: Mapping[str, list[str]]) -> list[str]:
    """Groups for which the numerator of a ratio was counted, among those the measure is broken down by."""
    if measure.how != "ratio":
        return []
    wanted = ("all", *(f"{kind}:" for kind in measure.groups))
    return [group for group in groups.get(measure.numerator, []) if group.startswith(wanted)]
