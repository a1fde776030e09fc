"""Strict YAML: only what a scenario needs, every value with the place it was written.

Scalars follow YAML 1.2 (``NO`` is a word, ``010`` is ten, ``1e3`` is a thousand, dates stay text until a setting
asks for one). Anchors, aliases, tags, repeated keys, very deep, very long and non-finite input is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from simulation.base.errors import Fault, Faults, fault

MOST_BYTES = 1_000_000
MOST_LEVELS = 20
MOST_NODES = 50_000
MOST_DIGITS = 18
TOO_DEEP = f"is nested more than {MOST_LEVELS} levels deep."
_WORDS = {word: value for value, words in {None: "null Null NULL ~", True: "true True TRUE", False: "false False FALSE"}.items()
          for word in words.split()}
_WHOLE = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_BASES = {"0o": 8, "0x": 16}


@dataclass(frozen=True)
class Place:
    """Where something is written: ``file`` as shown to the user, ``line`` and ``column`` counted from 1 (0: no line)."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


DEFAULT = Place("default")
"""Where values that no file gives come from."""


@dataclass
class Node:
    """A value and its place: ``value`` is a dict or list of Nodes, or a plain scalar.

    ``place`` is where a setting is named (its key) and, for an item of a list, where the item begins.
    """

    value: Any
    place: Place

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def find(self, path: tuple[Any, ...]) -> Node:
        """The node nearest to ``path``: as far along it as the file goes."""
        here = self
        for step in path:
            here = here.inside(step) or here
        return here

    def inside(self, step: Any) -> Node | None:
        """The value called ``step`` in a mapping, or number ``step`` of a list."""
        if isinstance(self.value, dict):
            return self.value.get(step)
        if isinstance(self.value, list) and isinstance(step, int) and 0 <= step < len(self.value):
            item: Node = self.value[step]
            return item
        return None

    def leaves(self, name: str = "") -> Iterator[tuple[str, Node]]:
        """Every scalar and list below with its dotted name; rows of a table by their names as well as the table itself."""
        if isinstance(self.value, dict):
            for key, node in self.value.items():
                yield from node.leaves(f"{name}.{key}" if name else str(key))
            return
        yield name, self
        for row in self.value if isinstance(self.value, list) else ():
            if isinstance(row.value, dict) and "name" in row.value:
                yield from row.leaves(f"{name}.{row.value['name'].value}")


def read_file(path: Path, shown: str) -> Node:
    """The mapping written in the file ``path``; ``shown`` is its name in messages. Raises Faults."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise fault(shown, f"cannot be read: {error.strerror or error}.") from None
    if len(raw) > MOST_BYTES:
        raise fault(shown, f"is larger than {MOST_BYTES:,} bytes, the most a scenario file may have.")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        raise fault(Place(shown, line, column), "is not UTF-8 text; save the file as UTF-8.") from None
    node = read_text(text, shown)
    if not isinstance(node.value, dict):
        raise fault(Place(shown, 1, 1), "a scenario is a mapping of settings, such as 'title: ...'; this file has none.")
    return node


def read_text(text: str, shown: str) -> Node:
    """The one YAML document in ``text``. Raises Faults, every fault the parser can still see at once."""
    builder = _Builder(shown)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(shown, mark.line + 1, mark.column + 1) if mark else Place(shown)
        problem = str(error.problem or error.context)
        too_deep = "nesting depth" in problem  # PyYAML since 6.0.4 stops by itself, further on than we do
        told = TOO_DEEP if too_deep else f"is not YAML: {problem}.{_way_out(problem)}"
        raise Faults([*builder.faults, Fault(str(place), told)]) from None
    except yaml.YAMLError as error:
        reason = str(error).split("\n")[0]
        raise Faults([*builder.faults, Fault(shown, f"is not YAML: {reason}.")]) from None
    if builder.faults:
        raise Faults(builder.faults)
    return builder.root or Node(None, Place(shown, 1, 1))


def _way_out(problem: str) -> str:
    """What to do about the parser's two commonest complaints, which name no remedy."""
    if "mapping values" in problem:
        return " Text with a colon in it needs quotes; settings of one group start in the same column."
    tab = "tab character" in problem or "'\\t'" in problem or "cannot start any token" in problem
    return " Indent with spaces, not tabs; text that begins with a sign such as @ needs quotes." if tab else ""


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Builder:
    """Builds Nodes from the parser's events, so that depth and size are bounded before anything is built."""

    def __init__(self, shown: str):
        self.shown = shown
        self.faults: list[Fault] = []
        self.root: Node | None = None
        self._open: list[tuple[Node, list[Node]]] = []  # each open mapping or list; for mappings, the key that waits
        self._nodes = 0
        self._documents = 0

    def take(self, event: Any) -> None:
        """One event of the parser."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise self._stop(event, "a scenario file has one document; remove the second '---'.")
        elif isinstance(event, yaml.AliasEvent):
            self._fault(event, "references such as *name are not used in scenario files; write the value out or use 'extends'.")
            self._place(Node(None, self._here(event)))
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
        elif isinstance(event, yaml.NodeEvent):
            self._node(event)

    def _node(self, event: Any) -> None:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise self._stop(event, f"has more than {MOST_NODES:,} values, the most a scenario file may have.")
        if event.anchor:
            self._fault(event, "anchors such as &name are not used in scenario files; write the value out or use 'extends'.")
        if event.tag not in (None, "!"):
            self._fault(event, "tags such as !name are not used in scenario files.")
        if isinstance(event, yaml.ScalarEvent):
            self._place(Node(self._scalar(event), self._here(event)))
            return
        node = Node({} if isinstance(event, yaml.MappingStartEvent) else [], self._here(event))
        self._place(node)
        self._open.append((node, []))
        if len(self._open) > MOST_LEVELS:
            raise self._stop(event, TOO_DEEP)

    def _place(self, node: Node) -> None:
        """Puts a node where it belongs: the root, the next item, a key, or the value of the key that waits."""
        if not self._open:
            self.root = node
            return
        parent, waiting = self._open[-1]
        if isinstance(parent.value, list):
            parent.value.append(node)
        elif not waiting:
            waiting.append(node)
        else:
            self._entry(parent.value, waiting.pop(), node)

    def _entry(self, mapping: dict[str, Node], key: Node, node: Node) -> None:
        name = key.value
        if isinstance(name, (dict, list)) or name is None:
            self.faults.append(Fault(str(key.place), "the name of a setting is a word."))
            return
        name = name if isinstance(name, str) else str(name).lower() if isinstance(name, bool) else str(name)
        if name in mapping:
            before = mapping[name].place
            self.faults.append(Fault(str(key.place), f"{name}: is given twice; the first is on line {before.line}."))
            return
        node.place = key.place
        mapping[name] = node

    def _scalar(self, event: Any) -> Any:
        if not event.implicit[0]:
            return event.value  # quoted or a block of text
        try:
            return plain_scalar(event.value)
        except ValueError as error:
            self._fault(event, str(error))
            return None

    def _here(self, event: Any) -> Place:
        return Place(self.shown, event.start_mark.line + 1, event.start_mark.column + 1)

    def _fault(self, event: Any, message: str) -> None:
        self.faults.append(Fault(str(self._here(event)), message))

    def _stop(self, event: Any, message: str) -> Faults:
        return Faults([*self.faults, Fault(str(self._here(event)), message)])


def plain_scalar(text: str) -> Any:
    """What an unquoted word means in YAML 1.2: None, a switch, a whole number, a number, or the word itself.

    Raises ValueError for numbers that are not finite or have more than 18 digits.
    """
    if text in _WORDS or not text:
        return _WORDS.get(text)
    if _WHOLE.fullmatch(text):
        return _whole(text)
    if _DECIMAL.fullmatch(text):
        number = float(text)
        if number in (float("inf"), float("-inf")):
            raise ValueError(f"{_short(text)} is too large a number.")
        return number
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"{text} is not a finite number.")
    return text


def _whole(text: str) -> int:
    if len(text.lstrip("+-")) > MOST_DIGITS:
        raise ValueError(f"{_short(text)} has more than {MOST_DIGITS} digits.")
    return int(text[2:], _BASES[text[:2]]) if text[:2] in _BASES else int(text)


def _short(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:20]}..."


def moved(node: Node, place: Place) -> Node:
    """The same value, everything in it said to come from ``place`` (an override on the command line)."""
    value = node.value
    if isinstance(value, dict):
        value = {key: moved(inner, place) for key, inner in value.items()}
    elif isinstance(value, list):
        value = [moved(inner, place) for inner in value]
    return replace(node, value=value, place=place)
