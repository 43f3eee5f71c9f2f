"""What people hold is read as the file would be, and what is not held is said in one line."""

import io
from datetime import UTC, date, datetime

import numpy as np
import pytest
from astropy import units as u
from astropy.io import fits
from astropy.time import Time
from PIL import Image

from halescope.errors import HalescopeError, ReadError, TimeError
from halescope.io import read
from halescope.synthetic import Drawing
from halescope.synthetic.files import fits_bytes, header_of, picture_bytes
from halescope.types import DiskGeometry

NOON = "2026-02-04T12:00:00Z"


@pytest.fixture(scope="module")
def as_file(small_drawing: Drawing):
    """Return the magnetogram of the drawn disk's FITS file, what all others are set against."""
    return read(fits_bytes(small_drawing.magnetogram))


@pytest.fixture(scope="module")
def as_png(small_drawing: Drawing):
    return read(picture_bytes(small_drawing.magnetogram), time=NOON)


def same(a, b) -> None:
    np.testing.assert_array_equal(a.field, b.field)
    assert (a.scale, a.time, a.instrument) == (b.scale, b.time, b.instrument)
    for name in ("x_center", "y_center", "radius", "roll", "b0", "l0", "distance"):
        assert getattr(a.geometry, name) == pytest.approx(getattr(b.geometry, name), abs=1e-6), name


@pytest.mark.parametrize("compress", [False, True])
def test_hdus_are_as_their_file(small_drawing: Drawing, compress: bool, tmp_path) -> None:
    path = tmp_path / "disk.fits"
    path.write_bytes(fits_bytes(small_drawing.magnetogram, compress))
    with fits.open(path) as hdus:
        found = read(hdus)
        same(found, read(path))
        assert found.name == "disk.fits"
        same(read(hdus[int(compress)]), read(path))


def test_hdu_in_memory_with_integers_and_blanks(small_drawing: Drawing) -> None:
    field = small_drawing.magnetogram.field
    stored = np.where(np.isnan(field), -32768, np.rint(np.nan_to_num(field))).astype(np.int16)
    hdu = fits.ImageHDU(stored, fits.Header(header_of(small_drawing.magnetogram)))
    hdu.header["BLANK"] = -32768
    found = read(hdu)
    assert found.name == "ImageHDU"
    np.testing.assert_array_equal(np.isnan(found.field), np.isnan(field))
    with pytest.raises(ReadError, match="without an image"):
        read(fits.PrimaryHDU())


def test_arrays_with_headers(small_drawing: Drawing, as_file) -> None:
    header = header_of(small_drawing.magnetogram)
    same(read((as_file.field, header)), as_file)
    same(read((as_file.field, fits.Header(header))), as_file)
    same(read((as_file.field.astype(">f8"), {k.lower(): v for k, v in header.items()})), as_file)
    assert read((as_file.field, header), name="mine").name == "mine"


def test_array_with_keywords(small_drawing: Drawing, as_file) -> None:
    seen = as_file.geometry
    bare = DiskGeometry(seen.x_center, seen.y_center, seen.radius)
    found = read(as_file.field, time=NOON, geometry=bare, instrument="HMI")
    assert (found.scale, found.instrument, found.name) == ("gauss", "HMI", "array")
    assert found.geometry.b0 == pytest.approx(seen.b0, abs=0.01)
    assert "other_instrument" not in found.flags.words()
    fitted = read(as_file.field, time=NOON)
    assert fitted.geometry.radius == pytest.approx(seen.radius, abs=1)
    assert "fitted_limb" in fitted.flags.words()
    same(read(as_file.field * u.G, geometry=seen, time=NOON, instrument="synthetic"), as_file)
    masked = np.ma.masked_invalid(as_file.field)
    np.testing.assert_array_equal(read(masked, geometry=seen).field, as_file.field)


def test_a_quantity_in_tesla_is_gauss(as_file) -> None:
    found = read(as_file.field.astype(float) * 1e-4 * u.T, geometry=as_file.geometry)
    np.testing.assert_allclose(found.field, as_file.field, rtol=1e-5)
    with pytest.raises(ReadError, match="is in m"):
        read(as_file.field * u.m, geometry=as_file.geometry)


def test_pictures_in_memory(small_drawing: Drawing, as_png, tmp_path) -> None:
    path = tmp_path / "HMI.m2026.02.04_12.00.00.png"
    path.write_bytes(picture_bytes(small_drawing.magnetogram))
    image = Image.open(path)
    found = read(image)
    same(found, read(path))
    assert found.name == path.name
    grey = np.asarray(image)
    same(read(grey, time=NOON), as_png)
    same(read(grey.astype(float), scale="display", time=NOON), as_png)
    same(read(image.convert("RGB"), name="a", time=NOON), as_png)
    placed = read(grey, time=NOON, geometry=as_png.geometry, instrument="HMI")
    np.testing.assert_array_equal(placed.field, as_png.field)
    assert {"fitted_limb", "other_instrument"}.isdisjoint(placed.flags.words().split("|"))
    with pytest.raises(ReadError, match="'gauss' for a picture"):
        read(image, scale="gauss")
    with pytest.raises(ReadError, match=r"within 0\.\.255"):
        read(grey.astype(float) - 127, scale="display")


def test_open_files_and_bytes(small_drawing: Drawing, as_file, tmp_path) -> None:
    data = fits_bytes(small_drawing.magnetogram)
    path = tmp_path / "disk.fits"
    path.write_bytes(data)
    with path.open("rb") as handle:
        found = read(handle)
    same(found, as_file)
    assert found.name == "disk.fits"
    same(read(io.BytesIO(data)), as_file)
    same(read(memoryview(data)), as_file)
    with pytest.raises(ReadError, match="with 'rb'"):
        read(io.StringIO("text"))
    with pytest.raises(ReadError, match="cannot be read"):
        read(handle)  # closed


def test_a_magnetogram_is_read_already(as_file, small_drawing: Drawing) -> None:
    assert read(as_file) is as_file
    assert read(as_file, name="mine").name == "mine"
    with pytest.raises(TimeError, match="not that of the Magnetogram"):
        read(as_file, time=NOON.replace("12", "13"))
    timeless = read(picture_bytes(small_drawing.magnetogram))
    dated = read(timeless, time=NOON)
    assert dated.geometry.b0 is not None
    assert "no_time" not in dated.flags.words()


@pytest.mark.parametrize(
    "time",
    [
        NOON,
        datetime(2026, 2, 4, 12, tzinfo=UTC),
        datetime(2026, 2, 4, 12),
        np.datetime64("2026-02-04T12:00"),
        Time("2026-02-04T12:00:00"),
        Time("2026-02-04T12:00:37", scale="tai"),
    ],
)
def test_times_of_all_kinds(small_drawing: Drawing, time) -> None:
    found = read(picture_bytes(small_drawing.magnetogram), time=time)
    assert found.time == datetime(2026, 2, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (5, "time: is of type int; expected a datetime"),
        (date(2026, 2, 4), "time: is the date 2026-02-04 without an hour"),
        (Time(["2026-02-04", "2026-02-05"]), "time: is an array of 2 times"),
        ("yesterday", "time: 'yesterday' is no time"),
    ],
)
def test_wrong_times_speak_of_the_argument(time, words: str) -> None:
    with pytest.raises(TimeError, match="time") as raised:
        read(b"", time=time)
    assert str(raised.value).startswith(words)
    assert "--time" not in str(raised.value)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (None, "source: is None; expected a path, bytes"),
        (5, "source: is of type int; expected"),
        ({"a": 1}, "source: is of type dict"),
        ([1, 2], "source: is of type list"),
        ((1, 2, 3), "source: is a tuple of 3; expected (array, header)"),
        ((np.zeros((64, 64)), 5), "header: is of type int"),
        (np.zeros((4, 64, 64)), "array: is float64 of shape (4, 64, 64)"),
        (np.zeros((2, 2)), "array: is of shape (2, 2)"),
        (np.array(["a"]), "array: is <U1 of shape (1,)"),
    ],
)
def test_wrong_sources_are_one_line_about_the_argument(source, words: str) -> None:
    with pytest.raises(HalescopeError) as raised:
        read(source)
    assert str(raised.value).startswith(words)
    assert "\n" not in str(raised.value)


def test_wrong_keywords(as_file, tmp_path) -> None:
    for keywords, words in (
        ({"scale": "tesla"}, "scale: is 'tesla'"),
        ({"geometry": (1, 2, 3)}, "geometry: is of type tuple"),
        ({"instrument": 5}, "instrument: is of type int"),
    ):
        with pytest.raises(ReadError) as raised:
            read(as_file.field, **keywords)
        assert str(raised.value).startswith(words)
    with pytest.raises(ReadError, match="beside a header"):
        read((as_file.field, {}), geometry=as_file.geometry)
    with pytest.raises(ReadError, match="beside a file"):
        read(b"SIMPLE", scale="gauss")


@pytest.mark.filterwarnings("ignore")
def test_sunpy_map_that_was_rotated(small_drawing: Drawing, as_file) -> None:
    """A map's own meta says less than the map: sunpy is asked."""
    maps = pytest.importorskip("sunpy.map")
    header = header_of(small_drawing.magnetogram)
    found = read(maps.Map(as_file.field, header))
    assert found.geometry.x_center == pytest.approx(as_file.geometry.x_center, abs=1e-4)
    assert found.geometry.l0 == pytest.approx(as_file.geometry.l0, abs=0.03)
    turned = read(maps.Map(as_file.field, header).rotate(30 * u.deg, missing=np.nan))
    assert abs(turned.geometry.roll) == pytest.approx(30, abs=0.01)
    assert turned.geometry.radius == pytest.approx(as_file.geometry.radius, abs=0.05)
