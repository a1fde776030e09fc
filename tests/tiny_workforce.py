"""A stand-in for the model with a workforce and no casework: pressure stays at its usual level."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import numpy as np

from simulation.actions import staffing, workforce_counts
from simulation.base.clock import Clock
from simulation.base.columns import Table
from simulation.base.dice import Dice
from simulation.base.tally import EventLog, Tally
from simulation.rules import hours, leadership, managers, protected_teams, workforce
from simulation.service import facts
from simulation.service.authority import AuthorityState
from simulation.service.duty_table import DutyTable
from simulation.settings import Parameters
from simulation.start.workforce import staff

RULES = (
    leadership.Leadership, workforce.Leaving, workforce.Recruitment, workforce.AgencyCover, protected_teams.ProtectedTeams, hours.Sickness,
    hours.Hours, managers.Managers,
)  # fmt: skip


def tiny(weeks: int = 52, replication: int = 1, start: dt.date = dt.date(2018, 3, 31), **settings) -> SimpleNamespace:
    """A service with a workforce only; ``settings`` are given as ``section__name=value``."""
    parameters = Parameters()
    parameters.covid.happens = False
    for name, value in settings.items():
        section, setting = name.split("__")
        assert setting in type(getattr(parameters, section)).model_fields
        setattr(getattr(parameters, section), setting, value)
    model = SimpleNamespace(
        p=parameters, weeks=weeks, replication=replication, clock=Clock(start), dice=Dice(1, replication), tally=Tally(weeks), log=EventLog(False),
        authority=AuthorityState(), shocks=SimpleNamespace(inspected=0.0, sickness=0.0),
    )  # fmt: skip
    model.duties = DutyTable(parameters.casework.duties)
    model.children = Table((*facts.CHILD, *model.duties.columns()))
    model.workers = Table(facts.SOCIAL_WORKER)
    model.teams = Table(facts.TEAM)
    staff(model)
    model.in_care = np.empty(0, dtype=int)
    return model


def live(model: SimpleNamespace, weeks: int, before=None) -> SimpleNamespace:
    """Live ``weeks`` weeks of the workforce's rules; ``before(model)`` runs first in each."""
    rules = [rule() for rule in RULES]
    for _ in range(weeks):
        model.clock.advance()
        years = staffing.years_since_judgement(model)
        model.shocks.inspected = float(np.exp(-years / model.p.inspection.decay_years)) if years >= 0 else 0.0
        if before:
            before(model)
        for rule in rules:
            rule.step(model)
            if isinstance(rule, hours.Hours):
                model.workers.hours_wanted[:] = model.workers.hours_base * model.p.workforce.usual_pressure
        workforce_counts.tally_workforce(model)
        model.tally.close_week(model.clock.week)
    return model


def series(model: SimpleNamespace, measure: str) -> np.ndarray:
    """A counted measure by week, from week 1."""
    return model.tally.history[(measure, "all")][1 : model.clock.week + 1]
