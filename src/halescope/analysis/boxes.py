"""The boxes of an analysis as objects of the `regions` package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halescope.analysis.sky import upright_boxes, wcs_of
from halescope.errors import MissingExtraError

if TYPE_CHECKING:
    from halescope.analysis.result import Analysis


def pixel_regions(analysis: Analysis) -> list[Any]:
    """Return one rectangle per region, see `halescope.Analysis.pixel_regions`."""
    try:
        from regions import PixCoord, RectanglePixelRegion, RegionMeta
    except ImportError as error:
        raise MissingExtraError("regions", "notebook") from error
    found = []
    boxes = upright_boxes(analysis).astype(float).tolist()
    for row, (x0, y0, x1, y1) in zip(analysis.catalog.rows(), boxes, strict=True):
        text = f"{row['region']} {row['class']}"
        meta = RegionMeta({"text": text, "label": text, "comment": row["image"]})
        center = PixCoord((x0 + x1) / 2 - 0.5, (y0 + y1) / 2 - 0.5)
        found.append(RectanglePixelRegion(center, x1 - x0, y1 - y0, meta=meta))
    return found


def sky_regions(analysis: Analysis) -> list[Any]:
    """Return one rectangle per region on the sky, see `halescope.Analysis.sky_regions`."""
    flat = pixel_regions(analysis)
    wcs = wcs_of(analysis.magnetogram) if flat else None
    return [box.to_sky(wcs) for box in flat]
