"""What a return teaches: the children looked after on a day, and the rates at which they come, move and leave."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from simulation.ssda903 import siblings
from simulation.ssda903.corrections import NOTED, Corrections
from simulation.ssda903.providers import as_told
from simulation.ssda903.rates import learned_rates
from simulation.ssda903.reading import Return
from simulation.ssda903.stock import stock_on


@dataclass(frozen=True)
class Learned:
    """What was learnt from a return.

    stock: one row a child looked after on ``as_of`` (columns: see :func:`simulation.ssda903.stock.stock_on`);
    it describes real children and must stay on the machine. rates: ``name group unit numerator denominator rate se``,
    counted figures, safe to publish once suppressed (see :mod:`simulation.ssda903.disclosure`); siblings: shares
    with a sibling in care, by certainty.
    """

    as_of: pd.Timestamp
    years: tuple[int, ...]
    stock: pd.DataFrame
    rates: pd.DataFrame
    siblings: dict[str, float]
    corrections: Corrections = field(default_factory=Corrections)

    def rate(self, name: str, group: str = "all") -> pd.Series:
        """One row of ``rates``; raises KeyError when it was not learnt."""
        found = self.rates[(self.rates["name"] == name) & (self.rates["group"] == group)]
        if found.empty:
            raise KeyError(f"{name} {group}")
        return found.iloc[0]

    def __getitem__(self, name: str) -> dict[str, float]:
        """The rates of one name by group."""
        found = self.rates[self.rates["name"] == name]
        if found.empty:
            raise KeyError(name)
        return dict(zip(found["group"], found["rate"], strict=True))


def learn(
    returned: Return, as_of: dt.date | str | None = None, population: float | None = None, postcodes: Path | str | None = None
) -> Learned:
    """Stock and rates from a return.

    ``as_of`` is the day of the stock (default: the return's); ``population`` (children 0 to 17) turns starts into rates for
    each 10,000; ``postcodes`` is a postcode directory for distances (see :func:`distance.directory`).
    """
    day = returned.as_of if as_of is None else pd.Timestamp(as_of)
    corrections = replace(returned.corrections, made=list(returned.corrections.made))
    stock, home, start = stock_on(returned, day, corrections, postcodes)
    found = siblings.infer(stock, home, start)
    stock["sibling_group"], stock["sibling_certainty"] = found.group, found.certainty
    rates = learned_rates(returned, as_told(stock), day, population)
    shares = {"same day and home": found.share_certain, "same home": found.share_likely, "used": found.share_used}
    corrections.add("return", 0, "", NOTED, _about_siblings(found))
    return Learned(day, returned.years, _shuffled(stock), rates, shares, corrections)


def _about_siblings(found: siblings.Siblings) -> str:
    return (
        f"siblings inferred: {found.share_certain:.0%} of children came from one home on one day as another, "
        f"{found.share_likely:.0%} from one home within three years; "
        f"topped up to {found.share_used:.0%} (published: about {siblings.PUBLISHED_SHARE:.0%})"
    )


def _shuffled(stock: pd.DataFrame) -> pd.DataFrame:
    """The stock in an order that says nothing, under new keys."""
    mixed = stock.sort_values(["age_months", "weeks_in_care", "weeks_in_placement", "kind"], kind="stable").reset_index(drop=True)
    group = mixed["sibling_group"].to_numpy()
    order = {old: new for new, old in enumerate(dict.fromkeys(group[group > 0]), start=1)}
    mixed["sibling_group"] = [order.get(each, 0) for each in group]
    mixed.insert(0, "key", np.arange(1, len(mixed) + 1))
    return mixed
