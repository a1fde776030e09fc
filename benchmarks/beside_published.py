"""A finished run beside the published figures that travel with its scenario, as a Markdown table.

    python run.py run bradford_2018 --replications 20 --out results/bradford_2018
    python benchmarks/beside_published.py results/bradford_2018

Every cell holds the model's mean and, in brackets, its 10th to 90th percentile over replications; published figures
stand beneath. Only measures that the model brings forth are shown, and the inputs are marked as such.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from simulation.base.measures import REGISTER

NAMED = (
    "new_referrals", "new_s47_enquiries", "n_protection_plans", "pct_assessments_in_time", "pct_conferences_in_time",
    "n_looked_after", "new_care_starts", "new_care_ceased", "n_agency_workers", "pct_agency", "pct_vacancy", "pct_turnover",
    "mean_caseload", "n_two_worker_changes", "n_outside_boundary", "n_three_placements",
    "mean_gbp_per_child_week", "mean_gbp_residential_week", "mean_gbp_foster_week", "pct_plans_by_second_review",
    "pct_visits_on_time", "pct_know_plan",
)  # fmt: skip


def table(folder: Path) -> pd.DataFrame:
    """Rows: measure, model and published; columns: financial years."""
    scenario = json.loads((folder / "run.json").read_text(encoding="utf-8"))["scenarios"][0]
    history = pd.DataFrame(scenario["history"])
    summary = pd.read_csv(folder / "summary.csv", encoding="utf-8-sig")
    summary = summary[(summary["scenario"] == scenario["id"]) & (summary["period_kind"] == "year") & (summary["group"] == "all")]
    years = sorted(summary["period"].unique())
    rows = {}
    for measure in NAMED:
        here = summary[summary["measure"] == measure].set_index("period")
        told = f"{measure} ({REGISTER[measure].status})"
        rows[told] = [_cell(here.loc[year]) if year in here.index else "" for year in years]
        known = history[history["indicator"] == REGISTER[measure].published].set_index("year")["value"].to_dict()
        rows[f"published: {measure}"] = [_number(known[int(year)]) if int(year) in known else "not published" for year in years]
    return pd.DataFrame(rows, index=years).T


def _cell(row: pd.Series) -> str:
    return f"{_number(row['mean'])} ({_number(row['p10'])} to {_number(row['p90'])})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"


def main() -> None:
    """Print the table."""
    shown = table(Path(sys.argv[1]))
    print("| | " + " | ".join(str(year) for year in shown.columns) + " |")
    print("| --- " * (1 + shown.shape[1]) + "|")
    for name, cells in shown.iterrows():
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
