"""Allocation: who gets which worker is what a plain loop would choose, and the rule keeps to its limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from twins import choose_in_turn, mixed
from worlds import world

from simulation.actions.cases import social_work_cases
from simulation.base.clock import NEVER
from simulation.base.codes import Function, Stage
from simulation.base.dice import Dice
from simulation.rules.allocation import Allocation, choose, in_order, wanted_function

ROOM = st.lists(st.one_of(st.integers(-1, 3).map(float), st.floats(-2, 4)), max_size=8)
FAMILIES = st.lists(st.integers(0, 6), max_size=25)


def keys(numbers: list[int], what: int) -> np.ndarray:
    return Dice(0, 1).keys(what, np.array(numbers, dtype=np.int64)) if numbers else np.empty(0, dtype=np.uint64)


def in_turn(family: np.ndarray, workers: np.ndarray, room: list[float], avoid: list[int] | None = None) -> list[int]:
    def liking(child: int, worker: int) -> int:
        return mixed(int(family[child]) ^ int(workers[worker]))

    return choose_in_turn(liking, len(family), room, avoid)


# ---- choosing


@given(families=FAMILIES, room=ROOM, data=st.data())
def test_choosing_equals_its_slow_twin(families, room, data):
    family, workers = keys(families, 1), keys(list(range(len(room))), 2)
    avoid = data.draw(st.none() | st.lists(st.integers(NEVER, len(room) - 1), min_size=len(family), max_size=len(family)))
    chosen = choose(family, workers, np.array(room), None if avoid is None else np.array(avoid, dtype=int))
    assert chosen.tolist() == in_turn(family, workers, room, avoid)


@given(families=FAMILIES, room=ROOM)
def test_nobody_takes_more_than_they_have_room_for_and_no_room_is_wasted(families, room):
    chosen = choose(keys(families, 1), keys(list(range(len(room))), 2), np.array(room))
    places = [max(int(cases), 0) for cases in room]
    taken = np.bincount(chosen[chosen != NEVER], minlength=len(room)).tolist()
    assert all(count <= most for count, most in zip(taken, places, strict=True))
    assert sum(taken) == min(len(families), sum(places))


@given(families=FAMILIES, room=ROOM, worker=st.integers(0, 7))
def test_more_room_never_leaves_more_children_without_a_worker(families, room, worker):
    more = [cases + (number == worker) for number, cases in enumerate(room)]
    without = [
        np.count_nonzero(choose(keys(families, 1), keys(list(range(len(room))), 2), np.array(cases)) == NEVER)
        for cases in (room, more)
    ]  # fmt: skip
    assert without[1] <= without[0]


@given(families=FAMILIES, at=st.integers(0, 25), newcomer=st.integers(0, 6))
def test_with_room_siblings_go_together_and_one_more_child_changes_nothing(families, at, newcomer):
    workers, room = keys(list(range(6)), 2), np.full(6, 100.0)
    chosen = choose(keys(families, 1), workers, room).tolist()
    assert len(set(zip(families, chosen, strict=True))) == len(set(families))
    at = min(at, len(families))
    joined = choose(keys([*families[:at], newcomer, *families[at:]], 1), workers, room).tolist()
    assert joined[:at] + joined[at + 1 :] == chosen


def test_a_worker_to_be_avoided_is_avoided_even_if_nobody_else_has_room():
    family, workers = keys([1, 2, 3], 1), keys([0], 2)
    assert choose(family, workers, np.array([5.0]), np.array([0, NEVER, 0])).tolist() == [NEVER, 0, NEVER]


def test_whoever_comes_after_the_avoiding_still_gets_the_room():
    """Three rooms, three children who must not have them, then one who may."""
    family, workers = keys([1, 2, 3, 4], 1), keys([0], 2)
    assert choose(family, workers, np.array([3.0]), np.array([0, 0, 0, NEVER])).tolist() == [NEVER, NEVER, NEVER, 0]


def test_favourites_are_spread_evenly():
    """Nobody is everybody's favourite: of 8,000 families each of 8 workers is liked best by a thousand, give or take."""
    chosen = choose(keys(list(range(8000)), 1), keys(list(range(8)), 2), np.full(8, 8000.0))
    assert np.abs(np.bincount(chosen, minlength=8) - 1000).max() < 150


# ---- the rule


@pytest.fixture(scope="module")
def model():
    """A small service in which half of the workers went three weeks ago, so that some cases cannot wait."""
    model = world(size=0.2, weeks=30)
    for _ in range(6):
        model.step()
    children, workers = model.children, model.workers
    gone = workers.rows[workers.case_holding[workers.rows]][::2]
    left = np.isin(children.worker, gone)
    children.worker[left], children.unallocated_day[left] = NEVER, model.clock.day - 21
    workers.free(gone)
    model.clock.advance()
    model.before = {name: getattr(children, name).copy() for name in ("worker", "n_workers", "change_day")}
    model.owed_before = workers.hours_owed.copy()
    Allocation().step(model)
    return model


def test_caseloads_are_what_is_held(model):
    children, workers = model.children, model.workers
    held = children.worker[social_work_cases(model)]
    np.testing.assert_array_equal(workers.caseload, np.bincount(held[held >= 0], minlength=workers.size))


def test_cases_are_held_by_people_who_are_there_and_in_the_right_team(model):
    children, rows = model.children, social_work_cases(model)
    new = rows[children.allocated_day[rows] == model.clock.day]
    assert len(new) > 50
    holder = children.worker[new]
    assert (model.workers.present[holder] & model.workers.case_holding[holder]).all()
    np.testing.assert_array_equal(model.teams.function[model.workers.team[holder]], wanted_function(model, new))
    np.testing.assert_array_equal(children.team[new], model.workers.team[holder])


def test_nobody_is_given_cases_beyond_the_limit_that_an_emergency_allows(model):
    workers = model.workers
    given = np.unique(model.children.worker[model.children.allocated_day == model.clock.day])
    given = given[given >= 0]
    most = workers.caseload_limit[given] * model.p.casework.over_limit_ratio
    assert model.p.casework.over_limit_ratio > 1
    assert (workers.caseload[given] <= most).all()
    assert (workers.caseload[given] > workers.caseload_limit[given]).any()


def test_nobody_waits_while_a_worker_of_their_function_has_room(model):
    children, workers, rows = model.children, model.workers, social_work_cases(model)
    waiting = rows[children.worker[rows] == NEVER]
    started = workers.present & workers.case_holding & (workers.started_day <= model.clock.day)
    for function in (Function.CHILDREN_IN_CARE, Function.LOCALITY, Function.ASSESSMENT):
        here = started & (model.teams.function[np.maximum(workers.team, 0)] == function)
        room = np.floor(workers.caseload_limit[here] - workers.caseload[here]).clip(0).sum()
        assert not room or not (wanted_function(model, waiting) == function).any()


def test_whoever_changes_worker_has_read_in_for_and_it_is_counted_once(model):
    children, rows = model.children, social_work_cases(model)
    new = rows[children.allocated_day[rows] == model.clock.day]
    again = new[model.before["n_workers"][new] > 0]
    assert len(again) > 20
    np.testing.assert_array_equal(children.n_workers[new], model.before["n_workers"][new] + 1)
    assert (children.change_day[again] == model.clock.day).all()
    np.testing.assert_array_equal(children.earlier_change_day[again], model.before["change_day"][again])
    owed = model.workers.hours_owed.sum() - model.owed_before.sum()
    assert owed == pytest.approx(len(again) * model.p.casework.reading_in_hours, rel=1e-4)
    assert (children.worker[new] != model.before["worker"][new]).all()


def test_those_in_care_come_first_then_the_most_serious(model):
    children, rows = model.children, in_order(model, social_work_cases(model))
    place = list(zip(children.stage[rows] != Stage.LOOKED_AFTER, -children.recognised_risk[rows], strict=True))
    assert place == sorted(place)


def test_nobody_without_a_social_worker_is_counted():
    """Closed and referred cases and those of family workers need none."""
    model = world(size=0.05, weeks=3)
    rows, children = social_work_cases(model), model.children
    assert (children.stage[rows] > Stage.REFERRED).all()
    assert not children.family_worker[rows].any()
    assert len(rows) == np.count_nonzero(children.present & (children.stage > Stage.REFERRED) & ~children.family_worker)
