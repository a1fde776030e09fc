"""The ``profile`` command: published figures or a statutory return become a scenario file."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from simulation.base.errors import Fault, Faults, fault, printable
from simulation.profile.from_return import profile as from_return
from simulation.profile.profile import (
    SKIPPED,
    YAML,
    Profile,
    as_file,
    check_out,
    csv_line,
    file_stem,
    files_of,
    make,
    why_unusable,
    write_skipped,
    write_text,
)
from simulation.published import authorities, packaged, peers
from simulation.published.published import STOCK, Authority, Table
from simulation.results import files


def profile(given: argparse.Namespace) -> int:
    """The ``profile`` command: published figures (--la) or a statutory return (--ssda903)."""
    if given.ssda903 is not None:
        return int(from_return(given))
    if given.la is None:
        raise fault("--la", "is needed: an authority by name or code (or give --ssda903)")
    table = packaged.known(given.data, given.fill, given.alone)
    chosen = found(table, given.la)
    out = _place(given.out, chosen)
    task = _Task(table, given.year or newest(table, chosen), given.neighbours, given.replace)
    if len(chosen) == 1 and out.suffix.lower() in YAML:
        return _write_one(task, chosen[0], out)
    return _write_many(task, chosen, out)


def found(table: Table, wanted: str) -> list[Authority]:
    """The authorities asked for; of one whose figures do not travel with the package it is said what to download."""
    try:
        return table.find(wanted)
    except Faults as refused:
        names = [name.strip() for name in wanted.split(";")]
        away = [one for name in names for one in _called(name) if one.code not in table.authorities]
        if not table.packaged or not away:
            raise
        told = [Fault("--la", packaged.where_from(one.name)) for one in away]
        raise Faults([*told, *(one for one in refused.faults if not any(each.name in str(one) for each in away))]) from None


def _called(name: str) -> list[authorities.Known]:
    """The authority of that name, or the only one that can be meant."""
    meant = authorities.called(name) or authorities.meant(name, authorities.known().values())
    return meant if len(meant) == 1 else []


def newest(table: Table, chosen: list[Authority]) -> int:
    """The newest year for which each of these authorities has children looked after published. Raises Faults."""
    stock = table.wide(STOCK).reindex([one.code for one in chosen]).dropna(axis=1, how="all")
    whole = stock.dropna(axis=1, how="any") if len(chosen) == 1 else stock
    if not len(whole.columns):
        raise fault(table.source, f"{STOCK} of {chosen[0].name} is not published for any year")
    return int(max(whole.columns))


@dataclass(frozen=True, eq=False)
class _Task:
    """What every profile of one call is made from."""

    table: Table
    year: int
    neighbours: str | None
    replace: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "_near", _neighbours(self.table.until(self.year), self.year, self.neighbours))

    def text(self, one: Authority) -> tuple[Profile, str]:
        """The profile of one authority and its file."""
        near, given_in = self._near  # type: ignore[attr-defined]
        made = make(self.table, one.code, self.year, near, given_in=given_in)
        return made, as_file(made)


def _neighbours(known: Table, year: int, file: str | None) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Neighbours by authority, and what to call them where they are not the nearest in the table."""
    near = peers.of(known, year, file)
    usual = peers.of(known, year)
    given = {code: f"given in {Path(file).name}" for code, codes in near.items() if codes != usual.get(code)} if file else {}
    return near, {**peers.named(known, year), **given}


def _place(given: str | None, chosen: list[Authority]) -> Path:
    """A scenario ends in .yaml and anything else is a folder: a name that says neither is asked about."""
    if given is None:
        if len(chosen) > 1:
            raise fault("--out", "is needed for several authorities: the name of a folder")
        given = f"{file_stem(chosen[0].name)}.yaml"
    out = files.check_place(given, folder=Path(given).suffix.lower() not in YAML)
    as_folder = given.endswith(("/", os.sep)) or os.path.isdir(out)
    if out.suffix and out.suffix.lower() not in YAML and not as_folder:
        raise fault("--out", f"'{printable(out)}' ends in '{out.suffix}': end a scenario in .yaml, or a folder's name in '/'")
    return out


def _write_one(task: _Task, one: Authority, out: Path) -> int:
    reason = why_unusable(task.table, one.code, task.year)
    if reason:
        raise fault(task.table.source, f"{one.name}: {reason}")
    check_out(out, task.replace)
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
        check_out(path, task.replace)
    files.check_table(out / "skipped.csv", csv_line(SKIPPED).strip())
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
