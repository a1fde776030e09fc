"""What tests share: scenario files written on the spot, and the reading beside the project if it is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

UNTIMED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
settings.register_profile("headroom", deadline=None, derandomize=True, suppress_health_check=UNTIMED)
settings.register_profile("thorough", deadline=None, max_examples=2000, suppress_health_check=UNTIMED)
"""Chosen with --hypothesis-profile=thorough: other examples each time."""
settings.load_profile("headroom")

MINUTE = {
    *("test_recipes", "test_known_answers", "test_scenario_changes", "test_scenario_effects", "test_results_periods"),
    *("test_pay_back", "test_experiment_pack", "test_look_up", "test_life", "test_money"),
}
"""Modules of the check after installing: a plan is read and run, known answers are met, money adds up."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of the one-minute check, slow ones left out."""
    for item in items:
        if item.path.stem in MINUTE and not item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.minute)


ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """``write(text, name="try.yaml")`` writes a file in an empty folder and returns its path."""

    def write_file(text: str, name: str = "try.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return path

    return write_file


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reading beside the project; the test is skipped where it is absent."""
    path = ROOT.parent / "shared"
    if not path.is_dir():
        pytest.skip("no ../shared beside the project")
    return path
