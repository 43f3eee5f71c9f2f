"""What a region is called in a label file or a class folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from halescope.classes import COARSE, MOUNT_WILSON, PAPER
from halescope.datasets.manifest import Entry
from halescope.datasets.predicates import has_field
from halescope.errors import ConfigError, DatasetError

DONT_CARE = "DontCare"
"""KITTI's name for a box that neither trains nor counts."""

ANY_REGION = ("ar", "sunspot")
"""Names of a region whose class is not told: ours, and the paper's."""

SCHEMES: dict[str, Callable[[str], str]] = {
    "mount-wilson": lambda name: name,
    "paper": lambda name: PAPER[name],
    "coarse": lambda name: COARSE[name],
    "detector": lambda name: "ar",
}
"""Naming schemes: NOAA's seven classes; the paper's A, AG, B, BG as Helioviewer merges them (AG
only from labels spelled alpha-gamma, which NOAA does not give); alpha / beta / complex; one."""

Doubtful = Literal["dontcare", "keep", "drop"]


def check_scheme(scheme: str) -> None:
    """Raise `ConfigError` for an unknown scheme."""
    if scheme not in SCHEMES:
        raise ConfigError("--scheme", f"is {scheme!r}", ", ".join(SCHEMES))


def name_of(
    entry: Entry, scheme: str, doubtful: Doubtful = "drop", plage: bool = False
) -> str | None:
    """Return what a region is called, None if it is left out.

    Parameters
    ----------
    scheme : str
        One of `SCHEMES`.
    doubtful : {"dontcare", "keep", "drop"}
    plage : bool
        Keep plage, under this name.

    Raises
    ------
    DatasetError
        Its class is none of `MOUNT_WILSON`, and the scheme has no name for it.
    """
    if entry.status == "plage":
        return "plage" if plage else None
    if entry.status == "doubtful" and doubtful == "drop":
        return None
    # The fringe of a region has neither number nor class; a stand-in box shows nothing.
    empty = not (entry.noaa_number or entry.mount_wilson) or not has_field(entry)
    if entry.status == "doubtful" and (doubtful == "dontcare" or empty):
        return DONT_CARE
    if not entry.mount_wilson:
        return "ar" if scheme == "detector" else None
    try:
        return SCHEMES[scheme](entry.mount_wilson)
    except KeyError as error:
        found = f"has the class {entry.mount_wilson!r:.80}"
        raise DatasetError(entry.image, found, f"one of {', '.join(MOUNT_WILSON)}") from error
