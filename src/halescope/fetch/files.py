"""Files on their way: partial ones, the cache, checksums."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from email.message import Message
from pathlib import Path
from typing import Any

from halescope.errors import OutputError
from halescope.guards.documents import from_json
from halescope.guards.lock import locked
from halescope.io.atomic import atomic_text

PARTIAL = ".partial"
"""Folder, beside the files, of downloads that can be resumed."""


def cache_place(cache: Path, url: str) -> Path:
    """Return where the cache keeps what an address sent."""
    key = digest(url)
    return cache / key[:2] / key


def digest(url: str) -> str:
    """Return the SHA-256 of an address in hexadecimal."""
    return hashlib.sha256(url.encode(errors="surrogatepass")).hexdigest()


def describe(body: bytes) -> str:
    """Return what bytes look like, in two words, for a message."""
    start = body[:512].lstrip().lower()
    if not start:
        return "nothing"
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<!doctype", b"<body")):
        return "a web page"
    if start.startswith((b"{", b"[")):
        text = body[:200].decode("utf-8", "replace").replace("\n", " ")
        return f"the message {text.strip()[:120]!r}"
    return f"{body[:16]!r}"


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Tell a disk that is full or closed apart from a network that fails."""
    try:
        yield
    except OSError as error:
        found = f"cannot be written ({error.strerror or type(error).__name__})"
        advice = "choose a folder that is writable, with -o"
        raise OutputError(str(path.parent.parent), found, "", advice) from error


def validator_of(partial: Path) -> dict[str, Any]:
    """Return tag and size of the file that a partial one belongs to; nothing if unknown."""
    with suppress(OSError, ValueError):
        known = from_json(_sidecar(partial).read_text())
        if isinstance(known, dict) and partial.exists():
            return known
    return {}


def remember(partial: Path, headers: Message, have: int) -> None:
    """Note by what the file can be recognised when the transfer goes on."""
    if have:
        return
    tag = headers.get("ETag") or ""
    if tag.startswith("W/"):  # weak tags do not promise equal bytes
        tag = ""
    length = headers.get("Content-Length", "")
    known = {
        "tag": tag or headers.get("Last-Modified", ""),
        "total": int(length) if length.isdecimal() else None,
    }
    atomic_text(_sidecar(partial), json.dumps(known))


@contextmanager
def claimed(partial: Path) -> Iterator[Path]:
    """Yield the path of a partial file that no other process writes.

    It is another one, whose transfer nobody goes on with, where another process has it already.
    """
    lock = partial.with_name(partial.name + ".lock")
    other = partial.with_name(f"{partial.name}-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        with _held(lock) as own:
            yield partial if own else other
    finally:
        for left in (other, _sidecar(other)):
            with suppress(OSError):
                left.unlink()
        with suppress(OSError):  # other downloads are still in there
            partial.parent.rmdir()


@contextmanager
def _held(lock: Path) -> Iterator[bool]:
    """Hold a lock in a folder that another process may be removing."""
    with ExitStack() as stack:
        for _ in range(20):
            with writing(lock), suppress(FileNotFoundError):
                lock.parent.mkdir(parents=True, exist_ok=True)
                own = stack.enter_context(locked(lock))
                break
        else:
            raise OutputError(str(lock), "cannot be written", "", "choose another folder with -o")
        yield own


def tidy(partial: Path) -> None:
    """Keep a partial file only if the next run can prove that it goes on with the same file."""
    if not validator_of(partial).get("tag"):
        partial.unlink(missing_ok=True)
    if not partial.exists():
        _sidecar(partial).unlink(missing_ok=True)


def _sidecar(partial: Path) -> Path:
    return partial.with_name(partial.name + ".json")
