"""FITS: upright and upside down, compressed, damaged, mistaken; maps and arrays."""

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from halescope.errors import NotAMagnetogramError, ReadError, TooLargeError
from halescope.flags import Flag
from halescope.io import read, read_cea
from halescope.io.hdus.file import load_fits
from halescope.normalize import normalize
from halescope.synthetic import Drawing
from halescope.synthetic.files import header_of

HEADERLESS = ("CTYPE1", "CTYPE2", "CRPIX1", "CRPIX2", "CDELT1", "CDELT2", "CUNIT1", "CUNIT2")


def test_hmi(as_hmi: Callable) -> None:
    found = read(as_hmi(256))
    assert found.field.dtype == np.float32
    assert found.scale == "gauss"
    assert found.instrument == "HMI"
    assert found.flags == Flag.LOW_RESOLUTION
    assert found.time_string == "2014-02-05T11:58:52.300Z"
    assert (found.geometry.x_center, found.geometry.y_center) == pytest.approx((127.2, 129.3))
    assert found.geometry.radius == pytest.approx(0.46 * 256)
    assert (found.geometry.b0, found.geometry.l0) == (-6.3, 43.2)
    assert np.isnan(found.field[0, 0])
    assert 500 < np.nanmax(found.field) < 700
    assert found.header["CROTA2"] == 0.0
    assert not found.rows_down


@pytest.mark.parametrize("size", [256, 1023, 1024])
def test_upside_down_gives_the_same_disk(size: int, as_hmi: Callable) -> None:
    upright, turned = read(as_hmi(size)), read(as_hmi(size, 180.0))
    assert turned.geometry.roll == pytest.approx(180)
    assert not np.allclose(upright.field, turned.field, equal_nan=True)
    a, b = normalize(upright).field, normalize(turned).field
    assert np.array_equal(np.isnan(a), np.isnan(b))
    assert np.nanmax(np.abs(a - b)) < 1e-2


def test_every_packing_gives_the_same(as_hmi: Callable) -> None:
    packed, plain = as_hmi(256), as_hmi(256, packed=False)
    expected = read(packed).field
    for data in (plain, gzip.compress(plain), gzip.compress(packed)):
        assert np.array_equal(read(data).field, expected, equal_nan=True)


@pytest.mark.parametrize("kind", [">f4", ">f8", ">i2", ">i4", "u1"])
@pytest.mark.parametrize("scale", [(1.0, 0.0), (0.5, -40.0)])
def test_every_number_type_agrees_with_astropy(kind: str, scale: tuple[float, float]) -> None:
    from astropy.io import fits

    stored = np.random.default_rng(4).integers(0, 200, (300, 40)).astype(kind)
    if stored.dtype.kind == "f":
        stored[7, 9], stored[8, 9] = np.inf, np.nan
    if kind == ">f8":
        stored[9, 9] = 1e300  # more than float32 holds
    unit = fits.PrimaryHDU(stored, do_not_scale_image_data=True)
    unit.header.update(BSCALE=scale[0], BZERO=scale[1])
    if kind[1] == "i":
        unit.header["BLANK"] = 100
    out = io.BytesIO()
    unit.writeto(out)
    field, _ = load_fits(out.getvalue(), "numbers.fits")
    out.seek(0)
    with np.errstate(over="ignore"):
        expected = fits.getdata(out).astype(np.float32)
    expected[np.isinf(expected)] = np.nan
    assert np.isnan(expected).any() == (kind != "u1")
    np.testing.assert_allclose(field, expected, rtol=1e-6)


def test_scaling_agrees_with_astropy(as_hmi: Callable, tmp_path: Path) -> None:
    from astropy.io import fits

    path = tmp_path / "noname"
    path.write_bytes(as_hmi(256))
    with fits.open(path) as units:
        oracle = units[1].data
    assert np.allclose(read(path).field, oracle, atol=1e-4, equal_nan=True)


@pytest.mark.parametrize(("bits", "flagged"), [(0, False), (0x400, False), (0x200, True)])
def test_quality(bits: int, flagged: bool, as_hmi: Callable) -> None:
    assert (Flag.BAD_QUALITY in read(as_hmi(256, QUALITY=bits)).flags) == flagged


def test_units(as_hmi: Callable) -> None:
    expected = read(as_hmi(256)).field
    for unit in ("Mx/cm^2", "G", None):
        assert np.array_equal(read(as_hmi(256, BUNIT=unit)).field, expected, equal_nan=True)
    tesla = read(as_hmi(256, BUNIT="mT")).field
    assert np.allclose(tesla, expected * 10, equal_nan=True)


def test_missing_cunit_means_arcseconds(as_hmi: Callable) -> None:
    assert read(as_hmi(256, CUNIT1=None, CUNIT2=None)).geometry == read(as_hmi(256)).geometry


def test_without_wcs_the_limb_is_fitted(as_hmi: Callable) -> None:
    found = read(as_hmi(256, **dict.fromkeys(HEADERLESS)))
    assert Flag.FITTED_LIMB | Flag.ASSUMED_NORTH in found.flags
    seen = found.geometry
    assert (seen.x_center, seen.y_center, seen.radius) == (
        pytest.approx((127.2, 129.3, 117.76), abs=0.6)
    )
    assert seen.b0 == pytest.approx(-6.3, abs=0.1)


def test_time_from_name_if_the_header_has_none(as_hmi: Callable, tmp_path: Path) -> None:
    path = tmp_path / "hmi.m_720s.20140205_120000_TAI.fits"
    path.write_bytes(as_hmi(256, **dict.fromkeys(("DATE-OBS", "T_OBS", "T_REC"))))
    assert read(path).time_string == "2014-02-05T11:59:25Z"


def test_observer_without_keywords_is_earth(as_hmi: Callable) -> None:
    from sunpy.coordinates import sun

    keys = ("CRLT_OBS", "CRLN_OBS", "RSUN_OBS", "DSUN_OBS")
    seen = read(as_hmi(256, **dict.fromkeys(keys))).geometry
    assert seen.b0 == pytest.approx(sun.B0("2014-02-05T11:58:52").deg, abs=0.02)
    assert seen.l0 == pytest.approx(sun.L0("2014-02-05T11:58:52").deg, abs=0.05)


def refused(data: bytes, words: str, kind: type[ReadError] = NotAMagnetogramError) -> None:
    with pytest.raises(kind, match=words) as raised:
        read(data)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("cards", "words"),
    [
        ({"CONTENT": "CONTINUUM INTENSITY", "BUNIT": "DN/s"}, "continuum"),
        ({"CONTENT": "DOPPLERGRAM", "BUNIT": "m/s"}, "Dopplergram"),
        ({"TELESCOP": "SDO/AIA", "INSTRUME": "AIA_3", "CONTENT": ""}, "EUV"),
        ({"BUNIT": "DN"}, "DN"),
        ({"BUNIT": "furlong"}, "furlong"),
        ({"CTYPE1": "CRLN-CEA", "CTYPE2": "CRLT-CEA"}, "CEA projection"),
        ({"CUNIT1": "solRad"}, "CUNIT1"),
        ({"CRPIX1": 90000.0}, "no part of the disk"),
    ],
)
def test_other_things_are_refused(cards: dict, words: str, as_hmi: Callable) -> None:
    refused(as_hmi(256, **cards), words)


@pytest.mark.parametrize(
    ("scale", "words"),
    [(1e-9, "of a Sun of"), (500.0, "shows a disk of 3"), (1e9, "no part|a disk")],
)
def test_absurd_scales_are_refused_at_once(scale: float, words: str) -> None:
    header = {
        "CTYPE1": "HPLN-TAN", "CTYPE2": "HPLT-TAN", "CRPIX1": 128.5, "CRPIX2": 128.5,
        "CDELT1": scale, "CDELT2": scale, "RSUN_OBS": 960.0, "DATE-OBS": "2012-01-01T00:00:00",
    }  # fmt: skip
    field = np.random.default_rng(0).normal(0, 20, (256, 256))
    with pytest.raises(NotAMagnetogramError, match=words):
        read((field, header))


def test_values_that_are_no_field_are_refused(as_hmi: Callable) -> None:
    from astropy.io import fits

    found = read(as_hmi(256))
    header = fits.Header({k: v for k, v in found.header.items() if k != "BLANK"})
    for values, words in (
        (np.full((256, 256), np.nan), "no data"),
        (np.full((256, 256), 7.0), "same value"),
        (np.abs(found.field) + 5, "one sign"),
    ):
        with pytest.raises(NotAMagnetogramError, match=words):
            read((values, header))


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9])
def test_truncated_is_refused(share: float, packed: bool, as_hmi: Callable) -> None:
    data = as_hmi(256, packed=packed)
    with pytest.raises(ReadError) as raised:
        read(data[: int(len(data) * share)])
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("kind", ["GZIP_1", "GZIP_2", "RICE_1"])
def test_damaged_tiles_are_refused(kind: str, small_drawing: Drawing) -> None:
    from astropy.io import fits

    magnetogram = small_drawing.magnetogram
    image = fits.CompImageHDU(
        magnetogram.field, fits.Header(header_of(magnetogram)), compression_type=kind
    )
    out = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), image]).writeto(out)
    data = bytearray(out.getvalue())
    assert read(bytes(data)).field.shape == magnetogram.field.shape
    for start in range(len(data) // 2, len(data) // 2 + 40_000, 400):
        data[start : start + 40] = bytes(range(40))
    with pytest.raises(ReadError, match="truncated or damaged"):
        read(bytes(data))


def test_truncated_gzip_is_refused(as_hmi: Callable) -> None:
    data = gzip.compress(as_hmi(256))
    refused(data[: len(data) // 2], "truncated gzip", ReadError)


def test_monstrous_size_is_refused_before_decoding(as_hmi: Callable) -> None:
    data = as_hmi(256, packed=False)
    claim = data.replace(b"NAXIS1  =                  256", b"NAXIS1  =             40000000")
    refused(claim, "claims", TooLargeError)


def test_no_image_and_cubes_are_refused() -> None:
    import io

    from astropy.io import fits

    for unit, words in (
        (fits.PrimaryHDU(), "without an image"),
        (fits.PrimaryHDU(np.zeros((4, 64, 64), np.float32)), "shape"),
    ):
        out = io.BytesIO()
        unit.writeto(out)
        refused(out.getvalue(), words)


def test_sunpy_map_and_array_give_what_the_file_gives(as_hmi: Callable, tmp_path: Path) -> None:
    import sunpy.map

    path = tmp_path / "hmi.fits"
    path.write_bytes(as_hmi(256, 180.0))
    expected = read(path)
    solar = sunpy.map.Map(path)
    for other in (read(solar), read((solar.data, solar.fits_header))):
        assert np.allclose(other.field, expected.field, equal_nan=True, atol=1e-3)
        assert other.geometry.radius == pytest.approx(expected.geometry.radius)
        assert other.time == expected.time
        assert other.instrument == "HMI"


def test_rotated_map_gives_the_same_disk(as_hmi: Callable, tmp_path: Path) -> None:
    import astropy.units as u
    import sunpy.map

    path = tmp_path / "hmi.fits"
    path.write_bytes(as_hmi(512))
    solar = sunpy.map.Map(path)
    turned = read(solar.rotate(30 * u.deg, order=3, missing=np.nan))
    assert turned.geometry.roll == pytest.approx(-30, abs=1e-6)
    a, b = normalize(read(path)).field, normalize(turned).field
    both = np.isfinite(a) & np.isfinite(b)
    assert both.mean() > 0.6
    assert np.corrcoef(a[both], b[both])[0, 1] > 0.97


def test_array_must_be_an_image() -> None:
    with pytest.raises(NotAMagnetogramError, match="shape"):
        read((np.zeros((3, 4, 5)), {}))


@pytest.mark.data
def test_real_mdi_against_sunpy(shared_data: Path) -> None:
    import astropy.units as u
    import sunpy.map
    from sunpy.coordinates import HeliographicCarrington, HeliographicStonyhurst

    from halescope.geometry import carrington, pixel_to_stonyhurst

    paths = sorted((shared_data / "mdi").glob("*.fits"))
    paths += sorted((shared_data / "mdi_small").glob("*2003*.fits"))
    rng = np.random.default_rng(0)
    for path in paths:
        found, solar = read(path), sunpy.map.Map(path)
        seen = found.geometry
        r, a = 0.85 * np.sqrt(rng.random(100)) * seen.radius, rng.random(100) * 2 * np.pi
        x, y = seen.x_center + r * np.cos(a), seen.y_center + r * np.sin(a)
        lon, lat = pixel_to_stonyhurst(seen, x, y)
        world = solar.pixel_to_world(x * u.pix, y * u.pix)
        there = world.transform_to(HeliographicStonyhurst(obstime=solar.date))
        frame = HeliographicCarrington(obstime=solar.date, observer=solar.observer_coordinate)
        turned = world.transform_to(frame)
        assert np.abs(there.lat.deg - lat).max() < 0.01
        # SOHO stands up to 0.25 degrees off the Earth's meridian, from which longitude counts.
        assert np.abs(there.lon.deg - lon).max() < 0.01
        off = (turned.lon.deg - carrington(seen, lon) + 180) % 360 - 180
        assert np.abs(off).max() < 0.01


@pytest.mark.data
def test_real_cutouts_against_sunpy(shared_data: Path) -> None:
    import astropy.units as u
    import sunpy.map
    from sunpy.coordinates import HeliographicStonyhurst

    from halescope.geometry import pixel_to_stonyhurst

    for path in sorted((shared_data / "cutouts").glob("*.fits")):
        found = read(path)
        assert Flag.CUTOUT in found.flags
        assert found.instrument == "HMI"
        header = {k: v for k, v in found.header.items() if k not in ("WAVEUNIT", "BLANK")}
        solar = sunpy.map.Map(found.field, header | {"CUNIT1": "arcsec", "CUNIT2": "arcsec"})
        x, y = np.meshgrid(np.linspace(10, 170, 9), np.linspace(10, 240, 9))
        there = solar.pixel_to_world(x * u.pix, y * u.pix).transform_to(
            HeliographicStonyhurst(obstime=solar.date)
        )
        lon, lat = pixel_to_stonyhurst(found.geometry, x, y)
        inside = np.abs(lon) < 70
        assert np.abs(there.lat.deg - lat)[inside].max() < 0.05
        assert np.abs(there.lon.deg - lon)[inside].max() < 0.05


@pytest.mark.data
def test_real_sharp(shared_data: Path) -> None:
    path = sorted((shared_data / "sharp").glob("*.377.*.fits"))[20]
    field, header = read_cea(path)
    assert field.dtype == np.float32
    assert field.shape == (header["NAXIS2"], header["NAXIS1"])
    assert header["NOAA_AR"] == 11158
    assert 1000 < np.nanmax(np.abs(field)) < 4000


def test_gong_as_nso_writes_it() -> None:
    """sunpy carries the header of a GONG magnetogram of 2025-01-09; off the disk is SKYVALUE."""
    import sunpy.data.test
    from astropy.io import fits

    full = fits.Header.fromtextfile(sunpy.data.test.get_test_filepath("gong_magnetogram.header"))
    y, x = np.mgrid[:860, :860]
    off = np.hypot(x - 422.0472, y - 442.1184) > 385.2565
    field = 9 * np.random.default_rng(1).standard_normal((860, 860))
    field[500:520, 600:620], field[500:520, 630:650] = 400, -400
    hdu = fits.PrimaryHDU(np.rint(np.where(off, -2000, field) / 0.09504).astype(">i2"))
    structure = ("SIMPLE", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "EXTEND")
    cards = [card for card in full.cards if card.keyword not in structure]
    hdu.header.extend(cards, strip=False, end=True)
    out = io.BytesIO()
    hdu.writeto(out, output_verify="ignore")
    found = read(gzip.compress(out.getvalue()), name="lebqa250109t0135.fits.gz")
    assert found.instrument == "GONG"
    assert found.time_string.startswith("2025-01-09T01:35:16")
    assert (found.geometry.x_center, found.geometry.y_center) == pytest.approx(
        (422.05, 442.12), 1e-4
    )
    assert found.geometry.b0 == pytest.approx(full["B0"], abs=0.01)
    assert found.geometry.l0 == pytest.approx(full["L0"], abs=0.05)
    assert np.isnan(found.field[off]).all()
    assert np.isfinite(found.field[~off]).all()
    assert np.nanmax(found.field) == pytest.approx(400, abs=0.1)
