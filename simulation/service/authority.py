"""The authority's own facts: leaders, programme, restructure, posts, the labour pool."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from simulation.base.clock import NEVER
from simulation.base.codes import words
from simulation.base.dice import Dice

SLOTS_FROM = 100_000
"""Agency posts are numbered from here, permanent posts from 0."""
HOLDERS = 1_000
"""A worker's identity is the number of the post times this, plus the number of the holder."""
POST_DIE, TEAM_DIE, LEADER_DIE = 7001, 7002, 7003


@words
class Held(IntEnum):
    """How a leader's or manager's post is held."""

    PERMANENT = 0
    INTERIM = 1
    VACANT = 2


@dataclass
class Leader:
    """A senior post. ``until_day`` is when the permanent leader leaves or the next one comes (NEVER: not known)."""

    name: str
    number: int
    held: Held = Held.PERMANENT
    nth: int = 0
    since_day: int = NEVER
    until_day: int = NEVER
    dates_used: set[int] = field(default_factory=set)


class Posts:
    """Numbered posts: who holds each, how many have held it, and who has been appointed.

    first: number of the first post; ``held``: how many have a holder. ``holder`` is a worker's row or NEVER;
    ``starts_day`` the first day of the person appointed or NEVER. Posts are only ever added; those beyond the
    establishment are left empty.
    """

    def __init__(self, first: int = 0):
        self.first = first
        self.held = 0
        self.holder = np.empty(0, dtype=np.int32)
        self.nth = np.empty(0, dtype=np.int32)
        self.starts_day = np.empty(0, dtype=np.int32)
        self.newly_qualified = np.empty(0, dtype=bool)
        self.case_holding = np.empty(0, dtype=bool)
        self.key = np.empty(0, dtype=np.uint64)

    def __len__(self) -> int:
        return len(self.holder)

    def grow(self, dice: Dice, count: int, case_holder_share: float) -> None:
        """Have at least ``count`` posts; ``case_holder_share`` of the new ones hold cases, evenly spread."""
        number = np.arange(len(self), count)
        if not len(number):
            return
        never = np.full(len(number), NEVER, dtype=np.int32)
        holds = np.floor((number + 1) * case_holder_share) > np.floor(number * case_holder_share)
        self.holder = np.concatenate([self.holder, never])
        self.starts_day = np.concatenate([self.starts_day, never])
        self.nth = np.concatenate([self.nth, np.zeros(len(number), dtype=np.int32)])
        self.newly_qualified = np.concatenate([self.newly_qualified, np.zeros(len(number), dtype=bool)])
        self.case_holding = np.concatenate([self.case_holding, holds])
        self.key = np.concatenate([self.key, dice.keys(POST_DIE, number + self.first)])


@dataclass
class AuthorityState:
    """What is true of the authority this week (the ``Authority`` of the model)."""

    # leadership
    leaders: list[Leader] = field(default_factory=list)
    leader_gap: float = 0.0
    """Senior posts without a permanent leader; an interim leader counts as ``leadership.interim_counts``."""
    all_permanent_from_day: int = NEVER
    """Day from which every senior post has had a permanent leader; NEVER while one has not."""
    programme: float = 0.0
    """Progress of the improvement programme, 0 to 1."""
    gate_attention: float = 1.0
    """Pace of panels and decision makers that the programme brings."""
    restructuring: bool = False
    restructure_hours: float = 1.0
    """Share of case hours left by the restructure."""
    # workforce
    posts: Posts = field(default_factory=Posts)
    agency_posts: Posts = field(default_factory=lambda: Posts(SLOTS_FROM))
    experienced_pool: float = 0.0
    newly_qualified_pool: float = 0.0
    autumn: int = NEVER
    """Year of the latest autumn cohort."""
    hiring_frozen: bool = False
    """No new permanent appointments (set by the budget's rule)."""
    agency_limit_fte: float = float("inf")
    """Most agency workers that the budget's rule allows, besides ``workforce.agency_cap_fte``."""
    worker_spells: list[tuple] = field(default_factory=list)
    """One record for each worker who has left (``staffing.SPELL``)."""
