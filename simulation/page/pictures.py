"""Three quiet pictures of a run so far, drawn in the report's own style."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from simulation.base.clock import DAYS_IN_WEEK, date_of
from simulation.base.measures import REGISTER
from simulation.base.wording import amount, capital, day_words, short, unit_of
from simulation.model.childrens_services import ChildrensServices
from simulation.report.style import DARK_GREY, DASHES, LOOK, SERIES, Chart, plain, ticks, vector

QUARTER, SOME, YEAR = 13, 4, 52
"""Weeks over which flows are added up, and the fewest over which a share is shown; the shortest time axis."""
Series: TypeAlias = "dict[str, np.ndarray]"


@dataclass(frozen=True)
class Picture:
    """One picture: a panel under another, each with measures of one unit."""

    name: str
    headline: str
    note: str
    panels: tuple[tuple[str, ...], ...]


PICTURES = (
    Picture(
        "story", "Visits on time, and plans by the second review", "Shares over the past 13 weeks.",
        (("pct_visits_on_time", "pct_plans_by_second_review"),),
    ),
    Picture(
        "children", "Children in care, and who comes and goes", "Starting and leaving: counted over the past 13 weeks.",
        (("n_looked_after",), ("new_care_starts", "new_care_ceased")),
    ),
    Picture(
        "workers", "Workers, vacancies and caseload", "At the end of each week.",
        (("n_social_workers", "n_agency_workers", "n_vacancies"), ("mean_caseload",)),
    ),
)  # fmt: skip


def past_quarter(model: ChildrensServices, measure: str, least: int = QUARTER) -> np.ndarray:
    """A measure week by week so far: standing ones as they stand, others over the past 13 weeks.

    NaN while fewer than ``least`` weeks are known; for shares, four will do.
    """
    known, weeks = REGISTER[measure], model.clock.week + 1
    if known.how == "ratio":
        over, under = (past_quarter(model, part, SOME) for part in (known.numerator, known.denominator))
        return np.divide(known.scale * over, under, out=np.full(weeks, np.nan), where=under > 0)
    filed = model.tally.history.get((measure, "all"), np.zeros(weeks))[:weeks]
    if known.how != "sum":
        return filed.copy()
    total = np.cumsum(filed)
    total[QUARTER:] -= total[:-QUARTER].copy()
    total[:least] = np.nan  # week 0 is the start: nothing is counted in it
    return total


def series(model: ChildrensServices, *shown: Picture) -> Series:
    """Every measure of the pictures (all of them if none is named), week by week so far."""
    return {measure: past_quarter(model, measure) for one in shown or PICTURES for panel in one.panels for measure in panel}


def draw(model: ChildrensServices, picture: Picture, before: Series | None = None) -> Chart:
    """The picture as it stands this week, as SVG; ``before`` is the run before, drawn thin and grey."""
    now, measures = series(model, picture), [measure for panel in picture.panels for measure in panel]
    height = 1.7 * len(picture.panels) + 0.4
    with matplotlib.rc_context(LOOK):
        figure = Figure(figsize=(5, height))
        panels = figure.subplots(len(picture.panels), 1, sharex=True, squeeze=False)[:, 0]
        figure.subplots_adjust(0.12, 0.3 / height, 0.985, 1 - 0.1 / height, hspace=0.12)
        for axes, shown in zip(panels, picture.panels, strict=True):
            for measure in shown:
                look = {"color": SERIES[measures.index(measure)], "linestyle": DASHES[measures.index(measure)]}
                if before:
                    _line(axes, model, before[measure], {**look, "color": DARK_GREY, "linewidth": 0.8})
                _line(axes, model, now[measure], look)
            _scale(axes, model, unit_of(shown[0]))
        table = pd.DataFrame({capital(short(measure)): now[measure] for measure in measures})
        chart = Chart(picture.name, "", picture.headline, picture.note, alt(model, picture), table, figure)
        chart.svg = vector(chart)
    return chart


def _line(axes: Any, model: ChildrensServices, values: np.ndarray, look: dict[str, Any]) -> None:
    days = [date_of(model.clock.start_day + DAYS_IN_WEEK * week) for week in range(len(values))]
    axes.plot(days, values, **look)


def _scale(axes: Any, model: ChildrensServices, unit: str) -> None:
    """A year at least, from nought to a little above the highest line; percentages always to a hundred."""
    weeks = min(max(YEAR, 1.05 * model.clock.week), model.weeks)
    axes.set_xlim(date_of(model.clock.start_day), date_of(model.clock.start_day + int(DAYS_IN_WEEK * weeks)))
    highest = np.nanmax([np.nanmax(line.get_ydata(), initial=10) for line in axes.lines])
    axes.set_ylim(0, 102 if unit == "%" else 1.1 * highest)
    plain(axes)
    ticks(axes, unit)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_locator(AutoDateLocator(maxticks=6))
    axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator(), show_offset=False))


def key(model: ChildrensServices, picture: Picture) -> str:
    """The key of a picture as a list in HTML: a piece of each line, its name, and its figure this week."""
    lines = []
    for place, measure in enumerate(measure for panel in picture.panels for measure in panel):
        dash = "" if DASHES[place] == "-" else f' stroke-dasharray="{" ".join(str(3 * part) for part in DASHES[place][1])}"'
        line = f'<line x1="0" y1="5" x2="34" y2="5" stroke="{SERIES[place]}" stroke-width="3"{dash}/>'
        figure = _figure(past_quarter(model, measure)[-1], measure)
        lines.append(f'<li><svg width="34" height="10" aria-hidden="true">{line}</svg> {short(measure)} <b>{figure}</b></li>')
    return f'<ul class="key">{"".join(lines)}</ul>'


def alt(model: ChildrensServices, picture: Picture) -> str:
    """The picture in a sentence, with this week's figures."""
    now = series(model, picture)
    told = [f"{short(measure)} {_figure(values[-1], measure)}" for measure, values in now.items()]
    return f"Lines by week. On {today(model)}: {'; '.join(told)}."


def _figure(value: float, measure: str) -> str:
    """The figure as people read it; before enough weeks have gone by, that it comes later."""
    return amount(value, unit_of(measure)) if np.isfinite(value) else "(in some weeks)"


def today(model: ChildrensServices) -> str:
    """The day the model has reached, as people say it."""
    return day_words(date_of(model.clock.day).isoformat())
