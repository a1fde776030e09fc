"""The work: caseloads, duties waited and lapsed, teams, and the cost of a week in care."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from simulation.base.wording import amount, capital, listed, short, year_words
from simulation.report.charts.dots import by_group, dots, key, told
from simulation.report.family import Family
from simulation.report.reading import rows_of
from simulation.report.style import (
    DARK_BLUE,
    INK,
    ORANGE,
    QUIET,
    Chart,
    Missing,
    canvas,
    fitted,
    label_ends,
    plain,
    spread,
    ticks,
)

BLUES = ("#C9D8E6", "#93B1CC", "#5D8AB3", "#2F6597", "#12436D", "#0A2A47")
LIMITS = ((1.96, "95% of chance", (0, (4, 2))), (3.09, "99.8% of chance", "-"))
TEAM_YEARS = 2
OUTSIDE_BY_LUCK = 0.05
NAME_GAP_POINTS = 4.5
MANY_CASES = 20


def caseloads(family: Family) -> Chart | Missing:
    """How case holders are spread over sizes of caseload, a bar for each scenario."""
    name, topic = family.name("caseloads"), family.topic("Size of caseloads")
    rows = family.results.groups("n_workers_by_caseload", "caseload")
    rows = rows[rows["scenario"].isin(family.drawn)]
    if rows.empty or family.base not in set(rows["scenario"]):
        return Missing(name, topic, "The summary holds no 'n_workers_by_caseload' by size.")
    table = rows.pivot_table(index="scenario", columns="name", values="mean").fillna(0.0)
    order = sorted(map(str, table.columns), key=_first_number)
    table = table.reindex(index=[s for s in family.drawn if s in table.index], columns=order)
    share = 100 * table.div(table.sum(axis=1), axis=0)
    high = [size for size in order if _first_number(size) >= MANY_CASES]
    most = f"{_first_number(high[0]):.0f} cases or more" if high else f"{MANY_CASES} cases or more"
    headline = f"{amount(float(share.loc[family.base, high].sum()), '%')} of case holders hold {most}"
    subtitle = (
        f"Share of case-holding social workers by number of open cases at the end of {family.results.when}, mean of the runs."
    )
    figure, axes, strip = canvas(headline, subtitle, 1.1 + 0.65 * len(share), assumed=family.assumed())
    _caseload_bars(axes[0, 0], share, [family.label(s) for s in share.index])
    words = "; ".join(
        f"{family.label(str(s))}: " + ", ".join(f"{c} cases {amount(float(v), '%')}" for c, v in row.items())
        for s, row in share.iterrows()
    )
    page = (
        share.round(1)
        .rename(index=family.label, columns=lambda c: f"{c} cases, %")
        .rename_axis(columns=None)
        .reset_index(names="Scenario")
    )
    return Chart(
        name,
        topic,
        headline,
        subtitle,
        f"Stacked bars of case holders. {words}.",
        page,
        figure,
        strip_in=strip,
        note=family.left_out,
    )


def _first_number(text: str) -> float:
    """The number a label such as ``20-24``, ``25+`` or ``over 20`` begins with."""
    found = re.search(r"\d+", str(text))
    return float(found[0]) if found else np.inf


def _caseload_bars(axes: Axes, share: pd.DataFrame, labels: list[str]) -> None:
    """Bars to 100%, darker for larger caseloads, named above the first."""
    left = np.zeros(len(share))
    colours = (
        BLUES[-share.shape[1] :]
        if share.shape[1] <= len(BLUES)
        else [BLUES[round(i * 5 / (share.shape[1] - 1))] for i in range(share.shape[1])]
    )
    for column, colour in zip(share, colours, strict=True):
        width = share[column].to_numpy()
        axes.barh(range(len(share)), width, left=left, color=colour, height=0.66, edgecolor="white", linewidth=1.5)
        for y, (x, w) in enumerate(zip(left, width, strict=True)):
            if w > 4.5:
                axes.text(
                    x + w / 2, y, f"{w:.0f}%", ha="center", va="center", size=10.5, color=INK if colour in BLUES[:2] else "white"
                )
        if width[0] > 2.5:
            axes.text(left[0] + width[0] / 2, -0.42, f"{column}", ha="center", va="bottom", size=10.5)
        left = left + width
    axes.text(-1, -0.42, "Cases", ha="right", va="bottom", size=10.5)
    axes.set_yticks(range(len(share)), labels)
    axes.set(ylim=(len(share) - 0.5, -0.85), xlim=(0, 100.5), xticks=[])
    axes.spines[["left", "bottom"]].set_visible(False)
    plain(axes, "")


def duties(family: Family) -> Chart | Missing:
    """What was due and waited, and what lapsed, by duty."""
    name, topic = family.name("duties"), family.topic("Duties waited and lapsed")
    waited, lapsed = (
        by_group(family, "new_duties_waited", "duty", most=12),
        by_group(family, "new_duties_lapsed", "duty", most=12),
    )
    if waited.empty:
        return Missing(name, topic, "The summary holds no 'new_duties_waited' by duty.")
    order = list(waited.index)
    lapsed = lapsed.reindex(order).fillna(0.0) if len(lapsed) else lapsed
    worst = order[0]
    headline = (
        f"{capital(worst)} waits most: {amount(float(waited.loc[worst, family.base]))} weeks of waiting, "
        f"{amount(100 * waited.loc[worst, family.base] / waited[family.base].sum(), '%')} of all waiting"
    )
    subtitle = (
        "Left: weeks that duties waited, due and not done. Right: duties whose time ran out undone. "
        f"{capital(family.results.when)}, mean of the runs."
    )
    figure, axes, strip = canvas(headline, subtitle, 1.0 + 0.42 * len(order), 1, 2, family.assumed(), keyed=True, sharey=True)
    dots(axes[0, 0], family, waited.rename(index=capital), "weeks")
    axes[0, 0].set_title("Weeks waited")
    key(figure, strip, family, list(waited.columns))
    if len(lapsed):
        dots(axes[0, 1], family, lapsed.rename(index=capital), "duties")
    axes[0, 1].set_title("Duties never done")
    both = pd.concat({"weeks waited": waited, "never done": lapsed}, names=["what", "duty"]).reset_index()
    both = (
        both.rename(columns={"what": "What", "duty": "Duty", "name": "Duty", **{s: family.label(s) for s in family.drawn}})
        .round(1)
        .rename_axis(columns=None)
    )
    alt = f"Weeks waited. {told(family, waited, 'duties')}. Never done. {told(family, lapsed, 'duties')}."
    return Chart(name, topic, headline, subtitle, alt, both, figure, strip_in=strip, note=family.left_out)


def teams(family: Family) -> Chart | Missing:
    """A funnel: each team's share of plans by the second review against how many were due, one run."""
    name, topic = family.name("teams"), family.topic("Differences between teams")
    due, done = _by_team(family, "new_second_reviews_due"), _by_team(family, "new_plans_by_second_review")
    due = {team: n for team, n in due.items() if n[0] >= 1}
    if len(due) < 2:
        return Missing(name, topic, "It needs weekly second reviews by team, for at least two teams.")
    n = np.array([due[team][0] for team in due])
    share = np.array([100 * done.get(team, np.zeros(1))[0] / due[team][0] for team in due])
    middle = 100 * sum(done[t][0] for t in due if t in done) / n.sum()
    outside = np.abs(share - middle) > 1.96 * np.sqrt(middle * (100 - middle) / n)
    headline = (
        f"{outside.sum()} of {len(n)} teams lie outside the 95% limits, where luck alone would put about "
        f"{max(1, round(OUTSIDE_BY_LUCK * len(n)))}; shares run from {amount(share.min(), '%')} to {amount(share.max(), '%')}"
    )
    subtitle = (
        f"Plans agreed by the second review, {family.label(family.base)}, first run, last {_years_words(family)}. Curves: "
        "limits of chance for one team."
    )
    figure, axes, strip = canvas(headline, subtitle, 4.3, assumed=family.assumed([family.base]))
    _funnel(axes[0, 0], list(due), n, share, middle, outside)
    table = pd.DataFrame(
        {
            "Team": list(due),
            "Second reviews due": n,
            "Plans agreed by then, %": share.round(1),
            "Outside 95% limits": np.where(outside, "yes", "no"),
        }
    )
    far = [
        f"{team} {amount(s, '%')} of {amount(float(k))}" for team, s, k, out in zip(due, share, n, outside, strict=True) if out
    ]
    alt = f"Funnel plot of {len(n)} teams. All together: {amount(middle, '%')}. Outside the 95% limits: {listed(far) or 'none'}."
    note = "Simulated teams only; no real team or manager is scored. Limits are binomial, around the share of all teams together."
    return Chart(name, topic, headline, subtitle, alt, table, figure, strip_in=strip, note=note)


def _years_words(family: Family) -> str:
    return f"{TEAM_YEARS} years" if len(family.results.dates) > 52 * TEAM_YEARS else f"{len(family.results.dates) - 1} weeks"


def _by_team(family: Family, measure: str) -> dict[str, np.ndarray]:
    """Team -> sums over the last two years, a value for each replication."""
    found = {}
    for group in family.results.weekly_groups(measure, "team"):
        runs = family.results.weekly(measure, group).get(family.base)
        if runs is not None:
            found[group.partition(":")[2]] = runs[:, max(1, runs.shape[1] - 52 * TEAM_YEARS) :].sum(axis=1)
    return found


def _funnel(axes: Axes, names: list[str], n: np.ndarray, share: np.ndarray, middle: float, outside: np.ndarray) -> None:
    """Teams as dots, limits as curves; the teams outside are named."""
    grid = np.linspace(max(1.0, n.min() * 0.6), n.max() * 1.12, 120)
    axes.axhline(middle, color=INK, lw=1.4)
    axes.text(grid[-1], middle, f" all teams {amount(middle, '%')}", va="center", size=10.5)
    for z, text, dash in LIMITS:
        half = z * np.sqrt(middle * (100 - middle) / grid)
        for sign in (1, -1):
            axes.plot(grid, np.clip(middle + sign * half, 0, 100), color=QUIET, lw=1.2, linestyle=dash)
        axes.text(grid[-1], float(np.clip(middle + half[-1], 0, 100)), f" {text}", va="center", size=10, color=QUIET)
    axes.plot(n[~outside], share[~outside], "o", color=DARK_BLUE, markersize=9, markeredgecolor="white")
    axes.plot(n[outside], share[outside], "D", color=ORANGE, markersize=9, markeredgecolor="white")
    _names(axes, [(capital(names[i]), float(n[i]), float(share[i])) for i in np.flatnonzero(outside)])
    axes.set(
        xlabel="Second reviews that fell due",
        xlim=(grid[0], grid[-1]),
        ylim=(max(0, min(share.min(), middle) - 22), min(105, max(share.max(), middle) + 22)),
    )
    ticks(axes, "%")
    plain(axes)


def _names(axes: Axes, teams_: list[tuple[str, float, float]]) -> None:
    """Names right of their marks, moved apart until none covers another, with a line to the mark when moved."""
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1}
    heights, aside = spread([share for _, _, share in teams_], NAME_GAP_POINTS), 0.02 * float(np.ptp(axes.get_xlim()))
    for (name, due, share), height in zip(teams_, heights, strict=True):
        arrow = {"arrowstyle": "-", "color": QUIET, "lw": 0.8, "shrinkA": 0, "shrinkB": 4}
        axes.annotate(name, (due, share), (due + aside, height), va="center", size=10, bbox=box, arrowprops=arrow)


def week_cost(family: Family) -> Chart | Missing:
    """What a week in care costs, each year, and a week of residential and of foster care."""
    name, topic = family.name("cost_of_a_week"), family.topic("Cost of a week in care")
    rows = family.results.by_year("mean_gbp_per_child_week")
    rows = _with_range(family, rows[rows["scenario"].isin(family.drawn)])
    if rows.empty or family.base not in set(rows["scenario"]):
        return Missing(name, topic, "The summary holds no 'mean_gbp_per_child_week' for a whole financial year.")
    base = rows[rows["scenario"] == family.base]
    first, last = base.iloc[0], base.iloc[-1]
    headline = f"A week in care costs {amount(last['mean'], 'GBP')} in {year_words(int(last['year']))}" + (
        f", from {amount(first['mean'], 'GBP')} in {year_words(int(first['year']))}" if len(base) > 1 else ""
    )
    kinds = _kinds(family)
    subtitle = (
        f"Placement spend for each child-week. {'Left: ' if kinds else ''}Mean of the runs; upright bars: {family.band}."
        f"{' Right: ' + family.label(family.base) + ' by kind.' if kinds else ''}"
    )
    figure, axes, strip = canvas(headline, subtitle, 3.6, 1, 2 if kinds else 1, family.assumed())
    _years(
        axes[0, 0],
        {family.label(s): (rows[rows["scenario"] == s], family.look(s)) for s in family.drawn if s in set(rows["scenario"])},
        "All placements",
    )
    if kinds:
        looks: tuple[dict[str, Any], ...] = (
            {"color": DARK_BLUE, "linestyle": "-", "marker": "s"},
            {"color": ORANGE, "linestyle": (0, (6, 2)), "marker": "o"},
        )
        _years(axes[0, 1], {k: (r, look) for (k, r), look in zip(kinds.items(), looks, strict=False)}, "By kind of placement")
    table = pd.concat([rows.assign(what="all placements")] + [r.assign(what=k.lower()) for k, r in kinds.items()])
    columns = ["what", "scenario", "period", "mean", "low", "high"]
    table = table.assign(scenario=[family.label(s) for s in table["scenario"]])[columns].round(0)
    table.columns = ["What", "Scenario", "Year ending March", "Mean, pounds a week", "Low end of the bar", "High end of the bar"]
    ends = rows[rows["year"] == last["year"]]
    alt = (
        f"{capital(short('mean_gbp_per_child_week'))} in {year_words(int(last['year']))}: "
        + ", ".join(f"{family.label(r['scenario'])} {amount(r['mean'], 'GBP')}" for r in rows_of(ends))
        + "."
    )
    return Chart(name, topic, headline, subtitle, alt, table, figure, strip_in=strip, note=family.left_out)


def _with_range(family: Family, rows: pd.DataFrame) -> pd.DataFrame:
    """The ends of the bars, ``low`` and ``high``: 8 runs in 10, or all of few runs where they were kept."""
    rows = rows.assign(low=rows["p10"], high=rows["p90"])
    for (scenario, measure), part in rows.groupby(["scenario", "measure"]):
        runs = family.results.yearly_runs(str(scenario), str(measure), list(part["period"])) if family.few else None
        if runs is not None:
            rows.loc[part.index, "low"], rows.loc[part.index, "high"] = family.ends(runs)
    return rows


def _kinds(family: Family) -> dict[str, pd.DataFrame]:
    """The base's weeks of residential and of foster care, by year, where they were measured."""
    found = {"Residential": "mean_gbp_residential_week", "Fostering": "mean_gbp_foster_week"}
    yearly = {kind: family.results.by_year(measure) for kind, measure in found.items()}
    base = {kind: _with_range(family, rows[rows["scenario"] == family.base]) for kind, rows in yearly.items()}
    return {kind: rows for kind, rows in base.items() if len(rows)}


def _years(axes: Axes, series: dict[str, tuple[pd.DataFrame, dict]], title: str) -> None:
    """Means by year, with the range of runs, named at their ends."""
    ends, last = [], 0
    for i, (label, (rows, look)) in enumerate(series.items()):
        x = rows["year"] + (i - (len(series) - 1) / 2) * 0.06
        axes.plot(x, rows["mean"], markersize=7, **look)
        axes.vlines(x, rows["low"], rows["high"], color=look["color"], lw=1.4, alpha=0.8)
        ends.append((float(rows["mean"].iloc[-1]), label, look["color"]))
        last = max(last, int(rows["year"].max()))
    cut = fitted(axes, [rows[end].to_numpy(float) for rows, _ in series.values() for end in ("low", "high")])
    years = sorted({int(y) for rows, _ in series.values() for y in rows["year"]})
    axes.set_xticks(years, [year_words(y) for y in years])
    axes.set_xlim(years[0] - 0.4, years[-1] + 0.4)
    ticks(axes, "GBP")
    axes.set_title(f"{title}; not from 0" if cut else title)
    plain(axes)
    label_ends(axes, last, ends)
