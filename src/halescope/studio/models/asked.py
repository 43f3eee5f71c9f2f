"""What a form asks for: values read and checked, sweeps, and the command line that does it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from halescope.errors import one_line
from halescope.studio.models.field import Field, Network, Value
from halescope.studio.problems import Problem
from halescope.studio.workspace import Workspace

MOST = 64
"""Runs that one form may start."""

MANIFESTS = ("manifest.csv", "split/manifest.csv", "labels/manifest.csv")
"""Where the manifest of a data set lies, the first that is there."""

OF_DISKS = ("data.split", "crops.classes", "crops.limit", "crops.margin")
"""Fields that say nothing of class folders."""

PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Source:
    """A data set as training takes it: its folder in the workspace, and its manifest for disks.

    `manifest` is empty for class folders of crops.
    """

    folder: str
    manifest: str

    @property
    def kind(self) -> str:
        """``disks`` or ``crops``."""
        return "disks" if self.manifest else "crops"

    def sets(self, network: Network) -> list[str]:
        """Return the overrides that make a network learn from it."""
        if self.kind not in network.data:
            text = f"{self.folder} holds {self.kind}, {network.title} learns from "
            raise Problem(422, "Not for this network", text + " or ".join(network.data))
        if self.kind == "crops":
            return [f"crops.folders={self.folder}"]
        given = [f"data.manifest={self.folder}/{self.manifest}", f"data.root={self.folder}"]
        return given if network.name in ("detectnet", "googlenet") else [*given, CACHE]


CACHE = "data.cache=jobs/.cache"
"""Canonical disks and crops are kept there, so that a second run on a data set starts at once."""


def source_of(workspace: Workspace, name: str) -> Source:
    """Return a data set of the workspace; 404 where there is none, 422 where it holds neither."""
    folder = workspace.folder("datasets", name)
    found = next((place for place in MANIFESTS if (folder / place).is_file()), "")
    places = [folder / part for part in PARTS if (folder / part).is_dir()] or [folder]
    if not found and not any(p.is_dir() and p.name[0] not in "._" for p in _inside(places)):
        text = f"datasets/{name} holds no manifest and no class folders"
        raise Problem(422, "No data set", text)
    return Source(workspace.relative(folder), found)


def _inside(places: list[Any]) -> list[Any]:
    return [path for place in places for path in place.iterdir()]


def variants(network: Network, given: Mapping[str, Any]) -> list[dict[str, Value]]:
    """Return the values of each run that a form asks for: several by commas make a sweep.

    Raises a 422 `Problem` whose `fields` say what is wrong with which.
    """
    known = {field.key: field for field in network.fields}
    faults = {key: "is no field of this network" for key in given if key not in known}
    read: dict[str, list[Value]] = {}
    for key, text in given.items():
        if key in faults:
            continue
        try:
            read[key] = [_value(known[key], item) for item in _items(known[key], text)]
        except ValueError as error:
            faults[key] = str(error)
    if faults:
        told = "; ".join(f"{one_line(key)[:60]} {what}" for key, what in faults.items())
        raise Problem(422, "The form has faults", told, fields=faults)
    count = math.prod(len(values) for values in read.values())
    if count > MOST:
        raise Problem(422, "Too many runs", f"{count} found, expected at most {MOST}")
    return [dict(zip(read, one, strict=True)) for one in itertools.product(*read.values())]


def varied(network: Network, given: Mapping[str, Any]) -> list[str]:
    """Return the keys of which a form gives several values."""
    known = {field.key: field for field in network.fields}
    return [key for key, text in given.items() if len(_items(known[key], text)) > 1]


def _items(field: Field, given: Any) -> list[Any]:
    """Return the values of one field: what stands between commas, unless it is one choice."""
    is_choice = any(given == value for value, _ in field.choices)
    if not isinstance(given, str) or is_choice:
        return [given]
    return [item.strip() for item in given.split(",") if item.strip()] or [""]


def _value(field: Field, given: Any) -> Value:
    """Return one value as the configuration takes it; `ValueError` says what is wrong."""
    if field.kind == "switch":
        words = {"true": True, "false": False, True: True, False: False}
        if given not in words:
            raise ValueError(f"is {given!r}, expected true or false")
        return words[given]
    if field.kind == "choice":
        names = [value for value, _ in field.choices]
        if str(given) not in names:
            raise ValueError(f"is {str(given)[:40]!r}, expected one of {', '.join(names)}")
        return str(given)
    if field.kind == "numbers":
        parts = given.split() if isinstance(given, str) else given
        if not isinstance(parts, list | tuple) or not parts:
            raise ValueError("is empty, expected numbers divided by spaces")
        return tuple(_number(field, part) for part in parts)
    found = _number(field, given)
    if field.kind == "whole" and found != int(found):
        raise ValueError(f"is {given}, expected a whole number")
    return int(found) if field.kind == "whole" else found


def _number(field: Field, given: Any) -> float:
    try:
        found = float(given)
    except (TypeError, ValueError):
        raise ValueError(f"is {str(given)[:40]!r}, expected a number") from None
    low = -math.inf if field.least is None else field.least
    high = math.inf if field.most is None else field.most
    if not (math.isfinite(found) and low <= found <= high):
        raise ValueError(f"is {given}, expected {low:g} to {high:g}")
    return found


def spelled(value: Value) -> str:
    """Return a value as TOML has it, and a word as itself."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(spelled(part) for part in value)}]"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def command(
    network: Network, source: Source, folder: str, values: Mapping[str, Value], start: str = ""
) -> list[str]:
    """Return the arguments of ``halescope`` that train; what keeps its default is left out.

    `folder`: of the run, in the workspace. `start`: a snapshot or a shipped network's name.
    """
    sets = [f"{'run.folder' if network.is_run else 'folder'}={folder}", *source.sets(network)]
    for field in network.fields:
        value = values.get(field.key, field.default)
        if source.kind == "crops" and field.key in OF_DISKS:
            continue
        if field.given or spelled(value) != spelled(field.default):
            sets.append(f"{field.key}={spelled(value)}")
    if start:
        sets.append(f"start_from={start}")
    return ["train", network.name, *itertools.chain(*(("--set", one) for one in sets))]
