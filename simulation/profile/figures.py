"""From published figures of one authority and year to the settings of a scenario, each with its source."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulation.base.fitting import round_to_total
from simulation.profile import casework, resources
from simulation.profile.taking import take, take_count
from simulation.published import packaged, parts
from simulation.published.borrow import CLA, Borrower, Found
from simulation.published.published import Table
from simulation.scenario import names as dotted
from simulation.scenario.gathered import PER_10K, Settings
from simulation.settings import Parameters

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
OWN_PLACES = "cla_31march_provider_own_number"
LEAST_OWN, ABOUT_AS_MUCH = 0.1, 0.8
"""Own places under a tenth of all are recoded; so are halved ones when bought places rise by four fifths of the fall.
Judgement: of 110 authorities from 2015 to 2020 they single out seven, all with a trust or a partnership that runs the service."""
OUTSIDE, INSIDE, FAR = "cla_31march_outside_la_number", "cla_31march_inside_la_number", "cla_31march_outside_la_gt20_number"
DISTANCES: dict[str, tuple[str, ...]] = {"distance_inside": (INSIDE,), "distance_outside": (OUTSIDE,), "distance_unknown": ()}
"""Nobody publishes how many live at an unknown distance, so these may fall short of the total and may not exceed it."""


def gather(borrower: Borrower) -> Settings:
    """Every setting that published figures speak of; what was borrowed is noted in ``borrower.notes``."""
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


def _authority(borrower: Borrower, settings: Settings) -> None:
    take(borrower, settings, "authority.population_0_17", borrower.population())
    place = packaged.places().get(borrower.code)
    if place is not None:
        why = "area within the boundary, ONS"
        settings.put("authority.area_square_miles", place.area_square_miles, why)
        return
    own = Parameters().authority
    children = settings.numbers.get("authority.population_0_17", own.population_0_17)
    density = own.population_0_17 / own.area_square_miles
    why = f"not in the table: {children:,.0f} children at Bradford's {density:,.0f} a square mile; look it up, it matters"
    area = Found(children / density, why, True)
    take(borrower, settings, "authority.area_square_miles", area)


def _stock(borrower: Borrower, settings: Settings) -> None:
    total = round(borrower.table.value(borrower.code, CLA, borrower.year))
    settings.put("stock.looked_after", total, f"{CLA}, {borrower.year}")
    for margin in (AGES, LEGAL):
        _margin(borrower, settings, total, margin)
    _providers(borrower, settings, total)
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


def _usual(names: dict[str, tuple[str, ...]]) -> dict[str, float]:
    stock = Parameters().stock
    known = {name: getattr(stock, name) / stock.looked_after for name in names if hasattr(stock, name)}
    return {name: known.get(name, max(0.0, 1 - sum(known.values()))) for name in names}


def _margin(borrower: Borrower, settings: Settings, total: int, names: parts.Indicators) -> tuple[dict[str, int], dict[str, str]]:
    counts, sources = parts.divide(borrower, total, names, _usual(names))
    _put_margin(settings, counts, sources)
    return counts, sources


def _put_margin(settings: Settings, counts: dict[str, int], sources: dict[str, str]) -> None:
    for name, count in counts.items():
        if dotted.find(f"stock.{name}", Parameters()) is not None:
            settings.put(f"stock.{name}", count, sources[name])


def placements_of(table: Table, code: str, year: int) -> parts.Indicators:
    """From 2020 homes and supported accommodation are published apart; before, together."""
    together = np.isfinite(table.value(code, COMBINED_PLACEMENTS, year))
    return PLACEMENTS_BEFORE_2020 if year < 2020 and together else PLACEMENTS


def _placements(borrower: Borrower, settings: Settings, total: int) -> None:
    """Homes and supported accommodation published together are split as in England."""
    names = placements_of(borrower.table, borrower.code, borrower.year)
    counts, sources = _margin(borrower, settings, total, names)
    if names is PLACEMENTS:
        return
    together, source = counts["placement_homes_and_supported"], sources["placement_homes_and_supported"]
    stock = Parameters().stock
    homes = round(together * stock.placement_homes / (stock.placement_homes + stock.placement_supported))
    why = f"{together} together ({source}); split as in England 2020"
    settings.put("stock.placement_homes", homes, f"borrowed split: {why}")
    settings.put("stock.placement_supported", together - homes, f"borrowed split: {why}")
    borrower.note(f"placement_homes: {homes}, placement_supported: {together - homes}", why)


def misfit(table: Table, code: str, year: int) -> str:
    """Why the published parts cannot be parts of the published total: more than a third apart; empty when they can."""
    total = table.value(code, CLA, year)
    for names in (AGES, LEGAL, PROVIDERS, placements_of(table, code, year), DISTANCES):
        known = parts.look_up(table, code, year, names)
        if abs(parts.apart(total, known)) > parts.REFUSE * total:
            return f"{parts.in_words(total, known, year)}: more than a third apart; one of them must be wrong"
    return ""


def _providers(borrower: Borrower, settings: Settings, total: int) -> None:
    """Who provides as published, but as last seen where an authority's own places were recoded as bought."""
    recoded, before = _recoded(borrower)
    if not recoded:
        _margin(borrower, settings, total, PROVIDERS)
        return
    published = borrower.table.value(borrower.code, OWN_PLACES, borrower.year)
    said = "not published" if np.isnan(published) else f"published as {published:.10g}"
    why = f"{OWN_PLACES} of {borrower.year} is {said}: own places look recoded as bought, as when a trust takes over"
    counts, sources = _before_recoding(borrower, total, before)
    borrower.warn(f"{why}; providers are {'those of ' + str(before) if before else 'as in the neighbours'}")
    words = {name: f"borrowed: {source.removeprefix('borrowed: ')}; {why}" for name, source in sources.items()}
    _put_margin(settings, counts, words)


def _before_recoding(borrower: Borrower, total: int, before: int | None) -> tuple[dict[str, int], dict[str, str]]:
    """Providers in the proportions of the year ``before``, else of the neighbours."""
    if before is None:
        return parts.divide(borrower, total, PROVIDERS, _usual(PROVIDERS), published=False)
    then = replace(borrower, year=before, notes=[], warnings=[])
    all_then = round(borrower.table.value(borrower.code, CLA, before))
    counts, sources = parts.divide(then, all_then, PROVIDERS, _usual(PROVIDERS))
    now = round_to_total(list(counts.values()), total)
    as_then = {name: f"as {count} of {all_then} in {before}" for name, count in counts.items()}
    words = {name: f"{as_then[name]} ({source.removeprefix('borrowed: ')})" for name, source in sources.items()}
    return dict(zip(counts, (int(n) for n in now), strict=True)), words


def _recoded(borrower: Borrower) -> tuple[bool, int | None]:
    """Whether own places of the year are recoded as bought, and the last year before (None: no such year).

    They are when own places are under a tenth of all, or under half of the last year's while bought ones rose by as much.
    """
    recoded, before, last = False, None, (np.nan, np.nan)
    for year in sorted(y for y in borrower.table.wide(CLA).columns if y <= borrower.year):
        own, bought = _own_and_bought(borrower, year)
        fell, rose = last[0] - own, bought - last[1]
        recoded = own < LEAST_OWN or (own < last[0] / 2 and rose >= ABOUT_AS_MUCH * fell)
        if not recoded and np.isfinite(own):
            before, last = int(year), (own, bought)
    return recoded, before


def _own_and_bought(borrower: Borrower, year: int) -> tuple[float, float]:
    """Shares of own and of bought places; what is not published of own ones is at most what the others leave."""
    total = borrower.table.value(borrower.code, CLA, year)
    if not total > 0:
        return np.nan, np.nan
    known = {part.name: part for part in parts.look_up(borrower.table, borrower.code, year, PROVIDERS)}
    bought = float(np.nansum([known[name].published for name in ("provider_private", "provider_voluntary")]))
    own, rest = known["provider_own"], np.nan_to_num(known["provider_rest"].published)
    return (max(total - bought - rest, 0.0) if own.missing else own.published) / total, bought / total


def _outside(borrower: Borrower, settings: Settings, total: int) -> None:
    """Outside the boundary as the share of inside plus outside, so that unknown distances do not lower it."""
    stock = Parameters().stock
    parts.warn_if_apart(borrower, total, parts.look_up(borrower.table, borrower.code, borrower.year, DISTANCES))
    share = _or_usual(_share(borrower, OUTSIDE, INSIDE), stock.outside_boundary / stock.looked_after)
    take(borrower, settings, "stock.outside_boundary", share, scale=total, high=total)
    outside = settings.numbers["stock.outside_boundary"]
    far = _or_usual(borrower.ratio(FAR, OUTSIDE), stock.over_20_miles_outside / stock.outside_boundary)
    published = borrower.table.value(borrower.code, FAR, borrower.year)
    if np.isfinite(published) and not far.borrowed:
        far = replace(far, source=f"{far.source}: published {published:.10g}, the same share of those outside")
    take(borrower, settings, "stock.over_20_miles_outside", far, scale=outside, high=outside)


def _or_usual(found: Found, usual: float) -> Found:
    return Found(usual, f"usual share, England: {found.source}", True) if found.missing else found


def _share(borrower: Borrower, above: str, beside: str) -> Found:
    """The share of one count in two; it is said of how many, as children in neither are left out."""
    one, other = borrower.count(above, CLA), borrower.count(beside, CLA)
    if one.missing or other.missing:
        return one if one.missing else other
    both = one.value + other.value
    words = f"{one.value:.5g} of {both:.5g} inside and outside, the same share of all"
    return Found(one.value / max(both, 1e-9), f"{one.source}: {words}", one.borrowed or other.borrowed)


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
