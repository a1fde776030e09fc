"""Which settings a run has read: a setting that nothing reads changes nothing, and its author should know."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from simulation.scenario import names as dotted
from simulation.scenario.names import READ
from simulation.scenario.scenario import Scenario
from simulation.settings import Parameters


def tracked(parameters: Parameters) -> Parameters:
    """A copy that remembers which settings are read. Reading is slower: use it for one short run, not in bulk."""
    copy = parameters.model_copy(deep=True)
    _track(copy, "", set())
    return copy


def settings_not_read(parameters: Parameters) -> list[str]:
    """Dotted names that nothing has read since :func:`tracked`, in the order of the sections."""
    read = getattr(type(parameters), READ, None)
    if read is None:
        raise ValueError("these parameters are not tracked; make them with tracked()")
    return [name for name in dotted.settings() if name not in read]


def watched(scenario: Scenario) -> Scenario:
    """The same scenario, remembering what is read of it; models made from it remember in the same place."""
    return replace(scenario, parameters=tracked(scenario.parameters))


def given_but_not_read(scenario: Scenario, weeks: int | None = None) -> list[str]:
    """Settings that a :func:`watched` scenario gives or changes, and that nothing has read: they changed nothing.

    Only what the scenario itself gives: what it extends is not its author's. weeks: of the run; in one shorter than the
    scenario's horizon, what a scenario that extends nothing gives may simply not have come up.
    """
    begins = weeks is not None and weeks < scenario.weeks and not scenario.extends
    own = "" if begins else scenario.path.name
    given = [name for name, origin in scenario.origins.items() if _of(own, origin)]
    given += [name for change in scenario.changes if _of(own, change.where) for name in change.values]
    return [name for name in settings_not_read(scenario.parameters)
            if any(one == name or one.startswith(f"{name}.") for one in given)]  # fmt: skip


def _of(file: str, where: str) -> bool:
    """True for what the command line gives, and for what stands in ``file`` (none if empty)."""
    return where.startswith("--set") or (bool(file) and Path(where.partition(":")[0]).name == file)


def _track(model: BaseModel, prefix: str, read: set[str]) -> None:
    for name in type(model).model_fields:
        inner = getattr(model, name)
        if isinstance(inner, BaseModel):
            _track(inner, f"{prefix}{name}.", read)
    model.__class__ = _remembering(type(model), prefix, read)


def _remembering(kind: type[BaseModel], prefix: str, read: set[str]) -> type[BaseModel]:
    """A subclass of a section whose settings note that they were read."""
    names = frozenset(kind.model_fields)

    def __getattribute__(self: Any, name: str) -> Any:  # noqa: N807
        if name in names:
            read.add(f"{prefix}{name}")
        return object.__getattribute__(self, name)

    made = type(kind.__name__, (kind,), {"__module__": __name__, "__getattribute__": __getattribute__})
    setattr(made, READ, read)
    return made
