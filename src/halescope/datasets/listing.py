"""Rows of a manifest for the eye, and counts over all of it, in a stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from halescope.datasets.labels.quality import SEPARATOR
from halescope.datasets.manifest import blocks

PRINTED = (
    "image", "time", "split", "noaa_number", "class", "status", "hgs_lon", "hgs_lat", "flags",
)  # fmt: skip
"""Columns that are looked at, and printed."""


def list_manifest(
    manifest: str | Path,
    wanted: Mapping[str, str],
    region: str | None = None,
    flag: str | None = None,
    limit: int = 20,
) -> Iterator[str]:
    """Yield lines: the first rows that match, then counts of all that match.

    Parameters
    ----------
    wanted : mapping of str to str
        Column to the value it must have.
    region : str, optional
        NOAA number or its last digits.
    flag : str, optional
        One of `halescope.datasets.labels.quality.FLAGS`.
    limit : int
        Rows to print.
    """
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("split", "class", "status")}
    rows, images, printed, last = 0, 0, 0, None
    numbers: set[str] = set()
    first, final = "~", ""
    for block in blocks(manifest, PRINTED):
        keep = np.ones(len(block["image"]), bool)
        for name, value in wanted.items():
            keep &= np.array(block[name], dtype=object) == value
        if region:
            keep &= np.array([str(n or "").endswith(region) for n in block["noaa_number"]])
        if flag:
            keep &= np.array(
                [flag in str(words or "").split(SEPARATOR) for words in block["flags"]]
            )
        for index in np.flatnonzero(keep).tolist():
            if printed < limit:
                printed += 1
                yield "  ".join(str(block[name][index] or "-") for name in PRINTED)
            rows += 1
            images += block["image"][index] != last
            last = block["image"][index]
        if keep.any():
            for name, counter in counts.items():
                counter.update(np.array(block[name], dtype=object)[keep].tolist())
            numbers.update(str(n) for n in np.array(block["noaa_number"], object)[keep] if n)
            times = [t for t in np.array(block["time"], object)[keep] if t]
            first, final = min([first, *times]), max([final, *times])
    if rows > printed:
        yield f"... and {rows - printed} more"
    yield f"{rows} rows, {images} images, {len(numbers)} NOAA regions, {first} to {final}"
    for name, counter in counts.items():
        named = ", ".join(f"{key or 'none'} {n}" for key, n in sorted(counter.items()))
        yield f"{name}: {named}"
