"""Changes: dated changes of the scenario take effect, and the week's shocks are read."""

from __future__ import annotations

from simulation.service.rule import Rule
from simulation.service.state import State


class Changes(Rule):
    """Dated changes in the scenario take effect: posts, money, policies and shocks such as Covid-19."""

    writes = ()
    source = "the scenario file"

    def step(self, state: State) -> None:
        if state.schedule.apply(state.p, state.clock.day):
            state.duties.read(state.p.casework.duties)
        state.shocks.update()
