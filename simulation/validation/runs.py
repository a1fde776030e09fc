"""The simulated runs that facts are judged by, each made once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from simulation.experiment.runner import run_experiment
from simulation.results.files import read_parquet
from simulation.results.periods import YEAR
from simulation.validation.authorities import synthetic, variant

COUNTED = {
    "leavers": "new_leavers", "permanent": "n_social_workers", "agency": "n_agency_workers", "posts": "n_posts",
    "vacant": "n_vacancies", "cases": "n_allocated_cases", "holders": "n_case_holders",
    "changed": "n_two_worker_changes", "children": "n_looked_after",
}  # fmt: skip
"""What the published rates are made of, and the measure that counts it."""

AUTHORITIES, JUDGED = 60, 30
"""Synthetic authorities, and how many of them are also run with an inadequate judgement."""
AUTHORITY_WEEKS, PILOT_WEEKS = 209, 105
STEP_IN_STARTS = 1.5
"""How many times the starts of care the step is to bring (D1)."""
PILOTS = (1.0, 2.0, 3.5)
"""Ratios of every way into care that are tried to find the one that brings that step."""


def _authorities() -> list[Any]:
    """Each synthetic authority as it is, and the first of them judged inadequate in April 2020; no Covid-19."""
    quiet: dict[str, Any] = {"covid__happens": False}
    judgement = quiet | {"inspection__inadequate_on": dt.date(2020, 4, 15), "workforce__posts_after_inspection_share": 0.1}
    plain = [synthetic(number, name=f"plain_{number}", **quiet) for number in range(AUTHORITIES)]
    return plain + [synthetic(number, name=f"judged_{number}", **judgement) for number in range(JUDGED)]


def _entering(name: str, ratio: float) -> Any:
    """The typical authority without Covid-19, every way into care multiplied by ``ratio``."""
    usual = float(variant("england_typical", "typical").parameters.front_door.entry_factor)
    return variant("england_typical", name, "covid.happens=false", f"front_door.entry_factor={ratio * usual}")


RUNS: dict[str, Callable[[Runs], list[Any]]] = {
    "england": lambda runs: [variant("england_typical", "england")],
    "quiet": lambda runs: [variant("england_typical", "quiet", "covid.happens=false")],
    "pilots": lambda runs: [_entering(f"pilot_{number}", ratio) for number, ratio in enumerate(PILOTS)],
    "step": lambda runs: [_entering("step", runs.step_ratio)],
    "surge": lambda runs: [variant("england_typical", "surge", "covid.happens=false", "demand.referral_factor=1.35")],
    "bradford": lambda runs: [variant("bradford_2018", "bradford"), variant("bradford_2018_leaders_earlier", "leaders_earlier")],
    "authorities": lambda runs: _authorities(),
}
"""Runs by name: the scenarios that each needs."""
SETTINGS: dict[str, dict[str, Any]] = {
    "authorities": {"replications": 1, "weeks": AUTHORITY_WEEKS, "function": "simulation.validation.authorities:own_luck"},
    "pilots": {"weeks": PILOT_WEEKS},
}
"""What differs in how they are run."""


class Runs:
    """Runs made once each and read back as tables."""

    def __init__(self, folder: Path, replications: int, workers: int | None):
        self.folder, self.replications, self.workers = folder, replications, workers

    @cache  # noqa: B019 - lives as long as the command
    def _made(self, name: str) -> Path:
        how = {"replications": self.replications, **SETTINGS.get(name, {})}
        return run_experiment(RUNS[name](self), workers=self.workers, out=self.folder / name, **how)

    @cache  # noqa: B019
    def years(self, name: str) -> pd.DataFrame:
        """Full financial years: scenario, replication, period, measure, group, value."""
        frame = read_parquet(self._made(name) / "yearly.parquet")
        frame = frame[frame["period_kind"] == YEAR]
        return frame.assign(period=frame["period"].astype(str).astype(int))

    @cache  # noqa: B019
    def table(self, name: str, table: str) -> pd.DataFrame:
        """A results table of a run."""
        return read_parquet(self._made(name) / f"{table}.parquet")

    def each(self, name: str, scenario: str, measure: str, group: str = "all") -> pd.DataFrame:
        """A measure by year (rows) and replication (columns)."""
        frame = self.years(name)
        here = (frame["scenario"] == scenario) & (frame["measure"] == measure) & (frame["group"] == group)
        return frame[here].pivot_table(index="period", columns="replication", values="value", observed=True)

    def year(self, name: str, scenario: str, measure: str, group: str = "all") -> pd.Series:
        """Mean over replications of a measure, by year."""
        frame = self.years(name)
        here = (frame["scenario"] == scenario) & (frame["measure"] == measure) & (frame["group"] == group)
        return frame[here].groupby("period", observed=True)["value"].mean()

    @cached_property
    def step_ratio(self) -> float:
        """What every way into care is multiplied by so that starts rise by the step, between the pilots by its logarithm."""
        starts = [float(self.year("pilots", f"pilot_{number}", "new_care_starts").sum()) for number in range(len(PILOTS))]
        return round(float(np.exp(np.interp(STEP_IN_STARTS, np.array(starts) / starts[0], np.log(PILOTS)))), 2)

    @cached_property
    def event_study(self) -> pd.DataFrame:
        """Change after an inadequate judgement, authority by authority: judged less plain, common random numbers; by measure and year."""
        frame = self.years("authorities")
        frame = frame[frame["group"] == "all"]
        named = frame["scenario"].astype(str).str.split("_", expand=True)
        wide = frame.assign(kind=named[0], number=named[1]).pivot_table(
            index=["measure", "period", "number"], columns="kind", values="value", observed=True
        )
        return (wide["judged"] - wide["plain"]).dropna().reset_index(name="change")

    @cached_property
    def across(self) -> pd.DataFrame:
        """The synthetic authorities, not judged, as the workforce tables give them: one row an authority and year."""
        weekly = self.table("authorities", "weekly")
        kept = (
            (weekly["group"] == "all")
            & weekly["measure"].isin(COUNTED.values())
            & weekly["scenario"].astype(str).str.startswith("plain")
        )
        return as_published(weekly[kept])


def as_published(weekly: pd.DataFrame) -> pd.DataFrame:
    """A row for each authority and workforce year: rates of 30 September as the department counts them.

    weekly: scenario, date, measure, value of groups "all". Turnover: leavers of the year to 30 September over those in
    post on the day; children with three or more workers in a year: at the end of the next March.
    """
    wide = weekly.pivot_table(index=["scenario", "date"], columns="measure", values="value", observed=True)
    wide = wide.rename(columns={measure: name for name, measure in COUNTED.items()}).reset_index()
    years = range(wide["date"].min().year + 1, wide["date"].max().year)
    rows = [
        _workforce_year(one.set_index("date"), year).assign(authority=name)
        for name, one in wide.groupby("scenario", observed=True)
        for year in years
    ]
    return pd.concat(rows, ignore_index=True)


def _workforce_year(weeks: pd.DataFrame, year: int) -> pd.DataFrame:
    day, march = weeks[: f"{year}-09-30"].iloc[-1], weeks[: f"{year + 1}-03-31"].iloc[-1]
    leavers = weeks.loc[f"{year - 1}-10-01" : f"{year}-09-30", "leavers"].sum()
    figures = {
        "year": year,
        "pct_agency": 100 * day["agency"] / (day["agency"] + day["permanent"]),
        "pct_turnover": 100 * leavers / day["permanent"],
        "pct_vacancy": 100 * day["vacant"] / day["posts"],
        "caseload": day["cases"] / day["holders"],
        "pct_three_workers": 100 * march["changed"] / march["children"],
    }
    return pd.DataFrame([figures])
