"""Files that are whole, and files that are not, byte by byte."""

import io
import struct
from datetime import UTC, datetime

import numpy as np
import pytest
from astropy.io import fits
from PIL import Image

from halescope.fetch.answers import ContentError
from halescope.fetch.content import Content, inspect_fits, inspect_jp2, inspect_picture
from halescope.fetch.files import cache_place, describe
from loopback.helioviewer import draw_jp2

TIME = datetime(2026, 2, 1, 2, 0, 47, tzinfo=UTC)


@pytest.fixture
def file(tmp_path):
    def call(data):
        path = tmp_path / "file"
        path.write_bytes(data)
        return path

    return call


def box(kind, body=b"", long=False):
    if long:
        return struct.pack(">I4sQ", 1, kind, len(body) + 16) + body
    return struct.pack(">I4s", len(body) + 8, kind) + body


def test_a_jp2_file_says_its_time_and_quality(file):
    assert inspect_jp2(file(draw_jp2(TIME))) == Content(TIME, "good")
    assert inspect_jp2(file(draw_jp2(TIME, quality=0x200))).quality == "bad"


def test_boxes_of_every_length_are_passed_over(file):
    """Empty ones of eight bytes, long ones of sixteen, and a last one that lasts to the end."""
    data = draw_jp2(TIME)
    at = data.index(b"jp2c") - 4
    for more in (
        box(b"free"),
        box(b"free", b"1"),
        box(b"free", b"", True),
        box(b"uuid", b"12", True),
    ):
        assert inspect_jp2(file(data[:at] + more + data[at:])).time == TIME
    stream = data[at + 8 :]
    assert inspect_jp2(file(data[:at] + struct.pack(">I4s", 0, b"jp2c") + stream)).time == TIME
    assert inspect_jp2(file(data[:at] + box(b"jp2c", stream, True))).time == TIME
    assert (
        inspect_jp2(file(data[:at] + box(b"jp2c", stream) + box(b"free", b"\xff\xd9"))).time == TIME
    )


@pytest.mark.parametrize("length", [0, 3, 7])
def test_boxes_that_cannot_be_are_told(file, length):
    data = draw_jp2(TIME)
    at = data.index(b"jp2c") - 4
    spoiled = data[:at] + struct.pack(">I4sQ", 1, b"free", length) + data[at:]
    with pytest.raises(ContentError, match="is cut short"):
        inspect_jp2(file(spoiled))
    with pytest.raises(ContentError, match="is cut short"):
        inspect_jp2(file(data[:at] + struct.pack(">I4s", length or 2, b"free") + data[at:]))


def test_jp2_files_that_are_cut_anywhere(file):
    data = draw_jp2(TIME)
    for end in (12, 20, 60, len(data) - 2, len(data) - 1):
        with pytest.raises(ContentError, match="is cut short"):
            inspect_jp2(file(data[:end]))
    with pytest.raises(ContentError, match="is cut short"):
        inspect_jp2(file(data + b"\0\0\0\x08free"[:6]))
    with pytest.raises(ContentError, match="is cut short"):
        inspect_jp2(file(data[:-2] + b"\xff\xd8"))
    at = data.index(b"jp2c") - 4
    with pytest.raises(ContentError, match="is cut short"):
        inspect_jp2(file(data[:at] + box(b"free", b"\xff\xd9")))  # no picture at all
    with pytest.raises(ContentError, match="JPEG 2000"):
        inspect_jp2(file(b"<html>"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_pictures_are_whole_or_not(file, kind):
    stream = io.BytesIO()
    Image.new("L", (9, 9), 100).save(stream, kind)
    data = stream.getvalue()
    assert inspect_picture(file(data)) == Content(None, "")
    for spoiled in (data[:-1], data[:-4], data[: len(data) // 2]):
        with pytest.raises(ContentError, match="is cut short"):
            inspect_picture(file(spoiled))
    if kind == "JPEG":
        assert inspect_picture(file(data + b"\0\0")) == Content()
    with pytest.raises(ContentError, match="a PNG or JPEG picture"):
        inspect_picture(file(b"GIF89a"))


def header(**cards):
    unit = fits.PrimaryHDU(np.zeros((4, 4), np.float32))
    unit.header.update(cards)
    stream = io.BytesIO()
    unit.writeto(stream)
    return stream.getvalue()


def test_fits_files_say_time_and_quality(file):
    when = {"DATE-OBS": "2026-02-01T02:00:47Z", "TELESCOP": "SDO/HMI"}
    assert inspect_fits(file(header(**when))) == Content(TIME, "")
    assert inspect_fits(file(header(**when, QUALITY=0))) == Content(TIME, "good")
    assert inspect_fits(file(header(**when, QUALITY=0x200))).quality == "bad"
    assert inspect_fits(file(header())) == Content(None, "")
    record = header(T_REC="2026.02.01_02:01:24_TAI", TELESCOP="SDO/HMI")
    assert inspect_fits(file(record)).time == TIME  # 37 leap seconds since 2017
    assert inspect_fits(file(header(T_OBS="2026.02.01_02:01:24_TAI"))).time == TIME
    with pytest.raises(ContentError, match="a FITS file"):
        inspect_fits(file(b"SIMPLE = " + bytes(4000)))
    with pytest.raises(ContentError, match="whole FITS file"):
        inspect_fits(file(header()[:2900]))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "nothing"),
        (b"  \n", "nothing"),
        (b" <!DOCTYPE html><p>", "a web page"),
        (b"<HTML>", "a web page"),
        (b"<body>", "a web page"),
        (b"<head>", "a web page"),
        (b'{"error":\n"no"}', """the message '{"error": "no"}'"""),
        (b"[1]", "the message '[1]'"),
        (b"{" + b"a" * 300, "the message '{" + "a" * 119 + "'"),
        (b"\x00\x01abcdefghijklmnop", repr(b"\x00\x01abcdefghijklmn")),
        (b" " * 600 + b"<html>", "nothing"),
    ],
)
def test_bytes_in_two_words(body, words):
    assert describe(body) == words


def test_places_in_the_cache_are_by_the_whole_address(tmp_path):
    """The SHA-256 of ``abc`` is in FIPS 180-2."""
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert cache_place(tmp_path, "abc") == tmp_path / "ba" / known
