"""An authority's published figures of one year as a scenario file that says where every line comes from."""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np

from simulation.evidence import inspected, neighbours, published
from simulation.evidence.borrow import Borrower
from simulation.evidence.figures import CLA, Settings, gather
from simulation.evidence.published import TOO_SMALL, Authority, Table
from simulation.faults import Fault, Faults, fault
from simulation.measures import MEASURES
from simulation.results import files

WEEKS = 261
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
        return f"{CLA} of {year} is not published"
    if total < FEWEST_CHILDREN:
        return f"{total:g} children looked after in {year}: fewer than {FEWEST_CHILDREN}"
    if Borrower(table, code, year, []).population().missing:
        return f"neither population_0_17 nor a rate per 10,000 is published for {year} or the three years before"
    return ""


def make(table: Table, code: str, year: int, near: dict[str, list[str]], history: bool = True) -> Profile:
    """The profile of one usable authority. Borrowed figures come from ``near`` (codes), region or England."""
    borrower = Borrower(table, code, year, near.get(code, []))
    settings = gather(borrower)
    judged = inspected.judged_inadequate(table, code, dt.date(year, 3, 31))
    return Profile(
        table.authorities[code], year, settings, list(borrower.notes), judged, _history(table, code) if history else []
    )


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
        f"# {name} ({profile.authority.code}, {profile.authority.region}) as published on 31 March {year}.",
        "schema_version: 1",
        f"title: {json.dumps(f'{name} from 31 March {year}', ensure_ascii=False)}",
        f"question: {json.dumps(f'What happens to children in {name} if things go on as in {year}?', ensure_ascii=False)}",
        f"start: {profile.start.isoformat()}",
        f"weeks: {WEEKS}",
    ]
    lines += _sections(profile)
    lines += ["borrowed:" if profile.borrowed else "borrowed: []"]
    lines += [f"  - {json.dumps(note[:290], ensure_ascii=False)}" for note in profile.borrowed]
    lines += ["history:" if profile.history else "history: []"]
    lines += [f"  - {json.dumps(figure, ensure_ascii=False)}" for figure in profile.history]
    return "\n".join(lines) + "\n"


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
    near = neighbours.of(table.until(given.year), given.year, given.neighbours)
    out = Path(given.out)
    if len(chosen) == 1 and out.suffix in (".yaml", ".yml"):
        return _write_one(table, chosen[0], given.year, near, out)
    return _write_many(table, chosen, given.year, near, out)


def _check_arguments(given: argparse.Namespace) -> None:
    needed = {"--la": given.la, "--data": given.data, "--year": given.year}
    faults = [Fault(option, "is needed (or give --ssda903)") for option, value in needed.items() if value is None]
    if faults:
        raise Faults(faults)


def _write_one(table: Table, one: Authority, year: int, near: dict[str, list[str]], out: Path) -> int:
    reason = why_unusable(table, one.code, year)
    if reason:
        raise fault(table.source, f"{one.name}: {reason}")
    check_out(out)
    made = make(table, one.code, year, near)
    write_text(out, as_yaml(made))
    print(
        f"{out}: {one.name}, 31 March {year}; {len(made.settings.numbers)} settings, "
        f"{len(made.borrowed)} figures borrowed (listed in the file)"
    )
    return 0


def _write_many(table: Table, chosen: Iterable[Authority], year: int, near: dict[str, list[str]], out: Path) -> int:
    if out.is_file() or out.suffix in (".yaml", ".yml"):
        raise fault("--out", f"'{out}' is one file, but several authorities were chosen; give a folder")
    for one in chosen:
        check_out(_file_of(out, one, year))
    skipped, written = [], 0
    for one in chosen:
        reason = why_unusable(table, one.code, year)
        if reason:
            skipped.append((one.code, one.name, reason))
            continue
        write_text(_file_of(out, one, year), as_yaml(make(table, one.code, year, near)))
        written += 1
    if not written:
        raise Faults([Fault(table.source, f"{name}: {reason}") for _, name, reason in skipped[:20]])
    write_skipped(out / "skipped.csv", skipped)
    print(f"{out}: {written} profiles; {len(skipped)} authorities skipped (reasons in skipped.csv)")
    return 0


def _file_of(out: Path, one: Authority, year: int) -> Path:
    return out / f"{file_stem(one.name)}_{year}.yaml"


def check_out(out: Path) -> None:
    """Refuses to replace a file that is not a profile, such as a scenario written by hand."""
    files.check_replaceable(out, lambda path: MADE.match(path.read_bytes()) is not None)


def file_stem(name: str) -> str:
    """A file name from an authority's name: ``Bristol, City of`` becomes ``bristol_city_of``."""
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")


def write_skipped(path: Path, skipped: Iterable[tuple[str, str, str]]) -> None:
    """Authorities left out, with the reason."""
    lines = [("la_code", "la_name", "reason"), *skipped]
    write_text(path, "".join(_csv_line(line) for line in lines))


def _csv_line(values: tuple[str, ...]) -> str:
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(values)
    return buffer.getvalue()


def write_text(path: Path, text: str) -> None:
    """Writes a file to the side and moves it in, so that nothing half-written is ever found."""
    files.write_bytes(path, text.encode("utf-8"))
