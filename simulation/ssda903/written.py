"""What this command wrote itself: a line at the end of the scenario knows its files again, so that changed ones are kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from simulation.base.errors import Fault, Faults
from simulation.results.files import check_replaceable, file_digest
from simulation.start import records

SEAL = "\n# As written: "
CHANGED = (
    "was changed since this command wrote it, or was not made by it. "
    "Choose another name with --out, or give --replace to let it be replaced."
)


def sealed(text: str, beside: Iterable[tuple[str, str]]) -> str:
    """The scenario's text with digests of it and of the texts ``beside`` it (file ending, text). Children's rows have none."""
    digests = [(".yaml", text), *beside]
    return text + SEAL.lstrip("\n") + ", ".join(f"{ending} {file_digest(body.encode())}" for ending, body in digests) + "\n"


def check_unchanged(out: Path, endings: Iterable[str]) -> None:
    """Refuses to replace a scenario, or a text beside it, that is not as the command left it, or a stock that is none."""
    check_replaceable(out.with_suffix(".stock.parquet"), lambda path: bool(records.read(path)))
    text, _, seal = _text(out).rpartition(SEAL)
    known = dict(re.findall(r"(\.\S+) (\w+)", seal)) if seal.count("\n") == 1 else {}
    kept = {out: (".yaml", text + "\n")} | {out.with_suffix(ending): (ending, None) for ending in endings}
    faults = [
        Fault(str(path), CHANGED)
        for path, (ending, body) in kept.items()
        if path.is_file() and known.get(ending) != file_digest((_text(path) if body is None else body).encode())
    ]
    if faults:
        raise Faults(faults)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", errors="replace") if path.is_file() else ""
    except OSError:
        return ""
