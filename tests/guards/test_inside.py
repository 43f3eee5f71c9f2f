"""A name from a file never leads out of its folder."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halescope.errors import UnsafePathError
from halescope.guards.inside import existing_inside, inside, listed, one_part

UPWARDS = ("..", "../x", "a/../../x", "/x", "/", "", ".", "./", "a/../b", "a\0b", "x" * 5000)


@pytest.mark.parametrize("name", [*UPWARDS, 5, None, b"x", ["x"]])
@pytest.mark.parametrize("join", [inside, existing_inside])
def test_names_that_lead_elsewhere_are_refused(tmp_path, join, name):
    with pytest.raises(UnsafePathError) as caught:
        join(tmp_path, name, "labels.csv:7")
    assert str(caught.value).startswith("labels.csv:7: the name ")


@pytest.mark.parametrize(
    "name", ["a", "a/b.png", "./a", "a//b", "...", "a..b", "..a", "ä é.png", "-"]
)
def test_plain_names_are_joined(tmp_path, name):
    assert inside(tmp_path, name) == tmp_path / name
    assert existing_inside(tmp_path, name) == tmp_path / name


@given(
    st.lists(st.sampled_from(["..", ".", "/", "a", "\\", "~", "\n", "a b", "", "//"]), max_size=6)
)
def test_what_is_joined_lies_inside(parts):
    try:
        found = inside("out", "".join(parts))
    except UnsafePathError:
        return
    assert os.path.normpath(found).startswith("out" + os.sep)


def test_links_that_lead_out_are_refused(tmp_path):
    own, other = tmp_path / "own", tmp_path / "other"
    own.mkdir()
    other.mkdir()
    (own / "images").symlink_to(other)
    (own / "file.png").symlink_to(other / "file.png")
    with pytest.raises(UnsafePathError, match="leads by a link to"):
        inside(own, "images/a.png")
    with pytest.raises(UnsafePathError, match="leads by a link to"):
        inside(own, "images/deeper/a.png")
    assert inside(own, "file.png") == own / "file.png"  # writing replaces it
    with pytest.raises(UnsafePathError, match="leads by a link to"):
        existing_inside(own, "file.png")


def test_links_that_stay_inside_are_followed(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").symlink_to("a")
    assert inside(tmp_path, "b/x.png") == tmp_path / "b" / "x.png"


def test_the_folder_itself_may_be_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert inside(tmp_path / "link", "x.png") == tmp_path / "link" / "x.png"


def test_a_loop_of_links_is_refused(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    found = inside(tmp_path, "c/x.png")
    assert found == tmp_path / "c" / "x.png"
    try:
        looped = inside(tmp_path, "a/x.png")
    except UnsafePathError:
        return
    assert looped.parent.parent == tmp_path


def test_one_part():
    assert one_part("beta-gamma") == "beta-gamma"
    for name in ("a/b", "..", "/a", ""):
        with pytest.raises(UnsafePathError):
            one_part(name)


def test_listed_images(tmp_path):
    assert listed("", "/data/a.fits") == Path("/data/a.fits")
    assert listed(Path(), "../a.fits") == Path("../a.fits")
    assert listed(tmp_path, "a/b.fits") == tmp_path / "a" / "b.fits"
    assert listed(tmp_path, str(tmp_path / "a.fits")) == tmp_path / "a.fits"
    for name in ("/etc/passwd", "../a.fits", str(tmp_path / ".." / "a.fits"), "a\0"):
        with pytest.raises(UnsafePathError):
            listed(tmp_path, name)
    with pytest.raises(UnsafePathError):
        listed("", "a\0.fits")
