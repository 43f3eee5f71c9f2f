"""Split by region: each region, with its returns on later rotations, in one part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from halescope.datasets.manifest import number_or_nan
from halescope.datasets.splits.config import PARTS, SplitConfig, stratum
from halescope.datasets.splits.leakage import Census, RegionRecord, returning, short_hash
from halescope.datasets.splits.rotation import epoch_hours, rotation_phase, rough_carrington


@dataclass
class RegionSplitter:
    """Whole regions into one part, with their returns on later rotations.

    Plage that has no number goes by its cell of 15 by 15 degrees on the rotating Sun.
    """

    config: SplitConfig
    _records: dict[int, RegionRecord] = field(default_factory=dict)
    _classes: dict[int, int] = field(default_factory=dict)
    _part_of: dict[int, str] = field(default_factory=dict)

    def observe(self, block: Mapping[str, Sequence[Any]]) -> None:
        """Count each region's rows and note its place and most complex class."""
        census = Census()
        census.regions = self._records
        census.update(dict(block) | {"sha256": block["image"]}, ["all"] * len(block["image"]))
        rows = zip(block["noaa_number"], block["class"], block["status"], strict=True)
        for number, name, status in rows:
            if number and status == "firm":
                key = int(number)
                self._classes[key] = max(stratum(name), self._classes.get(key, 0))

    def decide(self) -> None:
        """Deal families of regions, largest first, to the part that lacks most."""
        families = _families(self._records)
        groups: dict[int, list[tuple[int, list[int]]]] = {}
        for family in families:
            rows = sum(self._records[n].rows["all"] for n in family)
            rank = max(self._classes.get(n, 0) for n in family) if self.config.stratify else 0
            groups.setdefault(rank, []).append((rows, family))
        shares = np.array(self.config.fractions)
        for rank in sorted(groups, reverse=True):
            dealt = np.zeros(3)
            total = sum(rows for rows, _ in groups[rank])
            for rows, family in sorted(groups[rank], key=self._order):
                part = int(np.argmax(np.where(shares > 0, shares * total - dealt, -np.inf)))
                dealt[part] += rows
                self._part_of |= dict.fromkeys(family, PARTS[part])

    def _order(self, group: tuple[int, list[int]]) -> tuple[float, int]:
        """Large families first, in coarse steps; by hash within a step."""
        step = -round(np.log2(max(group[0], 1)))
        return step, short_hash(f"{self.config.seed}:{min(group[1])}")

    def parts(self, block: Mapping[str, Sequence[Any]]) -> list[str]:
        """Return the part of each row; images without regions go at random."""
        hours = np.array(epoch_hours(block["time"]))
        longitude = np.array([number_or_nan(value) for value in block["hgs_lon"]])
        place = rough_carrington(hours, longitude)
        turn = np.floor(rotation_phase(hours) + longitude / 360)
        out = []
        for i, number in enumerate(block["noaa_number"]):
            if number:
                out.append(self._part_of[int(number)])
            elif np.isfinite(place[i]):
                cell = f"{turn[i]:.0f}/{place[i] // 15:.0f}/{float(block['hgs_lat'][i]) // 15:.0f}"
                out.append(self._drawn(cell))
            else:
                out.append(self._drawn(str(block["image"][i])))
        return out

    def _drawn(self, key: str) -> str:
        value = short_hash(f"{self.config.seed}:{key}") / 2**64
        edges = np.cumsum(self.config.fractions[:2])
        return PARTS[int(np.digitize(value, edges))]


def _families(records: Mapping[int, RegionRecord]) -> list[list[int]]:
    """Join regions with their returns."""
    head = {number: number for number in records}

    def find(number: int) -> int:
        while head[number] != number:
            head[number] = head[head[number]]
            number = head[number]
        return number

    for older, newer in returning(records):
        head[find(newer)] = find(older)
    families: dict[int, list[int]] = {}
    for number in records:
        families.setdefault(find(number), []).append(number)
    return list(families.values())
