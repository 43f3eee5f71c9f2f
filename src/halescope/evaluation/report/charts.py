"""Charts as SVG: lines with bands, and rows of points with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from xml.etree import ElementTree as ET

from markupsafe import Markup

COLORS = ("#0b62a4", "#d55e00", "#009e73", "#8a5fa8", "#b8860b")
"""First the evaluated one, then baselines; told apart by every kind of eye."""

WIDTH, HEIGHT = 460, 330
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 14, 46
"""Pixels of a line chart and of its margins."""

ROW_LEFT, ROW_SPAN, ROW_RIGHT, ROW_STEP = 150, 280, 100, 30
"""Pixels of rows: names, the axis from 0 to 1, notes; and the height of a row."""


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Parameters
    ----------
    low, high : sequence of float
        A band; empty for none.
    dots : bool
        Whether the points are marked, with `low` and `high` as bars in place of a band.
    color : int
        Index into `COLORS`.
    """

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
    spans: tuple[tuple[float, float], tuple[float, float]] = ((0, 1), (0, 1)),
    guides: Sequence[tuple[float, str]] = (),
    points: Sequence[tuple[float, float, int]] = (),
    ticks: tuple[int, int] = (5, 5),
) -> Chart:
    """Return a chart of lines.

    Parameters
    ----------
    labels : (x, y)
        Names of the axes.
    spans : (x, y)
        Least and largest value of each axis.
    guides : sequence of (y, text)
        Horizontal lines across.
    points : sequence of (x, y, color)
        Larger dots, such as the shipped threshold's.
    ticks : (int, int)
        Divisions of both axes.
    """
    plot = _Plot(WIDTH, HEIGHT, f"{labels[1]} against {labels[0]}", spans)
    _grid(plot, labels, ticks)
    for value, text in guides:
        y = plot.y(value)
        plot.line(LEFT, y, WIDTH - RIGHT, y, {"class": "guide"})
        plot.text(WIDTH - RIGHT - 2, y - 4, text, "note", "end")
    for line in lines:
        if len(line.x):
            _line(plot, line)
    for x, y, color in points:
        white = {"stroke": "#fff", "stroke-width": "1.5"}
        plot.circle(plot.x(x), plot.y(y), 5, {"fill": COLORS[color]} | white)
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
    label : str
        Of the axis.
    guides : sequence of (value, text)
        Vertical lines, such as a ceiling.
    names : sequence of str
        Of the colors, for the legend.
    """
    head = 22 if guides else 8
    end = head + ROW_STEP * max(len(rows), 1)
    plot = _Plot(ROW_LEFT + ROW_SPAN + ROW_RIGHT, end + 40, label)
    for tick in (0, 0.2, 0.4, 0.6, 0.8, 1):
        plot.line(_at(tick), head, _at(tick), end, {"class": "grid"})
        plot.text(_at(tick), end + 15, f"{tick:g}", "tick", "middle")
    for value, text in guides:
        plot.line(_at(value), head, _at(value), end, {"class": "guide"})
        plot.text(_at(value), 14, text, "note", "middle")
    for index, (name, note, marks) in enumerate(rows):
        middle = head + ROW_STEP * (index + 0.5)
        plot.text(ROW_LEFT - 10, middle + 4, name, "row", "end")
        plot.text(ROW_LEFT + ROW_SPAN + 10, middle + 4, note, "note")
        apart = min(8.0, 20.0 / max(len(marks), 1))
        for place, mark in enumerate(marks):
            _mark(plot, mark, middle + (place - (len(marks) - 1) / 2) * apart)
    plot.text(ROW_LEFT + ROW_SPAN / 2, end + 34, label, "axis", "middle")
    return plot.chart(title, [Key(name, COLORS[index]) for index, name in enumerate(names)])


class _Plot:
    """An SVG element under construction, and the places of values on its axes."""

    def __init__(
        self,
        width: int,
        height: int,
        label: str,
        spans: tuple[tuple[float, float], tuple[float, float]] = ((0, 1), (0, 1)),
    ) -> None:
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

    def add(self, tag: str, numbers: dict[str, float], style: dict[str, str]) -> ET.Element:
        places = {name: f"{value:.1f}" for name, value in numbers.items()}
        return ET.SubElement(self.root, tag, places | style)

    def line(self, x1: float, y1: float, x2: float, y2: float, style: dict[str, str]) -> None:
        self.add("line", {"x1": x1, "y1": y1, "x2": x2, "y2": y2}, style)

    def circle(self, x: float, y: float, radius: float, style: dict[str, str]) -> ET.Element:
        return self.add("circle", {"cx": x, "cy": y, "r": radius}, style)

    def text(self, x: float, y: float, words: str, kind: str, anchor: str = "start") -> ET.Element:
        style = {"class": kind, "text-anchor": anchor}
        element = self.add("text", {"x": x, "y": y}, style)
        element.text = words
        return element

    def path(self, tag: str, corners: Sequence[tuple[float, float]], style: dict[str, str]) -> None:
        points = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in corners)
        self.add(tag, {}, {"points": points} | style)

    def chart(self, title: str, keys: Sequence[Key]) -> Chart:
        svg = Markup(ET.tostring(self.root, "unicode"))
        return Chart(title, svg, keys if len(keys) > 1 else ())


def _grid(plot: _Plot, labels: tuple[str, str], ticks: tuple[int, int]) -> None:
    across, up = (
        [low + (high - low) * step / count for step in range(count + 1)]
        for (low, high), count in zip(plot.spans, ticks, strict=True)
    )
    for value in across:
        x = plot.x(value)
        plot.line(x, TOP, x, HEIGHT - BOTTOM, {"class": "grid"})
        plot.text(x, HEIGHT - BOTTOM + 16, f"{value:.2g}", "tick", "middle")
    for value in up:
        y = plot.y(value)
        plot.line(LEFT, y, WIDTH - RIGHT, y, {"class": "grid"})
        plot.text(LEFT - 6, y + 4, f"{value:.2g}", "tick", "end")
    plot.text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, labels[0], "axis", "middle")
    beside = plot.text(0, 0, labels[1], "axis", "middle")
    beside.set("transform", f"translate(13 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)")


def _line(plot: _Plot, line: Line) -> None:
    color = COLORS[line.color]
    known = [
        (x, low, high)
        for x, low, high in zip(line.x, line.low, line.high, strict=False)
        if low is not None and high is not None
    ]
    if line.dots:
        bar = {"stroke": color, "stroke-width": "1.5", "opacity": ".6"}
        for x, low, high in known:
            plot.line(plot.x(x), plot.y(low), plot.x(x), plot.y(high), bar)
        for x, y in zip(line.x, line.y, strict=True):
            plot.circle(plot.x(x), plot.y(y), 3.5, {"fill": color})
    elif known:
        edge = [(x, high) for x, _, high in known] + [(x, low) for x, low, _ in reversed(known)]
        plot.path("polygon", edge, {"fill": color, "opacity": ".13"})
    style = {"fill": "none", "stroke": color, "stroke-width": "1.2" if line.dots else "2"}
    dash = {"stroke-dasharray": "6 4"} if line.dashed else {}
    plot.path("polyline", list(zip(line.x, line.y, strict=True)), style | dash)


def _at(value: float) -> float:
    return ROW_LEFT + ROW_SPAN * min(max(value, 0.0), 1.0)


def _mark(plot: _Plot, mark: Mark, y: float) -> None:
    if mark.value is None:
        return
    color, tip = COLORS[mark.color], f"{mark.value:.3f}"
    if mark.low is not None and mark.high is not None:
        bar = {"stroke": color, "stroke-width": "2", "opacity": ".55"}
        plot.line(_at(mark.low), y, _at(mark.high), y, bar)
        tip += f" [{mark.low:.3f} {mark.high:.3f}]"
    dot = plot.circle(_at(mark.value), y, 4, {"fill": color})
    ET.SubElement(dot, "title").text = tip
