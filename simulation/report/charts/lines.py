"""Lines over time: visits beside plans, the workforce beside worker changes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import date2num

from simulation.base.wording import amount, capital, plural
from simulation.report.charts.dots import line_key
from simulation.report.family import Family
from simulation.report.style import DARK_BLUE, ORANGE, SHADE, Chart, Missing, canvas, fitted, label_ends, plain, ticks

QUARTER_WEEKS = 13
LOOKS = ((DARK_BLUE, "-"), (ORANGE, (0, (5, 1.5))))
SETTLING_WEEKS = 26
STEP_WEEKS = 4
"""Standing counts are drawn every fourth week."""


def quarterly_ratio(top: np.ndarray, below: np.ndarray, scale: float = 100.0) -> np.ndarray:
    """``scale * sum / sum`` over each 13 weeks (replications by quarters); week 0 is left out, and a part quarter too."""
    quarters = (top.shape[1] - 1) // QUARTER_WEEKS
    cut = slice(1, 1 + quarters * QUARTER_WEEKS)
    above, under = (a[:, cut].reshape(len(a), quarters, QUARTER_WEEKS).sum(axis=2) for a in (top, below))
    return np.divide(scale * above, under, out=np.full(above.shape, np.nan), where=under > 0)


def quarter_ends(dates: pd.DatetimeIndex, quarters: int) -> pd.DatetimeIndex:
    """The last day of each 13 weeks."""
    return dates[QUARTER_WEEKS : 1 + quarters * QUARTER_WEEKS : QUARTER_WEEKS]


def visits_and_plans(family: Family) -> Chart | Missing:
    """Visits on time and plans by the second review, together: the squeeze."""
    name, topic = family.name("visits_and_plans"), family.topic("Visits and plans over time")
    pairs = {
        "Visits on time": ("new_visits_on_time", "new_visits_due"),
        "Plans by second review": ("new_plans_by_second_review", "new_second_reviews_due"),
    }
    series = {label: (family.weekly(top), family.weekly(below)) for label, (top, below) in pairs.items()}
    shown = [s for s in family.drawn if all(s in side for both in series.values() for side in both)]
    if not shown or len(family.results.dates) <= 2 * QUARTER_WEEKS:
        return Missing(name, topic, "It needs weekly.parquet with visits and second reviews for at least half a year.")
    columns = min(len(shown), 3)
    rows = -(-len(shown) // columns)
    values = {(s, label): quarterly_ratio(top[s], below[s]) for label, (top, below) in series.items() for s in shown}
    headline = _squeeze_words(family, values, list(pairs))
    subtitle = (
        "Share of those that fell due in each 13 weeks; the figure at a line's end is for the last 13. Line: mean of the runs; "
        f"band: {family.band}.{settling_words(family.results.dates)}"
    )
    figure, axes, strip = canvas(
        headline, subtitle, 3.5 * rows + 0.1, rows, columns, family.assumed(shown), keyed=True, sharex=True, sharey=True
    )
    line_key(figure, strip, {label: {"color": look[0], "linestyle": look[1]} for label, look in zip(pairs, LOOKS, strict=True)})
    records = []
    for place, scenario in zip(axes.flat, shown, strict=False):
        records += _squeeze(place, family, scenario, values, list(pairs))
    for spare in list(axes.flat)[len(shown) :]:
        spare.set_visible(False)
    table = pd.DataFrame(
        records,
        columns=["Scenario", "Quarter ending", "Share", "Mean of the runs %", "Low end of the band %", "High end of the band %"],
    )
    return Chart(
        name,
        topic,
        headline,
        subtitle,
        _squeeze_alt(family, shown, values, list(pairs)),
        table,
        figure,
        strip_in=strip,
        note=family.left_out,
    )


def _squeeze_words(family: Family, values: dict, labels: list[str]) -> str:
    """The base's two shares over the main period, the same figures as in the answer; else over the last year."""
    measures = ("pct_visits_on_time", "pct_plans_by_second_review")
    found = [family.results.figures(measure)["mean"].get(family.base) for measure in measures]
    last = [float(np.nanmean(values[family.base, label][:, -4:])) for label in labels]
    visits, plans = (amount(float(last[i] if one is None else one), "%") for i, one in enumerate(found))
    when = "the last year" if None in found else family.results.when
    told = f"{visits} of visits are made on time; {plans} of plans are agreed by the second review"
    return f"{capital(family.label(family.base))}, {when}: {told}"


def settles(dates: pd.DatetimeIndex) -> bool:
    """True for a run long enough to tell its first six months from the rest."""
    return len(dates) > 2 * SETTLING_WEEKS


def settling_words(dates: pd.DatetimeIndex) -> str:
    """The words for what ``shade`` draws."""
    return " Grey: the first six months, while the starting day settles." if settles(dates) else ""


def shade(axes: Axes, dates: pd.DatetimeIndex) -> None:
    """Grey behind the first six months of the run."""
    if settles(dates):
        axes.axvspan(date2num(dates[0]), date2num(dates[SETTLING_WEEKS]), color=SHADE, lw=0, zorder=0)


def _squeeze(axes: Axes, family: Family, scenario: str, values: dict, labels: list[str]) -> list[tuple]:
    """One scenario's panel; gives the rows of the data table. What a line is, the key says; its end has the last figure."""
    records, ends = [], []
    for label, (colour, dash) in zip(labels, LOOKS, strict=True):
        runs = values[scenario, label]
        days = quarter_ends(family.results.dates, runs.shape[1])
        middle, (low, high) = np.nanmean(runs, axis=0), family.ends(runs)
        axes.fill_between(days, low, high, color=colour, alpha=0.18, lw=0)
        axes.plot(days, middle, color=colour, linestyle=dash)
        ends.append((float(middle[-1]), amount(middle[-1], "%"), colour))
        records += [
            (family.label(scenario), f"{day:%Y-%m-%d}", label, *np.round((m, a, b), 1))
            for day, m, a, b in zip(days, middle, low, high, strict=True)
        ]
    shade(axes, family.results.dates)
    axes.set_title(family.label(scenario))
    axes.set_ylim(0, 104)
    axes.set_yticks([0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "100%"])
    year_axis(axes, family.results.dates)
    plain(axes)
    label_ends(axes, days[-1], ends)
    return records


def _squeeze_alt(family: Family, shown: list[str], values: dict, labels: list[str]) -> str:
    """What the picture shows, in numbers."""
    told = []
    for scenario in shown:
        ends = [
            f"{label.lower()} from {amount(float(np.nanmean(v[:, 0])), '%')} to {amount(float(np.nanmean(v[:, -1])), '%')}"
            for label in labels
            for v in (values[scenario, label],)
        ]
        told.append(f"{family.label(scenario)}: {' and '.join(ends)}")
    return f"Line chart, {plural(len(shown), 'panel')}, first to last quarter. {'; '.join(told)}."


def every_fourth(weeks: int) -> np.ndarray:
    """Week 0 and every fourth after it, and always the last."""
    return np.unique(np.r_[np.arange(0, weeks, STEP_WEEKS), weeks - 1])


def year_axis(axes: Axes, dates: pd.DatetimeIndex, every: int | None = None) -> None:
    """Ticks on 1 January, labelled with the year, few enough to read; in a run that sees one at most, on quarter days."""
    years = [y for y in range(dates[0].year, dates[-1].year + 2) if dates[0] <= pd.Timestamp(y, 1, 1) <= dates[-1]]
    if len(years) < 2:
        low, high = axes.get_xlim()
        days = [day for day in pd.date_range(dates[0], dates[-1], freq="MS") if low <= date2num(day) <= high]
        shown = days[:: -(-len(days) // 3) or 1]
        axes.set_xticks(date2num(shown), [f"{day:%b %Y}" for day in shown])
        return
    step = every or max(1, len(years) // 5)
    axes.set_xticks(date2num([pd.Timestamp(y, 1, 1) for y in years[::step]]), [str(y) for y in years[::step]])


def workforce_and_changes(family: Family) -> Chart | Missing:
    """Permanent, agency and vacancy beside children with three or more workers, a panel each, all scenarios in each."""
    name, topic = family.name("workforce_and_changes"), family.topic("Permanent, agency and vacant posts against worker changes")
    panels = {
        "Permanent workers (FTE)": "n_social_workers",
        "Agency workers (FTE)": "n_agency_workers",
        "Vacant posts (FTE)": "n_vacancies",
    }
    found = {title: family.weekly(measure) for title, measure in panels.items()}
    found["Three or more workers, year (%)"] = _share(family, "n_two_worker_changes", "n_looked_after")
    found = {title: runs for title, runs in found.items() if runs}
    if len(found) < 4:
        return Missing(name, topic, "It needs weekly.parquet with workers, vacancies and children by changes of worker.")
    ends = {title: {s: float(np.nanmean(v[:, -1])) for s, v in runs.items()} for title, runs in found.items()}
    base = {title: end[family.base] for title, end in ends.items()}
    last = list(ends)[-1]
    headline = (
        f"{capital(family.label(family.base))} ends with {base[list(base)[1]]:,.0f} agency workers and "
        f"{base[list(base)[2]]:,.0f} vacant posts; {amount(base[last], '%')} of children have had three or more workers in a "
        "year"
    )
    subtitle = (
        f"Line: mean of the runs; band, for the base: {family.band}.{settling_words(family.results.dates)} "
        "Where a panel says so, its axis does not begin at 0."
    )
    figure, axes, strip = canvas(headline, subtitle, 6.6, 2, 2, family.assumed())
    records = []
    for place, (title, runs) in zip(axes.flat, found.items(), strict=True):
        draw_scenarios(place, family, runs, title)
        records += [(title, family.label(s), *np.round((np.nanmean(v[:, 0]), np.nanmean(v[:, -1])), 1)) for s, v in runs.items()]
    table = pd.DataFrame(records, columns=["Measure", "Scenario", "Start, mean of the runs", "End, mean of the runs"])
    told = [f"{title}: " + ", ".join(f"{family.label(s)} {amount(v)}" for s, v in end.items()) for title, end in ends.items()]
    alt = f"Four line charts. At the end of the run, {'; '.join(told)}."
    return Chart(name, topic, headline, subtitle, alt, table, figure, strip_in=strip, note=family.left_out)


def draw_scenarios(axes: Axes, family: Family, runs: dict[str, np.ndarray], title: str, *, labels: bool = True) -> None:
    """The mean of every scenario's runs, the base with its band, names at the ends."""
    ends, drawn = [], []
    for scenario, values in runs.items():
        look = family.look(scenario)
        look.pop("marker")
        weeks = every_fourth(values.shape[1])
        days, values = family.results.dates[weeks], values[:, weeks]
        if scenario == family.base:
            low, high = family.ends(values)
            axes.fill_between(days, low, high, color=look["color"], alpha=0.16, lw=0)
            drawn += [low, high]
        middle = np.nanmean(values, axis=0)
        axes.plot(days, middle, **look)
        drawn.append(middle)
        ends.append((float(middle[-1]), family.label(scenario), look["color"]))
    axes.set_title(f"{title}; not from 0" if fitted(axes, drawn) else title)
    shade(axes, family.results.dates)
    ticks(axes, "workers")
    year_axis(axes, family.results.dates)
    plain(axes)
    if labels:
        label_ends(axes, family.results.dates[-1], ends, line_gap=0.1)


def _share(family: Family, top: str, below: str) -> dict[str, np.ndarray]:
    """Percentages, week by week, of two standing counts."""
    above, under = family.weekly(top), family.weekly(below)
    return {s: 100 * above[s] / np.maximum(under[s], 1) for s in above if s in under}
