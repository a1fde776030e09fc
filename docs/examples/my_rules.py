"""A rule of one's own: ten lines beside the scenario that names it."""

import numpy as np

from simulation import Rule
from simulation.actions import duty_work
from simulation.base.codes import Plan, Stage


class EarlyPermanence(Rule):
    """A permanence plan is asked for as soon as a child is looked after; no manager has to notice."""

    reads = ("child.stage", "child.plan")
    writes = ("child.plan", "child.plan_wait_day", "child.duty_due", "child.duty_ask", "child.duty_left")
    source = "an idea to try out"
    after = "Duties"

    def step(self, state):
        children = state.children
        rows = np.flatnonzero(children.present & (children.stage == Stage.LOOKED_AFTER) & (children.plan == Plan.NOT_ASKED))
        children.plan[rows] = Plan.WORK
        children.plan_wait_day[rows] = state.clock.day
        duty_work.begin(state, "permanence plan", rows)
