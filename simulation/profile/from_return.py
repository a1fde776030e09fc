"""A scenario from an authority's own return: real ages, durations and placements to start from, and its own rates.

Four files are written beside each other. ``x.yaml`` is a scenario made of published rates and counts; every line says what
stands behind it. ``x.rates.csv`` has every rate as it may be published (see :mod:`.disclosure`); ``x.corrections.csv`` lists
what was dropped, changed or doubted. ``x.stock.parquet`` holds one row a child, without names, birth dates or addresses;
it describes real children, is never published, and git ignores it.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from simulation.base.errors import Fault, Faults, fault
from simulation.profile.profile import check_out, make, why_unusable
from simulation.published import packaged, peers
from simulation.scenario.gathered import Settings
from simulation.ssda903 import providers
from simulation.ssda903.corrections import Corrections
from simulation.ssda903.learning import Learned, learn
from simulation.ssda903.reading import read_return
from simulation.ssda903.settings import FEWEST_CHILDREN, TELL, learned_settings, publishable
from simulation.ssda903.written import check_unchanged, sealed

WEEKS = 261
RATES, CORRECTIONS = ".rates.csv", ".corrections.csv"
MOST_NOTES = 60
HISTORY = {"looked after": "cla_31march_number", "starts": "cla_started_number", "ceased": "cla_ceased_number"}
SHOWN = 12


@dataclass(frozen=True)
class Base:
    """What published figures say of the authority: settings with sources, what was borrowed, and its published history."""

    name: str
    settings: Settings
    borrowed: tuple[str, ...] = ()
    history: tuple[dict[str, object], ...] = ()


def profile_from_ssda903(
    path: Path | str, out: Path | str, as_of: str | None = None, base: Base | None = None, postcodes: Path | str | None = None,
    replace: bool = False,
) -> Learned:  # fmt: skip
    """Writes a scenario ``out`` (``x.yaml``) and the files beside it from the return at ``path``; gives back what was learnt.

    ``as_of``: the day the scenario starts (default: the last 31 March returned); ``base``: settings from published figures,
    which the return's own replace; ``postcodes``: a postcode directory for distances; ``replace``: files of an earlier
    profile are replaced even where they were changed since. Raises :class:`Faults` when the return cannot be understood or
    ``out`` cannot be written; nothing is written then.
    """
    out = Path(out)
    if out.suffix not in (".yaml", ".yml"):
        raise fault("--out", f"'{out}' should end in .yaml: a return makes one scenario.")
    check_out(out, replace=True)
    if not replace:
        check_unchanged(out, (RATES, CORRECTIONS))
    base = base or Base("An authority, from its SSDA903 return", Settings())
    population = base.settings.numbers.get("authority.population_0_17")
    learned = learn(read_return(path, as_of), population=population, postcodes=postcodes)
    _check_size(learned, path)
    safe = publishable(learned)
    settings = Settings(dict(base.settings.numbers), dict(base.settings.sources))
    notes: list[str] = []
    learned_settings(safe, settings, notes)
    notes = [*_still_borrowed(base, settings), *notes]
    providers.give(learned.stock, settings, learned.corrections)
    beside = {ending: table.to_csv(index=False, lineterminator="\n") for ending, table in
              ((RATES, safe.rates), (CORRECTIONS, learned.corrections.frame()))}  # fmt: skip
    text = sealed(_yaml(out, base, settings, notes, safe), beside.items())
    _write_all({
        out: partial(Path.write_bytes, data=text.encode()),
        **{out.with_suffix(ending): partial(Path.write_bytes, data=body.encode()) for ending, body in beside.items()},
        out.with_suffix(".stock.parquet"): lambda side: learned.stock.to_parquet(side, index=False),
    })  # fmt: skip
    return learned


def _check_size(learned: Learned, path: Path | str) -> None:
    total, day = len(learned.stock), f"{learned.as_of:%Y-%m-%d}"
    if not total:
        raise fault(path, f"nobody was looked after on {day}.")
    if total < FEWEST_CHILDREN:
        why = "too few to learn from, and to hide one child among the others"
        raise fault(path, f"{total} children looked after on {day}: fewer than {FEWEST_CHILDREN} are {why}.")


def _still_borrowed(base: Base, settings: Settings) -> list[str]:
    """What was borrowed for the published figures and the return has not replaced."""
    learnt = {name for name, source in settings.sources.items() if source != base.settings.sources.get(name)}
    return [note for note in base.borrowed if not {(name := note.split(":")[0]), f"stock.{name}"} & learnt]


def profile(given: argparse.Namespace) -> int:
    """The ``profile --ssda903`` command; with ``--la`` and ``--data`` too, published figures fill in what a return cannot say."""
    as_of = f"{given.year:04d}-03-31" if given.year is not None else None
    learned = profile_from_ssda903(given.ssda903, given.out, as_of, _published(given), given.postcodes, given.replace)
    print(f"{given.out}: {len(learned.stock)} children looked after on {learned.as_of:%d %B %Y}, from the returns of "
          f"{', '.join(map(str, learned.years))}. Child-level stock, rates and corrections lie beside it.")  # fmt: skip
    if not given.la:
        size = f"scaled to {len(learned.stock)} children looked after"
        print(f"A return does not tell population, staff, slots and places: the default's, {size}, are used; {TELL}.")
    _say(learned.corrections)
    return 0


def _published(given: argparse.Namespace) -> Base | None:
    """The published profile of the same authority and year, if one was asked for."""
    if not given.la and not given.data:
        return None
    needed = {"--la": given.la, "--year": given.year}
    faults = [Fault(option, "is needed to add published figures to a return") for option, value in needed.items() if not value]
    if faults:
        raise Faults(faults)
    table = packaged.known(given.data, given.fill, given.alone)
    found = table.find(given.la)
    if len(found) != 1:
        raise fault("--la", "a return is of one authority; name one.")
    reason = why_unusable(table, found[0].code, given.year)
    if reason:
        raise fault(table.source, f"{found[0].name}: {reason}")
    made = make(table, found[0].code, given.year, peers.of(table.until(given.year), given.year, given.neighbours))
    return Base(found[0].name, made.settings, tuple(made.borrowed), tuple(made.history))


def _say(corrections: Corrections) -> None:
    print(corrections.account)
    counts = corrections.counts()
    if counts.empty:
        print("Nothing was corrected.")
        return
    print(f"{int(counts['count'].sum())} corrections (all in the .corrections.csv):")
    for what, column, why, count in counts.head(SHOWN).itertuples(index=False):
        print(f"  {count:6d}  {what}: {f'{column}: ' if column else ''}{why}{corrections.where(what, column, why)}")
    if len(counts) > SHOWN:
        print(f"  and {len(counts) - SHOWN} other kinds")


def _yaml(out: Path, base: Base, settings: Settings, notes: list[str], learned: Learned) -> str:
    """The scenario file; a comment on every line says what stands behind it."""
    years = f"{learned.years[0]} to {learned.years[-1]}" if len(learned.years) > 1 else str(learned.years[0])
    day = learned.as_of.date()
    lines = [
        "# yaml-language-server: $schema=scenario.schema.json",
        f"# From SSDA903 returns of {years}. Counts of 1 to 4 are suppressed (c), others rounded to 5.",
        "schema_version: 1",
        f"title: {_quoted(f'{base.name} on {day:%d %B %Y}')}",
        "question: What happens to these children if things go on as they were?",
        f"start: {day.isoformat()}",
        f"weeks: {WEEKS}",
        f"stock_file: {_quoted(out.with_suffix('.stock.parquet').name)}",
    ]
    grouped: dict[str, list[str]] = {"authority": [f"  name: {_quoted(base.name)}"]}
    for dotted, value in settings.numbers.items():
        section, setting = dotted.split(".", 1)
        comment = settings.sources[dotted].replace("\n", " ")
        grouped.setdefault(section, []).append(f"  {setting}: {value:.10g}  # {comment}")
    lines += [line for section, body in grouped.items() for line in (f"{section}:", *body)]
    lines += ["borrowed:" if notes else "borrowed: []", *(f"  - {_quoted(note[:290])}" for note in notes[:MOST_NOTES])]
    figures = [*_history(learned), *base.history]
    lines += ["history:" if figures else "history: []", *(f"  - {json.dumps(figure, ensure_ascii=False)}" for figure in figures)]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _history(learned: Learned) -> list[dict[str, object]]:
    """Children looked after, starts and endings of each year, small counts left out."""
    safe, found = learned.rates, []
    for name, indicator in HISTORY.items():
        rows = safe[(safe["name"] == name) & safe["group"].str.startswith("year:") & safe["rate"].notna()]
        for row in rows.itertuples():
            year = int(str(row.group).removeprefix("year:"))
            if year <= learned.as_of.year:
                figure = {"indicator": indicator, "year": year, "value": float(str(row.rate)), "unit": "number"}
                found.append({**figure, "source": "the authority's SSDA903 return"})
    return found


def _write_all(files: dict[Path, Callable[[Path], object]]) -> None:
    """Writes every file to the side, and moves them in only when all are written."""
    folder = next(iter(files)).parent
    in_the_way = [Fault(str(path), "is a folder, where a file is to be written.") for path in files if os.path.isdir(path)]
    if in_the_way:
        raise Faults(in_the_way)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".profile.", dir=folder) as side:
            for path, write in files.items():
                write(Path(side) / path.name)
            for path in files:
                os.replace(Path(side) / path.name, path)
    except OSError as error:
        raise fault(folder, f"the scenario cannot be written there ({error.strerror}).") from None
