"""Figures and tables as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def word(value: Mapping[str, Any] | None) -> str:
    """Return a figure's value, a dash where there is none."""
    return "&ndash;" if value is None or value["value"] is None else f"{value['value']:.3f}"


def spread(value: Mapping[str, Any] | None) -> str:
    """Return a figure with its interval in small letters."""
    if value is None or value["value"] is None:
        return "&ndash;"
    return figure(value["value"], value["low"], value["high"])


def figure(value: float, low: float | None, high: float | None) -> str:
    """Return a number with its interval in small letters."""
    if low is None or high is None:
        return f"{value:.3f}"
    return f"{value:.3f} <small>[{low:.3f} {high:.3f}]</small>"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; cells are HTML already."""
    top = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def confusion_table(rows: Sequence[Sequence[int]], names: Sequence[str], title: str) -> str:
    """Return a confusion table; a cell's shade is its share of the row.

    Parameters
    ----------
    rows : (K, K) int
        Truth by row.
    """
    head = "".join(f"<th>{name}</th>" for name in names)
    body = []
    for index, row in enumerate(rows):
        total = max(sum(row), 1)
        cells = "".join(
            f'<td style="background:rgba({_shade(place == index)},{count / total:.2f})">'
            f"{count}<small>{count / total:.0%}</small></td>"
            for place, count in enumerate(row)
        )
        body.append(f"<tr><th>{names[index]}</th>{cells}</tr>")
    return (
        f'<table class="confusion"><caption>{title}</caption><thead><tr><th>NOAA \\ ours</th>'
        f"{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
    )


def charts(*parts: tuple[str, str]) -> str:
    """Return charts side by side, each a title and its HTML."""
    return (
        '<div class="charts">'
        + "".join(f"<div><h3>{title}</h3>{chart}</div>" for title, chart in parts)
        + "</div>"
    )


def _shade(right: bool) -> str:
    return "0,158,115" if right else "213,94,0"
