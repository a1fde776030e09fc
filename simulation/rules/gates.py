"""Gates: agreement, not hours. Each gate has weekly slots and a queue, first come first served."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.clock import NEVER, working_days_between
from simulation.codes import ROUTE_NAME, Plan, Stage
from simulation.columns import groups
from simulation.rules import duties
from simulation.rules.base import Rule
from simulation.rules.cases import begin_protection_plan

if TYPE_CHECKING:
    from simulation.model import ChildrensServices


def served(model: ChildrensServices, gate: str, unit: np.ndarray, since: np.ndarray, slots_per_week: float) -> np.ndarray:
    """Which of those waiting at a gate get one of this week's slots (booleans).

    unit: who shares a slot (a child, or a family); since: day each began to wait. Part slots are carried over;
    slots that nobody needs are lost. Ties are broken by the unit's own die.
    """
    slots = model.slots_left.get(gate, 0.0) + slots_per_week
    first, group = groups(unit)
    model.slots_left[gate] = min(max(slots - len(first), slots - int(slots)), slots_per_week % 1 if len(first) <= slots else 1.0)
    if len(first) <= int(slots):
        return np.ones(len(unit), dtype=bool)
    waits = since[first]
    np.minimum.at(waits, group, since)
    through = np.zeros(len(first), dtype=bool)
    through[np.lexsort((model.dice.keys(unit[first]), waits))[: int(slots)]] = True
    return through[group]


def staffed(model: ChildrensServices, slots: float) -> float:
    """Slots (or staff) of a gate that the authority's own people keep: more or fewer as its posts are than at the start."""
    ratio = model.p.workforce.permanent_posts_fte / max(model.scenario.parameters.workforce.permanent_posts_fte, 1e-9)
    return slots * max(1.0 + model.p.gates.follow_posts * (ratio - 1.0), 0.0)


class Conferences(Rule):
    """A conference is held when all can come, the report is written and a chair is free; most end in a protection plan."""

    reads = ("child.conference_asked_day", "child.conference_ready_day", "child.s47_day", "child.recognised_risk")
    writes = ("child.*",)
    source = "Working Together 2018: 15 working days; DfE 2020 conversions"

    def step(self, model: ChildrensServices) -> None:
        children, gates, clock = model.children, model.p.gates, model.clock
        rows = (children.conference_asked_day != NEVER).nonzero()[0]
        rows = rows[children.stage[rows] < Stage.PROTECTION_PLAN]
        ready = rows[children.conference_ready_day[rows] <= clock.day]
        ready = ready[~duties.owed(model, "conference report", ready)]
        held = ready[
            served(
                model,
                "conference",
                children.identity[ready],
                children.conference_asked_day[ready],
                staffed(model, gates.conference_slots_per_week),
            )
        ]
        days = clock.first_day + (model.dice.roll("conference day", children.key[held], clock.week) * 5).astype(np.int32)
        days = np.maximum(days, children.conference_ready_day[held])
        in_time = working_days_between(children.s47_day[held], days) <= 15
        model.tally.add("new_conferences", len(held))
        model.tally.add("new_conferences_in_time", np.count_nonzero(in_time))
        model.log.add(children.identity[held], days, "conference_held")
        plan = (
            model.dice.roll("plan after conference", children.key[held], children.n_referrals[held])
            < model.p.front_door.plan_share
        )
        begin_protection_plan(model, held[plan], days[plan])
        children.conference_asked_day[held] = children.s47_day[held] = NEVER


class PermanencePanel(Rule):
    """Panel, decision maker and reviewing officers agree so many permanence plans a week, longest wait first."""

    reads = ("child.plan",)
    writes = (
        "child.plan",
        "child.plan_agreed_day",
        "child.plan_wait_day",
        "child.knows_plan",
        "child.duty_due",
        "child.duty_ask",
        "child.duty_left",
    )
    source = "Care Planning Regulations 2010; slots are priors"

    def step(self, model: ChildrensServices) -> None:
        children, gates, clock = model.children, model.p.gates, model.clock
        rows = model.in_care[children.plan[model.in_care] == Plan.PANEL]
        ready = rows[clock.day - children.plan_wait_day[rows] >= gates.panel_days]
        attention = staffed(model, gates.permanence_panel_slots_per_week) * model.authority.gate_attention
        through = ready[served(model, "permanence panel", children.identity[ready], children.plan_wait_day[ready], attention)]
        days = clock.first_day + (model.dice.roll("panel day", children.key[through], clock.week) * 5).astype(np.int32)
        agree(model, through, days)


def agree(model: ChildrensServices, rows: np.ndarray, days: np.ndarray) -> None:
    """Plans are agreed: now they must be carried out, and explained to children old enough."""
    children = model.children
    children.plan[rows], children.plan_agreed_day[rows], children.plan_wait_day[rows] = Plan.AGREED, days, days
    children.knows_plan[rows] = False
    old = model.clock.day - children.birth_day[rows] >= 4 * 365
    duties.join(model, "on the way", rows, days)
    duties.join(model, "to be told the plan", rows[old], days[old])
    model.tally.add_by("new_plans_agreed", "route", ROUTE_NAME, children.route[rows])
    model.log.add(children.identity[rows], days, "plan_agreed")
