"""A selection of regions in the formats of others: tables, labels for training, HEK-like events."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from halescope._version import __version__
from halescope.archive.store.tables import Tables
from halescope.datasets.formats.export import refuse_twins
from halescope.datasets.formats.labels import Box, ImageLabels
from halescope.datasets.formats.table import format_of
from halescope.errors import ConfigError
from halescope.io.atomic import atomic_path, atomic_text
from halescope.io.catalog import msh
from halescope.noaa.hek import KM2_PER_MSH
from halescope.types import format_time

TABLES = {"ecsv": "ascii.ecsv", "votable": "votable", "fits": "fits"}
"""Formats of tables, as astropy calls them."""

LABELS = ("coco", "kitti")
FORMATS = (*TABLES, *LABELS, "hek")

_SELECT = """
SELECT r.*, i.instrument, i.width, i.height, i.rows_down
FROM regions r JOIN images i ON r.source = i.source
WHERE {where} ORDER BY r.time, r.source, r.region
"""
_OF_IMAGES = ("instrument", "width", "height", "rows_down")


def export(tables: Tables, where: str, kind: str, path: Path) -> int:
    """Write the regions that a condition picks, and return their number.

    Parameters
    ----------
    where : str
        SQL over ``regions`` as ``r`` and ``images`` as ``i``; ``true`` for all.
    kind : str
        Of `FORMATS`. ``kitti`` writes a folder.

    Raises
    ------
    ConfigError
        The condition is wrong, or the format unknown.
    DatasetError
        Two images of one name for a format that tells them apart by name.
    """
    if kind not in FORMATS:
        raise ConfigError("--format", f"is {kind!r}", ", ".join(FORMATS))
    found = tables.query(_SELECT.format(where=f"({where}\n)"))
    if kind in TABLES:
        _write_table(tables, found.drop_columns(list(_OF_IMAGES)), kind, path)
    elif kind == "hek":
        events = [event(row) for row in found.to_pylist()]
        document = {"result": events, "association": False}
        atomic_text(path, json.dumps(document, indent=1, allow_nan=False) + "\n")
    else:
        labels = _labels(found.to_pylist())
        refuse_twins(labels)
        format_of(kind).write(labels, path)
    return len(found)


def event(row: dict[str, Any]) -> dict[str, Any]:
    """Return a region as an event with the names that HEK's active regions have.

    Positions are Stonyhurst (``UTC-HGS-TOPO``) and Carrington; ``area_atdiskcenter`` is the
    magnetic area and not that of spots. HEK has no field for the box in file pixels, so
    ``halescope_box`` has it.
    """
    time = "" if row["time"] is None else format_time(_utc(row["time"])).removesuffix("Z")
    area = row["area_msh"]
    return {
        "event_type": "AR",
        "event_starttime": time,
        "event_endtime": time,
        "event_coordsys": "UTC-HGS-TOPO",
        "event_coordunit": "deg,deg",
        "event_coord1": row["hgs_lon"],
        "event_coord2": row["hgs_lat"],
        "hgs_x": row["hgs_lon"],
        "hgs_y": row["hgs_lat"],
        "hgc_x": row["carrington_lon"],
        "hgc_y": row["hgs_lat"],
        "event_probability": row["score"],
        "ar_mtwilsoncls": row["class"].upper(),
        "area_atdiskcenter": None if area is None else round(area * KM2_PER_MSH),
        "area_unit": "km2",
        "obs_instrument": row["instrument"],
        "obs_meanwavel": None,
        "frm_name": "halescope",
        "frm_versionnumber": __version__,
        "frm_humanflag": "F",
        "halescope_image": row["image"],
        "halescope_box": [row[name] for name in ("x_min", "y_min", "x_max", "y_max")],
        "halescope_flags": row["flags"],
    }


def _write_table(tables: Tables, found: Any, kind: str, path: Path) -> None:
    from astropy.table import QTable

    shape = tables.stored("regions").schema
    table = QTable()
    for name in found.column_names:
        about = shape.field(name).metadata or {}
        unit = about.get(b"unit", b"").decode()
        known = kind == "ecsv" or unit != "MSH"  # the other standards have no such unit
        table[name] = _column(found[name], unit if known else "")
        table[name].info.description = about.get(b"description", b"").decode()
    with atomic_path(path) as fresh:
        table.write(fresh, format=TABLES[kind])


def _column(found: Any, unit: str) -> Any:
    """Return a pyarrow column for an astropy table; a missing number is NaN."""
    import numpy as np
    from astropy import units as u

    values, kind = found.to_pylist(), str(found.type)
    if kind.startswith("timestamp"):
        return np.array(["" if v is None else format_time(_utc(v)) for v in values], str)
    if kind == "string":
        return np.array([_ascii(v or "") for v in values], str)
    if kind.startswith("int") and None not in values:
        return np.array(values, np.int64)
    numbers = np.array([np.nan if v is None else v for v in values], np.float64)
    if unit == "MSH":
        return numbers * msh()
    return numbers * u.Unit(unit) if unit else numbers


def _ascii(text: str) -> str:
    """Return text that FITS and ECSV can hold in one cell."""
    return text.encode("ascii", "backslashreplace").decode().replace("\n", "\\n")


def _labels(rows: Sequence[dict[str, Any]]) -> list[ImageLabels]:
    images: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        images.setdefault(row["source"], []).append(row)
    return [
        ImageLabels(of[0]["image"], of[0]["width"], of[0]["height"], tuple(map(_box, of)))
        for of in images.values()
    ]


def _box(row: dict[str, Any]) -> Box:
    """Return a box whose rows count downwards, as all label formats have them."""
    low, high = row["y_min"], row["y_max"]
    top, bottom = (low, high) if row["rows_down"] else (row["height"] - high, row["height"] - low)
    return Box(row["class"], row["x_min"], top, row["x_max"], bottom, score=row["score"])


def _utc(time: Any) -> Any:
    from datetime import UTC

    return time.replace(tzinfo=UTC)
