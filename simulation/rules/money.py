"""Money: every pound in one line by week, category and provider, in whole pence; the budget and what overspending triggers."""

from __future__ import annotations

import numpy as np

from simulation.actions.cases import edge_of_care_eligible
from simulation.actions.money_counts import CAPITAL, INCOME, LOOKED_AFTER, budget_of_week
from simulation.actions.places import in_care
from simulation.base.clock import DAYS_IN_WEEK, DAYS_IN_YEAR, WEEKS_IN_YEAR
from simulation.base.codes import IS_FOSTER, IS_RESIDENTIAL, KIND_NAME, KIND_PROVIDER, Kind, PlaceState, Stage, one_of
from simulation.service.ledger import Ledger
from simulation.service.rule import Rule
from simulation.service.state import State

PROVIDER_NAME = {"PR0": "parents", "PR1": "own", "PR2": "other authority", "PR4": "private", "PR5": "voluntary", "": "none"}
PROVIDER_OF = [PROVIDER_NAME[code] for code in KIND_PROVIDER]
ON_A_PLAN = one_of(Stage, Stage.CHILD_IN_NEED, Stage.PROTECTION_PLAN)


class Money(Rule):
    """Every pound is in one line by week, category and provider; income is set against it, and the budget against both.

    Allowances go on after special guardianship and adoption; empty beds in own homes and block contracts are paid.
    Overspending triggers what the scenario says: nothing, a freeze of recruitment, a cap on agency staff, a reserve.
    """

    reads = ("child.*", "worker.*", "team.*", "placement.*", "authority")
    writes = ("authority",)
    source = "DfE section 251 outturn; CMA 2022 children's social care market study"

    def start(self, state: State) -> None:
        money, per = state.p.money, state.p.authority.population_0_17 / 1e4
        state.ledger.guardianship = money.starting_guardianship_per_10k * per
        state.ledger.adoption = money.starting_adoption_per_10k * per
        state.ledger.reserve = money.reserve_gbp
        state.book.ended_this_week.clear()

    def step(self, state: State) -> None:
        ledger = state.ledger
        ledger.begin_week()
        ledger.pay_index *= (1 + state.p.money.pay_inflation_per_year) ** (DAYS_IN_WEEK / DAYS_IN_YEAR)
        _placements(state, ledger)
        _empty_beds(state, ledger)
        _looked_after_besides(state, ledger)
        _staff(state, ledger)
        _legal_and_support(state, ledger)
        _levers(state, ledger)
        _income(state, ledger)
        _budget(state, ledger)
        ledger.weeks.append(ledger.now)


def nights_and_pence(state: State) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Kind, nights and pence of every placement lived in this week: those that go on and those that ended."""
    children, clock, rows = state.children, state.clock, in_care(state)
    rows = rows[children.kind[rows] != Kind.NONE]
    ended = state.book.ended_this_week
    kind, price, began = (
        np.concatenate([getattr(children, name)[rows], *(part[name] for part in ended)])
        for name in ("kind", "price_gbp", "placement_day")
    )
    end = np.concatenate([np.full(len(rows), clock.day + 1), *(part["end"] for part in ended)])
    state.book.ended_this_week.clear()
    nights = np.minimum(np.maximum(end - np.maximum(began, clock.first_day), 0), DAYS_IN_WEEK)
    return kind, nights, np.rint(price.astype(float) * 100 * nights / DAYS_IN_WEEK).astype(np.int64)


def _placements(state: State, ledger: Ledger) -> None:
    kind, nights, pence = nights_and_pence(state)
    spend = np.bincount(kind, pence, minlength=len(KIND_NAME)) / 100
    for code in spend.nonzero()[0]:
        ledger.add(f"{LOOKED_AFTER}{KIND_NAME[code]}", PROVIDER_OF[code], float(spend[code]))
    ledger.kinds, ledger.nights = spend, np.bincount(kind, nights, minlength=len(KIND_NAME)) / DAYS_IN_WEEK
    dearest = np.partition(pence, -20)[-20:] if len(pence) > 20 else pence
    ledger.top_twenty = float(dearest.sum()) / 100


def _empty_beds(state: State, ledger: Ledger) -> None:
    """Own homes cost what they cost, filled or not; places under block contract are paid when empty."""
    table, book = state.placements, state.book
    own = (table.present & (table.kind == Kind.HOME_OWN) & (table.opens_day <= state.clock.day)).nonzero()[0]
    empty = float(((table.places[own] - table.filled[own]) * table.price_gbp[own].astype(float)).sum())
    ledger.add(f"{LOOKED_AFTER}empty beds in own homes", "own", empty * book.residential_index)
    block = (table.present & table.block & (table.state == PlaceState.AVAILABLE)).nonzero()[0]
    price = ((table.places[block] - table.filled[block]) * table.price_gbp[block]).sum() * book.residential_index
    ledger.add(f"{LOOKED_AFTER}empty beds under block contract", "private", float(price) * (1 - state.p.money.block_discount))


def _looked_after_besides(state: State, ledger: Ledger) -> None:
    """What each looked-after child costs beside the placement; allowances; young people staying put."""
    money, tally = state.p.money, state.tally
    ledger.add(
        f"{LOOKED_AFTER}support and contact", "own", money.looked_after_support_gbp * len(in_care(state)) * ledger.pay_index
    )
    fostered = float(ledger.nights[IS_FOSTER].sum())
    ledger.add(f"{LOOKED_AFTER}fostering service", "own", money.foster_support_gbp * fostered * ledger.pay_index)
    fade = 1 - 1 / (money.allowance_years * WEEKS_IN_YEAR)
    ledger.guardianship = ledger.guardianship * fade + money.guardianship_allowance_share * tally.get(
        "new_care_ceased", "reason:special guardianship"
    )
    ledger.adoption = ledger.adoption * fade + money.adoption_allowance_share * tally.get("new_care_ceased", "reason:adopted")
    ledger.add(
        f"{LOOKED_AFTER}special guardianship allowances",
        "own",
        ledger.guardianship * money.allowance_gbp * state.book.foster_index,
    )
    ledger.add(f"{LOOKED_AFTER}adoption allowances", "own", ledger.adoption * money.allowance_gbp * state.book.foster_index)
    table = state.placements
    staying = table.staying_put[table.present].sum()
    ledger.add(f"{LOOKED_AFTER}staying put", "own", staying * money.staying_put_gbp * state.book.foster_index)
    ledger.add(
        f"{LOOKED_AFTER}adoption matching",
        "own",
        tally.get("new_adoptive_placements") * money.adoption_match_gbp * ledger.pay_index,
    )


def _staff(state: State, ledger: Ledger) -> None:
    """Social workers by their rows: permanent, agency at the same cost, and the premium that agency adds."""
    money, workers, now = state.p.money, state.workers, ledger.pay_index
    here = workers.present & (workers.started_day <= state.clock.day)
    fte = workers.contracted_hours / 37.0
    permanent, agency = float(fte[here & ~workers.agency].sum()), float(fte[here & workers.agency].sum())
    weekly_cost = money.social_worker_gbp_per_year * now / WEEKS_IN_YEAR
    retention = state.p.workforce.retention_payment_gbp_per_year / WEEKS_IN_YEAR
    ledger.add("staff: social workers", "own", permanent * weekly_cost)
    ledger.add("staff: retention payments", "own", permanent * retention)
    ledger.add("staff: agency workers at the cost of permanent ones", "agency", agency * weekly_cost)
    ledger.add("staff: agency premium", "agency", agency * weekly_cost * money.agency_premium)
    managers = np.count_nonzero(state.teams.present)
    ledger.add("staff: team managers", "own", managers * money.manager_gbp_per_year * now / WEEKS_IN_YEAR)


def _legal_and_support(state: State, ledger: Ledger) -> None:
    money, tally, practice = state.p.money, state.tally, state.p.practice
    now = ledger.pay_index
    ledger.add("legal: care proceedings", "own", tally.get("new_proceedings") * money.proceedings_gbp * now)
    ledger.add(
        "everything else in children's services",
        "own",
        money.fixed_gbp_per_child_per_year * state.p.authority.population_0_17 / WEEKS_IN_YEAR * now,
    )
    ledger.add("travel: visits", "own", _visit_miles(state) * money.travel_gbp_per_mile)
    ledger.add(
        "lever: family group conferences",
        "own",
        tally.get("new_family_group_conferences") * practice.family_group_conference_gbp * now,
    )
    ledger.add(
        "lever: reunification support", "own", tally.get("new_supported_returns") * practice.reunification_support_gbp * now
    )
    if practice.edge_of_care_share:
        children = state.children
        open_plans = (children.present & ON_A_PLAN[children.stage]).nonzero()[0]
        young = np.count_nonzero(edge_of_care_eligible(state, open_plans))
        ledger.add(
            "lever: edge of care",
            "own",
            young * practice.edge_of_care_share * practice.edge_of_care_gbp_per_year / WEEKS_IN_YEAR * now,
        )


def _visit_miles(state: State) -> float:
    """Miles driven to visits this week: a visit every six weeks, there and back."""
    children = state.children
    return float(children.distance_miles[in_care(state)].sum()) * 2 / 6


def _levers(state: State, ledger: Ledger) -> None:
    """What the levers on places cost, apart from the places themselves."""
    money, supply, book, now = state.p.money, state.p.supply, state.book, ledger.pay_index
    ledger.add("fostering: recruiting carers", "own", book.approved_this_week * money.recruitment_gbp * now)
    if book.sibling_carers:
        ledger.add("lever: sibling carers", "own", book.sibling_carers * money.sibling_carer_gbp * now)
    if supply.carer_support_share:
        own = np.count_nonzero(state.placements.present & (state.placements.kind == Kind.FOSTER_OWN))
        ledger.add(
            "lever: carers' support constellations", "own", supply.carer_support_share * own * money.carer_support_gbp * now
        )
    ledger.add(f"{CAPITAL}own homes", "own", book.ordered_this_week * money.own_home_capital_gbp * now)


def _income(state: State, ledger: Ledger) -> None:
    children, money = state.children, state.p.money
    rows = in_care(state)
    alone = np.count_nonzero(children.unaccompanied[rows])
    ledger.add(f"{INCOME}Home Office", "income", -alone * DAYS_IN_WEEK * money.home_office_gbp_per_night)
    ledger.add(f"{INCOME}partners", "income", -money.partner_share * float(ledger.kinds[IS_RESIDENTIAL].sum()))


def _budget(state: State, ledger: Ledger) -> None:
    """Net spend against the budget; every four weeks the year's forecast decides what is triggered."""
    money, clock = state.p.money, state.clock
    net = ledger.total(without=(CAPITAL,))
    ledger.net.append(net)
    if money.budget_gbp_per_year:
        ledger.budget_a_week = money.budget_gbp_per_year / WEEKS_IN_YEAR
    elif clock.week <= 4:
        ledger.budget_a_week = float(np.mean(ledger.net)) / (1 + money.budget_growth_per_year) ** clock.years
    if clock.date.month == 4 and clock.date.day <= 7:
        ledger.this_year = []
    ledger.this_year.append((net, budget_of_week(state)))
    if clock.week % 4 == 0 and money.overspend_triggers != "nothing":
        _trigger(state, ledger)


def _trigger(state: State, ledger: Ledger) -> None:
    """What the scenario says happens while the forecast is above the budget by more than the tolerance."""
    money, authority = state.p.money, state.authority
    spent, budget = (sum(values) for values in zip(*ledger.this_year, strict=True))
    over = spent - budget
    if money.overspend_triggers == "reserve" and ledger.reserve > 0 and over > 0:
        ledger.reserve -= min(ledger.reserve, over)
        over = 0.0
    beyond = over > money.overspend_tolerance * budget
    freeze = beyond and money.overspend_triggers in ("freeze", "reserve")
    if freeze != ledger.triggered or money.overspend_triggers == "agency_cap":
        authority.hiring_frozen = freeze
        agency = float(np.count_nonzero(state.workers.present & state.workers.agency))
        authority.agency_limit_fte = agency if beyond and money.overspend_triggers == "agency_cap" else float("inf")
    ledger.triggered = beyond
