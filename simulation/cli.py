"""The commands. Each reads its arguments and hands them to the room that does the work, imported only then."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from simulation.faults import Fault, Faults, nearest

if TYPE_CHECKING:
    from simulation.scenario import Scenario

Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"
Command = Callable[[argparse.Namespace], int]
OK, BAD_INPUT, SOME_FAILED, INTERRUPTED = 0, 2, 3, 130
_FIRST_LOOK = "bradford_2020"
_FIRST_LOOK_WEEKS = 26
_TABLES = "published indicators: a table, several separated by ';', or a folder of them"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 2 bad input (nothing written), 3 done but some runs failed."""
    try:
        given = _parser().parse_args(arguments)
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


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="headroom",
        description="Headroom: has this children's service the people, the places and the money to give every child a "
                    "settled home in time, and what would change that?",
        epilog=f"Without a command, a short {_FIRST_LOOK} is run.",
    )  # fmt: skip
    parser.set_defaults(command=_first_look)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for add in (_add_run, _add_check, _add_show, _add_diff, _add_describe, _add_schema, _add_examine, _add_causes, _add_levers,
                _add_compare, _add_child, _add_design, _add_seek, _add_report, _add_profile, _add_calibrate, _add_backtest,
                _add_export_903, _add_page):  # fmt: skip
        add(commands)
    return parser


def _add(commands: Commands, name: str, command: Command, meaning: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=meaning, description=meaning)
    parser.set_defaults(command=command)
    return parser


def _scenario_arguments(parser: argparse.ArgumentParser, count: str | None = "+") -> None:
    parser.add_argument("scenario", nargs=count, metavar="SCENARIO", help="a scenario file, or the name of a packaged scenario")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="lay a value over the file")


def _year(text: str) -> int:
    from simulation.evidence.ees import year_ending

    try:
        return year_ending(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return number


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**63:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


# ---- run


def _add_run(commands: Commands) -> None:
    parser = _add(commands, "run", _run, "Run scenarios, and write results and a report.")
    _scenario_arguments(parser)
    parser.add_argument("--replications", default="20", metavar="N|auto", help="runs of each (default 20); auto: until precise")
    parser.add_argument("--seed", type=_seed, default=0, help="the luck of the whole experiment (default 0)")
    parser.add_argument("--weeks", type=_positive, help="weeks simulated (default: the scenario's own)")
    parser.add_argument("--workers", type=int, metavar="N", help="processes (default: one for each core; 0: none but this)")
    parser.add_argument("--scheduler", metavar="tcp://HOST:PORT", help="run on this Dask cluster")
    parser.add_argument("--out", metavar="DIR", help="the experiment's folder (default: in results/, named after the scenarios)")
    parser.add_argument("--allow-rules", action="store_true", help="allow scenarios to name rules of your own, which run as code")
    parser.add_argument("--events", action="store_true", help="write the events of every replication, not only the first")
    parser.add_argument("--ensemble", metavar="FILE", help="parameter draws: a table of draw, parameter, value")
    parser.add_argument("--base", metavar="SCENARIO", help="compare with this (default: what each extends, or the first)")
    parser.add_argument("--stop-at-first-failure", action="store_true", help="begin no more replications once one has failed")
    parser.add_argument("--no-report", action="store_true", help="write no report")
    parser.add_argument("--replace", action="store_true", help="let this run's tables replace other results that are there")


def _run(given: argparse.Namespace) -> int:
    from simulation.experiment.runner import exit_code, run_experiment, tell
    from simulation.scenario import load_all
    from simulation.scenario.effects import doubts

    scenarios = load_all(given.scenario, given.set, given.allow_rules)
    for scenario in scenarios:
        scenario.extra_rules()  # refused before anything is written
        _say([*scenario.notes(given.weeks), *doubts(scenario)])
    alone = _plan_alone(scenarios, given)
    _say([alone] if alone else [])
    folder = run_experiment(
        scenarios, replications=_replications(given.replications), seed=given.seed, weeks=given.weeks, workers=given.workers,
        scheduler=given.scheduler, out=given.out, events=given.events, ensemble=given.ensemble, report=not given.no_report,
        allow_rules=given.allow_rules, base=given.base, keep_going=not given.stop_at_first_failure, command=_as_typed(),
        replace=given.replace,
    )  # fmt: skip
    print("\n".join([tell(folder), *([alone] if alone else [])]))
    return exit_code(folder)


def _plan_alone(scenarios: Sequence[Scenario], given: argparse.Namespace) -> str:
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


def _say(notes: Sequence[str]) -> None:
    for note in notes:
        print(note, file=sys.stderr)


def _as_typed() -> str:
    return " ".join([os.path.basename(sys.argv[0]), *sys.argv[1:]])


def _replications(text: str) -> int | str:
    if text == "auto":
        return text
    try:
        return _positive(text)
    except argparse.ArgumentTypeError as error:
        raise Faults(Fault("--replications", f"{error}, or auto.")) from None


def _first_look(given: argparse.Namespace) -> int:
    print(f"A first look: {_FIRST_LOOK_WEEKS} weeks of {_FIRST_LOOK}, two replications.")
    weeks, out = str(_FIRST_LOOK_WEEKS), "results/first_look"
    code = main(["run", _FIRST_LOOK, "--weeks", weeks, "--replications", "2", "--out", out, "--replace"])
    if code == OK:
        print("Next: python run.py --help, or the README.")
    return code


# ---- scenarios


def _add_check(commands: Commands) -> None:
    parser = _add(commands, "check", _check, "Check scenario files: everything that is wrong, and what each change makes.")
    _scenario_arguments(parser)
    parser.add_argument("--weeks", type=_positive, help="weeks simulated, to see which changes would be ignored")


def _check(given: argparse.Namespace) -> int:
    from simulation.scenario import load_all
    from simulation.scenario.effects import doubts, effects

    for scenario in load_all(given.scenario, given.set):
        _say([*scenario.notes(given.weeks), *doubts(scenario)])
        print(f"{scenario.id}: in order. {scenario.title}; {scenario.start}, {given.weeks or scenario.weeks} weeks.")
        for effect in effects(scenario):
            print(f"  {effect.text}")
    return OK


def _add_show(commands: Commands) -> None:
    parser = _add(commands, "show", _show, "Show a scenario as merged, with the origin of each value.")
    _scenario_arguments(parser)
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


def _add_diff(commands: Commands) -> None:
    parser = _add(commands, "diff", _diff, "Show what differs between two scenarios.")
    parser.add_argument("scenario", nargs=2, metavar="SCENARIO")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="lay a value over both")


def _diff(given: argparse.Namespace) -> int:
    from simulation.scenario import load_all, show

    print(show.difference_text(*load_all(given.scenario, given.set)))
    return OK


# ---- reference


def _add_describe(commands: Commands) -> None:
    parser = _add(commands, "describe", _describe, "Describe the week rule by rule, every setting and every measure.")
    parser.add_argument(
        "what", nargs="*", metavar="week|parameters|measures|NAME", help="only this part, or one setting, measure or rule by name"
    )
    parser.add_argument("--write", action="store_true", help="write the reference pages in docs/")


def _describe(given: argparse.Namespace) -> int:
    from simulation import reference

    if given.write:
        for path in reference.write():
            print(path)
        return OK
    what = " ".join(given.what)
    if what in ("", "week", "parameters", "measures"):
        print(reference.text(what or None))
    else:
        from simulation.look_up import described

        print(described(what))
    return OK


def _add_schema(commands: Commands) -> None:
    parser = _add(commands, "schema", _schema, "Print the JSON Schema that editors use for scenario files.")
    parser.add_argument("--write", action="store_true", help="write it beside the packaged scenarios")


def _schema(given: argparse.Namespace) -> int:
    from simulation.scenario import schema

    print(schema.write() if given.write else schema.text(), end="\n" if given.write else "")
    return OK


# ---- results


def _add_examine(commands: Commands) -> None:
    parser = _add(commands, "examine", _examine, "Put the model through its examination, D1 to D22, by simulation.")
    parser.add_argument("--out", default="results/examination", metavar="DIR", help="default results/examination")
    parser.add_argument("--replications", type=_positive, default=10, metavar="N")
    parser.add_argument("--workers", type=_positive, metavar="N")
    parser.add_argument("--only", metavar="D1,D15", help="only these facts")


def _examine(given: argparse.Namespace) -> int:
    from simulation.experiment.examine import examine

    return examine(given.out, replications=given.replications, workers=given.workers, only=given.only)


def _add_causes(commands: Commands) -> None:
    parser = _add(commands, "causes", _causes, "Remove each cause of drift, and keep each alone, on the same luck.")
    parser.add_argument("scenario", metavar="SCENARIO", help="a scenario file, or the name of a packaged scenario")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="lay a value over the file")
    parser.add_argument("--replications", type=_positive, default=4, metavar="N", help="runs of each world (default 4)")
    parser.add_argument(
        "--size", type=float, default=1.0, metavar="SHARE", help="size of the authority simulated, to save time (default 1)"
    )
    parser.add_argument(
        "--draws", type=int, default=0, metavar="N", help="also ask in how many of N draws from the priors there is drift"
    )
    parser.add_argument("--workers", type=_positive, metavar="N")
    parser.add_argument("--out", metavar="DIR", help="default results/causes_<scenario>")
    parser.add_argument(
        "--into", metavar="RESULTS", help="also put the causes into this experiment's folder, and write its report again"
    )


def _causes(given: argparse.Namespace) -> int:
    from simulation.experiment import causes
    from simulation.scenario import load

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


def _add_levers(commands: Commands) -> None:
    meaning = "Run every packaged lever on its base, on the same luck: what each moves, and at what risk."
    parser = _add(commands, "levers", _levers, meaning)
    parser.add_argument("base", metavar="BASE", help="a packaged scenario with levers, such as bradford_2020")
    parser.add_argument("--only", nargs="+", metavar="LEVER", help="these levers alone")
    parser.add_argument("--replications", type=_positive, default=4, metavar="N", help="runs of each (default 4)")
    parser.add_argument("--weeks", type=_positive, metavar="WEEKS", help="weeks simulated (default: the scenario's own)")
    parser.add_argument("--workers", type=_positive, metavar="N")
    parser.add_argument("--out", metavar="DIR", help="default results/levers_<base>")


def _levers(given: argparse.Namespace) -> int:
    from simulation.experiment import levers

    out = given.out or f"results/levers_{given.base}"
    print(levers.text(levers.levers(given.base, out, given.replications, given.weeks, workers=given.workers, only=given.only)))
    print(f"Written to {out}/levers.csv.")
    return OK


def _add_compare(commands: Commands) -> None:
    parser = _add(commands, "compare", _compare, "Compare scenarios of an experiment with a base, on the same luck.")
    parser.add_argument("results", metavar="RESULTS", help="an experiment's folder")
    parser.add_argument("--base", metavar="SCENARIO", help="compare with this (default: what each extends, or the first)")
    parser.add_argument("--method", default="t", metavar="t|bootstrap", help="how the intervals are made (default t)")


def _compare(given: argparse.Namespace) -> int:
    from simulation.experiment.compare import compare_folder, comparison_text

    print(comparison_text(compare_folder(given.results, given.base, given.method)))
    return OK


def _add_report(commands: Commands) -> None:
    parser = _add(commands, "report", _report, "Write the report of an experiment from its result files.")
    parser.add_argument("results", metavar="RESULTS", help="an experiment's folder")


def _report(given: argparse.Namespace) -> int:
    from simulation.report import write_report

    _say(["Drawing the charts and writing report.html; this may take a minute or two ..."])
    print(write_report(given.results))
    return OK


def _add_child(commands: Commands) -> None:
    parser = _add(commands, "child", _child, "Tell one simulated child's life in sentences, from an experiment's files.")
    parser.add_argument("results", metavar="RESULTS", help="an experiment's folder")
    parser.add_argument("--scenario", metavar="SCENARIO", help="which scenario (default: the first)")
    parser.add_argument("--replication", type=_positive, default=1, metavar="N", help="which run (default 1)")
    parser.add_argument("--child", type=int, metavar="N", help="a number from children.parquet (default: one who shows much)")


def _child(given: argparse.Namespace) -> int:
    from simulation import life
    from simulation.results.folder import open_results

    print(life.text(open_results(given.results), given.scenario, given.replication, given.child))
    return OK


def _add_design(commands: Commands) -> None:
    parser = _add(commands, "design", _design, "Draw uncertain parameters: an ensemble for run --ensemble.")
    _scenario_arguments(parser, None)
    parser.add_argument("--kind", default="lhs", metavar="lhs|grid|one-way|morris", help="how the draws are spread (default lhs)")
    parser.add_argument(
        "--size", type=_positive, default=20, metavar="N", help="draws (lhs), values of each (grid, one-way), paths (morris)"
    )
    parser.add_argument("--only", metavar="NAME,NAME", help="only these parameters (default: all that are uncertain)")
    parser.add_argument("--seed", type=_seed, default=0)
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


def _add_seek(commands: Commands) -> None:
    parser = _add(commands, "seek", _seek, "Find the value of one setting that brings a measure to a target.")
    _scenario_arguments(parser, None)
    parser.add_argument("--setting", required=True, metavar="NAME", help="the setting to vary")
    parser.add_argument("--measure", required=True, metavar="NAME", help="the measure that is to reach the target")
    parser.add_argument("--group", default="all", metavar="KIND:VALUE", help="of a breakdown, such as age:10-15 (default all)")
    parser.add_argument("--year", type=int, required=True, help="in the financial year that ends in this year")
    parser.add_argument("--target", type=float, required=True, metavar="T", help="the value the measure is to have")
    parser.add_argument("--low", type=float, metavar="X", help="lowest value tried (default: of the setting's plausible range)")
    parser.add_argument("--high", type=float, metavar="X", help="highest value tried")
    parser.add_argument("--from", dest="since", metavar="DATE", help="day the value takes effect (default: the start)")
    parser.add_argument("--replications", type=_positive, default=10, metavar="N", help="runs at each value (default 10)")
    parser.add_argument("--weeks", type=_positive, help="weeks of each run (default: to the end of the year)")
    parser.add_argument("--seed", type=_seed, default=0)
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


# ---- evidence


def _add_profile(commands: Commands) -> None:
    parser = _add(commands, "profile", _profile, "Make a scenario from published figures or from an SSDA903 return.")
    parser.add_argument("--la", metavar="NAME", help="authority by name or code; several separated by ';', or all")
    parser.add_argument("--data", metavar="FILE", help=_TABLES)
    parser.add_argument("--year", type=_year, help="31 March of which year the scenario starts: 2020, or 2019/20")
    parser.add_argument("--neighbours", metavar="FILE", help="table of statistical neighbours")
    parser.add_argument("--ssda903", metavar="PATH", help="an SSDA903 return: folder, zip, xlsx or xml")
    parser.add_argument("--postcodes", metavar="FILE", help="a postcode directory, for the distances of a return")
    parser.add_argument("--out", required=True, metavar="FILE", help="the scenario file to write (a folder for several)")
    parser.add_argument("--replace", action="store_true", help="let a return's files replace earlier ones changed since")


def _profile(given: argparse.Namespace) -> int:
    from simulation.evidence.profile import profile

    return profile(given)


def _add_calibrate(commands: Commands) -> None:
    parser = _add(commands, "calibrate", _calibrate, "Fit a scenario to its authority's own history.")
    _scenario_arguments(parser, None)
    parser.add_argument("--data", required=True, metavar="FILE", help=_TABLES)
    parser.add_argument("--until", type=_year, required=True, help="last year used")
    parser.add_argument("--out", required=True, metavar="ENSEMBLE", help="the ensemble table to write")
    parser.add_argument("--workers", type=_positive, metavar="N")
    parser.add_argument("--seed", type=_seed, default=0)


def _calibrate(given: argparse.Namespace) -> int:
    from simulation.evidence.calibrate import calibrate

    return calibrate(given)


def _add_backtest(commands: Commands) -> None:
    parser = _add(commands, "backtest", _backtest, "Score the model on years after an origin, beside 'same as today'.")
    parser.add_argument("--data", required=True, metavar="FILE", help=_TABLES)
    parser.add_argument("--la", required=True, metavar="NAME", help="authorities by name or code separated by ';', or all")
    parser.add_argument("--origin", type=_year, required=True, help="last year the model may know")
    parser.add_argument("--horizon", type=_positive, default=4, help="years ahead (default 4)")
    parser.add_argument("--out", required=True, metavar="DIR")
    parser.add_argument("--neighbours", metavar="FILE", help="table of statistical neighbours")
    parser.add_argument(
        "--replications", type=_positive, default=6, metavar="N", help="runs of each authority (default 6, stratified)"
    )
    parser.add_argument("--workers", type=_positive, metavar="N")
    parser.add_argument("--seed", type=_seed, default=0)


def _backtest(given: argparse.Namespace) -> int:
    from simulation.evidence.backtest import backtest

    return backtest(given)


def _add_export_903(commands: Commands) -> None:
    parser = _add(commands, "export-903", _export_903, "Write simulated children as an SSDA903 return.")
    parser.add_argument("results", metavar="RESULTS", help="an experiment's folder")
    parser.add_argument("--scenario", metavar="SCENARIO", help="which scenario (default: the first)")
    parser.add_argument("--replication", type=_positive, default=1, metavar="N")
    parser.add_argument("--year", type=int, required=True, help="the return of the year ending 31 March of this year")
    parser.add_argument("--out", required=True, metavar="DIR")
    parser.add_argument(
        "--local", action="store_true", help="also where the run began from real children: for use where their return is kept"
    )


def _export_903(given: argparse.Namespace) -> int:
    from simulation.evidence.ssda903.export import export_command

    return export_command(given)


# ---- the page


def _add_page(commands: Commands) -> None:
    parser = _add(commands, "page", _page, "Show a scenario week by week, with levers, in the browser (an optional extra).")
    parser.add_argument(
        "scenario", nargs="?", default=_FIRST_LOOK, metavar="SCENARIO", help=f"what it begins with (default {_FIRST_LOOK})"
    )
    parser.add_argument("--port", type=_port, default=8765, metavar="N", help="where on this machine (default 8765)")


def _port(text: str) -> int:
    number = _positive(text)
    if not 1024 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port from 1024 to 65535")
    return number


def _page(given: argparse.Namespace) -> int:
    from simulation.page.serve import serve

    serve(given.scenario, given.port)
    return OK
