"""What one reading of a manifest finds out about regions and frames, part by part.

Memory grows with the number of regions and images (a few bytes each), not with that of rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.datasets.splits.config import short_hash
from halescope.tracks.mean_rotation import epoch_hours, rotation_phase, rough_carrington
from halescope.tracks.returns import Place

CENSUS_COLUMNS = (
    "image", "sha256", "time", "split", "noaa_number", "class", "status", "hgs_lon", "hgs_lat",
)  # fmt: skip
"""What `Census.update` looks at."""

LONGITUDE_EDGES = (0.0, 30.0, 60.0, 90.0)
"""Bins of |longitude|, degrees."""


@dataclass
class RegionRecord:
    """What is known of one NOAA number.

    Parameters
    ----------
    rows : Counter
        Rows in each part.
    first, last : float
        Hours since 1970.
    vector : complex
        Sum of unit vectors of Carrington longitude.
    latitude : float
        Sum of latitudes, degrees.
    placed : int
        Rows that had a position.
    """

    rows: Counter[str] = field(default_factory=Counter)
    first: float = float("inf")
    last: float = float("-inf")
    vector: complex = 0j
    latitude: float = 0.0
    placed: int = 0

    @property
    def place(self) -> Place:
        """Mean place of the rows that have one."""
        longitude = float(np.degrees(np.angle(self.vector)))
        return Place((self.first + self.last) / 48, longitude, self.latitude / self.placed)


@dataclass
class Part:
    """What is known of one part of a split.

    `classes`, `statuses`, `longitudes`: firm rows by class; all rows by status; firm rows by bin of
    |longitude|. `rotations`: Carrington rotations.
    """

    rows: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    longitudes: Counter[int] = field(default_factory=Counter)
    rotations: set[int] = field(default_factory=set)
    frames: list[NDArray[np.uint64]] = field(default_factory=list)
    hours: list[NDArray[np.float64]] = field(default_factory=list)
    checksums: list[NDArray[np.uint64]] = field(default_factory=list)

    def frame_table(self) -> tuple[NDArray[np.uint64], NDArray[np.float64], NDArray[np.uint64]]:
        """Return name hashes, hours and checksums of the images, each image once."""
        if not self.frames:
            none = np.zeros(0, np.uint64)
            return none, np.zeros(0), none
        names, first = np.unique(np.concatenate(self.frames), return_index=True)
        return names, np.concatenate(self.hours)[first], np.concatenate(self.checksums)[first]


class Census:
    """Counts regions and frames while a manifest streams by."""

    def __init__(self) -> None:
        self.regions: dict[int, RegionRecord] = {}
        self.parts: dict[str, Part] = {}
        self._times: dict[str, float] = {}

    def update(self, block: Mapping[str, Sequence[Any]], splits: Sequence[str]) -> None:
        """Count one block of rows, with `CENSUS_COLUMNS`; rows of an empty part are left out."""
        part = np.array(splits, dtype=object)
        columns = arrays_of(block, self._times)
        for name in sorted(set(splits) - {""}):
            here = part == name
            mine = {key: values[here] for key, values in columns.items()}
            self._count_part(name, mine)
            index = np.flatnonzero(here)
            self._count_frames(self.parts[name], block, index, columns["hours"])
            count_regions(self.regions, name, mine)

    def _count_part(self, name: str, columns: dict[str, NDArray[Any]]) -> None:
        part = self.parts.setdefault(name, Part())
        status = columns["status"]
        part.rows += int((status != "").sum())
        part.statuses.update(status[status != ""].tolist())
        firm = status == "firm"
        part.classes.update(columns["class"][firm].tolist())
        away = np.abs(columns["longitude"][firm])
        bins = np.digitize(away[np.isfinite(away)], LONGITUDE_EDGES[1:-1])
        part.longitudes.update(bins.tolist())
        hours = columns["hours"]
        phases = np.unique(np.floor(rotation_phase(hours[np.isfinite(hours)])))
        part.rotations.update(int(phase) for phase in phases)

    def _count_frames(
        self,
        part: Part,
        block: Mapping[str, Sequence[Any]],
        index: NDArray[np.intp],
        hours: NDArray[np.float64],
    ) -> None:
        """Keep eight bytes of each image's name and checksum, rows of one image counted once."""
        images = block["image"]
        before = [-1, *index[:-1].tolist()]  # the part's own row, which may not be the one above
        first = [
            i
            for i, j in zip(index.tolist(), before, strict=True)
            if j < 0 or images[i] != images[j]
        ]
        part.frames.append(np.array([short_hash(str(images[i])) for i in first], np.uint64))
        part.hours.append(hours[first])
        sums = [str(block["sha256"][i] or images[i]) for i in first]
        part.checksums.append(np.array([short_hash(text) for text in sums], np.uint64))


def count_regions(
    regions: dict[int, RegionRecord], part: str, columns: Mapping[str, NDArray[Any]]
) -> None:
    """Count rows of one part, see `arrays_of`, by region, and note where each was."""
    listed = columns["number"] > 0
    numbers, hours = columns["number"][listed], columns["hours"][listed]
    longitude, latitude = columns["longitude"][listed], columns["latitude"][listed]
    angle = np.radians(rough_carrington(hours, longitude))
    for number in np.unique(numbers):
        mine = numbers == number
        record = regions.setdefault(int(number), RegionRecord())
        record.rows[part] += int(mine.sum())
        known = mine & np.isfinite(angle) & np.isfinite(latitude)
        if known.any():
            record.first = min(record.first, float(hours[known].min()))
            record.last = max(record.last, float(hours[known].max()))
            record.vector += complex(np.exp(1j * angle[known]).sum())
            record.latitude += float(latitude[known].sum())
            record.placed += int(known.sum())


def arrays_of(
    block: Mapping[str, Sequence[Any]], times: dict[str, float] | None = None
) -> dict[str, NDArray[Any]]:
    """Return what is counted of a block of rows, (N,) each; `times` as in `epoch_hours`."""
    return {
        "number": np.array([int(v or 0) for v in block["noaa_number"]], np.int64),
        "hours": np.array(epoch_hours(block["time"], times)),
        "longitude": _numbers(block["hgs_lon"]),
        "latitude": _numbers(block["hgs_lat"]),
        "class": np.array(block["class"], dtype=object),
        "status": np.array(block["status"], dtype=object),
    }


def _numbers(values: Sequence[Any]) -> NDArray[np.float64]:
    """Return cells as numbers, NaN for empty ones."""
    try:
        return np.fromiter(map(float, values), np.float64, len(values))
    except (TypeError, ValueError):
        empty = ("", None)
        return np.array([float("nan") if v in empty else float(v) for v in values], np.float64)
