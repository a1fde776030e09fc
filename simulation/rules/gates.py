"""Gates: agreement, not hours. Each gate has weekly slots and a queue, first come first served."""

from __future__ import annotations

import numpy as np

from simulation.actions import duty_work
from simulation.actions.cases import begin_protection_plan
from simulation.actions.queues import served, staffed
from simulation.base.clock import NEVER, working_days_between
from simulation.base.codes import ROUTE_NAME, Plan, Stage
from simulation.service.rule import Rule
from simulation.service.state import State


class Conferences(Rule):
    """A conference is held when all can come, the report is written and a chair is free; most end in a protection plan."""

    reads = ("child.conference_asked_day", "child.conference_ready_day", "child.s47_day", "child.recognised_risk")
    writes = ("child.*",)
    source = "Working Together 2018: 15 working days; DfE 2020 conversions"

    def step(self, state: State) -> None:
        children, gates, clock = state.children, state.p.gates, state.clock
        rows = (children.conference_asked_day != NEVER).nonzero()[0]
        rows = rows[children.stage[rows] < Stage.PROTECTION_PLAN]
        ready = rows[children.conference_ready_day[rows] <= clock.day]
        ready = ready[~duty_work.owed(state, "conference report", ready)]
        held = ready[
            served(
                state,
                "conference",
                children.identity[ready],
                children.conference_asked_day[ready],
                staffed(state, gates.conference_slots_per_week),
            )
        ]
        days = clock.first_day + (state.dice.roll("conference day", children.key[held], clock.week) * 5).astype(np.int32)
        days = np.maximum(days, children.conference_ready_day[held])
        in_time = working_days_between(children.s47_day[held], days) <= 15
        state.tally.add("new_conferences", len(held))
        state.tally.add("new_conferences_in_time", np.count_nonzero(in_time))
        state.log.add(children.identity[held], days, "conference_held")
        plan = (
            state.dice.roll("plan after conference", children.key[held], children.n_referrals[held])
            < state.p.front_door.plan_share
        )
        begin_protection_plan(state, held[plan], days[plan])
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

    def step(self, state: State) -> None:
        children, gates, clock = state.children, state.p.gates, state.clock
        rows = state.in_care[children.plan[state.in_care] == Plan.PANEL]
        ready = rows[clock.day - children.plan_wait_day[rows] >= gates.panel_days]
        attention = staffed(state, gates.permanence_panel_slots_per_week) * state.authority.gate_attention
        through = ready[served(state, "permanence panel", children.identity[ready], children.plan_wait_day[ready], attention)]
        days = clock.first_day + (state.dice.roll("panel day", children.key[through], clock.week) * 5).astype(np.int32)
        agree(state, through, days)


def agree(state: State, rows: np.ndarray, days: np.ndarray) -> None:
    """Plans are agreed: now they must be carried out, and explained to children old enough."""
    children = state.children
    children.plan[rows], children.plan_agreed_day[rows], children.plan_wait_day[rows] = Plan.AGREED, days, days
    children.knows_plan[rows] = False
    old = state.clock.day - children.birth_day[rows] >= 4 * 365
    duty_work.join(state, "on the way", rows, days)
    duty_work.join(state, "to be told the plan", rows[old], days[old])
    state.tally.add_by("new_plans_agreed", "route", ROUTE_NAME, children.route[rows])
    state.log.add(children.identity[rows], days, "plan_agreed")
