"""Commands that read scenario files without running them: check, show, diff; and the reference: describe, schema."""

from __future__ import annotations

import argparse

from simulation.cli.shared import OK, Commands, add, positive, say, scenario_arguments


def add_check(commands: Commands) -> None:
    """The command ``check``."""
    parser = add(commands, "check", _check, "Check scenario files: everything that is wrong, and what each change makes.")
    scenario_arguments(parser)
    parser.add_argument("--weeks", type=positive, help="weeks simulated, to see which changes would be ignored")


def _check(given: argparse.Namespace) -> int:
    from simulation.scenario import load_all
    from simulation.scenario.effects import doubts, effects

    for scenario in load_all(given.scenario, given.set):
        say([*scenario.notes(given.weeks), *doubts(scenario)])
        print(f"{scenario.id}: in order. {scenario.title}; {scenario.start}, {given.weeks or scenario.weeks} weeks.")
        for effect in effects(scenario):
            print(f"  {effect.text}")
    return OK


def add_show(commands: Commands) -> None:
    """The command ``show``."""
    parser = add(commands, "show", _show, "Show a scenario as merged, with the origin of each value.")
    scenario_arguments(parser)
    parser.add_argument("--series", nargs="?", const="", metavar="NAME", help="how settings change over time")
    parser.add_argument("--yaml", action="store_true", help="the resolved scenario as one scenario file")


def _show(given: argparse.Namespace) -> int:
    from simulation.scenario import load_all, show

    for scenario in load_all(given.scenario, given.set):
        if given.yaml:
            print(scenario.as_yaml(), end="")
        elif given.series is not None:
            print(show.series_text(scenario, given.series))
        else:
            print(show.scenario_text(scenario))
    return OK


def add_diff(commands: Commands) -> None:
    """The command ``diff``."""
    parser = add(commands, "diff", _diff, "Show what differs between two scenarios.")
    parser.add_argument("scenario", nargs=2, metavar="SCENARIO")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="lay a value over both")


def _diff(given: argparse.Namespace) -> int:
    from simulation.scenario import load_all, show

    print(show.difference_text(*load_all(given.scenario, given.set)))
    return OK


def add_describe(commands: Commands) -> None:
    """The command ``describe``."""
    parser = add(commands, "describe", _describe, "Describe the week rule by rule, every setting and every measure.")
    parser.add_argument(
        "what", nargs="*", metavar="week|parameters|measures|NAME", help="only this part, or one setting, measure or rule by name"
    )
    parser.add_argument("--write", action="store_true", help="write the reference pages in docs/")


def _describe(given: argparse.Namespace) -> int:
    from simulation.cli import reference

    if given.write:
        for path in reference.write():
            print(path)
        return OK
    what = " ".join(given.what)
    if what in ("", "week", "parameters", "measures"):
        print(reference.text(what or None))
    else:
        from simulation.cli.look_up import described

        print(described(what))
    return OK


def add_schema(commands: Commands) -> None:
    """The command ``schema``."""
    parser = add(commands, "schema", _schema, "Print the JSON Schema that editors use for scenario files.")
    parser.add_argument("--write", action="store_true", help="write it beside the packaged scenarios")


def _schema(given: argparse.Namespace) -> int:
    from simulation.scenario import schema

    print(schema.write() if given.write else schema.text(), end="\n" if given.write else "")
    return OK
