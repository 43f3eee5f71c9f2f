"""Content decides, not the name."""

import gzip

import pytest

from halescope.errors import ReadError
from halescope.io.sniff import sniff


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
