"""Why drift happened, why numbers grew, and which unknown settings matter most."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from simulation.base.wording import amount, capital, change, listed, plural, short, unit_of
from simulation.report.charts.steps import Step, waterfall
from simulation.report.family import Family
from simulation.report.reading import rows_of
from simulation.report.style import DARK_BLUE, INK, ORANGE, Chart, Missing, canvas, plain

KNOCK_OUT = re.compile(r"(?:without|no)_(.+)")
PLANS = "pct_plans_by_second_review"
TOGETHER, INTERACTION, OVER = "all together", "interaction", "through one another"
WORLDS = "the worlds in which a cause is taken away"
NO_CAUSES = "What caused the drift has not been worked out for these results. "
HOW_TO_SEE_CAUSES = (
    "To see it, the same years are run again with each cause taken away in turn, on the same luck (several minutes): "
    "python run.py causes {scenario} --into FOLDER, "
    "where FOLDER is the folder of this report."
)
CAUSES_BEGIN = "It can be for a scenario that begins before 2020, such as bradford_2018: drift is counted from then."
LAST_START = "2020"
NOT_A_SUM = (
    "The steps need not add up to the whole: causes work through one another, so removing two is not the sum of removing each."
)
MOST_SETTINGS = 10


@dataclass(frozen=True)
class Causes:
    """The causes as steps, what they come to, the measure they move and its levels with all and with none of them."""

    steps: list[Step]
    last: Step
    measure: str = PLANS
    levels: str = ""
    made: str = ""


def why_drift(family: Family) -> Chart | Missing:
    """Each cause taken away in turn: how much sooner plans would come, with the cause alone beside it."""
    name, topic = family.name("why_drift_happened"), family.topic("Why drift happened")
    causes = _causes(family)
    if causes is None:
        return Missing(name, topic, NO_CAUSES + _how_to_see(family))
    unit, what = unit_of(causes.measure), short(causes.measure)
    headline = _headline([step for step in causes.steps if step.name != OVER], what, unit)
    subtitle = (
        f"{causes.levels}Each cause removed in turn, same luck; bars step on from one another. Line: 95% interval. In brackets: "
        "the cause alone, in a world with none of the others."
    )
    figure, axes, strip = canvas(headline, subtitle, 1.3 + 0.55 * (len(causes.steps) + 1), assumed=WORLDS)
    waterfall(axes[0, 0], causes.steps, unit, causes.last, good=1)
    every = [*causes.steps, causes.last]
    alt = f"Waterfall of knock-outs. Removing each cause changes {what} by: {_told(every, unit)}."
    rows = [(capital(step.name), *np.round([step.size, step.low, step.high], 2), step.more.strip(" ()")) for step in every]
    table = pd.DataFrame(rows, columns=["Cause", "Effect of removing it", "Low", "High", "The cause alone"])
    return Chart(name, topic, headline, subtitle, alt, table, figure, strip_in=strip, note=causes.made + NOT_A_SUM)


def _how_to_see(family: Family) -> str:
    """What to type; or for which scenarios it can be done, when this one begins too late."""
    start = next((str(one.get("start") or "") for one in family.results.run["scenarios"] if one["id"] == family.base), "")
    if start >= LAST_START:
        return CAUSES_BEGIN
    return HOW_TO_SEE_CAUSES.format(scenario=family.base)


def _headline(steps: list[Step], what: str, unit: str) -> str:
    """The cause that clearly matters most; or that none does, when every interval holds zero."""
    clear = [step for step in steps if np.isfinite(step.low) and not step.low <= 0 <= step.high]
    if not any(np.isfinite(step.low) for step in steps):
        return f"Taken away alone, {steps[0].name} moves {what} most, by {change(steps[0].size, unit)}, in the one run made"
    if not clear:
        return f"Taken away alone, no cause clearly moves {what}: every interval holds zero"
    return f"Taking away {clear[0].name} would move {what} by {change(clear[0].size, unit)}, the most of any cause"


def _causes(family: Family) -> Causes | None:
    """From ``contributions.csv``, else from scenarios beside the base that are called ``without_`` or ``no_`` something."""
    table = family.results.table("contributions.csv")
    if {"cause", "removed_effect"} <= set(table) and len(table):
        return _from_table(table)
    stems = {lever: lever.removeprefix(family.base + "_") for lever in family.levers}
    removed = {lever: found[1].replace("_", " ") for lever, stem in stems.items() if (found := KNOCK_OUT.match(stem))}
    rows = [(cause, family.results.difference(lever, PLANS)) for lever, cause in removed.items()]
    steps = [Step(cause, row["difference"], row["ci_low"], row["ci_high"]) for cause, row in rows if row]
    return Causes(_sorted(steps), _sum(steps)) if steps else None


def _from_table(table: pd.DataFrame) -> Causes:
    """Single removals, largest first, then what they leave over; all removed together at the end."""
    rows = rows_of(table)
    measure = str(rows[0].get("measure") or PLANS)
    steps = {str(row["cause"]): _step(row, unit_of(measure)) for row in rows}
    together, over = steps.pop(TOGETHER, None), steps.pop(INTERACTION, None)
    single = _sorted(list(steps.values()))
    more = [replace(over, name=OVER)] if over and together else []
    levels = ""
    if {"level_as_it_was", "level_with_none"} <= set(table):
        was, none = (amount(float(rows[0][level]), unit_of(measure)) for level in ("level_as_it_was", "level_with_none"))
        levels = f"{capital(short(measure))}: {was} as it was, {none} with none of the causes. "
    last = replace(together, name="All taken away") if together else _sum(single)
    return Causes(single + more, last, measure, levels, _how_made(rows[0]))


def _how_made(row: dict[str, Any]) -> str:
    """How many runs of each world the causes rest on, and of what size the authority was."""
    if not row.get("replications"):
        return ""
    size = float(row.get("size") or 1.0)
    small = f", of an authority {amount(100 * size, '%')} of its size," if size < 1 else ""
    return f"{plural(int(row['replications']), 'run')} of each world{small} with the same luck. "


def _sorted(steps: list[Step]) -> list[Step]:
    return sorted(steps, key=lambda step: -abs(step.size))


def _sum(steps: list[Step]) -> Step:
    return Step("All, added up", sum(step.size for step in steps), more="  (sum of the steps)")


def _step(row: dict[str, Any], unit: str) -> Step:
    """One cause as a step, with what it does alone in brackets."""
    low, high, alone = (float(row.get(name, np.nan)) for name in ("ci_low", "ci_high", "alone_effect"))
    more = f"   (alone {change(alone, unit)})" if np.isfinite(alone) else ""
    return Step(str(row["cause"]), float(row["removed_effect"]), low, high, more)


def _told(steps: list[Step], unit: str) -> str:
    return "; ".join(f"{step.name} {change(step.size, unit)}{step.more}" for step in steps)


def growth(family: Family) -> list[Chart | Missing]:
    """The growth of the number in care in parts, from ``growth.csv``; nothing when there is none."""
    table = family.results.table("growth.csv")
    if not {"part", "children", "ci_low", "ci_high"} <= set(table) or family.number:
        return []
    steps = {
        str(r["part"]): Step(str(r["part"]), float(r["children"]), float(r["ci_low"]), float(r["ci_high"]))
        for r in rows_of(table)
    }
    beside = [steps.pop(part) for part in ("growth published", "unexplained") if part in steps]
    whole = steps.pop("growth in the model", None) or _sum(list(steps.values()))
    parts = list(steps.values())
    top = max(parts, key=lambda step: step.size)
    headline = f"Of {change(whole.size, 'children')} in care, the largest part is {top.name}: {change(top.size, '')}"
    said = [f"{step.name} {change(step.size, '')}" for step in beside]
    seen = f" {capital(listed(said))}." if said else ""
    subtitle = f"What the number in care would have lost without each part, same luck. Line: 95% interval.{seen}"
    figure, axes, strip = canvas(headline, subtitle, 1.2 + 0.5 * (len(parts) + 1), assumed=WORLDS)
    waterfall(axes[0, 0], parts, "children", replace(whole, name="Growth in the model"))
    data = [(capital(s.name), *np.round([s.size, s.low, s.high], 1)) for s in [*parts, whole, *beside]]
    alt = f"Waterfall of growth: {_told([*parts, whole, *beside], 'children')}."
    name, topic = family.name("why_numbers_grew"), family.topic("Why the number in care grew")
    return [
        Chart(
            name,
            topic,
            headline,
            subtitle,
            alt,
            pd.DataFrame(data, columns=["Part", "Children", "Low", "High"]),
            figure,
            strip_in=strip,
        )
    ]


def tornado(family: Family) -> list[Chart | Missing]:
    """Which uncertain settings plans move with most, from ``sensitivity.csv``; nothing when no priors were drawn."""
    table = family.results.table("sensitivity.csv")
    if not {"scenario", "measure", "group", "parameter", "rank_correlation"} <= set(table):
        return []
    rows = table[(table["scenario"] == family.base) & (table["measure"] == PLANS) & (table["group"] == "all")].dropna(
        subset=["rank_correlation"]
    )
    rows = rows.sort_values("rank_correlation", key=lambda column: -column.abs()).head(MOST_SETTINGS)
    if rows.empty:
        return []
    pairs = [(str(r["parameter"]), float(r["rank_correlation"])) for r in rows_of(rows)]
    headline = f"Among the unknown settings, plans move most with {pairs[0][0]}"
    subtitle = (
        f"Rank correlation of {short(PLANS)} with each setting over the draws from its prior: -1 to 1, far from 0 matters most."
    )
    figure, axes, strip = canvas(headline, subtitle, 1.0 + 0.42 * len(pairs))
    for y, (_, value) in enumerate(pairs):
        axes[0, 0].barh(y, value, height=0.6, color=DARK_BLUE if value > 0 else ORANGE)
        side = 1 if value > 0 else -1
        place = {"textcoords": "offset points", "va": "center", "ha": "left" if side > 0 else "right", "size": 10.5}
        axes[0, 0].annotate(f"{value:+.2f}".replace("-", "\N{MINUS SIGN}"), (value, y), (5 * side, 0), **place)
    axes[0, 0].axvline(0, color=INK, lw=1)
    axes[0, 0].set_yticks(range(len(pairs)), [name for name, _ in pairs])
    axes[0, 0].set(ylim=(len(pairs) - 0.4, -0.6), xlim=(-1.15, 1.15))
    plain(axes[0, 0], "x")
    alt = f"Bars of rank correlations: {'; '.join(f'{name} {value:+.2f}' for name, value in pairs)}."
    data = pd.DataFrame(pairs, columns=["Setting", "Rank correlation"])
    return [
        Chart(
            family.name("unknown_settings"),
            family.topic("Which unknown settings matter"),
            headline,
            subtitle,
            alt,
            data,
            figure,
            strip_in=strip,
        )
    ]
