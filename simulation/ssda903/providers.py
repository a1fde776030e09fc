"""Who provides a placement, where the return does not tell: never written as learnt, and in the stock by the usual mix."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulation.scenario.gathered import Settings
from simulation.settings import Parameters
from simulation.ssda903.corrections import DOUBTED, Corrections

UNTOLD = {"foster agency": "foster", "home private": "home"}
"""What a placement without a provider is taken for, and what it may only be called."""
OWN = {"foster agency": "foster own", "home private": "home own"}


def untold(stock: pd.DataFrame) -> pd.Series:
    """Which children are in foster care or a home of whose provider nothing is said."""
    return stock["provider"].isna() & stock["kind"].isin(list(UNTOLD))


def providers_told(stock: pd.DataFrame) -> bool:
    """Whether the return tells the provider of most placements."""
    return bool(stock["provider"].notna().mean() >= 0.5)


def as_told(stock: pd.DataFrame) -> pd.DataFrame:
    """The stock with no more said of kinds of placement than the return tells."""
    return stock.assign(kind=stock["kind"].mask(untold(stock), stock["kind"].map(UNTOLD)))


def give(stock: pd.DataFrame, settings: Settings, corrections: Corrections) -> None:
    """Gives children without a told provider one of the authority's own or another, in the mix of ``settings``."""
    blank = untold(stock)
    for kind, share in _own_shares(settings).items():
        rows = np.flatnonzero(blank & (stock["kind"] == kind))
        own = rows[np.diff(np.floor(np.arange(len(rows) + 1) * share)) > 0]  # spread evenly over the file
        stock.loc[stock.index[own], "kind"] = OWN[kind]
    if blank.any():
        why = "providers are not told for every placement: those that are not have the usual mix of own and other"
        corrections.add("return", 0, "PLACE_PROVIDER", DOUBTED, why)


def _own_shares(settings: Settings) -> dict[str, float]:
    """The authority's own share of children in homes, and of those in foster care with no relative."""

    def value(name: str) -> float:
        return float(settings.numbers.get(f"stock.{name}", getattr(usual, name)))

    usual = Parameters().stock
    homes, foster = value("placement_homes"), value("placement_foster") * (1 - value("foster_kinship_share"))
    bought = value("provider_private") + value("provider_voluntary")
    agency = bought - homes * (1 - value("homes_own_share")) - value("placement_supported")
    return {"home private": value("homes_own_share"), "foster agency": float(np.clip(1 - agency / max(foster, 1.0), 0.0, 1.0))}
