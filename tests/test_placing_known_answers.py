"""Placing: worlds small enough to know the answer."""

import numpy as np
import pytest
from tiny_places import add_children, add_places, check_conserved, next_week, surely, tiny

from simulation.actions import geography, places
from simulation.actions.placement_counts import placements_table, tally_placements
from simulation.actions.places import place, record_episode, vacate
from simulation.base.codes import Ceased, Kind, Legal, PlaceState, SiblingPlan
from simulation.rules import placing
from simulation.rules.money import nights_and_pence


def test_one_bed_and_one_child_who_fits():
    model = tiny(**surely())
    home, child = add_places(model, x_miles=3.0, y_miles=4.0), add_children(model)
    placing.Placing().step(model)
    assert model.children.placement[child] == home and model.children.kind[child] == Kind.FOSTER_OWN
    assert model.children.distance_miles[child][0] == pytest.approx(5.0)
    assert not model.children.searching[child][0] and model.tally.get("new_emergency_nights") == 0
    assert model.tally.get("new_placements", "location:inside") == 1
    check_conserved(model)


@pytest.mark.parametrize(
    ("fact", "value"),
    [("age_low", 8.0), ("age_high", 5.0), ("complexity_limit", 0.2), ("state", PlaceState.RESTING), ("blocked", 1), ("filled_by_others", 1)],
)
def test_a_bed_that_does_not_suit_stays_empty_and_the_night_is_counted(fact, value):
    model = tiny(**surely())
    add_places(model, **{fact: value})
    row = add_children(model, years=7.0)
    placing.Placing().step(model)
    assert model.children.kind[row] == Kind.UNREGISTERED and model.children.searching[row][0]
    assert model.tally.get("new_emergency_nights") == 7
    assert model.tally.get("new_unregistered_nights") == 4  # from the fourth night on
    check_conserved(model)


def test_an_emergency_ends_when_a_place_turns_up():
    model = tiny(**surely())
    row = add_children(model)
    placing.Placing().step(model)
    next_week(model)
    add_places(model)
    placing.Placing().step(model)
    assert model.children.kind[row] == Kind.FOSTER_OWN and model.tally.get("new_emergency_nights") == 0
    assert model.children.placement_day[row] == model.clock.first_day
    nights = placements_table(model)
    assert nights["emergency"].tolist() == [True, False] and (nights["end"].iloc[0] == nights["start"].iloc[1])


def siblings(model, **facts):
    return add_children(model, 2, family=77, **facts)


def test_two_siblings_and_one_place_are_parted_and_one_waits():
    model = tiny(**surely())
    add_places(model)
    rows = siblings(model)
    placing.Placing().step(model)
    assert sorted(model.children.kind[rows].tolist()) == [Kind.FOSTER_OWN, Kind.UNREGISTERED]
    check_conserved(model)


def test_siblings_live_together_where_any_feasible_place_can_take_them():
    model = tiny(**surely())
    near, far = add_places(model, 2), add_places(model, places=2, x_miles=20.0, kind=Kind.FOSTER_AGENCY)
    rows = siblings(model)
    placing.Placing().step(model)
    assert (model.children.placement[rows] == far).all() and not model.children.separated[rows].any()
    assert (model.placements.filled[near] == 0).all()


def test_siblings_are_parted_rather_than_sent_beyond_the_limit():
    model = tiny(**surely(placing__together_miles=15))
    near = add_places(model, 2)
    add_places(model, places=2, x_miles=20.0, kind=Kind.FOSTER_AGENCY)
    rows = siblings(model)
    placing.Placing().step(model)
    assert sorted(model.children.placement[rows].tolist()) == sorted(near.tolist()) and model.children.separated[rows].all()


def test_siblings_whose_plan_is_apart_are_searched_for_alone():
    model = tiny(**surely(placing__together_share=0.0))
    near = add_places(model, 2)
    add_places(model, places=2, x_miles=5.0)
    rows = siblings(model, sibling_plan=SiblingPlan.NONE)
    placing.Placing().step(model)
    assert sorted(model.children.placement[rows].tolist()) == sorted(near.tolist()) and not model.children.separated[rows].any()


def test_a_child_who_needs_a_home_lives_apart_from_a_younger_sibling_by_plan():
    model = tiny(**surely(placing__residential_complexity=0.8))
    add_places(model, 2, places=2)
    add_places(model, places=3, kind=Kind.HOME_PRIVATE, age_low=8.0)
    rows = add_children(model, 2, years=np.array([13.0, 6.0]), family=5, complexity=np.array([0.9, 0.3]))
    placing.Placing().step(model)
    assert model.children.kind[rows].tolist() == [Kind.HOME_PRIVATE, Kind.FOSTER_OWN]
    assert model.children.sibling_plan[rows].tolist() == [SiblingPlan.APART, SiblingPlan.TOGETHER]
    tally_placements(model)
    assert [model.tally.get(f"n_sibling_groups{what}") for what in ("", "_together", "_to_plan")] == [1, 0, 1]


@pytest.mark.parametrize(
    ("plans", "homes", "to_plan"),
    [("TTA", "112", 1), ("TTA", "122", 0), ("AA", "12", 1), ("AA", "11", 0), ("TT", "11", 1), ("TT", "12", 0), ("TA", "11", 1)],
)
def test_a_group_is_as_planned_when_those_to_live_together_do(plans, homes, to_plan):
    model = tiny()
    places = add_places(model, 2, places=3)
    plan = np.array([{"T": SiblingPlan.TOGETHER, "A": SiblingPlan.APART}[letter] for letter in plans])
    home = np.array([places[int(number) - 1] for number in homes])
    add_children(model, len(plans), entering=False, family=5, sibling_plan=plan, placement=home, kind=Kind.FOSTER_OWN)
    tally_placements(model)
    assert model.tally.get("n_sibling_groups_to_plan") == to_plan


def test_a_later_sibling_joins_where_the_first_lives_even_in_a_bed_closed_to_strangers():
    model = tiny(**surely())
    home = add_places(model, places=2, x_miles=6.0)
    first = add_children(model, family=5)
    placing.Placing().step(model)
    model.placements.blocked[home] = 1
    next_week(model)
    add_places(model)
    second = add_children(model, family=5)
    placing.Placing().step(model)
    assert model.children.placement[first] == model.children.placement[second] == home
    check_conserved(model)


def test_two_families_with_one_carer_are_not_promised_the_same_bed():
    model = tiny(**surely())
    home = add_places(model, places=3)
    rows = [add_children(model, family=family) for family in (5, 6)]
    placing.Placing().step(model)
    next_week(model)
    add_places(model, x_miles=9.0)
    rows = [add_children(model, family=family) for family in (5, 6)]
    placing.Placing().step(model)
    assert sorted(model.children.placement[np.concatenate(rows)].tolist()) == [home[0], home[0] + 1]
    check_conserved(model)


def test_own_carers_come_before_agencies_and_near_before_far():
    model = tiny(**surely())
    agency, far, near = add_places(model, kind=Kind.FOSTER_AGENCY), add_places(model, x_miles=12.0), add_places(model, x_miles=3.0)
    rows = add_children(model, 3)
    for row in rows:
        model.children.searching[:] = False
        model.children.searching[row] = True
        placing.Placing().step(model)
    assert model.children.placement[rows].tolist() == [near[0], far[0], agency[0]]


def test_the_cheapest_score_turns_the_order_round():
    model = tiny(**surely(placing__score="cheapest"))
    add_places(model, price_gbp=900.0)
    cheap = add_places(model, kind=Kind.FOSTER_AGENCY, price_gbp=300.0, x_miles=30.0)
    row = add_children(model)
    placing.Placing().step(model)
    assert model.children.placement[row] == cheap


def test_a_search_that_can_wait_waits_for_a_good_enough_place():
    for weeks, kind in ((0, "moved"), (4, "waits")):
        model = tiny(**surely(placing__wait_weeks_for_better=weeks))
        first = add_places(model)
        row = add_children(model)
        placing.Placing().step(model)
        add_places(model, x_miles=30.0, kind=Kind.FOSTER_AGENCY)
        next_week(model)
        model.children.searching[row], model.children.search_reason[row] = True, places.Reason.CARE_PLAN
        model.children.search_day[row] = model.clock.first_day
        placing.Placing().step(model)
        assert (model.children.placement[row] == first)[0] == (kind == "waits")


def test_kin_parents_and_adopters_get_a_household_of_the_familys_own():
    for kind in (Kind.FOSTER_KINSHIP, Kind.PARENTS, Kind.ADOPTIVE):
        model = tiny(**surely())
        rows = siblings(model, wanted_kind=kind)
        placing.Placing().step(model)
        home = model.children.placement[rows]
        assert home[0] == home[1] and model.placements.places[home[0]] == 2 and (model.children.kind[rows] == kind).all()
        vacate(model, rows[:1], model.clock.day, ceased=Ceased.KINSHIP_ORDER)
        assert model.placements.present[home[0]]
        vacate(model, rows[1:], model.clock.day, ceased=Ceased.KINSHIP_ORDER)
        assert not model.placements.present[home[0]]


def test_kin_who_offer_take_the_whole_family():
    model = tiny(**surely(placing__kin_chance=1.0))
    rows = siblings(model)
    placing.Placing().step(model)
    assert (model.children.kind[rows] == Kind.FOSTER_KINSHIP).all() and len(set(model.children.placement[rows].tolist())) == 1


def test_a_place_over_capacity_is_refused():
    model = tiny()
    home, rows = add_places(model), add_children(model, 2)
    with pytest.raises(ValueError, match="over capacity"):
        place(model, rows, np.repeat(home, 2), model.clock.day)


def test_doubling_places_that_suit_nobody_changes_nothing():
    told = []
    for useless in (0, 40):
        model = tiny(placing__own_acceptance=0.3)
        add_places(model, 15, x_miles=np.linspace(-6, 6, 15))
        rows = add_children(model, 20, years=np.linspace(1, 16, 20))
        add_places(model, useless, age_low=17.5, age_high=17.6)
        placing.Placing().step(model)
        told.append((model.children.placement[rows].tolist(), model.children.kind[rows].tolist()))
    assert told[0] == told[1]
    assert len(set(told[0][1])) > 1  # some were placed and some were not


def test_failed_searches_say_why_and_stand_beside_empty_beds():
    model = tiny(**surely())
    add_places(model, 3, age_low=12.0)
    add_places(model, 1, complexity_limit=0.1)
    add_children(model)
    placing.Placing().step(model)
    get = model.tally.get
    assert get("new_failed_searches") == 1
    assert get("new_failed_searches", "reason:age") == pytest.approx(0.75)
    assert get("new_failed_searches", "reason:needs") == pytest.approx(0.25)
    assert get("n_vacant_beds_at_failed_searches") == 4


def test_searching_takes_hours_and_more_when_nothing_is_found():
    model = tiny(**surely(placing__search_hours=3, placing__failed_search_hours=5))
    add_places(model)
    rows = add_children(model, 2, worker=np.array([4, 9]))
    placing.Placing().step(model)
    hours = dict(zip(*(part.tolist() for part in model.owed[0]), strict=True))
    placed = model.children.kind[rows] == Kind.FOSTER_OWN
    assert hours == {4: 3.0 if placed[0] else 5.0, 9: 3.0 if placed[1] else 5.0}


def test_the_optimal_assignment_is_never_further_than_it_need_be():
    model = tiny(**surely(placing__score="nearest"))
    while model.clock.week % 13:
        next_week(model)
    add_places(model, 2, x_miles=np.array([0.0, 5.0]))
    add_children(model, 2, home_x_miles=np.array([2.4, 1.0]))
    placing.Placing().step(model)
    get = model.tally.get
    assert get("miles_optimal_matching") == pytest.approx(min(2.4 + 4.0, 2.6 + 1.0))
    assert get("miles_greedy_matching") >= get("miles_optimal_matching")


def test_a_change_of_legal_status_splits_the_episode_and_leaves_the_placement():
    model = tiny(**surely())
    home, row = add_places(model), add_children(model)
    placing.Placing().step(model)
    next_week(model)
    model.children.legal[row] = Legal.CARE_ORDER
    record_episode(model, row, model.clock.day)
    vacate(model, row, model.clock.day + 3, ceased=Ceased.HOME_PLANNED)
    told = placements_table(model)
    assert told["legal_status"].tolist() == ["V2", "C2"] and told["reason_new_episode"].tolist() == ["S", "L"]
    assert told["reason_ceased"].tolist() == ["X1", "E4A"] and told["urn"].nunique() == 1
    assert (told["end"].iloc[0] == told["start"].iloc[1]) and model.placements.filled[home] == 0


def test_a_move_is_not_before_a_legal_change_of_the_same_week():
    model = tiny(**surely())
    add_places(model)
    row = add_children(model)
    placing.Placing().step(model)
    model.book.ended_this_week.clear()
    next_week(model)
    model.children.legal[row] = Legal.CARE_ORDER
    record_episode(model, row, model.clock.day)
    place(model, row, add_places(model), model.clock.first_day)
    told = placements_table(model)
    assert model.children.placement_day[row] == model.clock.day
    assert (told["end"].iloc[:-1].to_numpy() == told["start"].iloc[1:].to_numpy()).all(), "no episode overlaps another"
    assert nights_and_pence(model)[1].sum() == 7, "no night is paid for twice"


def test_staying_put_keeps_a_place_in_the_share_that_is_set():
    for share, kept in ((1.0, 1), (0.0, 0)):
        model = tiny(**surely(supply__staying_put_share=share))
        home, row = add_places(model), add_children(model, years=17.9)
        placing.Placing().step(model)
        vacate(model, row, model.clock.day, staying_put=True, ceased=Ceased.EIGHTEEN)
        assert model.placements.staying_put[home] == kept and model.placements.filled[home] == 0
        other = add_children(model, years=5)
        placing.Placing().step(model)
        assert (model.children.placement[other] == home)[0] == (not kept)


def test_three_definitions_of_far_away():
    model = tiny(**surely())
    r = geography.radius_miles(model)
    add_places(model, x_miles=r - 0.1), add_places(model, x_miles=r + 1, outside=True), add_places(model, x_miles=r + 25, outside=True)
    add_children(model, 3)
    placing.Placing().step(model)
    tally_placements(model)
    get = model.tally.get
    assert (get("n_outside_boundary"), get("n_over_20_miles"), get("n_outside_over_20_miles")) == (2, 1, 1)
    assert r == pytest.approx(np.sqrt(141 / np.pi))
