"""Cut regions out: PNG pictures as the paper cut them, FITS with its own coordinates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from halescope.geometry import SOLAR_RADIUS_MM
from halescope.io.atomic import atomic_path
from halescope.types import Array, Magnetogram

GAUSS_LIMIT = 250.0
"""Gauss data are cut at plus and minus this for the PNG, as Helioviewer's product is."""

_STRUCTURAL = re.compile(
    r"SIMPLE|XTENSION|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|GROUPS|TFIELDS|TTYPE\d+|TFORM\d+|"
    r"BSCALE|BZERO|BLANK|DATAMIN|DATAMAX|CHECKSUM|DATASUM|EXTNAME|EXTVER|ZIMAGE|ZCMPTYPE|"
    r"ZBITPIX|ZNAXIS\d*|ZTILE\d+|ZNAME\d+|ZVAL\d+|ZQUANTIZ|ZDITHER0|ZBLANK|ZSIMPLE|ZTENSION|"
    r"ZEXTEND|ZHECKSUM|ZDATASUM|ZPCOUNT|ZGCOUNT|COMMENT|HISTORY|END|"
)
_KEYWORD = re.compile(r"[A-Z0-9_-]{1,8}")


def window(magnetogram: Magnetogram, box: Iterable[float]) -> tuple[slice, slice]:
    """Return the rows and columns of `field` that a box in file pixels covers.

    Parameters
    ----------
    magnetogram : Magnetogram
        Possibly reduced; rows upwards, as always.
    box : x_min, y_min, x_max, y_max
        File pixels, file row order, pixel edges.

    Returns
    -------
    rows, columns : slice
        At least one pixel each, within the array.
    """
    x_min, y_min, x_max, y_max = (float(v) for v in box)
    if magnetogram.rows_down:
        height = magnetogram.file_shape[0]
        y_min, y_max = height - y_max, height - y_min
    rows, columns = magnetogram.field.shape
    step = magnetogram.reduction
    return _span(y_min / step, y_max / step, rows), _span(x_min / step, x_max / step, columns)


def cut_png(magnetogram: Magnetogram, box: Iterable[float]) -> Image.Image:
    """Return the part of the picture in a box: grey, 8 bits, north up as far as quarter turns go.

    Parameters
    ----------
    magnetogram : Magnetogram
    box : x_min, y_min, x_max, y_max
        File pixels, file row order.

    Returns
    -------
    Image
        Mode L. A picture's own grey levels; gauss from -250 (black) to 250 (white).
    """
    part = magnetogram.field[window(magnetogram, box)]
    if magnetogram.scale == "display":
        grey = part + np.float32(magnetogram.zero_level + 0.5)
    else:
        grey = part * np.float32(127.5 / GAUSS_LIMIT) + np.float32(128.0)
    levels = np.clip(np.nan_to_num(grey, nan=0.0), 0, 255).astype(np.uint8)
    quarters = round(magnetogram.geometry.roll / 90) % 4
    return Image.fromarray(np.ascontiguousarray(np.rot90(levels, quarters)[::-1]))


def write_png(image: Image.Image, path: Path) -> None:
    """Write a picture as PNG, quickly rather than small; whole or not at all.

    Parameters
    ----------
    image : Image
    path : Path
    """
    with atomic_path(path) as fresh:
        image.save(fresh, "PNG", compress_level=1)


def crop_names(stem: str, classes: list[str]) -> list[str]:
    """Return ``<stem>_<NN>_<CLASS>`` for each region, numbered from 1.

    Parameters
    ----------
    stem : str
    classes : list of str
        The paper's class of each region.
    """
    return [f"{stem}_{i:02d}_{name}" for i, name in enumerate(classes, 1)]


def write_png_crops(magnetogram: Magnetogram, boxes: Array, names: list[str], folder: Path) -> None:
    """Write one PNG for each box.

    Parameters
    ----------
    magnetogram : Magnetogram
    boxes : (N, 4) float32
        File pixels, file row order.
    names : list of str
        File names without ending.
    folder : Path
    """
    for box, name in zip(boxes, names, strict=True):
        write_png(cut_png(magnetogram, box), folder / f"{name}.png")


def write_fits_crops(
    magnetogram: Magnetogram, boxes: Array, names: list[str], folder: Path
) -> None:
    """Write one FITS file for each box, with coordinates that sunpy understands.

    Parameters
    ----------
    magnetogram : Magnetogram
        At full resolution.
    boxes : (N, 4) float32
        File pixels, file row order.
    names : list of str
        File names without ending.
    folder : Path
    """
    from astropy.io import fits

    header = fits_header(magnetogram)
    for box, name in zip(boxes, names, strict=True):
        rows, columns = window(magnetogram, box)
        part = magnetogram.field[rows, columns]
        if magnetogram.scale == "display":  # the file's own grey levels
            part = np.rint(part + np.float32(magnetogram.zero_level)).astype(np.uint8)
        own = header.copy()
        own["CRPIX1"] -= columns.start
        own["CRPIX2"] -= rows.start
        with atomic_path(folder / f"{name}.fits") as fresh:
            fits.PrimaryHDU(part, own).writeto(fresh)


def fits_header(magnetogram: Magnetogram) -> Any:
    """Return an astropy header: the file's own keywords, completed from the disk's geometry.

    Parameters
    ----------
    magnetogram : Magnetogram
        At full resolution.

    Returns
    -------
    astropy.io.fits.Header
    """
    from astropy.io import fits

    header = fits.Header()
    for key, value in magnetogram.header.items():
        name = str(key).upper()
        if _STRUCTURAL.fullmatch(name) or not _KEYWORD.fullmatch(name):
            continue
        clean = _clean(value)
        if clean is not None:
            header[name] = clean
    for name, value in _geometry_keywords(magnetogram).items():
        if header.get(name) in (None, ""):
            header[name] = value
    if magnetogram.scale == "display":
        header["BUNIT"] = ""
        header.add_comment("Grey levels of a display picture, not gauss.")
    header.add_history("Cut out of a full image by halescope.")
    return header


def _clean(value: Any) -> Any:
    """Return what a FITS card can hold, None for the rest."""
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, np.generic):
        return _clean(value.item())
    text = str(value).replace("\n", " ")
    return text if text.isascii() and text.isprintable() and len(text) < 500 else None


def _geometry_keywords(magnetogram: Magnetogram) -> dict[str, Any]:
    """Return the keywords of a helioprojective image that sunpy needs."""
    geometry = magnetogram.geometry
    angular = float(np.degrees(np.arcsin(1 / geometry.distance)) * 3600)
    scale = angular / geometry.radius
    keywords: dict[str, Any] = {
        "CTYPE1": "HPLN-TAN",
        "CTYPE2": "HPLT-TAN",
        "CUNIT1": "arcsec",
        "CUNIT2": "arcsec",
        "CRPIX1": geometry.x_center + 1,
        "CRPIX2": geometry.y_center + 1,
        "CRVAL1": 0.0,
        "CRVAL2": 0.0,
        "CDELT1": scale,
        "CDELT2": scale,
        "RSUN_REF": SOLAR_RADIUS_MM * 1e6,
        "DSUN_OBS": geometry.distance * SOLAR_RADIUS_MM * 1e6,
    }
    if not {"PC1_1", "CD1_1"} & set(magnetogram.header):
        keywords["CROTA2"] = geometry.roll
    if geometry.b0 is not None:
        keywords |= {"HGLN_OBS": 0.0, "HGLT_OBS": geometry.b0}
    if magnetogram.time is not None:
        keywords["DATE-OBS"] = magnetogram.time_string.rstrip("Z")
    return keywords


def _span(low: float, high: float, size: int) -> slice:
    start = min(max(int(np.floor(low + 1e-3)), 0), size - 1)
    stop = max(min(int(np.ceil(high - 1e-3)), size), start + 1)
    return slice(start, stop)
