"""Differences from the base, year by year, with paired intervals; and the money by category."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from simulation.report.charts.steps import Step, waterfall
from simulation.report.family import Family
from simulation.report.reading import rows_of
from simulation.report.style import DARK_BLUE, DARK_GREY, DARK_PINK, INK, TURQUOISE, Chart, Missing, canvas, plain, ticks
from simulation.words import amount, capital, change, said, short, span, unit_of

SHOWN = (
    "pct_plans_by_second_review",
    "n_plans_overdue",
    "pct_visits_on_time",
    "pct_know_plan",
    "n_looked_after",
    "pct_three_workers",
    "weeks_unrecognised_risk",
    "pct_outside_boundary",
    "gbp_net",
)
VERDICTS = {"better": (TURQUOISE, "^"), "worse": (DARK_PINK, "v"), "changed": (DARK_BLUE, "D")}
MOST_STEPS = 9
COLUMNS = ["Measure", "Year ending March", "Difference", "Low", "High", "Verdict"]


def differences(family: Family) -> list[Chart | Missing]:
    """For each drawn lever, nine measures year by year."""
    if not family.levers:
        return [
            Missing(family.name("differences"), family.topic("Difference from the base"), "No plan was compared with this base.")
        ]
    return [_one(family, lever) for lever in family.drawn if lever != family.base]


def _one(family: Family, lever: str) -> Chart | Missing:
    """Nine small panels of one lever."""
    title, slug = family.results.scenarios[lever].title, "".join(c if c.isalnum() else "_" for c in lever)
    name, topic = family.name(f"difference_{slug}"), family.topic(f"Difference from the base: {title}")
    rows = {m: r for m in SHOWN if len(r := family.results.differences(lever, m).dropna(subset=["difference"]))}
    if not rows:
        return Missing(name, topic, "The comparison holds no whole financial year.")
    first = next(iter(rows))
    end = rows[first].iloc[-1]
    unit = unit_of(first)
    headline = (
        f"{family.label(lever)}: {short(first)} {change(end['difference'], unit)} by {end['year']} "
        f"({span(end['ci_low'], end['ci_high'], unit, sign=True)})"
    )
    subtitle = (
        f"Difference from {family.label(family.base)} in each year to March, same luck on both sides. Bars: 95% paired "
        "interval for the mean difference."
    )
    figure, axes, strip = canvas(headline, subtitle, 6.6, 3, 3, family.assumed([family.base, lever]))
    for place, (measure, row) in zip(axes.flat, rows.items(), strict=False):
        _panel(place, measure, row)
    for spare in list(axes.flat)[len(rows) :]:
        spare.set_visible(False)
    records = [
        (capital(short(m)), str(r["year"]), *np.round([r["difference"], r["ci_low"], r["ci_high"]], 2), _sure(r))
        for m, t in rows.items()
        for r in rows_of(t)
    ]
    told = "; ".join(
        f"{short(m)} {change(t.iloc[-1]['difference'], unit_of(m))} ({_sure(t.iloc[-1])})" for m, t in rows.items()
    )
    alt = f"Small charts of differences from the base. In the last year: {told}."
    note = (
        "Triangle up: better; triangle down: worse; diamond: changed, but neither way is better by itself; open circle: no "
        "clear difference."
    )
    return Chart(name, topic, headline, subtitle, alt, pd.DataFrame(records, columns=COLUMNS), figure, strip_in=strip, note=note)


def _sure(row: Any) -> str:
    return said(str(row["verdict"]), int(row["replications"]))


def _panel(axes: Axes, measure: str, rows: pd.DataFrame) -> None:
    """One measure: a mark and an interval for each year around a line at zero."""
    axes.axhline(0, color=INK, lw=1)
    for row in rows_of(rows):
        colour, marker = VERDICTS.get(str(row["verdict"]), (DARK_GREY, "o"))
        fill = "white" if marker == "o" else colour
        axes.plot([row["year"]] * 2, [row["ci_low"], row["ci_high"]], color=colour, lw=2)
        axes.plot(
            row["year"], row["difference"], marker=marker, markersize=8, color=colour, markerfacecolor=fill, markeredgewidth=1.6
        )
    unit = unit_of(measure)
    end = rows.iloc[-1]
    axes.annotate(
        change(end["difference"], unit if unit in ("%", "GBP") else ""),
        (end["year"], end["ci_high"]),
        (0, 5),
        textcoords="offset points",
        ha="center",
        size=10,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
    )
    axes.set_title(_wrapped(capital(short(measure))), fontsize=10.5)
    axes.set_xlim(rows["year"].min() - 0.6, rows["year"].max() + 0.6)
    axes.set_xticks(rows["year"], [str(y) for y in rows["year"]])
    axes.margins(y=0.28)
    axes.locator_params(axis="y", nbins=4)
    ticks(axes, unit, sign=True)
    plain(axes)


def _wrapped(text: str, wide: int = 28) -> str:
    """A title on two lines when it would run into the next panel."""
    if len(text) <= wide:
        return text
    cut = text.rfind(" ", 0, wide)
    return text[:cut] + "\n" + text[cut + 1 :]


def money_steps(family: Family) -> list[Chart | Missing]:
    """From the base to each drawn lever, by category of spending, over the whole run."""
    if not family.levers:
        return []
    return [_steps(family, lever) for lever in family.drawn if lever != family.base]


def _steps(family: Family, lever: str) -> Chart | Missing:
    """One waterfall of differences: what is spent more and less, and what it comes to."""
    title, slug = family.results.scenarios[lever].title, "".join(c if c.isalnum() else "_" for c in lever)
    name, topic = family.name(f"money_{slug}"), family.topic(f"Where the money moves: {title}")
    rows = family.results.group_differences(lever, "gbp_spend", "category")
    if rows.empty:
        return Missing(name, topic, "The comparison holds no 'gbp_spend' by category over the whole run.")
    rows = rows.sort_values("difference", key=np.abs, ascending=False).head(MOST_STEPS)
    steps = [Step(str(r["name"]), r["difference"], r["ci_low"], r["ci_high"]) for r in rows_of(rows)]
    whole = family.results.difference(lever, "gbp_spend", kind="run") or {}
    total = float(whole.get("difference", sum(step.size for step in steps)))
    rest = total - sum(step.size for step in steps)
    if abs(rest) > 0.005 * abs(steps[0].size):
        steps.append(Step("everything else", rest))
    headline = (
        f"{family.label(lever)} spends {amount(abs(total), 'GBP')} {'more' if total > 0 else 'less'} over the run; the largest "
        f"step is {steps[0].name} ({change(steps[0].size, 'GBP')})"
    )
    base = f", on {amount(whole['base_mean'], 'GBP')}" if "base_mean" in whole else ""
    subtitle = (
        f"Gross spend over the whole run, {family.label(lever)} less {family.label(family.base)}{base}. Line: 95% paired "
        "interval of each step."
    )
    height = 1.0 + 0.47 * (len(steps) + 1)
    figure, axes, strip = canvas(headline, subtitle, height, assumed=family.assumed([family.base, lever]))
    waterfall(axes[0, 0], steps, "GBP", Step("All together", total))
    told = "; ".join(f"{step.name} {change(step.size, 'GBP')}" for step in steps)
    table = pd.DataFrame(
        [(capital(step.name), round(step.size), np.round(step.low), np.round(step.high)) for step in steps],
        columns=["Category", "Difference, pounds", "Low", "High"],
    )
    alt = f"Waterfall of gross spend by category: {told}. All together {change(total, 'GBP')}."
    return Chart(name, topic, headline, subtitle, alt, table, figure, strip_in=strip)
