"""From weeks to financial years and the whole run; ratios are formed here, after adding up, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulation.measures import REGISTER, Measure

FULL_YEAR_WEEKS = 51
"""A financial year with fewer weeks of the run is part of a year: its sums are left out of the yearly tables."""
RUN = "run"
"""The ``period`` of the whole run."""

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
    dates[weeks] = pd.to_datetime(weekly["date"]).to_numpy().astype("datetime64[D]")
    series = [(str(measures.cat.categories[key // len(names)]), str(names[key % len(names)])) for key in found]
    return Cube(series, values, dates)


def financial_years(dates: np.ndarray) -> np.ndarray:
    """Calendar year in which the financial year of each week ends; a week belongs where its middle day lies."""
    middle = dates.astype("datetime64[D]") - np.timedelta64(3, "D")
    months = middle.astype("datetime64[M]").astype(np.int64)
    return 1970 + (months + 9) // 12


def quarters(dates: np.ndarray) -> np.ndarray:
    """Quarter of the financial year of each week, 1 (April to June) to 4, by its middle day."""
    middle = dates.astype("datetime64[D]") - np.timedelta64(3, "D")
    return (middle.astype("datetime64[M]").astype(np.int64) + 9) % 12 // 3 + 1


def yearly(weekly: pd.DataFrame) -> pd.DataFrame:
    """The yearly table of one replication, ratios included (columns of ``yearly`` without scenario and replication)."""
    weeks = cube(weekly)
    years = financial_years(weeks.dates)[1:]
    spans = [("year", str(year), np.flatnonzero(years == year) + 1) for year in np.unique(years)]
    spans.append(("run", RUN, np.arange(1, len(weeks.dates))))
    parts = [_period(weeks, kind, name, span) for kind, name, span in spans if len(span)]
    return pd.concat(parts, ignore_index=True)


def _period(weeks: Cube, kind: str, period: str, span: np.ndarray) -> pd.DataFrame:
    """One period's rows: counted measures, then ratios; sums of part of a year are left out."""
    counted = _add_up(weeks, span)
    ratios, ratio_values = form_ratios(weeks.rows(), counted[:, None])
    part = kind == "year" and len(span) < FULL_YEAR_WEEKS
    kept = [row for row, (measure, _) in enumerate(weeks.series) if not (part and REGISTER[measure].how == "sum")]
    series = [weeks.series[row] for row in kept] + ratios
    return pd.DataFrame(
        {
            "period_kind": kind,
            "period": period,
            "measure": [measure for measure, _ in series],
            "group": [group for _, group in series],
            "unit": [REGISTER[measure].unit for measure, _ in series],
            "weeks": len(span),
            "value": np.concatenate([counted[kept], ratio_values[:, 0]]),
        }
    )


def _add_up(weeks: Cube, span: np.ndarray) -> np.ndarray:
    """Value of every counted series over ``span``: its sum, mean or last week."""
    unknown = sorted({measure for measure, _ in weeks.series} - REGISTER.keys())
    if unknown:
        raise ValueError(f"measures written but not in the register: {', '.join(unknown)}")
    how = np.array([REGISTER[measure].how for measure, _ in weeks.series])
    inside = weeks.array[:, span]
    return np.select([how == "sum", how == "mean"], [inside.sum(1), inside.mean(1)], inside[:, -1])


def form_ratios(rows: Mapping[Series, int], values: np.ndarray) -> tuple[list[Series], np.ndarray]:
    """Every ratio that ``values[series, period]`` (already added up) allows: ``scale * numerator / denominator``.

    A breakdown divides by the same group of the denominator where there is one, else by all of it. Nothing over
    nothing is not a number.
    """
    names, parts = [], []
    for measure in REGISTER.values():
        for group in _ratio_groups(measure, rows):
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


def _ratio_groups(measure: Measure, rows: Mapping[Series, int]) -> list[str]:
    """Groups for which the numerator of a ratio was counted, among those the measure is broken down by."""
    if measure.how != "ratio":
        return []
    wanted = ("all", *(f"{kind}:" for kind in measure.groups))
    return [group for name, group in rows if name == measure.numerator and group.startswith(wanted)]
