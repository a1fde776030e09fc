"""Goal seek: which value of one setting brings one measure to a target in one year, by bisection on common random numbers.

The answer has an interval: the values for which the target lies inside the 95% interval of the measure's mean. That is luck
alone; what is unknown about the other settings is not in it.
"""

from __future__ import annotations

import datetime as dt
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from simulation.base.errors import Faults, fault, nearest
from simulation.base.measures import REGISTER
from simulation.base.wording import amount, certainly, plural, year_words
from simulation.experiment.progress import duration
from simulation.experiment.replication import MODEL
from simulation.experiment.runner import run_experiment
from simulation.results import files
from simulation.results.periods import YEAR
from simulation.results.summary import interval
from simulation.scenario import names as dotted
from simulation.scenario.names import Setting
from simulation.scenario.size import with_settings

STEPS = 6
"""Halvings: the answer is found to a 64th of the range that is searched."""
Evaluate = Callable[[float], np.ndarray]
"""The measure in each replication (the same ones every time) at one value of the setting."""


@dataclass(frozen=True)
class Answer:
    """What was found: the value, its interval, and every value that was tried.

    low, high: values for which the target is inside the 95% interval of the mean; ``low_open`` and ``high_open`` where
    that goes on beyond the range searched. tried: a row a value (value, mean, ci_low, ci_high, replications).
    """

    value: float
    low: float
    high: float
    low_open: bool
    high_open: bool
    tried: pd.DataFrame
    steady: bool


def seek(evaluate: Evaluate, low: float, high: float, target: float, steps: int = STEPS, whole: bool = False) -> Answer:
    """Halve the range from ``low`` to ``high`` until ``evaluate``'s mean meets ``target``.

    whole: only whole values are tried. Raises Faults if the target is not between the means at the two ends.
    """
    found: dict[float, np.ndarray] = {}

    def mean(value: float) -> float:
        if value not in found:
            found[value] = np.asarray(evaluate(value), float)
        return float(np.mean(found[value]))

    left, right = (round(low), round(high)) if whole else (low, high)
    ends = mean(left) - target, mean(right) - target
    if ends[0] * ends[1] > 0:
        raise fault(
            "--target",
            f"{target:g} is not reached: the mean goes from {target + ends[0]:.4g} at {left:g} to {target + ends[1]:.4g} at "
            f"{right:g}. Widen the range (--low, --high), or choose a target between.",
        )
    rising = ends[1] > ends[0]
    for _ in range(steps):
        middle = round((left + right) / 2) if whole else (left + right) / 2
        if middle in (left, right):
            break
        left, right = (middle, right) if (mean(middle) < target) == rising else (left, middle)
    return _answer(found, target, left, right)


def _answer(found: dict[float, np.ndarray], target: float, left: float, right: float) -> Answer:
    values = np.array(sorted(found))
    n, mean, below, above = interval(np.column_stack([found[value] for value in values]))
    tried = pd.DataFrame({"value": values, "mean": mean, "ci_low": below, "ci_high": above, "replications": n})
    at = [float(np.mean(found[value])) for value in (left, right)]
    share = (target - at[0]) / (at[1] - at[0]) if at[1] != at[0] else 0.5
    value = left + (right - left) * min(max(share, 0.0), 1.0)
    reach = _within(values, below, above, target) if np.isfinite(below).all() else (np.nan, np.nan)
    steps = np.diff(mean) * np.sign(mean[-1] - mean[0])
    half = (above - below) / 2
    steady = bool((steps >= -np.nan_to_num(np.maximum(half[1:], half[:-1]))).all())
    return Answer(value, *reach, reach[0] == values[0], reach[1] == values[-1], tried, steady)


def _within(values: np.ndarray, below: np.ndarray, above: np.ndarray, target: float) -> tuple[float, float]:
    """The lowest and the highest value for which the target is inside the interval, straight lines between those tried."""
    grid = np.unique(np.concatenate([np.linspace(a, b, 201) for a, b in itertools.pairwise(values)]))
    inside = grid[(np.interp(grid, values, below) <= target) & (np.interp(grid, values, above) >= target)]
    return (float(inside[0]), float(inside[-1])) if len(inside) else (np.nan, np.nan)


@dataclass(frozen=True)
class Wanted:
    """What is sought: a setting, a measure (and group), a financial year, the target, and where to look."""

    setting: str
    measure: str
    year: int
    target: float
    low: float | None = None
    high: float | None = None
    since: dt.date | None = None
    group: str = "all"


def seek_in(
    scenario: Any, wanted: Wanted, out: str | Path, replications: int = 6, seed: int = 0, workers: int | None = None,
    function: str = MODEL, say: Callable[[str], None] = print, weeks: int | None = None,
) -> Answer:  # fmt: skip
    """Seek in ``scenario``; each value tried is an experiment of its own below ``out``, and ``out/seek.csv`` lists them.

    Runs that were made before are kept. weeks: of each run (default: to the end of the year sought). say: is told what is
    about to be done, and after each value what it gave and how long the rest may take. Raises Faults for what cannot be sought.
    """
    setting, (low, high) = _check(scenario, wanted)
    weeks = _weeks(scenario, wanted, weeks)
    folder, began, most = Path(out), time.monotonic(), STEPS + 2
    tried: list[float] = []
    say(f"Trying at most {most} values of {wanted.setting} from {low:g} to {high:g}: {plural(replications, 'run')} of {weeks} "
        f"weeks each, to the end of {year_words(wanted.year)}.")  # fmt: skip

    def evaluate(value: float) -> np.ndarray:
        world, here = with_value(scenario, wanted, value), folder / "tried" / f"{value:.6g}"
        made = run_experiment([replace(world, id=f"{scenario.id} at {value:.6g}")], replications, seed=seed, weeks=weeks,
                              workers=workers, out=here, progress=False, function=function)  # fmt: skip
        values = _of_year(made / "yearly.parquet", wanted, replications)
        tried.append(value)
        left = most - len(tried)
        rest = duration((time.monotonic() - began) / len(tried) * left)
        told = f"{wanted.setting} {value:.6g}: {wanted.measure} {amount(float(values.mean()), REGISTER[wanted.measure].unit)}"
        say(f"{told} (value {len(tried)} of at most {most}{f', about {rest} left' if left else ''})")
        return values

    found = seek(evaluate, low, high, wanted.target, whole=setting.kind == "whole")
    asked = {name: getattr(wanted, name) for name in ("setting", "measure", "group", "year", "target")}
    table = _possible(found.tried, wanted.measure).assign(**asked).to_csv(index=False, float_format="%.6g", lineterminator="\n")
    files.write_bytes(folder / "seek.csv", table.encode("utf-8-sig"))
    return found


def _weeks(scenario: Any, wanted: Wanted, weeks: int | None) -> int:
    """Weeks of each run: as asked, else to the end of the year sought; fewer than that are refused."""
    needed = ((dt.date(wanted.year, 4, 4) - scenario.start).days + 6) // 7
    if weeks is not None and weeks < needed:
        raise fault("--weeks", f"{year_words(wanted.year)} ends after {needed} weeks of {scenario.id}; given {weeks}.")
    return weeks or needed


def _possible(tried: pd.DataFrame, measure: str) -> pd.DataFrame:
    """The table with intervals cut to what can be: no share of a whole below 0 or above 100%."""
    if not REGISTER[measure].is_share:
        return tried
    return tried.assign(ci_low=tried["ci_low"].clip(0, 100), ci_high=tried["ci_high"].clip(0, 100))


def with_value(scenario: Any, wanted: Wanted, value: float) -> Any:
    """The scenario with the setting at ``value``: from the start, or from the day ``wanted.since`` on."""
    setting = dotted.find(wanted.setting, scenario.parameters)
    exact: float = round(value) if setting is not None and setting.kind == "whole" else float(value)
    if wanted.since is None:
        return with_settings(scenario, {wanted.setting: exact})
    return scenario.with_change(wanted.since, {wanted.setting: exact}, "sought")


def _of_year(path: Path, wanted: Wanted, replications: int) -> np.ndarray:
    table = files.read_parquet(path, ["replication", "period_kind", "period", "measure", "group", "value"])
    rows = table[(table["measure"] == wanted.measure) & (table["group"] == wanted.group) & (table["period"] == str(wanted.year))]
    values = rows[rows["period_kind"] == YEAR].set_index("replication")["value"].reindex(range(1, replications + 1))
    if values.isna().any():
        empty = plural(int(values.isna().sum()), "run")
        said = f"{wanted.measure} ({wanted.group}) has no value in {year_words(wanted.year)} in {empty}"
        raise fault("--measure", f"{said}: nothing to seek by.")
    return values.to_numpy(float)


def _check(scenario: Any, wanted: Wanted) -> tuple[Setting, tuple[float, float]]:
    """The setting and the range to search; every fault of the request at once."""
    faults = []

    def wrong(where: str, message: str) -> None:
        faults.extend(fault(where, message).faults)

    setting = dotted.find(wanted.setting, scenario.parameters)
    if setting is None:
        wrong("--setting", f"there is no setting '{wanted.setting}'.{dotted.suggestion(wanted.setting)}")
    elif setting.kind == "choice":
        wrong("--setting", f"'{wanted.setting}' is not a number.")
    if wanted.measure not in REGISTER:
        wrong("--measure", f"there is no measure '{wanted.measure}'.{nearest(wanted.measure, REGISTER)}")
    first = scenario.start.year + (scenario.start.month > 3) + 1
    last = (scenario.start + dt.timedelta(weeks=scenario.weeks) - dt.timedelta(days=90)).year
    if not first <= wanted.year <= last:
        wrong("--year", f"{wanted.year} is not a whole financial year of {scenario.id}, which has {first} to {last}.")
    low, high = _range(setting, wanted, wrong)
    if setting is not None:
        faults.extend(_of_changes(scenario, wanted))
    if faults or setting is None:
        raise Faults(faults)
    return setting, (low, high)


def _range(setting: Setting | None, wanted: Wanted, wrong: Callable[[str, str], None]) -> tuple[float, float]:
    """Where to search: as given, else the setting's plausible range."""
    prior = setting.prior if setting is not None and setting.prior else (None, None)
    low, high = (given if given is not None else usual for given, usual in zip((wanted.low, wanted.high), prior, strict=True))
    if setting is None or setting.kind == "choice":
        return 0.0, 1.0
    if low is None or high is None:
        wrong("--low, --high", f"'{wanted.setting}' has no plausible range of its own: say from where to where to look.")
        return 0.0, 1.0
    if not low < high:
        wrong("--low, --high", f"{low:g} is not below {high:g}.")
    for name, value in (("--low", low), ("--high", high)):
        if setting.clip(value) != value and not (setting.kind == "whole" and setting.clip(value) == round(value)):
            wrong(name, f"{value:g} is not allowed: '{wanted.setting}' goes from {setting.low:g} to {setting.high:g}.")
    return float(low), float(high)


def _of_changes(scenario: Any, wanted: Wanted) -> list[Any]:
    """A fault where the scenario's own dated changes would undo the value that is tried."""
    since, end = wanted.since or scenario.start, scenario.start + dt.timedelta(weeks=scenario.weeks)
    if not scenario.start <= since <= end:
        said = f"{since} is not between the start and the end of {scenario.id}, {scenario.start} to {end}."
        return fault("--from", said).faults
    later = [str(one.starts) for one in scenario.changes if wanted.setting in dict(one.values) and one.starts >= since]
    if later:
        said = f"{scenario.id} itself changes '{wanted.setting}' ({', '.join(later)}). Give a later day with --from."
        return fault("--setting", said).faults
    return []


def text(found: Answer, wanted: Wanted) -> str:
    """The answer in words, with how sure it is and how to see what else the value changes."""
    runs, unit = int(found.tried["replications"].max()), REGISTER[wanted.measure].unit
    if np.isfinite(found.low):
        low, high = (f"{value:.4g}" + (" or beyond" if beyond else "")
                     for value, beyond in ((found.low, found.low_open), (found.high, found.high_open)))  # fmt: skip
        reach = f"95% interval {low} to {high}"
    else:
        reach = "no interval from one run"
    lines = [
        f"{wanted.setting} of about {found.value:.4g} ({reach}) brings {wanted.measure} to {amount(wanted.target, unit)} in "
        f"{year_words(wanted.year)} ({plural(runs, 'run')}, common random numbers at every value).",
        "The interval is chance alone: it does not hold what is unknown about the other settings.",
    ]
    if certainly(runs) != "clearly":
        lines.append("These are few runs: ask for more with --replications before relying on the answer.")
    if not found.steady:
        lines.append("The measure does not move one way only over this range, so other values may do too: see seek.csv.")
    since = wanted.since.isoformat() if wanted.since else "the start"
    lines.append(f"To see what else it changes, give a plan that value from {since} and run it beside its base.")
    return "\n".join(lines)
