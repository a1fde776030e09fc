"""Need against suitable places, the map, and brothers and sisters."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Circle

from simulation.base.wording import amount, capital, plural, short
from simulation.report.charts.dots import by_group, dots, key, shown, told
from simulation.report.charts.lines import every_fourth, year_axis
from simulation.report.family import Family
from simulation.report.style import DARK_BLUE, INK, ORANGE, PALE, QUIET, SERIES, Chart, Missing, canvas, label_ends, plain, ticks

OWN = ("own carers", "own homes")
EMPTY = ("free", "vacant", "empty")
RINGS_MILES = (5, 10, 20, 40)
MAP_MILES = 60


def need_and_places(family: Family) -> Chart | Missing:
    """Children in care against the authority's own places by state, and why searches near home fail."""
    name, topic = family.name("need_and_places"), family.topic("Need against suitable places")
    children = family.weekly("n_looked_after").get(family.base)
    states = _own_places(family)
    reasons = by_group(family, "new_failed_searches", "reason")
    if children is None or not states or reasons.empty:
        return Missing(name, topic, "It needs the places of own carers and own homes by state, and the searches that failed.")
    failed = reasons[family.base]
    free = next((state for state in states if state in EMPTY), "")
    empty = float(np.mean(states[free][:, -1])) if free else 0.0
    headline = (
        f"At the end, {amount(float(np.mean(children[:, -1])))} children in care and {amount(empty)} own places empty; "
        f"{amount(float(failed.sum()))} searches found none of them suitable; most often: {str(failed.idxmax()).lower()}"
    )
    subtitle = (
        f"Left: {family.label(family.base)}, places of own carers and own homes, not of agencies and private homes. "
        f"Right: searches in {family.results.when} in which no own local place tried would do. All are means of the runs."
    )
    figure, axes, strip = canvas(headline, subtitle, 3.9, 1, 2, family.assumed(), keyed=True, width_ratios=[1.0, 1.05])
    ends = _places_over_time(axes[0, 0], family, children, states)
    dots(axes[0, 1], family, reasons.rename(index=capital), "searches")
    axes[0, 1].set_title("Searches that failed, by reason")
    key(figure, strip, family, list(reasons.columns))
    table = pd.concat(
        [
            pd.DataFrame({"Figure": [f"At the end: {t}" for _, t, _ in ends], "Base": [round(v) for v, _, _ in ends]}),
            reasons.rename(index=lambda r: f"Failed searches: {r}")
            .round(1)
            .reset_index(names="Figure")
            .rename(columns={family.base: "Base"})
            .rename(columns={s: family.label(s) for s in family.levers}),
        ]
    )
    alt = (
        f"Lines: at the end, {', '.join(f'{t} {amount(v)}' for v, t, _ in ends)}. Failed searches by reason. "
        f"{told(family, reasons, 'searches')}."
    )
    return Chart(name, topic, headline, subtitle, alt, table.fillna(""), figure, strip_in=strip, note=family.left_out)


def _own_places(family: Family) -> dict[str, np.ndarray]:
    """The base's own places by state, week by week: own carers and own homes together."""
    states: dict[str, np.ndarray] = {}
    for kind in OWN:
        for group in family.results.weekly_groups("n_places", kind):
            weeks, state = family.weekly("n_places", group), group.partition(":")[2]
            if family.base in weeks:
                states[state] = states.get(state, 0.0) + weeks[family.base]
    return states


def _places_over_time(
    axes: Axes, family: Family, children: np.ndarray, states: dict[str, np.ndarray]
) -> list[tuple[float, str, str]]:
    """Lines of the means of the runs; gives the ends with their names."""
    ends = []
    lines = {"Children in care": children} | {f"Own places: {state}": values for state, values in states.items()}
    for i, (label, values) in enumerate(lines.items()):
        middle = np.mean(values, axis=0)
        weeks = every_fourth(len(middle))
        axes.plot(
            family.results.dates[weeks],
            middle[weeks],
            color=SERIES[i % 6],
            linestyle=["-", (0, (6, 2)), (0, (2, 1.5)), (0, (8, 2, 2, 2))][i % 4],
        )
        ends.append((float(middle[-1]), label, SERIES[i % 6]))
    axes.set_ylim(bottom=0, top=max(end for end, _, _ in ends) * 1.15)
    axes.set_title("Children, and own places")
    ticks(axes, "places")
    year_axis(axes, family.results.dates, every=max(1, len(set(family.results.dates.year)) // 3))
    plain(axes)
    label_ends(axes, family.results.dates[-1], ends)
    return ends


def placement_map(family: Family) -> Chart | Missing:
    """Where children live, with distance rings from the authority's centre: one run, at its end."""
    name, topic = family.name("map_of_placements"), family.topic("Where children live")
    columns = ["end", "inside_boundary", "x_miles", "y_miles", "distance_miles"]
    rows = family.results.records("placements", columns, scenario=family.base, replication=1)
    rows = rows[rows["end"].isna() & rows["x_miles"].notna()]
    if rows.empty:
        return Missing(name, topic, "It needs placements.parquet with the places of the first replication.")
    away = np.hypot(rows["x_miles"].to_numpy(float), rows["y_miles"].to_numpy(float))
    outside = ~np.asarray(rows["inside_boundary"], dtype=bool)
    headline = (
        f"{amount(100 * outside.mean(), '%')} of children live outside the boundary, "
        f"{amount(100 * float((rows['distance_miles'] > 20).mean()), '%')} more than 20 miles from home"
    )
    subtitle = (
        f"{family.label(family.base)}, the first run, on its last day: {plural(len(rows), 'placement')}. Rings: miles from the "
        "authority's centre."
    )
    figure, axes, strip = canvas(headline, subtitle, 5.6, 1, 2, family.assumed([family.base]), width_ratios=[1.45, 1])
    _rings(axes[0, 0], rows, away, outside)
    bands = pd.cut(
        rows["distance_miles"], [-1, 5, 10, 20, 50, np.inf], labels=["up to 5", "5 to 10", "10 to 20", "20 to 50", "over 50"]
    )
    table = (
        pd.crosstab(bands, np.where(outside, "Outside the boundary", "Inside the boundary"))
        .rename_axis(columns=None)
        .reset_index(names="Miles from home")
    )
    _distance_bars(axes[0, 1], table)
    counts = "; ".join(f"{band} miles {n}" for band, n in bands.value_counts(sort=False).items())
    alt = (
        f"Map of {len(rows):,} placements, {int(outside.sum()):,} of them outside the boundary. Children by distance from home: "
        f"{counts}."
    )
    far = int((away > MAP_MILES).sum())
    note = (
        (
            f"{plural(far, 'placement')} further than {MAP_MILES} miles from the centre {'is' if far == 1 else 'are'} drawn at "
            "the edge. "
        )
        if far
        else ""
    )
    return Chart(
        name,
        topic,
        headline,
        subtitle,
        alt,
        table.astype({"Miles from home": str}),
        figure,
        strip_in=strip,
        note=note + "Positions are synthetic.",
    )


def _rings(axes: Axes, rows: pd.DataFrame, away: np.ndarray, outside: np.ndarray) -> None:
    """Placements inside and outside the boundary over rings; the far ones stand at the edge."""
    edge = min(MAP_MILES, max(12.0, float(np.quantile(away, 0.985)) * 1.1))
    shrink = np.minimum(1.0, edge / np.maximum(away, 1e-9))
    x, y = rows["x_miles"].to_numpy() * shrink, rows["y_miles"].to_numpy() * shrink
    for miles in [r for r in RINGS_MILES if r <= edge * 1.02]:
        axes.add_artist(Circle((0, 0), miles, fill=False, edgecolor="#8A8F94", lw=1, linestyle=(0, (4, 3))))
        axes.text(
            0,
            miles,
            f"{miles} miles",
            ha="center",
            va="center",
            size=10,
            color=QUIET,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            zorder=4,
        )
    for mask, colour, marker, label in (
        (~outside, DARK_BLUE, "o", "inside the boundary"),
        (outside, ORANGE, "^", "outside the boundary"),
    ):
        axes.plot(
            x[mask],
            y[mask],
            marker=marker,
            linestyle="none",
            color=colour,
            markersize=4.5 if marker == "o" else 5.5,
            alpha=0.75,
            markeredgewidth=0,
            label=f"{label} ({int(mask.sum()):,})",
        )
    axes.plot(0, 0, marker="+", color=INK, markersize=14, markeredgewidth=2, zorder=5)
    axes.set(
        xlim=(-edge * 1.05, edge * 1.05), ylim=(-edge * 1.05, edge * 1.05), aspect="equal", xticks=[], yticks=[], facecolor=PALE
    )
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.grid(False)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, frameon=False, markerscale=1.8, handletextpad=0.2, borderaxespad=0.2
    )


def _distance_bars(axes: Axes, table: pd.DataFrame) -> None:
    """Children by miles from home, inside and outside the boundary."""
    left = np.zeros(len(table))
    for column, colour in (("Inside the boundary", DARK_BLUE), ("Outside the boundary", ORANGE)):
        width = table[column].to_numpy() if column in table else np.zeros(len(table))
        axes.barh(range(len(table)), width, left=left, color=colour, height=0.6, edgecolor="white", linewidth=1.2)
        left = left + width
    for y, total in enumerate(left):
        axes.annotate(f"{total:,.0f}", (total, y), (6, 0), textcoords="offset points", va="center", size=10.5)
    axes.set_yticks(range(len(table)), [str(band) for band in table["Miles from home"]])
    axes.set(ylim=(len(table) - 0.4, -0.6), xlim=(0, left.max() * 1.2 or 1), xticks=[])
    axes.set_title("Children by miles from home")
    axes.spines[["bottom"]].set_visible(False)
    plain(axes, "")


def siblings(family: Family) -> Chart | Missing:
    """Brothers and sisters together, by the size of the group, and placed to their plan."""
    name, topic = family.name("siblings"), family.topic("Brothers and sisters")
    together = by_group(family, "pct_siblings_together", "size")
    if together.empty:
        return Missing(name, topic, "The summary holds no 'pct_siblings_together' by size of group.")
    together = together.sort_index().rename(index=lambda size: f"Groups of {size}")
    groups = family.results.figures("n_sibling_groups")
    many = f" of {amount(float(groups['mean'][family.base]))} groups" if family.base in groups.index else ""
    first, last = together[family.base].iloc[0], together[family.base].iloc[-1]
    headline = f"{amount(first, '%')} of the smallest sibling groups live together, {amount(last, '%')} of the largest"
    subtitle = (
        f"Share{many} placed wholly together at the end of {family.results.when}, by size; and share placed to their assessed "
        "plan. Mean of the runs."
    )
    plan = family.last("pct_siblings_to_plan")["mean"]
    if len(plan) == together.shape[1]:
        together.loc["To their plan"] = plan.reindex(together.columns)
    figure, axes, strip = canvas(headline, subtitle, 0.9 + 0.5 * len(together), assumed=family.assumed(), keyed=True)
    dots(axes[0, 0], family, together, "%")
    axes[0, 0].set_xlim(0, 108)
    key(figure, strip, family, list(together.columns))
    alt = f"{capital(short('pct_siblings_together'))}, by size of group. {told(family, together, '%')}."
    return Chart(
        name, topic, headline, subtitle, alt, shown(family, together, "Group"), figure, strip_in=strip, note=family.left_out
    )
