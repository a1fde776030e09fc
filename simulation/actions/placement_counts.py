"""What is counted of placements each week, and the table of placement episodes at the end."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulation.actions.places import CONTINUES, EPISODE, REASON_CODE, episodes, in_care, in_families
from simulation.base.clock import DAYS_IN_YEAR, NEVER, dates_of
from simulation.base.codes import (
    CEASED_CODE,
    IS_FOSTER,
    IS_RESIDENTIAL,
    KIND_CODE,
    KIND_NAME,
    KIND_PROVIDER,
    LEGAL_CODE,
    NEED_CODE,
    Kind,
    PlaceState,
    SiblingPlan,
    one_of,
)
from simulation.base.columns import gathered
from simulation.service.state import State

OWN_FOSTERING = (Kind.FOSTER_OWN,)
FOSTERING = (Kind.FOSTER_OWN, Kind.FOSTER_KINSHIP, Kind.FOSTER_AGENCY)
COUNTED = {"state": FOSTERING, "own carers": OWN_FOSTERING, "own homes": (Kind.HOME_OWN,)}
IS_COUNTED = np.array([one_of(Kind, *kinds) for kinds in COUNTED.values()], dtype=float)
"""Kinds whose places are counted by state, under these labels; and the same as a table, labels by kinds."""
SIZE_NAME = ("2", "3", "4 or more")


def tally_placements(state: State) -> None:
    """Count where looked-after children live, how settled they are, siblings, and places by state."""
    rows = in_care(state)
    _where(state, rows)
    _settled(state, rows)
    _siblings(state, rows)
    _places(state)


def _where(state: State, rows: np.ndarray) -> None:
    children, tally = state.children, state.tally
    kind, outside, far = children.kind[rows], children.outside[rows], children.distance_miles[rows] > 20
    for name, chosen in (
        ("n_outside_boundary", outside),
        ("n_over_20_miles", far),
        ("n_outside_over_20_miles", outside & far),
        ("n_residential", IS_RESIDENTIAL[kind]),
        ("n_foster", IS_FOSTER[kind]),
    ):
        tally.set(name, np.count_nonzero(chosen))


def _settled(state: State, rows: np.ndarray) -> None:
    children, day, tally = state.children, state.clock.day, state.tally
    two_moves = (children.third_placement_day[rows] != NEVER) & (children.earlier_placement_day[rows] > day - 365)
    tally.set("n_three_placements", np.count_nonzero(two_moves))  # the placement at the beginning of the year counts
    long_stay = rows[(day - children.care_day[rows] >= 2.5 * DAYS_IN_YEAR) & (day - children.birth_day[rows] < 16 * DAYS_IN_YEAR)]
    tally.set("n_long_stay_under_16", len(long_stay))
    tally.set("n_settled_under_16", np.count_nonzero(day - children.placement_day[long_stay] >= 2 * DAYS_IN_YEAR))


LAST = np.iinfo(np.int32).max


def _siblings(state: State, rows: np.ndarray) -> None:
    """Groups of siblings looked after: wholly together, and as their plan says."""
    children, tally = state.children, state.tally
    if len(rows) == 0:
        return
    rows, first, size = in_families(state, rows)
    home = children.placement[rows]
    lowest = np.minimum.reduceat(home, first)
    together = (lowest == np.maximum.reduceat(home, first)) & (lowest != NEVER)
    to_plan = _as_planned(children.sibling_plan[rows] == SiblingPlan.TOGETHER, home, first, together)
    group = size > 1
    band = np.minimum(size, 4) - 2
    tally.set("n_sibling_groups", np.count_nonzero(group))
    tally.set("n_sibling_groups_together", np.count_nonzero(group & together))
    tally.set("n_sibling_groups_to_plan", np.count_nonzero(group & to_plan))
    _apart(state, np.repeat(group, size), np.repeat(together, size), children.kind[rows])
    every, whole = (np.bincount(band[chosen], minlength=len(SIZE_NAME)) for chosen in (group, group & together))
    for name, groups, placed_together in zip(SIZE_NAME, every.tolist(), whole.tolist(), strict=True):
        tally.set("n_sibling_groups", groups, f"size:{name}")
        tally.set("n_sibling_groups_together", placed_together, f"size:{name}")


def _as_planned(joint: np.ndarray, home: np.ndarray, first: np.ndarray, together: np.ndarray) -> np.ndarray:
    """Whether those of each group who are to live together (``joint``) do, and nobody else does where all are to be apart."""
    lowest = np.minimum.reduceat(np.where(joint, home, LAST), first)
    highest = np.maximum.reduceat(np.where(joint, home, NEVER), first)
    some = np.logical_or.reduceat(joint, first)
    return np.where(some, (lowest == highest) & (lowest != NEVER), ~together)


def _apart(state: State, has_siblings: np.ndarray, together: np.ndarray, kind: np.ndarray) -> None:
    """Children with siblings in care, and those who live apart from one of them, by kind of placement."""
    for name, chosen in (("n_children_with_siblings", has_siblings), ("n_children_apart", has_siblings & ~together)):
        state.tally.set(name, np.count_nonzero(chosen))
        state.tally.add_each(name, "placement", KIND_NAME, np.bincount(kind[chosen]))


def states_by_kind(state: State) -> dict[str, np.ndarray]:
    """Approved places by state and kind: filled, staying put, vacant, unavailable (they add up to ``places``).

    What is not there, or not the authority's own to count, is counted under NONE.
    """
    table = state.placements
    kind = np.where(table.present & (table.shared_from == NEVER), table.kind, Kind.NONE)
    places, kept = table.places, table.staying_put
    filled = table.filled + table.filled_by_others + table.filled_by_neighbours
    vacant = np.where(table.state == PlaceState.AVAILABLE, places - filled - kept - table.blocked, 0)
    states = {"places": places, "filled": filled, "staying put": kept, "vacant": vacant}
    counts = {name: np.bincount(kind, number, minlength=len(KIND_NAME)) for name, number in states.items()}
    return counts | {"unavailable": counts["places"] - counts["filled"] - counts["staying put"] - counts["vacant"]}


def _places(state: State) -> None:
    table, tally = state.placements, state.tally
    states = {name: (IS_COUNTED @ count).tolist() for name, count in states_by_kind(state).items()}
    tally.set("n_places", states["places"][0])
    for number, label in enumerate(COUNTED):
        for name in ("filled", "vacant", "unavailable", "staying put"):
            tally.set("n_places", states[name][number], f"{label}:{name}")
    is_open = table.present & (table.state != PlaceState.NOT_OPEN)
    tally.add_each("n_places", "kind", KIND_NAME, np.bincount(table.kind, table.places * is_open))


def placements_table(state: State) -> pd.DataFrame:
    """A row for each placement episode, those that go on included (codes of the SSDA903 return)."""
    rows = in_care(state)
    every = gathered([*state.book.ended, episodes(state, rows[state.children.kind[rows] != Kind.NONE])])
    kind, goes_on, housed = every["kind"], every["ceased"] == CONTINUES, every["placement"] != NEVER
    ceased = np.where(goes_on, "X1", np.array(CEASED_CODE)[np.maximum(every["ceased"], 0)])
    changed = np.array(REASON_CODE)[every["reason_change"]]
    frame = pd.DataFrame(
        {
            "replication": np.int32(state.replication),
            "child": every["identity"],
            "start": dates_of(every["episode_day"]),
            "end": dates_of(every["end"]),
            "reason_new_episode": np.array(EPISODE)[every["episode_reason"]],
            "legal_status": np.array(LEGAL_CODE)[every["episode_legal"]],
            "need": np.array(NEED_CODE)[every["harm"]],
            "placement": np.array(KIND_CODE)[kind],
            "provider": np.array(KIND_PROVIDER)[kind],
            "reason_change": changed,
            "reason_ceased": ceased,
            "distance_miles": every["distance_miles"].round(1),
            "inside_boundary": ~every["outside"],
            "x_miles": np.where(housed, every["x"].astype(float), np.nan).round(2),
            "y_miles": np.where(housed, every["y"].astype(float), np.nan).round(2),
            "home_x_miles": every["home_x_miles"].round(2),
            "home_y_miles": every["home_y_miles"].round(2),
            "price_gbp_per_week": every["price_gbp"].round(2),
            "emergency": kind == Kind.UNREGISTERED,
            "urn": np.where(housed, every["urn"], NEVER),
            "siblings_together": (every["sibling_plan"] != SiblingPlan.NONE) & ~every["separated"],
        }
    )
    return frame.sort_values(["child", "start", "end"], kind="stable", na_position="last").reset_index(drop=True)
