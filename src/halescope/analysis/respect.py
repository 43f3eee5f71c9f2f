"""Let the class of each region respect what was measured of its cores, and say where it could not.

A delta needs opposite cores within a penumbra's reach, and a region with two opposite cores of like
weight is no alpha. What contradicts that is taken from the class probabilities where the data can
tell: the delta always, the alpha where the field is in gauss and not near the limb. Pictures end
before umbrae begin, so that patches of plage pass for cores: there the class stays and is doubted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from halescope.classes import MOUNT_WILSON
from halescope.measure.evidence import against, is_delta_hidden
from halescope.measure.spots import Spots
from halescope.types import Array, Regions

WITHOUT_DELTA = {"beta-delta": "beta", "beta-gamma-delta": "beta-gamma", "gamma-delta": "gamma"}
"""What is left of a class without its delta."""

LEAST_MU = 0.5
"""Nearer to the limb, inclined field passes for opposite polarity."""


def respect(
    regions: Regions, spots: Sequence[Spots | None], mu: NDArray[np.floating]
) -> tuple[Regions, list[str]]:
    """Return classified regions whose classes respect the evidence, and what doubts are left.

    Parameters
    ----------
    regions : Regions
        With class probabilities.
    spots : sequence of Spots or None
        Of each region; nothing is known against one without.
    mu : (N,) float
        Cosine of the heliocentric angle of each region.

    Returns
    -------
    regions : Regions
        With probabilities of classes that are possible.
    notes : list of str
        Where classifier and evidence disagree, in words; empty where they do not.
    """
    before = regions.class_names
    table = regions.probabilities.copy()
    for row, found, height in zip(table, spots, mu, strict=True):
        if found is not None:
            _restrict(row, found, bool(height >= LEAST_MU))
    kept = replace(regions, probabilities=table)
    told = zip(before, kept.class_names, spots, strict=True)
    return kept, ["" if found is None else _note(was, now, found) for was, now, found in told]


def _restrict(row: Array, found: Spots, is_inner: bool) -> None:
    """Take what the cores rule out from the probabilities of one region, (7,), in place."""
    for name, rest in WITHOUT_DELTA.items():
        if against(name, found):
            row[MOUNT_WILSON.index(rest)] += row[MOUNT_WILSON.index(name)]
            row[MOUNT_WILSON.index(name)] = 0
    if found.calibrated and is_inner and against("alpha", found):
        row[MOUNT_WILSON.index("alpha")] = 0
        if not row.sum() > 0:
            row[MOUNT_WILSON.index("beta")] = 1
        row /= row.sum()


def _note(before: str, after: str, found: Spots) -> str:
    if before != after:
        return f"{before} by the classifier alone, but {against(before, found)}"
    if reason := against(after, found):
        return f"{after}, but {reason}"
    if is_delta_hidden(after, found):
        return f"{after}, but whether there is a delta a clipped picture cannot show"
    return ""
