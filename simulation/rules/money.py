"""Money: every pound in one line by week, category and provider, in whole pence; the budget and what overspending triggers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulation.clock import DAYS_IN_WEEK, DAYS_IN_YEAR, WEEKS_IN_YEAR
from simulation.codes import KIND_NAME, KIND_PROVIDER, Kind, PlaceState, Stage, one_of
from simulation.rules.base import Rule
from simulation.rules.front_door import edge_of_care_eligible
from simulation.rules.places import IS_FOSTER, IS_RESIDENTIAL, in_care

if TYPE_CHECKING:
    from simulation.model import ChildrensServices

PROVIDER_NAME = {"PR0": "parents", "PR1": "own", "PR2": "other authority", "PR4": "private", "PR5": "voluntary", "": "none"}
PROVIDER_OF = [PROVIDER_NAME[code] for code in KIND_PROVIDER]
LOOKED_AFTER = "looked after: "
"""Categories that begin so make the spend on looked-after children (the numerator of the weekly unit cost)."""
ON_A_PLAN = one_of(Stage, Stage.CHILD_IN_NEED, Stage.PROTECTION_PLAN)
INCOME = "income: "
CAPITAL = "capital: "


@dataclass
class Ledger:
    """Lines of this week and of all weeks, in whole pence; income is negative."""

    now: dict[tuple[str, str], int] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)
    weeks: list[dict[tuple[str, str], int]] = field(default_factory=lambda: [{}])
    pay_index: float = 1.0
    guardianship: float = 0.0
    adoption: float = 0.0
    budget_a_week: float = 0.0
    reserve: float = 0.0
    net: list[float] = field(default_factory=list)
    this_year: list[tuple[float, float]] = field(default_factory=list)
    triggered: bool = False
    kinds: np.ndarray = field(default_factory=lambda: np.zeros(len(KIND_NAME)))
    nights: np.ndarray = field(default_factory=lambda: np.zeros(len(KIND_NAME)))
    top_twenty: float = 0.0

    def begin_week(self) -> None:
        """No lines yet."""
        self.now, self.parts = {}, {}

    def add(self, category: str, provider: str, gbp: float) -> None:
        """Put an amount in its line, to the penny."""
        pence = round(gbp * 100)
        if pence:
            self.now[category, provider] = self.now.get((category, provider), 0) + pence
            part = category.partition(": ")[0] + ": "
            self.parts[part] = self.parts.get(part, 0) + pence

    def total(self, part: str = "", without: tuple[str, ...] = ()) -> float:
        """Pounds of this week's lines, or of those whose category begins with ``part``; none of the parts in ``without``."""
        chosen = [part] if part else self.parts.keys() - set(without)
        return sum(self.parts.get(name, 0) for name in chosen) / 100


class Money(Rule):
    """Every pound is in one line by week, category and provider; income is set against it, and the budget against both.

    Allowances go on after special guardianship and adoption; empty beds in own homes and block contracts are paid.
    Overspending triggers what the scenario says: nothing, a freeze of recruitment, a cap on agency staff, a reserve.
    """

    reads = ("child.*", "worker.*", "team.*", "placement.*", "authority")
    writes = ("authority",)
    source = "DfE section 251 outturn; CMA 2022 children's social care market study"

    def start(self, model: ChildrensServices) -> None:
        money, per = model.p.money, model.p.authority.population_0_17 / 1e4
        model.ledger = Ledger(
            guardianship=money.starting_guardianship_per_10k * per, adoption=money.starting_adoption_per_10k * per
        )
        model.ledger.reserve = money.reserve_gbp
        model.book.ended_this_week.clear()

    def step(self, model: ChildrensServices) -> None:
        ledger = model.ledger
        ledger.begin_week()
        ledger.pay_index *= (1 + model.p.money.pay_inflation_per_year) ** (DAYS_IN_WEEK / DAYS_IN_YEAR)
        _placements(model, ledger)
        _empty_beds(model, ledger)
        _looked_after_besides(model, ledger)
        _staff(model, ledger)
        _legal_and_support(model, ledger)
        _levers(model, ledger)
        _income(model, ledger)
        _budget(model, ledger)
        ledger.weeks.append(ledger.now)


def nights_and_pence(model: ChildrensServices) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Kind, nights and pence of every placement lived in this week: those that go on and those that ended."""
    children, clock, rows = model.children, model.clock, in_care(model)
    rows = rows[children.kind[rows] != Kind.NONE]
    ended = model.book.ended_this_week
    kind, price, began = (
        np.concatenate([getattr(children, name)[rows], *(part[name] for part in ended)])
        for name in ("kind", "price_gbp", "placement_day")
    )
    end = np.concatenate([np.full(len(rows), clock.day + 1), *(part["end"] for part in ended)])
    model.book.ended_this_week.clear()
    nights = np.minimum(np.maximum(end - np.maximum(began, clock.first_day), 0), DAYS_IN_WEEK)
    return kind, nights, np.rint(price.astype(float) * 100 * nights / DAYS_IN_WEEK).astype(np.int64)


def _placements(model: ChildrensServices, ledger: Ledger) -> None:
    kind, nights, pence = nights_and_pence(model)
    spend = np.bincount(kind, pence, minlength=len(KIND_NAME)) / 100
    for code in spend.nonzero()[0]:
        ledger.add(f"{LOOKED_AFTER}{KIND_NAME[code]}", PROVIDER_OF[code], float(spend[code]))
    ledger.kinds, ledger.nights = spend, np.bincount(kind, nights, minlength=len(KIND_NAME)) / DAYS_IN_WEEK
    dearest = np.partition(pence, -20)[-20:] if len(pence) > 20 else pence
    ledger.top_twenty = float(dearest.sum()) / 100


def _empty_beds(model: ChildrensServices, ledger: Ledger) -> None:
    """Own homes cost what they cost, filled or not; places under block contract are paid when empty."""
    table, book = model.placements, model.book
    own = (table.present & (table.kind == Kind.HOME_OWN) & (table.opens_day <= model.clock.day)).nonzero()[0]
    empty = float(((table.places[own] - table.filled[own]) * table.price_gbp[own].astype(float)).sum())
    ledger.add(f"{LOOKED_AFTER}empty beds in own homes", "own", empty * book.residential_index)
    block = (table.present & table.block & (table.state == PlaceState.AVAILABLE)).nonzero()[0]
    price = ((table.places[block] - table.filled[block]) * table.price_gbp[block]).sum() * book.residential_index
    ledger.add(f"{LOOKED_AFTER}empty beds under block contract", "private", float(price) * (1 - model.p.money.block_discount))


def _looked_after_besides(model: ChildrensServices, ledger: Ledger) -> None:
    """What each looked-after child costs beside the placement; allowances; young people staying put."""
    money, tally = model.p.money, model.tally
    ledger.add(
        f"{LOOKED_AFTER}support and contact", "own", money.looked_after_support_gbp * len(in_care(model)) * ledger.pay_index
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
        ledger.guardianship * money.allowance_gbp * model.book.foster_index,
    )
    ledger.add(f"{LOOKED_AFTER}adoption allowances", "own", ledger.adoption * money.allowance_gbp * model.book.foster_index)
    table = model.placements
    staying = table.staying_put[table.present].sum()
    ledger.add(f"{LOOKED_AFTER}staying put", "own", staying * money.staying_put_gbp * model.book.foster_index)
    ledger.add(
        f"{LOOKED_AFTER}adoption matching",
        "own",
        tally.get("new_adoptive_placements") * money.adoption_match_gbp * ledger.pay_index,
    )


def _staff(model: ChildrensServices, ledger: Ledger) -> None:
    """Social workers by their rows: permanent, agency at the same cost, and the premium that agency adds."""
    money, workers, now = model.p.money, model.workers, ledger.pay_index
    here = workers.present & (workers.started_day <= model.clock.day)
    fte = workers.contracted_hours / 37.0
    permanent, agency = float(fte[here & ~workers.agency].sum()), float(fte[here & workers.agency].sum())
    weekly_cost = money.social_worker_gbp_per_year * now / WEEKS_IN_YEAR
    retention = model.p.workforce.retention_payment_gbp_per_year / WEEKS_IN_YEAR
    ledger.add("staff: social workers", "own", permanent * weekly_cost)
    ledger.add("staff: retention payments", "own", permanent * retention)
    ledger.add("staff: agency workers at the cost of permanent ones", "agency", agency * weekly_cost)
    ledger.add("staff: agency premium", "agency", agency * weekly_cost * money.agency_premium)
    managers = np.count_nonzero(model.teams.present)
    ledger.add("staff: team managers", "own", managers * money.manager_gbp_per_year * now / WEEKS_IN_YEAR)


def _legal_and_support(model: ChildrensServices, ledger: Ledger) -> None:
    money, tally, practice = model.p.money, model.tally, model.p.practice
    now = ledger.pay_index
    ledger.add("legal: care proceedings", "own", tally.get("new_proceedings") * money.proceedings_gbp * now)
    ledger.add(
        "everything else in children's services",
        "own",
        money.fixed_gbp_per_child_per_year * model.p.authority.population_0_17 / WEEKS_IN_YEAR * now,
    )
    ledger.add("travel: visits", "own", _visit_miles(model) * money.travel_gbp_per_mile)
    ledger.add(
        "lever: family group conferences",
        "own",
        tally.get("new_family_group_conferences") * practice.family_group_conference_gbp * now,
    )
    ledger.add(
        "lever: reunification support", "own", tally.get("new_supported_returns") * practice.reunification_support_gbp * now
    )
    if practice.edge_of_care_share:
        children = model.children
        open_plans = (children.present & ON_A_PLAN[children.stage]).nonzero()[0]
        young = np.count_nonzero(edge_of_care_eligible(model, open_plans))
        ledger.add(
            "lever: edge of care",
            "own",
            young * practice.edge_of_care_share * practice.edge_of_care_gbp_per_year / WEEKS_IN_YEAR * now,
        )


def _visit_miles(model: ChildrensServices) -> float:
    """Miles driven to visits this week: a visit every six weeks, there and back."""
    children = model.children
    return float(children.distance_miles[in_care(model)].sum()) * 2 / 6


def _levers(model: ChildrensServices, ledger: Ledger) -> None:
    """What the levers on places cost, apart from the places themselves."""
    money, supply, book, now = model.p.money, model.p.supply, model.book, ledger.pay_index
    ledger.add("fostering: recruiting carers", "own", book.approved_this_week * money.recruitment_gbp * now)
    if book.sibling_carers:
        ledger.add("lever: sibling carers", "own", book.sibling_carers * money.sibling_carer_gbp * now)
    if supply.carer_support_share:
        own = np.count_nonzero(model.placements.present & (model.placements.kind == Kind.FOSTER_OWN))
        ledger.add(
            "lever: carers' support constellations", "own", supply.carer_support_share * own * money.carer_support_gbp * now
        )
    ledger.add(f"{CAPITAL}own homes", "own", book.ordered_this_week * money.own_home_capital_gbp * now)


def _income(model: ChildrensServices, ledger: Ledger) -> None:
    children, money = model.children, model.p.money
    rows = in_care(model)
    alone = np.count_nonzero(children.unaccompanied[rows])
    ledger.add(f"{INCOME}Home Office", "income", -alone * DAYS_IN_WEEK * money.home_office_gbp_per_night)
    ledger.add(f"{INCOME}partners", "income", -money.partner_share * float(ledger.kinds[IS_RESIDENTIAL].sum()))


def budget_of_week(model: ChildrensServices) -> float:
    """The week's budget in pounds; until it is set it is what is spent."""
    money, ledger = model.p.money, model.ledger
    return ledger.budget_a_week * money.budget_factor * (1 + money.budget_growth_per_year) ** model.clock.years


def _budget(model: ChildrensServices, ledger: Ledger) -> None:
    """Net spend against the budget; every four weeks the year's forecast decides what is triggered."""
    money, clock = model.p.money, model.clock
    net = ledger.total(without=(CAPITAL,))
    ledger.net.append(net)
    if money.budget_gbp_per_year:
        ledger.budget_a_week = money.budget_gbp_per_year / WEEKS_IN_YEAR
    elif clock.week <= 4:
        ledger.budget_a_week = float(np.mean(ledger.net)) / (1 + money.budget_growth_per_year) ** clock.years
    if clock.date.month == 4 and clock.date.day <= 7:
        ledger.this_year = []
    ledger.this_year.append((net, budget_of_week(model)))
    if clock.week % 4 == 0 and money.overspend_triggers != "nothing":
        _trigger(model, ledger)


def _trigger(model: ChildrensServices, ledger: Ledger) -> None:
    """What the scenario says happens while the forecast is above the budget by more than the tolerance."""
    money, authority = model.p.money, model.authority
    spent, budget = (sum(values) for values in zip(*ledger.this_year, strict=True))
    over = spent - budget
    if money.overspend_triggers == "reserve" and ledger.reserve > 0 and over > 0:
        ledger.reserve -= min(ledger.reserve, over)
        over = 0.0
    beyond = over > money.overspend_tolerance * budget
    freeze = beyond and money.overspend_triggers in ("freeze", "reserve")
    if freeze != ledger.triggered or money.overspend_triggers == "agency_cap":
        authority.hiring_frozen = freeze
        agency = float(np.count_nonzero(model.workers.present & model.workers.agency))
        authority.agency_limit_fte = agency if beyond and money.overspend_triggers == "agency_cap" else float("inf")
    ledger.triggered = beyond


def tally_money(model: ChildrensServices) -> None:
    """The week's amounts as measures; gross spend by category and provider adds up to the ledger."""
    ledger, tally = model.ledger, model.tally
    gross = 0
    for (category, provider), pence in ledger.now.items():
        if category.startswith((INCOME, CAPITAL)):
            continue
        gross += pence
        tally.add("gbp_spend", pence / 100, f"category:{category}")
        tally.add("gbp_spend", pence / 100, f"provider:{provider}")
    budget, net = budget_of_week(model), ledger.total(without=(CAPITAL,))
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
        ("pct_price_index_homes", 100 * model.book.residential_index * model.book.premium["homes"]),
    ):
        tally.set(name, value)


def money_table(model: ChildrensServices) -> pd.DataFrame:
    """Every line by week: replication, week, category, provider, gbp (income is negative)."""
    lines = [(week, *key, pence) for week, now in enumerate(model.ledger.weeks) for key, pence in sorted(now.items())]
    week, category, provider, pence = (list(column) for column in zip(*lines, strict=True)) if lines else ([], [], [], [])
    return pd.DataFrame(
        {
            "replication": np.int32(model.replication),
            "week": np.array(week, dtype=np.int32),
            "category": category,
            "provider": provider,
            "gbp": np.array(pence, dtype=float) / 100,
        }
    )
