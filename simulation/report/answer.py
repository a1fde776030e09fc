"""The answer in words: what each lever gains, what it costs, how sure that is, and how far to trust the whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simulation.measures import REGISTER
from simulation.report.family import Family
from simulation.report.folder import Results
from simulation.report.reading import rows_of
from simulation.words import ENOUGH_RUNS, amount, capital, certainly, change, day_words, listed, plural, short, span, unit_of

PLAN = "pct_plans_by_second_review"
GAINS = (
    PLAN,
    "n_plans_overdue",
    "pct_permanent_12_months",
    "pct_permanent_24_months",
    "pct_know_plan",
    "pct_visits_on_time",
    "pct_reviews_on_time",
    "pct_assessments_in_time",
    "pct_conferences_in_time",
    "n_workers_over_20",
    "pct_three_workers",
    "pct_vacancy",
    "pct_outside_boundary",
    "pct_over_20_miles",
    "pct_three_placements",
    "pct_long_term_stability",
    "pct_siblings_to_plan",
    "pct_rereferrals",
    "pct_reentries",
    "gbp_agency_premium",
)
FLOORS = ("weeks_unrecognised_risk", "n_unallocated", "pct_visits_on_time", "new_unregistered_nights", "new_emergency_nights")
SHOWN_AT_MOST = 4
LEVEL = 0.95
DEFINITE = {"better", "worse"}


@dataclass
class Card:
    """One lever against its base, ready to print."""

    scenario: str
    base: str
    title: str
    question: str
    sentence: str
    assumption_driven: bool
    gains: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    cost: str = ""
    floors: str = ""
    safe: str = ""
    also: str = ""
    sure: str = ""
    confidence: list[str] = field(default_factory=list)


def card(family: Family, lever: str) -> Card:
    """Gains, losses, cost and confidence of one lever, from the comparison of the last whole year and of the whole run."""
    results, scenario = family.results, family.results.scenarios[lever]
    rows = [row for measure in GAINS if (row := results.difference(lever, measure))]
    sized = sorted(rows, key=_strength, reverse=True)
    made = Card(lever, family.base, scenario.title, scenario.question, _sentence(family, lever), scenario.assumption_driven)
    made.gains = [_told(row) for row in sized if row["verdict"] == "better"][:SHOWN_AT_MOST]
    made.losses = [_told(row) for row in sized if row["verdict"] == "worse"][:SHOWN_AT_MOST]
    made.unclear = [_told(row) + _first_to_measure(row) for row in sized if row["verdict"] == "not known"][:SHOWN_AT_MOST]
    made.cost = _cost(results, lever) + _paid_back(results, lever)
    made.floors, made.safe = _floors(results, lever)
    made.also = _also(sized)
    made.confidence = _confidence(results, lever, rows)
    made.sure = " ".join(text for text in made.confidence if not text.startswith(("Evidence", "Who")))
    return made


def _sentence(family: Family, lever: str) -> str:
    """One sentence: what happens to plans, and to the number of children in care, and what it costs."""
    results = family.results
    plan, stock = results.difference(lever, PLAN), results.difference(lever, "n_looked_after")
    parts = []
    if plan:
        parts.append(_plan_words(plan))
    if stock:
        parts.append(
            (
                f"{amount(abs(stock['difference']))} {'fewer' if stock['difference'] < 0 else 'more'} children are in care at "
                "the year's end"
            )
            if _clear(stock)
            else "the number of children in care does not clearly change"
        )
    return capital("; ".join(parts)) + "." if parts else "No comparison of plans with the base was made."


def _plan_words(row: dict[str, Any]) -> str:
    """The lever's effect on plans by the second review."""
    if row["verdict"] == "not known":
        return "whether more plans come by the second review is not known: plausible assumptions point both ways"
    if not _clear(row):
        return (
            f"plans by the second review do not clearly change ({change(row['difference'], '%')}; 95% interval "
            f"{span(row['ci_low'], row['ci_high'], '%', sign=True)})"
        )
    way = "rise" if row["difference"] > 0 else "fall"
    levels = (
        f"from {amount(row['base_mean'], '%')} to {amount(row['mean'], '%')}"
        if "base_mean" in row
        else f"by {change(row['difference'], '%')}"
    )
    return (
        f"plans agreed by the second review {way} {levels} (95% interval of the difference "
        f"{span(row['ci_low'], row['ci_high'], '%', sign=True)} points)"
    )


def _told(row: dict[str, Any]) -> str:
    """``Plans agreed by the second review: +9.1 points (+7.0 to +11.2), from 61% to 70%``."""
    unit = unit_of(row["measure"])
    levels = f", from {amount(row['base_mean'], unit)} to {amount(row['mean'], unit)}" if "base_mean" in row else ""
    gap = _gap(row)
    return (
        f"{capital(short(row['measure']))}: {gap} (95% interval {span(row['ci_low'], row['ci_high'], unit, sign=True)}){levels}"
    )


def _first_to_measure(row: dict[str, Any]) -> str:
    """The uncertain setting to measure first, when the comparison names it."""
    name = row.get("depends_on")
    return f" (to know, measure {name} first)" if isinstance(name, str) and name else ""


def _gap(row: dict[str, Any]) -> str:
    """The difference with its unit."""
    return change(row["difference"], unit_of(row["measure"]))


def _cost(results: Results, lever: str) -> str:
    """Net outturn over the whole run, with what part of a year it comes to."""
    row = results.difference(lever, "gbp_net", kind="run")
    when = "over the whole run"
    if row is None:
        row, when = results.difference(lever, "gbp_net"), f"in {results.when}"
    if row is None:
        return "Cost was not compared."
    low, high = sorted((abs(row["ci_low"]), abs(row["ci_high"])))
    if not _clear(row):
        return (
            f"No clear difference in net outturn {when}: {change(row['difference'], 'GBP')} (95% interval "
            f"{span(row['ci_low'], row['ci_high'], 'GBP', sign=True)})."
        )
    way = "Costs" if row["difference"] > 0 else "Saves"
    return f"{way} {amount(abs(row['difference']), 'GBP')} net {when} (95% interval {span(low, high, 'GBP')})."


def _paid_back(results: Results, lever: str) -> str:
    """What the plan's own lines cost, what it saves and avoids, and when it has paid back; empty if not worked out."""
    table = results.table("pay_back.csv")
    if not {"scenario", "cost_gbp", "cashable_saving_gbp", "avoided_cost_gbp", "paid_back_from"} <= set(table):
        return ""
    rows = rows_of(table[table["scenario"] == lever])
    if not rows:
        return ""
    cost, cash, avoided = (float(rows[0][name]) for name in ("cost_gbp", "cashable_saving_gbp", "avoided_cost_gbp"))
    told = [f"Its own lines cost {amount(cost, 'GBP')}" if cost else "It has no lines of its own"]
    if avoided:
        told.append(f"{'fewer weeks in care avoid' if avoided > 0 else 'more weeks in care cost'} {amount(abs(avoided), 'GBP')}")
    if cash:
        others = "other lines fall" if cash > 0 else "other lines, fees and posts among them, rise"
        told.append(f"{others} by {amount(abs(cash), 'GBP')}")
    date = str(rows[0]["paid_back_from"])
    back = f"on the mean it has paid back from {day_words(date)}" if date[:1].isdigit() else "not paid back within the run"
    return f" {'; '.join([*told, back])}."


def _floors(results: Results, lever: str) -> tuple[str, str]:
    """Safety floors, which are never traded for money: in full, and in a sentence."""
    rows = [row for measure in FLOORS if (row := results.difference(lever, measure))]
    if not rows:
        return "Safety floors were not compared.", "Safety floors were not compared."
    worse = [_told(row) for row in rows if row["verdict"] == "worse"]
    if worse:
        brief = listed([f"{short(r['measure'])} ({_gap(r)})" for r in rows if r["verdict"] == "worse"])
        return "A safety floor gets worse. " + "; ".join(worse) + ".", f"A safety floor gets worse: {brief}."
    names, runs = listed([short(row["measure"]) for row in rows]), _runs(rows)
    if runs < ENOUGH_RUNS:
        miss = f"{plural(runs, 'pair')} of runs could miss one that does"
        return (
            f"None of the {len(rows)} safety floors measured is seen to get worse ({names}), but {miss}.",
            f"No safety floor is seen to get worse, but {miss}.",
        )
    return f"None of the {len(rows)} safety floors measured gets clearly worse ({names}).", "No safety floor gets clearly worse."


def _also(rows: list[dict[str, Any]]) -> str:
    """How many other measures are clearly better and worse, with the clearest of each."""
    told = []
    for verdict in ("better", "worse"):
        names = [short(row["measure"]) for row in rows if row["verdict"] == verdict and row["measure"] != PLAN]
        if names:
            how = f"{certainly(_runs(rows))} {verdict}"
            told.append(f"{how} in {len(names)} of {len(rows) - 1} other measures, above all {listed(names[:3])}")
    return capital("; ".join(told)) + "." if told else "No other measure differs clearly."


def _runs(rows: list[dict[str, Any]]) -> int:
    """Pairs of runs behind the comparison; ten if the table does not say."""
    return int(max((row.get("replications", ENOUGH_RUNS) or 0 for row in rows), default=0))


def _confidence(results: Results, lever: str, rows: list[dict[str, Any]]) -> list[str]:
    """How sure: pairs of runs, share of clear differences, the lever's own evidence."""
    scenario = results.scenarios[lever]
    told = [_how_clear(rows)] if rows else []
    names = {
        "evidence": "Evidence",
        "strength": "Strength of evidence",
        "prior_share": "Share of the effect that rests on priors",
        "eligible": "Who it reaches",
    }
    told += [f"{label}: {scenario.lever[key]}." for key, label in names.items() if scenario.lever.get(key)]
    if scenario.assumption_driven:
        told.append("Assumption-driven: this plan shows what was assumed, not what is known.")
    return [text.replace("..", ".") for text in told]


def _how_clear(rows: list[dict[str, Any]]) -> str:
    """How many measures differ, how many would by luck alone, and whether the runs are enough to say so."""
    runs, clear = _runs(rows), sum(row["verdict"] in DEFINITE for row in rows)
    luck = len(rows) * (1 - LEVEL)
    pairs = f"{plural(runs, 'pair')} of runs with the same luck"
    by_luck = f"about {max(1, round(luck))} would by luck alone" if luck >= 0.5 else "fewer than one would by luck alone"
    if runs < ENOUGH_RUNS:
        return f"{pairs}: too few to call a difference clear. {clear} of {len(rows)} measures seem to differ; {by_luck}."
    return f"{pairs}; {clear} of {len(rows)} measures differ clearly; {by_luck}."


def _clear(row: dict[str, Any]) -> bool:
    """True when the interval leaves zero out."""
    return bool(row["ci_low"] > 0 or row["ci_high"] < 0)


def _strength(row: dict[str, Any]) -> float:
    """The difference in half-widths of its interval, for sorting."""
    half = (row["ci_high"] - row["ci_low"]) / 2
    return abs(row["difference"]) / half if half > 0 else np.inf * bool(row["difference"])


# ---------------------------------------------------------------------- the base, and trust
def base_words(family: Family) -> str:
    """What happens if nothing else changes, in one or two sentences."""
    results, base = family.results, family.base
    pieces = []
    for measure, words in (
        (PLAN, "{} of plans are agreed by the second review"),
        ("pct_visits_on_time", "{} of visits are made on time"),
        ("n_looked_after", "{} children are in care"),
        ("gbp_net", "net spend over that time is {}"),
    ):
        rows = results.figures(measure)
        if base in rows.index:
            pieces.append(words.format(amount(float(rows["mean"][base]), unit_of(measure))))
    return f"In {results.when}, {listed(pieces)}." if pieces else "The summary holds none of the main measures."


def direction(measure: str) -> str:
    """``more is better``, ``less is better`` or ``no direction is better by itself``."""
    better = REGISTER[measure].better if measure in REGISTER else ""
    return f"{better} is better" if better else "neither way is better by itself"
