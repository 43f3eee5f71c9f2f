"""Inputs: files, bytes, folders and globs, and one clear line for each that is bad."""

import io
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from halescope.errors import HalescopeError, ReadError, TimeError, TooLargeError
from halescope.io import expand, read
from halescope.io.atomic import mark_results


def test_content_decides(
    tmp_path: Path, grey_disk: Callable, as_picture: Callable, as_hmi: Callable
) -> None:
    path = tmp_path / "really_a_picture.fits"
    path.write_bytes(as_picture(grey_disk((512, 512), 255, 255, 200)))
    assert read(path).scale == "display"
    path = tmp_path / "really_fits.jpg"
    path.write_bytes(as_hmi(128))
    assert read(str(path)).scale == "gauss"
    assert read(str(path)).name == "really_fits.jpg"


def test_bad_inputs_each_give_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.fits").write_text("not an image")
    for name, words in (
        ("none.jpg", "does not exist"),
        ("empty.jpg", "0 bytes"),
        ("text.fits", "no image"),
        ("", "is a folder"),
    ):
        with pytest.raises(ReadError, match=words) as raised:
            read(tmp_path / name)
        assert "\n" not in str(raised.value)
        assert raised.value.expected


def test_bad_time(tmp_path: Path) -> None:
    with pytest.raises(TimeError, match="yesterday"):
        read(tmp_path / "any.jpg", time="yesterday")


@pytest.mark.parametrize("seed", range(30))
def test_damage_never_ends_in_another_error(seed: int, as_hmi: Callable) -> None:
    rng = np.random.default_rng(seed)
    data = bytearray(as_hmi(64, packed=bool(seed % 2)))
    for _ in range(20):
        data[rng.integers(0, len(data) // 2 if seed % 3 else 3000)] = rng.integers(0, 256)
    with suppress(HalescopeError):
        assert read(bytes(data)).field.shape == (64, 64)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("b.jpg", "a.fits", "deep/er/c.JP2", "deep/d.fits.fz", "notes.txt", ".hidden.jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "void").mkdir()
    return tmp_path


def names(paths: list[Path]) -> list[str]:
    return [p.name for p in paths]


def test_expand_folder(tree: Path) -> None:
    assert names(expand([str(tree)])) == ["a.fits", "b.jpg", "d.fits.fz", "c.JP2"]


def test_expand_glob_and_repeats(tree: Path) -> None:
    assert names(expand([f"{tree}/*.jpg"])) == ["b.jpg"]
    assert names(expand([f"{tree}/**/*.JP2"])) == ["c.JP2"]
    assert names(expand([f"{tree}/d*"])) == ["d.fits.fz", "c.JP2"]
    assert names(expand([str(tree / "b.jpg"), str(tree / "b.jpg"), str(tree / "a.fits")])) == [
        "b.jpg",
        "a.fits",
    ]


def test_expand_keeps_what_is_named(tree: Path) -> None:
    assert names(expand([str(tree / "notes.txt"), str(tree / "absent.jpg")])) == [
        "notes.txt",
        "absent.jpg",
    ]


def test_expand_nothing(tree: Path) -> None:
    with pytest.raises(ReadError, match="folder without pictures"):
        expand([str(tree / "void")])
    with pytest.raises(ReadError, match="matches no file"):
        expand([f"{tree}/*.png"])


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes among files")
def test_only_regular_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.fits")
    for path, words in (
        (tmp_path / "pipe.fits", "is a pipe; expected a regular file"),
        ("/dev/zero", "is a device"),
        (tmp_path, "is a folder"),
    ):
        start = time.monotonic()
        with pytest.raises(ReadError, match=words):
            read(path)
        assert time.monotonic() - start < 5


def test_size_is_looked_at_before_reading(tmp_path: Path) -> None:
    with (tmp_path / "sparse.fits").open("wb") as file:
        file.truncate(3 * 10**9)
    with pytest.raises(TooLargeError, match=r"3,000,000,000 bytes.*--max-size"):
        read(tmp_path / "sparse.fits")
    (tmp_path / "small.png").write_bytes(bytes(2000))
    with pytest.raises(TooLargeError, match="at most 1,999"):
        read(tmp_path / "small.png", most=1999)
    with pytest.raises(TooLargeError, match="more than"):
        read(io.BytesIO(bytes(3000)), most=1999)


def test_folders_of_results_are_no_input(tmp_path: Path) -> None:
    (tmp_path / "day").mkdir()
    for name in ("a.png", "day/b.fits"):
        (tmp_path / name).write_bytes(b"x")
    out = tmp_path / "out"
    mark_results(out)
    (out / "a" / "crops").mkdir(parents=True)
    for name in ("a/overlay.png", "a/crops/a_01.png"):
        (out / name).write_bytes(b"x")
    old = tmp_path / "old" / "c"  # of a version that marked nothing, with an input beside
    (old / "crops").mkdir(parents=True)
    for name in ("regions.json", "overlay.png", "crops/c_01.png", "c.png"):
        (old / name).write_bytes(b"x")
    expected = ["a.png", "day/b.fits", "old/c/c.png"]
    assert [p.relative_to(tmp_path).as_posix() for p in expand([tmp_path])] == expected
    found = expand([f"{tmp_path}/**/*.*"])
    names = {p.relative_to(tmp_path).as_posix() for p in found}
    assert names & {"out/a/overlay.png", "out/a/crops/a_01.png"} == set()
    assert {"a.png", "day/b.fits"} <= names
    with pytest.raises(ReadError, match="folder of results"):
        expand([out])
    assert expand([out / "a" / "overlay.png"]) == [out / "a" / "overlay.png"]


def test_globs_agree_with_python_and_follow_no_loop(tmp_path: Path) -> None:
    import glob

    for name in ("a.png", "b/c.png", "b/d/e.jpg", "b/.hidden.png", "[x].png", ".f/g.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    for pattern in (
        "*.png",
        "**/*.png",
        "b/**/*.jpg",
        "*/*.p?g",
        "[[]x].png",
        "**/[ac]*.png",
        "b/d/*",
    ):
        expected = sorted(glob.glob(f"{tmp_path}/{pattern}", recursive=True))
        assert sorted(map(str, expand([f"{tmp_path}/{pattern}"]))) == expected
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    (tmp_path / "b" / "d" / "loop").symlink_to(tmp_path)
    assert len(expand([f"{tmp_path}/**/*.png"])) == 3


def test_links_to_themselves_and_homes_of_nobody_are_told(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "circle.png").symlink_to("circle.png")
    (tmp_path / "a.png").write_bytes(b"x")
    assert expand([f"{tmp_path}/**/a.png"]) == [tmp_path / "a.png"]
    assert expand([tmp_path]) == [tmp_path / "a.png", tmp_path / "circle.png"]
    for path in (tmp_path / "circle.png", tmp_path / "circle" / "a.png", "~nobody-at-all/a.png"):
        with pytest.raises(ReadError):
            read(expand([path])[0])
