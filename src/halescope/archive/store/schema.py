"""The columns of an archive's tables: types, units and what they mean, kept in the Parquet itself.

Times are UTC without a zone, to the millisecond; SQL's ``year(time)`` is then the same anywhere.
"""

from __future__ import annotations

from typing import Any

from halescope.errors import MissingExtraError
from halescope.io.catalog import DESCRIPTIONS, TEXT_COLUMNS, UNITS

TABLES = ("images", "regions", "faults")
"""Tables that a build writes."""

GENERATION = "generation"
"""Column of parts that have not been compacted: which build wrote them; nothing else has it."""

_FILE: dict[str, tuple[str, str, str]] = {
    "source": ("string", "", "whole path or address of the file"),
    "size": ("int64", "byte", "size of the file when it was listed"),
    "mtime_ns": ("int64", "ns", "time of change of the file, since 1970 UTC; -1 where unknown"),
    "key": ("string", "", "checksum of program version, networks and options"),
    "identity": ("string", "", "checksum of key, path, size and time of change"),
}
_IMAGES: dict[str, tuple[str, str, str]] = {
    "image": ("string", "", "name of the file"),
    "time": ("time", "", "of the image, UTC; empty where unknown"),
    "regions": ("int32", "", "regions found; 0 is a normal answer"),
    "instrument": ("string", "", "HMI, MDI, GONG or unknown"),
    "scale": ("string", "", "gauss, or display for 8-bit pictures"),
    "width": ("int32", "pix", "columns of the file"),
    "height": ("int32", "pix", "rows of the file"),
    "rows_down": (
        "bool",
        "",
        "whether y counts from the top row of the file",
    ),
    "radius": ("double", "pix", "radius of the solar disk in the file"),
    "b0": ("double", "deg", "heliographic latitude of disk centre"),
    "l0": ("double", "deg", "Carrington longitude of disk centre"),
    "flags": ("string", "", "doubts about the image, joined by |"),
} | _FILE
_FAULTS: dict[str, tuple[str, str, str]] = {
    "image": ("string", "", "name of the file"),
    "time": ("time", "", "that the file's name tells, UTC; empty where it tells none"),
    "kind": ("string", "", "of fault, see docs/archive.md"),
    "passing": ("bool", "", "whether it may be gone the next time: `archive retry` takes these"),
    "message": ("string", "", "what is wrong, on one line"),
} | _FILE

_PHYSICS_TEXT = frozenset({"leading", "hale"})
_PHYSICS_WHOLE = frozenset({"cycle", "cores_positive", "cores_negative"})


def schema(table: str, *, physics: bool = False, parts: bool = False) -> Any:
    """Return the pyarrow schema of a table; fields have ``unit`` and ``description`` as metadata.

    Parameters
    ----------
    table : str
        Of `TABLES`.
    physics : bool
        Whether regions have the columns of ``--physics``.
    parts : bool
        Whether rows say which build wrote them.
    """
    columns = {"images": _IMAGES, "faults": _FAULTS, "regions": _regions(physics)}[table]
    if parts:
        columns = columns | {GENERATION: ("int32", "", "number of the build that wrote the row")}
    pa = pyarrow()
    kinds = {
        "string": pa.string(), "int64": pa.int64(), "int32": pa.int32(), "bool": pa.bool_(),
        "double": pa.float64(), "time": pa.timestamp("ms"),
    }  # fmt: skip
    return pa.schema(
        [
            pa.field(name, kinds[kind], metadata={"unit": unit, "description": text})
            for name, (kind, unit, text) in columns.items()
        ]
    )


def pyarrow() -> Any:
    """Return pyarrow, or raise what says how to install it."""
    try:
        import pyarrow
    except ImportError as error:
        raise MissingExtraError("pyarrow", "archive") from error
    return pyarrow


def _regions(physics: bool) -> dict[str, tuple[str, str, str]]:
    columns = {
        name: (_kind(name), UNITS.get(name, ""), text) for name, text in DESCRIPTIONS.items()
    } | {"source": _FILE["source"]}
    if not physics:
        return columns
    from halescope.measure.columns import CATALOG_UNITS
    from halescope.measure.columns import UNITS as NAMES

    for name in ("area_mm2", "area_mm2_err", *NAMES):
        kind = "string" if name in _PHYSICS_TEXT else "double"
        kind = "int32" if name in _PHYSICS_WHOLE else kind
        columns[name] = (kind, CATALOG_UNITS.get(name, ""), "see docs/measurements.md")
    return columns


def _kind(name: str) -> str:
    if name == "time":
        return "time"
    if name == "region":
        return "int32"
    return "string" if name in TEXT_COLUMNS else "double"
