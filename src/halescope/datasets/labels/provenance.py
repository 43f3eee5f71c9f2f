"""Where the labels of a manifest come from: `provenance.json` beside it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from halescope._version import __version__
from halescope.box_rule.extent import DEFAULT_RULE
from halescope.datasets.labels.quality import FLAGS
from halescope.io.atomic import atomic_text

if TYPE_CHECKING:
    from halescope.datasets.labels.images import LabelReport
    from halescope.datasets.labels.sources import Sources

_KINDS = {"SRS": "NOAA Solar Region Summary", "HEK": "HEK, NOAA SWPC observer"}


def write_provenance(
    folder: Path, srs: Path, report: LabelReport, rows: int, sources: Sources | None = None
) -> Path:
    """Write what made the labels: table, rule, version, and what was left out.

    Parameters
    ----------
    srs : Path
        File or folder that the labels came from.
    rows : int
        Rows of the manifest.
    sources : Sources, optional
        What the labels came from, where it is not the SRS alone.
    """
    digest = hashlib.sha256(srs.read_bytes()).hexdigest() if srs.is_file() else None
    name = sources.name if sources else "SRS"
    boxes = Counter(str(row["box_source"]).split(" ")[0] for row in report.rows if row["status"])
    flags = Counter(word for row in report.rows for word in str(row["flags"]).split(";") if word)
    document = {
        "halescope": __version__,
        "source": {"kind": _KINDS[name], "path": srs.name, "sha256": digest},
        "boxes": dict(sorted(boxes.items())),
        "flags": {"counts": dict(sorted(flags.items())), "meaning": FLAGS},
        "box_rule": asdict(DEFAULT_RULE),
        "canonical": {"side": 416, "radius": 200, "rows": "upwards"},
        "rows": rows,
        "statuses": dict(Counter(str(row["status"] or "empty") for row in report.rows)),
        "without_srs": [Path(name).name for name in report.unlabelled],
        "unreadable": report.problems,
    }
    return atomic_text(folder / "provenance.json", json.dumps(document, indent=1) + "\n")
