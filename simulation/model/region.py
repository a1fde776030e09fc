"""A region: several authorities step together and compete for the same market places.

Each authority is a whole model with its own carers, homes, children and staff. Agencies' and private places of one
that are within reach of another are *shared*: the other's table holds a row for each of them, in its own miles, and
before each authority's week the rows are brought into step with their owner's. A shared place has one owner, who runs
it (opening, resting, closing, the children of authorities outside the region); whoever finds a bed first has it. The
order within a week changes by die. An authority that is alone shares nothing and equals the single model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from simulation.actions import geography
from simulation.actions.places import IS_MARKET
from simulation.base.clock import NEVER
from simulation.base.codes import PlaceState
from simulation.model.childrens_services import ChildrensServices
from simulation.model.mesa_bridge import forget
from simulation.scenario import load

SEED_STEP = 1_000_003
COPIED = (
    "places",
    "blocked",
    "age_low",
    "age_high",
    "sibling_limit",
    "group_at_least",
    "complexity_limit",
    "price_gbp",
    "key",
    "identity",
    "opens_day",
)
LEVEL = ("state", "places", "blocked", "state_until_day")


@dataclass(frozen=True)
class Member:
    """One authority of a region: its scenario and the position of its centre in the region, in miles."""

    scenario: Any
    x_miles: float = 0.0
    y_miles: float = 0.0


@dataclass
class Link:
    """Places of ``owner`` that ``user`` may use: rows in both tables, side by side, and the places' identities."""

    owner: int
    user: int
    owner_rows: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    user_rows: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    identity: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))


class Market:
    """The market places that the authorities of a region compete for.

    models: the authorities; positions: their centres (miles, one row each); reach_miles: how far from its centre an
    authority looks for its neighbours' places. Places that an authority was offered nearby before it was told who its
    neighbours are stand for the same supply, so that as many empty ones of them are taken away.
    """

    def __init__(self, models: Sequence[ChildrensServices], positions: np.ndarray, reach_miles: float = 60.0):
        self.models, self.positions, self.reach_miles = list(models), np.asarray(positions, dtype=float), reach_miles
        pairs = [(owner, user) for user in range(len(models)) for owner in range(len(models)) if owner != user]
        self.links = [Link(owner, user) for owner, user in pairs]
        for link in self.links:
            self._extend(link)
            _make_room(self.models[link.user], int(self.models[link.owner].placements.places[link.owner_rows].sum()))

    def bring_into_step(self, user: int) -> None:
        """Before the week of one authority: its shared rows are as their owners left them, and its own know who lives there."""
        table = self.models[user].placements
        table.filled_by_neighbours[:] = 0
        for link in self.links:
            if link.owner == user:
                self._drop_dead(link)
                np.add.at(table.filled_by_neighbours, link.owner_rows, self.models[link.user].placements.filled[link.user_rows])
        for link in self.links:
            if link.user == user:
                self._drop_dead(link)
                self._extend(link)
                self._copy(link)

    def _extend(self, link: Link) -> None:
        """Rows for the owner's places within reach that the user does not know yet."""
        owner, user = self.models[link.owner], self.models[link.user]
        mine = owner.placements
        rows = np.flatnonzero(
            mine.present & IS_MARKET[mine.kind] & (mine.shared_from == NEVER) & ~mine.block & (mine.state != PlaceState.CLOSING)
        )
        rows = rows[~np.isin(mine.identity[rows], link.identity)]
        shift = self.positions[link.owner] - self.positions[link.user]
        x, y = mine.x_miles[rows] + shift[0], mine.y_miles[rows] + shift[1]
        near = np.hypot(x, y) <= self.reach_miles
        rows, x, y = rows[near], x[near], y[near]
        if len(rows) == 0:
            return
        made = user.placements.add(
            len(rows),
            kind=mine.kind[rows],
            state=mine.state[rows],
            x_miles=x,
            y_miles=y,
            outside=geography.is_outside(user, x, y),
            shared_from=link.owner,
            **{name: getattr(mine, name)[rows] for name in COPIED},
        )
        link.owner_rows, link.user_rows = np.concatenate([link.owner_rows, rows]), np.concatenate([link.user_rows, made])
        link.identity = np.concatenate([link.identity, mine.identity[rows]])

    def _drop_dead(self, link: Link) -> None:
        """Places that the owner has closed; nobody lives there any more."""
        mine, theirs = self.models[link.owner].placements, self.models[link.user].placements
        alive = mine.present[link.owner_rows] & (mine.identity[link.owner_rows] == link.identity)
        if not alive.all():
            theirs.free(link.user_rows[~alive])
            link.owner_rows, link.user_rows, link.identity = link.owner_rows[alive], link.user_rows[alive], link.identity[alive]

    def _copy(self, link: Link) -> None:
        """The owner's state, and everyone who lives there but the user's own children."""
        mine, theirs = self.models[link.owner].placements, self.models[link.user].placements
        for name in LEVEL:
            getattr(theirs, name)[link.user_rows] = getattr(mine, name)[link.owner_rows]
        total = mine.filled[link.owner_rows] + mine.filled_by_others[link.owner_rows] + mine.staying_put[link.owner_rows]
        for other in self.links:
            if other.owner == link.owner and other.user != link.user:
                here = np.zeros(mine.size, dtype=np.int64)
                np.add.at(here, other.owner_rows, self.models[other.user].placements.filled[other.user_rows])
                total = total + here[link.owner_rows]
        theirs.filled_by_others[link.user_rows] = total
        lived = total + theirs.filled[link.user_rows] + theirs.staying_put[link.user_rows]
        theirs.places[link.user_rows] = np.maximum(theirs.places[link.user_rows], lived)
        theirs.blocked[link.user_rows] = np.minimum(theirs.blocked[link.user_rows], theirs.places[link.user_rows] - lived)


def _make_room(model: ChildrensServices, places: int) -> None:
    """Take away as many places nearby, outside the boundary, as neighbours now bring; only where none of ours live."""
    table = model.placements
    rows = np.flatnonzero(
        table.present & IS_MARKET[table.kind] & (table.shared_from == NEVER) & table.outside & (table.filled == 0)
    )
    rows = rows[geography.ring_of(model, table.x_miles[rows], table.y_miles[rows]) == geography.NEAR]
    rows = rows[np.argsort(table.key[rows], kind="stable")]
    gone = rows[: int(np.searchsorted(np.cumsum(table.places[rows]), places, side="right"))]
    if len(gone):
        table.free(gone)


def run_with_neighbours(
    scenario: Any,
    replication: int,
    seed: int,
    weeks: int | None,
    events: bool,
    progress: Callable[[int, int], None] | None,
) -> dict[str, pd.DataFrame]:
    """One replication of a scenario that names its neighbours: all step together, and the tables are its own."""
    members = [Member(scenario), *(Member(load(file), x, y) for file, x, y in scenario.neighbour_files)]
    weeks = scenario.weeks if weeks is None else weeks
    region = Region(members, replication, seed, weeks, events=events)
    try:
        for week in range(weeks):
            region.step()
            if progress:
                progress(week + 1, weeks)
        return region.models[0].outputs()
    finally:
        region.close()


class Region:
    """Authorities that step together.

    members: who and where; replication, seed, weeks: as for one model (the first member has exactly the random numbers of a
    model that is alone; the others their own). ``step`` is one week of all; ``outputs`` the tables of each by name.
    """

    def __init__(self, members: Sequence[Member], replication: int = 1, seed: int = 0, weeks: int | None = None, **options: Any):
        self.members = list(members)
        self.models = [
            ChildrensServices(member.scenario, replication, seed + SEED_STEP * i, weeks, **options)
            for i, member in enumerate(members)
        ]
        self.weeks = min(model.weeks for model in self.models)
        self.market = Market(self.models, np.array([[member.x_miles, member.y_miles] for member in members]))
        self.week = 0

    def step(self) -> None:
        """One week; whose search comes first changes from week to week."""
        self.week += 1
        first = self.models[0].dice
        turn = (
            [first.one("turn in the region", i, when=self.week) for i in range(len(self.models))]
            if len(self.models) > 1
            else [0.0]
        )
        for i in np.argsort(turn).tolist():
            self.market.bring_into_step(i)
            self.models[i].step()

    def run(self) -> dict[str, dict[str, pd.DataFrame]]:
        """All weeks, then each authority's tables by its name."""
        try:
            for _ in range(self.weeks):
                self.step()
            return self.outputs()
        finally:
            self.close()

    def close(self) -> None:
        """Let the models go."""
        for model in self.models:
            forget(model)

    @property
    def names(self) -> list[str]:
        """A name for each authority: its scenario's, numbered where two are the same."""
        ids = [member.scenario.id for member in self.members]
        return [name if name not in ids[:i] else f"{name} {ids[: i + 1].count(name)}" for i, name in enumerate(ids)]

    def outputs(self) -> dict[str, dict[str, pd.DataFrame]]:
        """Each authority's tables, by its name."""
        return {name: model.outputs() for name, model in zip(self.names, self.models, strict=True)}
