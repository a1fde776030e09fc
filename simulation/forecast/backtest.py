"""The model's record: fitted on what was known at an origin, scored on the years after, beside "same as today"."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulation.base.errors import Fault, Faults
from simulation.forecast import predict, scores, scoring
from simulation.profile import expect, inspected, profile, trend, tuning
from simulation.profile.trend import Known
from simulation.published import packaged
from simulation.published.published import Authority, Table
from simulation.results import files

Floats = NDArray[np.float64]
FEWEST_YEARS = 3
"""Years of figures up to the origin, so that growth and its spread can be seen at all."""
MOST_HORIZONS = 10


@dataclass(frozen=True)
class Request:
    """What was asked for."""

    data: str | None
    la: str
    origin: int
    horizons: int
    out: Path
    replications: int = 6
    workers: int | None = None
    seed: int = 0
    neighbours: str | None = None
    fill: str | None = None
    alone: bool = False


def backtest(given: argparse.Namespace) -> int:
    """The ``backtest`` command: writes scores (corrected and not, and in detail), predictions, what was skipped and a page."""
    request = Request(
        given.data,
        given.la,
        given.origin,
        given.horizon,
        files.check_place(given.out, folder=True),
        given.replications,
        given.workers,
        given.seed,
        given.neighbours,
        given.fill,
        given.alone,
    )
    done = run(request)
    print(f"{request.out}: {done['scored']} figures of {done['authorities']} authorities scored")
    print(f"{done['skipped']} authorities skipped (skipped.csv); page: {request.out / 'backtest.html'}")
    print("\n".join(done["words"]))
    return 3 if done["failed"] else 0


def run(request: Request) -> dict[str, Any]:
    """Runs or resumes a backtest; nothing after the origin is read before the forecasts are made. Raises Faults."""
    table, chosen = _checked(request)
    known = trend.known_at(table, request.origin, request.neighbours)
    usable, skipped = _usable(known.table, chosen, request.origin)
    if not usable:
        raise Faults([Fault(table.source, f"{name}: {reason}") for _, name, reason in skipped[:20]])
    paths = profile.files_of(request.out / "profiles", usable, request.origin)
    _check_out(request.out, paths)
    request.out.mkdir(parents=True, exist_ok=True)
    with files.locked(request.out):
        tasks = [_task(known, one, request, path) for one, path in zip(usable, paths, strict=True)]
        draws, failed = _forecasts(tasks, request)
        skipped += [(code, table.authorities[code].name, reason) for code, reason in failed.items()]
        return _write(table, known, draws, skipped, request, bool(failed))


def _checked(request: Request) -> tuple[Table, list[Authority]]:
    table = packaged.known(request.data, request.fill, request.alone)
    years = sorted(table.wide(trend.STOCK).dropna(how="all", axis=1).columns)
    faults = []
    span = f"the table has {trend.STOCK} for {years[0]} to {years[-1]}" if years else f"the table has no {trend.STOCK}"
    if request.origin not in years:
        faults.append(Fault("--origin", f"{request.origin}: {span}"))
    elif sum(year <= request.origin for year in years) < FEWEST_YEARS:
        faults.append(Fault("--origin", f"{request.origin}: {FEWEST_YEARS} years of figures up to it are needed; {span}"))
    if not 1 <= request.horizons <= MOST_HORIZONS:
        faults.append(Fault("--horizon", f"{request.horizons} is not between 1 and {MOST_HORIZONS}"))
    if request.replications < scoring.FEWEST_REPLICATIONS:
        fewest = scoring.FEWEST_REPLICATIONS
        faults.append(Fault("--replications", f"{request.replications}: an interval needs at least {fewest}"))
    if faults:
        raise Faults(faults)
    return table, table.find(request.la)


def _check_out(out: Path, profiles: list[Path]) -> None:
    """Refuses a folder whose tables, page or profiles are not those of a backtest."""
    from simulation.forecast import pages

    for name in ("scores.csv", "scores_uncorrected.csv", "scores_detail.csv", "predictions.csv", "skipped.csv"):
        files.check_table(out / name, "la_code,la_name,")
    pages.check_page(out / "backtest.html")
    for path in profiles:
        profile.check_out(path)


def _usable(table: Table, chosen: Iterable[Authority], origin: int) -> tuple[list[Authority], list[tuple[str, str, str]]]:
    usable, skipped = [], []
    for one in chosen:
        reason = (
            profile.why_unusable(table, one.code, origin)
            if one.code in table.authorities
            else f"nothing is published up to {origin}"
        )
        if reason:
            skipped.append((one.code, one.name, reason))
        else:
            usable.append(one)
    usable.sort(key=lambda one: -table.value(one.code, trend.STOCK, origin))
    return usable, skipped


def _task(known: Known, one: Authority, request: Request, path: Path) -> tuning.Task:
    made = profile.make(known.table, one.code, request.origin, known.near, history=False)
    profile.write_text(path, profile.as_file(made))
    targets = expect.targets(known, one.code, request.horizons)
    shocks = expect.shocks(known, one.code, targets, request.replications, request.seed)
    return tuning.Task(one.code, path, targets, shocks, request.replications, request.seed)


def _forecasts(tasks: list[tuning.Task], request: Request) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """Draws by authority, from files where an earlier run made them; and the reason for each that failed."""
    from simulation.experiment import engine
    from simulation.experiment.progress import Progress

    where = {task.code: request.out / "draws" / f"{task.code}-{key_of(task)}.parquet" for task in tasks}
    missing = [task for task in tasks if not _finished(where[task.code])]
    progress = Progress(len(tasks), len(tasks) - len(missing), things="authorities")
    failed: dict[str, str] = {}
    workers = request.workers if request.workers is not None else os.cpu_count() or 1
    with engine.local(0 if workers == 1 else workers) as pool:
        for outcome in pool.run(_forecast, [(task, where[task.code]) for task in missing]):
            if isinstance(outcome, engine.Lost):
                failed[outcome.task[0].code] = "the model failed: " + outcome.reason.strip().splitlines()[-1][:200]
            progress.step()
    progress.close()
    return {code: files.read_parquet(path) for code, path in where.items() if code not in failed}, failed


def _forecast(given: tuple[tuning.Task, Path]) -> str:
    """One authority in a worker process: its draws are moved in whole, so an interrupted run loses only what it was doing."""
    task, path = given
    draws, fit = predict.predict(task)
    files.write_with(path, lambda side: draws.to_parquet(side, index=False))
    text = "\n".join(
        [
            "# multipliers fitted to what was known at the origin, year by year",
            "changes:",
            *tuning.changes_as_text(fit, task.targets.origin),
        ]
    )
    pilots = "".join(
        f"# pilot {k}, model over target: {json.dumps({n: round(v, 3) for n, v in seen.items()})}\n"
        for k, seen in enumerate(fit.pilots, 1)
    )
    files.write_bytes(path.with_suffix(".fit.yaml"), (text + "\n" + pilots).encode())
    return task.code


def _finished(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        files.read_parquet(path)
    except (Faults, OSError, ValueError):
        return False
    return True


def key_of(task: tuning.Task) -> str:
    """What decides a forecast: the profile, targets, draws, seed and the model's code. Another key, another file."""
    from simulation.experiment.plan import model_version

    digest = hashlib.blake2b(digest_size=8)
    digest.update(task.scenario.read_bytes())
    for name, path in sorted(task.targets.median.items()):
        digest.update(name.encode() + np.round(path, 6).tobytes())
    for name, paths in sorted(task.shocks.log.items()):
        digest.update(name.encode() + np.round(paths, 9).tobytes())
    digest.update(f"{task.replications}:{task.seed}:{task.spread}:{model_version()}".encode())
    digest.update(b"".join(Path(module.__file__ or "").read_bytes() for module in (predict, expect)))
    return digest.hexdigest()


def _write(
    table: Table,
    known: Known,
    draws: dict[str, pd.DataFrame],
    skipped: list[tuple[str, str, str]],
    request: Request,
    failed: bool,
) -> dict[str, Any]:
    from simulation.forecast import backtest_page

    raw = scoring.scored(table, known, draws, request.horizons, corrected=False)
    corrected = scoring.scored(table, known, draws, request.horizons, corrected=True)
    both = [scoring.worth_scoring(frame, table) for frame in (corrected, raw)]
    for name, frame in zip(("scores.csv", "scores_uncorrected.csv"), both, strict=True):
        profile.write_text(request.out / name, scoring.shown(frame[scores.COLUMNS]).to_csv(index=False))
    profile.write_text(request.out / "scores_detail.csv", scoring.shown(pd.concat(both)).to_csv(index=False))
    profile.write_text(
        request.out / "predictions.csv",
        scoring.shown(corrected).drop(columns=["actual", "crps", "crps_random_walk"]).to_csv(index=False),
    )
    profile.write_skipped(request.out / "skipped.csv", skipped)
    scored, last = corrected[corrected["actual"].notna()], request.origin + request.horizons
    record = backtest_page.Record(
        request.origin,
        request.replications,
        Path(table.source).name,
        corrected,
        raw,
        trend.series(table, trend.STOCK),
        skipped,
        inspected.differences(table.until(last), known.near, last),
        inspected.foreseen(scored, table.until(last), known.near, request.origin),
    )
    words = backtest_page.write(request.out / "backtest.html", record)
    return {
        "scored": len(scored),
        "authorities": corrected["la_code"].nunique(),
        "skipped": len(skipped),
        "words": words,
        "failed": failed,
    }
