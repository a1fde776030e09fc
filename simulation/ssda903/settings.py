"""From what a return teaches to the settings of a scenario, each with the numbers behind it; small numbers suppressed."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from simulation.scenario import names as dotted
from simulation.scenario.gathered import Settings
from simulation.settings import Parameters
from simulation.ssda903.disclosure import LEAST, NEAREST, suppressed
from simulation.ssda903.learning import Learned
from simulation.ssda903.providers import providers_told
from simulation.ssda903.rates import AGE_NAMES

SUPPRESSED = 2.5
"""What stands for a suppressed count: the same for each, so that it tells nothing."""
FEWEST_EVENTS = 10
"""A rate that rests on fewer events is left at the model's own value."""
FEWEST_CHILDREN = 20
"""Of fewer children nothing can be learnt, and a breakdown by a dozen kinds could not hide them; as for published figures."""
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
FOSTER = ("foster own", "foster agency", "foster kinship", "foster")
HOMES = ("home own", "home private", "home voluntary", "home", "secure")
GROUPS: dict[str, dict[str, tuple[str, ...]]] = {
    "age": {
        f"age_{name}": (age,) for name, age in zip(("under_1", "1_4", "5_9", "10_15", "16_plus"), AGE_NAMES, strict=True)
    },
    "legal status": {
        "legal_voluntary": ("section 20",), "legal_interim": ("interim care order",), "legal_care_order": ("care order",),
        "legal_placement_order": ("placement order",), "legal_other": ("emergency", "remand"),
    },
    "provider": {"provider_own": ("own",), "provider_private": ("private",), "provider_voluntary": ("voluntary",)},
    "placement": {
        "placement_foster": FOSTER, "placement_homes": HOMES, "placement_supported": ("supported",),
        "placement_parents": ("parents",), "placement_adoption": ("adoptive",), "placement_other": ("other",),
    },
}  # fmt: skip
"""Settings of the stock by breakdown, each with the groups of the rates that make it up."""


def learned_settings(learned: Learned, settings: Settings, notes: list[str]) -> None:
    """Puts everything the return identifies into ``settings``; what it cannot say is noted.

    ``learned`` is what may be published (see :func:`publishable`): no setting then tells more than the table of rates.
    """
    if "authority.population_0_17" not in settings.sources:
        _size(learned, settings, notes)
    _stock(learned, settings, notes)
    _flows(learned, settings, notes)
    _permanence(learned, settings, notes)
    _moves(learned, settings, notes)


def publishable(learned: Learned) -> Learned:
    """What was learnt, with rates as they may be published."""
    return replace(learned, rates=suppressed(learned.rates))


def _size(learned: Learned, settings: Settings, notes: list[str]) -> None:
    """Without published figures, people, posts, slots and places are the default's for each child looked after."""
    from simulation.scenario.size import SIZES

    england, total = Parameters(), len(learned.stock)
    ratio = total / england.stock.looked_after
    for name in (*SIZES, *ALSO_SIZES):
        settings.put(name, dotted.get(england, name) * ratio, f"default's, scaled to {total} children looked after: {TELL}")
    notes.append(f"people, posts, slots and places that a return does not tell: {ratio:.2f} times the default's, {TELL}")


def _stock(learned: Learned, settings: Settings, notes: list[str]) -> None:
    source = f"SSDA903, {learned.as_of:%d %B %Y}"
    settings.put("stock.looked_after", len(learned.stock), source)
    for group, parts in GROUPS.items():
        if group == "provider" and not providers_told(learned.stock):
            notes.append("stock.provider_own, _private, _voluntary: the return does not tell providers; the mix before is kept")
            continue
        for name, of in parts.items():
            _count(learned, settings, notes, name, [f"{group}:{each}" for each in of])
    _count(learned, settings, notes, "unaccompanied", ["unaccompanied"])
    _distances(learned, settings, notes)
    kin, foster = (_children(learned, [f"placement:{each}" for each in of])[0] for of in (["foster kinship"], FOSTER))
    _put_share(settings, notes, "stock.foster_kinship_share", kin, foster)
    for setting, name in (("three_placements_share", "three or more placements in the year"),
                          ("two_worker_changes_share", "two or more worker changes in the year")):  # fmt: skip
        _from_rate(learned, settings, notes, f"stock.{setting}", name, events=LEAST)
    settings.put("stock.siblings_in_care_share", _to_five(learned, "used"), _about_siblings(learned))


def _to_five(learned: Learned, name: str) -> float:
    """A share of the children with a sibling in care, of so many to the nearest 5."""
    total = len(learned.stock)
    return min(NEAREST * round(learned.siblings[name] * total / NEAREST) / total, 1.0)


def _about_siblings(learned: Learned) -> str:
    sure, likely = _to_five(learned, "same day and home"), _to_five(learned, "same home")
    return f"inferred: {sure:.0%} from one home on one day, {likely:.0%} from one home, topped up to the published half"


def _children(learned: Learned, groups: list[str]) -> tuple[float, int]:
    """Children of the stock in these groups as published, and in how many of them the count is suppressed."""
    rows = learned.rates[(learned.rates["name"] == "stock") & learned.rates["group"].isin(groups)]
    return float(rows["numerator"].fillna(SUPPRESSED).sum()), int(rows["numerator"].isna().sum())


def _count(learned: Learned, settings: Settings, notes: list[str], name: str, groups: list[str]) -> None:
    """One count of the stock, as the table of rates has it."""
    count, hidden = _children(learned, groups)
    source = f"SSDA903, {learned.as_of:%d %B %Y}, rounded"
    if hidden and count < LEAST:
        source, count = f"c: suppressed, {source}", SUPPRESSED
        notes.append(f"stock.{name}: suppressed; {SUPPRESSED} stands for it")
    settings.put(f"stock.{name}", count, source)


def _distances(learned: Learned, settings: Settings, notes: list[str]) -> None:
    """Children placed outside the boundary, and far: the share of those whose place is known, of all."""
    total = len(learned.stock)
    for name, group in (("outside_boundary", "outside boundary"), ("over_20_miles_outside", "over 20 miles and outside")):
        row = learned.rate("stock", group)
        if not row["denominator"] >= 0.5 * total:
            notes.append(f"stock.{name}: distances are not known (give a postcode directory); the share before is kept")
        elif not row["numerator"] >= LEAST:
            notes.append(f"stock.{name}: suppressed; the share before is kept")
        else:
            settings.put(f"stock.{name}", round(row["rate"] * total), f"SSDA903: {row['rate']:.1%} of those whose place is known")


def _put_share(settings: Settings, notes: list[str], name: str, count: float, base: float) -> None:
    if count < LEAST or base - count < LEAST:
        notes.append(f"{name}: too few to say; the value before is kept")
    else:
        settings.put(name, count / base, f"SSDA903: {count:g} of {base:g}, rounded")


def _from_rate(
    learned: Learned, settings: Settings, notes: list[str], setting: str, name: str, group: str = "all", times: float = 1.0,
    events: int = FEWEST_EVENTS,
) -> None:  # fmt: skip
    """A setting that is a learnt rate (``times`` a constant), when enough events stand behind it."""
    found = learned.rates[(learned.rates["name"] == name) & (learned.rates["group"] == group)]
    row = found.iloc[0] if len(found) else None
    if row is None or not row["numerator"] >= events or pd.isna(row["rate"]):
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
    lone = _lone_starts(learned, alone)
    settings.put("demand.unaccompanied_per_10k_per_year", lone / population * 1e4, _about_lone(alone, lone))
    referrals = _value(settings, "demand.referrals_per_10k_per_year") * population / 1e4
    expected = referrals * ENGLAND_STARTS_PER_REFERRAL * (1 - ENGLAND_ALONE)
    came = starts["rate"] - lone
    if starts["numerator"] >= FEWEST_EVENTS and came > 0:
        behind = f"SSDA903: {starts['rate']:.4g} starts a year on {referrals:.0f} referrals, against England's"
        settings.put("front_door.entry_factor", Parameters().front_door.entry_factor * came / expected, behind)
    else:
        notes.append("front_door.entry_factor: too few starts in the return to say; the value before is kept")
    _exits(learned, settings, notes)


def _lone_starts(learned: Learned, alone: pd.Series) -> float:
    """Unaccompanied starts a year: a few over several years, or none, say more of this authority than England's rate."""
    return float(alone["rate"]) if pd.notna(alone["rate"]) else SUPPRESSED / len(learned.years)


def _about_lone(alone: pd.Series, lone: float) -> str:
    years = f"in {alone['denominator']:.0f} years"
    if pd.isna(alone["rate"]):
        return f"SSDA903: c, a few unaccompanied starts {years} ({SUPPRESSED} stands for them): uncertain"
    few = "; few: uncertain" if alone["numerator"] < FEWEST_EVENTS else ""
    return f"SSDA903: {lone:.3g} unaccompanied starts a year {years}, standard error {alone['se']:.2g}{few}"


def _exits(learned: Learned, settings: Settings, notes: list[str]) -> None:
    """The pace of leaving before eighteen against England's by age; early returns home have a setting of their own."""
    ages = [learned.rate("leaving", f"age:{age}") for age in AGE_NAMES]
    early = learned.rate("home within six months")
    home = early["numerator"] if pd.notna(early["numerator"]) else SUPPRESSED
    left = sum(row["numerator"] if pd.notna(row["numerator"]) else SUPPRESSED for row in ages) - home
    usual = sum(row["denominator"] * ENGLAND_LEAVING[age] for row, age in zip(ages, AGE_NAMES, strict=True))
    usual -= Parameters().permanence.early_home_share * (early["denominator"] if pd.notna(early["denominator"]) else 0.0)
    if left >= FEWEST_EVENTS and usual > 0:
        behind = f"SSDA903: {left:.0f} left before eighteen, early returns home apart; {usual:.0f} at England's rates by age"
        settings.put("permanence.exit_factor", Parameters().permanence.exit_factor * left / usual, behind)
    else:
        notes.append("permanence.exit_factor: too few endings in the return to say; the value before is kept")


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
