"""The day's page as HTML, and the files beside it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from halescope.classes import HIERARCHY
from halescope.io.atomic import atomic_text
from halescope.noaa.matching import catalog_time
from halescope.render.overlay import COLORS
from halescope.render.pages import render_page

WIDTH, HEIGHT = 200.0, 34.0
"""Of the drawing of two days of class probabilities, in its own units."""

HOURS = 48.0

PAGE, DOCUMENT, REGIONS = "index.html", "day.json", "solar_regions.json"


WITH_SUMMARY = (
    "Measured with summaries, on regions that no network learned from: these classes are right as "
    "often as repeating NOAA's of yesterday, no more (gain in accuracy +0.004 [-0.03 +0.04]), and "
    "their probabilities are somewhat better."
)
WITHOUT_SUMMARY = (
    "Measured without summaries, on regions that no network learned from: these classes are worse "
    "than repeating NOAA's of yesterday (right in 0.67 and 0.47 of two sets of days, repeating in "
    "0.79 and 0.63)."
)
"""From docs/tracks.md, where the commands stand."""


@dataclass(frozen=True)
class Pictures:
    """PNG files: the disk, and a crop of each track."""

    disk: bytes | None = None
    crops: Mapping[int, bytes] = field(default_factory=dict)


def render_day(
    document: Mapping[str, Any],
    pictures: Pictures | None = None,
    notices: Sequence[str] = (),
    remark: str = "",
) -> str:
    """Return the page, one file with all its pictures.

    Parameters
    ----------
    document : mapping
        Of `halescope.day.describe`.
    pictures : Pictures, optional
        Of `halescope.day.draw`; a page without any says why at its top.
    notices : sequence of str
        Shown at the top before what the document itself calls old or doubtful.
    remark : str
        A sentence for the head of the page.
    """
    pictures = pictures or Pictures()
    end = catalog_time(document["image"]["time"]).timestamp() / 3600
    return render_page(
        "day/templates/day.html",
        day=document,
        remark=remark,
        notices=[*notices, *document["doubts"]],
        disk=_address(pictures.disk),
        crops={track: _address(data) for track, data in pictures.crops.items()},
        ribbons={r["track"]: ribbon(r["history"], end) for r in document["regions"]},
        colors={level: "rgb({},{},{})".format(*COLORS[level]) for level in HIERARCHY},
        levels=HIERARCHY,
        skill=skill_words(document),
        width=WIDTH,
        height=HEIGHT,
    )


def skill_words(document: Mapping[str, Any]) -> str:
    """Return how far the classes of a page can be trusted, against repeating NOAA's of yesterday.

    The page says it itself, so that nobody takes a class for more than was measured.
    """
    return WITH_SUMMARY if document["summary"] else WITHOUT_SUMMARY


def ribbon(history: Sequence[Mapping[str, Any]], end: float) -> dict[str, str]:
    """Return the outline of each class's share over two days, as points of SVG polygons.

    Parameters
    ----------
    history : sequence of mapping
        ``time`` and the probability of each class, in order of time.
    end : float
        Hours since 1970 of the right edge.
    """
    known = [m for m in history if m[HIERARCHY[0]] is not None]
    if not known:
        return {}
    across = [
        WIDTH * (1 - (end - catalog_time(m["time"]).timestamp() / 3600) / HOURS) for m in known
    ]
    if len(known) == 1:
        known, across = known * 2, [max(across[0] - 3, 0), across[0]]
    out, below = {}, [0.0] * len(known)
    for level in HIERARCHY:
        above = [low + float(m[level]) for low, m in zip(below, known, strict=True)]
        upper = list(zip(across, above, strict=True))
        lower = list(zip(across, below, strict=True))[::-1]
        out[level] = " ".join(f"{x:.1f},{HEIGHT * (1 - y):.1f}" for x, y in upper + lower)
        below = above
    return out


def write_day(
    folder: Path,
    document: Mapping[str, Any],
    page: str,
    regions: Sequence[Mapping[str, Any]],
) -> list[Path]:
    """Write page, ``day.json`` and ``solar_regions.json``, each whole or not at all.

    `regions`: of `halescope.day.solar_regions`. Returns their paths, the page first.
    """
    texts = {
        DOCUMENT: json.dumps(document, indent=1),
        REGIONS: json.dumps(list(regions), indent=1),
    }
    for name, text in texts.items():
        atomic_text(folder / name, text + "\n")
    return [atomic_text(folder / PAGE, page), *(folder / name for name in texts)]


def _address(data: bytes | None) -> str:
    return "" if data is None else "data:image/png;base64," + base64.b64encode(data).decode()
