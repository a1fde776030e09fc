"""What is wrong with what a user gave us, said politely: where, what was given, what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault: ``where`` (file, line, column, setting or row) and one sentence that says what to do."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


class Faults(Exception):  # noqa: N818 - a plural noun: it carries every fault found, not one error
    """Everything found wrong with an input, in file order; the command line prints it and exits with 2."""

    def __init__(self, faults: Iterable[Fault] | Fault):
        self.faults = [faults] if isinstance(faults, Fault) else list(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def fault(where: object, message: str) -> Faults:
    """A single fault, ready to raise."""
    return Faults(Fault(str(where), message))


def printable(name: object) -> str:
    """A name that a user gave, short and safe enough to be printed in a message."""
    text = str(name) if len(str(name)) <= 200 else f"{str(name)[:200]}..."
    return text if text.isprintable() and text else ascii(text)


def nearest(name: str, allowed: Iterable[str]) -> str:
    """`` Did you mean 'x'?`` for the only allowed name that begins so or the nearest one, or an empty string."""
    names = list(allowed)
    longer = [one for one in names if len(name) > 2 and one.startswith(f"{name}_")]
    found = longer if len(longer) == 1 else difflib.get_close_matches(str(name), names, n=1, cutoff=0.6)
    return f" Did you mean '{found[0]}'?" if found else ""
