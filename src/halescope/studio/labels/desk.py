"""What the handlers of labels share: a data set's picture, where the Sun is in it, a worker."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from fastapi import Depends

from halescope.batch.workers import Workers
from halescope.io.filetime import parse_time
from halescope.studio.datasets.index import DatasetIndex, Record, open_index
from halescope.studio.labels import work
from halescope.studio.labels.store import found_in
from halescope.studio.pictures.cache import Pictures
from halescope.studio.problems import Problem
from halescope.studio.state import TheStudio
from halescope.types import DiskGeometry, Magnetogram

if TYPE_CHECKING:
    from halescope.studio.state import Studio


class Hands:
    """A process that looks at fields for the labelling pages; its networks are loaded at once."""

    def __init__(self, studio: Studio) -> None:
        self.workers = Workers(1)
        self.workers.warm(work.load)

    def close(self) -> None:
        """End the process."""
        self.workers.close()


@dataclass(frozen=True)
class Desk:
    """One picture of a data set that somebody labels.

    Parameters
    ----------
    studio : Studio
    name : str
        Of the data set.
    folder : Path
        Of the data set.
    index : DatasetIndex
        Its pictures.
    record : Record
        This one.
    """

    studio: Studio
    name: str
    folder: Path
    index: DatasetIndex
    record: Record

    @property
    def path(self) -> Path:
        """The picture's file; 404 where it may not be read or is gone."""
        return self.path_of(self.record)

    def path_of(self, record: Record) -> Path:
        """Return the file of a picture of this data set."""
        path = self.index.path(record)
        if path is None:
            text = f"{record.image} of {self.name} is not there; expected a picture in the data set"
            raise Problem(404, "The picture is gone", text)
        return self.studio.workspace.find(str(path))

    @property
    def stamp(self) -> int:
        """When the picture was changed last."""
        return self.path.stat().st_mtime_ns

    def seen(self, record: Record | None = None) -> Magnetogram:
        """Return a picture of this data set with its geometry and time, and no field.

        Raises
        ------
        HalescopeError
            It cannot be read.
        """
        record = record or self.record
        _, levels = self.studio.part(Pictures).open(self.path_of(record), record.time or None)
        return without_field(levels.facts)

    def network(self, name: str | None) -> str | None:
        """Return a network as the pipeline takes it: a shipped name, or a card that may be read."""
        if name and ("/" in name or name.endswith(".json")):
            return str(self.studio.workspace.find(name))
        return name or None

    def call(self, function: Any, *values: Any) -> Any:
        """Return what a function of `halescope.studio.labels.work` says of this picture."""
        workers = self.studio.part(Hands).workers
        return workers.call(function, str(self.path), self.stamp, *values, subject=self.record.key)


def without_field(facts: dict[str, Any]) -> Magnetogram:
    """Return a magnetogram that knows where the Sun is and when, from a picture's facts."""
    geometry = DiskGeometry(**facts["geometry"])
    file = facts["file"]
    return Magnetogram(
        np.zeros((1, 1), np.float32),
        facts["scale"],
        geometry,
        facts["name"],
        parse_time(facts["time"]) if facts["time"] else None,
        facts["instrument"],
        file_shape=(file["height"], file["width"]),
        rows_down=file["rows_down"],
        gauss_per_unit=facts["gauss_per_unit"],
    )


def desk_of(studio: TheStudio, name: str, image: str) -> Desk:
    """Return the picture that a request is about; 404 where there is none."""
    folder = studio.workspace.folder("datasets", name)
    index = open_index(folder)
    return Desk(studio, name, folder, index, found_in(index, image))


TheDesk = Annotated[Desk, Depends(desk_of)]
"""A handler's parameter of this type is the picture of its address."""
