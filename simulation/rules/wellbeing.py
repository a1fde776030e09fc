"""Wellbeing: what a child lives with, as an index that is reported and nothing more."""

from __future__ import annotations

import numpy as np

from simulation.actions import duty_work
from simulation.base.clock import NEVER
from simulation.base.codes import Plan
from simulation.service.rule import Rule
from simulation.service.state import State


class Wellbeing(Rule):
    """Knowing the plan and the reasons, few workers, no recent move and living with siblings raise the index.

    A new worker or time makes an explained plan fade. The index is reported, never calibrated, priced or optimised.
    """

    reads = ("child.*",)
    writes = ("child.wellbeing", "child.knows_plan", "child.duty_due", "child.duty_ask", "child.duty_left")
    source = "Coram Voice 2017, 2018 (direction only); points are priors"

    def step(self, state: State) -> None:
        children, rows, day, w = state.children, state.in_care, state.clock.day, state.p.wellbeing
        self._fade(state)
        year = day - 365
        changes = (children.change_day[rows] > year).astype(int) + (children.earlier_change_day[rows] > year)
        moved = (children.n_placements[rows] > 1) & (day - children.placement_day[rows] < 182)
        points = w.base_points - w.plan_unknown_points * ~children.knows_plan[rows]
        points = points - w.reasons_unknown_points * ~children.knows_reasons[rows] - w.worker_change_points * changes
        points = points - w.recent_move_points * moved - w.separation_points * children.separated[rows]
        children.wellbeing[rows] = np.minimum(np.maximum(points, 0), 100)

    def _fade(self, state: State) -> None:
        """What was explained is forgotten: at a change of worker by some, and with time by all."""
        children, rows, day = state.children, state.in_care, state.clock.day
        knows = rows[children.knows_plan[rows]]
        life = state.p.permanence.plan_life_days
        u = state.dice.roll("plan forgotten", children.key[knows], state.clock.week)
        new_worker = children.change_day[knows] == day
        forgets = knows[u < np.where(new_worker, 0.3, 7.0 / life)]
        children.knows_plan[forgets] = False
        again = forgets[(children.plan[forgets] == Plan.AGREED) & (children.worker[forgets] != NEVER)]
        duty_work.join(state, "to be told the plan", again)
