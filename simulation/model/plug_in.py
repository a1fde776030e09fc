"""Rules of the user's own: ``module:Class``, found beside the scenario or installed, and only where allowed."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from simulation.base.errors import Fault, Faults, fault, nearest
from simulation.scenario.files import file_beside
from simulation.service.rule import Rule


def extra_rules(scenario: Any) -> list[type[Rule]]:
    """The scenario's own rules as classes. They run as code: raises Faults unless allowed, or if one is missing."""
    where = scenario.origins.get("rules", scenario.id)
    if scenario.rules and not scenario.rules_allowed:
        named = ", ".join(scenario.rules)
        raise fault(where, f"names rules of its own ({named}), which run as code; if you trust them, add --allow-rules.")
    return rule_classes(scenario.rules, scenario.path.parent, where)


def rule_classes(names: list[str], folder: Path, where: str) -> list[type[Rule]]:
    """The rule classes called ``module:Class``. Raises Faults that name every one that cannot be had."""
    found, faults = [], []
    for name in names:
        try:
            found.append(_rule_class(name, folder))
        except _NotARuleError as error:
            faults.append(Fault(f"{where}: rules", f"'{name}': {error}"))
    if faults:
        raise Faults(faults)
    return found


class _NotARuleError(Exception):
    pass


def _rule_class(name: str, folder: Path) -> type[Rule]:
    module_name, _, class_name = name.partition(":")
    module = _module(module_name, folder)
    found = getattr(module, class_name, None)
    if found is None:
        raise _NotARuleError(f"'{module_name}' has no '{class_name}'.{nearest(class_name, vars(module))}")
    if not (isinstance(found, type) and issubclass(found, Rule)):
        raise _NotARuleError("a rule is a class made from simulation.Rule.")
    return found


def _module(name: str, folder: Path) -> ModuleType:
    beside = file_beside(name, folder)
    try:
        return _load(name, beside) if beside else importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name == name or (not beside and error.name == name.partition(".")[0]):
            raise _NotARuleError(f"there is no {name}.py beside the scenario, and no installed module of that name.") from None
        raise _NotARuleError(f"'{name}' could not be loaded: {error}.") from None
    except (Exception, SystemExit) as error:
        raise _NotARuleError(f"'{name}' could not be loaded: {type(error).__name__}: {error}.") from error


def _load(name: str, path: Path) -> ModuleType:
    """The module in ``path``; loaded once in each process, under a name that cannot hide an installed module."""
    digest = hashlib.sha256(str(path.resolve()).encode() + path.read_bytes()).hexdigest()[:16]
    known = f"_rules_{digest}_{name.replace('.', '_')}"
    if known in sys.modules:
        return sys.modules[known]
    spec = importlib.util.spec_from_file_location(known, path)
    assert spec is not None and spec.loader is not None, "a .py file always has a loader"
    module = importlib.util.module_from_spec(spec)
    sys.modules[known] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[known]
        raise
    return module
