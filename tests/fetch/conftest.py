"""A server that speaks the services' protocols, and the commands that ask it."""

from datetime import UTC, datetime, timedelta

import pytest

from halescope.fetch.transfer import Limits, Transfer
from loopback.helioviewer import Helioviewer


@pytest.fixture
def transfer():
    return Transfer(Limits(timeout=2, retries=1, backoff=0.01, pause=0))


@pytest.fixture
def sun(server):
    """Return a Helioviewer that has an image at each hour from 00:00 to 05:00, 47 s late."""
    service = Helioviewer(server)
    for hour in range(6):
        time = datetime(2026, 2, 1, hour, 0, 47, tzinfo=UTC)
        service.add(time, grey=120 + hour)
    return service


@pytest.fixture
def fetch(capsys):
    """Return a call of `halescope fetch` that gives exit code, output and error output."""
    from halescope.cli import run

    def call(*words, quick=True):
        few = ["--timeout", "2", "--retries", "1", "--backoff", "0.01", "--pause", "0"]
        command, *rest = map(str, words)
        code = run(["fetch", command, *(few if quick else []), *rest])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def hours():
    return [datetime(2026, 2, 1, tzinfo=UTC) + timedelta(hours=h) for h in range(6)]
