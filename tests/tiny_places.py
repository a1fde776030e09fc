"""A stand-in for the model with children and places only, laid out by hand."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import numpy as np

from simulation.base.clock import Clock
from simulation.base.codes import Kind, Legal, PlaceState, SiblingPlan, Stage
from simulation.base.columns import Table
from simulation.base.dice import Dice
from simulation.base.tally import EventLog, Tally
from simulation.service import facts
from simulation.service.authority import AuthorityState
from simulation.service.book import Book
from simulation.service.duty_table import DutyTable
from simulation.service.ledger import Ledger
from simulation.settings import Parameters

PLACEMENT_KEY = 7


class World(SimpleNamespace):
    """A stand-in for the model."""

    @property
    def in_care(self) -> np.ndarray:
        """Rows of the children looked after."""
        return np.flatnonzero(self.children.present & (self.children.stage == Stage.LOOKED_AFTER))


def tiny(replication: int = 1, **settings) -> World:
    """An authority without a soul or a place; ``settings`` are given as ``section__name=value``."""
    parameters = Parameters()
    for name, value in {"placing__kin_chance": 0.0, **settings}.items():
        section, setting = name.split("__")
        assert setting in type(getattr(parameters, section)).model_fields
        setattr(getattr(parameters, section), setting, value)
    owed: list[tuple[np.ndarray, np.ndarray]] = []
    model = World(
        p=parameters, weeks=520, replication=replication, clock=Clock(dt.date(2020, 2, 29)), dice=Dice(1, replication), tally=Tally(520),
        log=EventLog(False), authority=AuthorityState(), book=Book(), ledger=Ledger(), owed=owed,
        time=SimpleNamespace(owe=lambda workers, hours: owed.append((workers, np.broadcast_to(hours, workers.shape)))),
    )  # fmt: skip
    model.duties = DutyTable(parameters.casework.duties)
    model.children = Table((*facts.CHILD, *model.duties.columns()))
    model.workers = Table(facts.SOCIAL_WORKER)
    model.teams = Table(facts.TEAM)
    model.placements = Table(facts.PLACEMENT)
    model.clock.advance()
    return model


def next_week(model: World) -> None:
    """Close this week and begin the next."""
    model.tally.close_week(model.clock.week)
    model.clock.advance()


def add_places(model: World, count: int = 1, **facts) -> np.ndarray:
    """Own carers with one place in the middle of the authority, unless ``facts`` say otherwise."""
    first = int(model.placements.identity.max(initial=0)) + 1
    identity = np.arange(first, first + count)
    given = {
        "kind": Kind.FOSTER_OWN, "state": PlaceState.AVAILABLE, "x_miles": 0.0, "y_miles": 0.0, "places": 1, "age_low": 0.0, "age_high": 17.0,
        "sibling_limit": 6, "complexity_limit": 1.0, "price_gbp": 400.0, "opens_day": 0,
    } | facts  # fmt: skip
    return model.placements.add(count, key=model.dice.keys(PLACEMENT_KEY, identity), identity=identity, **given)


def add_children(model: World, count: int = 1, years: float = 7.0, entering: bool = True, **facts) -> np.ndarray:
    """Children coming into care today who need a place; each of a family of their own unless ``family`` is given."""
    first = int(model.children.identity.max(initial=0)) + 1
    identity = np.arange(first, first + count)
    given = {
        "family": identity, "birth_day": model.clock.day - (365.25 * np.asarray(years)).astype(np.int32), "stage": Stage.LOOKED_AFTER, "legal": Legal.VOLUNTARY,
        "care_day": model.clock.first_day, "n_periods": 1, "searching": entering, "search_day": model.clock.first_day, "complexity": 0.3,
        "sibling_plan": SiblingPlan.TOGETHER,
    } | facts  # fmt: skip
    family = np.broadcast_to(given["family"], identity.shape)
    return model.children.add(count, key=model.dice.keys(1, identity), identity=identity, family_key=model.dice.keys(family), **given)


def surely(**settings) -> dict[str, float]:
    """Settings under which every carer whose approval fits says yes at once."""
    return {
        "placing__own_acceptance": 1.0, "placing__agency_acceptance": 1.0, "placing__home_acceptance": 1.0, "placing__supported_acceptance": 1.0,
        "placing__foster_acceptance_at_high_complexity": 1.0, "placing__teenager_acceptance_ratio": 1.0, "placing__relaxing_per_week": 0.0,
        "placing__bridging_share": 0.0, **settings,
    }  # fmt: skip


def check_conserved(model: World) -> None:
    """Every child in care is in exactly one place or an emergency night; no place holds more than it has."""
    children, table = model.children, model.placements
    rows = np.flatnonzero(children.present & (children.stage == Stage.LOOKED_AFTER))
    kind, home = children.kind[rows], children.placement[rows]
    assert ((home >= 0) == ((kind != Kind.NONE) & (kind != Kind.UNREGISTERED))).all()
    assert table.present[home[home >= 0]].all()
    assert (np.bincount(home[home >= 0], minlength=table.size) == np.where(table.present, table.filled, 0)).all()
    taken = table.filled + table.filled_by_others + table.filled_by_neighbours + table.staying_put
    here = table.present
    assert (taken[here] + table.blocked[here] <= table.places[here]).all()
    assert (table.filled[here] >= 0).all() and (table.filled_by_others[here] >= 0).all()
