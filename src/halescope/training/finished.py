"""Runs that are done: their record, the network that they exported. Needs no torch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from halescope.errors import ConfigError, ModelError
from halescope.guards.documents import from_json
from halescope.io.atomic import atomic_bytes, atomic_text
from halescope.runtime.card import read_card
from halescope.runtime.store import weights_of

WITH_SNAPSHOTS = ("detectnet", "googlenet")
"""Kinds of runs of which any snapshot can be exported; the others export one network."""


def copy_network(
    run: Path, folder: Path, name: str | None = None, snapshot: str = "best",
    clustering: Sequence[str] = (), average: int = 0,
) -> Path:  # fmt: skip
    """Write the network that a run exported when it was done, under another name; return its card.

    Raises `ConfigError` where a snapshot, a mean or a clustering is asked for, which such a run has
    not, `ModelError` where it has exported nothing.
    """
    if clustering or average or snapshot != "best":
        raise ConfigError(str(run), "has one network, exported when it was done", "no snapshot")
    made = sorted((run / "export").glob("*.json"))
    if not made:
        raise ModelError(str(run), "has exported no network", "a run that is done")
    card = read_card(made[0])
    weights = weights_of(card)
    name = name or card.name
    folder.mkdir(parents=True, exist_ok=True)
    fresh = replace(card, name=name, file=f"{name}.onnx", default=False)
    atomic_bytes(folder / fresh.file, weights.read_bytes())
    text = json.dumps(fresh.to_json(), indent=2, ensure_ascii=False) + "\n"
    return atomic_text(folder / f"{name}.json", text)


def read_run(run: Path) -> dict[str, Any]:
    """Return a run folder's record; raises `ModelError` where there is none, or it is no JSON."""
    path = run / "run.json"
    try:
        record: dict[str, Any] = from_json(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(str(path), "cannot be read", "the record of a training run") from error
    return record
