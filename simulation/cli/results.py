"""Commands that ask questions of many runs, or of a folder of results."""

from __future__ import annotations

import argparse

from simulation.base.errors import Fault, Faults
from simulation.cli.shared import OK, Commands, add, positive, say, scenario_arguments, seed


def add_examine(commands: Commands) -> None:
    """The command ``examine``."""
    parser = add(commands, "examine", _examine, "Put the model through its examination, D1 to D22, by simulation.")
    parser.add_argument("--out", default="results/examination", metavar="DIR", help="default results/examination")
    parser.add_argument("--replications", type=positive, default=10, metavar="N")
    parser.add_argument("--workers", type=positive, metavar="N")
    parser.add_argument("--only", metavar="D1,D15", help="only these facts")


def _examine(given: argparse.Namespace) -> int:
    from simulation.validation.examine import examine

    return examine(given.out, replications=given.replications, workers=given.workers, only=given.only)


def add_causes(commands: Commands) -> None:
    """The command ``causes``."""
    parser = add(commands, "causes", _causes, "Remove each cause of drift, and keep each alone, on common random numbers.")
    parser.add_argument("scenario", metavar="SCENARIO", help="a scenario file, or the name of a packaged scenario")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="lay a value over the file")
    parser.add_argument("--replications", type=positive, default=4, metavar="N", help="runs of each world (default 4)")
    parser.add_argument(
        "--size", type=float, default=1.0, metavar="SHARE", help="size of the authority simulated, to save time (default 1)"
    )
    parser.add_argument(
        "--draws", type=int, default=0, metavar="N", help="also ask in how many of N draws from the priors there is drift"
    )
    parser.add_argument("--workers", type=positive, metavar="N")
    parser.add_argument("--out", metavar="DIR", help="default results/causes_<scenario>")
    parser.add_argument(
        "--into", metavar="RESULTS", help="also put the causes into this experiment's folder, and write its report again"
    )


def _causes(given: argparse.Namespace) -> int:
    from simulation.scenario import load
    from simulation.validation import causes

    if not 0.05 <= given.size <= 1 or given.draws < 0:
        raise Faults(Fault("causes", f"--size is from 0.05 to 1 and --draws from 0; given {given.size:g} and {given.draws}."))
    scenario = load(given.scenario, given.set)
    if given.into:
        causes.check_into(given.into, scenario)  # before anything runs
    out = given.out or f"results/causes_{scenario.id}"
    print(causes.text(causes.causes(scenario, out, given.replications, given.size, given.workers, given.draws)))
    print(f"Written to {out}: contributions.csv, growth.csv" + (", drift.csv." if given.draws else "."))
    if given.into:
        print(f"The causes are now in the report: {causes.put_into(given.into, scenario, out)}")
    return OK


def add_levers(commands: Commands) -> None:
    """The command ``levers``."""
    meaning = "Run every packaged lever on its base, on common random numbers: what each moves, and at what risk."
    parser = add(commands, "levers", _levers, meaning)
    parser.add_argument("base", metavar="BASE", help="a packaged scenario with levers, such as bradford_2020")
    parser.add_argument("--only", nargs="+", metavar="LEVER", help="these levers alone")
    parser.add_argument("--replications", type=positive, default=4, metavar="N", help="runs of each (default 4)")
    parser.add_argument("--weeks", type=positive, metavar="WEEKS", help="weeks simulated (default: the scenario's own)")
    parser.add_argument("--workers", type=positive, metavar="N")
    parser.add_argument("--out", metavar="DIR", help="default results/levers_<base>")


def _levers(given: argparse.Namespace) -> int:
    from simulation.validation import levers

    out = given.out or f"results/levers_{given.base}"
    print(levers.text(levers.levers(given.base, out, given.replications, given.weeks, workers=given.workers, only=given.only)))
    print(f"Written to {out}/levers.csv.")
    return OK


def add_compare(commands: Commands) -> None:
    """The command ``compare``."""
    parser = add(commands, "compare", _compare, "Compare scenarios of an experiment with a base, on common random numbers.")
    parser.add_argument("results", metavar="RESULTS", help="an experiment's folder")
    parser.add_argument("--base", metavar="SCENARIO", help="compare with this (default: what each extends, or the first)")
    parser.add_argument("--method", default="t", metavar="t|bootstrap", help="how the intervals are made (default t)")


def _compare(given: argparse.Namespace) -> int:
    from simulation.experiment.compare import comparison_text
    from simulation.experiment.compare_again import compare_folder

    print(comparison_text(compare_folder(given.results, given.base, given.method)))
    return OK


def add_report(commands: Commands) -> None:
    """The command ``report``."""
    parser = add(commands, "report", _report, "Write the report of an experiment from its result files.")
    parser.add_argument("results", metavar="RESULTS", help="an experiment's folder")


def _report(given: argparse.Namespace) -> int:
    from simulation.report import write_report

    say(["Drawing the charts and writing report.html; this may take a minute or two ..."])
    print(write_report(given.results))
    return OK


def add_child(commands: Commands) -> None:
    """The command ``child``."""
    parser = add(commands, "child", _child, "Tell one simulated child's life in sentences, from an experiment's files.")
    parser.add_argument("results", metavar="RESULTS", help="an experiment's folder")
    parser.add_argument("--scenario", metavar="SCENARIO", help="which scenario (default: the first)")
    parser.add_argument("--replication", type=positive, default=1, metavar="N", help="which run (default 1)")
    parser.add_argument("--child", type=int, metavar="N", help="a number from children.parquet (default: one who shows much)")


def _child(given: argparse.Namespace) -> int:
    from simulation.results import life
    from simulation.results.folder import open_results

    print(life.text(open_results(given.results), given.scenario, given.replication, given.child))
    return OK


def add_design(commands: Commands) -> None:
    """The command ``design``."""
    parser = add(commands, "design", _design, "Draw uncertain parameters: an ensemble for run --ensemble.")
    scenario_arguments(parser, None)
    parser.add_argument("--kind", default="lhs", metavar="lhs|grid|one-way|morris", help="how the draws are spread (default lhs)")
    parser.add_argument(
        "--size", type=positive, default=20, metavar="N", help="draws (lhs), values of each (grid, one-way), paths (morris)"
    )
    parser.add_argument("--only", metavar="NAME,NAME", help="only these parameters (default: all that are uncertain)")
    parser.add_argument("--seed", type=seed, default=0)
    parser.add_argument("--out", required=True, metavar="FILE", help="the ensemble table to write")


def _design(given: argparse.Namespace) -> int:
    from pathlib import Path

    from simulation.experiment.sweep import design, write_ensemble
    from simulation.scenario import load, ranges

    only = given.only.split(",") if given.only else None
    made = design(given.kind, ranges(load(given.scenario, given.set)), given.size, given.seed, only)
    write_ensemble(Path(given.out), made)
    print(f"{len(made.draws)} draws; two replications share one: run --ensemble {given.out} --replications {2 * len(made.draws)}")
    return OK


def add_seek(commands: Commands) -> None:
    """The command ``seek``."""
    parser = add(commands, "seek", _seek, "Find the value of one setting that brings a measure to a target.")
    scenario_arguments(parser, None)
    parser.add_argument("--setting", required=True, metavar="NAME", help="the setting to vary")
    parser.add_argument("--measure", required=True, metavar="NAME", help="the measure that is to reach the target")
    parser.add_argument("--group", default="all", metavar="KIND:VALUE", help="of a breakdown, such as age:10-15 (default all)")
    parser.add_argument("--year", type=int, required=True, help="in the financial year that ends in this year")
    parser.add_argument("--target", type=float, required=True, metavar="T", help="the value the measure is to have")
    parser.add_argument("--low", type=float, metavar="X", help="lowest value tried (default: of the setting's plausible range)")
    parser.add_argument("--high", type=float, metavar="X", help="highest value tried")
    parser.add_argument("--from", dest="since", metavar="DATE", help="day the value takes effect (default: the start)")
    parser.add_argument("--replications", type=positive, default=10, metavar="N", help="runs at each value (default 10)")
    parser.add_argument("--weeks", type=positive, help="weeks of each run (default: to the end of the year)")
    parser.add_argument("--seed", type=seed, default=0)
    parser.add_argument("--workers", type=int, metavar="N")
    parser.add_argument("--out", metavar="DIR", help="default results/seek_<scenario>_<setting>_<measure>")


def _seek(given: argparse.Namespace) -> int:
    from simulation.experiment import seek
    from simulation.scenario import load
    from simulation.scenario.form import as_date

    try:
        since = as_date(given.since) if given.since else None
    except ValueError as error:
        raise Faults(Fault("--from", f"{error}; given {given.since!r}.")) from None
    scenario = load(given.scenario, given.set)
    wanted = seek.Wanted(
        given.setting, given.measure, given.year, given.target, given.low, given.high, since, given.group
    )
    out = given.out or f"results/seek_{scenario.id}_{given.setting}_{given.measure}"
    found = seek.seek_in(scenario, wanted, out, given.replications, given.seed, given.workers, weeks=given.weeks)
    print(f"{seek.text(found, wanted)}\nEvery value tried is in {out}/seek.csv.")
    return OK
