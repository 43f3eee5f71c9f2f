"""Headers of whole files and of files that are cut; numbers with scales and blanks."""

import gzip
import io

import numpy as np
import pytest
from astropy.io import fits

from halescope.errors import NotAMagnetogramError, ReadError
from halescope.io.hdus.file import (
    LARGEST,
    Scaling,
    _factor,
    header_of,
    headers_of,
    image_of,
    load_fits,
)


def written(*hdus):
    out = io.BytesIO()
    fits.HDUList(list(hdus)).writeto(out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path):
    def call(data):
        path = tmp_path / "a.fits"
        path.write_bytes(data)
        return path

    return call


TWO = (fits.PrimaryHDU(np.zeros((9, 9), np.int16)), fits.ImageHDU(np.ones((30, 40), np.float32)))


def test_a_file_may_end_with_its_data_and_no_byte_sooner(file):
    """The last unit has 4,800 bytes of data; what fills the block is not needed."""
    data = written(*TWO)
    end = len(data) - 2 * 2880 + 4800
    for whole in (data, data[:end], gzip.compress(data)):
        assert [h["NAXIS1"] for h in headers_of(file(whole))] == [9, 40]
    for cut in (data[: end - 1], data[: end - 4800], data[:100]):
        with pytest.raises(ReadError, match=r"truncated or damaged|no FITS"):
            headers_of(file(cut))
    with pytest.raises(ReadError, match="gzip"):
        headers_of(file(gzip.compress(data)[:-30]))
    with pytest.raises(ReadError, match="No such file"):
        headers_of(file(data).with_name("none.fits"))


def test_the_header_is_that_of_the_first_image(file):
    table = fits.BinTableHDU.from_columns([fits.Column("a", "J", array=np.zeros(5))])
    image = fits.ImageHDU(np.ones((30, 40), np.float32))
    image.header["CONTENT"] = "MAGNETOGRAM"
    packed = fits.CompImageHDU(np.ones((30, 40), np.int16))
    packed.header["CONTENT"] = "TILES"
    assert header_of(file(written(fits.PrimaryHDU(), table, image)))["CONTENT"] == "MAGNETOGRAM"
    assert header_of(file(written(fits.PrimaryHDU(), packed)))["CONTENT"] == "TILES"
    with pytest.raises(NotAMagnetogramError, match="without an image"):
        header_of(file(written(fits.PrimaryHDU(), table)))


@pytest.mark.parametrize(
    ("shape", "words"),
    [((8, 8), ""), ((7, 90), "90 x 7"), ((90, 7), "7 x 90"), ((1, 9, 1, 12), ""),
     ((2, 9, 12), "shape")],
)  # fmt: skip
def test_images_have_eight_pixels_at_least_along_both_axes(shape, words):
    data = written(fits.PrimaryHDU(np.ones(shape, np.float32)))
    if not words:
        assert load_fits(data, "a")[0].shape == tuple(n for n in shape if n > 1)
        return
    with pytest.raises(NotAMagnetogramError, match=words):
        load_fits(data, "a")
    with fits.open(io.BytesIO(data)) as hdus, pytest.raises(NotAMagnetogramError, match=words):
        image_of(hdus, "a")


def test_numbers_too_large_for_a_field_are_no_data():
    """1e7 may be one, more is none; of either sign, in what astropy opened too."""
    field = np.zeros((8, 8), np.float64)
    field[0, :5] = LARGEST, LARGEST * 1.01, -LARGEST, -LARGEST * 1.01, np.inf
    data = written(fits.PrimaryHDU(field))
    with fits.open(io.BytesIO(data)) as hdus:
        both = load_fits(data, "a")[0], image_of(hdus, "a")[0]
    assert LARGEST == 1e7
    for found in both:
        assert np.isnan(found[0, :5]).tolist() == [False, True, False, True, True]


def test_rows_of_every_strip_are_read():
    """600 rows are three strips of 256, the last one shorter; a file that ends within is none."""
    field = np.arange(600 * 10, dtype=np.float32).reshape(600, 10)
    data = written(fits.PrimaryHDU(field))
    assert np.array_equal(load_fits(data, "a")[0], field)
    start = data.index(field.astype(">f4").tobytes()[:40])
    for count in (0, 256 * 40, 24_000 - 1):
        with pytest.raises(ReadError, match="truncated"):
            load_fits(data[: start + count], "a")
    assert np.array_equal(load_fits(data[: start + 24_000], "a")[0], field)


@pytest.mark.parametrize(
    ("kind", "scale", "zero", "blank", "plain"),
    [("i2", 1.0, 0.0, None, False), ("f4", 1.0, 0.0, None, True), ("f4", 2.0, 0.0, None, False),
     ("f4", 1.0, 5.0, None, False), ("i4", 0.5, -3.0, -9, False), ("u1", 1.0, 0.0, 255, False)],
)  # fmt: skip
def test_scales_and_blanks_by_hand(kind, scale, zero, blank, plain):
    header = {"BSCALE": scale, "BZERO": zero} | ({} if blank is None else {"BLANK": blank})
    found = Scaling.of(header, np.dtype(kind), "a")
    assert (found.scale, found.zero, found.blank, found.as_stored) == (scale, zero, blank, plain)
    raw = np.array([[3, 7, 0 if blank is None else blank]], kind)
    out = np.empty((1, 3), np.float32)
    found.apply(raw, out)
    expected = [3 * scale + zero, 7 * scale + zero, zero if blank is None else np.nan]
    np.testing.assert_allclose(out[0], expected)
    np.testing.assert_allclose(found.in_place(raw.copy())[0], expected)


def test_a_blank_that_the_type_cannot_hold_stands_for_nothing():
    raw = np.array([[0, 255]], np.uint8)
    out = np.empty((1, 2), np.float32)
    for blank, missing in ((255, 1), (0, 1), (256, 0), (-1, 0)):
        Scaling(1.0, 0.0, blank, as_stored=False).apply(raw, out)
        assert np.isnan(out).sum() == missing
    assert Scaling.of({"BLANK": 5}, np.dtype("f4"), "a").blank is None


def test_factors_are_numbers_that_a_float_holds():
    assert _factor({}, "BSCALE", 1.0, "a") == 1
    assert _factor({"BSCALE": 10**400}, "BSCALE", 1.0, "a") == np.inf
    assert _factor({"BSCALE": 3}, "BSCALE", 1.0, "a") == 3
    for value in (True, "1", None):
        with pytest.raises(ReadError, match="BSCALE"):
            _factor({"BSCALE": value}, "BSCALE", 1.0, "a")
