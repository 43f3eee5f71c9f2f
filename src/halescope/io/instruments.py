"""The instruments table: how each one is recognised, and what its pictures' greys mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.flags import Flag
from halescope.types import GAUSS_PER_GREY, Array

LOW_RADIUS = 150.0
"""Solar radius, file pixels, under which `Flag.LOW_RESOLUTION` is set."""


@dataclass(frozen=True)
class Picture:
    """What the greys of an instrument's pictures mean.

    Parameters
    ----------
    name : str
    gauss_per_unit : float
        Gauss of one unit of the field that `linear` returns.
    """

    name: str
    gauss_per_unit: float = GAUSS_PER_GREY

    def linear(self, grey: NDArray[Any], zero: float) -> Array:
        """Return the field, float32, in grey levels about zero field.

        Parameters
        ----------
        grey : (H, W)
        zero : float
            Grey of zero field.
        """
        out = np.empty(grey.shape, np.float32)
        return np.subtract(grey, np.float32(zero), out=out, dtype=np.float32)

    def saturation(self, zero: float) -> float:
        """Return the largest |field| that such a picture can express at both ends."""
        return float(min(zero, 255.0 - zero))


def of_picture(name: str, zero: float) -> Picture:
    """Return what a picture's file name says of its instrument.

    Parameters
    ----------
    name : str
        File name.
    zero : float
        Grey of zero field.
    """
    if re.search(r"(?<![a-z])hmi", name, re.IGNORECASE):
        return Picture("HMI")
    if re.search(r"(?<![a-z])mdi", name, re.IGNORECASE):
        return Picture("MDI")
    if re.match(r"[a-z]{5}\d{6}t\d{4}", name) or re.search(r"gong", name, re.IGNORECASE):
        return Picture("GONG")
    return Picture("unknown")


def doubts(instrument: str, time: datetime | None, radius: float) -> Flag:
    """Return the flags that hold for a whole image, whatever format it came in.

    Parameters
    ----------
    instrument : str
    time : datetime or None
    radius : float
        Solar radius, file pixels.
    """
    flags = Flag.NONE
    if time is None:
        flags |= Flag.NO_TIME
    if radius < LOW_RADIUS:
        flags |= Flag.LOW_RESOLUTION
    if instrument not in ("HMI", "synthetic"):
        flags |= Flag.OTHER_INSTRUMENT
    return flags
