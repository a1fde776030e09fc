"""A rule of one's own: ten lines beside the scenario that names it."""

import numpy as np

from simulation.codes import Plan, Stage
from simulation.rules import Rule, duties


class EarlyPermanence(Rule):
    """A permanence plan is asked for as soon as a child is looked after; no manager has to notice."""

    reads = ("child.stage", "child.plan")
    writes = ("child.plan", "child.plan_wait_day", "child.duty_due", "child.duty_ask", "child.duty_left")
    source = "an idea to try out"
    after = "Duties"

    def step(self, model):
        children = model.children
        rows = np.flatnonzero(children.present & (children.stage == Stage.LOOKED_AFTER) & (children.plan == Plan.NOT_ASKED))
        children.plan[rows] = Plan.WORK
        children.plan_wait_day[rows] = model.clock.day
        duties.begin(model, "permanence plan", rows)
