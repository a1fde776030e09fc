"""An authority's published figures of one year as a scenario file that says where every line comes from."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import numpy as np

from simulation.base.measures import MEASURES
from simulation.profile import inspected
from simulation.profile.figures import gather, misfit
from simulation.published import authorities
from simulation.published.borrow import CLA, Borrower
from simulation.published.published import TOO_SMALL, Authority, Table
from simulation.results import files
from simulation.scenario.gathered import Settings
from simulation.ssda903.written import check_unchanged, sealed

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

    ``given_in``: how ``near`` was chosen, for the authorities whose neighbours are not the nearest in the table.
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
    origin = borrower.given_in or "nearest in the table by size and rates"
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


def files_of(out: Path, chosen: list[Authority], year: int) -> list[Path]:
    """A file for each authority; two whose names differ in punctuation alone have their code in it."""
    stems = [file_stem(one.name) for one in chosen]
    return [
        out / f"{stem if stems.count(stem) == 1 else f'{stem}_{one.code.casefold()}'}_{year}.yaml"
        for stem, one in zip(stems, chosen, strict=True)
    ]


def check_out(out: Path, replace: bool = False) -> None:
    """Refuses to replace a file that is not a profile, and (unless ``replace``) a profile that somebody has changed since."""
    files.check_replaceable(out, lambda path: MADE.match(path.read_bytes()) is not None)
    if not replace and out.is_file():
        check_unchanged(out, ())


def as_file(profile: Profile) -> str:
    """The scenario file as it is written: its text, and the line by which this command knows it again."""
    return sealed(as_yaml(profile), ())


def file_stem(name: str) -> str:
    """A file name from an authority's name: ``Bristol, City of`` becomes ``bristol_city_of``."""
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")


def write_skipped(path: Path, skipped: Iterable[tuple[str, str, str]]) -> None:
    """Authorities left out, with the reason."""
    lines = [SKIPPED, *skipped]
    write_text(path, "".join(csv_line(line) for line in lines))


def csv_line(values: tuple[str, ...]) -> str:
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(values)
    return buffer.getvalue()


def write_text(path: Path, text: str) -> None:
    """Writes a file to the side and moves it in, so that nothing half-written is ever found."""
    files.write_bytes(path, text.encode("utf-8"))
