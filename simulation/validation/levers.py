"""Every packaged lever against its base on common random numbers: what it was meant to move, what else it moves, and at
what risk.

Writes ``levers.csv``: a row for each lever and measure.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from simulation.base.errors import Fault, Faults, fault, nearest
from simulation.base.measures import REGISTER
from simulation.experiment.runner import run_experiment
from simulation.model.replication import run_replication
from simulation.results import files
from simulation.scenario import known_scenarios, load
from simulation.scenario.size import scaled
from simulation.validation.worlds import interval

FUNCTION = "simulation.validation.levers:lever_measures"
MORE, LESS = 1, -1
TARGETS: dict[str, tuple[str, str, int]] = {
    "agency_cap": ("n_agency_workers", "all", LESS),
    "better_managers": ("pct_plans_by_second_review", "all", MORE),
    "carer_support": ("n_places", "all", MORE),
    "court_improvement": ("new_proceedings_concluded", "all", MORE),
    "discharge_at_home": ("new_care_ceased", "reason:discharge at home", MORE),
    "edge_of_care": ("new_care_starts", "all", LESS),
    "family_group_conferences": ("new_care_starts", "reason:proceedings", LESS),
    "foster_fees": ("n_places", "all", MORE),
    "funding_cut": ("n_posts", "all", LESS),
    "funding_rise": ("n_posts", "all", MORE),
    "kinship_assessment": ("weeks_permanence_wait", "waits_for:assessor", LESS),
    "leaders_earlier": ("n_leader_gaps", "all", LESS),
    "no_covid": ("new_proceedings_concluded", "all", MORE),
    "no_price_rise": ("gbp_placements", "all", LESS),
    "no_restructure": ("hours_available", "all", MORE),
    "own_homes": ("gbp_capital", "all", MORE),
    "protect_permanence": ("pct_plans_by_second_review", "all", MORE),
    "recruit_permanent": ("n_social_workers", "all", MORE),
    "referral_surge": ("new_referrals", "all", MORE),
    "reunification_support": ("new_reentries", "all", LESS),
    "sibling_carers": ("pct_siblings_together", "all", MORE),
}
"""What each lever is meant to move, and which way; a lever that is not here is shown with the side effects alone."""
BESIDE = (
    "n_looked_after", "pct_plans_by_second_review", "pct_visits_on_time", "pct_know_plan",
    "weeks_unrecognised_risk", "n_unallocated",
    "pct_agency", "pct_outside_boundary", "new_emergency_nights", "new_reentries", "gbp_net",
)  # fmt: skip
"""What it may cost elsewhere; weeks of unrecognised risk stand beside every saving."""


def _parts(measure: str) -> list[str]:
    known = REGISTER[measure]
    return [known.numerator, known.denominator] if known.how == "ratio" else [measure]


KEPT = frozenset((part, group) for measure, group in [*((m, "all") for m in BESIDE), *((m, g) for m, g, _ in TARGETS.values())]
                 for part in _parts(measure))  # fmt: skip


def lever_measures(scenario: Any, replication: int, **more: Any) -> dict[str, pd.DataFrame]:
    """One replication of which only the measures that the table of levers shows are kept."""
    weekly = run_replication(scenario, replication, **{**more, "events": False})["weekly"]
    keys = pd.MultiIndex.from_arrays([weekly["measure"].astype(str), weekly["group"].astype(str)])
    kept = weekly[keys.isin(list(KEPT))]
    return {"weekly": kept.assign(**{name: kept[name].astype(str) for name in ("measure", "group", "unit")})}


def of_base(base: str) -> list[str]:
    """Names of the packaged levers on ``base``: its own name and theirs. Raises Faults if there is none."""
    found = [name for name in known_scenarios() if name.startswith(base + "_")]
    if not found:
        raise fault(base, "has no packaged levers.")
    return found


def levers(base: str, out: str | Path, replications: int = 4, weeks: int | None = None, size: float = 1.0,
           workers: int | None = None, only: list[str] | None = None) -> pd.DataFrame:  # fmt: skip
    """Run ``base`` and its levers (or ``only`` these), write ``levers.csv`` into ``out`` and return it."""
    known = of_base(base)
    unknown = [Fault(name, f"is no packaged lever of {base}." + nearest(name, known)) for name in only or [] if name not in known]
    if unknown:
        raise Faults(unknown)
    chosen = only or known
    worlds = [scaled(load(name), size) for name in (base, *chosen)]
    folder = run_experiment(
        worlds, replications, weeks=weeks, workers=workers, out=Path(out) / "runs", function=FUNCTION, base=base
    )
    weekly = files.read_parquet(folder / "weekly.parquet", ["scenario", "replication", "week", "measure", "group", "value"])
    table = pd.concat([lever_rows(weekly, base, name) for name in chosen], ignore_index=True)
    files.write_bytes(Path(out) / "levers.csv", table.to_csv(index=False, float_format="%.5g").encode("utf-8-sig"))
    return table


def lever_rows(weekly: pd.DataFrame, base: str, name: str) -> pd.DataFrame:
    """A lever's own target first, then what it moves beside: difference from the base over the run, with its interval."""
    target = TARGETS.get(name.removeprefix(base + "_"))
    rows = []
    for measure, group, sign in ([target] if target else []) + [
        (measure, "all", 0) for measure in BESIDE if target is None or measure != target[0]
    ]:
        here, there = (over_run(weekly, scenario, measure, group) for scenario in (base, name))
        mean, low, high = interval((there - here).dropna())
        unclear = not (low > 0 or high < 0)
        told = "" if not sign else "not clear" if unclear else "as meant" if mean * sign > 0 else "the other way"
        rows.append((name, measure, group, REGISTER[measure].unit, float(here.mean()), mean, low, high, told, len(here)))
    columns = ["lever", "measure", "group", "unit", "base", "difference", "ci_low", "ci_high", "own_target", "replications"]
    return pd.DataFrame(rows, columns=columns)


def over_run(weekly: pd.DataFrame, scenario: str, measure: str, group: str) -> pd.Series:
    """A measure over the run, by replication: events summed, standing numbers averaged, ratios formed of sums."""
    ours = weekly[(weekly["scenario"].astype(str) == scenario) & (weekly["week"] > 0)]
    here = ours[ours["group"].astype(str) == group]
    known, weeks = REGISTER[measure], ours.groupby("replication")["week"].nunique()
    sums = [
        here[here["measure"].astype(str) == part].groupby("replication")["value"].sum().reindex(weeks.index, fill_value=0.0)
        for part in _parts(measure)
    ]  # a count that never occurred is zero
    if known.how == "ratio":
        return known.scale * sums[0] / sums[1]
    return sums[0] if known.how == "sum" else sums[0] / weeks


def text(table: pd.DataFrame) -> str:
    """The table for a terminal: each lever's target, and what else is clearly moved."""
    lines = []
    for name, rows in table.groupby("lever", sort=False):
        lines.append(str(name))
        for r in rows.itertuples():
            clear = r.ci_low > 0 or r.ci_high < 0
            if r.own_target or clear or r.measure in ("weeks_unrecognised_risk", "gbp_net"):
                group = "" if r.group == "all" else f" {r.group}"
                lines.append(
                    f"  {r.measure}{group} {r.difference:+,.4g} {r.unit} [{r.ci_low:,.4g} to {r.ci_high:,.4g}] {r.own_target}"
                )
    return "\n".join(lines)
