"""The rows of one part while they are gathered."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from halescope.archive.files import text_of
from halescope.archive.store.schema import GENERATION, TABLES, pyarrow, schema
from halescope.errors import HalescopeError, one_line
from halescope.types import Catalog

if TYPE_CHECKING:
    from halescope.archive.tasks import File
    from halescope.pipeline import Analysis

PASSING = frozenset({"unreadable", "changed", "lost", "memory"})
"""Kinds of fault that may be gone the next time."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a file: a kind, and a message on one line."""

    kind: str
    message: str

    @classmethod
    def of(cls, error: HalescopeError) -> Fault:
        """Return it of an error, whose class gives the kind: ``not-a-magnetogram``, ``read``."""
        words = re.findall("[A-Z][a-z]*", type(error).__name__.removesuffix("Error"))
        return cls("-".join(words).lower(), str(error))


class Rows:
    """Rows of images, regions and faults, column by column.

    Parameters
    ----------
    physics : bool
        Whether regions have the columns of ``--physics``.
    generation : int
        Number of the build.
    """

    def __init__(self, physics: bool, generation: int) -> None:
        self.physics, self.generation = physics, generation
        self._columns: dict[str, dict[str, list[Any]]] = {
            table: {name: [] for name in self._schema(table).names if name != GENERATION}
            for table in TABLES
        }

    def add_image(self, file: File, key: str, analysis: Analysis) -> None:
        """Add an analysed image and its regions."""
        origin = analysis.magnetogram
        geometry = origin.geometry_in_file
        height, width = origin.file_shape
        about = {
            "time": None if origin.time is None else origin.time.replace(tzinfo=None),
            "instrument": origin.instrument,
            "scale": origin.scale,
            "width": width,
            "height": height,
            "rows_down": origin.rows_down,
            "radius": round(geometry.radius, 3),
            "b0": None if geometry.b0 is None else round(geometry.b0, 4),
            "l0": None if geometry.l0 is None else round(geometry.l0, 4),
            "flags": origin.flags.words(),
        }
        self.add_found(file, key, about, analysis.catalog)

    def add_found(self, file: File, key: str, about: dict[str, Any], catalog: Catalog) -> None:
        """Add an image of known columns, and its catalogue."""
        own = self._file(file, key)
        self._append("images", about | own | {"regions": len(catalog)})
        given = catalog.columns
        count = len(catalog)
        fixed = {name: [own[name]] * count for name in ("image", "source")}
        fixed["time"] = [about["time"]] * count
        for name, column in self._columns["regions"].items():
            column.extend(fixed[name] if name in fixed else given[name])

    def add_fault(self, file: File, key: str, fault: Fault) -> None:
        """Add a file that could not be analysed."""
        own = self._file(file, key)
        about = {"time": file.time, "kind": fault.kind, "passing": fault.kind in PASSING}
        message = one_line(fault.message)
        self._append("faults", about | own | {"message": " ".join(message.split())})

    def faults(self) -> tuple[dict[str, int], dict[str, str]]:
        """Return how many of each kind, and one message of each."""
        found = self._columns["faults"]
        examples = dict(zip(reversed(found["kind"]), reversed(found["message"]), strict=True))
        return dict(Counter(found["kind"])), examples

    def table(self, name: str) -> Any:
        """Return one of `TABLES` as a pyarrow table."""
        pa = pyarrow()
        shape, columns = self._schema(name), self._columns[name]
        rows = len(columns["image"])
        arrays = [
            pa.array([self.generation] * rows if f.name == GENERATION else columns[f.name], f.type)
            for f in shape
        ]
        return pa.table(arrays, schema=shape)

    def _schema(self, table: str) -> Any:
        return schema(table, physics=self.physics, parts=True)

    def _append(self, table: str, row: dict[str, Any]) -> None:
        for name, column in self._columns[table].items():
            column.append(row[name])

    @staticmethod
    def _file(file: File, key: str) -> dict[str, Any]:
        return {
            "image": text_of(os.path.basename(file.path)),
            "source": text_of(file.path),
            "size": file.size,
            "mtime_ns": file.mtime,
            "key": key,
            "identity": file.identity,
        }
