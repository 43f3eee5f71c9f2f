"""The audit of a split in plain words."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from typing import Any

import numpy as np

from halescope.datasets.imports.crops import audit_crops
from halescope.datasets.splits.audit import Audit, Pair, audit_manifest
from halescope.errors import DatasetError
from halescope.studio.datasets.index import DatasetIndex
from halescope.tracks.mean_rotation import PASSAGE_DAYS

Finding = dict[str, Any]
"""`level` (leak, warning, good), `title` and `text` of what was found, and `items`, if any."""


def audited(index: DatasetIndex) -> dict[str, Any]:
    """Return whether a data set's parts leak, in words, and the figures behind them."""
    parts = [name for name in index.parts if name]
    if len(parts) < 2:
        text = "Nothing can leak yet: the data set has no parts. Divide it before you train on it."
        return _nothing(index, "undivided", text)
    crops = index.kind == "crops"
    found = audit_crops(index.table) if crops else audit_manifest(index.table, _unit(index))
    findings = [finding for pair in found.pairs for finding in _of_pair(pair, crops)]
    findings += [_warning(line) for line in found.warnings if " differ from " in line]
    findings += [_missing(line) for line in found.warnings if " has no firm label " in line]
    order = {"leak": 0, "warning": 1, "good": 2}
    named = any(index.columns.numbers)
    findings += [] if named else [dict(_NO_NUMBERS)]
    findings.sort(key=lambda finding: order[finding["level"]])
    return {
        "verdict": _verdict(found, index, named),
        "text": _VERDICTS[_verdict(found, index, named)],
        "command": _command(index),
        "findings": findings,
        "parts": found.parts,
        "pairs": [_plain(pair) for pair in found.pairs],
    }


def _command(index: DatasetIndex) -> str:
    table = index.table.relative_to(index.folder.parent.parent).as_posix()
    unit = ["--unit", "region"] if index.kind == "disks" and _unit(index) == "region" else []
    return f"halescope {shlex.join(['dataset', 'audit', table, *unit])}"


def _unit(index: DatasetIndex) -> Any:
    """Return what goes into one part as a whole: the region where an image has several parts."""
    images = len({record.image for record in index.images})
    return "image" if images == len(index.images) and _whole(index) else "region"


def _whole(index: DatasetIndex) -> bool:
    """Say whether images lie in one part each; a split by region divides their rows."""
    from halescope.datasets.manifest import blocks

    last: tuple[str, str] | None = None
    for block in blocks(index.table, ["image", "split"], lenient=True):
        for image, part in zip(block["image"], block["split"], strict=True):
            if last and image == last[0] and part != last[1]:
                return False
            last = image, part
    return True


_VERDICTS = {
    "clean": "What a network is tested on, it has not seen in training: figures can be believed.",
    "leaks": "What a network is tested on, it has seen in training, or nearly so: its figures will "
    "be better than they deserve. Divide by time or by region instead.",
    "unsure": "Nothing that leaks was found, but regions could not be compared.",
}

_NO_NUMBERS: Finding = {
    "level": "warning",
    "title": "The labels name no regions",
    "text": "Without NOAA numbers a region may be in several parts and nobody sees it here. "
    "Pictures and times were compared.",
}


def _verdict(found: Audit, index: DatasetIndex, named: bool) -> str:
    if not found.is_clean:
        return "leaks"
    gaps = [pair.gap_days for pair in found.pairs]
    far = all(gap > PASSAGE_DAYS for gap in gaps)  # NaN, an unknown gap, is not far
    return "clean" if named or (index.kind == "disks" and far) else "unsure"


def _of_pair(pair: Pair, crops: bool) -> list[Finding]:
    first, second = pair.first, pair.second
    out: list[Finding] = []
    if pair.regions:
        share = pair.rows_of_shared / max(pair.rows_listed, 1)
        text = (
            f"{pair.rows_of_shared:,} of {pair.rows_listed:,} labels of {second} ({share:.0%}) "
            f"show a region that is in {first} too, and looks much the same from hour to hour."
        )
        title = f"{_count(len(pair.regions), 'region')} in both {first} and {second}"
        out.append(_leak(title, text, [str(number) for number in pair.regions]))
    if pair.identical:
        text = "The same picture under two names counts as one that was learned by heart."
        what = _count(pair.identical, "picture")
        out.append(_leak(f"{what} of {second}, byte for byte in {first}", text))
    if pair.images and not crops:
        text = "An image belongs into one part alone."
        out.append(_leak(f"{_count(pair.images, 'image')} in both {first} and {second}", text))
    if pair.near and not crops:
        text = (
            f"{pair.near:,} of {pair.images_second:,} images of {second} "
            f"({pair.near / max(pair.images_second, 1):.0%}) lie within a day of one of {first}."
        )
        out.append(_leak(f"{second} is near to {first} in time", text))
    if pair.returns:
        text = "The same place, one to three rotations later: perhaps a region that came back."
        what = _count(len(pair.returns), "region")
        items = [f"{a} → {b}" for a, b in pair.returns]
        title = f"{what} of {second} may have been seen in {first} before"
        out.append({"level": "warning", "title": title, "text": text, "items": items})
    return out or [_apart(pair)]


def _apart(pair: Pair) -> Finding:
    known = not np.isnan(pair.gap_days)
    shared = ["region"] * bool(pair.rows_listed) + ["picture"] + ["hour"] * known
    gap = f", {pair.gap_days:.1f} days apart at least" if known else ""
    text = f"No {' and no '.join(shared)} in common{gap}."
    return {"level": "good", "title": f"{pair.first} and {pair.second} share nothing", "text": text}


def _leak(title: str, text: str, items: list[str] | None = None) -> Finding:
    return {"level": "leak", "title": title, "text": text, "items": items or []}


def _warning(line: str) -> Finding:
    what, _, share = line.partition(": ")
    words = what.split(" ")
    text = f"{share[:1].upper()}{share[1:]}. What is good on one may be poor on the other."
    title = f"{words[0].capitalize()} of {words[2]} are unlike those of {words[-1]}"
    return {"level": "warning", "title": title, "text": text}


def _missing(line: str) -> Finding:
    name, _, classes = line.partition(" has no firm label of class ")
    text = f"Nothing can be said of {classes} there."
    return {"level": "warning", "title": f"{name} has no firm label of {classes}", "text": text}


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _plain(pair: Pair) -> dict[str, Any]:
    """Return a pair for JSON; a gap that is unknown is null."""
    gap = None if np.isnan(pair.gap_days) else round(pair.gap_days, 2)
    return asdict(pair) | {"gap_days": gap}


def audit_or_problem(index: DatasetIndex) -> dict[str, Any]:
    """Return the audit; where it cannot be made, why."""
    try:
        return audited(index)
    except DatasetError as error:
        return _nothing(index, "unknown", str(error))


def _nothing(index: DatasetIndex, verdict: str, text: str) -> dict[str, Any]:
    empty: dict[str, Any] = {"findings": [], "parts": {}, "pairs": []}
    return {"verdict": verdict, "text": text, "command": _command(index), **empty}
