"""Breakdown and planned moves: hazards equal theory, notice, siblings, settled children."""

import numpy as np
import pytest
from tiny_places import add_children, add_places, next_week, surely, tiny

from simulation.actions.places import Reason
from simulation.base.clock import NEVER, WEEKS_IN_YEAR
from simulation.base.codes import Kind
from simulation.rules import moves
from simulation.rules.placing import Placing

CONSTANT = {
    f"placing__{name}_ratio": 1.0
    for name in ("first_month", "first_quarter", "first_year", "long_stay", "age_5_10", "age_11_15", "age_16", "past_disruption", "separated",
                 "worker_change", "far", "complexity")
}  # fmt: skip
STILL = {"placing__later_moves_per_year": 0.0, "placing__other_moves_per_year": 0.0}


def settled(count, **given):
    """Children who have lived with carers for a while."""
    model = tiny(**surely(**{**STILL, **given}))
    rows = add_children(model, count, entering=False, family=np.arange(count) + 500)
    homes = add_places(model, count)
    model.placements.filled[homes] = 1
    model.children.placement[rows], model.children.kind[rows] = homes, Kind.FOSTER_OWN
    model.children.placement_day[rows] = model.children.episode_day[rows] = model.clock.day - 500
    return model, rows


def test_a_constant_hazard_breaks_down_as_often_as_theory_says():
    model, rows = settled(8000, placing__disruptions_per_year=0.5, **CONSTANT)
    moves.Moves().step(model)
    broken = np.count_nonzero(model.children.must_leave_day[rows] != NEVER)
    expected = 8000 * (1 - np.exp(-0.5 / WEEKS_IN_YEAR))
    assert abs(broken - expected) < 4 * np.sqrt(expected)


@pytest.mark.parametrize(
    ("column", "value", "ratio"),
    [("separated", True, "separated"), ("distance_miles", 25.0, "far"), ("n_disruptions", 1, "past_disruption")],
)
def test_each_risk_multiplies_the_hazard_by_its_own_setting(column, value, ratio):
    model, rows = settled(1)
    shape = np.ones(1)
    before = moves.hazard(model, rows, shape)
    getattr(model.children, column)[rows] = value
    assert moves.hazard(model, rows, shape) / before == pytest.approx(getattr(model.p.placing, f"{ratio}_ratio"))


def test_the_hazard_falls_with_time_and_rises_with_age():
    model, rows = settled(1)
    shape = moves.time_shape(model, np.array([3, 60, 200, 700, 2000]))
    assert (np.diff(shape) < 0).all()
    by_age = []
    for years in (3, 7, 13):
        model.children.birth_day[rows] = model.clock.day - int(365.25 * years)
        by_age.append(moves.hazard(model, rows, np.ones(1))[0])
    assert by_age[0] < by_age[1] < by_age[2]


def test_nobody_is_ruled_out_by_luck_whose_own_hazard_would_move_them():
    """The worst case in everything comes within a thousandth of the bound, and not above it."""
    model, rows = settled(1, placing__adoptive_ratio=3.0)
    children, day = model.children, model.clock.day
    model.placements.rushed[children.placement[rows]] = True
    for name, value in (("complexity", 1.0), ("n_disruptions", 9), ("separated", True), ("change_day", day - 9), ("distance_miles", 99.0)):
        getattr(children, name)[rows] = value
    children.kind[rows], children.birth_day[rows] = Kind.ADOPTIVE, day - int(13 * 365.25)
    shape = moves.time_shape(model, np.array([1]))
    assert 0.998 < (moves.hazard(model, rows, shape) / moves.highest_hazard(model))[0] <= 1
    assert 0.998 < (shape * moves.frailty(model, rows) / moves.highest_shape(model))[0] <= 1


def test_notice_keeps_the_bed_until_the_next_is_found():
    model, rows = settled(1, placing__immediate_share=0.0)
    old = model.children.placement[rows].copy()
    moves.begin_breakdown(model, rows)
    assert model.children.must_leave_day[rows][0] >= model.clock.day + 21
    model.placements.places[old] = 1  # nobody else has room yet
    Placing().step(model)
    assert (model.children.placement[rows] == old).all() and model.children.searching[rows][0]
    next_week(model)
    new = add_places(model)
    Placing().step(model)
    assert (model.children.placement[rows] == new).all() and model.tally.get("new_disruptions") == 1
    assert model.children.n_disruptions[rows][0] == 1 and model.children.must_leave_day[rows][0] == NEVER


def test_a_child_who_must_leave_and_whom_nobody_takes_has_an_emergency_night():
    model, rows = settled(1, placing__immediate_share=1.0)
    moves.begin_breakdown(model, rows, Reason.CLOSURE)
    Placing().step(model)
    assert model.children.kind[rows][0] == Kind.UNREGISTERED
    assert 1 <= model.tally.get("new_emergency_nights") <= 7
    assert model.tally.get("new_moves", "reason:closure") == 1


def test_siblings_go_too_and_are_moved_together():
    model = tiny(**surely(placing__siblings_go_too_share=1.0, placing__immediate_share=1.0, **STILL))
    rows = add_children(model, 2, family=9)
    first = add_places(model, places=2)
    Placing().step(model)
    next_week(model)
    moves.begin_breakdown(model, moves.with_siblings(model, rows[:1], 1.0))
    second = add_places(model, places=2)
    model.placements.state[first] = 1
    Placing().step(model)
    assert (model.children.placement[rows] == second).all() and not model.children.separated[rows].any()


def test_settled_children_are_not_moved_by_plan():
    model, rows = settled(300, placing__disruptions_per_year=0.0, placing__settled_days=400, placing__later_moves_per_year=2.0)
    moves.Moves().step(model)
    assert not model.children.searching[rows].any()
    model.p.placing.settled_days = 600
    moves.Moves().step(model)
    assert model.children.searching[rows].any()


def test_bridging_placements_are_left_on_their_day():
    model = tiny(**{**surely(**STILL), "placing__bridging_share": 1.0, "placing__complexity_ratio": 1.0, "placing__disruptions_per_year": 0.0})
    rows = add_children(model, 200, family=np.arange(200) + 900)
    add_places(model, 500)
    Placing().step(model)
    due = model.children.planned_move_day[rows].copy()
    assert (due > model.children.placement_day[rows]).all()
    next_week(model)
    moves.Moves().step(model)
    asked = model.children.searching[rows]
    assert (asked == (due <= model.clock.day)).all() and 10 < asked.sum() < 190
    Placing().step(model)
    moved = model.children.placement_day[rows[asked]]
    assert (moved == np.maximum(due[asked], model.clock.first_day)).all()
    assert model.tally.get("new_moves", "reason:care plan") == asked.sum()
