"""Money: pounds add up to the penny, allowances go on, empty beds are paid, the budget triggers what it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_places import add_children, add_places, next_week, surely, tiny

from simulation.actions import money_counts
from simulation.actions.cases import entry_ratio
from simulation.actions.places import place, vacate
from simulation.base.clock import NEVER, WEEKS_IN_YEAR
from simulation.base.codes import Ceased, Kind, Stage
from simulation.model import ChildrensServices
from simulation.rules import money
from simulation.rules.front_door import edge_of_care
from simulation.rules.placing import Placing
from simulation.scenario import load
from simulation.service.ledger import Ledger

FREE = {f"money__{name}": 0.0 for name in ("looked_after_support_gbp", "foster_support_gbp", "fixed_gbp_per_child_per_year", "starting_guardianship_per_10k",
                                            "starting_adoption_per_10k", "travel_gbp_per_mile", "pay_inflation_per_year", "partner_share")}  # fmt: skip


def world(**settings):
    model = tiny(**surely(**{**FREE, "supply__foster_inflation_per_year": 0.0, **settings}))
    rule = money.Money()
    rule.start(model)
    return model, rule


def line(model, category, provider="own"):
    return model.ledger.now.get((category, provider), 0) / 100


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "income: c"]), st.sampled_from(["own", "private"]), st.floats(-1e6, 1e6)), max_size=40))
def test_a_ledger_adds_up_to_the_penny_whatever_is_put_in(entries):
    ledger = Ledger()
    for category, provider, gbp in entries:
        ledger.add(category, provider, gbp)
    pence = sum(round(gbp * 100) for _, _, gbp in entries)
    assert round(ledger.total() * 100) == pence
    assert round(100 * ledger.total("income: ")) + round(100 * ledger.total(without=("income: ",))) == pence


def test_a_week_split_between_two_homes_is_paid_by_the_night():
    model, rule = world()
    cheap, dear = add_places(model, price_gbp=350.0), add_places(model, price_gbp=700.0, kind=Kind.FOSTER_AGENCY)
    row = add_children(model, entering=False)
    place(model, row, cheap, model.clock.first_day)
    place(model, row, dear, model.clock.first_day + 3)
    rule.step(model)
    assert line(model, "looked after: foster own") == pytest.approx(350 * 3 / 7, abs=0.006)
    assert line(model, "looked after: foster agency", "private") == pytest.approx(700 * 4 / 7, abs=0.006)
    assert model.ledger.nights.sum() == pytest.approx(1.0)


def test_the_night_of_leaving_is_not_paid_and_nothing_is_paid_twice():
    model, rule = world()
    add_places(model, price_gbp=700.0)
    row = add_children(model)
    Placing().step(model)
    rule.step(model)
    next_week(model)
    vacate(model, row, model.clock.first_day + 2, ceased=Ceased.HOME_PLANNED)
    model.children.free(row)
    rule.step(model)
    assert line(model, "looked after: foster own") == pytest.approx(700 * 2 / 7, abs=0.006)
    next_week(model)
    rule.step(model)
    assert model.ledger.now.get(("looked after: foster own", "own"), 0) == 0


def test_own_homes_are_paid_filled_or_empty_and_never_twice():
    model, rule = world(money__own_home_place_gbp=3000.0)
    home = add_places(model, kind=Kind.HOME_OWN, places=3, price_gbp=3000.0)
    rule.step(model)
    assert line(model, "looked after: empty beds in own homes") == pytest.approx(9000)
    row = add_children(model, entering=False, years=14)
    place(model, row, home, model.clock.first_day)
    rule.step(model)
    assert line(model, "looked after: empty beds in own homes") + line(model, "looked after: home own") == pytest.approx(9000)


def test_places_under_block_contract_are_paid_when_empty_at_a_discount():
    model, rule = world(money__block_discount=0.2)
    add_places(model, kind=Kind.HOME_PRIVATE, places=2, price_gbp=4000.0, block=True)
    rule.step(model)
    assert line(model, "looked after: empty beds under block contract", "private") == pytest.approx(2 * 4000 * 0.8)


def test_allowances_go_on_after_the_order_and_fade_over_years():
    model, rule = world(money__guardianship_allowance_share=1.0, money__allowance_gbp=100.0, money__allowance_years=8.0)
    model.tally.add("new_care_ceased", 10, "reason:special guardianship")
    paid = []
    for _ in range(418):
        rule.step(model)
        paid.append(line(model, "looked after: special guardianship allowances"))
        next_week(model)
    assert paid[0] == pytest.approx(1000)
    assert paid[-1] == pytest.approx(1000 * np.exp(-417 / (8 * WEEKS_IN_YEAR)), rel=0.02)


def test_unaccompanied_children_bring_home_office_income():
    model, rule = world(money__home_office_gbp_per_night=114.0)
    add_places(model, 2, price_gbp=400.0)
    add_children(model, 2, unaccompanied=np.array([True, False]))
    Placing().step(model)
    rule.step(model)
    money_counts.tally_money(model)
    get = model.tally.get
    assert get("gbp_income") == pytest.approx(7 * 114)
    assert get("gbp_net") == pytest.approx(get("gbp_spend") - get("gbp_income"))


def test_an_edge_of_care_service_reaches_and_is_paid_for_the_most_serious_adolescents_only():
    model, rule = world(
        practice__edge_of_care_share=1.0, practice__edge_of_care_ratio=0.5, practice__edge_of_care_least_risk=1.2,
        practice__edge_of_care_gbp_per_year=100 * WEEKS_IN_YEAR,
    )  # fmt: skip
    facts = {"entering": False, "stage": Stage.CHILD_IN_NEED, "recognised_risk": np.array([1.5, 1.1, 2.0, 3.0])}
    rows = add_children(model, 4, years=np.array([14, 14, 9, 10.5]), **facts)
    assert edge_of_care(model, rows).tolist() == [0.5, 1.0, 1.0, 0.5]
    rule.step(model)
    assert line(model, "lever: edge of care") == pytest.approx(200)


def test_children_home_from_care_come_back_by_the_published_curve_alone():
    """Their way back is drawn when they leave: no other way into care is open for as long as the curve is known."""
    model, _ = world()
    day = model.clock.day
    rows = add_children(model, 3, years=14, entering=False, left_home_care_day=np.array([NEVER, day - 100, day - 7 * 365]))
    now = entry_ratio(model, rows)
    assert now[0] > 0 and now[1] == 0 and now[2] == now[0]


def _staff(model, permanent, agency):
    model.workers.add(permanent, started_day=0)
    model.workers.add(agency, started_day=0, agency=True)


def test_agency_workers_cost_the_same_and_the_premium_stands_apart():
    model, rule = world(money__social_worker_gbp_per_year=52_178.57, money__agency_premium=0.5)
    _staff(model, 10, 4)
    rule.step(model)
    assert line(model, "staff: social workers") == pytest.approx(10_000, rel=1e-3)
    assert line(model, "staff: agency workers at the cost of permanent ones", "agency") == pytest.approx(4_000, rel=1e-3)
    assert line(model, "staff: agency premium", "agency") == pytest.approx(2_000, rel=1e-3)


@pytest.mark.parametrize(("what", "frozen", "capped"), [("nothing", False, False), ("freeze", True, False), ("agency_cap", False, True)])
def test_overspending_triggers_what_the_scenario_says(what, frozen, capped):
    model, rule = world(money__overspend_triggers=what, money__budget_gbp_per_year=100_000.0)
    _staff(model, 10, 6)
    for _ in range(8):
        rule.step(model)
        next_week(model)
    assert model.authority.hiring_frozen == frozen
    assert (model.authority.agency_limit_fte == 6) == capped
    model.p.money.budget_factor = 1e4
    for _ in range(60):
        rule.step(model)
        next_week(model)
    assert not model.authority.hiring_frozen and model.authority.agency_limit_fte == float("inf")


def test_a_reserve_holds_the_freeze_off_until_it_is_spent():
    model, rule = world(money__overspend_triggers="reserve", money__budget_gbp_per_year=100_000.0, money__reserve_gbp=300_000.0)
    model.ledger.reserve = 300_000.0
    _staff(model, 10, 6)
    frozen = []
    for _ in range(60):
        rule.step(model)
        frozen.append(model.authority.hiring_frozen)
        next_week(model)
    assert not frozen[10] and any(frozen) and model.ledger.reserve == pytest.approx(0.0)


def test_the_money_table_the_measures_and_the_ledger_agree_over_a_run():
    model = ChildrensServices(load("bradford_2020", ["supply.carer_support_share=0.5"]), weeks=6)
    for _ in range(6):
        model.step()
    table, history = money_counts.money_table(model), model.tally.history
    revenue = table[~table["category"].str.startswith("capital: ")].groupby("week")["gbp"].sum()
    assert revenue.to_numpy() == pytest.approx(history["gbp_net", "all"][1:], abs=0.001)
    gross = sum(values for (name, group), values in history.items() if name == "gbp_spend" and group.startswith("category:"))
    providers = sum(values for (name, group), values in history.items() if name == "gbp_spend" and group.startswith("provider:"))
    assert gross[1:] == pytest.approx(history["gbp_spend", "all"][1:], abs=0.001)
    assert providers[1:] == pytest.approx(gross[1:], abs=0.001)
    pence = table["gbp"] * 100
    assert np.abs(pence - pence.round()).max() < 1e-4
    assert history["gbp_net", "all"][1:] == pytest.approx(history["gbp_spend", "all"][1:] - history["gbp_income", "all"][1:], abs=0.001)
    assert 700 < history["gbp_placements", "all"][1:].sum() / history["weeks_looked_after", "all"][1:].sum() < 1100  # section 251: 865 to 1,000
