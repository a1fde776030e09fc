"""The page of a calibration: what the data moved, what they did not, and how well the fit meets the figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context

from simulation.forecast.pages import Block, short, write_page
from simulation.report.style import DARK_BLUE, DARK_PINK, LOOK, QUIET, Chart, canvas, plain

NEAR_EDGE = 0.05
"""Part of the prior's range (log scale) this near an end of it counts as pressed against it."""


def write(path: Path, scenario: Any, authority: str, until: int, fitted: Any) -> None:
    """Writes the page; ``fitted`` is a :class:`simulation.forecast.calibrate.Fitted`."""
    made = [
        f"Scenario: {scenario.id}. Figures of {authority} from {scenario.start.year + 1} to {until}.",
        *fitted.notes,
        "Closed form: the authority's own yearly rates with its neighbours' as prior. Runs: a Latin hypercube, history matching "
        "that allows for run-to-run variation and for what the model cannot follow, a second wave where nothing was ruled out, "
        "and draws from the posterior.",
        "Contraction: how much narrower the posterior is than the prior. Below 20% a parameter counts as assumed.",
        "The range in the fit's table is run-to-run variation and uncertainty of parameters together; it is not a confidence "
        "interval.",
    ]
    with rc_context(LOOK):
        charts = [contraction(fitted), fit_to_figures(fitted)]
    write_page(
        path,
        f"Calibration: {authority}, figures to {until}",
        "What do the figures say about the parameters?",
        words(fitted),
        charts,
        [Block("Parameters", _parameters(fitted.parameters)), Block("Figures", _figures(fitted.outputs))],
        made,
    )


def words(fitted: Any) -> list[str]:
    """What was moved and what is assumed; then what does not fit together."""
    table, outputs = fitted.parameters, fitted.outputs
    assumed = table.query("status == 'assumed'")["parameter"].tolist()
    inside = outputs.eval("p05 <= published <= p95")
    said = [
        f"{len(table) - len(assumed)} of {len(table)} parameters were moved by the figures; {int(inside.sum())} of {len(inside)} "
        "figures lie in the fit's own 90% range.",
        f"Not moved, and so assumed and not calibrated: {', '.join(assumed)}." if assumed else "Every parameter was moved.",
    ]
    doubts = {
        "No run came as far as these figures, so the fit to them is extrapolated": [
            f"{short(r.indicator)} {r.year} (published {_round(r.published)}, "
            f"runs {_round(r.lowest_run)} to {_round(r.highest_run)})"
            for r in outputs.itertuples()
            if not r.lowest_run <= r.published <= r.highest_run
        ],
        "Pressed against an end of the range that was allowed, so the truth may lie beyond": _pressed(table),
        "The scenario's own value lies outside the fit's 90% range for": [
            f"{r.parameter} ({r.scenario_value:.3g})" for r in table.itertuples() if not r.p05 <= r.scenario_value <= r.p95
        ],
        "The rougher check by rejection finds another middle for": [
            f"{r.parameter} ({r.p50_by_rejection:.3g})"
            for r in table.dropna(subset="p50_by_rejection").itertuples()
            if not r.p05 <= r.p50_by_rejection <= r.p95
        ],
    }
    return said + [f"{name}: {'; '.join(found)}." for name, found in doubts.items() if found]


def _pressed(table: pd.DataFrame) -> list[str]:
    """Moved parameters whose 90% range ends within a twentieth of the prior's end."""
    low, high = np.log(table["prior_low"]), np.log(table["prior_high"])
    ends = ((np.log(table["p05"]) - low) / (high - low) < NEAR_EDGE) | ((high - np.log(table["p95"])) / (high - low) < NEAR_EDGE)
    return table.loc[ends & (table["status"] != "assumed") & (table["method"] == "runs"), "parameter"].tolist()


def _parameters(table: pd.DataFrame) -> pd.DataFrame:
    columns = {
        "parameter": "Setting", "method": "Fitted by", "scenario_value": "Scenario", "prior_low": "Prior from",
        "prior_high": "to", "p05": "5%", "p50": "Middle", "p95": "95%", "contraction": "Contraction", "status": "Status",
    }  # fmt: skip
    shown = table[list(columns)].assign(contraction=table["contraction"].map("{:.0%}".format))
    numbers = shown.select_dtypes("float").columns
    return shown.assign(**{name: shown[name].map("{:.3g}".format) for name in numbers}).rename(columns=columns)


def _figures(table: pd.DataFrame) -> pd.DataFrame:
    columns = {
        "indicator": "Figure", "year": "Year", "published": "Published", "p05": "5%", "p50": "Middle", "p95": "95%",
        "lowest_run": "Lowest run", "highest_run": "Highest run", "explained_by_settings": "Explained by settings",
    }  # fmt: skip
    shown = table[list(columns)].assign(indicator=table["indicator"].map(short), year=table["year"].astype(str))
    shown["explained_by_settings"] = shown["explained_by_settings"].map("{:.0%}".format)
    numbers = shown.select_dtypes("float").columns
    return shown.assign(**{name: shown[name].map(_round) for name in numbers}).rename(columns=columns)


def _round(value: float) -> str:
    """A published figure as people write it: whole from a hundred, three figures below."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def contraction(fitted: Any) -> Chart:
    """Prior and posterior range of every parameter, as a share of the prior's."""
    table = fitted.parameters
    low, high = table["prior_low"].to_numpy(), table["prior_high"].to_numpy()
    share = {
        name: (np.log(table[name].to_numpy()) - np.log(low)) / (np.log(high) - np.log(low)) for name in ("p05", "p50", "p95")
    }
    moved = int((table["status"] != "assumed").sum())
    headline = f"The figures moved {moved} of {len(table)} parameters"
    subtitle = "Bar: 90% range of the posterior; grey line: the whole prior range, from its low to its high end (log scale)."
    figure, axes, strip = canvas(headline, subtitle, 0.9 + 0.34 * len(table))
    place, height = axes[0, 0], np.arange(len(table))[::-1]
    place.hlines(height, 0, 1, color="#B8BDC2", lw=2)
    colours = [DARK_BLUE if status != "assumed" else DARK_PINK for status in table["status"]]
    place.hlines(height, share["p05"], share["p95"], color=colours, lw=7)
    place.plot(share["p50"], height, "o", color="white", markeredgecolor="#1A1A1A", markersize=6)
    place.set_yticks(
        height,
        [
            f"{row.parameter.split('.')[1].replace('_', ' ')}{' (assumed)' if row.status == 'assumed' else ''}"
            for row in table.itertuples()
        ],
    )
    place.set_xticks([0, 0.5, 1], ["low end", "middle", "high end"])
    plain(place, "x")
    alt = (
        "Range chart. "
        + "; ".join(
            f"{r.parameter}: {r.p05:.3g} to {r.p95:.3g}, contraction {100 * r.contraction:.0f}%, {r.status}"
            for r in table.itertuples()
        )
        + "."
    )
    return Chart("contraction", "Prior and posterior", headline, subtitle, alt, _parameters(table), figure, strip_in=strip)


def fit_to_figures(fitted: Any) -> Chart:
    """Where each published figure lies in the fit's range: nought is its middle, one and minus one its ends."""
    table = fitted.outputs
    below, above = (table["p50"] - table["p05"]).clip(lower=1e-9), (table["p95"] - table["p50"]).clip(lower=1e-9)
    away = table["published"] - table["p50"]
    place_in = np.where(away < 0, away / below, away / above)
    inside = int((np.abs(place_in) <= 1).sum())
    headline = f"{inside} of {len(table)} published figures lie in the fit's 90% range"
    subtitle = "Dot: the published figure. Shaded: the fit's 90% range, from its low end to its high end."
    figure, axes, strip = canvas(headline, subtitle, 0.9 + 0.27 * len(table))
    place, height = axes[0, 0], np.arange(len(table))[::-1]
    place.axvspan(-1, 1, color="#DDE6F0", lw=0)
    place.axvline(0, color=QUIET, lw=1.4)
    shown = np.clip(place_in, -2.5, 2.5)
    for hit, colour, marker in ((np.abs(place_in) <= 1, DARK_BLUE, "o"), (np.abs(place_in) > 1, DARK_PINK, "s")):
        place.plot(shown[hit], height[hit], marker, color=colour)
    place.set_yticks(height, [f"{short(row.indicator)}, {row.year}" for row in table.itertuples()])
    place.set_xlim(-2.6, 2.6)
    place.set_xticks([-2, -1, 0, 1, 2], ["", "low end", "middle", "high end", ""])
    plain(place, "both")
    told = [
        f"{short(r.indicator)} {r.year}: published {_round(r.published)}, fit {_round(r.p05)} to {_round(r.p95)}"
        for r in table.itertuples()
    ]
    alt = f"Dot chart. {'; '.join(told)}."
    return Chart("fit", "Fit and figures", headline, subtitle, alt, _figures(table), figure, strip_in=strip)
