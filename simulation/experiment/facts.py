"""The stylised facts and how each is judged from runs (see docs/examination.md for the last answers)."""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from simulation.experiment.authorities import synthetic, variant
from simulation.experiment.examine import Answer, Fact
from simulation.experiment.facts_places import PLACE_FACTS
from simulation.experiment.runner import run_experiment
from simulation.results.files import read_parquet

AUTHORITIES = 40
_SIX = ("D5", "D6")


def _inspected() -> list[Any]:
    import datetime as dt

    day = dt.date(2020, 4, 15)
    plain = [synthetic(number, name=f"plain_{number}") for number in range(AUTHORITIES)]
    judged = [synthetic(number, name=f"judged_{number}", inspection__inadequate_on=day, workforce__posts_after_inspection_share=0.1)
              for number in range(AUTHORITIES)]
    for scenario in plain + judged:
        scenario.parameters.covid.happens = False
    return plain + judged


def _ways_into_care() -> float:
    """What multiplies every way into care in the typical authority."""
    return float(variant("england_typical", "typical").parameters.front_door.entry_factor)


RUNS = {
    "england": lambda: [variant("england_typical", "england")],
    "quiet": lambda: [variant("england_typical", "quiet", "covid.happens=false")],
    "step": lambda: [variant("england_typical", "step", "covid.happens=false", f"front_door.entry_factor={1.5 * _ways_into_care()}")],
    "surge": lambda: [variant("england_typical", "surge", "covid.happens=false", "demand.referral_factor=1.35")],
    "bradford": lambda: [variant("bradford_2018", "bradford"), variant("bradford_2018_leaders_earlier", "leaders_earlier")],
    "authorities": _inspected,
}
"""Runs by name: the scenarios that each needs."""


class Runs:
    """Runs made once each and read back as tables."""

    def __init__(self, folder: Path, replications: int, workers: int | None):
        self.folder, self.replications, self.workers = folder, replications, workers

    @cache  # noqa: B019 - lives as long as the command
    def _made(self, name: str) -> Path:
        count = 1 if name == "authorities" else self.replications
        weeks = 209 if name == "authorities" else None
        return run_experiment(RUNS[name](), count, weeks=weeks, workers=self.workers, out=self.folder / name, report=False)

    @cache  # noqa: B019
    def years(self, name: str) -> pd.DataFrame:
        """Full financial years: scenario, replication, period, measure, group, value."""
        frame = read_parquet(self._made(name) / "yearly.parquet")
        frame = frame[(frame["period_kind"] == "year") & (frame["weeks"] >= 50)]
        return frame.assign(period=frame["period"].astype(str).astype(int))

    @cache  # noqa: B019
    def table(self, name: str, table: str) -> pd.DataFrame:
        """A results table of a run."""
        return read_parquet(self._made(name) / f"{table}.parquet")

    def year(self, name: str, scenario: str, measure: str, group: str = "all") -> pd.Series:
        """Mean over replications of a measure, by year."""
        frame = self.years(name)
        here = (frame["scenario"] == scenario) & (frame["measure"] == measure) & (frame["group"] == group)
        return frame[here].groupby("period", observed=True)["value"].mean()

    @cached_property
    def event_study(self) -> pd.DataFrame:
        """Change after an inadequate judgement, authority by authority: judged less plain, same luck; by measure and year."""
        frame = self.years("authorities")
        frame = frame[(frame["group"] == "all")]
        kind, number = frame["scenario"].astype(str).str.split("_").str[0], frame["scenario"].astype(str).str.split("_").str[1]
        wide = frame.assign(kind=kind, number=number).pivot_table(index=["measure", "period", "number"], columns="kind", values="value", observed=True)
        return (wide["judged"] - wide["plain"]).reset_index(name="change")


def _show(series: pd.Series, digits: int = 2) -> str:
    return ", ".join(f"{int(year)}: {value:.{digits}f}" for year, value in series.items())


def _hazard(runs: Runs, name: str, scenario: str) -> pd.Series:
    stock = runs.year(name, scenario, "years_looked_after")
    return (runs.year(name, scenario, "new_care_ceased") / stock).dropna()


def d1(runs: Runs) -> Answer:
    step = runs.year("step", "step", "n_looked_after") / runs.year("quiet", "quiet", "n_looked_after")
    growing = bool((np.diff(step.to_numpy()[:5]) > 0).all())
    return Answer(f"stock against no step, by year: {_show(step)}", growing and step.iloc[4] > 1.2)


def d2(runs: Runs) -> Answer:
    hazard = _hazard(runs, "bradford", "bradford")
    low = hazard[hazard.index <= 2023].min()
    return Answer(f"ceased for each child-year: {_show(hazard, 3)}", bool(low < hazard.iloc[0] - 0.02 and hazard.iloc[-1] > low))


D3 = {  # measure: (published change at inspection year and a year on, judged less others; standard error), per unit here
    "pct_agency": (8.7, 11.2, 2.7, 1.0),
    "pct_vacancy": (8.7, 9.5, 2.9, 1.0),
    "new_s47_enquiries": (44, 72, 18, 10_000 / 71_000),
    "n_protection_plans": (10.6, 17.4, 4.5, 10_000 / 71_000),
    "new_referrals": (99, 136, 45, 10_000 / 71_000),
    "n_looked_after": (3.4, 5.0, 1.5, 10_000 / 71_000),
    "mean_caseload": (0.7, -0.6, 0.7, 1.0),
}
NULLS = ("pct_turnover", "pct_three_placements")


def d3(runs: Runs) -> Answer:
    study, told, within = runs.event_study, [], []
    for measure, (_, later, error, scale) in D3.items():
        change = study[(study["measure"] == measure) & (study["period"] == 2022)]["change"] * scale
        told.append(f"{measure} {change.mean():+.1f} ({later:+.1f})")
        within.append(np.sign(change.mean()) == np.sign(later) or abs(change.mean() - later) <= 2 * error)
    for measure in NULLS:
        change = study[(study["measure"] == measure) & (study["period"] == 2022)]["change"]
        told.append(f"{measure} {change.mean():+.1f} (no detectable change)")
        within.append(abs(change.mean()) <= 2.5)
    return Answer(f"{AUTHORITIES} synthetic authorities, a year on: " + "; ".join(told), all(within))


def d4(runs: Runs) -> Answer:
    caseload, agency = (runs.year("bradford", "bradford", m) for m in ("mean_caseload", "pct_agency"))
    changes = runs.year("bradford", "bradford", "pct_three_workers")
    fell = caseload.loc[2023] < caseload.loc[2020] + 0.3
    return Answer(
        f"caseload {_show(caseload, 1)}; agency % {_show(agency, 0)}; three workers % {_show(changes, 0)}",
        bool(fell and agency.loc[2023] > agency.loc[2019] and changes.loc[2023] > changes.loc[2019]),
    )


def d15(runs: Runs) -> Answer:
    placements = runs.table("quiet", "placements")
    periods = runs.table("quiet", "children").set_index(["scenario", "replication", "child"])
    moved = placements[placements["placement"].astype(str).isin(["A3", "A5", "A6"]) & (placements["reason_new_episode"].astype(str) != "L")]
    moved = moved.groupby(["scenario", "replication", "child"], observed=True)["start"].min()
    joined = periods.join(moved.rename("moved"), how="inner")
    joined = joined[~joined["started_before"]]
    age = (joined["care_start"] - joined["birth_date"]).dt.days / 365.25
    months = (joined["moved"] - joined["care_start"]).dt.days / 30.44
    by_age = months.groupby(np.digitize(age, (1, 3, 5))).mean()
    names = ("under 1", "1 to 2", "3 to 4", "5 and over")
    return Answer("; ".join(f"{names[i]}: {m:.0f} months" for i, m in by_age.items()), bool(10 <= by_age.get(0, 0) <= 20 and by_age.is_monotonic_increasing))


def d16(runs: Runs) -> Answer:
    weeks = runs.year("england", "england", "mean_weeks_proceedings")
    share = runs.year("england", "england", "pct_proceedings_in_26_weeks")
    interim = runs.year("england", "england", "n_looked_after", "legal:interim care order")
    before, after = weeks.loc[2020], weeks.loc[2022]
    return Answer(
        f"weeks {_show(weeks, 0)}; in 26 weeks % {_show(share, 0)}; interim orders {_show(interim, 0)}",
        bool(28 <= before <= 40 and 40 <= after <= 55 and interim.loc[2022] > interim.loc[2020]),
    )


def d17(runs: Runs) -> Answer:
    def ratio(measure: str, group: str = "all") -> float:
        return 100 * (runs.year("england", "england", measure, group).loc[2021] / runs.year("quiet", "quiet", measure, group).loc[2021] - 1)

    figures = {"referrals": ratio("new_referrals"), "starts": ratio("new_care_starts"), "exits": ratio("new_care_ceased")}
    figures["adoptions"] = ratio("new_care_ceased", "reason:adopted")
    stock = runs.year("england", "england", "n_looked_after")
    signs = all(value < 0 for value in figures.values()) and stock.loc[2021] > stock.loc[2020]
    return Answer("; ".join(f"{name} {value:+.0f}%" for name, value in figures.items()) + f"; stock {_show(stock, 0)}", bool(signs))


def d18(runs: Runs) -> Answer:
    periods = runs.table("quiet", "children")
    home = periods[periods["reason_ceased"].astype(str).isin(["home planned", "home unplanned", "discharge at home"])]
    again = periods[["scenario", "replication", "child", "care_start"]].rename(columns={"care_start": "again"})
    both = home.merge(again, on=["scenario", "replication", "child"])
    both = both[both["again"] > both["care_end"]]
    days = (both["again"] - both["care_end"]).dt.days
    end = periods["care_end"].max()
    share = {}
    for name, limit in (("3 months", 91), ("1 year", 365), ("3 years", 1095)):
        seen = home[(end - home["care_end"]).dt.days > limit]
        share[name] = 100 * (days[both["care_end"].isin(seen["care_end"])] <= limit).sum() / max(len(seen), 1)
    return Answer("; ".join(f"{name}: {value:.0f}%" for name, value in share.items()), bool(8 <= share["3 months"] <= 16 and 14 <= share["1 year"] <= 26))


def d19(runs: Runs) -> Answer:
    plans = runs.year("bradford", "bradford", "pct_plans_by_second_review")
    first = plans.iloc[0]
    back = [year for year in plans.index[1:] if plans.loc[year] >= first]
    years = (min(back) - 2019) if back else np.inf
    return Answer(f"plans by second review {_show(plans, 0)}: back at its first year's level after {years:.0f} years", bool(years >= 2.5))


def d20(runs: Runs) -> Answer:
    names = ("pct_visits_on_time", "pct_reviews_on_time", "pct_assessments_in_time", "pct_plans_by_second_review", "pct_know_reasons")
    fall = {m: float((runs.year("quiet", "quiet", m) - runs.year("surge", "surge", m)).loc[2020:2022].mean()) for m in names}
    visits = float(runs.year("surge", "surge", "pct_visits_on_time").loc[2020:2022].mean())
    held = visits >= 85 and fall["pct_visits_on_time"] < fall["pct_plans_by_second_review"]
    return Answer("fall under 35% more referrals, points: " + "; ".join(f"{m[4:]} {v:.0f}" for m, v in fall.items()) + f"; visits still {visits:.0f}%", bool(held))


def d21(runs: Runs) -> Answer:
    gap = runs.year("bradford", "bradford", "n_leader_gaps")
    base, earlier = (runs.year("bradford", name, "pct_plans_by_second_review") for name in ("bradford", "leaders_earlier"))
    gain = (earlier - base).loc[2020:2023].mean()
    return Answer(f"leader gaps {_show(gap, 1)}; leaders a year earlier: plans {gain:+.1f} points, 2020 to 2023", bool(gain > 0))


def d22(runs: Runs) -> Answer:
    frame = runs.years("authorities")
    plain = frame[frame["scenario"].astype(str).str.startswith("plain") & (frame["measure"] == "pct_turnover")]
    wide = plain.pivot_table(index="scenario", columns="period", values="value", observed=True)
    pairs = [np.corrcoef(wide[a], wide[b])[0, 1] for a, b in zip(wide.columns, wide.columns[1:], strict=False)]
    return Answer(f"correlation of turnover with the year before, {AUTHORITIES} authorities: {np.mean(pairs):.2f}", bool(0.1 <= np.mean(pairs) <= 0.6))


def d5(runs: Runs) -> Answer:
    frame = runs.years("authorities")
    plain = frame[frame["scenario"].astype(str).str.startswith("plain") & (frame["group"] == "all") & (frame["period"] == 2021)]
    wide = plain.pivot_table(index="scenario", columns="measure", values="value", observed=True)
    x = np.column_stack([np.ones(len(wide)), wide["pct_agency"], wide["pct_turnover"], wide["mean_caseload"]])
    slopes = np.linalg.lstsq(x, wide["pct_three_workers"].to_numpy(), rcond=None)[0][1:]
    return Answer(
        f"points of three workers for a point of agency {slopes[0]:.2f}, turnover {slopes[1]:.2f}, a case {slopes[2]:.2f}",
        bool(0.18 <= slopes[0] <= 0.42 and 0.23 <= slopes[1] <= 0.71 and 0.24 <= slopes[2] <= 1.44),
    )


def d6(runs: Runs) -> Answer:
    frame = runs.years("authorities")
    plain = frame[frame["scenario"].astype(str).str.startswith("plain") & (frame["group"] == "all") & (frame["period"] == 2021)]
    wide = plain.pivot_table(index="scenario", columns="measure", values="value", observed=True)
    rank = wide[["mean_caseload", "pct_turnover", "pct_vacancy", "pct_agency"]].corr("spearman")
    a, b, c = rank.loc["mean_caseload", "pct_turnover"], rank.loc["pct_vacancy", "pct_agency"], rank.loc["pct_agency", "pct_turnover"]
    return Answer(f"caseload-turnover {a:.2f}, vacancy-agency {b:.2f}, agency-turnover {c:.2f}", bool(abs(a) <= 0.3 and b >= 0.5 and c > 0))


FACTS: tuple[Fact, ...] = (
    Fact("D1", "Stock lags flow: after a step of half in ways into care the stock rises for four to five years", "rises 4 to 5 years", "rising each year, over 20% up in year 5", "Bradford 2018-23", ("step", "quiet"), d1),
    Fact("D2", "The exit hazard falls under overload and recovers", "0.353, 0.272 (2022), 0.391 (2024)", "lowest at least 0.02 below the first year, recovering", "DfE", ("bradford",), d2),
    Fact("D3", "After an inadequate judgement agency, vacancies, enquiries, plans and care rise; caseload does not; turnover and moves do not change", "17 authorities, other authorities taken off", "sign, or within 2 standard errors", "DfE and Ofsted, Bradford left out", ("authorities",), d3, fitted=True),
    Fact("D4", "Mean caseload falls while children's changes of worker rise, because agency fills posts", "18.8 to 15.8; agency 30 to 50%", "direction, 2019 to 2023", "DfE workforce", ("bradford",), d4),
    Fact("D5", "Changes of worker rise with agency, turnover and caseload across authorities", "slopes 0.30, 0.47, 0.84", "2 standard errors", "147 authorities, 2024", ("authorities",), d5),
    Fact("D6", "Caseload and turnover hardly correlate across authorities; vacancy and agency do", "0.02 to 0.09; 0.76 to 0.85; 0.32 to 0.48", "below 0.3; above 0.5; positive", "DfE workforce", ("authorities",), d6),
    *PLACE_FACTS,
    Fact("D15", "Adoption is slower the older the child", "16 months under 1, 43 at 7 and over", "10 to 20 under 1; slower with each age band", "DfE 2021-23", ("quiet",), d15, fitted=True),
    Fact("D16", "The court's backlog grows with Covid-19", "33 to 47 weeks; 40 to 23% in 26 weeks; interim orders rise", "28 to 40, then 40 to 55 weeks", "Ministry of Justice", ("england",), d16, fitted=True),
    Fact("D17", "Covid-19: referrals, starts, exits and adoptions fall, the stock still rises", "-7, -8, -5, -17%", "signs", "DfE", ("england", "quiet"), d17, fitted=True),
    Fact("D18", "Children who go home come back, most of them soon", "12% by 3 months, 20% by 1 year, 35% by 6 years", "8 to 16%, 14 to 26%", "Goldacre et al 2022", ("quiet",), d18, fitted=True),
    Fact("D19", "Recovery after an inadequate judgement is slow", "3.65 years (2.5 to 4.7); two of 17 not by their second inspection", "2.5 years or more", "Ofsted", ("bradford",), d19),
    Fact("D20", "Under load visits and reviews hold while plans and life-story work slip", "visits 85% or more", "visits fall least and stay at 85%", "Ofsted, February 2020", ("quiet", "surge"), d20),
    Fact("D21", "A gap among leaders comes before improvement stalls", "18 months to a complete team", "leaders earlier, plans sooner", "Ofsted, ADCS", ("bradford",), d21),
    Fact("D22", "Turnover persists from year to year", "0.35", "0.1 to 0.6", "DfE workforce", ("authorities",), d22),
)  # fmt: skip
