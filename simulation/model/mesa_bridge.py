"""Mesa, and its awkward parts, in one place.

What is worked around (Mesa 3.3): importing Mesa sets the process's start method for multiprocessing (we put it back);
Mesa keeps every model it has numbered alive through ``Agent._ids`` (we drop the entry when a model is closed);
``model.agents`` would create all agents at once (ours are made at the first touch and kept in step).
"""

from __future__ import annotations

import multiprocessing
from typing import Any

import mesa
import numpy as np

from simulation.base.clock import NEVER, date_of
from simulation.base.columns import Table

_method = multiprocessing.get_start_method(allow_none=True)
if multiprocessing.get_start_method(allow_none=True) != _method:
    multiprocessing.set_start_method(_method, force=True)


class RowAgent(mesa.Agent):
    """A Mesa agent that is a view of one row of a table.

    table, row: where its facts live. Attributes named as columns read and write the row.
    """

    def __init__(self, model: mesa.Model, table: Table, row: int):
        self.table, self.row = table, row
        super().__init__(model)

    def facts(self) -> dict[str, Any]:
        """Every fact by name; day numbers become dates, ``NEVER`` becomes None."""
        told: dict[str, Any] = {}
        for name, column in self.table.declared.items():
            if column.width:
                continue
            value = getattr(self.table, name)[self.row].item()
            is_day = column.unit == "day number"
            told[name] = (date_of(value) if value != NEVER else None) if is_day else value
        return told


class OneAgent(mesa.Agent):
    """A Mesa agent of which there is one: it shows facts that the model keeps elsewhere."""


class AgentsInStep:
    """Makes the Mesa agents of some tables at the first touch and keeps them in step with rows afterwards."""

    def __init__(
        self, model: mesa.Model, kinds: dict[str, tuple[Table, type[RowAgent]]], single: tuple[type[OneAgent], ...] = ()
    ):
        self.model, self.kinds, self.single = model, kinds, single
        self.made: dict[str, dict[int, RowAgent]] | None = None

    def touch(self) -> None:
        """Make every agent that is not there yet."""
        if self.made is not None:
            return
        self.made = {name: {} for name in self.kinds}
        for one in self.single:
            one(self.model)
        for name, (table, _) in self.kinds.items():
            self._add(name, table.rows)
            table.on_add.append(lambda rows, name=name: self._add(name, rows))
            table.on_free.append(lambda rows, name=name: self._remove(name, rows))

    def _add(self, name: str, rows: np.ndarray) -> None:
        table, kind = self.kinds[name]
        assert self.made is not None
        for row in rows.tolist():
            self.made[name][row] = kind(self.model, table, row)

    def _remove(self, name: str, rows: np.ndarray) -> None:
        assert self.made is not None
        for row in rows.tolist():
            self.made[name].pop(row).remove()


def forget(model: mesa.Model) -> None:
    """Let Mesa forget a model so that its memory can be freed (Mesa 3.3 keeps it for ever: mesa issue 3179)."""
    mesa.Agent._ids.pop(model, None)
