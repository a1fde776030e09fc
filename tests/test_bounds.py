"""Bounds that rule most children out by their luck alone are above every child's own rate, whatever the settings.

A bound that is too low loses events in silence: nobody is asked whose number lies between the bound and their rate.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_places import add_children, add_places, tiny

from simulation.actions.cases import entry_ratio
from simulation.actions.places import place
from simulation.base.clock import WEEKS_IN_YEAR
from simulation.base.codes import Kind, Stage
from simulation.rules import front_door, journey, moves
from simulation.settings import Parameters

RATIO = st.floats(0.2, 4.0)
SHARE = st.floats(0.0, 1.0)
MOVES = (
    "first_month_ratio", "first_quarter_ratio", "first_year_ratio", "long_stay_ratio", "age_5_10_ratio", "age_11_15_ratio", "age_16_ratio",
    "past_disruption_ratio", "separated_ratio", "worker_change_ratio", "far_ratio", "kin_rushed_ratio", "kin_ratio", "parents_ratio",
    "adoptive_ratio", "residential_ratio", "complexity_ratio",
)  # fmt: skip


def within(section: str, name: str, ratio: float) -> float:
    """A setting moved by a ratio, and kept within what it may be."""
    part = getattr(Parameters(), section)
    field = type(part).model_fields[name]
    low = next((m.ge for m in field.metadata if hasattr(m, "ge")), 0.0)
    high = next((m.le for m in field.metadata if hasattr(m, "le")), 1e9)
    return float(np.clip(getattr(part, name) * ratio, low, high))


def housed(seed: int, **settings):
    """Forty children of every kind of life, in places."""
    rng = np.random.default_rng(seed)
    model = tiny(**settings)
    homes = add_places(model, 40, places=1, kind=rng.choice([Kind.FOSTER_OWN, Kind.FOSTER_AGENCY, Kind.FOSTER_KINSHIP, Kind.HOME_OWN], 40))
    rows = add_children(model, 40, years=rng.uniform(0, 17.9, 40), complexity=rng.uniform(0, 1, 40).astype(np.float32))
    place(model, rows, homes, model.clock.day - rng.integers(0, 2000, 40))
    children = model.children
    children.n_disruptions[rows] = rng.integers(0, 9, 40)
    children.separated[rows] = rng.random(40) < 0.5
    children.change_day[rows] = model.clock.day - rng.integers(0, 400, 40)
    children.distance_miles[rows] = rng.uniform(0, 60, 40)
    model.placements.rushed[homes] = rng.random(40) < 0.5
    worst, houses = rows[:20], homes[:20]  # everything against them, in every kind of place, at every age and length of stay
    children.complexity[worst], children.n_disruptions[worst], children.separated[worst] = 1.0, 8, rng.random(20) < 0.8
    children.change_day[worst] = np.where(rng.random(20) < 0.8, model.clock.day, -1)
    children.distance_miles[worst], model.placements.rushed[houses] = np.where(rng.random(20) < 0.8, 30.0, 1.0), rng.random(20) < 0.8
    children.placement_day[worst] = model.clock.day - np.tile([0, 60, 200, 800, 1500], 4)
    children.kind[worst] = np.repeat([Kind.FOSTER_OWN, Kind.FOSTER_KINSHIP, Kind.PARENTS, Kind.HOME_OWN], 5)
    return model, rows


@given(st.integers(0, 999), st.lists(RATIO, min_size=len(MOVES), max_size=len(MOVES)))
@settings(max_examples=60, deadline=None)
def test_no_placement_breaks_down_more_often_than_the_bound(seed, ratios):
    model, rows = housed(seed, **{f"placing__{name}": within("placing", name, ratio) for name, ratio in zip(MOVES, ratios, strict=True)})
    shape = moves.time_shape(model, model.clock.day - model.children.placement_day[rows])
    assert moves.hazard(model, rows, shape).max() <= moves.highest_hazard(model)
    assert (shape * moves.frailty(model, rows)).max() <= moves.highest_shape(model)


@given(st.floats(0.0, 3.0), st.floats(0.0, 2.0), st.floats(0.0, 2.0), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_no_child_comes_into_care_by_agreement_more_often_than_the_bound(edge, shock, share, seed):
    rng = np.random.default_rng(seed)
    model = tiny(practice__edge_of_care_ratio=min(edge, 1.0), practice__edge_of_care_share=min(share, 1.0))
    rows = add_children(model, 60, years=rng.uniform(0, 17.9, 60), entering=False, stage=Stage.CHILD_IN_NEED)
    model.children.recognised_risk[rows] = rng.normal(1, 2, 60)
    model.shocks = type("Shocks", (), {"entries": shock})()
    front = model.p.front_door
    felt = np.minimum(model.children.recognised_risk[rows], 3.0)
    rate = front.voluntary_per_year * np.exp(front.voluntary_slope * felt) * shock
    rate = rate * front_door.edge_of_care(model, rows) * entry_ratio(model, rows)
    assert rate.max() <= front_door.highest_entry_rate(model)


@given(st.floats(0.0, 2.0), st.floats(0.0, 0.5), st.floats(0.0, 0.5), st.floats(0.1, 5.0))
@settings(max_examples=40, deadline=None)
def test_no_child_leaves_later_more_often_than_the_bound(home, kinship, other, factor):
    model = tiny(permanence__later_home_per_year=home, permanence__later_kinship_per_year=kinship,
                 permanence__other_leaving_per_year=other, permanence__exit_factor=factor)  # fmt: skip
    highest = (home + 2.0 * kinship + other) * factor / WEEKS_IN_YEAR  # a settled child with foster carers has every way out
    assert highest <= journey.EarlyReturns()._highest(model)


@pytest.mark.parametrize("bound", ["highest_hazard", "highest_shape"])
def test_a_bound_that_is_too_low_is_seen(bound):
    """Some child comes near each bound: halved, it would lose events."""
    model, rows = housed(1)
    children = model.children
    children.complexity[rows] = 1.0
    children.n_disruptions[rows], children.separated[rows] = 4, True
    children.change_day[rows], children.distance_miles[rows] = model.clock.day, 30.0
    children.birth_day[rows] = model.clock.day - int(13 * 365.25)
    children.placement_day[rows] = model.clock.day
    shape = moves.time_shape(model, model.clock.day - children.placement_day[rows])
    reached = moves.hazard(model, rows, shape) if bound == "highest_hazard" else shape * moves.frailty(model, rows)
    assert reached.max() > 0.5 * getattr(moves, bound)(model)
