"""The store: a growing table of NumPy columns, the write lock, and the view of one row.

A :class:`Table` holds one array a column, each as long as the table's capacity. Rows are handed out by
:meth:`Table.add` and given back by :meth:`Table.free`; a row that is given back is used again, so memory follows
the number of open cases and not of everyone who ever came. Always take a column from the table afresh: an array
kept from before an ``add`` may be stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

FEW = 6
"""So few numbers are sooner looked for one after another."""


def among(values: np.ndarray, these: np.ndarray) -> np.ndarray:
    """Whether each of ``values`` is one of ``these`` (whole numbers, best few): one search in their order."""
    if len(these) <= FEW:
        found = np.zeros(len(values), dtype=bool)
        for this in these.tolist():
            found |= values == this
        return found
    order = np.sort(these)
    return order[np.minimum(order.searchsorted(values), len(order) - 1)] == values


def groups(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each different value first stands, in order of value; and the number of its group for each entry."""
    order = values.argsort(kind="stable")
    first = begins(values[order])
    group = np.empty(len(values), dtype=np.intp)
    group[order] = first.cumsum() - 1
    return order[first], group


def begins(ordered: np.ndarray) -> np.ndarray:
    """Whether each of ``ordered`` (like values side by side) differs from the one before; the first always does."""
    new = np.empty(len(ordered), dtype=bool)
    new[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return new


def stretches(ordered: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each stretch of like values (at least one) begins, and how long it is."""
    first = begins(ordered).nonzero()[0]
    length = np.empty_like(first)
    np.subtract(first[1:], first[:-1], out=length[:-1])
    length[-1] = len(ordered) - first[-1]
    return first, length


@dataclass(frozen=True)
class Column:
    """A declared fact: its type, its value before anything has happened, unit and one-line meaning.

    ``width`` above zero makes it a small row of numbers for each agent (one for each duty, say).
    """

    name: str
    dtype: type | str
    empty: Any
    meaning: str
    unit: str = ""
    width: int = 0


class Table:
    """Rows of facts about one kind of agent.

    columns: the declarations. ``table.<name>`` is the live array of length ``table.size`` (rows ever used so far, and
    a few that are ready for use); ``table.present`` says which rows hold an agent. Columns of one breadth in bytes lie
    together in one block, so that a row is made empty in a handful of strokes.
    """

    def __init__(self, columns: Iterable[Column], capacity: int = 1024):
        self.declared = {column.name: column for column in columns}
        self.declared["present"] = Column("present", bool, False, "the row holds an agent")
        self.size = self._used = 0
        self._free: list[int] = []
        self._store: dict[str, np.ndarray] = {}
        self._locked: frozenset[str] = frozenset()
        self._groups: dict[tuple[str, ...], _Group] = {}
        self.on_add: list = []
        self.on_free: list = []
        self._capacity = capacity
        self._blocks = [_Block(group, capacity) for group in _by_breadth(self.declared.values())]
        self._store_columns()

    def declare(self, column: Column) -> None:
        """Add a column after the table was made (a new duty, an added rule)."""
        self.declared[column.name] = column
        self._blocks.append(_Block([column], self._capacity))
        self._groups.clear()
        self._store_columns()

    def _expose(self) -> None:
        """Show each column as an attribute: as many rows as the table has now, read-only if it is locked."""
        shown = self.__dict__
        for name, array in self._store.items():
            shown[name] = array[: self.size]
        for name in self._locked:
            shown[name].flags.writeable = False

    def _store_columns(self) -> None:
        for block in self._blocks:
            self._store.update(block.columns())
        self._expose()

    if TYPE_CHECKING:  # columns become attributes when they are declared

        def __getattr__(self, name: str) -> Any: ...

    def __len__(self) -> int:
        return int(np.count_nonzero(self._store["present"][: self.size]))

    def add(self, count: int, **facts: Any) -> np.ndarray:
        """Make ``count`` rows, set ``facts`` (scalars or arrays of that length), and return the row numbers."""
        if count == 0:
            return np.empty(0, dtype=np.intp)
        reused = self._free[-count:][::-1]
        del self._free[-count:]
        fresh = range(self._used, self._used + count - len(reused))
        rows = np.array([*reused, *fresh], dtype=np.intp)
        self._used += len(fresh)
        if self._used > self.size:
            self._grow()
        self._write(rows, facts)
        for listener in self.on_add:
            listener(rows)
        return rows

    def _write(self, rows: np.ndarray, facts: dict[str, Any]) -> None:
        if not facts.keys() <= self.declared.keys():
            raise KeyError(f"no such column: {', '.join(sorted(facts.keys() - self.declared.keys()))}")
        for block in self._blocks:
            block.empty(rows)
        for name, values in facts.items():
            self._store[name][rows] = values
        self._store["present"][rows] = True

    def _grow(self) -> None:
        """Make room for the rows in use, and for a few more so that this is seldom."""
        self.size = self._used + self._used // 1024 * 16
        if self.size > self._capacity:
            self._capacity = max(self.size, 2 * self._capacity)
            for block in self._blocks:
                block.lengthen(self._capacity)
            self._store_columns()
        else:
            self._expose()

    def reset(self, rows: np.ndarray, names: tuple[str, ...]) -> None:
        """Make these columns of the rows empty again, as before anything happened. Raises ValueError if one is locked."""
        locked = self._locked.intersection(names)
        if locked:
            raise ValueError(f"read-only: {', '.join(sorted(locked))}")
        group = self._grouped(names)
        for (block, which), empties in zip(group.parts, group.empties, strict=True):
            block.array[which, rows] = empties

    def copies(self, rows: np.ndarray, names: tuple[str, ...], **more: np.ndarray) -> Copies:
        """Copies of these columns at the rows, by name, with ``more`` facts about the same rows beside them."""
        group = self._grouped(names)
        return Copies(group, [block.array[which, rows] for block, which in group.parts], more)

    def _grouped(self, names: tuple[str, ...]) -> _Group:
        if names not in self._groups:
            self._groups[names] = _Group(self._blocks, names)
        return self._groups[names]

    def free(self, rows: np.ndarray) -> None:
        """Give rows back; their agents are gone."""
        for listener in self.on_free:
            listener(rows)
        self._store["present"][rows] = False
        self._free.extend(rows.tolist())

    @property
    def rows(self) -> np.ndarray:
        """Row numbers that hold an agent."""
        return np.flatnonzero(self._store["present"][: self.size])

    @contextmanager
    def writing(self, names: Iterable[str]):
        """Within this block only the named columns may be written: NumPy itself refuses the others."""
        self._locked = frozenset(self._store) - frozenset(names) - {"present"}
        self._expose()
        try:
            yield
        finally:
            self._locked = frozenset()
            self._expose()


class _Block:
    """Columns of one breadth in bytes: ``array[i]`` holds the bits of the i-th column."""

    def __init__(self, columns: list[Column], capacity: int):
        self.types = {column.name: np.dtype(column.dtype) for column in columns}
        self.bits = np.dtype(f"u{np.dtype(columns[0].dtype).itemsize}")
        shape = (1, columns[0].width) if columns[0].width else (1,)
        self.empties = np.array([np.full(shape, column.empty, column.dtype).view(self.bits) for column in columns])
        self.array = np.repeat(self.empties, capacity, axis=1)

    def columns(self) -> Iterable[tuple[str, np.ndarray]]:
        """Each column by name, at full capacity."""
        return ((name, bits.view(dtype)) for (name, dtype), bits in zip(self.types.items(), self.array, strict=True))

    def empty(self, rows: np.ndarray) -> None:
        """Make these rows empty."""
        self.array[:, rows] = self.empties

    def lengthen(self, capacity: int) -> None:
        """Have room for ``capacity`` rows."""
        more = np.repeat(self.empties, capacity - self.array.shape[1], axis=1)
        self.array = np.concatenate([self.array, more], axis=1)


def _by_breadth(columns: Iterable[Column]) -> list[list[Column]]:
    """The columns in groups of one breadth in bytes and one width."""
    groups: dict[tuple[int, int], list[Column]] = {}
    for column in columns:
        groups.setdefault((np.dtype(column.dtype).itemsize, column.width), []).append(column)
    return list(groups.values())


class _Group:
    """Some columns: the blocks that hold them, each with their places in it (as a column of numbers)."""

    def __init__(self, blocks: list[_Block], names: tuple[str, ...]):
        within = [(block, [i for i, name in enumerate(block.types) if name in names]) for block in blocks]
        self.parts = [(block, np.array(which)[:, None]) for block, which in within if which]
        self.empties = [block.empties[which[:, 0]] for block, which in self.parts]
        self.at = {
            name: (part, i, block.types[name])
            for part, (block, _) in enumerate(self.parts)
            for i, name in enumerate(name for name in block.types if name in names)
        }


class Copies(Mapping[str, np.ndarray]):
    """Columns copied at some rows, by name; each is a view into what was copied in a handful of strokes."""

    def __init__(self, group: _Group, parts: list[np.ndarray], more: dict[str, np.ndarray]):
        self._group, self._parts, self._more = group, parts, more

    def __getitem__(self, name: str) -> np.ndarray:
        if name in self._more:
            return self._more[name]
        part, i, dtype = self._group.at[name]
        return self._parts[part][i].view(dtype)

    def __iter__(self) -> Iterator[str]:
        return chain(self._group.at, self._more)

    def __len__(self) -> int:
        return len(self._group.at) + len(self._more)


def gathered(parts: Sequence[Copies]) -> Copies:
    """Copies of the same columns (at least one), one after another."""
    first = parts[0]
    blocks = [np.concatenate(some, axis=1) for some in zip(*(part._parts for part in parts), strict=True)]
    more = {name: np.concatenate([part._more[name] for part in parts]) for name in first._more}
    return Copies(first._group, blocks, more)


class Fact:
    """An attribute of a Mesa agent that lives in a column of the agent's table."""

    def __init__(self, name: str):
        self.name = name

    def __get__(self, agent: Any, owner: type | None = None) -> Any:
        if agent is None:
            return self
        return getattr(agent.table, self.name)[agent.row].item()

    def __set__(self, agent: Any, value: Any) -> None:
        getattr(agent.table, self.name)[agent.row] = value
