"""Money counted: the week's measures, the budget, and the table of money."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulation.base.codes import IS_FOSTER, IS_RESIDENTIAL
from simulation.service.state import State

LOOKED_AFTER = "looked after: "
"""Categories that begin so make the spend on looked-after children (the numerator of the weekly unit cost)."""
INCOME = "income: "
CAPITAL = "capital: "


def budget_of_week(state: State) -> float:
    """The week's budget in pounds; until it is set it is what is spent."""
    money, ledger = state.p.money, state.ledger
    return ledger.budget_a_week * money.budget_factor * (1 + money.budget_growth_per_year) ** state.clock.years


def tally_money(state: State) -> None:
    """The week's amounts as measures; gross spend by category and provider adds up to the ledger."""
    ledger, tally = state.ledger, state.tally
    gross = 0
    for (category, provider), pence in ledger.now.items():
        if category.startswith((INCOME, CAPITAL)):
            continue
        gross += pence
        tally.add("gbp_spend", pence / 100, f"category:{category}")
        tally.add("gbp_spend", pence / 100, f"provider:{provider}")
    budget, net = budget_of_week(state), ledger.total(without=(CAPITAL,))
    residential, foster = ledger.kinds[IS_RESIDENTIAL].sum(), ledger.kinds[IS_FOSTER].sum()
    service = ledger.now.get((f"{LOOKED_AFTER}fostering service", "own"), 0) / 100
    empty = ledger.now.get((f"{LOOKED_AFTER}empty beds in own homes", "own"), 0) / 100
    for name, value in (
        ("gbp_spend", gross / 100),
        ("gbp_income", -ledger.total(INCOME)),
        ("gbp_net", net),
        ("gbp_budget", budget),
        ("gbp_overspend", net - budget),
        ("gbp_capital", ledger.total(CAPITAL)),
        ("gbp_placements", ledger.total(LOOKED_AFTER)),
        ("gbp_top_twenty", ledger.top_twenty),
        ("gbp_agency_premium", ledger.now.get(("staff: agency premium", "agency"), 0) / 100),
        ("gbp_residential", residential + empty),
        ("gbp_fostering", foster + service),
        ("weeks_residential", ledger.nights[IS_RESIDENTIAL].sum()),
        ("weeks_fostering", ledger.nights[IS_FOSTER].sum()),
        ("gbp_social_workers", ledger.total("staff: ")),
        ("pct_price_index_homes", 100 * state.book.residential_index * state.book.premium["homes"]),
    ):
        tally.set(name, value)


def money_table(state: State) -> pd.DataFrame:
    """Every line by week: replication, week, category, provider, gbp (income is negative)."""
    lines = [(week, *key, pence) for week, now in enumerate(state.ledger.weeks) for key, pence in sorted(now.items())]
    week, category, provider, pence = (list(column) for column in zip(*lines, strict=True)) if lines else ([], [], [], [])
    return pd.DataFrame(
        {
            "replication": np.int32(state.replication),
            "week": np.array(week, dtype=np.int32),
            "category": category,
            "provider": provider,
            "gbp": np.array(pence, dtype=float) / 100,
        }
    )
