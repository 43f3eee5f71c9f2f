"""Bounds of one request: its time, its rate, its size, one by one."""

import time
import urllib.request
from types import SimpleNamespace

import pytest

from halescope.fetch import web
from halescope.fetch.answers import ContentError
from halescope.fetch.transfer import Limits, Transfer
from halescope.fetch.web import HEADERS, Bounds, _Watched, everywhere


def bounds(**more):
    return Bounds(**{"until": time.monotonic() + 100, "timeout": 60.0} | more)


class Source:
    """A socket that brings so many bytes each time."""

    def __init__(self, *pieces):
        self.pieces, self.limits = list(pieces), []

    def settimeout(self, seconds):
        self.limits.append(seconds)

    def readinto(self, buffer):
        return self.pieces.pop(0)

    def close(self):
        self.closed = True


def watched(source, **more):
    return _Watched(source, source, bounds(**more))


def test_what_is_left_of_the_time_is_the_most_to_wait():
    now = time.monotonic()
    assert Bounds(now + 100, 60).remaining(5) == 5
    assert Bounds(now + 3, 60).remaining(5) == pytest.approx(3, abs=0.2)
    assert Bounds(now + 100, 60).remaining(None) == 60
    assert Bounds(now + 100, 60).remaining(object()) == 60
    with pytest.raises(TimeoutError, match="too long"):
        Bounds(now - 0.1, 60).remaining(5)


def test_headers_may_have_a_quarter_of_a_mebibyte():
    source = Source(HEADERS - 5, 5, 1)
    stream = watched(source)
    assert HEADERS == 262_144
    assert (stream.readinto(b""), stream.readinto(b"")) == (HEADERS - 5, 5)
    with pytest.raises(ConnectionError, match="more than it may"):
        stream.readinto(b"")
    assert len(source.limits) == 3
    assert max(source.limits) == 60
    ends = watched(Source(None, 0))
    assert (ends.readinto(b""), ends.readinto(b"")) == (None, 0)
    assert ends.left == HEADERS
    assert ends.readable()


def test_the_rate_is_looked_at_over_a_time_limit(monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(web, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    stream = _Watched(*[Source(*[100] * 20)] * 2, Bounds(1e9, 10.0, slowest=10.0))
    for wait in (5, 5, 0.5):  # 300 bytes in 10.5 s; the count begins again
        clock[0] += wait
        assert stream.readinto(b"") == 100
    clock[0] += 10  # exactly the time limit: not yet looked at
    assert stream.readinto(b"") == 100
    clock[0] += 9.9  # 200 bytes in 19.9 s, ten a second
    assert stream.readinto(b"") == 100
    clock[0] += 10.1  # 100 bytes in 10.1 s
    with pytest.raises(TimeoutError, match="sends 10 bytes a second"):
        stream.readinto(b"")


def test_a_body_may_be_twice_its_size_for_what_chunks_add(server):
    """The stream's own limit is above the transfer's, which counts the body alone."""
    server.serve("/file", bytes(1000))
    allowed = bounds(most=400)
    answer = allowed.open(urllib.request.Request(server.url + "file"))
    (reference,) = allowed.streams
    left = 2 * 400 + HEADERS
    assert reference().left == left
    assert len(answer.read()) == 1000


def test_answers_of_the_greatest_size_and_one_more(server, tmp_path):
    server.serve("/file", bytes(1000))
    for most, fine in ((1000, True), (999, False)):
        transfer = Transfer(Limits(timeout=2, retries=0, pause=0, max_bytes=most))
        target = tmp_path / str(most)
        if fine:
            assert transfer.download(server.url + "file", target).bytes == 1000
            assert len(transfer.get(server.url + "file", most)) == 1000
        else:
            with pytest.raises(ContentError, match="does not end"):
                transfer.download(server.url + "file", target)
            with pytest.raises(ContentError, match="more than 999 bytes"):
                transfer.get(server.url + "file", most)


def test_other_libraries_keep_to_the_bounds_while_asked(server):
    server.serve("/file", b"abc")
    before = urllib.request._opener
    with everywhere(bounds()):
        assert urllib.request.urlopen(server.url + "file").read() == b"abc"
        assert urllib.request._opener is not before
    assert urllib.request._opener is before
    with everywhere(Bounds(time.monotonic() - 1, 60.0)), pytest.raises(OSError, match="too long"):
        urllib.request.urlopen(server.url + "file")


@pytest.mark.parametrize("address", ["ftp://a/b", "file:///etc/hostname", "data:,x"])
def test_only_the_web_is_asked(address):
    with pytest.raises(ContentError, match="no web address"):
        bounds().open(urllib.request.Request(address))


def test_limits_that_are_documented():
    """docs/security.md: 1800 s and 2 GiB for a file, 60 s without a byte, 256 bytes a second."""
    limits = Limits()
    assert (limits.timeout, limits.patience) == (60, 1800)
    assert (limits.max_bytes, limits.slowest) == (2 * 1024**3, 256)
    assert (limits.retries, limits.backoff, limits.longest_wait, limits.pause) == (4, 1, 60, 0.5)
    assert limits.other_hosts is False
    assert (Bounds(0, 1).most, Bounds(0, 1).other_hosts, Bounds(0, 1).slowest) == (2**31, False, 0)
