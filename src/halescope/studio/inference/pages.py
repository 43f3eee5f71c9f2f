"""The page on which a network is tried."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from halescope.studio.models import runs, weights
from halescope.studio.models.asked import source_of
from halescope.studio.pages import page
from halescope.studio.problems import Problem
from halescope.studio.state import Studio, TheStudio

pages = APIRouter(include_in_schema=False)


@pages.get("/try")
def try_page(
    request: Request, studio: TheStudio, network: str = "", epoch: str = "", picture: str = "",
    dataset: str = "",
) -> HTMLResponse:  # fmt: skip
    """Return the page, with a network and a picture chosen if the address says so."""
    data = {
        "networks": _networks(studio), "datasets": _datasets(studio),
        "chosen": {"network": network, "epoch": epoch, "picture": picture, "dataset": dataset},
    }  # fmt: skip
    values: dict[str, Any] = {"title": "Try", "section": "try", "data": data}
    return page(request, "studio/templates/inference/try.html", **values)


def _networks(studio: Studio) -> list[dict[str, Any]]:
    """Return every network that can be tried, with its snapshots."""
    out = []
    for run in runs.all_runs(studio.workspace):
        told = runs.described(studio, run)
        if told["usable"] and run.network is not None:
            epochs = told["snapshots"] if told["has_snapshots"] else []
            best = told["best"]["epoch"] if told["best"] and epochs else None
            out.append(
                {
                    "name": run.name, "task": run.network.task, "title": run.network.title,
                    "group": "Runs", "epochs": epochs, "best": best,
                }
            )  # fmt: skip
    for origin, card in weights.cards_of(studio.workspace):
        group = "Ship with halescope" if origin == "shipped" else "Of this workspace"
        out.append(
            {
                "name": card.name, "task": card.task, "title": card.architecture, "group": group,
                "epochs": [], "best": None, "default": card.default,
            }
        )  # fmt: skip
    return out


def _datasets(studio: Studio) -> list[dict[str, str]]:
    found = []
    for name in studio.workspace.names("datasets"):
        try:
            found.append({"name": name, "kind": source_of(studio.workspace, name).kind})
        except Problem:
            continue
    return found
