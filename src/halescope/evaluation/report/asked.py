"""What a report is asked for, and which of its regions the networks learned from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from halescope.classification.classify import load_classifier
from halescope.datasets.splits.returned import returned
from halescope.evaluation.run import ALL_DAYS, EvaluatedImage, listed
from halescope.runtime.card import ModelCard

Progress = Callable[[str, int], Callable[[], None]]
"""Of a name and a number of images to what is called after each."""


@dataclass(frozen=True)
class Asked:
    """What `halescope evaluate` is asked for; its options, see there.

    `days`, (first, last): ``YYYY-MM-DD``, inclusive. `detector`, `classifier`: names or cards; the
    shipped ones for None. `min_score`: from which a box is shown; the detector's own for None.
    """

    manifest: Path
    root: Path = Path()
    days: tuple[str, str] = ALL_DAYS
    detector: str | None = None
    classifier: str | None = None
    predictions: Path | None = None
    srs: Path | None = None
    jobs: int = 2
    min_score: float | None = None


@dataclass(frozen=True)
class ModelUse:
    """A network by its card, or a baseline, and which of the evaluated regions it learned from.

    Shared regions are NOAA numbers that it learned from, None where nothing tells; returned ones
    stand where a region that it learned from stood a rotation before.
    """

    name: str
    version: str
    sha256: str
    training: dict[str, Any]
    shared_regions: list[int] | None
    returned_regions: list[int]


@dataclass(frozen=True)
class Split:
    """What was evaluated: days as asked for, first and last time (UTC, empty where unknown).

    `images` could be read and `unread` not; `regions` are NOAA numbers of firm labels, `files`
    instruments and file types.
    """

    manifest: str
    days: tuple[str, str]
    first: str
    last: str
    images: int
    regions: list[int]
    files: list[str]
    detector: ModelUse
    classifier: ModelUse
    unread: int


def split_of(
    asked: Asked,
    seen: Sequence[EvaluatedImage],
    detector: ModelCard | None,
    classifier: ModelCard | None,
    unread: int = 0,
) -> Split:
    """Return what was evaluated, and which of its regions the networks learned from.

    A baseline has no card. `unread` is the number of images that could not be read.
    """
    everything = listed(asked.manifest)
    group = returned([e for _, labels in everything for e in labels])
    times = sorted(e.time for s in seen for e in s.labels[:1] if e.time)
    numbers = sorted({e.noaa_number for s in seen for e in s.firm})

    def use(card: ModelCard | None, name: str) -> ModelUse:
        shared = shared_regions(asked, card, numbers, group)
        if card is None:
            return ModelUse(name, "", "", {}, *shared)
        return ModelUse(card.name, card.version, card.sha256, card.training, *shared)

    return Split(
        str(asked.manifest),
        asked.days,
        times[0] if times else "",
        times[-1] if times else "",
        len(seen),
        numbers,
        sorted({s.kind for s in seen if s.kind}),
        use(detector, "threshold"),
        use(classifier, "climatology"),
        unread,
    )


def shared_regions(
    asked: Asked, card: ModelCard | None, numbers: Iterable[int], group: Mapping[int, int]
) -> tuple[list[int] | None, list[int]]:
    """Return which of some regions a network learned from; a baseline, without card, from none.

    Regions are given, and returned as shared and returned ones, see `ModelUse`, by NOAA number;
    `group` is of `halescope.datasets.splits.returned.returned`. Where the card names no regions,
    the manifest says which were on the card's days.
    """
    if card is None:
        return [], []
    training = card.training
    if "region_numbers" in training:  # groups: a region and its return are one
        known = {int(n) for n in training["region_numbers"]}
        return sorted({n for n in numbers if n in known or group.get(n, n) in known}), []
    if "days" not in training:
        return None, []
    first, last = (str(day) for day in training["days"])
    work = listed(asked.manifest, (first, last))
    known = {e.noaa_number for _, labels in work for e in labels if e.noaa_number and e.time}
    groups = {group.get(n, n) for n in known}
    shared = sorted(set(numbers) & known)
    return shared, sorted({n for n in numbers if n not in known and group.get(n, n) in groups})


def trained_note(asked: Asked, seen: Sequence[EvaluatedImage]) -> str:
    """Return a line that says whether the class metrics are a test."""
    split = split_of(asked, seen, None, load_classifier(asked.classifier).card)
    shared, count = split.classifier.shared_regions, len(split.regions)
    if shared is None:
        return "class figures are in-sample as far as is known: the card names no regions"
    if shared:
        return f"class figures are in-sample: {len(shared)} of {count} regions were learned from"
    return "class figures are leak-free: no region was learned from"
