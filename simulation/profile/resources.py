"""People, places, gates and prices of one authority from published figures; what is not published is scaled and said.

The model's own values describe England on a population of 142,000; each ``_scaled`` line keeps England's ratio to
something that is published for the authority.
"""

from __future__ import annotations

import numpy as np

from simulation.profile import casework
from simulation.profile.taking import take, take_count
from simulation.published.borrow import CLA, Borrower, Found
from simulation.scenario.gathered import Settings
from simulation.settings import Parameters

PER_10K = 10_000
STARTED, CONFERENCES = "cla_started_number", "icpc_number"
ENGLAND_STARTS_PER_10K, ENGLAND_TURNOVER, ENGLAND_APPLICATIONS_PER_10K = 26.0, 13.5, 10.8
ENGLAND_FOSTER_GBP, ENGLAND_RESIDENTIAL_GBP = 600.0, 4165.0
ENGLAND_OUTSIDE_SHARE = 0.42
CONFERENCE_ROOM = 1.2
"""How far conference slots stand above conferences held, as in the model's own values."""
TURNOVER_KEPT = 0.5
"""How much of an authority's distance from England's turnover is kept: it correlates 0.35 from year to year."""


def workforce(borrower: Borrower, settings: Settings) -> None:
    """Posts and workers as published in September before; recruitment so that vacancies would hold steady."""
    permanent, agency, vacant = (borrower.count(name) for name in ("sw_inpost_fte", "sw_agency_fte", "sw_vacancy_fte"))
    holders = borrower.count("sw_case_holders_fte")
    take_count(borrower, settings, "workforce.start_permanent_fte", permanent)
    take_count(borrower, settings, "workforce.start_agency_fte", agency)
    take_count(borrower, settings, "workforce.permanent_posts_fte", _sum(permanent, _usual_vacancies(permanent, vacant)))
    take(borrower, settings, "workforce.case_holder_share", _over(holders, _sum(permanent, agency)), low=0.2, high=0.9)
    _leaving(borrower, settings, permanent, vacant)
    usual = Parameters().workforce.permanent_posts_fte
    ratio = settings.numbers.get("workforce.permanent_posts_fte", usual) / (_own(settings) * usual)
    for name in ("experienced_pool_per_10k", "newly_qualified_per_10k"):
        _scaled(borrower, settings, f"workforce.{name}", ratio, "posts for each child")
    casework.family_workers(borrower, settings)
    casework.hours(borrower, settings)
    agency_cover(borrower, settings, agency, permanent, vacant)


def _usual_vacancies(permanent: Found, vacant: Found) -> Found:
    """Vacancies as published, else England's for each worker in post."""
    people = Parameters().workforce
    usual = permanent.value * (people.permanent_posts_fte / people.start_permanent_fte - 1)
    return Found(usual, "England's vacancies for each worker in post", True) if vacant.missing else vacant


def agency_cover(borrower: Borrower, settings: Settings, agency: Found, permanent: Found, vacant: Found) -> None:
    """Agency workers as published: England's shares of vacancies, posts and overload, all scaled by one ratio.

    Cases for each post at which agency workers are bought stand as far above the starting ones as in England.
    """
    england, values = Parameters(), settings.numbers
    people, posts = england.workforce, permanent.value + vacant.value
    if not np.isfinite(posts + agency.value):
        borrower.note("workforce.agency_cover_share", "people are not published; the model's own value is kept")
        return
    holders = posts * values.get("workforce.case_holder_share", people.case_holder_share)
    usual = casework.held(Settings()) / (people.permanent_posts_fte * people.case_holder_share)
    cases = casework.held(settings) / max(holders, 1.0) / usual
    _scaled(borrower, settings, "workforce.agency_caseload_trigger", cases, "cases held for each case holder's post")
    missing = max(usual / people.agency_caseload_trigger - 1.0, 0.0)
    wanted = _agency_wanted(england, vacant.value, posts, missing)
    england_vacant = people.permanent_posts_fte - people.start_permanent_fte
    usual_wanted = _agency_wanted(england, england_vacant, people.permanent_posts_fte, missing)
    here = agency.value / wanted * usual_wanted / people.start_agency_fte
    ratio, cut = settings.within("workforce.agency_cover_share", here, 0.05, 3.0)
    why = f"{agency.value:g} agency workers with {vacant.value:g} vacancies{cut}"
    for name in ("agency_cover_share", "agency_beyond_share", "agency_overload_share"):
        _scaled(borrower, settings, f"workforce.{name}", ratio, why)


def _agency_wanted(england: Parameters, vacant: float, posts: float, missing: float) -> float:
    """Agency workers wanted at England's shares, with ``missing`` posts wanting for each post that there is."""
    people = england.workforce
    cover = people.agency_cover_share * vacant + people.agency_beyond_share * posts
    return cover + people.agency_overload_share * missing * posts


def _leaving(borrower: Borrower, settings: Settings, permanent: Found, vacant: Found) -> None:
    turnover = borrower.plain("sw_turnover_rate_fte_pct")
    if turnover.missing or permanent.missing or vacant.missing:
        borrower.note("workforce.leaving_per_year", "turnover is not published; the model's own value is kept")
        return
    rate, cut = settings.within("workforce.leaving_per_year", turnover.value, 4, 40)
    ratio = 1 + TURNOVER_KEPT * (rate / ENGLAND_TURNOVER - 1)
    words = f"turnover {turnover.value:g}% against England's {ENGLAND_TURNOVER:g}%, half the distance kept{cut}"
    for name in ("leaving_per_year", "to_agency_per_year"):
        _scaled(borrower, settings, f"workforce.{name}", ratio, words)
    people = Parameters().workforce
    usual = ENGLAND_TURNOVER / 100 * people.start_permanent_fte / (people.permanent_posts_fte - people.start_permanent_fte)
    steady = ratio * ENGLAND_TURNOVER / 100 * permanent.value / max(vacant.value, 0.02 * permanent.value)
    effort, cut = settings.within("workforce.recruitment_effort", steady / usual, 0.25, 5)
    _scaled(borrower, settings, "workforce.recruitment_effort", effort, f"vacancies would hold steady{cut}")


def gates(borrower: Borrower, settings: Settings) -> None:
    """Slots and specialists in proportion to conferences and care starts; court lists to care applications."""
    conferences, starts = borrower.count(CONFERENCES), borrower.count(STARTED)
    slots = Found(conferences.value * CONFERENCE_ROOM / 52, conferences.source, conferences.borrowed)
    take_count(borrower, settings, "gates.conference_slots_per_week", slots, low=1)
    usual = ENGLAND_STARTS_PER_10K * Parameters().authority.population_0_17 / PER_10K
    ratio = starts.value / usual if not starts.missing else _own(settings)
    for name in (
        "legal_gateway_slots_per_week",
        "permanence_panel_slots_per_week",
        "kinship_assessors",
        "family_finders",
        "matching_panel_slots_per_week",
    ):
        _scaled(borrower, settings, f"gates.{name}", ratio, "care starts")
    applications = borrower.plain("care_applications_rate_per_10k")
    if not applications.missing:
        room = Parameters().court.final_hearings_per_10k_per_year / ENGLAND_APPLICATIONS_PER_10K
        take(borrower, settings, "court.final_hearings_per_10k_per_year", applications, scale=room, low=1)


def supply(borrower: Borrower, settings: Settings) -> None:
    """Own homes as registered; bought places in proportion to children in them, nearer or further as they are placed."""
    own_homes(borrower, settings)
    stock, england = settings.numbers, Parameters().stock
    children = _own(settings)
    bought = stock.get("stock.provider_private", england.provider_private) + stock.get(
        "stock.provider_voluntary", england.provider_voluntary
    )
    usual = (england.provider_private + england.provider_voluntary) * children
    size, size_cut = settings.within("supply of bought places", bought / max(usual, 1.0), 0.2, 5)
    outside = stock.get("stock.outside_boundary", 0.42 * stock["stock.looked_after"])
    away, away_cut = settings.within("supply outside the boundary", outside / stock["stock.looked_after"], 0.05, 0.95)
    odds = float(np.sqrt((away / (1 - away)) / (ENGLAND_OUTSIDE_SHARE / (1 - ENGLAND_OUTSIDE_SHARE))))
    for kind in ("agency", "homes", "supported"):
        for where, nearer in (("inside", 1 / odds), ("near", odds), ("far", odds), ("outside", odds)):
            name = f"supply.{kind}_{where}_per_10k"
            if hasattr(Parameters().supply, name.split(".")[1]):
                why = f"children in bought places{size_cut}, and how many are outside the boundary{away_cut}"
                _scaled(borrower, settings, name, size * nearer, why)
    share, cut = settings.within("supply.own_outside_share", away / ENGLAND_OUTSIDE_SHARE, 0.1, 3)
    _scaled(borrower, settings, "supply.own_outside_share", share, f"children outside the boundary{away_cut}{cut}", high=0.95)
    foster = stock.get("stock.placement_foster", england.placement_foster) / (england.placement_foster * children)
    enquiries, cut = settings.within("supply.enquiries_per_10k_per_year", foster, 0.2, 4)
    _scaled(borrower, settings, "supply.enquiries_per_10k_per_year", enquiries, f"children in foster placements{cut}")


def own_homes(borrower: Borrower, settings: Settings) -> None:
    """The authority's own children's homes."""
    places = borrower.count("childrens_home_places_la_run")
    if places.missing:
        for name in ("own_homes", "own_homes_places"):
            _scaled(borrower, settings, f"supply.{name}", _own(settings), "children in the population")
        return
    take(borrower, settings, "supply.own_homes_places", places, high=400)
    defaults = Parameters().supply
    homes = round(settings.numbers["supply.own_homes_places"] * defaults.own_homes / defaults.own_homes_places)
    settings.put("supply.own_homes", homes, "places at the usual size of an own home")


def prices(borrower: Borrower, settings: Settings) -> None:
    """Weekly prices in proportion to published unit costs; in the money of the year."""
    for indicator, england, names in (
        ("unitcost_s251_fostering_weekly", ENGLAND_FOSTER_GBP, ("foster_own_gbp", "foster_agency_gbp", "foster_kinship_gbp")),
        (
            "unitcost_s251_residential_weekly",
            ENGLAND_RESIDENTIAL_GBP,
            ("residential_gbp", "supported_gbp", "solo_gbp", "secure_gbp", "own_home_place_gbp"),
        ),
    ):
        cost = borrower.plain(indicator)
        if cost.missing:
            borrower.note(f"supply.{names[0]}", f"{indicator} is not published; the model's own price is kept")
            continue
        ratio, cut = settings.within(f"prices by {indicator}", cost.value / england, 0.4, 2.5)
        for name in names:
            _scaled(
                borrower,
                settings,
                f"supply.{name}" if hasattr(Parameters().supply, name) else f"money.{name}",
                ratio,
                f"{cost.source}: {cost.value:g} against England's {england:g} in 2020{cut}",
            )
    support(borrower, settings)


def support(borrower: Borrower, settings: Settings) -> None:
    """Support beside the placement so that the starting children at these prices cost what was spent on them."""
    spend, children = borrower.count("spend_s251_cla_total", CLA), settings.numbers["stock.looked_after"]
    if spend.missing:
        borrower.note(
            "money.looked_after_support_gbp", "spend on looked-after children is not published; the model's own value is kept"
        )
        return
    besides = _allowances(settings)
    weekly = (spend.value * 7 / 365.25 - weekly_prices_paid(settings) - besides) / children
    why = f"so that prices paid come to {spend.source}: GBP {spend.value:,.0f}"
    settings.put("money.looked_after_support_gbp", weekly, why, low=40, high=3000)


def _allowances(settings: Settings) -> float:
    """Weekly cost of allowances and of empty beds in own homes at the start, at the model's own values."""
    money, places = Parameters().money, settings.numbers.get("supply.own_homes_places", 40.0)
    paid = (money.starting_guardianship_per_10k + money.starting_adoption_per_10k) * money.allowance_gbp
    empty = 0.2 * places * money.own_home_place_gbp
    return paid * settings.numbers.get("authority.population_0_17", 142_000.0) / PER_10K + empty


def weekly_prices_paid(settings: Settings) -> float:
    """What the starting children cost a week at the profile's prices: placements by kind, foster places by provider."""
    defaults = Parameters()
    price = {
        name: settings.numbers.get(f"supply.{name}", getattr(defaults.supply, name))
        for name in (
            "foster_own_gbp",
            "foster_agency_gbp",
            "foster_kinship_gbp",
            "residential_gbp",
            "supported_gbp",
            "parents_gbp",
            "adoptive_gbp",
        )
    }
    n = {
        name: settings.numbers.get(f"stock.{name}", getattr(defaults.stock, name))
        for name in (
            "placement_foster",
            "placement_homes",
            "placement_supported",
            "placement_parents",
            "placement_adoption",
            "placement_other",
            "provider_own",
            "provider_private",
            "provider_voluntary",
        )
    }
    kin = defaults.stock.foster_kinship_share * n["placement_foster"]
    bought = max(n["provider_private"] + n["provider_voluntary"] - 0.8 * n["placement_homes"] - n["placement_supported"], 0.0)
    agency = min(bought, n["placement_foster"] - kin)
    own = max(n["placement_foster"] - kin - agency, 0.0)
    return (
        own * price["foster_own_gbp"]
        + agency * price["foster_agency_gbp"]
        + kin * price["foster_kinship_gbp"]
        + n["placement_homes"] * price["residential_gbp"]
        + (n["placement_supported"] + n["placement_other"]) * price["supported_gbp"]
        + n["placement_parents"] * price["parents_gbp"]
        + n["placement_adoption"] * price["adoptive_gbp"]
    )


def _own(settings: Settings) -> float:
    """Children of the authority for each child of the population that the model's own values describe."""
    usual = Parameters().authority.population_0_17
    return settings.numbers.get("authority.population_0_17", usual) / usual


def _scaled(borrower: Borrower, settings: Settings, name: str, ratio: float, why: str, high: float = np.inf) -> None:
    section, setting = name.split(".")
    usual = float(getattr(getattr(Parameters(), section), setting))
    settings.put(name, usual * ratio, f"England's value {usual:g} times {ratio:.3g}: {why}", high=high)


def _sum(one: Found, other: Found) -> Found:
    return Found(one.value + other.value, f"{one.source} + {other.source}", one.borrowed or other.borrowed)


def _over(above: Found, below: Found) -> Found:
    ratio = above.value / below.value if below.value > 0 else float("nan")
    return Found(ratio, f"{above.source} / {below.source}", above.borrowed or below.borrowed)
