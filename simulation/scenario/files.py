"""Finding scenario files, following ``extends`` without leaving the folder, and merging parent and child."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath, PureWindowsPath

import simulation
from simulation.base.errors import Faults, fault, nearest, printable
from simulation.scenario.reader import Node, Place, moved, read_file, read_text
from simulation.scenario.rows import changed_rows

MOST_PARENTS = 5


def packaged_scenarios() -> Path:
    """The folder of the scenarios that come with the model, in an installed package or in a checkout."""
    package = Path(simulation.__file__).resolve().parent
    installed = package / "scenarios"
    return installed if installed.is_dir() else package.parent / "scenarios"


def find(name: str | Path, scenarios: Path) -> Path:
    """The file called ``name``: a path, or the bare name of a packaged scenario. Raises Faults with the nearest name."""
    path = Path(name)
    if os.path.isfile(name):  # unlike Path.is_file, says no to names that no file can have
        return path
    if path.name == str(name):
        for candidate in (scenarios / path.name, scenarios / f"{path.name}.yaml"):
            if os.path.isfile(candidate):
                return candidate
    if os.path.isdir(name):
        raise fault(name, "is a folder, not a scenario file.")
    raise fault(printable(name), f"there is no such scenario file.{nearest(path.stem, known_names(scenarios, path.parent))}")


def known_names(*folders: Path) -> list[str]:
    """The names of the scenarios in these folders."""
    return sorted({path.stem for folder in folders if os.path.isdir(folder) for path in folder.glob("*.yaml")})


def shown(path: Path) -> str:
    """The file as messages name it: relative to the working folder when it lies inside, otherwise in full."""
    resolved = path.absolute()
    here = Path.cwd()
    return str(resolved.relative_to(here)) if resolved.is_relative_to(here) else str(path)


def read_merged(path: Path, scenarios: Path) -> Node:
    """The file with everything it extends merged in; every value keeps its place. Raises Faults."""
    return _merged(path, scenarios, [])


def _merged(path: Path, scenarios: Path, children: list[Path]) -> Node:
    node = read_file(path, shown(path))
    parent = node.value.get("extends")
    if parent is None or parent.value is None:
        return node
    line = [*children, path]
    found = _parent(parent, path, scenarios, line)
    return merge(_merged(found, scenarios, line), node)


def _parent(named: Node, path: Path, scenarios: Path, line: list[Path]) -> Path:
    """The file that ``extends`` names: beside the file, then among the packaged scenarios."""
    where = f"{named.place}: extends"
    name = named.value
    _refuse_odd_names(where, name)
    found = _look_beside(where, name, path, scenarios, line)
    if any(_same(found, child) for child in line):
        chain = " -> ".join([child.name for child in line] + [found.name])
        raise fault(where, f"the files extend each other in a circle: {chain}.")
    if len(line) > MOST_PARENTS:
        raise fault(where, f"more than {MOST_PARENTS} files extend one another.")
    return found


def _refuse_odd_names(where: str, name: object) -> None:
    if not isinstance(name, str) or not name.strip() or "\x00" in name:
        raise fault(where, "is the name of one scenario file, such as bradford_2020.yaml.")
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).is_absolute() or PureWindowsPath(name).drive:
        raise fault(where, f"'{name}' is an absolute path; name a file beside this one or a packaged scenario.")
    if ".." in PureWindowsPath(name).parts:
        raise fault(where, f"'{name}' leaves the folder; name a file beside this one or a packaged scenario.")


def _look_beside(where: str, name: str, path: Path, scenarios: Path, line: list[Path]) -> Path:
    own_folder = path.parent
    beside: Path | None = None
    for folder in (own_folder, scenarios):
        for candidate in (folder / name, folder / f"{name}.yaml"):
            if not os.path.isfile(candidate):
                continue
            if not candidate.resolve().is_relative_to(folder.resolve()):
                raise fault(where, f"'{name}' is a link that leaves the folder.")
            if not _same(candidate, path):
                return candidate
            beside = candidate
    if beside is not None:
        return beside  # only the file itself has this name: a circle
    raise fault(where, f"there is no '{name}' beside this file or among the packaged scenarios."
                       f"{nearest(Path(name).stem, known_names(own_folder, scenarios))}")


def _same(one: Path, other: Path) -> bool:
    return os.path.samefile(one, other)


def merge(parent: Node, child: Node) -> Node:
    """The child over the parent: mappings are merged, ``changes`` are added after the parent's, all else is replaced."""
    merged = _deep(parent, child)
    for node in (parent, child):
        if "changes" in node.value and not isinstance(node.value["changes"].value, list):
            return merged  # a fault that the schema will name
    if "changes" in parent.value and "changes" in child.value:
        both = parent.value["changes"].value + child.value["changes"].value
        merged.value["changes"] = Node(both, child.value["changes"].place)
    return merged


def _deep(parent: Node, child: Node) -> Node:
    if isinstance(parent.value, list) and isinstance(child.value, dict):
        return changed_rows(parent, child)
    if not (isinstance(parent.value, dict) and isinstance(child.value, dict)):
        return child
    value = dict(parent.value)
    for key, node in child.value.items():
        value[key] = _deep(value[key], node) if key in value else node
    return Node(value, child.place)


def override(node: Node, setting: str) -> Node:
    """The merged file with ``a.b=c`` from the command line laid over it. Raises Faults."""
    name, equals, text = setting.partition("=")
    place = Place(f"--set {setting}")
    if not equals or not name.strip() or any(not part for part in name.strip().split(".")):
        raise fault(place, "an override looks like workforce.permanent_posts_fte=480.")
    if name.strip() == "extends":
        raise fault(place, "what a scenario extends is said in its file.")
    try:
        value = moved(read_text(text, str(place)), place)
    except Faults as error:
        raise fault(place, error.faults[0].message) from None
    for part in reversed(name.strip().split(".")):
        value = Node({part: value}, place)
    return _deep(node, value)


def file_beside(name: str, folder: Path) -> Path | None:
    """The file of a module beside the scenario, if there is one."""
    path = folder / f"{name.replace('.', '/')}.py"
    return path if path.is_file() else None
