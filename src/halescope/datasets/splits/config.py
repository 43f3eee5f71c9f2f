"""How to split a data set."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

from halescope.errors import ConfigError
from halescope.tracks.mean_rotation import PASSAGE_DAYS

PARTS = ("train", "validation", "test")
"""Names of the parts, in order."""

METHODS = ("random", "region", "time", "shared")

Method = Literal["random", "region", "time", "shared"]
Unit = Literal["image", "region"]


@dataclass(frozen=True)
class SplitConfig:
    """How to split.

    Parameters
    ----------
    method : {"time", "region", "random", "shared"}
        ``shared`` keeps what ``time`` and ``random`` put into the same part.
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
        if self.method not in METHODS:
            expected = f"{', '.join(METHODS[:-1])} or {METHODS[-1]}"
            raise ConfigError("--method", f"is {self.method!r}", expected)
        if len(self.fractions) != 3 or min(self.fractions) < 0:
            raise ConfigError("--fractions", f"is {self.fractions}", "three shares, 0 or more")
        if abs(sum(self.fractions) - 1) > 1e-6:
            raise ConfigError("--fractions", f"add up to {sum(self.fractions):g}", "1")
        if self.boundaries and len(self.boundaries) != 2:
            raise ConfigError("--boundaries", f"has {len(self.boundaries)} times", "2")
        if self.gap_days < 0:
            raise ConfigError("--gap", f"is {self.gap_days}", "days, 0 or more")

    @property
    def by_image(self) -> bool:
        """Whether whole images are divided, and listed."""
        return self.method in ("time", "shared") or (
            self.method == "random" and self.unit == "image"
        )


def short_hash(text: str) -> int:
    """Return 64 bits of a hash that is the same on every machine."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")
