"""Leaders, dated and by chance; the programme."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from tiny_workforce import live, tiny

from simulation.base.clock import NEVER, day_number
from simulation.rules.leadership import Leadership
from simulation.service.authority import Held

QUIET = {"leadership__turnover": False}
PROGRAMME = {
    "leadership__programme_months": 44,
    "leadership__settling_months": 6,
    "leadership__programme_decay_per_year": 0.15,
    "leadership__programme_notice": 0.6,
    "leadership__programme_gates": 0.25,
}


def lead(model, weeks: int) -> list[tuple[dt.date, int]]:
    """Live ``weeks`` weeks of leadership alone; the date and number of posts without a permanent leader in each."""
    found = []
    for _ in range(weeks):
        model.clock.advance()
        Leadership().step(model)
        found.append((model.clock.date, sum(leader.held != Held.PERMANENT for leader in model.authority.leaders)))
    return found


def gaps_by_date(weeks: int, **settings) -> list[tuple[dt.date, int]]:
    return lead(tiny(weeks, **QUIET, **settings), weeks)


def test_leaders_are_there_on_the_dates_given_and_only_then():
    gap, back = dt.date(2018, 9, 17), dt.date(2019, 7, 1)
    for date, missing in gaps_by_date(104, leadership__director_gap_from=gap, leadership__director_permanent_from=back):
        assert missing == (1 if gap <= date < back else 0)


def test_a_post_whose_leader_is_yet_to_come_is_empty_from_the_start():
    back = dt.date(2019, 3, 1)
    for date, missing in gaps_by_date(60, leadership__deputy_permanent_from=back):
        assert missing == (0 if date >= back else 1)


def test_leaders_a_year_earlier_is_a_lever():
    gap = {"leadership__director_gap_from": dt.date(2018, 9, 17)}
    late, early = (
        sum(missing for _, missing in gaps_by_date(156, **gap, leadership__director_permanent_from=day))
        for day in (dt.date(2020, 3, 1), dt.date(2019, 3, 1))
    )
    assert 51 <= late - early <= 53


def test_an_interim_leader_covers_after_some_weeks_and_counts_half():
    model = tiny(
        20, **QUIET, leadership__director_gap_from=dt.date(2018, 4, 8), leadership__director_permanent_from=dt.date(2019, 4, 8)
    )
    lead(model, 2)
    assert (model.authority.leaders[0].held, model.authority.leader_gap) == (Held.VACANT, 1.0)
    lead(model, 8)
    assert (model.authority.leaders[0].held, model.authority.leader_gap) == (Held.INTERIM, 0.5)
    assert model.authority.all_permanent_from_day == NEVER


def test_by_chance_posts_are_without_a_permanent_leader_as_tenure_and_search_say():
    """Nine months of every forty-two."""
    missing = [gap / 3 for replication in range(1, 13) for _, gap in lead(tiny(1040, replication), 1040)[208:]]
    assert np.mean(missing) == pytest.approx(9 / 42, abs=0.05)


def test_changed_dates_take_effect_again():
    model = tiny(
        200, **QUIET, leadership__director_gap_from=dt.date(2018, 9, 17), leadership__director_permanent_from=dt.date(2019, 1, 1)
    )
    lead(model, 60)
    assert model.authority.leader_gap == 0
    model.p.leadership.director_gap_from = dt.date(2020, 1, 1)
    model.p.leadership.director_permanent_from = dt.date(2020, 9, 1)
    lead(model, 40)
    assert model.authority.leaders[0].held != Held.PERMANENT
    lead(model, 40)
    assert model.authority.leaders[0].held == Held.PERMANENT


def programme(weeks: int, **settings) -> float:
    begins = {"leadership__programme_from": dt.date(2018, 10, 1), **PROGRAMME}
    model = tiny(weeks, **QUIET, **begins, **settings)
    lead(model, weeks)
    return model.authority.programme


def test_the_programme_moves_only_under_settled_leaders_and_with_partners():
    weeks = 131
    free = programme(weeks)
    assert free == pytest.approx((day_number("2020-10-03") - day_number("2018-10-01")) / (44 * 30.4375), abs=0.03)
    gap = {"leadership__director_gap_from": dt.date(2018, 9, 17)}
    assert programme(weeks, **gap, leadership__director_permanent_from=dt.date(2022, 1, 1)) == 0
    later = programme(weeks, **gap, leadership__director_permanent_from=dt.date(2019, 7, 1))
    assert 0 < later < free - 0.25
    assert programme(weeks, leadership__partners_engaged_from=dt.date(2020, 1, 1)) < free - 0.25
    without = tiny(weeks, **QUIET)
    lead(without, weeks)
    assert without.authority.programme == 0


def test_progress_is_lost_with_a_leader_and_shows_in_notice_and_gates():
    settings = {"leadership__programme_from": dt.date(2018, 4, 1), **QUIET, **PROGRAMME}
    model = tiny(200, **settings)
    live(model, 52)
    reached = model.authority.programme
    assert model.authority.gate_attention == pytest.approx(1 + 0.25 * reached)
    plain = live(tiny(200, **QUIET), 52)
    held = plain.teams.manager_present & (plain.teams.notice_chance < 0.6)
    assert model.teams.notice_chance[held] / plain.teams.notice_chance[held] == pytest.approx(1 + 0.6 * reached, rel=1e-4)
    model.p.leadership.director_gap_from = model.clock.date
    model.p.leadership.director_permanent_from = dt.date(2024, 1, 1)
    lead(model, 26)
    assert model.authority.programme == pytest.approx(reached - 0.15 * 0.5, abs=0.01)
