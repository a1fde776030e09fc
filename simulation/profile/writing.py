"""The ``profile`` command: published figures or a statutory return become a scenario file."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from simulation.base.errors import Fault, Faults, fault, printable
from simulation.profile.profile import (
    SKIPPED,
    YAML,
    Profile,
    _csv_line,
    as_yaml,
    check_out,
    files_of,
    make,
    why_unusable,
    write_skipped,
    write_text,
)
from simulation.published import neighbours, published
from simulation.published.published import Authority, Table
from simulation.results import files


def profile(given: argparse.Namespace) -> int:
    """The ``profile`` command: published figures (--la, --data, --year) or a statutory return (--ssda903)."""
    if given.ssda903 is not None:
        from simulation.profile.from_return import profile as from_return

        return int(from_return(given))
    _check_arguments(given)
    table = published.read(given.data)
    chosen = table.find(given.la)
    task = _Task(table, given.year, *_neighbours(table.until(given.year), given.year, given.neighbours))
    out = Path(given.out)
    if len(chosen) == 1 and out.suffix.lower() in YAML:
        return _write_one(task, chosen[0], out)
    return _write_many(task, chosen, out)


@dataclass(frozen=True, eq=False)
class _Task:
    """What every profile of one call is made from."""

    table: Table
    year: int
    near: dict[str, list[str]]
    given_in: dict[str, str]

    def text(self, one: Authority) -> tuple[Profile, str]:
        """The profile of one authority and its file."""
        made = make(self.table, one.code, self.year, self.near, given_in=self.given_in)
        return made, as_yaml(made)


def _neighbours(known: Table, year: int, file: str | None) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Neighbours by authority, and the file's name for those whose neighbours it gives."""
    near = neighbours.of(known, year, file)
    if file is None:
        return near, {}
    usual = neighbours.of(known, year)
    return near, {code: Path(file).name for code, codes in near.items() if codes != usual.get(code)}


def _check_arguments(given: argparse.Namespace) -> None:
    needed = {"--la": given.la, "--data": given.data, "--year": given.year}
    faults = [Fault(option, "is needed (or give --ssda903)") for option, value in needed.items() if value is None]
    if faults:
        raise Faults(faults)
    _check_place(given.out)


def _check_place(given: str) -> None:
    """A scenario ends in .yaml and anything else is a folder: a name that says neither is asked about."""
    out = files.check_place(given, folder=Path(given).suffix.lower() not in YAML)
    as_folder = given.endswith(("/", os.sep)) or os.path.isdir(out)
    if out.suffix and out.suffix.lower() not in YAML and not as_folder:
        raise fault("--out", f"'{printable(out)}' ends in '{out.suffix}': end a scenario in .yaml, or a folder's name in '/'")


def _write_one(task: _Task, one: Authority, out: Path) -> int:
    reason = why_unusable(task.table, one.code, task.year)
    if reason:
        raise fault(task.table.source, f"{one.name}: {reason}")
    check_out(out)
    made, text = task.text(one)
    write_text(out, text)
    print(
        f"{out}: {one.name}, 31 March {task.year}; {len(made.settings.numbers)} settings, "
        f"{len(made.borrowed)} figures borrowed, fitted or cut (listed in the file)"
    )
    _warn([made])
    return 0


def _write_many(task: _Task, chosen: list[Authority], out: Path) -> int:
    """Everything is made before anything is written."""
    if out.suffix.lower() in YAML:
        raise fault("--out", f"'{out}' is one file, but several authorities were chosen; give a folder")
    skipped, usable = [], []
    for one in chosen:
        reason = why_unusable(task.table, one.code, task.year)
        if reason:
            skipped.append((one.code, one.name, reason))
        else:
            usable.append(one)
    if not usable:
        raise Faults([Fault(task.table.source, f"{name}: {reason}") for _, name, reason in skipped[:20]])
    paths = files_of(out, usable, task.year)
    for path in paths:
        check_out(path)
    files.check_table(out / "skipped.csv", _csv_line(SKIPPED).strip())
    made = [task.text(one) for one in usable]
    for path, (_, text) in zip(paths, made, strict=True):
        write_text(path, text)
    write_skipped(out / "skipped.csv", skipped)
    print(f"{out}: {len(made)} profiles; {len(skipped)} authorities skipped (reasons in skipped.csv)")
    _warn([one for one, _ in made])
    return 0


def _warn(made: Iterable[Profile]) -> None:
    for one in made:
        for warning in one.warnings:
            print(f"warning: {one.authority.name} {one.year}: {warning}", file=sys.stderr)
