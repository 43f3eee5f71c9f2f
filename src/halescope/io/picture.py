"""Read PNG, JPEG and TIFF pictures that have no header: the disk is found by its limb."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from halescope.errors import NotAMagnetogramError, ReadError, TooLargeError
from halescope.flags import Flag
from halescope.geometry import placed
from halescope.io import instruments
from halescope.io.greys.colours import (
    TABLES,
    is_coloured,
    is_levels,
    levels,
    middle_tones,
    opaque,
    table_of,
)
from halescope.io.greys.tones import MAGNETOGRAM, check_tones, on_disk, zero_level
from halescope.io.limb import Limb, fit_limb
from halescope.io.sniff import MAX_PIXELS, check_size, formats_of
from halescope.types import DiskGeometry, Magnetogram

if TYPE_CHECKING:
    from PIL import Image

Grey = NDArray[np.uint8]

BROKEN = (
    ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError,
    SyntaxError, TypeError, ValueError, struct.error, zlib.error,
)  # fmt: skip
"""What Pillow raises over damaged pictures; it promises no class of errors."""

_ROWS = 256
"""Rows that are converted at a time."""

ENOUGH = 512
"""Shortest side, pixels, below which a JPEG is not reduced while it is decoded."""


def read_picture(
    data: bytes, name: str, time: datetime | None = None, full: bool = False
) -> Magnetogram:
    """Return the magnetogram that a picture shows, in grey levels about zero field.

    Parameters
    ----------
    time : datetime, optional
        UTC. Without it the geometry has no B0 and L0.
    full : bool
        Decode at full resolution; else a large JPEG may be reduced by 2, 4 or 8 on decoding.

    Raises
    ------
    ReadError, TooLargeError, NotAMagnetogramError
    """
    image = open_image(data, name)
    width, height = image.size
    reduction = 1 if full else _draft(image)
    grey, fine = _grey(image, name)
    limb = _disk(grey, name)
    if reduction > 1 and limb.radius < 200:  # a small disk in a large frame
        return read_picture(data, name, time, full=True)
    shape, source = (height, width), data if reduction > 1 else None
    seen = _Seen(grey, fine, limb, reduction, shape, source)
    return _magnetogram(seen, name, time)


def from_image(
    image: Image.Image, name: str, time: datetime | None, geometry: DiskGeometry | None = None
) -> Magnetogram:
    """Return the magnetogram that a Pillow image shows; the image stays as it is.

    Parameters
    ----------
    geometry : DiskGeometry, optional
        Pixels, rows upwards; fitted to the limb if left out.

    Raises
    ------
    ReadError, TooLargeError, NotAMagnetogramError
    """
    _check_sides(*image.size, name)
    grey, fine = _grey(image, name)
    limb = _disk(grey, name) if geometry is None else _limb_of(geometry, grey.shape[0])
    seen = _Seen(grey, fine, limb, 1, (grey.shape[0], grey.shape[1]))
    return _magnetogram(seen, name, time, geometry)


def from_greys(
    values: NDArray[Any], name: str, time: datetime | None, geometry: DiskGeometry | None = None
) -> Magnetogram:
    """Return the magnetogram of an array of greys, (H, W), 0..255 (uint16: 0..65535), row 0 on top.

    Raises
    ------
    ReadError, TooLargeError, NotAMagnetogramError
    """
    from PIL import Image

    if values.dtype not in (np.uint8, np.uint16):
        if values.dtype.kind not in "iuf" or not (values.min() >= 0 and values.max() <= 255):
            raise NotAMagnetogramError(
                name, f"is {values.dtype} and not all of it within 0..255", "greys of a picture"
            )
        values = np.rint(values).astype(np.uint8)
    return from_image(Image.fromarray(values), name, time, geometry)


@dataclass(frozen=True)
class _Seen:
    """A picture's greys, (H, W) uint8 and unrounded if of 16 bits, its disk and its whole file."""

    grey: Grey
    fine: NDArray[np.float32] | None
    limb: Limb
    reduction: int
    file_shape: tuple[int, int]
    source: bytes | None = None


def _magnetogram(
    seen: _Seen, name: str, time: datetime | None, given: DiskGeometry | None = None
) -> Magnetogram:
    limb, grey = seen.limb, seen.grey
    values, rho = on_disk(grey, limb)
    if not values.size:
        raise NotAMagnetogramError(name, "shows no part of the disk by its geometry", MAGNETOGRAM)
    zero = zero_level(values)
    check_tones(values, rho, zero, name)
    known = instruments.of_picture(name, zero).scaled(values, zero)
    fitted = DiskGeometry(limb.x, grey.shape[0] - 1 - limb.y, limb.radius)
    flags = Flag.DISPLAY | Flag.FITTED_LIMB | Flag.ASSUMED_NORTH if given is None else Flag.DISPLAY
    flags |= instruments.image_flags(known.name, time, limb.radius * seen.reduction)
    return instruments.of_greys(
        known,
        seen.fine if seen.fine is not None else grey,
        zero,
        placed(given or fitted, time),
        name=name,
        time=time,
        flags=flags,
        file_shape=seen.file_shape,
        reduction=seen.reduction,
        source=seen.source,
    )


def _limb_of(geometry: DiskGeometry, height: int) -> Limb:
    """Return a disk that is known as if it had been found."""
    y = height - 1 - geometry.y_center
    return Limb(geometry.x_center, y, geometry.radius, 1.0, 1.0, 0.0, 0.0)


def read_picture_full(magnetogram: Magnetogram) -> Magnetogram:
    """Return the full-resolution picture of a reduced one, its disk scaled and not fitted anew."""
    grey, _ = _grey(open_image(magnetogram.source, magnetogram.name), magnetogram.name)
    known = instruments.of_picture(magnetogram.name, magnetogram.zero_level).scaled_as(magnetogram)
    return instruments.full_picture(magnetogram, known, grey)


def open_image(data: bytes, name: str) -> Image.Image:
    """Return a picture whose header is read and whose pixels are not.

    Raises
    ------
    ReadError, TooLargeError
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of strange metadata
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=formats_of(data))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooLargeError(
            name, "claims a monstrous size", f"at most {MAX_PIXELS:,} pixels"
        ) from error
    except (UnidentifiedImageError, *BROKEN) as error:
        raise ReadError(
            name, "is a damaged picture", "a whole PNG, JPEG, TIFF or JPEG 2000 file"
        ) from error
    _check_sides(*image.size, name)
    return image


def _check_sides(width: int, height: int, name: str) -> None:
    check_size(width, height, name)
    if min(width, height) < 64:
        raise NotAMagnetogramError(
            name, f"has only {width} x {height} pixels", "a disk of 64 pixels at least"
        )


def load(image: Image.Image, name: str) -> None:
    """Decode a picture's pixels, with a clear error for a truncated one.

    Raises
    ------
    ReadError, TooLargeError
    """
    if image.format == "JPEG2000":  # decoded in 32 bits a sample before they become 8
        width, height = (n >> getattr(image, "_reduce", 0) for n in image.size)
        if width * height * len(image.getbands()) > MAX_PIXELS:
            found = f"has {len(image.getbands())} times {width} x {height} samples"
            raise TooLargeError(name, found, f"at most {MAX_PIXELS:,} in JPEG 2000")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of strange metadata
            image.load()
    except BROKEN as error:
        raise ReadError(
            name, "is truncated or damaged", "a whole file", "fetch it again"
        ) from error


def _draft(image: Image.Image) -> int:
    """Ask a JPEG to be decoded at 1/2, 1/4 or 1/8, where that leaves enough; return by how much."""
    width, height = image.size
    if image.format != "JPEG" or image.mode not in ("L", "RGB"):
        return 1
    for factor in (8, 4, 2):
        if min(width, height) // factor >= ENOUGH and not (width % factor or height % factor):
            image.draft(None, (width // factor, height // factor))
            return factor if image.size == (width // factor, height // factor) else 1
    return 1


def _grey(image: Image.Image, name: str) -> tuple[Grey, NDArray[np.float32] | None]:
    """Return a picture as 8-bit grey, and unrounded where it has 16 bits; strip by strip."""
    load(image, name)
    if image.mode == "L":
        return np.asarray(image), None
    if image.mode == "F":
        raise NotAMagnetogramError(
            name, "is a picture of floating-point numbers", "8 or 16 bits", "save it as FITS"
        )
    if image.mode == "1":
        raise NotAMagnetogramError(name, "has two tones only", MAGNETOGRAM)
    width, height = image.size
    grey = np.empty((height, width), np.uint8)
    if image.mode.startswith("I"):
        wide = np.empty((height, width), np.float32)
        unit = _deepest(image) / 255
        for rows, strip in _strips(image):
            np.divide(np.asarray(strip), np.float32(unit), out=wide[rows], dtype=np.float32)
            grey[rows] = np.clip(np.rint(wide[rows]), 0, 255)
        return grey, wide
    if image.mode == "P" and is_levels(image):
        return np.asarray(image), None
    table = _table(image, name)
    for rows, strip in _strips(image):
        plain = opaque(strip)
        grey[rows] = np.asarray(
            plain.convert("L") if table is None else levels(np.asarray(plain), table)
        )
    return grey, None


def _table(image: Image.Image, name: str) -> str | None:
    """Return the table of colours that a picture is drawn with, None for a grey one.

    Raises `NotAMagnetogramError` where it is coloured by a table that is not known.
    """
    tones = middle_tones(image)
    if not is_coloured(tones):
        return None
    table = table_of(tones)
    if table is None:
        found = "is a coloured picture" + (", and JPEG blurs colours" * (image.format == "JPEG"))
        known = f"{MAGNETOGRAM}, or PNG or GIF in the colours of {', '.join(TABLES)}"
        raise NotAMagnetogramError(name, found, known, "take the grey version of the product")
    return table


def _deepest(image: Image.Image) -> int:
    """Return the white of a picture of more than 8 bits: cameras store 10, 12 or 14 in 16."""
    brightest = int(image.getextrema()[1])  # type: ignore[arg-type]  # of one band
    return next((2**bits - 1 for bits in (10, 12, 14) if brightest < 2**bits), 65535)


def _strips(image: Image.Image) -> Iterator[tuple[slice, Image.Image]]:
    """Yield rows and what they hold: of a whole picture each conversion would make a copy."""
    width, height = image.size
    for row in range(0, height, _ROWS):
        stop = min(row + _ROWS, height)
        yield slice(row, stop), image.crop((0, row, width, stop))


def _disk(grey: Grey, name: str) -> Limb:
    """Return the disk, or say what is wrong."""
    limb = fit_limb(grey)
    if limb is None or not limb.is_found:
        raise NotAMagnetogramError(
            name, "shows no solar disk that stands out from its background", MAGNETOGRAM
        )
    if not limb.is_whole:
        raise NotAMagnetogramError(
            name,
            "is a cut-out: most of the disk lies outside the picture, and no header places it",
            MAGNETOGRAM,
            "take the FITS file of the cut-out, or the full disk",
        )
    return limb
