"""A row for each category, a mark for each scenario: the plain way to compare several plans."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from simulation.base.wording import amount, capital
from simulation.report.family import Family
from simulation.report.style import RULE, plain, ticks


def dots(axes: Axes, family: Family, table: pd.DataFrame, unit: str, *, zero: bool = True) -> None:
    """``table``: a row for each category, a column for each scenario. The base's figure is written beside its mark."""
    low, high = float(min(0, table.min().min())), float(table.max().max())
    for y, (_, row) in enumerate(table.iterrows()):
        axes.plot([row.min(), row.max()], [y, y], color=RULE, lw=3, zorder=1, solid_capstyle="round")
        for scenario, value in row.items():
            look = family.look(str(scenario))
            axes.plot(
                value,
                y,
                marker=look["marker"],
                color=look["color"],
                markersize=9,
                zorder=3,
                markeredgecolor="white",
                linestyle="none",
            )
        base = amount(float(row[family.base]), unit)
        axes.annotate(base, (float(row.max()), y), (10, 0), textcoords="offset points", va="center", size=10.5)
    axes.set_yticks(range(len(table)), [str(name) for name in table.index])
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.set_xlim(low - 0.02 * (high - low), high + 0.16 * (high - low) or 1)
    axes.locator_params(axis="x", nbins=5)
    ticks(axes, unit, "x")
    plain(axes, "x")
    axes.spines["left"].set_visible(False)


def key(figure: Figure, strip_in: float, family: Family, scenarios: list[str]) -> None:
    """The key, between the headline and the plots: a mark and a name for each scenario; the figure written is the base's."""
    looks = {family.label(scenario): family.look(scenario) for scenario in scenarios}
    handles = [
        Line2D([], [], marker=k["marker"], color=k["color"], linestyle="none", markersize=9, label=label)
        for label, k in looks.items()
    ]
    if len(handles) > 1:
        handles.append(Line2D([], [], linestyle="none", label=f"Figures written: {family.label(family.base)}"))
    _place(figure, strip_in, handles, 0.2)


def line_key(figure: Figure, strip_in: float, looks: dict[str, dict]) -> None:
    """The key of lines: a piece of each line and its name."""
    _place(figure, strip_in, [Line2D([], [], label=label, **look) for label, look in looks.items()], 0.6)


def _place(figure: Figure, strip_in: float, handles: list[Line2D], gap: float) -> None:
    top = 1 - strip_in / figure.get_figheight()
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.0, top),
        ncols=len(handles),
        frameon=False,
        handletextpad=gap,
        columnspacing=1.4,
        borderaxespad=0.2,
        fontsize=10.5,
    ).set_in_layout(False)


def by_group(family: Family, measure: str, kind: str, *, most: int = 9) -> pd.DataFrame:
    """Means over the main period: groups by drawn scenarios, the base's largest first, at most ``most`` of them."""
    rows = family.results.groups(measure, kind)
    rows = rows[rows["scenario"].isin(family.drawn)]
    if rows.empty or family.base not in set(rows["scenario"]):
        return pd.DataFrame()
    table = rows.pivot_table(index="name", columns="scenario", values="mean").fillna(0.0)
    return table[[s for s in family.drawn if s in table]].sort_values(family.base, ascending=False).head(most)


def shown(family: Family, table: pd.DataFrame, first: str) -> pd.DataFrame:
    """The same table with names for the page."""
    out = table.rename(columns={s: family.label(str(s)) for s in table.columns}).rename_axis(columns=None)
    return out.round(2).reset_index(names=first)


MOST_TOLD = 5


def told(family: Family, table: pd.DataFrame, unit: str) -> str:
    """The first rows in words: ``Visit: base 12, plan 9; ...``."""
    said = [
        f"{capital(str(name))}: " + ", ".join(f"{family.label(str(s))} {amount(float(v), unit)}" for s, v in row.items())
        for name, row in table.head(MOST_TOLD).iterrows()
    ]
    more = len(table) - MOST_TOLD
    return "; ".join(said) + (f"; and {more} more in the table" if more > 0 else "")
