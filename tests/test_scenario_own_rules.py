"""The worked example of a rule, a duty and an order of one's own, from outside the package."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from simulation.base.errors import Faults
from simulation.model import ChildrensServices
from simulation.model.plug_in import extra_rules
from simulation.scenario import load

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "docs" / "examples"


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example copied to a folder that is nowhere near the package."""
    folder = tmp_path_factory.mktemp("mine") / "plans"
    shutil.copytree(EXAMPLES, folder)
    return folder / "early_permanence.yaml"


def measured(scenario, weeks: int = 8) -> dict[str, float]:
    """Each measure added up over the weeks of a short checked run."""
    model = ChildrensServices(scenario, weeks=weeks, checked=True)
    for _ in range(weeks):
        model.step()
    weekly = model.outputs()["weekly"].query("week > 0")
    names = weekly["measure"].astype(str) + " " + weekly["group"].astype(str)
    return weekly["value"].groupby(names).sum().to_dict()


def test_the_rule_the_duty_and_the_order_act(plan: Path) -> None:
    with_rule, without = load(plan, allow_rules=True), load(plan, ["rules=[]"])
    model = ChildrensServices(with_rule, weeks=1)
    week = [type(rule).__name__ for rule in model.rules]
    assert week[week.index("Duties") + 1] == "EarlyPermanence"
    acted, base = measured(with_rule), measured(without)
    assert acted["n_plans_waiting waits_for:manager"] < 0.2 * base["n_plans_waiting waits_for:manager"]
    assert acted["hours_granted duty:sibling contact"] > 0
    assert with_rule.parameters.casework.order == "highest_risk_first"


def test_it_is_refused_unless_allowed(plan: Path) -> None:
    with pytest.raises(Faults, match="add --allow-rules"):
        ChildrensServices(load(plan), weeks=1)


def test_a_rule_that_ends_the_program_is_refused_in_words(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "mine")
    (tmp_path / "mine" / "my_rules.py").write_text("raise SystemExit(0)\n")
    with pytest.raises(Faults, match="'my_rules' could not be loaded: SystemExit: 0"):
        extra_rules(load(tmp_path / "mine" / "early_permanence.yaml", allow_rules=True))


@pytest.mark.parametrize("name", ["my_rules", "a:b:c", "../x:Y"])
def test_a_rule_without_its_class_is_said_in_words(name: str, plan: Path) -> None:
    with pytest.raises(Faults, match="a rule is named module:Class, such as my_rules:EarlyPermanence"):
        load(plan, [f"rules=['{name}']"])


def test_from_the_command_line_in_another_process(plan: Path) -> None:
    out = plan.parent / "results"
    command = [sys.executable, str(ROOT / "run.py"), "run", plan.name, "--weeks", "1", "--replications", "1", "--workers", "1", "--no-report",
               "--out", str(out)]  # fmt: skip
    refused = subprocess.run(command, cwd=plan.parent, capture_output=True, text=True, timeout=600, check=False)
    assert (refused.returncode, out.exists()) == (2, False)
    assert "early_permanence.yaml:5: names rules of its own (my_rules:EarlyPermanence)" in refused.stderr
    done = subprocess.run([*command, "--allow-rules"], cwd=plan.parent, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    assert "my_rules:EarlyPermanence" in (out / "run.json").read_text()


def test_the_guide_shows_the_rule_as_it_is() -> None:
    code = (EXAMPLES / "my_rules.py").read_text(encoding="utf-8")
    guide = (ROOT / "docs" / "own_rules.md").read_text(encoding="utf-8")
    assert guide.split("```python\n")[1].split("```")[0].strip() in code
