"""A SMART-like detector: what the field's own thresholds find on the same disks.

After Higgins et al. (2011, Adv. Space Res. 47, 2105), with the parameters of the published
configuration (``smart_python/config.ini``): the cosine-corrected field is smoothed over a
supergranule and cut at 15 G; fragments of strong field are grown and kept where they touch that;
each connected piece is a region if its strong field has both polarities.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.detection.detect import Detector
from halescope.geometry import mu
from halescope.tensors import GREY_CLIP
from halescope.types import GAUSS_PER_GREY, Array, Disk, Regions

SMART = "smart"
"""Name of the baseline."""

SOLAR_RADIUS = 695.7
"""Mm."""


@dataclass(frozen=True)
class SmartRule:
    """SMART's parameters.

    Parameters
    ----------
    smoothing : float
        Half width at half maximum of the Gaussian, Mm (``smoothphys``).
    smooth, fragment, strong : float
        Gauss: smoothed field that counts (``smooththresh``), field of a fragment (``magthresh``),
        and field that is asked for both polarities (``strongthresh``).
    balance : float
        Largest imbalance of the strong pixels of both polarities (``polethresh``).
    clipped : float
        `fragment` and `strong` are at most this share of the largest field that is seen: 250 G,
        or less where a picture is cut off below. The canonical disk's pixels are 2.5 times as wide
        as SMART's, and average strong field down; of 0.3 to 0.9 this share had the best F1 on the
        disks of 2026-03-08..15, every fourth.
    half : float
        Strong pixels of the canonical disk at which the score is 0.5, from the same disks.
    """

    smoothing: float = 16.0
    smooth: float = 15.0
    fragment: float = 350.0
    strong: float = 230.0
    balance: float = 0.8
    clipped: float = 0.6
    half: float = 24.0


DEFAULT_RULE = SmartRule()


def smart_detector(rule: SmartRule = DEFAULT_RULE) -> Detector:
    """Return the baseline as a detector."""
    return Detector(SMART, lambda disk: find_smart(disk, rule))


def find_smart(disk: Disk, rule: SmartRule = DEFAULT_RULE) -> Regions:
    """Return what SMART's steps find; the score of n pixels of strong field is n / (n + `half`)."""
    from scipy.ndimage import find_objects, label

    field, limit = _radial(disk)
    fragment, strong = (min(t, rule.clipped * limit) for t in (rule.fragment, rule.strong))
    pieces, _ = label(_mask(field, disk.geometry.radius, fragment, rule))
    boxes, scores = [], []
    for number, where in enumerate(find_objects(pieces), 1):
        part = np.where(pieces[where] == number, field[where], np.float32(0))
        up, down = np.count_nonzero(part > strong), np.count_nonzero(part < -strong)
        if not up + down or abs(up - down) / (up + down) > rule.balance:
            continue
        rows, columns = where
        boxes.append((columns.start - 1, rows.start - 1, columns.stop + 1, rows.stop + 1))
        size = (up + down) * (200.0 / disk.geometry.radius) ** 2
        scores.append(size / (size + rule.half))
    return Regions.from_boxes(
        np.array(boxes, np.float32).reshape(-1, 4), np.array(scores, np.float32)
    )


def _radial(disk: Disk) -> tuple[Array, float]:
    """Return the field over mu, and the largest field before that which is seen, both in gauss.

    As in SMART, the correction stops at what one pixel at the limb spans.
    """
    height, width = disk.field.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    cosine = np.nan_to_num(np.asarray(mu(disk.geometry, x, y), np.float32), nan=1.0)
    least = np.sqrt(1 - (1 - 1 / disk.geometry.radius) ** 2)
    gauss = np.nan_to_num(disk.grey, nan=0.0) * np.float32(GAUSS_PER_GREY)
    saturation = disk.origin.saturation if disk.origin.scale == "display" else GREY_CLIP
    limit = min(saturation, GREY_CLIP) * GAUSS_PER_GREY
    return (gauss / np.maximum(cosine, np.float32(least))).astype(np.float32), float(limit)


def _mask(field: Array, radius: float, fragment: float, rule: SmartRule) -> NDArray[np.bool_]:
    from scipy.ndimage import binary_dilation, binary_propagation, gaussian_filter

    half_width = rule.smoothing / SOLAR_RADIUS * radius
    smooth = gaussian_filter(field, half_width / np.sqrt(2 * np.log(2)), mode="constant")
    grown = binary_dilation(np.abs(field) > fragment, _circle(half_width / 2))
    seeds = (np.abs(smooth) > rule.smooth) & grown
    return np.asarray(binary_propagation(seeds, mask=grown), bool)


def _circle(radius: float) -> NDArray[np.bool_]:
    steps = np.arange(-int(radius), int(radius) + 1)
    return np.asarray(np.hypot(*np.meshgrid(steps, steps)) <= radius)
