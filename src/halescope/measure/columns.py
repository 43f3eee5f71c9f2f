"""The measures of one patch as catalogue columns, rounded, with their units."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from halescope.measure.bipole import Bipole, measure_bipole
from halescope.measure.cores import core_masks, find_cores
from halescope.measure.flux import Flux, measure_flux, region_mask
from halescope.measure.hale import cycle_of, obeys_hale
from halescope.measure.inversion import measure_inversion
from halescope.measure.patch import Patch
from halescope.measure.spots import Spots, layout, spots_of

_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("flux_positive", "Mx", "4e"), ("flux_positive_err", "Mx", "2e"),
    ("flux_negative", "Mx", "4e"), ("flux_negative_err", "Mx", "2e"),
    ("flux_net", "Mx", "4e"), ("flux_unsigned", "Mx", "4e"), ("flux_err", "Mx", "2e"),
    ("imbalance", "", "3"), ("imbalance_err", "", "4"),
    ("field_max", "G", "0"), ("field_max_err", "G", "0"),
    ("positive_lon", "deg", "2"), ("positive_lon_err", "deg", "3"),
    ("positive_lat", "deg", "2"), ("positive_lat_err", "deg", "3"),
    ("negative_lon", "deg", "2"), ("negative_lon_err", "deg", "3"),
    ("negative_lat", "deg", "2"), ("negative_lat_err", "deg", "3"),
    ("separation_mm", "Mm", "1"), ("separation_mm_err", "Mm", "2"),
    ("tilt", "deg", "1"), ("tilt_err", "deg", "1"),
    ("leading", "", ""), ("cycle", "", ""), ("hale", "", ""),
    ("pil_mm", "Mm", "1"), ("pil_mm_err", "Mm", "1"),
    ("pil_steep_mm", "Mm", "1"), ("pil_steep_mm_err", "Mm", "1"),
    ("r_value", "", "3"), ("r_value_err", "", "3"), ("wlsg", "G", "4e"), ("wlsg_err", "G", "2e"),
    ("cores_positive", "", ""), ("cores_negative", "", ""),
    ("core_area_mm2", "Mm2", "1"), ("core_area_mm2_err", "Mm2", "1"),
    ("core_distance_mm", "Mm", "1"), ("core_distance_mm_err", "Mm", "2"),
    ("core_likeness", "", "2"), ("core_astray", "", "2"),
    ("core_along_mm", "Mm", "1"), ("core_across_mm", "Mm", "1"),
)  # fmt: skip
"""Name, unit in astropy's spelling, and rounding: decimals, or significant digits with an ``e``."""

UNITS: dict[str, str] = {name: unit for name, unit, _ in _COLUMNS}
"""Column names in their order, with units (empty: none)."""

CATALOG_UNITS = {"area_mm2": "Mm2", "area_mm2_err": "Mm2"} | {k: u for k, u in UNITS.items() if u}
"""Units of all columns of `halescope.measure.measure_full` that have one."""


def empty_row() -> dict[str, Any]:
    """Return a row of a region that nothing can be measured of: all None."""
    return dict.fromkeys(UNITS)


def measure_patch(
    patch: Patch, time: datetime | None = None, spots: Spots | None = None
) -> dict[str, Any]:
    """Return all measures of one patch.

    `time`: aware; sets the cycle. `spots`: cores that were found elsewhere, as those of pictures
    are; the patch's own if left out. Returns dict of str to value: keys of `UNITS`; None where the
    data cannot say: flux and field in gauss from display data, positions and tilt without a time,
    gradients from coarse pixels.
    """
    mask = region_mask(patch)
    found = _flux(measure_flux(patch, mask), patch.calibrated)
    found |= _bipole(measure_bipole(patch, mask), patch, time)
    line = measure_inversion(patch)
    found |= _cores(patch) if spots is None else _spots(spots)
    found |= {
        "pil_mm": line.length,
        "pil_mm_err": line.length_err,
        "pil_steep_mm": line.steep_length,
        "pil_steep_mm_err": line.steep_err,
        "r_value": line.r_value,
        "r_value_err": line.r_err,
        "wlsg": line.wlsg,
        "wlsg_err": line.wlsg_err,
    }
    return {name: _rounded(found.get(name), how) for name, _, how in _COLUMNS}


def _cores(patch: Patch) -> dict[str, Any]:
    masks = core_masks(patch)
    cores = find_cores(masks)
    errors = {"core_area_mm2_err": cores.area_err, "core_distance_mm_err": cores.distance_err}
    return _spots(spots_of(masks)) | errors


def _spots(spots: Spots) -> dict[str, Any]:
    return {
        "cores_positive": spots.positive,
        "cores_negative": spots.negative,
        "core_area_mm2": spots.area,
        "core_distance_mm": spots.distance,
        **layout(spots),
    }


def _flux(flux: Flux, calibrated: bool) -> dict[str, Any]:
    shares = {"imbalance": flux.imbalance, "imbalance_err": flux.imbalance_err}
    if not calibrated:
        return shares
    return shares | {
        "flux_positive": flux.positive,
        "flux_positive_err": flux.positive_err,
        "flux_negative": flux.negative,
        "flux_negative_err": flux.negative_err,
        "flux_net": flux.net,
        "flux_unsigned": flux.unsigned,
        "flux_err": flux.total_err,
        "field_max": flux.strongest,
        "field_max_err": flux.strongest_err,
    }


def _bipole(bipole: Bipole | None, patch: Patch, time: datetime | None) -> dict[str, Any]:
    if bipole is None:
        return {}
    row: dict[str, Any] = {
        "separation_mm": bipole.separation,
        "separation_mm_err": bipole.separation_err,
        "leading": bipole.leading,
    }
    if patch.b0 is None:
        return row
    latitude = (bipole.positive[1] + bipole.negative[1]) / 2
    obeys = obeys_hale(bipole.leading, time, latitude)
    for side in ("positive", "negative"):
        row[f"{side}_lon"], row[f"{side}_lat"] = getattr(bipole, side)
        row[f"{side}_lon_err"], row[f"{side}_lat_err"] = getattr(bipole, f"{side}_err")
    return row | {
        "tilt": bipole.tilt,
        "tilt_err": bipole.tilt_err,
        "cycle": None if time is None else cycle_of(time, latitude),
        "hale": None if obeys is None else "yes" if obeys else "no",
    }


def _rounded(value: Any, how: str) -> Any:
    if value is None or not how:
        return value
    if how.endswith("e"):
        return float(f"{value:.{int(how[:-1]) - 1}e}")
    return round(value, int(how))
