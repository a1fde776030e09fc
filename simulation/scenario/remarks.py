"""What a scenario file says of its own values: the remark after ``#`` on a value's line, or on its section's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from simulation.scenario.reader import Place

_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:''|[^'])*'")
_REMARK = re.compile(r"(?:^|\s)#\s*(.*\S)")
_KEY = re.compile(r"\s*(- )?[\w.-]+\s*:")


def remarks(places: Iterable[Place]) -> dict[Place, str]:
    """The remark of each place that has one; a value without one has that of the section it stands in."""
    files: dict[str, list[str]] = {}
    found = {}
    for place in places:
        if place.line:
            lines = files.setdefault(place.file, _lines(place.file))
            if text := _said(lines, place.line - 1):
                found[place] = text
    return found


def _lines(file: str) -> list[str]:
    try:
        return Path(file).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []


def _said(lines: list[str], at: int) -> str:
    """The remark of line ``at``, else of the key it is indented under, and so on outwards."""
    begun = at
    while 0 <= at < len(lines):
        if text := _remark(lines[at]):
            return text if at == begun else f"{text} (said of the whole section)"
        indent = _indent(lines[at])
        above = [number for number in range(at - 1, -1, -1) if _KEY.match(lines[number]) and _indent(lines[number]) < indent]
        if not indent or not above:
            return ""
        at = above[0]
    return ""


def _remark(line: str) -> str:
    found = _REMARK.search(_QUOTED.sub(lambda quoted: "x" * len(quoted[0]), line))
    return line[found.start(1) : found.end(1)] if found else ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
