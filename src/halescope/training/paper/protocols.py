"""The protocols of docs/reproduction.md: networks scored on the same frames, row by row."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from halescope.classes import MOUNT_WILSON, PAPER, PAPER_CLASSES
from halescope.evaluation.by_region import ap50_interval, balanced_interval
from halescope.evaluation.metrics.digits import Scored, coco_rates, report
from halescope.evaluation.run import LOWEST, places_of
from halescope.guards.documents import from_json
from halescope.io.atomic import atomic_text
from halescope.normalize import DISK_SIDE, normalize
from halescope.runtime.card import ModelCard
from halescope.tabulate import locate
from halescope.tensors import PICTURE_RADIUS, PICTURE_SIDE, ZERO_GREY, flip_rows
from halescope.training.data.crop_split import Placed, place_crops
from halescope.training.data.frames import DataConfig, Frame, load_picture, part_of, read_frames
from halescope.training.paper.network_cost import cost_of
from halescope.training.paper.protocol_table import PAPER_ROW, table
from halescope.training.run import digest
from halescope.types import Array, Disk, DiskGeometry, Magnetogram, Regions

PICTURE_MARGIN = np.float32((PICTURE_SIDE - DISK_SIDE) / 2)
"""Pixels by which the 512 px picture is wider than the canonical disk, on each side."""


@dataclass(frozen=True)
class Protocol:
    """How test frames are told apart from training.

    Letter a is the paper's, frames divided at random by a seed, b days and regions held out. At
    resolution 256 pictures are shrunk to it and enlarged again, as the authors' were. Frames and
    crops, of which the paper had 1,548, are spread evenly; 0 takes all. Plage from an area on,
    square pixels, counts as a region, as a person who labels by eye would draw it; 0: none does.
    """

    letter: Literal["a", "b"] = "b"
    resolution: int = PICTURE_SIDE
    frames: int = 1000
    crops: int = 1548
    seed: int = 1
    plage: float = 0.0

    @property
    def split(self) -> Literal["random", "time"]:
        """The division that a network must have been trained under."""
        return "random" if self.letter == "a" else "time"

    @property
    def text(self) -> str:
        """As it stands in the table."""
        return (
            f"({self.letter})"
            + (f" {self.resolution}" if self.resolution != PICTURE_SIDE else "")
            + (f" plage {self.plage:g}" if self.plage else "")
        )

    def data(self, manifest: Path, root: Path, crops: bool = False) -> DataConfig:
        """Return the frames, those of the classifiers' crops where that is asked for."""
        rule = DataConfig(
            manifest,
            root,
            self.split,
            plage=0.0 if crops else self.plage,
            limit=self.frames,
            seed=self.seed,
            resolution=self.resolution,
        )
        if not crops:
            return rule
        return DataConfig(**(asdict(rule) | {"objects": "firm", "min_area": 0.0}))


def run_rows(
    frames: tuple[Path, Path], protocol: Protocol, folder: Path,
    networks: Sequence[tuple[str, str]], say: Callable[[str], None] = print,
) -> list[dict[str, Any]]:  # fmt: skip
    """Score networks on the test part, each once; return the paper's and all finished rows.

    Parameters
    ----------
    frames : (manifest, root)
    folder : Path
        Keeps one JSON file for each row, which is read back, and ``table.md`` of all of them.
    networks : sequence of (task, name)
        The task is ``detector`` or ``classifier``; the name is that of a network that ships or of
        a baseline, or the path of a card.
    """
    for task, name in networks:
        _run_row(frames, protocol, folder, (task, name), say)
    done = [from_json(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
    rows = [PAPER_ROW, *sorted(done, key=lambda row: row["protocol"])]
    atomic_text(folder / "table.md", table(rows))
    return rows


def _run_row(
    frames: tuple[Path, Path], protocol: Protocol, folder: Path, network: tuple[str, str],
    say: Callable[[str], None],
) -> None:  # fmt: skip
    task, name = network
    card = _card(name, task)
    data = protocol.data(*frames, crops=task == "classifier")
    found, _ = read_frames(data)
    title = name if card is None else card.name
    state = card.sha256 + repr(card.thresholds) + repr(card.options) if card else ""
    key = digest([repr(protocol), state, *(f"{f.split} {f.image.name}" for f in found)])
    plage = f"_plage{protocol.plage:g}" if protocol.plage and task == "detector" else ""
    target = folder / f"{task}_{title}_{protocol.letter}_{protocol.resolution}{plage}.json"
    if target.is_file() and from_json(target.read_text("utf-8")).get("key") == key:
        say(f"{target.name}: done before")
        return
    if card is not None and (reason := leak(card, protocol)):
        say(f"{title}: {reason}")
    say(f"{target.name}: {len(part_of(found, 'test'))} frames")
    row: dict[str, Any] = {"name": title, "protocol": protocol.text, "key": key}
    if task == "detector":
        row |= evaluate_detector(name, part_of(found, "test"), protocol.resolution)
    else:
        row |= evaluate_classifier(name, found, data, protocol.crops)
    if card is not None:
        row |= {"cost": asdict(cost_of(card)), "trained": trained(card, protocol)}
    atomic_text(target, json.dumps(row, indent=2) + "\n")


def evaluate_detector(
    name: str, frames: Sequence[Frame], resolution: int = PICTURE_SIDE
) -> dict[str, Any]:
    """Return the three metric modes of a detector on labelled frames, in pixels of the pictures.

    Average precision is of all boxes from a score of `LOWEST` on, with its interval by region; the
    others are of those that the detector shows.
    """
    from halescope.detection.detect import detect, load_detector

    detector = load_detector(name, LOWEST)
    card = _card(name, "detector")  # its own: the detector that was loaded shows every box
    shown = 0.0 if card is None else card.thresholds["score"]
    every, places = [], []
    for frame in frames:
        disk = read_disk(frame.image, resolution)
        regions = detect(disk, detector)
        boxes = flip_rows(regions.boxes + PICTURE_MARGIN, PICTURE_SIDE)
        every.append(Scored(frame.boxes, boxes, regions.score))
        places.append(places_of(locate(disk, regions)))
    seen = [one.score >= shown for one in every]
    scored = [
        Scored(one.truth, one.found[kept], one.score[kept])
        for one, kept in zip(every, seen, strict=True)
    ]
    numbers = [np.array(frame.numbers, np.intp) for frame in frames]
    whole = replace(report(scored), coco=coco_rates(every))
    return {**whole.to_mapping(), "ap50_interval": ap50_interval(every, numbers, places)}


def evaluate_classifier(
    name: str, frames: Sequence[Frame], data: DataConfig, limit: int = 0
) -> dict[str, Any]:
    """Return accuracy and balanced accuracy of a classifier in the paper's four classes.

    Parameters
    ----------
    frames : sequence of Frame
        Of all parts: under ``random`` the crops are divided, and not the frames.
    limit : int
        Crops before the division, spread evenly; 0 takes all.
    """
    from halescope.classification.classify import classify, load_classifier

    classifier = load_classifier(name)
    merge = np.array([[PAPER[kind] == word for word in PAPER_CLASSES] for kind in MOUNT_WILSON])
    truth: list[int] = []
    found: list[int] = []
    numbers: list[int] = []
    for index, crops in _by_frame(place_crops(frames, data, limit)).items():
        frame = frames[index]
        boxes = flip_rows(frame.boxes[[c.region for c in crops]], PICTURE_SIDE) - PICTURE_MARGIN
        regions = Regions.from_boxes(boxes)
        share = classify(read_disk(frame.image, data.resolution), regions, classifier)
        truth += [PAPER_CLASSES.index(PAPER[crop.kind]) for crop in crops]
        found += (share.probabilities @ merge).argmax(1).tolist()
        numbers += [crop.number for crop in crops]
    right = np.equal(truth, found)
    recalls = [right[np.equal(truth, kind)].mean() for kind in sorted(set(truth))]
    return {
        "accuracy": float(right.mean()) if len(right) else 0.0,
        "balanced_accuracy": float(np.mean(recalls)) if recalls else 0.0,
        "balanced_interval": balanced_interval(np.array(truth), right, np.array(numbers)),
        "regions": len(set(numbers)),
        "crops": len(truth),
        "per_class": np.bincount(truth, minlength=len(PAPER_CLASSES)).tolist(),
        "right": np.bincount(np.array(truth, int)[right], minlength=len(PAPER_CLASSES)).tolist(),
    }


def read_disk(path: Path, resolution: int = PICTURE_SIDE) -> Disk:
    """Return the canonical disk of a file, of its shrunk and enlarged picture at 256."""
    from halescope.io import read

    if resolution == PICTURE_SIDE:
        return normalize(read(path))
    origin = read(path)
    levels: Array = load_picture(path, resolution)[::-1].astype(np.float32) - np.float32(ZERO_GREY)
    middle = (PICTURE_SIDE - 1) / 2
    old = origin.geometry
    geometry = DiskGeometry(middle, middle, PICTURE_RADIUS, 0.0, old.b0, old.l0, old.distance)
    return normalize(
        Magnetogram(levels, "display", geometry, path.name, origin.time, origin.instrument)
    )


def leak(card: ModelCard, protocol: Protocol) -> str:
    """Return why a network may know the test part, empty where its card says that it does not."""
    given = _division(card)
    if given.get("split") != protocol.split:
        return f"was not trained under protocol ({protocol.letter}): it may know the test part"
    if protocol.letter == "a":
        wanted = {"limit": protocol.frames, "seed": protocol.seed}
        if any(given.get(key) != value for key, value in wanted.items()):
            return "was trained under another random division: it may know the test part"
    return ""


def trained(card: ModelCard, protocol: Protocol) -> str:
    """Return in words what a card says of its training."""
    facts = card.training
    words = _amount(facts)
    for before in facts.get("started_from", ()):
        words.append(f"after {before['kind']}: {', '.join(_amount(before))}")
    reason = leak(card, protocol)
    return ", ".join([*words, *([f"**{reason}**"] if reason else [])])


def _amount(facts: dict[str, Any]) -> list[str]:
    config = facts.get("config", {})
    window = config.get("window", {})
    parts = facts.get("frames", {})
    count = parts.get("train", facts.get("images"))
    crops = facts.get("crops")
    if isinstance(crops, dict):
        crops = sum(crops["train"])
    words = [f"{count} frames"] if count else []
    words += [f"{crops} crops"] if crops else []
    if window.get("side"):
        words.append(f"{window['per_epoch']} windows of {window['side']} px an epoch")
    words += _epochs(facts)
    if config.get("coverage_loss"):
        words.append(f"{config['coverage_loss']} coverage loss")
    if facts.get("seconds"):
        words.append(f"{facts['seconds'] / 60:.0f} minutes on {facts.get('device', 'cpu')}")
    return words


def _epochs(facts: dict[str, Any]) -> list[str]:
    """Return how many epochs a run had, and whether it was cut short."""
    done = facts.get("epochs_done", facts.get("epochs"))
    planned = facts.get("config", {}).get("run", {}).get("epochs")
    if not done:
        return []
    if not planned or done >= planned:
        return [f"{done} epochs"]
    return [f"{done} of {planned} epochs, cut short"]


def _division(card: ModelCard) -> dict[str, Any]:
    """Return split, limit and seed of a card, of the paper's networks or of ours."""
    data = card.training.get("config", {}).get("data", {})
    if data:
        return {key: data.get(key) for key in ("split", "limit", "seed")}
    facts = card.training
    split = facts.get("split", "time" if facts.get("days") else None)
    return {"split": split, "limit": facts.get("limit"), "seed": facts.get("split_seed")}


def _card(name: str, task: str) -> ModelCard | None:
    from halescope.classification.classify import CLIMATOLOGY
    from halescope.detection.detect import THRESHOLD
    from halescope.runtime.store import find_card

    return None if name in (THRESHOLD, CLIMATOLOGY) else find_card(name, task)


def _by_frame(placed: Sequence[Placed]) -> dict[int, list[Placed]]:
    out: dict[int, list[Placed]] = {}
    for crop in placed:
        if crop.part == "test":
            out.setdefault(crop.frame, []).append(crop)
    return out
