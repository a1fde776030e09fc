"""The words of the service as small numbers, in one place, with their statutory codes at the edges.

Each class is an ordered list; a column holds the index. Statutory codes are those of the SSDA903 return.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TypeVar

import numpy as np

_W = TypeVar("_W", bound=type[IntEnum])


def words(of: _W) -> _W:
    """Let ``Stage.CLOSED`` be the plain number 0: NumPy compares a column with a number ten times faster than with a member.

    ``Stage(0).name`` and ``list(Stage)`` still give the members.
    """
    for member in of:
        type.__setattr__(of, member.name, int(member))
    return of


def one_of(of: type[IntEnum], *members: int) -> np.ndarray:
    """A table by code, true for these members: ``one_of(Kind, Kind.PARENTS)[kind]`` asks of a whole column at once."""
    table = np.zeros(len(of), dtype=bool)
    table[list(members)] = True
    return table


@words
class Stage(IntEnum):
    """Where a child is on the pathway: exactly one at a time."""

    CLOSED = 0  # known, no open case; may come back
    REFERRED = 1  # waiting for the decision or for an assessment to begin
    ASSESSMENT = 2
    CHILD_IN_NEED = 3
    PROTECTION_PLAN = 4
    LOOKED_AFTER = 5


@words
class Harm(IntEnum):
    """What brought the child: the first two are the longer-term harms missed most easily at first contact."""

    DOMESTIC_ABUSE = 0
    NEGLECT = 1
    PHYSICAL_OR_SEXUAL_ABUSE = 2
    EMOTIONAL_ABUSE = 3
    OUTSIDE_THE_HOME = 4
    DISABILITY = 5
    FAMILY_DIFFICULTY = 6
    UNACCOMPANIED = 7


NEED_CODE = ("N1", "N1", "N1", "N1", "N6", "N2", "N5", "N8")
"""CIN need code (SSDA903) for each :class:`Harm`."""


@words
class Legal(IntEnum):
    """Legal status while looked after."""

    NONE = 0
    VOLUNTARY = 1  # section 20
    INTERIM_ORDER = 2
    CARE_ORDER = 3
    PLACEMENT_ORDER = 4
    EMERGENCY = 5  # police protection or emergency protection order
    REMAND = 6


LEGAL_CODE = ("", "V2", "C1", "C2", "E1", "L1", "J1")
LEGAL_NAME = ("none", "section 20", "interim care order", "care order", "placement order", "emergency", "remand")


@words
class Kind(IntEnum):
    """Kinds of placement."""

    NONE = 0
    FOSTER_OWN = 1
    FOSTER_AGENCY = 2
    FOSTER_KINSHIP = 3
    HOME_OWN = 4
    HOME_PRIVATE = 5
    HOME_VOLUNTARY = 6
    SUPPORTED = 7
    SECURE = 8
    PARENTS = 9
    ADOPTIVE = 10
    UNREGISTERED = 11  # an emergency night: no suitable registered place found
    OTHER = 12


KIND_NAME = (
    "none", "foster own", "foster agency", "foster kinship", "home own", "home private", "home voluntary",
    "supported", "secure", "parents", "adoptive", "emergency", "other",
)  # fmt: skip
KIND_CODE = ("", "U6", "U6", "U3", "K2", "K2", "K2", "H5", "K1", "P1", "A5", "Z1", "R5")
KIND_PROVIDER = ("", "PR1", "PR4", "PR1", "PR1", "PR4", "PR5", "PR4", "PR2", "PR0", "PR1", "PR4", "PR4")
FOSTER = (Kind.FOSTER_OWN, Kind.FOSTER_AGENCY, Kind.FOSTER_KINSHIP)
RESIDENTIAL = (Kind.HOME_OWN, Kind.HOME_PRIVATE, Kind.HOME_VOLUNTARY, Kind.SECURE)
IS_FOSTER, IS_RESIDENTIAL = one_of(Kind, *FOSTER), one_of(Kind, *RESIDENTIAL)


@words
class Route(IntEnum):
    """Routes to permanence."""

    NONE = 0
    RETURN_HOME = 1
    KINSHIP = 2  # special guardianship or child arrangements order
    DISCHARGE = 3  # discharge of a care order of a child living with parents
    LONG_TERM_FOSTERING = 4
    ADOPTION = 5
    RESIDENTIAL = 6
    SUPPORTED = 7


ROUTE_NAME = (
    "none", "return home", "kinship", "discharge at home", "long-term fostering", "adoption", "residential", "supported",
)  # fmt: skip


@words
class Plan(IntEnum):
    """How far the permanence plan has come."""

    NONE = 0  # not looked after, or leaving before a plan is needed
    NOT_ASKED = 1  # nobody has asked for it yet: waits for a manager's attention
    WORK = 2  # asked for: waits for the worker's hours
    SIGN_OFF = 3  # drafted: waits for the manager
    PANEL = 4  # signed off: waits for panel, decision maker or reviewing officer
    AGREED = 5


@words
class Step(IntEnum):
    """How far a child with an agreed plan has come along the route."""

    NONE = 0
    ASSESSMENT = 1  # kinship or reunification assessment: waits for an assessor
    COURT = 2  # waits for the court
    FAMILY_FINDING = 3  # waits for a family
    MATCHING = 4  # waits for the matching panel
    TRANSITION = 5  # introductions, phased return, making the application
    ACHIEVED = 6  # in a permanent home


@words
class Ceased(IntEnum):
    """Why a child stopped being looked after."""

    NONE = 0
    HOME_PLANNED = 1
    HOME_UNPLANNED = 2
    KINSHIP_ORDER = 3
    DISCHARGE_AT_HOME = 4
    ADOPTED = 5
    EIGHTEEN = 6
    OTHER = 7


CEASED_NAME = (
    "none", "home planned", "home unplanned", "special guardianship", "discharge at home", "adopted", "eighteen", "other",
)  # fmt: skip
CEASED_CODE = ("X1", "E4A", "E4B", "E43", "E4A", "E11", "E7", "E8")


@words
class Entered(IntEnum):
    """How a child came to be looked after."""

    STOCK = 0
    VOLUNTARY = 1
    PROCEEDINGS = 2
    EMERGENCY = 3
    UNACCOMPANIED = 4
    RETURNED = 5  # back into care after going home


ENTERED_NAME = ("stock", "section 20", "proceedings", "police protection", "unaccompanied", "return to care")


@words
class Function(IntEnum):
    """What a team is for."""

    ASSESSMENT = 0
    LOCALITY = 1
    CHILDREN_IN_CARE = 2
    PERMANENCE = 3


FUNCTION_NAME = ("assessment", "locality", "children in care", "permanence")


@words
class Leaving(IntEnum):
    """Why a social worker leaves."""

    NONE = 0
    ELSEWHERE = 1  # another authority or other work
    AGENCY = 2
    CONTRACT_LEFT = 3  # an agency worker goes of their own accord
    RELEASED = 4  # an agency worker is no longer wanted


LEAVING_NAME = ("", "other work", "agency work", "left contract", "released")


@words
class SiblingPlan(IntEnum):
    """The assessed plan for a group of siblings."""

    NONE = 0
    TOGETHER = 1
    APART = 2


@words
class PlaceState(IntEnum):
    """Whether a placement can take a child."""

    AVAILABLE = 0
    RESTING = 1
    CLOSING = 2
    CLOSED = 3
    NOT_OPEN = 4


AGE_BANDS = (0, 1, 5, 10, 16)
AGE_NAME = ("under 1", "1-4", "5-9", "10-15", "16+")
_BAND_ENDS = np.array(AGE_BANDS[1:], dtype=float)


def age_band(years: np.ndarray) -> np.ndarray:
    """Index in ``AGE_NAME`` of each age."""
    return _BAND_ENDS.searchsorted(years, side="right")
