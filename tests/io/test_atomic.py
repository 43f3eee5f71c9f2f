"""Files appear whole or not at all."""

import errno
import os
import time
from pathlib import Path

import pytest

from halescope.errors import OutputError
from halescope.io.atomic import (
    RESULTS,
    _machine,
    atomic_bytes,
    atomic_path,
    atomic_text,
    check_writable,
    sweep,
)


def test_file_appears_only_after_success(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "er" / "table.csv"
    with atomic_path(target) as fresh:
        assert fresh.suffix == ".csv"
        assert fresh.parent == target.parent
        fresh.write_text("half")
        assert not target.exists()
    assert target.read_text() == "half"
    assert list(target.parent.iterdir()) == [target]


def test_failure_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")

    def interrupted() -> None:
        with atomic_path(target) as fresh:
            fresh.write_text("new, half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    with atomic_path(target) as first, atomic_path(target) as second:
        assert first != second
        first.write_text("1")
        second.write_text("2")
    assert target.read_text() == "1"  # the outer block ends last


def test_unwritable_place_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        atomic_text(tmp_path / "file" / "x.txt", "text")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="folder"):
        atomic_bytes(tmp_path / "folder", b"x")
    assert [p.name for p in (tmp_path / "folder").iterdir()] == []


@pytest.mark.parametrize(
    ("number", "advice"),
    [(errno.ENOSPC, "make room"), (errno.EROFS, "writable"), (errno.ENAMETOOLONG, "shorten")],
)
def test_advice_fits_what_is_wrong(number: int, advice: str, tmp_path: Path) -> None:
    def fail() -> None:
        with atomic_path(tmp_path / "x.txt") as fresh:
            fresh.write_text("half")
            raise OSError(number, os.strerror(number))

    with pytest.raises(OutputError, match=advice):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_folder_is_tried_before_work(tmp_path: Path) -> None:
    check_writable(tmp_path / "new" / "er")
    assert [path.name for path in (tmp_path / "new" / "er").iterdir()] == [RESULTS]
    assert list((tmp_path / "new").iterdir()) == [tmp_path / "new" / "er"]
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        check_writable(tmp_path / "file")


def test_text_is_utf8_with_newlines_as_given(tmp_path: Path) -> None:
    path = atomic_text(tmp_path / "g.txt", "βγδ\r\n\n")
    assert path.read_bytes() == "βγδ\r\n\n".encode()


def test_what_killed_processes_left_is_swept_and_what_living_ones_write_is_not(
    tmp_path: Path,
) -> None:
    import subprocess
    import sys

    program = (
        "import os, sys\n"
        "from halescope.io.atomic import atomic_path\n"
        "with atomic_path(sys.argv[1]) as fresh:\n"
        "    fresh.write_text('half')\n"
        "    os._exit(1)\n"
    )
    (tmp_path / "deep").mkdir()
    for target in (tmp_path / "a.csv", tmp_path / "deep" / "b.csv"):
        subprocess.run([sys.executable, "-c", program, target], check=False)
    foreign = tmp_path / ".part-00000000-1-0123abcd.csv"
    foreign.write_text("of another machine")
    with atomic_path(tmp_path / "c.csv") as mine:
        mine.write_text("half")
        assert len(list(tmp_path.rglob(".part-*"))) == 4
        assert sweep(tmp_path) == 1
        assert sweep(tmp_path, deep=True) == 1
        assert set(tmp_path.rglob(".part-*")) == {mine, foreign}
    os.utime(foreign, (1, 1))
    assert sweep(tmp_path) == 1


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks Linux")
def test_a_process_that_nobody_buried_or_that_came_later_keeps_nothing(tmp_path: Path) -> None:
    import subprocess
    import sys

    ended = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)  # still listed
    (tmp_path / f".part-{_machine()}-{ended.pid}-0123abcd.png").write_text("half")
    assert sweep(tmp_path) == 1
    ended.wait()
    lives = tmp_path / f".part-{_machine()}-{os.getpid()}-0123abcd.png"
    lives.write_text("half")
    assert sweep(tmp_path) == 0
    before = time.time() - 40_000  # this process began: it only has the number
    os.utime(lives, (before, before))
    assert sweep(tmp_path) == 1


def test_durable_file_is_the_same(tmp_path: Path) -> None:
    path = atomic_text(tmp_path / "a.json", "{}", durable=True)
    assert path.read_text() == "{}"
    assert list(tmp_path.iterdir()) == [path]
