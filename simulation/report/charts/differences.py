"""Differences from the base, year by year, with paired intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from simulation.base.wording import capital, change, said, short, span, unit_of, year_words
from simulation.report.family import Family
from simulation.report.reading import rows_of
from simulation.report.style import DARK_BLUE, DARK_GREY, DARK_PINK, INK, TURQUOISE, Chart, Missing, canvas, plain, ticks
from simulation.report.verdict import worth_saying

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
    headline = f"{family.label(lever)}: {_first_words(rows)}"
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
    told = "; ".join(f"{short(m)} {change(t.iloc[-1]['difference'], unit_of(m))} ({_sure(t.iloc[-1])})" for m, t in rows.items())
    alt = f"Small charts of differences from the base. In the last year: {told}."
    note = (
        "Triangle up: better; triangle down: worse; diamond: changed, but neither way is better by itself; open circle: no "
        "clear difference."
    )
    return Chart(name, topic, headline, subtitle, alt, pd.DataFrame(records, columns=COLUMNS), figure, strip_in=strip, note=note)


def _first_words(rows: dict[str, pd.DataFrame]) -> str:
    """The first measure in the last year, when the runs show a difference worth saying; else that they do not."""
    measure = next(iter(rows))
    end = rows_of(rows[measure].tail(1))[0]
    if not worth_saying(end):
        return f"no difference worth saying in {short(measure)}, {year_words(int(end['year']))}"
    unit = unit_of(measure)
    interval = span(end["ci_low"], end["ci_high"], unit, sign=True)
    return f"{short(measure)} {change(end['difference'], unit)} in {year_words(int(end['year']))} ({interval})"


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
