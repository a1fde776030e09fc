"""The journey through care: coming in, going home, turning eighteen, coming back."""

from __future__ import annotations

import numpy as np

from simulation.actions import duty_work
from simulation.actions.care import LEGAL_ON_ENTRY, leave_care
from simulation.actions.cases import set_closed
from simulation.base.clock import DAYS_IN_YEAR, NEVER, WEEKS_IN_YEAR
from simulation.base.codes import (
    IS_FOSTER,
    Ceased,
    Entered,
    Kind,
    Legal,
    Stage,
    Step,
)
from simulation.service.rule import Rule
from simulation.service.state import State

EIGHTEENTH_BIRTHDAY_DAYS, FOURTH_BIRTHDAY_DAYS = int(18 * DAYS_IN_YEAR), int(4 * DAYS_IN_YEAR)
JUST_ABOVE = 1.001
"""A bound is kept this far above the rate it bounds (rounding)."""

LEGAL_ON_ENTRY[[Entered.PROCEEDINGS, Entered.EMERGENCY]] = Legal.INTERIM_ORDER, Legal.EMERGENCY
"""Legal status of a child who has just come into care, by how they came (Entered)."""
LEAVES_LATER = np.array([Ceased.HOME_UNPLANNED, Ceased.KINSHIP_ORDER, Ceased.OTHER])


class EarlyReturns(Rule):
    """Some children go home early; others leave later for reasons that no plan foresaw.

    Early return home does not wait for a permanence plan.
    """

    reads = ("child.early_home_day", "child.route", "child.kind")
    writes = ("child.*", "placement.*")
    source = "UEA 2019: 36% of entrants home, mean 53 days; exits by reason, DfE 2021"

    def step(self, state: State) -> None:
        children, day = state.children, state.clock.day
        rows, early = state.in_care, children.early_home_day[state.in_care]
        due = (early != NEVER) & (early <= day)
        home = rows[due]
        later, reasons = self._later(state, rows[~due])
        leave_care(
            state,
            np.concatenate([home, later]),
            np.concatenate([np.full(len(home), Ceased.HOME_PLANNED), reasons]),
            np.concatenate([early[due], _days_in_week(state, "leaving day", later)]),
        )

    def _later(self, state: State, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of these children in care, those who leave later, and why (Ceased)."""
        children, permanence = state.children, state.p.permanence
        u = state.dice.roll("leaves later", children.key[rows], state.clock.week)
        near = (u < self._highest(state)).nonzero()[0]  # most are ruled out by their random number alone
        near = near[(children.kind[rows[near]] != Kind.ADOPTIVE) & ~children.unaccompanied[rows[near]]]
        rows, u = rows[near], u[near]
        foster = IS_FOSTER[children.kind[rows]]
        rates = np.zeros((len(rows), 3), dtype=np.float32)
        rates[:, 0] = permanence.later_home_per_year
        rates[:, 1] = permanence.later_kinship_per_year * foster * (children.step[rows] == Step.ACHIEVED) * 2.0
        rates[:, 2] = permanence.other_leaving_per_year
        edges = np.cumsum(rates, axis=1) * (permanence.exit_factor / WEEKS_IN_YEAR)
        chosen = (u[:, None] >= edges).sum(axis=1)
        leaving = (chosen < len(LEAVES_LATER)).nonzero()[0]
        leaving = leaving[np.argsort(chosen[leaving], kind="stable")]
        return rows[leaving], LEAVES_LATER[chosen[leaving]]

    def _highest(self, state: State) -> float:
        """Above every child's chance of leaving later in a week."""
        p = state.p.permanence
        rate = p.later_home_per_year + 2.0 * p.later_kinship_per_year + p.other_leaving_per_year
        return JUST_ABOVE * rate * p.exit_factor / WEEKS_IN_YEAR


def _days_in_week(state: State, decision: str, rows: np.ndarray) -> np.ndarray:
    u = state.dice.roll(decision, state.children.key[rows], state.clock.week)
    day = state.clock.first_day + (u * 7).astype(np.int32)
    return np.maximum(day, state.children.care_day[rows])


class Birthdays(Rule):
    """Young people leave care on their eighteenth birthday; at sixteen supported accommodation becomes possible.

    A foster place may be kept by a young person staying put. At four a child is old enough to be told.
    """

    reads = ("child.birth_day",)
    writes = ("child.*", "placement.*")
    source = "Children Act 1989; Staying Put 2014"

    def step(self, state: State) -> None:
        children, clock = state.children, state.clock
        eighteen = children.birth_day[state.in_care] + EIGHTEENTH_BIRTHDAY_DAYS
        adults = state.in_care[eighteen <= clock.day]
        leave_care(
            state,
            adults,
            Ceased.EIGHTEEN,
            np.maximum(children.birth_day[adults] + EIGHTEENTH_BIRTHDAY_DAYS, children.care_day[adults]),
        )
        self._turn_four(state)
        self._grown(state)

    def _turn_four(self, state: State) -> None:
        children, clock = state.children, state.clock
        fourth = children.birth_day[state.in_care] + FOURTH_BIRTHDAY_DAYS
        told = state.in_care[(fourth >= clock.first_day) & (fourth <= clock.day)]
        told = told[~children.knows_reasons[told]]
        duty_work.join(state, "to be told the reasons", told)

    def _grown(self, state: State) -> None:
        """Cases of young people not in care close at eighteen."""
        children = state.children
        known = (children.stage != Stage.LOOKED_AFTER) & children.present
        grown = np.flatnonzero(known & (children.birth_day < state.clock.day - EIGHTEENTH_BIRTHDAY_DAYS))
        if len(grown):
            duty_work.leave_all(state, grown)
            set_closed(state, grown, np.full(len(grown), state.clock.day))
            children.free(grown)
