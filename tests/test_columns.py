"""The store: rows handed out and used again, growth, the write lock, and Mesa's idioms over columns."""

from __future__ import annotations

import mesa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from simulation.base.clock import NEVER
from simulation.base.codes import Stage
from simulation.base.columns import Column, Fact, Table, among, gathered, groups, stretches
from simulation.model import ChildrensServices
from simulation.model.mesa_bridge import AgentsInStep, RowAgent

COLUMNS = (
    Column("age", "int16", 0, "age", "years"),
    Column("due_day", "int32", NEVER, "day due", "day number"),
    Column("seen_day", "int32", NEVER, "day seen", "day number"),
    Column("risk", "float32", 0.5, "risk"),
    Column("here", bool, True, "is here"),
    Column("hours", "float32", 2.0, "hours of each duty", "hours", width=3),
)
EMPTY = {"age": 0, "due_day": NEVER, "seen_day": NEVER, "risk": 0.5, "here": True, "hours": [2.0, 2.0, 2.0]}


def table(capacity: int = 2) -> Table:
    return Table(COLUMNS, capacity)


def row_of(store: Table, row: int) -> dict:
    return {name: getattr(store, name)[row].tolist() for name in EMPTY}


# ---- rows


def test_a_new_row_is_empty_but_for_the_facts_given():
    store = table()
    rows = store.add(3, age=[4, 5, 6], risk=0.25)
    assert rows.tolist() == [0, 1, 2]
    assert row_of(store, 1) == EMPTY | {"age": 5, "risk": 0.25}
    assert len(store) == 3


def test_a_row_given_back_is_used_again_and_empty():
    store = table()
    store.add(3, age=9, due_day=100, here=False, hours=[1, 2, 3])
    store.free(np.array([1]))
    assert store.rows.tolist() == [0, 2]
    assert store.add(1, age=1).tolist() == [1]
    assert row_of(store, 1) == EMPTY | {"age": 1}
    assert row_of(store, 2)["hours"] == [1, 2, 3]


def test_adding_nobody_changes_nothing():
    store = table()
    assert len(store.add(0, age=np.empty(0))) == 0
    assert store.size == len(store) == 0


def test_growth_keeps_what_is_there():
    store = table(capacity=1)
    for age in range(300):
        store.add(1, age=age, hours=[age, 0, 0])
    assert store.age[store.rows].tolist() == list(range(300))
    assert store.hours[store.rows, 0].tolist() == list(range(300))
    assert (store.due_day[store.rows] == NEVER).all()


def test_columns_of_large_tables_have_a_few_rows_ready():
    """So that the arrays are not made anew with every row; those rows are empty and hold nobody."""
    store = table()
    store.add(5000, age=7)
    ready = np.arange(5000, store.size)
    assert 0 < len(ready) < 5000 / 32
    assert not store.present[ready].any()
    assert (store.age[ready] == 0).all()
    column = store.age
    store.add(len(ready), age=8)
    assert np.shares_memory(column, store.age)
    assert len(store) == store.size


def test_memory_follows_those_present_and_not_all_who_came():
    store = table(capacity=8)
    for _ in range(200):
        store.free(store.add(8, age=1))
    assert store.size == 8


def test_an_unknown_fact_is_refused():
    store = table()
    with pytest.raises(KeyError, match="no such column: aeg"):
        store.add(1, aeg=3)


def test_a_column_may_be_declared_later():
    store = table()
    rows = store.add(2)
    store.declare(Column("mood", "int8", 5, "mood"))
    assert store.mood[rows].tolist() == [5, 5]
    store.mood[rows] = 1
    store.free(rows)
    assert store.mood[store.add(1)].tolist() == [5]


def test_reset_empties_some_columns_of_some_rows():
    store = table()
    rows = store.add(3, age=9, due_day=100, seen_day=50, hours=[1, 2, 3])
    store.reset(rows[:2], ("due_day", "hours", "here"))
    assert row_of(store, 0) == EMPTY | {"age": 9, "seen_day": 50}
    assert row_of(store, 2) == EMPTY | {"age": 9, "due_day": 100, "seen_day": 50, "hours": [1, 2, 3]}


def test_copies_are_kept_when_rows_change():
    store = table()
    rows = store.add(2, age=[3, 4], due_day=[7, 8], risk=0.75)
    kept = store.copies(rows[::-1], ("due_day", "age", "risk"), seen=np.array([1, 2]))
    store.age[rows] = 0
    store.due_day[rows] = 0
    assert {name: values.tolist() for name, values in kept.items()} == {
        "age": [4, 3], "due_day": [8, 7], "risk": [0.75, 0.75], "seen": [1, 2],
    }  # fmt: skip
    assert len(kept) == 4
    assert kept["age"].dtype == np.int16


@given(st.lists(st.integers(-1, 20)), st.lists(st.integers(-1, 20)))
def test_among_asks_of_each_value_whether_it_is_one_of_these(values, these):
    answer = among(np.array(values, dtype=np.int64), np.array(these, dtype=np.int64))
    assert answer.tolist() == [value in these for value in values]


@given(st.lists(st.integers(-3, 3)))
def test_groups_are_numpys_unique_values(values):
    values = np.array(values, dtype=np.int64)
    _, first, which = np.unique(values, return_index=True, return_inverse=True)
    told = groups(values)
    assert told[0].tolist() == first.tolist()
    assert told[1].tolist() == which.tolist()


class AgainstADictionary(RuleBasedStateMachine):
    """Any order of adding, freeing, writing and resetting agrees with a dictionary of rows."""

    @initialize()
    def begin(self):
        self.store, self.twin = table(), {}

    @rule(count=st.integers(0, 5), age=st.integers(0, 99), hours=st.floats(0, 9, width=16))
    def add(self, count, age, hours):
        for row in self.store.add(count, age=age, hours=hours).tolist():
            assert row not in self.twin
            self.twin[row] = EMPTY | {"age": age, "hours": [hours] * 3}

    def some(self, data) -> list[int]:
        return data.draw(st.lists(st.sampled_from(sorted(self.twin)), unique=True, max_size=5)) if self.twin else []

    @rule(data=st.data())
    def free(self, data):
        rows = self.some(data)
        self.store.free(np.array(rows, dtype=np.intp))
        for row in rows:
            del self.twin[row]

    @rule(data=st.data(), day=st.integers(0, 999))
    def write(self, data, day):
        rows = self.some(data)
        self.store.due_day[rows] = day
        for row in rows:
            self.twin[row]["due_day"] = day

    @rule(data=st.data())
    def reset(self, data):
        rows = self.some(data)
        self.store.reset(np.array(rows, dtype=np.intp), ("age", "due_day"))
        for row in rows:
            self.twin[row] |= {"age": 0, "due_day": NEVER}

    @invariant()
    def agree(self):
        assert self.store.rows.tolist() == sorted(self.twin)
        assert len(self.store) == len(self.twin)
        assert {row: row_of(self.store, row) for row in self.twin} == self.twin


TestAgainstADictionary = AgainstADictionary.TestCase
TestAgainstADictionary.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)


# ---- the write lock


def test_only_named_columns_may_be_written_within_the_lock():
    store = table()
    rows = store.add(2)
    with store.writing(["age"]):
        store.age[rows] = 3
        with pytest.raises(ValueError, match="read-only"):
            store.due_day[rows] = 3
        with pytest.raises(ValueError, match="read-only: seen_day"):
            store.reset(rows, ("age", "seen_day"))
    store.due_day[rows] = 4
    assert row_of(store, 0) == EMPTY | {"age": 3, "due_day": 4}


def test_rows_may_be_added_within_the_lock():
    store = table(capacity=1)
    with store.writing([]):
        rows = store.add(3, age=5)
        with pytest.raises(ValueError, match="read-only"):
            store.age[rows] = 6
    assert store.age[rows].tolist() == [5, 5, 5]


def test_the_lock_opens_when_a_rule_fails():
    store = table()
    rows = store.add(1)
    with pytest.raises(RuntimeError), store.writing([]):
        raise RuntimeError
    store.age[rows] = 1


# ---- Mesa's idioms


class Visitor(RowAgent):
    """An agent of the table."""


for column in COLUMNS:
    if not column.width:
        setattr(Visitor, column.name, Fact(column.name))


@pytest.fixture
def peopled() -> tuple[mesa.Model, Table, AgentsInStep]:
    model, store = mesa.Model(seed=1), table()
    store.add(6, age=[1, 2, 3, 4, 5, 6], risk=[0.5, 0.25, 0.5, 0.25, 0.5, 0.25])
    in_step = AgentsInStep(model, {"visitor": (store, Visitor)})
    in_step.touch()
    return model, store, in_step


def test_agents_read_and_write_their_row(peopled):
    model, store, _ = peopled
    agent = model.agents_by_type[Visitor].select(lambda visitor: visitor.age == 4)[0]
    agent.due_day = 77
    store.risk[agent.row] = 0.125
    assert store.due_day[agent.row] == 77
    assert agent.risk == 0.125
    assert type(agent.age) is int
    assert type(agent.here) is bool


def test_a_facts_dates_are_told_as_dates(peopled):
    model, _, _ = peopled
    agent = model.agents_by_type[Visitor][0]
    agent.due_day = 18321
    assert agent.facts()["due_day"].isoformat() == "2020-02-29"
    assert agent.facts()["seen_day"] is None


def test_agent_sets_agree_with_columns(peopled):
    model, store, _ = peopled
    visitors = model.agents_by_type[Visitor]
    assert visitors.agg("age", sum) == store.age[store.rows].sum()
    assert visitors.groupby("risk").count() == {0.5: 3, 0.25: 3}
    assert [visitor.age for visitor in visitors.sort("age", ascending=False)] == [6, 5, 4, 3, 2, 1]
    visitors.set("seen_day", 9)
    assert (store.seen_day[store.rows] == 9).all()
    visitors.select(lambda visitor: visitor.age > 4).do(lambda visitor: setattr(visitor, "here", False))
    assert store.here[store.rows].tolist() == [True] * 4 + [False] * 2


@given(st.lists(st.one_of(st.integers(1, 4), st.integers(-6, -1)), max_size=12))
def test_agents_are_kept_in_step(changes):
    model, store = mesa.Model(seed=1), table()
    in_step = AgentsInStep(model, {"visitor": (store, Visitor)})
    in_step.touch()
    for change in changes:
        if change > 0:
            store.add(change, age=change)
        else:
            store.free(store.rows[change:])
        agents = model.agents_by_type.get(Visitor, [])
        assert sorted(agent.row for agent in agents) == store.rows.tolist()
        assert all(agent.age == store.age[agent.row] for agent in agents)
        assert in_step.made is not None
        assert sorted(in_step.made["visitor"]) == store.rows.tolist()


def test_the_collector_tells_of_columns_and_agents_alike():
    model = ChildrensServices("england_typical", weeks=3)
    collector = mesa.DataCollector(
        model_reporters={
            "columns": lambda m: int((m.children.stage[m.children.rows] == Stage.PROTECTION_PLAN).sum()),
            "agents": lambda m: len(m.agents.select(lambda agent: getattr(agent, "stage", None) == Stage.PROTECTION_PLAN)),
        }
    )
    for _ in range(3):
        model.step()
        collector.collect(model)
    told = collector.get_model_vars_dataframe()
    assert len(told) == 3
    assert (told["columns"] == told["agents"]).all()
    assert (told["columns"] > 0).all()


def test_stretches_are_where_values_change_and_how_long_they_stay():
    first, length = stretches(np.array([4, 4, 7, 2, 2, 2]))
    assert first.tolist() == [0, 2, 3] and length.tolist() == [2, 1, 3]
    assert [part.tolist() for part in stretches(np.array([9]))] == [[0], [1]]


def test_copies_are_gathered_in_the_order_they_were_made():
    table = Table([Column("age", "int32", 0, "years"), Column("known", bool, False, "known")])
    rows = table.add(3, age=np.array([5, 6, 7]), known=np.array([True, False, True]))
    parts = [table.copies(some, ("age", "known"), end=some) for some in (rows[:2], rows[:0], rows[2:])]
    every = gathered(parts)
    assert every["age"].tolist() == [5, 6, 7] and every["known"].tolist() == [True, False, True] and every["end"].tolist() == [0, 1, 2]
