"""Content decides, not the name."""

import gzip

import pytest

from halescope.errors import ReadError, TooLargeError
from halescope.io.sniff import check_size, formats_of, sniff


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"SIMPLE  =                    T", "fits"),
        (gzip.compress(b"SIMPLE  =                    T" * 50, mtime=0), "fits"),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jp2"),
        (b"\xff\x4f\xff\x51\x00\x29", "jp2"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"\xff\xd8\xff\xe0", "picture"),
        (b"II*\x00", "picture"),
        (b"MM\x00*", "picture"),
    ],
)
def test_known(data: bytes, kind: str) -> None:
    assert sniff(data, "x.txt") == kind


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"region,class\n1,beta\n", "no image"),
        (b"<!DOCTYPE html><html>404", "web page"),
        (gzip.compress(b"hello", mtime=0), "gzip archive"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04", "ZIP"),
    ],
)
def test_unknown_says_what_it_is(data: bytes, words: str) -> None:
    with pytest.raises(ReadError, match=words) as raised:
        sniff(data, "disk.fits")
    assert str(raised.value).startswith("disk.fits: ")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("data", "kind", "formats"),
    [
        (b"BM" + bytes(20), "picture", ("BMP",)),
        (b"GIF89a", "picture", ("GIF",)),
        (b"RIFF\x00\x00\x00\x00WEBPVP8", "picture", ("WEBP",)),
        (b"\x89PNG\r\n\x1a\n", "picture", ("PNG",)),
        (b"\xff\xd8\xff\xe0", "picture", ("JPEG",)),
        (b"MM\x00*", "picture", ("TIFF",)),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jp2", ("JPEG2000",)),
        (b"\x93NUMPY\x01\x00", "numpy", ("JPEG2000",)),
        (b"PK\x03\x04" + bytes(26) + b"x.npy", "numpy", ("JPEG2000",)),
    ],
)
def test_kinds_and_what_pillow_calls_them(data: bytes, kind: str, formats: tuple[str, ...]) -> None:
    assert sniff(data, "x") == kind
    assert formats_of(data) == formats


@pytest.mark.parametrize(
    "data",
    [b"RIFF\x00\x00\x00\x00WAVE", b"PK\x03\x04" + bytes(300) + b".npy", b"jP  ", b"\xff\xd8",
     b"\x1f\x8b", gzip.compress(b"SIMPL", mtime=0), b"\x89HDF", b"CDF\x01", b"  <html>"],
)  # fmt: skip
def test_what_only_begins_like_one(data: bytes) -> None:
    with pytest.raises(ReadError):
        sniff(data, "x")


def test_sizes_up_to_8192_by_8192() -> None:
    check_size(8192, 8192, "x")
    check_size(2**26, 1, "x")
    with pytest.raises(TooLargeError, match="claims 8192 x 8193"):
        check_size(8192, 8193, "x")
