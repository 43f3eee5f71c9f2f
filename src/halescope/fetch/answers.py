"""What a service's answer or failure means: try again, resume, or give up."""

from __future__ import annotations

import socket
import time
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse
from importlib.util import find_spec

from halescope.errors import FetchError, MissingExtraError

_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class ServiceDownError(FetchError):
    """The service does not answer, answers with a server's error, or breaks off again and again."""


class NotThereError(FetchError):
    """The service answers that it has no such thing."""


class ContentError(FetchError):
    """The service sent something else: a web page, a truncated or another day's image."""


def need(*libraries: str) -> None:
    """Check that libraries of the extra ``[sun]`` are installed; else MissingExtraError."""
    for library in libraries:
        if find_spec(library) is None:
            raise MissingExtraError(library, "sun")


@contextmanager
def socket_timeout(seconds: float) -> Iterator[None]:
    """Give libraries that set no timeout this one, for as long as the block runs."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def seconds_to_wait(what: str, error: OSError | HTTPException, last: bool) -> float:
    """Return the seconds that the service asks to wait before the next try.

    Where trying again is vain it raises NotThereError, ContentError or ServiceDownError. `what`:
    address or service, for the error. `last`: whether this was the last try.
    """
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        if error.code in (404, 410):
            raise NotThereError(what, f"is not there ({error.code})") from error
        if error.code not in _AGAIN:
            raise ContentError(what, f"is refused ({error.code} {error.reason})") from error
        if last:
            found = f"answers with an error ({error.code} {error.reason})"
            raise ServiceDownError(what, found, "", "try again later") from error
        return retry_after(error)
    if last:
        raise ServiceDownError(what, reason(error), "", "try again later") from error
    return 0.0


def reason(error: OSError | HTTPException) -> str:
    """Return what happened to a request, in plain words."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return "does not answer in time"
    if isinstance(cause, socket.gaierror):
        return "cannot be found: no network, or a wrong address"
    if isinstance(cause, ConnectionRefusedError):
        return "refuses the connection: the service is down"
    if isinstance(cause, ConnectionResetError | HTTPException):
        return f"breaks off in the middle ({type(cause).__name__})"
    return str(cause) or type(cause).__name__


def retry_after(error: urllib.error.HTTPError) -> float:
    """Return the seconds that a service asks to wait, 0 where it does not."""
    text = (error.headers.get("Retry-After") or "").strip()
    if text.isdecimal():
        return float(text)
    with suppress(ValueError, TypeError):
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    return 0.0


def first_byte(answer: HTTPResponse, have: int, total: int | None) -> int:
    """Return at which byte an answer begins: 0 where the service ignores ranges.

    `have`: bytes that were asked to be left out. `total`: size of the whole file, where it is known
    from before. Raises `ConnectionError`: it begins at another place.
    """
    if answer.status != 206:
        return 0
    span = answer.headers.get("Content-Range", "")
    begin, _, size = span.removeprefix("bytes ").partition("/")
    if begin.split("-")[0] != str(have) or (total and size.isdecimal() and int(size) != total):
        raise ConnectionError(f"resumes at another place ({span or 'no Content-Range'})")
    return have


def refuse_page(url: str, answer: HTTPResponse) -> None:
    """Raise ContentError for a web page where a file was asked for."""
    kind = answer.headers.get_content_type()
    if kind in ("text/html", "application/xhtml+xml"):
        raise ContentError(url, "answers with a web page", "a file")


def check_length(answer: HTTPResponse, got: int) -> None:
    """Raise ConnectionError for an answer of fewer bytes than it announced."""
    promised = answer.headers.get("Content-Length")
    if promised is not None and promised.isdecimal() and got < int(promised):
        raise ConnectionError(f"breaks off in the middle ({got} of {promised} bytes)")
