"""NumPy's own files: one array of a field, whose header is believed only within limits."""

from __future__ import annotations

import ast
import io
import math
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import numpy as np

from halescope.errors import NotAMagnetogramError, ReadError
from halescope.io.hdus.file import Scaling
from halescope.io.sniff import check_size
from halescope.types import Array

MOST_MEMBERS = 100
"""Most arrays that are looked at in one archive."""

_MOST_HEADER = 10_000
_ROWS = 256
_EXPECTED = "one array of shape (H, W) of numbers, gauss"


def load_numpy(data: bytes, name: str) -> Array:
    """Return the field in a NumPy file, (H, W) float32.

    Parameters
    ----------
    data : bytes
        ``.npy``, or ``.npz`` of which the one array of two axes is taken, such as SDOML's ``x``.

    Raises
    ------
    ReadError, NotAMagnetogramError, TooLargeError
    """
    with _decoding(name):
        if data[:2] != b"PK":
            return _array(io.BytesIO(data), name)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [m for m in archive.infolist() if m.filename.endswith(".npy")]
            if not 0 < len(members) <= MOST_MEMBERS:
                raise ReadError(name, f"is an archive of {len(members)} arrays", _EXPECTED)
            images = []
            for member in members:
                with archive.open(member) as file:
                    shape = _header(file, name)[0]
                if sum(n > 1 for n in shape) == 2:
                    images.append(member)
            if len(images) != 1:
                raise NotAMagnetogramError(name, f"holds {len(images)} images", _EXPECTED)
            with archive.open(images[0]) as file:
                return _array(file, name)


@contextmanager
def _decoding(name: str) -> Iterator[None]:
    """Turn what a damaged archive provokes into one error."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, struct.error) as error:
        raise ReadError(
            name, "is a truncated or damaged NumPy file", "", "fetch it again"
        ) from error
    except (ValueError, SyntaxError, TypeError, LookupError, OverflowError) as error:
        raise ReadError(name, "is a damaged NumPy file", _EXPECTED, "fetch it again") from error
    except (NotImplementedError, RuntimeError, MemoryError) as error:  # ways of packing; a password
        found = f"cannot be unpacked ({type(error).__name__})"
        raise ReadError(name, found, "numpy.savez or savez_compressed") from error


def _header(file: IO[bytes], name: str) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    """Return shape, whether columns come first, and type of the array that begins here."""
    start = file.read(8)
    if start[:6] != b"\x93NUMPY" or len(start) < 8:
        raise ReadError(name, "is no NumPy array", _EXPECTED)
    wide = start[6] > 1
    (size,) = struct.unpack("<I" if wide else "<H", file.read(4 if wide else 2))
    if size > _MOST_HEADER:
        raise ReadError(name, f"has a header of {size:,} bytes", f"at most {_MOST_HEADER:,}")
    said = ast.literal_eval(file.read(size).decode("latin-1"))
    kind, shape = said["descr"], tuple(said["shape"])
    if not isinstance(kind, str) or np.dtype(kind).kind not in "iuf":
        raise NotAMagnetogramError(name, f"holds {str(kind)[:40]}", _EXPECTED)
    if not all(type(n) is int and n >= 0 for n in shape):
        raise ReadError(name, f"has a shape of {str(shape)[:40]}", _EXPECTED)
    return shape, bool(said["fortran_order"]), np.dtype(kind)


def _array(file: IO[bytes], name: str) -> Array:
    axes, by_columns, kind = _header(file, name)
    shape = tuple(n for n in axes if n != 1)
    if len(shape) != 2 or by_columns:
        found = f"holds an array of shape {axes}{' in columns' if by_columns else ''}"
        raise NotAMagnetogramError(name, found, _EXPECTED)
    height, width = shape
    check_size(width, height, name)
    if min(shape) < 8:
        raise NotAMagnetogramError(name, f"has only {width} x {height} pixels", _EXPECTED)
    field = np.empty(shape, np.float32)
    plain = Scaling(1.0, 0.0, None, as_stored=True)
    for row in range(0, height, _ROWS):
        out = field[row : row + _ROWS]
        size = math.prod(out.shape) * kind.itemsize
        part = file.read(size)
        if len(part) < size:
            raise ReadError(name, "is a truncated NumPy file", "", "fetch it again")
        plain.apply(np.frombuffer(part, kind).reshape(out.shape), out)
    return field
