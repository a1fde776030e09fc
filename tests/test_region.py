"""A region: alone it equals the single model; together, one authority's lost carers push the neighbours' children away."""

import numpy as np
import pytest

from simulation.actions.carers import stop_taking
from simulation.actions.places import Reason
from simulation.base.codes import Kind, Stage
from simulation.base.errors import Faults
from simulation.model import ChildrensServices, run_replication
from simulation.model.region import Member, Region
from simulation.scenario import load

SMALL = [
    "authority.population_0_17=30000", *(f"stock.{name}={value}" for name, value in {
        "looked_after": 204, "age_under_1": 11, "age_1_4": 28, "age_5_9": 37, "age_10_15": 79, "age_16_plus": 49, "placement_foster": 145,
        "placement_homes": 18, "placement_supported": 16, "placement_parents": 15, "placement_adoption": 6, "placement_other": 4,
        "legal_voluntary": 33, "legal_interim": 39, "legal_care_order": 119, "legal_placement_order": 12, "legal_other": 1,
        "provider_own": 98, "provider_private": 76, "provider_voluntary": 12, "outside_boundary": 86, "over_20_miles_outside": 33,
        "unaccompanied": 12, "children_in_need": 990, "protection_plans": 131,
    }.items()), "authority.area_square_miles=30", "supply.own_homes=1", "supply.own_homes_places=4",
]  # fmt: skip


def check_conserved(region):
    """Each shared place holds what its users put there and no more than it has; every child has one place."""
    for number in range(len(region.models)):
        region.market.bring_into_step(number)
    for model in region.models:
        table, children = model.placements, model.children
        rows = np.flatnonzero(children.present & (children.stage == Stage.LOOKED_AFTER))
        homes = children.placement[rows]
        assert (np.bincount(homes[homes >= 0], minlength=table.size)[table.present] == table.filled[table.present]).all()
        taken = table.filled + table.filled_by_others + table.filled_by_neighbours + table.staying_put
        assert (taken[table.present] <= table.places[table.present]).all()
    for link in region.market.links:
        owner, user = region.models[link.owner].placements, region.models[link.user].placements
        assert (user.filled[link.user_rows] <= owner.filled_by_neighbours[link.owner_rows]).all()


def test_a_region_of_one_equals_the_single_model():
    scenario = load("england_typical", SMALL)
    single, region = ChildrensServices(scenario, 1, 3, weeks=20), Region([Member(scenario)], 1, 3, 20)
    for _ in range(20):
        single.step()
        region.step()
    alone, member = single.tally.history, region.models[0].tally.history
    assert alone.keys() == member.keys()
    assert all((alone[key] == member[key]).all() for key in alone)


def test_members_have_luck_of_their_own_and_share_places_without_losing_anyone():
    scenario = load("england_typical", SMALL)
    region = Region([Member(scenario), Member(scenario, 8.0, 0.0), Member(scenario, 0.0, 9.0)], weeks=12)
    for _ in range(12):
        region.step()
        check_conserved(region)
    entered = [model.tally.history["new_care_starts", "all"].sum() for model in region.models]
    assert len(set(entered)) > 1
    lives = [model.placements.shared_from[model.children.placement[model.in_care]] for model in region.models]
    assert all((owners >= 0).any() for owners in lives)


def _after_losing(carers_lost, weeks=78):
    scenario = load("england_typical", SMALL)
    region = Region([Member(scenario), Member(scenario, 6.0, 0.0)], weeks=weeks)
    table = region.models[0].placements
    own = np.flatnonzero(table.present & (table.kind == Kind.FOSTER_OWN))
    stop_taking(region.models[0], own[: round(carers_lost * len(own))], 0.0, Reason.CLOSURE)
    region.models[0].p.supply.enquiries_per_10k_per_year *= 1 - carers_lost
    for _ in range(weeks):
        region.step()
    table = region.models[1].placements
    market = table.present & (table.kind == Kind.FOSTER_AGENCY) & (np.hypot(table.x_miles, table.y_miles) < 15)
    return region, (table.filled_by_others + table.filled_by_neighbours)[market].sum() / table.places[market].sum()


@pytest.mark.slow
def test_lost_carers_of_one_fill_the_places_that_the_neighbour_would_use():
    usual, full_before = _after_losing(0.0)
    lost, full_after = _after_losing(1.0)
    here, there = (region.models[0] for region in (usual, lost))
    assert there.children.outside[there.in_care].mean() > here.children.outside[here.in_care].mean()
    assert full_after > full_before


def test_each_member_writes_its_own_tables():
    scenario = load("england_typical", SMALL)
    told = Region([Member(scenario), Member(scenario, 6.0, 0.0)], weeks=2).run()
    assert list(told) == [scenario.id, f"{scenario.id} 2"]
    assert not told[scenario.id]["weekly"].equals(told[f"{scenario.id} 2"]["weekly"])


SMALL_FILE = "schema_version: 1\nextends: england_typical.yaml\n"


def _settings():
    sections: dict[str, list[str]] = {}
    for given in SMALL:
        name, value = given.split("=")
        section, setting = name.split(".")
        sections.setdefault(section, []).append(f"  {setting}: {value}\n")
    return "".join(f"{section}:\n{''.join(lines)}" for section, lines in sections.items())


def test_a_scenario_that_names_neighbours_competes_with_them(write):
    write(SMALL_FILE + _settings(), "there.yaml")
    alone = load(write(SMALL_FILE + _settings(), "alone.yaml"))
    near = load(write(SMALL_FILE + _settings() + "neighbours:\n  - {scenario: there.yaml, x_miles: 5, y_miles: 0}\n", "near.yaml"))
    told = [run_replication(scenario, 1, weeks=6)["placements"] for scenario in (alone, near)]
    shared = told[1]["urn"].isin(set(told[0]["urn"]))
    assert not told[0].equals(told[1]) and shared.any()
    assert alone.content_hash != near.content_hash


@pytest.mark.parametrize(
    ("neighbour", "message"),
    [
        ("{scenario: nowhere.yaml, x_miles: 5, y_miles: 0}", r"near\.yaml:4.*no such scenario"),
        ("{scenario: near.yaml, x_miles: 5, y_miles: 0}", "neighbours of its own"),
        ("{scenario: bradford_2020.yaml, x_miles: 5, y_miles: 0}", "starts on 2020-02-29"),
        ("{scenario: england_typical.yaml, y_miles: 0}", "'x_miles' is missing"),
    ],
)
def test_neighbours_that_cannot_be_are_refused_with_file_and_line(write, neighbour, message):
    with pytest.raises(Faults, match=message):
        load(write(f"{SMALL_FILE}neighbours:\n  - {neighbour}\n", "near.yaml"))


@pytest.mark.slow
def test_the_west_yorkshire_region_runs():
    scenario = load("west_yorkshire")
    assert len(scenario.neighbour_files) == 4
    told = run_replication(scenario, 1, weeks=2)
    assert set(told["weekly"]["week"]) == {0, 1, 2}
