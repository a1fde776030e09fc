"""Every week of generated worlds conserves hours, children, places and money; extremes and every scenario run."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_places import check_conserved
from worlds import live, path, scaled, world

from simulation.base.codes import Stage
from simulation.model import ChildrensServices
from simulation.scenario import load

SCENARIOS = sorted(file.stem for file in (Path(__file__).parent.parent / "scenarios").glob("*.yaml"))

# ---- conservation, week by week


def watch_hours(model: ChildrensServices) -> list[np.ndarray]:
    """From now on check every worker's account: granted + left = (available - owed before) + newly owed."""
    gaps: list[np.ndarray] = []
    spend = model.time.spend

    def watched(requests):
        workers = model.workers
        before = workers.hours_available - workers.hours_owed
        granted = spend(requests)
        left = np.maximum(before - workers.hours_used, 0.0)
        owed = np.zeros_like(left) if model.p.casework.edge == "unlimited" else workers.hours_owed
        gaps.append(workers.hours_used + left - np.maximum(before, 0.0) - owed + np.minimum(np.maximum(-before, 0.0), owed))
        held = requests.worker >= 0
        assert not granted[~held].any()
        assert np.allclose(workers.hours_wanted.sum(), requests.hours[held].sum(), rtol=1e-4)
        return granted

    model.time.spend = watched
    return gaps


def check_children(model: ChildrensServices, before: int) -> None:
    """In care now = in care before + starts - ceased, nobody before birth; identities are unique; everybody has one stage."""
    children, week = model.children, model.clock.week
    rows = children.rows
    assert len(model.in_care) == before + path(model, "new_care_starts")[week] - path(model, "new_care_ceased")[week]
    assert (children.care_day[model.in_care] >= children.birth_day[model.in_care]).all()
    assert len(np.unique(children.identity[rows])) == len(rows)
    assert np.isin(children.stage[rows], list(range(6))).all()
    held = rows[children.worker[rows] >= 0]
    assert model.workers.present[children.worker[held]].all()
    assert (children.stage[held] > Stage.REFERRED).all()
    cases = rows[children.case[rows] >= 0]
    assert model.cases.present[children.case[cases]].all()


def check_hours(model: ChildrensServices) -> None:
    """Wanted = granted + refused, in all and duty by duty."""
    week = model.clock.week
    wanted, granted, refused = (path(model, f"hours_{what}")[week] for what in ("wanted", "granted", "refused"))
    assert wanted == pytest.approx(granted + refused, rel=1e-4)
    by_duty = sum(values[week] for (measure, group), values in model.tally.history.items() if measure == "hours_granted" and group != "all")
    assert by_duty == pytest.approx(granted, rel=1e-4)


def check_money(model: ChildrensServices) -> None:
    """Every pound of gross spend is in one category, and net is gross less income."""
    week = model.clock.week
    spend = path(model, "gbp_spend")[week]
    lines = [values[week] for (measure, group), values in model.tally.history.items() if measure == "gbp_spend" and group.startswith("category:")]
    assert sum(lines) == pytest.approx(spend, rel=1e-6)
    assert path(model, "gbp_net")[week] == pytest.approx(spend - path(model, "gbp_income")[week], rel=1e-6)


WORLDS = st.fixed_dictionaries(
    {
        "demand.referrals_per_10k_per_year": st.sampled_from([0, 200, 545, 1500]),
        "front_door.entry_factor": st.sampled_from([0.3, 1.0, 4.0]),
        "casework.hours_factor": st.sampled_from([0.1, 0.93, 3.0]),
        "casework.edge": st.sampled_from(["start_and_owe", "whole_tasks_only"]),
        "casework.order": st.sampled_from(["most_overdue_first", "highest_risk_first", "shortest_first"]),
        "casework.permanence_team_share": st.sampled_from([0.0, 0.2]),
        "workforce.leaving_per_year": st.sampled_from([0.0, 0.1, 1.5]),
        "gates.permanence_panel_slots_per_week": st.sampled_from([0, 2, 1000]),
        "placing.own_acceptance": st.sampled_from([0.0, 0.3, 1.0]),
        "supply.deregistrations_per_year": st.sampled_from([0.0, 0.8]),
        "permanence.early_home_share": st.sampled_from([0.0, 0.5]),
        "practice.family_group_conference_share": st.sampled_from([0.0, 1.0]),
        "managers.leaving_per_year": st.sampled_from([0.0, 2.0]),
        "court.final_hearings_per_10k_per_year": st.sampled_from([0, 100]),
    }
)


@settings(max_examples=6)
@given(WORLDS, st.integers(1, 1000))
def test_hours_children_places_and_money_are_conserved_every_week(chosen, replication):
    model = world(chosen, size=0.05, weeks=8, replication=replication, checked=True)
    gaps = watch_hours(model)
    for _ in range(8):
        before = len(model.in_care)
        model.step()
        check_children(model, before)
        check_conserved(model)
        check_hours(model)
        check_money(model)
    assert max(np.abs(gap).max(initial=0.0) for gap in gaps) < 1e-2


def test_a_year_with_every_undeclared_write_refused():
    live(ChildrensServices(scaled(load("bradford_2018"), 0.05), 1, 0, 56, events=True, checked=True))


# ---- extremes


def test_no_children_at_all():
    nobody = dict.fromkeys(("demand.referrals_per_10k_per_year", "demand.unaccompanied_per_10k_per_year", "stock.looked_after", "stock.children_in_need", "stock.protection_plans", "stock.unaccompanied"), 0)  # fmt: skip
    model = live(world(nobody, size=0.1, weeks=12))
    assert path(model, "n_looked_after").max() == 0 and path(model, "n_workforce")[12] > 0
    assert len(model.outputs()["weekly"])


def test_no_workers_at_all():
    nobody = dict.fromkeys(("workforce.permanent_posts_fte", "workforce.start_permanent_fte", "workforce.start_agency_fte", "workforce.agency_cap_fte"), 0)  # fmt: skip
    model = live(world(nobody, size=0.1, weeks=30))
    assert path(model, "n_workforce").max() == 0 and path(model, "hours_granted").sum() == 0
    assert path(model, "new_visits_on_time").sum() == 0 < path(model, "new_visits_due").sum()
    assert path(model, "n_unallocated")[30] == path(model, "n_open_cases")[30] > 0


def test_a_hundred_times_the_referrals():
    quiet = {"demand.referrals_per_10k_per_year": 150, "demand.ceiling": 20}
    model = live(world(quiet | {"demand.referrals_per_10k_per_year": 3000, "demand.referral_factor": 5.0}, size=0.15, weeks=4))
    base = live(world(quiet, size=0.15, weeks=4))
    assert path(model, "new_referrals").sum() > 50 * max(path(base, "new_referrals").sum(), 1)
    assert path(model, "n_unallocated")[4] > path(base, "n_unallocated")[4]


def test_nobody_comes_into_care_before_birth():
    many_born = {"demand.newborn_siblings_per_year": 1.0, "front_door.sibling_entry_share": 1.0, "front_door.entry_factor": 3.0}
    model = world(many_born, size=0.3, weeks=12)
    newborns = 0
    for _ in range(12):
        model.step()
        came = model.in_care[model.children.care_day[model.in_care] > model.clock.day - 7]
        age = model.children.care_day[came] - model.children.birth_day[came]
        assert (age >= 0).all(), f"week {model.clock.week}: {age[age < 0]} days"
        newborns += np.count_nonzero(age < 7)
    assert newborns > 0, "the world was to have newborn siblings who come along"


def test_a_single_week():
    model = live(world(size=0.05, weeks=1))
    assert model.clock.week == 1 and set(model.outputs()["weekly"]["week"]) == {0, 1}


# ---- every scenario


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_runs_eight_weeks_on_a_small_scale(name):
    model = live(ChildrensServices(scaled(load(name), 0.15), 1, 0, 8))
    assert path(model, "n_looked_after")[8] > 0 and path(model, "new_visits_due")[1:].min() > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_runs_to_its_end_at_its_own_size(name):
    scenario = load(name)
    model = live(ChildrensServices(scenario, 1, 0))
    assert path(model, "n_looked_after")[scenario.weeks] > 0
