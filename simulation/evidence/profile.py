"""An authority's published figures of one year as a scenario file that says where every line comes from."""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import numpy as np

from simulation.evidence import authorities, inspected, neighbours, published
from simulation.evidence.borrow import Borrower
from simulation.evidence.figures import CLA, Settings, gather, misfit
from simulation.evidence.published import TOO_SMALL, Authority, Table
from simulation.faults import Fault, Faults, fault, printable
from simulation.measures import MEASURES
from simulation.results import files

WEEKS = 261
LONGEST_NOTE = 290
YAML = (".yaml", ".yml")
SKIPPED = ("la_code", "la_name", "reason")
FEWEST_CHILDREN = 20
ALSO_TRAVEL = (
    "spend_s251_residential_care",
    "cla_started_uasc_number",
    "cla_ceased_reason_adopted_number",
    "cla_ceased_reason_sgo_number",
)


MADE = re.compile(rb".*\n# (From SSDA903 returns of|.* as published on 31 March) ")
"""How a scenario that the command ``profile`` made begins."""


@dataclass(frozen=True, eq=False)
class Profile:
    """One authority on 31 March of ``year``: settings with sources, what was borrowed, and its published history."""

    authority: Authority
    year: int
    settings: Settings
    borrowed: list[str]
    inadequate_on: dt.date | None
    history: list[dict[str, object]]
    warnings: list[str] = field(default_factory=list)
    neighbours: str = ""

    @property
    def start(self) -> dt.date:
        """The date of the starting state."""
        return dt.date(self.year, 3, 31)


def why_unusable(table: Table, code: str, year: int) -> str:
    """Why no profile of this authority and year can be made; empty when one can."""
    total = table.value(code, CLA, year)
    if code in TOO_SMALL:
        return f"{TOO_SMALL[code]} is too small to simulate"
    if not np.isfinite(total):
        known = [int(each) for each in sorted(table.wide(CLA).dropna(how="all", axis=1).columns)]
        span = f"; the table has it for {known[0]} to {known[-1]}" if known and not known[0] <= year <= known[-1] else ""
        after = authorities.ended(code) if not authorities.in_force(code, year) else ""
        return f"{CLA} of {year} is not published{span}. {after}".removesuffix(". ")
    if total < FEWEST_CHILDREN:
        return f"{total:g} children looked after in {year}: fewer than {FEWEST_CHILDREN}"
    if Borrower(table, code, year, []).population().missing:
        return f"neither population_0_17 nor a rate per 10,000 is published for {year} or the three years before"
    return misfit(table, code, year)


def make(
    table: Table, code: str, year: int, near: dict[str, list[str]], history: bool = True, given_in: dict[str, str] | None = None
) -> Profile:
    """The profile of one usable authority. Borrowed figures come from ``near`` (codes), region or England.

    ``given_in``: the file that ``near`` is from, for the authorities that it is from a file for.
    """
    borrower = Borrower(table, code, year, near.get(code, []), (given_in or {}).get(code, ""))
    settings = gather(borrower)
    return Profile(
        table.authorities[code],
        year,
        settings,
        [*borrower.notes, *settings.cuts],
        inspected.judged_inadequate(table, code, dt.date(year, 3, 31)),
        _history(table, code) if history else [],
        borrower.warnings,
        _named(borrower),
    )


def _named(borrower: Borrower) -> str:
    known = borrower.table.authorities
    names = "; ".join(known[code].name for code in borrower.neighbours if code in known)
    origin = f"given in {borrower.given_in}" if borrower.given_in else "nearest in the table by size and rates"
    return f"neighbours ({origin}): {names or 'none'}"


def _history(table: Table, code: str) -> list[dict[str, object]]:
    wanted = {m.published for m in MEASURES if m.published} | set(ALSO_TRAVEL)
    own = table.rows[(table.rows["la_code"] == code) & table.rows["indicator"].isin(wanted)].sort_values(["indicator", "year"])
    source = f"official statistics, from {Path(table.source).name}"
    return [
        {"indicator": r.indicator, "year": int(r.year), "value": float(r.value), "unit": r.unit, "source": source}
        for r in own.itertuples()
    ]


def as_yaml(profile: Profile) -> str:
    """The scenario file: a comment on every line says which published figure it is, or what it was borrowed from."""
    name, year = profile.authority.name, profile.year
    lines = [
        "# yaml-language-server: $schema=scenario.schema.json",
        _comment(f"{name} ({profile.authority.code}, {profile.authority.region}) as published on 31 March {year}."),
        *(_comment(f"LOOK AT THIS: {warning}") for warning in profile.warnings),
        _comment(profile.neighbours),
        "schema_version: 1",
        f"title: {json.dumps(f'{name} from 31 March {year}', ensure_ascii=False)}",
        f"question: {json.dumps(f'What happens to children in {name} if things go on as in {year}?', ensure_ascii=False)}",
        f"start: {profile.start.isoformat()}",
        f"weeks: {WEEKS}",
    ]
    lines += _sections(profile)
    lines += ["borrowed:" if profile.borrowed else "borrowed: []"]
    lines += [f"  - {json.dumps(_shortened(note), ensure_ascii=False)}" for note in profile.borrowed]
    lines += ["history:" if profile.history else "history: []"]
    lines += [f"  - {json.dumps(figure, ensure_ascii=False)}" for figure in profile.history]
    return "\n".join(lines) + "\n"


def _comment(text: str) -> str:
    """One line, whatever is in a name."""
    return f"# {' '.join(text.split())}"


def _shortened(note: str) -> str:
    """A line of the list is at most 300 letters; the comment beside the setting has all of it."""
    return note if len(note) <= LONGEST_NOTE else note[: LONGEST_NOTE - 4] + " ..."


def _sections(profile: Profile) -> list[str]:
    grouped: dict[str, list[str]] = {"authority": [f"  name: {json.dumps(profile.authority.name, ensure_ascii=False)}"]}
    for dotted_name, value in profile.settings.numbers.items():
        section, setting = dotted_name.split(".", 1)
        comment = profile.settings.sources[dotted_name].replace("\n", " ")
        grouped.setdefault(section, []).append(f"  {setting}: {value:.10g}  # {comment}")
    if profile.inadequate_on is not None:
        grouped["inspection"] = [
            f"  inadequate_on: {profile.inadequate_on}  # {inspected.GRADE} is {inspected.INADEQUATE}: an input"
        ]
    return [line for section, body in grouped.items() for line in (f"{section}:", *body)]


def profile(given: argparse.Namespace) -> int:
    """The ``profile`` command: published figures (--la, --data, --year) or a statutory return (--ssda903)."""
    if given.ssda903 is not None:
        from simulation.evidence.ssda903.profile import profile as from_return

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


def files_of(out: Path, chosen: list[Authority], year: int) -> list[Path]:
    """A file for each authority; two whose names differ in punctuation alone have their code in it."""
    stems = [file_stem(one.name) for one in chosen]
    return [
        out / f"{stem if stems.count(stem) == 1 else f'{stem}_{one.code.casefold()}'}_{year}.yaml"
        for stem, one in zip(stems, chosen, strict=True)
    ]


def check_out(out: Path) -> None:
    """Refuses to replace a file that is not a profile, such as a scenario written by hand."""
    files.check_replaceable(out, lambda path: MADE.match(path.read_bytes()) is not None)


def file_stem(name: str) -> str:
    """A file name from an authority's name: ``Bristol, City of`` becomes ``bristol_city_of``."""
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")


def write_skipped(path: Path, skipped: Iterable[tuple[str, str, str]]) -> None:
    """Authorities left out, with the reason."""
    lines = [SKIPPED, *skipped]
    write_text(path, "".join(_csv_line(line) for line in lines))


def _csv_line(values: tuple[str, ...]) -> str:
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(values)
    return buffer.getvalue()


def write_text(path: Path, text: str) -> None:
    """Writes a file to the side and moves it in, so that nothing half-written is ever found."""
    files.write_bytes(path, text.encode("utf-8"))
