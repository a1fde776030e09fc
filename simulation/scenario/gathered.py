"""Settings gathered one by one for a scenario file, each with its source and within its bounds."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from simulation.scenario import names as dotted
from simulation.settings import Parameters

PER_10K = 10_000


@dataclass(eq=False)
class Settings:
    """Settings gathered so far: dotted name -> value, and where each comes from (the comment on its line)."""

    numbers: dict[str, float] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    cuts: list[str] = field(default_factory=list)

    def put(self, name: str, value: float, source: str, low: float = -np.inf, high: float = np.inf) -> None:
        """Sets one setting, rounded to what it means and kept within bounds, which is said; unknown names are an error."""
        setting = dotted.find(name, Parameters())
        if setting is None:
            raise KeyError(f"{name} is not a setting of the model")
        least = low if setting.low is None else max(low, setting.low)
        most = high if setting.high is None else min(high, setting.high)
        kept = _rounded(min(max(value, least), most))
        if value < least or value > most:
            self.cuts.append(f"{name}: {_cut(value, kept)} ({source})")
            source = f"{source}; {_cut(value, kept)}"
        self.numbers[name] = setting.clip(kept)
        self.sources[name] = source

    def within(self, what: str, value: float, low: float, high: float) -> tuple[float, str]:
        """A value within what is believed of published figures, and the words that say so when it is cut."""
        kept = min(max(value, low), high)
        if kept == value:
            return value, ""
        self.cuts.append(f"{what}: figures give {value:.4g}, cut to {kept:.4g}")
        return kept, f" (figures give {value:.4g}, cut to {kept:.4g})"


def _rounded(value: float) -> float:
    """Five digits, and every whole child of large numbers."""
    return float(round(value)) if abs(value) >= PER_10K else float(f"{value:.5g}")


def _cut(value: float, kept: float) -> str:
    end = "most" if kept < value else "least"
    return f"figures give {_rounded(value):.10g}, cut to {kept:.10g}, the {end} this setting takes"
