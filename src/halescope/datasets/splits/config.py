"""How to split a data set, and what every way of splitting shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from halescope.classes import COARSE
from halescope.datasets.splits.rotation import PASSAGE_DAYS
from halescope.errors import ConfigError

PARTS = ("train", "validation", "test")
"""Names of the parts, in order."""

Method = Literal["random", "region", "time"]
Unit = Literal["image", "region"]


@dataclass(frozen=True)
class SplitConfig:
    """How to split.

    Parameters
    ----------
    method : {"time", "region", "random"}
    unit : {"image", "region"}
        What goes into one part as a whole, for the random method: a full disk, or a crop. By time
        it is always the image, by region the region.
    fractions : tuple of float
        Of train, validation and test; they add up to 1.
    gap_days : float
        Images between two parts that are left out, by time. Default: a full disk passage.
    boundaries : tuple of str
        By time: first moment of validation and of test, instead of fractions.
    stratify : bool
        Keep the classes' shares alike in all parts, as far as whole units allow.
    """

    method: Method = "time"
    unit: Unit = "image"
    fractions: tuple[float, float, float] = (0.7, 0.2, 0.1)
    gap_days: float = PASSAGE_DAYS
    boundaries: tuple[str, ...] = ()
    stratify: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        if self.method not in ("random", "region", "time"):
            raise ConfigError("--method", f"is {self.method!r}", "random, region or time")
        if len(self.fractions) != 3 or min(self.fractions) < 0:
            raise ConfigError("--fractions", f"is {self.fractions}", "three shares, 0 or more")
        if abs(sum(self.fractions) - 1) > 1e-6:
            raise ConfigError("--fractions", f"add up to {sum(self.fractions):g}", "1")
        if self.boundaries and len(self.boundaries) != 2:
            raise ConfigError("--boundaries", f"has {len(self.boundaries)} times", "2")
        if self.gap_days < 0:
            raise ConfigError("--gap", f"is {self.gap_days}", "days, 0 or more")


class Splitter(Protocol):
    """Looks at a manifest once, block by block, then tells the part of each row of a block."""

    def observe(self, block: Mapping[str, Sequence[Any]]) -> None:
        """Look at a block of rows."""

    def decide(self) -> None:
        """Draw the lines, after the last block."""

    def parts(self, block: Mapping[str, Sequence[Any]]) -> list[str]:
        """Return the part of each row, empty for those left out."""


SPLIT_COLUMNS = ("image", "time", "noaa_number", "class", "status", "hgs_lon", "hgs_lat")
"""Columns that a splitter looks at."""


def stratum(name: str | None) -> int:
    """Return 1, 2 or 3 for alpha, beta and complex classes, 0 for none."""
    return {"alpha": 1, "beta": 2, "complex": 3}.get(COARSE.get(name or "", ""), 0)


def unit_keys(block: Mapping[str, Sequence[Any]], unit: Unit) -> list[str]:
    """Return what goes into one part as a whole: ``image`` or ``image#NOAA`` (plage: its place).

    Parameters
    ----------
    unit : {"image", "region"}
    """
    images = [str(image) for image in block["image"]]
    if unit == "image":
        return images
    where = zip(images, block["noaa_number"], block["hgs_lon"], block["hgs_lat"], strict=True)
    return [f"{image}#{number or _place(lon, lat)}" for image, number, lon, lat in where]


def _place(longitude: Any, latitude: Any) -> str:
    """Return a position as text, the same from CSV and from Parquet."""
    return "" if longitude in ("", None) else f"{float(longitude):.2f},{float(latitude):.2f}"
