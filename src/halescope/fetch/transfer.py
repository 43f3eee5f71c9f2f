"""Requests that time out, retry, resume, keep a polite rate, and leave whole files or none."""

from __future__ import annotations

import math
import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any, TypeVar

from halescope._version import __version__
from halescope.fetch.answers import (
    ContentError,
    ServiceDownError,
    check_length,
    first_byte,
    refuse_page,
    seconds_to_wait,
    socket_timeout,
)
from halescope.fetch.files import (
    PARTIAL,
    cache_place,
    claimed,
    describe,
    digest,
    remember,
    tidy,
    validator_of,
    writing,
)
from halescope.fetch.web import Bounds, everywhere
from halescope.guards.checksum import checksum
from halescope.guards.documents import from_json
from halescope.io.atomic import atomic_path

Result = TypeVar("Result")

_CHUNK = 2**16

_NOT_AS_USUAL = (
    ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError,
)  # fmt: skip
"""What libraries raise over an answer that is no JSON, or not the JSON that it should be."""


@dataclass(frozen=True)
class Limits:
    """How patient and how polite to be.

    Parameters
    ----------
    timeout : float
        Seconds that a connection, or the next piece of an answer, may take.
    retries : int
        Further tries after the first.
    backoff : float
        Seconds before the second try; doubled for each further one.
    longest_wait : float
        Seconds, the most to wait before a try, also where the service asks for more.
    pause : float
        Seconds, the least between the starts of two requests.
    patience : float
        Seconds that one file may take in all.
    max_bytes : int
        The most that is accepted as one file.
    slowest : float
        Bytes a second: an answer that brings less for `timeout` seconds is given up and asked for
        again.
    other_hosts : bool
        Whether a redirect may lead to another host than the one that was asked.
    """

    timeout: float = 60.0
    retries: int = 4
    backoff: float = 1.0
    longest_wait: float = 60.0
    pause: float = 0.5
    patience: float = 1800.0
    max_bytes: int = 2**31
    slowest: float = 256.0
    other_hosts: bool = False


@dataclass(frozen=True)
class Received:
    """Size and checksum of a file that arrived."""

    bytes: int
    sha256: str


class Transfer:
    """Talks HTTP for all services.

    `cache`: folder of files by address, shared by several runs.
    """

    def __init__(self, limits: Limits | None = None, cache: Path | None = None) -> None:
        self.limits = limits or Limits()
        self.cache = cache
        self._last = -1e9
        self._bounds = self._bounds_until(math.inf)

    def attempt(self, what: str, call: Callable[[], Result]) -> Result:
        """Return what `call` returns, called again while the service fails.

        `what`: address or service, for the error. `call`: raises OSError or HTTPException, as
        urllib does and as libraries over it do. Raises `NotThereError`, `ContentError`,
        `ServiceDownError`.
        """
        end = time.monotonic() + self.limits.patience
        for number in range(self.limits.retries + 1):
            self.keep_rate()
            self._bounds = self._bounds_until(end)
            try:
                return call()
            except (OSError, HTTPException) as error:
                last = number == self.limits.retries or time.monotonic() >= end
                wait = seconds_to_wait(what, error, last)
            wait = min(max(wait, self.limits.backoff * 2**number), self.limits.longest_wait)
            time.sleep(max(0.0, min(wait, end - time.monotonic())))
        raise ServiceDownError(what, "was never tried", "retries of at least 0", "")

    def through(self, what: str, call: Callable[[], Result]) -> Result:
        """Return what another library's call returns, with this one's timeout and retries.

        What it raises over an answer that is not as usual becomes ContentError; see `attempt`.
        """

        def timed() -> Result:
            with socket_timeout(self.limits.timeout), everywhere(self._bounds):
                return call()

        try:
            return self.attempt(what, timed)
        except _NOT_AS_USUAL as error:
            found = f"answers with something else ({type(error).__name__}: {str(error)[:80]})"
            raise ContentError(what, found, "its usual answer and no web page") from error

    def keep_rate(self) -> None:
        """Wait until the next request is polite."""
        wait = self._last + self.limits.pause - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        self._last = time.monotonic()

    def get(self, url: str, most: int = 2**26) -> bytes:
        """Return an answer of at most so many bytes whole."""

        def call() -> bytes:
            with self._open(url, {}) as answer:
                body = bytearray()
                while len(body) <= most and (piece := answer.read1(_CHUNK)):
                    body += piece
                if len(body) <= most:
                    check_length(answer, len(body))
                return bytes(body)

        body = self.attempt(url, call)
        if len(body) > most:
            raise ContentError(url, f"sends more than {most} bytes", "a short answer")
        return body

    def json(self, url: str) -> Any:
        """Return a JSON answer; ContentError if it is none: services in distress send web pages."""
        body = self.get(url)
        try:
            return from_json(body)
        except ValueError as error:
            raise ContentError(url, f"answers with {describe(body)}", "JSON") from error

    def download(
        self, url: str, target: Path, check: Callable[[Path], object] | None = None
    ) -> Received:
        """Get a file; it appears under its name when it is whole and its check agrees.

        `check`: raises ContentError for a file that is not what was wanted. Raises `NotThereError`,
        `ContentError`, `ServiceDownError`, `OutputError`.
        """
        kept = self._from_cache(url, target, check)
        if kept is not None:
            return kept
        with claimed(target.parent / PARTIAL / digest(url)[:24]) as partial:
            received = self._downloaded(url, partial, target, check)
        self._to_cache(url, target)
        return received

    def _downloaded(
        self, url: str, partial: Path, target: Path, check: Callable[[Path], object] | None
    ) -> Received:
        started = time.monotonic()
        try:
            self.attempt(url, lambda: self._receive(url, partial, started))
            try:
                if check is not None:
                    check(partial)
                received = Received(partial.stat().st_size, checksum(partial))
                os.replace(partial, target)
            except ContentError:
                partial.unlink()
                raise
        finally:
            tidy(partial)
        return received

    def _receive(self, url: str, partial: Path, started: float) -> None:
        """Append what is still lacking to the partial file; OSError where it breaks off."""
        have = partial.stat().st_size if partial.exists() else 0
        validator = validator_of(partial)
        headers = {"Range": f"bytes={have}-"} if have else {}
        if have and validator.get("tag"):
            headers["If-Range"] = validator["tag"]
        try:
            answer = self._open(url, headers)
        except urllib.error.HTTPError as error:
            if error.code == 416 and have:  # nothing after what is there, or another file by now
                error.close()
                partial.unlink()
                raise ConnectionError("its file changed during the transfer") from error
            raise
        with answer:
            have = first_byte(answer, have, validator.get("total"))
            refuse_page(url, answer)
            remember(partial, answer.headers, have)
            got = self._append(url, answer, partial, have, started)
            check_length(answer, got)

    def _append(
        self, url: str, answer: HTTPResponse, partial: Path, have: int, started: float
    ) -> int:
        got = 0
        with writing(partial):
            file = partial.open("r+b" if have else "wb")
        with file:
            file.seek(have)
            while piece := answer.read1(_CHUNK):
                with writing(partial):
                    file.write(piece)
                got += len(piece)
                if have + got > self.limits.max_bytes:
                    raise ContentError(url, "does not end", f"{self.limits.max_bytes} bytes")
                if time.monotonic() - started > self.limits.patience:
                    raise ServiceDownError(
                        url, f"took over {self.limits.patience:g} s", "", "run again to go on"
                    )
        return got

    def _open(self, url: str, headers: dict[str, str]) -> HTTPResponse:
        headers = {"User-Agent": f"halescope/{__version__}", **headers}
        try:
            request = urllib.request.Request(url, headers=headers)
        except ValueError as error:
            raise ContentError(url, "is no web address", "http:// or https://") from error
        return self._bounds.open(request)

    def _bounds_until(self, end: float) -> Bounds:
        limits = self.limits
        return Bounds(end, limits.timeout, limits.slowest, limits.max_bytes, limits.other_hosts)

    def _from_cache(
        self, url: str, target: Path, check: Callable[[Path], object] | None
    ) -> Received | None:
        if self.cache is None:
            return None
        place = cache_place(self.cache, url)
        if not place.exists():
            return None
        try:
            if check is not None:
                check(place)
        except ContentError:
            place.unlink()
            return None
        with atomic_path(target) as fresh:
            shutil.copyfile(place, fresh)
        return Received(target.stat().st_size, checksum(target))

    def _to_cache(self, url: str, target: Path) -> None:
        if self.cache is not None:
            with atomic_path(cache_place(self.cache, url)) as fresh:
                shutil.copyfile(target, fresh)
