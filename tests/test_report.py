"""The report, made from result files alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_results import make

from simulation.report import write_report


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small experiment with its report."""
    made = make(tmp_path_factory.mktemp("results") / "fake")
    write_report(made)
    return made


def test_the_page_and_its_charts_are_there(folder: Path) -> None:
    assert "Do plans come in time" in (folder / "report.html").read_text(encoding="utf-8")
    assert {p.suffix for p in (folder / "charts").iterdir()} == {".svg", ".png"}
