"""The answer in words: what each plan gains and loses, what it costs, how sure that is; plain sentences first, figures below."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simulation.base.measures import REGISTER
from simulation.base.wording import ENOUGH_RUNS, amount, capital, change, listed, plural, short, span, unit_of
from simulation.report import money as pounds
from simulation.report.family import Family
from simulation.report.folder import Results
from simulation.report.verdict import PLAN, Answer, answers, runs_of, size, worth_saying

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
STAFF = ("n_workers_over_20", "pct_vacancy")
MONEY = ("gbp_agency_premium",)
FLOORS = ("weeks_unrecognised_risk", "n_unallocated", "pct_visits_on_time", "new_unregistered_nights", "new_emergency_nights")
SHOWN_AT_MOST = 4
NAMED_AT_MOST = 2
LEVEL = 0.95
DEFINITE = {"better", "worse"}
UNPROVEN = ("none", "no ", "weak")
ON_PRIORS = ("all", "nearly all", "most")


@dataclass
class Card:
    """One plan against its base, ready to print: ``people`` and ``cost`` in plain words, ``below`` the figures and method."""

    scenario: str
    base: str
    title: str
    question: str
    assumption_driven: bool
    rests: str = ""
    answers: list[Answer] = field(default_factory=list)
    people: str = ""
    cost: str = ""
    safe: str = ""
    floors: str = ""
    below: list[str] = field(default_factory=list)
    gains: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    confidence: list[str] = field(default_factory=list)


def card(family: Family, lever: str) -> Card:
    """Answer, gains, losses, cost and confidence of one plan, from the comparison of the last whole year and of the whole run."""
    results, scenario = family.results, family.results.scenarios[lever]
    rows = _measured(results, lever)
    told = sorted(filter(worth_saying, rows), key=size, reverse=True)
    found = pounds.money(results, lever)
    made = Card(lever, family.base, scenario.title, scenario.question, scenario.assumption_driven, _rests(scenario.lever))
    made.answers = answers(results, lever, found)
    made.people = _people(results, lever, told, runs_of(rows))
    made.cost = pounds.cost_sentence(results, lever, found)
    made.floors, made.safe = _floors(results, lever)
    made.gains = [_told(row) for row in told if row["verdict"] == "better"][:SHOWN_AT_MOST]
    made.losses = [_told(row) for row in told if row["verdict"] == "worse"][:SHOWN_AT_MOST]
    made.unclear = [_told(row) + _first_to_measure(row) for row in rows if row["verdict"] == "not known"][:SHOWN_AT_MOST]
    made.confidence = _confidence(results, lever, rows)
    made.below = _below(results, lever, found, rows)
    return made


def _measured(results: Results, lever: str) -> list[dict[str, Any]]:
    """The rows of the measures that gain or lose; where the plan adds posts, empty ones among them are no loss."""
    added = posts_added(results, lever)
    names = [measure for measure in GAINS if not (added and measure == "pct_vacancy")]
    return [row for measure in names if (row := results.difference(lever, measure))]


def _rests(lever: dict[str, str]) -> str:
    """What to know before the answer of a plan whose effect nobody has measured; empty for others."""
    strength, share = lever.get("strength", "").lower(), lever.get("prior_share", "").lower()
    unproven, on_priors = strength.startswith(UNPROVEN), share.startswith(ON_PRIORS)
    if not unproven and not on_priors:
        return ""
    said = [f"strength of evidence: {lever['strength']}"] if lever.get("strength") else []
    said += [f"share that rests on priors: {lever['prior_share']}"] if lever.get("prior_share") else []
    return f"The size of this effect rests on judgement ({'; '.join(said)})."


# ---------------------------------------------------------------------- children and staff
def _people(results: Results, lever: str, rows: list[dict[str, Any]], runs: int) -> str:
    """What children and staff gain and lose: the largest differences that are worth saying, and the posts filled."""
    children = [_side(rows, "Children", tuple(m for m in GAINS if m not in (*STAFF, *MONEY)), runs)]
    staff = _side(rows, "Staff", STAFF, runs, silent=True)
    return " ".join(
        text for text in (*children, _in_care(results, lever), staff, posts_words(results, lever), _home(results, lever)) if text
    )


def _side(rows: list[dict[str, Any]], who: str, measures: tuple[str, ...], runs: int, *, silent: bool = False) -> str:
    """``Children seem to gain in: visits on time (93%, from 91%); to lose in: ...``."""
    parts = []
    for verdict, verb in (("better", "gain"), ("worse", "lose")):
        names = [_levels(row) for row in rows if row["verdict"] == verdict and row["measure"] in measures]
        if names:
            more = f" and {len(names) - NAMED_AT_MOST} more" if len(names) > NAMED_AT_MOST else ""
            parts.append((verb, f"{', '.join(names[:NAMED_AT_MOST])}{more}"))
    if parts and runs < ENOUGH_RUNS:
        return f"{who} seem to {'; to '.join(f'{verb} in {names}' for verb, names in parts)}."
    if parts:
        return f"{who} {'; they '.join(f'{verb} in {names}' for verb, names in parts)}."
    return "" if silent else f"For {who.lower()}, no difference worth saying can be told from luck."


def _levels(row: dict[str, Any]) -> str:
    """``visits on time (93%, from 91.2%)``."""
    unit = unit_of(row["measure"])
    was = f", from {amount(row['base_mean'], unit)}" if "base_mean" in row else ""
    return f"{short(row['measure'])} ({amount(row['mean'], unit)}{was})"


def _in_care(results: Results, lever: str) -> str:
    """How many more or fewer children are in care, when that can be told; neither is better by itself."""
    row = results.difference(lever, "n_looked_after")
    if not row or not worth_saying(row):
        return ""
    seems = "It seems that" if runs_of([row]) < ENOUGH_RUNS else "At the year's end"
    fewer = "fewer" if row["difference"] < 0 else "more"
    return f"{seems} {amount(abs(row['difference']))} {fewer} children are in care (neither better nor worse by itself)."


def _home(results: Results, lever: str) -> str:
    """When the plan's own home opened and how full it is, where ``pay_back.csv`` says so."""
    table = results.table("pay_back.csv")
    told = table.loc[table["scenario"] == lever, "home"].dropna() if {"scenario", "home"} <= set(table) else []
    return str(next(iter(told), ""))


def posts_added(results: Results, lever: str) -> float:
    """Posts that the plan has more than its base at the end of the main period, full-time equivalents; 0 for none."""
    row = results.difference(lever, "n_posts")
    return max(float(row["difference"]), 0.0) if row and row["difference"] >= 0.5 else 0.0


def posts_words(results: Results, lever: str) -> str:
    """How many of the posts a plan adds have a permanent worker; empty for a plan that adds none."""
    added, filled = posts_added(results, lever), results.difference(lever, "n_social_workers")
    if not added or not filled:
        return ""
    agency, vacant = results.difference(lever, "n_agency_workers"), results.difference(lever, "n_vacancies")
    before = round(vacant["base_mean"]) if vacant and "base_mean" in vacant else 0
    told = _filled(round(added), max(round(filled["difference"]), 0), before, results.when)
    if agency and abs(agency["difference"]) >= 1:
        told += f"; agency workers: {abs(agency['difference']):.0f} {'more' if agency['difference'] > 0 else 'fewer'}"
    return told + "."


def _filled(added: int, filled: int, before: int, when: str) -> str:
    """How many of the added posts have a permanent worker, and how many stand vacant beside those vacant before."""
    if filled < added:
        told = f"Of the {plural(added, 'post')} it adds, {filled} have a permanent worker at the end of {when}; "
        told += f"{added - filled} stand vacant"
        return f"{told}, beside {before} vacant without the plan" if before else told
    told = f"The {plural(added, 'post')} it adds {'is' if added == 1 else 'are'} filled at the end of {when}"
    more = f", with {filled - added} {f'of the {before} ' if before else ''}that would have stood vacant"
    return told + (more if filled > added else "")


# ---------------------------------------------------------------------- figures and method
def _told(row: dict[str, Any]) -> str:
    """``Plans agreed by the second review: +9.1 points (95% interval +7.0 to +11.2), from 61% to 70%``."""
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


def _below(results: Results, lever: str, found: pounds.Money | None, rows: list[dict[str, Any]]) -> list[str]:
    """Intervals and method, under the plain sentences."""
    plan = results.difference(lever, PLAN)
    told = [f"{_told(plan)}." if plan else "", pounds.interval_words(found), pounds.pieces(results, lever, found)]
    return [text for text in (*told, _how_clear(rows) if rows else "") if text]


def _floors(results: Results, lever: str) -> tuple[str, str]:
    """Safety measures, which are never traded for money: in full, and in a sentence."""
    rows = [row for measure in FLOORS if (row := results.difference(lever, measure))]
    if not rows:
        return "Safety was not compared.", "Safety was not compared."
    worse = [_told(row) for row in rows if row["verdict"] == "worse"]
    if worse:
        brief = listed([f"{short(r['measure'])} ({_gap(r)})" for r in rows if r["verdict"] == "worse"])
        return "A safety measure gets worse. " + "; ".join(worse) + ".", f"Safety gets worse: {brief}."
    names, runs = listed([short(row["measure"]) for row in rows]), runs_of(rows)
    if runs < ENOUGH_RUNS:
        miss = f"{plural(runs, 'pair')} of runs could miss one that does"
        return (
            f"None of the {len(rows)} safety measures is seen to get worse ({names}), but {miss}.",
            f"No safety measure is seen to get worse, but {miss}.",
        )
    return f"None of the {len(rows)} safety measures gets clearly worse ({names}).", "No safety measure gets clearly worse."


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
    runs, clear = runs_of(rows), sum(row["verdict"] in DEFINITE for row in rows)
    luck = len(rows) * (1 - LEVEL)
    pairs = f"{plural(runs, 'pair')} of runs with the same luck"
    by_luck = f"about {max(1, round(luck))} would by luck alone" if luck >= 0.5 else "fewer than one would by luck alone"
    if runs < ENOUGH_RUNS:
        return f"{pairs}: too few to call a difference clear. {clear} of {len(rows)} measures seem to differ; {by_luck}."
    return f"{pairs}; {clear} of {len(rows)} measures differ clearly; {by_luck}."


# ---------------------------------------------------------------------- the base
def base_words(family: Family) -> str:
    """What happens if nothing else changes: plans, visits, children and posts, then the money against the budget."""
    results, base = family.results, family.base
    pieces = []
    for measure, words in (
        (PLAN, "{} of plans are agreed by the second review"),
        ("pct_visits_on_time", "{} of visits are made on time"),
        ("n_looked_after", "{} children are in care"),
        ("n_vacancies", "{} social-work posts have no permanent worker"),
    ):
        rows = results.figures(measure)
        if base in rows.index:
            pieces.append(words.format(amount(float(rows["mean"][base]), unit_of(measure))))
    if not pieces:
        return "The summary holds none of the main measures."
    return f"In {results.when}, {listed(pieces)}. {pounds.budget_words(results, base)}".strip()


def direction(measure: str) -> str:
    """``more is better``, ``less is better`` or ``no direction is better by itself``."""
    better = REGISTER[measure].better if measure in REGISTER else ""
    return f"{better} is better" if better else "neither way is better by itself"
