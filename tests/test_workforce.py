"""Workers come and go: counts, hazards, the labour pool, agency cover, and what levers do."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from tiny_workforce import live, series, tiny

from simulation.actions import staffing, workforce_counts
from simulation.base.clock import NEVER, WEEKS_IN_YEAR, date_of, day_number
from simulation.base.codes import Leaving, Stage
from simulation.rules import workforce

SETTLED = {
    "workforce__new_starter_leaving_ratio": 1.0,
    "workforce__vacancy_leaving_ratio": 1.0,
    "workforce__agency_leaving_ratio": 1.0,
    "workforce__leader_gap_leaving": 0.0,
}
"""A service in which nothing but the settled hazard makes people leave."""


def total(model, measure: str) -> float:
    return float(series(model, measure).sum())


def test_the_starting_day_has_the_numbers_asked_for():
    model = tiny()
    workers, authority = model.workers, model.authority
    here = workers.rows
    assert (authority.posts.held, authority.agency_posts.held) == (383, 70)
    assert staffing.vacancies(model) == 74
    assert abs(workers.case_holding[here].sum() - 0.545 * 453) <= 6
    assert (workers.team[here] >= 0).tolist() == workers.case_holding[here].tolist()
    assert len(set(workers.identity[here])) == len(set(workers.key[here])) == 453
    assert model.teams.n_case_holders.sum() == workers.case_holding[here].sum()


@pytest.fixture(scope="module")
def quiet():
    """England's rates for four years, three times over."""
    return [live(tiny(208, replication), 208) for replication in (1, 2, 3)]


@pytest.mark.parametrize(
    ("top", "bottom", "low", "high"),
    [
        ("new_leavers", "years_in_post", 12.0, 15.5),
        ("n_vacancies", "n_posts", 13.5, 18.5),
        ("n_agency_workers", "n_workforce", 13.0, 17.5),
        ("n_workers_sick", "n_workforce", 2.5, 3.3),
    ],
)
def test_an_ordinary_service_stays_near_the_published_shares_year_after_year(quiet, top, bottom, low, high):
    for year in range(4):
        weeks = slice(52 * year, 52 * year + 52)
        share = 100 * sum(series(m, top)[weeks].sum() for m in quiet) / sum(series(m, bottom)[weeks].sum() for m in quiet)
        assert low - 1 < share < high + 1
    whole = 100 * sum(total(m, top) for m in quiet) / sum(total(m, bottom) for m in quiet)
    assert low < whole < high


def test_people_and_posts_are_conserved(quiet):
    for model in quiet:
        workers, spells = model.workers, model.authority.worker_spells
        assert len(workers) == sum(p.held for p in (model.authority.posts, model.authority.agency_posts))
        for posts in (model.authority.posts, model.authority.agency_posts):
            held = np.flatnonzero(posts.holder != NEVER)
            assert len(held) == posts.held
            assert workers.present[posts.holder[held]].all()
            np.testing.assert_array_equal(workers.post[posts.holder[held]], held + posts.first)
        assert 383 + total(model, "new_starters") - total(model, "new_leavers") == model.authority.posts.held
        assert total(model, "new_leavers") == sum(1 for spell in spells if not spell[4])
        team = workers.team[workers.present & workers.case_holding]
        np.testing.assert_array_equal(model.teams.n_case_holders, np.bincount(team, minlength=model.teams.size))


def _permanent(model) -> tuple[set[int], set[int]]:
    """Identities of permanent workers who have not given notice, and of those who have."""
    workers = model.workers
    here, noticed = workers.present & ~workers.agency, workers.leaving_day != NEVER
    return set(workers.identity[here & ~noticed].tolist()), set(workers.identity[here & noticed].tolist())


def test_leaving_follows_its_hazard():
    model = tiny(104, **SETTLED, workforce__leaving_per_year=0.25, workforce__to_agency_per_year=0.05)
    given, exposed = 0, 0
    for _ in range(104):
        free, _ = _permanent(model)
        live(model, 1)
        _, noticed = _permanent(model)
        exposed += len(free)
        given += len(free & noticed)
    expected = exposed * -np.expm1(-0.30 / WEEKS_IN_YEAR)
    assert abs(given - expected) < 4 * np.sqrt(expected)


def test_mean_caseload_plays_no_part_in_leaving_but_own_overload_does():
    model = tiny(workforce__leaving_overload_elasticity=0.35, workforce__usual_pressure=1.2)
    before = staffing.leaving_hazard(model)
    model.children.add(6000, stage=int(Stage.CHILD_IN_NEED))
    model.workers.caseload[:] = 40
    np.testing.assert_array_equal(staffing.leaving_hazard(model), before)
    row = model.workers.rows[model.workers.case_holding[model.workers.rows]][0]
    model.workers.pressure[row] = 1.2 * 1.5
    after = staffing.leaving_hazard(model)
    assert after[row] / before[row] == pytest.approx(1.5**0.35, rel=1e-5)
    assert (np.delete(after, row) == np.delete(before, row)).all()


def test_service_pay_and_a_judgement_move_the_hazard_by_their_own_ratios():
    pay = {"workforce__leaving_pay_elasticity": 1.2, "workforce__reference_pay_gbp_per_year": 40_000}
    model = tiny(**pay, workforce__new_starter_leaving_ratio=1.6, workforce__new_starter_years=2)
    permanent = model.workers.rows[~model.workers.agency[model.workers.rows]]
    hazard = staffing.leaving_hazard(model)[permanent]
    new = model.clock.day - model.workers.started_day[permanent] < 2 * 365.25
    assert hazard[new].min() / hazard[~new].min() == pytest.approx(1.6)
    model.p.workforce.retention_payment_gbp_per_year = 4000.0
    assert staffing.leaving_hazard(model)[permanent] / hazard == pytest.approx(1.1**-1.2)
    model.p.workforce.retention_payment_gbp_per_year = 0.0
    model.p.inspection.inadequate_on = model.clock.date
    assert staffing.leaving_hazard(model)[permanent] / hazard == pytest.approx(1 + model.p.inspection.leaving_jump)


def test_more_posts_help_only_where_people_can_be_hired():
    dry = {"workforce__experienced_pool_per_10k": 0.0, "workforce__newly_qualified_per_10k": 0.0}
    few, many = (
        live(tiny(104, workforce__permanent_posts_fte=posts, workforce__agency_cap_fte=0, **dry), 104) for posts in (457, 517)
    )
    assert total(many, "new_starters") == total(few, "new_starters") == 0
    assert series(many, "n_vacancies")[0] - series(few, "n_vacancies")[0] == 60
    wet = live(tiny(104, workforce__permanent_posts_fte=517), 104)
    assert series(wet, "n_social_workers")[-1] > series(many, "n_social_workers")[-1] + 50


def test_the_labour_pool_is_finite():
    """Twice the vacancies bring more starters, but far fewer than twice as many."""
    base, double = (total(live(tiny(156, workforce__permanent_posts_fte=383 + gap), 156), "new_starters") for gap in (74, 148))
    assert 1.05 * base < double < 1.6 * base


def test_the_newly_qualified_come_in_autumn():
    model = tiny(104, workforce__experienced_pool_per_10k=0.0)
    known = set(model.workers.identity[model.workers.rows].tolist())
    live(model, 104)
    rows = model.workers.rows[~model.workers.agency[model.workers.rows]]
    fresh = [
        row
        for row in rows
        if model.workers.identity[row] not in known and model.workers.started_day[row] > day_number("2018-08-15")
    ]
    months = {date_of(model.workers.started_day[row]).month for row in fresh}
    assert months <= {9, 10, 11, 12} and {9, 10} <= months
    assert (model.workers.experience_years[fresh] == 0).all()


def test_an_agency_cap_leaves_vacancies_uncovered():
    base, capped = live(tiny(104), 104), live(tiny(104, workforce__agency_cap_fte=30), 104)
    assert series(capped, "n_agency_workers")[-52:].max() <= 30 + 2
    uncovered = [series(m, "n_vacancies")[-52:] - series(m, "n_agency_workers")[-52:] for m in (base, capped)]
    assert uncovered[1].mean() > uncovered[0].mean() + 25
    assert {spell[8] for spell in capped.authority.worker_spells} >= {"released", "left contract"}


def test_agency_is_bought_beyond_the_establishment_when_caseload_passes_the_trigger():
    def wanted(cases: int) -> int:
        model = tiny(workforce__agency_caseload_trigger=18, workforce__agency_overload_share=0.3)
        model.children.add(cases, stage=int(Stage.CHILD_IN_NEED))
        return workforce.agency_wanted(model)

    at_trigger = int(18 * 0.545 * 457)
    assert wanted(at_trigger - 500) == wanted(at_trigger - 50)
    more = 900 / 18 / 0.545 * 0.3
    assert wanted(at_trigger + 900) - wanted(at_trigger - 50) == pytest.approx(more, abs=1.1)


def test_after_a_judgement_agency_and_vacancies_rise_and_turnover_hardly():
    """Signs of the event study of 17 authorities, where the establishment grew by a tenth."""
    judged = {"inspection__inadequate_on": dt.date(2019, 3, 31), "workforce__posts_after_inspection_share": 0.1}
    pairs = [(live(tiny(104, r), 104), live(tiny(104, r, **judged), 104)) for r in (1, 2, 3)]

    def rise(top: str, bottom: str, weeks: slice) -> float:
        share = [[series(m, top)[weeks].sum() / series(m, bottom)[weeks].sum() for m in pair] for pair in pairs]
        return 100 * float(np.mean([after - before for before, after in share]))

    assert 3.5 < rise("n_vacancies", "n_posts", slice(98, 104)) < 14
    assert 3.8 < rise("n_agency_workers", "n_workforce", slice(98, 104)) < 13.5
    assert -3 < rise("new_leavers", "years_in_post", slice(52, 104)) < 4


def test_a_freeze_stops_offers():
    model = tiny(52)
    model.authority.posts.starts_day[:] = NEVER
    model.authority.hiring_frozen = True
    assert total(live(model, 52), "new_starters") == 0


def test_the_same_luck_meets_the_same_people():
    once, again = live(tiny(60), 60), live(tiny(60), 60)
    assert once.tally.history.keys() == again.tally.history.keys()
    assert all((once.tally.history[key] == again.tally.history[key]).all() for key in once.tally.history)
    more = tiny(60, workforce__permanent_posts_fte=487)
    first = {int(i): float(e) for i, e in zip(once.workers.identity, once.workers.experience_years, strict=True)}
    shared = [row for row in more.workers.rows if int(more.workers.identity[row]) in first]
    assert len(shared) > 300


def test_the_workforce_table_tells_every_spell():
    model = live(tiny(52), 52)
    table = workforce_counts.workforce_table(model)
    assert len(table) == len(model.authority.worker_spells) + len(model.workers)
    assert table["worker"].is_unique
    gone = table["end"].notna()
    assert gone.sum() == len(model.authority.worker_spells)
    assert (table.loc[gone, "end"] >= table.loc[gone, "start"]).all()
    assert (table.loc[gone, "reason_left"] != "").all() and (table.loc[~gone, "reason_left"] == "").all()
    assert (table["team"].ne("") == table["role"].eq("case holder")).all()


def test_agency_workers_go_at_short_notice():
    model = tiny(workforce__notice_weeks=8, workforce__agency_notice_weeks=2.5)
    rows = model.workers.rows
    weeks = staffing.notice_weeks(model, rows)
    agency = model.workers.agency[rows]
    assert (weeks[~agency] == 8).all()
    assert weeks[agency].min() >= 1 and weeks[agency].max() <= 4 and weeks[agency].std() > 0.3


def test_leavers_to_agency_have_their_share():
    model = tiny(workforce__leaving_per_year=0.06, workforce__to_agency_per_year=0.02)
    rows = model.workers.rows[~model.workers.agency[model.workers.rows]]
    lost = (staffing.reasons(model, rows) == Leaving.AGENCY).mean()
    assert abs(lost - 0.25) < 4 * np.sqrt(0.25 * 0.75 / len(rows))
