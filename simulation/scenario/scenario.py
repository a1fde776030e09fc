"""A scenario: parameters, dated changes and what travels with them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simulation.base.errors import Fault, Faults, fault
from simulation.scenario import names as dotted
from simulation.scenario.changes import Change, Schedule, compile_changes
from simulation.scenario.files import file_beside, packaged_scenarios
from simulation.scenario.form import MOST_WEEKS, OPERATORS, SCHEMA_VERSION, ChangeForm, Figure, Header, Lever
from simulation.scenario.yaml_text import yaml_text
from simulation.settings import Parameters

_TELLS_NOTHING = ("title", "question", "history", "borrowed", "lever", "uncertain", "stock_file", "fit")
_LISTS = ("changes", "fitted", "walks", "fit")


@dataclass(frozen=True)
class Scenario:
    """A scenario as read. ``id`` is the file's stem; ``origins`` maps each dotted name that was given to ``file:line``.

    ``sources``: dotted name -> the remark the file makes beside the value, or over its section.
    """

    id: str
    header: Header
    parameters: Parameters
    changes: tuple[Change, ...]
    origins: dict[str, str]
    path: Path
    overrides: tuple[str, ...] = ()
    drawn: Mapping[str, float] = field(default_factory=dict)
    rules_allowed: bool = False
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What this scenario is, in a line; its name if the file gives none."""
        return self.header.title or self.id

    @property
    def question(self) -> str:
        """The question it is to answer."""
        return self.header.question

    @property
    def extends(self) -> str | None:
        """The file this one extends, as written."""
        return self.header.extends

    @property
    def start(self) -> dt.date:
        """Date of the starting state."""
        return self.header.start

    @property
    def weeks(self) -> int:
        """Weeks simulated unless the command says otherwise."""
        return self.header.weeks

    @property
    def mode(self) -> str:
        """``plan`` or ``replay``."""
        return self.header.mode

    @property
    def rules(self) -> list[str]:
        """Rules of the user's own, as ``module:Class``."""
        return self.header.rules

    @property
    def history(self) -> list[Figure]:
        """Published figures that travel with the scenario."""
        return self.header.history

    @property
    def lever(self) -> Lever | None:
        """Eligibility and evidence, if this scenario is a plan to compare."""
        return self.header.lever

    @property
    def uncertain(self) -> dict[str, list[float]]:
        """Settings given as uncertain: dotted name -> [low, high]."""
        return self.header.uncertain

    @property
    def stock_file(self) -> Path | None:
        """The starting stock beside the scenario, if one is named."""
        return self.path.parent / self.header.stock_file if self.header.stock_file else None

    @property
    def neighbour_files(self) -> list[tuple[str | Path, float, float]]:
        """Scenario file of each neighbour, and miles east and north of this authority's centre."""
        return [(neighbour_file(self.path, one.scenario), one.x_miles, one.y_miles) for one in self.header.neighbours]

    @property
    def fitted(self) -> tuple[Change, ...]:
        """What the fit turns, year by year."""
        return tuple(change_of(form) for form in self.header.fitted)

    def schedule(self, seed: int = 0, replication: int | None = None) -> Schedule:
        """The dated changes over the starting parameters, with the walks of one replication (none: without); one for each run."""
        walked = self._walked(seed, replication) if replication is not None and self.header.walks else ()
        return compile_changes(self.parameters, self.changes, self.start, (*self.fitted, *walked))

    def _walked(self, seed: int, replication: int) -> tuple[Change, ...]:
        from simulation.scenario.walks import drawn  # here: curves of chance are slow to import, and few commands need them

        return drawn(self.header.walks, self.start, seed, replication)

    def with_fit(self, forms: list[ChangeForm]) -> Scenario:
        """This scenario with what a fit turns, year by year, in place of any it had."""
        return replace(self, header=self.header.model_copy(update={"fitted": forms}))

    def without_walks(self) -> Scenario:
        """This scenario with what is not known of the years ahead left out: for comparing plans by chance alone."""
        return replace(self, header=self.header.model_copy(update={"walks": []}))

    def with_values(self, values: Mapping[str, float]) -> Scenario:
        """This scenario with some parameters given other values (a draw of an ensemble). Raises Faults."""
        parameters = self.parameters.model_copy(deep=True)
        faults = []
        for name, value in values.items():
            faults += _put(parameters, name, value)
        if faults:
            raise Faults(faults)
        return replace(self, parameters=_checked(parameters), drawn={**self.drawn, **values})

    def with_change(self, since: dt.date, values: Mapping[str, float], note: str) -> Scenario:
        """This scenario with settings given new values from a day on, after its own changes of that day."""
        form = ChangeForm.model_validate({"from": since, "set": dict(values), "note": note})
        change = Change(since, None, "set", dict(values), note=note)
        header = self.header.model_copy(update={"changes": [*self.header.changes, form]})
        return replace(self, header=header, changes=(*self.changes, change))

    def notes(self, weeks: int | None = None) -> list[str]:
        """What the user should know of a run of ``weeks``: changes left out, last values held."""
        if weeks is None or weeks == self.weeks:
            return []
        if not 1 <= weeks <= MOST_WEEKS:
            raise fault("--weeks", f"{weeks} is not a whole number from 1 to {MOST_WEEKS:,}.")
        end = self.start + dt.timedelta(weeks=weeks)
        late = [f"{' and '.join(change.values)} from {change.starts}" for change in self.changes if change.starts > end]
        notes = [f"{self.id}: this run ends on {end}, before these changes of its: {'; '.join(late)}."] if late else []
        if weeks > self.weeks:
            notes.append(f"{self.id}: runs {weeks} weeks; its own horizon is {self.weeks}: last values hold after that.")
        return notes

    def resolved(self) -> dict[str, Any]:
        """The whole scenario as plain values, every parameter included; it can be written and read again."""
        header = self.header.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"extends", *_LISTS})
        for name in _LISTS:
            forms = getattr(self.header, name)
            header[name] = [form.model_dump(mode="json", by_alias=True, exclude_defaults=True) for form in forms]
        return {**header, "schema_version": SCHEMA_VERSION, **self.parameters.model_dump(mode="json")}

    def as_yaml(self) -> str:
        """The resolved scenario as a scenario file."""
        return yaml_text(self.resolved())

    @property
    def content_hash(self) -> str:
        """A hash of everything that decides what is simulated; titles, history and notes do not."""
        told = {key: value for key, value in self.resolved().items() if key not in _TELLS_NOTHING}
        for change in (*told["changes"], *told["fitted"], *told["walks"]):
            change.pop("note", None)
        for name in ("fitted", "walks"):  # a scenario without them keeps the hash it had
            if not told[name]:
                told.pop(name)
        files = [self.stock_file, *(file_beside(rule.partition(":")[0], self.path.parent) for rule in self.rules)]
        files += [path for path, _, _ in self.neighbour_files if isinstance(path, Path)]
        told["files"] = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file is not None]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def change_of(form: ChangeForm) -> Change:
    """A dated change from its form."""
    operator = next(name for name in OPERATORS if getattr(form, name) is not None)
    return Change(form.starts, form.until, operator, getattr(form, operator), form.ramp_months, form.note)


def neighbour_file(path: Path, name: str) -> str | Path:
    """The file of that name beside ``path``, if there is one; else the name, of a packaged scenario."""
    beside = [path.parent / name, path.parent / f"{name}.yaml"] if Path(name).name == name else []
    return next((file for file in beside if file.is_file()), name)


def base_of(scenario: Scenario) -> str:
    """What the scenario extends, as a command would name it: a file beside it, or the name of a packaged scenario."""
    name = scenario.extends or ""
    for beside in (scenario.path.parent / name, scenario.path.parent / f"{name}.yaml"):
        if beside.is_file() and not beside.resolve().is_relative_to(packaged_scenarios().resolve()):
            return os.path.relpath(beside)
    return Path(name).stem


def _put(parameters: Parameters, name: str, value: float) -> list[Fault]:
    try:
        before = dotted.get(parameters, name)
    except KeyError as error:
        return [Fault(name, str(error.args[0]))]
    if not dotted.is_number(before) or not dotted.is_number(value):
        return [Fault(name, f"only numbers can be drawn; the setting is {before!r}, given {value!r}.")]
    whole = isinstance(before, int) and float(value).is_integer()
    dotted.put(parameters, name, int(value) if whole else value)
    return []


def _checked(parameters: Parameters) -> Parameters:
    try:
        return Parameters.model_validate_json(parameters.model_dump_json())
    except ValidationError as error:
        raise Faults(Fault(".".join(map(str, detail["loc"])), f"{detail['msg']}; given {detail['input']!r}.")
                     for detail in error.errors(include_url=False)) from None
