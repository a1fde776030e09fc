"""Differences from the base, year by year, with paired intervals; and the money by category."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from simulation.report.family import Family
from simulation.report.style import DARK_BLUE, DARK_GREY, DARK_PINK, INK, ORANGE, TURQUOISE, Chart, Missing, canvas, plain, ticks
from simulation.report.words import amount, capital, change, short, span, unit_of

SHOWN = (
    "pct_plans_by_second_review", "n_plans_overdue", "pct_visits_on_time", "pct_know_plan", "n_looked_after", "pct_three_workers",
    "weeks_unrecognised_risk", "pct_outside_boundary", "gbp_net",
)  # fmt: skip
VERDICTS = {"better": (TURQUOISE, "^"), "worse": (DARK_PINK, "v"), "changed": (DARK_BLUE, "D")}
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
    headline = f"{family.label(lever)}: {short(first)} {change(end['difference'], unit)} by {end['year']} ({span(end['ci_low'], end['ci_high'], unit, sign=True)})"
    subtitle = f"Difference from {family.label(family.base)} in each year to March, same luck on both sides. Bars: 95% paired interval for the mean difference."
    figure, axes, strip = canvas(headline, subtitle, 6.6, 3, 3, family.assumed([family.base, lever]))
    for place, (measure, row) in zip(axes.flat, rows.items(), strict=False):
        _panel(place, measure, row)
    for spare in list(axes.flat)[len(rows) :]:
        spare.set_visible(False)
    records = [
        (capital(short(m)), str(r.year), round(r.difference, 2), round(r.ci_low, 2), round(r.ci_high, 2), r.verdict)
        for m, t in rows.items()
        for r in t.itertuples()
    ]
    told = "; ".join(
        f"{short(m)} {change(t.iloc[-1]['difference'], unit_of(m))} ({t.iloc[-1]['verdict']})" for m, t in rows.items()
    )
    alt = f"Small charts of differences from the base. In the last year: {told}."
    note = "Triangle up: better; triangle down: worse; diamond: clear, but neither way is better by itself; open circle: no clear difference."
    return Chart(name, topic, headline, subtitle, alt, pd.DataFrame(records, columns=COLUMNS), figure, strip_in=strip, note=note)


def _panel(axes: Axes, measure: str, rows: pd.DataFrame) -> None:
    """One measure: a mark and an interval for each year around a line at zero."""
    axes.axhline(0, color=INK, lw=1)
    for row in rows.itertuples():
        colour, marker = VERDICTS.get(str(row.verdict), (DARK_GREY, "o"))
        axes.plot([row.year] * 2, [row.ci_low, row.ci_high], color=colour, lw=2)
        axes.plot(
            row.year,
            row.difference,
            marker=marker,
            markersize=8,
            color=colour,
            markerfacecolor="white" if marker == "o" else colour,
            markeredgewidth=1.6,
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
    rows = rows.sort_values("difference", key=np.abs, ascending=False).head(9)[["name", "difference", "ci_low", "ci_high"]]
    whole = family.results.difference(lever, "gbp_spend", kind="run") or {}
    total = float(whole.get("difference", rows["difference"].sum()))
    rest = total - rows["difference"].sum()
    if abs(rest) > 0.005 * max(abs(rows["difference"]).max(), 1):
        rows.loc[len(rows) + 10_000] = ["everything else", rest, np.nan, np.nan]
    way = "more" if total > 0 else "less"
    headline = f"{family.label(lever)} spends {amount(abs(total), 'GBP')} {way} over the run; the largest step is {rows['name'].iloc[0]} ({change(rows['difference'].iloc[0], 'GBP')})"
    base = f", on {amount(whole['base_mean'], 'GBP')}" if "base_mean" in whole else ""
    subtitle = f"Gross spend over the whole run, {family.label(lever)} less {family.label(family.base)}{base}. Line: 95% paired interval of each step."
    figure, axes, strip = canvas(headline, subtitle, 1.0 + 0.47 * (len(rows) + 1), assumed=family.assumed([family.base, lever]))
    _waterfall(axes[0, 0], rows, total)
    told = "; ".join(f"{r.name} {change(r.difference, 'GBP')}" for r in rows.itertuples(index=False))
    table = rows.rename(
        columns={"name": "Category", "difference": "Difference, pounds", "ci_low": "Low", "ci_high": "High"}
    ).round(0)
    table["Category"] = [capital(str(c)) for c in table["Category"]]
    alt = f"Waterfall of gross spend by category: {told}. All together {change(total, 'GBP')}."
    return Chart(name, topic, headline, subtitle, alt, table, figure, strip_in=strip)


def _waterfall(axes: Axes, rows: pd.DataFrame, total: float) -> None:
    """Steps on from one another, then the whole."""
    steps = rows["difference"].to_numpy(float)
    starts = np.r_[0.0, np.cumsum(steps)[:-1]]
    width = max(np.ptp(np.r_[0.0, starts + steps]), 1.0)
    for y, (start, row) in enumerate(zip(starts, rows.itertuples(index=False), strict=True)):
        step = float(row.difference)  # type: ignore[arg-type]
        axes.barh(y, step, left=start, height=0.6, color=ORANGE if step > 0 else TURQUOISE)
        edge = start + max(step, 0.0)
        if np.isfinite(row.ci_low):  # type: ignore[call-overload]
            axes.plot([start + row.ci_low, start + row.ci_high], [y, y], color=INK, lw=1.5, marker="|", markersize=8)  # type: ignore[operator]
            edge = max(edge, start + row.ci_high)  # type: ignore[operator]
        axes.text(edge + 0.02 * width, y, change(step, "GBP"), va="center", size=10.5)
    axes.barh(len(steps), total, height=0.6, color=DARK_BLUE)
    axes.text(max(total, 0.0) + 0.02 * width, len(steps), change(total, "GBP"), va="center", size=10.5, weight="bold")
    axes.axvline(0, color=INK, lw=1)
    axes.set_yticks(range(len(steps) + 1), [capital(str(n)) for n in rows["name"]] + ["All together"])
    axes.set_ylim(len(steps) + 0.6, -0.6)
    axes.margins(x=0.16)
    axes.locator_params(axis="x", nbins=6)
    ticks(axes, "GBP", "x", sign=True)
    plain(axes, "x")
