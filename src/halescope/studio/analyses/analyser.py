"""The processes that analyse single images while a page waits."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from anyio import CapacityLimiter, to_thread

from halescope.batch.workers import Workers
from halescope.studio.analyses import work

if TYPE_CHECKING:
    from halescope.studio.state import Studio

Result = TypeVar("Result")


class Analyser:
    """A few processes with the networks loaded; further requests wait without a thread.

    Parameters
    ----------
    studio : Studio
        Not needed: images and folders come with each call.
    """

    def __init__(self, studio: Studio) -> None:
        count = max(1, min(2, os.cpu_count() or 1))
        self.workers = Workers(count)
        self.limiter = CapacityLimiter(count)
        self.workers.warm(work.begin)

    async def call(self, subject: str, function: Callable[..., Result], *values: object) -> Result:
        """Return what a function of `halescope.studio.analyses.work` gives in a process.

        Raises
        ------
        WorkerError
            The image ended the process, or took too long. Else what the function raises.
        """

        def run() -> Result:
            return self.workers.call(function, *values, subject=subject)

        return await to_thread.run_sync(run, limiter=self.limiter)

    def close(self) -> None:
        """End the processes."""
        self.workers.close()
