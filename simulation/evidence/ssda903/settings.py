"""From what a return teaches to the settings of a scenario, each with the numbers behind it; small numbers suppressed."""

from __future__ import annotations

import pandas as pd

from simulation.evidence.figures import Settings
from simulation.evidence.ssda903.learning import Learned
from simulation.evidence.ssda903.rates import AGE_NAMES
from simulation.parameters import Parameters
from simulation.scenario import names as dotted

LEAST = 5
SUPPRESSED = 2.5
"""What stands for a suppressed count of 1 to 4: the same for each, so that it tells nothing."""
FEWEST_EVENTS = 10
"""A rate that rests on fewer events is left at the model's own value."""
ENGLAND_STARTS_PER_REFERRAL = 0.048
"""Starts for each referral, England 2020 (DfE), of which 11% are of unaccompanied children."""
ENGLAND_ALONE = 0.11
ENGLAND_LEAVING = dict(zip(AGE_NAMES, (0.41, 0.56, 0.25, 0.14, 0.15), strict=True))
"""Yearly hazard of leaving before eighteen by age, England 2022 (ceased over mean stock, DfE)."""
ENGLAND_DISRUPTION, ENGLAND_PLANNED = 0.17, 0.24
"""Moves a child-year by disruption and by care plan, England 2021 to 2025 (DfE)."""
ALSO_SIZES = ("authority.area_square_miles", "supply.own_homes", "supply.own_homes_places")
"""Settings that a smaller authority has less of, beside ``SIZES``: land, at the same children a mile, and own homes."""
TELL = "give --la and --data for the authority's own"

GROUPS = {
    "age": dict(zip(("age_under_1", "age_1_4", "age_5_9", "age_10_15", "age_16_plus"), AGE_NAMES, strict=True)),
    "legal": {"legal_voluntary": "V2", "legal_interim": "C1", "legal_care_order": "C2", "legal_placement_order": "E1"},
    "provider": {"provider_own": "PR1", "provider_private": "PR4", "provider_voluntary": "PR5"},
    "placement": {"placement_foster": "foster", "placement_homes": "home", "placement_supported": "supported",
                  "placement_parents": "parents", "placement_adoption": "adoptive"},
}  # fmt: skip


def learned_settings(learned: Learned, settings: Settings, notes: list[str]) -> None:
    """Puts everything the return identifies into ``settings``; what it cannot say is noted."""
    if "authority.population_0_17" not in settings.sources:
        _size(learned, settings, notes)
    _stock(learned, settings, notes)
    _flows(learned, settings, notes)
    _permanence(learned, settings, notes)
    _moves(learned, settings, notes)


def _size(learned: Learned, settings: Settings, notes: list[str]) -> None:
    """Without published figures, people, posts, slots and places are the default's for each child looked after."""
    from simulation.experiment.authorities import SIZES

    england, total = Parameters(), len(learned.stock)
    ratio = total / england.stock.looked_after
    for name in (*SIZES, *ALSO_SIZES):
        settings.put(name, dotted.get(england, name) * ratio, f"default's, scaled to {total} children looked after: {TELL}")
    notes.append(f"people, posts, slots and places that a return does not tell: {ratio:.2f} times the default's, {TELL}")


def _stock(learned: Learned, settings: Settings, notes: list[str]) -> None:
    stock, total = learned.stock, len(learned.stock)
    source = f"SSDA903, {learned.as_of:%d %B %Y}"
    settings.put("stock.looked_after", total, source)
    age = pd.cut(stock["age_months"], [-1, 11, 59, 119, 191, 999], labels=list(AGE_NAMES)).astype(object)
    kind = stock["kind"].str.split().str[0].replace({"secure": "home"})
    values = {"age": age, "legal": stock["legal_status"].replace({"D1": "E1"}), "provider": stock["provider"], "placement": kind}
    for group, names in GROUPS.items():
        counts = {name: int((values[group] == code).sum()) for name, code in names.items()}
        rest = {"legal": "legal_other", "placement": "placement_other"}.get(group)
        if rest:
            counts[rest] = total - sum(counts.values())
        _counts(counts, settings, source, notes)
    _counts({"unaccompanied": int(stock["unaccompanied"].sum())}, settings, source, notes)
    _distances(learned, settings, notes)
    foster = kind == "foster"
    kin = int((stock["kind"] == "foster kinship").sum())
    _put_share(settings, notes, "stock.foster_kinship_share", kin, int(foster.sum()))
    for setting, name in (("three_placements_share", "three or more placements in the year"),
                          ("two_worker_changes_share", "two or more worker changes in the year")):  # fmt: skip
        _from_rate(learned, settings, notes, f"stock.{setting}", name, events=LEAST)
    settings.put("stock.siblings_in_care_share", learned.siblings["used"], _about_siblings(learned))


def _about_siblings(learned: Learned) -> str:
    sure, likely = learned.siblings["same day and home"], learned.siblings["same home"]
    return f"inferred: {sure:.0%} from one home on one day, {likely:.0%} from one home, topped up to the published half"


def _counts(counts: dict[str, int], settings: Settings, source: str, notes: list[str]) -> None:
    """Counts of one breakdown, 1 to 4 suppressed; where only one is, another is rounded so that it cannot be worked out."""
    small = [name for name, count in counts.items() if 0 < count < LEAST]
    others = sorted((count, name) for name, count in counts.items() if count >= LEAST)
    blurred = others[0][1] if len(small) == 1 and others else ""
    for name, count in counts.items():
        if name in small:
            settings.put(f"stock.{name}", SUPPRESSED, f"c: fewer than {LEAST}, {source}")
            notes.append(f"stock.{name}: suppressed (1 to {LEAST - 1}); {SUPPRESSED} stands for it")
        elif name == blurred:
            settings.put(f"stock.{name}", 5 * round(count / 5), f"{source}, to the nearest 5 to protect a suppressed figure")
        else:
            settings.put(f"stock.{name}", count, source)


def _distances(learned: Learned, settings: Settings, notes: list[str]) -> None:
    total = len(learned.stock)
    for name, group in (("outside_boundary", "outside boundary"), ("over_20_miles_outside", "over 20 miles and outside")):
        row = learned.rate("stock", group)
        if row["denominator"] < 0.5 * total:
            notes.append(f"stock.{name}: distances are not known (give a postcode directory); the value before is kept")
        elif row["numerator"] < LEAST:
            notes.append(f"stock.{name}: suppressed; the value before is kept")
        else:
            settings.put(f"stock.{name}", round(row["rate"] * total), f"SSDA903: {row['rate']:.1%} of those whose place is known")


def _put_share(settings: Settings, notes: list[str], name: str, count: int, base: int) -> None:
    if count < LEAST or base - count < LEAST:
        notes.append(f"{name}: too few to say; the value before is kept")
    else:
        settings.put(name, count / base, f"SSDA903: {count} of {base}")


def _from_rate(
    learned: Learned, settings: Settings, notes: list[str], setting: str, name: str, group: str = "all", times: float = 1.0,
    events: int = FEWEST_EVENTS,
) -> None:  # fmt: skip
    """A setting that is a learnt rate (``times`` a constant), when enough events stand behind it."""
    found = learned.rates[(learned.rates["name"] == name) & (learned.rates["group"] == group)]
    row = found.iloc[0] if len(found) else None
    if row is None or row["numerator"] < events or pd.isna(row["rate"]):
        notes.append(f"{setting}: too few events in the return to say; the value before is kept")
        return
    behind = f"SSDA903: {name}, {row['numerator']:.0f} events of {row['denominator']:.0f}, standard error {row['se'] * times:.2g}"
    settings.put(setting, row["rate"] * times, behind)


def _value(settings: Settings, name: str) -> float:
    section, setting = name.split(".")
    given = settings.numbers
    return float(given.get(name, getattr(getattr(Parameters(), section), setting)))


def _flows(learned: Learned, settings: Settings, notes: list[str]) -> None:
    """Ways into care scaled so that the starts are the return's; leaving so that exits by age are.

    The model's own factors are those at which England's starts and exits come: the return's ratio to England multiplies them.
    """
    population = _value(settings, "authority.population_0_17")
    starts, alone = learned.rate("starts"), learned.rate("starts", "unaccompanied")
    if alone["numerator"] >= FEWEST_EVENTS:
        per_10k = alone["rate"] / population * 1e4
        behind = f"SSDA903: {alone['rate']:.1f} unaccompanied starts a year"
        settings.put("demand.unaccompanied_per_10k_per_year", per_10k, behind)
    referrals = _value(settings, "demand.referrals_per_10k_per_year") * population / 1e4
    expected = referrals * ENGLAND_STARTS_PER_REFERRAL * (1 - ENGLAND_ALONE)
    came = starts["rate"] - alone["rate"]
    if starts["numerator"] >= FEWEST_EVENTS and came > 0:
        behind = f"SSDA903: {starts['rate']:.1f} starts a year on {referrals:.0f} referrals, against England's"
        settings.put("front_door.entry_factor", Parameters().front_door.entry_factor * came / expected, behind)
    _exits(learned, settings)


def _exits(learned: Learned, settings: Settings) -> None:
    """The pace of leaving before eighteen against England's by age; early returns home have a setting of their own."""
    ages = [learned.rate("leaving", f"age:{age}") for age in AGE_NAMES]
    early = learned.rate("home within six months")
    left = sum(row["numerator"] for row in ages) - early["numerator"]
    usual = sum(row["denominator"] * ENGLAND_LEAVING[age] for row, age in zip(ages, AGE_NAMES, strict=True))
    usual -= Parameters().permanence.early_home_share * early["denominator"]
    if left >= FEWEST_EVENTS and usual > 0:
        behind = f"SSDA903: {left:.0f} left before eighteen, early returns home apart; {usual:.0f} at England's rates by age"
        settings.put("permanence.exit_factor", Parameters().permanence.exit_factor * left / usual, behind)


def _permanence(learned: Learned, settings: Settings, notes: list[str]) -> None:
    pairs = (
        ("early_home_share", "home within six months", "all"),
        ("early_home_days", "days in care of those home early", "all"),
        ("reentry_3_months", "back in care after home", "within:3 months"),
        ("reentry_1_year", "back in care after home", "within:1 year"),
        ("adoption_order_months", "months placed before adoption", "all"),
    )
    for setting, name, group in pairs:
        _from_rate(learned, settings, notes, f"permanence.{setting}", name, group)
    if len(learned.years) >= 6:
        _from_rate(learned, settings, notes, "permanence.reentry_6_years", "back in care after home", "within:6 years")
    _in_order(settings, ("permanence.reentry_3_months", "permanence.reentry_1_year", "permanence.reentry_6_years"))


def _in_order(settings: Settings, names: tuple[str, ...]) -> None:
    """Shares that can only grow with time do."""
    least = 0.0
    for name in names:
        value = max(_value(settings, name), least)
        if name in settings.sources or value > _value(settings, name):
            settings.put(name, value, settings.sources.get(name, "not less than the share before it"))
        least = value


def _moves(learned: Learned, settings: Settings, notes: list[str]) -> None:
    """Breakdown and planned moves as ratios of England's rates, so that the model's own shape by age and time is kept."""
    for setting, name, england in (("disruptions_per_year", "disruption", ENGLAND_DISRUPTION),
                                   ("later_moves_per_year", "moving by plan", ENGLAND_PLANNED)):  # fmt: skip
        usual = getattr(Parameters().placing, setting)
        _from_rate(learned, settings, notes, f"placing.{setting}", name, times=usual / england)
    _from_rate(learned, settings, notes, "placing.other_moves_per_year", "moving for other reasons")
