"""A job: commands of halescope that run after each other, and what became of them."""

from __future__ import annotations

import shlex
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

TRAINING, WORK = "training", "work"
"""Lanes: of trainings one runs at a time, of other commands as many as the settings say."""


class State(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    ABORTED = "aborted"
    INTERRUPTED = "interrupted"


ACTIVE = (State.QUEUED, State.RUNNING)
RESUMABLE = (State.FAILED, State.ABORTED, State.INTERRUPTED)


@dataclass(frozen=True)
class Job:
    """One row of the queue.

    Parameters
    ----------
    id : str
        Sorts by time; also the name of its folder in ``jobs/``.
    kind : str
        What it does: ``train``, ``dataset``, ``analyze``.
    title : str
        For a person.
    subject : str
        What it makes or changes, ``datasets/name``, or nothing.
    lane : str
        ``training`` or ``work``.
    commands : tuple of tuple of str
        Arguments of ``halescope``, one tuple each; they run in the workspace's folder.
    resume : tuple of tuple of str or None
        What runs instead where it is resumed; None runs on from the command that did not end.
    accepts : tuple of int
        Exit codes that are success.
    state : State
        Where it stands.
    made, started, ended : float or None
        Seconds since 1970.
    attempt : int
        How often it was started.
    exit : int or None
        Of the last command; negative is the signal that killed it.
    message : str
        The last lines of its log where it did not succeed.
    abort : float or None
        When somebody asked for its end.
    """

    id: str
    kind: str
    title: str
    subject: str
    lane: str
    commands: tuple[tuple[str, ...], ...]
    resume: tuple[tuple[str, ...], ...] | None
    accepts: tuple[int, ...]
    state: State
    made: float
    started: float | None = None
    ended: float | None = None
    attempt: int = 0
    exit: int | None = None
    message: str = ""
    abort: float | None = None

    @property
    def is_active(self) -> bool:
        """Say whether it waits or runs."""
        return self.state in ACTIVE

    def shown(self) -> str:
        """Return the command lines that do the same, to be typed in the workspace's folder."""
        return "\n".join(f"halescope {shlex.join(command)}" for command in self.commands)

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON, with what may be done with it."""
        told = asdict(self)
        del told["accepts"], told["resume"], told["commands"]
        return told | {
            "command": self.shown(),
            "can_abort": self.is_active and self.abort is None,
            "can_resume": self.state in RESUMABLE,
            "links": {"self": f"/api/jobs/{self.id}", "page": f"/jobs/{self.id}"},
        }
