"""``ChildrensServices``: one authority, its week in order."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from simulation import agents as kinds
from simulation import outputs
from simulation.authority import AuthorityState
from simulation.capacity import Time
from simulation.clock import Clock
from simulation.codes import Stage
from simulation.cohorts import Cohorts
from simulation.dice import Dice
from simulation.mesa_bridge import AgentsInStep, RowAgent, forget, mesa
from simulation.periods import Periods
from simulation.rules import WEEK, teams
from simulation.rules.base import Rule
from simulation.rules.duties import DutyTable, Finished
from simulation.rules.front_door import Thresholds
from simulation.rules.measure import Measure
from simulation.scenario.load import load
from simulation.shocks import Shocks
from simulation.start import begin
from simulation.tally import EventLog, Tally


class ChildrensServices(mesa.Model):
    """One local authority's children's social care service.

    scenario: a :class:`simulation.scenario.Scenario`; replication, seed: the luck; weeks: length of the run (the
    scenario's own if None); events: keep the log of dated events; checked: refuse undeclared writes and repeated
    rolls (for tests; slower). ``step`` does one week; ``p`` holds the live settings, which dated changes alter.
    """

    def __init__(
        self,
        scenario: Any,
        replication: int = 1,
        seed: int = 0,
        weeks: int | None = None,
        *,
        events: bool = False,
        checked: bool = False,
    ):
        super().__init__(seed=0)
        if isinstance(scenario, str):
            scenario = load(scenario)
        self.scenario, self.replication, self.checked = scenario, replication, checked
        self.p = copy.deepcopy(scenario.parameters)
        self.weeks = scenario.weeks if weeks is None else weeks
        self.clock = Clock(scenario.start)
        self.schedule = scenario.schedule()
        self.dice = Dice(seed, replication)
        self.tally, self.log = Tally(self.weeks), EventLog(events)
        self._make_tables()
        self._make_books()
        self.name = self.p.authority.name
        self.rules: list[Rule] = [rule() for rule in _with_extra(scenario.extra_rules())]
        self._begin()

    def _make_tables(self) -> None:
        self.duties = DutyTable(self.p.casework.duties)
        self.children = kinds.new_table((*kinds.CHILD, *self.duties.columns()), kinds.Child, 16384)
        self.children.on_add.append(self._mix_family_keys)
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
        self._in_step = AgentsInStep(self, self.tables, (kinds.Authority, kinds.Court))

    def _mix_family_keys(self, rows: np.ndarray) -> None:
        """Siblings share a die: its key is mixed once, when a child becomes known."""
        self.children.family_key[rows] = self.dice.keys(self.children.family[rows])

    def _make_books(self) -> None:
        self.authority, self.time = AuthorityState(), Time(self)
        self.periods = Periods(self.clock.start_day)
        self.cohorts = Cohorts(self.weeks, self.clock.start_day)
        self.slots_left: dict[str, float] = {}
        self.duty_counts = np.zeros((self.weeks + 1, len(self.duties.duties), 2), dtype=np.int64)
        self.finished = Finished(self.duties.index, *(np.empty(0, dtype=int) for _ in range(3)))
        self._in_care: np.ndarray | None = None
        self._team_names: list[str] = []

    def _begin(self) -> None:
        """The starting state, measured as week 0."""
        self.schedule.apply(self.p, self.clock.day)
        self.shocks = Shocks(self)
        self.shocks.update(self)
        self.thresholds = Thresholds(self)
        begin(self)
        for rule in self.rules:
            rule.start(self)
        self.tally.clear()
        Measure().step(self)
        self.tally.close_week(0)

    def step(self) -> None:
        """One week, in order; nothing once ``weeks`` are done (``running`` is then False)."""
        if self.clock.week >= self.weeks:
            return
        self.clock.advance()
        self.running = self.clock.week < self.weeks
        for rule in self.rules:
            if self.checked:
                self._checked_step(rule)
            else:
                rule.step(self)
        self.tally.close_week(self.clock.week)

    def _checked_step(self, rule: Rule) -> None:
        """The rule's step with every column it did not declare locked."""
        from contextlib import ExitStack

        with ExitStack() as stack:
            for name, (table, _) in self.tables.items():
                own = [part.split(".", 1)[1] for part in rule.writes if part.startswith(name + ".")]
                stack.enter_context(table.writing(table.declared if "*" in own else own))
            rule.step(self)

    @property
    def in_care(self) -> np.ndarray:
        """Rows of the children looked after now."""
        if self._in_care is None:
            self._in_care = ((self.children.stage == Stage.LOOKED_AFTER) & self.children.present).nonzero()[0]
        return self._in_care

    def in_care_changed(self) -> None:
        """Children have come into care or left it."""
        self._in_care = None

    @property
    def team_names(self) -> list[str]:
        """A name for each team's row."""
        if len(self._team_names) != self.teams.size:
            self._team_names = teams.names(self)
        return self._team_names

    def count_duties(self, wanted: np.ndarray, granted: np.ndarray) -> None:
        """Note how many of each duty were wanted and granted this week."""
        self.duty_counts[self.clock.week, :, 0] = wanted
        self.duty_counts[self.clock.week, :, 1] = granted

    def record_period(self, rows: np.ndarray, days: np.ndarray, reason: np.ndarray | int) -> None:
        """File the end of a period of care."""
        self.periods.file(self.children, rows, days, reason)

    # ---- Mesa's own words: agents are made at the first touch
    @property
    def agents(self) -> mesa.agent.AgentSet:
        """Every child, social worker, team, placement and court case as Mesa agents."""
        in_step = getattr(self, "_in_step", None)
        if in_step is not None:
            in_step.touch()
        return super().agents

    @property
    def agents_by_type(self) -> dict[type[mesa.Agent], mesa.agent.AgentSet]:
        """The same, by class."""
        self._in_step.touch()
        return super().agents_by_type

    def agent_of(self, kind: str, row: int) -> RowAgent:
        """The Mesa agent of a row; ``kind`` is child, worker, team, placement or case."""
        self._in_step.touch()
        assert self._in_step.made is not None
        return self._in_step.made[kind][row]

    def outputs(self) -> dict[str, pd.DataFrame]:
        """The run's tables: weekly, periods, placements, workforce, duties, money and (if kept) events."""
        return outputs.tables(self)


def _with_extra(extra: list[type[Rule]]) -> list[type[Rule]]:
    """The week with the user's own rules before the last line, Measure; one that names ``after`` goes there."""
    week = list(WEEK)
    for rule in extra:
        after = getattr(rule, "after", "")
        names = [known.__name__ for known in week]
        week.insert(names.index(after) + 1 if after in names else len(week) - 1, rule)
    return week


def run_replication(
    scenario: Any,
    replication: int,
    seed: int = 0,
    weeks: int | None = None,
    draw: dict[str, float] | None = None,
    events: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, pd.DataFrame]:
    """Run one replication and return its tables. A pure function of its arguments.

    draw: settings given other values (a row of an ensemble); progress: called with weeks done and weeks in all.
    """
    scenario = scenario.with_values(draw) if draw else scenario
    if scenario.neighbour_files:
        from simulation.region import run_with_neighbours

        return run_with_neighbours(scenario, replication, seed, weeks, events, progress)
    model = ChildrensServices(scenario, replication, seed, weeks, events=events)
    try:
        for week in range(model.weeks):
            model.step()
            if progress:
                progress(week + 1, model.weeks)
        return model.outputs()
    finally:
        forget(model)
