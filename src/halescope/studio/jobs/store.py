"""The queue's table, in SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from threading import RLock
from typing import Any

from halescope.studio.jobs.job import Job, State
from halescope.studio.problems import Problem

COLUMNS = tuple(field.name for field in fields(Job))
LISTS = ("commands", "resume", "accepts")
TABLE = """
create table if not exists job (
  number integer primary key, id text unique not null, kind text not null, title text not null,
  subject text not null, lane text not null, commands text not null, resume text not null,
  accepts text not null, state text not null, made real not null, started real, ended real,
  attempt integer not null, exit integer, message text not null, abort real
)"""


class Store:
    """Jobs on disk; every change is there when the call returns.

    Parameters
    ----------
    path : Path
        Of the database.
    """

    def __init__(self, path: Path) -> None:
        self._lock = RLock()
        self._base = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._base.row_factory = sqlite3.Row
        for line in ("pragma journal_mode = wal", "pragma synchronous = normal", TABLE):
            self._base.execute(line)

    def _do(self, line: str, values: Iterable[Any] = ()) -> sqlite3.Cursor:
        with self._lock:
            try:
                return self._base.execute(line, tuple(values))
            except sqlite3.OperationalError as error:
                text = f"{error}; make room on the disk, then try again"
                raise Problem(507, "The queue cannot be written", text) from error

    def add(self, job: Job) -> None:
        """Add a job."""
        values = [_packed(name, getattr(job, name)) for name in COLUMNS]
        marks = ", ".join("?" * len(COLUMNS))
        self._do(f"insert into job ({', '.join(COLUMNS)}) values ({marks})", values)

    def get(self, id: str) -> Job | None:
        """Return a job, None where there is none of this name."""
        row = self._do("select * from job where id = ?", (id,)).fetchone()
        return None if row is None else _job(row)

    def all(self) -> list[Job]:
        """Return all jobs, the oldest first."""
        return [_job(row) for row in self._do("select * from job order by number").fetchall()]

    def in_state(self, state: State) -> list[Job]:
        """Return the jobs that stand somewhere, the oldest first."""
        line = "select * from job where state = ? order by number"
        return [_job(row) for row in self._do(line, (state,)).fetchall()]

    def change(self, id: str, before: State, /, **values: Any) -> Job | None:
        """Change a job that is in a state; return it, None where it is in another.

        `before`: the state in which it must be; a new one is among the `values`.
        """
        pairs = ", ".join(f"{name} = ?" for name in values)
        given = [_packed(name, value) for name, value in values.items()]
        with self._lock:
            line = f"update job set {pairs} where id = ? and state = ?"
            done = self._do(line, (*given, id, before))
            return self.get(id) if done.rowcount else None

    def remove(self, id: str) -> None:
        """Remove a job."""
        self._do("delete from job where id = ?", (id,))

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._base.close()


def _packed(name: str, value: Any) -> Any:
    return json.dumps(value) if name in LISTS else value


def _job(row: sqlite3.Row) -> Job:
    values = {name: row[name] for name in COLUMNS}
    for name in ("commands", "resume"):
        found = json.loads(values[name])
        values[name] = None if found is None else tuple(tuple(command) for command in found)
    values["accepts"] = tuple(json.loads(values["accepts"]))
    values["state"] = State(values["state"])
    return Job(**values)
