"""The card of a network: what it takes, what it gives, where it comes from. Checked on reading."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from halescope.classes import HIERARCHY, MOUNT_WILSON, PAPER_CLASSES
from halescope.errors import ModelError, UnsafePathError
from halescope.guards.documents import from_json
from halescope.guards.inside import one_part
from halescope.tensors import GREY_CLIP
from halescope.types import Scale

TASKS = ("detector", "classifier")
"""What a network can be for."""

REGION_CLASSES = ("region",)
"""The class list of every detector: it finds active regions, of whatever class."""

VOCABULARIES: dict[str, tuple[tuple[str, ...], ...]] = {
    "detector": (REGION_CLASSES,),
    "classifier": (MOUNT_WILSON, HIERARCHY, PAPER_CLASSES),
}
"""Class lists, with their order, that a card may carry."""


@dataclass(frozen=True)
class ModelInput:
    """What the network sees.

    Parameters
    ----------
    size : int
        Side of the square input, pixels.
    clip : float
        The field is cut at this magnitude, grey levels, and divided by it.
    radius : float
        Solar radius on the input, pixels; 0 for crops, which have none of their own.
    scale : str
        Unit in which `clip` counts: ``display`` (grey levels) or ``gauss``.
    """

    size: int
    channels: int = 1
    clip: float = GREY_CLIP
    radius: float = 0.0
    scale: str = "display"


@dataclass(frozen=True)
class ModelCard:
    """A network's card, read from the JSON file beside its weights.

    Parameters
    ----------
    name : str
        As given to ``--detector`` or ``--classifier``.
    task : {"detector", "classifier"}
    architecture : str
        Picks the function that feeds the network and reads its output.
    file : str
        ONNX file beside the card.
    sha256 : str
        Checksum of that file.
    classes : tuple of str
        ``("region",)`` for detectors, else a vocabulary of `halescope.classes`, in its order.
    thresholds : dict of str to float
        By name, e.g. ``score``, ``nms``, ``abstain``.
    calibration : dict of str to float
        E.g. ``temperature``.
    options : dict
        Further numbers of the architecture, e.g. ``stride``.
    training : dict
        Data, split, seed.
    figures : dict
        What it reached, on what.
    default : bool
        Whether it is used where no name is given.
    path : Path
        The card's own file.
    """

    name: str
    version: str
    task: str
    architecture: str
    file: str
    sha256: str
    input: ModelInput
    classes: tuple[str, ...]
    thresholds: dict[str, float] = field(default_factory=dict)
    calibration: dict[str, float] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    licence: str = "BSD-3-Clause"
    default: bool = False
    path: Path = Path()

    def __post_init__(self) -> None:
        subject = str(self.path) if self.path != Path() else f"card of {self.name}"
        _check_words(subject, self)
        _check_numbers(subject, self)

    def to_json(self) -> dict[str, Any]:
        """Return the card as a JSON object; the inverse of `parse_card`."""
        data = dataclasses.asdict(self)
        del data["path"]
        data["classes"] = list(self.classes)
        return data


def misfit(card: ModelCard, found: str, expected: str, advice: str = "") -> ModelError:
    """Return the error that a card does not fit this program, to be raised."""
    return ModelError(str(card.path), found, expected, advice)


def read_card(path: str | Path) -> ModelCard:
    """Return the card in a JSON file.

    Raises `ModelError` where the file is missing, no JSON, or does not fit this program.
    """
    path = Path(path)
    try:
        data = from_json(path.read_text("utf-8"))
    except OSError as error:
        raise ModelError(str(path), f"cannot be read ({error.strerror})", "a model card") from error
    except ValueError as error:
        raise ModelError(str(path), f"is no JSON ({error})", "a model card") from error
    return parse_card(data, path)


def parse_card(data: Any, path: Path = Path()) -> ModelCard:
    """Return the card that a JSON object describes.

    Raises `ModelError` where a key is unknown or missing, or a value does not fit.
    """
    subject = str(path) if path != Path() else "model card"
    if not isinstance(data, dict):
        raise ModelError(subject, f"is a {type(data).__name__}", "a JSON object")
    values = {k: v for k, v in data.items() if k != "path"}
    _check_keys(subject, values, ModelCard, {"path"})
    _check_keys(f"{subject}, input", values["input"], ModelInput, set())
    for key in ("thresholds", "calibration", "options", "training", "figures"):
        if not isinstance(values.get(key, {}), dict):
            raise ModelError(subject, f"{key} is {values[key]!r}", "a JSON object")
    if not isinstance(values["classes"], list):
        raise ModelError(subject, f"classes is {values['classes']!r}", "a list of names")
    values["input"] = ModelInput(**values["input"])
    values["classes"] = tuple(values["classes"])
    return ModelCard(**values, path=path)


def _check_keys(subject: str, found: Any, kind: type, hidden: set[str]) -> None:
    if not isinstance(found, dict):
        raise ModelError(subject, f"is {found!r}", "a JSON object")
    fields = {f.name: f for f in dataclasses.fields(kind) if f.name not in hidden}
    unknown = sorted(set(found) - set(fields))
    missing = sorted(
        name
        for name, f in fields.items()
        if name not in found
        and f.default is dataclasses.MISSING
        and f.default_factory is dataclasses.MISSING
    )
    if unknown:
        raise ModelError(subject, f"has unknown keys {unknown}", f"only {sorted(fields)}")
    if missing:
        raise ModelError(subject, f"lacks {missing}", f"all of {sorted(fields)}")


def _check_words(subject: str, card: ModelCard) -> None:
    for name in ("name", "version", "task", "architecture", "file", "sha256", "licence"):
        if not isinstance(getattr(card, name), str):
            raise ModelError(subject, f"{name} is {getattr(card, name)!r:.80}", "a text")
    if card.task not in TASKS:
        raise ModelError(subject, f"task is {card.task!r}", " or ".join(TASKS))
    allowed = VOCABULARIES[card.task]
    if card.classes not in allowed:
        expected = " or ".join(str(list(names)) for names in allowed)
        raise ModelError(
            subject,
            f"classes are {list(card.classes)}",
            f"{expected}, in this order",
            "train it again with this version, or use a card that fits",
        )
    if len(card.sha256) != 64 or set(card.sha256) - set("0123456789abcdef"):
        raise ModelError(subject, f"sha256 is {card.sha256!r}", "64 hexadecimal digits")
    try:
        one_part(card.file)
    except UnsafePathError as error:
        raise ModelError(
            subject, f"file is {card.file!r}", "a file name beside the card"
        ) from error
    if card.input.scale not in get_args(Scale):
        raise ModelError(subject, f"input scale is {card.input.scale!r}", "display or gauss")


def _check_numbers(subject: str, card: ModelCard) -> None:
    for name, low in (("size", 1), ("channels", 1)):
        value = getattr(card.input, name)
        if not isinstance(value, int) or not low <= value <= 8192:
            raise ModelError(subject, f"input {name} is {value!r}", f"a whole number from {low}")
    numbers = {"input clip": card.input.clip, "input radius": card.input.radius}
    numbers |= {f"threshold {k}": v for k, v in card.thresholds.items()}
    for name, number in numbers.items():
        if not isinstance(number, int | float) or not math.isfinite(number):
            raise ModelError(subject, f"{name} is {number!r}", "a finite number")
    if card.input.clip <= 0 or card.input.radius < 0:
        raise ModelError(subject, "input clip or radius is not positive", "positive numbers")
