"""Pictures of the model's record: error, intervals and score beside "same as today" and a random walk."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulation.evidence.trend import STOCK
from simulation.report.style import DARK_BLUE, DARK_PINK, ORANGE, QUIET, Chart, canvas, plain


def charts(summary: dict[str, pd.DataFrame]) -> list[Chart]:
    """Every picture of the page, in reading order."""
    made = [stock_error(summary), relative_error(summary), coverage(summary), crps(summary)]
    return [chart for chart in made if chart is not None]


def stock_error(summary: dict[str, pd.DataFrame]) -> Chart | None:
    """Error of children looked after by years ahead: model with and without correction, same as today."""
    rows = summary["corrected"].query("measure == @STOCK and horizon != 'all'")
    if rows.empty:
        return None
    raw = summary["uncorrected"].query("measure == @STOCK and horizon != 'all'")
    years = rows["horizon"].astype(int).to_numpy()
    series = (
        ("Same as today", rows["error_persistence"], ORANGE, "s", (0, (5, 2))),
        ("Model, corrected", rows["error"], DARK_BLUE, "o", "-"),
        ("Model as it came", raw["error"], DARK_PINK, "^", (0, (2, 1.5))),
    )
    last = rows.iloc[-1]
    headline = f"{years[-1]} years ahead: model's error {last.error:.1f}%, 'same as today' {last.error_persistence:.1f}%"
    figure, axes, strip = canvas(headline, "Children looked after: mean absolute error, percent of the actual number.", 3.6)
    place = axes[0, 0]
    for name, values, colour, marker, dash in series:
        place.plot(years, values.to_numpy(), color=colour, marker=marker, linestyle=dash, label=name)
    place.set_ylim(bottom=0)
    place.set_xticks(years, [f"{y} year{'s' if y > 1 else ''} ahead" for y in years])
    place.legend(frameon=False, loc="upper left")
    plain(place)
    table = pd.DataFrame({"Years ahead": years, **{name: values.round(2).to_numpy() for name, values, *_ in series}})
    alt = (
        "Line chart. "
        + "; ".join(
            f"{y} ahead: same as today {a:.1f}%, corrected {b:.1f}%, as it came {c:.1f}%"
            for y, a, b, c in zip(years, *(s[1] for s in series), strict=True)
        )
        + "."
    )
    return Chart(
        "stock-error",
        "Error of children looked after",
        headline,
        "Mean absolute error, percent of the actual number.",
        alt,
        table,
        figure,
        strip_in=strip,
    )


def _pooled(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["horizon"] == "all"].set_index("measure")


def relative_error(summary: dict[str, pd.DataFrame]) -> Chart:
    """Each measure's error over that of same as today: below one is better."""
    from simulation.evidence.pages import short

    on, off = (_pooled(summary[name]) for name in ("corrected", "uncorrected"))
    ratio = (on["error"] / on["error_persistence"]).sort_values(ascending=False)
    raw = (off["error"] / off["error_persistence"]).reindex(ratio.index)
    won = int((ratio < 1).sum())
    headline = f"The model is nearer than 'same as today' on {won} of {len(ratio)} measures"
    subtitle = "Mean error of the model over that of 'same as today', all years ahead together. Left of one is better."
    figure, axes, strip = canvas(headline, subtitle, 0.9 + 0.3 * len(ratio))
    place, height = axes[0, 0], np.arange(len(ratio))
    place.axvline(1, color=QUIET, lw=1.4)
    place.plot(ratio, height, "o", color=DARK_BLUE, label="Corrected")
    place.plot(raw.clip(upper=2.5), height, "^", color=DARK_PINK, label="As it came (cut off at 2.5)", markerfacecolor="white")
    place.set_yticks(height, [short(m) for m in ratio.index])
    place.set_xlim(left=min(0.5, float(np.nanmin([ratio.min(), raw.min()])) - 0.05))
    place.legend(frameon=False, loc="upper right")
    plain(place, "both")
    table = pd.DataFrame(
        {
            "Measure": [short(m) for m in ratio.index],
            "Corrected": ratio.round(3).to_numpy(),
            "As it came": raw.round(3).to_numpy(),
        }
    )
    alt = "Dot chart of error ratios. " + "; ".join(f"{short(m)} {v:.2f}" for m, v in ratio.items()) + "."
    return Chart("relative-error", "Error beside same as today", headline, subtitle, alt, table, figure, strip_in=strip)


def coverage(summary: dict[str, pd.DataFrame]) -> Chart:
    """Share of figures inside the 80% interval, by measure."""
    from simulation.evidence.pages import short

    on, off = (_pooled(summary[name])["coverage_80"] * 100 for name in ("corrected", "uncorrected"))
    on = on.sort_values()
    off = off.reindex(on.index)
    headline = f"80% intervals hold between {on.min():.0f}% and {on.max():.0f}% of the figures, measure by measure"
    subtitle = (
        "Percent of actual figures inside the model's 10th to 90th percentile, all years ahead; the shaded band is 75 to 85%."
    )
    figure, axes, strip = canvas(headline, subtitle, 0.9 + 0.3 * len(on))
    place, height = axes[0, 0], np.arange(len(on))
    place.axvspan(75, 85, color="#DDE6F0", lw=0)
    place.plot(on, height, "o", color=DARK_BLUE, label="Corrected")
    place.plot(off, height, "^", color=DARK_PINK, label="As it came", markerfacecolor="white")
    place.set_yticks(height, [short(m) for m in on.index])
    place.set_xlim(0, 102)
    place.legend(frameon=False, loc="lower left")
    plain(place, "both")
    table = pd.DataFrame(
        {
            "Measure": [short(m) for m in on.index],
            "Corrected, %": on.round(1).to_numpy(),
            "As it came, %": off.round(1).to_numpy(),
        }
    )
    alt = "Dot chart of coverage. " + "; ".join(f"{short(m)} {v:.0f}%" for m, v in on.items()) + "."
    return Chart("coverage", "Do the intervals hold?", headline, subtitle, alt, table, figure, strip_in=strip)


def crps(summary: dict[str, pd.DataFrame]) -> Chart:
    """CRPS over that of a random walk round no change, by years ahead, for children looked after, starts and spend."""
    from simulation.evidence.pages import short

    frame = summary["corrected"].query("horizon != 'all'")
    wanted = [m for m in (STOCK, "cla_started_number", "spend_s251_cla_total") if m in set(frame["measure"])] or sorted(
        frame["measure"].unique()
    )[:3]
    headline = "The whole forecast, not its middle alone, beside a random walk round no change"
    subtitle = "Continuous ranked probability score of the corrected forecast over that of the random walk. Below one is better."
    figure, axes, strip = canvas(headline, subtitle, 3.4)
    place, rows = axes[0, 0], []
    place.axhline(1, color=QUIET, lw=1.4)
    for measure, colour, marker in zip(wanted, (DARK_BLUE, ORANGE, DARK_PINK), ("o", "s", "^"), strict=False):
        part = frame[frame["measure"] == measure]
        ratio = (part["crps"] / part["crps_random_walk"]).to_numpy()
        place.plot(part["horizon"].astype(int), ratio, color=colour, marker=marker, label=short(measure))
        rows += [(short(measure), int(h), round(float(r), 3)) for h, r in zip(part["horizon"], ratio, strict=True)]
    place.set_xticks(sorted(frame["horizon"].astype(int).unique()))
    place.set_xlabel("Years ahead")
    place.set_ylim(0, max(1.15, place.get_ylim()[1]))
    place.legend(frameon=False, loc="lower left")
    plain(place)
    table = pd.DataFrame(rows, columns=["Measure", "Years ahead", "CRPS over random walk's"])
    alt = "Line chart. " + "; ".join(f"{m}, {h} ahead: {r:.2f}" for m, h, r in rows) + "."
    return Chart("crps", "Score of the whole forecast", headline, subtitle, alt, table, figure, strip_in=strip)
