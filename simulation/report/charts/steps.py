"""A waterfall: steps on from one another, the interval of each at its end, and what they come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import Normal, Stroke

from simulation.base.wording import capital, change
from simulation.report.style import DARK_BLUE, DARK_GREY, INK, ORANGE, TURQUOISE, plain, ticks

SEEN = [Stroke(linewidth=3.6, foreground="white"), Normal()]
"""A pale edge, so that an interval is seen on a dark bar."""
CLEAR: Any = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
"""Behind a figure, so that no line of the grid or at zero strikes through it."""


@dataclass(frozen=True)
class Step:
    """One step: its name, size and interval (NaN where none is known), and words that follow the figure."""

    name: str
    size: float
    low: float = float("nan")
    high: float = float("nan")
    more: str = ""


def waterfall(axes: Axes, steps: list[Step], unit: str, last: Step, *, good: int = 0) -> None:
    """Draw the steps and the last bar, which stands on zero. ``good``: 1 if more is better, -1 if less is, 0 for neither."""
    sizes = np.array([step.size for step in steps])
    starts = np.r_[0.0, np.cumsum(sizes)[:-1]]
    width = max(float(np.ptp(np.r_[0.0, starts, starts + sizes, last.size])), 1e-9)
    for y, (start, step) in enumerate(zip(starts, steps, strict=True)):
        axes.barh(y, step.size, left=start, height=0.6, color=_colour(step.size, good))
        axes.plot([start + step.size] * 2, [y + 0.3, y + 0.7], color=DARK_GREY, lw=1)
        edge = start + max(step.size, 0.0)
        if np.isfinite(step.low):
            axes.plot(
                [start + step.low, start + step.high], [y, y], color=INK, lw=1.6, marker="|", markersize=8, path_effects=SEEN
            )
            edge = max(edge, start + step.high)
        edge = max(edge, 0.0) if edge > -0.02 * width else edge
        axes.text(edge + 0.02 * width, y, change(step.size, unit) + step.more, va="center", size=10.5, bbox=CLEAR)
    axes.barh(len(steps), last.size, height=0.6, color=TURQUOISE if good else DARK_GREY)
    edge, told = max(last.size, 0.0) + 0.02 * width, change(last.size, unit) + last.more
    axes.text(edge, len(steps), told, va="center", size=10.5, weight="bold", bbox=CLEAR)
    axes.axvline(0, color=INK, lw=1)
    axes.set_yticks(range(len(steps) + 1), [capital(step.name) for step in [*steps, last]])
    axes.set_ylim(len(steps) + 0.6, -0.6)
    _room(axes, steps, starts, width)
    axes.locator_params(axis="x", nbins=6)
    ticks(axes, unit, "x", sign=True)
    plain(axes, "x")


def _colour(size: float, good: int) -> str:
    """Dark blue for a step in the good direction (or down, when neither is good), orange for the other."""
    return DARK_BLUE if size * (good or -1) >= 0 else ORANGE


def _room(axes: Axes, steps: list[Step], starts: np.ndarray, width: float) -> None:
    """Room on the right for the figures and their words."""
    sizes = np.array([step.size for step in steps])
    highs = np.array([step.high if np.isfinite(step.high) else step.size for step in steps])
    lows = np.array([step.low if np.isfinite(step.low) else step.size for step in steps])
    ends = np.concatenate([starts, starts + sizes, starts + lows, starts + highs])
    letters = max(len(step.more) for step in steps) + 12
    axes.set_xlim(min(0.0, ends.min()) - 0.04 * width, max(0.0, ends.max()) + width * 0.016 * letters)
