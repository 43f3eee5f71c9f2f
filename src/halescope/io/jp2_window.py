"""Decode rectangles of a JPEG 2000 file at full resolution without decoding the rest.

Pillow brings OpenJPEG, whose library can do this, but does not hand the function on; it is called
here directly. Where the library is not found, callers decode the whole picture with Pillow.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rectangle = tuple[int, int, int, int]

_JP2, _CODESTREAM = 2, 0
_PARAMETERS = 1 << 16  # bytes; the real structure has some 8,300 and is filled by the library
_BUFFER = 1 << 20
_FAILED = ctypes.c_size_t(-1).value
_Pointer, _Int, _Size = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t
_READ = ctypes.CFUNCTYPE(_Size, _Pointer, _Size, _Pointer)
_SKIP = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, _Pointer)
_SEEK = ctypes.CFUNCTYPE(_Int, ctypes.c_int64, _Pointer)

_SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "opj_version": (ctypes.c_char_p, []),
    "opj_create_decompress": (_Pointer, [_Int]),
    "opj_set_default_decoder_parameters": (None, [_Pointer]),
    "opj_setup_decoder": (_Int, [_Pointer, _Pointer]),
    "opj_stream_create": (_Pointer, [_Size, _Int]),
    "opj_stream_set_read_function": (None, [_Pointer, _READ]),
    "opj_stream_set_skip_function": (None, [_Pointer, _SKIP]),
    "opj_stream_set_seek_function": (None, [_Pointer, _SEEK]),
    "opj_stream_set_user_data_length": (None, [_Pointer, ctypes.c_uint64]),
    "opj_read_header": (_Int, [_Pointer, _Pointer, _Pointer]),
    "opj_set_decode_area": (_Int, [_Pointer, _Pointer, *[ctypes.c_int32] * 4]),
    "opj_decode": (_Int, [_Pointer, _Pointer, _Pointer]),
    "opj_destroy_codec": (None, [_Pointer]),
    "opj_image_destroy": (None, [_Pointer]),
    "opj_stream_destroy": (None, [_Pointer]),
}


class _Component(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_uint32) for name in ("dx", "dy", "w", "h", "x0", "y0", "prec", "bpp")),
        *((name, ctypes.c_uint32) for name in ("sgnd", "resno_decoded", "factor")),
        ("data", ctypes.POINTER(ctypes.c_int32)),
        ("alpha", ctypes.c_uint16),
    ]


class _Image(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_uint32) for name in ("x0", "y0", "x1", "y1", "numcomps")),
        ("color_space", _Int),
        ("comps", ctypes.POINTER(_Component)),
    ]


def decode_windows(data: bytes, windows: list[Rectangle]) -> list[NDArray[np.uint8]] | None:
    """Return rectangles of an 8-bit grey JPEG 2000 picture, equal to those of the whole.

    Parameters
    ----------
    data : bytes
        The file, which Pillow has opened before without complaint.
    windows : list of (left, top, right, bottom)
        Pixels within the picture, row 0 at the top, maxima exclusive.

    Returns
    -------
    list of (H, W) uint8, or None
        None where the library is not at hand or declines: decode the whole instead.
    """
    library = _library()
    if library is None:
        return None
    found = []
    for window in windows:
        part = _decode(library, data, window)
        if part is None:
            return None
        found.append(part)
    return found


@lru_cache(maxsize=1)
def _library() -> Any:
    """Return Pillow's OpenJPEG 2.3 or newer (the first with exact windows), None without one."""
    import PIL

    root = Path(PIL.__file__).parent
    patterns = (root.parent / "pillow.libs", "libopenjp2*"), (root / ".dylibs", "libopenjp2*")
    for path in (p for folder, name in patterns for p in folder.glob(name)):
        try:
            library = ctypes.CDLL(str(path))
            for name, (result, arguments) in _SIGNATURES.items():
                function = getattr(library, name)
                function.restype, function.argtypes = result, arguments
        except (OSError, AttributeError):
            continue
        major, minor = (int(part) for part in library.opj_version().split(b".")[:2])
        if major == 2 and minor >= 3:
            return library
    return None


def _decode(library: Any, data: bytes, window: Rectangle) -> NDArray[np.uint8] | None:
    kind = _CODESTREAM if data[:4] == b"\xff\x4f\xff\x51" else _JP2
    codec, image = library.opj_create_decompress(kind), _Pointer()
    try:
        parameters = ctypes.create_string_buffer(_PARAMETERS)
        library.opj_set_default_decoder_parameters(parameters)
        with _stream(library, data) as stream:
            steps: tuple[Callable[[], int], ...] = (
                lambda: library.opj_setup_decoder(codec, parameters),
                lambda: library.opj_read_header(stream, codec, ctypes.byref(image)),
                lambda: library.opj_set_decode_area(codec, image, *window),
                lambda: library.opj_decode(codec, stream, image),
            )
            if not all(step() for step in steps):
                return None
        return _pixels(image, window)
    finally:
        if image:
            library.opj_image_destroy(image)
        library.opj_destroy_codec(codec)


def _pixels(image: ctypes.c_void_p, window: Rectangle) -> NDArray[np.uint8] | None:
    content = ctypes.cast(image, ctypes.POINTER(_Image)).contents
    component = content.comps[0]
    shape = (window[3] - window[1], window[2] - window[0])
    if content.numcomps != 1 or component.prec != 8 or (component.h, component.w) != shape:
        return None
    if not component.data:
        return None
    values = np.ctypeslib.as_array(component.data, shape)
    grey: NDArray[np.uint8] = np.clip(values, 0, 255).astype(np.uint8)
    return grey


@contextmanager
def _stream(library: Any, data: bytes) -> Iterator[Any]:
    """Yield an OpenJPEG stream over bytes."""
    position = 0

    def read(target: int, count: int, _: Any) -> int:
        nonlocal position
        part = data[position : position + count]
        if not part:
            return int(_FAILED)
        ctypes.memmove(target, part, len(part))
        position += len(part)
        return len(part)

    def skip(count: int, _: Any) -> int:
        nonlocal position
        position = min(position + count, len(data))
        return count

    def seek(target: int, _: Any) -> int:
        nonlocal position
        position = target
        return int(0 <= target <= len(data))

    callbacks = _READ(read), _SKIP(skip), _SEEK(seek)  # kept alive while the stream is
    stream = library.opj_stream_create(_BUFFER, 1)
    try:
        library.opj_stream_set_read_function(stream, callbacks[0])
        library.opj_stream_set_skip_function(stream, callbacks[1])
        library.opj_stream_set_seek_function(stream, callbacks[2])
        library.opj_stream_set_user_data_length(stream, len(data))
        yield stream
    finally:
        library.opj_stream_destroy(stream)
