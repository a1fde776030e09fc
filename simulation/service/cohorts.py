"""Entry cohorts: of the children who entered care in a week, how many were in a permanent home in time."""

from __future__ import annotations

import numpy as np

from simulation.base.clock import DAYS_IN_WEEK
from simulation.base.codes import ROUTE_NAME
from simulation.base.tally import Tally

MONTHS = (12, 24)
WEEKS = {12: 52, 24: 104}


class Cohorts:
    """Counts by week of entry (weeks after the start only: earlier leavers are not known)."""

    def __init__(self, weeks: int, start_day: int):
        self.start_day = start_day
        self.entered = np.zeros(weeks + 2)
        self.permanent = {months: np.zeros((weeks + 2, len(ROUTE_NAME))) for months in MONTHS}

    def _week(self, days: np.ndarray) -> np.ndarray:
        return (np.asarray(days) - self.start_day + DAYS_IN_WEEK - 1) // DAYS_IN_WEEK

    def enter(self, care_days: np.ndarray) -> None:
        """Children enter care."""
        week = np.minimum(np.maximum(self._week(care_days), 0), len(self.entered) - 1)
        np.add.at(self.entered, week, 1)

    def reach(self, care_days: np.ndarray, days: np.ndarray | int, routes: np.ndarray) -> None:
        """Children reach permanence on ``days`` by these routes."""
        if not len(care_days):
            return
        week = self._week(care_days)
        for months in MONTHS:
            counts = (week > 0) & (days - care_days <= WEEKS[months] * DAYS_IN_WEEK)
            np.add.at(self.permanent[months], (week[counts], routes[counts]), 1)

    def tally(self, tally: Tally, week: int) -> None:
        """File the cohorts whose 12 or 24 months are over this week."""
        for months in MONTHS:
            cohort = week - WEEKS[months]
            if cohort > 0:
                tally.add(f"new_cohort_{months}_months", self.entered[cohort])
                by_route = self.permanent[months][cohort]
                for name, value in zip(ROUTE_NAME, by_route.tolist(), strict=True):
                    if value:
                        tally.add(f"new_permanent_{months}_months", value, f"route:{name}")
                tally.add(f"new_permanent_{months}_months", float(by_route.sum()))
