"""Dotted names of settings (``workforce.notice_weeks``): looking them up, setting them, what is known of each."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from simulation.settings import Parameters

NUMBERS = (int, float)
READ = "_settings_read"
"""Where parameters that remember what is read of them (see reading.py) keep it."""


@dataclass(frozen=True)
class Setting:
    """What is known of one setting: ``kind`` is ``whole``, ``number`` or ``choice``; low, high, prior may be absent."""

    name: str
    default: Any
    meaning: str
    unit: str
    kind: str
    low: float | None
    high: float | None
    source: str
    confidence: str
    prior: tuple[float, float] | None

    def clip(self, value: float) -> float | int:
        """The value within the bounds, whole if the setting is."""
        if self.low is not None:
            value = max(value, self.low)
        if self.high is not None:
            value = min(value, self.high)
        return round(value) if self.kind == "whole" else value


@lru_cache(maxsize=1)
def settings() -> dict[str, Setting]:
    """Every setting by dotted name, in the order of the sections."""
    return dict(_settings(Parameters()))


def _settings(model: BaseModel, name: str = "") -> Iterator[tuple[str, Setting]]:
    for leaf, field in type(model).model_fields.items():
        dotted, value = f"{name}{leaf}", getattr(model, leaf)
        if isinstance(value, BaseModel):
            yield from _settings(value, f"{dotted}.")
        else:
            yield dotted, _setting(dotted, field, value)


def _setting(name: str, field: FieldInfo, default: Any) -> Setting:
    bounds = {kind: getattr(limit, kind) for limit in field.metadata for kind in ("ge", "le") if hasattr(limit, kind)}
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    prior: Any = extra.get("prior")
    return Setting(
        name, default, field.description or "", str(extra.get("unit", "")), _kind(field.annotation),
        bounds.get("ge"), bounds.get("le"), str(extra.get("source", "")), str(extra.get("confidence", "")),
        (prior[0], prior[1]) if prior else None,
    )  # fmt: skip


def _kind(annotation: Any) -> str:
    return {int: "whole", float: "number"}.get(annotation, "choice")


def find(name: str, parameters: BaseModel) -> Setting | None:
    """What is known of a setting, a row of a table included (``casework.duties.visit.hours``); None if there is none."""
    known = settings().get(name)
    if known is not None:
        return known
    above, _, leaf = name.rpartition(".")
    try:
        row, value = get(parameters, above), get(parameters, name)
    except KeyError:
        return None
    if isinstance(row, BaseModel) and not isinstance(value, BaseModel):
        return _setting(name, type(row).model_fields[leaf], value)
    return None


def get(parameters: BaseModel, name: str) -> Any:
    """The value of a dotted setting; rows of a table by their name. Raises KeyError with the nearest name."""
    here: Any = parameters
    for part in name.split("."):
        here = _step(here, part, name)
    return here


def unknown(name: str, parameters: BaseModel) -> str:
    """What to say of a name that is no setting, with the nearest one; empty if it is one."""
    try:
        get(parameters, name)
    except KeyError as error:
        return str(error.args[0])
    return ""


def put(parameters: BaseModel, name: str, value: Any) -> None:
    """Give a live setting its value, without checking it. A new value has not been read until it is read again."""
    above, _, leaf = name.rpartition(".")
    here = get(parameters, above)
    if get(parameters, name) != value:
        read: set[str] = getattr(type(parameters), READ, set())
        read.difference_update([setting for setting in read if setting == name or name.startswith(f"{setting}.")])
    if isinstance(here, dict):
        here[leaf] = value
    else:
        setattr(here, leaf, value)


def _step(here: Any, part: str, name: str) -> Any:
    if isinstance(here, BaseModel) and part in type(here).model_fields:
        return vars(here)[part]  # a look-up by name is no reading of a setting: see reading.py
    if isinstance(here, dict) and part in here:
        return here[part]
    if isinstance(here, list):
        for row in here:
            if isinstance(row, BaseModel) and getattr(row, "name", None) == part:
                return row
    raise KeyError(f"there is no setting '{name}'.{suggestion(name, _beside(here))}")


def _beside(here: Any) -> list[str]:
    """The names found in a section, a mapping or a table."""
    if isinstance(here, BaseModel):
        return list(type(here).model_fields)
    return [str(getattr(row, "name", row)) for row in here] if isinstance(here, (list, dict)) else []


def suggestion(name: str, beside: Iterable[str] = ()) -> str:
    """The nearest dotted name: one ``beside`` it, the same setting in another section, or one spelt alike; else how to look."""
    above, _, leaf = name.rpartition(".")
    close = difflib.get_close_matches(leaf, list(beside), n=1, cutoff=0.7)
    if close:
        return f" Did you mean '{above}.{close[0]}'?"
    same = [other for other in settings() if other.rsplit(".", 1)[-1] == leaf]
    if same:
        return f" Did you mean '{same[0]}'?"
    found = difflib.get_close_matches(name, settings(), n=1, cutoff=0.75)
    return f" Did you mean '{found[0]}'?" if found else " 'run.py describe WORD' finds settings by a word of their meaning."


def is_number(value: Any) -> bool:
    """True for whole and decimal numbers, not for switches."""
    return isinstance(value, NUMBERS) and not isinstance(value, bool)
