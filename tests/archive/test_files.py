"""Listing sources, dividing them into tasks, and what folders are called elsewhere."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halescope.archive.files import UNKNOWN, Listing, list_files, parse_step, text_of
from halescope.archive.keys import identity_of
from halescope.archive.remote import content, mapped
from halescope.archive.store.lock import held
from halescope.archive.tasks import LEAST, MOST, divide
from halescope.errors import ConfigError, ReadError, TooLargeError
from halescope.fetch.record import MANIFEST, Record, Row


def test_folder_glob_list_file_and_manifest_name_the_same(sky: Path, tmp_path: Path) -> None:
    (sky / ".hidden.jpg").write_text("x")
    (sky / "notes.md").write_text("x")
    files = sorted(str(p) for p in sky.glob("HMI*"))
    listed = list_files([str(sky)])
    assert listed.paths == files
    first = datetime(2014, 12, 30, tzinfo=UTC)
    assert listed.time[0] == first.timestamp() * 1000
    assert listed.size.tolist() == [3 + n % 4 for n in range(72)]
    assert listed.mtime[3] == os.stat(files[3]).st_mtime_ns
    (tmp_path / "list.txt").write_text("# own\n\n" + "\n".join(files) + "\n")
    record = Record(sky)
    for path in files:
        record.add(Row("helioviewer/HMI", path, path, file=Path(path).name))
    record.add(Row("helioviewer/HMI", "later", status="missing"))
    record.close()
    for sources in (
        [f"{sky}/*.jpg"], [str(tmp_path / "list.txt")], files[::-1], [str(sky), f"{sky}/H*"],
        [str(sky / MANIFEST)], [f"file://{sky}"],
    ):  # fmt: skip
        found = list_files(sources)
        names = [path.removeprefix("file://") for path in found.paths if path.endswith(".jpg")]
        assert names == files, sources


def test_every_step_keeps_its_first(sky: Path) -> None:
    (sky / "no time.jpg").write_text("x")
    found = list_files([str(sky)], parse_step("6h"))
    names = [Path(p).name for p in found.paths]
    assert len(names) == 13
    assert names[-1] == "no time.jpg"
    assert all(name[16:18] in ("00", "06", "12", "18") for name in names[:-1])


def test_links_in_circles_and_results_are_no_files(sky: Path, tmp_path: Path) -> None:
    files = sorted(str(p) for p in sky.glob("HMI*"))
    for name in ("one", "two", "three"):
        (sky / name).symlink_to(sky)
    (sky / "circle").symlink_to("circle")
    with held(sky / "archive"):
        (sky / "archive" / "crops").mkdir()
        (sky / "archive" / "crops" / "HMI.m2014.12.30_00.00.00_01_B.png").write_bytes(b"x")
        (sky / "done").mkdir()
        (sky / "done" / "regions.json").write_text("{}")
        (sky / "done" / "overlay.png").write_bytes(b"x")
        for source in (str(sky), f"{sky}/**/*.[jp][pn]g"):
            assert [p for p in list_files([source]).paths if "overlay" not in p] == files
        assert list_files([str(sky)]).paths == files
        with pytest.raises(ReadError, match="results"):
            list_files([str(sky / "archive")])


@pytest.mark.parametrize("text", ["", "h", "-1h", "0m", "1y", "nanh", "infd", "1"])
def test_steps_that_are_none(text: str) -> None:
    with pytest.raises(ConfigError, match="--every"):
        parse_step(text)


def test_sources_that_lead_nowhere(tmp_path: Path) -> None:
    for source in (str(tmp_path), str(tmp_path / "gone"), f"{tmp_path}/*.jpg", "nope://x/y"):
        with pytest.raises(ReadError):
            list_files([source])


def test_many_files_in_one_folder(tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(3000):
        (folder / f"{number:06d}.jpg").touch()
    assert len(list_files([str(folder)])) == 3000


def listing(hours: list[int]) -> Listing:
    numbers = np.array(sorted(hours), np.int64)
    time = np.where(numbers < 0, UNKNOWN, numbers * 3_600_000)
    paths = [f"/a/{n}" for n in range(len(hours))]
    return Listing(paths, numbers, numbers, time)


@given(st.lists(st.integers(-5, 500), max_size=400), st.integers(1, 9))
def test_tasks_hold_every_file_once_in_order(hours: list[int], workers: int) -> None:
    files = listing(hours)
    own = [identity_of("k", path, 1, 1) for path in files.paths]
    tasks = list(divide(files, own, 7, workers))
    assert [file.path for task in tasks for file in task.files] == files.paths
    assert len({task.name for task in tasks}) == len(tasks)
    for task in tasks[:-1]:
        assert LEAST <= len(task) <= 2 * MOST
        assert task.name.startswith("00007-")


def test_tasks_end_with_a_day_where_they_can() -> None:
    files = listing(list(range(24 * 30)))
    own = [identity_of("k", path, 1, 1) for path in files.paths]
    tasks = list(divide(files, own, 1))
    assert all(task.files[-1].time % 86_400_000 == 23 * 3_600_000 for task in tasks)


@given(st.text(min_size=1), st.integers(-1, 1 << 60), st.integers(-1, 1 << 60))
def test_identity_depends_on_everything(path: str, size: int, mtime: int) -> None:
    own = identity_of("key", path, size, mtime)
    others = {
        identity_of("yek", path, size, mtime), identity_of("key", path + "x", size, mtime),
        identity_of("key", path, size + 1, mtime), identity_of("key", path, size, mtime + 1),
    }  # fmt: skip
    assert own not in others
    assert len(others) == 4


def test_folders_elsewhere() -> None:
    maps = (("/mnt/a", "/data/a"), ("/mnt/a/b/", "/fast"), ("s3://x", "s3://y"))
    assert mapped("/mnt/a/1.jpg", maps) == "/data/a/1.jpg"
    assert mapped("/mnt/a/b/1.jpg", maps) == "/fast/1.jpg"
    assert mapped("/mnt/ab/1.jpg", maps) == "/mnt/ab/1.jpg"
    assert mapped("/mnt/a", maps) == "/data/a"
    assert mapped("s3://x/1", maps) == "s3://y/1"


def test_content_here_elsewhere_and_behind_an_address(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"seen")
    assert content(str(tmp_path / "a")) == b"seen"
    assert content("/far/a", (("/far", str(tmp_path)),)) == b"seen"
    assert content(f"file://{tmp_path}/a") == b"seen"
    with pytest.raises(OSError, match="No such file"):
        content(str(tmp_path / "b"))


def test_text_of_names() -> None:
    assert text_of("ü") == "ü"
    assert text_of(os.fsdecode(b"\xff")) == "\\xff"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no pipes")
def test_only_regular_files_of_bounded_size_are_read(tmp_path: Path, monkeypatch) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(ReadError, match="is a pipe"):
        content(str(tmp_path / "pipe.png"))
    with pytest.raises(ReadError, match="is a device"):
        content("/dev/zero")
    with (tmp_path / "sparse.fits").open("wb") as stream:
        stream.truncate(3 << 30)
    with pytest.raises(TooLargeError, match="3,221,225,472 bytes"):
        content(str(tmp_path / "sparse.fits"))
    monkeypatch.setattr("halescope.archive.remote.MOST_BYTES", 5)
    (tmp_path / "six.png").write_bytes(b"123456")
    with pytest.raises(TooLargeError):
        content(f"file://{tmp_path}/six.png")


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="has no timers")
def test_a_file_that_takes_too_long_ends_its_process() -> None:
    code = "import time; from halescope.archive.work import alarm\nwith alarm({}): time.sleep({})"
    for seconds, pause, ends in ((0.2, 20, -signal.SIGALRM), (20, 0, 0), (0, 0, 0)):
        words = [sys.executable, "-c", code.format(seconds, pause)]
        assert subprocess.run(words, check=False, timeout=30).returncode == ends
