"""The starting day's open cases that are not in care, and the closed ones that will come back."""

from __future__ import annotations

import numpy as np
from scipy import special

from simulation.actions import duty_work
from simulation.actions.cases import call_conference, entry_ratio
from simulation.base.clock import DAYS_IN_WEEK, DAYS_IN_YEAR, NEVER, WEEKS_IN_YEAR
from simulation.base.codes import Stage
from simulation.base.dice import lognormal, normal, pick
from simulation.rules.demand import CHILD_KEY, _age_days, _traits, homes, latent_risk, referrals_a_week
from simulation.rules.proceedings import LETTER_SHAPE, letter_scale
from simulation.service import duty_table
from simulation.service.state import State

FAMILIES = 1 << 41  # family numbers of the starting day's open cases
RETURNING = 1 << 42
ADULT_DAYS = int(17.5 * DAYS_IN_YEAR)  # nobody comes back who is as good as grown up
ENQUIRY_DAYS = 12  # an enquiry's usual length
ASSESSMENT_WORK_DAYS = 26  # the worker's own part of an assessment; then partners' replies and decisions
PLAN_SPREAD = 0.6  # of the length of protection plans: coefficient of variation
LETTER_WORK_WEEKS = 20  # work on a letter before proceedings, from the letter until its hours are done
ASSESSMENT_WEEKS = 5.6  # an assessment's usual length: open assessments are this many weeks of referrals


class Crowd:
    """Families as they are referred, with what was recognised: candidates for the starting day's cases."""

    def __init__(self, state: State, families: int, first: int):
        dice, front = state.dice, state.p.front_door
        number = first + np.arange(families, dtype=np.int64)
        home = dice.keys(number)
        sizes = 1 + pick(dice.roll("children referred", home), np.asarray(state.p.demand.family_sizes))
        self.family = np.repeat(number, sizes)
        self.order = np.arange(len(self.family)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        self.home, self.key = np.repeat(home, sizes), dice.keys(CHILD_KEY, self.family * 64 + self.order)
        self.latent = latent_risk(state, self.key, self.home)
        self.traits = _traits(state, self.key, self.home)
        longer = self.traits["harm"] <= 1
        chance = front.miss_chance * np.where(longer, 1.0, front.miss_other_ratio)
        missed = (dice.roll("missed before the start", self.key) < chance) & (self.latent > front.serious_risk - 1.0)
        self.recognised = self.latent - front.miss_depth * missed
        self.missed = missed & (self.latent > front.serious_risk)

    def add(self, state: State, chosen: np.ndarray, opened: np.ndarray, **facts: object) -> np.ndarray:
        """Rows of the chosen children, opened on these days."""
        x, y = homes(state, self.home[chosen])
        ages = _age_days(state, self.home[chosen], self.order[chosen])
        shown: dict = {name: trait[chosen] for name, trait in self.traits.items()}
        return state.children.add(
            len(chosen), key=self.key[chosen], identity=self.family[chosen] * 64 + self.order[chosen], family=self.family[chosen],
            birth_order=self.order[chosen], birth_day=np.minimum(opened, state.clock.day) - ages,
            referral_day=opened, opened_day=opened, stage_day=opened, n_referrals=1,
            latent_risk=self.latent[chosen], recognised_risk=self.recognised[chosen],
            missed_day=np.where(self.missed[chosen], opened, NEVER), home_x_miles=x, home_y_miles=y,
            disabled=state.dice.roll("disabled", self.key[chosen]) < state.p.demand.disabled_share, **shown, **facts,
        )  # fmt: skip


def open_cases(state: State) -> None:
    """Protection plans, child-in-need plans and assessments, to the published totals, part-way through.

    Of the child-in-need plans, as many follow a protection plan as the plans' own flow has brought.
    """
    stock, front = state.p.stock, state.p.front_door
    plans = round(stock.protection_plans)
    others = max(round(stock.children_in_need - stock.looked_after - stock.protection_plans), 0)
    assessments = min(round(referrals_a_week(state) * (1 - front.no_action_share) * ASSESSMENT_WEEKS), others)
    stepped = min(round(plans / front.protection_plan_years * _mean_need_years(state)), others - assessments)
    crowd = Crowd(state, 12 * (plans + others) + 50, FAMILIES)
    serious = state.thresholds.passed_by(front.s47_share * front.conference_share)
    need = state.thresholds.passed_by(1.0 - state.thresholds.floor)
    left = np.arange(len(crowd.family))
    for count, able, begin in (
        (assessments, crowd.recognised > state.thresholds.passed_by(1.0 - front.no_action_share), _assessment),
        (plans, crowd.recognised > serious, _protection),
        (stepped, crowd.recognised > serious, _need),
        (others - assessments - stepped, (crowd.recognised > need) & (crowd.recognised <= serious + 0.3), _need),
    ):
        families = left[able[left]][:count]
        begin(state, crowd, families)
        left = left[~np.isin(crowd.family[left], crowd.family[families])]


def _part_way(state: State, decision: str, keys: np.ndarray, length_years: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Days since a spell began and until it ends, for spells met on one day (lengths already length-biased)."""
    gone = state.dice.roll(decision + " gone", keys)
    days = length_years * DAYS_IN_YEAR
    return (gone * days).astype(np.int32), np.maximum((1 - gone) * days, 3).astype(np.int32)


def met_weibull(u: np.ndarray, scale: float, shape: float) -> np.ndarray:
    """Lengths of Weibull spells met on one day: longer ones are met more often."""
    return scale * special.gammaincinv(1.0 + 1.0 / shape, u) ** (1.0 / shape)


def weibull_left(u: np.ndarray, gone: np.ndarray, scale: float, shape: float) -> np.ndarray:
    """What is left of Weibull spells that have lasted ``gone`` already."""
    return scale * ((gone / scale) ** shape - np.log1p(-u)) ** (1.0 / shape) - gone


def _protection(state: State, crowd: Crowd, chosen: np.ndarray) -> None:
    front, dice = state.p.front_door, state.dice
    keys = crowd.home[chosen]
    spread = np.log1p(PLAN_SPREAD**2)
    length = front.protection_plan_years * np.exp(np.sqrt(spread) * normal(dice.roll("plan met", keys)) + spread / 2)
    gone, left = _part_way(state, "plan met", keys, length)
    day = state.clock.day
    rows = crowd.add(state, chosen, day - gone - 60, stage=Stage.PROTECTION_PLAN, step_day=day + left, n_protection_plans=1)
    children = state.children
    children.stage_day[rows] = day - gone
    _letters(state, rows, gone)
    duty_work.join(state, "protection plan", rows, day)


def _letters(state: State, rows: np.ndarray, gone: np.ndarray) -> None:
    """Letters before proceedings: still to come, or sent, with the work under way and the child perhaps on the way into care.

    Of those on the way into care some have come by now; of the others, some plans have ended.
    """
    front, dice, children, day = state.p.front_door, state.dice, state.children, state.clock.day
    keys = children.family_key[rows]
    likely = front.preproceedings_per_plan * state.shocks.entries**0.5 * np.sqrt(entry_ratio(state, rows))
    chance = dice.roll("letter", keys, 1) < likely
    when = day - gone + 30 + (240 * dice.roll("letter day", keys, 1)).astype(np.int32)
    children.preproceedings_day[rows] = np.where(chance & (when > day), when, NEVER)
    sent = chance & (when <= day)
    since = np.maximum(day - when[sent], 0) / DAYS_IN_WEEK
    scale, comes = letter_scale(state), front.preproceedings_care_share
    waiting = comes * np.exp(-((since / scale) ** LETTER_SHAPE))
    others = (1.0 - comes) * _plan_lasts(state, gone[sent]) / _plan_lasts(state, gone[sent] - since * DAYS_IN_WEEK)
    at_the_edge = dice.roll("care after letter", keys[sent], 1) < waiting / (waiting + others)
    left = weibull_left(dice.roll("edge left", keys[sent]), since, scale, LETTER_SHAPE)
    children.edge_day[rows[sent]] = np.where(at_the_edge, day + 1 + (left * DAYS_IN_WEEK).astype(np.int32), NEVER)
    work = since < LETTER_WORK_WEEKS
    duty_work.join(state, "preproceedings", rows[sent][work], when[sent][work])
    _done_so_far(state, "letter before proceedings", rows[sent][work], 1.0 - since[work] / LETTER_WORK_WEEKS)


def _plan_lasts(state: State, days: np.ndarray) -> np.ndarray:
    """Share of protection plans that last longer than ``days``."""
    variance = np.log1p(PLAN_SPREAD**2)
    years = np.maximum(days, 1.0) / DAYS_IN_YEAR / state.p.front_door.protection_plan_years
    return special.ndtr(-(np.log(years) + variance / 2) / np.sqrt(variance))


def _need(state: State, crowd: Crowd, chosen: np.ndarray) -> None:
    keys = crowd.home[chosen]
    length = np.minimum(met_weibull(state.dice.roll("need met", keys), state.p.front_door.need_plan_years, 0.75), 8)
    gone, left = _part_way(state, "need met", keys, length + 28 / DAYS_IN_YEAR)
    day = state.clock.day
    rows = crowd.add(state, chosen, day - gone - 45, stage=Stage.CHILD_IN_NEED, step_day=day + left)
    state.children.stage_day[rows] = day - gone
    held = state.dice.roll("family worker holds", state.children.key[rows], 1) < state.p.casework.family_worker_share
    state.children.family_worker[rows] = held
    duty_work.join(state, "child in need", rows[~held], day)


def _mean_need_years(state: State) -> float:
    return state.p.front_door.need_plan_years * float(special.gamma(1.0 + 1.0 / 0.75)) + 28 / DAYS_IN_YEAR


def _assessment(state: State, crowd: Crowd, chosen: np.ndarray) -> None:
    """Assessments part-way through; the serious among them with an enquiry or a conference under way."""
    dice, day, front, children = state.dice, state.clock.day, state.p.front_door, state.children
    keys, spread = crowd.home[chosen], front.assessment_days_spread
    met = front.assessment_days_mean * 1.4 * (1.0 + spread**2)
    length = np.minimum(lognormal(dice.roll("assessment met", keys), met, spread), 150)
    gone = (dice.roll("assessment gone", keys) * length).astype(np.int32)
    opened = day - gone
    rows = crowd.add(
        state, chosen, opened, stage=Stage.ASSESSMENT, step_day=opened + np.maximum(length, gone + 2).astype(np.int32)
    )
    duty_work.join(state, "assessment", rows, opened)
    risk = children.recognised_risk[rows]
    enquiry = (risk > state.thresholds.passed_by(front.s47_share)) & (gone <= ENQUIRY_DAYS)
    children.s47_day[rows[enquiry]] = opened[enquiry]
    duty_work.join(state, "s47", rows[enquiry], opened[enquiry])
    called = (
        (risk > state.thresholds.passed_by(front.s47_share * front.conference_share))
        & (gone > ENQUIRY_DAYS)
        & (gone <= 2 * ENQUIRY_DAYS)
    )
    children.s47_day[rows[called]] = opened[called]
    call_conference(state, rows[called], opened[called] + ENQUIRY_DAYS)
    _done_so_far(state, "s47 enquiry", rows, np.maximum(1.0 - gone / ENQUIRY_DAYS, 0.1))
    _done_so_far(state, "assessment", rows, 1.0 - gone / ASSESSMENT_WORK_DAYS)


def _done_so_far(state: State, name: str, rows: np.ndarray, left: np.ndarray) -> None:
    """Take the hours already worked off a duty under way; one with nothing ``left`` (a share) is done."""
    if name not in state.duties.index:
        return
    children, duty = state.children, state.duties.index[name]
    children.duty_left[rows, duty] *= np.maximum(left, 0.0)
    done = rows[left <= 0]
    children.duty_due[done, duty] = children.duty_ask[done, duty] = duty_table.FAR


def returning(state: State) -> None:
    """Closed cases that come back: as many as keep the flow of returns what it has been."""
    front, dice, day = state.p.front_door, state.dice, state.clock.day
    flow = referrals_a_week(state) * (1.0 - state.p.demand.first_time_share)
    mean_years = front.return_years * special.gamma(1.0 + 1.0 / 0.8)
    count = int(flow * mean_years * WEEKS_IN_YEAR)
    crowd = Crowd(state, 2 * count + 10, RETURNING)
    length = np.minimum(met_weibull(dice.roll("return met", crowd.key), front.return_years, 0.8), 12)
    gone, left = _part_way(state, "return met", crowd.key, length)
    adult = _age_days(state, crowd.home, crowd.order) + gone + 70 + left >= ADULT_DAYS
    chosen = np.flatnonzero(~adult)[:count]
    rows = crowd.add(state, chosen, day - gone[chosen] - 70, stage=Stage.CLOSED)
    state.children.return_day[rows] = day + left[chosen]
    state.children.stage_day[rows] = day - gone[chosen]
