"""``ChildrensServices``: one authority as a Mesa model, a thin shell round its state."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pandas as pd

from simulation.model import agents, outputs
from simulation.model.mesa_bridge import AgentsInStep, RowAgent, mesa
from simulation.model.plug_in import extra_rules
from simulation.model.week import with_extra
from simulation.rules.measure import Measure
from simulation.scenario.load import load
from simulation.service.rule import Rule
from simulation.service.state import State
from simulation.start.begin import begin


class ChildrensServices(mesa.Model):
    """One local authority's children's social care service.

    scenario: a :class:`simulation.scenario.Scenario`, a file or the name of a packaged one; replication, seed: which
    random numbers; weeks: length of the run (the scenario's own if None); events: keep the log of dated events; checked:
    refuse undeclared writes and repeated rolls (for tests; slower). ``state`` is what the rules step over, and whatever
    is asked of the model that is not Mesa's is asked of it. ``step`` does one week.
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
        self.scenario, self.checked = scenario, checked
        self.rules: list[Rule] = [rule() for rule in with_extra(extra_rules(scenario))]
        self.state = State(scenario, replication, seed, weeks, events)
        for name, table in self.state.tables.items():
            agents.show(agents.OF_TABLE[name], table)
        pairs = {name: (table, agents.OF_TABLE[name]) for name, table in self.state.tables.items()}
        self._in_step = AgentsInStep(self, pairs, (agents.Authority, agents.Court))
        self._begin()

    def _begin(self) -> None:
        """The starting state, measured as week 0."""
        begin(self.state)
        for rule in self.rules:
            rule.start(self.state)
        self.state.tally.clear()
        Measure().step(self.state)
        self.state.tally.close_week(0)

    def step(self) -> None:
        """One week, in order; nothing once ``weeks`` are done (``running`` is then False)."""
        state = self.state
        if state.clock.week >= state.weeks:
            return
        state.clock.advance()
        self.running = state.clock.week < state.weeks
        for rule in self.rules:
            if self.checked:
                self._checked_step(rule)
            else:
                rule.step(state)
        state.tally.close_week(state.clock.week)

    def _checked_step(self, rule: Rule) -> None:
        """The rule's step with every column it did not declare locked."""
        with ExitStack() as stack:
            for name, table in self.state.tables.items():
                own = [part.split(".", 1)[1] for part in rule.writes if part.startswith(name + ".")]
                stack.enter_context(table.writing(table.declared if "*" in own else own))
            rule.step(self.state)

    def __getattr__(self, name: str) -> Any:
        """What is not Mesa's is the state's."""
        if name == "state":  # not there yet
            raise AttributeError(name)
        return getattr(self.state, name)

    # ---- Mesa's own words: agents are made at the first touch
    @property
    def agents(self) -> mesa.agent.AgentSet:
        """Every child, social worker, team, placement and court case as Mesa agents."""
        in_step = self.__dict__.get("_in_step")
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
        return outputs.tables(self.state)
