"""Worlds in which the answer is known: the care population's law, limits that no other slack removes, quiet, null changes."""

import numpy as np
import pytest
from scipy import stats
from worlds import (
    OPEN_GATES,
    PERFECT_MANAGERS,
    UNLIMITED_HOURS,
    live,
    lived,
    path,
    plans_in_time,
    share,
    small,
    total,
    world,
)

from simulation.actions import care
from simulation.base.clock import DAYS_IN_YEAR, NEVER, WEEKS_IN_YEAR
from simulation.base.codes import Ceased, Entered, Plan, Stage, Step
from simulation.base.dice import poisson
from simulation.model import ChildrensServices
from simulation.rules import proceedings
from simulation.rules.demand import SLOTS, make_families
from simulation.service.capacity import Requests, grant
from simulation.service.rule import Rule

# ---- the care population's law

NOBODY_COMES = {
    "demand.referrals_per_10k_per_year": 0, "demand.unaccompanied_per_10k_per_year": 0, "demand.newborn_siblings_per_year": 0,
    "stock.unaccompanied": 0, "stock.protection_plans": 0, "stock.children_in_need": 0, "demand.family_sizes": [1.0, 0.0, 0.0, 0.0],
}  # fmt: skip
ALL_YOUNG = {"stock.age_under_1": 0, "stock.age_5_9": 0, "stock.age_10_15": 0, "stock.age_16_plus": 0, "stock.placement_adoption": 0}
ONE_WAY_OUT = {
    "managers.notice_per_week": 0.0, "managers.notice_when_vacant": 0.0, "permanence.early_home_share": 0.0,
    "permanence.later_home_per_year": 0.0, "permanence.later_kinship_per_year": 0.0,
}  # fmt: skip


class Arrivals(Rule):
    """Children of one to four come into care at a constant rate."""

    per_year = 0.0

    def step(self, model):
        count = int(poisson(model.dice.one("arrivals", when=model.clock.week), self.per_year / WEEKS_IN_YEAR))
        rows = make_families(model, model.clock.week * SLOTS + np.arange(count), model.clock.first_day)
        model.children.birth_day[rows] = model.clock.day - int(3 * DAYS_IN_YEAR)
        care.enter_care(model, rows, Entered.VOLUNTARY, model.children.referral_day[rows])


def only_leaving(arrivals_per_year: float, leaving_per_year: float, replication: int) -> ChildrensServices:
    """Three years of children who come at one rate and leave at one hazard, with no plan, no queue and no limit."""
    settings = NOBODY_COMES | ALL_YOUNG | ONE_WAY_OUT | OPEN_GATES | UNLIMITED_HOURS
    model = world(settings | {"permanence.other_leaving_per_year": leaving_per_year}, size=0.5, weeks=156, replication=replication)
    children, rows = model.children, model.in_care
    children.plan[rows], children.step[rows], children.early_home_day[rows] = Plan.NOT_ASKED, Step.NONE, NEVER
    arrivals = Arrivals()
    arrivals.per_year = arrivals_per_year
    model.rules.insert(0, arrivals)
    return live(model)


@pytest.mark.parametrize(("arrivals", "leaving"), [(0.0, 0.4), (260.0, 0.35)])
def test_stock_follows_the_law_of_constant_arrivals_and_hazard(arrivals, leaving):
    model = only_leaving(arrivals, leaving, 1)
    stock = path(model, "n_looked_after")
    years = np.arange(157) / WEEKS_IN_YEAR
    stay = np.exp(-leaving * years)
    expected = stock[0] * stay + arrivals / leaving * (1 - stay)
    error = np.sqrt(stock[0] * stay * (1 - stay) + arrivals / leaving * (1 - stay))
    assert stock[0] == round(966 * 0.5)
    for week in (26, 52, 104, 156):
        assert abs(stock[week] - expected[week]) < 3.5 * error[week], week
    exits = total(model, "new_care_ceased", group="reason:other")
    exposure = total(model, "years_looked_after") + exits / WEEKS_IN_YEAR / 2
    assert total(model, "new_care_ceased") == exits
    assert abs(exits - leaving * exposure) < 3.5 * np.sqrt(leaving * exposure)


# ---- limits that slack elsewhere does not remove


@pytest.fixture(scope="module")
def usual():
    return lived(weeks=78)


def waits(model, what: str) -> float:
    """Children waiting for something on the way to permanence, on average in the last year."""
    return total(model, "weeks_permanence_wait", 27, 78, f"waits_for:{what}") / 52


def test_unlimited_hours_still_leave_panel_court_and_matching_time(usual):
    model = lived(UNLIMITED_HOURS, weeks=78)
    assert total(model, "hours_refused") == 0 or share(model, "new_visits_on_time", "new_visits_due") == 100
    assert plans_in_time(model, 27) > plans_in_time(usual, 27) + 20
    assert plans_in_time(model, 27) < 95  # managers still have to notice, sign and send back
    for what in ("manager", "panel", "assessor", "court", "family", "transition"):
        assert waits(model, what) > 0.5, what
    assert share(model, "weeks_proceedings_concluded", "new_proceedings_concluded", 27) / 100 > 20


def test_unlimited_places_still_leave_plan_delay(usual):
    places = {
        "placing.own_acceptance": 1.0, "placing.agency_acceptance": 1.0, "placing.home_acceptance": 1.0, "placing.supported_acceptance": 1.0,
        "placing.foster_acceptance_at_high_complexity": 1.0, "placing.teenager_acceptance_ratio": 1.0, "supply.agency_inside_per_10k": 300,
        "supply.homes_inside_per_10k": 100, "supply.supported_inside_per_10k": 100,
    }  # fmt: skip
    model = lived(places, weeks=78)
    assert total(model, "new_failed_searches", 27) < 0.7 * total(usual, "new_failed_searches", 27)
    assert plans_in_time(model, 27) < 75
    assert waits(model, "worker") + waits(model, "manager") + waits(model, "panel") > 5


def test_perfect_managers_without_hours_still_fail():
    no_hours = {"casework.hours_factor": 2.0}
    model = lived(PERFECT_MANAGERS | no_hours, weeks=78)
    rich = lived(PERFECT_MANAGERS | UNLIMITED_HOURS | OPEN_GATES, weeks=78)
    assert plans_in_time(model, 27) < 25
    assert waits(model, "manager") < 0.5 < 10 < waits(model, "worker")
    assert plans_in_time(rich, 27) > 97  # with hours and no queue the same managers do not fail


def test_poor_managers_with_slack_still_let_plans_drift():
    poor = lived(UNLIMITED_HOURS | OPEN_GATES | {"managers.mean_effectiveness": -4.0, "managers.spread": 0.0}, weeks=78)
    assert plans_in_time(poor, 27) < 60
    assert waits(poor, "manager") > waits(poor, "worker")


# ---- pockets of better practice

SINGLE_CHILDREN = {"demand.family_sizes": [1.0, 0.0, 0.0, 0.0], "front_door.sibling_entry_share": 0.0, "demand.newborn_siblings_per_year": 0.0}


def spread_between_teams(spread: float, replications: int) -> tuple[float, int]:
    """Chi-squared of plans in time by team against one common share, and its degrees of freedom."""
    chi, freedom = 0.0, 0
    settings = SINGLE_CHILDREN | UNLIMITED_HOURS | OPEN_GATES | {
        "managers.spread": spread, "managers.leaving_per_year": 0.0, "managers.notice_per_week": 0.12, "front_door.entry_factor": 2.0,
        "workforce.team_size": 4,
    }  # fmt: skip
    for replication in range(1, replications + 1):
        model = lived(settings, size=0.4, weeks=60, replication=replication)
        groups = [group for measure, group in model.tally.history if measure == "new_second_reviews_due" and group != "all"]
        table = np.array([[total(model, m, 20, None, g)
                           for m in ("new_plans_by_second_review", "new_second_reviews_due")] for g in groups])  # fmt: skip
        table = table[table[:, 1] >= 5]
        common = table[:, 0].sum() / table[:, 1].sum()
        chi += float(((table[:, 0] - common * table[:, 1]) ** 2 / (table[:, 1] * common * (1 - common))).sum())
        freedom += len(table) - 1
    return chi, freedom


def test_identical_managers_bring_the_spread_between_teams_down_to_chance():
    alike, freedom = spread_between_teams(0.0, 1)
    assert freedom >= 3
    assert alike < stats.chi2.ppf(0.999, freedom)
    different, freedom = spread_between_teams(2.0, 1)
    assert different > stats.chi2.ppf(0.999, freedom)


# ---- a trial


@pytest.fixture(scope="module")
def cohort():
    """A small authority with thousands of children on protection plans and no other way into care."""
    no_other_way = {"front_door.voluntary_per_year": 0.0, "front_door.emergency_share": 0.0, "front_door.preproceedings_per_plan": 0.0, "front_door.entry_factor": 1.0,
                    "demand.referrals_per_10k_per_year": 0, "stock.protection_plans": 6000, "stock.children_in_need": 6300}  # fmt: skip

    def letters(conferences: float) -> ChildrensServices:
        model = world(no_other_way | NO_LETTERS_OUT | {"practice.family_group_conference_share": conferences}, size=0.2, weeks=53)
        rows = np.flatnonzero(model.children.stage == Stage.PROTECTION_PLAN)
        model.children.edge_day[rows] = NEVER
        eligible = rows[model.children.family[rows] % 10 < 9]
        proceedings.send_letters(model, eligible)
        model.cohort, model.cohort_identity = eligible, model.children.identity[eligible].copy()
        return model

    return letters


NO_LETTERS_OUT = {"gates.legal_gateway_slots_per_week": 0}


def within_a_year(model: ChildrensServices) -> np.ndarray:
    """Of the cohort, who is to come into care within twelve months of the letter."""
    edge = model.children.edge_day[model.cohort]
    return (edge != NEVER) & (edge - model.clock.start_day <= 365)


def test_family_group_conferences_turn_44_8_into_36_2_per_cent(cohort):
    without, with_all = cohort(0.0), cohort(1.0)
    _, families = np.unique(without.children.family[without.cohort], return_counts=True)
    error = np.sqrt(0.25 * (families**2).sum()) / families.sum()  # siblings share their luck
    assert len(without.cohort) > 5000 and error < 0.012
    assert abs(within_a_year(without).mean() - 0.448) < 3 * error
    assert abs(within_a_year(with_all).mean() - 0.362) < 3 * error
    assert not (within_a_year(with_all) & ~within_a_year(without)).any()  # same luck: nobody is worse off


def test_family_group_conferences_change_nothing_for_those_not_eligible(cohort):
    without, half = cohort(0.0), cohort(0.5)
    assert (without.cohort_identity == half.cohort_identity).all()
    offered = half.children.family_conference[half.cohort]
    assert 0.4 < offered.mean() < 0.6
    others = np.setdiff1d(without.children.rows, half.cohort[offered])
    for name in ("edge_day", "preproceedings_day", "stage", "duty_due", "duty_left", "step_day"):
        assert (getattr(without.children, name)[others] == getattr(half.children, name)[others]).all(), name
    assert not half.children.family_conference[np.setdiff1d(half.children.rows, half.cohort)].any()


def test_children_at_the_edge_do_come_into_care(cohort):
    model = cohort(0.0)
    expected = int(within_a_year(model).sum())
    live(model)
    entered = total(model, "new_care_starts", group="reason:proceedings")
    assert abs(entered - expected) <= 0.03 * expected  # a few turn eighteen or go before the court first


# ---- nothing changes, and little changes little


def test_a_null_change_gives_exactly_zero():
    one, other = lived(weeks=20), lived({"workforce.permanent_posts_fte": small().parameters.workforce.permanent_posts_fte}, weeks=20)
    assert one.tally.history.keys() == other.tally.history.keys()
    for key, values in one.tally.history.items():
        assert (values == other.tally.history[key]).all(), key


def test_17_9_hours_is_not_17():
    tasks = 30
    ask = Requests(np.zeros(tasks, int), np.zeros(tasks, int), np.arange(tasks), np.arange(tasks, dtype=np.uint64), np.ones(tasks))
    granted = {(hours, edge): grant(ask, np.array([hours]), edge).sum() for hours in (17.0, 17.9, 18.0) for edge in ("start_and_owe", "whole_tasks_only")}
    assert granted[17.0, "start_and_owe"] == 17 and granted[17.9, "start_and_owe"] == granted[18.0, "start_and_owe"] == 18
    assert granted[17.0, "whole_tasks_only"] == granted[17.9, "whole_tasks_only"] == 17


def test_17_9_hours_a_week_is_not_17_in_the_whole_service():
    done = {hours: total(lived({"workforce.contracted_hours": hours, "workforce.stretch_hours": hours}, weeks=12), "hours_granted") for hours in (17.0, 17.9, 18.0)}
    assert done[17.0] < done[17.9] < done[18.0]
    assert done[17.9] / done[17.0] == pytest.approx(17.9 / 17.0, abs=0.03)


SLACK = OPEN_GATES | {
    "casework.hours_factor": 0.1, "workforce.caseload_limit": 200, "casework.no_new_cases_pressure": 5.0,
    "workforce.leaving_overload_elasticity": 0.0, "workforce.sickness_overload_elasticity": 0.0, "workforce.agency_caseload_trigger": 100,
}  # fmt: skip


def test_one_more_child_changes_nothing_for_the_others_where_workers_have_room():
    base, more = (world(SLACK | {"front_door.entry_factor": 0.05}, size=0.1, weeks=26) for _ in range(2))
    extra = make_families(more, np.array([SLOTS - 7]), more.clock.first_day)
    added = more.children.identity[extra].copy()
    live(base), live(more)
    mine, theirs = base.children.rows, more.children.rows
    theirs = theirs[~np.isin(more.children.identity[theirs], added)]
    mine, theirs = mine[np.argsort(base.children.identity[mine])], theirs[np.argsort(more.children.identity[theirs])]
    assert (base.children.identity[mine] == more.children.identity[theirs]).all() and len(mine) > 400
    for name in set(base.children.declared) - {"present"}:
        assert (getattr(base.children, name)[mine] == getattr(more.children, name)[theirs]).all(), name
    assert path(more, "new_referrals").sum() > path(base, "new_referrals").sum()


# ---- hazards equal theory


def test_rolled_frequencies_equal_their_chances():
    settings = {"demand.newborn_siblings_per_year": 0.6, "front_door.entry_factor": 1.5}
    model = world(settings, size=0.4, weeks=39)
    born, expected, chance = [], 0.0, 0.6 / WEEKS_IN_YEAR
    model.children.on_add.append(lambda rows: born.extend(model.children.identity[rows][model.children.birth_order[rows] >= 8].tolist()))
    for _ in range(39):
        children = model.children
        known = children.present & (children.stage >= Stage.PROTECTION_PLAN) & (children.birth_order == 0) & ~children.unaccompanied
        expected += np.count_nonzero(known) * chance * (1 - chance) ** (model.clock.week + 1)  # one birth in such a spell
        model.step()
    assert len(set(born)) == len(born)  # nobody is born twice
    assert expected > 100 and abs(len(born) - expected) < 3.5 * np.sqrt(expected)


def test_early_returns_have_their_share_and_their_time():
    model = world({"permanence.early_home_share": 0.30, "permanence.early_home_days": 50, "front_door.entry_factor": 4.0}, size=0.4, weeks=40)
    chosen, days = [], []
    for _ in range(40):
        model.step()
        rows = model.in_care[(model.children.care_day[model.in_care] >= model.clock.first_day) & ~model.children.unaccompanied[model.in_care]]
        _, first = np.unique(model.children.family[rows], return_index=True)  # siblings share their luck
        early = model.children.early_home_day[rows[first]]
        chosen += (early != NEVER).tolist()
        days += (early - model.children.care_day[rows[first]])[early != NEVER].tolist()
    n = len(chosen)
    assert n > 150 and abs(np.mean(chosen) - 0.30) < 3.5 * np.sqrt(0.21 / n)
    assert abs(np.mean(days) - 51) < 3.5 * 50 / np.sqrt(len(days))


def test_returns_to_care_follow_the_published_curve():
    model = world(weeks=1, size=0.3)
    rows = model.in_care[~model.children.unaccompanied[model.in_care]]
    model.children.n_periods[rows] = 1
    model.children.family[rows] = np.arange(len(rows)) + (1 << 45)  # no siblings: every child's own luck
    before = model.clock.day
    model.children.birth_day[rows] = before - int(2 * DAYS_IN_YEAR)
    care.leave_care(model, rows, Ceased.HOME_PLANNED, np.full(len(rows), before))
    wait = model.children.edge_day[rows] - before
    back = model.children.edge_day[rows] != NEVER
    for days, chance in ((91, 0.12), (365, 0.20), (6 * 365 + 1, 0.35)):
        seen = (back & (wait <= days)).mean()
        assert abs(seen - chance) < 3.5 * np.sqrt(chance * (1 - chance) / len(rows)), days


# ---- a quiet world


def yearly_plans(replications: int, size: float) -> np.ndarray:
    """Plans by second review by year (rows: replications), in a quiet world with stable staff."""
    stable = {"workforce.leaving_per_year": 0.0, "workforce.to_agency_per_year": 0.0, "workforce.applications_per_vacancy_per_year": 0.0,
              "workforce.newly_qualified_appointed_per_year": 0.0}  # fmt: skip
    runs = [lived(stable, size=size, weeks=156, replication=number) for number in range(1, replications + 1)]
    return np.array([[plans_in_time(run, first, first + 51) for first in (1, 53, 105)] for run in runs])


@pytest.mark.slow
def test_a_quiet_world_keeps_plans_within_three_points_for_three_years():
    years = yearly_plans(8, 1.0)
    change = years - years[:, :1]
    error = change.std(axis=0, ddof=1) / np.sqrt(len(years))
    assert (np.abs(change.mean(axis=0)) <= 3 + 1.96 * error).all(), years.mean(axis=0)


def test_a_quiet_world_has_no_jump_at_the_start():
    runs = [lived(size=0.3, weeks=30, replication=number) for number in (1, 2, 3)]
    for measure, share_allowed in (("n_looked_after", 0.02), ("n_open_cases", 0.05), ("n_children_in_need", 0.05), ("n_workforce", 0.03)):
        mean = np.mean([path(run, measure) for run in runs], axis=0)
        first, usual_change = np.abs(np.diff(mean))[0], np.abs(np.diff(mean)[4:]).mean()
        assert first <= max(4 * usual_change, share_allowed * mean[0]), measure
        assert abs(mean[4] / mean[0] - 1) <= 2 * share_allowed, measure


# ---- a surge


@pytest.mark.slow
def test_doubled_referrals_reach_assessments_then_conferences_then_permanence_plans():
    """Four weeks of doubled referrals, hours and slots without limit: what comes on top of the same luck without them."""
    settings = UNLIMITED_HOURS | OPEN_GATES | {"front_door.entry_factor": 3.0}
    extra = {name: np.zeros(92) for name in ("under assessment", "new_conferences", "new_plans_agreed")}
    for replication in (1, 2, 3):
        plain, surge = (world(settings, size=0.4, weeks=91, replication=replication) for _ in range(2))
        for week in range(1, 92):
            surge.p.demand.referral_factor = 2.0 if 5 <= week <= 8 else 1.0
            plain.step(), surge.step()
            at = [np.count_nonzero(model.children.present & (model.children.stage == Stage.ASSESSMENT)) for model in (plain, surge)]
            extra["under assessment"][week] += at[1] - at[0]
        for measure in ("new_conferences", "new_plans_agreed"):
            extra[measure] += path(surge, measure) - path(plain, measure)
    smooth = {name: np.convolve(values, np.ones(9) / 9, "same") for name, values in extra.items()}
    assert 5 <= smooth["under assessment"].argmax() <= smooth["new_conferences"].argmax() <= 20
    half = {name: int(np.argmax(values.cumsum() >= values.sum() / 2)) for name, values in extra.items()}
    assert half["new_conferences"] < half["new_plans_agreed"]
