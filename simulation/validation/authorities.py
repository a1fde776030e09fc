"""Synthetic authorities: the typical one made different, so that facts across authorities can be examined.

Each differs for good in demand, labour market, pay, effort, agency policy, practice and managers, changes from year
to year in some of them, and has random numbers of its own. All draws are keyed; none is a real authority.
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from simulation.base.dice import Dice, normal
from simulation.model.replication import run_replication
from simulation.scenario.changes import Change
from simulation.scenario.form import ChangeForm
from simulation.scenario.load import load
from simulation.scenario.names import get
from simulation.scenario.size import SIZES


@dataclass(frozen=True)
class Spread:
    """How one setting differs: standard deviations of its log (of itself where ``adds``).

    between: between authorities, for good; yearly: a new draw each October; walk: of its change from October to October;
    middle: the middle authority's setting over the typical one's, which is England's sum.
    """

    between: float
    yearly: float = 0.0
    walk: float = 0.0
    middle: float = 1.0
    adds: bool = False
    source: str = "judgement (prior)"


_TABLE = "DfE workforce tables 2017 to 2020, some 100 authorities with over 60 workers, year means taken off"
SPREADS = {
    "workforce.leaving_per_year": Spread(
        0.20, 0.25, source=_TABLE + ": turnover 15%, between authorities 3.2 points, within 5.0 (4.2 by quantiles), of which chance alone 2.7"),
    "workforce.recruitment_effort": Spread(
        0.59, 0.30, middle=1.15, source=_TABLE + ": starters over vacancies 0.98 in the middle and 0.85 in sum, its log 0.59 between; starters within 6.4 points of 19, of which chance 3.2"),
    "workforce.permanent_posts_fte": Spread(
        0.0, walk=0.07, source=_TABLE + ": log posts change by 0.092 in one year, 0.134 in three: a walk of 0.069 and a passing 0.043"),
    "workforce.agency_cover_share": Spread(
        0.24, 0.25, source=_TABLE + ": agency cover of vacancies (over ten) 0.73, between 0.17, within 0.21, of which chance 0.08"),
    "workforce.agency_beyond_share": Spread(
        1.4, 0.3, middle=0.37, source=_TABLE + ": agency workers beyond vacancies, of posts: a tenth of authorities 0, half 0.013, a tenth over 0.08; usual yearly change 0.015"),
    "workforce.case_holder_share": Spread(0.10, source=_TABLE + ": case holders of all social workers 0.545, between 0.057"),
    "workforce.pay_gap_share": Spread(0.05, adds=True),
    "demand.referrals_per_10k_per_year": Spread(
        0.12, source=_TABLE + ": log caseload between 0.12; rates of referral differ by 0.34, but posts go with them"),
    "front_door.entry_factor": Spread(0.15),
    "casework.hours_factor": Spread(0.05),
    "casework.reallocations_per_year": Spread(0.35, source="judgement (prior): the setting's own range, 0.15 to 0.5"),
    "managers.mean_effectiveness": Spread(0.5, adds=True),
}  # fmt: skip
"""How far authorities differ, and how far each changes: spreads of published figures, never their correlations."""
REFERRAL_WALK = 0.12
"""Walk of the log of referrals, a year. DfE 2016 to 2020, 108 authorities: log referrals change by 0.23 in one year and
0.29 in three, so a walk of 0.127 and a passing 0.136, most of it in what is counted; 0.12 ends the setting's range."""
AGENCY_FILLED = 0.9
"""Agency posts filled at any time, where four weeks fill one and forty-five empty it."""
KEPT = (
    "n_agency_workers", "n_workforce", "n_social_workers", "n_vacancies", "n_posts", "new_leavers", "years_in_post", "n_allocated_cases",
    "n_case_holders", "n_two_worker_changes", "n_looked_after", "n_outside_boundary", "n_three_placements",
    "new_s47_enquiries", "n_protection_plans", "new_referrals",
)  # fmt: skip
"""Counts of which the facts across authorities are made: the rest of a run is not written."""
DIE, YEARS = 9001, 8
"""The authorities' die, and the Octobers for which changes are drawn."""


def synthetic(number: int, size: float = 0.5, name: str = "", **given: Any) -> Any:
    """The ``number``-th synthetic authority, ``size`` times the typical one; ``given`` settings (``__`` for ``.``) on top."""
    scenario = load("england_typical")
    values = {setting: _get(scenario, setting) * size for setting in SIZES}
    values |= {setting: _differs(setting, values.get(setting, _get(scenario, setting)), number) for setting in SPREADS}
    values |= {"demand.year_spread": REFERRAL_WALK} | _starting_staff(scenario, values)
    scenario = _changing(scenario.with_values(values), number)
    for setting, value in given.items():
        section, _, leaf = setting.partition("__")
        setattr(getattr(scenario.parameters, section), leaf, value)
    return replace(scenario, id=name or f"authority_{number}")


def own_luck(scenario: Any, replication: int, seed: int = 0, **more: Any) -> dict[str, pd.DataFrame]:
    """The kept counts of one replication with the random numbers of the authority's own number (the end of its name).

    Two versions of one authority (judged, and not) have common random numbers; on one set for all, chance would not tell
    authorities apart, and turnover would seem to persist.
    """
    weekly = run_replication(scenario, replication, seed + 1 + int(scenario.id.rpartition("_")[2]), **{**more, "events": False})["weekly"]
    return {"weekly": weekly[weekly["measure"].astype(str).isin(KEPT)]}


def _differs(setting: str, base: float, number: int) -> float:
    """The authority's own value of a setting."""
    spread = SPREADS[setting]
    step = spread.between * _z(setting, number)
    return base + step if spread.adds else base * spread.middle * float(np.exp(step))


def _starting_staff(scenario: Any, values: dict[str, float]) -> dict[str, float]:
    """Staff on the first day where the authority's own leaving and recruitment balance, so that it starts as it is."""
    p, typical = scenario.parameters.workforce, scenario.parameters.workforce.start_permanent_fte / scenario.parameters.workforce.permanent_posts_fte
    pay, posts = 1.0 - values["workforce.pay_gap_share"], values["workforce.permanent_posts_fte"]
    leaving = values["workforce.leaving_per_year"] / p.leaving_per_year * pay**-p.leaving_pay_elasticity
    hiring = values["workforce.recruitment_effort"] / p.recruitment_effort * pay**p.hiring_pay_elasticity
    vacant = leaving / (leaving + hiring * typical / (1.0 - typical))
    agency = values["workforce.agency_cover_share"] * vacant + values["workforce.agency_beyond_share"]
    return {"workforce.start_permanent_fte": posts * (1.0 - vacant), "workforce.start_agency_fte": posts * AGENCY_FILLED * agency}


def _changing(scenario: Any, number: int) -> Any:
    """The authority with its dated changes: from the start, then from each first of October, each setting at that year's value."""
    dates = [scenario.start + dt.timedelta(days=1), *(dt.date(scenario.start.year + year, 10, 1) for year in range(YEARS + 1))]
    paths = {setting: _path(spread, setting, number) for setting, spread in SPREADS.items() if spread.yearly or spread.walk}
    forms, changes = [], []
    for year, (begins, ends) in enumerate(itertools.pairwise(dates)):
        ratios = {setting: path[year] for setting, path in paths.items()}
        forms.append(ChangeForm.model_validate({"from": begins, "until": ends, "multiply": ratios}))
        changes.append(Change(begins, ends, "multiply", ratios, note="drawn"))
    return replace(scenario, header=scenario.header.model_copy(update={"changes": forms}), changes=tuple(changes))


def _path(spread: Spread, setting: str, number: int) -> list[float]:
    """What a setting is multiplied by in each year; a walk begins at one."""
    passing = [spread.yearly * _z(setting, number, 1 + year) for year in range(YEARS + 1)]
    steps = np.cumsum([0.0, *(spread.walk * _z(setting, number, 101 + year) for year in range(YEARS))])
    return [float(ratio) for ratio in np.exp(np.array(passing) + steps)]


def _z(setting: str, number: int, when: int = 0) -> float:
    """The authority's standard normal number for a setting and a year, cut at two."""
    dice = Dice(0, 0)
    return float(np.clip(normal(dice.roll(setting, dice.keys(DIE, number), when))[0], -2.0, 2.0))


def variant(base: str, name: str, *overrides: str) -> Any:
    """A packaged scenario with settings given as ``a.b=c``, under another name."""
    return replace(load(base, overrides=overrides), id=name)


def _get(scenario: Any, setting: str) -> float:
    return float(get(scenario.parameters, setting))
