"""One authority's service as a plain object: everything that the rules of the week read and write."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from simulation.base.clock import Clock
from simulation.base.codes import Stage
from simulation.base.columns import Table
from simulation.base.dice import Dice
from simulation.base.tally import EventLog, Tally
from simulation.service import facts, team_names
from simulation.service.authority import AuthorityState
from simulation.service.book import Book
from simulation.service.capacity import Time
from simulation.service.cohorts import Cohorts
from simulation.service.duty_table import DutyTable, Finished
from simulation.service.ledger import Ledger
from simulation.service.periods import Periods
from simulation.service.shocks import Shocks
from simulation.service.thresholds import Thresholds


class State:
    """What one authority's service is this week.

    scenario: a :class:`simulation.scenario.Scenario`; replication, seed: which random numbers; weeks: length of the run
    (the scenario's own if None); events: keep the log of dated events. ``p`` holds the live settings, which dated
    changes alter. Every table, book and ledger is born here; ``docs/design.md`` names the rule that owns each.
    """

    def __init__(self, scenario: Any, replication: int, seed: int, weeks: int | None = None, events: bool = False):
        self.scenario, self.replication = scenario, replication
        self.p = copy.deepcopy(scenario.parameters)
        self.name = self.p.authority.name
        self.weeks = scenario.weeks if weeks is None else weeks
        self.clock, self.schedule = Clock(scenario.start), scenario.schedule()
        self.dice = Dice(seed, replication)
        self.tally, self.log = Tally(self.weeks), EventLog(events)
        self._make_tables()
        self._make_books()
        self.schedule.apply(self.p, self.clock.day)
        self.shocks = Shocks(self.p, self.clock, self.dice, self.weeks)
        self.shocks.update()
        self.thresholds = Thresholds(self.p, self.dice)

    def _make_tables(self) -> None:
        self.duties = DutyTable(self.p.casework.duties)
        self.children = Table((*facts.CHILD, *self.duties.columns()), 16384)
        self.children.on_add.append(self._mix_family_keys)
        self.workers = Table(facts.SOCIAL_WORKER)
        self.teams = Table(facts.TEAM, 128)
        self.placements = Table(facts.PLACEMENT, 4096)
        self.cases = Table(facts.CASE, 512)
        self.tables = {
            "child": self.children,
            "worker": self.workers,
            "team": self.teams,
            "placement": self.placements,
            "case": self.cases,
        }

    def _mix_family_keys(self, rows: np.ndarray) -> None:
        """Siblings share a die: its key is mixed once, when a child becomes known."""
        self.children.family_key[rows] = self.dice.keys(self.children.family[rows])

    def _make_books(self) -> None:
        self.authority, self.book, self.ledger = AuthorityState(), Book(), Ledger()
        self.time = Time(self.p, self.workers, self.teams)
        self.periods = Periods(self.clock.start_day)
        self.cohorts = Cohorts(self.weeks, self.clock.start_day)
        self.slots_left: dict[str, float] = {}
        self.duty_counts = np.zeros((self.weeks + 1, len(self.duties.duties), 2), dtype=np.int64)
        self.finished = Finished(self.duties.index, *(np.empty(0, dtype=int) for _ in range(3)))
        self._in_care: np.ndarray | None = None
        self._team_names: list[str] = []

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
            self._team_names = team_names.names(self.teams)
        return self._team_names

    def count_duties(self, wanted: np.ndarray, granted: np.ndarray) -> None:
        """Note how many of each duty were wanted and granted this week."""
        self.duty_counts[self.clock.week, :, 0] = wanted
        self.duty_counts[self.clock.week, :, 1] = granted

    def record_period(self, rows: np.ndarray, days: np.ndarray, reason: np.ndarray | int) -> None:
        """File the end of a period of care."""
        self.periods.file(self.children, rows, days, reason)
