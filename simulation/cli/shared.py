"""What the commands have in common: exit codes, how one is added, and the numbers and years they take."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[Any]"
Command = Callable[[argparse.Namespace], int]
OK, BAD_INPUT, INTERRUPTED = 0, 2, 130
FIRST_LOOK = "bradford_2020"


def add(commands: Commands, name: str, command: Command, meaning: str) -> argparse.ArgumentParser:
    """A command with its one-line meaning; gives its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=meaning, description=meaning)
    parser.set_defaults(command=command)
    return parser


def scenario_arguments(parser: argparse.ArgumentParser, count: str | None = "+") -> None:
    """The scenarios a command takes, and ``--set``."""
    parser.add_argument("scenario", nargs=count, metavar="SCENARIO", help="a scenario file, or the name of a packaged scenario")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="lay a value over the file")


def year(text: str) -> int:
    """A year as people write it: 2020, 2019/20 or 201920 are the year ending in March 2020."""
    from simulation.published.ees import year_ending

    try:
        return year_ending(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def positive(text: str) -> int:
    """A whole number from 1."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return number


def seed(text: str) -> int:
    """A whole number from 0 that NumPy takes as a seed."""
    if not text.isdecimal() or int(text) >= 2**63:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def say(notes: Sequence[str]) -> None:
    """Notes for people, apart from what a command answers."""
    for note in notes:
        print(note, file=sys.stderr)


def as_typed() -> str:
    """The command line, for the record."""
    return " ".join([os.path.basename(sys.argv[0]), *sys.argv[1:]])
