"""The record of periods of care, as columnar buffers: one row a period, filed when it ends or the run does."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulation.base.clock import NEVER, dates_of
from simulation.base.codes import CEASED_NAME, ENTERED_NAME, LEGAL_NAME, NEED_CODE, ROUTE_NAME
from simulation.base.columns import Copies, Table, gathered

_KEPT = (
    "identity", "family", "male", "birth_day", "ethnicity", "unaccompanied", "disabled", "harm", "care_day", "entered", "legal",
    "route", "plan_due_day", "plan_agreed_day", "permanence_day", "n_placements", "n_workers", "n_periods",
)  # fmt: skip
ETHNICITY = ("WBRI", "MWAS", "APKN", "BAFR", "OOTH")


class Periods:
    """Filed periods of care."""

    def __init__(self, start_day: int):
        self.start_day = start_day
        self.parts: list[Copies] = []

    def file(self, children: Table, rows: np.ndarray, days: np.ndarray, reason: np.ndarray | int) -> None:
        """File the present period of care of ``rows``, ended on ``days`` (NEVER if it goes on)."""
        end, why = np.full(len(rows), days, dtype=np.int32), np.full(len(rows), reason, dtype=np.int8)
        self.parts.append(children.copies(rows, _KEPT, end=end, reason=why))

    def frame(self, replication: int) -> pd.DataFrame:
        """All filed periods as a table; dates as dates, codes as words."""
        if not self.parts:
            return pd.DataFrame()
        kept = gathered(self.parts)
        _, group = np.unique(kept["family"], return_inverse=True)
        return pd.DataFrame(
            {
                "replication": np.int32(replication), "child": kept["identity"], "family": kept["family"],
                "sex": np.where(kept["male"], "male", "female"), "birth_date": _dates(kept["birth_day"]),
                "ethnicity": np.array(ETHNICITY)[kept["ethnicity"]], "unaccompanied": kept["unaccompanied"],
                "disabled": kept["disabled"], "need": np.array(NEED_CODE)[kept["harm"]],
                "care_start": _dates(kept["care_day"]), "care_end": _dates(kept["end"]),
                "reason_started": np.array(ENTERED_NAME)[kept["entered"]], "reason_ceased": np.array(CEASED_NAME)[kept["reason"]],
                "legal_status_end": np.array(LEGAL_NAME)[kept["legal"]], "route": np.array(ROUTE_NAME)[kept["route"]],
                "plan_due": _dates(kept["plan_due_day"]), "plan_agreed": _dates(kept["plan_agreed_day"]),
                "permanence_date": _dates(kept["permanence_day"]), "n_placements": kept["n_placements"],
                "n_worker_changes": np.maximum(kept["n_workers"] - 1, 0), "siblings_in_care": np.bincount(group)[group] - 1,
                "started_before": kept["care_day"] <= self.start_day,
            }
        )  # fmt: skip


def _dates(days: np.ndarray) -> pd.arrays.DatetimeArray | np.ndarray:
    return dates_of(np.where(days == NEVER, NEVER, days)).astype("datetime64[s]")
