"""The bars: on a terminal only, for work that is worth one, with rate and time left."""

import io
import json
import sys

import pytest

from halescope.commands.progress import LEAST, bar, bars


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "total", "quiet", "shown"),
    [
        (Terminal(), 20, False, True),
        (Terminal(), 0, False, True),
        (Terminal(), LEAST - 1, False, False),
        (Terminal(), 20, True, False),
        (io.StringIO(), 1000, False, False),
    ],
)
def test_bar(monkeypatch, capsys, stream, total, quiet, shown):
    monkeypatch.setattr(sys, "stderr", stream)
    with bar("labelling", total, quiet) as advance:
        for _ in range(total or 3):
            advance()
    assert ("labelling" in stream.getvalue()) == shown
    assert ("/s" in stream.getvalue()) == shown
    assert capsys.readouterr().out == ""


def test_lines_stay_on_standard_output(monkeypatch, capsys):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with bars() as start:
        for title in ("images", "trees"):
            advance = start(title, 5)
            advance()
            print(f"done with {title}")  # noqa: T201
    assert capsys.readouterr().out == "done with images\ndone with trees\n"
    assert "5" in stream.getvalue()
    assert "done with" not in stream.getvalue()


def test_progress_is_written_for_a_program_that_asks(monkeypatch, tmp_path):
    path = tmp_path / "progress.json"
    monkeypatch.setenv("HALESCOPE_PROGRESS", str(path))
    with bar("drawing", 3, quiet=True) as advance:
        assert json.loads(path.read_text())["bars"][0]["done"] == 0
        for _ in range(3):
            advance()
    told = json.loads(path.read_text())
    assert {key: told["bars"][0][key] for key in ("title", "done", "total")} == {
        "title": "drawing",
        "done": 3,
        "total": 3,
    }
    assert told["bars"][0]["begun"] <= told["time"]
    monkeypatch.setenv("HALESCOPE_PROGRESS", str(tmp_path / "none" / "progress.json"))
    with bar("drawing", 3) as advance:
        advance()
    assert list(tmp_path.iterdir()) == [path]
