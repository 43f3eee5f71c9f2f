"""Files as a stranger could upload them: small ones of every reader, mutated or crafted by seed."""

from __future__ import annotations

import gzip
import io
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from halescope.synthetic import draw
from halescope.synthetic.files import header_of

SIDE = 128
WILD = (0, 1, 2, 7, 8, 127, 128, 255, 256, 999, 1000, 32767, 65535, 2**24, 2**31 - 1, 2**32 - 1)
CARDS = (
    "0", "1", "-1", "2", "8", "16", "64", "-32", "-64", "999", "1000", "65536", "2147483647",
    "4294967296", "-2147483648", "9" * 30, "1E400", "-1E400", "NaN", "1e-300", "0.0", "T", "F",
    "''", "'abc'", "'RICE_1'", "'GZIP_2'", "'HCOMPRESS_1'", "'PLIO_1'", "'1PB(9999)'", "'1QB'",
    "'CRLN-CEA'",
    "'2012-13-41T25:61:61'", "'0001-01-01T00:00:00+14:00'", "'9999-12-31T23:59:59-14:00'", "90.0",
    "500.0",
)  # fmt: skip
"""Values that a header's keywords are given."""


@cache
def field() -> tuple[Any, dict[str, Any]]:
    """Return a drawn disk, (SIDE, SIDE) gauss, and its header."""
    magnetogram = draw(3, size=SIDE, regions=["beta", "alpha"]).magnetogram
    return magnetogram.field, header_of(magnetogram)


def _fits(codec: str, kind: str = "i4", **more: Any) -> bytes:
    from astropy.io import fits

    values, cards = field()
    raw = np.nan_to_num(values * 10)
    raw = np.abs(raw) if codec == "PLIO_1" else raw
    raw = raw.astype(kind)
    header = fits.Header(cards)
    if codec:
        unit: Any = fits.CompImageHDU(raw, header, compression_type=codec, **more)
        units = [fits.PrimaryHDU(), unit]
    else:
        units = [fits.PrimaryHDU(raw, header)]
    out = io.BytesIO()
    fits.HDUList(units).writeto(out)
    return out.getvalue()


def _grey() -> Any:
    values = np.nan_to_num(field()[0], nan=-250.0)
    grey = np.clip(values / 2 + 127, 0, 255).astype(np.uint8)[::-1]
    grey[np.isnan(field()[0][::-1])] = 0
    return grey


def _picture(kind: str, mode: str = "L", **more: Any) -> bytes:
    from PIL import Image

    image = Image.fromarray(_grey())
    if mode == "I;16":
        image = Image.fromarray(_grey().astype(np.uint16) * 257)
    elif mode != "L":
        image = image.convert(mode)
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def _jp2(**more: Any) -> bytes:
    data = _picture("JPEG2000", **more)
    cards = {**field()[1], "TELESCOP": "SDO", "INSTRUME": "HMI"}
    rows = "".join(f"<{key}>{value}</{key}>\n" for key, value in cards.items())
    xml = f'<?xml version="1.0" encoding="UTF-8"?>\n<meta><fits>\n{rows}</fits></meta>'.encode()
    at = data.index(b"jp2c") - 4
    return data[:at] + struct.pack(">I4s", len(xml) + 8, b"xml ") + xml + data[at:]


def _npy() -> bytes:
    out = io.BytesIO()
    np.save(out, np.nan_to_num(field()[0]))
    return out.getvalue()


def _npz(packed: bool, chance: random.Random | None = None) -> bytes:
    data, out = bytearray(_npy()), io.BytesIO()
    if chance is not None:
        for _ in range(chance.choice((1, 2, 5))):
            chance.choice(_CHANGES)(data, chance)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as made:
        made.writestr("x.npy", bytes(data))
    return out.getvalue()


SEEDS: dict[str, Callable[[], bytes]] = {
    "fits-plain": lambda: _fits(""),
    "fits-f8": lambda: _fits("", "f8"),
    "fits-gz": lambda: gzip.compress(_fits("", "f4")),
    "fits-rice": lambda: _fits("RICE_1"),
    "fits-rice-float": lambda: _fits("RICE_1", "f4"),
    "fits-gzip1": lambda: _fits("GZIP_1", "f4", quantize_level=0),
    "fits-gzip2": lambda: _fits("GZIP_2"),
    "fits-nocompress": lambda: _fits("NOCOMPRESS", "f4", quantize_level=0),
    "fits-rice-i2": lambda: _fits("RICE_1", "i2", tile_shape=(16, 32)),
    "fits-hcompress": lambda: _fits("HCOMPRESS_1", tile_shape=(16, SIDE)),
    "fits-plio": lambda: _fits("PLIO_1", "i2"),
    "jp2": _jp2,
    "jp2-float": lambda: _jp2(irreversible=True, num_resolutions=4),
    "j2k": lambda: _picture("JPEG2000", no_jp2=True),
    "png": lambda: _picture("PNG"),
    "png-rgba": lambda: _picture("PNG", "RGBA"),
    "png-palette": lambda: _picture("PNG", "P"),
    "png-16": lambda: _picture("PNG", "I;16"),
    "png-grey-alpha": lambda: _picture("PNG", "LA"),
    "tiff": lambda: _picture("TIFF"),
    "tiff-lzw": lambda: _picture("TIFF", "RGB", compression="tiff_lzw"),
    "tiff-jpeg": lambda: _picture("TIFF", "RGB", compression="jpeg"),
    "tiff-deflate": lambda: _picture("TIFF", "P", compression="tiff_adobe_deflate"),
    "tiff-packbits": lambda: _picture("TIFF", compression="packbits"),
    "tiff-16": lambda: _picture("TIFF", "I;16"),
    "gif": lambda: _picture("GIF"),
    "jpeg": lambda: _picture("JPEG", quality=90),
    "jpeg-progressive": lambda: _picture("JPEG", "RGB", progressive=True),
    "jpeg-cmyk": lambda: _picture("JPEG", "CMYK"),
    "bmp": lambda: _picture("BMP"),
    "webp": lambda: _picture("WEBP", "RGB", quality=95),
    "webp-lossless": lambda: _picture("WEBP", "RGBA", lossless=True),
    "npy": _npy,
    "npz": lambda: _npz(False),
    "npz-packed": lambda: _npz(True),
}
"""A whole file of every reader and codec."""


@cache
def whole(kind: str) -> bytes:
    """Return the file that is mutated."""
    return SEEDS[kind]()


def fuzzed(kind: str, seed: int) -> bytes:
    """Return a mutated or crafted file; the same for the same seed."""
    chance = random.Random(f"{kind} {seed}")
    data = bytearray(whole(kind))
    if kind.startswith("npz") and chance.random() < 0.5:  # what is inside
        return _npz(kind != "npz", chance)
    if kind.startswith("png") and chance.random() < 0.3:
        _change_lines(data, chance)
    if kind == "fits-gz" and chance.random() < 0.7:  # what is inside
        data = bytearray(gzip.decompress(bytes(data)))
    if kind.startswith("fits") and chance.random() < 0.6:
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            _change_card(data, chance)
    if kind.startswith("jp2") and chance.random() < 0.3:
        _change_element(data, chance)
    if not kind.startswith("fits") or chance.random() < 0.5:
        for _ in range(chance.choice((1, 1, 2, 5, 20))):
            chance.choice(_CHANGES)(data, chance)
    if kind.startswith("png") and chance.random() < 0.8:
        _mend_sums(data)
    if kind == "fits-gz" and data[:2] != b"\x1f\x8b":
        return gzip.compress(bytes(data), 1)
    return bytes(data)


def _change_card(data: bytearray, chance: random.Random) -> None:
    """Give a keyword of a FITS header another value, or name a card otherwise."""
    places = [
        m.start() for m in re.finditer(rb"(?<=[ \0/'\w])[A-Z][A-Z0-9_-]{0,7} *= ", data[:40000])
    ]
    places = [p for p in places if p % 80 == 0]
    if not places:
        return
    at = chance.choice(places)
    value = chance.choice(CARDS).rjust(20)[:70].encode()
    data[at + 10 : at + 80] = value.ljust(70)
    if chance.random() < 0.1:
        word = chance.choice(
            (b"NAXIS", b"TFIELDS", b"BLANK", b"BSCALE", b"ZTILE2", b"END", b"PCOUNT")
        )
        data[at : at + 8] = word.ljust(8)


def _change_lines(data: bytearray, chance: random.Random) -> None:
    """Change the filtered lines inside a PNG file, and pack them again."""
    start = data.index(b"IDAT")
    size = int.from_bytes(data[start - 4 : start], "big")
    lines = bytearray(zlib.decompress(bytes(data[start + 4 : start + 4 + size])))
    for _ in range(chance.choice((1, 5, 20))):
        chance.choice(_CHANGES)(lines, chance)
    packed = zlib.compress(bytes(lines))
    data[start - 4 : start + 8 + size] = (
        struct.pack(">I", len(packed)) + b"IDAT" + packed + bytes(4)
    )


def _mend_sums(data: bytearray) -> None:
    """Give the chunks of a PNG file their checksums."""
    at = 8
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if at + 12 + size > len(data):
            return
        sums = zlib.crc32(data[at + 4 : at + 8 + size])
        data[at + 8 + size : at + 12 + size] = struct.pack(">I", sums)
        at += 12 + size


def _change_element(data: bytearray, chance: random.Random) -> None:
    """Give a keyword in the XML box another value of the same length."""
    found = list(re.finditer(rb"<([A-Z0-9_-]+)>([^<]*)</", data))
    if found:
        start, stop = chance.choice(found).span(2)
        text = chance.choice(CARDS).encode()[: stop - start]
        data[start:stop] = text.ljust(stop - start)


def _place(data: bytearray, chance: random.Random) -> int:
    """Return where to change something: as often in the first kilobyte as in all of it."""
    return chance.randrange(min(len(data), chance.choice((100, 1000, len(data))) or 1) or 1)


def _flip(data: bytearray, chance: random.Random) -> None:
    data[_place(data, chance)] ^= 1 << chance.randrange(8)


def _byte(data: bytearray, chance: random.Random) -> None:
    data[_place(data, chance)] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))


def _number(data: bytearray, chance: random.Random) -> None:
    at, form = _place(data, chance), chance.choice((">I", "<I", ">H", "<H"))
    size = struct.calcsize(form)
    data[at : at + size] = struct.pack(form, chance.choice(WILD) & (2 ** (8 * size) - 1))


def _cut(data: bytearray, chance: random.Random) -> None:
    if len(data) > 200:
        del data[chance.randrange(100, len(data)) :]


def _drop(data: bytearray, chance: random.Random) -> None:
    at = _place(data, chance)
    if len(data) > 200:
        del data[at : at + chance.choice((1, 2, 4, 80))]


def _copy(data: bytearray, chance: random.Random) -> None:
    start, to = _place(data, chance), _place(data, chance)
    data[to:to] = data[start : start + chance.choice((1, 4, 64, 2880))]


_CHANGES = (_flip, _byte, _byte, _number, _number, _cut, _drop, _copy)
