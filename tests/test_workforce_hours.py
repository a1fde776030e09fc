"""Hours, sickness, pressure and teams."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from tiny_workforce import live, series, tiny

from simulation.base.clock import NEVER, date_of
from simulation.base.codes import Function, Stage
from simulation.rules import hours
from simulation.rules.leadership import restructure
from simulation.service import team_names

FULL = 37 * 0.846 * 0.82
"""Hours a week for cases at contract, with the settings below."""
PINNED = {
    "workforce__contracted_hours": 37,
    "workforce__stretch_hours": 45,
    "workforce__weeks_worked_share": 0.846,
    "workforce__other_work_share": 0.18,
    "workforce__caseload_limit": 24,
    "workforce__newly_qualified_protected_share": 0.1,
    "workforce__newly_qualified_supervision_hours": 0.7,
    "workforce__newly_qualified_first_load": 0.4,
    "workforce__newly_qualified_last_load": 0.9,
}


def ready(**settings):
    """A service in its first week in which everyone is well, experienced and here to stay."""
    model = tiny(**PINNED, **settings)
    model.workers.sick_until_day[:] = NEVER
    model.workers.leaving_day[:] = NEVER
    model.workers.qualified_day[:] = model.clock.day - 4000
    model.clock.advance()
    return model


def holders(model) -> np.ndarray:
    return np.flatnonzero(model.workers.present & model.workers.case_holding)


def test_hours_at_contract_and_stretched():
    """The capacity identity: 111 hours a month at contract, 135 at 45 hours a week."""
    model = ready()
    hours.Hours().step(model)
    rows = holders(model)
    month = 52 / 12
    assert model.workers.hours_base[rows] * month == pytest.approx(111, abs=0.5)
    assert model.workers.hours_available[rows] * month == pytest.approx(135, abs=0.5)
    others = np.flatnonzero(model.workers.present & ~model.workers.case_holding)
    assert (model.workers.hours_base[others] == 0).all() and (model.workers.caseload_limit[others] == 0).all()


def test_the_newly_qualified_have_protected_time_and_take_supervision():
    model = ready()
    rows = holders(model)
    new = rows[0]
    model.workers.qualified_day[new] = model.clock.day
    hours.Hours().step(model)
    assert model.workers.hours_base[new] == pytest.approx(0.9 * FULL)
    mates = rows[(model.workers.team[rows] == model.workers.team[new]) & (rows != new)]
    assert (FULL - model.workers.hours_base[mates]).sum() == pytest.approx(0.7, rel=1e-3)
    rest = rows[model.workers.team[rows] != model.workers.team[new]]
    assert model.workers.hours_base[rest] == pytest.approx(FULL)


@pytest.mark.parametrize(("days", "load"), [(0, 0.4), (182, 0.65), (363, 0.9), (365, 1.0)])
def test_the_load_of_the_newly_qualified_grows_over_the_year(days, load):
    model = ready()
    row = holders(model)[0]
    model.workers.qualified_day[row] = model.clock.day - days
    hours.Hours().step(model)
    assert model.workers.caseload_limit[row] == pytest.approx(24 * load, abs=0.1)


def test_the_sick_have_no_hours_and_the_leaving_no_new_cases():
    model = ready()
    away, back, going = holders(model)[:3]
    model.workers.sick_until_day[away] = model.clock.day + 30
    model.workers.sick_until_day[back] = model.clock.first_day + 2
    model.workers.leaving_day[going] = model.clock.day + 14
    hours.Hours().step(model)
    assert model.workers.hours_base[[away, back, going]] == pytest.approx([0.0, FULL * 4 / 7, FULL])
    assert model.workers.caseload_limit[[away, back, going]].tolist() == [0.0, 24.0, 0.0]


def test_pressure_moves_towards_what_was_asked_of_hours_at_contract():
    model = ready()
    hours.Hours().step(model)
    rows = holders(model)
    for _ in range(60):
        model.workers.hours_wanted[rows] = 1.5 * model.workers.hours_base[rows]
        hours.Hours().step(model)
    assert model.workers.pressure[rows] == pytest.approx(1.5, abs=0.01)
    assert (model.workers.hours_wanted == 0).all() and (model.workers.hours_used == 0).all()


def test_sickness_follows_rate_times_length_and_rises_with_overload_and_covid():
    def share(pressure: float, extra: float = 0.0) -> float:
        spells = {"workforce__sickness_spells_per_year": 0.8, "workforce__sickness_days": 14}
        model = tiny(150, workforce__usual_pressure=1.2, **spells)
        model.shocks.sickness = extra

        def before(m):
            m.workers.pressure[:] = pressure

        live(model, 150, before)
        return series(model, "n_workers_sick").sum() / series(model, "n_workforce").sum()

    usual = share(1.2)
    assert usual == pytest.approx(0.8 * 14 / 365.25, abs=0.004)
    assert share(1.6) > usual + 0.003
    assert share(1.2, 0.03) == pytest.approx(usual + 0.03, abs=0.009)


def test_a_protected_team_is_formed_filled_and_dissolved():
    model = tiny(60)
    live(model, 4)
    child = model.children.add(1, stage=int(Stage.LOOKED_AFTER))
    model.p.casework.permanence_team_share = 0.12
    live(model, 1)
    workers = model.workers

    def protected() -> np.ndarray:
        here = np.flatnonzero(workers.present & workers.case_holding)
        return here[model.teams.function[workers.team[here]] == Function.PERMANENCE]

    target = 0.12 * len(holders(model))
    assert abs(len(protected()) - target) <= 1
    assert (~workers.agency[protected()]).all()
    model.children.worker[child] = protected()[0]
    live(model, 26)
    assert 0.85 * target <= len(protected()) <= 1.15 * target
    model.p.casework.permanence_team_share = 0.0
    model.children.worker[child] = protected()[0]
    live(model, 1)
    assert len(protected()) == 0
    assert model.children.worker[child[0]] == NEVER


def test_starters_go_where_the_pressure_is():
    model = tiny(104)

    def before(m):
        here = np.flatnonzero(m.workers.present & m.workers.case_holding)
        care = here[m.teams.function[m.workers.team[here]] == Function.CHILDREN_IN_CARE]
        m.workers.pressure[here] = 1.0
        m.workers.pressure[care] = 1.5

    def in_care_share(m) -> float:
        here = holders(m)
        return float((m.teams.function[m.workers.team[here]] == Function.CHILDREN_IN_CARE).mean())

    start = in_care_share(model)
    live(model, 104, before)
    assert in_care_share(model) > start + 0.08


def test_a_restructure_costs_hours_for_its_time_and_moves_its_share_once():
    begins = dt.date(2018, 6, 2)
    settings = {
        "leadership__restructure_from": begins,
        "leadership__restructure_transfer_share": 0.4,
        "workforce__agency_cover_share": 0.0,
    }
    still = {"workforce__leaving_per_year": 0.0, "workforce__to_agency_per_year": 0.0, "workforce__agency_stay_weeks": 300}
    model = tiny(80, **settings, **still)
    rows = holders(model)
    was, moves, factors = model.workers.team[rows].copy(), np.zeros(len(rows), dtype=int), []
    for _ in range(60):
        model.clock.advance()
        restructure(model)
        now = model.workers.team[rows]
        moves += now != was
        was = now.copy()
        factors.append((date_of(model.clock.day), model.authority.restructure_hours))
    assert moves.max() == 1
    assert abs(moves.mean() - 0.4) < 4 * np.sqrt(0.24 / len(rows))
    assert {f for d, f in factors if d < begins} == {1.0}
    assert {f for d, f in factors if begins <= d < dt.date(2019, 3, 1)} == {0.92}
    assert factors[-1][1] == 1.0


def test_team_names_count_within_each_function():
    model = tiny()
    called = team_names.names(model.teams)
    assert len(set(called)) == len(called)
    assert {"assessment 1", "locality 1", "children in care 1"} <= set(called)
