"""What an experiment costs beyond simulating: packing, writing, gathering and the tables, as a share of the model's own time.

    python benchmarks/engine_overhead.py [SCENARIO] [--weeks 261] [--replications 10] [--workers 2]

Processor seconds, so that a busy machine does not spoil the figures. Start-up (a few seconds a worker, once) is told apart.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

from simulation.experiment.runner import run_experiment


def main() -> None:
    """Run an experiment and print where the processor's time went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="?", default="bradford_2020")
    parser.add_argument("--weeks", type=int, default=261)
    parser.add_argument("--replications", type=int, default=10)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wall, here = time.perf_counter(), time.process_time()
        more = {"weeks": given.weeks, "workers": given.workers, "out": folder, "report": False}
        out = run_experiment([given.scenario], given.replications, **more)
        wall, here = time.perf_counter() - wall, time.process_time() - here
        receipts = [json.loads(path.read_text())["cpu_seconds"] for path in sorted(Path(out).glob("runs/*/replication-*.json"))]
    tell(given, receipts, wall, here / given.replications)


def tell(given: argparse.Namespace, receipts: list[dict[str, float]], wall: float, here: float) -> None:
    """Print the shares; the first replication, which also notes which settings are read, is left out."""
    model = sum(one["simulating"] for one in receipts[1:]) / (len(receipts) - 1)
    packing = sum(one["packing"] for one in receipts[1:]) / (len(receipts) - 1)
    children, own = resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF)
    spent = sum(one["simulating"] + one["packing"] for one in receipts)
    start = (children.ru_utime + children.ru_stime - spent) / max(given.workers, 1)
    print(f"{given.scenario}, {given.weeks} weeks, {given.replications} replications, {given.workers} workers: {wall:.1f} s")
    print("processor seconds a replication:")
    print(f"  model         {model:8.3f}")
    print(f"  packing       {packing:8.3f}  {100 * packing / model:5.1f}%")
    print(f"  this process  {here:8.3f}  {100 * here / model:5.1f}%  writing, gathering, tables, workbook")
    print(f"  overhead      {packing + here:8.3f}  {100 * (packing + here) / model:5.1f}% of the model")
    print(f"start-up of a worker, once: {start:.1f} processor seconds")
    print(f"largest memory: {own.ru_maxrss / 1024:.0f} MB here, {children.ru_maxrss / 1024:.0f} MB in a worker")


if __name__ == "__main__":
    main()
