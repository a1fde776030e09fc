"""Where an experiment's results go, and what becomes of what is there: said in plain lines before anything runs."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulation.base.errors import fault
from simulation.base.wording import listed, plural
from simulation.experiment.plan import Plan
from simulation.results.folder import RECEIPT, Results

LONGEST = 80
"""Letters a default folder's name may have before plans are counted instead of named."""


def default_folder(scenarios: Sequence[Any]) -> Path:
    """``results/<base>_and_<plans>``: every set of scenarios, and of values given by ``--set``, has a folder of its own."""
    first, *plans = [scenario.id for scenario in scenarios]
    told = [plan.removeprefix(f"{first}_") for plan in plans]
    name = "_and_".join([first, *told])
    if len(name) > LONGEST:
        name = f"{first}_and_{len(plans)}_plans_{_digest(plans)}"
    overrides = [given for scenario in scenarios for given in getattr(scenario, "overrides", ())]
    return Path("results") / (f"{name}_set_{_digest(overrides)}" if overrides else name)


def _digest(texts: Sequence[str]) -> str:
    return hashlib.blake2b("\0".join(texts).encode(), digest_size=3).hexdigest()


@dataclass(frozen=True)
class Holds:
    """What a folder holds already, seen from a run that is to be: replications it would keep, put aside or leave out.

    kept: of the same inputs. beyond: those of them that the new tables would not hold, because fewer are asked for.
    other: made from other inputs. strangers: scenarios that have replications here and are not in the run.
    """

    kept: int
    beyond: int
    other: int
    strangers: tuple[str, ...]
    written: bool

    @property
    def lost(self) -> list[str]:
        """In words, what would be in the folder's tables no longer; empty if all of it would."""
        lines = []
        if self.other:
            inputs = "settings, weeks, seed, draws or version"
            lines.append(f"{plural(self.other, 'replication')} made from other inputs ({inputs})")
        if self.strangers:
            lines.append(f"the replications of {listed(list(self.strangers))}")
        if self.beyond:
            lines.append(f"{plural(self.beyond, 'replication')} beyond the number asked for now")
        return lines


def holds(results: Results, plan: Plan, replications: int | str) -> Holds:
    """What is in the folder, seen from a run of ``plan`` with so many replications (or ``auto``)."""
    ids = {scenario.id: scenario for scenario in plan.scenarios}
    same: list[int] = []
    other, strangers = 0, []
    for folder in sorted(one for one in (results.path / "runs").glob("scenario=*") if one.is_dir()):
        name = folder.name.partition("=")[2]
        numbers = [int(found[1]) for piece in folder.iterdir() if (found := RECEIPT.fullmatch(piece.name))]
        if name not in ids:
            strangers += [name] if numbers else []
            continue
        here = [n for n in numbers if (results.receipt(name, n) or {}).get("key") == plan.task(ids[name], n).key]
        same, other = same + here, other + len(numbers) - len(here)
    beyond = sum(n > replications for n in same) if isinstance(replications, int) else 0
    return Holds(len(same), beyond, other, tuple(strangers), (results.path / "summary.csv").exists())


def check_replaces_nothing(results: Results, plan: Plan, replications: int | str) -> None:
    """Refuse a run that would take replications out of the tables and report of a folder; raises Faults."""
    lost = holds(results, plan, replications).lost if os.path.isdir(results.path) else []
    if lost:
        trial = results.path.with_name(f"{results.path.name}_trial")
        raise fault(
            results.path,
            f"holds results that this run would replace: {listed(lost)}. Nothing was changed. Choose a folder of its own "
            f"(--out {trial}), or say --replace to have this run's tables and report here instead.",
        )


def what_becomes(results: Results, plan: Plan) -> list[str]:
    """Lines for the user: which replications in the folder are kept, put aside or left alone, and what is replaced."""
    here = holds(results, plan, "auto")
    if not (here.kept or here.other or here.strangers or here.written):
        return [f"Results go to {results.path}."]
    lines = [f"{results.path} holds results already: its tables and report are replaced by this run's."]
    if here.kept:
        are = "is" if here.kept == 1 else "are"
        lines.append(f"{plural(here.kept, 'replication')} of the same inputs {are} kept and not run again.")
    if here.other:
        lines.append(
            f"{plural(here.other, 'replication')} made from other inputs (settings, weeks, seed, draws or version) "
            f"{'is' if here.other == 1 else 'are'} moved to {results.path / 'quarantine'} when run again; nothing is deleted."
        )
    if here.strangers:
        names = listed(list(here.strangers))
        lines.append(f"Replications of {names} stay in {results.path / 'runs'} but are in no table of this run.")
    return lines
