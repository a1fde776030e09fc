"""Fitting a scenario to its authority's own history: closed form where a rate is seen, history matching and ABC otherwise."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulation.base.errors import Faults, fault
from simulation.forecast import calibration_tables, conversions, match
from simulation.forecast.match import Prior
from simulation.profile import expect, outcomes, trend
from simulation.profile.profile import write_text
from simulation.profile.trend import CEASED, RULES, STARTED, STOCK, Known
from simulation.published import packaged, published
from simulation.results import files
from simulation.scenario import names as dotted

Floats = NDArray[np.float64]
Runner = Callable[[Any, int, int, int], pd.DataFrame]
WAVE, DRAWS = 48, 60
MODEL_SD = {"log": 0.03, "points": 1.5}
"""What the model is expected to get wrong about any output even at its best settings (log or points): judgement."""
FREE = (
    Prior("front_door.entry_factor", 0.4, 2.5),
    Prior("permanence.exit_factor", 0.3, 3.3),
    Prior("demand.referral_factor", 0.7, 1.5),
    Prior("workforce.leaving_per_year", 0.05, 0.25),
    Prior("workforce.recruitment_effort", 0.25, 4.0),
    Prior("workforce.agency_cover_share", 0.2, 2.2),
    Prior("casework.hours_factor", 0.85, 1.15),
    Prior("managers.notice_per_week", 0.12, 0.6),
)
"""Settings fitted by runs. Factors multiply the scenario's own value; the last two are here to show what data do not move."""
RELATIVE = ("front_door.entry_factor", "permanence.exit_factor", "demand.referral_factor", "casework.hours_factor")
FITTED_TO = (
    STOCK,
    STARTED,
    CEASED,
    "referrals_number",
    "sw_agency_rate_fte_pct",
    "sw_vacancy_rate_fte_pct",
    "sw_turnover_rate_fte_pct",
)


@dataclass(frozen=True, eq=False)
class Data:
    """The authority's figures in the years fitted: outputs named ``indicator@year``, on their rule's scale."""

    code: str
    names: list[str]
    observed: Floats
    variance: Floats
    horizons: int
    missing: list[str]


@dataclass(frozen=True, eq=False)
class Fitted:
    """Draws by parameter, how far the data moved each, and how well the runs met the data."""

    draws: pd.DataFrame
    parameters: pd.DataFrame
    outputs: pd.DataFrame
    notes: list[str]
    runs: int


def calibrate(given: argparse.Namespace) -> int:
    """The ``calibrate`` command: writes the ensemble table that ``run --ensemble`` reads, diagnostics and a page."""
    from simulation import scenario as scenarios
    from simulation.forecast import calibration_page

    base = scenarios.load(given.scenario, given.set)
    table = packaged.known(given.data, given.fill, given.alone)
    out = _out(given.out)
    data = observed(table, base, given.until)
    authority = table.authorities[data.code].name
    known = trend.known_at(table, given.until)
    fitted = fit(base, known, data, given.seed, _pool(given.workers))
    _write_ensemble(out, fitted.draws)
    stem = out.with_suffix("")
    write_text(Path(f"{stem}_parameters.csv"), fitted.parameters.to_csv(index=False))
    write_text(Path(f"{stem}_fit.csv"), fitted.outputs.to_csv(index=False))
    calibration_page.write(Path(f"{stem}.html"), base, authority, given.until, fitted)
    moved = fitted.parameters.query("status != 'assumed'")["parameter"].tolist()
    print(
        f"{out}: {fitted.draws['draw'].nunique()} draws from {fitted.runs} runs; the data moved "
        f"{len(moved)} of {len(fitted.parameters)} parameters; page: {stem}.html"
    )
    return 0


def _out(given: str) -> Path:
    from simulation.experiment.ensemble import check_out
    from simulation.forecast.pages import check_page

    out = files.check_place(given, folder=False)
    if out.suffix not in (".csv", ".parquet"):
        raise fault("--out", f"'{given}' should end in .csv or .parquet")
    stem = out.with_suffix("")
    check_out(out)
    files.check_table(Path(f"{stem}_parameters.csv"), "parameter,method,")
    files.check_table(Path(f"{stem}_fit.csv"), "indicator,year,published,")
    check_page(Path(f"{stem}.html"))
    return out


def _write_ensemble(out: Path, draws: pd.DataFrame) -> None:
    if out.suffix == ".csv":
        write_text(out, draws.to_csv(index=False))
    else:
        files.write_with(out, lambda side: draws.to_parquet(side, index=False))


def observed(table: published.Table, base: Any, until: int) -> Data:
    """The figures to fit: years after the scenario's start and up to ``until``. Faults if there are none."""
    name = base.parameters.authority.name
    try:
        one = table.find(name.replace(";", " "))[0]
    except Faults:
        raise fault(
            "SCENARIO",
            f"authority.name is '{name}', which is not an authority in {table.source}; profile makes a scenario of one.",
        ) from None
    first = base.start.year
    years = range(first + 1, until + 1)
    last = max((int(year) for year in table.wide(STOCK).dropna(how="all", axis=1).columns), default=first)
    if until > last:
        raise fault("--until", f"{until}: the last year of {STOCK} in {table.source} is {last}")
    if not years:
        raise fault("--until", f"{until} is not after {first}, the year the scenario starts in: there is nothing to fit")
    names, values, variance, missing = [], [], [], []
    for indicator in FITTED_TO:
        wide = trend.series(table, indicator)
        for year in years:
            value = float(wide.loc[one.code, year]) if one.code in wide.index and year in wide.columns else float("nan")
            if not np.isfinite(value) or (RULES[indicator].log and value <= 0):
                missing.append(f"{indicator}@{year}")
                continue
            names.append(f"{indicator}@{year}")
            values.append(np.log(value) if RULES[indicator].log else value)
            variance.append(_variance(indicator, value))
    if not any(name.startswith(STOCK) for name in names):
        raise fault("--until", f"{STOCK} of {one.name} is not published for {years[0]} to {until}")
    return Data(one.code, names, np.array(values), np.array(variance), until - first, missing)


def _variance(indicator: str, value: float) -> float:
    """Discrepancy: what a model with steady settings cannot follow from year to year, and what it gets wrong anyway."""
    rule = RULES[indicator]
    own = MODEL_SD["log" if rule.log else "points"] ** 2
    yearly = (rule.spread / 2) ** 2
    return own + yearly + (0.25 * rule.noise / max(value, 1.0) if rule.log else 0.0)


def fit(
    base: Any,
    known: Known,
    data: Data,
    seed: int,
    pool: Callable[..., list[Floats]] | None = None,
    runner: Runner | None = None,
    wave: int = WAVE,
    draws: int = DRAWS,
) -> Fitted:
    """Two waves of runs, history matching between them, ABC draws after them; closed-form draws beside."""
    priors = _priors(base)
    run = pool or (lambda scenarios, data, seed: [_outputs((s, k, data, seed, runner)) for k, s in enumerate(scenarios, 1)])
    first = match.design(wave, len(priors), seed)
    outputs = _run(run, base, priors, first, data, seed)
    data, kept = _spoken_of(data, outputs)
    outputs = outputs[:, kept]
    emulator = match.emulate(first, outputs)
    second, share = match.not_ruled_out(emulator, data.observed, data.variance, wave, len(priors), seed + 1)
    more = _run(run, base, priors, second, data, seed + 1)
    unit, every = np.vstack([first, second]), np.vstack([outputs, more])
    emulator = match.emulate(unit, every)
    scale = np.sqrt(emulator.left + data.variance)
    found = match.posterior(unit, every, data.observed, scale, draws, seed + 2)
    final = match.bayes_linear(emulator, data.observed, data.variance, draws, len(priors), seed + 3)
    values = {prior.name: prior.from_unit(final[:, k]) for k, prior in enumerate(priors)}
    closed = conversions.closed_form(known, data.code, draws, seed + 4)
    notes = [
        f"First wave: {wave} runs; {100 * share:.0f}% of the prior range was not ruled out "
        f"(implausibility under {match.IMPLAUSIBLE:g}).",
        f"Second wave: {wave} runs in what was left. Rejection kept {100 * found.accepted:.0f}% of all runs as near the data.",
        *([f"Not published or not simulated, so not fitted: {', '.join(data.missing)}."] if data.missing else []),
    ]
    parameters = [
        calibration_tables.by_runs(base, priors, final, found.unit),
        calibration_tables.by_closed_form(base, closed, known, data.code),
    ]
    return Fitted(
        calibration_tables.ensemble({**values, **closed}),
        pd.concat([table for table in parameters if len(table)], ignore_index=True),
        calibration_tables.figures(data.names, data.observed, emulator, final, every),
        notes,
        2 * wave,
    )


def _priors(base: Any) -> list[Prior]:
    """The free settings, relative ones round the scenario's own value, all within their bounds."""
    out = []
    for prior in FREE:
        setting = dotted.find(prior.name, base.parameters)
        if setting is None:
            continue
        own = float(dotted.get(base.parameters, prior.name)) if prior.name in RELATIVE else 1.0
        low, high = (float(setting.clip(own * edge)) for edge in (prior.low, prior.high))
        out.append(Prior(prior.name, low, high, prior.log))
    return out


def _run(run: Callable[..., list[Floats]], base: Any, priors: list[Prior], unit: Floats, data: Data, seed: int) -> Floats:
    scenarios = [base.with_values({p.name: float(p.from_unit(row[k])) for k, p in enumerate(priors)}) for row in unit]
    return np.array(run(scenarios, data, seed))


def _pool(workers: int | None) -> Callable[..., list[Floats]]:
    """Runs scenarios on worker processes, in the order given; a run that fails stops the calibration with its reason."""

    def run(scenarios: list[Any], data: Data, seed: int) -> list[Floats]:
        from simulation.experiment import engine
        from simulation.experiment.progress import Progress

        progress = Progress(len(scenarios), things="simulations")
        count = workers if workers is not None else os.cpu_count() or 1
        done: dict[int, Floats] = {}
        with engine.local(0 if count == 1 else count) as pool:
            for outcome in pool.run(_numbered, [(k, (s, k, data, seed, None)) for k, s in enumerate(scenarios, 1)]):
                if isinstance(outcome, engine.Lost):
                    raise fault("calibrate", "a run failed: " + outcome.reason.strip().splitlines()[-1][:300])
                done[outcome[0]] = outcome[1]
                progress.step()
        progress.close()
        return [done[k] for k in sorted(done)]

    return run


def _numbered(task: tuple[int, tuple[Any, int, Data, int, Runner | None]]) -> tuple[int, Floats]:
    return task[0], _outputs(task[1])


def _outputs(task: tuple[Any, int, Data, int, Runner | None]) -> Floats:
    """One run's outputs in the order of the data; each run has its own luck, so that run-to-run variance is seen."""
    scenario, replication, data, seed, runner = task
    from simulation.profile.tuning import run_model
    from simulation.scenario.size import scaled

    size = expect.simulated_share(scenario.parameters.stock.looked_after)
    weekly = (runner or run_model)(scaled(scenario, size), replication, seed, outcomes.weeks_for(data.horizons))
    seen = outcomes.yearly(weekly, data.horizons, size)
    first = scenario.start.year
    out = []
    for name in data.names:
        indicator, year = name.split("@")
        value = float(seen[indicator][int(year) - first - 1]) if indicator in seen else float("nan")
        out.append(np.log(max(value, 0.5)) if RULES[indicator].log else value)
    return np.array(out)


def _spoken_of(data: Data, outputs: Floats) -> tuple[Data, NDArray[np.bool_]]:
    """The data without figures that the runs say nothing of."""
    kept = np.asarray(np.isfinite(outputs).all(axis=0), dtype=bool).reshape(-1)
    silent = [name for name, here in zip(data.names, kept, strict=True) if not here]
    names = [name for name, here in zip(data.names, kept, strict=True) if here]
    return Data(data.code, names, data.observed[kept], data.variance[kept], data.horizons, [*data.missing, *silent]), kept
