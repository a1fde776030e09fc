"""Commands on an authority's own data: profile, calibrate, backtest, export-903."""

from __future__ import annotations

import argparse
from pathlib import Path

from simulation.cli.shared import OK, Commands, add, positive, scenario_arguments, seed, year

TABLES = "published indicators: a table, several separated by ';', or a folder of them"


def _figures(parser: argparse.ArgumentParser) -> None:
    """Whose published figures: the packaged ones, with others in their place or beside them."""
    parser.add_argument("--data", metavar="FILE", help=f"{TABLES}; in place of the packaged figures of its authorities")
    parser.add_argument("--fill", metavar="FILE", help="figures for what is missing in the packaged ones")
    parser.add_argument("--alone", action="store_true", help="use the figures of --data and no packaged ones")


def _fitting(parser: argparse.ArgumentParser) -> None:
    """What calibrate and backtest both take: figures, processes and a seed."""
    _figures(parser)
    parser.add_argument("--workers", type=positive, metavar="N")
    parser.add_argument("--seed", type=seed, default=0)


def add_profile(commands: Commands) -> None:
    """The command ``profile``."""
    parser = add(commands, "profile", _profile, "Make a scenario from published figures or from an SSDA903 return.")
    parser.add_argument("--la", metavar="NAME", help="authority by name or code; several separated by ';', or all")
    _figures(parser)
    parser.add_argument("--year", type=year, help="31 March of which year it starts: 2020, or 2019/20 (default: the newest)")
    parser.add_argument("--neighbours", metavar="FILE", help="table of statistical neighbours")
    parser.add_argument("--ssda903", metavar="PATH", help="an SSDA903 return: folder, zip, xlsx or xml")
    parser.add_argument("--postcodes", metavar="FILE", help="a postcode directory, for the distances of a return")
    parser.add_argument("--out", metavar="FILE", help="the scenario file to write (default: leeds.yaml; a folder for several)")
    parser.add_argument("--replace", action="store_true", help="let the files replace earlier ones changed since")


def _profile(given: argparse.Namespace) -> int:
    from simulation.profile.writing import profile

    return profile(given)


def add_figures(commands: Commands) -> None:
    """The command ``figures``."""
    meaning = "Make the published figures that travel with the package (for those who keep Headroom up to date)."
    parser = add(commands, "figures", _figures_command, meaning)
    parser.add_argument("--data", required=True, metavar="FILE", help=TABLES)
    parser.add_argument("--geography", metavar="FILE", help="area and centre of each authority (ONS)")
    parser.add_argument("--neighbours", metavar="FILE", help="statistical neighbours (Department for Education)")
    parser.add_argument("--out", metavar="DIR", help="default: the package's own folder")


def _figures_command(given: argparse.Namespace) -> int:
    from simulation.published import packaged

    folder = packaged.FOLDER if given.out is None else Path(given.out)
    counts = packaged.write(given.data, given.geography, given.neighbours, folder)
    print(f"{folder}: " + ", ".join(f"{number:,} {what}" for what, number in counts.items()))
    return OK


def add_calibrate(commands: Commands) -> None:
    """The command ``calibrate``."""
    parser = add(commands, "calibrate", _calibrate, "Fit a scenario to its authority's own history.")
    scenario_arguments(parser, None)
    _fitting(parser)
    parser.add_argument("--until", type=year, required=True, help="last year used")
    parser.add_argument("--out", required=True, metavar="ENSEMBLE", help="the ensemble table to write")


def _calibrate(given: argparse.Namespace) -> int:
    from simulation.forecast.calibrate import calibrate

    return calibrate(given)


def add_backtest(commands: Commands) -> None:
    """The command ``backtest``."""
    parser = add(commands, "backtest", _backtest, "Score the model on years after an origin, beside 'same as today'.")
    _fitting(parser)
    parser.add_argument("--la", required=True, metavar="NAME", help="authorities by name or code separated by ';', or all")
    parser.add_argument("--origin", type=year, required=True, help="last year the model may know")
    parser.add_argument("--horizon", type=positive, default=4, help="years ahead (default 4)")
    parser.add_argument("--out", required=True, metavar="DIR")
    parser.add_argument("--neighbours", metavar="FILE", help="table of statistical neighbours")
    parser.add_argument(
        "--replications", type=positive, default=6, metavar="N", help="runs of each authority (default 6, stratified)"
    )


def _backtest(given: argparse.Namespace) -> int:
    from simulation.forecast.backtest import backtest

    return backtest(given)


def add_export_903(commands: Commands) -> None:
    """The command ``export-903``."""
    parser = add(commands, "export-903", _export_903, "Write simulated children as an SSDA903 return.")
    parser.add_argument("results", metavar="RESULTS", help="an experiment's folder")
    parser.add_argument("--scenario", metavar="SCENARIO", help="which scenario (default: the first)")
    parser.add_argument("--replication", type=positive, default=1, metavar="N")
    parser.add_argument("--year", type=int, required=True, help="the return of the year ending 31 March of this year")
    parser.add_argument("--out", required=True, metavar="DIR")
    parser.add_argument(
        "--local", action="store_true", help="also where the run began from real children: for use where their return is kept"
    )


def _export_903(given: argparse.Namespace) -> int:
    from simulation.ssda903.export import export_command

    return export_command(given)
