"""What a FITS header claims is looked at before anything is read by it."""

import io
import re
import time
from collections.abc import Callable

import numpy as np
import pytest
from astropy.io import fits

from halescope.errors import NotAMagnetogramError, ReadError, TooLargeError
from halescope.io import read
from halescope.io.hdus.file import load_fits
from halescope.io.hdus.units import MOST, Stream, Unit, units


def written(*hdus: fits.PrimaryHDU) -> bytes:
    out = io.BytesIO()
    fits.HDUList(list(hdus)).writeto(out)
    return out.getvalue()


def with_card(data: bytes, keyword: str, value: str) -> bytes:
    """Return a file whose keyword says something else."""
    card = f"{keyword:8s}= {value:>20s}".ljust(80).encode()
    return re.sub(rf"{keyword:8s}= .{{70}}".encode(), card, data, count=1)


def test_units_and_sizes_agree_with_astropy() -> None:
    table = fits.BinTableHDU.from_columns([fits.Column("a", "3J", array=np.zeros((5, 3)))])
    image = fits.ImageHDU(np.zeros((7, 11), np.float64))
    packed = fits.CompImageHDU(np.arange(400, dtype=np.int16).reshape(20, 20))
    data = written(fits.PrimaryHDU(np.zeros((2, 3, 4), np.int16)), table, image, packed)
    found = list(units(Stream(data, "a")))
    with fits.open(io.BytesIO(data), disable_image_compression=True) as opened:
        assert [unit.size for unit in found] == [hdu.size for hdu in opened]
    assert [unit.is_image for unit in found] == [True, False, True, True]
    assert [unit.shape for unit in (found[0], found[2], found[3])] == [(2, 3, 4), (7, 11), (20, 20)]


@pytest.mark.parametrize(
    ("keyword", "value", "words"),
    [
        ("NAXIS", "2147483647", "claims NAXIS"),
        ("NAXIS", "1000", "claims NAXIS"),
        ("NAXIS1", "-5", "axes"),
        ("NAXIS1", "'a'", "whole number"),
        ("BITPIX", "7", "BITPIX"),
        ("BITPIX", "9" * 60, "whole number"),
    ],
)
def test_claims_are_refused_at_once(keyword: str, value: str, words: str, as_hmi: Callable) -> None:
    start = time.monotonic()
    with pytest.raises(ReadError, match=words):
        read(with_card(as_hmi(64, packed=False), keyword, value), name="a.fits")
    assert time.monotonic() - start < 5


def test_tables_of_too_many_fields_and_too_many_units_are_refused() -> None:
    table = fits.BinTableHDU.from_columns([fits.Column("a", "J", array=np.zeros(5))])
    claim = with_card(written(fits.PrimaryHDU(), table), "TFIELDS", "2147483647")
    with pytest.raises(ReadError, match="claims TFIELDS = 2147483647"):
        read(claim)
    many = written(fits.PrimaryHDU()) + written(fits.PrimaryHDU(), fits.ImageHDU())[2880:] * 20_000
    with pytest.raises(ReadError, match=f"more than {MOST} units"):
        read(many)


@pytest.mark.parametrize("keyword", ["BSCALE", "BZERO", "BLANK"])
def test_scaling_that_is_no_number_is_refused(keyword: str, as_hmi: Callable) -> None:
    with pytest.raises(ReadError, match=keyword):
        read(with_card(as_hmi(64, packed=False), keyword, "'much'"))


def test_header_without_end_is_refused() -> None:
    card = b"HISTORY of very much".ljust(80)
    with pytest.raises(ReadError, match=r"header of more than 10,800 cards"):
        read(b"SIMPLE  =                    T".ljust(80) + card * 12_000)


@pytest.mark.parametrize(
    ("keyword", "value", "words"),
    [
        ("ZTILE2", "8", "tiles of"),
        ("ZTILE1", "0", "tiles"),
        ("ZTILE1", "9999", "tiles"),
        ("ZNAXIS2", "65", "tiles of"),
        ("ZVAL1", "0", "BLOCKSIZE"),
        ("ZVAL2", "3", "BYTEPIX"),
        ("TFORM1", "'4PB(10)'", "rows of|by its columns|truncated"),
        ("ZCMPTYPE", "'HCOMPRESS_1'", "HCOMPRESS_1"),
    ],
)
def test_tiles_that_do_not_fit_are_refused(
    keyword: str, value: str, words: str, as_hmi: Callable
) -> None:
    with pytest.raises(ReadError, match=words):
        read(with_card(as_hmi(64), keyword, value), name="a.fits")


def test_tile_that_unpacks_to_more_than_itself_is_refused() -> None:
    import gzip

    field = np.random.default_rng(0).normal(0, 50, (64, 64)).astype(np.float32)
    data = written(
        fits.PrimaryHDU(), fits.CompImageHDU(field, compression_type="GZIP_1", quantize_level=0)
    )
    start = data.index(b"\x1f\x8b")
    bomb = gzip.compress(bytes(50_000))
    with pytest.raises(ReadError, match="truncated or damaged"):
        load_fits(data[:start] + bomb + data[start + len(bomb) :], "a.fits")


def test_large_tiled_image_in_strips_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    field = np.random.default_rng(0).normal(0, 50, (300, 70)).astype(np.float32)
    unit = fits.CompImageHDU(field, compression_type="RICE_1", tile_shape=(7, 70))
    data = written(fits.PrimaryHDU(), unit)
    whole, _ = load_fits(data, "a.fits")
    monkeypatch.setattr("halescope.io.hdus.file.AT_ONCE", 20_000)
    strips, _ = load_fits(data, "a.fits")
    assert np.array_equal(whole, strips)
    assert np.abs(whole - field).max() < 10


def test_gzip_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import gzip

    monkeypatch.setattr("halescope.io.hdus.units.MOST_UNPACKED", 100_000)
    column = fits.Column("a", "J", array=np.zeros(5))
    whole = written(fits.PrimaryHDU(), fits.BinTableHDU.from_columns([column]))
    table = with_card(whole, "NAXIS2", "9" * 12)
    with pytest.raises(TooLargeError, match="unpacks to"):
        read(gzip.compress(table + bytes(10**6)))


def test_cube_and_no_image_are_refused() -> None:
    with pytest.raises(NotAMagnetogramError, match="shape"):
        read(written(fits.PrimaryHDU(np.zeros((4, 64, 64), np.float32))))


def test_random_groups_have_their_parameters_and_no_first_axis() -> None:
    """FITS standard, section 6.1.1: |BITPIX| GCOUNT (PCOUNT + NAXIS2 ...) bits; NAXIS1 is 0."""
    cards = {"SIMPLE": "T", "BITPIX": 16, "NAXIS": 3, "NAXIS1": 0, "NAXIS2": 5, "NAXIS3": 4,
             "GROUPS": "T", "PCOUNT": 2, "GCOUNT": 7}  # fmt: skip

    def size(**more: object) -> int:
        told = (f"{key:8s}= {value:>20}".ljust(80) for key, value in (cards | more).items())
        return Unit("".join(told).encode(), 0, "a").size

    assert size() == 2 * 7 * (2 + 20)
    assert size(GROUPS="F") == 2 * 7 * 2
    assert size(NAXIS1=1) == 2 * 7 * (2 + 20)
    assert size(NAXIS1=3, PCOUNT=0, GCOUNT=1) == 2 * 60
