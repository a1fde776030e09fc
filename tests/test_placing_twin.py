"""Matching: a slow, obvious twin chooses the same places for the same children."""

import math

import numpy as np
import pytest
from tiny_places import add_children, add_places, tiny

from simulation.actions.matching import FIRST_CHOICE, TEENAGER_YEARS, needs, pairs_of, units_of
from simulation.base.codes import Kind, SiblingPlan
from simulation.base.dice import mix
from simulation.rules.placing import choose

OWN = (Kind.FOSTER_OWN, Kind.HOME_OWN)


def world(replication: int, score: str):
    """A crowded little market: 24 children, siblings among them, and 60 places of every kind."""
    model = tiny(replication, placing__own_acceptance=0.3, placing__agency_acceptance=0.2, placing__score=score)
    u = model.dice.roll
    keys = model.dice.keys(99, np.arange(60))
    kinds = np.array([Kind.FOSTER_OWN, Kind.FOSTER_AGENCY, Kind.HOME_PRIVATE, Kind.SUPPORTED, Kind.HOME_OWN])
    add_places(
        model, 60, kind=kinds[(u("k", keys) * 5).astype(int)], x_miles=40 * u("x", keys) - 20, y_miles=40 * u("y", keys) - 20,
        places=1 + (u("p", keys) * 3).astype(int), age_low=np.floor(10 * u("low", keys)), age_high=8 + np.floor(9 * u("high", keys)),
        sibling_limit=1 + (u("s", keys) * 3).astype(int), complexity_limit=0.4 + 0.6 * u("c", keys), price_gbp=300 + 3000 * u("price", keys),
    )  # fmt: skip
    keys = model.dice.keys(98, np.arange(24))
    rows = add_children(
        model, 24, family=np.arange(24) // 2 * 2 + np.where(np.arange(24) < 12, 0, np.arange(24) % 2), complexity=u("cc", keys),
        birth_day=model.clock.day - (365.25 * 17.9 * u("age", keys)).astype(int), home_x_miles=10 * u("hx", keys) - 5,
        search_day=model.clock.first_day - (30 * u("since", keys)).astype(int), n_disruptions=(4 * u("d", keys)).astype(int),
    )  # fmt: skip
    model.children.sibling_plan[rows[:12:4]] = SiblingPlan.APART
    model.children.sibling_plan[rows[1:12:4]] = SiblingPlan.APART
    return model, rows


def calls_of(model, group, place, need):
    """Calls until this place says yes to these children, worked out one fact at a time; None if never."""
    children, table, p = model.children, model.placements, model.p.placing
    ages = [(model.clock.day - int(children.birth_day[row])) / 365.25 for row in group]
    hardest = max(float(children.complexity[row]) for row in group)
    weeks = max(model.clock.day - min(int(children.search_day[row]) for row in group), 0) / 7
    if min(ages) < table.age_low[place] or max(ages) >= table.age_high[place] + 1:
        return None
    if len(group) > min(table.sibling_limit[place], table.places[place]):
        return None
    if np.float32(hardest) - p.relaxing_per_week * weeks > table.complexity_limit[place]:
        return None
    kind = Kind(int(table.kind[place]))
    foster = kind in (Kind.FOSTER_OWN, Kind.FOSTER_AGENCY)
    home = kind in (Kind.HOME_OWN, Kind.HOME_PRIVATE)
    first = bool(FIRST_CHOICE[need][kind])
    second = (home and min(ages) >= p.residential_age_years) or (kind == Kind.SUPPORTED and min(ages) >= 16) or (foster and need in (1, 2))
    if not first and not second:
        return None
    pair = mix(children.key[[group[0]]] ^ (table.key[[place]] * np.uint64(0x9E3779B97F4A7C15)))
    u = float(model.dice.roll("carer says yes", pair, model.clock.week)[0])
    chance = {Kind.FOSTER_OWN: p.own_acceptance, Kind.FOSTER_AGENCY: p.agency_acceptance, Kind.HOME_PRIVATE: p.home_acceptance,
              Kind.HOME_OWN: min(1.0, 2.5 * p.home_acceptance), Kind.SUPPORTED: p.supported_acceptance}[kind]  # fmt: skip
    if foster:
        chance *= 1 - (1 - p.foster_acceptance_at_high_complexity) * hardest
        chance *= p.teenager_acceptance_ratio if max(ages) >= TEENAGER_YEARS else 1.0
    calls = 0 if first else p.second_choice_calls
    most = p.widenings + (p.sibling_extra_calls if len(group) > 1 else 0)
    while u > chance * p.widening_ratio**calls:
        calls += 1
        if calls > most:
            return None
    return calls if calls <= most else None


def rank_of(model, group, place, need):
    calls = calls_of(model, group, place, need)
    if calls is None:
        return None
    children, table = model.children, model.placements
    miles = math.hypot(table.x_miles[place] - children.home_x_miles[group[0]], table.y_miles[place] - children.home_y_miles[group[0]])
    bought = Kind(int(table.kind[place])) not in OWN
    return {"own_then_near": (calls, bought, miles), "nearest": (calls, miles), "cheapest": (calls, table.price_gbp[place] + 0.1 * miles)}[
        model.p.placing.score
    ] + (miles,)


def best_of(model, group, free, together):
    need = int(needs(model, np.array(group[:1]))[0])
    options = []
    for place, beds in free.items():
        rank = rank_of(model, group, place, need) if beds >= len(group) else None
        if rank is not None and not (together and rank[-1] > model.p.placing.together_miles):
            options.append((rank, place))
    return min(options)[1] if options else None


def slow_matching(model, rows):
    """The twin: families in order of need, each child or group in turn, every place looked at."""
    children, table = model.children, model.placements
    groups: dict = {}
    for row in rows.tolist():
        alone = children.sibling_plan[row] != SiblingPlan.TOGETHER
        groups.setdefault(("alone", row) if alone else ("family", int(children.family[row])), []).append(row)
    units = [sorted(group, key=lambda row: (int(children.birth_day[row]), rows.tolist().index(row))) for group in groups.values()]
    tie = {group[0]: float(model.dice.roll("search order", children.key[[group[0]]], model.clock.week)[0]) for group in units}
    units.sort(key=lambda group: (-len(group), min(int(children.search_day[row]) for row in group), tie[group[0]]))
    free = {int(place): int(table.places[place]) for place in table.rows}
    told = {}
    for group in units:
        place = best_of(model, group, free, together=len(group) > 1)
        if place is not None:
            free[place] -= len(group)
            told.update(dict.fromkeys(group, place))
            continue
        taken: list[int] = []
        for row in group if len(group) > 1 else []:
            need = int(needs(model, np.array([row]))[0])
            joined = [home for home in taken if free[home] > 0 and rank_of(model, [row], home, need) is not None]
            place = joined[0] if joined else best_of(model, [row], free, together=False)
            if place is not None:
                free[place] -= 1
                taken.append(place)
                told[row] = place
    return told


@pytest.mark.parametrize("score", ["own_then_near", "nearest", "cheapest"])
@pytest.mark.parametrize("replication", [1, 2, 3, 4])
def test_the_twin_chooses_the_same_places(replication, score):
    model, rows = world(replication, score)
    units = units_of(model, rows)
    pairs = pairs_of(model, units)
    chosen = choose(model, units, pairs)
    fast = {int(row): int(pairs.places[column]) for row, column in zip(units.members, chosen, strict=True) if column >= 0}
    slow = slow_matching(model, rows)
    assert fast == slow
    assert len(fast) > 8  # the market is not empty
