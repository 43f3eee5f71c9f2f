"""From a file to a catalogue: the whole program on one screen."""

from __future__ import annotations

from typing import Any

import numpy as np

from halescope.analysis.respect import respect
from halescope.analysis.result import Analysis
from halescope.classification.classify import Classifier, classify, load_classifier
from halescope.detection.detect import Detector, detect, load_detector
from halescope.io import read, read_full
from halescope.measure import measure, measure_full
from halescope.measure.spots import find_spots
from halescope.normalize import normalize
from halescope.tabulate import ABSTAIN, flag, locate, tabulate
from halescope.types import DiskGeometry, Regions, Scale

__all__ = ["Analysis", "analyze"]


def analyze(
    source: Any,
    *,
    time: Any = None,
    detector: str | Detector | None = None,
    classifier: str | Classifier | None = None,
    min_score: float | None = None,
    physics: bool = False,
    name: str | None = None,
    scale: Scale | None = None,
    geometry: DiskGeometry | None = None,
    instrument: str | None = None,
) -> Analysis:
    """Find, classify and measure the active regions of one magnetogram.

    Parameters
    ----------
    source
        A path, bytes, an open file, a sunpy Map, an astropy HDU or HDUList, a Pillow image,
        (array, header), an array (H, W), or what `halescope.read` returned.
    time : datetime, astropy.time.Time, numpy.datetime64 or str, optional
        UTC; goes before what the file says.
    detector, classifier : str, optional
        Names of shipped networks, paths of cards, or ``threshold`` and ``climatology``.
    min_score : float, optional
        Least detector's score of a region, 0..1, in place of the network's own; the higher, the
        less plage without spots is among them.
    physics : bool
        Whether to add the columns of `halescope.measure.measure_full`, from the file's full
        resolution: flux, tilt, inversion line and more.
    name : str, optional
        What tables and messages call it; the file's own name if left out.
    scale, geometry, instrument : optional
        What an array or a Pillow image does not say; see `halescope.io.read`.

    Returns
    -------
    Analysis
        ``.table`` is the catalogue as a QTable with units, ``.picture`` the annotated disk,
        ``.coordinates`` positions for sunpy; a notebook shows picture and table.

    Raises
    ------
    HalescopeError
        The file is no magnetogram, or a network does not fit.

    Examples
    --------
    With a file: ``halescope.analyze("HMI.m2026.02.01_00.00.00.jpg")``. With a drawn disk:

    >>> import halescope
    >>> from halescope.synthetic import draw
    >>> disk = draw(23, size=512, regions=["beta-gamma-delta", "beta"], plage=0).magnetogram
    >>> result = halescope.analyze(disk)
    >>> len(result.table["class", "hgs_lon", "hgs_lat"])
    2
    """
    finder = detector if isinstance(detector, Detector) else load_detector(detector, min_score)
    typer = classifier if isinstance(classifier, Classifier) else load_classifier(classifier)
    given: dict[str, Any] = {"scale": scale, "geometry": geometry, "instrument": instrument}
    magnetogram = read(source, time=time, name=name, **given)
    disk = normalize(magnetogram)
    regions = in_order(detect(disk, finder))
    regions = classify(disk, regions, typer)
    positions = locate(disk, regions)
    regions, notes = respect(regions, find_spots(disk, regions), positions.mu)
    regions = flag(disk, regions, positions, _abstain(typer), notes)
    measured = {"class_note": notes} | measure(disk, regions)
    if physics:
        measured |= measure_full(read_full(magnetogram), disk, regions)
    catalog = tabulate(disk, regions, positions, measured, _units() if physics else None)
    return Analysis(catalog, regions, disk, magnetogram)


def in_order(regions: Regions) -> Regions:
    """Return regions from east to west, as a person counts them from left to right."""
    middle = regions.boxes[:, 0] + regions.boxes[:, 2]
    return regions[np.lexsort((-regions.boxes[:, 3], middle))]


def _abstain(classifier: Classifier) -> float:
    """Return the abstention threshold of the classifier's card."""
    card = classifier.card
    return ABSTAIN if card is None else card.thresholds.get("abstain", ABSTAIN)


def _units() -> dict[str, str]:
    from halescope.measure.columns import CATALOG_UNITS

    return CATALOG_UNITS
