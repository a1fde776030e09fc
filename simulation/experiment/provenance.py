"""What ``run.json`` says: enough to know where every figure came from and to make it again."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from simulation.experiment.plan import Plan, model_version
from simulation.scenario.ensemble import ranges
from simulation.scenario.names import get, settings

OWN = "S"
"""Confidence of a value that the scenario gives: as good as the source its file names."""
PACKAGES = ("mesa", "numpy", "scipy", "pandas", "pyarrow", "pydantic")


def about_run(plan: Plan, bases: dict[str, str]) -> dict[str, Any]:
    """Versions, commit, machine and scenarios; nothing that names a person or a place on the disc."""
    return {
        "versions": versions(plan),
        "commit": commit(),
        "machine": f"{os.cpu_count()} processors, {platform.system()}, Python {platform.python_version()}",
        "scenarios": [about_scenario(scenario, bases.get(scenario.id, "")) for scenario in plan.scenarios],
    }


def versions(plan: Plan) -> dict[str, str]:
    """Versions of the program, of the model's code and of the packages that results depend on."""
    found = {"headroom": _version("headroom"), "model": model_version(plan.function), "python": platform.python_version()}
    return found | {name: _version(name) for name in PACKAGES}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


@lru_cache(maxsize=1)
def commit() -> str:
    """The commit of a working copy, ``+`` if it has changes; ``unknown`` for an installed package."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    try:
        head = git("rev-parse", "HEAD")
        return head + ("+" if git("status", "--porcelain", "--untracked-files=no", "--", "..") else "") if head else "unknown"
    except (OSError, subprocess.SubprocessError):
        return "unknown"


def about_scenario(scenario: Any, base: str) -> dict[str, Any]:
    """One scenario: its question, history, lever and every parameter with its source."""
    lever = _plain(scenario.lever)
    return {
        "id": scenario.id,
        "title": scenario.title,
        "question": scenario.question,
        "hash": scenario.content_hash,
        "extends": base,
        "start": str(getattr(scenario, "start", "")),
        "mode": getattr(scenario, "mode", ""),
        "stock_file": stock.name if (stock := getattr(scenario, "stock_file", None)) else "",
        "lever": lever or {},
        "history": [_plain(figure) for figure in scenario.history],
        "fit": [_plain(one) for one in getattr(getattr(scenario, "header", None), "fit", ())],
        "walks": len(getattr(getattr(scenario, "header", None), "walks", ())),
        "changes": _changes(scenario),
        "overrides": list(getattr(scenario, "overrides", ())),
        "rules": list(getattr(scenario, "rules", ()) or ()),
        "parameters": parameters(scenario),
        "assumption_driven": bool((lever or {}).get("assumption_driven", False)),
    }


def _changes(scenario: Any) -> list[Any]:
    """Dated changes as written, each with the file and line of its origin where they are known."""
    header = getattr(scenario, "header", None)
    if header is None:
        return [_plain(change) for change in scenario.changes]
    origins = [change.where.rsplit(": ", 1)[0].rsplit("/", 1)[-1].rsplit(":", 1)[0] for change in scenario.changes]
    return [{**_plain(form), "origin": origin} for form, origin in zip(header.changes, origins, strict=True)]


def _plain(thing: Any) -> Any:
    return thing.model_dump(mode="json", by_alias=True, exclude_none=True) if hasattr(thing, "model_dump") else thing


def parameters(scenario: Any) -> list[dict[str, Any]]:
    """Every setting: name, value, unit, meaning, source, confidence, origin, range drawn, and whether it is the default.

    Where the scenario gives the value, source and confidence (``S``) are the scenario's own, and the setting's prior,
    which belongs to the default, is left out: nobody draws it. A range the scenario itself gives is kept.
    """
    rows, drawn = [], ranges(scenario) if hasattr(scenario, "uncertain") else {}
    for name, setting in settings().items():
        value = _plain_value(get(scenario.parameters, name))
        origin = scenario.origins.get(name, "default")
        own = origin != "default"
        low, high = drawn.get(name, (None, None) if own else setting.prior or (None, None))
        rows.append(
            {
                "name": name,
                "value": value,
                "unit": setting.unit,
                "meaning": setting.meaning,
                "source": _own_source(scenario, name, origin) if own else setting.source,
                "confidence": OWN if own else setting.confidence,
                "origin": origin,
                "prior_low": low,
                "prior_high": high,
                "default": value == _plain_value(setting.default),
            }
        )
    return rows


def _own_source(scenario: Any, name: str, origin: str) -> str:
    """Where the scenario gives a value, and what its file says of it."""
    if origin.startswith("--set"):
        return "given on the command line"
    said = getattr(scenario, "sources", {}).get(name, "")
    return f"{said} ({origin})" if said else f"{origin}, which names no source"


def _plain_value(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain_value(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_value(inner) for inner in value]
    return (
        value
        if isinstance(value, bool | int | float | str) or value is None
        else _plain(value)
        if hasattr(value, "model_dump")
        else str(value)
    )


def command_line() -> str:
    """The command as typed, without the path of the program."""
    return " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
