"""Where the networks are: cards and weights by name or path, checked before use."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from halescope.errors import ModelError
from halescope.guards.checksum import checksum
from halescope.guards.inside import inside
from halescope.runtime.card import ModelCard, read_card

WEIGHTS = Path(__file__).resolve().parent.parent / "weights"
"""Folder of the networks that ship with the package."""

ELSEWHERE = b"\n\x08location"
"""In an ONNX file: the key of a tensor whose numbers lie in another file, which is never opened."""


@lru_cache(maxsize=1)
def shipped() -> tuple[ModelCard, ...]:
    """Return the cards of all networks in the package, by name."""
    return tuple(sorted((read_card(p) for p in WEIGHTS.glob("*.json")), key=lambda c: c.name))


def default_card(task: str) -> ModelCard | None:
    """Return the card used where no name is given, None if none ships.

    `task` is {"detector", "classifier"}.
    """
    return next((card for card in shipped() if card.task == task and card.default), None)


def find_card(name: str, task: str | None = None) -> ModelCard:
    """Return the card that a name or path means.

    `name`: name of a shipped network, or path of a card (``.json``) or of the weights beside it.
    `task` is {"detector", "classifier"}, None for either. Raises `ModelError` where there is no
    such card, or it is for another task.
    """
    found = [card for card in shipped() if card.name == name]
    if found:
        card = next((c for c in found if c.task == task), found[0])
    elif os.sep in name or name.endswith((".json", ".onnx")):
        card = read_card(Path(name).with_suffix(".json"))
    else:
        names = ", ".join(c.name for c in shipped() if task in (None, c.task)) or "none"
        raise ModelError(
            name,
            f"is no {task or 'network'} that ships here",
            f"one of: {names}",
            "or the path of a card",
        )
    if task is not None and card.task != task:
        raise ModelError(name, f"is a {card.task}", f"a {task}", "see halescope info")
    return card


def weights_of(card: ModelCard) -> Path:
    """Return the path of a card's weights after checking their checksum.

    Raises `ModelError` where the file is missing, is not the one that the card describes, or keeps
    weights elsewhere, and
    `UnsafePathError` where its name leads out of the card's folder.
    """
    path = inside(card.path.parent, card.file, card.path)
    if not path.is_file():
        raise ModelError(str(path), "is missing", f"the weights of {card.name}", "reinstall")
    found = checksum(path)
    if found != card.sha256:
        raise ModelError(
            str(path),
            f"has checksum {found[:12]}...",
            f"{card.sha256[:12]}... as in its card",
            "the file is damaged or another one: reinstall, or export it again",
        )
    if ELSEWHERE in path.read_bytes():
        raise ModelError(str(path), "keeps weights in other files", "one file", "export it again")
    return path
