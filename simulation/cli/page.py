"""The command that shows a scenario in the browser: ``page``."""

from __future__ import annotations

import argparse

from simulation.cli.shared import FIRST_LOOK, OK, Commands, add, positive


def add_page(commands: Commands) -> None:
    """The command ``page``."""
    parser = add(commands, "page", _page, "Show a scenario week by week, with levers, in the browser (an optional extra).")
    parser.add_argument(
        "scenario", nargs="?", default=FIRST_LOOK, metavar="SCENARIO", help=f"what it begins with (default {FIRST_LOOK})"
    )
    parser.add_argument("--port", type=_port, default=8765, metavar="N", help="where on this machine (default 8765)")


def _port(text: str) -> int:
    number = positive(text)
    if not 1024 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port from 1024 to 65535")
    return number


def _page(given: argparse.Namespace) -> int:
    from simulation.page.serve import serve

    serve(given.scenario, given.port)
    return OK
