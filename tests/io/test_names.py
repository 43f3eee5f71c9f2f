"""Names of files in texts: printable, and they lead back to the file."""

import os

from hypothesis import given
from hypothesis import strategies as st

from halescope.io import escaped, unescaped


@given(st.binary(min_size=1, max_size=40))
def test_any_name_of_a_disk_comes_back(name: bytes) -> None:
    text = escaped(os.fsdecode(name))
    assert text.isprintable()
    text.encode("utf-8")
    assert os.fsencode(unescaped(text)) == name


@given(st.text(max_size=30))
def test_any_text_comes_back(name: str) -> None:
    assert unescaped(escaped(name)) == name


def test_by_hand() -> None:
    assert escaped("disk ä.fits") == "disk ä.fits"
    assert escaped("a\x1b[31m\n\\b") == r"a\x1b[31m\n\\b"
    assert escaped(os.fsdecode(b"\xff.png")) == r"\udcff.png"
