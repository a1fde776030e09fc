"""Whether a plan answers its question (yes, no or not known), and which differences are worth saying."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulation.base.wording import ENOUGH_RUNS, amount, capital, change, plural, short, unit_of
from simulation.report.folder import Results
from simulation.report.money import Money

PLAN = "pct_plans_by_second_review"
MONEY = "money"
WORTH_POINTS, WORTH_SHARE, WORTH_COUNT = 1.0, 0.02, 1.0
"""A difference is worth saying from one point of a share; else from 2% of the base's figure, and from one child or worker."""
YES, NO, NOT_KNOWN = "Yes", "No", "Not known"
ASKED_AT_MOST = 2


@dataclass(frozen=True)
class Asked:
    """What a question may ask about: words that show it, the measure, whether more of it is wanted, and the plain question."""

    words: str
    measure: str
    wanted: int
    question: str


ASKED = (
    Asked(r"\bplans?\b|permanence|drift|settled home", PLAN, 1, "Do more plans for children come in time?"),
    Asked(r"brothers|sisters|sibling", "pct_siblings_together", 1, "Do more brothers and sisters live together?"),
    Asked(r"back into care|return to care", "pct_reentries", -1, "Do fewer children come back into care?"),
    Asked(r"\bcourts?\b|\bwaits?\b|waiting|assessor", "weeks_permanence_wait", -1, "Do children wait less for a settled home?"),
    Asked(r"come into care|stay with their families", "new_care_starts", -1, "Do fewer children come into care?"),
    Asked(r"where children live|far from home|miles", "pct_over_20_miles", -1, "Do fewer children live far from home?"),
    Asked(r"\bsaves?\b|\bcosts?\b|pays? back|cheaper|discount|money|\bprices?\b", MONEY, -1, "Does it save money?"),
)  # fmt: skip
"""In the order in which they are answered."""


@dataclass(frozen=True)
class Answer:
    """A plain question, its answer (``Yes``, ``No`` or ``Not known``; ``it seems`` after it for few runs) and why."""

    question: str
    answer: str
    why: str


def answers(results: Results, lever: str, money: Money | None) -> list[Answer]:
    """The plan's own question, as far as it names a measure, and always whether plans come in time."""
    told = results.scenarios[lever].question.lower()
    asked = [one for one in ASKED if re.search(one.words, told)][:ASKED_AT_MOST]
    asked += [] if ASKED[0] in asked else [ASKED[0]]
    made = [_money(one, money) if one.measure == MONEY else _answer(one, results, lever) for one in asked]
    return [answer for answer in made if answer]


def worth(row: dict[str, Any]) -> float:
    """The smallest difference worth saying, in the measure's unit."""
    if unit_of(row["measure"]) == "%":
        return WORTH_POINTS
    level = float(row.get("base_mean") or 0.0)
    return max(WORTH_SHARE * abs(level), WORTH_COUNT)


def worth_saying(row: dict[str, Any]) -> bool:
    """True for a difference that the runs show and that is large enough to matter."""
    return bool(row["verdict"] in ("better", "worse", "changed") and abs(row["difference"]) >= worth(row))


def size(row: dict[str, Any]) -> float:
    """The difference in multiples of the smallest worth saying, for ranking."""
    return abs(row["difference"]) / worth(row)


def runs_of(rows: list[dict[str, Any]]) -> int:
    """Pairs of runs behind the comparison; ten if the table does not say."""
    return int(max((row.get("replications", ENOUGH_RUNS) or 0 for row in rows), default=0))


def decided(difference: float, low: float, high: float, least: float) -> str:
    """Yes when the interval leaves zero out and the gain is worth saying; no when it leaves every such gain out."""
    if low > 0 and difference >= least:
        return YES
    return NO if high < least and np.isfinite(high) else NOT_KNOWN


def _answer(asked: Asked, results: Results, lever: str) -> Answer | None:
    row = results.difference(lever, asked.measure)
    if not row:
        return None
    if row["verdict"] == "not known":
        return Answer(
            asked.question,
            NOT_KNOWN,
            f"whether {short(asked.measure)} rise or fall is not known: plausible assumptions point both ways.",
        )
    low, high = sorted((asked.wanted * row["ci_low"], asked.wanted * row["ci_high"]))
    found = decided(asked.wanted * row["difference"], low, high, worth(row))
    return Answer(asked.question, _hedged(found, runs_of([row])), _why(row, found, asked))


def _hedged(found: str, runs: int) -> str:
    """The answer, less sure below ENOUGH_RUNS pairs."""
    return f"{found}, it seems" if found != NOT_KNOWN and runs < ENOUGH_RUNS else found


def _why(row: dict[str, Any], found: str, asked: Asked) -> str:
    """The two levels, and what is made of their difference."""
    unit = unit_of(row["measure"])
    told = f"{amount(row['mean'], unit)}, beside {amount(row.get('base_mean', np.nan), unit)} without the plan"
    levels = f"{capital(short(row['measure']))}: {told if 'base_mean' in row else change(row['difference'], unit)}"
    if found == NOT_KNOWN:
        return f"{levels}; {plural(runs_of([row]), 'pair')} of runs cannot tell that from luck."
    if found == NO:
        against = asked.wanted * row["difference"] <= -worth(row)
        return f"{levels}; {'the wrong way' if against else 'too little to matter'}."
    return f"{levels}."


def _money(asked: Asked, money: Money | None) -> Answer | None:
    if money is None:
        return None
    found = decided(-money.total, -money.high, -money.low, money.least)
    return Answer(asked.question, _hedged(found, money.runs), "")
