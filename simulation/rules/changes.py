"""Changes: dated changes of the scenario take effect, and the week's shocks are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.rules.base import Rule

if TYPE_CHECKING:
    from simulation.model import ChildrensServices


class Changes(Rule):
    """Dated changes in the scenario take effect: posts, money, policies and shocks such as Covid-19."""

    writes = ()
    source = "the scenario file"

    def step(self, model: ChildrensServices) -> None:
        if model.schedule.apply(model.p, model.clock.day):
            model.duties.read(model.p.casework.duties)
        model.shocks.update(model)
