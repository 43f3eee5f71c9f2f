"""The bar: on a terminal only, and for work that is worth one."""

import io
import sys

import pytest

from halescope.commands.progress import LEAST, bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "total", "shown"),
    [
        (Terminal(), LEAST, True),
        (Terminal(), 0, True),
        (Terminal(), LEAST - 1, False),
        (io.StringIO(), 1000, False),
    ],
)
def test_bar(monkeypatch, capsys, stream, total, shown):
    monkeypatch.setattr(sys, "stderr", stream)
    with bar("labelling", total) as advance:
        for _ in range(total or 3):
            advance()
    assert ("labelling" in stream.getvalue()) == shown
    assert capsys.readouterr().out == ""
