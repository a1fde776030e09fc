"""Money: staff, legal, support, levers, income and the budget."""

from __future__ import annotations

from typing import Literal

from simulation.settings.section import Section, choice, number


class Money(Section):
    """Every pound that is not the price of a placement, and what overspending triggers."""

    social_worker_gbp_per_year: float = number(46_000, "Yearly cost of a permanent social worker with on-costs.", unit="GBP a year", low=0, high=300_000, source="top of scale GBP 35,444 (CommunityCare 2018), on-costs 30%", confidence="F", prior=(42000, 52000))
    agency_premium: float = number(0.6, "What an agency worker costs above a permanent one, as a share.", unit="share", low=0, high=5, source="general knowledge: about half nationally; 100% implied by Bradford's agency spending (freedom of information)", confidence="M", prior=(0.3, 1.0))
    manager_gbp_per_year: float = number(62_000, "Yearly cost of a team manager with on-costs.", unit="GBP a year", low=0, high=300_000, source="judgement", confidence="J", prior=(55000, 70000))
    pay_inflation_per_year: float = number(0.025, "Yearly rise of pay.", unit="per year", low=-0.2, high=0.5, source="local government awards 2018 to 2021", confidence="M", prior=(0.01, 0.06))
    allowance_gbp: float = number(130, "Weekly allowance after special guardianship, where one is paid.", unit="GBP a week", low=0, high=1000, source="general knowledge: GBP 100 to 250, means-tested", confidence="M", prior=(100, 200))
    guardianship_allowance_share: float = number(0.75, "Special guardians who are paid an allowance.", unit="share", low=0, high=1, source="judgement", confidence="J", prior=(0.5, 0.9))
    adoption_allowance_share: float = number(0.25, "Adopters who are paid an allowance.", unit="share", low=0, high=1, source="judgement", confidence="J", prior=(0.1, 0.4))
    starting_guardianship_per_10k: float = number(28, "Special guardianship allowances paid at the start, for each 10,000 children.", unit="allowances per 10,000 children", low=0, high=300, source="judgement: ten years of orders", confidence="J", prior=(15, 45))
    starting_adoption_per_10k: float = number(5, "Adoption allowances paid at the start, for each 10,000 children.", unit="allowances per 10,000 children", low=0, high=100, source="judgement: ten years of orders", confidence="J", prior=(2, 10))
    allowance_years: float = number(8, "Mean years for which an allowance is paid.", unit="years", low=0.5, high=18, source="judgement: to eighteen at most", confidence="J", prior=(6, 11))
    staying_put_gbp: float = number(200, "Weekly cost of a young person staying put.", unit="GBP a week", low=0, high=2000, source="judgement", confidence="J", prior=(120, 300))
    proceedings_gbp: float = number(11_000, "Legal cost of a care case: court fee, counsel, experts, tests.", unit="GBP", low=0, high=200_000, source="judgement", confidence="J", prior=(7000, 18000))
    adoption_match_gbp: float = number(16_000, "Cost of an adoptive placement: family finding, fee shared with the regional agency.", unit="GBP", low=0, high=200_000, source="judgement: inter-agency fee GBP 31,000 for some", confidence="J", prior=(10000, 31000))
    own_home_place_gbp: float = number(3_300, "Weekly cost of a place in an own home, filled or empty.", unit="GBP a week", low=0, high=50_000, source="section 251 residential, own and private together GBP 3,710 (Bradford 2019-20)", confidence="J", prior=(2800, 4200))
    own_home_fixed_share: float = number(0.6, "Share of a new own home's cost that is the same however few its places: a manager, two staff by day and by night. The price of a place is that of a home of four.", unit="share", low=0, high=1, source="judgement: staffing by rota, not by bed", confidence="J", prior=(0.4, 0.8))
    own_home_capital_gbp: float = number(750_000, "Capital for a new own home.", unit="GBP", low=0, high=20_000_000, source="judgement", confidence="J", prior=(500000, 1200000))
    block_discount: float = number(0.10, "Discount on a place under block contract.", unit="share", low=0, high=0.9, source="judgement", confidence="J", prior=(0.0, 0.2))
    sibling_carer_gbp: float = number(250, "Weekly retainer of a sibling carer household.", unit="GBP a week", low=0, high=5000, source="judgement", confidence="J", prior=(100, 400))
    carer_support_gbp: float = number(50, "Weekly cost of a household in a support constellation.", unit="GBP a week", low=0, high=2000, source="DfE 2020: about 0.99 saved for each pound", confidence="J", prior=(30, 90))
    recruitment_gbp: float = number(8_000, "Cost of approving one fostering household.", unit="GBP", low=0, high=200_000, source="judgement", confidence="J", prior=(4000, 15000))
    travel_gbp_per_mile: float = number(0.45, "Mileage.", unit="GBP a mile", low=0, high=5, source="HMRC", confidence="D")
    fixed_gbp_per_child_per_year: float = number(190, "Everything else in children's services, for each child living in the area: early help, central, youth.", unit="GBP a child a year", low=0, high=5000, source="section 251 Bradford 2019-20: children's services GBP 110.8m less looked after and safeguarding", confidence="C", prior=(150, 240))
    looked_after_support_gbp: float = number(215, "Weekly cost of each looked-after child beyond the placement and the social worker: contact, leaving care, education, short breaks.", unit="GBP a week", low=0, high=5000, source="section 251 2019-20: GBP 1,265 a child-week, England, less prices paid", confidence="C", prior=(150, 300))
    foster_support_gbp: float = number(100, "Weekly cost of the fostering service for each child in a foster placement.", unit="GBP a week", low=0, high=2000, source="section 251 2019-20: fostering GBP 615 a week, England, less prices paid", confidence="C", prior=(50, 150))
    home_office_gbp_per_night: float = number(114, "Home Office contribution for each unaccompanied child.", unit="GBP a night", low=0, high=1000, source="Home Office funding instructions 2019-20", confidence="M", prior=(114, 143))
    partner_share: float = number(0.04, "Partners' (health, schools) share of residential spend.", unit="share", low=0, high=1, source="judgement", confidence="J", prior=(0.02, 0.08))
    # the budget
    budget_gbp_per_year: float = number(0, "Net budget a year at the start's prices; 0 sets it to the first four weeks' net spend.", unit="GBP a year", low=0, high=5e9, source="choice of the user", confidence="X")
    budget_factor: float = number(1.0, "Multiplies the budget.", unit="ratio", low=0, high=10, source="choice of the user", confidence="X")
    budget_growth_per_year: float = number(0.03, "Yearly growth of the budget.", unit="per year", low=-0.5, high=1, source="choice of the user", confidence="X")
    overspend_triggers: Literal["nothing", "freeze", "agency_cap", "reserve"] = choice("nothing", "What happens when the year's forecast is above the budget by more than the tolerance.")
    overspend_tolerance: float = number(0.05, "Overspend, as a share of the budget, that is borne before anything is triggered.", unit="share", low=0, high=5, source="choice of the user", confidence="X")
    reserve_gbp: float = number(0, "Reserve that meets overspending before anything else is triggered.", unit="GBP", low=0, high=1e9, source="choice of the user", confidence="X")
