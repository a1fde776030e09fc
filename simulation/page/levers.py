"""Levers that people may move on the page, and the scenario that they make."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from simulation.base.clock import DAYS_IN_WEEK
from simulation.model.childrens_services import ChildrensServices
from simulation.scenario import Scenario, known_scenarios, load
from simulation.scenario import names as dotted


@dataclass(frozen=True)
class Reach:
    """How far a lever goes on the page: ``low`` to ``high``, times the setting itself or another (``of``), in steps."""

    low: float
    high: float
    step: float
    of: str = ""


REACH: dict[str, Reach] = {
    "workforce.permanent_posts_fte": Reach(0.7, 1.3, 1, of="workforce.permanent_posts_fte"),
    "workforce.recruitment_effort": Reach(0.5, 3, 0.1),
    "workforce.agency_cap_fte": Reach(0, 0.5, 1, of="workforce.permanent_posts_fte"),
    "casework.permanence_team_share": Reach(0, 0.3, 0.01),
    "demand.referral_factor": Reach(0.5, 1.5, 0.05),
    "court.capacity_factor": Reach(0.5, 2, 0.05),
}
"""The levers of the page, within the bounds that the settings themselves declare."""


@dataclass(frozen=True)
class Lever:
    """One lever of a scenario: the setting, its value there as the slider shows it, and how far the slider goes."""

    name: str
    value: float
    low: float
    high: float
    step: float
    since: dt.date
    beyond: bool

    @property
    def label(self) -> str:
        """The setting's own meaning and unit; and whether the scenario's own value lies beyond the slider."""
        known = dotted.settings()[self.name]
        own = "; at the end: as in the scenario" if self.beyond else ""
        return f"{known.meaning.rstrip('.')} ({known.unit}{own})"


def levers(scenario: Scenario) -> list[Lever]:
    """The levers of this scenario, each at the value in force at the end of its own course.

    A lever takes effect in the first week, or with the scenario's own last change of that setting, which it replaces.
    """
    return [_lever(scenario, name, reach) for name, reach in REACH.items()]


def _lever(scenario: Scenario, name: str, reach: Reach) -> Lever:
    schedule, known = scenario.schedule(), dotted.settings()[name]
    end = scenario.start + dt.timedelta(weeks=scenario.weeks)
    own = schedule.value(name, end) if name in schedule.names else dotted.get(scenario.parameters, name)
    size = (own if reach.of == name else dotted.get(scenario.parameters, reach.of)) if reach.of else 1.0
    low, high = (round(known.clip(share * size) / reach.step) * reach.step for share in (reach.low, reach.high))
    value = round(min(max(own, low), high) / reach.step) * reach.step
    dated = [change.starts for change in scenario.changes if name in change.values]
    since = max([scenario.start + dt.timedelta(DAYS_IN_WEEK), *dated])
    return Lever(name, round(value, 6), round(low, 6), round(high, 6), reach.step, since, not low <= own <= high)


def moved(scenario: Scenario, values: dict[str, float]) -> dict[Lever, float]:
    """The levers that stand elsewhere than in the scenario itself, with their new values."""
    here = [(lever, values.get(lever.name, lever.value)) for lever in levers(scenario)]
    return {lever: value for lever, value in here if abs(value - lever.value) > lever.step / 2}


def with_levers(scenario: Scenario, values: dict[str, float]) -> Scenario:
    """The scenario with the moved levers laid over it as dated changes; itself if none is moved."""
    for lever, value in moved(scenario, values).items():
        scenario = scenario.with_change(lever.since, {lever.name: value}, "from the page")
    return scenario


def plan_text(scenario: Scenario, values: dict[str, float]) -> str:
    """The moved levers as a scenario file that ``run`` compares with this scenario; empty if none is moved."""
    lines = [f"  - {{from: {lever.since}, set: {{{lever.name}: {value:g}}}}}" for lever, value in moved(scenario, values).items()]
    return "\n".join(["schema_version: 1", f"extends: {scenario.path.name}", "changes:", *lines, ""]) if lines else ""


class ModelOnPage(ChildrensServices):
    """The model as Mesa's pages make it: a scenario, the luck, and the levers by their dotted names."""

    def __init__(self, scenario: Scenario, replication: int = 1, **kwargs: float):
        super().__init__(with_levers(scenario, kwargs), replication, events=True)
        self.plan = plan_text(scenario, kwargs)


def scenarios(chosen: str = "") -> list[str]:
    """The packaged scenarios of one authority, and ``chosen`` besides: a region is not stepped by one model."""
    names = [name for name in known_scenarios() if not load(name).neighbour_files]
    return names if not chosen or chosen in names else [chosen, *names]
