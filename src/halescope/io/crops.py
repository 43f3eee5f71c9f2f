"""Cut regions out: PNG pictures as the paper cut them, FITS with its own coordinates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from halescope.errors import one_line
from halescope.geometry import wcs_keywords
from halescope.io.atomic import atomic_bytes, atomic_path
from halescope.io.source import read_full
from halescope.tensors import ZERO_GREY
from halescope.types import PICTURE_GAUSS, Array, Magnetogram

_RUNS = 3
"""zlib's strategy Z_RLE: on noise it is quicker than a search, and the file no larger."""

_STRUCTURAL = re.compile(
    r"SIMPLE|XTENSION|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|GROUPS|TFIELDS|TTYPE\d+|TFORM\d+|"
    r"BSCALE|BZERO|BLANK|DATAMIN|DATAMAX|CHECKSUM|DATASUM|EXTNAME|EXTVER|ZIMAGE|ZCMPTYPE|"
    r"ZBITPIX|ZNAXIS\d*|ZTILE\d+|ZNAME\d+|ZVAL\d+|ZQUANTIZ|ZDITHER0|ZBLANK|ZSIMPLE|ZTENSION|"
    r"ZEXTEND|ZHECKSUM|ZDATASUM|ZPCOUNT|ZGCOUNT|COMMENT|HISTORY|END|"
)
_KEYWORD = re.compile(r"[A-Z0-9_-]{1,8}")


@dataclass(frozen=True)
class Piece:
    """A rectangle cut out of a magnetogram.

    Parameters
    ----------
    field : (h, w) float32
        Unit of the magnetogram; rows upwards.
    row, column : int
        Of its first pixel, counted in the array it was cut from, rows upwards.
    """

    field: Array
    row: int
    column: int


def cut(magnetogram: Magnetogram, boxes: Array, full: bool = False) -> list[Piece]:
    """Return the part of the field in each box.

    Parameters
    ----------
    boxes : (N, 4) float32
        x_min, y_min, x_max, y_max in file pixels, file row order, pixel edges.
    full : bool
        At the file's full resolution, also where a reduced copy was read: it is decoded now.
    """
    return _sliced(read_full(magnetogram) if full else magnetogram, boxes)


def picture_of(piece: Piece, magnetogram: Magnetogram) -> Image.Image:
    """Return a piece as a picture: grey, 8 bits, north up as far as quarter turns go.

    Returns Image: mode L. Zero field is mid grey; a Helioviewer picture's own grey levels; gauss
    from -250 (black) to 250 (white). No data are black.
    """
    if magnetogram.scale == "display":
        zero = magnetogram.zero_level
        own = abs(zero - ZERO_GREY) < 25  # GONG's greys, say, were made linear on reading
        grey = piece.field + np.float32((zero if own else ZERO_GREY) + 0.5)
    else:
        grey = piece.field * np.float32(127.5 / PICTURE_GAUSS) + np.float32(128.0)
    levels = np.clip(np.nan_to_num(grey, nan=0.0), 0, 255).astype(np.uint8)
    quarters = round(magnetogram.geometry.roll / 90) % 4
    return Image.fromarray(np.ascontiguousarray(np.rot90(levels[::-1], quarters)))


def write_png(image: Image.Image, path: Path, texts: dict[str, str] | None = None) -> None:
    """Write a picture as PNG, quickly rather than small; whole or not at all.

    `texts`: keywords and what they say, which the file holds beside the picture.
    """
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    for keyword, text in (texts or {}).items():
        info.add_itxt(keyword, text)
    with atomic_path(path) as fresh:
        image.save(fresh, "PNG", compress_level=1, compress_type=_RUNS, pnginfo=info)


def crop_names(stem: str, classes: list[str]) -> list[str]:
    """Return ``<stem>_<NN>_<CLASS>`` for each region, numbered from 1.

    `classes`: the paper's class of each region.
    """
    return [f"{stem}_{i:02d}_{name}" for i, name in enumerate(classes, 1)]


def write_png_crops(
    magnetogram: Magnetogram, pieces: list[Piece], names: list[str], folder: Path
) -> None:
    """Write one PNG for each piece.

    `names`: file names without ending.
    """
    image = one_line(magnetogram.name)
    for region, (piece, name) in enumerate(zip(pieces, names, strict=True), 1):
        texts = {"image": image, "region": str(region)}
        write_png(picture_of(piece, magnetogram), folder / f"{name}.png", texts)


def write_fits_crops(
    magnetogram: Magnetogram, pieces: list[Piece], names: list[str], folder: Path
) -> None:
    """Write one FITS file for each piece, with coordinates that sunpy understands.

    The keywords IMAGE and REGION say what it was cut from: file and row of the catalogue.

    `pieces`: at full resolution. `names`: file names without ending.
    """
    header = fits_header(magnetogram)
    header["IMAGE"] = one_line(magnetogram.name).encode("ascii", "backslashreplace").decode()
    header["REGION"] = 1  # of each piece its own, as CRPIX
    kind = np.dtype(">u1") if magnetogram.scale == "display" else np.dtype(">f4")
    bits = 8 if magnetogram.scale == "display" else -32
    cards = header.tostring(endcard=False, padding=False)
    for region, (piece, name) in enumerate(zip(pieces, names, strict=True), 1):
        part = piece.field
        if magnetogram.scale == "display":  # the file's own grey levels
            part = np.rint(part + np.float32(magnetogram.zero_level))
        own = _with_number(cards, "CRPIX1", header["CRPIX1"] - piece.column)
        own = _with_number(own, "CRPIX2", header["CRPIX2"] - piece.row)
        own = _with_number(own, "REGION", region)
        data = _block(_structure(bits, part.shape) + own) + _block(part.astype(kind).tobytes())
        atomic_bytes(folder / f"{name}.fits", data)


def _structure(bits: int, shape: tuple[int, ...]) -> str:
    """Return the cards that a FITS file of one image begins with."""
    numbers = {"BITPIX": bits, "NAXIS": 2, "NAXIS1": shape[1], "NAXIS2": shape[0]}
    cards = [f"{'SIMPLE':8s}= {'T':>20s}", *(f"{k:8s}= {v:>20d}" for k, v in numbers.items())]
    return "".join(f"{card:80s}" for card in cards)


def _with_number(cards: str, keyword: str, value: float) -> str:
    """Return cards, 80 characters each, with another value of one keyword.

    Astropy would format all of them anew, which takes longer than all else on a region.
    """
    start = next(i for i in range(0, len(cards), 80) if cards.startswith(f"{keyword:8s}=", i))
    text = repr(value if isinstance(value, int) else float(value)).upper()
    card = f"{keyword:8s}= {text:>20s}"
    return f"{cards[:start]}{card:80s}{cards[start + 80 :]}"


def _block(content: str | bytes) -> bytes:
    """Return a FITS header, with END, or data, filled up to whole blocks of 2880 bytes."""
    if isinstance(content, str):
        return f"{content}{'END':80s}".encode("ascii") + b" " * (-(len(content) + 80) % 2880)
    return content + bytes(-len(content) % 2880)


def fits_header(magnetogram: Magnetogram) -> Any:
    """Return an astropy header: the file's own keywords, completed from the disk's geometry."""
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
    geometry = magnetogram.geometry_in_file
    keywords: dict[str, Any] = dict(wcs_keywords(geometry))
    if not {"PC1_1", "CD1_1"} & set(magnetogram.header):
        keywords["CROTA2"] = geometry.roll
    if geometry.b0 is not None and geometry.l0 is not None:
        keywords |= {"HGLN_OBS": geometry.observer_lon, "HGLT_OBS": geometry.b0}
        keywords |= {"CRLN_OBS": geometry.l0, "CRLT_OBS": geometry.b0}
    if magnetogram.time is not None:
        keywords["DATE-OBS"] = magnetogram.time_string.rstrip("Z")
    return keywords


def _sliced(magnetogram: Magnetogram, boxes: Array) -> list[Piece]:
    spans = _spans(magnetogram, boxes, magnetogram.field.shape, magnetogram.reduction)
    return [Piece(magnetogram.field[r, c], r.start, c.start) for r, c in spans]


def _spans(
    magnetogram: Magnetogram, boxes: Array, shape: tuple[int, ...], step: int
) -> list[tuple[slice, slice]]:
    """Return rows (upwards) and columns that boxes in file pixels cover, one pixel at least."""
    height = magnetogram.file_shape[0]
    spans = []
    for x_min, y_min, x_max, y_max in np.asarray(boxes, float).reshape(-1, 4).tolist():
        low, high = (height - y_max, height - y_min) if magnetogram.rows_down else (y_min, y_max)
        rows = _span(low / step, high / step, shape[0])
        spans.append((rows, _span(x_min / step, x_max / step, shape[1])))
    return spans


def _span(low: float, high: float, size: int) -> slice:
    start = min(max(int(np.floor(low + 1e-3)), 0), size - 1)
    stop = max(min(int(np.ceil(high - 1e-3)), size), start + 1)
    return slice(start, stop)
