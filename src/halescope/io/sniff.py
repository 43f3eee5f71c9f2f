"""Decide what a file is by its first bytes, whatever its name says."""

from __future__ import annotations

from typing import Literal

from halescope.errors import ReadError, TooLargeError

Kind = Literal["fits", "jp2", "picture", "numpy"]

MAX_PIXELS = 2**26
"""Most pixels that are decoded, 8192 x 8192: four times the largest full-disk magnetogram."""


def check_size(width: int, height: int, name: str) -> None:
    """Refuse an image of more pixels than are decoded."""
    if width * height > MAX_PIXELS:
        found = f"claims {width} x {height} pixels"
        raise TooLargeError(name, found, f"at most {MAX_PIXELS:,} pixels")


_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"BM", "BMP"),
    (b"GIF8", "GIF"),
)
_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive without arrays"),
    (b"\x89HDF", "an HDF5 file"),
    (b"CDF\x01", "a NetCDF file"),
    (b"<", "a web page or XML text"),
    (b"\x1f\x8b", "a gzip archive of something else than FITS"),
)
_EXPECTED = "a FITS, JPEG 2000, PNG, JPEG, TIFF or NumPy file"


def sniff(data: bytes, name: str) -> Kind:
    """Return what kind of file these bytes are.

    `data`: the file, or its first kilobyte at least. Raises `ReadError`: empty, or of no known
    kind.
    """
    if not data:
        raise ReadError(name, "is empty (0 bytes)", _EXPECTED, "fetch it again")
    if data[:6] == b"SIMPLE" or _is_gzipped_fits(data):
        return "fits"
    if data[4:8] == b"jP  " or data[:4] == b"\xff\x4f\xff\x51":
        return "jp2"
    if any(data.startswith(magic) for magic, _ in _PICTURES):
        return "picture"
    if data[:6] == b"\x93NUMPY" or (data[:4] == b"PK\x03\x04" and b".npy" in data[:300]):
        return "numpy"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "picture"
    found = next((what for magic, what in _OTHERS if data.lstrip()[:8].startswith(magic)), None)
    raise ReadError(name, f"is {found or 'no image of a known kind'}", _EXPECTED)


def formats_of(data: bytes) -> tuple[str, ...]:
    """Return what Pillow calls the format of a picture that `sniff` knows: none other is tried."""
    if data[:4] == b"RIFF":
        return ("WEBP",)
    return tuple(name for magic, name in _PICTURES if data.startswith(magic)) or ("JPEG2000",)


def _is_gzipped_fits(data: bytes) -> bool:
    """Say whether gzip data start with a FITS header, unpacking no more than that."""
    if data[:2] != b"\x1f\x8b":
        return False
    import zlib

    try:
        return zlib.decompressobj(31).decompress(data[:4096], 6) == b"SIMPLE"
    except zlib.error:
        return False
