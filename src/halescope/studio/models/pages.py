"""Pages of models: the list, the form, one run."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from halescope.studio.models import runs, weights
from halescope.studio.models.asked import source_of
from halescope.studio.models.networks import NETWORKS
from halescope.studio.models.parts import NEEDED, parts_of
from halescope.studio.pages import page
from halescope.studio.problems import Problem
from halescope.studio.state import Studio, TheStudio

pages = APIRouter(include_in_schema=False)
FOLDER = "studio/templates/models"


@pages.get("/models")
def models_page(request: Request, studio: TheStudio) -> HTMLResponse:
    """Return the list of runs and networks."""
    data = {"faulty": weights.faulty_cards(studio.workspace)}
    values: dict[str, Any] = {"title": "Models", "section": "models", "data": data}
    return page(request, f"{FOLDER}/models.html", **values)


@pages.get("/models/new")
def new_page(
    request: Request, studio: TheStudio, dataset: str = "", clone: str = "", start: str = ""
) -> HTMLResponse:
    """Return the form of a new run, filled in like another one's if that is cloned."""
    data = {
        "networks": [network.as_dict() for network in NETWORKS.values()],
        "datasets": _datasets(studio), "starts": _starts(studio), "dataset": dataset,
        "start": start, "clone": _clone(studio, clone) if clone else None,
        "names": studio.workspace.names("runs"),
    }  # fmt: skip
    values: dict[str, Any] = {"title": "New run", "section": "models", "data": data}
    return page(request, f"{FOLDER}/new.html", **values)


@pages.get("/models/{name}")
def run_page(request: Request, name: str, studio: TheStudio) -> HTMLResponse:
    """Return the page of a run."""
    if not studio.workspace.path("runs", name).is_dir():
        found = weights.card_named(studio.workspace, name)
        if found is not None:
            values: dict[str, Any] = {"title": name, "data": weights.described_card(*found)}
            return page(request, f"{FOLDER}/network.html", section="models", **values)
    told = runs.described(studio, runs.open_run(studio.workspace, name))
    return page(request, f"{FOLDER}/run.html", title=name, section="models", data=told)


def _datasets(studio: Studio) -> list[dict[str, Any]]:
    """Return the data sets that can train, with what they hold and whether they are divided."""
    found = []
    for name in studio.workspace.names("datasets"):
        try:
            kind = source_of(studio.workspace, name).kind
        except Problem:
            continue
        divided = set(NEEDED) <= set(parts_of(studio.workspace, name))
        found.append({"name": name, "kind": kind, "divided": divided})
    return found


def _starts(studio: Studio) -> list[dict[str, Any]]:
    """Return the runs whose snapshots another may start from."""
    out = []
    for run in runs.all_runs(studio.workspace):
        epochs = runs.snapshots_of(run.folder)
        if run.network is not None and run.network.starts and epochs:
            out.append({"name": run.name, "network": run.network.name, "epochs": epochs})
    return out


def _clone(studio: Studio, name: str) -> dict[str, Any]:
    """Return a run's values for the form: what was asked, or what its record says."""
    run = runs.open_run(studio.workspace, name)
    network = run.network
    if network is None:
        raise Problem(422, "Cannot be cloned", f"{name} is of a network that has no form here")
    values = dict((run.noted.get("asked") or {}).get("values") or {})
    config = run.record.get("config", {})
    for field in network.fields:
        found: Any = config
        for key in field.key.split("."):
            found = found.get(key) if isinstance(found, dict) else None
        if field.key not in values and found is not None:
            values[field.key] = _shown(found)
    start = (run.noted.get("asked") or {}).get("start", "")
    return {
        "name": name, "network": network.name, "dataset": run.dataset, "start": start,
        "values": values, "notes": run.noted.get("notes", ""),
    }  # fmt: skip


def _shown(value: Any) -> Any:
    """Return a value of a record as the form has it."""
    if (isinstance(value, list) and value and isinstance(value[0], str)) or value == []:
        return "[" + ", ".join(f'"{part}"' for part in value) + "]"
    return value
