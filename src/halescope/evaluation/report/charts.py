"""Charts as SVG: lines with bands, and rows of points with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from markupsafe import Markup

COLORS = ("#0b62a4", "#d55e00", "#009e73", "#8a5fa8", "#b8860b")
"""First the evaluated one, then baselines; told apart by every kind of eye."""

WIDTH, HEIGHT = 460, 330
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 14, 46
"""Pixels of a line chart and of its margins."""

ROW_LEFT, ROW_SPAN, ROW_RIGHT, ROW_STEP = 150, 280, 100, 30
"""Pixels of rows: names, the axis from 0 to 1, notes; and the height of a row."""


Spans = tuple[tuple[float, float], tuple[float, float]]
UNIT: Spans = ((0, 1), (0, 1))


@dataclass(frozen=True)
class Line:
    """One line of a chart; `low` and `high` are a band, or bars with `dots`; color of `COLORS`."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()
    dashed: bool = False
    dots: bool = False
    color: int = 0


class Mark(NamedTuple):
    """A point with its interval, in a row of `dot_rows`."""

    value: float | None
    low: float | None = None
    high: float | None = None
    color: int = 0


class Key(NamedTuple):
    """A line of a legend: name, colour and CSS border style."""

    name: str
    color: str
    style: str = "solid"


@dataclass(frozen=True)
class Chart:
    """A drawing with its title and legend; no legend for a single name."""

    title: str
    svg: Markup
    legend: Sequence[Key]


def line_chart(
    title: str,
    lines: Sequence[Line],
    labels: tuple[str, str],
    spans: Spans = UNIT,
    guides: Sequence[tuple[float, str]] = (),
    points: Sequence[tuple[float, float, int]] = (),
    ticks: tuple[int, int] = (5, 5),
) -> Chart:
    """Return a chart of lines.

    Parameters
    ----------
    labels, spans, ticks : (x, y)
        Of the axes: names, least and largest values, divisions.
    guides : sequence of (y, text)
        Horizontal lines across.
    points : sequence of (x, y, color)
        Larger dots, such as the shipped threshold's.
    """
    plot = _Plot(WIDTH, HEIGHT, f"{labels[1]} against {labels[0]}", spans)
    _grid(plot, labels, ticks)
    for value, text in guides:
        y = plot.y(value)
        plot.segment((LEFT, y), (WIDTH - RIGHT, y), kind="guide")
        plot.add("text", text, x=WIDTH - RIGHT - 2, y=y - 4, text_anchor="end", kind="note")
    for line in lines:
        if len(line.x):
            _line(plot, line)
    for x, y, color in points:
        dot = plot.add("circle", cx=plot.x(x), cy=plot.y(y), r=5, fill=COLORS[color])
        dot.attrib |= {"stroke": "#fff", "stroke-width": "1.5"}
    keys = [
        Key(line.name, COLORS[line.color], "dashed" if line.dashed else "solid")
        for line in lines
        if line.name
    ]
    return plot.chart(title, keys)


def dot_rows(
    title: str,
    rows: Sequence[tuple[str, str, Sequence[Mark]]],
    label: str,
    guides: Sequence[tuple[float, str]] = (),
    names: Sequence[str] = (),
) -> Chart:
    """Return rows of points with intervals, 0 to 1.

    Parameters
    ----------
    rows : sequence of (name, note, marks)
        The note stands at the right, such as a count.
    guides : sequence of (value, text)
        Vertical lines, such as a ceiling.
    names : sequence of str
        Of the colors, for the legend.
    """
    head = 22 if guides else 8
    end = head + ROW_STEP * max(len(rows), 1)
    plot = _Plot(ROW_LEFT + ROW_SPAN + ROW_RIGHT, end + 40, label)
    for tick in (0, 0.2, 0.4, 0.6, 0.8, 1):
        x = _at(tick)
        plot.segment((x, head), (x, end), kind="grid")
        plot.add("text", f"{tick:g}", x=x, y=end + 15, text_anchor="middle", kind="tick")
    for value, text in guides:
        x = _at(value)
        plot.segment((x, head), (x, end), kind="guide")
        plot.add("text", text, x=x, y=14, text_anchor="middle", kind="note")
    for index, (name, note, marks) in enumerate(rows):
        middle = head + ROW_STEP * (index + 0.5)
        plot.add("text", name, x=ROW_LEFT - 10, y=middle + 4, text_anchor="end", kind="row")
        plot.add("text", note, x=ROW_LEFT + ROW_SPAN + 10, y=middle + 4, kind="note")
        apart = min(8.0, 20.0 / max(len(marks), 1))
        for place, mark in enumerate(marks):
            _mark(plot, mark, middle + (place - (len(marks) - 1) / 2) * apart)
    middle = ROW_LEFT + ROW_SPAN / 2
    plot.add("text", label, x=middle, y=end + 34, text_anchor="middle", kind="axis")
    return plot.chart(title, [Key(name, COLORS[index]) for index, name in enumerate(names)])


class _Plot:
    """An SVG element under construction, and the places of values on its axes."""

    def __init__(self, width: int, height: int, label: str, spans: Spans = UNIT) -> None:
        what = {"class": "chart", "role": "img", "aria-label": label}
        self.root = ET.Element("svg", what | {"viewBox": f"0 0 {width} {height}"})
        self.spans = spans

    def x(self, value: float) -> float:
        low, high = self.spans[0]
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - low) / (high - low)

    def y(self, value: float) -> float:
        low, high = self.spans[1]
        share = (min(max(value, low), high) - low) / (high - low)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share

    def add(self, tag: str, words: str = "", kind: str = "", **given: Any) -> ET.Element:
        """Add an element of a CSS class; underscores in attributes' names become hyphens."""
        style = {"class": kind} if kind else {}
        for name, value in given.items():
            style[name.replace("_", "-")] = value if isinstance(value, str) else f"{value:.4g}"
        element = ET.SubElement(self.root, tag, style)
        element.text = words or None
        return element

    def segment(self, start: tuple[float, float], end: tuple[float, float], **given: Any) -> None:
        self.add("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], **given)

    def path(self, tag: str, corners: Sequence[tuple[float, float]], **given: Any) -> None:
        points = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in corners)
        self.add(tag, points=points, **given)

    def chart(self, title: str, keys: Sequence[Key]) -> Chart:
        svg = Markup(ET.tostring(self.root, "unicode"))
        return Chart(title, svg, keys if len(keys) > 1 else ())


def _grid(plot: _Plot, labels: tuple[str, str], ticks: tuple[int, int]) -> None:
    across, up = (
        [low + (high - low) * step / count for step in range(count + 1)]
        for (low, high), count in zip(plot.spans, ticks, strict=True)
    )
    low, middle = HEIGHT - BOTTOM, {"text_anchor": "middle"}
    for value in across:
        x = plot.x(value)
        plot.segment((x, TOP), (x, low), kind="grid")
        plot.add("text", f"{value:.2g}", x=x, y=low + 16, kind="tick", **middle)
    for value in up:
        y = plot.y(value)
        plot.segment((LEFT, y), (WIDTH - RIGHT, y), kind="grid")
        plot.add("text", f"{value:.2g}", x=LEFT - 6, y=y + 4, text_anchor="end", kind="tick")
    across_middle = (LEFT + WIDTH - RIGHT) / 2
    plot.add("text", labels[0], x=across_middle, y=HEIGHT - 8, kind="axis", **middle)
    beside = f"translate(13 {(TOP + low) / 2}) rotate(-90)"
    plot.add("text", labels[1], transform=beside, kind="axis", **middle)


def _line(plot: _Plot, line: Line) -> None:
    color = COLORS[line.color]
    known = [
        (x, low, high)
        for x, low, high in zip(line.x, line.low, line.high, strict=False)
        if low is not None and high is not None
    ]
    if line.dots:
        for x, low, high in known:
            ends = (plot.x(x), plot.y(low)), (plot.x(x), plot.y(high))
            plot.segment(*ends, stroke=color, stroke_width=1.5, opacity=0.6)
        for x, y in zip(line.x, line.y, strict=True):
            plot.add("circle", cx=plot.x(x), cy=plot.y(y), r=3.5, fill=color)
    elif known:
        edge = [(x, high) for x, _, high in known] + [(x, low) for x, low, _ in reversed(known)]
        plot.path("polygon", edge, fill=color, opacity=0.13)
    style = {"stroke_dasharray": "6 4"} if line.dashed else {}
    width = 1.2 if line.dots else 2.0
    corners = list(zip(line.x, line.y, strict=True))
    plot.path("polyline", corners, fill="none", stroke=color, stroke_width=width, **style)


def _at(value: float) -> float:
    return ROW_LEFT + ROW_SPAN * min(max(value, 0.0), 1.0)


def _mark(plot: _Plot, mark: Mark, y: float) -> None:
    if mark.value is None:
        return
    color, tip = COLORS[mark.color], f"{mark.value:.3f}"
    if mark.low is not None and mark.high is not None:
        ends = (_at(mark.low), y), (_at(mark.high), y)
        plot.segment(*ends, stroke=color, stroke_width=2, opacity=0.55)
        tip += f" [{mark.low:.3f} {mark.high:.3f}]"
    dot = plot.add("circle", cx=_at(mark.value), cy=y, r=4, fill=color)
    ET.SubElement(dot, "title").text = tip
