"""From scenarios to a results folder: run what is missing, gather, compare, and say what happened."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulation.base.errors import Fault, Faults, fault
from simulation.experiment import finish
from simulation.experiment.engine import Engine, Lost, cluster, local
from simulation.experiment.ensemble import Ensemble, from_table, read_ensemble
from simulation.experiment.place import check_replaces_nothing, default_folder, what_becomes
from simulation.experiment.plan import MOST_REPLICATIONS, Plan, check_number
from simulation.experiment.precision import Precision, State, judge
from simulation.experiment.progress import Progress
from simulation.experiment.provenance import about_run
from simulation.experiment.replication import MODEL, Outcome, Task, run_task
from simulation.results import files
from simulation.results.folder import Results
from simulation.results.gather import matrices
from simulation.scenario.names import settings

COMPLETE, INCOMPLETE, RUNNING, STOPPED = "complete", "incomplete", "running", "stopped"
EXIT_CODES = {COMPLETE: 0, INCOMPLETE: 3, STOPPED: 130}
"""Exit code of the command for each status of ``run.json``."""


@dataclass
class Run:
    """An experiment under way."""

    plan: Plan
    results: Results
    engine: Engine
    progress: Progress
    keep_going: bool = True
    done: dict[tuple[str, int], bool] = field(default_factory=dict)
    failures: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def bring_to(self, replications: int) -> None:
        """Have ``replications`` of every scenario, running only what is missing."""
        tasks = [
            task for task in self.plan.tasks(range(1, replications + 1)) if (task.scenario_id, task.replication) not in self.done
        ]
        self.progress.grow(replications * len(self.plan.scenarios))
        missing = [task for task in tasks if not self._finished(task)]
        for came in self.engine.run(run_task, missing):
            self._take(came)
            self.progress.step()
            if not self.keep_going and self.failures:
                return

    def _finished(self, task: Task) -> bool:
        whole = self.results.finished(task.scenario_id, task.replication, task.key)
        if whole:
            self.done[task.scenario_id, task.replication] = True
            self.progress.step()
        return whole

    def _take(self, came: Outcome | Lost) -> None:
        if isinstance(came, Outcome) and came.files:
            self.results.put(came.task.scenario_id, came.task.replication, came.files, came.receipt)
            self.done[came.task.scenario_id, came.task.replication] = True
            return
        reason, killed = (came.reason, came.killed) if isinstance(came, Lost) else (came.error, False)
        self.faults.extend(came.faults if isinstance(came, Outcome) else ())
        self.done[came.task.scenario_id, came.task.replication] = False
        self.failures.append(
            {
                "scenario": came.task.scenario_id,
                "replication": came.task.replication,
                "seed": came.task.seed,
                "draw": came.task.draw_number,
                "killed_its_worker": killed,
                "reason": reason.strip(),
            }
        )
        self.progress.say(f"{came.task.name} failed: {reason.strip().splitlines()[-1]}")

    def finished(self) -> list[tuple[str, int]]:
        """Finished replications in the order they are written: scenario by scenario as given, then by number."""
        order = {scenario.id: place for place, scenario in enumerate(self.plan.scenarios)}
        return sorted((one for one, whole in self.done.items() if whole), key=lambda one: (order[one[0]], one[1]))


def run_experiment(
    scenarios: Sequence[Any],
    replications: int | str = 10,
    seed: int = 0,
    weeks: int | None = None,
    workers: int | None = None,
    out: str | Path | None = None,
    scheduler: str | None = None,
    ensemble: Any = None,
    events: bool = False,
    allow_rules: bool = False,
    command: str = "",
    progress: bool = True,
    report: Callable[[Path], Any] | None = None,
    keep_going: bool = True,
    base: str | None = None,
    precision: Precision | None = None,
    replace: bool = True,
    function: str = MODEL,
) -> Path:
    """Run ``scenarios`` (files or loaded scenarios) into the results folder ``out`` and return it.

    replications: a number for each scenario, or ``auto`` (see Precision). Finished replications made from the same
    inputs are kept; damaged ones and those made from others are put aside in ``quarantine/`` and run again.
    report: what draws the report from the results folder (the commands give ``simulation.report.write_report``; none: no report).
    out: default: a folder in ``results/`` named after the scenarios. workers: processes (default: one a core); 0: none.
    scheduler: address of a Dask scheduler instead. ensemble: a table (draw, parameter, value), its file, or an Ensemble.
    base: scenario the others are compared with (default: the one each extends, if it is here, else the first).
    replace: False refuses, before anything is changed, to take replications out of the tables that are in the folder.
    function: ``module:name`` of the replication function.
    ``run.json`` says how it went; ``exit_code`` turns that into the command's. Raises Faults for what the user can put right.
    """
    begun, started = time.perf_counter(), dt.datetime.now().isoformat(timespec="seconds")
    plan = Plan(_loaded(scenarios), seed, weeks, _ensemble(ensemble), events, function)
    plan.check()
    _check_rules(plan, allow_rules)
    _check_draws(plan)
    rule = precision or Precision()
    if replications != "auto":
        check_number("--replications", replications, 1, MOST_REPLICATIONS)
    workers = cores() if workers is None else workers
    check_number("--workers", workers, 0, 1024)
    results, bases = Results(Path(out or default_folder(plan.scenarios))), choose_bases(plan.scenarios, base)
    results.check_usable()
    if not replace:
        check_replaces_nothing(results, plan, replications)
    with files.locked(results.path):
        files.clear_partial(results.path)
        about = {
            "command": command,
            "name": results.path.resolve().name,
            "seed": seed,
            "replications": replications,
            "weeks": weeks,
            "started": started,
            "status": RUNNING,
            "seconds": None,
            **about_run(plan, bases),
            "failures": [],
            "settings_not_read": [],
        }
        shown = Progress(0, shown=progress)
        for line in what_becomes(results, plan):
            shown.say(line)
        try:
            with _engine(workers, scheduler) as engine:  # first: a scheduler that does not answer leaves nothing behind
                results.write_run(about)
                write_scenarios(results, plan)
                run = Run(plan, results, engine, shown, keep_going)
                state = _replicate(run, replications, rule)
        except KeyboardInterrupt:
            results.write_run(about | {"status": STOPPED, "seconds": round(time.perf_counter() - begun, 1)})
            raise
        finally:
            shown.close()
        _refuse_if_nothing(run)
        about |= _outcome(run, state, rule, replications)
        finish.finish(results, plan, run.finished(), bases, about, shown.say)
        results.write_run(about | {"seconds": round(time.perf_counter() - begun, 1)})
        if report and run.finished():
            shown.say("Drawing the charts and writing report.html (about as long as a few replications) ...")
            report(results.path)
        elif (results.path / "report.html").exists():
            (results.path / "report.html").unlink()
            shown.say(f"The report of an earlier run is removed; python run.py report {results.path} writes this one's.")
    return results.path


def _replicate(run: Run, replications: int | str, rule: Precision) -> State | None:
    """As many replications as asked for, or as the precision rule wants."""
    if isinstance(replications, int):
        run.bring_to(replications)
        return None
    wanted = rule.minimum
    while True:
        run.bring_to(wanted)
        state = judge(matrices(run.results, run.finished()), rule)
        if state.more <= wanted or (run.failures and not run.keep_going):
            return state
        run.progress.say(f"{wanted} replications are not yet precise enough: going on to {state.more}")
        wanted = state.more


def _outcome(run: Run, state: State | None, rule: Precision, replications: int | str) -> dict[str, Any]:
    """What ``run.json`` says of how it went."""
    finished = run.finished()
    most = max((number for _, number in run.done), default=0)
    weeks = finish.weeks_of(run.results, finished)
    told: dict[str, Any] = {
        "status": INCOMPLETE if run.failures else COMPLETE,
        "replications": most,
        "weeks": weeks,
        "finished": len(finished),
        "settings_not_read": _not_read(run),
        "failures": sorted(run.failures, key=lambda one: (one["scenario"], one["replication"])),
    }
    if state is not None:
        told["precision"] = state.told(rule)
    if run.plan.ensemble:
        told["ensemble"] = {"draws": len(run.plan.ensemble.draws), "draw_of_replication": run.plan.ensemble.clusters(most)}
    return told


def _not_read(run: Run) -> list[str]:
    """``scenario: setting`` for what the first replication of each scenario found to be read by nothing."""
    receipts = {scenario.id: run.results.receipt(scenario.id, 1) or {} for scenario in run.plan.scenarios}
    return [f"{scenario}: {name}" for scenario, receipt in receipts.items() for name in receipt.get("settings_not_read", ())]


def _refuse_if_nothing(run: Run) -> None:
    """If no replication could be run because of something the user can put right, say that instead of listing failures."""
    if run.faults and not run.finished():
        run.results.write_run({**run.results.read_run(), "status": INCOMPLETE, "failures": run.failures})
        raise Faults(dict.fromkeys(run.faults))


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _loaded(scenarios: Sequence[Any]) -> list[Any]:
    from simulation.scenario import load

    return [load(one) if isinstance(one, str | Path) else one for one in scenarios]


def _ensemble(given: Any) -> Ensemble | None:
    if given is None or isinstance(given, Ensemble):
        return given
    return read_ensemble(given) if isinstance(given, str | Path) else from_table(given)


def _check_rules(plan: Plan, allow: bool) -> None:
    """Rules of the user's own are code: they run only when asked for by name on the command line."""
    faults = [
        Fault(
            scenario.id,
            f"names rules of its own ({', '.join(scenario.rules)}): code that is run. Add --allow-rules if you trust it.",
        )
        for scenario in plan.scenarios
        if getattr(scenario, "rules", None) and not allow
    ]
    if faults:
        raise Faults(faults)


def _check_draws(plan: Plan) -> None:
    """Refuse an ensemble that names a setting there is not, or gives one a value it cannot have, before anything runs."""
    if plan.ensemble is None:
        return
    known = settings()
    faults = []
    for draw, values in plan.ensemble.draws.items():
        for name, value in values.items():
            one = known.get(name)
            if one is not None and not (one.low is None or value >= one.low) & (one.high is None or value <= one.high):
                allowed = f"from {one.low:g} to {one.high:g} is allowed"
                faults.append(Fault(f"ensemble draw {draw}", f"{name} is {value:g}; {allowed}."))
    for scenario in plan.scenarios:
        if hasattr(scenario, "with_values") and not faults:
            scenario.with_values(next(iter(plan.ensemble.draws.values())))
    if faults:
        raise Faults(faults)


def choose_bases(scenarios: Sequence[Any], base: str | None = None) -> dict[str, str]:
    """Scenario each one is compared with: ``base``, else the one it extends if that is here, else the first."""
    names = [scenario.id for scenario in scenarios]
    if base is not None and base not in names:
        raise fault("--base", f"'{base}' is not among the scenarios {', '.join(names)}.")
    chosen = {}
    for scenario in scenarios:
        parent = Path(getattr(scenario, "extends", None) or "").stem
        against = base or (parent if parent in names else names[0])
        if against != scenario.id:
            chosen[scenario.id] = against
    return chosen


@contextmanager
def _engine(workers: int, scheduler: str | None) -> Iterator[Engine]:
    with cluster(scheduler) if scheduler else local(workers) as engine:
        yield engine


def write_scenarios(results: Results, plan: Plan) -> None:
    """The scenarios as run, resolved: each can be read and run again."""
    for scenario in plan.scenarios:
        files.write_bytes(results.path / "scenarios" / f"{scenario.id}.yaml", scenario.as_yaml().encode())


def exit_code(path: str | Path) -> int:
    """Exit code for a finished command: 0, or 3 if some replications are missing from the results."""
    return EXIT_CODES.get(Results(Path(path)).read_run()["status"], 3)


def tell(path: str | Path) -> str:
    """What a person needs to know when a run is over: where to look, whether it was precise enough, what failed."""
    results = Results(Path(path))
    run = results.read_run()
    first = "report.html" if (results.path / "report.html").exists() else "summary.xlsx"
    lines = [
        f"{run['finished']} replications in {run['seconds']:.0f} s. Open {results.path / first}"
        if run["finished"]
        else "No replication finished."
    ]
    if "precision" in run and not run["precision"]["reached"]:
        wide = [f"{one['measure']} ({one['scenario']})" for one in run["precision"]["measures"] if one["enough"] is None]
        lines.append(f"Not as precise as asked after {run['replications']} replications: {', '.join(wide)}.")
    lines += _failed(run["failures"])
    lines += [f"Nothing in this run read a given setting, so it changed nothing: {name}." for name in run["settings_not_read"]]
    return "\n".join(lines)


def _failed(failures: list[dict[str, Any]]) -> list[str]:
    """A line for each reason, with the replications it stopped."""
    by_reason: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in failures:
        by_reason.setdefault((one["scenario"], one["reason"].splitlines()[-1]), []).append(one)
    lines = []
    for (scenario, reason), some in by_reason.items():
        more = f" and {len(some) - 10} more" if len(some) > 10 else ""
        numbers = ", ".join(str(one["replication"]) for one in some[:10]) + more
        lines.append(f"FAILED {scenario} replication {numbers} (seed {some[0]['seed']}): {reason}")
    return lines
