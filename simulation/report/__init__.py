"""Charts and the HTML page, made from result files alone: ``write_report(folder)``."""

from __future__ import annotations

from pathlib import Path


def write_report(folder: Path | str) -> Path:
    """Write ``report.html`` and ``charts/`` in a results folder; see ``simulation.report.write``."""
    from simulation.report.write import write_report as write

    return write(folder)
