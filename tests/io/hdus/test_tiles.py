"""Claims of tile-compressed images at their edges; columns as astropy has them."""

import io
import zlib

import numpy as np
import pytest
from astropy.io import fits

from halescope.errors import ReadError, TooLargeError
from halescope.io.hdus import tiles
from halescope.io.hdus.tiles import (
    _check_gzip,
    _columns,
    check_streams,
    check_tiles,
    open_tiles,
)
from halescope.io.hdus.units import Stream, Unit, units


def unit_of(**cards):
    """Return a unit of these cards: a compressed image of 100 x 60 in rows, if nothing else."""
    told = {
        "XTENSION": "'BINTABLE'", "BITPIX": 8, "NAXIS": 2, "NAXIS1": 8, "NAXIS2": 60, "PCOUNT": 0,
        "GCOUNT": 1, "TFIELDS": 1, "TFORM1": "'1PB(9)'", "TTYPE1": "'COMPRESSED_DATA'",
        "ZIMAGE": "T", "ZCMPTYPE": "'RICE_1'", "ZBITPIX": 16, "ZNAXIS": 2, "ZNAXIS1": 100,
        "ZNAXIS2": 60,
    } | cards  # fmt: skip
    text = "".join(f"{key:8s}= {value:>20}".ljust(80) for key, value in told.items())
    return Unit(text.encode(), 1, "a.fits")


def test_tiles_are_rows_where_nothing_else_is_said():
    assert check_tiles(unit_of()) == (1, 100)
    assert check_tiles(unit_of(ZTILE1=100, ZTILE2=60, NAXIS2=1)) == (60, 100)
    assert check_tiles(unit_of(ZTILE1=33, ZTILE2=7, NAXIS2=4 * 9)) == (7, 33)  # rounded up
    assert check_tiles(unit_of(ZNAXIS=3, ZNAXIS3=2, NAXIS2=120)) == (1, 1, 100)


@pytest.mark.parametrize(
    ("cards", "words"),
    [
        ({"ZTILE1": 101}, "tiles that fit"),
        ({"ZTILE2": 61, "NAXIS2": 1}, "tiles that fit"),
        ({"ZTILE1": 0}, "tiles that fit"),
        ({"ZTILE2": -1}, "tiles that fit"),
        ({"NAXIS2": 59}, "60 for an image"),
        ({"NAXIS2": 61}, "60 for an image"),
        ({"ZCMPTYPE": "'PLIO_1'"}, "PLIO_1"),
        ({"ZCMPTYPE": "''"}, "nothing that is named"),
        ({"ZNAME1": "'BLOCKSIZE'", "ZVAL1": 33}, "BLOCKSIZE of 33"),
        ({"ZNAME9": "'BYTEPIX'", "ZVAL9": 8}, "BYTEPIX of 8"),
        ({"ZNAME2": "'BYTEPIX'"}, "BYTEPIX of 0"),
    ],
)
def test_claims_that_do_not_fit(cards, words):
    with pytest.raises(ReadError, match=words):
        check_tiles(unit_of(**cards))


def test_settings_of_rice_and_of_others():
    for number, (kind, values) in enumerate(
        (("BLOCKSIZE", (8, 16, 32, 64, 128)), ("BYTEPIX", (1, 2, 4))), 1
    ):
        for value in values:
            check_tiles(unit_of(**{f"ZNAME{number}": f"'{kind}'", f"ZVAL{number}": value}))
    check_tiles(unit_of(ZNAME1="'BLOCKSIZE'", ZVAL1=33, ZCMPTYPE="'GZIP_1'"))
    check_tiles(unit_of(ZNAME1="'NOISEBIT'", ZVAL1=33))
    check_tiles(unit_of(ZNAME10="'BYTEPIX'", ZVAL10=7))  # ten settings no tile has


def test_tiles_and_heaps_of_the_largest_size(monkeypatch):
    """A tile may be a whole HMI image, 4096 x 4096, and all of them 256 MB."""
    whole = {"ZNAXIS1": 4096, "ZNAXIS2": 4096, "ZTILE1": 4096, "ZTILE2": 4096, "NAXIS2": 1}
    assert check_tiles(unit_of(**whole)) == (4096, 4096)
    with pytest.raises(TooLargeError, match="16,777,216 pixels"):
        check_tiles(unit_of(**whole | {"ZNAXIS1": 4097, "ZTILE1": 4097}))
    room = 2**28 - 60 * 8
    check_tiles(unit_of(PCOUNT=room))
    with pytest.raises(TooLargeError, match="268,435,456"):
        check_tiles(unit_of(PCOUNT=room + 1))
    assert tiles.AT_ONCE == 2**27


FORMS = ("L", "2X", "9X", "16X", "B", "3I", "J", "2K", "7A", "E", "D", "C", "M", "PB(9)", "QJ(3)")


def test_columns_are_where_astropy_has_them():
    table = fits.BinTableHDU.from_columns(
        [fits.Column(f"c{number}", form) for number, form in enumerate(FORMS)], nrows=1
    )
    out = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(out)
    _, unit = units(Stream(out.getvalue(), "a"))
    found = _columns(unit)
    starts = [table.columns.dtype.fields[f"c{number}"][1] for number in range(len(FORMS))]
    assert [(name, start) for name, start, _, _ in found] == [
        (f"c{number}", start) for number, start in enumerate(starts)
    ]
    assert [item for *_, item in found] == [1, 1, 1, 1, 1, 2, 4, 8, 1, 4, 8, 8, 16, 1, 4]
    with pytest.raises(ReadError, match="8 by its columns"):
        _columns(unit_of(NAXIS1=9))
    with pytest.raises(ReadError, match="a type of FITS"):
        _columns(unit_of(TFORM1="'Z'"))


def heap_of(*places, wide="P", **cards):
    """Return a unit of so many streams, counts and offsets, and 20 bytes of heap after them."""
    size = 4 if wide == "P" else 8
    table = np.array(places, f">i{size}").tobytes()
    form = "'1PB(9)'" if wide == "P" else "'1QB(9)'"
    unit = unit_of(NAXIS1=2 * size, NAXIS2=len(places), TFORM1=form, **cards)
    return unit, table + bytes(20)


@pytest.mark.parametrize("wide", ["P", "Q"])
@pytest.mark.parametrize(
    ("place", "fine"),
    [((20, 0), True), ((1, 19), True), ((0, 20), True), ((21, 0), False), ((1, 20), False),
     ((0, 21), False), ((-1, 3), False), ((3, -1), False), ((11, 10), False), ((10, 10), True)],
)  # fmt: skip
def test_streams_lie_in_the_heap(wide, place, fine):
    unit, data = heap_of((4, 3), place, wide=wide)
    if fine:
        check_streams(unit, data, (1, 100))
    else:
        with pytest.raises(ReadError, match="truncated or damaged"):
            check_streams(unit, data, (1, 100))


@pytest.mark.parametrize(("heap", "fine"), [(8, True), (7, False), (28, True), (29, False)])
def test_the_heap_begins_after_the_table_and_within_the_data(heap, fine):
    unit, data = heap_of((0, 0), THEAP=heap)
    if fine:
        check_streams(unit, data, (1, 100))
    else:
        with pytest.raises(ReadError, match="truncated or damaged"):
            check_streams(unit, data, (1, 100))


def test_arrays_of_wider_numbers_take_more_room():
    unit, data = heap_of((5, 0), TTYPE1="'UNCOMPRESSED_DATA'")
    wider = heap_of((5, 0))[0]
    for form, fine in (("'1PJ(9)'", True), ("'1PK(9)'", False)):
        unit = unit_of(NAXIS2=1, TFORM1=form)
        if fine:
            check_streams(unit, data, (1, 100))  # five numbers of four bytes are twenty
        else:
            with pytest.raises(ReadError, match="truncated or damaged"):
                check_streams(unit, data, (1, 100))
    assert wider.whole("NAXIS1") == 8
    with pytest.raises(ReadError, match="arrays in the heap"):
        check_streams(unit_of(NAXIS2=1, TFORM1="'8B'"), data, (1, 100))
    check_streams(unit_of(NAXIS2=1, TFORM1="'8B'", TTYPE1="'OTHER'"), data, (1, 100))


def packed(count, fill=b"\7"):
    """Return a gzip stream of so many bytes."""
    made = zlib.compressobj(9, zlib.DEFLATED, 31)
    return made.compress(fill * count) + made.flush()


@pytest.mark.parametrize(("count", "fine"), [(0, True), (1, True), (100, True), (101, False),
                                             (5_000_000, False)])  # fmt: skip
def test_streams_unpack_to_no_more_than_their_tile(count, fine):
    if fine:
        _check_gzip(packed(count), 100, "a.fits")
        _check_gzip(packed(count) + bytes(5), 100, "a.fits")  # zeros fill up
    else:
        with pytest.raises(ReadError, match="unpack to their size"):
            _check_gzip(packed(count), 100, "a.fits")


def test_streams_that_are_cut_or_followed_by_others():
    whole = packed(90, bytes(range(90)))
    _check_gzip(b"", 100, "a.fits")
    for data in (whole[:-1], whole[:-9], whole + b"x", whole + whole, b"no gzip"):
        with pytest.raises(ReadError, match="truncated or damaged"):
            _check_gzip(data, 10_000, "a.fits")
    large = packed(3 * 2**20)  # in several pieces
    _check_gzip(large, 3 * 2**20, "a.fits")
    with pytest.raises(ReadError, match="unpack to their size"):
        _check_gzip(large, 3 * 2**20 - 1, "a.fits")


@pytest.mark.parametrize(
    ("codec", "column", "checked"),
    [("GZIP_1", "COMPRESSED_DATA", True), ("GZIP_2", "COMPRESSED_DATA", True),
     ("RICE_1", "COMPRESSED_DATA", False), ("RICE_1", "GZIP_COMPRESSED_DATA", True),
     ("GZIP_1", "UNCOMPRESSED_DATA", False)],
)  # fmt: skip
def test_gzip_streams_alone_are_unpacked(codec, column, checked):
    unit, data = heap_of((20, 0), ZCMPTYPE=f"'{codec}'", TTYPE1=f"'{column}'")
    if checked:
        with pytest.raises(ReadError, match="truncated or damaged"):
            check_streams(unit, data, (1, 100))
    else:
        check_streams(unit, data, (1, 100))


def test_a_tile_has_eight_bytes_a_pixel_at_most():
    for count, fine in ((80, True), (81, False)):
        stream = packed(count)
        unit = unit_of(NAXIS2=1, ZCMPTYPE="'GZIP_1'")
        data = np.array([len(stream), 0], ">i4").tobytes() + stream
        if fine:
            check_streams(unit, data, (2, 5))
        else:
            with pytest.raises(ReadError, match="unpack to their size"):
                check_streams(unit, data, (2, 5))


@pytest.mark.parametrize("cards", [34, 35, 36, 71])
def test_headers_that_fill_their_block_to_the_last_card(cards):
    """36 cards of 80 bytes are a block of 2,880: with END, 35 fill it."""
    field = np.arange(400, dtype=np.int16).reshape(20, 20)
    out = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(field)]).writeto(out)
    stream = Stream(out.getvalue(), "a")
    for unit in units(stream):
        if unit.is_packed:
            data = stream.take(unit.size)
            more = b"COMMENT".ljust(80) * (cards - len(unit.raw) // 80)
            filled = Unit(unit.raw + more, 1, "a")
            break
    assert len(filled.raw) == 80 * max(cards, len(unit.raw) // 80)
    with open_tiles(filled, data) as hdus:
        np.testing.assert_array_equal(hdus[1].data, field)
