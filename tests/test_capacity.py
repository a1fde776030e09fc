"""Workers' hours: never overspent, nobody passed over, conserved, and granted as the slow twin grants them."""

from __future__ import annotations

from dataclasses import astuple
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from twins import SAFEGUARDING, CaseworkTwin, Request, grant_in_turn, may_start, noting
from worlds import world

from simulation.base.clock import NEVER
from simulation.base.columns import Table
from simulation.base.dice import Dice
from simulation.rules.duties import Duties
from simulation.service import facts
from simulation.service.capacity import ORDERS, Requests, Time, dice_of, grant

EDGES = ("start_and_owe", "whole_tasks_only", "unlimited")
QUARTERS = st.integers(1, 80).map(lambda quarters: quarters / 4)
HOURS = st.integers(-20, 160).map(lambda quarters: quarters / 4)
REQUEST = st.tuples(st.integers(NEVER, 4), st.integers(0, 99), st.integers(-40, 40), st.integers(0, 2**64 - 1), QUARTERS)
REQUESTS = st.lists(REQUEST, max_size=40, unique_by=lambda request: request[3] >> 44)
WORKERS = st.lists(HOURS, min_size=5, max_size=5)


def columns(requests: list[tuple]) -> Requests:
    worker, priority, order, die, hours = zip(*requests, strict=True) if requests else ((), (), (), (), ())
    return Requests(
        np.array(worker, dtype=np.int32), np.array(priority, dtype=np.int64), np.array(order, dtype=np.int32),
        np.array(die, dtype=np.uint64), np.array(hours, dtype=np.float32),
    )  # fmt: skip


def turn(request: tuple) -> tuple:
    """Place in a worker's queue: priority, order, and the part of the die that the model uses."""
    return request[1], request[2], request[3] >> 44


# ---- granting


@pytest.mark.parametrize("edge", EDGES)
@given(requests=REQUESTS, available=WORKERS)
def test_granting_equals_its_slow_twin(edge, requests, available):
    granted = grant(columns(requests), np.array(available), edge)
    assert granted.tolist() == grant_in_turn([Request(*request) for request in requests], available, edge)


@pytest.mark.parametrize("edge", EDGES[:2])
@given(requests=REQUESTS, available=WORKERS)
def test_hours_are_never_overspent(edge, requests, available):
    """Whole tasks fit; a task that is started was started while something was left."""
    granted = grant(columns(requests), np.array(available), edge)
    for worker, hours in enumerate(available):
        mine = sorted((request for request, yes in zip(requests, granted, strict=True) if yes and request[0] == worker), key=turn)
        used = sum(request[4] for request in mine)
        if edge == "whole_tasks_only":
            assert used <= max(hours, 0)
        elif mine:
            assert used - mine[-1][4] < hours


@pytest.mark.parametrize("edge", EDGES)
@given(requests=REQUESTS, available=WORKERS)
def test_nobody_is_passed_over(edge, requests, available):
    """Within one worker's queue whoever is refused comes after everyone who is granted."""
    granted = grant(columns(requests), np.array(available), edge)
    for worker in range(len(available)):
        queue = [(turn(request), yes) for request, yes in zip(requests, granted, strict=True) if request[0] == worker]
        answers = [yes for _, yes in sorted(queue)]
        assert answers == sorted(answers, reverse=True)


@pytest.mark.parametrize("edge", EDGES)
@given(requests=REQUESTS, available=WORKERS, more=QUARTERS, shuffle=st.randoms(use_true_random=False))
def test_more_hours_never_take_a_grant_away_and_the_order_of_asking_is_nothing(edge, requests, available, more, shuffle):
    granted = grant(columns(requests), np.array(available), edge)
    assert (grant(columns(requests), np.array(available) + more, edge) >= granted).all()
    order = list(range(len(requests)))
    shuffle.shuffle(order)
    again = grant(columns([requests[i] for i in order]), np.array(available), edge)
    assert again.tolist() == granted[order].tolist()


@given(requests=REQUESTS)
def test_without_limits_all_who_have_a_worker_are_granted(requests):
    granted = grant(columns(requests), np.zeros(5), "unlimited")
    assert granted.tolist() == [request[0] != NEVER for request in requests]


def test_a_word_that_is_not_an_edge_is_refused():
    with pytest.raises(ValueError, match="edge 'whole' is not one of start_and_owe, whole_tasks_only, unlimited"):
        grant(columns([]), np.zeros(1), "whole")


def one_hour_tasks(count: int) -> Requests:
    return columns([(0, 3, 0, number << 44, 1.0) for number in range(count)])


@pytest.mark.parametrize(("edge", "hours", "done"), [
    ("start_and_owe", 17.9, 18), ("start_and_owe", 17.0, 17), ("whole_tasks_only", 17.9, 17), ("whole_tasks_only", 17.0, 17),
    ("start_and_owe", 0.0, 0), ("start_and_owe", -0.5, 0), ("start_and_owe", 0.1, 1), ("unlimited", 0.0, 30),
])  # fmt: skip
def test_almost_eighteen_hours_are_not_seventeen(edge, hours, done):
    assert grant(one_hour_tasks(30), np.array([hours]), edge).sum() == done


def test_priority_comes_before_order_and_order_before_the_die():
    requests = columns([(0, 2, -30, 0, 1.0), (0, 1, 5, 0, 1.0), (0, 1, 4, 9 << 44, 1.0), (0, 1, 4, 8 << 44, 1.0)])
    served = [grant(requests, np.array([float(hours)]), "whole_tasks_only").nonzero()[0].tolist() for hours in range(1, 5)]
    assert served == [[3], [2, 3], [1, 2, 3], [0, 1, 2, 3]]


def test_orders_of_service_mean_what_they_say():
    due, risk, hours = np.array([5, -20, 0]), np.array([0.2, 0.1, 2.5]), np.array([3.0, 2.0, 9.0])
    first = {name: int(np.argmin(order(due, risk, hours))) for name, order in ORDERS.items()}
    assert first == {"most_overdue_first": 1, "highest_risk_first": 2, "shortest_first": 1}
    assert set(ORDERS) == {"most_overdue_first", "highest_risk_first", "shortest_first"}


def test_everyone_has_a_die_of_their_own_for_each_duty_and_week():
    keys = Dice(0, 1).keys(np.arange(50))
    child, duty = np.repeat(np.arange(50), 4), np.tile(np.arange(4), 50)
    dice = np.concatenate([dice_of(keys[child], duty, 4, week) for week in range(5)])
    assert len(np.unique(dice)) == 50 * 4 * 5
    np.testing.assert_array_equal(dice_of(keys[child], duty, 9, 0), dice[:200])


# ---- a week's account


def office(
    available: list[float], owed: list[float], team: list[int], edge: str, cover: float, rota: float = 0.0
) -> SimpleNamespace:
    """As much of a model as the accounts need: workers in teams."""
    workers, teams = Table(facts.SOCIAL_WORKER), Table(facts.TEAM)
    workers.add(len(available), hours_available=available, hours_owed=owed, team=team)
    teams.add(3)
    casework = SimpleNamespace(edge=edge, team_cover_share=cover, duty_rota_share=rota)
    return SimpleNamespace(workers=workers, teams=teams, p=SimpleNamespace(casework=casework))


OWED = st.lists(st.integers(0, 40).map(lambda quarters: quarters / 4), min_size=5, max_size=5)
TEAMS = st.lists(st.integers(NEVER, 2), min_size=5, max_size=5)


SHARES = st.sampled_from([0.0, 0.5, 1.0])


@pytest.mark.parametrize("edge", EDGES)
@given(requests=REQUESTS, available=WORKERS, owed=OWED, team=TEAMS, cover=SHARES, rota=SHARES)
def test_hours_are_conserved(edge, requests, available, owed, team, cover, rota):
    """granted + left = available - owed before + newly owed; wanted = granted + refused; what colleagues do is somebody's hours."""
    model = office(available, owed, team, edge, cover, rota)
    asked = columns(requests)
    granted = Time(model.p, model.workers, model.teams).spend(asked)
    workers, held = model.workers, asked.worker != NEVER
    can = np.array(available) - np.array(owed)
    wanted = np.bincount(asked.worker[held], asked.hours[held], minlength=5)
    np.testing.assert_allclose(workers.hours_wanted, wanted, atol=1e-4)
    assert workers.hours_used.sum() == pytest.approx(asked.hours[granted].sum(), abs=1e-3)
    if edge != "unlimited":
        assert (workers.hours_used <= np.maximum(can, 0) + workers.hours_owed + 1e-3).all()
    assert not granted[~held].any()


@pytest.mark.parametrize("edge", EDGES)
@given(requests=REQUESTS, available=WORKERS, owed=OWED, team=TEAMS, cover=SHARES, rota=SHARES)
def test_rota_and_team_cover_equal_their_slow_twin(edge, requests, available, owed, team, cover, rota):
    model = office(available, owed, team, edge, cover, rota)
    granted = Time(model.p, model.workers, model.teams).spend(columns(requests))
    assert granted.tolist() == spend_in_turn(requests, available, owed, team, edge, cover, rota)


def spend_in_turn(requests, available, owed, team, edge, cover, rota) -> list[bool]:
    """Safeguarding first, own workers' and the rota's; then workers' own; then what colleagues have hours left for."""
    can = [hours - debt for hours, debt in zip(available, owed, strict=True)]
    urgent = [i for i, request in enumerate(requests) if request[1] <= SAFEGUARDING and request[0] != NEVER]
    own = grant_in_turn([Request(*requests[i]) for i in urgent], can, edge)
    mine = {i for i, yes in zip(urgent, own, strict=True) if yes}
    done, lent = helped(requests, [i for i in urgent if i not in mine], left_over(requests, mine, can, rota), team)
    can = [hours - gone for hours, gone in zip(can, lent, strict=True)]
    rest = [Request(*(NEVER, *request[1:]) if i in done else request) for i, request in enumerate(requests)]
    granted = grant_in_turn(rest, can, edge)
    mine = {i for i, yes in enumerate(granted) if yes}
    refused = [i for i, request in enumerate(rest) if request[0] != NEVER and i not in mine]
    more, _ = helped(requests, refused, left_over(requests, mine, can, cover), team)
    return [i in done or i in mine or i in more for i in range(len(requests))]


def left_over(requests, mine: set[int], can: list[float], share: float) -> list[float]:
    """The share of each worker's hours beside these requests."""
    used = [sum(requests[i][4] for i in mine if requests[i][0] == worker) for worker in range(len(can))]
    return [share * max(hours - gone, 0.0) for hours, gone in zip(can, used, strict=True)]


def helped(requests, refused: list[int], spare: list[float], team: list[int]) -> tuple[set[int], list[float]]:
    """Requests that colleagues of the team take on whole, in order; the hours each gives, in proportion to what they can spare."""
    done, lent = set(), [0.0] * len(spare)
    for number in range(3):
        # a worker without a team is asked for in the first team, as in the model
        queue = [i for i in refused if max(team[requests[i][0]], 0) == number]
        members = [worker for worker in range(len(spare)) if team[worker] == number]
        pool, used = sum(spare[worker] for worker in members), 0.0
        for i in sorted(queue, key=lambda i: turn(requests[i])):
            if not pool or not may_start(used, requests[i][4], pool, "whole_tasks_only"):
                break
            done.add(i)
            used += requests[i][4]
        for worker in members:
            lent[worker] = spare[worker] * used / pool if pool else 0.0
    return done, lent


def test_ten_weeks_of_almost_eighteen_hours_do_179_tasks():
    """The tenths that are left over are not lost: they are owed and paid back."""
    done = {}
    for hours in (17.0, 17.9):
        model = office([hours], [0.0], [0], "start_and_owe", 0.0)
        done[hours] = sum(int(Time(model.p, model.workers, model.teams).spend(one_hour_tasks(30)).sum()) for _ in range(10))
    assert done == {17.0: 170, 17.9: 179}


def test_hours_used_after_the_granting_come_first_next_week():
    model = office([10.0, 10.0], [0.0, 1.0], [0, 1], "start_and_owe", 0.0)
    time = Time(model.p, model.workers, model.teams)
    time.owe(np.array([0, NEVER, 0, 1]), np.array([2.5, 50.0, 1.5, 0.5]))
    assert model.workers.hours_owed.tolist() == [4.0, 1.5]
    time.owe(np.array([NEVER, NEVER]), 3.0)
    time.owe(np.array([1]), 3.0)
    assert model.workers.hours_owed.tolist() == [4.0, 4.5]
    assert time.spend(one_hour_tasks(30)).sum() == 6


# ---- the week's casework as bare Mesa objects


@pytest.mark.parametrize("settings", [
    {}, {"casework.edge": "whole_tasks_only"}, {"casework.edge": "unlimited"}, {"casework.team_cover_share": 0.0},
    {"casework.duty_rota_share": 0.0}, {"casework.permanence_team_share": 0.2}, {"managers.permanence_first_above": -9},
], ids=str)  # fmt: skip
def test_casework_in_columns_chooses_the_same_children_as_mesa_objects(settings):
    model = world(settings, weeks=12)
    compared = 0
    while model.clock.week < 12:
        model.clock.advance()
        for rule in model.rules:
            if not isinstance(rule, Duties) or model.clock.week % 3:
                rule.step(model)
                continue
            twin, told = CaseworkTwin(model), noting(model)
            twin.step()
            rule.step(model)
            chosen = told()
            assert chosen == twin.chosen()
            assert duties_owed(model) == {
                (task.child.identity, task.duty.name): (task.due, task.ask, round(task.left, 2))
                for child in twin.agents_by_type[type(twin.granted[0].child)] for task in child.tasks
            }  # fmt: skip
            compared += len(chosen)
        model.tally.close_week(model.clock.week)
    assert compared > 500


def duties_owed(model) -> dict:
    children = model.children
    rows, duty = (children.duty_ask[: children.size] < 2**29).nonzero()
    rows, duty = rows[children.present[rows]], duty[children.present[rows]]
    facts = (getattr(children, name)[rows, duty].tolist() for name in ("duty_due", "duty_ask", "duty_left"))
    keys = zip(children.identity[rows].tolist(), (model.duties.names[number] for number in duty.tolist()), strict=True)
    return {key: (due, ask, round(left, 2)) for key, due, ask, left in zip(keys, *facts, strict=True)}


def test_requests_can_be_taken_in_part():
    requests = columns([(0, 1, 2, 3, 4.0), (1, 5, 6, 7, 8.0)])
    part = requests.of(np.array([1]), np.array([9]))
    assert [values.tolist() for values in astuple(part)] == [[9], [5], [6], [7], [8.0]]
