"""The starting day as a steady flow leaves it, and the rules that came with it: replayed referrals, stepping down, orders first."""

import numpy as np
import pytest
from worlds import live, path, small, with_settings, world

from simulation.actions.court import order_sought
from simulation.base.clock import NEVER
from simulation.base.codes import Function, Kind, Plan, Route, Stage, Step
from simulation.model import ChildrensServices
from simulation.scenario import load
from simulation.service.duty_table import FAR


@pytest.fixture(scope="module")
def starts():
    """Five starting days of the typical authority."""
    return [ChildrensServices(load("england_typical"), replication, weeks=1) for replication in range(1, 6)]


def days_in_care(model):
    return model.clock.day - model.children.care_day[model.in_care]


def test_as_many_have_just_come_into_care_as_a_years_starts_bring(starts):
    recent = np.mean([np.count_nonzero(days_in_care(model) < 119) for model in starts])
    assert recent == pytest.approx(369 * 119 / 365.25, rel=0.18)  # starts of the base year, less those who go home early


def test_no_worker_changed_before_the_child_was_born_or_referred_and_the_published_share_had_two(starts):
    for model in starts:
        children, rows = model.children, model.in_care
        known_from = np.maximum(children.birth_day[rows], children.referral_day[rows])
        for column in (children.change_day, children.earlier_change_day):
            assert ((column[rows] == NEVER) | (column[rows] >= known_from)).all()
        twice = np.count_nonzero(children.earlier_change_day[rows] > model.clock.day - 366)
        assert twice == pytest.approx(model.p.stock.two_worker_changes_share * len(rows), abs=1)


def test_plans_of_the_starting_day_are_agreed_step_by_step_up_to_the_second_review(starts):
    def agreed(first, last):
        plans = [model.children.plan[model.in_care[(days_in_care(model) >= first) & (days_in_care(model) < last)]] for model in starts]
        return np.mean(np.concatenate(plans) == Plan.AGREED)

    shares = [agreed(0, 28), agreed(42, 84), agreed(84, 119), agreed(133, 203), agreed(203, 9999)]
    assert shares == sorted(shares)
    assert shares[0] < 0.05
    assert 0.3 < shares[2] < 0.75
    assert shares[4] > 0.97


def test_young_people_are_met_up_to_their_eighteenth_birthday_and_more_at_fifteen_than_at_ten(starts):
    ages = [(model.clock.day - model.children.birth_day[model.in_care]) / 365.25 for model in starts]
    assert all((age < 18).all() for age in ages)
    assert np.mean([np.count_nonzero(age >= 17.9) for age in ages]) == pytest.approx(229 * 0.1 / 2, rel=0.4)
    ten, fifteen = (np.mean([np.count_nonzero(age.astype(int) == year) for age in ages]) for year in (10, 15))
    assert fifteen > 1.5 * ten


def test_letters_and_children_on_the_way_into_care_are_met_as_their_own_flow_leaves_them(starts):
    """As many are on the way as come in a week, times the weeks that it takes them."""
    seen = []
    for model in starts:
        children, day = model.children, model.clock.day
        plans = np.flatnonzero(children.present & (children.stage == Stage.PROTECTION_PLAN))
        left = (children.edge_day[plans] - day)[children.edge_day[plans] != NEVER] / 7
        work = children.duty_due[:, model.duties.index["letter before proceedings"]] < FAR
        seen.append((len(left), np.count_nonzero(left < 8), np.count_nonzero(work)))
    waiting, soon, letters = np.mean(seen, axis=0)
    assert 35 < waiting < 65
    assert soon / 8 == pytest.approx(2.2, rel=0.35)  # starts through proceedings a week, years later
    assert letters > 30


def test_part_of_the_child_in_need_plans_follow_a_protection_plan(starts):
    for model in starts:
        risk = model.children.recognised_risk[model.children.present & (model.children.stage == Stage.CHILD_IN_NEED)]
        assert np.mean(risk > model.thresholds.passed_by(0.1)) > 0.05


def test_children_whose_worker_has_just_changed_are_still_being_read_in(starts):
    assert min(np.count_nonzero(model.children.reading_in_until[model.in_care] > model.clock.day) for model in starts) > 30


def test_children_in_care_are_dealt_evenly_among_the_workers_of_the_starting_day(starts):
    for model in starts:
        workers, held = model.workers, model.children.worker[model.in_care]
        locality = workers.rows[workers.case_holding[workers.rows]]
        locality = locality[model.teams.function[workers.team[locality]] == Function.LOCALITY]
        assert np.bincount(held[held >= 0], minlength=workers.size)[locality].max() <= 5


def test_last_steps_of_the_starting_day_go_at_the_authoritys_pace():
    def weeks(factor):
        model = world({"permanence.exit_factor": factor}, size=1.0)
        rows = model.in_care[model.children.step[model.in_care] == Step.TRANSITION]
        rows = rows[model.children.route[rows] == Route.DISCHARGE]
        return (model.children.step_until_day[rows] - model.clock.day).mean()

    assert weeks(0.5) == pytest.approx(2 * weeks(1.0), rel=0.02)


@pytest.mark.parametrize(("mode", "least", "most"), [("replay", 0.93, 1.07), ("plan", 1.15, 2.0)])
def test_replayed_referrals_are_met_however_many_come_back(mode, least, most):
    def referrals(chance):
        scenario = with_settings(small(0.4, "bradford_2018"), {"front_door.return_chance": chance})
        scenario.header.mode = mode
        model = ChildrensServices(scenario, 1, weeks=104)
        for _ in range(104):
            model.step()
        return path(model, "new_referrals")[53:].sum()

    assert least < referrals(0.6) / referrals(0.15) < most


def test_young_people_move_on_to_supported_accommodation_at_the_rate_that_is_set():
    def supported(rate):
        model = live(world({"placing.step_down_per_year": rate}, size=0.4, weeks=39))
        return np.count_nonzero(model.children.kind[model.in_care] == Kind.SUPPORTED)

    assert supported(2.0) > 1.2 * supported(0.0)


def test_no_long_term_match_while_a_court_order_is_still_to_be_sought():
    model = world({"gates.legal_gateway_slots_per_week": 0}, size=0.3, weeks=60)
    began, asked = model.clock.day, 0
    for _ in range(60):
        model.step()
        children, rows = model.children, model.in_care
        new = rows[(children.care_day[rows] > began) & (children.plan[rows] == Plan.AGREED) & (children.route[rows] == Route.LONG_TERM_FOSTERING)]
        sought = new[order_sought(model, new)]
        asked += len(sought)
        assert (children.step[sought] <= Step.COURT).all()
    assert asked > 20
