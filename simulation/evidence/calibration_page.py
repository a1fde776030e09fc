"""The page of a calibration: what the data moved, what they did not, and how well the fit meets the figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from simulation.evidence.pages import Block, short, write_page
from simulation.report.style import DARK_BLUE, DARK_PINK, QUIET, Chart, canvas, plain


def write(path: Path, scenario: Any, authority: str, until: int, fitted: Any) -> None:
    """Writes the page; ``fitted`` is a :class:`simulation.evidence.calibrate.Fitted`."""
    table = fitted.parameters
    assumed = table.query("status == 'assumed'")["parameter"].tolist()
    inside = fitted.outputs.eval("p05 <= published <= p95")
    words = [
        f"{len(table) - len(assumed)} of {len(table)} parameters were moved by the figures; "
        f"{int(inside.sum())} of {len(inside)} figures lie in the "
        "fit's own 90% range.",
        f"Not moved, and so assumed and not calibrated: {', '.join(assumed)}."
        if assumed
        else "Every parameter was moved by the figures.",
        *fitted.notes,
    ]
    made = [
        f"Scenario: {scenario.id}. Figures of {authority} from {scenario.start.year + 1} to {until}.",
        "Closed form: the authority's own yearly rates with its neighbours' as prior. Runs: a Latin "
        "hypercube, history matching that allows for "
        "run-to-run variation and for what the model cannot follow, a second wave where nothing was "
        "ruled out, and draws from the posterior.",
        "Contraction: how much narrower the posterior is than the prior. Below 20% a parameter counts as assumed.",
        "The range in the fit's table is run-to-run variation and uncertainty of parameters "
        "together; it is not a confidence interval.",
    ]
    write_page(
        path,
        f"Calibration: {authority}, figures to {until}",
        "What do the figures say about the parameters?",
        words,
        [contraction(fitted), fit_to_figures(fitted)],
        [Block("Parameters", table.round(4)), Block("Figures", fitted.outputs.round(3))],
        made,
    )


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
    shown = table[["parameter", "prior_low", "prior_high", "p05", "p50", "p95", "contraction", "status"]].round(4)
    return Chart("contraction", "Prior and posterior", headline, subtitle, alt, shown, figure, strip_in=strip)


def fit_to_figures(fitted: Any) -> Chart:
    """Each published figure beside the fit's range, as a ratio to what was published."""
    table = fitted.outputs
    base = table["published"].abs().clip(lower=1e-9)
    low, middle, high = (table[name] / base for name in ("p05", "p50", "p95"))
    inside = int(((low <= 1) & (high >= 1)).sum())
    headline = f"{inside} of {len(table)} published figures lie in the fit's 90% range"
    subtitle = "Fit over published figure: line, 90% range; dot, middle. One is exact."
    figure, axes, strip = canvas(headline, subtitle, 0.9 + 0.27 * len(table))
    place, height = axes[0, 0], np.arange(len(table))[::-1]
    place.axvline(1, color=QUIET, lw=1.4)
    place.hlines(height, low.clip(0, 3), high.clip(0, 3), color=DARK_BLUE, lw=3)
    place.plot(middle.clip(0, 3), height, "o", color=DARK_BLUE)
    place.set_yticks(height, [f"{short(row.indicator)}, {row.year}" for row in table.itertuples()])
    plain(place, "both")
    alt = (
        "Range chart. "
        + "; ".join(
            f"{short(r.indicator)} {r.year}: published {r.published:.4g}, fit {r.p05:.4g} to {r.p95:.4g}"
            for r in table.itertuples()
        )
        + "."
    )
    return Chart("fit", "Fit and figures", headline, subtitle, alt, table.round(3), figure, strip_in=strip)
