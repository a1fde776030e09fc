"""The table of duties: what is owed to whom, when it is due, how many hours it takes and in what order it comes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.base.columns import Column

VISITS = 3
"""Priority of statutory visits in the table that comes with the model."""
FOR_SAFETY = 2
"""Priority of the last duties that overload does not make shallower: safeguarding and the court."""
FAR = 2**30
"""The day of a duty that nobody owes."""
GROUPS = {
    "assessment": "a single assessment is under way",
    "s47": "a Section 47 enquiry is under way",
    "conference": "an initial conference has been asked for",
    "child in need": "on a child-in-need plan",
    "protection plan": "on a child protection plan",
    "preproceedings": "a letter before proceedings has been sent",
    "proceedings": "before the court",
    "entered": "has just come into care",
    "looked after": "looked after",
    "moved": "has just moved",
    "plan asked": "the permanence plan has been asked for",
    "on the way": "an agreed plan is being carried out",
    "to be told the plan": "an agreed plan has not been explained",
    "to be told the reasons": "why they came into care has not been explained",
}


@dataclass(frozen=True)
class Owed:
    """Some duties by their numbers, with what the table says of each: first due, how long before it is asked for, hours."""

    duty: np.ndarray
    first: np.ndarray
    lead: np.ndarray
    hours: np.ndarray


class DutyTable:
    """The scenario's duties as arrays, in the order of the table."""

    def __init__(self, duties: list):
        self.read(duties)

    def read(self, duties: list) -> None:
        """Take over the duties' values, at the start and when a dated change has altered one; the rows stay the same."""
        self.duties = duties
        self.names = [duty.name for duty in duties]
        self.index = {name: i for i, name in enumerate(self.names)}
        self._groups: dict[str | tuple[str, ...], Owed] = {}
        self.hours = np.array([d.hours for d in duties], dtype=np.float32)
        self.first = np.array([d.first_due_days for d in duties], dtype=np.int32)
        self.every = np.array([d.every_days for d in duties], dtype=np.int32)
        self.lead = np.array([d.lead_days for d in duties], dtype=np.int32)
        self.again, self.lead_again = np.where(self.every > 0, self.every, FAR), np.where(self.every > 0, self.lead, 0)
        self.most = np.array([d.hours_a_week for d in duties], dtype=np.float32)
        self.window = np.array([d.closes_after_days for d in duties], dtype=np.int32)
        self.priority = np.array([d.priority for d in duties], dtype=np.int64)
        self.shallow = self.priority > FOR_SAFETY
        self.travel = np.array([d.travel for d in duties])
        self.permanence = np.array([d.permanence_team for d in duties])

        self._each = {name: self._owed([i]) for name, i in self.index.items()}

    def owed_to(self, group: str | tuple[str, ...]) -> Owed:
        """The duties owed to those in a group, or in any of several."""
        if group not in self._groups:
            whom = (group,) if isinstance(group, str) else group
            assert GROUPS.keys() >= set(whom), f"no such group: {group}"
            self._groups[group] = self._owed([i for i, duty in enumerate(self.duties) if duty.for_whom in whom])
        return self._groups[group]

    def named(self, name: str) -> Owed:
        """One duty by its name."""
        return self._each[name]

    def _owed(self, numbers: list[int]) -> Owed:
        duty = np.array(numbers, dtype=np.intp)
        return Owed(duty, self.first[duty], self.lead[duty], self.hours[duty])

    def columns(self) -> tuple[Column, ...]:
        """What each child carries for each duty."""
        width = len(self.duties)
        return (
            Column("duty_due", "int32", FAR, "day each duty is due", "day number", width),
            Column("duty_ask", "int32", FAR, "day from which each duty is asked for", "day number", width),
            Column("duty_left", "float32", 0.0, "hours still to do of each duty", "hours", width),
        )


def of_duties(column: np.ndarray) -> np.ndarray:
    """A column of children by duties as one line (a view): position is row times the number of duties, plus the duty."""
    return column.reshape(-1)


class Finished:
    """What was finished this week: rows and days by the duty's name."""

    def __init__(self, index: dict[str, int], rows: np.ndarray, duty: np.ndarray, days: np.ndarray):
        self.index, self.rows, self.duty, self.days = index, rows, duty, days

    def of(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Rows and days of one duty."""
        at = self.duty == self.index.get(name, -1)
        return self.rows[at], self.days[at]
