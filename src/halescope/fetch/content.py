"""Checks that a file which arrived is whole and what it should be."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from halescope.errors import HalescopeError
from halescope.fetch.answers import ContentError
from halescope.fetch.files import describe

JP2 = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
PNG, PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"


@dataclass(frozen=True)
class Content:
    """What a file says of itself.

    `time`: UTC, aware; None where the file does not say. `quality`, {"", "good", "bad"}: by its
    header; empty where the header does not say.
    """

    time: datetime | None = None
    quality: str = ""


def inspect_jp2(path: Path) -> Content:
    """Return what a JPEG 2000 file says of itself; ContentError if it is not whole."""
    from halescope.io.jp2 import read_header

    data = path.read_bytes()
    _begins(path, data, JP2, "a JPEG 2000 image")
    place, codestream = 0, False
    while place < len(data):
        length, kind = (
            struct.unpack_from(">I4s", data, place) if place + 8 <= len(data) else (1, b"")
        )
        if length == 1 and place + 16 <= len(data):
            (length,) = struct.unpack_from(">Q", data, place + 8)
        length = length or len(data) - place
        codestream |= kind == b"jp2c"
        if length < 8 or place + length > len(data):
            raise ContentError(path.name, "is cut short", "a whole JPEG 2000 image")
        place += length
    if not codestream or data.rstrip(b"\x00")[-2:] != b"\xff\xd9":
        raise ContentError(path.name, "is cut short", "a whole JPEG 2000 image")
    try:
        return _by_header(read_header(data, path.name))
    except HalescopeError as error:
        raise ContentError(path.name, error.found, error.expected) from error


def inspect_picture(path: Path) -> Content:
    """Return nothing, as a PNG or JPEG says no time of itself; ContentError if it is not whole."""
    data = path.read_bytes()
    if data.startswith(b"\xff\xd8"):
        whole = data.rstrip(b"\x00").endswith(b"\xff\xd9")
    else:
        _begins(path, data, PNG, "a PNG or JPEG picture")
        whole = data.endswith(PNG_END)
    if not whole:
        raise ContentError(path.name, "is cut short", "a whole picture")
    return Content()


def inspect_fits(path: Path) -> Content:
    """Return what a FITS file says of itself; ContentError if it is not whole."""
    from halescope.io.hdus.file import headers_of

    with path.open("rb") as file:
        _begins(path, file.read(2880), b"SIMPLE  =", "a FITS file")
    try:
        headers = headers_of(path)
    except HalescopeError as error:
        raise ContentError(path.name, error.found, "a whole FITS file") from error
    header = next((h for h in headers if "DATE-OBS" in h or "T_REC" in h or "T_OBS" in h), {})
    try:
        return _by_header(header)
    except HalescopeError as error:
        raise ContentError(path.name, error.found, error.expected) from error


def _begins(path: Path, data: bytes, magic: bytes, expected: str) -> None:
    if not data.startswith(magic):
        raise ContentError(path.name, f"is {describe(data)}", expected)


def _by_header(header: dict[str, object]) -> Content:
    from halescope.io.filetime import header_time
    from halescope.io.instruments import is_bad, of_header

    time = header_time(header) if header else None
    if not {"QUALITY", "QUALLEV1"} & set(header):
        return Content(time)
    return Content(time, "bad" if is_bad(header, of_header(header)) else "good")
