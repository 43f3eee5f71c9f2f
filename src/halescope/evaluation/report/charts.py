"""Line charts as SVG text, with bands. Nothing to install, no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

COLORS = ("#0b62a4", "#d55e00", "#009e73", "#8a5fa8", "#b8860b")
"""First the evaluated one, then baselines; told apart by every kind of eye."""

WIDTH, HEIGHT = 460, 330
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 14, 46


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
    low: Sequence[float | None] = field(default_factory=list)
    high: Sequence[float | None] = field(default_factory=list)
    dashed: bool = False
    dots: bool = False
    color: int = 0


def line_chart(
    lines: Sequence[Line],
    labels: tuple[str, str],
    x_range: tuple[float, float] = (0, 1),
    y_range: tuple[float, float] = (0, 1),
    guides: Sequence[tuple[float, str]] = (),
    points: Sequence[tuple[float, float, int]] = (),
    ticks: tuple[int, int] = (5, 5),
) -> str:
    """Return a chart of lines.

    Parameters
    ----------
    labels : (x, y)
        Names of the axes.
    x_range, y_range : (low, high)
    guides : sequence of (y, text)
        Horizontal lines across.
    points : sequence of (x, y, color)
        Larger dots, such as the shipped threshold's.
    ticks : (int, int)
        Divisions of both axes.
    """
    frame = _Frame(x_range, y_range)
    parts = [frame.grid(labels, ticks)]
    for y, text in guides:
        parts.append(
            f'<line class="guide" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{frame.y(y):.1f}" '
            f'y2="{frame.y(y):.1f}"/><text class="note" x="{WIDTH - RIGHT - 2}" '
            f'y="{frame.y(y) - 4:.1f}" text-anchor="end">{escape(text)}</text>'
        )
    parts += [_line(frame, line) for line in lines]
    for x, y, color in points:
        parts.append(
            f'<circle cx="{frame.x(x):.1f}" cy="{frame.y(y):.1f}" r="5" '
            f'fill="{COLORS[color]}" stroke="#fff" stroke-width="1.5"/>'
        )
    title = f"{labels[1]} against {labels[0]}"
    return svg(WIDTH, HEIGHT, "".join(parts), title) + legend(
        [(line.name, line.color, line.dashed) for line in lines if line.name]
    )


def legend(names: Sequence[tuple[str, int, bool]]) -> str:
    """Return a legend as HTML.

    Parameters
    ----------
    names : sequence of (name, color, dashed)
    """
    if len(names) < 2:
        return ""
    items = "".join(
        f'<span><i style="border-top:3px {"dashed" if dashed else "solid"} {COLORS[color]}"></i>'
        f"{escape(name)}</span>"
        for name, color, dashed in names
    )
    return f'<div class="legend">{items}</div>'


class _Frame:
    """From values to pixels."""

    def __init__(self, x_range: tuple[float, float], y_range: tuple[float, float]) -> None:
        self.x_range, self.y_range = x_range, y_range

    def x(self, value: float) -> float:
        low, high = self.x_range
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - low) / (high - low)

    def y(self, value: float) -> float:
        low, high = self.y_range
        share = (min(max(value, low), high) - low) / (high - low)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share

    def grid(self, labels: tuple[str, str], ticks: tuple[int, int]) -> str:
        parts = []
        for value in _steps(self.x_range, ticks[0]):
            x = f"{self.x(value):.1f}"
            parts.append(
                f'<line class="grid" x1="{x}" x2="{x}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
                f'<text class="tick" x="{x}" y="{HEIGHT - BOTTOM + 16}" '
                f'text-anchor="middle">{value:.2g}</text>'
            )
        for value in _steps(self.y_range, ticks[1]):
            y = self.y(value)
            parts.append(
                f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
                f'<text class="tick" x="{LEFT - 6}" y="{y + 4:.1f}" '
                f'text-anchor="end">{value:.2g}</text>'
            )
        parts.append(
            f'<text class="axis" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" '
            f'text-anchor="middle">{escape(labels[0])}</text><text class="axis" '
            f'transform="translate(13 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" '
            f'text-anchor="middle">{escape(labels[1])}</text>'
        )
        return "".join(parts)


def _steps(span: tuple[float, float], count: int) -> list[float]:
    return [span[0] + (span[1] - span[0]) * step / count for step in range(count + 1)]


def _line(frame: _Frame, line: Line) -> str:
    if not len(line.x):
        return ""
    color = COLORS[line.color]
    parts = []
    known = [
        (x, low, high)
        for x, low, high in zip(line.x, line.low, line.high, strict=False)
        if low is not None and high is not None
    ]
    if line.dots:
        parts += [
            f'<line x1="{frame.x(x):.1f}" x2="{frame.x(x):.1f}" y1="{frame.y(low):.1f}" '
            f'y2="{frame.y(high):.1f}" stroke="{color}" stroke-width="1.5" opacity=".6"/>'
            for x, low, high in known
        ]
        parts += [
            f'<circle cx="{frame.x(x):.1f}" cy="{frame.y(y):.1f}" r="3.5" fill="{color}"/>'
            for x, y in zip(line.x, line.y, strict=True)
        ]
    elif known:
        edge = [(x, high) for x, _, high in known] + [(x, low) for x, low, _ in reversed(known)]
        parts.append(f'<polygon points="{_points(frame, edge)}" fill="{color}" opacity=".13"/>')
    dash = ' stroke-dasharray="6 4"' if line.dashed else ""
    width = 1.2 if line.dots else 2
    parts.append(
        f'<polyline points="{_points(frame, list(zip(line.x, line.y, strict=True)))}" '
        f'fill="none" stroke="{color}" stroke-width="{width}"{dash}/>'
    )
    return "".join(parts)


def _points(frame: _Frame, pairs: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{frame.x(x):.1f},{frame.y(y):.1f}" for x, y in pairs)


def svg(width: int, height: int, content: str, title: str) -> str:
    """Return a drawing as an SVG element.

    Parameters
    ----------
    width, height : int
        Of its own units; the page scales it.
    title : str
        For those who cannot see it.
    """
    return (
        f'<svg class="chart" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(title)}">{content}</svg>'
    )
