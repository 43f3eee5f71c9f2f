"""HMI's SHARP CEA magnetograms as patches, so that they are measured like any region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from halescope.geometry import AU_SOLAR_RADII, SOLAR_RADIUS_MM, heliographic_to_sphere
from halescope.measure.area import LEAST_MU
from halescope.measure.patch import Patch, frame_at, seen_from, unproject
from halescope.types import Array

HMI_NOISE = 6.3
"""Noise of a 720 s line-of-sight magnetogram, gauss (Liu et al. 2012, Solar Physics 279, 295)."""


def sharp_patch(field: Array, header: Mapping[str, Any], noise: float = HMI_NOISE) -> Patch:
    """Return the patch of a ``hmi.sharp_cea_720s`` magnetogram.

    Parameters
    ----------
    field : (H, W) float32, gauss
        Line of sight, rows northwards.
    header : mapping
        With ``CRVAL1``, ``CRVAL2``, ``CRLN_OBS``, ``CRLT_OBS``, ``CDELT1`` and ``DSUN_OBS``.
    noise : float
        Gauss.

    Notes
    -----
    The projection is cylindrical equal-area about the patch's own centre (Sun 2013,
    arXiv:1309.2392), which the header's WCS only approximates.
    """
    b0 = float(header["CRLT_OBS"])
    longitude = float(header["CRVAL1"]) - float(header["CRLN_OBS"])
    center = heliographic_to_sphere(longitude, float(header["CRVAL2"]), b0)
    frame = frame_at(center, b0)
    pixel = SOLAR_RADIUS_MM * np.radians(float(header["CDELT1"]))
    height, width = field.shape
    x, y = np.meshgrid(
        (np.arange(width) - (width - 1) / 2) * pixel, (np.arange(height) - (height - 1) / 2) * pixel
    )
    sphere = np.tensordot(frame.T, unproject(x, y, "cylindrical"), 1)
    distance = float(header["DSUN_OBS"]) / 149_597_870_691.0 * AU_SOLAR_RADII
    cosine = seen_from(distance, sphere)[0]
    inside = np.isfinite(field) & (cosine >= LEAST_MU)
    mu = np.maximum(cosine, LEAST_MU).astype(np.float32)
    radial = np.where(inside, np.nan_to_num(field), 0).astype(np.float32) / mu
    return Patch(radial, mu, inside, float(pixel), noise, frame, b0, True, projection="cylindrical")
