"""Counts over a data set, for its charts."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from halescope.classes import MOUNT_WILSON
from halescope.datasets.labels.quality import FLAGS, SEPARATOR
from halescope.datasets.splits.config import PARTS
from halescope.studio.datasets.index import NO_CLASS, PLAGE, DatasetIndex

MOST_REGIONS = 24
"""Regions in the chart of those with most labels."""

ORDER = (*MOUNT_WILSON, NO_CLASS, PLAGE)


def statistics(index: DatasetIndex) -> dict[str, Any]:
    """Return what the charts of a data set show."""
    held = index.columns
    is_label = np.array([bool(status) for status in held.statuses], bool)
    spotted = is_label & (np.array(held.statuses, object) != "plage")
    flags = Counter(
        word for words in held.flags if words for word in words.split(SEPARATOR) if word
    )
    return {
        "kind": index.kind,
        "images": len(index.images),
        "labels": int(is_label.sum()),
        "classes": _by_part(index),
        "parts": ordered(index.parts),
        "statuses": dict(index.statuses.most_common()),
        "regions": _regions(index),
        "longitudes": _longitudes(index, spotted),
        "sizes": _sizes(index, spotted),
        "days": _days(index),
        "flags": [
            {"flag": name, "count": count, "meaning": FLAGS.get(name, "")}
            for name, count in flags.most_common()
        ],
    }


def ordered(parts: Counter[str]) -> dict[str, int]:
    """Return parts in their order, others and none at the end."""
    names = [name for name in PARTS if name in parts]
    names += sorted(name for name in parts if name and name not in PARTS)
    return {name: parts[name] for name in (*names, *([""] if "" in parts else []))}


def order_of(name: str) -> tuple[int, str]:
    """Return what classes are sorted by: NOAA's in their order, others by name, no class last."""
    if name in ORDER:
        place = ORDER.index(name)
        return (place if place < len(MOUNT_WILSON) else place + 1000), name
    return len(MOUNT_WILSON), name


def _by_part(index: DatasetIndex) -> list[dict[str, Any]]:
    counts: dict[str, Counter[str]] = {}
    for record in index.images:
        for row in index.labels_of(record):
            counts.setdefault(index.called(row), Counter())[record.part] += 1
    return [
        {"class": name, "total": counts[name].total(), "parts": ordered(counts[name])}
        for name in sorted(counts, key=order_of)
    ]


def _regions(index: DatasetIndex) -> dict[str, Any]:
    counts = Counter(number for number in index.columns.numbers if number)
    shown = [{"region": name, "labels": n} for name, n in counts.most_common(MOST_REGIONS)]
    return {"count": len(counts), "most": shown}


def _longitudes(index: DatasetIndex, spotted: Any) -> list[dict[str, int]]:
    """Return labels in bins of 10 degrees, west positive."""
    known = index.longitudes[spotted]
    known = known[np.isfinite(known)]
    edges = np.arange(-90, 100, 10)
    counts, _ = np.histogram(known, edges)
    return [{"from": int(low), "count": int(n)} for low, n in zip(edges, counts, strict=False)]


def _sizes(index: DatasetIndex, spotted: Any) -> list[dict[str, int]]:
    """Return labels in bins of 8 canonical pixels of the box's longer side."""
    boxes = index.boxes[spotted]
    side = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    side = side[np.isfinite(side)]
    if not len(side):
        return []
    edges = np.arange(0, max(16, float(side.max()) + 8), 8)
    counts, _ = np.histogram(np.clip(side, 0, None), edges)
    return [{"from": int(low), "count": int(n)} for low, n in zip(edges, counts, strict=False)]


def _days(index: DatasetIndex) -> list[dict[str, Any]]:
    """Return the images of each day, by part."""
    days: dict[str, Counter[str]] = {}
    for record in index.images:
        if record.time:
            days.setdefault(record.time[:10], Counter())[record.part] += 1
    return [{"day": day, "parts": ordered(days[day])} for day in sorted(days)]
