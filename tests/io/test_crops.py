"""Crops hold the right pixels, and their coordinates agree with sunpy's for the whole image."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from halescope.geometry import offset_to_pixel
from halescope.io import read
from halescope.io.crops import (
    Piece,
    crop_names,
    cut,
    picture_of,
    write_fits_crops,
    write_png_crops,
)
from halescope.types import DiskGeometry, Magnetogram

GEOMETRY = DiskGeometry(31.5, 31.5, 28.0, b0=3.0, l0=100.0)


def numbered(rows_down: bool, scale: str = "display", **more: object) -> Magnetogram:
    """Return a magnetogram whose pixels are column + 2 row, less 90."""
    field = (np.arange(64)[None, :] + 2 * np.arange(64)[:, None]).astype(np.float32) - 90
    return Magnetogram(
        field,
        scale,
        GEOMETRY,
        rows_down=rows_down,
        zero_level=127.0,
        **more,  # type: ignore[arg-type]
    )


def test_boxes_count_rows_as_the_file_does() -> None:
    box = np.array([[10, 4, 20, 9]], np.float32)
    (up,) = cut(numbered(False), box)
    (down,) = cut(numbered(True), box)
    assert up.field.shape == down.field.shape == (5, 10)
    assert (up.row, up.column) == (4, 10)
    assert (down.row, down.column) == (64 - 9, 10)


def test_box_beyond_the_image_and_thin_box_give_a_pixel_at_least() -> None:
    boxes = np.array(
        [[-5, -5, 3, 2], [63.9, 63.9, 90, 90], [5.2, 5.2, 5.3, 5.3], [70, 80, 90, 95]], np.float32
    )
    shapes = [piece.field.shape for piece in cut(numbered(False), boxes)]
    assert shapes == [(2, 3), (1, 1), (1, 1), (1, 1)]


def test_picture_of_a_picture_is_the_pictures_own_pixels() -> None:
    magnetogram = numbered(True)
    grey = np.rint(magnetogram.field + 127).astype(np.uint8)[::-1]  # row 0 at the top
    (piece,) = cut(magnetogram, np.array([[10, 4, 20, 9]], np.float32))
    np.testing.assert_array_equal(np.asarray(picture_of(piece, magnetogram)), grey[4:9, 10:20])


def test_upside_down_image_gives_the_same_crop() -> None:
    upright = numbered(False, "gauss")
    turned = replace(
        upright, field=upright.field[::-1, ::-1].copy(), geometry=replace(GEOMETRY, roll=180.0)
    )
    (a,) = cut(upright, np.array([[10, 4, 20, 9]], np.float32))
    (b,) = cut(turned, np.array([[44, 55, 54, 60]], np.float32))
    np.testing.assert_array_equal(
        np.asarray(picture_of(a, upright)), np.asarray(picture_of(b, turned))
    )


def test_gauss_and_missing_data_as_grey() -> None:
    field = np.array([[-500, -250, 0, 250, np.nan]], np.float32)
    magnetogram = Magnetogram(field, "gauss", GEOMETRY)
    (piece,) = cut(magnetogram, np.array([[0, 0, 5, 1]], np.float32))
    assert np.asarray(picture_of(piece, magnetogram)).tolist() == [[0, 0, 128, 255, 0]]


def test_names_and_files(tmp_path: Path) -> None:
    names = crop_names("disk", ["BG", "A"])
    assert names == ["disk_01_BG", "disk_02_A"]
    pieces = cut(numbered(True), np.array([[1, 1, 5, 5], [2, 2, 9, 9]], np.float32))
    write_png_crops(numbered(True), pieces, names, tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["disk_01_BG.png", "disk_02_A.png"]


@pytest.mark.parametrize("name", ["disk.fits", "sonne-ä\n.fits", "x" * 200])
def test_crops_say_what_they_were_cut_from(tmp_path: Path, name: str) -> None:
    from astropy.io import fits
    from PIL import Image

    magnetogram = numbered(False, "gauss", name=name)
    pieces = cut(magnetogram, np.array([[1, 1, 5, 5], [2, 2, 9, 9]], np.float32))
    write_png_crops(magnetogram, pieces, ["a", "b"], tmp_path)
    write_fits_crops(magnetogram, pieces, ["a", "b"], tmp_path)
    for region, stem in enumerate(("a", "b"), 1):
        texts = Image.open(tmp_path / f"{stem}.png").text
        header = fits.getheader(tmp_path / f"{stem}.fits")
        assert (texts["region"], header["REGION"]) == (str(region), region)
        assert texts["image"] == name.replace("\n", "\\n")
        assert header["IMAGE"] == texts["image"].replace("ä", "\\xe4")


@pytest.mark.parametrize(("roll", "north"), [(90.0, 2), (-90.0, 0), (0.0, 1)])
def test_pictures_of_turned_files_have_north_up(roll: float, north: int) -> None:
    field = np.zeros((3, 3), np.float32)
    field[2 if roll == 0 else 1, north] = 250  # where the geometry says that north is
    turned = Magnetogram(field, "gauss", replace(GEOMETRY, roll=roll))
    x, y = offset_to_pixel(replace(turned.geometry, x_center=1, y_center=1, radius=1), 0, 1)
    assert field[round(float(y)), round(float(x))] == 250
    shown = np.asarray(picture_of(Piece(field, 0, 0), turned))
    assert shown.argmax() == 1


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("roll", [0.0, 180.0, 33.0])
def test_fits_crop_has_sunpys_coordinates(tmp_path: Path, roll: float) -> None:
    sunpy_map = pytest.importorskip("sunpy.map")
    magnetogram = numbered(False, "gauss", time=datetime(2026, 2, 1, tzinfo=UTC))
    magnetogram = replace(magnetogram, geometry=replace(GEOMETRY, roll=roll))
    boxes = np.array([[0, 0, 64, 64], [30, 20, 50, 36]], np.float32)
    write_fits_crops(magnetogram, cut(magnetogram, boxes), ["all", "part"], tmp_path)
    whole, part = (sunpy_map.Map(tmp_path / f"{n}.fits") for n in ("all", "part"))
    np.testing.assert_array_equal(part.data, magnetogram.field[20:36, 30:50])
    here = part.wcs.pixel_to_world(3, 4)
    there = whole.wcs.pixel_to_world(33, 24)
    assert abs(here.Tx - there.Tx).value < 1e-6
    assert abs(here.Ty - there.Ty).value < 1e-6
    centre = whole.wcs.pixel_to_world(31.5, 31.5)
    assert abs(centre.Tx.value) < 1e-6


@pytest.mark.data
@pytest.mark.filterwarnings("ignore")
def test_jp2_crop_equals_the_full_picture(shared_data: Path, tmp_path: Path) -> None:
    from astropy.io import fits
    from PIL import Image

    path = next((shared_data / "hmi_jp2").glob("*.jp2"))
    magnetogram = read(path)
    assert magnetogram.reduction > 1
    box = np.array([[1900.4, 2500, 2399.6, 2800]], np.float32)
    pieces = cut(magnetogram, box, full=True)
    write_fits_crops(magnetogram, pieces, ["crop"], tmp_path)
    data, header = fits.getdata(tmp_path / "crop.fits", header=True)
    full = np.asarray(Image.open(path))
    np.testing.assert_array_equal(data[::-1], full[2500:2800, 1900:2400])
    assert header["CRPIX1"] == pytest.approx(magnetogram.header["CRPIX1"] - 1900)
    assert header["CRPIX2"] == pytest.approx(magnetogram.header["CRPIX2"] - (4096 - 2800))
    np.testing.assert_array_equal(
        np.asarray(picture_of(pieces[0], magnetogram)), full[2500:2800, 1900:2400]
    )


def test_edges_of_boxes_are_edges_of_pixels() -> None:
    """A box takes every pixel that it touches, but for a thousandth that rounding may add."""
    boxes = np.array([[10, 4, 20, 9], [9.9, 3.5, 20.1, 9.5], [10.0005, 4.0005, 20.0005, 9.0005]])
    found = [(p.row, p.column, p.field.shape) for p in cut(numbered(False), boxes)]
    assert found == [(4, 10, (5, 10)), (3, 9, (7, 12)), (4, 10, (5, 10))]


def test_headers_keep_what_fits_a_card_and_say_where_the_sun_is(tmp_path: Path) -> None:
    from astropy.io import fits

    own = {
        "TELESCOP": "SDO/HMI", "NAXIS1": 4096, "BZERO": 7.0, "ZNAXIS2": 5, "COMMENT": "x",
        "QUALITY": 1024, "BAD": float("nan"), "odd key": 1, "TOOLONGKEY": 2,
        "EXPTIME": np.float32(0.5), "FLAG": True, "TEXT": "two\nlines", "UMLAUT": "\xe4",
        "LONG": "y" * 501, "CROTA2": 5.0,
        "CRPIX1": "",
    }  # fmt: skip
    time = datetime(2026, 2, 1, 3, 4, 5, tzinfo=UTC)
    magnetogram = numbered(False, "gauss", time=time, header=own)
    magnetogram = replace(magnetogram, geometry=replace(GEOMETRY, roll=12.0, observer_lon=3.0))
    write_fits_crops(magnetogram, cut(magnetogram, np.array([[1, 2, 5, 9]])), ["a"], tmp_path)
    with fits.open(tmp_path / "a.fits") as units:
        units.verify("exception")
        header = units[0].header
        assert units[0].data.shape == (7, 4)
        assert units[0].data.dtype == np.dtype(">f4")
    kept = {"TELESCOP": "SDO/HMI", "QUALITY": 1024, "EXPTIME": 0.5, "FLAG": True,
            "TEXT": "two lines", "CROTA2": 5.0}  # fmt: skip
    assert {name: header[name] for name in kept} == kept
    assert not {"BZERO", "ZNAXIS2", "BAD", "UMLAUT", "LONG", "TOOLONGK"} & set(header)
    assert (header["NAXIS1"], header["NAXIS2"], header["BITPIX"]) == (4, 7, -32)
    assert (header["CRPIX1"], header["CRPIX2"]) == (31.5, 30.5)  # 32.5 less the first pixel
    assert (header["HGLN_OBS"], header["HGLT_OBS"]) == (3.0, 3.0)
    assert (header["CRLN_OBS"], header["CRLT_OBS"]) == (100.0, 3.0)
    assert header["DATE-OBS"] == "2026-02-01T03:04:05"
    assert "BUNIT" not in header


def test_crops_of_pictures_are_bytes_and_no_gauss(tmp_path: Path) -> None:
    from astropy.io import fits

    magnetogram = replace(numbered(True), geometry=replace(GEOMETRY, roll=7.0))
    write_fits_crops(magnetogram, cut(magnetogram, np.array([[10, 4, 20, 9]])), ["a"], tmp_path)
    with fits.open(tmp_path / "a.fits") as units:
        header, data = units[0].header, units[0].data
        assert (header["BITPIX"], header["BUNIT"], header["CROTA2"]) == (8, "", 7.0)
        assert "DATE-OBS" not in header
        np.testing.assert_array_equal(data, np.rint(magnetogram.field[55:60, 10:20] + 127))
    assert (tmp_path / "a.fits").stat().st_size % 2880 == 0


@pytest.mark.parametrize(
    ("zero", "shown"), [(127.0, 137), (151.9, 162), (171.0, 137), (100.0, 137)]
)
def test_greys_of_pictures_whose_own_zero_is_mid_grey(zero: float, shown: int) -> None:
    """Ten levels above zero: on the file's own zero, or about mid grey where that was bent."""
    field = np.full((1, 1), 10, np.float32)
    magnetogram = Magnetogram(field, "display", GEOMETRY, zero_level=zero)
    assert np.asarray(picture_of(Piece(field, 0, 0), magnetogram)).item() == shown
