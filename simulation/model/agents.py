"""The agents: what is known of each child, social worker, team, placement and court case.

State is NumPy columns (declared here, one line a fact); each agent is a real Mesa agent that is a view of one row.
Agents are made at the first touch of ``model.agents`` and kept in step from then on; bulk runs never touch it.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from simulation.base.codes import Entered, Harm, Kind, Legal, Plan, Route, SiblingPlan, Stage, Step
from simulation.base.columns import Fact, Table
from simulation.model.mesa_bridge import OneAgent, RowAgent

WORDS: dict[str, type[IntEnum]] = {
    "harm": Harm, "stage": Stage, "legal": Legal, "entered": Entered, "kind": Kind, "sibling_plan": SiblingPlan,
    "wanted_kind": Kind, "episode_legal": Legal, "route": Route, "plan": Plan, "step": Step,
}  # fmt: skip
"""The codes of a child's facts, whose names tell the story better than their numbers."""


class Child(RowAgent):
    """A child known to the service."""

    def story(self) -> dict[str, Any]:
        """Everything known of this child, by name: days as dates, and codes as the words of the service."""
        told = self.facts()
        return told | {name: code(told[name]).name for name, code in WORDS.items()}

    @property
    def siblings(self) -> list[Child]:
        """Other children of the same family whom the service knows now."""
        same = self.table.rows[self.table.family[self.table.rows] == self.family]
        return [self.model.agent_of("child", row) for row in same if row != self.row]


class SocialWorker(RowAgent):
    """A social worker, permanent or agency."""


class Team(RowAgent):
    """A team and its manager's post."""


class Placement(RowAgent):
    """A fostering household, home, flat, kin household, parents or adoptive family."""


class CourtCase(RowAgent):
    """Care proceedings about one family."""


class Authority(OneAgent):
    """The authority: leaders, programme, restructure, posts and money (its facts are ``model.authority``)."""

    @property
    def facts(self) -> Any:
        """What is true of the authority this week (:class:`simulation.service.authority.AuthorityState`)."""
        return self.model.authority


class Court(OneAgent):
    """The family court: its cases and what they wait for."""

    @property
    def cases(self) -> int:
        """Proceedings open now."""
        return len(self.model.cases)

    @property
    def weeks_open(self) -> float:
        """Mean weeks that the open proceedings have lasted."""
        rows = self.model.cases.rows
        return float((self.model.clock.day - self.model.cases.issued_day[rows]).mean() / 7) if len(rows) else 0.0


OF_TABLE: dict[str, type[RowAgent]] = {
    "child": Child,
    "worker": SocialWorker,
    "team": Team,
    "placement": Placement,
    "case": CourtCase,
}
"""The agents that show the rows of each table of the state."""


def show(agent: type[RowAgent], table: Table) -> None:
    """Let an agent's attributes read and write the columns of a table's row."""
    for name in table.declared:
        if not hasattr(agent, name):
            setattr(agent, name, Fact(name))
