"""A stand-in for the model with a workforce and no casework: pressure stays at its usual level."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import numpy as np

from simulation import agents as kinds
from simulation.authority import AuthorityState
from simulation.clock import Clock
from simulation.dice import Dice
from simulation.parameters import Parameters
from simulation.rules import hours, leadership, managers, staffing, teams, workforce
from simulation.rules.duties import DutyTable
from simulation.start_workforce import staff
from simulation.tally import EventLog, Tally

RULES = (
    leadership.Leadership, workforce.Leaving, workforce.Recruitment, workforce.AgencyCover, teams.ProtectedTeams, hours.Sickness,
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
    model.children = kinds.new_table((*kinds.CHILD, *model.duties.columns()), kinds.Child)
    model.workers = kinds.new_table(kinds.SOCIAL_WORKER, kinds.SocialWorker)
    model.teams = kinds.new_table(kinds.TEAM, kinds.Team)
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
        workforce.tally_workforce(model)
        model.tally.close_week(model.clock.week)
    return model


def series(model: SimpleNamespace, measure: str) -> np.ndarray:
    """A counted measure by week, from week 1."""
    return model.tally.history[(measure, "all")][1 : model.clock.week + 1]
