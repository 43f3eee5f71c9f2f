"""What every handler of the studio reaches: settings, workspace, queue, events, parts of rooms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock
from typing import Annotated, Any, Protocol, TypeVar

from fastapi import Depends, Request

from halescope.studio.jobs.events import Events
from halescope.studio.jobs.queue import Queue
from halescope.studio.settings import Settings
from halescope.studio.workspace import Workspace


class Closing(Protocol):
    """What is closed when the studio ends."""

    def close(self) -> None:
        """Let go of processes and files."""


Part = TypeVar("Part", bound=Closing)


@dataclass
class Studio:
    """One running studio.

    Parameters
    ----------
    settings : Settings
        How it was started.
    workspace : Workspace
        Its folder.
    events : Events
        What pages are told as it happens.
    queue : Queue
        Jobs: commands that run or wait.
    """

    settings: Settings
    workspace: Workspace
    events: Events
    queue: Queue
    _parts: dict[Callable[..., Any], Any] = field(default_factory=dict, repr=False)
    _lock: RLock = field(default_factory=RLock, repr=False)

    def part(self, make: Callable[[Studio], Part]) -> Part:
        """Return what a room keeps while the studio runs, made by `make` when first asked for.

        A cache of pictures, a pool of processes; it is closed with the studio. `make` is a class or
        function at the top level of a module, the same at each call.
        """
        with self._lock:
            if make not in self._parts:
                self._parts[make] = make(self)
            found: Part = self._parts[make]
            return found

    def close(self) -> None:
        """Close all parts, the newest first; jobs go on without the studio."""
        with self._lock:
            for part in reversed(self._parts.values()):
                part.close()
            self._parts.clear()
        self.queue.close()


def studio_of(request: Request) -> Studio:
    """Return the studio that answers a request."""
    found: Studio = request.app.state.studio
    return found


TheStudio = Annotated[Studio, Depends(studio_of)]
"""A handler's parameter of this type is the studio."""
