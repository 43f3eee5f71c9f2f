"""Small plots as SVG text: bars and histograms, nothing to install."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 420, 200, 56, 44, 26


def bars(title: str, values: Mapping[str, float], unit: str = "") -> str:
    """Return a bar chart.

    Parameters
    ----------
    values : mapping of str to float
        Label of a bar to its height; labels are thinned out where they would touch.
    unit : str
        Below the axis.
    """
    top = max([*values.values(), 1e-9])
    wide = (WIDTH - LEFT - 8) / max(len(values), 1)
    high = HEIGHT - BOTTOM - TOP
    letters = max([len(str(label)) for label in values], default=1)
    every = max(1, round(len(values) * (6 * letters + 8) / (WIDTH - LEFT)))
    slanted = letters > 6 and every > 1 and len(values) <= 14  # words, not numbers
    every = 1 if slanted else every
    parts = [f'<text x="{LEFT}" y="16" class="t">{escape(title)}</text>']
    for index, (label, value) in enumerate(values.items()):
        x, tall = LEFT + index * wide, high * value / top
        tip = f"<title>{escape(label)}: {value:g}</title>"
        parts.append(
            f'<rect x="{x + wide * 0.08:.1f}" y="{TOP + high - tall:.1f}" '
            f'width="{max(wide * 0.84, 0.5):.1f}" height="{tall:.1f}">{tip}</rect>'
        )
        if index % every == 0:
            middle = x + wide / 2
            below = TOP + high + (9 if slanted else 15)
            turn = f' transform="rotate(-30 {middle:.1f} {below})"' if slanted else ""
            kind = "n" if slanted else "a"
            word = f'x="{middle:.1f}" y="{below}" class="{kind}"{turn}'
            parts.append(f"<text {word}>{escape(label)}</text>")
    for share in (0.0, 0.5, 1.0):
        y = TOP + high * (1 - share)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - 8}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(
            f'<text x="{LEFT - 5}" y="{y + 4:.1f}" class="n">{_number(top * share)}</text>'
        )
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 8}" class="a">{escape(unit)}</text>')
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" class="plot">{"".join(parts)}</svg>'


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == round(value) else f"{value:.3g}"


def histogram(title: str, values: Sequence[float], edges: Sequence[float], unit: str) -> str:
    """Return a histogram.

    Parameters
    ----------
    values : sequence of float
        NaN and what lies outside the edges is left out.
    """
    import numpy as np

    finite = np.asarray(values, float)
    counts, _ = np.histogram(finite[np.isfinite(finite)], edges)
    labels = [f"{low:g}" for low in edges[:-1]]
    return bars(title, dict(zip(labels, counts.tolist(), strict=True)), unit)
