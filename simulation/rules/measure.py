"""Measure: what stands at the end of the week, in official definitions."""

from __future__ import annotations

import numpy as np

from simulation.actions.care import age_bands
from simulation.actions.cases import social_work_cases
from simulation.actions.money_counts import tally_money
from simulation.actions.placement_counts import tally_placements
from simulation.actions.workforce_counts import tally_workforce
from simulation.base.clock import DAYS_IN_WEEK, DAYS_IN_YEAR, NEVER
from simulation.base.codes import AGE_NAME, KIND_NAME, KIND_PROVIDER, LEGAL_NAME, NEED_CODE, Function, Plan, Stage
from simulation.service.rule import Rule
from simulation.service.state import State

CASELOADS = ("0-5", "6-10", "11-15", "16-20", "21-25", "26-30", "over 30")
CASELOAD_ENDS = np.array([6, 11, 16, 21, 26, 31])
PROVIDERS = ("none", "PR0", "PR1", "PR2", "PR3", "PR4", "PR5")
PROVIDER_OF_KIND = np.array([PROVIDERS.index(code) if code else 0 for code in KIND_PROVIDER])
PROVIDER_NAME = ("none", "parents", "own", "other authority", "other public", "private", "voluntary")
NEEDS = tuple(sorted(set(NEED_CODE)))
NEED_OF_HARM = np.array([NEEDS.index(code) for code in NEED_CODE])


class Measure(Rule):
    """What stands at the end of the week is counted in official definitions, then the week is filed."""

    reads = ("child.*", "worker.*", "team.*", "placement.*", "case.*", "authority")
    source = "SSDA903, CIN census and workforce census definitions"

    def step(self, state: State) -> None:
        open_cases = social_work_cases(state)
        _pathway(state, open_cases)
        _in_care(state)
        _plans(state)
        _understanding(state)
        _caseloads(state, open_cases)
        tally_workforce(state)
        tally_placements(state)
        tally_money(state)
        state.cohorts.tally(state.tally, state.clock.week)


def _pathway(state: State, open_cases: np.ndarray) -> None:
    children, tally = state.children, state.tally
    stages = np.bincount(children.stage * children.present, minlength=len(Stage))  # the absent count as closed
    tally.set("n_protection_plans", stages[Stage.PROTECTION_PLAN])
    tally.set("n_proceedings", len(state.cases))
    tally.set("n_children_in_need", stages[Stage.ASSESSMENT :].sum())
    tally.set("n_open_cases", len(open_cases))
    missed = (children.missed_day != NEVER) & children.present & (children.stage != Stage.LOOKED_AFTER)
    tally.add("weeks_unrecognised_risk", np.count_nonzero(missed))


def _in_care(state: State) -> None:
    children, rows, tally = state.children, state.in_care, state.tally
    total = len(rows)
    for kind, names, codes in (
        ("age", AGE_NAME, age_bands(state, rows)),
        ("placement", KIND_NAME, children.kind[rows]),
        ("legal", LEGAL_NAME, children.legal[rows]),
        ("provider", PROVIDER_NAME, PROVIDER_OF_KIND.take(children.kind[rows])),
        ("need", NEEDS, NEED_OF_HARM.take(children.harm[rows])),
    ):
        tally.add_each("n_looked_after", kind, names, np.bincount(codes))
    tally.set("n_looked_after", total)
    tally.set("n_unaccompanied", np.count_nonzero(children.unaccompanied[rows]))
    tally.set("weeks_looked_after", total)
    tally.set("years_looked_after", total * DAYS_IN_WEEK / DAYS_IN_YEAR)
    year = state.clock.day - 365
    tally.set("n_two_worker_changes", np.count_nonzero(children.earlier_change_day[rows] > year))


def plans_overdue(state: State) -> np.ndarray:
    """Rows of looked-after children whose plan should have been agreed by now and is not."""
    children, rows = state.children, state.in_care
    return rows[(children.plan[rows] < Plan.AGREED) & (children.plan_due_day[rows] < state.clock.day)]


def _plans(state: State) -> None:
    children, late, day, tally = state.children, plans_overdue(state), state.clock.day, state.tally
    tally.set("n_plans_overdue", len(late))
    tally.set("weeks_longest_plan_wait", float((day - children.plan_due_day[late]).max(initial=0)) / DAYS_IN_WEEK)


def _understanding(state: State) -> None:
    children, rows, tally = state.children, state.in_care, state.tally
    old = rows[state.clock.day - children.birth_day[rows] >= 4 * DAYS_IN_YEAR]
    tally.set("n_old_enough_to_know", len(old))
    tally.set("n_know_plan", np.count_nonzero(children.knows_plan[old]))
    tally.set("n_know_reasons", np.count_nonzero(children.knows_reasons[old]))
    tally.set("index_wellbeing", float(children.wellbeing[rows].mean()) if len(rows) else 0.0)


def _caseloads(state: State, open_cases: np.ndarray) -> None:
    children, workers, tally = state.children, state.workers, state.tally
    held = children.worker[open_cases]
    held = held[held >= 0]
    holds = workers.present & workers.case_holding
    holds &= state.teams.function[np.maximum(workers.team, 0)] != Function.PERMANENCE
    loads = np.bincount(held, minlength=workers.size)[holds]
    tally.set("n_allocated_cases", len(held))
    tally.set("n_unallocated", len(open_cases) - len(held))
    tally.set("n_workers_over_20", np.count_nonzero(loads > 20))
    sizes = np.bincount(CASELOAD_ENDS.searchsorted(loads, side="right"), minlength=len(CASELOADS))
    for name, count in zip(CASELOADS, sizes.tolist(), strict=True):
        tally.set("n_workers_by_caseload", count, f"caseload:{name}")
    tally.set("n_workers_by_caseload", len(loads))
