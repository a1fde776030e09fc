"""Supply: carers, homes and the outside world of places, their coming and going, and their prices."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field, model_validator

from simulation.settings.section import Section, choice, number

_MARKET = "judgement: beds offered to one authority, sized from England's children by provider and locality (DfE 2021)"
_B6 = "CMA 2022 children's social care market study; DfE section 251 outturn"


def _per_10k(default: float, meaning: str, prior: tuple[float, float]) -> float:
    return number(default, meaning, unit="places per 10,000 children", low=0, high=500, source=_MARKET, confidence="J", prior=prior)


class NamedPlace(Section):
    """A home or household of the user's own knowledge, added to the starting places. Position is in miles from the
    authority's centre, east and north."""

    name: str = Field(description="Name; the same name is the same place in every scenario.")
    kind: Literal["foster own", "foster agency", "home own", "home private", "supported"] = Field(description="Kind of placement.")
    x_miles: float = Field(ge=-400, le=400, description="Miles east of the authority's centre.")
    y_miles: float = Field(ge=-400, le=400, description="Miles north of the authority's centre.")
    places: int = Field(ge=1, le=60, description="Approved or registered places.")
    age_low: float = Field(default=0, ge=0, le=18, description="Youngest age taken.")
    age_high: float = Field(default=17, ge=0, le=18, description="Oldest age taken.")
    sibling_limit: int = Field(default=2, ge=1, le=12, description="Largest sibling group taken.")
    complexity_limit: float = Field(default=1, ge=0, le=1, description="Hardest complexity taken, 0 to 1.")
    price_gbp: float = Field(ge=0, le=200_000, description="Weekly price of a place.")

    @model_validator(mode="after")
    def _ages_in_order(self) -> NamedPlace:
        if self.age_low > self.age_high:
            raise ValueError(f"{self.name}: ages are the wrong way round, {self.age_low:g} to {self.age_high:g}")
        return self


class Supply(Section):
    """Places as households and homes. Numbers of own carers follow from the children with them at the start."""

    own_filled_share: float = number(0.62, "Own approved mainstream foster places filled at the start.", unit="share", low=0.05, high=1, source="Ofsted 2017: 62% of approved places, England (68% of authorities' own with kinship, LaingBuisson 2021)", confidence="F", prior=(0.55, 0.7))
    own_vacant_share: float = number(0.17, "Own approved mainstream foster places vacant and available at the start.", unit="share", low=0, high=0.9, source="Ofsted 2017: 20% vacant, 18% not available, England", confidence="C", prior=(0.1, 0.2))
    own_staying_put_share: float = number(0.03, "Own foster places kept at the start by young people staying on after eighteen.", unit="share", low=0, high=0.5, source="judgement: staying put 28% of 19 to 21s (DfE 2020)", confidence="J", prior=(0.0, 0.06))
    own_outside_share: float = number(0.26, "New own carers who live outside the boundary.", unit="share", low=0, high=1, source="DfE 2021: 9,200 of 35,450 in own foster placements were outside", confidence="C")
    own_outside_miles: float = number(9, "Mean distance of such carers beyond the boundary.", unit="miles", low=0, high=60, source="judgement", confidence="J", prior=(5, 15))
    family_outside_ratio: float = number(1.0, "Parents and relatives who live outside the boundary, against England.", unit="ratio", low=0, high=4, source="England 18% of placements with parents (DfE 2021); Bradford scaled by all placements", confidence="C", prior=(0.8, 1.2))
    places_per_household: list[float] = choice(lambda: [0.46, 0.36, 0.14, 0.04], "Shares of mainstream foster households with 1, 2, 3 and 4 places.", source="Bradford 2019: 730 places in 450 households; England 1.9", confidence="C")
    sibling_carer_share: float = number(0.5, "Mainstream households with 2 or more places that take groups of 3 or more.", unit="share", low=0, high=1, source="judgement: one specialist sibling carer in the average authority (Family Rights Group)", confidence="J", prior=(0.2, 0.7))
    infant_share: float = number(0.6, "Mainstream households approved from birth; the others from 5 years.", unit="share", low=0, high=1, source="judgement", confidence="J", prior=(0.4, 0.8))
    teenager_share: float = number(0.65, "Mainstream households approved to 17; the others to 11.", unit="share", low=0, high=1, source="judgement", confidence="J", prior=(0.5, 0.8))
    blocked_chance: float = number(0.42, "Chance that a free bed beside a placed child cannot be used: a sibling group, a need, a shared room.", unit="share", low=0, high=1, source="fitted to 18% not available (Ofsted 2017)", confidence="C", prior=(0.2, 0.5))
    rest_chance: float = number(0.30, "Chance that an emptied household takes a break.", unit="share", low=0, high=1, source="fitted to 18% not available (Ofsted 2017)", confidence="J", prior=(0.1, 0.4))
    rest_weeks: float = number(12, "Mean weeks of a break.", unit="weeks", low=0.5, high=104, source="judgement", confidence="J", prior=(6, 20))
    named_places: list[NamedPlace] = choice(list, "Homes and households known by name, beside those made from the shares.")
    # coming and going of own carers
    enquiries_per_10k_per_year: float = number(40, "Enquiries to foster for the authority, for each 10,000 children a year.", unit="enquiries per 10,000 a year", low=0, high=1000, source="Bradford 2018-19: 462 enquiries; England conversion 4.19%; sized to 9 to 10% new approvals", confidence="C", prior=(30, 55))
    enquiry_to_approval: float = number(0.042, "Enquiries that end in approval.", unit="share", low=0, high=1, source="Ofsted: 4.19%, England", confidence="F", prior=(0.035, 0.055))
    approval_weeks: float = number(39, "Mean weeks from enquiry to approval.", unit="weeks", low=1, high=104, source="Fostering Network 2013/14: 273 days", confidence="F")
    deregistrations_per_year: float = number(0.125, "Mainstream households that stop each year.", unit="per year", low=0, high=1, source="Ofsted 2021-22: 13%", confidence="F", prior=(0.11, 0.14))
    closed_with_child_share: float = number(0.05, "Of them, those that close while a child lives there.", unit="share", low=0, high=1, source="closure 0.005 moves per child-year (DfE)", confidence="C", prior=(0.02, 0.1))
    staying_put_share: float = number(0.25, "Eighteen-year-olds in foster care who stay put.", unit="share", low=0, high=1, source="DfE 2020: 28% of 19 to 21s; Bradford 49%", confidence="D")
    staying_put_years: float = number(1.4, "Mean years a young person stays put.", unit="years", low=0.1, high=3.5, source="judgement: to 21 at most", confidence="J", prior=(1, 2))
    # levers on own carers
    foster_fee_ratio: float = number(1.0, "Own carers' fees and allowances, present carers' and new ones', against the start.", unit="ratio", low=0.3, high=4, source="choice of the user", confidence="X")
    fee_elasticity: float = number(0.4, "Proportional change of enquiries for a proportional change of fees; carers stop less often by half of it.", unit="elasticity", low=0, high=3, source="no estimate found", confidence="J", prior=(0, 0.8))
    carer_support_share: float = number(0.0, "Own mainstream households in a support constellation (Mockingbird).", unit="share", low=0, high=1, source="choice of the user", confidence="X")
    carer_support_ratio: float = number(0.7, "Ratio of deregistration in a constellation.", unit="ratio", low=0, high=1.5, source="DfE 2020: 82% less likely; follow-on study retired for lack of power; shrunk", confidence="J", prior=(0.3, 1.0))
    sibling_carers: float = number(0.0, "Further own households kept for sibling groups (four places; no child alone) sought by now; each opens after the months of approval.", unit="households", low=0, high=500, source="choice of the user", confidence="X")
    own_homes_ordered: float = number(0.0, "Further own children's homes ordered by now; a rise starts the building of more.", unit="homes", low=0, high=100, source="choice of the user", confidence="X")
    own_home_places: int = number(4, "Places in a new own home.", unit="places", low=1, high=12, source="Bradford 2023: 53 places in 10 homes", confidence="C")
    own_home_lead_weeks: float = number(58, "Mean weeks from order to opening: property, manager, registration.", unit="weeks", low=4, high=260, source="general knowledge: 9 to 18 months", confidence="M", prior=(39, 78))
    block_contract_places: float = number(0.0, "Places in private homes nearby held under block contract, paid when empty.", unit="places", low=0, high=500, source="choice of the user", confidence="X")
    block_contract_weeks: float = number(20, "Weeks from agreeing a block contract to the first place.", unit="weeks", low=0, high=104, source="judgement", confidence="J", prior=(12, 30))
    # own homes
    own_homes: int = number(4, "Own children's homes at the start.", unit="homes", low=0, high=100, source="judgement: authorities run 18% of places", confidence="C")
    own_homes_places: int = number(20, "Places in them.", unit="places", low=0, high=400, source="Ofsted 2023: 4.9 places a home", confidence="C")
    home_closures_per_year: float = number(0.05, "Homes that close each year, inspection included.", unit="per year", low=0, high=1, source="judgement; Bradford homes closed after inspection 2021", confidence="J", prior=(0.02, 0.1))
    home_openings_per_year: float = number(0.085, "Private homes that open each year, as a share of those open.", unit="per year", low=0, high=1, source="Ofsted: 2,378 homes in 2020, 3,050 in 2023", confidence="C", prior=(0.06, 0.12))
    opening_elasticity: float = number(4.0, "How much more homes open for each proportional rise of price over inflation, a year later.", unit="elasticity", low=0, high=30, source="judgement; slow response (SSWR 2011)", confidence="J", prior=(1, 8))
    # the outside world
    agency_inside_per_10k: float = _per_10k(24, "Agency foster places inside the boundary.", (15, 40))
    agency_near_per_10k: float = _per_10k(42, "Agency foster places on offer outside, within 20 miles of the boundary.", (25, 60))
    agency_far_per_10k: float = _per_10k(36, "Agency foster places on offer further away.", (20, 60))
    homes_inside_per_10k: float = _per_10k(6.5, "Places in private and voluntary homes inside the boundary.", (5, 12))
    homes_near_per_10k: float = _per_10k(9, "Places in such homes on offer outside, within 20 miles of the boundary.", (6, 14))
    homes_far_per_10k: float = _per_10k(20, "Places in such homes on offer further away.", (12, 35))
    supported_inside_per_10k: float = _per_10k(7.5, "Places in supported accommodation inside the boundary.", (6, 14))
    supported_outside_per_10k: float = _per_10k(10, "Places in supported accommodation on offer outside.", (5, 15))
    secure_per_10k: float = _per_10k(0.6, "Secure places on offer in the country.", (0.3, 1))
    market_filled_share: float = number(0.58, "Agency foster places filled at the start, other authorities' children included.", unit="share", low=0.05, high=0.99, source="LaingBuisson: agencies 58% (2021)", confidence="F")
    market_vacant_share: float = number(0.22, "Agency foster places vacant and available at the start.", unit="share", low=0, high=0.9, source="Ofsted 2017, England", confidence="C")
    homes_filled_share: float = number(0.80, "Places in private homes filled at the start.", unit="share", low=0.05, high=0.99, source="ICHA 2020: 80 to 85%; DfE and Ofsted 68%", confidence="F", prior=(0.7, 0.86))
    far_miles: float = number(30, "Mean distance of far places beyond the first 20 miles outside.", unit="miles", low=1, high=100, source="DfE 2020: 16% over 20 miles and outside", confidence="C", prior=(20, 45))
    farthest_miles: float = number(150, "Greatest distance.", unit="miles", low=20, high=400, source="judgement", confidence="J", prior=(120, 200))
    others_stay_years: float = number(1.1, "Mean years another authority's child stays in a place.", unit="years", low=0.1, high=10, source="placements ending per child-year (DfE)", confidence="C", prior=(0.8, 1.5))
    others_demand_growth_per_year: float = number(0.02, "Yearly growth of other authorities' demand for places.", unit="per year", low=-0.2, high=0.5, source="England: children looked after +1 to 2% a year, agency and homes faster", confidence="C", prior=(0.0, 0.04))
    others_demand_factor: float = number(1.0, "Multiplies other authorities' demand.", unit="ratio", low=0, high=10, source="choice of the user", confidence="X")
    agency_entry_per_year: float = number(0.12, "Agency households that open each year, as a share.", unit="per year", low=0, high=1, source="Ofsted: 9 to 10% newly approved, agencies holding level", confidence="C", prior=(0.09, 0.13))
    supported_registration_date: dt.date = choice(dt.date(2023, 10, 28), "Day from which supported accommodation must be registered.", source="Supported Accommodation (England) Regulations 2023", confidence="F")
    supported_registration_loss: float = number(0.12, "Supported places that close when registration begins.", unit="share", low=0, high=1, source="judgement", confidence="J", prior=(0.05, 0.25))
    # prices, at the price level of the start
    foster_own_gbp: float = number(400, "Marginal weekly price of an own foster place.", unit="GBP a week", low=0, high=5000, source=_B6, confidence="M", prior=(350, 450))
    foster_agency_gbp: float = number(820, "Weekly price of an agency foster place.", unit="GBP a week", low=0, high=5000, source=_B6, confidence="F")
    foster_kinship_gbp: float = number(210, "Weekly allowance of a kinship foster place.", unit="GBP a week", low=0, high=5000, source="general knowledge of the field", confidence="M", prior=(140, 280))
    residential_gbp: float = number(3700, "Weekly price of a place in a private home.", unit="GBP a week", low=0, high=50000, source=_B6, confidence="F")
    supported_gbp: float = number(900, "Weekly price of supported accommodation.", unit="GBP a week", low=0, high=20000, source="general knowledge of the field", confidence="M", prior=(700, 1500))
    secure_gbp: float = number(7000, "Weekly price of a secure place.", unit="GBP a week", low=0, high=50000, source="general knowledge of the field", confidence="M", prior=(6000, 8000))
    unregistered_gbp: float = number(6500, "Weekly price of an emergency arrangement.", unit="GBP a week", low=0, high=100000, source="judgement", confidence="J", prior=(4000, 12000))
    adoptive_gbp: float = number(60, "Weekly cost of a child placed for adoption, before the order.", unit="GBP a week", low=0, high=5000, source="judgement: settling-in grants", confidence="J", prior=(0, 150))
    parents_gbp: float = number(30, "Weekly cost of a child placed with parents, beyond casework.", unit="GBP a week", low=0, high=5000, source="judgement", confidence="J", prior=(0, 80))
    foster_price_spread: float = number(0.16, "Coefficient of variation of foster prices.", unit="ratio", low=0, high=3, source="judgement", confidence="J", prior=(0.1, 0.25))
    residential_price_spread: float = number(0.30, "Coefficient of variation of residential prices.", unit="ratio", low=0, high=3, source="judgement; heavy tail (CYPN/LGA)", confidence="J", prior=(0.2, 0.4))
    complexity_price: float = number(0.5, "Rise of a residential price from the simplest to the most complex child, as a share.", unit="share", low=0, high=5, source="judgement", confidence="J", prior=(0.2, 1))
    solo_share: float = number(0.015, "Children going into homes who are placed alone or deprived of liberty.", unit="share", low=0, high=1, source="120 placements over GBP 10,000 a week in 2018/19, 1,510 in 2022/23, England", confidence="C", prior=(0.01, 0.05))
    solo_gbp: float = number(11_000, "Weekly price of such a placement.", unit="GBP a week", low=0, high=200_000, source="CYPN/LGA: over GBP 10,000", confidence="F", prior=(10000, 15000))
    foster_inflation_per_year: float = number(0.03, "Yearly rise of foster prices; a dated input.", unit="per year", low=-0.5, high=1, source="section 251: fostering 600 to 765, 2019-20 to 2024-25", confidence="C", prior=(0.01, 0.05))
    residential_inflation_per_year: float = number(0.055, "Yearly rise of residential prices apart from scarcity; a dated input.", unit="per year", low=-0.5, high=1, source="section 251: 12% a year in all, 2019-20 to 2024-25, scarcity and complexity included", confidence="J", prior=(0.03, 0.09))
    scarcity_premium: float = number(1.2, "Rise of the price of new placements for each rise of the share of usable market places that are filled.", unit="ratio", low=0, high=20, source="judgement; CMA 2022: prices rise where providers hold the power", confidence="J", prior=(0.5, 3))
