"""The bars: on a terminal only, for work that is worth one, with rate and time left."""

import io
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
