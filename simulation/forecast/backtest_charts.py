"""Pictures of the model's record: error, intervals and score beside "same as today" and a random walk."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from simulation.profile.trend import STOCK
from simulation.report.style import DARK_BLUE, DARK_PINK, ORANGE, QUIET, Chart, canvas, plain

SHOWN_EACH = 12
"""Authorities up to which each has a picture of its own; more are drawn together."""


def charts(summary: dict[str, pd.DataFrame], beside: pd.DataFrame) -> list[Chart]:
    """Every picture of the scores, in reading order; ``beside``: what ``scores.beside`` gives."""
    made = [stock_error(summary), relative_error(summary, beside), coverage(summary), crps(summary)]
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
    ahead = [f"{year} year{'s' if year > 1 else ''} ahead" for year in years]
    headline = f"{ahead[-1]}: model's error {last.error:.1f}%, 'same as today' {last.error_persistence:.1f}%"
    figure, axes, strip = canvas(headline, "Children looked after: mean absolute error, percent of the actual number.", 3.6)
    place = axes[0, 0]
    for name, values, colour, marker, dash in series:
        place.plot(years, values.to_numpy(), color=colour, marker=marker, linestyle=dash, label=name)
    place.set_ylim(bottom=0)
    place.set_xticks(years, ahead)
    place.margins(x=0.12)
    place.legend(frameon=False, loc="lower right")
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


def relative_error(summary: dict[str, pd.DataFrame], beside: pd.DataFrame) -> Chart:
    """Each measure's error over that of same as today: below one is better."""
    from simulation.forecast.pages import short

    on, off = (_pooled(summary[name]) for name in ("corrected", "uncorrected"))
    ratio = (on["error"] / on["error_persistence"]).sort_values(ascending=False)
    raw = (off["error"] / off["error_persistence"]).reindex(ratio.index)
    told = beside["verdict"].value_counts()
    headline = (
        f"Of {len(ratio)} measures the model is clearly nearer than 'same as today' on {told.get('nearer', 0)}, "
        f"clearly farther on {told.get('farther', 0)}"
        if "too few" not in told
        else "Error beside 'same as today': too few authorities for a verdict"
    )
    subtitle = "Mean error of the model over that of 'same as today', all years ahead together. Left of one is better."
    figure, axes, strip = canvas(headline, subtitle, 0.9 + 0.3 * len(ratio))
    place, height = axes[0, 0], np.arange(len(ratio))
    place.axvline(1, color=QUIET, lw=1.4)
    place.plot(ratio, height, "o", color=DARK_BLUE, label="Corrected")
    place.plot(raw.clip(upper=2.5), height, "^", color=DARK_PINK, label="As it came (cut off at 2.5)", markerfacecolor="white")
    place.set_yticks(height, [short(m) for m in ratio.index])
    place.set_xlim(left=min(0.5, float(np.nanmin([ratio.min(), raw.min()])) - 0.05))
    place.legend(frameon=False, loc="lower left")
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
    from simulation.forecast.pages import short

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
    from simulation.forecast.pages import short

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


def forecasts(frame: pd.DataFrame, history: pd.DataFrame, origin: int) -> list[Chart]:
    """Children looked after: what was expected at the origin and what came, authority by authority or all together."""
    rows = frame[frame["measure"] == STOCK]
    if rows.empty:
        return []
    if rows["la_code"].nunique() <= SHOWN_EACH:
        return [each_authority(rows, history, origin)]
    return [all_changes(rows[rows["actual"].notna()])] if rows["actual"].notna().any() else []


def each_authority(rows: pd.DataFrame, history: pd.DataFrame, origin: int) -> Chart:
    """A small picture of each authority: its past, the forecast with its 80% interval, and what came."""
    groups = list(rows.groupby("la_name", sort=False))
    wide = min(3, len(groups))
    deep = -(-len(groups) // wide)
    known = rows["actual"].notna()
    held = int(((rows["actual"] >= rows["p10"]) & (rows["actual"] <= rows["p90"]))[known].sum())
    headline = f"{held} of {int(known.sum())} figures came inside the 80% interval" if known.any() else "What is expected"
    subtitle = (
        f"Children looked after at 31 March. Black: known at the origin, {origin}. Blue: forecast, 80% interval shaded."
        f"{' Orange squares: what came.' if known.any() else ''}"
    )
    figure, axes, strip = canvas(headline, subtitle, 2.5 * deep, deep, wide)
    table = []
    for place, (name, part) in zip(axes.flat, groups, strict=False):
        past = history.loc[part["la_code"].iloc[0]].dropna()
        _one(place, str(name), past[past.index <= origin], part.sort_values("horizon"))
        table += [
            (name, origin + r.horizon, round(r.persistence), round(r.p10), round(r.p50), round(r.p90), r.actual)
            for r in part.itertuples()
        ]
    for place in axes.flat[len(groups) :]:
        place.set_visible(False)
    columns = ["Authority", "31 March", "Same as today", "10%", "Middle", "90%", "What came"]
    last = origin + int(rows["horizon"].max())
    told = [f"{n}: expected {m} ({a} to {b}), came {_number(c)}" for n, y, _, a, m, b, c in table if y == last]
    alt = f"Line charts. In {last}: " + "; ".join(told) + "."
    data = pd.DataFrame(table, columns=columns)
    topic = "Expected and what came" if known.any() else "Forecasts"
    return Chart("forecasts", topic, headline, subtitle, alt, data, figure, strip_in=strip)


def _one(place: Axes, name: str, past: pd.Series, part: pd.DataFrame) -> None:
    years = [past.index[-1], *(part["origin"] + part["horizon"])]
    now = float(past.iloc[-1])
    place.plot(past.index, past, color="#1A1A1A", marker="o", markersize=3)
    place.fill_between(years, [now, *part["p10"]], [now, *part["p90"]], color="#DDE6F0", lw=0)
    place.plot(years, [now, *part["p50"]], color=DARK_BLUE, linestyle=(0, (6, 2)))
    place.plot(part["origin"] + part["horizon"], part["actual"], color=ORANGE, marker="s", linestyle="none")
    place.set_title(name)
    place.set_ylim(0, 1.08 * np.nanmax([past.max(), part["p90"].max(), part["actual"].max()]))
    place.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    plain(place)


def _number(value: float) -> str:
    return f"{value:.0f}" if np.isfinite(value) else "not known yet"


def all_changes(rows: pd.DataFrame) -> Chart:
    """Each authority's change to the last year scored: as forecast, with its 80% interval, against what came."""
    rows = rows[rows["horizon"] == rows["horizon"].max()]
    years = int(rows["horizon"].iloc[0])
    rows = rows.assign(**{name: 100 * (rows[name] / rows["persistence"] - 1) for name in ("actual", "p10", "p50", "p90")})
    inside = (rows["actual"] >= rows["p10"]) & (rows["actual"] <= rows["p90"])
    headline = f"What came lay in the 80% interval of {int(inside.sum())} of {len(rows)} authorities {years} years ahead"
    subtitle = (
        "Change of children looked after since the origin, percent: a dot an authority, a line its 80% interval. On the diagonal "
        "the middle was exact."
    )
    figure, axes, strip = canvas(headline, subtitle, 5.0)
    place = axes[0, 0]
    for hit, colour, marker, label in ((inside, DARK_BLUE, "o", "inside"), (~inside, ORANGE, "s", "outside")):
        part = rows[hit]
        place.vlines(part["actual"], part["p10"], part["p90"], color=colour, lw=0.9, alpha=0.5)
        place.plot(part["actual"], part["p50"], marker, color=colour, markersize=4.5, label=f"What came lay {label} the interval")
    ends = [float(rows[["actual", "p10"]].min().min()), float(rows[["actual", "p90"]].max().max())]
    place.plot(ends, ends, color=QUIET, lw=1)
    place.set_xlabel("What came, percent")
    place.set_ylabel("Forecast, percent")
    place.legend(frameon=False, loc="upper left")
    plain(place, "both")
    table = rows[["la_name", "p10", "p50", "p90", "actual"]].round(1).sort_values("actual")
    table.columns = ["Authority", "10%", "Middle", "90%", "What came, %"]
    spread = f"changes from {rows['actual'].min():.0f} to {rows['actual'].max():.0f}%, forecast middles from "
    alt = f"Scatter. {headline}: {spread}{rows['p50'].min():.0f} to {rows['p50'].max():.0f}%."
    return Chart("forecasts", "Forecast and what came", headline, subtitle, alt, table, figure, strip_in=strip)
