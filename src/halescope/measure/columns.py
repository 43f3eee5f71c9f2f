"""The measures of one patch as catalogue columns, rounded, with their units."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from halescope.measure.bipole import Bipole, measure_bipole
from halescope.measure.cores import Cores, find_cores
from halescope.measure.flux import Flux, measure_flux, region_mask
from halescope.measure.hale import cycle_of, obeys_hale
from halescope.measure.inversion import Inversion, measure_inversion
from halescope.measure.patch import Patch

UNITS: dict[str, str] = {
    "flux_positive": "Mx",
    "flux_positive_err": "Mx",
    "flux_negative": "Mx",
    "flux_negative_err": "Mx",
    "flux_net": "Mx",
    "flux_unsigned": "Mx",
    "flux_err": "Mx",
    "imbalance": "",
    "imbalance_err": "",
    "field_max": "G",
    "field_max_err": "G",
    "positive_lon": "deg",
    "positive_lon_err": "deg",
    "positive_lat": "deg",
    "positive_lat_err": "deg",
    "negative_lon": "deg",
    "negative_lon_err": "deg",
    "negative_lat": "deg",
    "negative_lat_err": "deg",
    "separation_mm": "Mm",
    "separation_mm_err": "Mm",
    "tilt": "deg",
    "tilt_err": "deg",
    "leading": "",
    "cycle": "",
    "hale": "",
    "pil_mm": "Mm",
    "pil_mm_err": "Mm",
    "pil_steep_mm": "Mm",
    "pil_steep_mm_err": "Mm",
    "r_value": "",
    "r_value_err": "",
    "wlsg": "G",
    "wlsg_err": "G",
    "cores_positive": "",
    "cores_negative": "",
    "core_area_mm2": "Mm2",
    "core_area_mm2_err": "Mm2",
    "core_distance_mm": "Mm",
    "core_distance_mm_err": "Mm",
}
"""Column names in their order, with units in astropy's spelling (empty: none)."""


def empty_row() -> dict[str, Any]:
    """Return a row of a region that nothing can be measured of: all None."""
    return dict.fromkeys(UNITS)


def measure_patch(patch: Patch, time: datetime | None = None) -> dict[str, Any]:
    """Return all measures of one patch.

    Parameters
    ----------
    time : datetime or None
        Aware; sets the cycle.

    Returns
    -------
    dict of str to value
        Keys of `UNITS`; None where the data cannot say: flux and field in gauss from display data,
        positions and tilt without a time, gradients from coarse pixels.
    """
    mask = region_mask(patch)
    row = empty_row()
    row |= _flux_columns(measure_flux(patch, mask), patch.calibrated)
    row |= _bipole_columns(measure_bipole(patch, mask), patch, time)
    row |= _inversion_columns(measure_inversion(patch))
    row |= _core_columns(find_cores(patch))
    return row


def _flux_columns(flux: Flux, calibrated: bool) -> dict[str, Any]:
    shares = {
        "imbalance": _rounded(flux.imbalance, 3),
        "imbalance_err": _rounded(flux.imbalance_err, 4),
    }
    if not calibrated:
        return shares
    return shares | {
        "flux_positive": _digits(flux.positive),
        "flux_positive_err": _digits(flux.positive_err, 2),
        "flux_negative": _digits(flux.negative),
        "flux_negative_err": _digits(flux.negative_err, 2),
        "flux_net": _digits(flux.net),
        "flux_unsigned": _digits(flux.unsigned),
        "flux_err": _digits(flux.total_err, 2),
        "field_max": _rounded(flux.strongest, 0),
        "field_max_err": _rounded(flux.strongest_err, 0),
    }


def _bipole_columns(bipole: Bipole | None, patch: Patch, time: datetime | None) -> dict[str, Any]:
    if bipole is None:
        return {}
    row: dict[str, Any] = {
        "separation_mm": _rounded(bipole.separation, 1),
        "separation_mm_err": _rounded(bipole.separation_err, 2),
        "leading": bipole.leading,
    }
    if patch.b0 is None:
        return row
    latitude = (bipole.positive[1] + bipole.negative[1]) / 2
    obeys = obeys_hale(bipole.leading, time, latitude)
    for side in ("positive", "negative"):
        longitude, lat = getattr(bipole, side)
        east, north = getattr(bipole, f"{side}_err")
        row |= {f"{side}_lon": _rounded(longitude, 2), f"{side}_lat": _rounded(lat, 2)}
        row |= {f"{side}_lon_err": _rounded(east, 3), f"{side}_lat_err": _rounded(north, 3)}
    return row | {
        "tilt": _rounded(bipole.tilt, 1),
        "tilt_err": _rounded(bipole.tilt_err, 1),
        "cycle": None if time is None else cycle_of(time, latitude),
        "hale": None if obeys is None else "yes" if obeys else "no",
    }


def _inversion_columns(line: Inversion) -> dict[str, Any]:
    return {
        "pil_mm": _rounded(line.length, 1),
        "pil_mm_err": _rounded(line.length_err, 1),
        "pil_steep_mm": _rounded(line.steep_length, 1),
        "pil_steep_mm_err": _rounded(line.steep_err, 1),
        "r_value": _rounded(line.r_value, 3),
        "r_value_err": _rounded(line.r_err, 3),
        "wlsg": _digits(line.wlsg),
        "wlsg_err": _digits(line.wlsg_err, 2),
    }


def _core_columns(cores: Cores) -> dict[str, Any]:
    return {
        "cores_positive": cores.positive,
        "cores_negative": cores.negative,
        "core_area_mm2": _rounded(cores.area, 1),
        "core_area_mm2_err": _rounded(cores.area_err, 1),
        "core_distance_mm": _rounded(cores.distance, 1),
        "core_distance_mm_err": _rounded(cores.distance_err, 2),
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _digits(value: float | None, count: int = 4) -> float | None:
    return None if value is None else float(f"{value:.{count - 1}e}")
