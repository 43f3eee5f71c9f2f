"""A drawn disk as files: FITS with a solar header, an 8-bit picture, the truth as CSV."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from halescope._version import __version__
from halescope.geometry import wcs_keywords
from halescope.guards.cells import CellWriter
from halescope.tensors import ZERO_GREY
from halescope.types import GAUSS_PER_GREY, Catalog, Magnetogram, format_time


def header_of(magnetogram: Magnetogram) -> dict[str, Any]:
    """Return a FITS header like HMI's: helioprojective WCS, observer, time, content.

    `magnetogram`: with time, B0 and L0.
    """
    geometry, time = magnetogram.geometry, magnetogram.time
    angle = float(np.degrees(np.arcsin(1 / geometry.distance))) * 3600
    place: dict[str, Any] = dict(wcs_keywords(geometry))
    observer = {name: place.pop(name) for name in ("RSUN_REF", "DSUN_OBS")}
    stamp = format_time(time).rstrip("Z")
    return {
        "TELESCOP": "halescope",
        "INSTRUME": "synthetic",
        "ORIGIN": f"halescope {__version__}",
        "OBJECT": magnetogram.name,
        "CONTENT": "MAGNETOGRAM",
        "BUNIT": "Gauss",
        "DATE-OBS": stamp,
        "T_OBS": stamp + "Z",
        "QUALITY": 0,
        "WCSNAME": "Helioprojective-cartesian",
        **place,
        "CROTA2": geometry.roll,
        "RSUN_OBS": angle,
        "R_SUN": geometry.radius,
        **observer,
        "CRLT_OBS": geometry.b0,
        "CRLN_OBS": geometry.l0,
        "HGLT_OBS": geometry.b0,
        "HGLN_OBS": geometry.observer_lon,
    }


def fits_bytes(magnetogram: Magnetogram, compress: bool = False) -> bytes:
    """Return a FITS file: gauss as float32, NaN off the limb.

    `compress`: tile-compressed in the second HDU, as JSOC delivers HMI.
    """
    from astropy.io import fits

    header = fits.Header(header_of(magnetogram))
    image: Any
    if compress:
        image = fits.CompImageHDU(
            magnetogram.field, header, compression_type="RICE_1", quantize_level=-0.1
        )
        hdus = fits.HDUList([fits.PrimaryHDU(), image])
    else:
        hdus = fits.HDUList([fits.PrimaryHDU(magnetogram.field, header)])
    buffer = io.BytesIO()
    hdus.writeto(buffer)
    return buffer.getvalue()


def picture_bytes(magnetogram: Magnetogram, kind: str = "png") -> bytes:
    """Return an 8-bit grey picture, north up: 127 is zero field, 1.96 G a level, black sky.

    `kind`: ``png`` or ``jpg``.
    """
    from PIL import Image

    grey = np.rint(ZERO_GREY + magnetogram.field / GAUSS_PER_GREY)
    picture = np.nan_to_num(np.clip(grey, 0, 255), nan=0).astype(np.uint8)[::-1]
    buffer = io.BytesIO()
    options: dict[str, Any] = {"quality": 92} if kind == "jpg" else {"optimize": True}
    Image.fromarray(picture).save(buffer, "JPEG" if kind == "jpg" else "PNG", **options)
    return buffer.getvalue()


def truth_csv(truth: Catalog, height: int | None = None) -> str:
    """Return the truth table as CSV text.

    Parameters
    ----------
    height : int, optional
        Height of the picture, pixels, where its row 0 is at the top: boxes are turned over.
    """
    text = io.StringIO()
    table = CellWriter(text)
    table.write_row(truth.columns)
    for row in truth.rows():
        if height is not None:
            row["y_min"], row["y_max"] = height - row["y_max"], height - row["y_min"]
        table.write_row([_spelled(value) for value in row.values()])
    return text.getvalue()


def _spelled(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, float) else value
