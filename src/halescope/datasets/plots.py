"""Bar charts and histograms as numbers; `templates/bars.svg` draws them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 420, 200, 56, 44, 26


@dataclass(frozen=True)
class Bar:
    """One bar: its rectangle, and what is shown while the pointer is on it."""

    tip: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Label:
    """A word below a bar, or beside an axis; centred, or `turned` and ending there."""

    x: float
    y: float
    text: str
    turned: bool = False


@dataclass(frozen=True)
class Chart:
    """A bar chart, in SVG user units from the upper left corner; `unit` stands below its axis."""

    title: str
    unit: str
    bars: tuple[Bar, ...]
    labels: tuple[Label, ...]
    ticks: tuple[Label, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT


def bar_chart(title: str, values: Mapping[str, float], unit: str = "") -> Chart:
    """Return a bar for each value, under its label.

    Labels are thinned out, or turned, where they would touch.
    """
    top = max([*values.values(), 1e-9])
    wide, high = (WIDTH - LEFT - 8) / max(len(values), 1), HEIGHT - BOTTOM - TOP
    letters = max([len(label) for label in values], default=1)
    every = max(1, round(len(values) * (6 * letters + 8) / (WIDTH - LEFT)))
    turned = letters > 6 and every > 1 and len(values) <= 14  # words, not numbers
    every = 1 if turned else every
    bars, labels = [], []
    for index, (label, value) in enumerate(values.items()):
        x, tall = LEFT + index * wide, high * value / top
        sides = (x + wide * 0.08, TOP + high - tall, max(wide * 0.84, 0.5), tall)
        bars.append(Bar(f"{label}: {value:g}", *(round(side, 1) for side in sides)))
        if index % every == 0:
            below = TOP + high + (9 if turned else 15)
            labels.append(Label(round(x + wide / 2, 1), below, label, turned))
    ticks = [
        Label(0, round(TOP + high * (1 - share), 1), _short(top * share)) for share in (0, 0.5, 1)
    ]
    return Chart(title, unit, tuple(bars), tuple(labels), tuple(ticks))


def histogram(title: str, counts: Mapping[int, int], edges: range, unit: str) -> Chart:
    """Return a histogram.

    `counts`: lower edge of a bin to what is in it; bins outside the edges are left out. `edges`:
    lower edges of the bins, and the last one's upper edge.
    """
    return bar_chart(title, {f"{low:g}": counts.get(low, 0) for low in edges[:-1]}, unit)


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == round(value) else f"{value:.3g}"
