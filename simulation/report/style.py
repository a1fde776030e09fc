"""How charts look, and how one figure becomes SVG, PNG and a picture inside the page.

The colours are those of the Government Analysis Function; each has at least 3 to 1 contrast with white, and none
is ever the only difference between two things: markers, dashes and direct labels go with them.
"""

from __future__ import annotations

import io
import re
import textwrap
import warnings
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from simulation.base.wording import amount

DARK_BLUE, TURQUOISE, DARK_PINK, ORANGE, DARK_GREY, PURPLE = "#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1"
INK, QUIET, RULE, PALE, SHADE = "#1A1A1A", "#555555", "#D0D3D6", "#EEF1F4", "#EBEBEB"
SERIES = (DARK_BLUE, ORANGE, DARK_PINK, TURQUOISE, PURPLE, DARK_GREY)
DASHES = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (8, 2, 2, 2)), (0, (4, 1.5, 1, 1.5, 1, 1.5)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P")
WIDTH_IN = 9.6
LOOK: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.titlesize": 11.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.labelsize": 11,
    "xtick.labelsize": 10.5,
    "ytick.labelsize": 10.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.edgecolor": "#8A8F94",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": RULE,
    "grid.linewidth": 0.8,
    "axes.axisbelow": True,
    "lines.linewidth": 2.4,
    "lines.solid_capstyle": "round",
    "svg.hashsalt": "headroom",
    "svg.fonttype": "path",
    "text.parse_math": False,
    "axes.titlepad": 8,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "path.simplify_threshold": 0.5,
    "axes.unicode_minus": True,
}


@dataclass
class Chart:
    """A drawn figure with everything a reader needs who cannot see it.

    ``alt`` is a sentence with the actual numbers; ``table`` holds them; ``note`` says what the bands or bars contain.
    """

    name: str
    topic: str
    headline: str
    subtitle: str
    alt: str
    table: pd.DataFrame
    figure: Figure
    strip_in: float = 0.0
    note: str = ""
    svg: str = ""
    png: bytes = b""


@dataclass(frozen=True)
class Missing:
    """A chart that could not be drawn, and what would make it."""

    name: str
    topic: str
    reason: str


def canvas(
    headline: str,
    subtitle: str,
    height_in: float,
    rows: int = 1,
    columns: int = 1,
    assumed: str = "",
    *,
    keyed: bool = False,
    **grid: Any,
) -> tuple[Figure, Any, float]:
    """A figure with its headline strip and a grid of axes; gives the figure, the axes and the height of the strip.

    ``keyed`` leaves room for a key under the strip. ``assumed`` names scenarios that rest on assumptions, which the
    chart itself then says.
    """
    lines = textwrap.wrap(headline, 80), textwrap.wrap(subtitle, 118)
    strip = 0.16 + 0.27 * len(lines[0]) + 0.215 * len(lines[1])
    foot, head = 0.34 if assumed else 0.0, 0.34 if keyed else 0.0
    whole = height_in + strip + foot + head
    figure = Figure(figsize=(WIDTH_IN, whole))
    figure.set_layout_engine("constrained", rect=(0.005, foot / whole, 0.99, height_in / whole), w_pad=0.06, h_pad=0.06)
    axes = figure.subplots(rows, columns, squeeze=False, **grid)
    top = 1 - 0.06 / whole
    words = (("\n".join(lines[0]), top, 14, "bold"), ("\n".join(lines[1]), top - 0.275 * len(lines[0]) / whole, 11, "normal"))
    for text, height, size, weight in words:
        figure.text(0.008, height, text, size=size, weight=weight, va="top", gid="headline", in_layout=False)
    if assumed:
        box = {"facecolor": "#FFF3E6", "edgecolor": ORANGE, "boxstyle": "square,pad=0.35"}
        figure.text(
            0.012,
            0.12 / whole,
            f"Assumption-driven: {assumed}. Shows what was assumed, not what is known.",
            size=10,
            bbox=box,
            in_layout=False,
        )
    return figure, axes, strip


def render(chart: Chart) -> Chart:
    """Draw the chart's SVG and PNG once, byte for byte the same every time, and let the figure go."""
    raster = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        warnings.filterwarnings("ignore", message="constrained_layout not applied")
        chart.svg = vector(chart)
        chart.figure.savefig(raster, format="png", dpi=120, metadata={"Software": None}, pil_kwargs={"compress_level": 4})
    chart.png = raster.getvalue()
    return chart


def vector(chart: Chart) -> str:
    """The chart laid out and drawn as SVG, with its title and description inside."""
    drawn = io.StringIO()
    _lay_out(chart.figure)
    chart.figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    return _titled(_lean(drawn.getvalue()), chart)


def _lay_out(figure: Figure) -> None:
    """Place the axes once; rounded, for the solver's last digits differ from one time to the next."""
    engine = figure.get_layout_engine()
    if engine is None:
        return
    engine.execute(figure)
    figure.set_layout_engine(None)
    for axes in figure.axes:
        whole, active = axes.get_position(original=True), axes.get_position()
        axes.set_position(_rounded(whole), which="original")
        axes.set_position(_rounded(active), which="active")


def _rounded(box: Bbox) -> Bbox:
    """The same box to five decimals."""
    return Bbox(np.round(box.get_points(), 5))


def _lean(svg: str) -> str:
    """The SVG element alone: no comments, no metadata, no names that nothing points to, two decimals of a point."""
    body = re.sub(r"<!--.*?-->\s*|<metadata>.*?</metadata>\s*", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    body = re.sub(r' d="[^"]*"|translate\([^)]*\)', lambda found: re.sub(r"(\.\d\d)\d+", r"\1", found[0]), body)
    pointed = set(re.findall(r'(?:href="#|url\(#)([^")]+)', body))
    body = re.sub(
        r' id="([^"]+)"', lambda found: found[0] if found[1] in pointed or found[1].startswith("headline") else "", body
    )
    body = re.sub(r' width="[\d.]+pt"| height="[\d.]+pt"', "", body, count=2)
    return re.sub(r"\s*\n\s*", "\n", body)


def _titled(svg: str, chart: Chart) -> str:
    """The SVG with a title, a description and names of its own for every part, so that many fit on one page."""
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{chart.name}-\1"', svg)
    svg = re.sub(r'(href="#|url\(#)', rf"\g<1>{chart.name}-", svg)
    start = svg.index(">")
    names = f' role="img" aria-labelledby="{chart.name}-title {chart.name}-desc"'
    title = f'<title id="{chart.name}-title">{escape(chart.headline)}</title>'
    told = f'>\n{title}\n<desc id="{chart.name}-desc">{escape(chart.alt)}</desc'
    return svg[:start] + names + told + svg[start:]


def for_page(chart: Chart, glyphs: dict[str, str]) -> str:
    """The SVG for the page: no headline strip, for there the headline is text, and letters drawn from one shared set.

    Letter shapes are moved to ``glyphs`` (name to path); the page holds each once, see ``shared``.
    """
    glyph = re.compile(rf'<path id="{re.escape(chart.name)}-(DejaVu[^"]+)"(.*?)/>\s*', flags=re.DOTALL)
    glyphs.update(glyph.findall(chart.svg))
    svg = re.sub(r"<defs>\s*</defs>\s*", "", glyph.sub("", chart.svg)).replace(f'href="#{chart.name}-DejaVu', 'href="#DejaVu')
    parts = re.split(rf'<g id="{re.escape(chart.name)}-headline[^"]*">', svg)
    kept = parts[0] + "".join(_after_group(part) for part in parts[1:])
    down = chart.strip_in * 72

    def cropped(found: re.Match[str]) -> str:
        wide, high = float(found[1]), float(found[2])
        return f'viewBox="0 {down:.1f} {wide:g} {high - down:.1f}"'

    return re.sub(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', cropped, kept, count=1)


def shared(glyphs: dict[str, str]) -> str:
    """One unseen drawing that holds every letter shape the page's charts use."""
    shapes = "".join(f'<path id="{name}"{rest}/>' for name, rest in sorted(glyphs.items()))
    return (
        f'<svg width="0" height="0" aria-hidden="true" focusable="false" class="glyphs"><defs>{shapes}</defs></svg>'
        if shapes
        else ""
    )


def _after_group(part: str) -> str:
    """What follows the end of the group that ``part`` starts inside."""
    depth = 1
    for found in re.finditer(r"<g\b[^>]*?(/?)>|</g>", part):
        depth += -1 if found[0] == "</g>" else (0 if found[1] else 1)
        if depth == 0:
            return part[found.end() :]
    return part


def spread(heights: list[float], gap: float) -> list[float]:
    """The same heights moved apart until no two are closer than ``gap``, keeping their order and their middle."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    placed: list[list[float]] = []
    for i in order:
        placed.append([heights[i], 1.0])
        while len(placed) > 1 and placed[-1][0] - placed[-2][0] < gap * (placed[-1][1] + placed[-2][1]) / 2:
            high, low = placed.pop(), placed.pop()
            placed.append([(high[0] * high[1] + low[0] * low[1]) / (high[1] + low[1]), high[1] + low[1]])
    flat = [centre + gap * (k - (count - 1) / 2) for centre, count in placed for k in range(int(count))]
    out = [0.0] * len(heights)
    for i, height in zip(order, flat, strict=True):
        out[i] = height
    return out


def label_ends(axes: Axes, x: Any, ends: list[tuple[float, str, str]], line_gap: float = 0.075) -> None:
    """Direct labels to the right of line ends ``(height, text, colour)``, spread apart, in ink beside a coloured tick."""
    low, high = axes.get_ylim()
    gap = (high - low) * line_gap
    for (height, text, colour), place in zip(ends, spread([e[0] for e in ends], gap), strict=True):
        arrow = {"arrowstyle": "-", "color": colour, "lw": 1.2, "shrinkA": 1, "shrinkB": 1}
        axes.annotate(
            text,
            (x, height),
            (1.025, place),
            textcoords=axes.get_yaxis_transform(),
            va="center",
            size=10.5,
            arrowprops=arrow,
            annotation_clip=False,
        )


def _point(found: re.Match[str]) -> str:
    """Decimals without the zeros at their end, and no point alone."""
    return "" if found[1] == "." else found[1]


def ticks(axes: Axes, unit: str, which: str = "y", *, sign: bool = False) -> None:
    """Axis figures written as in the text: pounds in millions, percentages with their sign, thousands with commas."""
    axis = axes.yaxis if which == "y" else axes.xaxis
    axis.set_major_formatter(lambda value, _: re.sub(r"(\.\d*?)0+(?=\D|$)", _point, amount(round(value, 9), unit, sign=sign)))


def fitted(axes: Axes, values: list[np.ndarray]) -> bool:
    """An axis from zero, unless the lines would then lie on one another; True when it does not begin at zero."""
    whole = np.concatenate([np.ravel(one) for one in values])
    low, high = float(np.nanmin(whole)), float(np.nanmax(whole))
    room = max(high - low, 0.05 * abs(high), 1e-9)
    cut = low > room
    axes.set_ylim(low - 0.25 * room if cut else 0.0, high + (0.25 * room if cut else 0.06 * high))
    return cut


def plain(axes: Axes, grid: str = "y") -> None:
    """Grid in one direction only (``x``, ``y`` or none), no ticks beyond what is read."""
    axes.grid(False)
    if grid:
        axes.grid(True, axis=grid)  # type: ignore[arg-type]
    axes.tick_params(length=0, pad=6)
