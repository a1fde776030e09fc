"""What a scenario's own dated changes make of each setting: said before anything runs, because a slip looks like a plan."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from simulation.scenario import names as dotted
from simulation.scenario.changes import Change, full_day
from simulation.scenario.names import is_number
from simulation.scenario.scenario import Scenario
from simulation.scenario.show import written
from simulation.settings import Parameters

HALVED = 0.5
"""A count that is set below this part of what it was is questioned: ``add`` may have been meant."""
COUNTS = ("FTE", "homes", "places", "households", "children", "workers", "slots a week")
"""Units of settings that are counted, for which a small number set may be one that was to be added."""


@dataclass(frozen=True)
class Effect:
    """One setting of one change: its value on the day before, and once the change is complete."""

    change: Change
    name: str
    before: object
    after: object

    @property
    def unit(self) -> str:
        """Unit of the setting; empty for a choice or a row of a table that has none."""
        known = dotted.find(self.name, Parameters())
        return known.unit if known is not None and known.unit not in ("choice", "share", "ratio") else ""

    @property
    def text(self) -> str:
        """``from 2021-09-01: workforce.permanent_posts_fte 467 -> 487 FTE (+4%)``."""
        until = f" until {self.change.until}" if self.change.until else ""
        over = f", over {self.change.ramp_months:g} months" if self.change.ramp_months else ""
        moved = f"{_shown(self.before)} -> {_shown(self.after)} {self.unit}".rstrip()
        return f"from {self.change.starts}{until}: {self.name} {moved}{_percent(self.before, self.after)}{over}"

    @property
    def doubt(self) -> str:
        """A question where a count is set to less than half of what it was; else empty."""
        if self.change.operator != "set" or self.unit not in COUNTS or not (is_number(self.before) and is_number(self.after)):
            return ""
        before, after = float(self.before), float(self.after)  # type: ignore[arg-type]
        known = dotted.find(self.name, Parameters())
        unlimited = known is not None and before == known.high
        if unlimited or not 0 < after < HALVED * before:
            return ""
        return f"{self.name}: set makes {_shown(before)} into {_shown(after)} {self.unit}. For {_shown(after)} more, write add."


def effects(scenario: Scenario) -> list[Effect]:
    """Each setting of each change that the scenario's own file (or the command line) gives; inherited ones are its parent's."""
    schedule = scenario.schedule()
    own = [change for change in scenario.changes if Path(change.where.partition(":")[0]).name == scenario.path.name]
    return [
        Effect(change, name, schedule.value(name, change.starts - dt.timedelta(days=1)), schedule.value(name, full_day(change)))
        for change in own
        for name in change.values
    ]


def doubts(scenario: Scenario) -> list[str]:
    """What is allowed and yet looks like a slip: a line each."""
    return [f"{scenario.id}: {effect.doubt}" for effect in effects(scenario) if effect.doubt]


def _shown(value: object) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else written(value)


def _percent(before: object, after: object) -> str:
    """The change in per cent of what was, where that says something."""
    if not (is_number(before) and is_number(after)) or before == after or before <= 0:  # type: ignore[operator]
        return ""
    return f" ({100 * (float(after) / float(before) - 1):+.0f}%)"  # type: ignore[arg-type]
