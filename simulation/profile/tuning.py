"""A profile tuned: closed-form targets set its parameters and a few pilot replications turn them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulation.profile import expect, outcomes
from simulation.profile.expect import Shocks, Targets, response
from simulation.profile.trend import CEASED, STARTED, STOCK
from simulation.scenario import names as dotted
from simulation.scenario.changes import Change

Floats = NDArray[np.float64]
Outcome = dict[str, Floats]
Runner = Callable[[Any, int, int, int], pd.DataFrame]
"""Runs (scenario, replication, seed, weeks) and gives the weekly table."""


@dataclass(frozen=True)
class Knob:
    """Settings that are turned together until the model's mean of an indicator meets its target.

    power: how far they move for a ratio of target to model; shock: name of the drawn path that moves them too;
    below: the indicator it converts from, whose own shortfall is not its business; from_start: they shape the starting
    state (prices), so the setting itself is turned and not a dated change.
    """

    settings: tuple[str, ...]
    indicator: str
    power: float = 1.0
    shock: str = ""
    below: str = ""
    from_start: bool = False


ENTRIES, EXITS = "front_door.entry_factor", "permanence.exit_factor"
REFERRALS, BUSIEST_WEEK = "demand.referral_factor", 2.0
"""What is drawn for referrals, and how far above its year a week may stand by season and chance (judgement)."""
ENTRY_ELASTICITY = 0.5
"""How the log of a year's starts answers to the log of the entry factor: some ways in have their own pace. Measured, as is
the power of the exit factor, by ``benchmarks/responses.py``."""
EXIT_ELASTICITY = 0.4
"""The same of the yearly hazard of leaving to the exit factor: birthdays and phased moves have their own pace."""
FOSTER_PRICES = ("supply.foster_own_gbp", "supply.foster_agency_gbp", "supply.foster_kinship_gbp")
HOME_PRICES = ("supply.residential_gbp", "supply.solo_gbp", "supply.secure_gbp", "money.own_home_place_gbp")
AGENCY = ("workforce.agency_cover_share", "workforce.agency_beyond_share", "workforce.agency_overload_share")
KNOBS = (
    Knob((REFERRALS,), "referrals_number", 1.0, "referrals_number"),
    Knob(("front_door.s47_share",), "s47_number", 1.0, "s47_number", "referrals_number"),
    Knob(("front_door.conference_share",), "icpc_number", 1.0, "icpc_number", "s47_number"),
    Knob(("front_door.plan_share",), "cpp_started_number", 1.0, "cpp_started_number", "icpc_number"),
    Knob(("front_door.protection_plan_years",), "cpp_31march_number", 1.4, "", "cpp_started_number"),
    Knob(("front_door.need_plan_years",), "cin_31march_number", 2.5),
    Knob((EXITS,), CEASED, 1 / EXIT_ELASTICITY),
    Knob((ENTRIES,), STARTED, 1 / ENTRY_ELASTICITY),
    Knob(FOSTER_PRICES, "unitcost_s251_fostering_weekly", 1.0, from_start=True),
    Knob(HOME_PRICES, "unitcost_s251_residential_weekly", 1.0, from_start=True),
    Knob(("money.looked_after_support_gbp",), "spend_s251_cla_total", 2.0, from_start=True),
    Knob(AGENCY, "sw_agency_rate_fte_pct", 1.0, "sw_agency_rate_fte_pct"),
    Knob(("workforce.recruitment_effort",), "sw_vacancy_rate_fte_pct", -2.0, "sw_vacancy_rate_fte_pct"),
    Knob(
        ("workforce.leaving_per_year", "workforce.to_agency_per_year"),
        "sw_turnover_rate_fte_pct",
        1.0,
        "sw_turnover_rate_fte_pct",
    ),
)
"""Level by level, from the front door to leaving care, then money and people."""
INFLATION = {
    "supply.foster_inflation_per_year": "unitcost_s251_fostering_weekly",
    "supply.residential_inflation_per_year": "unitcost_s251_residential_weekly",
    "money.pay_inflation_per_year": "spend_s251_cla_total",
}
"""Yearly rises that follow the expected growth of a published price (spend for support: its growth less that of the stock)."""
TURN_LIMIT = 3.0
FIRST_PILOT_YEARS, PILOT_YEARS = 2, 3
HOLD_RIDGE = 0.05
"""Ridge of the entries that hold the stock: pilots' noise of some 3% against yearly shapes of some 13%."""
ENTRIES_PER_REFERRAL = 0.35
"""How the log of starts answers to the log of referrals in the model (measured by the same command): taken out of the drawn
entries, so that it counts once."""


@dataclass(frozen=True, eq=False)
class Task:
    """One authority at one origin: everything a worker process needs."""

    code: str
    scenario: Path
    targets: Targets
    shocks: Shocks
    replications: int
    seed: int
    spread: bool = True


@dataclass(eq=False)
class Fit:
    """Tuned multipliers of settings by year: dotted name -> (horizons,); and how each pilot compared with its targets."""

    horizons: int
    turns: dict[str, Floats] = field(default_factory=dict)
    pilots: list[dict[str, float]] = field(default_factory=list)

    def of(self, setting: str) -> Floats:
        """The multipliers of a setting, one for each year; ones when it has not been turned."""
        return self.turns.get(setting, np.ones(self.horizons))

    def turn(self, setting: str, ratio: Floats | float) -> None:
        """Multiplies a setting, never by more than a factor of three at a time."""
        self.turns[setting] = self.of(setting) * np.clip(ratio, 1 / TURN_LIMIT, TURN_LIMIT)


LATER_KNOWLEDGE = (
    ("covid.happens=false", 2022),
    ("supply.supported_registration_loss=0", 2023),
)
"""Dated national events and the first origin by which their figures had been published: switched off before it."""


def load(path: Path, origin: int, size: float = 1.0) -> Any:
    """The profile as a scenario ``size`` times as large, without the national events that nobody knew of at the origin."""
    from simulation import scenario
    from simulation.scenario.size import scaled

    unknown = [setting for setting, known_from in LATER_KNOWLEDGE if origin < known_from]
    return scaled(scenario.load(path, unknown), size)


def _seen(task: Task, run: Runner, scenario: Any, replication: int, horizons: int) -> Outcome:
    """Indicators of one replication, in the authority's own size."""
    weekly = run(scenario, replication, task.seed, outcomes.weeks_for(horizons))
    return outcomes.yearly(weekly, horizons, expect.simulated_share(task.targets.stock_now))


def run_model(scenario: Any, replication: int, seed: int, weeks: int) -> pd.DataFrame:
    """The weekly table of one replication of the model that ``run`` uses."""
    from simulation.model.replication import run_replication

    return run_replication(scenario, replication, seed=seed, weeks=weeks)["weekly"]


def tune(task: Task, base: Any, run: Runner) -> Fit:
    """Pilot replications until the model's means meet the targets: first two years, then up to three.

    The pilots have the luck of the first replications, so that their noise is taken out of the forecast's mean too.
    """
    fit, stock = Fit(task.targets.horizons), task.targets.stock_now
    longest = min(task.targets.horizons, PILOT_YEARS)
    first = min(longest, FIRST_PILOT_YEARS)
    for horizons, share, count in ((first, 1.0, _pilots(stock, 2)), (longest, 0.8, _pilots(stock, 3))):
        seen = _mean_of_pilots(task, base, fit, run, horizons, count)
        fit.pilots.append(
            {
                name: float(np.mean(path) / np.mean(task.targets[name][:horizons]))
                for name, path in seen.items()
                if name in task.targets.median
            }
        )
        for knob in KNOBS:
            _turn(fit, knob, seen, task.targets, share)
        if fit.horizons > 1 and len(fit.pilots) > 1:
            _hold_stock(fit, seen, task.targets, share)
    return fit


def _pilots(stock: float, fewest: int) -> int:
    """Pilot replications: more for small authorities, whose runs are noisier and cheaper."""
    return int(np.clip(round(1000 / max(stock, 1.0)), fewest, 6))


def _mean_of_pilots(task: Task, base: Any, fit: Fit, run: Runner, horizons: int, count: int) -> Outcome:
    quiet = Shocks({"entries": np.zeros((1, task.targets.horizons))})
    scenario = _scenario(base, task.targets, fit, quiet, 1)
    seen = [_seen(task, run, scenario, k, horizons) for k in range(1, count + 1)]
    return {
        name: np.nanmean([path[name] for path in seen], axis=0)
        for name in seen[0]
        if not all(np.isnan(path[name]).all() for path in seen)
    }


def _turn(fit: Fit, knob: Knob, seen: Outcome, targets: Targets, share: float) -> None:
    ratio = _hazard_shortfall(seen, targets) if knob.settings == (EXITS,) else _shortfall(knob.indicator, seen, targets)
    if ratio is None:
        return
    if knob.below:
        below = _shortfall(knob.below, seen, targets)
        ratio = ratio / below if below is not None else ratio
    level = float(np.exp(np.mean(np.log(ratio))))
    for setting in knob.settings:
        fit.turn(setting, level ** (knob.power * share))


def _hazard_shortfall(seen: Outcome, targets: Targets) -> Floats | None:
    """Target over model of the yearly hazard of leaving care: ceased over the stock they leave from."""
    ceased, stock = _shortfall(CEASED, seen, targets), _shortfall(STOCK, seen, targets)
    return None if ceased is None or stock is None else ceased / stock


def _shortfall(indicator: str, seen: Outcome, targets: Targets) -> Floats | None:
    """Target over model, year by year; None where either is unknown."""
    if indicator not in targets.median or indicator not in seen:
        return None
    model = seen[indicator]
    ratio = targets[indicator][: len(model)] / np.maximum(model, 1e-9)
    return ratio if np.isfinite(ratio).all() and (ratio > 0).all() else None


def _hold_stock(fit: Fit, seen: Outcome, targets: Targets, share: float) -> None:
    """Entries of each year so that the stock meets its path, less what the turned levels will already do.

    The levels of starts and of leaving were turned by their own shortfalls; what remains is the shape of the path.
    Ridge regression keeps the pilots' noise out of it; years beyond the pilots go on as the last.
    """
    starts, leaving = _shortfall(STARTED, seen, targets), _hazard_shortfall(seen, targets)
    if starts is None or leaving is None:
        return
    years = len(starts)
    gap = np.log(targets[STOCK][:years] / np.maximum(seen[STOCK], 1.0))
    turnover = float(np.mean(targets[STARTED]) / targets.stock_now)
    answer = response(turnover, years)
    already = answer @ np.full(years, float(np.mean(np.log(starts) - np.log(leaving))))
    extra = np.linalg.solve(answer.T @ answer + HOLD_RIDGE * np.eye(years), answer.T @ (gap - share * already))
    path = np.concatenate([extra, np.full(targets.horizons - years, extra[-1])])
    fit.turn(ENTRIES, np.exp(np.clip(share * path, -0.5, 0.5) / ENTRY_ELASTICITY))


def _scenario(base: Any, targets: Targets, fit: Fit, shocks: Shocks, replication: int) -> Any:
    """The profile with each year's settings as dated changes: tuned level times this replication's draw."""
    values: dict[str, Floats] = {}
    start: dict[str, float] = {}
    for knob in KNOBS:
        drawn = _drawn_path(knob, shocks, replication)
        for setting in knob.settings:
            if knob.from_start:
                start[setting] = float(dotted.get(base.parameters, setting)) * float(fit.of(setting)[0])
            else:
                values[setting] = np.exp(np.log(fit.of(setting)) + drawn)
    start["demand.ceiling"] = max(
        float(dotted.get(base.parameters, "demand.ceiling")), BUSIEST_WEEK * float(values[REFERRALS].max())
    )
    changed = base.with_values(_within_bounds(start))
    return replace(changed, changes=(*base.changes, *_changes(values, inflation(targets, shocks, replication), targets.origin)))


def _drawn_path(knob: Knob, shocks: Shocks, replication: int) -> Floats:
    if knob.settings == (ENTRIES,):
        wanted = shocks.of("entries", replication) - ENTRIES_PER_REFERRAL * shocks.of("referrals_number", replication)
        return wanted / ENTRY_ELASTICITY
    if not knob.shock:
        return np.zeros_like(shocks.of("entries", replication))
    return shocks.of(knob.shock, replication) - (shocks.of(knob.below, replication) if knob.below else 0.0)


def inflation(targets: Targets, shocks: Shocks, replication: int) -> dict[str, Floats]:
    """Yearly rises of prices by setting (horizons,): expected growth of the published price and this replication's draw."""
    out = {}
    for setting, indicator in INFLATION.items():
        if indicator not in targets.median:
            continue
        path = np.log(targets[indicator])
        growth = np.diff(path, prepend=path[0] - (path[-1] - path[0]) / max(len(path) - 1, 1))
        if indicator.startswith("spend"):
            stock = np.log(np.concatenate([[targets.stock_now], targets[STOCK]]))
            growth = growth - np.diff(stock)
        out[setting] = np.clip(growth + np.diff(shocks.of(indicator, replication), prepend=0.0), -0.3, 0.6)
    return out


def _within_bounds(values: dict[str, float]) -> dict[str, float]:
    known = dotted.settings()
    return {name: float(known[name].clip(value)) for name, value in values.items()}


def _changes(values: dict[str, Floats], rises: dict[str, Floats], origin: int) -> list[Any]:
    horizons = len(next(iter(values.values())))
    out = []
    for h in range(1, horizons + 1):
        until = outcomes.april(origin, h + 1) if h < horizons else None
        amounts = {name: float(path[h - 1]) for name, path in values.items()}
        out.append(
            Change(starts=outcomes.april(origin, h), until=until, operator="multiply", values=amounts, note="fitted and drawn")
        )
        if rises:
            amounts = {name: float(path[h - 1]) for name, path in rises.items()}
            out.append(
                Change(
                    starts=outcomes.april(origin, h), until=until, operator="set", values=amounts, note="expected rise of prices"
                )
            )
    return out


def changes_as_text(fit: Fit, origin: int) -> list[str]:
    """The fit as lines of a scenario's ``changes``, for anyone who wants to run it."""
    lines = []
    for h in range(1, fit.horizons + 1):
        amounts = ", ".join(f"{name}: {fit.of(name)[h - 1]:.4g}" for name in fit.turns)
        until = f", until: {outcomes.april(origin, h + 1)}" if h < fit.horizons else ""
        lines.append(f"  - {{from: {outcomes.april(origin, h)}{until}, multiply: {{{amounts}}}, note: fitted}}")
    return lines
