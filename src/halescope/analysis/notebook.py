"""What a notebook shows of an analysis."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

from halescope.analysis.words import sentence
from halescope.render.pages import render_page

if TYPE_CHECKING:
    from halescope.analysis.result import Analysis

_SHOWN = (
    ("region", "region", "{}"),
    ("class", "class", "{}"),
    ("p_class", "its probability", "{:.2f}"),
    ("hgs_lon", "longitude [deg]", "{:+.1f}"),
    ("hgs_lat", "latitude [deg]", "{:+.1f}"),
    ("area_msh", "area [MSH]", "{:.0f}"),
    ("score", "score", "{:.2f}"),
    ("flags", "flags", "{}"),
)
"""Column, its heading and how it is written."""


def html_of(analysis: Analysis) -> str:
    """Return picture and table as a piece of HTML that needs nothing else."""
    buffer = io.BytesIO()
    analysis.picture.save(buffer, "PNG", optimize=False, compress_level=6)
    shown = [column for column in _SHOWN if column[0] in analysis.catalog.columns]
    return render_page(
        "analysis/templates/notebook.html",
        title=sentence(analysis),
        picture=base64.b64encode(buffer.getvalue()).decode("ascii"),
        headings=[heading for _, heading, _ in shown],
        rows=[
            [_cell(row[name], form) for name, _, form in shown] for row in analysis.catalog.rows()
        ],
    )


def _cell(value: Any, form: str) -> str:
    if value is None:
        return ""
    return form.format(value).replace("|", ", ").replace("_", " ")
