"""What went wrong: which regions are missed and why, false positives, and wrong classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from halescope.boxes import center, iou
from halescope.classes import HIERARCHY
from halescope.datasets.manifest import Entry
from halescope.evaluation.detection import mistake_groups, result_of
from halescope.evaluation.metrics.detection import match
from halescope.evaluation.predictions import NETWORK, ClassPredictions
from halescope.evaluation.run import EvaluatedImage
from halescope.evaluation.truth import boxes_of
from halescope.types import Array

POOR = 0.1
"""A box with less IoU than this has nothing to do with a label."""


@dataclass(frozen=True)
class Mistake:
    """A mistake on one image, to be shown, and in how many frames the same happened.

    Parameters
    ----------
    kind : {"miss", "alarm", "class"}
    box : (4,) tuple of float
        What the picture is about, canonical pixels.
    weight : float
        Spot area of a miss, score of a false positive, probability of a wrong class.
    """

    kind: str
    image: str
    time: str
    box: tuple[float, float, float, float]
    title: str
    reason: str
    frames: int
    weight: float


@dataclass(frozen=True)
class _Sight:
    """A region on one image: whether it is found, the best IoU, and what is wrong with that box."""

    image: str
    entry: Entry
    found: bool
    overlap: float
    reason: str

    @property
    def area(self) -> float:
        return self.entry.area if np.isfinite(self.entry.area) else 0.0


@dataclass(frozen=True)
class RegionRow:
    """What becomes of one region: its classes, the most frequent first, and largest spot area.

    `found` is the share of frames in which a shown box has an IoU of 0.5 or more with it, `iou` the
    mean best IoU, `reason` that of most misses, empty without one.
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
    """Return a row for each firm region, worst first, and misses, the heaviest first.

    There is one miss for each region that is missed at all; `threshold` is the score from which a
    box is shown.
    """
    regions: dict[int, list[_Sight]] = {}
    for s in seen:
        scores = match(result_of(s, strict=False), 0.5).found.tolist()
        shown = s.found.boxes[s.found.score >= threshold]
        for score, entry in zip(scores, s.firm, strict=True):
            why = why_missed(entry, s.labels, shown)
            sight = _Sight(s.image, entry, score >= threshold, *why)
            regions.setdefault(entry.noaa_number, []).append(sight)
    every = sorted(
        regions.items(),
        key=lambda r: (np.mean([s.found for s in r[1]]), -max(s.area for s in r[1])),
    )
    misses = [m for number, sights in regions.items() if (m := _miss(number, sights)) is not None]
    return [_row(*region) for region in every], sorted(misses, key=lambda m: -m.weight)


def _row(number: int, sights: list[_Sight]) -> RegionRow:
    classes = Counter(s.entry.mount_wilson or "none" for s in sights)
    return RegionRow(
        number,
        ", ".join(name for name, _ in classes.most_common()),
        max(s.area for s in sights),
        len(sights),
        round(sum(s.found for s in sights) / len(sights), 3),
        round(float(np.mean([s.overlap for s in sights])), 3),
        _reason(sights),
    )


def _reason(sights: list[_Sight]) -> str:
    """Return the reason of most misses; empty without one."""
    reasons = Counter(s.reason for s in sights if not s.found)
    return reasons.most_common(1)[0][0] if reasons else ""


def _miss(number: int, sights: list[_Sight]) -> Mistake | None:
    """Return the largest miss with the reason of most misses; None without one."""
    reason, missed = _reason(sights), sum(not s.found for s in sights)
    if not missed:
        return None
    worst = max((s for s in sights if not s.found and s.reason == reason), key=lambda s: s.area)
    entry = worst.entry
    return Mistake(
        "miss",
        worst.image,
        entry.time,
        entry.box,
        f"NOAA {number}, {entry.mount_wilson or 'no class'}, {worst.area:g} MSH",
        f"{reason}; missed in {missed} of {len(sights)} frames",
        missed,
        worst.area,
    )


def why_missed(entry: Entry, labels: Sequence[Entry], shown: Array) -> tuple[float, str]:
    """Return the best IoU of shown boxes, (N, 4), with a label, and what is wrong with that box."""
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
    boxes = boxes_of(s.labels)
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
    """Return the surest wrong class of each region among scored predictions, surest first.

    `places` says by time and region on which image and where the manifest has it.
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
