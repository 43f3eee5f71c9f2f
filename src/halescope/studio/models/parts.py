"""Whether a data set is divided as a form asks, said before a run is begun."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlencode

from halescope.errors import HalescopeError
from halescope.studio.datasets.store import ROOM, summary
from halescope.studio.models.asked import PARTS
from halescope.studio.models.field import Network, Value
from halescope.studio.problems import Problem
from halescope.studio.workspace import Workspace

DIVIDED = ("data.split", "held_out.split")
"""Fields that may take the data set's own parts, where they are ``manifest``."""

NEEDED = PARTS[:2]
"""What learns, and what chooses the best epoch."""


def parts_of(workspace: Workspace, name: str) -> list[str]:
    """Return the parts of a data set that hold an image; none where it cannot be read."""
    try:
        counts = summary(workspace.folder(ROOM, name))["parts"]
    except HalescopeError:  # training says in its own words what is wrong with it
        return []
    return [part for part in PARTS if counts.get(part)]


def check_parts(
    workspace: Workspace, network: Network, name: str, runs: Collection[Mapping[str, Value]]
) -> None:
    """Raise a 422 `Problem` where a run would take parts that a data set of disks has not.

    Its ``divide`` is the page that divides the data set.
    """
    asked = [
        field for field in network.fields if field.key in DIVIDED
        and any(values.get(field.key, field.default) == "manifest" for values in runs)
    ]  # fmt: skip
    lacking = [part for part in NEEDED if part not in parts_of(workspace, name)] if asked else []
    if not lacking:
        return
    text = f"{name} has no part for {' and '.join(map(_words, lacking))}"
    query = {"source": f"{ROOM}/{name}", "name": f"{name} by time", "method": "time"}
    raise Problem(
        422, "The data set is not divided", f"{text}: divide it, or choose another way here",
        fields={field.key: text for field in asked}, divide=f"/datasets/new?{urlencode(query)}",
    )  # fmt: skip


def _words(part: str) -> str:
    return {"train": "training", "validation": "validation"}[part]
