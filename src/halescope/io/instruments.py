"""The instruments table: how each one is recognised, and what its pictures' greys mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.errors import NotAMagnetogramError
from halescope.flags import Flag
from halescope.io.greys.tones import contrast
from halescope.types import GAUSS_PER_GREY, Array, DiskGeometry, Magnetogram

LOW_RADIUS = 150.0
"""Solar radius, file pixels, under which `Flag.LOW_RESOLUTION` is set."""


_GONG_GREY = (0, 51, 73, 91, 131, 171, 209, 251, 255)
_GONG_LEVEL = (-107, -63, -48, -38, -18, 0, 17, 37, 39)
_GONG_ZERO = (160.0, 182.0)
"""GONG's pictures are drawn from fewer levels of field than they have greys, along a bent curve:
their histograms are combs, and these are the teeth, counted from zero field (16 pictures of
2024-02-02 and 03, 860 x 860). Counted so, both signs have the same distribution, and quantiles of
the field on the canonical disk equal those of HMI's pictures at like activity to a tenth, so that
one level is one grey of HMI. Positive field ends at 39 levels (76 G), negative at 107."""


@dataclass(frozen=True)
class Picture:
    """What the greys of an instrument's pictures mean.

    Parameters
    ----------
    name : str
        HMI, MDI, GONG or unknown.
    is_bent : bool
        Whether greys follow GONG's curve; else they are proportional to field.
    gain : float
        What greys that are not bent are multiplied by, to be grey levels of HMI's pictures; see
        `halescope.io.greys.tones.contrast`.
    gauss_per_unit : float
        Gauss of one unit of the field that `linear` returns; documented for Helioviewer's HMI
        pictures, matched for GONG's, and taken over from HMI's for all others.
    """

    name: str
    is_bent: bool = False
    gain: float = 1.0
    gauss_per_unit: float = GAUSS_PER_GREY

    def linear(self, grey: NDArray[Any], zero: float) -> Array:
        """Return the field, float32, in grey levels of HMI's pictures about zero field.

        `grey` is (H, W).
        """
        out = np.empty(grey.shape, np.float32)
        if not self.is_bent:
            np.subtract(grey, np.float32(zero), out=out, dtype=np.float32)
            if self.gain != 1:
                out *= np.float32(self.gain)
            return out
        table = np.interp(np.arange(256), _GONG_GREY, _GONG_LEVEL)
        table -= np.interp(zero, _GONG_GREY, _GONG_LEVEL)
        np.take(table.astype(np.float32), np.rint(grey).astype(np.uint8), out=out, mode="clip")
        return out

    def scaled(self, values: NDArray[np.uint8], zero: float) -> Picture:
        """Return the same with the gain that greys on the disk, (N,), ask for."""
        if self.is_bent or self.name == "MDI":  # whose noise would pass for network
            return self
        return replace(self, gain=contrast(values, zero))

    def scaled_as(self, seen: Magnetogram) -> Picture:
        """Return the same with the gain that another decoding of the picture had."""
        return replace(self, gain=seen.saturation / self.saturation(seen.zero_level))

    def saturation(self, zero: float) -> float:
        """Return the largest |field| that such a picture can express at both ends."""
        ends = self.linear(np.array([[0.0, 255.0]]), zero)
        return float(np.abs(ends).min())


def of_greys(
    known: Picture, grey: NDArray[Any], zero: float, geometry: DiskGeometry, **more: Any
) -> Magnetogram:
    """Return the magnetogram that the greys of a picture show.

    Parameters
    ----------
    known : Picture
        What they mean.
    grey : (H, W)
        Row 0 at the top.
    geometry : DiskGeometry
        Of the picture, rows upwards.
    **more
        The other fields of `Magnetogram`.
    """
    return Magnetogram(
        known.linear(grey[::-1], zero),
        "display",
        geometry,
        instrument=known.name,
        saturation=known.saturation(zero),
        zero_level=zero,
        rows_down=True,
        gauss_per_unit=known.gauss_per_unit,
        **more,
    )


def full_picture(magnetogram: Magnetogram, known: Picture, grey: NDArray[Any]) -> Magnetogram:
    """Return a reduced picture at full resolution, its disk scaled and not fitted anew.

    `grey`, (H, W): of the whole file, row 0 at the top.
    """
    return replace(
        magnetogram,
        field=known.linear(grey[::-1], magnetogram.zero_level),
        geometry=magnetogram.geometry_in_file,
        file_geometry=None,
        reduction=1,
        source=None,
    )


def of_picture(name: str, zero: float) -> Picture:
    """Return what a picture shows by its file name and, failing that, by its grey of zero field."""
    name = name.rsplit("/", 1)[-1]  # tables tell files of one name apart by their folders
    bent = _GONG_ZERO[0] <= zero <= _GONG_ZERO[1]
    for label in ("HMI", "MDI"):
        if re.search(rf"(?<![a-z]){label}", name, re.IGNORECASE):
            return Picture(label)
    if bent or re.match(r"[a-z]{5}\d{6}t\d{4}", name) or re.search("gong", name, re.IGNORECASE):
        return Picture("GONG", is_bent=bent)
    return Picture("unknown")


def image_flags(instrument: str, time: datetime | None, radius: float) -> Flag:
    """Return the flags that hold for a whole image, whatever format it came in.

    `radius`: solar radius, file pixels.
    """
    flags = Flag.NONE
    if time is None:
        flags |= Flag.NO_TIME
    if radius < LOW_RADIUS:
        flags |= Flag.LOW_RESOLUTION
    if instrument not in ("HMI", "synthetic"):
        flags |= Flag.OTHER_INSTRUMENT
    return flags


def of_header(header: Mapping[str, Any]) -> str:
    """Return the instrument a header names: HMI, MDI, GONG, synthetic or unknown."""
    text = " ".join(str(header.get(k) or "") for k in ("TELESCOP", "INSTRUME", "CONTENT", "ORIGIN"))
    for word, name in (
        ("HALESCOPE", "synthetic"),
        ("SYNTHETIC", "synthetic"),
        ("HMI", "HMI"),
        ("GONG", "GONG"),
        ("MDI", "MDI"),
        ("SOHO", "MDI"),
        ("SDO", "HMI"),
    ):
        if word in text.upper():
            return name
    return "unknown"


_HARMLESS = {"HMI": 0x400, "MDI": 0x200}
"""Bits of QUALITY that tell of no fault."""


def is_bad(header: Mapping[str, Any], instrument: str) -> bool:
    """Say whether the header's own QUALITY tells of a fault.

    HMI's bit 0x400 is not counted: it says that lists of cosmic-ray hits were missing, as they are
    for all near-real-time data (JSOC, ``HMI_observables.c``, ``QUAL_NOCOSMICRAY``). Nor is MDI's
    bit 0x200: the instrument was not in its 60 s prime mode, which is no fault of an image (SOI,
    "MDI Standard Quality Bit Definitions", soi.stanford.edu/production/QUALITY/DATASWtable.html).
    `header`: FITS keywords; QUALITY may be a number or hexadecimal text.
    """
    value = header.get("QUALITY", 0)
    try:
        bits = int(value, 0) if isinstance(value, str) else int(value or 0)
    except (ValueError, OverflowError, TypeError):
        return False
    return bool(bits & ~_HARMLESS.get(instrument, 0))


def header_flags(header: Mapping[str, Any], instrument: str, cutout: bool) -> Flag:
    """Return the flags that a header sets, and that of a cut-out."""
    flags = Flag.CUTOUT if cutout else Flag.NONE
    return flags | Flag.BAD_QUALITY if is_bad(header, instrument) else flags


def check_content(header: Mapping[str, Any], name: str, expected: str) -> None:
    """Refuse an image that is no line-of-sight magnetogram by its header."""
    found = wrong_content(header)
    if found:
        raise NotAMagnetogramError(name, f"is {found} by its header", expected)


def wrong_content(header: Mapping[str, Any]) -> str:
    """Return what else than a line-of-sight magnetogram a header says the image is, or nothing."""
    says = " ".join(
        str(header.get(k) or "") for k in ("CONTENT", "BTYPE", "IMTYPE", "MEASUREM", "OBS_TYPE")
    ).upper()
    name = f"{header.get('TELESCOP') or ''} {header.get('INSTRUME') or ''}".upper()
    unit = str(header.get("BUNIT") or "").strip().upper()
    if "SYNOPTIC" in says:
        return "a synoptic chart"
    for words, what in _OTHER_IMAGES:
        if any(word in says for word in words):
            return what
    if any(word in name for word in _OTHER_CAMERAS):
        return "an EUV or X-ray image"
    if unit in ("DN", "DN/S", "COUNTS", "CM/S", "M/S", "DN/PIXEL", "DEGREE", "DEG"):
        return f"an image in {unit}"
    return ""


_OTHER_CAMERAS = ("AIA", "EIT", "SWAP", "SUVI", "EUVI", "XRT", "LASCO", "TRACE")
_OTHER_IMAGES = (
    (("CONTINUUM", "INTENSITY", "INTENSITYGRAM", "WHITE LIGHT"), "a continuum image"),
    (("DOPPLER", "VELOCITY"), "a Dopplergram"),
    (("H-ALPHA", "HALPHA"), "an H-alpha image"),
    (("LINE WIDTH", "LINEWIDTH", "LINE DEPTH", "LINEDEPTH"), "a line width or depth image"),
    (("INCLINATION", "AZIMUTH"), "an angle of the vector field"),
)
