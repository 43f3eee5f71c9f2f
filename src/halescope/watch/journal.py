"""What a watch remembers: an append-only file of JSON lines, each on the disk before it counts."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from halescope.errors import OutputError
from halescope.guards.documents import from_json
from halescope.guards.lock import taken
from halescope.io.atomic import atomic_bytes, check_writable

JOURNAL, LOCK = "journal.jsonl", "lock"

COMPACT_BYTES = 2**25
"""A journal larger than this is rewritten when it is opened."""

Entry = dict[str, Any]


class Journal:
    """Entries in order, of one process at a time.

    A line that a sudden end left unfinished is cut off when the journal is opened next, so that
    what is in it is what was written wholly.

    Parameters
    ----------
    folder : Path
        Gets the journal and its lock.

    Raises
    ------
    OutputError
        The folder cannot be written to, or another watch holds it.
    """

    def __init__(self, folder: Path) -> None:
        check_writable(folder)
        self.path = folder / JOURNAL
        self._lock = _locked(folder / LOCK)
        self.entries: list[Entry] = []
        self.damaged = 0
        self._stream = self._open()

    def append(self, **entry: Any) -> None:
        """Add an entry; it is on the disk when this returns.

        Raises
        ------
        OutputError
            It could not be written, and is not there.
        """
        line = json.dumps(entry, separators=(",", ":")).encode() + b"\n"
        before = self._stream.tell()
        try:
            self._stream.write(line)
            self._stream.flush()
            os.fsync(self._stream.fileno())
        except OSError as error:
            self._stream.close()
            self._stream = self._cut(before)
            found = f"cannot be written ({error.strerror})"
            raise OutputError(str(self.path), found, "", "make room; the watch goes on") from error
        self.entries.append(entry)

    def compact(self, keep: Callable[[Entry], Entry | None]) -> None:
        """Rewrite a large journal, whole or not at all; `keep` says what stays of an entry."""
        if self.path.stat().st_size < COMPACT_BYTES:
            return
        kept = [stays for entry in self.entries if (stays := keep(entry)) is not None]
        text = "".join(json.dumps(entry, separators=(",", ":")) + "\n" for entry in kept)
        self._stream.close()
        try:
            atomic_bytes(self.path, text.encode(), durable=True)
        finally:  # also where the disk is full: what was there goes on
            self._stream = self._open()

    def close(self) -> None:
        """Let another watch have the folder."""
        self._stream.close()
        self._lock.close()

    def _open(self) -> BinaryIO:
        data = self.path.read_bytes() if self.path.exists() else b""
        whole = data[: data.rfind(b"\n") + 1]
        self.entries, self.damaged = [], 0
        for line in whole.splitlines():
            try:
                entry = from_json(line)
            except ValueError:
                entry = None
            if isinstance(entry, dict) and "kind" in entry:
                self.entries.append(entry)
            else:
                self.damaged += 1
        return self._cut(len(whole))

    def _cut(self, length: int) -> BinaryIO:
        stream = self.path.open("ab", buffering=0)
        stream.truncate(length)
        stream.seek(length)
        return stream


def _locked(path: Path) -> BinaryIO:
    """Return an open file that no other process holds; the system lets it go when this one ends."""
    stream = path.open("ab")
    if not taken(stream.fileno()):
        stream.close()
        advice = "end the other one, or give another folder with -o"
        raise OutputError(str(path.parent.parent), "is another watch's", "", advice)
    return stream
