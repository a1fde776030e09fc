"""Duties begin and end: those owed to a group of children, or one by its name."""

from __future__ import annotations

import numpy as np

from simulation.service.duty_table import FAR, Owed, of_duties
from simulation.service.state import State


def join(state: State, group: str | tuple[str, ...], rows: np.ndarray, days: np.ndarray | int | None = None) -> None:
    """Begin every duty owed to children who join ``group`` (or several) on ``days`` (the week's last day if None)."""
    if len(rows):
        _begin(state, state.duties.owed_to(group), rows, state.clock.day if days is None else days)


def begin(state: State, name: str, rows: np.ndarray, hours: float | None = None, days: np.ndarray | int | None = None) -> None:
    """Begin one named duty (with other hours than the table's, if given); a table without it owes nothing."""
    if name in state.duties.index and len(rows):
        _begin(state, state.duties.named(name), rows, state.clock.day if days is None else days, hours)


def _begin(state: State, owed: Owed, rows: np.ndarray, days: np.ndarray | int, hours: float | None = None) -> None:
    """Begin several duties for each row."""
    children, at = state.children, _places(state, owed, rows)
    due = owed.first + (np.asarray(days, dtype=np.int32)[:, None] if isinstance(days, np.ndarray) else days)
    of_duties(children.duty_due)[at] = due
    of_duties(children.duty_ask)[at] = due - owed.lead
    of_duties(children.duty_left)[at] = (owed.hours if hours is None else hours) * state.p.casework.hours_factor


def _places(state: State, owed: Owed, rows: np.ndarray) -> np.ndarray:
    """Where these duties of each row stand in a column of duties, rows by duties."""
    return rows[:, None] * len(state.duties.names) + owed.duty


def leave(state: State, group: str | tuple[str, ...], rows: np.ndarray) -> None:
    """End every duty of ``group`` (or of several)."""
    if len(rows):
        at = _places(state, state.duties.owed_to(group), rows)
        of_duties(state.children.duty_due)[at] = of_duties(state.children.duty_ask)[at] = FAR


def leave_all(state: State, rows: np.ndarray) -> None:
    """End every duty: the case closes."""
    if len(rows):
        state.children.reset(rows, ("duty_due", "duty_ask"))


def owed(state: State, name: str, rows: np.ndarray) -> np.ndarray:
    """Whether the named duty is still to be done for each row."""
    duty = state.duties.index.get(name)
    return np.zeros(len(rows), dtype=bool) if duty is None else state.children.duty_due[rows, duty] < FAR


def visit_due_within(state: State, rows: np.ndarray, days: int) -> None:
    """After a move the next statutory visit is due within ``days``."""
    if "visit" in state.duties.index:
        duty, children = state.duties.index["visit"], state.children
        due = np.minimum(children.duty_due[rows, duty], state.clock.day + days)
        children.duty_due[rows, duty] = due
        children.duty_ask[rows, duty] = due - state.duties.lead[duty]
