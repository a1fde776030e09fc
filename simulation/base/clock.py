"""Time: day numbers, weeks, working days and statutory due dates. Knows nothing of children.

A *day number* is whole days since 1 January 1970 (NumPy's ``datetime64[D]`` as an integer), so that dates are
plain ``int32`` columns. ``NEVER`` means that something has not happened or is not due.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import holidays
import numpy as np

NEVER = -1
DAYS_IN_WEEK = 7
DAYS_IN_YEAR = 365.25
WEEKS_IN_YEAR = DAYS_IN_YEAR / DAYS_IN_WEEK


@lru_cache(maxsize=1024)
def day_number(date: dt.date | str) -> int:
    """The day number of a date or ISO text."""
    return int(np.datetime64(date, "D").astype(int))


def date_of(day: int) -> dt.date:
    """The calendar date of a day number."""
    return np.datetime64(int(day), "D").astype(dt.date)


def dates_of(days: np.ndarray) -> np.ndarray:
    """Day numbers as ``datetime64[D]``; ``NEVER`` becomes not-a-time."""
    dates = np.asarray(days).astype("datetime64[D]")
    dates[np.asarray(days) == NEVER] = np.datetime64("NaT")
    return dates


def months_between(earlier: np.ndarray | int, later: np.ndarray | int) -> np.ndarray:
    """Mean calendar months between day numbers."""
    return (np.asarray(later) - earlier) / (DAYS_IN_YEAR / 12)


def financial_year(date: dt.date) -> int:
    """The year in which the financial year ends: 2021 is April 2020 to March 2021."""
    return date.year + (date.month >= 4)


@lru_cache(maxsize=1)
def _calendar() -> np.busdaycalendar:
    days = holidays.country_holidays("GB", subdiv="ENG", years=range(2005, 2046))
    return np.busdaycalendar(holidays=np.array(sorted(days), dtype="datetime64[D]"))


@lru_cache(maxsize=1)
def _working_tables() -> tuple[int, np.ndarray, np.ndarray]:
    """First day, number of working days up to each day, and the day of each working day."""
    first, last = day_number("2005-01-01"), day_number("2045-12-31")
    working = np.is_busday(np.arange(first, last).astype("datetime64[D]"), busdaycal=_calendar())
    return first, np.cumsum(working).astype(np.int32), (np.flatnonzero(working) + first).astype(np.int32)


def add_working_days(days: np.ndarray, working_days: np.ndarray | int) -> np.ndarray:
    """The day ``working_days`` English working days after each day (bank holidays and weekends skipped)."""
    first, count, day_of = _working_tables()
    return day_of[count[np.asarray(days) - first] + working_days - 1]


def working_days_between(earlier: np.ndarray, later: np.ndarray | int) -> np.ndarray:
    """English working days after ``earlier`` up to and including ``later``."""
    first, count, _ = _working_tables()
    return count[np.asarray(later) - first] - count[np.asarray(earlier) - first]


class Clock:
    """The model's time. ``week`` 0 is the starting state; week ``w`` covers days ``monday`` to ``day`` inclusive.

    start: date of the starting state; the first simulated day is the day after it.
    """

    def __init__(self, start: dt.date):
        self.start_day = day_number(start)
        self._set(0)

    def advance(self) -> None:
        """Move on one week."""
        self._set(self.week + 1)

    def _set(self, week: int) -> None:
        """The week, its first and last day, and the last day as a date."""
        self.week = week
        self.day = self.start_day + DAYS_IN_WEEK * week
        self.first_day = self.day - DAYS_IN_WEEK + 1
        self.date = date_of(self.day)

    @property
    def years(self) -> float:
        """Years since the start."""
        return self.week / WEEKS_IN_YEAR
