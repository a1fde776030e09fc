"""How a setting is declared: its meaning, unit, bounds, source and how sure we are of it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

CONFIDENCE = {
    "D": "official statistics",
    "C": "computed from official statistics",
    "F": "found in a document",
    "M": "general knowledge of the field (prior)",
    "J": "judgement (prior)",
    "X": "choice of the user",
}
PRIORS = frozenset("MJ")


class Section(BaseModel):
    """A group of settings; refuses names it does not know, infinities and not-a-numbers."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, validate_assignment=False, strict=False)


def number(
    default: float | int,
    meaning: str,
    *,
    unit: str,
    low: float,
    high: float,
    source: str,
    confidence: str,
    prior: tuple[float, float] | None = None,
) -> Any:
    """A number with meaning, ``unit``, bounds ``low`` to ``high``, ``source`` and ``confidence`` (a key of CONFIDENCE).

    ``prior`` is the plausible range that ensembles draw from (uniform); it lies within the bounds.
    """
    if confidence not in CONFIDENCE:
        raise ValueError(f"confidence {confidence!r} is not one of {', '.join(CONFIDENCE)}")
    extra: dict[str, Any] = {"unit": unit, "source": source, "confidence": confidence}
    if prior is not None:
        extra["prior"] = [float(prior[0]), float(prior[1])]
    return Field(default, description=meaning, ge=low, le=high, json_schema_extra=extra)


def choice(default: Any, meaning: str, *, source: str = "choice of the user", confidence: str = "X") -> Any:
    """A word, switch, date, table or list; its type says what is allowed."""
    extra: dict[str, Any] = {"unit": "choice", "source": source, "confidence": confidence}
    if callable(default):
        return Field(default_factory=default, description=meaning, json_schema_extra=extra)
    return Field(default, description=meaning, json_schema_extra=extra)
