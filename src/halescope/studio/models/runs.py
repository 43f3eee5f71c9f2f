"""Run folders of the workspace: what they are, how they stand, what they learned from."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from halescope.io.atomic import atomic_text
from halescope.studio.jobs.job import Job
from halescope.studio.models.curves import Curves, best_of, epochs_of
from halescope.studio.models.field import Network
from halescope.studio.models.networks import KINDS, NETWORKS
from halescope.studio.problems import Problem
from halescope.studio.state import Studio
from halescope.studio.workspace import Workspace, size_of

NOTED = "studio.json"
"""What the studio notes in a run's folder: data set, values of the form, notes, job."""

RUN_CARD = "run.json"
FRESH = 90.0
"""Seconds within which a run without a job that wrote something counts as running."""


@dataclass(frozen=True)
class Run:
    """A run folder as it lies there.

    Parameters
    ----------
    folder : Path
        In ``runs/``.
    noted : dict
        What the studio noted, empty for a run of the command line.
    record : dict
        Its ``run.json``, empty before training began.
    """

    folder: Path
    noted: dict[str, Any]
    record: dict[str, Any]

    @property
    def name(self) -> str:
        """Its folder's name."""
        return self.folder.name

    @property
    def network(self) -> Network | None:
        """What it trains, None for what this studio does not know."""
        kind = str(self.noted.get("network") or self.record.get("kind") or "")
        return NETWORKS.get(KINDS.get(kind, ""))

    @property
    def dataset(self) -> str:
        """Name of its data set, or the folder that it learned from."""
        if self.noted.get("dataset"):
            return str(self.noted["dataset"])
        given = str(data_path(self.record))
        found = re.search(r"(?:^|/)datasets/([^/]+)", given)
        return found[1] if found else given


def data_path(record: dict[str, Any]) -> Path:
    """Return the folder or manifest that a run's record says it learned from."""
    config = record.get("config", {})
    folders = config.get("crops", {}).get("folders", ".")
    return Path(folders if folders not in (".", "") else config.get("data", {}).get("manifest", ""))


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON object in a file, empty where there is none that can be read."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def open_run(workspace: Workspace, name: str) -> Run:
    """Return a run by name; 404 where there is none."""
    folder = workspace.folder("runs", name)
    return Run(folder, read_json(folder / NOTED), read_json(folder / RUN_CARD))


def all_runs(workspace: Workspace) -> list[Run]:
    """Return all run folders, by name; what holds no run is left out."""
    found = [open_run(workspace, name) for name in workspace.names("runs")]
    return [run for run in found if run.noted or run.record]


def note(folder: Path, **values: Any) -> None:
    """Add to what the studio noted of a run."""
    text = json.dumps(read_json(folder / NOTED) | values, indent=1, ensure_ascii=False)
    atomic_text(folder / NOTED, text + "\n")


def job_of(studio: Studio, run: Run) -> Job | None:
    """Return the newest job of a run, None for one of the command line."""
    return next(iter(studio.queue.all(f"runs/{run.name}")), None)


def snapshots_of(folder: Path) -> list[int]:
    """Return the epochs, from 1, of which a run has a snapshot."""
    found = (re.fullmatch(r"epoch_(\d+)\.ckpt", p.name) for p in folder.glob("snapshots/*.ckpt"))
    return sorted(int(match[1]) + 1 for match in found if match)


def snapshot_name(run: Run, epoch: str) -> str:
    """Return a snapshot as `halescope train export` calls it; 404 where it is not there.

    `epoch`: a number from 1, ``best`` or ``last``. Before an epoch is validated, the last snapshot
    is the best.
    """
    if run.network is not None and not _has_snapshots(run.network):
        if epoch != "best" or not any(run.folder.glob("export/*.json")):
            raise Problem(404, "No such snapshot", f"{run.name} has one network, when it is done")
        return "best"
    name = f"epoch_{int(epoch) - 1:03d}" if epoch.isdecimal() else epoch
    if epoch == "best" and not (run.folder / "snapshots" / "best.ckpt").is_file():
        name = "last"
    known = [*map(str, snapshots_of(run.folder)), "best", "last"]
    if epoch not in known or not (run.folder / "snapshots" / f"{name}.ckpt").is_file():
        kept = ", ".join(known[:-2]) or "none"
        text = f"epoch {epoch[:20]!r} of {run.name} is not kept; there are {kept}, best and last"
        raise Problem(404, "No such snapshot", text)
    return name


def _has_snapshots(network: Network) -> bool:
    """Say whether each epoch of a network can be used, not only what a run ends with."""
    return network.name in ("detectnet", "googlenet")


def described(studio: Studio, run: Run, whole: bool = True) -> dict[str, Any]:
    """Return a run for JSON; `whole`: with its record, settings and size."""
    network, job = run.network, job_of(studio, run)
    rows = epochs_of(run.folder)
    epochs = _epochs(run, rows)
    state = _state(run, job, epochs)
    told = {
        "name": run.name, "origin": "run", "network": network.name if network else "",
        "title": network.title if network else str(run.record.get("kind", "unknown")),
        "task": network.task if network else "", "dataset": run.dataset, "state": state,
        "ended": run.record.get("ended", ""), "epochs": epochs,
        "best": best_of(rows, network.best) if rows and network else _reached(run.record),
        "last": rows[-1] if rows else {}, "trend": _trend(rows, network),
        "made": run.noted.get("made") or run.record.get("written"),
        "seconds": run.record.get("seconds"), "left": _left(studio, run, job, state),
        "progress": _progress(studio, run, job), "notes": run.noted.get("notes", ""),
        "varied": run.noted.get("varied", {}),
        "job": None if job is None else studio.queue.described(job),
        "can_stop": job is not None and job.is_active and job.abort is None,
        "can_resume": _can_resume(run, job, state), "usable": _usable(run),
        "links": {"self": f"/api/models/{run.name}", "page": f"/models/{run.name}"},
    }  # fmt: skip
    if whole:
        told |= {
            "snapshots": snapshots_of(run.folder), "size": size_of(run.folder),
            "record": run.record, "asked": run.noted.get("asked"),
            "has_snapshots": network is not None and _has_snapshots(network),
            "is_run": network is None or network.is_run,
        }  # fmt: skip
    return told


def _reached(record: dict[str, Any]) -> dict[str, Any] | None:
    """Return what a quick fit reached on what it held out, percent; its epoch is 0."""
    held, figures = record.get("held_out") or {}, record.get("figures") or {}
    found = figures.get("regions_held_out") or figures.get("validation") or {}
    for name, value in (
        ("AP50", held.get("lenient_ap50")), ("balanced accuracy", found.get("balanced_accuracy")),
    ):  # fmt: skip
        if value is not None:
            return {"epoch": 0, "metric": name, "value": 100 * float(value)}
    return None


def _usable(run: Run) -> bool:
    """Say whether there is a network to try or to use."""
    kept = [run.folder / "snapshots" / f"{name}.ckpt" for name in ("best", "last")]
    if run.network is None or _has_snapshots(run.network):
        return any(path.is_file() for path in kept)
    return any(run.folder.glob("export/*.json"))


def _epochs(run: Run, rows: list[dict[str, float]]) -> dict[str, int]:
    asked = run.record.get("config", {}).get("run", {}).get("epochs", 0)
    return {"done": int(rows[-1]["epoch"]) if rows else 0, "total": int(asked)}


def _trend(rows: list[dict[str, float]], network: Network | None) -> list[float]:
    """Return up to forty values of the metric that a run is judged by, for a sparkline."""
    name = network.best[0] if network else ""
    values = [row[name] for row in rows if name in row]
    step = max(1, len(values) // 40)
    return values[::-1][::step][::-1]


def _state(run: Run, job: Job | None, epochs: dict[str, int]) -> str:
    """Return how a run stands: a state of its job, or what its folder tells."""
    if job is not None and (job.is_active or job.state in ("failed", "interrupted")):
        return str(job.state)
    ended = run.record.get("ended")
    if ended == "stopped":
        return "stopped"
    if ended or any(run.folder.glob("export/*.json")):
        return "done"
    if job is not None:
        return "stopped" if job.state == "aborted" else str(job.state)
    if "epochs_done" in run.record:  # of an older version
        return "done" if epochs["done"] >= epochs["total"] else "stopped"
    touched = [path.stat().st_mtime for path in run.folder.glob("*.csv")]
    return "running" if touched and time.time() - max(touched) < FRESH else "stopped"


def _can_resume(run: Run, job: Job | None, state: str) -> bool:
    if run.network is None or state in ("running", "queued", "done"):
        return False
    return run.network.is_run or (job is not None and not job.is_active)


def _progress(studio: Studio, run: Run, job: Job | None) -> float | None:
    """Return the share that is done, 0..1, None where it is not known."""
    total = int(run.record.get("steps") or 0)
    if total:
        return min(1.0, studio.part(Curves).done(run.folder)[0] / total)
    told = None if job is None else studio.queue.progress(job)
    return told.done / told.total if told is not None and told.total else None


def _left(studio: Studio, run: Run, job: Job | None, state: str) -> float | None:
    """Return the seconds that a running run still takes, None where that is not known."""
    if state != "running":
        return None
    total = int(run.record.get("steps") or 0)
    done, pace = studio.part(Curves).done(run.folder)
    if total and pace is not None:
        return (total - done) * pace
    told = None if job is None else studio.queue.progress(job)
    return None if told is None else told.left


def now() -> str:
    """Return the time, UTC, as records have it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
