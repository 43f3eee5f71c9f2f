"""The detection sections of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from halescope.evaluation.report.charts import Line, line_chart
from halescope.evaluation.report.dots import Mark, dot_rows
from halescope.evaluation.report.words import charts, figure, spread, table

LISTED = 20
"""Regions in the table before it is folded."""

_READINGS = {"lenient": "plage ignored", "strict": "plage a false alarm"}


def detection_section(part: dict[str, Any], own: str) -> str:
    """Return table and curves of all detectors.

    Parameters
    ----------
    part : dict
        See `halescope.evaluation.report.detection.detection_part`.
    own : str
        Name of the detector that is evaluated.
    """
    rows = [
        [
            f"<b>{escape(name or own)}</b>",
            _READINGS[reading],
            *(spread(found[reading][key]) for key in ("ap50", "ap70", "precision", "recall", "f1")),
            figure(found["large_inner_found"], *(found["large_inner_interval"] or (None, None))),
            figure(found["stray_per_disk"], *(found["stray_interval"] or (None, None))),
        ]
        for name, found in part["detectors"].items()
        for reading in _READINGS
    ]
    head = ["detector", "", "AP at 0.5", "AP at 0.7", "precision", "recall", "F1",
            "large found", "strays a disk"]  # fmt: skip
    words = (
        "<p>Precision, recall and F1 at the score that ships. <b>Large found</b>: of the regions "
        "of 20 MSH and more within 60 degrees, those with a box centre within 6 degrees of NOAA's "
        "position. <b>Strays</b>: boxes away from every label.</p>"
    )
    curves = charts(
        *(
            (f"Precision and recall, {words_}", _curves(part, reading, own))
            for reading, words_ in _READINGS.items()
        ),
        *(
            (f"Average precision by IoU, {words_}", _overlaps(part, reading, own))
            for reading, words_ in _READINGS.items()
        ),
    )
    return words + table(head, rows) + curves


def _curves(part: dict[str, Any], reading: str, own: str) -> str:
    lines, points = [], []
    for color, (name, curve) in enumerate(part["curves"][reading].items()):
        low, high = ([], []) if name else (curve["low"], curve["high"])
        lines.append(
            Line(
                name or own,
                curve["recall"],
                curve["precision"],
                low,
                high,
                dashed=bool(name),
                color=color,
            )
        )
        found = part["detectors"][name][reading]
        at = (found["recall"]["value"], found["precision"]["value"])
        if curve["recall"] and None not in at:
            points.append((*at, color))
    return line_chart(lines, ("recall", "precision"), points=points)


def _overlaps(part: dict[str, Any], reading: str, own: str) -> str:
    lines = []
    for color, (name, rows) in enumerate(part["by_overlap"][reading].items()):
        known = [row for row in rows if isinstance(row["iou"], float) and row["value"] is not None]
        mean = rows[-1]["value"]
        title = (name or own) + ("" if mean is None else f", mean {mean:.3f}")
        lines.append(
            Line(
                title,
                [row["iou"] + 0.006 * (color - 1) for row in known],  # side by side
                [row["value"] for row in known],
                [row["low"] for row in known],
                [row["high"] for row in known],
                bool(name),
                True,
                color,
            )
        )
    return line_chart(
        lines, ("least IoU of a match", "average precision"), (0.45, 1.0), ticks=(11, 5)
    )


def where_section(part: dict[str, Any], own: str) -> str:
    """Return recall and precision by size, longitude, field, class and file type.

    Parameters
    ----------
    own : str
        Name of the detector that is evaluated.
    """
    titles = {
        "size": ("Recall by NOAA's spot area, MSH", ""),
        "longitude": (
            "Recall by distance from the central meridian, degrees",
            "Precision by distance from the central meridian, degrees",
        ),
        "field": (
            "Recall by the strongest smoothed field, grey levels",
            "Precision by the strongest smoothed field, grey levels",
        ),
        "class": ("Recall by NOAA's class", ""),
        "file": ("Recall by instrument and file type", "Precision by instrument and file type"),
    }
    parts = []
    for key, (recall, precision) in titles.items():
        parts.append((recall, _rows(part["strata"], key, "recall", own)))
        if precision:
            parts.append((precision, _rows(part["strata"], key, "precision", own)))
    return (
        "<p>At the score that ships, IoU 0.5, plage ignored. At the right: labels and regions, or "
        "boxes, of the evaluated detector. A grey level is about 2 gauss; the field is smoothed as "
        "for the boxes.</p>" + charts(*parts)
    )


def _rows(strata: Mapping[str, Any], key: str, what: str, own: str) -> str:
    labels = list(dict.fromkeys(row["label"] for rows in strata.values() for row in rows[key]))
    out = []
    for label in labels:
        marks: list[Mark] = []
        note = ""
        for color, (name, rows) in enumerate(strata.items()):
            row = next((r for r in rows[key] if r["label"] == label), None)
            if row is None:
                continue
            value = row[what]
            marks.append(Mark(value["value"], value["low"], value["high"], color))
            if not name:
                note = _note(row, what)
        if any(mark.value is not None for mark in marks):
            out.append((label, note, marks))
    return dot_rows(out, what, names=[name or own for name in strata])


def _note(row: Mapping[str, Any], what: str) -> str:
    if what == "precision":
        return f"{row['boxes']} boxes"
    return f"{row['labels']} of {row['regions']}"


def region_section(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the table of regions, the worst found first.

    Parameters
    ----------
    rows : sequence of mapping
        See `halescope.evaluation.report.mistakes.region_rows`.
    """
    if not rows:
        return "<p>No firm label.</p>"
    cells = [
        [
            f"<b>{row['region']}</b>",
            escape(row["classes"]),
            f"{row['area_msh']:g}",
            str(row["frames"]),
            f'<span class="bar"><meter min="0" max="1" value="{row["found"]}"></meter></span> '
            f"{row['found']:.2f}",
            f"{row['iou']:.2f}",
            escape(row["reason"]),
        ]
        for row in rows
    ]
    head = ["NOAA", "classes", "largest area, MSH", "frames", "found", "mean IoU",
            "what happens where it is missed"]  # fmt: skip
    more = ""
    if len(cells) > LISTED:
        rest = table(head, cells[LISTED:])
        more = f"<details><summary>{len(cells) - LISTED} more regions</summary>{rest}</details>"
    return (
        "<p>Firm labels only. <b>Merged</b>: the box that comes nearest holds another region too."
        "</p>" + table(head, cells[:LISTED]) + more
    )
