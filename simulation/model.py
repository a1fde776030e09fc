"""``ChildrensServices``: one authority, its week in order."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from simulation import agents as kinds
from simulation.authority import AuthorityState
from simulation.capacity import Time
from simulation.clock import Clock
from simulation.dice import Dice
from simulation.mesa_bridge import AgentsInStep, RowAgent, forget, mesa
from simulation.rules import WEEK
from simulation.rules.base import Rule
from simulation.tally import EventLog, Tally


class ChildrensServices(mesa.Model):
    """One local authority's children's social care service.

    scenario: a :class:`simulation.scenario.Scenario`; seed, replication: the luck; weeks: length of the run (the
    scenario's own if None); checked: refuse undeclared writes and repeated rolls (for tests).
    """

    def __init__(
        self, scenario: Any, replication: int = 1, seed: int = 0, weeks: int | None = None, *, events: bool = False, checked: bool = False
    ):
        super().__init__(seed=0)
        self.scenario = scenario
        self.replication, self.checked = replication, checked
        self.p = copy.deepcopy(scenario.parameters)
        self.weeks = scenario.weeks if weeks is None else weeks
        self.clock = Clock(scenario.start)
        self.schedule = scenario.schedule()
        self.dice = Dice(seed, replication)
        self.tally, self.log = Tally(self.weeks), EventLog(events)
        self._make_tables()
        self.authority = AuthorityState()
        self.time = Time(self)
        self.rules: list[Rule] = [rule() for rule in (*WEEK, *scenario.extra_rules())]
        self._begin()

    def _make_tables(self) -> None:
        self.children = kinds.new_table(kinds.CHILD, kinds.Child, 16384)
        self.workers = kinds.new_table(kinds.SOCIAL_WORKER, kinds.SocialWorker)
        self.teams = kinds.new_table(kinds.TEAM, kinds.Team, 128)
        self.placements = kinds.new_table(kinds.PLACEMENT, kinds.Placement, 4096)
        self.cases = kinds.new_table(kinds.CASE, kinds.CourtCase, 512)
        self.tables = {
            "child": (self.children, kinds.Child),
            "worker": (self.workers, kinds.SocialWorker),
            "team": (self.teams, kinds.Team),
            "placement": (self.placements, kinds.Placement),
            "case": (self.cases, kinds.CourtCase),
        }
        self._in_step = AgentsInStep(self, self.tables)
