"""Plausible results folders, made without the model: the contract that the report reads.

Every table has the columns and units of the real ones; the numbers are drawn around simple trends.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from simulation.base.measures import REGISTER

START = date(2020, 3, 29)  # a Sunday; week 0 is the state at the start
LEVELS = {  # measure: (start, end in the base, end with a lever, noise)
    "n_looked_after": (1240, 1390, 1310, 12), "new_care_starts": (9, 10, 9.4, 3), "new_care_ceased": (8, 8.5, 9, 3),
    "new_referrals": (190, 200, 200, 15), "new_rereferrals": (44, 46, 42, 6), "new_assessments": (170, 175, 175, 10),
    "new_assessments_in_time": (140, 130, 138, 8), "new_conferences": (14, 14, 14, 3), "new_conferences_in_time": (11, 10, 11, 2),
    "weeks_unrecognised_risk": (210, 240, 228, 12), "new_returns_home": (4, 4, 4.4, 1), "new_reentries": (0.5, 0.6, 0.7, 0.5),
    "new_second_reviews_due": (8, 9, 8.6, 2), "new_plans_by_second_review": (6, 4.6, 6.2, 1.6), "n_plans_overdue": (120, 210, 130, 12),
    "weeks_longest_plan_wait": (40, 70, 52, 3), "weeks_permanence_wait": (430, 520, 440, 20),
    "new_cohort_12_months": (9, 9, 9, 2), "new_permanent_12_months": (3.4, 2.9, 3.5, 1), "new_cohort_24_months": (8.5, 9, 9, 2),
    "new_permanent_24_months": (5.2, 4.7, 5.4, 1), "new_permanence": (5, 5, 5.6, 1.5),
    "new_visits_due": (205, 230, 218, 6), "new_visits_on_time": (188, 207, 199, 6), "new_reviews_due": (48, 53, 50, 4),
    "new_reviews_on_time": (44, 47, 46, 4), "new_duties_waited": (300, 420, 330, 20), "new_duties_lapsed": (30, 44, 33, 5),
    "n_old_enough_to_know": (1000, 1110, 1050, 6), "n_know_plan": (640, 590, 690, 10), "n_know_reasons": (700, 680, 740, 10),
    "n_social_workers": (330, 345, 380, 5), "n_agency_workers": (95, 110, 78, 5), "n_vacancies": (137, 122, 88, 5),
    "n_posts": (467, 467, 468, 0), "n_workforce": (425, 455, 458, 5), "n_workers_over_20": (88, 110, 84, 8),
    "n_workers_by_caseload": (300, 310, 325, 5), "n_unallocated": (30, 46, 22, 6), "n_two_worker_changes": (490, 520, 430, 10),
    "n_case_holders": (300, 310, 325, 4), "n_allocated_cases": (5500, 5800, 5700, 40), "n_outside_boundary": (310, 390, 350, 8),
    "n_over_20_miles": (190, 240, 225, 6), "n_residential": (135, 165, 150, 4), "n_three_placements": (120, 140, 128, 5),
    "n_settled_under_16": (300, 310, 322, 4), "n_long_stay_under_16": (440, 470, 465, 4), "new_emergency_nights": (2, 4, 3, 1.4),
    "new_unregistered_nights": (3, 8, 5, 2), "new_failed_searches": (9, 12, 10, 2.5), "n_places": (1290, 1330, 1370, 5),
    "n_sibling_groups": (240, 262, 252, 3), "n_sibling_groups_together": (150, 150, 156, 3), "n_sibling_groups_to_plan": (180, 178, 190, 3),
    "gbp_spend": (1.75e6, 2.15e6, 2.13e6, 2e4), "gbp_income": (6e4, 6e4, 6e4, 2e3), "gbp_net": (1.69e6, 2.09e6, 2.07e6, 2e4),
    "gbp_placements": (1.15e6, 1.5e6, 1.42e6, 2e4), "weeks_looked_after": (1240, 1390, 1310, 12),
    "gbp_agency_premium": (3e4, 3.6e4, 2.5e4, 2e3), "gbp_top_twenty": (9e4, 1.2e5, 1.15e5, 4e3),
}  # fmt: skip
SHARES = {  # measure: {group: share of the whole}
    "n_looked_after": {"age:under 1": 0.06, "age:1-4": 0.16, "age:5-9": 0.2, "age:10-15": 0.36, "age:16-17": 0.22,
                       "placement:foster own": 0.36, "placement:foster agency": 0.22, "placement:kin": 0.16, "placement:residential": 0.11,
                       "placement:supported": 0.07, "placement:parents": 0.08},
    "new_care_ceased": {"reason:adopted": 0.1, "reason:special guardianship": 0.14, "reason:returned home": 0.34,
                        "reason:turned eighteen": 0.3, "reason:other": 0.12},
    "new_permanent_12_months": {"route:return home": 0.5, "route:kinship": 0.3, "route:adoption": 0.08, "route:long-term fostering": 0.12},
    "weeks_permanence_wait": {"waits_for:worker": 0.34, "waits_for:plan": 0.2, "waits_for:panel": 0.14, "waits_for:court": 0.2,
                              "waits_for:family": 0.12},
    "new_duties_waited": {"duty:visit": 0.1, "duty:review": 0.06, "duty:permanence plan": 0.4, "duty:life story": 0.44},
    "new_duties_lapsed": {"duty:visit": 0.3, "duty:review": 0.1, "duty:permanence plan": 0.2, "duty:life story": 0.4},
    "n_workers_by_caseload": {"caseload:0-9": 0.12, "caseload:10-14": 0.2, "caseload:15-19": 0.34, "caseload:20-24": 0.22, "caseload:25+": 0.12},
    "new_failed_searches": {"reason:no vacancy": 0.45, "reason:siblings": 0.2, "reason:complexity": 0.2, "reason:distance": 0.15},
    "n_places": {"own carers:filled": 0.5, "own carers:vacant": 0.03, "own carers:unavailable": 0.06, "own homes:filled": 0.08,
                 "own homes:vacant": 0.01, "state:filled": 0.86, "state:vacant": 0.14},
    "n_sibling_groups": {"size:2": 0.6, "size:3": 0.27, "size:4": 0.13}, "n_sibling_groups_together": {"size:2": 0.72, "size:3": 0.22, "size:4": 0.06},
    "gbp_spend": {"category:placements": 0.62, "category:social work staff": 0.24, "category:agency staff": 0.05, "category:legal": 0.05,
                  "category:support and allowances": 0.04},
    "new_second_reviews_due": {f"team:children in care {n}": 0.2 for n in range(1, 6)},
    "new_plans_by_second_review": {f"team:children in care {n}": s for n, s in zip(range(1, 6), (0.13, 0.17, 0.2, 0.23, 0.27), strict=True)},
}  # fmt: skip


def make(
    folder: Path, ids=("bradford_2020", "recruitment", "no_covid"), bases=None, replications=4, weeks=60, leave_out=(), titles=None
) -> Path:
    """A results folder with the scenarios ``ids``; the first is the base of the rest unless ``bases`` says otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    bases = bases or dict.fromkeys(ids[1:], ids[0])
    weekly = pd.concat([_weekly(ids.index(name), name, name not in bases.values(), replications, weeks) for name in ids], ignore_index=True)
    yearly = _periods_table(weekly)
    tables = {
        "weekly.parquet": weekly, "yearly.parquet": yearly, "summary.csv": _summary(yearly), "comparison.csv": _comparison(yearly, bases),
        "placements.parquet": _placements(ids, replications), "children.parquet": _children(ids, replications),
        "contributions.csv": _contributions(),
    }  # fmt: skip
    for name, table in tables.items():
        if name not in leave_out:
            table.to_parquet(folder / name, index=False) if name.endswith("parquet") else table.to_csv(folder / name, index=False)
    (folder / "run.json").write_text(json.dumps(_run(ids, bases, replications, weeks, titles or {}), indent=1))
    return folder


def _weekly(number: int, name: str, lever: bool, replications: int, weeks: int) -> pd.DataFrame:
    """The long weekly table of one scenario."""
    rng = np.random.default_rng(5)  # the same luck in every scenario
    tilt = np.random.default_rng(number + 90)
    week = np.tile(np.arange(weeks + 1), replications)
    dates = np.array([(START + timedelta(weeks=int(w))).isoformat() for w in range(weeks + 1)])
    base = pd.DataFrame({"scenario": name, "replication": np.repeat(np.arange(1, replications + 1), weeks + 1), "week": week, "date": dates[week]})
    ceilings = {ratio.numerator: ratio.denominator for ratio in REGISTER.values() if ratio.scale == 100}
    made: dict[str, np.ndarray] = {}
    parts = []
    for measure, (first, last, with_lever, noise) in LEVELS.items():
        wander = np.cumsum(rng.normal(0, noise / 5, (replications, weeks + 1)), axis=1) + rng.normal(0, noise, (replications, weeks + 1))
        end = last + lever * (with_lever - last) * (0.6 + 0.8 * tilt.random())
        whole = np.maximum(0, first + (end - first) * np.linspace(0, 1, weeks + 1) ** 0.7 + wander).ravel()
        whole = whole if measure.startswith(("gbp", "weeks")) else np.round(whole)
        whole = made[measure] = np.minimum(whole, made.get(ceilings.get(measure, ""), np.inf))
        for group, share in {"all": 1.0, **SHARES.get(measure, {})}.items():
            parts.append(base.assign(measure=measure, group=group, unit=REGISTER[measure].unit, value=whole * share))
    return pd.concat(parts, ignore_index=True)


def _periods_table(weekly: pd.DataFrame) -> pd.DataFrame:
    """Values by scenario, replication, period, measure and group, ratios formed after adding up."""
    day = pd.to_datetime(weekly["date"])
    weekly = weekly.assign(year=day.dt.year + (day.dt.month >= 4))[weekly["week"] > 0]
    kept = []
    for kind in ("year", "run"):
        keys = ["scenario", "replication", "measure", "group"] + (["year"] if kind == "year" else [])
        grouped = weekly.sort_values("week").groupby(keys)["value"]
        both = pd.DataFrame({"sum": grouped.sum(), "mean": grouped.mean(), "last": grouped.last()}).reset_index()
        how = both["measure"].map(lambda name: REGISTER[name].how)
        both["value"] = np.select([how == "sum", how == "mean"], [both["sum"], both["mean"]], both["last"])
        both["period"] = both["year"].astype(str) if kind == "year" else "run"
        kept.append(both.assign(period_kind=kind)[["scenario", "replication", "period_kind", "period", "measure", "group", "value"]])
    counted = pd.concat(kept, ignore_index=True)
    return pd.concat([counted, *_ratios(counted)], ignore_index=True)


def _ratios(counted: pd.DataFrame) -> list[pd.DataFrame]:
    """Every ratio of the register whose two sides were counted."""
    keys = ["scenario", "replication", "period_kind", "period", "group"]
    made = []
    for ratio in (m for m in REGISTER.values() if m.how == "ratio"):
        top, below = (counted[counted["measure"] == side] for side in (ratio.numerator, ratio.denominator))
        both = top.merge(below, on=keys, suffixes=("", "_below"))
        both = both[both["value_below"] > 0]
        made.append(both.assign(measure=ratio.name, value=ratio.scale * both["value"] / both["value_below"])[[*keys, "measure", "value"]])
    return made


def _summary(yearly: pd.DataFrame) -> pd.DataFrame:
    keys = ["scenario", "period_kind", "period", "measure", "group"]
    grouped = yearly.groupby(keys)["value"]
    out = grouped.agg(replications="count", mean="mean", sd="std").reset_index()
    for p in (5, 10, 25, 50, 75, 90, 95):
        out[f"p{p:02d}"] = grouped.quantile(p / 100).to_numpy()
    half = 1.96 * out["sd"] / np.sqrt(out["replications"])
    out = out.assign(ci_low=out["mean"] - half, ci_high=out["mean"] + half)
    out.insert(5, "unit", [REGISTER[name].unit for name in out["measure"]])
    return out


def _comparison(yearly: pd.DataFrame, bases: dict[str, str]) -> pd.DataFrame:
    keys = ["replication", "period_kind", "period", "measure", "group"]
    rows = []
    for scenario, base in bases.items():
        both = yearly[yearly["scenario"] == scenario].merge(yearly[yearly["scenario"] == base], on=keys, suffixes=("", "_base"))
        both["gap"] = both["value"] - both["value_base"]
        out = both.groupby(keys[1:]).agg(replications=("gap", "count"), base_mean=("value_base", "mean"), mean=("value", "mean"),
                                         difference=("gap", "mean"), sd=("gap", "std")).reset_index()  # fmt: skip
        half = 1.96 * out.pop("sd") / np.sqrt(out["replications"])
        out = out.assign(scenario=scenario, base=base, ci_low=out["difference"] - half, ci_high=out["difference"] + half)
        out["better"] = [REGISTER[name].better for name in out["measure"]]
        rows.append(out)
    if not rows:
        return pd.DataFrame(columns=COMPARISON)
    out = pd.concat(rows, ignore_index=True)
    sign = out["better"].map({"more": 1, "less": -1, "": 0})
    clear = (out["ci_low"] > 0) | (out["ci_high"] < 0)
    good = np.sign(out["difference"]) * sign > 0
    out["verdict"] = np.select([~clear, sign == 0, good], ["no clear difference", "changed", "better"], "worse")
    out["p_better"] = np.where(sign == 0, np.nan, np.where(good, 0.97, 0.03))
    out["unit"] = [REGISTER[name].unit for name in out["measure"]]
    return out[COMPARISON]


COMPARISON = ["scenario", "base", "period_kind", "period", "measure", "group", "unit", "replications", "base_mean", "mean",
              "difference", "ci_low", "ci_high", "p_better", "better", "verdict"]  # fmt: skip


def _placements(ids, replications: int) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    n = 400
    parts = []
    for name in ids:
        for replication in range(1, min(2, replications) + 1):
            home, away = rng.normal(0, 3.5, (n, 2)), rng.normal(0, 1, (n, 2)) * rng.gamma(1.4, 7, (n, 1))
            where = home + away
            distance = np.hypot(*away.T)
            parts.append(pd.DataFrame({
                "scenario": name, "replication": replication, "child": np.arange(n), "start": "2020-06-01", "end": np.where(rng.random(n) < 0.7, None, "2020-11-01"),
                "placement": rng.choice(["U1", "U6", "K2", "H5", "P1"], n), "provider": rng.choice(["PR1", "PR4"], n), "distance_miles": distance,
                "inside_boundary": np.hypot(*where.T) < 9, "x_miles": where[:, 0], "y_miles": where[:, 1], "home_x_miles": home[:, 0],
                "home_y_miles": home[:, 1], "price_gbp_per_week": 900.0, "emergency": False, "siblings_together": True,
            }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _children(ids, replications: int) -> pd.DataFrame:
    rng = np.random.default_rng(9)
    n = 500
    ways = ["return home", "kinship", "adoption", "long-term fostering", "residential"]
    return pd.concat([
        pd.DataFrame({
            "scenario": name, "replication": replication, "child": np.arange(n),
            "reason_started": rng.choice(["abuse or neglect", "family dysfunction", "acute stress", "unaccompanied"], n, p=[0.6, 0.2, 0.1, 0.1]),
            "route": rng.choice(ways, n, p=[0.3, 0.25, 0.1, 0.25, 0.1]),
            "reason_ceased": rng.choice(["", "returned home", "special guardianship", "adopted", "turned eighteen"], n, p=[0.5, 0.2, 0.1, 0.05, 0.15]),
            "care_start": "2020-05-01", "care_end": None, "started_before": np.arange(n) < 150,
        })
        for name in ids for replication in range(1, min(2, replications) + 1)
    ], ignore_index=True)  # fmt: skip


def _contributions() -> pd.DataFrame:
    return pd.DataFrame({
        "cause": ["worker changes", "managers", "gates", "entries", "leadership and restructure"], "removed_effect": [6.1, 4.2, 3.0, 2.4, 1.1],
        "alone_effect": [-4.0, -3.1, -2.0, -1.2, -0.5], "ci_low": [4.9, 3.2, 2.1, 1.0, -0.3], "ci_high": [7.3, 5.2, 3.9, 3.8, 2.5],
    })  # fmt: skip


def _run(ids, bases, replications: int, weeks: int, titles: dict[str, str]) -> dict:
    return {
        "command": "run.py run " + " ".join(ids), "name": "fake", "seed": 0, "replications": replications, "weeks": weeks,
        "versions": {"headroom": "0.1.0", "python": "3.11"}, "commit": "unknown", "machine": "2 processors", "started": "2026-01-05T10:00:00",
        "seconds": 12.5, "status": "complete", "failures": [], "settings_not_read": [],
        "scenarios": [_scenario(name, bases.get(name, ""), titles.get(name)) for name in ids],
    }  # fmt: skip


def _scenario(name: str, base: str, title: str | None) -> dict:
    history = [{"indicator": "cla_31march_number", "year": year, "value": value, "unit": "children", "source": "DfE looked-after children statistics"}
               for year, value in zip(range(2014, 2022), (905, 884, 900, 934, 993, 1159, 1246, 1330), strict=True)]  # fmt: skip
    return {
        "id": name, "title": title or name.replace("_", " ").capitalize(), "question": "Do plans come in time, and what would change that?",
        "hash": "0" * 12, "extends": base, "history": [] if base else history, "assumption_driven": name == "no_covid",
        "lever": {"eligible": "all teams", "evidence": "turnover and delay are linked in three studies", "strength": "moderate", "prior_share": "about half"} if base else {},
        "parameters": [
            {"name": "workforce.notice_weeks", "value": 8, "unit": "weeks", "meaning": "Notice a worker gives.", "source": "judgement",
             "confidence": "J", "origin": "default", "prior_low": 4, "prior_high": 12},
            {"name": "workforce.permanent_posts_fte", "value": 467.5 if not base else 497.5, "unit": "FTE", "meaning": "Permanent social-work posts.",
             "source": "DfE workforce 2020", "confidence": "D", "origin": f"{name}.yaml:7" if base else "default", "prior_low": None, "prior_high": None},
        ],
    }  # fmt: skip
