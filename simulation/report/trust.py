"""How far to trust the report: runs, intervals, priors, what failed, and the record of earlier forecasts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulation.base.wording import ENOUGH_RUNS, amount, listed, plural, short, year_words
from simulation.report.folder import Results
from simulation.report.published import courses, misses, unchecked

INTERVALS = (
    "A 95% interval says how far the mean, or the difference of means, might move if the same experiment were run again "
    "with other luck; it is cut at what is possible (no count below 0, no share above 100%). "
    "It does not contain what is unknown about the settings or about how a service behaves."
)
BANDS = (
    "A band on a chart is the range from run to run, not a statement of confidence: it holds 8 runs in 10, or with fewer than "
    f"{ENOUGH_RUNS} runs reaches from the lowest to the highest."
)
NO_RECORD = (
    "No record of earlier forecasts (backtest/scores.csv) is in this folder, so nothing here shows how well the model has "
    "forecast before."
)
SCORES = {"measure", "horizon", "actual", "mean", "p10", "p90", "persistence"}
RECORD = ["Figure", "Years ahead", "Cases", "Mean error, % or points", "Error of 'same as today'", "Inside the 80% range, %"]
SPREAD = ("pct_plans_by_second_review", "n_looked_after", "gbp_net", "pct_visits_on_time")


@dataclass(frozen=True)
class Trust:
    """How far to trust the report."""

    points: list[str]
    backtest: pd.DataFrame
    backtest_words: str


def trust(results: Results) -> Trust:
    """Replications, what intervals mean, priors, what failed, and the record of earlier forecasts."""
    run = results.run
    points = [_replications(results)]
    for base in results.bases:
        points += [misses(results, base), courses(results, base)]
    points += [unchecked(results), _priors(results), INTERVALS, BANDS]
    assumed = [s.title for s in results.scenarios.values() if s.assumption_driven]
    if assumed:
        points.append(f"Assumption-driven, so labelled on every chart: {listed(assumed)}.")
    if results.whole_years and results.whole_years[-1] != results.years[-1]:
        points.append(
            f"Figures are for {results.when}, the last whole financial year; {year_words(results.years[-1])} is not complete."
        )
    elif not results.whole_years:
        points.append(f"No financial year is complete, so figures are for {results.when}.")
    points.append(variance_words(results))
    if run.get("failures"):
        points.append(
            f"{plural(len(run['failures']), 'replication')} failed and is left out of every figure; run.json names each."
        )
    if run.get("settings_not_read"):
        points.append(
            f"Nothing read these settings, so they changed nothing: {listed([str(s) for s in run['settings_not_read']])}."
        )
    if str(run.get("status", "complete")) not in ("complete", "done", "finished", "ok"):
        points.append(f"The experiment's status is '{run['status']}': some runs may be missing.")
    return Trust([point for point in points if point], *_backtest(results))


def _replications(results: Results) -> str:
    """How many runs each scenario had."""
    count = results.summary.groupby("scenario")["replications"].max() if len(results.summary) else pd.Series(dtype=int)
    told = sorted({int(n) for n in count})
    if not told:
        return "The number of runs is not recorded."
    runs = str(told[0]) if len(told) == 1 else f"{told[0]} to {told[-1]}"
    few = (
        f" That is few: with fewer than {ENOUGH_RUNS}, a difference only seems to be there. Run more before deciding."
        if told[0] < ENOUGH_RUNS
        else ""
    )
    return (
        f"Each scenario was run {runs} times; run number k has the same luck in every scenario, so differences are paired.{few}"
    )


def _priors(results: Results) -> str:
    """How many settings are judgement rather than evidence."""
    settings = {p["name"]: p for s in results.scenarios.values() for p in s.parameters}
    prior = [p for p in settings.values() if str(p.get("confidence", ""))[:1] in ("M", "J")]
    if not settings:
        return "The settings and their sources are not recorded in run.json."
    return (
        f"{len(prior)} of {len(settings)} settings are priors (field knowledge or judgement), not evidence; "
        "each is in the table of assumptions with its range."
    )


def _backtest(results: Results) -> tuple[pd.DataFrame, str]:
    """The record of earlier forecasts, if one travels with the results: a row for each figure and year ahead."""
    scores = results.table("backtest/scores.csv")
    if scores.empty or not set(scores) >= SCORES:
        return pd.DataFrame(), NO_RECORD
    scores = scores[scores["actual"].notna()]
    share = scores["measure"].str.endswith("_pct")
    scale = np.where(share, 1.0, 100.0 / scores["actual"].abs().clip(lower=1e-9))
    own, same = ((scores[column] - scores["actual"]).abs() * scale for column in ("mean", "persistence"))
    inside = (scores["actual"] >= scores["p10"]) & (scores["actual"] <= scores["p90"])
    detail = scores.assign(own=own, same=same, inside=100.0 * inside)
    grouped = detail.groupby(["measure", "horizon"])
    table = (
        grouped.agg(n=("own", "size"), own=("own", "mean"), same=("same", "mean"), inside=("inside", "mean"))
        .round(1)
        .reset_index()
    )
    table["measure"] = [name.replace("_", " ") for name in table["measure"]]
    beaten = int((table["own"] < table["same"]).sum())
    table.columns = pd.Index(RECORD)
    words = (
        f"Forecasts made from what was known at an origin, scored on {len(scores)} later figures: nearer than 'same as "
        f"today' in {beaten} of {len(table)} comparisons; {amount(float(detail['inside'].mean()), '%')} of figures fell "
        "inside the 80% range."
    )
    return table, words


def variance_words(results: Results) -> str:
    """How much of the spread comes from unknown settings and how much from chance, when priors were drawn."""
    table = results.table("variance.csv")
    if not {"measure", "group", "period", "share_parameters"} <= set(table):
        return ""
    rows = table[(table["group"] == "all") & (table["period"] == results.period)].dropna(subset=["share_parameters"])
    shares = rows[rows["measure"].isin(SPREAD)].groupby("measure")["share_parameters"].mean()
    told = listed([f"{amount(100 * float(share), '%')} for {short(str(measure))}" for measure, share in shares.items()])
    words = "Settings were drawn from their priors. The share of the spread that comes from them, the rest being chance: "
    return f"{words}{told}." if told else ""
