"""A results folder, read and checked: the only thing the report knows about an experiment."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import and_
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

from simulation.base.errors import Fault, Faults
from simulation.base.wording import year_words
from simulation.report.reading import calendar, check_parquet, csv_table, cut, opened, rows_of, run_record, weekly_rows

SUMMARY_COLUMNS = (
    "scenario",
    "period_kind",
    "period",
    "measure",
    "group",
    "unit",
    "replications",
    "mean",
    "p10",
    "p50",
    "p90",
    "ci_low",
    "ci_high",
)
COMPARISON_COLUMNS = (
    "scenario",
    "base",
    "period_kind",
    "period",
    "measure",
    "group",
    "difference",
    "ci_low",
    "ci_high",
    "verdict",
)
PARQUET = ("weekly.parquet", "yearly.parquet", "placements.parquet", "children.parquet")
FULL_YEAR_WEEKS = 51
LABEL_AT_MOST = 24


@dataclass(frozen=True)
class ScenarioRun:
    """One scenario of the experiment, as ``run.json`` tells it."""

    id: str
    title: str
    question: str = ""
    assumption_driven: bool = False
    lever: dict[str, str] = field(default_factory=dict)
    history: tuple[dict[str, Any], ...] = ()
    parameters: tuple[dict[str, Any], ...] = ()
    extends: str = ""

    def label_beside(self, base: str) -> str:
        """A short name for charts: a short title, else the file's stem less the base's; marked when it rests on assumptions."""
        stem = self.id.removeprefix(base + "_") if self.id != base else self.id
        words = re.sub(r"\bcovid\b", "Covid", stem.replace("_", " ").strip())
        short = self.title if len(self.title) <= LABEL_AT_MOST else words[:1].upper() + words[1:]
        return short + (" (assumed)" if self.assumption_driven else "")

    @property
    def label(self) -> str:
        """The short name standing alone."""
        return self.label_beside("")


class Results:
    """Every table of one experiment, read when first asked for.

    The main period is the last whole financial year, or the whole run when no year is whole. Tables that are
    absent are empty, so that a chart can say what is missing. Raises ``Faults`` for anything unreadable.
    """

    def __init__(self, folder: Path | str):
        self.folder = Path(folder)
        self.run = run_record(self.folder)
        self.scenarios = {entry["id"]: _scenario(entry) for entry in self.run["scenarios"]}
        self.summary = csv_table(self.folder / "summary.csv", SUMMARY_COLUMNS)
        self.comparison = csv_table(self.folder / "comparison.csv", COMPARISON_COLUMNS)
        self._refuse_strangers()
        check_parquet([self.folder / name for name in PARQUET])

    def table(self, name: str) -> pd.DataFrame:
        """A small CSV table of the folder, such as ``contributions.csv``; empty if there is none."""
        return csv_table(self.folder / name, ())

    @cached_property
    def bases(self) -> dict[str, list[str]]:
        """Each base with the scenarios compared with it, in the order they were run."""
        pairs = self.comparison[["base", "scenario"]].drop_duplicates().itertuples(index=False)
        families: dict[str, list[str]] = {}
        for base, scenario in pairs:
            families.setdefault(base, []).append(scenario)
        compared = {name for levers in families.values() for name in levers}
        for name in self.scenarios:
            if name not in compared:
                families.setdefault(name, [])
        order = list(self.scenarios)
        return {base: sorted(families[base], key=order.index) for base in sorted(families, key=order.index)}

    @cached_property
    def dates(self) -> pd.DatetimeIndex:
        """The last day of each week, week 0 first."""
        return self._weekly[0]

    @cached_property
    def weeks(self) -> int:
        """Weeks of the run."""
        return max(len(self.dates) - 1, int(self.run.get("weeks") or 0))

    @cached_property
    def years(self) -> list[int]:
        """Financial years in the summary, in order (2021 = April 2020 to March 2021)."""
        return sorted({int(p) for p in self.summary.loc[self.summary["period_kind"] == "year", "period"]})

    @cached_property
    def whole_years(self) -> list[int]:
        """Financial years of which the run holds at least 51 weeks."""
        yearly = self.summary[self.summary["period_kind"] == "year"]
        if "weeks" in yearly:
            return sorted({int(p) for p in yearly.loc[yearly["weeks"] >= FULL_YEAR_WEEKS, "period"]})
        middle = self.dates[1:] - pd.Timedelta(days=3)
        count = pd.Series(middle.year + (middle.month >= 4)).value_counts()
        return [year for year in self.years if not len(self.dates) or count.get(year, 0) >= FULL_YEAR_WEEKS]

    @property
    def kind(self) -> str:
        """What the main figures cover: ``year`` (the last whole financial year), or ``run`` when none is whole."""
        return "year" if self.whole_years else "run"

    @property
    def period(self) -> str:
        """The last whole financial year, or ``run``."""
        return str(self.whole_years[-1]) if self.whole_years else "run"

    @property
    def when(self) -> str:
        """The same in words: ``2022-23`` or ``the 26 weeks run``."""
        return year_words(self.whole_years[-1]) if self.whole_years else f"the {self.weeks} weeks run"

    def figures(self, measure: str, group: str = "all") -> pd.DataFrame:
        """Summary rows of a measure over the main period, indexed by scenario."""
        return self._main(measure)[lambda rows: rows["group"] == group].set_index("scenario")

    def extremes(self, scenario: str, measure: str, group: str = "all") -> tuple[float, float] | None:
        """The lowest and highest run over the main period, from ``yearly.parquet``; None when it is not there."""
        return self._extremes.get((scenario, measure, group))

    def yearly_runs(self, scenario: str, measure: str, periods: list[str]) -> np.ndarray | None:
        """Every run's value in some financial years (replications by years), from ``yearly.parquet``; None if not there."""
        wanted = {"scenario": scenario, "measure": measure, "group": "all", "period_kind": "year"}
        rows = self.records("yearly", ["replication", "period", "value"], **wanted)
        table = rows.pivot_table(index="replication", columns="period", values="value", observed=True)
        return table[periods].to_numpy(float) if len(table) and set(periods) <= set(table) else None

    def by_year(self, measure: str, group: str = "all") -> pd.DataFrame:
        """Summary rows of a measure for every whole financial year, with the year as a number."""
        rows = self._by_measure.get(measure, self.summary.iloc[:0])
        return self._yearly(rows[rows["group"] == group])

    def of_year(self, measure: str, year: int) -> pd.DataFrame:
        """Summary rows of a measure in one financial year, indexed by scenario."""
        rows = self._by_measure.get(measure, self.summary.iloc[:0])
        hit = (rows["period_kind"] == "year") & (rows["period"] == str(year)) & (rows["group"] == "all") & rows["mean"].notna()
        return rows[hit].set_index("scenario")

    def groups(self, measure: str, kind: str) -> pd.DataFrame:
        """Main-period summary rows of every group of one kind, with its ``name`` (``route:adoption`` -> ``adoption``)."""
        rows = self._main(measure)[lambda found: found["group"].str.startswith(kind + ":")]
        return rows.assign(name=[group.partition(":")[2] for group in rows["group"]])

    def difference(self, scenario: str, measure: str, group: str = "all", kind: str = "") -> dict[str, Any] | None:
        """The comparison row of a measure over the main period (or the whole run), or None when it was not compared."""
        rows = self._compared.get((scenario, measure), self.comparison.iloc[:0])
        kind = kind or self.kind
        rows = rows[(rows["group"] == group) & (rows["period_kind"] == kind)]
        if kind == "year":
            rows = rows[rows["period"] == self.period]
        rows = rows[rows["difference"].notna()]
        return rows_of(rows.head(1))[0] if len(rows) else None

    def differences(self, scenario: str, measure: str, group: str = "all") -> pd.DataFrame:
        """Comparison rows of a measure for every whole financial year."""
        rows = self._compared.get((scenario, measure), self.comparison.iloc[:0])
        return self._yearly(rows[rows["group"] == group])

    def group_differences(self, scenario: str, measure: str, kind: str) -> pd.DataFrame:
        """Comparison rows over the whole run of every group of one kind, with its ``name``."""
        rows = self._compared.get((scenario, measure), self.comparison.iloc[:0])
        rows = rows[(rows["period_kind"] == "run") & rows["group"].str.startswith(kind + ":")]
        return rows.assign(name=[group.partition(":")[2] for group in rows["group"]])

    def records(self, name: str, columns: list[str], **equal: Any) -> pd.DataFrame:
        """Some columns of a Parquet table (``children``, ``placements``) where each named column has a value; empty if absent."""
        path = self.folder / f"{name}.parquet"
        if not path.exists():
            return pd.DataFrame(columns=columns)
        terms = [ds.field(column) == value for column, value in equal.items()]
        return opened(path, columns, reduce(and_, terms) if terms else None).to_pandas()

    def weekly(self, measure: str, group: str = "all") -> dict[str, np.ndarray]:
        """Each scenario's values: replications by weeks (week 0 first); empty when not measured."""
        return self._weekly[1].get((measure, group), {})

    def weekly_groups(self, measure: str, kind: str) -> list[str]:
        """The groups of one kind that the weekly table holds for a measure."""
        return sorted(group for name, group in self._weekly[1] if name == measure and group.startswith(kind + ":"))

    # ------------------------------------------------------------------ reading
    def _main(self, measure: str) -> pd.DataFrame:
        rows = self._by_measure.get(measure, self.summary.iloc[:0])
        return rows[(rows["period_kind"] == self.kind) & (rows["period"] == self.period) & rows["mean"].notna()]

    def _yearly(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The whole financial years among ``rows``, in order."""
        rows = rows[(rows["period_kind"] == "year") & rows["period"].isin([str(year) for year in self.whole_years])]
        return rows.assign(year=rows["period"].astype(int)).sort_values("year")

    @cached_property
    def _extremes(self) -> dict[tuple[str, str, str], tuple[float, float]]:
        columns = ["scenario", "measure", "group", "value"]
        rows = self.records("yearly", columns, period_kind=self.kind, period=self.period).dropna(subset=["value"])
        found = rows.groupby(columns[:3], observed=True)["value"].agg(["min", "max"])
        return {(str(s), str(m), str(g)): (low, high) for (s, m, g), low, high in found.itertuples()}

    @cached_property
    def _by_measure(self) -> dict[str, pd.DataFrame]:
        return {str(measure): rows for measure, rows in self.summary.groupby("measure")}

    @cached_property
    def _compared(self) -> dict[tuple[str, str], pd.DataFrame]:
        return {(str(s), str(m)): rows for (s, m), rows in self.comparison.groupby(["scenario", "measure"])}

    @cached_property
    def _weekly(self) -> tuple[pd.DatetimeIndex, dict[tuple[str, str], dict[str, np.ndarray]]]:
        """The calendar, and every series that is drawn week by week."""
        path = self.folder / "weekly.parquet"
        if not path.exists():
            return pd.DatetimeIndex([]), {}
        rows = weekly_rows(path, WEEKLY_MEASURES)
        return (calendar(rows), cut(rows)) if len(rows) else (pd.DatetimeIndex([]), {})

    def _refuse_strangers(self) -> None:
        """Scenarios in the tables that ``run.json`` does not know mean that two experiments were mixed."""
        found = set(self.summary["scenario"]) | set(self.comparison["scenario"]) | set(self.comparison["base"])
        strangers = sorted(map(str, found - set(self.scenarios)))
        if strangers:
            raise Faults(
                Fault(str(self.folder), f"its tables name the scenario '{name}', which run.json does not.") for name in strangers
            )


WEEKLY_MEASURES = {
    "n_looked_after",
    "new_visits_due",
    "new_visits_on_time",
    "new_second_reviews_due",
    "new_plans_by_second_review",
    "n_social_workers",
    "n_agency_workers",
    "n_vacancies",
    "n_two_worker_changes",
    "n_outside_boundary",
    "n_places",
    "n_residential",
    "n_plans_overdue",
    "n_over_20_miles",
    "n_workforce",
    "n_posts",
    "n_allocated_cases",
    "n_case_holders",
}
"""What is drawn, or set beside published figures, week by week; everything else comes from the summary."""


def _scenario(entry: dict[str, Any]) -> ScenarioRun:
    lever = entry.get("lever") or {}
    return ScenarioRun(
        id=str(entry["id"]),
        title=str(entry.get("title") or entry["id"]),
        question=str(entry.get("question") or ""),
        assumption_driven=bool(entry.get("assumption_driven")),
        lever={str(k): str(v) for k, v in lever.items()} if isinstance(lever, dict) else {"evidence": str(lever)},
        history=tuple(entry.get("history") or ()),
        parameters=tuple(entry.get("parameters") or ()),
        extends=str(entry.get("extends") or ""),
    )
