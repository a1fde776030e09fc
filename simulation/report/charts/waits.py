"""Where the weeks go, and why drift happened."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from simulation.report.family import Family
from simulation.report.style import DARK_BLUE, DARK_GREY, INK, ORANGE, SERIES, TURQUOISE, Chart, Missing, canvas, plain
from simulation.report.words import amount, capital, change

WAITS = {
    "worker": "a worker's time", "manager": "a manager", "plan": "an agreed plan", "panel": "the panel", "court": "the court",
    "family": "a family or home", "review": "a review", "assessment": "an assessment", "matching": "a match",
}  # fmt: skip
PALE_FILLS = {"#28A197", "#F46A25", "#A285D1"}


def where_weeks_go(family: Family) -> Chart | Missing:
    """Child-weeks waited on the way to permanence, by what is waited for: one bar for each scenario."""
    name, topic = family.name("where_the_weeks_go"), family.topic("Where the weeks go")
    rows = family.results.groups("weeks_permanence_wait", "waits_for")
    if rows.empty:
        return Missing(name, topic, "The summary holds no 'weeks_permanence_wait' by what is waited for.")
    table = rows.pivot_table(index="scenario", columns="name", values="mean", sort=False).reindex(
        [s for s in family.drawn if s in set(rows["scenario"])]
    )
    order = [w for w in WAITS if w in table] + sorted(set(table) - set(WAITS))
    table = _merged(table[order].fillna(0.0))
    base = table.loc[family.base]
    worst = str(base.idxmax())
    headline = f"Most of the waiting is for {WAITS.get(worst, worst)}: {amount(100 * base[worst] / max(base.sum(), 1e-9), '%')} of the weeks children wait"
    subtitle = f"Child-weeks waited on the way to permanence in {family.results.when}, mean of the runs, by what is waited for."
    figure, axes, strip = canvas(headline, subtitle, 1.0 + 0.75 * len(table), assumed=family.assumed())
    _stacked(axes[0, 0], table, [family.label(s) for s in table.index], [capital(WAITS.get(w, w)) for w in table.columns])
    shares = ", ".join(f"{WAITS.get(str(w), w)} {amount(v)}" for w, v in base.items())
    totals = "; ".join(f"{family.label(str(s))} {amount(v)}" for s, v in table.sum(axis=1).items())
    shown = table.round(0).rename(index=family.label, columns=lambda w: capital(WAITS.get(w, w))).reset_index(names="Scenario")
    alt = f"Stacked bars of child-weeks. {family.label(family.base)}: {shares}. Totals: {totals}."
    return Chart(name, topic, headline, subtitle, alt, shown, figure, strip_in=strip, note=family.left_out)


def _merged(table: pd.DataFrame) -> pd.DataFrame:
    """At most six kinds of waiting; the smallest go together."""
    if table.shape[1] <= len(SERIES):
        return table
    small = table.mean().nsmallest(table.shape[1] - len(SERIES) + 1).index
    return table.drop(columns=small).assign(other=table[small].sum(axis=1))


def _stacked(axes: Axes, table: pd.DataFrame, rows: list[str], parts: list[str]) -> None:
    """Bars from left to right, the value inside each part and the parts named above the first bar."""
    left = np.zeros(len(table))
    whole = table.sum(axis=1).to_numpy().max()
    heads: list[list[float | str]] = []
    for i, column in enumerate(table):
        width, colour = table[column].to_numpy(), SERIES[i]
        axes.barh(range(len(table)), width, left=left, color=colour, height=0.62, edgecolor="white", linewidth=1.5)
        for y, (x, w) in enumerate(zip(left, width, strict=True)):
            if w > 0.055 * whole:
                axes.text(
                    x + w / 2,
                    y,
                    amount(float(round(w))),
                    ha="center",
                    va="center",
                    size=10.5,
                    color=INK if colour in PALE_FILLS else "white",
                )
        heads.append([float(left[0]), float(width[0]), parts[i]])
        left = left + width
    for y, total in enumerate(left):
        axes.text(total + 0.008 * whole, y, amount(float(round(total))), va="center", size=10.5, weight="bold")
    levels = _heads(axes, heads, whole)
    axes.set_ylim(len(table) - 0.5, -0.85 - 0.34 * levels)
    axes.set_yticks(range(len(table)), rows)
    axes.set_xlim(0, whole * 1.09)
    axes.set_xticks([])
    axes.spines[["bottom", "left"]].set_visible(False)
    plain(axes, "")


def _heads(axes: Axes, heads: list[list], whole: float) -> int:
    """Names over the parts of the first bar, on two heights where they would touch; gives the higher level used."""
    free, highest = [-1.0, -1.0], 0
    for i, (left, width, text) in enumerate(heads):
        wide = len(text) * 0.0125 * whole
        middle = left + width / 2
        level = 0 if middle - wide / 2 > free[0] else 1
        axes.plot([middle, middle], [-0.33, -0.47 - 0.34 * level], color=SERIES[i], lw=1.6)
        axes.text(max(middle, wide / 2), -0.5 - 0.34 * level, text, ha="center", va="bottom", size=10.5)
        free[level], highest = max(middle, wide / 2) + wide / 2, max(highest, level)
    return highest


def why_drift(family: Family) -> Chart | Missing:
    """Each cause taken away in turn: how much sooner plans would come, with the cause alone beside it."""
    name, topic = family.name("why_drift_happened"), family.topic("Why drift happened")
    causes = family.results.table("contributions.csv")
    if causes.empty or not {"cause", "removed_effect"} <= set(causes):
        how = "Run the experiment again with each cause taken away ('run.py causes SCENARIO'), which writes contributions.csv beside the other tables."
        return Missing(name, topic, f"These results hold no knock-out runs, so what caused the drift cannot be shown. {how}")
    if "base" in causes and causes["base"].notna().any():
        causes = causes[causes["base"] == family.base]
    causes = causes.sort_values("removed_effect", ascending=False, key=lambda column: column.abs()).reset_index(drop=True)
    unit = str(causes["unit"].iloc[0]) if "unit" in causes else "%"
    what = str(causes["meaning"].iloc[0]) if "meaning" in causes else "plans agreed by the second review"
    top = causes.iloc[0]
    headline = f"Taking away {top['cause']} would move {what} by {change(top['removed_effect'], unit)}, the most of any cause"
    subtitle = "Each cause removed in turn, same luck; bars step on from one another. Line: 95% interval. In brackets: the cause alone, in a world with none of the others."
    figure, axes, strip = canvas(
        headline,
        subtitle,
        1.3 + 0.55 * (len(causes) + 1),
        assumed="the counterfactual worlds here, in which a cause is taken away",
    )
    _waterfall(axes[0, 0], causes, unit)
    told = "; ".join(f"{row.cause} {change(row.removed_effect, unit)}" for row in causes.itertuples())
    alt = f"Waterfall of knock-outs. Removing each cause changes {what} by: {told}."
    shown = causes.rename(
        columns={
            "cause": "Cause",
            "removed_effect": "Effect of removing it",
            "alone_effect": "Effect of it alone",
            "ci_low": "Low",
            "ci_high": "High",
        }
    )
    note = "The steps need not add up to the whole: causes work through one another, so removing two together is not the sum of removing each."
    return Chart(name, topic, headline, subtitle, alt, shown.round(2), figure, strip_in=strip, note=note)


def _waterfall(axes: Axes, causes: pd.DataFrame, unit: str) -> None:
    """Steps from zero; the interval of each at its end; the effect of the cause alone in words."""
    steps = causes["removed_effect"].to_numpy(float)
    starts = np.r_[0.0, np.cumsum(steps)[:-1]]
    for y, (start, step) in enumerate(zip(starts, steps, strict=True)):
        axes.barh(y, step, left=start, height=0.6, color=DARK_BLUE if step >= 0 else ORANGE)
        axes.plot([start + step] * 2, [y + 0.3, y + 0.7], color=DARK_GREY, lw=1)
        edge = start + max(step, 0)
        if {"ci_low", "ci_high"} <= set(causes) and np.isfinite(causes["ci_low"][y]):
            low, high = start + causes["ci_low"][y], start + causes["ci_high"][y]
            axes.plot([low, high], [y, y], color=INK, lw=1.6, marker="|", markersize=8)
            edge = max(edge, high)
        text = change(step, unit)
        if "alone_effect" in causes and np.isfinite(causes["alone_effect"][y]):
            text += f"   (alone {change(causes['alone_effect'][y], unit)})"
        axes.text(edge + 0.012 * abs(steps).sum(), y, text, va="center", size=10.5)
    total = float(steps.sum())
    axes.barh(len(steps), total, height=0.6, color=TURQUOISE)
    axes.text(
        max(total, 0) + 0.012 * abs(steps).sum(), len(steps), f"{change(total, unit)}  (sum of the steps)", va="center", size=10.5
    )
    axes.axvline(0, color=INK, lw=1)
    axes.set_yticks(range(len(steps) + 1), [capital(str(c)) for c in causes["cause"]] + ["All, added up"])
    axes.set_ylim(len(steps) + 0.6, -0.6)
    low, high = min(0.0, float((starts + steps).min())), max(0.0, float((starts + steps).max()))
    axes.set_xlim(low - 0.05 * (high - low), high + 0.5 * (high - low))
    plain(axes, "x")
