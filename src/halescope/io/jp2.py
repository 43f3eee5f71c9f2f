"""Read Helioviewer's JPEG 2000 pictures: FITS keywords in an XML box, resolution as needed."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from halescope.errors import NotAMagnetogramError, ReadError
from halescope.flags import Flag
from halescope.io import instruments, picture, wcs
from halescope.io.filetime import header_time, time_from_name
from halescope.io.greys import tones
from halescope.io.limb import Limb
from halescope.types import DiskGeometry, Magnetogram

ENOUGH_RADIUS = 190.0
"""Solar radius, pixels, that a reduced copy must have at least. Helioviewer's 4096-pixel HMI
pictures have 1530 to 1630 pixels, an eighth of which is 191 to 204."""

_MAX_XML = 2**20


def read_jp2(
    data: bytes, name: str, time: datetime | None = None, full: bool = False
) -> Magnetogram:
    """Return the magnetogram of a JPEG 2000 picture, in grey levels about zero field.

    `full`: decode at full resolution, else at the smallest that leaves `ENOUGH_RADIUS`. Raises
    `ReadError`, `NotAMagnetogramError`, `TooLargeError`, `TimeError`.
    """
    header = read_header(data, name)
    if not header:  # a plain picture that happens to be JPEG 2000
        return picture.read_picture(data, name, time or time_from_name(name), full)
    instruments.check_content(header, name, "a magnetogram")
    image = picture.open_image(data, name)
    width, height = image.size
    time = time or header_time(header, name) or time_from_name(name)
    geometry = wcs.disk_geometry(header, time, name)
    wcs.check_scale(geometry, (height, width), name)
    cutout = wcs.is_cutout(geometry, (height, width))
    reduction = 1 if full else _reduction(geometry.radius, (height, width))
    grey = decode(data, name, reduction)
    seen = rows_up(geometry, height, grey.shape[0], reduction)
    zero = _zero(grey, seen, name)
    known = instruments.Picture(instruments.of_header(header))
    flags = Flag.DISPLAY | instruments.image_flags(known.name, time, geometry.radius)
    flags |= instruments.header_flags(header, known.name, cutout)
    return instruments.of_greys(
        known,
        grey,
        zero,
        seen,
        name=name,
        time=time,
        flags=flags,
        file_shape=(height, width),
        reduction=reduction,
        file_geometry=geometry if reduction > 1 else None,
        source=data if reduction > 1 else None,
        header=header,
    )


def read_jp2_full(magnetogram: Magnetogram) -> Magnetogram:
    """Return the full-resolution magnetogram of a reduced one; `source` is the file's bytes."""
    if not magnetogram.header:
        return picture.read_picture_full(magnetogram)
    grey = decode(magnetogram.source, magnetogram.name, 1)
    known = instruments.Picture(magnetogram.instrument)
    return instruments.full_picture(magnetogram, known, grey)


def read_header(data: bytes, name: str) -> dict[str, Any]:
    """Return the FITS keywords in the XML box of a JPEG 2000 file; empty if it has none.

    Raises `ReadError` where the boxes or the XML are damaged.
    """
    for kind, start, stop in _boxes(data, name):
        if kind == b"xml " and stop - start <= _MAX_XML:
            keywords = _keywords(data[start:stop], name)
            if keywords:
                return keywords
    return {}


def decode(data: bytes, name: str, reduction: int) -> NDArray[np.uint8]:
    """Return the greys, (H, W) uint8 with row 0 at the top, at 1/`reduction` of the resolution.

    `reduction`: 1, 2, 4 or 8. Raises `ReadError`, `TooLargeError`.
    """
    image = picture.open_image(data, name)
    image.reduce = reduction.bit_length() - 1  # type: ignore[assignment, method-assign]
    picture.load(image, name)
    return np.asarray(image if image.mode == "L" else image.convert("L"))


def rows_up(geometry: DiskGeometry, height: int, rows: int, reduction: int) -> DiskGeometry:
    """Return the geometry of a reduced copy, both with row 0 at the bottom.

    Sample i of the copy, counted from the top left, is pixel ``i * reduction`` of the file: that is
    where JPEG 2000's low-pass filters are centred. `geometry`: of the file. `height`, `rows`: of
    the file and of the copy.
    """
    return replace(
        geometry,
        x_center=geometry.x_center / reduction,
        y_center=rows - 1 - (height - 1 - geometry.y_center) / reduction,
        radius=geometry.radius / reduction,
    )


def _reduction(radius: float, shape: tuple[int, int]) -> int:
    """Return the largest of 8, 4, 2, 1 that leaves radius enough and divides the shape."""
    for factor in (8, 4, 2):
        if radius / factor >= ENOUGH_RADIUS and not (shape[0] % factor or shape[1] % factor):
            return factor
    return 1


def _zero(grey: NDArray[np.uint8], geometry: DiskGeometry, name: str) -> float:
    """Return the grey of zero field, after a look at whether this is a magnetogram at all."""
    y = grey.shape[0] - 1 - geometry.y_center
    limb = Limb(geometry.x_center, y, geometry.radius, 1.0, 1.0, 0.0, 127.0)
    values, rho = tones.on_disk(grey, limb)
    if not values.size:
        raise NotAMagnetogramError(name, "shows no part of the disk by its header", "a magnetogram")
    zero = tones.zero_level(values)
    tones.check_tones(values, rho, zero, name)
    return zero


def _boxes(data: bytes, name: str) -> Iterator[tuple[bytes, int, int]]:
    """Yield type, start and stop of each box at the top level of a JPEG 2000 file."""
    if data[:4] == b"\xff\x4f\xff\x51":  # a bare codestream has no boxes
        return
    position = 0
    while position + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, position)
        start = position + 8
        if size == 1 and position + 16 <= len(data):
            (size,) = struct.unpack_from(">Q", data, start)
            start += 8
        stop = len(data) if size == 0 else position + size
        if stop < start:
            raise ReadError(name, "is a damaged JPEG 2000 file", "whole boxes", "fetch it again")
        if stop > len(data):
            raise ReadError(name, "is a truncated JPEG 2000 file", "", "fetch it again")
        yield kind, start, stop
        position = stop


def _keywords(xml: bytes, name: str) -> dict[str, Any]:
    """Return the children of the ``fits`` element, numbers as numbers."""
    reader = _Keywords(name)
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(xml.rstrip(b"\x00 \r\n"), True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # the last two: its encoding
        raise ReadError(name, f"has a damaged XML box ({error})", "FITS keywords") from error
    return {key.upper(): _value("".join(parts)) for key, parts in reader.found.items()}


class _Keywords:
    """Takes an XML text piece by piece: what its ``fits`` element, the root or below it, holds."""

    def __init__(self, name: str) -> None:
        self.name, self.found = name, dict[str, list[str]]()
        self._depth, self._fits, self._key = 0, 0, ""

    def refuse(self, *declared: object) -> None:
        """Refuse what may define entities, which may grow without end."""
        raise ReadError(self.name, "has an XML box that defines entities", "plain FITS keywords")

    def start(self, tag: str, attributes: object) -> None:
        """Take the begin of an element."""
        self._depth += 1
        if tag == "fits" and self._depth <= 2 and not self.found:
            self._fits = self._depth
        elif self._fits and self._depth == self._fits + 1:
            self._key, self.found[tag] = tag, []

    def end(self, tag: str) -> None:
        """Take the end of an element."""
        self._depth -= 1
        if self._fits and self._depth < self._fits:
            self._fits = 0

    def text(self, text: str) -> None:
        """Take a text, or a part of one."""
        if self._fits and self._depth == self._fits + 1:
            self.found[self._key].append(text)


def _value(text: str) -> Any:
    plain = text.strip()
    try:
        return int(plain) if re.fullmatch(r"[-+]?\d{1,18}", plain, re.ASCII) else float(plain)
    except ValueError:
        return plain
