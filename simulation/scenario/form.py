"""The form of a scenario file: every top-level setting, and one dated change."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from simulation.settings import Parameters

SCHEMA_VERSION = 1
OPERATORS = ("add", "multiply", "set")
_SPOKEN = ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %B %Y", "%d %b %Y", "%B %Y", "%b %Y", "%m/%Y")
"""Days and months as people in England write them, the day first."""
EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2045, 12, 31)


def as_date(value: Any) -> Any:
    """A date from ``2020-09-01``, or the first of the month from ``2020-09``; raises ValueError otherwise."""
    if isinstance(value, dt.date):
        return value
    text = f"{value}-01" if re.fullmatch(r"[0-9]{4}-[0-9]{2}", str(value)) else str(value)
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(f"write a date as 2020-09-01, or a month as 2020-09{_meant(text)}")
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError("there is no such day in the calendar") from None
    if not EARLIEST <= date <= LATEST:
        raise ValueError(f"dates lie between {EARLIEST} and {LATEST}")
    return date


def _meant(text: str) -> str:
    """For a day written as people say it, ``01/09/2021`` or ``Sept 2021``: how the file writes it; else empty."""
    for form in _SPOKEN:
        with contextlib.suppress(ValueError):
            day = dt.datetime.strptime(re.sub(r"(?i)\bsept\b", "Sep", text.strip()), form)
            return f": here {day:%Y-%m-%d}" if "%d" in form else f": here {day:%Y-%m}"
    return ""


Date = Annotated[dt.date, BeforeValidator(as_date), Field(json_schema_extra={"pattern": r"^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$"})]
Line = Annotated[str, Field(max_length=300)]
Scalar = float | int | bool | str | None


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)


class ChangeForm(_Form):
    """One dated change: exactly one of add, multiply and set."""

    starts: Date = Field(alias="from", description="The day or month from which the change is in force.")
    until: Date | None = Field(None, description="The day or month from which it is no longer in force; empty: for good.")
    add: dict[str, float] | None = Field(None, description="Setting and what is added to it.")
    multiply: dict[str, float] | None = Field(None, description="Setting and what it is multiplied by.")
    set: dict[str, Any] | None = Field(None, description="Setting and its new value.")
    ramp_months: float = Field(0, ge=0, le=240, description="Months over which the change grows evenly to its full size.")
    note: Line = Field("", description="Why, or who decided.")

    @model_validator(mode="after")
    def _one_operator(self) -> ChangeForm:
        given = [name for name in OPERATORS if getattr(self, name) is not None]
        empty = [f"'{name}' names no setting" for name in given if not getattr(self, name)]
        for fault in (one_operator(given), *empty, in_order(self.starts, self.until)):
            if fault:
                raise ValueError(fault)
        return self


def one_operator(given: list[str]) -> str:
    """The fault of a change that has these operators; empty if it has one."""
    if len(given) == 1:
        return ""
    return f"a change has exactly one of add, multiply and set; this one has {' and '.join(given) or 'none'}"


def in_order(starts: dt.date | None, until: dt.date | None) -> str:
    """The fault of a change that ends before it begins; empty if there is none."""
    return f"'until' {until} is not after 'from' {starts}" if starts and until and until <= starts else ""


class Figure(_Form):
    """A published figure that travels with the scenario for charts and comparison."""

    indicator: str = Field(description="Name of the published indicator.")
    year: int = Field(ge=1990, le=2100, description="Year as published: 31 March, or the year ending then.")
    value: float = Field(description="The published figure.")
    unit: str = Field("", description="Unit as published.")
    source: str = Field("", description="Publisher and release.")


class Neighbour(_Form):
    """Another authority of the region: its scenario file and where its centre lies from this one's."""

    scenario: str = Field(min_length=1, description="A scenario file beside this one, or a packaged scenario.")
    x_miles: float = Field(ge=-400, le=400, description="Miles east of this authority's centre.")
    y_miles: float = Field(ge=-400, le=400, description="Miles north of this authority's centre.")


class Lever(_Form):
    """What kind of plan this is and how well founded its effect."""

    eligible: str = Field("", description="Which children, workers or homes it can reach.")
    evidence: str = Field("", description="The studies behind its size.")
    strength: Literal["strong", "medium", "weak", "none"] = Field("none", description="Strength of that evidence.")
    prior_share: str = Field("", description="How much of its effect rests on priors.")
    assumption_driven: bool = Field(False, description="True when the contrast follows from assumptions; charts say so.")


MOST_WEEKS = 52 * 100
"""The longest run that may be asked for: a hundred years."""


class Header(_Form):
    """The top-level settings of a scenario file that are not sections of parameters."""

    schema_version: int = Field(ge=1, le=SCHEMA_VERSION, description="Version of this form: 1.")
    title: str = Field("", max_length=200, description="What this scenario is, in a line.")
    question: str = Field("", max_length=1000, description="The question it is to answer.")
    extends: str | None = Field(None, description="A file beside this one, or a packaged scenario, that this one changes.")
    start: Date = Field(dt.date(2020, 2, 29), description="Date of the starting state; the first week begins the day after.")
    weeks: int = Field(260, ge=1, le=1305, description="Weeks simulated unless the command says otherwise.")
    mode: Literal["plan", "replay"] = Field(
        "plan",
        description="plan: posts, budgets, pay and leaders are imposed, headcount emerges; replay: published paths are imposed.",
    )
    changes: list[ChangeForm] = Field(default_factory=list, description="Dated changes, applied in date order.")
    rules: list[Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]] = Field(
        default_factory=list, description="Rules of your own, as module:Class; run only with --allow-rules.")
    uncertain: dict[str, Annotated[list[float], Field(min_length=2, max_length=2)]] = Field(
        default_factory=dict, description="Settings whose value is uncertain: [low, high], drawn evenly in an ensemble.")
    history: list[Figure] = Field(default_factory=list, description="Published figures that travel with the scenario.")
    borrowed: list[Line] = Field(default_factory=list, description="Figures not published, and what stands in for each.")
    lever: Lever | None = Field(None, description="If this scenario is a plan to compare: eligibility and evidence.")
    neighbours: list[Neighbour] = Field(
        default_factory=list, max_length=20, description="Authorities that step together with this one and share places.")
    stock_file: str | None = Field(None, description="A starting stock beside this file, made by 'profile'; never published.")


@lru_cache(maxsize=1)
def header_names() -> tuple[str, ...]:
    """Top-level settings that are not sections of parameters."""
    return tuple(Header.model_fields)


@lru_cache(maxsize=1)
def top_names() -> tuple[str, ...]:
    """Every top-level setting."""
    return (*Header.model_fields, *Parameters.model_fields)
