"""Catalogues as one table in order of time: what linking needs of every row, as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halescope.errors import DatasetError
from halescope.io.catalog import merge_catalogs
from halescope.tracks.mean_rotation import epoch_hours
from halescope.types import Catalog

Floats = NDArray[np.float64]

BOX = ("x_min", "y_min", "x_max", "y_max")
NEEDED = ("image", "time", "region", *BOX, "score", "hgs_lon", "hgs_lat")

LEAST_APART = (0.3, 0.1)
"""Neighbouring boxes whose centres lie further apart than this, solar radii, show the scale; the
second holds where no two are as far apart as the first."""


@dataclass(frozen=True)
class Sightings:
    """Boxes of many images, in order of time.

    Parameters
    ----------
    catalog : Catalog
        Its rows, in the same order.
    hours : (N,) float64
        Since 1970-01-01 UTC.
    longitude, latitude : (N,) float64
        Stonyhurst, degrees; NaN for a box without a position.
    half_width, half_height : (N,) float64
        Of the box, heliographic degrees; NaN where the scale of the image is unknown.
    score : (N,) float64
    frame : (N,) int
        Index into `frame_hours`.
    frame_hours : (F,) float64
        Times of all images, increasing; those without any box are among them.
    frame_names : tuple of str
        Names of all images.
    notes : tuple of str
        What was put right on the way.
    """

    catalog: Catalog
    hours: Floats
    longitude: Floats
    latitude: Floats
    half_width: Floats
    half_height: Floats
    score: Floats
    frame: NDArray[np.int64]
    frame_hours: Floats
    frame_names: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.hours)

    @property
    def boxes(self) -> Floats:
        """(N, 4) float64: file pixels, NaN where a row has none."""
        return np.stack([numbers(self.catalog, name) for name in BOX], 1)


def gather(
    tables: Catalog | Iterable[Catalog], images: Iterable[tuple[str, str]] = ()
) -> Sightings:
    """Join catalogues and bring their rows into order of time.

    Parameters
    ----------
    tables : Catalog or iterable of Catalog
        As `halescope.analyze` and `halescope.read_catalog` return them, of one instrument.
    images : iterable of (name, time)
        All images that were analysed: those without any region have no row in a catalogue.

    Raises
    ------
    DatasetError
        A column or a time is missing, two images share a time, or instruments are mixed.
    """
    parts = [tables] if isinstance(tables, Catalog) else list(tables)
    catalog = parts[0] if len(parts) == 1 else merge_catalogs(parts)
    _check_columns(catalog)
    stamps = [str(value or "") for value in catalog.columns["time"]]
    cache: dict[str, float] = {}
    hours = np.array(epoch_hours(stamps, cache), np.float64)
    _check_times(catalog, stamps, hours)
    notes = []
    if (np.diff(hours) < 0).any():
        notes.append("rows were not in order of time, and were sorted")
        order = np.argsort(hours, kind="stable")
        catalog = take(catalog, order)
        hours = hours[order]
    _check_instruments(catalog)
    frame_hours, names = _frames(catalog, hours, images)
    width, height = box_sizes(catalog, hours)
    return Sightings(
        catalog, hours, numbers(catalog, "hgs_lon"), numbers(catalog, "hgs_lat"), width, height,
        numbers(catalog, "score"), np.searchsorted(frame_hours, hours), frame_hours, names,
        tuple(notes),
    )  # fmt: skip


def numbers(catalog: Catalog, name: str) -> Floats:
    """Return a column as float64, NaN where it holds nothing or is not there."""
    values = catalog.columns.get(name)
    if values is None:
        return np.full(len(catalog), np.nan)
    return np.array([np.nan if v is None or v == "" else v for v in values], np.float64)


def take(catalog: Catalog, order: NDArray[np.integer] | Sequence[int]) -> Catalog:
    """Return the rows that an index array picks."""
    picked = [int(i) for i in order]
    columns = {name: [values[i] for i in picked] for name, values in catalog.columns.items()}
    return Catalog(columns, catalog.units)


def _check_columns(catalog: Catalog) -> None:
    missing = [name for name in NEEDED if name not in catalog.columns]
    if missing:
        raise DatasetError(
            "catalogue",
            f"lacks the columns {', '.join(missing)}",
            "a catalogue that `halescope analyze` wrote",
        )


def _check_times(catalog: Catalog, stamps: Sequence[str], hours: Floats) -> None:
    bad = np.flatnonzero(~np.isfinite(hours))
    if len(bad):
        image = catalog.columns["image"][bad[0]]
        text = stamps[int(bad[0])]
        found = f"has the time {text!r}, which is none" if text else "has no time"
        count = f" (as have {len(bad) - 1} more rows)" if len(bad) > 1 else ""
        raise DatasetError(
            str(image), found + count, "a time for each image", "analyze again with --time"
        )


def _check_instruments(catalog: Catalog) -> None:
    """Refuse rows that HMI's networks were made for beside rows that they were not."""
    flags = catalog.columns.get("flags")
    if flags is None:
        return
    strange = ["other_instrument" in str(text or "") for text in flags]
    if any(strange) and not all(strange):
        images = catalog.columns["image"]
        raise DatasetError(
            "catalogue",
            f"mixes instruments ({images[strange.index(False)]} is of HMI, "
            f"{images[strange.index(True)]} is not)",
            "images of one instrument",
            "track each instrument by itself",
        )


def _frames(
    catalog: Catalog, hours: Floats, images: Iterable[tuple[str, str]]
) -> tuple[Floats, tuple[str, ...]]:
    """Return times and names of all images; refuse two of one time."""
    names: dict[float, str] = {}
    own = zip(hours.tolist(), catalog.columns["image"], strict=True)
    listed = [(name, time) for name, time in images if time]
    further = zip(epoch_hours(time for _, time in listed), (n for n, _ in listed), strict=True)
    for each in (own, further):
        for hour, name in each:
            if names.setdefault(hour, name) != name:
                raise DatasetError(
                    str(name),
                    f"has the same time as {names[hour]}",
                    "one image of a time",
                    "track each series of images by itself",
                )
    _check_numbers(catalog, hours)
    order = sorted(time for time in names if np.isfinite(time))
    return np.array(order, np.float64), tuple(names[time] for time in order)


def _check_numbers(catalog: Catalog, hours: Floats) -> None:
    """Refuse a region that one image has twice: two files of one name and time."""
    region = numbers(catalog, "region")
    order = np.lexsort((region, hours))
    twice = (np.diff(hours[order]) == 0) & (np.diff(region[order]) == 0)
    if twice.any():
        image = catalog.columns["image"][order[int(np.argmax(twice))]]
        raise DatasetError(
            str(image),
            "is there twice, or is the name of two files",
            "each image once",
            "give each catalogue once",
        )


def box_sizes(catalog: Catalog, hours: Floats) -> tuple[Floats, Floats]:
    """Return half widths and heights of all boxes, heliographic degrees.

    The scale, pixels to the solar radius, follows from the boxes themselves: it is the ratio of
    how far two neighbours of one image are apart in pixels and on the sky.
    """
    x0, y0, x1, y1 = (numbers(catalog, name) for name in BOX)
    lon, lat = (np.radians(numbers(catalog, name)) for name in ("hgs_lon", "hgs_lat"))
    west, north = np.cos(lat) * np.sin(lon), np.sin(lat)
    radius = _scale(hours, (x0 + x1) / 2, (y0 + y1) / 2, west, north)
    across = np.cos(lat) * np.clip(np.cos(lon), 0.25, 1)
    upwards = np.clip(np.cos(lat), 0.25, 1)
    width = np.degrees(np.abs(x1 - x0) / 2 / radius) / across
    height = np.degrees(np.abs(y1 - y0) / 2 / radius) / upwards
    return np.minimum(width, 30.0), np.minimum(height, 30.0)


def _scale(hours: Floats, x: Floats, y: Floats, west: Floats, north: Floats) -> Floats:
    """Return the solar radius of each row's image, pixels; NaN where nothing tells."""
    sky = np.hypot(np.diff(west), np.diff(north))
    together = np.diff(hours) == 0
    apart = together & (sky > LEAST_APART[0])
    if not apart.any():
        apart = together & (sky > LEAST_APART[1])
    ratio = np.full(len(hours), np.nan)
    ratio[1:][apart] = np.hypot(np.diff(x), np.diff(y))[apart] / sky[apart]
    starts = np.flatnonzero(np.diff(hours, prepend=-np.inf))
    if not len(starts):
        return ratio
    counts = np.add.reduceat(np.isfinite(ratio).astype(int), starts)
    means = np.add.reduceat(np.nan_to_num(ratio), starts) / np.where(counts, counts, np.nan)
    if not counts.any():
        return ratio
    means = np.where(counts > 0, means, np.nanmedian(means))
    return np.repeat(means, np.diff([*starts, len(hours)]))
