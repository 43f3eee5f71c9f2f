"""Give each region its Mount Wilson class probabilities: the shipped networks, or NOAA's rates."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from halescope.classes import MOUNT_WILSON
from halescope.errors import ModelError
from halescope.runtime.card import ModelCard
from halescope.runtime.session import load, serving_module
from halescope.runtime.store import default_card
from halescope.types import Array, Disk, Regions

CLIMATOLOGY = "climatology"
"""Name of the baseline that needs no network."""

NOAA_RATES: dict[str, float] = {
    "alpha": 0.3139,
    "beta": 0.5548,
    "beta-gamma": 0.0909,
    "beta-delta": 0.0083,
    "beta-gamma-delta": 0.0317,
    "gamma": 0.0001,
    "gamma-delta": 0.0002,
}
"""Share of each class among all rows of NOAA's Solar Region Summaries, 1996-01 to 2026-06."""

ARCHITECTURES: dict[str, str] = {
    "mount_wilson": "halescope.classification.mount_wilson",
    "googlenet": "halescope.classification.googlenet",
}
"""Architecture of a card to the module whose ``probabilities(model, disk, regions)`` serves it.

It returns (N, 7) float32 in the order of `MOUNT_WILSON`, calibrated; rows add up to 1. A module may
have ``variants(model, disks, regions)`` as well, the same in one run of the network for one region
on several disks.
"""


@dataclass(frozen=True)
class Classifier:
    """A way to tell classes.

    Parameters
    ----------
    probabilities : callable
        Disk and regions to (N, 7) float32 in the order of `MOUNT_WILSON`.
    card : ModelCard or None
        None for the baseline.
    together : callable or None
        What `classify_variants` calls, where there is something quicker than one after another.
    """

    name: str
    probabilities: Callable[[Disk, Regions], Array]
    card: ModelCard | None = None
    together: Callable[[Iterable[Disk], Regions], Array] | None = None


def load_classifier(name: str | None = None) -> Classifier:
    """Return the classifier of that name.

    `name`: a shipped network, the path of a card, or ``climatology``; the default network if left
    out. Raises `ModelError` where there is no such classifier, or its card does not fit.
    """
    if name is None:
        card = default_card("classifier")
        name = CLIMATOLOGY if card is None else card.name
    if name == CLIMATOLOGY:
        return Classifier(CLIMATOLOGY, noaa_rates)
    model = load(name, "classifier")
    module = serving_module(model.card, ARCHITECTURES)
    variants = getattr(module, "variants", None)
    return Classifier(
        model.card.name,
        lambda disk, regions: module.probabilities(model, disk, regions),
        model.card,
        None if variants is None else lambda disks, region: variants(model, disks, region),
    )


def classify(disk: Disk, regions: Regions, classifier: Classifier) -> Regions:
    """Return the regions with class probabilities.

    `regions`: boxes on `disk`. Raises `ModelError` where the classifier answers with something that
    is no probability.
    """
    if not len(regions):
        return regions
    found = np.asarray(classifier.probabilities(disk, regions), np.float32)
    expected = (len(regions), len(MOUNT_WILSON))
    if found.shape != expected:
        raise ModelError(classifier.name, f"gives shape {found.shape}", f"{expected}")
    if not np.all(np.abs(found.sum(1) - 1) < 1e-3):  # NaN fails too
        raise ModelError(classifier.name, "gives rows that do not add up to 1", "probabilities")
    return replace(regions, probabilities=found)


def classify_variants(disks: Iterable[Disk], region: Regions, classifier: Classifier) -> Array:
    """Return the class probabilities of one region on several versions of its disk.

    `disks`: of one size and geometry; taken one by one, so that not all need to be held. `region`:
    of length 1. Returns (K, 7) float32.
    """
    if classifier.together is not None:
        return classifier.together(disks, region)
    return np.concatenate([classifier.probabilities(disk, region) for disk in disks])


def noaa_rates(disk: Disk, regions: Regions) -> Array:
    """Return NOAA's long-term class rates for every region: what is known without looking.

    Returns (N, 7) float32.
    """
    rates = np.array([NOAA_RATES[name] for name in MOUNT_WILSON], np.float32)
    return np.tile(rates / rates.sum(), (len(regions), 1))
