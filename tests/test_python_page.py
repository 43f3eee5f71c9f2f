"""The code of docs/python.md runs as it stands, from the first block to the last."""

import re
from pathlib import Path

import pytest

from halescope.cli import run

pytest.importorskip("matplotlib").use("Agg")
for library in ("sunpy.map", "pandas", "regions"):
    pytest.importorskip(library)


@pytest.mark.filterwarnings("ignore")  # sunpy's and matplotlib's
def test_the_page_runs(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (root / "docs" / "python.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    draws = re.findall(r"^halescope (draw .*)$", page, re.MULTILINE)
    assert len(blocks) >= 8
    assert len(draws) == 2
    monkeypatch.chdir(tmp_path)
    for line in draws:
        assert run(line.split()) == 0
    names: dict[str, object] = {}
    for number, block in enumerate(blocks, 1):
        exec(compile(block, f"block {number} of python.md", "exec"), names)
    assert "time: is of type int; expected a datetime" in capsys.readouterr().out
    for name in ("overlay.png", "catalog.votable", "regions.reg", "disk_plot.png", "map_plot.png"):
        assert (tmp_path / name).stat().st_size > 0
