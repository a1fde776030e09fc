"""Reading a scenario: the file and what it extends, the command line's overrides, one list of faults or a Scenario."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from simulation.base.errors import Fault, Faults
from simulation.scenario import files
from simulation.scenario import names as dotted
from simulation.scenario.changes import Change
from simulation.scenario.check import setting_name, show, unknown_settings, validate_part, validate_settings
from simulation.scenario.form import OPERATORS, ChangeForm, Header, as_date, header_names, in_order, one_operator
from simulation.scenario.limits import faults_in_changes
from simulation.scenario.reader import DEFAULT, Node, Place
from simulation.scenario.remarks import remarks
from simulation.scenario.rows import expand_tables
from simulation.scenario.scenario import Scenario, neighbour_file
from simulation.settings import Parameters

_ID = re.compile(r"\w[\w .,()'-]{0,79}")


def load(
    path: str | Path, overrides: Sequence[str] = (), scenarios_dir: str | Path | None = None, allow_rules: bool = False
) -> Scenario:
    """The scenario in a file, or the packaged scenario of that name.

    overrides: ``section.setting=value`` laid over the file. scenarios_dir: where packaged scenarios are found
    (default: those that come with the model). allow_rules: rules that the scenario names may run, as code.
    Raises Faults that name everything wrong at once, in file order.
    """
    scenarios = Path(scenarios_dir) if scenarios_dir is not None else files.packaged_scenarios()
    scenario, node = _read(path, overrides, scenarios, allow_rules)
    faults = list(_faults_in_neighbours(scenario, node, scenarios))
    if faults:
        raise Faults(_in_file_order(faults))
    return scenario


def _read(path: str | Path, overrides: Sequence[str], scenarios: Path, allow_rules: bool) -> tuple[Scenario, Node]:
    found = files.find(path, scenarios)
    if not _ID.fullmatch(found.stem):
        raise Faults(Fault(files.shown(found), "a scenario's file name has letters, digits, spaces and -_.,()' only, up to 80."))
    node = files.read_merged(found, scenarios)
    for setting in overrides:
        node = files.override(node, setting)
    node = expand_tables(node)
    return _scenario(node, found, tuple(overrides), allow_rules), node


def load_all(names: Sequence[str], overrides: Sequence[str] = (), allow_rules: bool = False) -> list[Scenario]:
    """Several scenarios, every fault of every one reported at once; two of the same name are refused."""
    scenarios: list[Scenario] = []
    faults: list[Fault] = []
    for name in names:
        try:
            scenarios.append(load(name, overrides, allow_rules=allow_rules))
        except Faults as error:
            faults += error.faults
    twice = [one.id for number, one in enumerate(scenarios) if one.id in {other.id for other in scenarios[:number]}]
    faults += [Fault(name, "two scenarios have this name; rename one file.") for name in twice]
    if faults:
        raise Faults(dict.fromkeys(faults))
    return scenarios


def known_scenarios(scenarios_dir: str | Path | None = None) -> list[str]:
    """The names of the packaged scenarios."""
    return files.known_names(Path(scenarios_dir) if scenarios_dir is not None else files.packaged_scenarios())


def _scenario(node: Node, path: Path, overrides: tuple[str, ...], allow_rules: bool) -> Scenario:
    faults = unknown_settings(node)
    header, more = validate_settings(Header, node, tuple(name for name in header_names() if name != "changes"))
    parameters, wrong = validate_settings(Parameters, node, tuple(Parameters.model_fields))
    forms, bad = _change_forms(node)
    faults += more + wrong + bad
    changes = tuple(_change(form, node, at) for at, form in forms)
    faults += faults_in_changes(parameters, changes, header)
    if header is not None:
        faults += _faults_in_uncertain(parameters or Parameters(), header, node)
        faults += _faults_in_fit(parameters or Parameters(), header, node)
        faults += _faults_in_stock_file(header, node, path)
    if faults or header is None or parameters is None:
        raise Faults(_in_file_order(faults))
    header.changes = [form for _, form in forms]
    told = _origins(node), path.resolve(), overrides
    return Scenario(path.stem, header, parameters, changes, *told, rules_allowed=allow_rules, sources=_sources(node))


def _change_forms(node: Node) -> tuple[list[tuple[int, ChangeForm]], list[Fault]]:
    """Each change that is well formed, with its position, and the faults of those that are not."""
    given = node.value.get("changes")
    if given is None or given.value is None:
        return [], []
    if not isinstance(given.value, list):
        return [], [Fault(f"{given.place}: changes", f"{show(given.plain())} is not a list of dated changes.")]
    forms, faults = [], []
    for at in range(len(given.value)):
        form, wrong = validate_part(ChangeForm, node, ("changes", at))
        faults += wrong if form is not None else [*wrong, *_more_faults(node, at)]
        forms += [(at, form)] if form is not None else []
    return forms, faults


def _more_faults(node: Node, at: int) -> Iterable[Fault]:
    """What else is wrong with a change that is not well formed: said with the rest, not after it has been corrected."""
    item = node.find(("changes", at))
    if not isinstance(item.value, dict):
        return
    given = {name: part.plain() for name, part in item.value.items()}
    operators = [name for name in OPERATORS if given.get(name) is not None]
    if fault := one_operator(operators) or in_order(_date(given.get("from")), _date(given.get("until"))):
        yield Fault(_where(("changes", at), node), f"{fault}.")
    for operator in operators:
        for name in given[operator] if isinstance(given[operator], dict) else ():
            if problem := dotted.unknown(name, Parameters()):
                yield Fault(_where(("changes", at, operator, name), node), problem)


def _date(given: Any) -> dt.date | None:
    try:
        return as_date(given)
    except ValueError:
        return None


def _change(form: ChangeForm, node: Node, at: int) -> Change:
    operator = next(name for name in OPERATORS if getattr(form, name) is not None)
    values = getattr(form, operator)
    item = ("changes", at)
    places = {name: _where((*item, operator, name), node) for name in values}
    return Change(form.starts, form.until, operator, values, form.ramp_months, form.note, _where(item, node), places)


def _where(path: tuple[str | int, ...], node: Node) -> str:
    return f"{node.find(path).place}: {setting_name(path, node)}"


def _faults_in_uncertain(parameters: Parameters, header: Header, node: Node) -> Iterable[Fault]:
    for name, (low, high) in header.uncertain.items():
        where = f"{node.find(('uncertain', name)).place}: uncertain.{name}"
        setting = dotted.find(name, parameters)
        if setting is None:
            yield Fault(where, f"'{name}' is not a setting.{dotted.suggestion(name)}")
        elif setting.kind == "choice":
            yield Fault(where, "only numbers can be uncertain.")
        elif low > high:
            yield Fault(where, f"the low end {show(low)} is above the high end {show(high)}.")
        elif setting.clip(low) != low or setting.clip(high) != high:
            kind = "whole numbers" if setting.kind == "whole" else "numbers"
            yield Fault(where, f"[{show(low)}, {show(high)}] is not within what is allowed: "
                               f"{kind} from {show(setting.low)} to {show(setting.high)}.")


def _faults_in_fit(parameters: Parameters, header: Header, node: Node) -> Iterable[Fault]:
    """Settings that a fit or a walk names and the model does not have, or that are no numbers."""
    named = [(("fitted", at), name) for at, form in enumerate(header.fitted) for part in OPERATORS
             for name in getattr(form, part) or ()]
    named += [(("walks", at), name) for at, form in enumerate(header.walks) for name in form.moves]
    for item, name in named:
        setting = dotted.find(name, parameters)
        if setting is None:
            yield Fault(_where(item, node), f"'{name}' is not a setting.{dotted.suggestion(name)}")
        elif setting.kind == "choice":
            yield Fault(_where(item, node), f"'{name}' is not a number.")


def _faults_in_stock_file(header: Header, node: Node, path: Path) -> Iterable[Fault]:
    if header.stock_file is None:
        return
    named = node.value["stock_file"]
    where = f"{named.place}: stock_file"
    beside = path.parent / header.stock_file
    if "\x00" in header.stock_file or not beside.resolve().is_relative_to(path.parent.resolve()):
        yield Fault(where, f"{show(header.stock_file)} is not a file beside the scenario.")
    elif not beside.is_file():
        yield Fault(where, f"there is no file {show(header.stock_file)} beside the scenario.")


def _faults_in_neighbours(scenario: Scenario, node: Node, scenarios: Path) -> Iterable[Fault]:
    """Neighbours that cannot be read, are in another time, or have neighbours of their own."""
    for at, neighbour in enumerate(scenario.header.neighbours):
        where = _where(("neighbours", at, "scenario"), node)
        try:
            other, _ = _read(neighbour_file(scenario.path, neighbour.scenario), (), scenarios, allow_rules=False)
        except Faults as error:
            yield from (Fault(where, str(one)) for one in error.faults)
            continue
        if other.header.neighbours:
            yield Fault(where, f"{show(neighbour.scenario)} has neighbours of its own; name them all in one file.")
        elif other.start != scenario.start:
            yield Fault(where, f"{show(neighbour.scenario)} starts on {other.start}, this scenario on {scenario.start}.")


def _origins(node: Node) -> dict[str, str]:
    """Dotted name -> ``file:line`` (or the override) for everything that was given."""
    return {name: origin(leaf.place) for name, leaf in node.leaves() if leaf.place != DEFAULT}


def _sources(node: Node) -> dict[str, str]:
    """Dotted name -> what the file that gives it says of it."""
    said = remarks(leaf.place for _, leaf in node.leaves())
    return {name: said[leaf.place] for name, leaf in node.leaves() if leaf.place in said}


def origin(place: Place) -> str:
    """A place as an origin: the file's name and line, without folders."""
    return f"{Path(place.file).name}:{place.line}" if place.line else place.file


def _in_file_order(faults: Iterable[Fault]) -> list[Fault]:
    """Faults by file, line and column; each once."""
    def key(fault: Fault) -> tuple[Any, ...]:
        match = re.match(r"(.*?):(\d+):(\d+)", fault.where)
        return (match[1], int(match[2]), int(match[3])) if match else ("~", 0, 0)
    return sorted(dict.fromkeys(faults), key=key)
