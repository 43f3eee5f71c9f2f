"""Pictures: field, geometry, zero level, time, and what is refused."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from halescope.errors import NotAMagnetogramError, ReadError, TooLargeError
from halescope.flags import Flag
from halescope.io import read, read_full
from halescope.io.picture import (
    _deepest,
    _draft,
    from_greys,
    open_image,
)

NAME = "HMI.m2026.02.04_12.00.00.png"


@pytest.fixture
def grey(grey_disk: Callable) -> np.ndarray:
    return grey_disk((512, 512), 255.3, 258.1, 201.2)


def test_field_is_grey_about_zero_with_row_0_at_the_bottom(
    grey: np.ndarray, as_picture: Callable, tmp_path: Path
) -> None:
    path = tmp_path / NAME
    path.write_bytes(as_picture(grey))
    found = read(path)
    assert found.field.dtype == np.float32
    assert found.field.flags.c_contiguous
    assert np.allclose(found.field, grey[::-1] - np.float32(found.zero_level))
    assert found.zero_level == pytest.approx(127, abs=0.3)
    assert (found.geometry.x_center, found.geometry.y_center, found.geometry.radius) == (
        pytest.approx((255.3, 511 - 258.1, 201.2), abs=0.2)
    )
    assert found.scale == "display"
    assert found.rows_down
    assert found.file_shape == (512, 512)
    assert found.instrument == "HMI"
    assert found.time_string == "2026-02-04T12:00:00Z"
    assert found.geometry.b0 == pytest.approx(-6.1, abs=0.2)
    assert found.flags == Flag.DISPLAY | Flag.FITTED_LIMB | Flag.ASSUMED_NORTH
    assert found.gauss_per_unit == pytest.approx(1.9608, abs=1e-3)


def test_without_time(grey: np.ndarray, as_picture: Callable) -> None:
    found = read(as_picture(grey))
    assert found.time is None
    assert not found.geometry.is_located
    assert Flag.NO_TIME in found.flags
    assert read(as_picture(grey), time="2026-02-04 12:00").geometry.is_located


def test_given_time_goes_before_the_name(
    grey: np.ndarray, as_picture: Callable, tmp_path: Path
) -> None:
    path = tmp_path / NAME
    path.write_bytes(as_picture(grey))
    assert read(path, time="2020-01-01T00:00").time_string == "2020-01-01T00:00:00Z"


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "LA", "I;16"])
def test_modes_give_the_same_field(mode: str, grey: np.ndarray) -> None:
    image = Image.fromarray(grey)
    if mode == "I;16":
        image = Image.fromarray(grey.astype(np.uint16) * 257)
    elif mode != "P":
        image = image.convert(mode)
    else:
        image = image.convert("P")
    out = io.BytesIO()
    image.save(out, "PNG" if mode != "I;16" else "TIFF")
    found = read(out.getvalue())
    assert np.abs(found.field - (grey[::-1] - np.float32(found.zero_level))).max() < 1.1


def test_transparent_background(grey: np.ndarray) -> None:
    image = Image.fromarray(grey).convert("LA")
    image.putalpha(Image.fromarray(np.where(grey > 0, 255, 0).astype(np.uint8)))
    out = io.BytesIO()
    image.save(out, "PNG")
    assert read(out.getvalue()).geometry.radius == pytest.approx(201.2, abs=0.5)


def test_coloured_logo_beside_the_disk_is_no_harm(grey: np.ndarray, as_picture: Callable) -> None:
    rgb = np.repeat(grey[:, :, None], 3, 2)
    rgb[480:505, 470:505] = (250, 160, 20)
    assert read(as_picture(rgb)).geometry.radius == pytest.approx(201.2, abs=0.3)


def test_large_jpeg_is_reduced_and_read_in_full_on_request(
    grey_disk: Callable, as_picture: Callable
) -> None:
    grey = grey_disk((2048, 2048), 1019.3, 1030.4, 860.2)
    data = as_picture(grey, "JPEG", quality=92)
    small = read(data)
    assert small.reduction == 4
    assert small.field.shape == (512, 512)
    assert small.file_shape == (2048, 2048)
    full = read_full(small)
    assert full.reduction == 1
    assert full.field.shape == (2048, 2048)
    where = (full.geometry.x_center, full.geometry.y_center, full.geometry.radius)
    assert where == pytest.approx((1019.3, 2047 - 1030.4, 860.2), abs=0.8)
    assert read_full(full) is full
    assert read(data, full=True).field.shape == (2048, 2048)


@pytest.mark.parametrize("size", [256, 1024, 4096])
def test_sizes(size: int, grey_disk: Callable, as_picture: Callable) -> None:
    found = read(as_picture(grey_disk((size, size), size / 2, size / 2, size * 0.45)))
    assert found.geometry.radius == pytest.approx(size * 0.45, abs=0.3)
    assert (Flag.LOW_RESOLUTION in found.flags) == (size == 256)


def test_gong_greys_are_unbent(grey_disk: Callable, as_picture: Callable, tmp_path: Path) -> None:
    path = tmp_path / "bbzqa240203t1944_dim-860.jpg"
    path.write_bytes(as_picture(grey_disk((860, 860), 424.4, 416.1, 380.5, 171), "JPEG"))
    found = read(path)
    assert found.instrument == "GONG"
    assert Flag.OTHER_INSTRUMENT in found.flags
    assert found.zero_level == pytest.approx(171, abs=0.5)
    assert found.field.max() == pytest.approx(39, abs=0.5)
    assert found.field.min() == pytest.approx(-107, abs=0.5)
    assert found.saturation == pytest.approx(39, abs=0.5)


def refused(data: bytes, words: str, kind: type[ReadError] = NotAMagnetogramError) -> None:
    with pytest.raises(kind, match=words) as raised:
        read(data)
    assert "\n" not in str(raised.value)


def test_continuum_is_refused(grey: np.ndarray, as_picture: Callable) -> None:
    y, x = np.mgrid[:512, :512]
    rho = np.hypot(x - 255.5, y - 255.5) / 200
    mu = np.sqrt(np.clip(1 - rho**2, 0, 1))
    disk = np.where(rho <= 1, 220 * (0.4 + 0.6 * mu), 0).astype(np.uint8)
    refused(as_picture(disk), "towards the limb")


def test_flattened_continuum_is_refused(as_picture: Callable) -> None:
    y, x = np.mgrid[:512, :512]
    rho = np.hypot(x - 255.5, y - 255.5) / 200
    disk = np.random.default_rng(0).normal(200, 3, (512, 512))
    for column, row in ((200, 210), (320, 300), (330, 306)):
        disk -= 120 * np.exp(-((x - column) ** 2 + (y - row) ** 2) / 30)
    refused(as_picture(np.where(rho <= 1, disk, 0).astype(np.uint8)), "only darker")


def test_euv_is_refused(as_picture: Callable) -> None:
    y, x = np.mgrid[:512, :512]
    rho = np.hypot(x - 255.5, y - 255.5) / 200
    noise = np.random.default_rng(0).gamma(2.0, 30, (512, 512))
    disk = np.clip(noise * np.exp(-np.clip(rho - 1, 0, 9) * 8), 0, 255)
    with pytest.raises(NotAMagnetogramError):
        read(as_picture(disk.astype(np.uint8)))


def test_coloured_disk_is_refused(grey: np.ndarray, as_picture: Callable) -> None:
    rgb = np.stack([grey, grey // 2, grey // 3], 2)
    refused(as_picture(rgb), "coloured")


def test_no_disk_is_refused(as_picture: Callable) -> None:
    refused(as_picture(np.zeros((300, 300), np.uint8)), "no solar disk")
    noise = np.random.default_rng(0).integers(0, 256, (300, 300)).astype(np.uint8)
    refused(as_picture(noise), "no solar disk")


def test_single_grey_is_refused(as_picture: Callable) -> None:
    y, x = np.mgrid[:512, :512]
    disk = np.where(np.hypot(x - 255.5, y - 255.5) < 200, 127, 0).astype(np.uint8)
    refused(as_picture(disk), "single grey")


def test_cutout_without_header_is_refused(grey_disk: Callable, as_picture: Callable) -> None:
    with pytest.raises(NotAMagnetogramError, match=r"cut-out|no solar disk"):
        read(as_picture(grey_disk((400, 400), 20, 20, 280)))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_truncated_is_refused(
    kind: str, share: float, grey: np.ndarray, as_picture: Callable
) -> None:
    data = as_picture(grey, kind)
    with pytest.raises(ReadError, match=r"damaged|truncated"):
        read(data[: int(len(data) * share)])


def test_monstrous_size_is_refused_before_decoding() -> None:
    for side in (9000, 40000):
        ihdr = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
        data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + ihdr
        data += struct.pack(">I", zlib.crc32(ihdr)) + struct.pack(">I", 4) + b"IDAT" + bytes(8)
        refused(data, "claims", TooLargeError)


def test_tiny_picture_is_refused(as_picture: Callable) -> None:
    refused(as_picture(np.zeros((20, 20), np.uint8)), "only 20 x 20")


@pytest.mark.data
def test_real_pictures(shared_data: Path) -> None:
    for path in sorted((shared_data / "hmi").rglob("*.jpg"))[::100]:
        found = read(path)
        assert found.zero_level == pytest.approx(127.5, abs=0.5)
        assert found.geometry.is_located
    for path in sorted((shared_data / "gong").glob("*.jpg"))[::5]:
        found = read(path)
        assert found.instrument == "GONG"
        assert found.zero_level == pytest.approx(171, abs=1)
        assert found.time is not None


def test_levels_under_a_table_of_colours_are_read_as_levels(grey_disk: Callable) -> None:
    from PIL import Image

    grey = grey_disk((512, 512), 255.5, 255.5, 200)
    image = Image.fromarray(grey).convert("P")
    ramp = np.arange(256)
    table = np.stack([ramp, np.abs(ramp - 127), 255 - ramp], 1).astype(np.uint8)
    table[0] = 0
    image.putpalette(table.ravel().tolist(), "RGB")
    for kind in ("PNG", "GIF"):
        out = io.BytesIO()
        image.save(out, kind)
        found = read(out.getvalue(), name="a")
        plain = read(grey_disk_file(grey), name="a")
        assert np.array_equal(found.field, plain.field)
        assert found.zero_level == plain.zero_level


def grey_disk_file(grey: np.ndarray) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(grey).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "LA", "I;16"])
def test_every_mode_of_a_grey_picture_gives_the_same(mode: str, grey_disk: Callable) -> None:
    from PIL import Image

    grey = grey_disk((600, 512), 255.5, 299.5, 200)
    image = (
        Image.fromarray(grey.astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(grey)
    )
    out = io.BytesIO()
    (image if mode == "I;16" else image.convert(mode)).save(out, "PNG")
    found, plain = read(out.getvalue(), name="a"), read(grey_disk_file(grey), name="a")
    assert np.abs(found.field - plain.field).max() < 1e-3


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_white_of_a_deep_picture_is_that_of_its_bits(bits: int, grey_disk: Callable) -> None:
    from PIL import Image

    grey = grey_disk((600, 512), 255.5, 299.5, 200)
    grey[200:210, 200:210] = 255
    white = 2**bits - 1
    out = io.BytesIO()
    Image.fromarray(np.rint(grey / 255 * white).astype(np.uint16)).save(out, "PNG")
    found, plain = read(out.getvalue(), name="a"), read(grey_disk_file(grey), name="a")
    assert np.abs(found.field - plain.field).max() < 0.2


@pytest.mark.parametrize(
    ("size", "kind", "factor"),
    [
        ((4096, 4096), "JPEG", 8),
        ((4096, 4095), "JPEG", 1),  # no whole number of pixels
        ((4096, 8000), "JPEG", 8),
        ((4088, 4096), "JPEG", 4),  # an eighth of it would be 511
        ((2048, 2048), "JPEG", 4),
        ((1026, 1024), "JPEG", 2),
        ((1022, 1024), "JPEG", 1),
        ((2048, 2048), "PNG", 1),
    ],
)
def test_jpegs_are_reduced_while_512_pixels_are_left(size, kind, factor) -> None:
    out = io.BytesIO()
    Image.new("L", size, 99).save(out, kind)
    image = Image.open(io.BytesIO(out.getvalue()))
    assert _draft(image) == factor
    assert image.size == (size[0] // factor, size[1] // factor)


@pytest.mark.parametrize(("size", "fine"), [((64, 64), True), ((63, 90), False), ((90, 63), False)])
def test_pictures_have_64_pixels_at_least(size, fine: bool) -> None:
    out = io.BytesIO()
    Image.new("L", size).save(out, "PNG")
    if fine:
        assert open_image(out.getvalue(), "a").size == size
    else:
        refused(out.getvalue(), f"only {size[0]} x {size[1]} pixels")


@pytest.mark.parametrize(
    ("brightest", "white"),
    [(0, 1023), (1023, 1023), (1024, 4095), (4095, 4095), (4096, 16383), (16384, 65535)],
)
def test_white_is_the_end_of_the_fewest_bits_that_hold_a_picture(brightest, white) -> None:
    image = Image.fromarray(np.array([[0, brightest]], np.uint16))
    assert _deepest(image) == white


def test_arrays_of_greys_are_pictures(grey: np.ndarray) -> None:
    expected = from_greys(grey, "a", None).field
    for other in (grey.astype(np.int32), np.minimum(grey + 0.2, 255.0)):
        np.testing.assert_array_equal(from_greys(other, "a", None).field, expected)
    fine = from_greys(grey.astype(np.uint16) * 257, "a", None).field
    np.testing.assert_allclose(fine, expected, atol=0.1)
    for spoiled in (grey.astype(np.int32) - 1, grey.astype(float) * 1.1, grey > 9):
        with pytest.raises(NotAMagnetogramError, match=r"within 0\.\.255"):
            from_greys(spoiled, "a", None)


def test_pictures_of_two_tones_or_of_real_numbers_are_refused(grey: np.ndarray) -> None:
    for mode, words in (("1", "two tones"), ("F", "floating-point")):
        out = io.BytesIO()
        Image.fromarray(grey).convert(mode).save(out, "TIFF")
        refused(out.getvalue(), words)


def test_greys_at_hand_are_whole(grey: np.ndarray) -> None:
    found = from_greys(grey[:, 20:490], "a", None)
    assert (found.reduction, found.file_shape, found.source) == (1, (512, 470), None)
