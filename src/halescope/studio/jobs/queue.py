"""The queue: what waits, what runs, what became of it. Jobs outlive the server.

A job is a process of its own (`halescope.studio.jobs.supervise`) that runs commands of halescope
and writes what they say and how they end into the job's folder. The server only looks there, so one
that was killed finds its jobs again when it starts: still running, ended meanwhile, or gone without
a word, which is *interrupted*.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, RLock, Thread
from typing import Any

from halescope.studio.jobs import supervise, traces
from halescope.studio.jobs.events import Events
from halescope.studio.jobs.job import RESUMABLE, TRAINING, WORK, Job, State
from halescope.studio.jobs.store import Store
from halescope.studio.problems import Problem
from halescope.studio.workspace import Workspace

LOG = logging.getLogger(__name__)

TURN, IDLE = 0.25, 2.0
"""Seconds between looks at what runs; where nothing does."""

PATIENCE = (20.0, 30.0)
"""Seconds after which an aborted job is asked to end, and is ended."""

SPARSE = 1_000_000
"""Bytes below which a disk is full."""

Commands = Sequence[Sequence[str]]


class Queue:
    """Runs jobs, a training at a time and a few other commands beside it.

    Parameters
    ----------
    workspace : Workspace
        In whose folder the commands run; its ``studio.sqlite`` is the queue.
    events : Events
        Is told of each change (``queue``) and of progress (``progress``).
    at_once : int
        Commands beside a training.
    """

    def __init__(self, workspace: Workspace, events: Events, at_once: int = 2) -> None:
        self.workspace, self.events = workspace, events
        self._limits = {TRAINING: 1, WORK: at_once}
        self._store = Store(workspace.root / "studio.sqlite")
        self._wake, self._closed, self._lock = Event(), Event(), RLock()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._progress: dict[str, traces.Progress | None] = {}
        self._interrupted: set[str] = set()
        self._thread = Thread(target=self._work, name="queue", daemon=True)

    def start(self) -> None:
        """Begin to run jobs; those of a server before are found again."""
        self._thread.start()

    def close(self) -> None:
        """Stop looking after jobs; those that run go on."""
        self._closed.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        self._store.close()

    def submit(
        self, kind: str, commands: Commands, title: str, *, subject: str = "", lane: str = WORK,
        resume: Commands | None = None, accepts: Iterable[int] = (0,),
    ) -> Job:  # fmt: skip
        """Add a job; see `Job` for the parameters. It runs when its turn comes."""
        now = datetime.now(UTC)
        job = Job(
            f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}", kind, title, subject, lane,
            tuple(tuple(command) for command in commands),
            None if resume is None else tuple(tuple(command) for command in resume),
            tuple(accepts), State.QUEUED, now.timestamp(),
        )  # fmt: skip
        self._store.add(job)
        self._tell(job)
        self._wake.set()
        return job

    def get(self, id: str) -> Job:
        """Return a job; 404 where there is none of this name."""
        found = self._store.get(id)
        if found is None:
            raise Problem(404, "No such job", f"job {id[:40]!r} is not in the queue")
        return found

    def all(self, subject: str | None = None) -> list[Job]:
        """Return all jobs, the newest first, or those of a subject (``datasets/name``)."""
        return [job for job in reversed(self._store.all()) if subject in (None, job.subject)]

    def active(self, subject: str) -> Job | None:
        """Return a job that waits or runs and makes or changes a subject, None where none does."""
        return next((job for job in self.all(subject) if job.is_active), None)

    def progress(self, job: Job) -> traces.Progress | None:
        """Return how far a running job is, None where it does not run or does not say."""
        return self._progress.get(job.id) if job.state == State.RUNNING else None

    def described(self, job: Job) -> dict[str, Any]:
        """Return a job with its progress, for JSON."""
        progress = self.progress(job)
        return job.as_dict() | {"progress": None if progress is None else asdict(progress)}

    def folder(self, job: Job) -> Path:
        """Return the folder of a job's log."""
        return self.workspace.root / "jobs" / job.id

    def abort(self, id: str) -> Job:
        """Ask a job to end: Ctrl-C first, so that what it writes is whole; 409 if it has ended."""
        with self._lock:
            now = time.time()
            queued = {"state": State.ABORTED, "ended": now, "abort": now}
            changed = self._store.change(id, State.QUEUED, **queued)
            if changed is None:
                changed = self._store.change(id, State.RUNNING, abort=now)
                if changed is not None:
                    self._interrupt(changed)
        if changed is None:
            job = self.get(id)
            raise Problem(409, "Not running", f"job {job.id} is {job.state}: nothing to abort")
        self._tell(changed)
        self._wake.set()
        return changed

    def resume(self, id: str) -> Job:
        """Queue a job again that failed, was aborted or interrupted; 409 for others."""
        job = self.get(id)
        changed = None
        if job.state in RESUMABLE:
            values = {"state": State.QUEUED, "ended": None, "abort": None, "exit": None}
            changed = self._store.change(id, job.state, message="", **values)
        if changed is None:
            raise Problem(409, "Not resumable", f"job {job.id} is {job.state}")
        self._tell(changed)
        self._wake.set()
        return changed

    def delete(self, id: str) -> None:
        """Forget a job and its log; 409 while it waits or runs."""
        job = self.get(id)
        if job.is_active:
            raise Problem(409, "The job is active", f"job {job.id} is {job.state}: abort it first")
        self._store.remove(job.id)
        shutil.rmtree(self.folder(job), ignore_errors=True)
        self.events.publish("queue", {"id": job.id, "state": "deleted"})

    def _tell(self, job: Job) -> None:
        self.events.publish("queue", self.described(job))

    def _work(self) -> None:
        """Look after jobs until the studio ends."""
        while not self._closed.is_set():
            pause = TURN
            try:
                with self._lock:
                    self._turn()
                    pause = TURN if self._progress or self._children else IDLE
            except (Problem, OSError) as error:  # a full disk: later there may be room again
                LOG.warning("queue: %s", error)
                pause = IDLE
            self._wake.wait(pause)
            self._wake.clear()

    def _turn(self) -> None:
        running = self._store.in_state(State.RUNNING)
        self._progress = {job.id: self._progress.get(job.id) for job in running}
        for job in running:
            self._look_after(job)
        for job in self._store.in_state(State.QUEUED):
            lane = [
                other for other in self._store.in_state(State.RUNNING) if other.lane == job.lane
            ]
            if len(lane) < self._limits[job.lane]:
                self._begin(job)

    def _begin(self, job: Job) -> None:
        """Start a job's process."""
        folder = self.folder(job)
        first = job.attempt == 0
        step = 0 if first else int((traces.read_json(folder / "outcome.json") or {}).get("step", 0))
        commands = job.commands if first or job.resume is None else job.resume
        if commands is not job.commands:
            step = 0
        values = {"state": State.RUNNING, "started": time.time(), "attempt": job.attempt + 1}
        begun = self._store.change(job.id, State.QUEUED, **values)
        if begun is None:  # aborted at this moment
            return
        try:
            self._launch(begun, commands, step)
        except OSError as error:
            text = f"could not be started: {error.strerror or type(error).__name__}"
            self._end(begun, State.FAILED, None, text)
            return
        self._progress[job.id] = None
        self._tell(begun)

    def _launch(self, job: Job, commands: Commands, step: int) -> None:
        folder = self.folder(job)
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("outcome.json", "running.json", "progress.json"):
            (folder / name).unlink(missing_ok=True)
        halescope = [sys.executable, "-m", "halescope"]
        lines = [[*halescope, *command] for command in commands]
        told = {"commands": lines, "step": step, "accepts": job.accepts}
        supervise.write(folder / "job.json", told)
        more = {"HALESCOPE_PROGRESS": str(folder / "progress.json"), "PYTHONUNBUFFERED": "1"}
        child = subprocess.Popen(
            [sys.executable, "-I", "-S", supervise.__file__, str(folder)],
            cwd=self.workspace.root, env=os.environ | more, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._children[job.id] = child
        # Waits beside, for the job may end when nobody looks after it any more.
        Thread(target=child.wait, daemon=True).start()

    def _look_after(self, job: Job) -> None:
        """See how a running job does: ended, gone, further, or to be ended."""
        folder = self.folder(job)
        child = self._children.get(job.id)
        is_there = child.poll() is None if child is not None else traces.is_running(folder)
        outcome = traces.read_json(folder / "outcome.json")
        if outcome is not None:
            self._finish(job, int(outcome["exit"]))
        elif not is_there:
            traces.send(folder, signal.SIGKILL)  # what it may have left behind
            state = State.INTERRUPTED if job.abort is None else State.ABORTED
            self._end(job, state, None, "it ended without a word: killed, or the machine stopped")
        else:
            progress = traces.read_progress(folder)
            if progress != self._progress.get(job.id):
                self._progress[job.id] = progress
                self.events.publish("progress", self.described(job))
            if job.abort is not None:
                self._hasten(job, time.time() - job.abort)

    def _interrupt(self, job: Job) -> None:
        if traces.send(self.folder(job), signal.SIGINT):
            self._interrupted.add(job.id)

    def _hasten(self, job: Job, waited: float) -> None:
        """End what was asked to end: its command may not have begun when it was asked."""
        if waited > PATIENCE[1]:
            traces.send(self.folder(job), signal.SIGKILL)
        elif waited > PATIENCE[0]:
            traces.send(self.folder(job), signal.SIGTERM)
        elif job.id not in self._interrupted:
            self._interrupt(job)

    def _finish(self, job: Job, code: int) -> None:
        if code in job.accepts:
            self._end(job, State.DONE, code, "")
        elif job.abort is not None:
            self._end(job, State.ABORTED, code, traces.last_lines(self.folder(job)))
        elif code in (130, -signal.SIGINT, -signal.SIGTERM):
            self._end(job, State.INTERRUPTED, code, traces.last_lines(self.folder(job)))
        else:
            text = traces.last_lines(self.folder(job))
            if code < 0:
                name = signal.Signals(-code).name
                text = f"{text}\nits process was killed ({name}); memory may have run out".strip()
            self._end(job, State.FAILED, code, text)

    def _end(self, job: Job, state: State, code: int | None, message: str) -> None:
        """Note a job's end."""
        if state != State.DONE and shutil.disk_usage(self.workspace.root).free < SPARSE:
            message = f"the disk is full; make room, then resume\n{message}".strip()
        values = {"state": state, "ended": time.time(), "exit": code, "message": message}
        ended = self._store.change(job.id, State.RUNNING, **values)
        self._progress.pop(job.id, None)
        self._interrupted.discard(job.id)
        child = self._children.pop(job.id, None)
        if child is not None:
            child.wait()
        if ended is not None:
            self._tell(ended)
            if job.subject:
                self.events.publish("changed", {"room": job.subject.partition("/")[0]})
