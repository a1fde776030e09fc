"""From published figures of one authority and year to the settings of a scenario, each with its source."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from simulation.evidence.borrow import CLA, Borrower, Found
from simulation.parameters import Parameters
from simulation.scenario import names as dotted

PER_10K = 10_000
COMBINED_PLACEMENTS = "cla_31march_placement_pre2020_homes_secure_semiindep_number"

AGES: dict[str, tuple[str, ...]] = {
    "age_under_1": ("cla_31march_age_u1_number",),
    "age_1_4": ("cla_31march_age_1_4_number",),
    "age_5_9": ("cla_31march_age_5_9_number",),
    "age_10_15": ("cla_31march_age_10_15_number",),
    "age_16_plus": ("cla_31march_age_16plus_number",),
}
PLACEMENTS: dict[str, tuple[str, ...]] = {
    "placement_foster": ("cla_31march_placement_foster_number",),
    "placement_homes": ("cla_31march_placement_childrens_homes_secure_number",),
    "placement_supported": ("cla_31march_placement_semi_independent_number",),
    "placement_parents": ("cla_31march_placement_parents_number",),
    "placement_adoption": ("cla_31march_placement_adoption_number",),
    "placement_other": (
        "cla_31march_placement_other_number",
        "cla_31march_placement_other_residential_number",
        "cla_31march_placement_residential_school_number",
    ),
}
PLACEMENTS_BEFORE_2020 = {
    **{name: given for name, given in PLACEMENTS.items() if name not in ("placement_homes", "placement_supported")},
    "placement_homes_and_supported": (COMBINED_PLACEMENTS, "cla_31march_placement_pre2020_other_community_number"),
}
LEGAL: dict[str, tuple[str, ...]] = {
    "legal_voluntary": ("cla_31march_legal_s20_number",),
    "legal_interim": ("cla_31march_legal_ico_number",),
    "legal_care_order": ("cla_31march_legal_fco_number",),
    "legal_placement_order": ("cla_31march_legal_placement_order_number",),
    "legal_other": ("cla_31march_legal_detained_cp_number", "cla_31march_legal_youth_justice_number"),
}
PROVIDERS: dict[str, tuple[str, ...]] = {
    "provider_own": ("cla_31march_provider_own_number",),
    "provider_private": ("cla_31march_provider_private_number",),
    "provider_voluntary": ("cla_31march_provider_voluntary_number",),
    "provider_rest": (
        "cla_31march_provider_parents_number",
        "cla_31march_provider_other_la_number",
        "cla_31march_provider_other_public_number",
        "cla_31march_provider_not_reported_number",
    ),
}
OUTSIDE, INSIDE, FAR = "cla_31march_outside_la_number", "cla_31march_inside_la_number", "cla_31march_outside_la_gt20_number"


@dataclass(eq=False)
class Settings:
    """Settings gathered so far: dotted name -> value, and where each comes from (the comment on its line)."""

    numbers: dict[str, float] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, value: float, source: str) -> None:
        """Sets one setting, rounded to what it means and kept within its bounds; names that do not exist are an error."""
        setting = dotted.find(name, Parameters())
        if setting is None:
            raise KeyError(f"{name} is not a setting of the model")
        self.numbers[name] = setting.clip(float(f"{value:.5g}"))
        self.sources[name] = source


def gather(borrower: Borrower) -> Settings:
    """Every setting that published figures speak of; what was borrowed is noted in ``borrower.notes``."""
    from simulation.evidence import casework, resources

    settings = Settings()
    for section in (
        _authority,
        _stock,
        _demand,
        _front_door,
        casework.need_plans,
        resources.workforce,
        resources.gates,
        resources.supply,
        resources.prices,
    ):
        section(borrower, settings)
    return settings


def take(
    borrower: Borrower, settings: Settings, name: str, found: Found, scale: float = 1.0, low: float = 0.0, high: float = np.inf
) -> None:
    """One setting from one figure; a figure nobody publishes leaves the model's own value, which is said."""
    if found.missing:
        borrower.note(name, f"not published ({found.source}); the model's own value is kept")
        return
    value = float(np.clip(found.value * scale, low, high))
    settings.put(name, value, ("borrowed: " if found.borrowed else "") + found.source)
    if found.borrowed:
        borrower.note(f"{name}: {settings.numbers[name]:g}", found.source)


def take_count(borrower: Borrower, settings: Settings, name: str, found: Found, low: float = 0.0, high: float = np.inf) -> None:
    """One count; where nobody publishes it, England's for each child, so that the model's own size is nobody's."""
    if found.missing:
        section, setting = name.split(".")
        england, children = Parameters(), settings.numbers.get("authority.population_0_17", np.nan)
        value = getattr(getattr(england, section), setting) * children / england.authority.population_0_17
        found = Found(value, f"England's for each child: {found.source}", True)
    take(borrower, settings, name, found, low=low, high=high)


def _authority(borrower: Borrower, settings: Settings) -> None:
    take(borrower, settings, "authority.population_0_17", borrower.population())
    own = Parameters().authority
    children = settings.numbers.get("authority.population_0_17", own.population_0_17)
    density = own.population_0_17 / own.area_square_miles
    why = f"not in the table: {children:,.0f} children at Bradford's {density:,.0f} a square mile; look it up, it matters"
    area = Found(children / density, why, True)
    take(borrower, settings, "authority.area_square_miles", area)


def _stock(borrower: Borrower, settings: Settings) -> None:
    total = round(borrower.table.value(borrower.code, CLA, borrower.year))
    settings.put("stock.looked_after", total, f"{CLA}, {borrower.year}")
    for margin in (AGES, LEGAL, PROVIDERS):
        _margin(borrower, settings, total, margin)
    _placements(borrower, settings, total)
    _outside(borrower, settings, total)
    take_count(borrower, settings, "stock.unaccompanied", borrower.count("cla_31march_uasc_number", CLA), high=total)
    for name, indicator in (
        ("three_placements_share", "cla_3plus_placements_number"),
        ("two_worker_changes_share", "cla_2plus_sw_changes_12m_number"),
    ):
        take(borrower, settings, f"stock.{name}", borrower.ratio(indicator, CLA), high=1.0)
    take_count(borrower, settings, "stock.children_in_need", borrower.count("cin_31march_number"), low=total)
    take_count(borrower, settings, "stock.protection_plans", borrower.count("cpp_31march_number"))


def _usual(names: dict[str, tuple[str, ...]], rest: str = "") -> dict[str, float]:
    stock = Parameters().stock
    known = {name: getattr(stock, name) / stock.looked_after for name in names if hasattr(stock, name)}
    return {name: known.get(name, max(0.0, 1 - sum(known.values()))) for name in names}


def _margin(borrower: Borrower, settings: Settings, total: int, names: dict[str, tuple[str, ...]]) -> dict[str, int]:
    counts, sources = borrower.parts(total, names, _usual(names))
    for name, count in counts.items():
        if dotted.find(f"stock.{name}", Parameters()) is not None:
            settings.put(f"stock.{name}", count, sources[name])
    return counts


def _placements(borrower: Borrower, settings: Settings, total: int) -> None:
    """From 2020 homes and supported accommodation are apart; before, they are published together and are split."""
    combined = borrower.table.value(borrower.code, COMBINED_PLACEMENTS, borrower.year)
    if borrower.year >= 2020 or not np.isfinite(combined):
        _margin(borrower, settings, total, PLACEMENTS)
        return
    together = _margin(borrower, settings, total, PLACEMENTS_BEFORE_2020)["placement_homes_and_supported"]
    stock = Parameters().stock
    homes = round(together * stock.placement_homes / (stock.placement_homes + stock.placement_supported))
    why = f"{together} published together as {COMBINED_PLACEMENTS}, {borrower.year}; split as in England 2020"
    settings.put("stock.placement_homes", homes, f"borrowed split: {why}")
    settings.put("stock.placement_supported", together - homes, f"borrowed split: {why}")
    borrower.note(f"placement_homes: {homes}, placement_supported: {together - homes}", why)


def _outside(borrower: Borrower, settings: Settings, total: int) -> None:
    """Outside the boundary as the share of inside plus outside, so that unknown distances do not lower it."""
    stock = Parameters().stock
    share = _or_usual(_share(borrower, OUTSIDE, INSIDE), stock.outside_boundary / stock.looked_after)
    take(borrower, settings, "stock.outside_boundary", share, scale=total, high=total)
    outside = settings.numbers["stock.outside_boundary"]
    far = _or_usual(borrower.ratio(FAR, OUTSIDE), stock.over_20_miles_outside / stock.outside_boundary)
    take(borrower, settings, "stock.over_20_miles_outside", far, scale=outside, high=outside)


def _or_usual(found: Found, usual: float) -> Found:
    return Found(usual, f"usual share, England: {found.source}", True) if found.missing else found


def _share(borrower: Borrower, above: str, beside: str) -> Found:
    one, other = borrower.count(above, CLA), borrower.count(beside, CLA)
    if one.missing or other.missing:
        return one if one.missing else other
    return Found(
        one.value / max(one.value + other.value, 1e-9),
        f"share of inside plus outside: {one.source}",
        one.borrowed or other.borrowed,
    )


def _demand(borrower: Borrower, settings: Settings) -> None:
    population = settings.numbers.get("authority.population_0_17", np.nan)
    take(borrower, settings, "demand.referrals_per_10k_per_year", borrower.count("referrals_number"), scale=PER_10K / population)
    starts = borrower.count("cla_started_uasc_number", "cla_started_number")
    if not starts.missing:
        take(borrower, settings, "demand.unaccompanied_per_10k_per_year", starts, scale=PER_10K / population)
        return
    standing = borrower.count("cla_31march_uasc_number", CLA)
    turnover = Found(standing.value / 1.6, f"standing number over a mean stay of 1.6 years: {standing.source}", True)
    take(borrower, settings, "demand.unaccompanied_per_10k_per_year", turnover, scale=PER_10K / population)


def _front_door(borrower: Borrower, settings: Settings) -> None:
    none, not_in_need = borrower.plain("referrals_nfa_pct"), borrower.plain("referrals_assessed_not_in_need_pct")
    take(borrower, settings, "front_door.no_action_share", none, scale=0.01, high=0.6)
    take(borrower, settings, "front_door.not_in_need_share", not_in_need, scale=0.01, high=0.6)
    for name, above, below in (
        ("s47_share", "s47_number", "referrals_number"),
        ("conference_share", "icpc_number", "s47_number"),
        ("plan_share", "cpp_started_number", "icpc_number"),
    ):
        take(borrower, settings, f"front_door.{name}", borrower.ratio(above, below), high=0.98)
    plans, started = borrower.count("cpp_31march_number"), borrower.count("cpp_started_number")
    if not (plans.missing or started.missing) and started.value > 0:
        planned = planned_for_realised()
        why = f"{plans.source} / {started.source}, times {planned:.3g}: planned years for each year lasted, as in England"
        years = Found(planned * plans.value / started.value, why, plans.borrowed or started.borrowed)
        take(borrower, settings, "front_door.protection_plan_years", years, low=0.3, high=1.7)


def planned_for_realised() -> float:
    """Planned length of protection plans over stock by flow in the model's own values: some end early by a start in care."""
    england = Parameters()
    door = england.front_door
    referrals = england.demand.referrals_per_10k_per_year * england.authority.population_0_17 / PER_10K
    started = referrals * door.s47_share * door.conference_share * door.plan_share
    return door.protection_plan_years * started / england.stock.protection_plans
