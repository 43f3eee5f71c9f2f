"""HTTP whose answers end: a deadline, a least rate, sizes, and no other host than the one asked."""

from __future__ import annotations

import io
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPMessage, HTTPResponse, HTTPSConnection
from typing import IO, Any
from urllib.parse import urlsplit
from weakref import ReferenceType, ref

from halescope.fetch.answers import ContentError

HEADERS = 2**18
"""Bytes of an answer before its body, at most."""


@dataclass
class Bounds:
    """What one request, with all its redirects, may take.

    Parameters
    ----------
    until : float
        `time.monotonic` at which it must be over.
    timeout : float
        Seconds without a byte.
    slowest : float
        Bytes a second: an answer that brings less over `timeout` seconds is given up.
    most : int
        Bytes of the body.
    other_hosts : bool
        Whether redirects may lead to another host.
    """

    until: float
    timeout: float
    slowest: float = 0.0
    most: int = 2**31
    other_hosts: bool = False
    streams: list[ReferenceType[_Watched]] = field(default_factory=list)

    def remaining(self, timeout: object) -> float:
        """Return the seconds to wait for a byte; TimeoutError where the time is over."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("takes too long in all")
        return min(timeout if isinstance(timeout, int | float) else self.timeout, left)

    def open(self, request: urllib.request.Request) -> HTTPResponse:
        """Send a request and return the answer, its body still to come.

        Raises
        ------
        OSError, HTTPException
            As urllib raises them; `TimeoutError` too where the answer is too slow.
        ContentError
            It leads to another host, or to something that is not on the web.
        """
        if urlsplit(request.full_url).scheme not in ("http", "https"):
            raise ContentError(request.full_url, "is no web address", "http:// or https://")
        answer: HTTPResponse = opener(self).open(request, timeout=self.timeout)
        for reference in self.streams:
            if (stream := reference()) is not None:
                stream.left = 2 * self.most + HEADERS  # chunks have headers of their own
        return answer


def opener(bounds: Bounds) -> urllib.request.OpenerDirector:
    """Return what opens addresses of the web, and of nothing else, within bounds."""
    made = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        _Http(bounds),
        _Https(bounds),
        urllib.request.HTTPDefaultErrorHandler(),
        _Redirects(bounds),
        urllib.request.HTTPErrorProcessor(),
    ):
        made.add_handler(handler)
    return made


@contextmanager
def everywhere(bounds: Bounds) -> Iterator[None]:
    """Let libraries that call `urllib.request.urlopen` keep to bounds while the block runs."""
    before = urllib.request._opener  # type: ignore[attr-defined]
    urllib.request.install_opener(opener(bounds))
    try:
        yield
    finally:
        urllib.request.install_opener(before)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to where they may lead."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds

    def http_error_302(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage
    ) -> Any:
        """Follow a redirect; ContentError where its address is none."""
        try:
            return super().http_error_302(req, fp, code, msg, headers)
        except (ValueError, ContentError) as error:
            fp.close()
            if isinstance(error, ContentError):
                raise
            found = f"sends on to what is no address ({error})"
            raise ContentError(req.full_url, found, "a web address") from error

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Return the request for where an answer sends on; ContentError where it may not."""
        here, there = urlsplit(req.full_url), urlsplit(newurl)
        if there.scheme not in ("http", "https"):
            raise ContentError(req.full_url, f"sends on to {newurl[:200]}", "a web address")
        if there.hostname != here.hostname and not self._bounds.other_hosts:
            found = f"sends on to another host, {there.hostname}"
            raise ContentError(req.full_url, found, here.hostname or "", "--other-hosts follows it")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Http(urllib.request.HTTPHandler):
    def __init__(self, bounds: Bounds) -> None:
        super().__init__()
        self._bounds = bounds

    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        """Open an address with a watched connection."""

        def connection(host: str, **more: Any) -> HTTPConnection:
            return _watched(HTTPConnection(host, **more), self._bounds)

        return self.do_open(connection, req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, bounds: Bounds) -> None:
        super().__init__()
        self._bounds = bounds

    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        """Open an address with a watched connection."""

        def connection(host: str, **more: Any) -> HTTPConnection:
            return _watched(HTTPSConnection(host, **more), self._bounds)

        return self.do_open(connection, req)


def _watched(connection: HTTPConnection, bounds: Bounds) -> HTTPConnection:
    """Return a connection whose answers are read through `_Watched`."""
    connect = connection.connect

    def connect_watched() -> None:
        connection.timeout = bounds.remaining(connection.timeout)
        connect()
        connection.sock = _Socket(connection.sock, bounds)

    connection.connect = connect_watched  # type: ignore[method-assign]
    return connection


class _Socket:
    """A socket whose file is watched."""

    def __init__(self, sock: Any, bounds: Bounds) -> None:
        self._sock, self._bounds = sock, bounds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def makefile(self, mode: str = "rb") -> io.BufferedReader:
        raw = _Watched(self._sock, self._sock.makefile(mode, buffering=0), self._bounds)
        self._bounds.streams.append(ref(raw))
        return io.BufferedReader(raw)


class _Watched(io.RawIOBase):
    """What a socket brings, given up where it is too late, too slow or too much."""

    def __init__(self, sock: Any, raw: Any, bounds: Bounds) -> None:
        self._sock, self._raw, self._bounds = sock, raw, bounds
        self.left = HEADERS
        self._since, self._got = time.monotonic(), 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what is there, at least a byte; TimeoutError, ConnectionError where it must end."""
        self._sock.settimeout(self._bounds.remaining(self._bounds.timeout))
        got: int | None = self._raw.readinto(buffer)
        self.left -= got or 0
        self._got += got or 0
        if self.left < 0:
            raise ConnectionError("sends more than it may")
        span = time.monotonic() - self._since
        if span > self._bounds.timeout:
            if self._got < self._bounds.slowest * span:
                rate = self._got / span
                raise TimeoutError(f"sends {rate:.0f} bytes a second")
            self._since, self._got = time.monotonic(), 0
        return got

    def close(self) -> None:
        """Close the socket's file too."""
        self._raw.close()
        super().close()
