"""REST of models: runs begin, go on, stop; metrics, snapshots, networks to use."""

from __future__ import annotations

import io
import shlex
import zipfile
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from halescope.runtime.card import read_card
from halescope.studio.models import runs, start, weights
from halescope.studio.models.curves import Curves, epochs_of
from halescope.studio.models.networks import NETWORKS
from halescope.studio.problems import Problem
from halescope.studio.state import TheStudio
from halescope.studio.workspace import check_name
from halescope.training.paper.schedule import Policy, Solver, learning_rate

api = APIRouter(prefix="/api", tags=["models"])

POINTS = 240
"""Of a learning-rate curve."""


class NewModel(BaseModel):
    """What a form asks for.

    ``values``: by key of the configuration (``GET /api/networks``); several divided by commas make
    a sweep. ``start``: a shipped network, or ``runs/NAME@EPOCH``.
    """

    model_config = ConfigDict(extra="forbid")

    network: str
    name: str
    dataset: str
    values: dict[str, Any] = Field(default_factory=dict)
    start: str = ""
    notes: str = Field("", max_length=20_000)


class Changed(BaseModel):
    """A new name, new notes."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    notes: str | None = Field(None, max_length=20_000)


class Use(BaseModel):
    """Which snapshot, and what Analyse calls it."""

    model_config = ConfigDict(extra="forbid")

    epoch: str = "best"
    name: str | None = None


@api.get("/networks")
def networks() -> list[dict[str, Any]]:
    """Return what can be trained, with every field of its form."""
    return [network.as_dict() for network in NETWORKS.values()]


@api.get("/learning-rate")
def rates(
    policy: Policy = "step", base_lr: float = 0.01, gamma: float = 0.1, step_percent: float = 33.0,
    multistep_percent: str = "50 85", power: float = 1.0, iterations: int = 1000,
) -> dict[str, Any]:  # fmt: skip
    """Return the curve of a learning-rate policy over a run, as training computes it."""
    try:
        drops = tuple(float(part) for part in multistep_percent.split())
        given = {"gamma": gamma, "step_percent": step_percent, "power": power}
        solver = Solver(
            policy=policy, base_lr=base_lr, multistep_percent=drops, **given  # type: ignore[arg-type]
        )  # fmt: skip
    except ValueError as error:
        raise Problem(422, "No curve", str(error)) from error
    count = max(1, min(iterations, 10**9))
    places = [place / (POINTS - 1) for place in range(POINTS)]
    try:
        values = [learning_rate(solver, int(place * (count - 1)), count) for place in places]
    except OverflowError as error:
        raise Problem(422, "No curve", "the learning rate grows without end") from error
    return {"percent": [100 * place for place in places], "rate": values}


@api.get("/models")
def all_models(studio: TheStudio) -> list[dict[str, Any]]:
    """Return all runs of the workspace, then the networks that can be used at once."""
    found = [runs.described(studio, run, whole=False) for run in runs.all_runs(studio.workspace)]
    cards = weights.cards_of(studio.workspace)
    return found + [weights.described_card(origin, card) for origin, card in cards]


@api.post("/models/preview")
def preview(asked: NewModel, studio: TheStudio) -> dict[str, Any]:
    """Return the command lines of the runs that a form asks for; nothing is begun."""
    _, _, plans = start.plan(studio, asked.model_dump())
    return {
        "runs": [
            {"name": one.name, "varied": one.varied, "command": _line(one.arguments)}
            for one in plans
        ]
    }


@api.post("/models", status_code=202)
def new_model(asked: NewModel, studio: TheStudio) -> dict[str, Any]:
    """Queue a training, or one for each value of a sweep."""
    begun = start.begin(studio, asked.model_dump())
    return {
        "models": [
            {
                "name": one.name, "command": _line(one.arguments), "varied": one.varied,
                "job": studio.queue.described(job),
                "links": {"self": f"/api/models/{one.name}", "page": f"/models/{one.name}"},
            }
            for one, job in begun
        ],
    }  # fmt: skip


def _line(arguments: tuple[str, ...]) -> str:
    return f"halescope {shlex.join(arguments)}"


@api.get("/models/{name}")
def one_model(name: str, studio: TheStudio) -> dict[str, Any]:
    """Return a run, or a network of ``models/`` or that ships."""
    if not studio.workspace.path("runs", name).is_dir():
        found = weights.card_named(studio.workspace, name)
        if found is not None:
            return weights.described_card(*found)
    return runs.described(studio, runs.open_run(studio.workspace, name))


@api.patch("/models/{name}")
def change_model(name: str, changed: Changed, studio: TheStudio) -> dict[str, Any]:
    """Rename a run, or change its notes; 409 while it runs."""
    run = runs.open_run(studio.workspace, name)
    if changed.notes is not None:
        runs.note(run.folder, notes=changed.notes)
    if changed.name is not None and changed.name != name:
        _free(studio, run)
        target = studio.workspace.path("runs", check_name(changed.name))
        if target.exists():
            raise Problem(409, "The name is taken", f"runs/{changed.name} is there")
        weights.forget_exports(run)
        run.folder.rename(target)
        name = changed.name
        old = run.noted.get("command") or []
        new = [part.replace(f"folder=runs/{run.name}", f"folder=runs/{name}") for part in old]
        runs.note(target, command=new)
    studio.events.publish("changed", {"room": "runs"})
    return runs.described(studio, runs.open_run(studio.workspace, name))


@api.delete("/models/{name}", status_code=204)
def delete_model(name: str, studio: TheStudio) -> Response:
    """Delete a run with its snapshots, or a network of ``models/``; 409 while it runs."""
    if studio.workspace.path("runs", name).is_dir():
        run = runs.open_run(studio.workspace, name)
        _free(studio, run)
        studio.workspace.delete(run.folder)
    else:
        found = weights.card_named(studio.workspace, name)
        if found is None:
            raise Problem(404, "No such model", f"{name[:80]!r} is no run and no network")
        if found[0] == "shipped":
            raise Problem(403, "Not deleted", f"{name} ships with halescope")
        weights.forget(studio.workspace, found[1])
    studio.events.publish("changed", {"room": "runs"})
    return Response(status_code=204)


def _free(studio: TheStudio, run: runs.Run) -> None:
    job = runs.job_of(studio, run)
    if job is not None and job.is_active:
        raise Problem(409, "The run is active", f"{run.name} is {job.state}: stop it first")


@api.post("/models/{name}/stop")
def stop_model(name: str, studio: TheStudio) -> dict[str, Any]:
    """Stop a run after the step at hand; its last snapshot stays, to resume from."""
    job = start.stop(studio, runs.open_run(studio.workspace, name))
    return studio.queue.described(job)


@api.post("/models/{name}/resume", status_code=202)
def resume_model(name: str, studio: TheStudio) -> dict[str, Any]:
    """Go on with a run from its last snapshot."""
    job = start.resume(studio, runs.open_run(studio.workspace, name))
    return studio.queue.described(job)


@api.get("/models/{name}/metrics")
def metrics(name: str, studio: TheStudio, after: int = 0) -> dict[str, Any]:
    """Return every epoch's metrics, and the steps after one: ask on from `next` while `more`."""
    run = runs.open_run(studio.workspace, name)
    found = studio.part(Curves).steps(run.folder, max(0, after))
    return {"epochs": epochs_of(run.folder), **found}


@api.post("/models/{name}/use")
def use_model(name: str, use: Use, studio: TheStudio) -> dict[str, Any]:
    """Put a snapshot among the networks that Analyse offers: ``models/NAME.onnx`` with its card."""
    run = runs.open_run(studio.workspace, name)
    path = studio.part(weights.Exports).use(run, use.epoch, use.name or name)
    studio.events.publish("changed", {"room": "models"})
    return weights.described_card("models", read_card(path))


@api.get("/models/{name}/snapshots/{epoch}.onnx")
def snapshot(name: str, epoch: str, studio: TheStudio) -> FileResponse:
    """Return the network of an epoch (from 1, `best` or `last`) as ONNX."""
    card = weights.card_for(studio, name, epoch)
    path = card.path.with_name(card.file)
    return FileResponse(path, media_type="application/octet-stream", filename=f"{name}.onnx")


@api.get("/models/{name}/snapshots/{epoch}.json")
def snapshot_card(name: str, epoch: str, studio: TheStudio) -> FileResponse:
    """Return the card of an epoch's network."""
    path = weights.card_for(studio, name, epoch).path
    return FileResponse(path, media_type="application/json", filename=f"{name}.json")


@api.get("/models/{name}/snapshots/{epoch}.zip")
def snapshot_zip(name: str, epoch: str, studio: TheStudio) -> Response:
    """Return the network of an epoch and its card, which belong together."""
    card = weights.card_for(studio, name, epoch)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for path in (card.path.with_name(card.file), card.path):
            packed.write(path, path.name)
    headers = {"content-disposition": f'attachment; filename="{card.path.stem}-{epoch[:8]}.zip"'}
    return Response(buffer.getvalue(), media_type="application/zip", headers=headers)
