"""The stylised facts and how each is judged from runs (see docs/examination.md for the last answers)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulation.results.summary import interval
from simulation.validation.fact import Answer, Fact
from simulation.validation.facts_authorities import ACROSS_FACTS
from simulation.validation.facts_places import PLACE_FACTS
from simulation.validation.runs import STEP_IN_STARTS, Runs


def _show(series: pd.Series, digits: int = 2) -> str:
    return ", ".join(f"{int(year)}: {value:.{digits}f}" for year, value in series.items())


def _hazard(runs: Runs, name: str, scenario: str) -> pd.Series:
    stock = runs.year(name, scenario, "years_looked_after")
    return (runs.year(name, scenario, "new_care_ceased") / stock).dropna()


def d1(runs: Runs) -> Answer:
    starts, stock = (runs.year("step", "step", m) / runs.year("quiet", "quiet", m) for m in ("new_care_starts", "n_looked_after"))
    brought = float(starts.iloc[:5].mean())
    growing = bool((np.diff(stock.to_numpy()[:5]) > 0).all())
    within = None if abs(brought - STEP_IN_STARTS) > 0.1 else growing and bool(stock.iloc[4] > 1.2)
    told = f"every way into care times {runs.step_ratio} brings starts times {brought:.2f} (by year: {_show(starts)})"
    return Answer(f"{told}; stock against no step: {_show(stock)}", within)


def d2(runs: Runs) -> Answer:
    hazard = _hazard(runs, "bradford", "bradford")
    low = hazard[hazard.index <= 2023].min()
    return Answer(f"ceased for each child-year: {_show(hazard, 3)}", bool(low < hazard.iloc[0] - 0.02 and hazard.iloc[-1] > low))


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
    plans = runs.each("bradford", "bradford", "pct_plans_by_second_review")
    back = [next((year - 2019 for year in one.index[1:] if one.loc[year] >= one.iloc[0]), np.inf) for _, one in plans.items()]
    told = ", ".join("never" if np.isinf(years) else f"{years:.0f}" for years in sorted(back))
    slow = np.mean(np.array(back) >= 2.5)
    within = True if slow > 0.8 else (False if slow < 0.5 else None)
    return Answer(f"plans by second review {_show(plans.mean(axis=1), 0)}: back at the first year's level after years, by replication: {told}", within)


def d20(runs: Runs) -> Answer:
    names = ("pct_visits_on_time", "pct_reviews_on_time", "pct_assessments_in_time", "pct_plans_by_second_review", "pct_know_reasons")
    fall = {m: float((runs.year("quiet", "quiet", m) - runs.year("surge", "surge", m)).loc[2020:2022].mean()) for m in names}
    visits = float(runs.year("surge", "surge", "pct_visits_on_time").loc[2020:2022].mean())
    held = visits >= 85 and fall["pct_visits_on_time"] < fall["pct_plans_by_second_review"]
    return Answer("fall under 35% more referrals, points: " + "; ".join(f"{m[4:]} {v:.0f}" for m, v in fall.items()) + f"; visits still {visits:.0f}%", bool(held))


def d21(runs: Runs) -> Answer:
    gap = runs.year("bradford", "bradford", "n_leader_gaps")
    base, earlier = (runs.each("bradford", name, "pct_plans_by_second_review") for name in ("bradford", "leaders_earlier"))
    gain = (earlier - base).loc[2020:2023].mean()
    low, high = (float(end[0]) for end in interval(gain.to_numpy()[:, None])[2:])
    within = bool(low > 0) if low > 0 or high < 0 else None
    told = f"plans {gain.mean():+.1f} points, 2020 to 2023 (95% interval {low:+.1f} to {high:+.1f}, {len(gain)} replications)"
    return Answer(f"leader gaps {_show(gap, 1)}; leaders a year earlier: {told}", within)


_OWN = (
    Fact("D1", "Stock lags flow: after a step of half in starts the stock rises for four to five years", "rises 4 to 5 years", "starts up by half (1.4 to 1.6); stock rising each year, over 20% up in year 5", "Bradford 2018-23", ("step", "quiet"), d1),
    Fact("D2", "The exit hazard falls under overload and recovers", "0.353, 0.272 (2022), 0.391 (2024)", "lowest at least 0.02 below the first year, recovering", "DfE", ("bradford",), d2),
    Fact("D4", "Mean caseload falls while children's changes of worker rise, because agency fills posts", "18.8 to 15.8; agency 30 to 50%", "direction, 2019 to 2023", "DfE workforce", ("bradford",), d4),
    Fact("D15", "Adoption is slower the older the child", "16 months under 1, 43 at 7 and over", "10 to 20 under 1; slower with each age band", "DfE 2021-23", ("quiet",), d15, fitted=True),
    Fact("D16", "The court's backlog grows with Covid-19", "33 to 47 weeks; 40 to 23% in 26 weeks; interim orders rise", "28 to 40, then 40 to 55 weeks", "Ministry of Justice", ("england",), d16, fitted=True),
    Fact("D17", "Covid-19: referrals, starts, exits and adoptions fall, the stock still rises", "-7, -8, -5, -17%", "signs", "DfE", ("england", "quiet"), d17, fitted=True),
    Fact("D18", "Children who go home come back, most of them soon", "12% by 3 months, 20% by 1 year, 35% by 6 years", "8 to 16%, 14 to 26%", "Goldacre et al 2022", ("quiet",), d18, fitted=True),
    Fact("D19", "Recovery after an inadequate judgement is slow", "3.65 years (2.5 to 4.7); two of 17 not by their second inspection", "2.5 years or more in four replications of five", "Ofsted", ("bradford",), d19),
    Fact("D20", "Under load visits and reviews hold while plans and life-story work slip", "visits 85% or more", "visits fall least and stay at 85%", "Ofsted, February 2020", ("quiet", "surge"), d20),
    Fact("D21", "A gap among leaders comes before improvement stalls", "18 months to a complete team", "leaders earlier, plans sooner: a gain whose interval is above nothing", "Ofsted, ADCS", ("bradford",), d21),
)  # fmt: skip
FACTS: tuple[Fact, ...] = tuple(sorted((*_OWN, *PLACE_FACTS, *ACROSS_FACTS), key=lambda fact: int(fact.id[1:])))
"""All of them, in order."""
