"""Dated shocks and slow drifts, as factors that the rules read: inspection, Covid-19, random walks, seasons."""

from __future__ import annotations

import math

import numpy as np

from simulation.base.clock import DAYS_IN_YEAR, NEVER, WEEKS_IN_YEAR, Clock, day_number
from simulation.base.dice import Dice, lognormal, normal
from simulation.settings import Parameters


class Shocks:
    """Factors of the week. Each is one when nothing happens; each effect acts in one place only."""

    referrals = 1.0
    s47 = 1.0
    plans = 1.0
    entries = 1.0
    entry_shift = 1.0  # the same without the fitted factor and the walk: what thresholds do
    court = 1.0
    adoption = 1.0
    visit_hours = 1.0
    sickness = 0.0
    inspection_day = NEVER
    inspected = 0.0  # one on the day of an inadequate judgement, decaying

    def __init__(self, p: Parameters, clock: Clock, dice: Dice, weeks: int):
        self.p, self.clock, self.dice = p, clock, dice
        covid = p.covid
        self.at_start = _since_inspection(p, clock)
        self.covid_days = (day_number(covid.from_date), day_number(covid.until_date))
        self._referral_walk = _walk(dice, weeks, "referral drift")
        self._entry_walk = _walk(dice, weeks, "entry drift")

    def update(self) -> None:
        """Set this week's factors."""
        self._inspection()
        self._covid()
        p, week = self.p, self.clock.week
        self.referrals *= math.exp(p.demand.year_spread * self._referral_walk[week]) * _season(self.p, self.clock)
        self.referrals *= float(lognormal(self.dice.one("referral week", when=week), 1.0, p.demand.week_spread))
        self.entry_shift = self.entries
        self.entries *= p.front_door.entry_factor * math.exp(p.front_door.entry_year_spread * self._entry_walk[week])

    def _inspection(self) -> None:
        """Thresholds fall after an inadequate judgement; the fall decays."""
        inspection = self.p.inspection
        self.inspection_day = day_number(inspection.inadequate_on) if inspection.inadequate_on else NEVER
        self.inspected = _since_inspection(self.p, self.clock)
        self.referrals = self._against_start(inspection.referral_jump)
        self.s47 = self._against_start(inspection.s47_jump)
        self.plans = self._against_start(inspection.plan_jump)
        self.entries = self._against_start(inspection.entry_jump)

    def _against_start(self, jump: float) -> float:
        """A threshold's factor against the starting day, whose conversions hold what an earlier judgement did."""
        return (1.0 + jump * self.inspected) / (1.0 + jump * self.at_start)

    def _covid(self) -> None:
        """The national profile of Covid-19: less comes in, the court slows, visits go online, people fall ill."""
        covid, day = self.p.covid, self.clock.day
        during = covid.happens and self.covid_days[0] <= day <= self.covid_days[1]
        after = (day - self.covid_days[1]) / DAYS_IN_YEAR if covid.happens else -1.0
        self.adoption = covid.adoption_pace if during else 1.0
        self.visit_hours = covid.visit_hours if during else 1.0
        self.sickness = covid.sickness if during else 0.0
        self.court = covid.court_capacity if during else 1.0
        if after > 0:
            self.court = min(1.0, covid.court_capacity + (1 - covid.court_capacity) * after / covid.court_recovery_years)
        if during:
            self.referrals *= 1.0 - covid.referral_drop * _lockdown_depth(day - self.covid_days[0])
            self.entries *= 1.0 - covid.entry_drop
        elif 0 < after <= 1:
            self.referrals *= (1.0 - covid.referral_drop) * (1.0 + covid.rebound) if covid.rebound else 1.0


def _since_inspection(p: Parameters, clock: Clock) -> float:
    """One on the day of an inadequate judgement, decaying; none before it."""
    inspection = p.inspection
    if inspection.inadequate_on is None:
        return 0.0
    since = (clock.day - day_number(inspection.inadequate_on)) / DAYS_IN_YEAR
    return math.exp(-since / inspection.decay_years) if since >= 0 else 0.0


def _lockdown_depth(days: int) -> float:
    """The fall of the first ten weeks is deepest; over the year it averages one."""
    return 2.2 if days < 70 else 0.71


def _walk(dice: Dice, weeks: int, name: str) -> np.ndarray:
    """A standard random walk by week, with yearly variance one, started at zero."""
    every = np.arange(weeks + 1)
    steps = normal(dice.roll(name, np.repeat(dice.keys(0), len(every)), every))
    steps[0] = 0.0
    return np.cumsum(steps) / math.sqrt(WEEKS_IN_YEAR)


def _season(p: Parameters, clock: Clock) -> float:
    """School holidays bring fewer referrals; over a year the factor averages one."""
    depth, date = p.demand.season_depth, clock.date
    holiday = date.month == 8 or (date.month == 12 and date.day > 20) or (date.month == 4 and date.day < 15)
    return 1.0 - depth if holiday else 1.0 + depth * 0.155 / 0.845
