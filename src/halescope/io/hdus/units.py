"""The units (HDUs) of a FITS file, walked by their sizes before any library reads them.

What a header claims is checked here: number of axes, fields and units, length of a header, size of
what is unpacked. A reader that trusts a claim of two thousand million axes never answers.
"""

from __future__ import annotations

import gzip
import io
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO, cast

from halescope.errors import ReadError, TooLargeError
from halescope.io.sniff import MAX_PIXELS

BLOCK = 2880
"""Bytes of a FITS block; headers and data fill whole ones."""

MOST = 999
"""Most axes (the standard's own limit), fields of a table, and units that are looked at."""

MOST_CARDS = 36 * 300
"""Most cards of one header; HMI's have about 200."""

MOST_UNPACKED = MAX_PIXELS * 8 + 2**26
"""Most bytes that gzip data may unpack to: the largest image in float64, and 64 MB beside."""

_CARD = 80
_BYTES = {8: "u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}


@dataclass(frozen=True)
class Unit:
    """One unit of a FITS file, its data unread.

    Parameters
    ----------
    raw : bytes
        The header's cards.
    number : int
        Counted from 0.
    """

    raw: bytes
    number: int
    name: str

    @cached_property
    def cards(self) -> dict[str, str]:
        """The text behind each keyword's equals sign; the first of several cards of a keyword."""
        text = self.raw.decode("latin-1")
        found: dict[str, str] = {}
        for at in range(0, len(text), _CARD):
            card = text[at : at + _CARD]
            if card[8:9] == "=":
                found.setdefault(card[:8].rstrip(), card[10:])
        return found

    def whole(self, keyword: str, default: int = 0) -> int:
        """Return a keyword's whole number.

        Raises
        ------
        ReadError
            It is none.
        """
        text = self.cards.get(keyword)
        if text is None:
            return default
        plain = text.split("/")[0].strip()
        try:
            return int(plain) if len(plain) < 20 else int("none")
        except ValueError:
            found = f"has {keyword} = {plain[:20]!r} in its unit {self.number}"
            raise ReadError(self.name, found, "a whole number") from None

    def word(self, keyword: str) -> str:
        """Return a keyword's text without quotes, empty if it has none."""
        text = self.cards.get(keyword, "").strip()
        return (
            text[1:].split("'")[0].strip() if text.startswith("'") else text.split("/")[0].strip()
        )

    def _axes(self, prefix: str) -> tuple[int, ...]:
        count = self.whole(f"{prefix}NAXIS")
        self.check(f"{prefix}NAXIS", count)
        axes = tuple(self.whole(f"{prefix}NAXIS{i}") for i in range(count, 0, -1))
        if min(axes, default=0) < 0:
            raise ReadError(self.name, f"has axes of {axes} pixels", "none below 0")
        return axes

    def check(self, keyword: str, count: int) -> None:
        """Refuse a count that no real file has."""
        if not 0 <= count <= MOST:
            raise ReadError(
                self.name, f"claims {keyword} = {count} in its unit {self.number}", f"0 to {MOST}"
            )

    @cached_property
    def is_packed(self) -> bool:
        """Whether it is a table that holds the tiles of a compressed image."""
        return self.word("XTENSION") == "BINTABLE" and self.word("ZIMAGE") == "T"

    @cached_property
    def is_image(self) -> bool:
        """Whether it is an image, compressed or not, be it one without axes."""
        return self.is_packed or self.number == 0 or self.word("XTENSION") in ("IMAGE", "IUEIMAGE")

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Pixels of an image along each axis, the last one varies fastest."""
        return self._axes("Z" if self.is_packed else "")

    @cached_property
    def kind(self) -> str:
        """Type of the stored numbers in numpy's words."""
        bits = self.whole("BITPIX")
        if bits not in _BYTES:
            raise ReadError(self.name, f"has BITPIX = {bits}", "8, 16, 32, 64, -32 or -64")
        return _BYTES[bits]

    @cached_property
    def size(self) -> int:
        """Bytes of its data, without what fills the last block."""
        axes = self._axes("")
        if axes and axes[-1] == 0 and self.word("GROUPS") == "T":
            axes = axes[:-1]
        count = math.prod(axes) if axes else 0
        extra, groups = self.whole("PCOUNT"), self.whole("GCOUNT", 1)
        if extra < 0 or groups < 0:
            raise ReadError(self.name, f"has PCOUNT = {extra}, GCOUNT = {groups}", "none below 0")
        return abs(self.whole("BITPIX")) // 8 * groups * (extra + count)


class Stream:
    """A FITS file read from its start on, unpacked on the way where it is gzipped.

    Parameters
    ----------
    source : bytes or open file
    """

    def __init__(self, source: bytes | BinaryIO, name: str) -> None:
        plain = io.BytesIO(source) if isinstance(source, bytes) else source
        start = plain.read(2)
        plain.seek(0)
        self.name, self.is_gzip = name, start == b"\x1f\x8b"
        self._file = cast(BinaryIO, gzip.GzipFile(fileobj=plain)) if self.is_gzip else plain
        self.position = 0

    def take(self, count: int) -> bytes:
        """Return so many bytes, fewer at the end.

        Raises
        ------
        ReadError, TooLargeError
            The gzip data are damaged, or unpack to more than `MOST_UNPACKED`.
        """
        if self.is_gzip and self.position + count > MOST_UNPACKED:
            raise TooLargeError(
                self.name, "unpacks to a monstrous size", f"at most {MOST_UNPACKED:,} bytes"
            )
        try:
            data = self._file.read(count)
        except EOFError as error:
            raise ReadError(self.name, "is a truncated gzip file", "", "fetch it again") from error
        except (OSError, zlib.error) as error:
            raise ReadError(self.name, "is a damaged gzip file", "", "fetch it again") from error
        self.position += len(data)
        return data

    def skip(self, count: int) -> None:
        """Go on by so many bytes."""
        if not self.is_gzip:
            self._file.seek(count, io.SEEK_CUR)
            self.position += count
            return
        while count > 0 and (piece := self.take(min(count, 2**20))):
            count -= len(piece)

    def finish(self) -> None:
        """Read gzip data to their end, which tells whether they are whole."""
        while self.is_gzip and self.take(2**20):
            pass


def units(stream: Stream) -> Iterator[Unit]:
    """Yield the units of a FITS file; who takes one may read its data, or a part of it.

    Raises
    ------
    ReadError, TooLargeError
    """
    for number in range(MOST + 1):
        raw = _header(stream, number)
        if not raw:
            return
        if number == MOST:
            raise ReadError(stream.name, f"holds more than {MOST} units", "a FITS image")
        unit = Unit(raw, number, stream.name)
        if unit.word("XTENSION") in ("BINTABLE", "TABLE"):
            unit.check("TFIELDS", unit.whole("TFIELDS"))
        blocks = -(-unit.size // BLOCK)
        after = stream.position + blocks * BLOCK
        yield unit
        stream.skip(after - stream.position)


def _header(stream: Stream, number: int) -> bytes:
    """Return the cards of the next header before END; none at the end, or where no unit begins."""
    first = stream.take(BLOCK)
    begins = first[:8] in (b"SIMPLE  ", b"XTENSION") if number else first[:6] == b"SIMPLE"
    if not begins:
        if number:
            return b""
        raise ReadError(stream.name, "is no FITS file", "SIMPLE at its start")
    parts = [first]
    while True:
        block = parts[-1]
        for at in range(0, len(block), _CARD):
            if block[at : at + 8] == b"END     ":
                parts[-1] = block[:at]
                return b"".join(parts)
        if len(block) < BLOCK:
            raise ReadError(
                stream.name, "is a truncated or damaged FITS file", "", "fetch it again"
            )
        if len(parts) * BLOCK >= MOST_CARDS * _CARD:
            raise ReadError(
                stream.name, f"has a header of more than {MOST_CARDS:,} cards", "a FITS header"
            )
        parts.append(stream.take(BLOCK))
