"""Write and read catalogues: CSV and JSON plainly, ECSV and Parquet through their libraries."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from halescope.errors import ConfigError, DatasetError, MissingExtraError
from halescope.geometry import HEMISPHERE_MM2
from halescope.guards.cells import CellReader, CellWriter
from halescope.guards.documents import from_json
from halescope.io.atomic import atomic_path, atomic_text
from halescope.types import Catalog

if TYPE_CHECKING:
    from astropy.table import QTable
    from pandas import DataFrame

COLUMNS: tuple[str, ...] = (
    "image", "time", "region", "x_min", "y_min", "x_max", "y_max", "score", "class",
    "p_class", "level", "p_alpha", "p_beta", "p_complex", "paper_class", "hgs_lon", "hgs_lat",
    "cmd", "carrington_lon", "mu", "area_msh", "flags",
)  # fmt: skip
"""First columns of every catalogue, in this order."""

TEXT_COLUMNS = frozenset({
    "image", "time", "class", "level", "paper_class", "flags", "noaa", "class_track", "track_flags",
    "first_seen", "last_seen", "came", "went", "area_max_time", "flux_max_time", "class_last",
    "time_min", "time_max", "kind", "words", "class_note",
})  # fmt: skip
"""Columns of text; an empty cell of any other is a missing number."""

WHOLE_COLUMNS = frozenset({
    "region", "track", "other", "images", "bridged", "gaps", "returned_from"
})  # fmt: skip
"""Columns of whole numbers."""

UNITS: dict[str, str] = {
    "x_min": "pix", "y_min": "pix", "x_max": "pix", "y_max": "pix",
    "hgs_lon": "deg", "hgs_lat": "deg", "cmd": "deg", "carrington_lon": "deg",
    "area_msh": "MSH",
}  # fmt: skip
"""Units in astropy's spelling; MSH is `msh`, a millionth of the solar hemisphere."""

DESCRIPTIONS: dict[str, str] = {
    "image": "name of the image's file, with its folder where two files have one name",
    "time": "of the image, UTC",
    "region": "number on this image, from east to west, from 1",
    "x_min": "left edge of the box, pixels of the file",
    "y_min": "lower edge of the box, pixels of the file in its own row order",
    "x_max": "right edge of the box, exclusive",
    "y_max": "upper edge of the box, exclusive",
    "score": "detector's score of the box, 0..1: whether there is a region, not of which class",
    "class": "Mount Wilson class: the likeliest of its level",
    "p_class": "probability of exactly this class of seven; of a complex one a part of p_complex",
    "level": "alpha, beta or complex (any gamma or delta): the likeliest of these three",
    "p_alpha": "probability of alpha; p_alpha, p_beta and p_complex add up to 1",
    "p_beta": "probability of beta",
    "p_complex": "probability of any class with gamma or delta, all five together",
    "paper_class": "the class as in de Oliveira & Gradvohl (2020): A, AG, B, BG",
    "hgs_lon": "Stonyhurst longitude, west positive, from the meridian that faces Earth",
    "hgs_lat": "Stonyhurst latitude, north positive",
    "cmd": "central meridian distance, west positive, from the observer's meridian",
    "carrington_lon": "Carrington longitude, 0..360",
    "mu": "cosine of the angle between line of sight and local vertical",
    "area_msh": "strong field, millionths of the solar hemisphere",
    "flags": "doubts about the row, joined by |",
}
"""What `COLUMNS` mean; ECSV, Parquet archives and a QTable carry these. The classifier first tells
three levels apart (alpha, beta, complex), then the classes within complex."""

_OLD_NAMES = {"class_score": "p_class"}
"""Names that columns had in older catalogues."""

FORMATS = ("csv", "ecsv", "json", "parquet", "votable")
"""Formats that `write_catalog` knows, by their suffix."""


def with_current_names(catalog: Catalog) -> Catalog:
    """Return a catalogue of an older version with the names that its columns have now."""
    if not _OLD_NAMES.keys() & catalog.columns.keys():
        return catalog
    columns = {_OLD_NAMES.get(name, name): v for name, v in catalog.columns.items()}
    return Catalog(columns, catalog.units)


def merge_catalogs(parts: Iterable[Catalog]) -> Catalog:
    """Return all rows in order; a column that a part lacks is None there."""
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    units = dict(UNITS)
    rows = 0
    for part in parts:
        units |= part.units
        for name in part.columns:
            columns.setdefault(name, [None] * rows)
        for name, values in columns.items():
            values.extend(part.columns.get(name, [None] * len(part)))
        rows += len(part)
    return Catalog(columns, units)


def write_catalog(catalog: Catalog, path: str | Path) -> Path:
    """Write a catalogue, whole or not at all; the suffix picks the format.

    `path`: ending in one of `FORMATS`. Raises `ConfigError` where the suffix is none of them.
    """
    path = Path(path)
    writers: dict[str, Callable[[Catalog, Path], None]] = {
        "csv": _write_csv,
        "json": _write_json,
        "ecsv": _write_ecsv,
        "parquet": _write_parquet,
        "votable": _write_votable,
    }
    writer = writers.get(path.suffix.lstrip("."))
    if writer is None:
        raise ConfigError(str(path), "has no catalogue's suffix", ", ".join(FORMATS))
    writer(catalog, path)
    return path


def read_catalog(path: str | Path) -> Catalog:
    """Return the catalogue in a file that `write_catalog` wrote, or a table like it.

    Raises `DatasetError` where the file cannot be read as a catalogue.
    """
    catalog = read_table(path)
    missing = [name for name in ("image", "time", "region") if name not in catalog.columns]
    if missing:
        raise DatasetError(str(path), f"lacks the columns {missing}", "a catalogue of halescope")
    return catalog


def read_table(path: str | Path) -> Catalog:
    """Return any table that `write_catalog` wrote: its columns need not be a catalogue's.

    Raises `DatasetError` where the file cannot be read as a table.
    """
    path = Path(path)
    readers: dict[str, Callable[[Path], Catalog]] = {
        "csv": _read_csv,
        "json": _read_json,
        "ecsv": _read_ecsv,
        "parquet": _read_parquet,
        "votable": _read_votable,
        "vot": _read_votable,
    }
    reader = readers.get(path.suffix.lstrip(".").lower())
    if reader is None:
        raise DatasetError(str(path), "has no catalogue's suffix", ", ".join(FORMATS))
    try:
        catalog = with_current_names(reader(path))
    except OSError as error:
        raise DatasetError(str(path), f"cannot be read ({error.strerror or error})") from error
    except (ValueError, LookupError, TypeError) as error:
        raise DatasetError(str(path), f"is damaged ({error})", "a catalogue") from error
    return catalog


def to_table(catalog: Catalog) -> QTable:
    """Return the catalogue as an astropy QTable; a missing number is NaN, a missing time masked."""
    import numpy as np
    from astropy import units as u
    from astropy.table import QTable

    msh()
    table = QTable()
    for name, values in catalog.columns.items():
        if name == "time":
            table[name] = _times(values)
        elif _is_text(name, values):
            table[name] = np.array([v or "" for v in values], dtype=str)
        elif name in WHOLE_COLUMNS and None not in values:
            table[name] = np.array(values, np.int64)
        else:
            numbers = np.array([math.nan if v is None else v for v in values], np.float64)
            unit = catalog.units.get(name)
            table[name] = numbers * u.Unit(unit) if unit else numbers
        if name in DESCRIPTIONS:
            table[name].info.description = DESCRIPTIONS[name]
    return table


def to_pandas(catalog: Catalog) -> DataFrame:
    """Return the catalogue as a pandas DataFrame; ``time`` is aware, ``attrs["units"]`` a dict.

    Raises `MissingExtraError`.
    """
    try:
        import pandas
    except ImportError as error:
        raise MissingExtraError("pandas", "notebook") from error
    frame = pandas.DataFrame(
        {
            name: [v or "" for v in values] if _is_text(name, values) else values
            for name, values in catalog.columns.items()
        }
    )
    for name in frame.columns:
        if name not in TEXT_COLUMNS and frame[name].isna().all():
            frame[name] = frame[name].astype("float64")
    if "time" in frame.columns:
        times = frame["time"].replace("", None)
        frame["time"] = pandas.to_datetime(times, utc=True, format="ISO8601")
    frame.attrs["units"] = dict(catalog.units)
    return frame


@cache
def msh() -> Any:
    """Return the unit MSH, a millionth of the solar hemisphere, and make astropy know it."""
    from astropy import units as u

    size = HEMISPHERE_MM2 * 1e-6 * u.Mm**2
    unit = u.def_unit("MSH", size, doc="Millionth of the solar hemisphere, 3.04 Mm2.")
    u.add_enabled_units([unit])
    return unit


def __getattr__(name: str) -> Any:
    """Return the unit `MSH`, which needs astropy, when it is asked for."""
    if name == "MSH":
        return msh()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _times(values: list[Any]) -> Any:
    """Return texts as an astropy Time, UTC; those that are empty are masked."""
    import numpy as np
    from astropy.time import Time

    texts = [str(value or "").removesuffix("Z") for value in values]
    missing = np.array([not text for text in texts], bool)
    if missing.all():
        found = Time(np.zeros(len(texts)) + 2451545.0, format="jd", scale="utc")
        found.format = "isot"
    else:
        some = next(text for text in texts if text)
        found = Time([text or some for text in texts], format="isot", scale="utc")
    if missing.any():
        found[missing] = np.ma.masked
    return found


def _is_text(name: str, values: list[Any]) -> bool:
    return name in TEXT_COLUMNS or any(isinstance(v, str) for v in values)


def _write_csv(catalog: Catalog, path: Path) -> None:
    buffer = io.StringIO()
    writer = CellWriter(buffer)
    writer.write_row(catalog.columns)
    writer.write_columns(catalog.columns.values())
    atomic_text(path, buffer.getvalue())


def _read_csv(path: Path) -> Catalog:
    with path.open(newline="", encoding="utf-8") as handle:
        names, *rows = CellReader(handle, path)
    columns = {name: [_value(name, row[i]) for row in rows] for i, name in enumerate(names)}
    return Catalog(columns, {n: UNITS[n] for n in names if n in UNITS})


def _value(name: str, text: str) -> Any:
    if name in TEXT_COLUMNS:
        return text
    if not text:
        return None
    try:
        return int(text) if name in WHOLE_COLUMNS else float(text)
    except ValueError:
        return text


def _write_json(catalog: Catalog, path: Path) -> None:
    document = {"units": catalog.units, "rows": catalog.rows()}
    atomic_text(path, json.dumps(document, indent=1, allow_nan=False) + "\n")


def _read_json(path: Path) -> Catalog:
    document = from_json(path.read_text("utf-8"))
    rows = document["rows"]
    names = list(rows[0]) if rows else list(COLUMNS)
    return Catalog({name: [row[name] for row in rows] for name in names}, document["units"])


def _write_ecsv(catalog: Catalog, path: Path) -> None:
    with atomic_path(path) as fresh:
        _plain_table(catalog).write(fresh, format="ascii.ecsv")


def _plain_table(catalog: Catalog) -> QTable:
    """Return the table with its times as they are written everywhere else."""
    import numpy as np

    table = to_table(catalog)
    if "time" in table.colnames:
        table["time"] = np.array([v or "" for v in catalog.columns["time"]], dtype=str)
    return table


def _read_ecsv(path: Path) -> Catalog:
    from astropy.table import QTable

    msh()
    return _from_table(QTable.read(path, format="ascii.ecsv"))


def _write_votable(catalog: Catalog, path: Path) -> None:
    """Write a VOTable; its standard has no MSH, so that areas are in units of 3.04 Mm**2."""
    import warnings

    from astropy.units import UnitsWarning

    with atomic_path(path) as fresh, warnings.catch_warnings():
        warnings.simplefilter("ignore", UnitsWarning)  # gauss are deprecated there, but known
        _plain_table(catalog).write(fresh, format="votable")


def _read_votable(path: Path) -> Catalog:
    import warnings
    from xml.parsers.expat import ExpatError

    from astropy.io.votable.exceptions import VOWarning
    from astropy.table import Table
    from astropy.units import UnitsWarning

    msh()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VOWarning)  # of strangers' tables
        warnings.simplefilter("ignore", UnitsWarning)
        try:
            found = _from_table(Table.read(path, format="votable"))
        except (SyntaxError, ExpatError) as error:
            raise ValueError(" ".join(str(error).split())) from error
    own = {name: UNITS[name] for name in found.units if name in UNITS}
    return Catalog(found.columns, found.units | own)


def _from_table(table: Any) -> Catalog:
    """Return an astropy table as a catalogue; NaN and masked numbers are None."""
    columns: dict[str, list[Any]] = {}
    for name in table.colnames:
        values = getattr(table[name], "value", table[name]).tolist()
        columns[name] = [None if isinstance(v, float) and math.isnan(v) else v for v in values]
        if name in WHOLE_COLUMNS:
            columns[name] = [None if v is None else int(v) for v in columns[name]]
        if name in TEXT_COLUMNS:
            columns[name] = [v or "" for v in columns[name]]
    units = {n: str(table[n].unit) for n in table.colnames if getattr(table[n], "unit", None)}
    return Catalog(columns, units)


def _write_parquet(catalog: Catalog, path: Path) -> None:
    pyarrow, parquet = _pyarrow()
    arrays, fields = [], []
    for name, values in catalog.columns.items():
        kind = pyarrow.string() if _is_text(name, values) else pyarrow.float64()
        kind = pyarrow.int64() if name in WHOLE_COLUMNS else kind
        unit = catalog.units.get(name)
        fields.append(pyarrow.field(name, kind, metadata={"unit": unit} if unit else None))
        arrays.append(pyarrow.array(values, kind))
    with atomic_path(path) as fresh:
        parquet.write_table(pyarrow.table(arrays, schema=pyarrow.schema(fields)), fresh)


def _read_parquet(path: Path) -> Catalog:
    _, parquet = _pyarrow()
    table = parquet.read_table(path)
    units = {f.name: f.metadata[b"unit"].decode() for f in table.schema if f.metadata}
    return Catalog(table.to_pydict(), units)


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError("pyarrow", "archive") from error
    return pyarrow, parquet
