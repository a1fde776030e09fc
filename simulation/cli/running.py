"""The command that simulates: ``run``."""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Sequence
from typing import Any

from simulation.base.errors import Fault, Faults
from simulation.cli.shared import Commands, add, as_typed, positive, say, scenario_arguments, seed


def add_run(commands: Commands) -> None:
    """The command ``run``."""
    parser = add(commands, "run", _run, "Run scenarios, and write results and a report.")
    scenario_arguments(parser)
    parser.add_argument("--replications", default="20", metavar="N|auto", help="runs of each (default 20); auto: until precise")
    parser.add_argument("--seed", type=seed, default=0, help="random numbers of the whole experiment (default 0)")
    parser.add_argument("--weeks", type=positive, help="weeks simulated (default: the scenario's own)")
    parser.add_argument("--workers", type=int, metavar="N", help="processes (default: one for each core; 0: none but this)")
    parser.add_argument("--scheduler", metavar="tcp://HOST:PORT", help="run on this Dask cluster")
    parser.add_argument("--out", metavar="DIR", help="the experiment's folder (default: in results/, named after the scenarios)")
    parser.add_argument("--allow-rules", action="store_true", help="allow scenarios to name rules of your own, which run as code")
    parser.add_argument("--events", action="store_true", help="write the events of every replication, not only the first")
    parser.add_argument("--ensemble", metavar="FILE", help="parameter draws: a table of draw, parameter, value")
    parser.add_argument("--base", metavar="SCENARIO", help="compare with this (default: what each extends, or the first)")
    parser.add_argument("--stop-at-first-failure", action="store_true", help="begin no more replications once one has failed")
    parser.add_argument("--without-walks", action="store_true", help="leave out what is not known of the years ahead")
    parser.add_argument("--no-report", action="store_true", help="write no report")
    parser.add_argument("--replace", action="store_true", help="let this run's tables replace other results that are there")


def _run(given: argparse.Namespace) -> int:
    from simulation.experiment.runner import exit_code, run_experiment, tell
    from simulation.model.plug_in import extra_rules
    from simulation.report import write_report
    from simulation.scenario import load_all
    from simulation.scenario.effects import doubts

    scenarios = load_all(given.scenario, given.set, given.allow_rules)
    if given.without_walks:
        scenarios = [scenario.without_walks() for scenario in scenarios]
    for scenario in scenarios:
        extra_rules(scenario)  # refused before anything is written
        say([*scenario.notes(given.weeks), *doubts(scenario)])
    alone = _plan_alone(scenarios, given)
    say([alone] if alone else [])
    folder = run_experiment(
        scenarios, replications=_replications(given.replications), seed=given.seed, weeks=given.weeks, workers=given.workers,
        scheduler=given.scheduler, out=given.out, events=given.events, ensemble=given.ensemble,
        allow_rules=given.allow_rules, base=given.base, keep_going=not given.stop_at_first_failure, command=as_typed(),
        replace=given.replace, report=None if given.no_report else write_report,
    )  # fmt: skip
    print("\n".join([tell(folder), *([alone] if alone else [])]))
    return exit_code(folder)


def _plan_alone(scenarios: Sequence[Any], given: argparse.Namespace) -> str:
    """For a plan run without what it extends: that nothing is compared, and the one command that does; else empty."""
    if len(scenarios) != 1 or not scenarios[0].extends:
        return ""
    from simulation.experiment.place import default_folder
    from simulation.scenario import base_of

    plan, base = scenarios[0], base_of(scenarios[0])
    more = [text for values in given.set for text in ("--set", values)] + ["--replications", given.replications]
    more += ["--weeks", str(given.weeks)] if given.weeks else []
    more += ["--seed", str(given.seed)] if given.seed else []
    out = given.out or str(default_folder(scenarios))
    words = ["python", "run.py", "run", base, *given.scenario, *more, "--out", out]
    return (
        f"{plan.id} is a plan: it extends {os.path.basename(base)}, which is not in this run, so it is compared with nothing. "
        f"To compare, keeping what this run makes: {shlex.join(words)}"
    )


def _replications(text: str) -> int | str:
    if text == "auto":
        return text
    try:
        return positive(text)
    except argparse.ArgumentTypeError as error:
        raise Faults(Fault("--replications", f"{error}, or auto.")) from None
