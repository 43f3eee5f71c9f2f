"""Split by time: three stretches with a gap before each later one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halescope.datasets.splits.config import SplitConfig
from halescope.datasets.splits.rotation import epoch_hours
from halescope.errors import ConfigError, DatasetError


@dataclass
class TimeSplitter:
    """Three stretches of time with a gap between them, in which images are left out."""

    config: SplitConfig
    _hours: list[NDArray[np.float64]] = field(default_factory=list)
    _edges: tuple[float, float] = (0.0, 0.0)

    def observe(self, block: Mapping[str, Sequence[Any]]) -> None:
        """Keep the time of each image."""
        images, hours = block["image"], epoch_hours(block["time"])
        first = [h for i, h in enumerate(hours) if i == 0 or images[i] != images[i - 1]]
        self._hours.append(np.array(first))

    def decide(self) -> None:
        """Place the two gaps so that the kept images have the wanted shares."""
        if self.config.boundaries:
            edges = epoch_hours([_zoned(text) for text in self.config.boundaries])
            if not np.all(np.isfinite(edges)) or edges[0] >= edges[1]:
                raise ConfigError(
                    "--boundaries",
                    f"is {', '.join(self.config.boundaries)}",
                    "two times in order, as 2026-03-08,2026-03-25",
                )
            self._edges = (edges[0], edges[1])
            return
        hours = np.concatenate(self._hours) if self._hours else np.zeros(0)
        hours = np.sort(hours[np.isfinite(hours)])
        self._edges = time_edges(hours, self.config.fractions, self.config.gap_days * 24)

    def parts(self, block: Mapping[str, Sequence[Any]]) -> list[str]:
        """Return the part of each row; the gap lies before each later part's first moment."""
        gap, (validation, test) = self.config.gap_days * 24, self._edges
        out = []
        for hour in epoch_hours(block["time"]):
            if hour >= test:
                out.append("test")
            elif validation <= hour < test - gap:
                out.append("validation")
            else:
                out.append("train" if hour < validation - gap else "")
        return out


def time_edges(
    hours: NDArray[np.float64], fractions: Sequence[float], gap: float
) -> tuple[float, float]:
    """Return the first moments of validation and of test.

    Parameters
    ----------
    hours : (N,) float64
        Times of the images, sorted.
    fractions : sequence of float
        Shares of the images that are kept.
    gap : float
        Hours left out before either moment.

    Raises
    ------
    DatasetError
        The images do not last long enough for two such gaps.
    """
    low, high = 0, len(hours)
    best: tuple[float, float] | None = None
    while low < high:  # the more trains, the less is left for the test
        train = (low + high + 1) // 2
        edges = _edges_for(hours, train, fractions, gap)
        left = len(hours) - np.searchsorted(hours, edges[1]) if edges else 0
        if edges and left > 0 and left * fractions[0] >= train * fractions[2]:
            best, low = edges, train
        else:
            high = train - 1
    if best is None:
        span = (hours[-1] - hours[0]) / 24 if len(hours) else 0.0
        raise DatasetError(
            "split by time",
            f"{len(hours)} images over {span:.1f} days leave no room for two gaps "
            f"of {gap / 24:.1f} days",
            "a longer stretch",
            "give --gap with fewer days, or --method region",
        )
    return best


def _edges_for(
    hours: NDArray[np.float64], train: int, fractions: Sequence[float], gap: float
) -> tuple[float, float] | None:
    """Return both moments where the first `train` images train, None if the time runs out."""
    start = int(np.searchsorted(hours, hours[train - 1] + gap, "right"))
    count = max(1, round(train * fractions[1] / fractions[0])) if fractions[1] else 0
    stop = start + count
    if start >= len(hours) or stop > len(hours):
        return None
    last = hours[stop - 1] if count else hours[train - 1]
    begin = int(np.searchsorted(hours, last + gap, "right"))
    if begin >= len(hours):
        return None
    return float(hours[start]), float(hours[begin])


def _zoned(text: str) -> str:
    """Return a time with a zone: a plain day or time is UTC."""
    text = text.strip()
    if len(text) == 10:
        text += "T00:00:00"
    return text if text.endswith("Z") or "+" in text else text + "Z"
