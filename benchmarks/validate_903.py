"""Counts what the sector's public validator says of a statutory return, all tables read.

The validator (``csc-validator-be-903`` on PyPI) has old pins, so it lives in its own virtual environment:

    python -m venv /tmp/validator && /tmp/validator/bin/pip install csc-validator-be-903 pytest
    /tmp/validator/bin/python benchmarks/validate_903.py RETURN --ruleset lac2022_23 --year 2023

Its own command line looks for fixed file names and never reads placed_for_adoption.csv; this reads every table of the
folder. ``--before FOLDER`` loads the return of the year before as well. Prints one line for each kind of issue, then the
number for each 100 children; ``--json`` prints the same as JSON.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import os
import sys
from contextlib import redirect_stdout
from pathlib import Path


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the return of one year")
    parser.add_argument("--before", type=Path, help="the return of the year before")
    parser.add_argument("--ruleset", default="lac2022_23")
    parser.add_argument("--year", required=True, help="the year in which the return's 31 March falls")
    parser.add_argument("--authority", default="E08000032", help="ONS code of the authority whose postcodes the return uses")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with redirect_stdout(sys.stderr):
        found = issues(given.folder, given.before, given.ruleset, given.year, given.authority)
    if given.json:
        print(json.dumps(found))
        return 0
    for kind in found["kinds"]:
        print(f"{kind['count']:6d}  {kind['rule']:>10}  {kind['table']}: {kind['message']}")
    print(f"{found['issues']} issues among {found['children']} children: {found['per_100_children']:.2f} for each 100.")
    failed = ", ".join(found["failed"]) or "none"
    print(f"Tables read: {', '.join(found['tables'])}. Rules run: {found['rules_run']}; failed to run: {failed}.")
    return 0


def issues(folder: Path, before: Path | None, ruleset: str, year: str, authority: str) -> dict:
    """Issues by kind: every row that a rule points at, in every table of the return."""
    os.environ["QLACREF_PC_INSECURE"] = "True"
    logging.disable(logging.CRITICAL)
    from lac_validator.lac_validator import LacValidator

    registry = importlib.import_module(f"lac_validator.rules.{ruleset}").registry
    files = _files(folder, "This year") + (_files(before, "Prev year") if before else [])
    metadata = {"collectionYear": year, "localAuthority": authority}
    checked = LacValidator(metadata=metadata, files=files, registry=registry, selected_rules=None)
    kept = [name for name in checked.ds_results if name != "metadata" and not name.endswith("_last")]
    tables = {name: checked.ds_results[name] for name in kept}
    kinds = [
        {"rule": column[4:], "table": name, "count": int((table[column] == True).sum()),  # noqa: E712 - an object column
         "message": registry[column[4:]].message}
        for name, table in tables.items() for column in table.columns if str(column).startswith("ERR_")
    ]  # fmt: skip
    kinds = sorted((kind for kind in kinds if kind["count"]), key=lambda kind: -kind["count"])
    children, total = len(tables["Header"]), sum(kind["count"] for kind in kinds)
    return {"children": children, "issues": total, "per_100_children": 100 * total / max(children, 1), "kinds": kinds,
            "tables": sorted(tables), "rules_run": len(checked.dones), "failed": checked.fails}  # fmt: skip


def _files(folder: Path, description: str) -> list[dict]:
    paths = sorted(folder.glob("*.csv"))
    return [{"name": path.name, "description": description, "file_content": path.read_bytes()} for path in paths]


if __name__ == "__main__":
    sys.exit(main())
