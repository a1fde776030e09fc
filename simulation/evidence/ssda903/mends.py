"""What was dropped, changed or doubted in a return, and why: said aloud, never done in silence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

DROPPED, CHANGED, DOUBTED, NOTED = "dropped", "changed", "doubted", "noted"
NOT_A_TABLE = "not a table of the return: left out"


@dataclass(frozen=True)
class Mend:
    """One mend. ``row`` is the line of the file as a spreadsheet shows it (0: the whole file or return).

    ``what`` is one of ``dropped``, ``changed``, ``doubted`` and ``noted``; ``why`` is the kind of fault and is the
    same text for every mend of that kind, so that kinds can be counted. Values of personal columns are never quoted.
    """

    file: str
    row: int
    column: str
    what: str
    why: str

    def __str__(self) -> str:
        place = f"{self.file}: row {self.row}" if self.row else self.file
        return f"{place}: {self.column}: {self.what}: {self.why}" if self.column else f"{place}: {self.what}: {self.why}"


@dataclass
class Mends:
    """The list of mends of one reading, in the order they were made."""

    made: list[Mend] = field(default_factory=list)

    def add(self, file: str, row: int, column: str, what: str, why: str) -> None:
        """One mend."""
        self.made.append(Mend(str(file), int(row), column, what, why))

    def rows(self, frame: pd.DataFrame, column: str, what: str, why: str) -> None:
        """The same mend for every row of ``frame``, which carries columns ``FILE`` and ``ROW``."""
        places = zip(frame["FILE"], frame["ROW"], strict=True)
        self.made.extend(Mend(str(file), int(row), column, what, why) for file, row in places)

    def extend(self, mends: Iterable[Mend]) -> None:
        """Mends made elsewhere."""
        self.made.extend(mends)

    def counts(self) -> pd.DataFrame:
        """How many mends of each kind: columns ``what``, ``column``, ``why``, ``count``; commonest first."""
        if not self.made:
            return pd.DataFrame({"what": [], "column": [], "why": [], "count": []})
        table = pd.DataFrame([(mend.what, mend.column, mend.why) for mend in self.made], columns=["what", "column", "why"])
        return table.value_counts(sort=True).rename("count").reset_index()

    def frame(self) -> pd.DataFrame:
        """Every mend: columns ``file``, ``row``, ``column``, ``what``, ``why``."""
        return pd.DataFrame([vars(mend) for mend in self.made], columns=["file", "row", "column", "what", "why"])
