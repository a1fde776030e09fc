"""Managers: posts, quality, and the channels of notice, sign-off and return."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_workforce import live, series, tiny

from simulation.actions import duty_work
from simulation.base.clock import NEVER
from simulation.base.codes import Plan, Stage
from simulation.rules import duties, managers
from simulation.rules.managers import SignOff, Supervision, serve

WORK = "permanence plan"


def with_children(count: int, plan: Plan, days_in_care: int = 100, **settings):
    """A service with children in care of its first team, all at the same point of their plan."""
    model = tiny(**settings)
    model.clock.advance()
    rows = model.children.add(
        count, key=model.dice.keys(np.arange(count)), stage=int(Stage.LOOKED_AFTER), plan=int(plan), team=0,
        care_day=model.clock.day - days_in_care, plan_wait_day=model.clock.day - 7, plan_due_day=model.clock.day + 19,
    )  # fmt: skip
    model.in_care = rows
    return model, rows


def test_nobody_is_noticed_before_the_first_review_and_each_week_has_its_chance():
    model, rows = with_children(2000, Plan.NOT_ASKED, days_in_care=34, permanence__ask_from_days=35)
    model.teams.notice_chance[0] = 0.3
    Supervision().step(model)
    assert (model.children.plan[rows] == Plan.NOT_ASKED).all()
    model.children.care_day[rows] -= 1
    Supervision().step(model)
    asked = model.children.plan[rows] == Plan.WORK
    assert abs(asked.mean() - 0.3) < 4 * np.sqrt(0.21 / 2000)
    assert (model.children.plan_wait_day[rows[asked]] == model.clock.day).all()
    assert (duty_work.owed(model, WORK, rows) == asked).all()


def test_a_vacant_post_leaves_a_neighbours_eye():
    model = tiny(managers__notice_when_vacant=0.07)
    model.teams.manager_present[3] = False
    managers.write_channels(model)
    assert model.teams.notice_chance[3] == pytest.approx(0.07)
    assert model.teams.sign_off_hours[3] < 0.25 * model.teams.sign_off_hours[model.teams.manager_present].mean()


def test_without_spread_all_managers_are_alike_and_the_mean_does_not_depend_on_it():
    model = tiny()
    model.teams.add(4000, key=model.dice.keys(np.arange(4000)), n_case_holders=6)
    managers._appoint(model, np.arange(model.teams.size), interim=False)
    mean = {}
    for spread in (0.0, 1.0):
        model.p.managers.spread = spread
        managers.write_channels(model)
        mean[spread] = [float(model.teams.notice_chance.mean()), float(model.teams.return_chance.mean())]
        if spread == 0.0:
            assert np.ptp(model.teams.notice_chance) == np.ptp(model.teams.return_chance) == 0
    assert mean[1.0] == pytest.approx(mean[0.0], rel=0.04)
    assert model.teams.notice_chance.std() > 0.1


def test_better_managers_notice_sooner_and_send_less_back():
    model = tiny()
    held = model.teams.manager_present
    before = model.teams.notice_chance[held].copy(), model.teams.return_chance[held].copy()
    model.p.managers.mean_effectiveness = 0.5
    managers.write_channels(model)
    assert (model.teams.notice_chance[held] > before[0]).all()
    assert (model.teams.return_chance[held] < before[1]).all()


@given(
    team=st.lists(st.integers(0, 3), min_size=0, max_size=30),
    left=st.lists(st.floats(-2, 8), min_size=4, max_size=4),
    hours=st.floats(0.1, 4),
    seed=st.integers(0, 1000),
)
def test_sign_off_serves_whom_a_slow_clerk_would(team, left, hours, seed):
    rank = np.random.default_rng(seed).permutation(len(team))
    slow = np.zeros(len(team), dtype=bool)
    for number in range(4):
        queue = sorted((i for i in range(len(team)) if team[i] == number), key=lambda i: rank[i])
        for place, child in enumerate(queue):
            slow[child] = left[number] > place * hours
    np.testing.assert_array_equal(serve(np.array(team, dtype=int), rank, np.array(left), hours), slow)


def test_sign_off_time_is_conserved_and_what_is_begun_is_owed():
    model, rows = with_children(5, Plan.SIGN_OFF, managers__sign_off_hours_per_plan=1.5)
    model.teams.return_chance[:] = 0.0
    signed = []
    for _ in range(6):
        model.teams.sign_off_hours[0] = 2.0
        owed = float(model.teams.sign_off_owed[0])
        waiting = np.count_nonzero(model.children.plan[rows] == Plan.SIGN_OFF)
        SignOff().step(model)
        done = waiting - np.count_nonzero(model.children.plan[rows] == Plan.SIGN_OFF)
        assert model.teams.sign_off_owed[0] == pytest.approx(max(1.5 * done - (2.0 - owed), 0.0))
        signed.append(done)
        model.clock.advance()
    assert signed == [2, 1, 1, 1, 0, 0]
    assert (model.children.plan[rows] == Plan.PANEL).all()


def test_the_longest_waiting_plan_is_signed_first_unless_the_order_says_otherwise():
    def first(order: str) -> int:
        model, rows = with_children(3, Plan.SIGN_OFF, managers__sign_off_order=order)
        model.children.plan_wait_day[rows] -= [0, 7, 14]
        model.children.plan_due_day[rows] -= [60, 7, 0]
        model.teams.sign_off_hours[0], model.teams.return_chance[:] = 1.0, 0.0
        SignOff().step(model)
        return int(np.flatnonzero(model.children.plan[rows] == Plan.PANEL)[0])

    assert first("longest_waiting_first") == 2
    assert first("most_overdue_first") == 0


def test_plans_sent_back_need_more_work_and_may_be_sent_back_again():
    model, rows = with_children(400, Plan.SIGN_OFF)
    model.teams.sign_off_hours[0], model.teams.return_chance[:] = 1e4, 0.5
    SignOff().step(model)
    back = model.children.plan[rows] == Plan.WORK
    assert abs(back.mean() - 0.5) < 4 * np.sqrt(0.25 / 400)
    assert (model.children.n_returned[rows] == back).all()
    assert (duty_work.owed(model, WORK, rows) == back).all()
    hours = model.children.duty_left[rows[back], model.duties.index[WORK]]
    assert hours == pytest.approx(model.p.permanence.rework_hours * model.p.casework.hours_factor)
    model.children.plan[rows[back]] = Plan.SIGN_OFF
    model.teams.sign_off_owed[:] = 0.0
    SignOff().step(model)
    twice = model.children.n_returned[rows] == 2
    assert abs(twice.sum() / back.sum() - 0.5) < 4 * np.sqrt(0.25 / back.sum())


def test_posts_stay_vacant_for_longer_while_leaders_are_missing():
    def vacant(gap: float) -> float:
        model = tiny(300, managers__leaving_per_year=0.6)

        def before(m):
            for leader in m.authority.leaders:
                leader.until_day = NEVER
            m.p.managers.leader_gap_slows = gap / 3

        model.p.leadership.interim_counts = 1.0
        model.p.leadership.turnover = False
        for leader in model.authority.leaders:
            leader.held, leader.since_day = 2, model.clock.day
        live(model, 300, before)
        return float(series(model, "n_manager_vacancies").mean())

    assert vacant(0.9) > 1.5 * vacant(0.0)


def test_a_quiet_service_has_few_vacant_managers_posts():
    model = live(tiny(260), 260)
    teams = np.count_nonzero(model.teams.n_case_holders > 0)
    assert 0.005 < series(model, "n_manager_vacancies").mean() / teams < 0.08
    assert model.teams.n_managers.max() > 1


def test_a_manager_who_reorders_work_puts_overdue_permanence_with_visits_and_nothing_else():
    model = tiny()
    table, (worker, other) = model.duties, model.workers.rows[model.workers.case_holding[model.workers.rows]][:2]
    assert model.workers.team[worker] != model.workers.team[other]
    asked = np.array([table.index[name] for name in (WORK, WORK, "review", WORK)])
    by = np.array([worker, worker, worker, other])
    due = model.clock.day + np.array([-1, 5, -1, -1])
    np.testing.assert_array_equal(duties._priority(model, asked, by, due), table.priority[asked])
    model.teams.effectiveness[:] = -1.0
    model.teams.effectiveness[model.workers.team[worker]] = 2.0
    model.p.managers.permanence_first_above = 1.0
    managers.write_channels(model)
    assert duties._priority(model, asked, by, due).tolist() == [3, *table.priority[asked[1:]]]
