"""Rows of points with intervals as SVG text, such as recall by size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from halescope.evaluation.report.charts import COLORS, legend, svg

LEFT, SPAN, RIGHT, STEP = 150, 280, 100, 30
"""Pixels: names, the axis from 0 to 1, notes; and the height of a row."""


@dataclass(frozen=True)
class Mark:
    """A point with its interval, in a row of `dot_rows`."""

    value: float | None
    low: float | None
    high: float | None
    color: int = 0


def dot_rows(
    rows: Sequence[tuple[str, str, Sequence[Mark]]],
    label: str,
    guides: Sequence[tuple[float, str]] = (),
    names: Sequence[str] = (),
) -> str:
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
    end = head + STEP * max(len(rows), 1)
    parts = [_scale(head, end, guides)]
    for index, (name, note, marks) in enumerate(rows):
        middle = head + STEP * (index + 0.5)
        parts.append(
            f'<text class="row" x="{LEFT - 10}" y="{middle + 4:.1f}" text-anchor="end">'
            f'{escape(name)}</text><text class="note" x="{LEFT + SPAN + 10}" '
            f'y="{middle + 4:.1f}">{escape(note)}</text>'
        )
        apart = min(8.0, 20.0 / max(len(marks), 1))
        for place, mark in enumerate(marks):
            y = middle + (place - (len(marks) - 1) / 2) * apart
            parts.append(_mark(mark, y))
    parts.append(
        f'<text class="axis" x="{LEFT + SPAN / 2:.1f}" y="{end + 34}" '
        f'text-anchor="middle">{escape(label)}</text>'
    )
    return svg(LEFT + SPAN + RIGHT, end + 40, "".join(parts), label) + legend(
        [(name, index, False) for index, name in enumerate(names)]
    )


def _at(value: float) -> float:
    return LEFT + SPAN * min(max(value, 0.0), 1.0)


def _scale(head: int, end: int, guides: Sequence[tuple[float, str]]) -> str:
    parts = []
    for tick in (0, 0.2, 0.4, 0.6, 0.8, 1):
        x = f"{_at(tick):.1f}"
        parts.append(
            f'<line class="grid" x1="{x}" x2="{x}" y1="{head}" y2="{end}"/><text class="tick" '
            f'x="{x}" y="{end + 15}" text-anchor="middle">{tick:g}</text>'
        )
    for value, text in guides:
        x = f"{_at(value):.1f}"
        parts.append(
            f'<line class="guide" x1="{x}" x2="{x}" y1="{head}" y2="{end}"/><text class="note" '
            f'x="{x}" y="14" text-anchor="middle">{escape(text)}</text>'
        )
    return "".join(parts)


def _mark(mark: Mark, y: float) -> str:
    if mark.value is None:
        return ""
    color = COLORS[mark.color]
    bar = ""
    if mark.low is not None and mark.high is not None:
        bar = (
            f'<line x1="{_at(mark.low):.1f}" x2="{_at(mark.high):.1f}" y1="{y:.1f}" y2="{y:.1f}" '
            f'stroke="{color}" stroke-width="2" opacity=".55"/>'
        )
    tip = f"{mark.value:.3f}"
    if mark.low is not None and mark.high is not None:
        tip += f" [{mark.low:.3f} {mark.high:.3f}]"
    return (
        f'{bar}<circle cx="{_at(mark.value):.1f}" cy="{y:.1f}" r="4" fill="{color}">'
        f"<title>{tip}</title></circle>"
    )
