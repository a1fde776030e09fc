"""A replication that is quick and keeps the contract: keyed random walks for counted measures, and ways to go wrong."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from simulation.base.measures import REGISTER
from simulation.settings import Parameters

NAME = "quick_model:run_replication"
COUNTED = [
    *("n_looked_after", "new_care_starts", "new_care_ceased", "new_cohort_12_months", "new_permanent_12_months", "n_places", "n_posts"),
    *("n_social_workers", "new_visits_due", "new_visits_on_time", "index_wellbeing", "gbp_net", "n_outside_boundary"),
]
GROUPS = {
    "n_looked_after": ("age:under 1", "age:10-15", "placement:foster own", "placement:residential"),
    "new_care_ceased": ("reason:adopted",),
    "new_permanent_12_months": ("route:adoption",),
    "n_places": ("state:free", "kind:foster"),
}
SERIES = [(measure, group) for measure in COUNTED for group in ("all", *GROUPS.get(measure, ()))]


@dataclass(frozen=True)
class Scenario:
    """As much of a scenario as the runner asks for."""

    id: str
    posts: float = 467.5
    title: str = ""
    question: str = "What would more posts change?"
    extends: str | None = None
    start: dt.date = dt.date(2020, 3, 29)
    lever: Any = None
    rules: tuple[str, ...] = ()
    history: tuple[Any, ...] = ()
    changes: tuple[Any, ...] = ()
    origins: dict[str, str] = field(default_factory=dict)
    parameters: Parameters = field(default_factory=Parameters)

    @property
    def content_hash(self) -> str:
        """Of all that decides what is simulated."""
        return hashlib.sha256(f"{self.posts}{self.start}".encode()).hexdigest()

    def as_yaml(self) -> str:
        """The resolved scenario."""
        return f"schema_version: 1\ntitle: {self.title}\n"


BASE, PLAN = Scenario("base"), Scenario("plan", posts=497.5, extends="base.yaml")


def run_replication(scenario, replication, seed=0, weeks=None, draw=None, events=False, progress=None):
    """Contracted tables; posts raise workers and (a little, not the same in every future) lower everything else."""
    weeks = weeks or 60
    luck = np.random.Generator(np.random.PCG64([seed, replication]))
    posts = scenario.posts + (draw or {}).get("posts", 0.0)
    tables = {"weekly": _weekly(scenario, replication, weeks, posts, luck), "periods": _children(scenario, replication, luck)}
    tables["money"] = _money(replication, weeks, luck)
    if events:
        day = [str(scenario.start), str(scenario.start)]
        tables["events"] = pd.DataFrame({"replication": replication, "child": [1, 2], "date": day, "event": "moved"})
        tables["events"] = tables["events"].assign(**{"from": ["foster own", None], "to": "residential"})
    return tables


def _weekly(scenario, replication, weeks, posts, luck):
    steps = luck.normal(0, 1, (len(SERIES), weeks + 1)).cumsum(1)
    slopes = luck.normal(0.02, 0.01, (len(SERIES), 1))
    staff = np.array([name.startswith("n_social") for name, _ in SERIES])[:, None]
    values = np.maximum(0.0, np.where(staff, posts, 500.0 - slopes * posts) + steps)
    dates = (np.datetime64(scenario.start, "D") + 7 * np.arange(weeks + 1)).astype(str)
    frame = pd.DataFrame({"replication": replication, "week": np.tile(np.arange(weeks + 1), len(SERIES))})
    frame["date"] = np.tile(dates, len(SERIES))
    for place, column in enumerate(("measure", "group")):
        frame[column] = np.repeat([series[place] for series in SERIES], weeks + 1)
    return frame.assign(unit=frame["measure"].map(lambda name: REGISTER[name].unit), value=values.ravel())


def _children(scenario, replication, luck):
    n = 30
    frame = pd.DataFrame({"replication": replication, "child": np.arange(n), "family": np.arange(n) // 2})
    frame["sex"] = luck.choice(["F", "M"], n)
    frame["care_start"] = np.datetime64(scenario.start, "D") + luck.integers(0, 200, n)
    frame["care_end"] = pd.NaT if replication % 2 else frame["care_start"] + pd.Timedelta(days=30)
    frame["permanence_date"] = None
    frame["route"] = luck.choice(["adoption", None], n)
    return frame.assign(n_placements=luck.integers(1, 5, n), started_before=luck.random(n) < 0.5)


def _money(replication, weeks, luck):
    lines = [("placements", "own"), ("placements", "agency"), ("staff", ""), ("income", "")]
    frame = pd.DataFrame({"replication": replication, "week": np.repeat(np.arange(1, weeks + 1), len(lines))})
    frame["category"], frame["provider"] = [line for line, _ in lines] * weeks, [provider for _, provider in lines] * weeks
    return frame.assign(gbp=luck.gamma(20, 1000, len(frame)) * np.tile([1, 1, 1, -0.2], weeks))


def slow(scenario, replication, **more):
    """Takes about a tenth of a second, so that a kill finds work in hand."""
    time.sleep(0.1)
    return run_replication(scenario, replication, **more)


def deadly(scenario, replication, **more):
    """Replication 3 always kills its worker."""
    if replication == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return run_replication(scenario, replication, **more)


def deadly_once(scenario, replication, **more):
    """Replication 2 kills its worker the first time; every start is noted in the folder the environment names."""
    notes = Path(os.environ["QUICK_MODEL_NOTES"])
    with open(notes / "starts", "a") as starts:
        starts.write(f"{replication}\n")
    if replication == 2 and not (notes / "died").exists():
        (notes / "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return run_replication(scenario, replication, **more)


def faulty(scenario, replication, **more):
    """Replication 2 raises."""
    if replication == 2:
        raise ZeroDivisionError("two is a bad number")
    return run_replication(scenario, replication, **more)
