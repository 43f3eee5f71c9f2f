"""Networks of runs as ONNX with their cards: exported when first asked for, and kept."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from halescope.errors import one_line
from halescope.runtime.card import ModelCard, read_card
from halescope.runtime.store import shipped
from halescope.studio.models.runs import Run, open_run, snapshot_name
from halescope.studio.problems import Problem
from halescope.studio.state import Studio
from halescope.studio.workspace import Workspace, check_name

LONGEST = 600.0
"""Seconds that an export may take."""

KEPT = "onnx"
"""Folder of exported snapshots in a run's folder."""


class Exports:
    """Runs ``halescope train export`` in a process of its own, one at a time.

    Parameters
    ----------
    studio : Studio
        In whose workspace the runs lie.
    """

    def __init__(self, studio: Studio) -> None:
        self.root = studio.workspace.root
        self._lock = Lock()
        self._child: subprocess.Popen[str] | None = None

    def close(self) -> None:
        """End an export that is under way."""
        child = self._child
        if child is not None and child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)

    def card(self, run: Run, epoch: str) -> Path:
        """Return the card of a snapshot beside its weights, exported if it was not yet.

        `epoch`: from 1, ``best`` or ``last``. 404 where it is not kept, 422 where it cannot be
        exported.
        """
        snapshot = snapshot_name(run, epoch)
        source = run.folder / "snapshots" / f"{snapshot}.ckpt"
        target = run.folder / KEPT / snapshot / f"{run.name}.json"
        with self._lock:
            newest = source.stat().st_mtime if source.is_file() else 0.0
            if target.is_file() and target.stat().st_mtime >= newest:
                return target
            self._export(run, snapshot, target.parent, run.name)
        return target

    def use(self, run: Run, epoch: str, name: str) -> Path:
        """Put a snapshot into ``models/`` under a name, for Analyse; return its card.

        Raises 409 where the name is of a network that ships.
        """
        if check_name(name) in {card.name for card in shipped()}:
            text = f"{name} is a network that ships with halescope; choose another name"
            raise Problem(409, "The name is taken", text)
        with self._lock:
            folder = self.root / "models"
            self._export(run, snapshot_name(run, epoch), folder, name)
        return folder / f"{name}.json"

    def _export(self, run: Run, snapshot: str, folder: Path, name: str) -> None:
        places = [str(path.relative_to(self.root)) for path in (run.folder, folder)]
        told = ["train", "export", places[0], "-o", places[1], "--name", name]
        self._do([*told, "--snapshot", snapshot], run.name)

    def _do(self, arguments: Sequence[str], name: str) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "halescope", *arguments], cwd=self.root, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        try:
            said = self._child.communicate(timeout=LONGEST)[0]
        except subprocess.TimeoutExpired:
            self.close()
            raise Problem(
                504, "The export took too long", f"{name}: over {LONGEST:.0f} s"
            ) from None
        if self._child.returncode:
            lines = [line for line in said.splitlines() if line.strip()]
            text = one_line(lines[-1])[:400] if lines else f"exit code {self._child.returncode}"
            raise Problem(422, "The network cannot be exported", text)


def cards_of(workspace: Workspace) -> list[tuple[str, ModelCard]]:
    """Return the networks that can be used, each with where it is from: ``models`` or ``shipped``.

    A card that cannot be read is left out: `faulty_cards` names it.
    """
    found = [("models", card) for card, _ in _read(workspace) if card is not None]
    return found + [("shipped", card) for card in shipped()]


def faulty_cards(workspace: Workspace) -> list[dict[str, str]]:
    """Return the cards in ``models/`` that cannot be used, and why."""
    return [{"name": path.stem, "fault": text} for _, (path, text) in _read(workspace) if text]


def _read(workspace: Workspace) -> list[tuple[ModelCard | None, tuple[Path, str]]]:
    from halescope.errors import ModelError

    out: list[tuple[ModelCard | None, tuple[Path, str]]] = []
    for path in sorted((workspace.root / "models").glob("*.json")):
        try:
            card = read_card(path)
            missing = "" if (path.parent / card.file).is_file() else f"{card.file} is missing"
            out.append((None if missing else card, (path, missing)))
        except ModelError as error:
            out.append((None, (path, str(error))))
    return out


def described_card(origin: str, card: ModelCard) -> dict[str, Any]:
    """Return a network that can be used, for JSON."""
    weights = card.path.with_name(card.file)
    return {
        "name": card.name, "origin": origin, "task": card.task, "network": card.architecture,
        "title": card.architecture, "classes": list(card.classes), "default": card.default,
        "size": weights.stat().st_size if weights.is_file() else 0, "card": card.to_json(),
        "links": {"self": f"/api/models/{card.name}"},
    }  # fmt: skip


def card_named(workspace: Workspace, name: str) -> tuple[str, ModelCard] | None:
    """Return a network of ``models/`` or a shipped one by name, None where there is none."""
    return next((pair for pair in cards_of(workspace) if pair[1].name == name), None)


def card_for(studio: Studio, name: str, epoch: str = "best") -> ModelCard:
    """Return the card of any network: of a run's snapshot, of ``models/``, or a shipped one.

    Raises 404 where there is none.
    """
    if (studio.workspace.path("runs", name)).is_dir():
        run = open_run(studio.workspace, name)
        return read_card(studio.part(Exports).card(run, epoch))
    found = card_named(studio.workspace, name)
    if found is None:
        raise Problem(404, "No such network", f"{one_line(name)[:80]!r} is no run and no network")
    return found[1]


def forget(workspace: Workspace, card: ModelCard) -> None:
    """Delete a network of ``models/``."""
    for path in (card.path, card.path.with_name(card.file)):
        workspace.delete(path)


def forget_exports(run: Run) -> None:
    """Delete what was exported of a run, so that its name may change."""
    shutil.rmtree(run.folder / KEPT, ignore_errors=True)
