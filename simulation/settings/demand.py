"""Demand: families who are referred."""

from __future__ import annotations

from simulation.settings.section import Section, choice, number


class Demand(Section):
    """Referrals, their seasons and spread, and unaccompanied children."""

    referrals_per_10k_per_year: float = number(545, "Referrals for each 10,000 children a year, returns included.", unit="referrals per 10,000 a year", low=0, high=3000, source="DfE characteristics of children in need 2020, England", confidence="D")
    referral_factor: float = number(1.0, "Multiplies referrals: for surges and trends.", unit="ratio", low=0, high=5, source="choice of the user", confidence="X")
    first_time_share: float = number(0.64, "Share of referrals that are not returns of children known before; the model's own returns make up the rest.", unit="share", low=0.2, high=1, source="one less re-referrals within 12 months (22.6%, DfE 2020) and later returns", confidence="J", prior=(0.6, 0.72))
    week_spread: float = number(0.10, "Coefficient of variation of the weekly referral rate beyond Poisson.", unit="ratio", low=0, high=1, source="judgement; DfE vulnerable children survey moves of 10 to 20%", confidence="J", prior=(0.05, 0.2))
    year_spread: float = number(0.0, "Yearly standard deviation of the log referral rate as a random walk.", unit="log points", low=0, high=0.6, source="zero where the referral path is an input; profiles estimate it from the table", confidence="J", prior=(0.0, 0.12))
    season_depth: float = number(0.12, "Depth of the school-holiday dip in referrals.", unit="share", low=0, high=0.8, source="judgement: schools are 18% of referrals (DfE 2020)", confidence="J", prior=(0.05, 0.2))
    ceiling: float = number(4.0, "Candidates prepared for each expected family; demand may rise to this multiple.", unit="ratio", low=1.5, high=20, source="house rule for paired luck", confidence="X")
    family_sizes: list[float] = choice(lambda: [0.56, 0.26, 0.12, 0.06], "Shares of referred families with 1, 2, 3 and 4 children referred.", source="judgement: 8,705 children on 9,934 referrals, Bradford 2020; sibling batches", confidence="J")
    newborn_siblings_per_year: float = number(0.10, "New births a year in a family with a plan or a child in care, referred at birth.", unit="births per family a year", low=0, high=1, source="judgement", confidence="J", prior=(0.06, 0.14))
    unaccompanied_per_10k_per_year: float = number(2.6, "Unaccompanied children starting care for each 10,000 children a year.", unit="children per 10,000 a year", low=0, high=60, source="DfE 2020: 11% of 26 starts per 10,000", confidence="D")
    longer_term_harm_share: float = number(0.55, "Share of referred children whose harm is domestic abuse or neglect with longer-term effect.", unit="share", low=0, high=1, source="DfE 2020 assessment factors (Bradford domestic abuse 28%, neglect 12% of assessments; both undercount duration)", confidence="J", prior=(0.4, 0.65))
    disabled_share: float = number(0.10, "Share of referred children who are disabled.", unit="share", low=0, high=1, source="DfE characteristics of children in need 2020 (12.4% of open cases)", confidence="C")
