"""Supply: carers and homes that come and go, the levers' lags, other authorities' children, prices."""

import datetime as dt

import numpy as np
import pytest
from tiny_places import add_children, add_places, check_conserved, next_week, surely, tiny

from simulation.actions import carers
from simulation.actions.placement_counts import FOSTERING, OWN_FOSTERING, states_by_kind
from simulation.actions.places import Reason
from simulation.base.clock import NEVER
from simulation.base.codes import Kind, PlaceState
from simulation.base.errors import Faults
from simulation.model import ChildrensServices
from simulation.rules import market, supply
from simulation.rules.placing import Placing
from simulation.scenario import load

QUIET = {"supply__enquiries_per_10k_per_year": 0.0, "supply__deregistrations_per_year": 0.0, "supply__home_closures_per_year": 0.0}


def live(model, weeks, *rules):
    for rule in rules:
        rule.start(model)
    for _ in range(weeks):
        for rule in rules:
            rule.step(model)
        next_week(model)


def own(model):
    return np.flatnonzero(model.placements.present & (model.placements.kind == Kind.FOSTER_OWN))


def test_carers_are_approved_at_the_rate_that_enquiries_and_conversion_give():
    model = tiny(**{**QUIET, "supply__enquiries_per_10k_per_year": 100.0, "supply__enquiry_to_approval": 0.5})
    live(model, 104, supply.Supply())
    expected = 100 * 14.2 * 0.5 * 104 / (365.25 / 7)
    assert abs(len(own(model)) - expected) < 4 * np.sqrt(expected)


def test_more_enquiries_bring_carers_only_after_the_months_of_assessment():
    def carers(fee, weeks):
        model = tiny(**{**QUIET, "supply__enquiries_per_10k_per_year": 300.0, "supply__approval_weeks": 30.0, "supply__fee_elasticity": 1.0})
        rule = supply.Supply()
        rule.start(model)
        model.p.supply.foster_fee_ratio = fee
        for _ in range(weeks):
            rule.step(model)
            next_week(model)
        return len(own(model))

    assert carers(2.0, 29) == carers(1.0, 29)
    assert carers(2.0, 60) > carers(1.0, 60)


def test_households_stop_at_the_rate_that_is_set_and_support_slows_it():
    def left(**settings):
        model = tiny(**{**QUIET, "supply__deregistrations_per_year": 0.13, **settings})
        add_places(model, 4000)
        live(model, 52, supply.Supply())
        return 4000 - len(own(model))

    usual = left()
    expected = 4000 * (1 - np.exp(-0.13 * 52 * 7 / 365.25))
    assert abs(usual - expected) < 4 * np.sqrt(expected)
    assert left(supply__carer_support_share=1.0, supply__carer_support_ratio=0.5) < 0.65 * usual


def test_a_household_that_stops_takes_nobody_and_goes_when_the_last_child_has_left():
    model = tiny(**surely(**QUIET))
    home, row = add_places(model, places=2), add_children(model)
    Placing().step(model)
    carers.stop_taking(model, home, 0.0, Reason.CLOSURE)
    assert model.placements.places[home] == 1 and model.children.must_leave_day[row] == NEVER
    supply.Supply().step(model)
    assert model.placements.present[home]
    with pytest.raises(ValueError, match="cannot be closed"):
        carers.close(model, home)
    from simulation.actions.places import vacate

    vacate(model, row, model.clock.day)
    supply.Supply().step(model)
    assert not model.placements.present[home]


def test_a_home_that_closes_with_children_gives_them_notice():
    model = tiny(**surely(**QUIET))
    home, row = add_places(model, kind=Kind.HOME_PRIVATE), add_children(model, years=14, complexity=0.95)
    Placing().step(model)
    carers.stop_taking(model, home, 1.0, Reason.CLOSURE)
    assert model.children.searching[row] and model.children.search_reason[row] == Reason.CLOSURE
    assert model.children.must_leave_day[row] == model.clock.day + int(model.p.placing.notice_days)


def test_an_own_home_opens_within_its_lead_time_and_not_before():
    model = tiny(**QUIET)
    rule = supply.Supply()
    rule.start(model)
    model.p.supply.own_homes_ordered = 2.0
    opened = []
    for _ in range(90):
        rule.step(model)
        homes = np.flatnonzero(model.placements.present & (model.placements.kind == Kind.HOME_OWN))
        opened.append(len(homes))
        next_week(model)
    lead = model.p.supply.own_home_lead_weeks
    assert opened[int(0.7 * lead) - 2] == 0 and opened[-1] == 2
    assert model.placements.places[homes].tolist() == [model.p.supply.own_home_places] * 2


def test_sibling_carers_take_groups_of_four_and_no_child_alone():
    model = tiny(**surely(**QUIET, supply__approval_weeks=2.0))
    rule = supply.Supply()
    rule.start(model)
    model.p.supply.sibling_carers = 1.0
    for state in (PlaceState.NOT_OPEN, PlaceState.NOT_OPEN, PlaceState.AVAILABLE):
        rule.step(model)
        assert model.placements.state[own(model)].tolist() == [state]
        next_week(model)
    alone = add_children(model)
    rows = add_children(model, 4, family=3)
    Placing().step(model)
    assert len(set(model.children.placement[rows].tolist())) == 1 and not model.children.separated[rows].any()
    assert model.children.placement[alone] == NEVER  # kept for siblings


def test_block_contracts_open_after_their_weeks_and_are_closed_to_others():
    model = tiny(**QUIET, supply__block_contract_weeks=3.0, supply__others_demand_factor=10.0)
    rules = supply.Supply(), market.Market()
    for rule in rules:
        rule.start(model)
    model.p.supply.block_contract_places = 6.0
    for week in range(8):
        for rule in rules:
            rule.step(model)
        block = np.flatnonzero(model.placements.block)
        assert model.placements.places[block].sum() == 6
        assert (model.placements.state[block] == PlaceState.AVAILABLE).all() == (week >= 3)
        next_week(model)
    assert (model.placements.filled_by_others[block] == 0).all()


def test_beds_beside_a_child_are_blocked_as_often_as_is_set_and_never_overfill():
    model = tiny(**QUIET, supply__blocked_chance=0.3)
    rows = add_places(model, 4000, places=3, filled=0, filled_by_others=1)
    model.placements.kind[rows] = Kind.FOSTER_AGENCY
    supply.set_blocked(model, rows)
    blocked = model.placements.blocked[rows]
    assert abs(blocked.mean() - 0.6) < 4 * np.sqrt(2 * 0.3 * 0.7 / 4000)
    check_conserved(model)


def test_other_authorities_children_stay_in_balance_and_fill_more_when_demand_grows():
    def others(factor):
        model = tiny(**{**QUIET, "supply__agency_entry_per_year": 0.0, "supply__rest_chance": 0.0, "supply__blocked_chance": 0.0,
                        "supply__others_demand_growth_per_year": 0.0, "supply__others_demand_factor": factor})  # fmt: skip
        add_places(model, 1500, kind=Kind.FOSTER_AGENCY, places=2, filled_by_others=np.arange(1500) % 3)
        live(model, 80, supply.Supply(), market.Market())
        return model.placements.filled_by_others[model.placements.present].sum()

    assert others(1.0) == pytest.approx(1500, abs=150)
    assert others(2.0) > 1.2 * others(1.0)


def test_prices_rise_with_inflation_for_all_and_with_scarcity_for_new_placements_only():
    model = tiny(**surely(**QUIET, supply__residential_inflation_per_year=0.10, supply__foster_inflation_per_year=0.0, supply__scarcity_premium=2.0,
                          supply__solo_share=0.0, supply__complexity_price=0.0, supply__others_stay_years=10.0))  # fmt: skip
    add_places(model, 40, kind=Kind.HOME_PRIVATE, places=2, price_gbp=3000.0)
    old = add_children(model, years=14, complexity=0.95)
    Placing().step(model)
    rule = market.Market()
    rule.start(model)
    model.placements.filled_by_others[20:] = 2
    for _ in range(52):
        market._prices(model)
        next_week(model)
    assert model.children.price_gbp[old][0] == pytest.approx(3000 * 1.1, rel=0.01)
    assert model.book.premium["homes"] == pytest.approx(np.exp(2.0 * 0.5), rel=0.1)
    model.children.search_day[old] = model.clock.first_day
    new = add_children(model, years=14, complexity=0.95)
    Placing().step(model)
    assert model.children.price_gbp[new][0] == pytest.approx(3000 * 1.1 * model.book.premium["homes"], rel=0.01)


def test_higher_fees_are_paid_to_the_carers_of_children_placed_before_and_to_new_ones():
    model = tiny(**surely(**QUIET, supply__foster_inflation_per_year=0.0))
    add_places(model, 2, places=1, price_gbp=400.0)
    before = add_children(model)
    Placing().step(model)
    rule = market.Market()
    rule.start(model)
    market._prices(model)
    assert model.children.price_gbp[before][0] == pytest.approx(400)
    model.p.supply.foster_fee_ratio = 1.5
    market._prices(model)
    market._prices(model)  # once is enough
    assert model.children.price_gbp[before][0] == pytest.approx(600)
    next_week(model)
    after = add_children(model)
    Placing().step(model)
    assert model.children.price_gbp[after][0] == pytest.approx(600)


def test_registration_closes_some_supported_places_on_its_day():
    for loss, remains in ((0.0, True), (1.0, False)):
        model = tiny(**QUIET, supply__supported_registration_loss=loss, supply__supported_registration_date=dt.date(2020, 3, 10))
        add_places(model, 5, kind=Kind.SUPPORTED, age_low=16.0)
        live(model, 3, supply.Supply(), market.Market())
        assert (np.count_nonzero(model.placements.present & (model.placements.kind == Kind.SUPPORTED)) >= 5) == remains


def test_starting_places_have_the_published_states():
    model = ChildrensServices(load("england_typical"), weeks=1)
    states = {state: count[list(FOSTERING)].sum() for state, count in states_by_kind(model).items()}
    shares = {name: states[name] / states["places"] for name in ("filled", "vacant", "unavailable")}
    assert shares == pytest.approx({"filled": 0.62, "vacant": 0.19, "unavailable": 0.19}, abs=0.02)
    children, rows = model.children, model.in_care
    table = model.placements
    assert (np.bincount(children.placement[rows], minlength=table.size) == np.where(table.present, table.filled, 0)).all()
    assert children.outside[rows].sum() == model.p.stock.outside_boundary
    assert (children.outside[rows] == table.outside[children.placement[rows]]).all()
    far = children.outside[rows] & (children.distance_miles[rows] > 20)
    assert far.sum() == pytest.approx(model.p.stock.over_20_miles_outside, rel=0.1)


def test_bradfords_own_carers_start_full():
    model = ChildrensServices(load("bradford_2020"), weeks=1)
    states = {state: count[list(OWN_FOSTERING)].sum() for state, count in states_by_kind(model).items()}
    shares = {name: round(100 * states[name] / states["places"]) for name in ("filled", "vacant", "unavailable")}
    assert shares == {"filled": 82, "vacant": 2, "unavailable": 12}  # Ofsted 2019: 595, 15 and 90 of 730
    assert 100 * model.children.outside[model.in_care].mean() == pytest.approx(23.4, abs=0.3)


BAD = """schema_version: 1
extends: england_typical.yaml
supply:
  foster_agency_gbp: -5
  named_places:
    - {name: The Oaks, kind: home own, places: 4, price_gbp: 3000, x_miles: 1, y_miles: 2, age_low: 15, age_high: 9}
    - {name: Elm House, kind: home private, places: 4, price_gbp: 3000}
"""


def test_impossible_supply_is_refused_with_file_and_line(write):
    with pytest.raises(Faults) as refused:
        load(write(BAD))
    told = str(refused.value)
    assert "try.yaml:4" in told and "foster_agency_gbp" in told
    assert "try.yaml:7" in told and "x_miles" in told
    with pytest.raises(Faults, match=r"try\.yaml:6.*wrong way round"):
        load(write(BAD.replace("-5", "5").rsplit("\n", 2)[0] + "\n"))


def test_places_known_by_name_are_there_at_the_start(write):
    text = "schema_version: 1\nextends: england_typical.yaml\nsupply:\n  named_places:\n    - {name: The Oaks, kind: home own, places: 4, price_gbp: 3000, x_miles: 9, y_miles: 0}\n"
    model = ChildrensServices(load(write(text)), weeks=1)
    known = np.flatnonzero(model.placements.present & (model.placements.x_miles == 9.0))
    assert model.placements.places[known].tolist() == [4] and model.placements.outside[known].all()


@pytest.mark.parametrize(("share", "places", "ratio"), [(0.6, 4, 1.0), (0.6, 2, 1.6), (0.0, 2, 1.0), (1.0, 2, 2.0), (0.5, 8, 0.75)])
def test_a_home_costs_its_fixed_part_however_few_its_places(share, places, ratio):
    assert supply.fixed_cost_ratio(share, places) == pytest.approx(ratio)
