"""A results folder: where things are, what is finished, and refusing what cannot be trusted."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from simulation.base.errors import Faults, fault, nearest
from simulation.results import files
from simulation.results.tables import RESULTS_VERSION, TABLES, TEXT_TABLES

RECEIPT = re.compile(r"replication-(\d{5,})\.json")
OURS = {
    "run.json",
    "datapackage.json",
    "scenarios",
    "runs",
    "quarantine",
    "charts",
    "report.html",
    "summary.xlsx",
    "ssda903",
    ".lock",
}


@dataclass(frozen=True)
class Results:
    """The folder of one experiment."""

    path: Path

    # ---- the experiment as a whole

    def read_run(self) -> dict[str, Any]:
        """``run.json``; refused if it is missing, damaged or from a newer version."""
        path = self.path / "run.json"
        try:
            run = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise fault(self.path, "is not a results folder: it has no run.json.") from error
        except (OSError, ValueError) as error:
            raise fault(path, f"cannot be read ({error}).") from error
        version = run.get("results_version", 0) if isinstance(run, dict) else None
        if not isinstance(version, int):
            raise fault(path, "is not a run.json of this program.")
        if version > RESULTS_VERSION:
            raise fault(
                path,
                f"was written by a newer version (results version {version}; this one reads up to {RESULTS_VERSION}). "
                "Update the program; nothing was changed.",
            )
        if not isinstance(run.get("scenarios"), list):
            raise fault(path, "is not a run.json of this program.")
        return run

    def stock_file(self, scenario: str) -> str:
        """Name of the file of real children that a scenario began from; empty where its first day was drawn by lot."""
        entries = {entry.get("id"): entry for entry in self.read_run()["scenarios"]}
        return str(entries.get(scenario, {}).get("stock_file") or "")

    def write_run(self, run: dict[str, Any]) -> None:
        """Write ``run.json``."""
        self.write_json("run.json", {"results_version": RESULTS_VERSION, **run})

    def write_json(self, name: str, value: Any) -> None:
        """Write one JSON file of the folder, readable by people."""
        files.write_bytes(self.path / name, (json.dumps(value, indent=1, ensure_ascii=False, default=str) + "\n").encode())

    def check_usable(self) -> None:
        """Refuse a folder that holds other people's files or a newer version's results; an absent one is fine."""
        if os.path.exists(self.path) and not self.path.is_dir():
            raise fault(self.path, "is a file, not a folder. Choose another with --out.")
        if os.path.exists(self.path / "run.json"):
            self.read_run()
            return
        known = OURS | {table.file for table in TABLES.values()}
        others = [entry.name for entry in self.path.iterdir() if entry.name not in known] if os.path.exists(self.path) else []
        if others:
            raise fault(
                self.path,
                f"holds other files ({', '.join(sorted(others)[:3])}) and no results. Choose another folder with --out.",
            )

    def read(self, table: str, columns: list[str] | None = None) -> pd.DataFrame:
        """One of the tables by name (see the data dictionary)."""
        if table not in TABLES:
            raise fault(table, f"is not a table of the results.{nearest(table, TABLES)}")
        path = self.path / TABLES[table].file
        if table not in TEXT_TABLES:
            return files.read_parquet(path, columns)
        return files.read_csv(path, table)

    def scenarios(self) -> list[str]:
        """Identifiers of the scenarios, in the order they were given."""
        return [scenario["id"] for scenario in self.read_run()["scenarios"]]

    # ---- replications

    def replication_folder(self, scenario: str) -> Path:
        """Where the replications of ``scenario`` are."""
        return self.path / "runs" / f"scenario={scenario}"

    def replication_file(self, scenario: str, replication: int, table: str = "weekly") -> Path:
        """The file of one table of one replication."""
        name = f"replication-{replication:05d}" + ("" if table == "weekly" else f".{table}")
        return self.replication_folder(scenario) / f"{name}.parquet"

    def receipt_file(self, scenario: str, replication: int) -> Path:
        """The receipt that says a replication is finished; it is written last."""
        return self.replication_folder(scenario) / f"replication-{replication:05d}.json"

    def put(self, scenario: str, replication: int, made: dict[str, bytes], receipt: dict[str, Any]) -> None:
        """Write one finished replication: its tables, then its receipt."""
        for table, data in made.items():
            files.write_bytes(self.replication_file(scenario, replication, table), data)
        files.write_bytes(self.receipt_file(scenario, replication), (json.dumps(receipt, indent=1) + "\n").encode())

    def finished(self, scenario: str, replication: int, key: str) -> bool:
        """True if the replication is here, whole, and made from the same inputs; otherwise what is there is put aside."""
        path = self.receipt_file(scenario, replication)
        if not any(self._pieces(scenario, replication)):
            return False
        try:
            receipt = json.loads(path.read_bytes())
            whole = receipt["key"] == key and all(
                files.file_digest(self.replication_file(scenario, replication, table).read_bytes()) == about["digest"]
                for table, about in receipt["tables"].items()
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            whole = False
        if not whole:
            self.put_aside(scenario, replication)
        return whole

    def put_aside(self, scenario: str, replication: int) -> None:
        """Move whatever there is of a replication into ``quarantine/``; nothing is deleted."""
        place = self.path / "quarantine" / f"scenario={scenario}"
        place.mkdir(parents=True, exist_ok=True)
        for piece in list(self._pieces(scenario, replication)):
            target, copy = place / piece.name, 1
            while target.exists():
                copy += 1
                target = place / f"{piece.name}.{copy}"
            piece.rename(target)

    def _pieces(self, scenario: str, replication: int) -> Iterator[Path]:
        return self.replication_folder(scenario).glob(f"replication-{replication:05d}.*")

    def receipt(self, scenario: str, replication: int) -> dict[str, Any] | None:
        """The receipt of a finished replication, or None."""
        try:
            told = json.loads(self.receipt_file(scenario, replication).read_bytes())
        except (OSError, ValueError):
            return None
        return told if isinstance(told, dict) else None


def open_results(path: str | Path) -> Results:
    """The results folder at ``path``; refused politely if it is not one, or is from a newer version."""
    results = Results(Path(path))
    if not results.path.is_dir():
        raise fault(path, "is not a folder.")
    results.read_run()
    return results


__all__ = ["Faults", "Results", "open_results"]
