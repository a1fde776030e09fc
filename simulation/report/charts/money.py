"""Where the money moves: from the base to a plan by category, income and capital included, over the whole run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from simulation.base.wording import ENOUGH_RUNS, amount, capital, change
from simulation.report import money
from simulation.report.charts.steps import Step, waterfall
from simulation.report.family import Family
from simulation.report.reading import rows_of
from simulation.report.style import Chart, Missing, canvas

MOST_STEPS = 9
SMALL = 0.005
COLOURS = "Orange: costs more than the base; blue: costs less. Thin line: 95% paired interval of each step. "
CAPITAL = "capital (not from the budget)"


def money_steps(family: Family) -> list[Chart | Missing]:
    """From the base to each drawn plan, by category of spending, over the whole run."""
    return [_chart(family, lever) for lever in family.drawn if lever != family.base]


def _chart(family: Family, lever: str) -> Chart | Missing:
    """One waterfall of differences: what is spent more and less, and the one total that the answer gives."""
    title, slug = family.results.scenarios[lever].title, "".join(c if c.isalnum() else "_" for c in lever)
    name, topic = family.name(f"money_{slug}"), family.topic(f"Where the money moves: {title}")
    found = money.money(family.results, lever)
    steps = _steps(family, lever, found)
    if found is None or not steps:
        return Missing(name, topic, "The comparison holds no 'gbp_spend' by category over the whole run.")
    headline = f"{family.label(lever)}: {_headline(steps, found)}"
    subtitle = f"All money over {found.when}, {family.label(family.base)} to {family.label(lever)}, income and capital included."
    figure, axes, strip = canvas(headline, subtitle, 1.0 + 0.47 * (len(steps) + 1), assumed=family.assumed([family.base, lever]))
    last = Step("all together", found.total, found.low, found.high)
    waterfall(axes[0, 0], steps, "GBP", Step("all together", found.total))
    told = "; ".join(f"{step.name} {change(step.size, 'GBP')}" for step in steps)
    table = pd.DataFrame(
        [(capital(step.name), round(step.size), np.round(step.low), np.round(step.high)) for step in [*steps, last]],
        columns=["Category", "Difference, pounds", "Low", "High"],
    )
    alt = f"Waterfall of money by category: {told}. All together {change(found.total, 'GBP')}."
    return Chart(name, topic, headline, subtitle, alt, table, figure, strip_in=strip, note=COLOURS.strip())


def _headline(steps: list[Step], found: money.Money) -> str:
    """The total, when it can be told from luck; and the largest step whose interval leaves zero out, with enough runs."""
    seems = "seems to cost" if found.runs < ENOUGH_RUNS else "costs"
    total = f"{seems} {amount(abs(found.total), 'GBP')} {'more' if found.total > 0 else 'less'} than the base"
    if not found.clear:
        return f"{change(found.total, 'GBP')} on average, which the runs cannot tell from luck"
    sure = [step for step in steps if np.isfinite(step.low) and not step.low <= 0 <= step.high]
    if found.runs < ENOUGH_RUNS or not sure:
        return total
    return f"{total}; the largest step is {sure[0].name} ({change(sure[0].size, 'GBP')})"


def _steps(family: Family, lever: str, found: money.Money | None) -> list[Step]:
    """The largest categories of spending, all else, income, and capital: together the total."""
    rows = family.results.group_differences(lever, "gbp_spend", "category")
    if rows.empty or found is None:
        return []
    rows = rows.sort_values("difference", key=np.abs, ascending=False).head(MOST_STEPS)
    steps = [Step(str(r["name"]), r["difference"], r["ci_low"], r["ci_high"]) for r in rows_of(rows)]
    income = family.results.difference(lever, "gbp_income", kind="run")
    if income and abs(income["difference"]) > SMALL * abs(steps[0].size):
        steps.append(_income(income))
    rest = found.budget - sum(step.size for step in steps)
    if abs(rest) > SMALL * abs(steps[0].size):
        steps.append(Step("everything else", rest))
    return [*steps, Step(CAPITAL, found.capital)] if found.capital else steps


def _income(row: dict[str, Any]) -> Step:
    """More income costs less."""
    return Step("income", -row["difference"], -row["ci_high"], -row["ci_low"])
