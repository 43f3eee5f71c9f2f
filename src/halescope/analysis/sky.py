"""Coordinates and maps of an analysis, by sunpy: positions as sunpy itself reads the header."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from halescope.errors import ConfigError, MissingExtraError, TimeError
from halescope.geometry import offset_to_pixel, pixel_to_offset, with_ephemeris
from halescope.io import read_full
from halescope.io.crops import fits_header
from halescope.tabulate import locate
from halescope.types import Array, Magnetogram

if TYPE_CHECKING:
    from astropy.coordinates import SkyCoord

    from halescope.analysis.result import Analysis


def map_of(magnetogram: Magnetogram) -> Any:
    """Return a magnetogram as a sunpy Map, at full resolution, row 0 at the bottom.

    Raises
    ------
    TimeError, MissingExtraError
    """
    return _map(read_full(magnetogram).field, magnetogram)


def centers(analysis: Analysis) -> SkyCoord:
    """Return where the regions are, see `halescope.Analysis.coordinates`."""
    seen = locate(analysis.disk, analysis.regions)
    offsets = pixel_to_offset(analysis.disk.geometry, seen.x, seen.y)
    x, y = offset_to_pixel(analysis.magnetogram.geometry_in_file, *offsets)
    return _frame(analysis.magnetogram).pixel_to_world(_pixels(x), _pixels(y))


def corners(analysis: Analysis) -> SkyCoord:
    """Return the corners of the boxes, see `halescope.Analysis.corners`."""
    boxes = upright_boxes(analysis).astype(np.float64) - 0.5
    x, y = boxes[:, [0, 2, 2, 0]], boxes[:, [1, 1, 3, 3]]
    return _frame(analysis.magnetogram).pixel_to_world(_pixels(x), _pixels(y))


def submap(analysis: Analysis, region: int, margin: float) -> Any:
    """Return a region's part of the map, see `halescope.Analysis.submap`."""
    boxes = upright_boxes(analysis)
    if isinstance(region, bool) or not isinstance(region, int | np.integer):
        raise ConfigError("region", f"is of type {type(region).__name__}", "a number of the table")
    if not 1 <= region <= len(boxes):
        among = f"1 to {len(boxes)}" if len(boxes) else "none: no region was found"
        raise ConfigError("region", f"is {region}", among)
    x0, y0, x1, y1 = boxes[region - 1].tolist()
    more = margin * max(x1 - x0, y1 - y0)
    low, high = (x0 - more, y0 - more), (x1 + more - 1, y1 + more - 1)
    part = analysis.map.submap(_pixels(low), top_right=_pixels(high))
    part.meta["image"], part.meta["region"] = analysis.magnetogram.name, int(region)
    return part


def upright_boxes(analysis: Analysis) -> Array:
    """Return the catalogue's boxes, (N, 4), file pixels with rows upwards, pixel edges."""
    columns = analysis.catalog.columns
    names = ("x_min", "y_min", "x_max", "y_max")
    boxes = np.array([columns[name] for name in names], np.float32).T.reshape(-1, 4)
    if analysis.magnetogram.rows_down:
        height = analysis.magnetogram.file_shape[0]
        boxes[:, [1, 3]] = height - boxes[:, [3, 1]]
    return boxes


def wcs_of(magnetogram: Magnetogram) -> Any:
    """Return the full file's WCS as sunpy has it, rows upwards.

    Raises
    ------
    TimeError, MissingExtraError
    """
    return _frame(magnetogram).wcs


def _frame(magnetogram: Magnetogram) -> Any:
    """Return a map of the full file's size that holds coordinates and no data."""
    nothing = np.broadcast_to(np.float32(0), magnetogram.file_shape)
    return _map(nothing, magnetogram)


def _map(field: Array, magnetogram: Magnetogram) -> Any:
    if magnetogram.time is None:
        found = "has no time, so that its observer is unknown"
        raise TimeError(magnetogram.name, found, "a time", "give time=")
    try:
        import sunpy.map
        from sunpy.util.exceptions import SunpyUserWarning
    except ImportError as error:
        raise MissingExtraError("sunpy", "sun") from error
    from astropy.wcs import FITSFixedWarning

    header = fits_header(_placed_by_itself(magnetogram))
    if with_ephemeris(magnetogram.geometry, magnetogram.time) == magnetogram.geometry:
        header.update(_earth(magnetogram.time))
    with warnings.catch_warnings():  # of what is missing in the file's own header and is filled in
        warnings.simplefilter("ignore", FITSFixedWarning)
        warnings.simplefilter("ignore", SunpyUserWarning)
        made = sunpy.map.Map(field, header)
        _ = made.coordinate_frame
    return made


def _placed_by_itself(magnetogram: Magnetogram) -> Magnetogram:
    """Return the magnetogram without a header that sunpy would not read as helioprojective."""
    ctype = str(magnetogram.header.get("CTYPE1") or "HPLN").strip().upper()
    known = ctype[:4] == "HPLN" and "CRPIX1" in magnetogram.header
    return magnetogram if known else replace(magnetogram, header={})


def _earth(time: datetime) -> dict[str, float]:
    """Return the keywords of an observer on Earth by sunpy's ephemeris, which is finer than ours.

    For images whose file says nothing of the observer.
    """
    from sunpy.coordinates import get_earth

    seen = get_earth(time.replace(tzinfo=None))
    place = {"HGLN_OBS": 0.0, "HGLT_OBS": seen.lat.to_value("deg")}
    return place | {"DSUN_OBS": seen.radius.to_value("m")}


def _pixels(values: Any) -> Any:
    from astropy import units as u

    found: NDArray[np.float64] = np.asarray(values, np.float64)
    return found * u.pix
