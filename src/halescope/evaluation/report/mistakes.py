"""What went wrong: which regions are missed and why, false positives, and wrong classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from halescope.boxes import center, iou
from halescope.classes import HIERARCHY
from halescope.datasets.manifest import Entry
from halescope.evaluation.detection import mistake_groups, result_of
from halescope.evaluation.metrics.detection import match
from halescope.evaluation.predictions import NETWORK, ClassPredictions
from halescope.evaluation.run import EvaluatedImage
from halescope.types import Array

POOR = 0.1
"""A box with less IoU than this has nothing to do with a label."""


@dataclass(frozen=True)
class Mistake:
    """A mistake on one image, to be shown.

    Parameters
    ----------
    kind : {"miss", "alarm", "class"}
    box : (4,) tuple of float
        What the picture is about, canonical pixels.
    frames : int
        Frames in which the same happened.
    weight : float
        Worst first: spot area of a miss, score of an alarm, certainty of a wrong class.
    """

    kind: str
    image: str
    time: str
    box: tuple[float, float, float, float]
    title: str
    reason: str
    frames: int
    weight: float


@dataclass
class _Region:
    """One region over all its frames."""

    number: int
    classes: Counter[str] = field(default_factory=Counter)
    area: float = 0.0
    frames: int = 0
    found: int = 0
    overlaps: list[float] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    worst: dict[str, tuple[float, EvaluatedImage, Entry]] = field(default_factory=dict)


@dataclass(frozen=True)
class RegionRow:
    """What becomes of one region.

    Parameters
    ----------
    region : int
        NOAA number.
    classes : str
        Mount Wilson classes, the most frequent first.
    area_msh : float
        Largest spot area, MSH.
    frames : int
    found : float
        Share of frames in which a shown box has an IoU of 0.5 or more with it.
    iou : float
        Mean over frames of the best IoU of a shown box.
    reason : str
        Of most misses; empty without one.
    """

    region: int
    classes: str
    area_msh: float
    frames: int
    found: float
    iou: float
    reason: str


def region_rows(
    seen: Sequence[EvaluatedImage], threshold: float
) -> tuple[list[RegionRow], list[Mistake]]:
    """Return a row for each firm region, and its worst miss.

    Parameters
    ----------
    threshold : float
        Score from which a box is shown.

    Returns
    -------
    rows : list of RegionRow
        Worst first.
    misses : list of Mistake
        One for each region that is missed at all, the heaviest first.
    """
    regions: dict[int, _Region] = {}
    for s in seen:
        scores = match(result_of(s, strict=False), 0.5).found
        shown = s.found.boxes[s.found.score >= threshold]
        for score, entry in zip(scores.tolist(), s.firm, strict=True):
            region = regions.setdefault(entry.noaa_number, _Region(entry.noaa_number))
            _add(region, s, entry, shown, found=score >= threshold)
    ordered = sorted(regions.values(), key=lambda r: (r.found / r.frames, -r.area))
    rows = [
        RegionRow(
            r.number,
            ", ".join(name for name, _ in r.classes.most_common()),
            r.area,
            r.frames,
            round(r.found / r.frames, 3),
            round(float(np.mean(r.overlaps)), 3),
            r.reasons.most_common(1)[0][0] if r.reasons else "",
        )
        for r in ordered
    ]
    misses = [m for r in regions.values() if (m := _miss(r)) is not None]
    return rows, sorted(misses, key=lambda m: -m.weight)


def _add(region: _Region, s: EvaluatedImage, entry: Entry, shown: Array, found: bool) -> None:
    area = entry.area if np.isfinite(entry.area) else 0.0
    region.classes[entry.mount_wilson or "none"] += 1
    region.area = max(region.area, area)
    region.frames += 1
    region.found += found
    overlap, reason = why_missed(entry, s.labels, shown)
    region.overlaps.append(overlap)
    if not found:
        region.reasons[reason] += 1
        if reason not in region.worst or area > region.worst[reason][0]:
            region.worst[reason] = (area, s, entry)


def why_missed(entry: Entry, labels: Sequence[Entry], shown: Array) -> tuple[float, str]:
    """Return the best IoU of the shown boxes with a label, and what is wrong with that box.

    Parameters
    ----------
    labels : sequence of Entry
        All of the image.
    shown : (N, 4) float32
        Boxes.
    """
    own = np.array(entry.box, np.float32)[None]
    overlap = iou(own, shown)[0] if len(shown) else np.zeros(0)
    if not len(overlap) or overlap.max() < POOR:
        return float(overlap.max(initial=0)), "no box"
    best = shown[int(overlap.argmax())]
    others = [
        e.noaa_number
        for e in labels
        if e.noaa_number and e.noaa_number != entry.noaa_number and _holds(best, e)
    ]
    if others:
        return float(overlap.max()), "merged with " + ", ".join(map(str, sorted(set(others))))
    larger = np.prod(best[2:] - best[:2]) > np.prod(own[0, 2:] - own[0, :2])
    return float(overlap.max()), f"box too {'large' if larger else 'small'}"


def _holds(box: Array, entry: Entry) -> bool:
    x, y = center(np.array(entry.box, np.float32)[None])[0]
    return bool(box[0] <= x <= box[2] and box[1] <= y <= box[3])


def _miss(region: _Region) -> Mistake | None:
    if not region.reasons:
        return None
    reason = region.reasons.most_common(1)[0][0]
    area, s, entry = region.worst[reason]
    missed = region.frames - region.found
    return Mistake(
        "miss",
        s.image,
        entry.time,
        entry.box,
        f"NOAA {region.number}, {entry.mount_wilson or 'no class'}, {area:g} MSH",
        f"{reason}; missed in {missed} of {region.frames} frames",
        missed,
        area,
    )


def false_positives(seen: Sequence[EvaluatedImage], threshold: float) -> list[Mistake]:
    """Return the surest false positive of each region or place, plage counted, surest first."""
    best: dict[int, tuple[float, EvaluatedImage, int]] = {}
    frames: Counter[int] = Counter()
    for s in seen:
        groups = mistake_groups(s)
        matching = match(result_of(s, strict=True), 0.5)
        alarms = matching.index[~matching.hit & (matching.score >= threshold)]
        for index in alarms.tolist():
            group, score = int(groups[index]), float(s.found.score[index])
            frames[group] += 1
            if group not in best or score > best[group][0]:
                best[group] = (score, s, index)
    out = [_alarm(s, index, frames[group]) for group, (_, s, index) in best.items()]
    return sorted(out, key=lambda m: -m.weight)


def _alarm(s: EvaluatedImage, index: int, frames: int) -> Mistake:
    box, score = s.found.boxes[index], float(s.found.score[index])
    boxes = np.array([e.box for e in s.labels], np.float32).reshape(-1, 4)
    overlap = iou(box[None], boxes)[0] if len(boxes) else np.zeros(0)
    held = sorted({e.noaa_number for e in s.labels if e.noaa_number and _holds(box, e)})
    if len(held) > 1:
        reason = "one box for NOAA " + ", ".join(map(str, held))
    elif not len(overlap) or overlap.max() < POOR:
        reason = "on no label"
    else:
        entry = s.labels[int(overlap.argmax())]
        number = f"NOAA {entry.noaa_number}, " if entry.noaa_number else ""
        reason = f"on {number}{entry.status}, IoU {overlap.max():.2f}"
    return Mistake(
        "alarm",
        s.image,
        s.labels[0].time if s.labels else "",
        (float(box[0]), float(box[1]), float(box[2]), float(box[3])),
        f"score {score:.2f}",
        f"{reason}; in {frames} frame{'s' if frames != 1 else ''}",
        frames,
        score,
    )


def wrong_classes(
    found: ClassPredictions, places: Mapping[tuple[str, int], tuple[str, Entry]]
) -> list[Mistake]:
    """Return the surest wrong class of each region, surest first.

    Parameters
    ----------
    found : ClassPredictions
        Those that are scored.
    places : mapping of (time, region) to (image, Entry)
        Where the manifest has each.
    """
    share, truth = found.sets[NETWORK], found.truth
    wrong = np.nonzero(share.argmax(1) != truth)[0]
    frames = Counter(found.region[wrong].tolist())
    out: dict[int, Mistake] = {}
    for index in wrong[np.argsort(-share[wrong].max(1), kind="stable")].tolist():
        region = int(found.region[index])
        place = places.get((str(found.time[index]), region))
        if region in out or place is None:
            continue
        said, sure = HIERARCHY[int(share[index].argmax())], float(share[index].max())
        out[region] = Mistake(
            "class",
            place[0],
            str(found.time[index]),
            place[1].box,
            f"NOAA {place[1].noaa_number}: {found.mount_wilson[index]}, we say {said}",
            f"probability {sure:.2f}; wrong in {frames[region]} frames",
            frames[region],
            sure,
        )
    return list(out.values())
