"""Inputs: files, bytes, folders and globs, and one clear line for each that is bad."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from halescope.errors import HalescopeError, ReadError, TimeError
from halescope.io import expand, read


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
