"""Draw an analysis with matplotlib: the disk on a plain axis, the boxes on one of sunpy's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from halescope.classes import COARSE
from halescope.errors import MissingExtraError
from halescope.flags import Flag
from halescope.render.overlay import COLORS
from halescope.tensors import GREY_CLIP
from halescope.types import PICTURE_GAUSS, Array

if TYPE_CHECKING:
    from halescope.analysis.result import Analysis

_DOUBTFUL = {Flag.UNCERTAIN_CLASS.words(), Flag.OUT_OF_DISTRIBUTION.words()}


def plot(analysis: Analysis, ax: Any) -> Any:
    """Draw disk and boxes, see `halescope.Analysis.plot`."""
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise MissingExtraError("matplotlib", "notebook") from error
    if ax is None:
        _, ax = pyplot.subplots(figsize=(7, 7), layout="constrained")
    if hasattr(ax, "plot_coord"):
        _boxes_on_sky(analysis, ax)
    else:
        _disk(analysis, ax)
    return ax


def _disk(analysis: Analysis, ax: Any) -> None:
    """Draw the canonical disk and its boxes, arcseconds from disk centre, north up."""
    disk, geometry = analysis.disk, analysis.disk.geometry
    arcsec = float(np.degrees(np.arcsin(1 / geometry.distance))) * 3600 / geometry.radius
    side = disk.field.shape[0]
    ends = ((np.array([0, side]) - 0.5 - geometry.x_center) * arcsec).tolist()
    gauss = disk.origin.scale == "gauss"
    limit = PICTURE_GAUSS if gauss else GREY_CLIP
    ax.imshow(
        disk.field, cmap="gray", origin="lower", vmin=-limit, vmax=limit, extent=(*ends, *ends)
    )
    boxes = (analysis.regions.boxes - 0.5 - geometry.x_center) * arcsec
    for row, box in zip(analysis.catalog.rows(), boxes, strict=True):
        x, y = box[[0, 2, 2, 0, 0]], box[[1, 1, 3, 3, 1]]
        ax.plot(x, y, **_pen(row))
        ax.annotate(_label(row), (x[3], y[3]), (0, 3), textcoords="offset points", **_type(row))
    _limits(disk.field, arcsec, geometry.x_center, ax)
    ax.set(xlabel="west of disk centre [arcsec]", ylabel="north of disk centre [arcsec]")
    ax.set_title(f"{disk.origin.instrument} {disk.origin.time_string}".strip())


def _limits(field: Array, arcsec: float, middle: float, ax: Any) -> None:
    """Show what there are data of: all of the disk, or a cut-out's part of it."""
    rows, columns = np.nonzero(np.isfinite(field))
    if not len(rows):
        return
    for found, setter in ((columns, ax.set_xlim), (rows, ax.set_ylim)):
        low, high = float(found.min()), float(found.max())
        margin = 0.04 * (high - low) + 1
        setter((low - middle - margin) * arcsec, (high - middle + margin) * arcsec)


def _boxes_on_sky(analysis: Analysis, ax: Any) -> None:
    """Draw the boxes by their coordinates, wherever the axis has these."""
    if not len(analysis):
        return
    corners = analysis.corners
    for row, corner in zip(analysis.catalog.rows(), corners, strict=True):
        ax.plot_coord(corner[[0, 1, 2, 3, 0]], **_pen(row))
        ax.annotate(
            _label(row),
            (corner[3].Tx.to_value("deg"), corner[3].Ty.to_value("deg")),
            (0, 3),
            xycoords=ax.get_transform(corners.frame.replicate_without_data()),
            textcoords="offset points",
            **_type(row),
        )


def _is_doubtful(row: dict[str, Any]) -> bool:
    return not _DOUBTFUL.isdisjoint(str(row["flags"]).split("|"))


def _label(row: dict[str, Any]) -> str:
    return f"{row['region']} {row['class']}" + ("?" if _is_doubtful(row) else "")


def _color(row: dict[str, Any]) -> tuple[float, ...]:
    return tuple(part / 255 for part in COLORS[COARSE[row["class"]]])


def _pen(row: dict[str, Any]) -> dict[str, Any]:
    style = "--" if _is_doubtful(row) else "-"
    return {"color": _color(row), "linewidth": 1.2, "linestyle": style}


def _type(row: dict[str, Any]) -> dict[str, Any]:
    ground = {"facecolor": "black", "alpha": 0.5, "pad": 1, "linewidth": 0}
    return {"color": _color(row), "fontsize": 8, "annotation_clip": True, "bbox": ground}
