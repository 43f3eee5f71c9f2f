"""What pages are told as it happens: one stream of server-sent events for each open page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

ROOM = 256
"""Events that wait for a page that is slow; beyond it is told to load again."""

Event = tuple[str, Any]


class Events:
    """Hands what is published to all who listen.

    Kinds: ``queue`` (a job changed), ``progress`` (of a running job), ``metrics`` (of a training),
    ``changed`` (a room of the workspace has other things in it: ``{"room": "datasets"}``),
    ``reload`` (events were lost).
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listeners: set[asyncio.Queue[Event | None]] = set()

    def open(self) -> None:
        """Begin; called in the event loop that serves."""
        self._loop = asyncio.get_running_loop()

    def publish(self, kind: str, data: Any) -> None:
        """Tell all listeners; from any thread.

        `kind`: one word; `data`: JSON can hold it.
        """
        self._call(self._spread, (kind, data))

    def close(self) -> None:
        """End all streams; from any thread or a signal's handler."""
        self._call(self._spread, None)

    def _call(self, what: Any, event: Event | None) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and so has everyone who listened
                self._loop.call_soon_threadsafe(what, event)

    def _spread(self, event: Event | None) -> None:
        for queue in self._listeners:
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(("reload", {}))
            queue.put_nowait(event)

    async def listen(self) -> AsyncIterator[Event]:
        """Yield events until the studio ends or the listener goes."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue(ROOM)
        self._listeners.add(queue)
        try:
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self._listeners.discard(queue)
