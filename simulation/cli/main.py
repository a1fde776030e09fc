"""The commands: what runs them and what becomes of their faults. Each imports the room that does the work only then."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from typing import NoReturn

from simulation.base.errors import Faults, nearest
from simulation.cli import authority_figures, page, results, running, scenario_files
from simulation.cli.shared import BAD_INPUT, FIRST_LOOK, INTERRUPTED, OK, Command

COMMANDS = (
    running.add_run, scenario_files.add_check, scenario_files.add_show, scenario_files.add_diff, scenario_files.add_describe,
    scenario_files.add_schema, results.add_examine, results.add_causes, results.add_levers, results.add_compare,
    results.add_child, results.add_design, results.add_seek, results.add_report, authority_figures.add_profile,
    authority_figures.add_figures, authority_figures.add_calibrate, authority_figures.add_backtest,
    authority_figures.add_export_903, page.add_page,
)  # fmt: skip
"""In the order in which the help lists them."""
FIRST_LOOK_WEEKS = 26


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 2 bad input (nothing written), 3 done but some runs failed."""
    try:
        given = parser().parse_args(arguments)
        command: Command = given.command
        code = command(given)
        sys.stdout.flush()
        return code
    except Faults as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("Interrupted; finished replications are kept, the same command carries on from them.", file=sys.stderr)
        return INTERRUPTED
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "simulation"):
            raise
        print(f"The package '{package}' is not installed. In the folder of run.py: python -m pip install -e .", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


class _Parser(argparse.ArgumentParser):
    """Adds the nearest command to argparse's own message."""

    def error(self, message: str) -> NoReturn:
        wrong = re.search(r"invalid choice: '(.*?)' \(choose from (.*)\)", message)
        super().error(message + (nearest(wrong[1], re.findall(r"[\w-]+", wrong[2])) if wrong else ""))


def parser() -> argparse.ArgumentParser:
    made = _Parser(
        prog="headroom",
        description="Headroom: has this children's service the people, the places and the money to give every child a "
                    "settled home in time, and what would change that?",
        epilog=f"Without a command, a short {FIRST_LOOK} is run.",
    )  # fmt: skip
    made.set_defaults(command=_first_look)
    commands = made.add_subparsers(title="commands", metavar="COMMAND")
    for add in COMMANDS:
        add(commands)
    return made


def _first_look(given: argparse.Namespace) -> int:
    print(f"A first look: {FIRST_LOOK_WEEKS} weeks of {FIRST_LOOK}, two replications.")
    weeks, out = str(FIRST_LOOK_WEEKS), "results/first_look"
    code = main(["run", FIRST_LOOK, "--weeks", weeks, "--replications", "2", "--out", out, "--replace"])
    if code == OK:
        print("Next: python run.py --help, or the README.")
    return code
