"""The pathway as a flow: why care started, the route, how it ended."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from simulation.base.wording import amount, capital
from simulation.report.family import Family
from simulation.report.style import INK, SERIES, Chart, Missing, canvas

STAGES = {"reason_started": "Why care started", "route": "Permanence route", "reason_ceased": "How it ended"}
STILL, NO_ROUTE = "still in care", "no plan yet"
MOST = 6
SMALL = 0.012


def pathway(family: Family) -> Chart | Missing:
    """Children of the base from reason for care, through route, to how care ended: mean of the runs."""
    name, topic = family.name("pathway"), family.topic("Flow through the pathway")
    rows = family.results.records("children", ["replication", *STAGES, "started_before"], scenario=family.base)
    if rows.empty:
        return Missing(name, topic, "It needs children.parquet, with a row for each period of care.")
    entered = rows[~rows["started_before"].fillna(False).astype(bool)]
    flows = _flows(entered if len(entered) else rows)
    runs = rows["replication"].nunique()
    flows["children"] = flows["children"] / runs
    total = float(flows["children"].sum())
    ended = flows.groupby("reason_ceased")["children"].sum()
    still = float(ended.get(STILL, 0.0))
    headline = (
        f"Of {amount(total)} children who come into care, {amount(total - still)} have left by the end of the run and "
        f"{amount(still)} are still in care"
    )
    who = "Children who started to be looked after during the run" if len(entered) else "All children looked after during the run"
    subtitle = f"{who}, {family.label(family.base)}, mean of {runs} runs. Width: number of children."
    figure, axes, strip = canvas(headline, subtitle, 5.4, assumed=family.assumed([family.base]))
    _alluvial(axes[0, 0], flows, total)
    ways = flows.groupby("route")["children"].sum().sort_values(ascending=False)
    alt = (
        f"Flow of {amount(total)} children. By route: {', '.join(f'{r} {amount(float(v))}' for r, v in ways.items())}. "
        f"By end: {', '.join(f'{r} {amount(float(v))}' for r, v in ended.sort_values(ascending=False).items())}."
    )
    table = (
        flows.sort_values("children", ascending=False)
        .round(1)
        .rename(columns={**STAGES, "children": "Children, mean of the runs"})
    )
    return Chart(name, topic, headline, subtitle, alt, table, figure, strip_in=strip)


def _flows(rows: pd.DataFrame) -> pd.DataFrame:
    """Counts by the three stages, small kinds gathered in 'other'."""
    tidy = pd.DataFrame({stage: rows[stage].fillna("").astype(str).str.strip() for stage in STAGES})
    tidy["reason_ceased"] = tidy["reason_ceased"].replace({"": STILL, "none": STILL, "X1": STILL})
    tidy["route"] = tidy["route"].replace({"": NO_ROUTE, "none": NO_ROUTE})
    for stage in STAGES:
        kept = tidy[stage].value_counts().index[:MOST]
        tidy[stage] = tidy[stage].where(tidy[stage].isin(kept), "other")
    return tidy.groupby(list(STAGES), observed=True).size().rename("children").reset_index()


def _alluvial(axes: Axes, flows: pd.DataFrame, total: float) -> None:
    """Three columns of bars and the ribbons between them, coloured by route."""
    gap = 0.035 * total
    orders = {stage: list(flows.groupby(stage)["children"].sum().sort_values(ascending=False).index) for stage in STAGES}
    places = {stage: _stack(flows, stage, orders[stage], gap) for stage in STAGES}
    colours = {route: SERIES[i % len(SERIES)] for i, route in enumerate(orders["route"])}
    for left, right, x0, x1 in (("reason_started", "route", 0.02, 0.98), ("route", "reason_ceased", 1.02, 1.98)):
        _ribbons(axes, flows, (left, right), (x0, x1), places, orders, colours)
    for x, stage in enumerate(STAGES):
        for name in orders[stage]:
            low, high = places[stage][name]
            axes.fill_between([x - 0.02, x + 0.02], low, high, color=colours[name] if stage == "route" else "#3D3D3D", lw=0)
            if high - low > SMALL * total:
                side, place = ("right", x - 0.04) if x == 0 else ("left", x + 0.04)
                box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5} if x == 1 else None
                axes.text(
                    place,
                    (low + high) / 2,
                    f"{capital(name)} {amount(high - low)}",
                    ha=side,
                    va="center",
                    size=10.5,
                    color=INK,
                    bbox=box,
                )
        axes.text(x, -0.03 * total, STAGES[stage], ha="center", va="bottom", weight="bold", size=11)
    axes.set_xlim(-0.62, 2.62)
    axes.set_ylim(max(p[1] for stage in places.values() for p in stage.values()) * 1.01, -0.1 * total)
    axes.axis("off")


def _stack(flows: pd.DataFrame, stage: str, order: list[str], gap: float) -> dict[str, tuple[float, float]]:
    """Where each bar of a stage begins and ends."""
    sizes = flows.groupby(stage)["children"].sum()
    place, at = {}, 0.0
    for name in order:
        place[name] = (at, at + float(sizes[name]))
        at += float(sizes[name]) + gap
    return place


def _ribbons(
    axes: Axes,
    flows: pd.DataFrame,
    stages: tuple[str, str],
    xs: tuple[float, float],
    places: dict,
    orders: dict,
    colours: dict[str, str],
) -> None:
    """Curved ribbons from one stage to the next."""
    pairs = flows.groupby(list(stages))["children"].sum()
    at = {stage: {name: low for name, (low, _) in places[stage].items()} for stage in stages}
    middle = sum(xs) / 2
    for start in orders[stages[0]]:
        for end in orders[stages[1]]:
            size = float(pairs.get((start, end), 0.0))
            if size <= 0:
                continue
            low, far = at[stages[0]][start], at[stages[1]][end]
            at[stages[0]][start] += size
            at[stages[1]][end] += size
            outline = np.array(
                [
                    (xs[0], low),
                    (middle, low),
                    (middle, far),
                    (xs[1], far),
                    (xs[1], far + size),
                    (middle, far + size),
                    (middle, low + size),
                    (xs[0], low + size),
                    (xs[0], low),
                ]
            )
            codes = [
                Path.MOVETO,
                Path.CURVE4,
                Path.CURVE4,
                Path.CURVE4,
                Path.LINETO,
                Path.CURVE4,
                Path.CURVE4,
                Path.CURVE4,
                Path.CLOSEPOLY,
            ]
            axes.add_patch(
                PathPatch(Path(outline, codes), facecolor=colours[start if stages[0] == "route" else end], alpha=0.38, lw=0)
            )
