"""Windows of a JPEG 2000 file equal those of the whole; what is not understood is declined."""

import io

import numpy as np
import pytest
from PIL import Image

from halescope.io import jp2_window
from halescope.io.jp2_window import decode_windows


def encoded(mode: str = "L") -> tuple[np.ndarray, bytes]:
    rng = np.random.default_rng(3)
    shape = (300, 260) if mode == "L" else (300, 260, 3)
    image = Image.fromarray(rng.integers(0, 256, shape, np.uint8))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG2000", irreversible=False)
    return np.asarray(Image.open(buffer)), buffer.getvalue()


@pytest.mark.skipif(jp2_window._library() is None, reason="Pillow's OpenJPEG is not at hand")
def test_windows_equal_the_whole() -> None:
    whole, data = encoded()
    windows = [(0, 0, 260, 300), (17, 33, 90, 41), (259, 299, 260, 300)]
    found = decode_windows(data, windows)
    assert found is not None
    for (left, top, right, bottom), part in zip(windows, found, strict=True):
        np.testing.assert_array_equal(part, whole[top:bottom, left:right])


def test_colour_and_damage_are_declined() -> None:
    _, colour = encoded("RGB")
    assert decode_windows(colour, [(0, 0, 5, 5)]) is None
    assert decode_windows(b"\x00" * 200, [(0, 0, 5, 5)]) is None


def test_without_the_library_callers_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jp2_window, "_library", lambda: None)
    assert decode_windows(encoded()[1], [(0, 0, 5, 5)]) is None
