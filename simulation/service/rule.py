"""The shape of a rule: one sentence, what it reads and writes, where it comes from, and a step."""

from __future__ import annotations

from typing import ClassVar

from simulation.service.state import State


class Rule:
    """The first line of a rule's docstring is its sentence.

    reads, writes: columns as ``table.column`` (``table.*`` for all, ``authority`` for the authority's own facts);
    in tests a rule that writes a column it did not declare fails. source: law, guidance or evidence.
    """

    reads: ClassVar[tuple[str, ...]] = ()
    writes: ClassVar[tuple[str, ...]] = ()
    source: ClassVar[str] = ""

    def start(self, state: State) -> None:
        """Prepare once, when the starting state is there."""

    def step(self, state: State) -> None:
        """Do one week."""
        raise NotImplementedError

    @classmethod
    def sentence(cls) -> str:
        """The rule in one sentence."""
        return (cls.__doc__ or "").strip().split("\n\n")[0].replace("\n    ", " ")
