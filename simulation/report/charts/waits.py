"""Where the weeks go: child-weeks waited on the way to permanence, by what is waited for."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from simulation.base.wording import amount, capital
from simulation.report.family import Family
from simulation.report.reading import rows_of
from simulation.report.style import INK, SERIES, Chart, Missing, canvas, plain

WAITS = {
    "manager": "a manager",
    "worker": "a worker's time",
    "plan": "an agreed plan",
    "panel": "the panel",
    "assessor": "a kinship assessor",
    "court": "the court",
    "family": "a family",
    "transition": "moving in",
}
"""What children wait for, in the order of the pathway."""
PALE_FILLS = {"#28A197", "#F46A25", "#A285D1"}


def waited_for(name: object) -> str:
    """The name of what is waited for, in words."""
    return WAITS.get(str(name), str(name))


def where_weeks_go(family: Family) -> Chart | Missing:
    """Child-weeks waited on the way to permanence, by what is waited for: one bar for each scenario."""
    name, topic = family.name("where_the_weeks_go"), family.topic("Where the weeks go")
    rows = family.results.groups("weeks_permanence_wait", "waits_for")
    if rows.empty:
        return Missing(name, topic, "The summary holds no 'weeks_permanence_wait' by what is waited for.")
    table = rows.pivot_table(index="scenario", columns="name", values="mean", sort=False).reindex(
        [s for s in family.drawn if s in set(rows["scenario"])]
    )
    order = [w for w in WAITS if w in table] + sorted({str(w) for w in table} - set(WAITS))
    table = _merged(table[order].fillna(0.0))
    base = {str(wait): float(weeks) for wait, weeks in rows_of(table.loc[[family.base]])[0].items()}
    worst = max(base, key=lambda wait: base[wait])
    share = 100 * base[worst] / max(sum(base.values()), 1e-9)
    headline = f"The largest part of the waiting is for {waited_for(worst)}: {amount(share, '%')} of the weeks children wait"
    subtitle = f"Child-weeks waited on the way to permanence in {family.results.when}, mean of the runs, by what is waited for."
    figure, axes, strip = canvas(headline, subtitle, 1.0 + 0.75 * len(table), assumed=family.assumed())
    _stacked(axes[0, 0], table, [family.label(s) for s in table.index], [capital(waited_for(w)) for w in table.columns])
    shares = ", ".join(f"{waited_for(w)} {amount(v)}" for w, v in base.items())
    totals = "; ".join(f"{family.label(str(s))} {amount(float(v))}" for s, v in table.sum(axis=1).items())
    shown = table.round(0).rename(index=family.label, columns=lambda w: capital(waited_for(w))).reset_index(names="Scenario")
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
            if w > 0.0135 * whole * len(amount(float(round(w)))):
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
