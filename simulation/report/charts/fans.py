"""Fans after published history: what was, and the range of what might be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import date2num

from simulation.base.measures import REGISTER
from simulation.base.wording import amount, capital, short, span, year_words
from simulation.report.charts.lines import every_fourth, settling_words, shade
from simulation.report.family import Family
from simulation.report.style import DARK_BLUE, INK, QUIET, Chart, Missing, canvas, fitted, label_ends, plain, ticks

STANDING = (
    "n_looked_after",
    "n_social_workers",
    "n_agency_workers",
    "n_vacancies",
    "n_two_worker_changes",
    "n_outside_boundary",
    "n_residential",
)
YEARLY = ("new_care_starts", "new_care_ceased", "gbp_placements", "gbp_net")
SEPTEMBER = "sw_"  # the workforce is counted on 30 September, all else on 31 March
HISTORY_YEARS = 7


@dataclass(frozen=True)
class Fan:
    """Days, bands of the base from the widest (what each holds: its two ends), means of all scenarios, the published points."""

    days: pd.DatetimeIndex
    bands: dict[str, tuple[np.ndarray, np.ndarray]]
    means: dict[str, np.ndarray]
    history: pd.DataFrame


def fans(family: Family) -> list[Chart | Missing]:
    """A fan for each main measure that was measured; one notice if none was."""
    drawn: list[Chart | Missing] = [chart for measure in (*STANDING, *YEARLY) if (chart := _fan_chart(family, measure))]
    return drawn or [
        Missing(
            family.name("fans"), family.topic("Then and next"), "It needs weekly.parquet or summary.csv with the main measures."
        )
    ]


def _fan_chart(family: Family, measure: str) -> Chart | None:
    """One fan, weekly for what stands and yearly for what adds up."""
    fan = _standing(family, measure) if measure in STANDING else _by_year(family, measure)
    if fan is None or len(fan.days) < 2:
        return None
    unit, what = REGISTER[measure].unit, short(measure)
    end = float(fan.means[family.base][-1])
    when = f"in {fan.days[-1]:%B %Y}" if measure in STANDING else f"in {year_words(_financial_year(fan.days[-1]))}"
    headline = f"{capital(what)}: {amount(end, unit)} {when}, mean of the runs; {_range_words(family, fan, unit)}"
    published = "; marks: published figures" if len(fan.history) else "; no published history travels with this scenario"
    grey = settling_words(family.results.dates) if measure in STANDING else ""
    subtitle = (
        f"{_unit_words(unit)}. Lines: mean of the runs. {family.label(family.base)}: {_band_words(fan)}: the range from "
        f"run to run{published}.{grey}"
    )
    figure, axes, strip = canvas(headline, subtitle, 3.7, assumed=family.assumed(list(fan.means)))
    _draw(axes[0, 0], family, fan, unit, standing=measure in STANDING)
    alt = _alt(family, fan, what, unit, when)
    topic = family.topic(f"Then and next: {what}")
    return Chart(
        family.name(f"fan_{measure}"),
        topic,
        headline,
        subtitle,
        alt,
        _table(fan, family, standing=measure in STANDING),
        figure,
        strip_in=strip,
    )


def _unit_words(unit: str) -> str:
    """The unit as the start of a sentence."""
    return "Pounds a year" if unit == "GBP" else capital(unit)


def _band_words(fan: Fan) -> str:
    """What each band holds."""
    shades = ("pale band ", "dark band ") if len(fan.bands) > 1 else ("band from ",)
    return ", ".join(f"{shade}{holds}" for shade, holds in zip(shades, fan.bands, strict=True))


def _range_words(family: Family, fan: Fan, unit: str) -> str:
    """Where the widest band ends."""
    low, high = (float(ends[-1]) for ends in next(iter(fan.bands.values())))
    if family.few:
        return f"lowest {amount(low, unit)}, highest {amount(high, unit)}"
    return f"8 runs in 10 between {amount(low, unit)} and {amount(high, unit)}"


def _bands(family: Family, runs: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Ends of the bands over the replications (first axis): 8 and 5 runs in 10, or the lowest to the highest of few."""
    if family.few:
        return {family.band: family.ends(runs)}
    ends = np.nanpercentile(runs, (10, 90, 25, 75), axis=0)
    return {"8 runs in 10": (ends[0], ends[1]), "5 in 10": (ends[2], ends[3])}


def _standing(family: Family, measure: str) -> Fan | None:
    runs = family.weekly(measure)
    if family.base not in runs:
        return None
    values = runs[family.base]
    keep = every_fourth(values.shape[1])
    means = {s: np.mean(v[:, keep[keep < v.shape[1]]], axis=0) for s, v in runs.items()}
    return Fan(family.results.dates[keep], _bands(family, values[:, keep]), means, _history(family, measure))


def _by_year(family: Family, measure: str) -> Fan | None:
    rows = family.results.by_year(measure)
    base = rows[rows["scenario"] == family.base]
    if base.empty:
        return None
    days = pd.DatetimeIndex([pd.Timestamp(year, 3, 31) for year in base["year"]])
    runs = family.results.yearly_runs(family.base, measure, [str(year) for year in base["year"]])
    bands = _bands(family, runs) if runs is not None else {"8 runs in 10": tuple(base[p].to_numpy(float) for p in ("p10", "p90"))}
    means = {s: rows.loc[rows["scenario"] == s, "mean"].to_numpy(float) for s in family.drawn if s in set(rows["scenario"])}
    return Fan(days, bands, means, _history(family, measure))


def _history(family: Family, measure: str) -> pd.DataFrame:
    """Published figures of the measure with the day they stand for."""
    indicator = REGISTER[measure].published
    own = family.results.scenarios[family.base].history
    points = [
        (int(h["year"]), float(h["value"]), str(h.get("source", "")))
        for h in own
        if h.get("indicator") == indicator and indicator
    ]
    month_day = (9, 30) if indicator.startswith(SEPTEMBER) else (3, 31)
    table = pd.DataFrame(points, columns=["year", "value", "source"]).sort_values("year")
    return table.assign(day=pd.DatetimeIndex([pd.Timestamp(year, *month_day) for year in table["year"]]))


def _drawn_history(fan: Fan) -> pd.DataFrame:
    """Published points from some years before the run to its end."""
    day = fan.history["day"]
    return fan.history[
        (day >= fan.days[0] - pd.DateOffset(years=HISTORY_YEARS)) & (day <= fan.days[-1] + pd.DateOffset(months=1))
    ]


def _draw(axes: Axes, family: Family, fan: Fan, unit: str, *, standing: bool) -> None:
    """Bands, the means of the runs, the published points and the dashed join."""
    for (low, high), alpha in zip(fan.bands.values(), (0.16, 0.3), strict=False):
        axes.fill_between(fan.days, low, high, color=DARK_BLUE, alpha=alpha, lw=0)
    if standing:
        shade(axes, family.results.dates)
    ends = []
    for scenario, middle in fan.means.items():
        look = family.look(scenario) | ({"marker": ""} if standing else {"markersize": 6})
        axes.plot(fan.days[: len(middle)], middle, **look)
        ends.append((float(middle[-1]), family.label(scenario), look["color"]))
    past = _drawn_history(fan)
    if len(past):
        before = past[past["day"] <= fan.days[0]]
        axes.plot(before["day"], before["value"], color=INK, lw=1.6)
        axes.plot(
            past["day"],
            past["value"],
            linestyle="none",
            marker="o",
            markersize=6.5,
            markerfacecolor="white",
            markeredgecolor=INK,
            markeredgewidth=1.6,
            zorder=5,
        )
        if len(before):
            axes.plot(
                [before["day"].iloc[-1], fan.days[0]],
                [before["value"].iloc[-1], fan.means[family.base][0]],
                color=INK,
                lw=1.4,
                linestyle=(0, (3, 2)),
            )
        low = past["value"].iloc[0] < 0.15 * axes.get_ylim()[1]
        up = low or len(past) < 2 or past["value"].iloc[1] <= past["value"].iloc[0]
        point = (past["day"].iloc[0], past["value"].iloc[0])
        axes.annotate("Published", point, (0, 10 if up else -18), textcoords="offset points", ha="left", size=10.5)
    axes.axvline(date2num(fan.days[0]), color=QUIET, lw=0.8, linestyle=(0, (1, 2)))
    if fitted(axes, [*(end for pair in fan.bands.values() for end in pair), *fan.means.values(), past["value"].to_numpy(float)]):
        axes.set_title("Axis not from 0", fontsize=10, fontweight="normal")
    ticks(axes, unit)
    first = min(fan.days[0], past["day"].min()) if len(past) else fan.days[0]
    years = range(first.year + (first.month > 3), fan.days[-1].year + 1)
    step = max(1, -(-len(years) // 7))
    axes.set_xticks(date2num([pd.Timestamp(y, 3, 31) for y in years][::step]), [f"Mar {y}" for y in years][::step])
    plain(axes)
    label_ends(axes, fan.days[-1], ends)


def _financial_year(day: pd.Timestamp) -> int:
    return day.year + (day.month >= 4)


def _alt(family: Family, fan: Fan, what: str, unit: str, when: str) -> str:
    """The fan in words."""
    past = ""
    if len(fan.history):
        first, last = fan.history.iloc[0], fan.history.iloc[-1]
        past = f" Published: {amount(first['value'], unit)} in {first['year']}, {amount(last['value'], unit)} in {last['year']}."
    others = ", ".join(f"{family.label(s)} {amount(float(v[-1]), unit)}" for s, v in fan.means.items() if s != family.base)
    own = fan.means[family.base]
    held = ", ".join(f"{holds} from {span(float(low[-1]), float(high[-1]), unit)}" for holds, (low, high) in fan.bands.items())
    return (
        f"Fan chart of {what}, mean of the runs. {family.label(family.base)} starts at {amount(float(own[0]), unit)}; {when} it "
        f"is at {amount(float(own[-1]), unit)} ({held}).{' The plans: ' + others + '.' if others else ''}{past}"
    )


def _table(fan: Fan, family: Family, *, standing: bool) -> pd.DataFrame:
    """Every quarter or year of the fan, then the published points."""
    step = 3 if standing else 1
    ends = [end for pair in fan.bands.values() for end in pair]
    none = [float("nan")] * len(ends)
    rows = [
        (
            "Simulated",
            family.label(family.base),
            f"{day:%Y-%m-%d}",
            *(round(float(v[i]), 1) for v in (fan.means[family.base], *ends)),
        )
        for i, day in enumerate(fan.days)
        if i % step == 0 or i == len(fan.days) - 1
    ]
    rows += [
        ("Simulated", family.label(s), f"{fan.days[len(v) - 1]:%Y-%m-%d}", round(float(v[-1]), 1), *none)
        for s, v in fan.means.items()
        if s != family.base
    ]
    rows += [
        ("Published", source, f"{day:%Y-%m-%d}", value, *none)
        for day, value, source in zip(fan.history["day"], fan.history["value"], fan.history["source"], strict=True)
    ]
    heads = [f"{capital(holds)}: {side}" for holds in fan.bands for side in ("low", "high")]
    return pd.DataFrame(rows, columns=["Kind", "Scenario or source", "Day", "Mean of the runs or figure", *heads])
