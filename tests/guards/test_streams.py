"""Standard streams that are closed, or cannot be written to."""

import subprocess
import sys
from pathlib import Path

import pytest

from halescope.synthetic import Drawing
from halescope.synthetic.files import picture_bytes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")


def shell(words: str, folder: Path) -> int:
    line = f"timeout 60 {sys.executable} -m halescope {words}"
    return subprocess.run(["sh", "-c", line], cwd=folder, check=False).returncode


@pytest.mark.parametrize("closed", ["<&-", "2>&-", "<&- >&- 2>&-"])
def test_a_program_whose_streams_are_closed_works(
    closed: str, tmp_path: Path, small_drawing: Drawing
) -> None:
    (tmp_path / "a.png").write_bytes(picture_bytes(small_drawing.magnetogram, "png"))
    words = "analyze a.png -o out --detector threshold --classifier climatology --table-only"
    assert shell(f"{words} --time 2026-02-01 {closed}", tmp_path) == 0
    assert len((tmp_path / "out" / "catalog.csv").read_text().splitlines()) > 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no /dev/full")
@pytest.mark.parametrize("words", ["--version", "--help"])
def test_what_cannot_be_printed_is_told(words: str, tmp_path: Path) -> None:
    assert shell(f"{words} > /dev/full 2> said", tmp_path) == 2
    assert (tmp_path / "said").read_text().startswith("halescope: what is printed cannot")
    assert shell(f"{words} >&-", tmp_path) == 0
