"""What of a manifest goes into one part as a whole: found block by block, then looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.classes import COARSE
from halescope.datasets.manifest import number_or_nan
from halescope.datasets.splits.config import SplitConfig, Unit, short_hash
from halescope.datasets.splits.leakage import RegionRecord, arrays_of, count_regions
from halescope.datasets.splits.strategies import Parts, Units, part_names, split_units
from halescope.tracks.mean_rotation import epoch_hours, rotation_phase, rough_carrington
from halescope.tracks.returns import families, returning

SPLIT_COLUMNS = ("image", "time", "noaa_number", "class", "status", "hgs_lon", "hgs_lat")
"""Columns that decide what goes together."""

Block = Mapping[str, Sequence[Any]]
"""Rows of a manifest, column by column."""


class UnitTable:
    """The units of a manifest and their parts: some 40 bytes for each, however many rows there are.

    `observe` sees every block once, `decide` divides, `parts` tells the part of each row.
    """

    def __init__(self, config: SplitConfig) -> None:
        self.config = config
        self._runs: list[tuple[NDArray[Any], ...]] = []
        self._regions: dict[int, RegionRecord] = {}
        self._hashes: NDArray[np.uint64] = np.array([], np.uint64)
        self._parts: Parts = np.array([], np.int8)

    def observe(self, block: Block) -> None:
        """Note name, time, stratum and rows of the units of a block."""
        hashes, starts = self._hashed(block)
        if not len(starts):
            return
        hours = np.array(epoch_hours([block["time"][i] for i in starts]))
        strata = [
            stratum(name) if status == "firm" and self.config.stratify else 0
            for name, status in zip(block["class"], block["status"], strict=True)
        ]
        ranks = np.maximum.reduceat(np.array(strata, np.int8), starts)
        counts = np.diff([*starts, len(strata)])
        self._runs.append((hashes, hours, ranks, counts))
        if self.config.method == "region":
            count_regions(self._regions, "all", arrays_of(block))

    def decide(self) -> None:
        """Divide, after the last block."""
        if not self._runs:
            return
        names, hours, strata, counts = map(np.concatenate, zip(*self._runs, strict=True))
        self._runs.clear()
        self._hashes, first, place = np.unique(names, return_index=True, return_inverse=True)
        ranks = np.zeros(len(self._hashes), np.int8)
        rows, family = np.zeros((2, len(self._hashes)), np.int64)
        np.maximum.at(ranks, place, strata)
        np.add.at(rows, place, counts)
        if self._regions:
            places = {n: region.place for n, region in self._regions.items() if region.placed}
            for number, head in families(self._regions, returning(places)).items():
                family[np.searchsorted(self._hashes, self._hash(str(number)))] = head
        self._parts = split_units(
            Units(hours[first], self._hashes, ranks, rows, family), self.config
        )

    def parts(self, block: Block) -> list[str]:
        """Return the part of each row, empty for those left out."""
        hashes, starts = self._hashed(block)
        found = self._parts[np.searchsorted(self._hashes, hashes)]
        return part_names(np.repeat(found, np.diff([*starts, len(block["image"])])))

    def _hashed(self, block: Block) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
        """Return the hash of each run of rows of one unit, and where it starts."""
        if self.config.method == "region":
            names = _region_names(block)
        else:
            names = listed_names(block, "image" if self.config.by_image else "region")
        starts = [i for i, name in enumerate(names) if i == 0 or name != names[i - 1]]
        hashes = np.array([self._hash(names[i]) for i in starts], np.uint64)
        return hashes, np.array(starts, np.intp)

    def _hash(self, name: str) -> int:
        return short_hash(f"{self.config.seed}:{name}")


def stratum(name: str | None) -> int:
    """Return 1, 2 or 3 for alpha, beta and complex classes, 0 for none."""
    return {"alpha": 1, "beta": 2, "complex": 3}.get(COARSE.get(name or "", ""), 0)


def listed_names(block: Block, unit: Unit) -> list[str]:
    """Return what stands on the lists: ``image`` or ``image#NOAA`` (plage: its place)."""
    images = [str(image) for image in block["image"]]
    if unit == "image":
        return images
    where = zip(images, block["noaa_number"], block["hgs_lon"], block["hgs_lat"], strict=True)
    return [f"{image}#{number or _place(lon, lat)}" for image, number, lon, lat in where]


def _place(longitude: Any, latitude: Any) -> str:
    """Return a position as text, the same from CSV and from Parquet."""
    return "" if longitude in ("", None) else f"{float(longitude):.2f},{float(latitude):.2f}"


def _region_names(block: Block) -> list[str]:
    """Return NOAA's number of each row; for plage its cell of 15 degrees, else the image.

    Cells lie on the rotating Sun: rotation, longitude and latitude.
    """
    hours = np.array(epoch_hours(block["time"]))
    longitude = np.array([number_or_nan(value) for value in block["hgs_lon"]])
    place = rough_carrington(hours, longitude)
    turn = np.floor(rotation_phase(hours) + longitude / 360)
    out = []
    for i, number in enumerate(block["noaa_number"]):
        if number:
            out.append(str(int(number)))
        elif np.isfinite(place[i]):
            latitude = float(block["hgs_lat"][i]) // 15
            out.append(f"{turn[i]:.0f}/{place[i] // 15:.0f}/{latitude:.0f}")
        else:
            out.append(str(block["image"][i]))
    return out
