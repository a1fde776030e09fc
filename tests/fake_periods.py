"""A made-up results folder with the contracted tables of children in care, rich enough to try every table of a return."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd

FIRST, LAST = dt.date(2018, 4, 6), dt.date(2023, 4, 14)
ETHNICITY = ("WBRI", "MWAS", "APKN", "BAFR", "OOTH")
KINDS = {
    "foster own": ("U6", "PR1", 4.0), "foster agency": ("U6", "PR4", 12.0), "foster kinship": ("U3", "PR1", 5.0),
    "home private": ("K2", "PR4", 20.0), "home own": ("K2", "PR1", 3.0), "supported": ("H5", "PR4", 4.0), "secure": ("K1", "PR2", 60.0),
    "parents": ("P1", "PR0", 0.0), "adoptive": ("A5", "PR1", 25.0), "emergency": ("Z1", "PR4", 8.0), "other": ("R5", "PR4", 30.0),
}  # fmt: skip


class _Child:
    """One invented child's life in care, written down as the model would."""

    def __init__(self, rng: np.random.Generator, number: int, family: int, home: tuple[float, float], alone: bool):
        self.rng, self.number, self.family, self.home, self.alone = rng, number, family, home, alone
        self.placements: list[dict[str, object]] = []
        self.events: list[dict[str, object]] = []

    def live(self, born: dt.date, start: dt.date, route: str) -> dict[str, object]:
        """A period of care from ``start``; returns the row of the periods table."""
        rng = self.rng
        age = (start - born).days / 365.25
        emergency = not self.alone and rng.random() < 0.25
        legal = "V2" if self.alone else "L1" if emergency else rng.choice(["C1", "V2"])
        stay = {"home": rng.integers(10, 300), "adopted": rng.integers(500, 1000), "order": rng.integers(200, 700)}.get(route, 99_999)
        end: dt.date | None = start + dt.timedelta(days=int(stay))
        end = min(end, born + dt.timedelta(days=int(18 * 365.25)))
        day, urn = start, self._home(age)
        changes = self._law(start, end, legal, route)
        reason, code = ("eighteen", "E7") if (end - born).days >= 18 * 365 else {
            "home": ("home planned", "E4A"), "adopted": ("adopted", "E11"), "order": ("special guardianship", "E43")
        }.get(route, ("other", "E8"))  # fmt: skip
        placed = False
        while day < min(end, LAST):
            longest = 200 if route in ("adopted", "order") and not placed else 700
            until = min(end, day + dt.timedelta(days=int(rng.integers(1, longest))))
            if route == "adopted" and not placed and day > start + dt.timedelta(days=300):
                urn, until, placed, legal = self._urn("adoptive"), end, True, "E1"
            for change, status in [each for each in changes if day < each[0] < until]:
                self._stay(day, change, legal, urn, "L", "X1", end)
                day, legal = change, status
            self._stay(day, until, legal, urn, "P", code if until == end else "X1", end)
            day, urn = until, self._home((until - born).days / 365.25)
        self._visited(start, min(end, LAST))
        return {
            "child": self.number, "family": self.family, "sex": rng.choice(["male", "female"]), "birth_date": born,
            "ethnicity": rng.choice(ETHNICITY), "unaccompanied": self.alone, "disabled": False, "need": "N8" if self.alone else "N1",
            "care_start": start, "care_end": end if end <= LAST else None, "reason_started": "section 20",
            "reason_ceased": reason if end <= LAST else "none", "legal_status_end": "care order", "route": route, "n_placements": 1,
            "n_worker_changes": 1, "siblings_in_care": 0, "started_before": start < FIRST,
        }  # fmt: skip

    def _law(self, start: dt.date, end: dt.date, legal: str, route: str) -> list[tuple[dt.date, str]]:
        if self.alone:
            return []
        order = start + dt.timedelta(days=int(self.rng.integers(150, 400)))
        later = [(order, "E1" if route == "adopted" else "C2")]
        return [*([(start + dt.timedelta(days=9), "C1")] if legal == "L1" else []), *later]

    def _home(self, age: float) -> str:
        names = ["supported", "foster own", "home private"] if age > 16 else ["foster own", "foster agency", "foster kinship", "home private"]
        rare = ["emergency", "other", "secure", "parents", "home own"]
        return self._urn(str(self.rng.choice(rare if self.rng.random() < 0.15 else names)))

    def _urn(self, kind: str) -> str:
        return f"{kind}/{self.rng.integers(0, 100_000)}"

    def _stay(self, start: dt.date, end: dt.date, legal: str, urn: str, new: str, ceased: str, over: dt.date) -> None:
        kind = urn.split("/")[0]
        code, provider, far = KINDS[kind]
        where = np.random.default_rng(int(urn.split("/")[1]))
        angle, miles = where.random() * 6.28, where.exponential(far)
        x, y = miles * np.cos(angle), miles * np.sin(angle)
        done = end <= LAST
        self.placements.append({
            "child": self.number, "start": start, "end": end if done else None, "reason_new_episode": new, "legal_status": legal,
            "need": "N1", "placement": code, "provider": provider, "reason_change": "CARPL" if done else "",
            "reason_ceased": ceased if done and end == over else "X1", "distance_miles": float(np.hypot(x - self.home[0], y - self.home[1])),
            "inside_boundary": bool(np.hypot(x, y) < 6.7), "x_miles": x, "y_miles": y, "home_x_miles": self.home[0],
            "home_y_miles": self.home[1], "price_gbp_per_week": 500.0, "emergency": kind == "emergency", "urn": urn,
            "siblings_together": True,
        })  # fmt: skip

    def _visited(self, start: dt.date, end: dt.date) -> None:
        def event(day: dt.date, name: str, before: str = "", after: str = "") -> None:
            self.events.append({"child": self.number, "date": day, "event": name, "from": before, "to": after})

        worker = ""
        for days in range(0, (end - start).days, 230):
            new = str(self.rng.integers(1, 90))
            event(start + dt.timedelta(days=days), "worker_changed", worker, new)
            worker = new
        for days in (25, 110, *range(290, (end - start).days, 175)):
            if start + dt.timedelta(days=days) < end:
                event(start + dt.timedelta(days=days), "review_held")
        if self.rng.random() < 0.08 and (end - start).days > 100:
            event(start + dt.timedelta(days=40), "missing")
            event(start + dt.timedelta(days=42), "found")


def tables(families: int = 420, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Tables ``periods``, ``placements``, ``events`` and ``workforce`` of one replication, from April 2018 to April 2023."""
    rng = np.random.default_rng(seed)
    periods, placements, events, number = [], [], [], 0
    for family in range(families):
        angle, miles = rng.random() * 6.28, 6 * np.sqrt(rng.random())
        home = (float(miles * np.cos(angle)), float(miles * np.sin(angle)))
        alone = rng.random() < 0.08
        start = FIRST + dt.timedelta(days=int(rng.integers(-900, 1800)))
        route = str(rng.choice(["home", "order", "adopted", "stays", "stays"]))
        for _ in range(1 if alone else int(rng.choice([1, 1, 2, 3]))):
            number += 1
            years = rng.uniform(14.5, 17.5) if alone else rng.uniform(0, 4) if route == "adopted" else rng.uniform(0, 17)
            child = _Child(rng, number, family, home, alone)
            born = start - dt.timedelta(days=int(years * 365.25))
            periods.append(child.live(born, start, "stays" if alone else route))
            ended = periods[-1]["care_end"]
            if route == "home" and ended is not None and rng.random() < 0.25:
                back = ended + dt.timedelta(days=int(rng.integers(20, 300)))
                if back < min(LAST, born + dt.timedelta(days=17 * 365)):
                    periods.append({**child.live(born, back, "stays"), **{k: periods[-1][k] for k in ("sex", "ethnicity", "need")}})
            placements.extend(child.placements)
            events.extend(child.events)
    workforce = pd.DataFrame({"worker": range(1, 90), "end": [None] * 89})
    made = {"periods": pd.DataFrame(periods), "placements": pd.DataFrame(placements), "events": pd.DataFrame(events), "workforce": workforce}
    for name, columns in (("periods", ("birth_date", "care_start", "care_end")), ("placements", ("start", "end")), ("events", ("date",)),
                          ("workforce", ("end",))):  # fmt: skip
        for column in columns:
            made[name][column] = pd.to_datetime(made[name][column])
        made[name].insert(0, "replication", 1)
    kept = made["placements"]["start"] <= pd.Timestamp(LAST)
    made["placements"] = made["placements"][kept & ~(made["placements"]["end"] < pd.Timestamp(FIRST))].reset_index(drop=True)
    early = made["periods"]["care_end"] < pd.Timestamp(FIRST)
    made["periods"] = made["periods"][~early & (made["periods"]["care_start"] <= pd.Timestamp(LAST))].reset_index(drop=True)
    return made


def results_folder(path: Path, families: int = 420, seed: int = 0) -> Path:
    """Writes the tables as an experiment's folder would hold them."""
    path.mkdir(parents=True, exist_ok=True)
    for name, table in tables(families, seed).items():
        table.assign(scenario="made_up").to_parquet(path / f"{'children' if name == 'periods' else name}.parquet")
    return path
