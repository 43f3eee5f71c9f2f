"""Runs begin, go on, stop: a form becomes jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from halescope.runtime.store import shipped
from halescope.studio.jobs.job import TRAINING, Job
from halescope.studio.models.asked import Source, command, source_of, spelled, variants, varied
from halescope.studio.models.field import Network, Value
from halescope.studio.models.networks import network_of
from halescope.studio.models.parts import check_parts
from halescope.studio.models.runs import Run, job_of, note, now, open_run, snapshot_name
from halescope.studio.problems import Problem
from halescope.studio.state import Studio
from halescope.studio.workspace import check_name


@dataclass(frozen=True)
class Plan:
    """One run that a form asks for.

    Parameters
    ----------
    name : str
        Of its folder in ``runs/``.
    arguments : tuple of str
        Of ``halescope``.
    values : dict
        By key of the configuration.
    varied : dict of str to str
        The values in which it differs from its neighbours of a sweep.
    """

    name: str
    arguments: tuple[str, ...]
    values: dict[str, Value]
    varied: dict[str, str]


def plan(studio: Studio, asked: Mapping[str, Any]) -> tuple[Network, Source, list[Plan]]:
    """Return the runs that a form asks for, by their command lines; nothing is begun.

    Raises a 422 `Problem` that says what is wrong with the form, 404 where data set or snapshot is
    not there.
    """
    network = network_of(str(asked["network"]))
    name = check_name(str(asked["name"]))
    source = source_of(studio.workspace, str(asked["dataset"]))
    start = start_of(studio, network, str(asked.get("start") or ""))
    found = variants(network, asked.get("values") or {})
    if source.kind == "disks":
        check_parts(studio.workspace, network, str(asked["dataset"]), found)
    keys = varied(network, asked.get("values") or {})
    plans = []
    for number, values in enumerate(found, 1):
        own = f"{name}-{number:0{len(str(len(found)))}d}" if len(found) > 1 else name
        arguments = command(network, source, f"runs/{own}", values, start)
        told = {key: spelled(values[key]) for key in keys}
        plans.append(Plan(own, tuple(arguments), values, told))
    return network, source, plans


def start_of(studio: Studio, network: Network, text: str) -> str:
    """Return what a run starts from as training takes it.

    `text`: nothing, the name of a shipped network, or ``runs/NAME@EPOCH``.
    """
    if not text:
        return ""
    if text.startswith("runs/"):
        name, _, epoch = text.removeprefix("runs/").rpartition("@")
        run = open_run(studio.workspace, name)
        if run.network is None or run.network.name not in network.starts:
            text = f"{name} is no {' or '.join(network.starts) or 'snapshot'}"
            raise Problem(422, "Cannot start from there", text)
        return f"runs/{name}/snapshots/{snapshot_name(run, epoch or 'best')}.ckpt"
    if text not in network.starts or text not in {card.name for card in shipped()}:
        expected = ", ".join(network.starts) or "nothing"
        raise Problem(422, "Cannot start from there", f"{text[:40]!r} found, expected {expected}")
    return text


def begin(studio: Studio, asked: Mapping[str, Any]) -> list[tuple[Plan, Job]]:
    """Queue the runs that a form asks for; their folders are there at once.

    Raises 409 where a folder is taken, and then begins none.
    """
    network, _, plans = plan(studio, asked)
    taken = [one.name for one in plans if studio.workspace.path("runs", one.name).exists()]
    if taken:
        text = f"runs/{', runs/'.join(taken)} is there; choose another name"
        raise Problem(409, "The name is taken", text)
    jobs = []
    for one in plans:
        folder = studio.workspace.new_folder("runs", one.name)
        kept = {"network": network.name, "start": asked.get("start") or "", "values": one.values}
        note(
            folder, network=network.name, dataset=asked["dataset"], made=now(), asked=kept,
            notes=str(asked.get("notes") or ""), varied=one.varied, command=list(one.arguments),
        )  # fmt: skip
        jobs.append((one, _submit(studio, one.name, network, one.arguments)))
    return jobs


def _submit(studio: Studio, name: str, network: Network, arguments: tuple[str, ...]) -> Job:
    again = [(*arguments, "--resume")] if network.is_run else None
    return studio.queue.submit(
        "train", [arguments], f"Train {network.title}: {name}", subject=f"runs/{name}",
        lane=TRAINING, resume=again,
    )  # fmt: skip


def resume(studio: Studio, run: Run) -> Job:
    """Go on with a run from its last snapshot, or from the start where it has none; 409 if not."""
    network, job = run.network, job_of(studio, run)
    if network is None or (job is not None and job.is_active):
        raise Problem(409, "Not resumable", f"{run.name} runs or waits")
    if run.record.get("ended") == "whole":
        raise Problem(409, "Not resumable", f"{run.name} is done: all its epochs are trained")
    arguments = tuple(run.noted.get("command") or _of_record(run, network))
    if (run.folder / "snapshots" / "last.ckpt").is_file():
        arguments = (*arguments, "--resume")
    title = f"Train {network.title}: {run.name}, resumed"
    return studio.queue.submit(
        "train", [arguments], title, subject=f"runs/{run.name}", lane=TRAINING,
        resume=[(*arguments, "--resume")] if arguments[-1] != "--resume" else None,
    )  # fmt: skip


def _of_record(run: Run, network: Network) -> list[str]:
    """Return the command line of a run that was not begun here, from its record."""
    sets: list[str] = []

    def flatten(config: Mapping[str, Any], prefix: str) -> None:
        for key, value in config.items():
            if isinstance(value, Mapping):
                flatten(value, f"{prefix}{key}.")
            elif isinstance(value, list):
                inside = ", ".join(f'"{v}"' if isinstance(v, str) else str(v) for v in value)
                sets.extend(("--set", f"{prefix}{key}=[{inside}]"))
            else:
                sets.extend(("--set", f"{prefix}{key}={'' if value is None else spelled(value)}"))

    config = dict(run.record.get("config", {}))
    config["run"] = dict(config.get("run", {})) | {"folder": f"runs/{run.name}"}
    flatten(config, "")
    return ["train", network.name, *sets]


def stop(studio: Studio, run: Run) -> Job:
    """Ask a run to stop after the step at hand, with a snapshot; 409 where it does not run."""
    job = job_of(studio, run)
    if job is None or not job.is_active:
        raise Problem(409, "Not running", f"{run.name} does not run: nothing to stop")
    return studio.queue.abort(job.id)
