"""Where an experiment's results go, and what becomes of what is there: said in plain lines before anything runs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simulation.experiment.plan import Plan
from simulation.results.folder import RECEIPT, Results
from simulation.words import listed, plural

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


def what_becomes(results: Results, plan: Plan) -> list[str]:
    """Lines for the user: which replications in the folder are kept, put aside or left alone, and what is replaced."""
    ids = {scenario.id: scenario for scenario in plan.scenarios}
    kept, other, strangers = 0, 0, []
    for folder in sorted(one for one in (results.path / "runs").glob("scenario=*") if one.is_dir()):
        name = folder.name.partition("=")[2]
        numbers = [int(found[1]) for piece in folder.iterdir() if (found := RECEIPT.fullmatch(piece.name))]
        if name not in ids:
            strangers += [name] if numbers else []
            continue
        same = sum((results.receipt(name, n) or {}).get("key") == plan.task(ids[name], n).key for n in numbers)
        kept, other = kept + same, other + len(numbers) - same
    if not (kept or other or strangers or (results.path / "summary.csv").exists()):
        return [f"Results go to {results.path}."]
    lines = [f"{results.path} holds results already: its tables and report are replaced by this run's."]
    if kept:
        lines.append(f"{plural(kept, 'replication')} of the same inputs {'is' if kept == 1 else 'are'} kept and not run again.")
    if other:
        lines.append(
            f"{plural(other, 'replication')} made from other inputs (settings, weeks, seed, draws or version) "
            f"{'is' if other == 1 else 'are'} moved to {results.path / 'quarantine'} when run again; nothing is deleted."
        )
    if strangers:
        lines.append(f"Replications of {listed(strangers)} stay in {results.path / 'runs'} but are in no table of this run.")
    return lines
