"""An experiment's folder compared anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from simulation.base.errors import fault, nearest
from simulation.experiment.compare import compare_all
from simulation.experiment.ensemble import Ensemble
from simulation.experiment.finish import Finished
from simulation.results import files
from simulation.results.folder import Results, open_results
from simulation.results.gather import matrices
from simulation.results.summary import CONFIDENCE
from simulation.results.tables import TABLES


def compare_folder(path: Path | str, base: str | None = None, method: str = "t", confidence: float = CONFIDENCE) -> pd.DataFrame:
    """Compare the scenarios of a results folder (each with ``base``, or with its own) and write ``comparison.csv``."""
    path = Path(path)
    results = open_results(path)
    run = results.read_run()
    names = [scenario["id"] for scenario in run["scenarios"]]
    if base is not None and base not in names:
        raise fault("--base", f"'{base}' is not among the scenarios {', '.join(names)}.{nearest(base, names)}")
    if len(names) < 2:
        raise fault(path, "holds one scenario; a comparison needs two.")
    bases = {one["id"]: base or one["extends"] or names[0] for one in run["scenarios"]}
    bases = {name: against for name, against in bases.items() if name != against}
    with files.locked(results.path):
        done = finished_in(results, names, run)
        clusters = {int(number): draw for number, draw in run.get("ensemble", {}).get("draw_of_replication", {}).items()}
        frame = compare_all(matrices(results, done, clusters or None), bases, _drawn(results, done, clusters), confidence, method)
        if frame is None:
            raise fault(path, "has no finished replications to compare.")
        files.write_csv(results.path / TABLES["comparison"].file, frame, "comparison")
    return frame


def finished_in(results: Results, names: list[str], run: dict[str, Any]) -> Finished:
    """Finished replications that belong to the run described in ``run.json``."""
    most = run["replications"] if isinstance(run["replications"], int) else 0
    return [(name, number) for name in names for number in range(1, most + 1) if results.receipt(name, number)]


def _drawn(results: Results, done: Finished, clusters: dict[int, int]) -> Ensemble | None:
    """The draws used, as the receipts remember them."""
    if not clusters:
        return None
    draws: dict[int, dict[str, float]] = {}
    for scenario, number in done:
        receipt = results.receipt(scenario, number) or {}
        if receipt.get("values"):
            draws[clusters[number]] = receipt["values"]
    return Ensemble(dict(sorted(draws.items())))
