"""Tile-compressed FITS images: what the tiles claim is checked before a decoder sees them."""

from __future__ import annotations

import io
import math
import re
import zlib
from typing import Any

import numpy as np

from halescope.errors import ReadError, TooLargeError
from halescope.io.hdus.units import BLOCK, Unit

CODECS = ("RICE_1", "RICE_ONE", "GZIP_1", "GZIP_2", "NOCOMPRESS")
"""Ways of compression that are decoded. The decoders of HCOMPRESS_1 and PLIO_1 take sizes from the
compressed bytes themselves and write, or read, beyond their memory where these lie; no magnetogram
is distributed so."""

MOST_TILE = 2**24
"""Most pixels of one tile: a whole HMI image."""

MOST_HEAP = 2**28
"""Most bytes of compressed tiles."""

AT_ONCE = 2**27
"""Bytes of an image that are decoded in one go; a larger one comes in strips."""

_DAMAGED = "is a truncated or damaged FITS file"
_STREAMS = ("COMPRESSED_DATA", "GZIP_COMPRESSED_DATA", "UNCOMPRESSED_DATA")
_FORM = re.compile(r"(\d{0,6})(?:([LXBIJKAEDCM])|([PQ])([LXBIJKAEDCM]))")
_WIDTHS = dict(zip("LXBIJKAEDCMPQ", (1, 1, 1, 2, 4, 8, 1, 4, 8, 8, 16, 8, 16), strict=True))


def check_tiles(unit: Unit) -> tuple[int, ...]:
    """Return the shape of a unit's tiles, after a look at whether they fit the image.

    Raises
    ------
    ReadError, TooLargeError
    """
    name, codec = unit.name, unit.word("ZCMPTYPE")
    if codec not in CODECS:
        raise ReadError(
            name,
            f"is compressed with {codec[:20] or 'nothing that is named'}",
            "RICE_1, GZIP_1 or GZIP_2",
            "unpack it with funpack",
        )
    shape = unit.shape
    axes = len(shape)
    tile = tuple(unit.whole(f"ZTILE{i}", shape[-1] if i == 1 else 1) for i in range(axes, 0, -1))
    if min(tile) < 1 or any(t > max(n, 1) for t, n in zip(tile, shape, strict=True)):
        raise ReadError(name, f"has tiles of {tile} pixels", f"tiles that fit an image of {shape}")
    if math.prod(tile) > MOST_TILE:
        raise TooLargeError(name, f"has tiles of {tile} pixels", f"at most {MOST_TILE:,} pixels")
    count = math.prod(-(-n // t) for n, t in zip(shape, tile, strict=True))
    if unit.whole("NAXIS2") != count:
        found = f"has {unit.whole('NAXIS2')} tiles of {tile} pixels"
        raise ReadError(name, found, f"{count} for an image of {shape}")
    if unit.size > MOST_HEAP:
        raise TooLargeError(name, f"has {unit.size:,} bytes of tiles", f"at most {MOST_HEAP:,}")
    _check_settings(unit)
    return tile


def _check_settings(unit: Unit) -> None:
    """Refuse numbers that a decoder of Rice's code would take steps of or divide by."""
    if not unit.word("ZCMPTYPE").startswith("RICE"):
        return
    for number in range(1, 10):
        kind, key = unit.word(f"ZNAME{number}"), f"ZVAL{number}"
        found = unit.whole(key) if kind in ("BLOCKSIZE", "BYTEPIX") else 0
        if kind == "BLOCKSIZE" and found not in (8, 16, 32, 64, 128):
            raise ReadError(unit.name, f"has a BLOCKSIZE of {found}", "16 or 32")
        if kind == "BYTEPIX" and found not in (1, 2, 4):
            raise ReadError(unit.name, f"has a BYTEPIX of {found}", "1, 2 or 4")


def open_tiles(unit: Unit, data: bytes) -> Any:
    """Return astropy's units of a file that holds these tiles alone; `data` are the unit's."""
    from astropy.io import fits

    cards = (
        "SIMPLE  =                    T", "BITPIX  =                    8",
        "NAXIS   =                    0", "EXTEND  =                    T", "END",
    )  # fmt: skip
    primary = "".join(card.ljust(80) for card in cards).ljust(BLOCK).encode()
    header = (unit.raw + b"END".ljust(80)).ljust(-(-(len(unit.raw) + 80) // BLOCK) * BLOCK)
    whole = data.ljust(-(-len(data) // BLOCK) * BLOCK, b"\0")
    return fits.open(
        io.BytesIO(b"".join((primary, header, whole))),
        memmap=False,
        do_not_scale_image_data=True,
        lazy_load_hdus=True,
    )


def check_streams(unit: Unit, data: bytes, tile: tuple[int, ...]) -> None:
    """Refuse streams that lie outside the data, or that unpack to more than their tile.

    `data`: of the unit, table and heap. `tile`: pixels of a tile.
    """
    rows, width = unit.whole("NAXIS2"), unit.whole("NAXIS1")
    heap = unit.whole("THEAP", rows * width)
    if not rows * width <= heap <= len(data):
        raise ReadError(unit.name, _DAMAGED, "", "fetch it again")
    table = np.frombuffer(data, np.uint8, rows * width).reshape(rows, width)
    packs = unit.word("ZCMPTYPE").startswith("GZIP")
    for column, start, kind, item in _columns(unit):
        if column not in _STREAMS:
            continue
        if kind not in "PQ":
            raise ReadError(unit.name, f"has {column} of type {kind}", "arrays in the heap")
        wide = 16 if kind == "Q" else 8
        places = np.ascontiguousarray(table[:, start : start + wide]).view(f">i{wide // 2}")
        counts, offsets = places[:, 0].astype(np.int64), places[:, 1].astype(np.int64)
        room = len(data) - heap
        if min(counts.min(), offsets.min()) < 0 or max(counts.max(), offsets.max()) > room:
            raise ReadError(unit.name, _DAMAGED, "", "fetch it again")
        if (offsets + counts * item).max() > room:
            raise ReadError(unit.name, _DAMAGED, "", "fetch it again")
        if column == "GZIP_COMPRESSED_DATA" or (packs and column == "COMPRESSED_DATA"):
            most = math.prod(tile) * 8
            for count, offset in zip(counts.tolist(), offsets.tolist(), strict=True):
                begin = heap + offset
                _check_gzip(data[begin : begin + count * item], most, unit.name)


def _check_gzip(stream: bytes, most: int, name: str) -> None:
    if not stream:
        return
    unpacker = zlib.decompressobj(31)
    left, rest = most + 1, stream  # one byte more tells what does not end
    try:
        while left > 0 and not unpacker.eof:
            piece = unpacker.decompress(rest, min(left, 2**20))
            left, rest = left - len(piece), unpacker.unconsumed_tail
            if not piece:
                break
    except zlib.error as error:
        raise ReadError(name, _DAMAGED, "", "fetch it again") from error
    if left <= 0 or not unpacker.eof or unpacker.unused_data.strip(b"\0"):
        raise ReadError(name, _DAMAGED, "tiles that unpack to their size", "fetch it again")


def _columns(unit: Unit) -> list[tuple[str, int, str, int]]:
    """Return name, first byte in a row, type and bytes of one element of each of a table's columns.

    For arrays in the heap the element is the array's.
    """
    found, start = [], 0
    for number in range(1, unit.whole("TFIELDS") + 1):
        form = _FORM.match(unit.word(f"TFORM{number}"))
        if form is None:
            what = unit.word(f"TFORM{number}")[:20]
            raise ReadError(unit.name, f"has TFORM{number} = {what!r}", "a type of FITS")
        repeat, kind = int(form[1] or 1), form[2] or form[3]
        item = _WIDTHS[form[4] or kind]
        found.append((unit.word(f"TTYPE{number}"), start, kind, item))
        start += -(-repeat // 8) if kind == "X" else repeat * _WIDTHS[kind]
    if start != unit.whole("NAXIS1"):
        raise ReadError(
            unit.name, f"has rows of {unit.whole('NAXIS1')} bytes", f"{start} by its columns"
        )
    return found
