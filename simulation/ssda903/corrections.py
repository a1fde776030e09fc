"""What was dropped, changed or doubted in a return, and why: said aloud, never done in silence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

DROPPED, CHANGED, DOUBTED, NOTED = "dropped", "changed", "doubted", "noted"
GRAVEST_FIRST = (DROPPED, DOUBTED, CHANGED, NOTED)
SHOWN = 5
NOT_A_TABLE = "not a table of the return: left out"


@dataclass(frozen=True)
class Correction:
    """One correction. ``row`` is the line of the file as a spreadsheet shows it (0: the whole file or return).

    ``what`` is one of ``dropped``, ``changed``, ``doubted`` and ``noted``; ``why`` is the kind of fault and is the
    same text for every correction of that kind, so that kinds can be counted. Values of personal columns are never quoted.
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
class Corrections:
    """The list of corrections of one reading, in the order they were made.

    ``read``: rows read of each table; ``account``: what was read, what of it is used and what left out, in one line.
    """

    made: list[Correction] = field(default_factory=list)
    read: dict[str, int] = field(default_factory=dict)
    account: str = ""

    def add(self, file: str, row: int, column: str, what: str, why: str) -> None:
        """One correction."""
        self.made.append(Correction(str(file), int(row), column, what, why))

    def rows(self, frame: pd.DataFrame, column: str, what: str, why: str) -> None:
        """The same correction for every row of ``frame``, which carries columns ``FILE`` and ``ROW``."""
        places = zip(frame["FILE"], frame["ROW"], strict=True)
        self.made.extend(Correction(str(file), int(row), column, what, why) for file, row in places)

    def extend(self, corrections: Iterable[Correction]) -> None:
        """Corrections made elsewhere."""
        self.made.extend(corrections)

    def counts(self) -> pd.DataFrame:
        """How many corrections of each kind: columns ``what``, ``column``, ``why``, ``count``; the gravest kinds first."""
        if not self.made:
            return pd.DataFrame({"what": [], "column": [], "why": [], "count": []})
        table = pd.DataFrame(
            [(correction.what, correction.column, correction.why) for correction in self.made], columns=["what", "column", "why"]
        )
        counts = table.value_counts(sort=True).rename("count").reset_index()
        return counts.sort_values("what", key=lambda what: what.map(GRAVEST_FIRST.index), kind="stable", ignore_index=True)

    def where(self, what: str, column: str, why: str) -> str:
        """In brackets, the place of the first correction of a kind; of whole files, the names of the first few."""
        same = [
            correction for correction in self.made if (correction.what, correction.column, correction.why) == (what, column, why)
        ]
        if same[0].row:
            return f" ({'first in' if len(same) > 1 else 'in'} {same[0].file}, row {same[0].row})"
        files = list(dict.fromkeys(correction.file for correction in same if correction.file != "return"))
        more = f" and {len(files) - SHOWN} more" if len(files) > SHOWN else ""
        return f" ({', '.join(files[:SHOWN])}{more})" if files else ""

    def left_out(self) -> str:
        """A sentence on the files in which no table of the return was found."""
        files = [correction.file for correction in self.made if correction.why == NOT_A_TABLE]
        more = f" and {len(files) - SHOWN} more" if len(files) > SHOWN else ""
        return f" No column headings of the return were found in {', '.join(files[:SHOWN])}{more}." if files else ""

    def frame(self) -> pd.DataFrame:
        """Every correction: columns ``file``, ``row``, ``column``, ``what``, ``why``."""
        return pd.DataFrame([vars(correction) for correction in self.made], columns=["file", "row", "column", "what", "why"])
