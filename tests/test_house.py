"""The house: a room imports only rooms below it, no file is in a circle, no rule imports a rule, and nothing hides a climb."""

from __future__ import annotations

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "simulation"
ROOMS = ["base", "settings", "scenario", "service", "actions", "rules", "start", "model", "results", "experiment", "report", "published", "ssda903", "profile", "forecast", "validation", "page", "cli"]
"""From the ground up; ``docs/design.md`` says what each is for."""


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(tree: ast.AST) -> set[str]:
    """Modules of the package that a file imports anywhere: at its top, in a function, for its types."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else node.module for name in whole}
    return {name for name in found if name.split(".")[0] == "simulation"}


def room(module: str) -> str:
    """The room a module stands in; empty for the package's own face."""
    return module.split(".")[1] if "." in module else ""


IMPORTS = {name: imports(ast.parse(path.read_text(encoding="utf-8"))) - {name} for name, path in MODULES.items()}


def climbs(module: str, imported: set[str]) -> list[str]:
    """What a module imports from a room above its own."""
    mine = ROOMS.index(room(module))
    return sorted(other for other in imported if room(other) and ROOMS.index(room(other)) > mine)


def test_every_room_is_in_the_order():
    assert {room(module) for module in MODULES} - {""} == set(ROOMS)


@pytest.mark.parametrize("module", sorted(name for name in MODULES if room(name)))
def test_no_module_climbs(module):
    assert climbs(module, IMPORTS[module]) == []


def test_a_climb_is_found_wherever_it_is_written():
    late = "def f():\n    from simulation.cli import main\n"
    typed = "if TYPE_CHECKING:\n    from simulation.model import ChildrensServices\n"
    assert climbs("simulation.rules.moves", imports(ast.parse(late))) == ["simulation.cli.main"]
    assert climbs("simulation.service.state", imports(ast.parse(typed))) == ["simulation.model"]
    assert climbs("simulation.cli.main", imports(ast.parse(typed))) == []


def test_no_file_is_in_a_circle():
    try:
        tuple(TopologicalSorter(IMPORTS).static_order())
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")


def test_no_rule_imports_a_rule():
    rules = {name for name in MODULES if room(name) == "rules"}
    assert {name: sorted(IMPORTS[name] & rules) for name in rules if IMPORTS[name] & rules} == {}


def test_imports_are_absolute_and_written_out():
    """Relative imports and importlib would hide a climb; the few places that load by name are told here."""
    by_name = {
        "__init__.py",  # what modellers use, imported when first asked for
        "model/plug_in.py",  # rules of the user's own
        "experiment/replication.py",  # the replication function, so that a worker process can find it
    }
    relative, loads = set(), set()
    for path in MODULES.values():
        here, text = path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8")
        if any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(ast.parse(text))):
            relative.add(here)
        if re.search(r"import_module|__import__", text):
            loads.add(here)
    assert relative == set()
    assert loads == by_name


def test_at_most_two_files_lie_loose():
    loose = [path.name for path in PACKAGE.glob("*.py") if path.name != "__init__.py"]
    assert len(loose) <= 2


def test_the_design_lists_the_rooms_in_their_order():
    text = (PACKAGE.parent / "docs" / "design.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)/` \|", text, flags=re.MULTILINE)
    assert listed == ROOMS
