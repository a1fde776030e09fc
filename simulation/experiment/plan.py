"""What is to be run: the tasks of an experiment, each with the key that says whether a result is still good."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import pickle
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from simulation.base.errors import Fault, Faults
from simulation.experiment.ensemble import Ensemble
from simulation.experiment.replication import MODEL, Task
from simulation.scenario.form import MOST_WEEKS

ROOMS_ASIDE = {"page", "results", "experiment", "evidence", "report"}
NOT_THE_MODEL = ROOMS_ASIDE | {"words.py", "life.py", "look_up.py", "reference.py", "cli.py", "app.py"}
"""Parts of the package whose change leaves finished replications good."""
SAFE_NAME = re.compile(r"[\w .,()'-]{1,80}")
MOST_REPLICATIONS = 100_000


@dataclass(frozen=True)
class Plan:
    """Everything an experiment depends on, apart from how many replications and who does the work."""

    scenarios: Sequence[Any]
    seed: int = 0
    weeks: int | None = None
    ensemble: Ensemble | None = None
    events: bool = False
    function: str = MODEL
    packed: dict[str, bytes] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.packed.update({scenario.id: pickle.dumps(scenario) for scenario in self.scenarios})

    def tasks(self, numbers: Iterable[int]) -> list[Task]:
        """Tasks of the replications ``numbers`` of every scenario; all scenarios of a replication stand together."""
        return [self.task(scenario, number) for number in numbers for scenario in self.scenarios]

    def task(self, scenario: Any, number: int) -> Task:
        """One replication of one scenario."""
        draw_number = self.ensemble.draw_of(number) if self.ensemble else None
        draw = self.ensemble.values(draw_number) if self.ensemble and draw_number is not None else None
        events = self.events or number == 1
        key = self._key(scenario, number, draw, events)
        return Task(
            scenario.id, number, key, self.function, self.packed[scenario.id], self.seed, self.weeks, draw_number, draw, events
        )

    def _key(self, scenario: Any, number: int, draw: dict[str, Any] | None, events: bool) -> str:
        told = {
            "scenario": scenario.content_hash,
            "seed": self.seed,
            "replication": number,
            "weeks": self.weeks,
            "draw": draw,
            "events": events,
            "model": model_version(self.function, tuple(getattr(scenario, "rules", ()) or ())),
        }
        return hashlib.blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=16).hexdigest()

    def check(self) -> None:
        """Refuse scenarios that could not share a folder."""
        names = [scenario.id for scenario in self.scenarios]
        faults = [
            Fault(name, "is given twice; two scenarios of one experiment need different file names.")
            for name in dict.fromkeys(names)
            if names.count(name) > 1
        ]
        faults += [
            Fault(name, "is no name for a scenario: use letters, digits, spaces and . , ( ) ' - _ (80 at most).")
            for name in names
            if not SAFE_NAME.fullmatch(name) or set(name) <= {"."}
        ]
        if not names:
            faults.append(Fault("run", "no scenario was given."))
        faults += _whole("--seed", self.seed, 0, 2**63 - 1)
        if self.weeks is not None:
            faults += _whole("--weeks", self.weeks, 1, MOST_WEEKS)
        if faults:
            raise Faults(faults)


def _whole(where: str, value: Any, low: int, high: int) -> list[Fault]:
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return []
    return [Fault(where, f"{value!r} is not a whole number from {low:,} to {high:,}.")]


def check_number(where: str, value: Any, low: int, high: int) -> None:
    """Refuse ``value`` unless it is a whole number from ``low`` to ``high``."""
    if faults := _whole(where, value, low, high):
        raise Faults(faults)


@lru_cache(maxsize=8)
def model_version(function: str = MODEL, rules: tuple[str, ...] = ()) -> str:
    """A hash of the code that a replication depends on: the model's rooms, the function's module, rules of the user's own."""
    package = Path(__file__).parents[1]
    sources = [path for path in sorted(package.rglob("*.py")) if path.relative_to(package).parts[0] not in NOT_THE_MODEL]
    digest = hashlib.blake2b(digest_size=8)
    for path in sources:
        digest.update(f"{path.relative_to(package).as_posix()}\0".encode() + path.read_bytes())
    for name in (function, *rules):
        digest.update(_module_source(name.partition(":")[0], package))
    return digest.hexdigest()


def _module_source(module: str, package: Path) -> bytes:
    """Source of a module outside the package (a rule of the user's own), without running it."""
    if module.split(".")[0] == package.name:
        return module.encode()
    found = importlib.util.find_spec(module)
    origin = Path(found.origin) if found and found.origin else None
    return module.encode() + (origin.read_bytes() if origin and origin.is_file() else b"")
