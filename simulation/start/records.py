"""The starting day from an authority's own records: real ages, durations and placements instead of fitted ones.

The file is the one that ``profile --ssda903`` writes beside a scenario (``stock_file``): a row a child looked after, with
ages in months and durations in weeks, and no name, birth date or address. It never leaves the machine it was made on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from simulation.base.clock import DAYS_IN_WEEK, DAYS_IN_YEAR, NEVER
from simulation.base.codes import KIND_NAME, Harm, Kind, Legal
from simulation.base.errors import Fault, Faults, fault, nearest
from simulation.service.state import State

NEEDED = (
    "age_months", "weeks_in_care", "weeks_in_placement", "kind", "legal_status", "need", "sex", "unaccompanied",
    "distance_miles", "inside_boundary", "placements_last_year", "worker_changes_last_year", "sibling_group",
)  # fmt: skip
DAYS_IN_MONTH = DAYS_IN_YEAR / 12
LEGAL_OF = {
    "V2": Legal.VOLUNTARY, "C1": Legal.INTERIM_ORDER, "C2": Legal.CARE_ORDER, "E1": Legal.PLACEMENT_ORDER,
    "D1": Legal.PLACEMENT_ORDER, "L1": Legal.EMERGENCY, "L2": Legal.EMERGENCY, "L3": Legal.EMERGENCY, "J1": Legal.REMAND,
    "J2": Legal.REMAND, "J3": Legal.REMAND,
}  # fmt: skip
ABUSE = (Harm.DOMESTIC_ABUSE, Harm.NEGLECT, Harm.PHYSICAL_OR_SEXUAL_ABUSE, Harm.EMOTIONAL_ABUSE)
HARM_OF = {
    "N2": Harm.DISABILITY, "N3": Harm.FAMILY_DIFFICULTY, "N4": Harm.FAMILY_DIFFICULTY, "N5": Harm.FAMILY_DIFFICULTY,
    "N6": Harm.OUTSIDE_THE_HOME, "N7": Harm.FAMILY_DIFFICULTY, "N8": Harm.FAMILY_DIFFICULTY,
}  # fmt: skip
GROUP_OF = {
    Kind.FOSTER_OWN: 0, Kind.FOSTER_AGENCY: 0, Kind.FOSTER_KINSHIP: 0, Kind.HOME_OWN: 1, Kind.HOME_PRIVATE: 1,
    Kind.HOME_VOLUNTARY: 1, Kind.SECURE: 1, Kind.SUPPORTED: 2, Kind.PARENTS: 3, Kind.ADOPTIVE: 4,
    Kind.UNREGISTERED: 5, Kind.OTHER: 5,
}  # fmt: skip
"""Published placement group (foster, homes, supported, parents, adoption, other) of each kind."""


@dataclass(frozen=True)
class Records:
    """The children of a stock file: one row each, in the file's order."""

    table: pd.DataFrame

    def __len__(self) -> int:
        return len(self.table)

    @property
    def kind(self) -> np.ndarray:
        """Kind of placement (:class:`simulation.base.codes.Kind`)."""
        return np.array([KIND_NAME.index(name) for name in self.table["kind"]])

    @property
    def age_band(self) -> np.ndarray:
        """Age band: under 1, 1 to 4, 5 to 9, 10 to 15, 16 and over."""
        return np.digitize(self.table["age_months"], (12, 60, 120, 192))

    @property
    def placement(self) -> np.ndarray:
        """Published placement group."""
        return np.array([GROUP_OF[Kind(kind)] for kind in self.kind])

    @property
    def legal(self) -> np.ndarray:
        """Legal status (:class:`simulation.base.codes.Legal`); an unknown one is a care order, the commonest."""
        return np.array([LEGAL_OF.get(code, Legal.CARE_ORDER) for code in self.table["legal_status"]])

    @property
    def legal_group(self) -> np.ndarray:
        """Published legal group: section 20, interim order, care order, placement order, detained."""
        groups = {Legal.VOLUNTARY: 0, Legal.INTERIM_ORDER: 1, Legal.CARE_ORDER: 2, Legal.PLACEMENT_ORDER: 3}
        return np.array([groups.get(Legal(status), 4) for status in self.legal])

    @property
    def alone(self) -> np.ndarray:
        """Whether unaccompanied."""
        return self.table["unaccompanied"].to_numpy(bool)

    def families(self) -> tuple[np.ndarray, np.ndarray]:
        """Family of each child (from 0) and the order of siblings, the eldest first."""
        group = self.table["sibling_group"].to_numpy(np.int64)
        family = np.where(group > 0, group - 1, group.max() + np.arange(len(group)))
        family = np.unique(family, return_inverse=True)[1]
        by_age = np.lexsort((-self.table["age_months"].to_numpy(), family))
        order = np.empty(len(family), dtype=np.int64)
        order[by_age] = np.arange(len(family)) - np.searchsorted(family[by_age], family[by_age])
        return family, order


def read(path: Path | None) -> Records | None:
    """The records of a stock file, or None without one; raises :class:`Faults` when it is not one."""
    if path is None:
        return None
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise fault(path, f"the starting stock cannot be read ({type(error).__name__}); make it again with 'profile'.") from None
    absent = [name for name in NEEDED if name not in table.columns]
    if absent:
        raise Faults(Fault(f"{path}: column {name}", "is missing; make the stock again with 'profile'.") for name in absent)
    unknown = sorted(set(table["kind"].astype(str)) - set(KIND_NAME[1:]))
    if unknown:
        raise fault(f"{path}: column kind", f"{unknown[0]!r} is not a kind of placement.{nearest(unknown[0], KIND_NAME[1:])}")
    if table.empty or not table["age_months"].between(0, 215).all():
        raise fault(f"{path}: column age_months", "there should be a child in each row, aged 0 to 215 months.")
    return Records(table.reset_index(drop=True))


def settle(state: State, rows: np.ndarray, records: Records) -> None:
    """Gives the children at ``rows`` the ages, places and durations of their records (a day within its week is by lot)."""
    children, table, day = state.children, records.table, state.clock.day
    u = state.dice.roll("day within the record", children.key[rows])
    months, weeks = table["age_months"].to_numpy(), table["weeks_in_care"].to_numpy()
    children.birth_day[rows] = day - np.minimum((months + u) * DAYS_IN_MONTH, 18 * DAYS_IN_YEAR - 2).astype(np.int32)
    in_care = np.clip((weeks + u) * DAYS_IN_WEEK, 1, np.maximum(day - children.birth_day[rows], 1)).astype(np.int32)
    children.care_day[rows] = children.stage_day[rows] = day - in_care
    children.opened_day[rows] = children.referral_day[rows] = day - in_care - 90
    here = np.clip((table["weeks_in_placement"].to_numpy() + u) * DAYS_IN_WEEK, 1, in_care).astype(np.int32)
    children.placement_day[rows] = day - here
    children.male[rows] = (table["sex"] == "M").to_numpy()
    children.kind[rows], children.legal[rows] = records.kind, records.legal
    known = table["need"].isin(HARM_OF).to_numpy() & ~records.alone
    children.harm[rows[known]] = [HARM_OF[code] for code in table.loc[known, "need"]]
    abused = rows[(table["need"] == "N1").to_numpy() & ~np.isin(children.harm[rows], ABUSE)]
    which = state.dice.roll("harm of the record", children.key[abused]) * len(ABUSE)
    children.harm[abused] = np.array(ABUSE)[which.astype(int)]
    children.disabled[rows] |= (table["need"] == "N2").to_numpy()
    _distances(state, rows, table)
    _moves(state, rows, table, in_care, here)


def _distances(state: State, rows: np.ndarray, table: pd.DataFrame) -> None:
    """Boundary and miles where the return tells them; elsewhere the fitted ones stay."""
    children = state.children
    sides, miles = table["inside_boundary"].notna().to_numpy(), table["distance_miles"].notna().to_numpy()
    children.outside[rows[sides]] = ~table.loc[sides, "inside_boundary"].to_numpy(bool)
    children.distance_miles[rows[miles]] = table.loc[miles, "distance_miles"].to_numpy(float)


def _moves(state: State, rows: np.ndarray, table: pd.DataFrame, in_care: np.ndarray, here: np.ndarray) -> None:
    """Placements and changes of worker in the year before, spread over it: the record's and no others.

    Without a record of changes of worker the fitted ones stay.
    """
    children, day = state.children, state.clock.day
    placements = table["placements_last_year"].to_numpy()
    year = np.minimum(in_care, 360)
    children.n_placements[rows] = np.maximum(placements, 1 + (here < in_care))
    for name, least, share in (("earlier_placement_day", 2, 0.6), ("third_placement_day", 3, 0.9)):
        ago = np.maximum(year * share, here + least - 1).astype(np.int32)
        getattr(children, name)[rows] = np.where(placements >= least, day - ago, NEVER)
    told = table["worker_changes_last_year"].notna().to_numpy()
    changes, changed = table.loc[told, "worker_changes_last_year"].to_numpy(int), rows[told]
    known = day - np.maximum(children.referral_day[changed], children.birth_day[changed])
    children.change_day[changed] = np.where(changes >= 1, day - np.minimum(known // 2, 60), NEVER)
    children.earlier_change_day[changed] = np.where(changes >= 2, day - np.minimum(known, 240), NEVER)
