"""What a week costs, beside bare Mesa objects and beside NumPy's sorting of a million numbers.

    python benchmarks/week.py [--rounds 7] [--weeks 20] [--sizes 1 5 20] [--part week|casework|size|memory ...]

Processor time, since machines are busy; several rounds that alternate between the things compared; medians and ratios
of medians. Imports are left out. Nothing here passes or fails: the numbers are for reading (see README.md).
"""

from __future__ import annotations

import argparse
import gc
import pickle
import resource
import statistics
import sys
import time
import tracemalloc
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import mesa
import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parent.parent), str(Path(__file__).resolve().parent.parent / "tests")]

from twins import CaseworkTwin, noting

from simulation.base.clock import DAYS_IN_WEEK
from simulation.base.codes import Stage
from simulation.experiment.replication import Outcome, Task, run_task
from simulation.model import ChildrensServices, run_replication
from simulation.model.mesa_bridge import forget
from simulation.rules.duties import Duties
from simulation.scenario import Scenario, load, names
from simulation.scenario.size import SIZES

SCENARIO = "bradford_2020"
WARM_UP = 8
BARE_DUTIES = ("visit", "protection visit", "child in need visit", "review", "protection review", "permanence plan")
"""All that the bare Mesa model does: visits, reviews and plans."""


# ---- the bare Mesa model: plain objects, the idioms of Mesa's own examples


class BareWorker(mesa.Agent):
    """A worker with hours."""

    def __init__(self, model: mesa.Model, hours: float):
        super().__init__(model)
        self.hours = self.hours_left = hours

    def new_week(self) -> None:
        """Hours afresh, less what is owed."""
        self.hours_left = self.hours + min(self.hours_left, 0.0)


class BareChild(mesa.Agent):
    """A child with a worker, and the days on which visits, reviews and the plan are asked for."""

    def __init__(self, model: mesa.Model, worker: BareWorker | None, ask: dict[str, int]):
        super().__init__(model)
        self.worker, self.ask = worker, ask

    def be_served(self, name: str, hours: float, every: int) -> None:
        """Take the worker's time if there is any; then it is due again."""
        if self.worker is not None and self.worker.hours_left > 0:
            self.worker.hours_left -= hours
            if every:
                self.ask[name] = self.model.day + every - 7
            else:
                del self.ask[name]


class BareService(mesa.Model):
    """Visits, reviews and plans for the open cases of a model, as bare Mesa objects; nothing else.

    Each worker has the hours that the model's own gave to such duties last week.
    """

    def __init__(self, model: ChildrensServices):
        super().__init__(seed=0)
        self.day = model.clock.day
        table, workers = model.duties, model.workers
        self.duties = [(name, duty, float(table.hours[duty]), int(table.every[duty])) for name, duty in table.index.items()]
        self.duties = [row for row in self.duties if row[0] in BARE_DUTIES]
        made = {
            row: BareWorker(self, float(workers.hours_base[row])) for row in workers.rows.tolist() if workers.case_holding[row]
        }
        for row in np.flatnonzero(model.children.stage > Stage.REFERRED).tolist():
            asked = {name: int(model.children.duty_ask[row, duty]) for name, duty, _, _ in self.duties}
            BareChild(self, made.get(int(model.children.worker[row])), {name: day for name, day in asked.items() if day < 2**29})

    def step(self) -> None:
        """One week: each duty in turn, the longest overdue first."""
        self.day += DAYS_IN_WEEK
        self.agents_by_type[BareWorker].do("new_week")
        children = self.agents_by_type[BareChild]
        for name, _, hours, every in self.duties:
            due = children.select(lambda child, name=name: child.ask.get(name, self.day + 1) <= self.day)
            due.sort(lambda child, name=name: child.ask[name], ascending=True).do("be_served", name, hours, every)


# ---- measuring


def seconds(do: Callable[[], object]) -> float:
    """Processor seconds of doing it once."""
    begun = time.process_time()
    do()
    return time.process_time() - begun


def sweep() -> None:
    """Clear away what is not needed any more, and no sweeping while we measure: the other side's objects are about."""
    gc.enable()
    gc.collect()
    gc.disable()


def sort_a_million() -> float:
    """The yardstick."""
    numbers = np.random.default_rng(0).random(10**6)
    return seconds(lambda: np.sort(numbers))


def steps(model: mesa.Model, weeks: int) -> float:
    """Processor seconds a week."""

    def run() -> None:
        for _ in range(weeks):
            model.step()

    return seconds(run) / weeks


def warm(scenario: Scenario, weeks: int) -> ChildrensServices:
    """A model a few weeks in, with room for ``weeks`` more."""
    model = ChildrensServices(scenario, 1, weeks=WARM_UP + weeks)
    for _ in range(WARM_UP):
        model.step()
    return model


def told(name: str, taken: list[float], yardstick: list[float]) -> float:
    """Print a line: milliseconds and how many yardsticks; returns the median."""
    median = statistics.median(taken)
    print(f"  {name:58s} {1000 * median:8.2f} ms   {median / statistics.median(yardstick):6.2f} sorts of a million")
    return median


# ---- the parts


def week(rounds: int, weeks: int) -> None:
    """A week of all rules and a whole run with its files, against bare Mesa objects."""
    scenario = load(SCENARIO)
    model, sorts, ours, bare, whole = warm(scenario, rounds * weeks), [], [], [], []
    service = BareService(model)
    n_open = int(np.count_nonzero(model.children.stage > Stage.REFERRED))
    holders = int(np.count_nonzero(model.workers.present & model.workers.case_holding))
    places = int(model.placements.places.sum())
    print(f"{SCENARIO}: {n_open} open cases, {holders} case holders, {len(model.in_care)} in care, {places} places")
    for _ in range(rounds):
        sweep()
        sorts.append(sort_a_million())
        ours.append(steps(model, weeks))
        bare.append(steps(service, weeks))
    task = Task("bench", 2, "", "simulation.model:run_replication", pickle.dumps(scenario))
    for _ in range(3):
        whole.append(seconds(lambda: _packed(task)) / scenario.weeks)
    theirs = told("bare Mesa objects: visits, reviews and plans only", bare, sorts)
    all_rules = told("all rules", ours, sorts)
    run = told(f"all rules, start and result files ({scenario.weeks} weeks)", whole, sorts)
    print(f"  bare Mesa takes {theirs / all_rules:.1f} times as long as all rules, {theirs / run:.1f} times with start and files")
    forget(model)


def _packed(task: Task) -> Outcome:
    outcome = run_task(task)
    if outcome.error:
        raise RuntimeError(outcome.error)
    return outcome


def casework(rounds: int, weeks: int) -> None:
    """The rule ``Duties`` with the granting of hours, against its Mesa twin on the same week; both choose the same."""
    model, sorts, ours, twins = warm(load(SCENARIO), rounds * weeks), [], [], []
    for _ in range(rounds):
        sweep()
        sorts.append(sort_a_million())
        for _ in range(min(weeks, 4)):
            model.clock.advance()
            for rule in model.rules:
                if isinstance(rule, Duties):
                    twin, told_of = CaseworkTwin(model), noting(model)
                    twins.append(seconds(twin.step))
                    ours.append(seconds(lambda rule=rule: rule.step(model)))
                    assert told_of() == twin.chosen(), "the twin chose other children"
                else:
                    rule.step(model)
            model.tally.close_week(model.clock.week)
    theirs, mine = told("casework as Mesa objects", twins, sorts), told("casework in columns", ours, sorts)
    print(f"  the twin takes {theirs / mine:.1f} times as long; it chose the same children every week")
    forget(model)


def larger(scenario: Scenario, times: float) -> Scenario:
    """The scenario with an authority so many times as large: people, posts, slots and places in proportion."""
    parameters = scenario.parameters.model_copy(deep=True)
    for setting in SIZES:
        section, _, name = setting.partition(".")
        setattr(getattr(parameters, section), name, times * names.get(scenario.parameters, setting))
    return replace(scenario, parameters=parameters)


def size(rounds: int, weeks: int, sizes: list[int]) -> None:
    """What a week costs as the authority grows: linear growth is 1.0."""
    print("size of the authority")
    one = 0.0
    for times in sizes:
        model, sorts, taken = warm(larger(load(SCENARIO), times), rounds * weeks), [], []
        for _ in range(rounds):
            sweep()
            sorts.append(sort_a_million())
            taken.append(steps(model, max(weeks // times, 1)))
        cost = told(f"{times} times Bradford: {len(model.children)} children known", taken, sorts)
        one = one or cost / times
        print(f"    {cost / (times * one):.2f} of linear growth")
        forget(model)


def memory() -> None:
    """Whether a model is freed, and whether runs one after another need more and more."""
    gc.enable()
    scenario = load(SCENARIO)
    model = ChildrensServices(scenario, 1, weeks=2)
    gone = weakref.ref(model)
    forget(model)
    del model
    gc.collect()
    print("memory")
    print(f"  a finished model is {'freed' if gone() is None else 'NOT freed'}")
    tracemalloc.start()
    held = []
    for _ in range(20):
        run_replication(scenario, 1, weeks=6)
        gc.collect()
        held.append(tracemalloc.get_traced_memory()[0] / 2**20)
    tracemalloc.stop()
    print(f"  held after the 2nd of 20 runs {held[1]:.1f} MiB, after the 20th {held[-1]:.1f} MiB")
    model = warm(scenario, 160)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(160):
        model.step()
    gc.collect()
    added, peak = tracemalloc.get_traced_memory()[0] - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"  160 weeks add {added / 2**20:.1f} MiB; peak of the process {peak / 1024:.0f} MiB")
    tracemalloc.stop()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--weeks", type=int, default=20, help="weeks in each round")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 5, 20])
    parser.add_argument("--part", nargs="+", default=["week", "casework", "size", "memory"])
    given = parser.parse_args()
    if "week" in given.part:
        week(given.rounds, given.weeks)
    if "casework" in given.part:
        casework(given.rounds, given.weeks)
    if "size" in given.part:
        size(min(given.rounds, 3), given.weeks, given.sizes)
    if "memory" in given.part:
        memory()


if __name__ == "__main__":
    main()
