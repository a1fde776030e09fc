"""The stylised facts about placements, supply and money (D7 to D14), judged from runs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulation.validation.fact import Answer, Fact
from simulation.validation.runs import Runs

FOSTER = ("U3", "U6")
DURATION_DAYS = (0, 8, 31, 92, 183, 366, 731, 1827, 100_000)
DURATION_SHARES = (13.8, 12.3, 14.2, 16.0, 18.2, 12.3, 8.9, 4.2)
"""Foster placements ending in 2016/17 by duration, England (%). In 2020: 10, 10, 11, 13, 19, 19, 14, 4."""


def whole_placements(episodes: pd.DataFrame) -> pd.DataFrame:
    """Placements from episodes: changes of legal status within one placement are joined; ``end`` missing if it goes on."""
    told = episodes.sort_values(["scenario", "replication", "child", "start", "end"], kind="stable", na_position="last")
    begins = told["reason_new_episode"].astype(str).isin(("S", "P", "B"))
    told = told.assign(number=begins.cumsum())
    first = told.groupby("number").first()
    first["end"] = (
        told.groupby("number")["end"].last().where(told.groupby("number")["end"].apply(lambda ends: ends.notna().iloc[-1]))
    )
    return first.reset_index(drop=True)


def d7(runs: Runs) -> Answer:
    placements = whole_placements(runs.table("quiet", "placements"))
    ended = placements[placements["placement"].astype(str).isin(FOSTER) & placements["end"].notna()]
    ended = ended[ended["end"] > ended["end"].min() + pd.Timedelta(days=365)]
    days = (ended["end"] - ended["start"]).dt.days
    shares = 100 * np.histogram(days, DURATION_DAYS)[0] / len(days)
    close = np.abs(shares - DURATION_SHARES) <= 3.5
    told = ", ".join(f"{share:.0f}" for share in shares)
    return Answer(
        f"to 1 week, 1, 3, 6 months, 1, 2, 5 years, over: {told}%; {close.sum()} of 8 within 3.5 points", bool(close.sum() >= 7)
    )


def d8(runs: Runs) -> Answer:
    moves, disruptions, three = (
        float(runs.year("quiet", "quiet", measure).mean())
        for measure in ("mean_moves_per_child_year", "mean_disruptions_per_child_year", "pct_three_placements")
    )
    planned = float(
        (runs.year("quiet", "quiet", "new_moves", "reason:care plan") / runs.year("quiet", "quiet", "years_looked_after")).mean()
    )
    within = 0.5 <= moves <= 0.65 and 0.15 <= disruptions <= 0.2 and 8 <= three <= 15
    told = f"{moves:.2f} moves and {disruptions:.2f} disruptions a child-year, {planned:.2f} by plan; {three:.0f}% with three placements"
    return Answer(told, bool(within))


def d9(runs: Runs) -> Answer:
    periods = runs.table("quiet", "children")
    entered = periods[~periods["started_before"]][["scenario", "replication", "child", "care_start"]]
    both = whole_placements(runs.table("quiet", "placements")).merge(entered, on=["scenario", "replication", "child"])
    both = both[(both["start"] >= both["care_start"]) & ~both["inside_boundary"] & ~both["emergency"]]
    first = both.groupby(["scenario", "replication", "child", "care_start"], observed=True)["start"].min().reset_index()
    last = entered["care_start"].max()
    seen = first[(last - first["care_start"]).dt.days > 730]
    early = 100 * float(((seen["start"] - seen["care_start"]).dt.days <= 14).mean())
    rank = _own_share_and_outside(runs)
    return Answer(
        f"{early:.0f}% of those ever placed outside were within two weeks; rank correlation with own provision {rank:.2f}",
        bool(55 <= early <= 85 and rank < -0.2),
    )


def _own_share_and_outside(runs: Runs) -> float:
    frame = runs.years("authorities")
    plain = frame[frame["scenario"].astype(str).str.startswith("plain") & (frame["period"] == 2021)]
    total, own = (
        plain[(plain["measure"] == "n_looked_after") & (plain["group"] == group)].set_index("scenario")["value"]
        for group in ("all", "provider:own")
    )
    outside = plain[(plain["measure"] == "pct_outside_boundary") & (plain["group"] == "all")].set_index("scenario")["value"]
    return float((own / total).corr(outside, method="spearman"))


def d10(runs: Runs) -> Answer:
    together = float(runs.year("quiet", "quiet", "pct_siblings_together").mean())
    by_size = [
        float(runs.year("quiet", "quiet", "pct_siblings_together", f"size:{size}").mean()) for size in ("2", "3", "4 or more")
    ]

    def apart(*kinds: str) -> float:
        here, split = (
            sum(float(runs.year("quiet", "quiet", name, f"placement:{kind}").sum()) for kind in kinds)
            for name in ("n_children_with_siblings", "n_children_apart")
        )
        return 100 * split / max(here, 1e-9)

    homes, kin = apart("home private", "home own", "home voluntary", "supported"), apart("foster kinship")
    within = 40 <= together <= 66 and homes > 65 and kin < 45 and by_size[0] > by_size[1] > by_size[2]
    sizes = ", ".join(f"{share:.0f}" for share in by_size)
    return Answer(
        f"{together:.0f}% of groups together (of 2, 3, 4 and more: {sizes}%); apart in homes and flats {homes:.0f}%, with kin {kin:.0f}%",
        bool(within),
    )


def d11(runs: Runs) -> Answer:
    filled, vacant, away, total = (
        float(runs.year("quiet", "quiet", "n_places", group).mean())
        for group in ("state:filled", "state:vacant", "state:unavailable", "all")
    )
    beds = float(runs.year("quiet", "quiet", "mean_vacant_beds_at_failed_searches").mean())
    failed = float(runs.year("quiet", "quiet", "new_failed_searches").mean())
    shares = [100 * part / total for part in (filled, vacant, away)]
    within = abs(shares[0] - 63) <= 4 and abs(shares[1] - 18) <= 4 and abs(shares[2] - 19) <= 4 and failed > 0 and beds > 0
    told = f"filled {shares[0]:.0f}, vacant {shares[1]:.0f}, unavailable {shares[2]:.0f}%"
    return Answer(f"{told}; {failed:.0f} searches a year failed locally beside {beds:.0f} vacant own beds", bool(within))


def d12(runs: Runs) -> Answer:
    states = ("own carers:filled", "own carers:vacant", "own carers:unavailable", "own carers:staying put")
    places = sum(runs.year("quiet", "quiet", "n_places", state) for state in states)
    drift = 100 * ((places.iloc[-1] / places.iloc[0]) ** (1 / (len(places) - 1)) - 1)
    return Answer(f"own places change by {drift:+.1f}% a year", bool(-5 <= drift <= 0.5))


def d13(runs: Runs) -> Answer:
    year = 2025
    children = (
        100
        * runs.year("bradford", "bradford", "n_residential").loc[year]
        / runs.year("bradford", "bradford", "n_looked_after").loc[year]
    )
    spend = (
        100
        * runs.year("bradford", "bradford", "gbp_residential").loc[year]
        / runs.year("bradford", "bradford", "gbp_placements").loc[year]
    )
    ratio = (
        runs.year("bradford", "bradford", "mean_gbp_residential_week").loc[year]
        / runs.year("bradford", "bradford", "mean_gbp_foster_week").loc[year]
    )
    return Answer(
        f"{children:.0f}% of children make {spend:.0f}% of spend; one costs {ratio:.0f} times a foster child",
        bool(45 <= spend <= 65 and 9 <= ratio <= 15),
    )


def d14(runs: Runs) -> Answer:
    first, last = 2020, 2025
    weeks = runs.year("bradford", "bradford", "weeks_looked_after")

    def rise(measure: str) -> float:
        per_child = runs.year("bradford", "bradford", measure) / weeks
        return float(per_child.loc[last] - per_child.loc[first])

    price = runs.year("bradford", "bradford", "mean_gbp_residential_week")
    mix = runs.year("bradford", "bradford", "weeks_residential") / weeks
    by_price, by_mix = (price.loc[last] - price.loc[first]) * mix.loc[first], (mix.loc[last] - mix.loc[first]) * price.loc[first]
    both = (price.loc[last] - price.loc[first]) * (mix.loc[last] - mix.loc[first])
    whole, homes, foster = rise("gbp_placements"), rise("gbp_residential"), rise("gbp_fostering")
    told = f"GBP {whole:+.0f} a child-week: residential {homes:+.0f} (price {by_price:+.0f}, mix {by_mix:+.0f}, both {both:+.0f}), fostering {foster:+.0f}"
    return Answer(told, bool(0.55 <= homes / whole <= 0.8 and 1000 <= whole <= 1900))


PLACE_FACTS: tuple[Fact, ...] = (
    Fact("D7", "Placements end early or last: the hazard falls steeply", "13.8, 12.3, 14.2, 16.0, 18.2, 12.3, 8.9, 4.2%", "7 of 8 within 3.5 points", "DfE 2016/17, foster placements ending", ("quiet",), d7, fitted=True),
    Fact("D8", "Moves, disruptions and three placements hold together", "0.55 to 0.60; 0.16 to 0.18; 10 to 11% (8 to 15)", "0.50 to 0.65; 0.15 to 0.20; 8 to 15%", "DfE 2020-25", ("quiet",), d8, fitted=True),
    Fact("D9", "Out of area is mostly decided at entry, and the less own provision the more of it", "70% within two weeks; -0.60", "55 to 85%; below -0.2", "DfE 2024; 141 authorities, 2022", ("quiet", "authorities"), d9),
    Fact("D10", "About half of sibling groups are together; most in homes are apart, fewest with kin; larger groups worse", "44 to 66%; 78 to 93%; 30%", "40 to 66%; over 65%; under 45%; falling with size", "Family Rights Group; Children's Commissioner 2023", ("quiet",), d10, fitted=True),
    Fact("D11", "Capacity is not places: beds stand empty while searches fail", "62 to 64, 16 to 20, 18 to 20%", "4 points; both at once", "Ofsted 2017-24", ("quiet",), d11, fitted=True),
    Fact("D12", "Foster supply shrinks a little every year", "-2 to -4% a year", "-5 to +0.5%", "Ofsted 2021-22", ("quiet",), d12, fitted=True),
    Fact("D13", "A sixth of children, in homes, make more than half of the spend", "16%: 55%; 10 to 13 times", "45 to 65%; 9 to 15 times", "Bradford 2024-25, section 251", ("bradford",), d13),
    Fact("D14", "Bradford's weekly cost rose by price and mix of residential care", "GBP 1,445: residential 985 (price 408, mix 260, both 317), fostering 170", "GBP 1,000 to 1,900; residential 55 to 80%", "section 251, 2019-20 to 2024-25", ("bradford",), d14),
)  # fmt: skip
