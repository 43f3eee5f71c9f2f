"""The greys of a disk: where zero field is, and whether this is a magnetogram at all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halescope.errors import NotAMagnetogramError
from halescope.io.limb import Limb

Grey = NDArray[np.uint8]

MAGNETOGRAM = "a grey picture of the whole disk, zero field in mid-grey"
"""What pictures are expected to be, for errors."""


def on_disk(grey: Grey, limb: Limb, share: float = 0.95) -> tuple[Grey, NDArray[np.float32]]:
    """Return the greys, (N,), of a sparse grid on the disk and their distances from its centre.

    `grey` is (H, W) uint8. `share`: largest distance, radii.
    """
    step = max(1, int(limb.radius) // 100)
    sparse = grey[::step, ::step]
    y = (np.arange(sparse.shape[0], dtype=np.float32) * step - np.float32(limb.y)) / limb.radius
    x = (np.arange(sparse.shape[1], dtype=np.float32) * step - np.float32(limb.x)) / limb.radius
    rho2 = (y * y).astype(np.float32)[:, None] + (x * x).astype(np.float32)[None, :]
    inside = rho2 < share * share
    return sparse[inside], np.sqrt(rho2[inside])


def zero_level(values: Grey) -> float:
    """Return the grey of zero field: the median of the disk's commonest greys."""
    counts = np.bincount(values, minlength=256).astype(float)
    peak = int(np.convolve(counts[1:-1], np.ones(9), mode="same").argmax()) + 1
    low, high = max(peak - 12, 0), min(peak + 13, 256)
    total = np.cumsum(counts[low:high])
    index = int(np.searchsorted(total, total[-1] / 2))
    before = total[index - 1] if index else 0.0
    share = (total[-1] / 2 - before) / max(counts[low + index], 1)
    return float(low + index - 0.5 + share)


def contrast(values: Grey, zero: float) -> float:
    """Return what a picture's greys about zero are to be multiplied by, to be HMI's grey levels.

    The quiet network is on every disk, and `NETWORK` of a disk is weaker than `QUIET` in
    Helioviewer's HMI pictures. The cycle and noise change that by half, so a picture within `ALIKE`
    of it keeps its scale; another one was drawn to another scale.
    `values`, (N,) uint8: greys on the disk.
    """
    strength = np.abs(np.arange(256) - zero)
    order = np.argsort(strength)
    total = np.cumsum(np.bincount(values, minlength=256)[order])
    if not total[-1]:
        return 1.0
    found = float(strength[order][np.searchsorted(total, NETWORK * total[-1])])
    if QUIET / ALIKE <= found <= QUIET * ALIKE:
        return 1.0
    return float(np.clip(QUIET / max(found, 1e-6), LEAST, LARGEST))


NETWORK, QUIET = 0.8, 4.4
"""Share of the disk, and the greys that it stays below: 4.3 to 4.6 on fifty days of 2026, between
quiet and busy ones."""

ALIKE, LEAST, LARGEST = 1.7, 0.05, 8.0
"""Factor within which the network may differ, and the ends of what greys are multiplied by: a scale
so wide that the network is less than half a grey tells nothing of it."""


def check_tones(values: Grey, rho: NDArray[np.float32], zero: float, name: str) -> None:
    """Refuse disks that are no magnetogram: darkened to the limb, of one sign, or blank.

    `rho`, (N,) float32: their distances from disk centre, radii. Raises `NotAMagnetogramError`.
    """
    if values.min() == values.max():
        raise NotAMagnetogramError(name, "shows a disk of one single grey", MAGNETOGRAM)
    inner, outer = values[rho < 0.4], values[(rho > 0.8) & (rho < 0.95)]
    fall = _middle(inner) - _middle(outer)
    if abs(fall) > 15:
        raise NotAMagnetogramError(
            name,
            "is darker or brighter towards the limb, as a continuum or EUV picture is",
            MAGNETOGRAM,
        )
    if not 50 <= zero <= 225:
        raise NotAMagnetogramError(
            name, f"shows a disk whose commonest grey is {zero:.0f}", MAGNETOGRAM
        )
    away = values.astype(np.float32) - np.float32(zero)
    dark, bright = float(np.mean(away < -30)), float(np.mean(away > 30))
    if dark > 0.002 and bright < 0.01 * dark:
        raise NotAMagnetogramError(
            name, "shows a disk that is only darker in places, as sunspots are", MAGNETOGRAM
        )
    if dark + bright > 0.5:
        raise NotAMagnetogramError(
            name, "shows a disk whose greys do not gather about a zero level", MAGNETOGRAM
        )


def _middle(values: Grey) -> float:
    """Return the median of 8-bit values by counting."""
    total = np.cumsum(np.bincount(values, minlength=256))
    return float(np.searchsorted(total, total[-1] / 2))
