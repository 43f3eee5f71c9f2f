"""Tracks over the whole of an archive: what `halescope track` does, from its tables into it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from halescope.archive.files import parse_step
from halescope.archive.store.lock import held
from halescope.archive.store.parts import store
from halescope.archive.store.schema import pyarrow
from halescope.archive.store.tables import TRACK_TABLES, Tables, open_tables
from halescope.errors import DatasetError
from halescope.io.catalog import COLUMNS, TEXT_COLUMNS, UNITS, WHOLE_COLUMNS
from halescope.types import Catalog, format_time

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from halescope.noaa.srs_row import SrsRow
    from halescope.tracks import Tracks

_IMAGES = """
SELECT source, image, time FROM images WHERE time IS NOT NULL AND {where}
QUALIFY row_number() OVER (PARTITION BY floor(epoch(time) / {step}) ORDER BY time, source) = 1
ORDER BY time
"""
_REGIONS = """
SELECT r.* EXCLUDE (source) FROM regions r SEMI JOIN ({images}) i ON r.source = i.source
ORDER BY r.time, r.source, r.region
"""


def track_archive(
    folder: Path,
    summaries: Iterable[SrsRow] | None = None,
    every: str = "1h",
    instrument: str = "",
) -> Tracks:
    """Link an archive's regions into tracks and keep these in it, as further tables.

    Parameters
    ----------
    summaries : iterable of SrsRow, optional
        Section I of NOAA's Solar Region Summaries, which give tracks their numbers.
    every : str
        Of each such step the first image is taken.
    instrument : str
        Images of this one alone; empty for all, which must then be of one.

    Raises
    ------
    DatasetError
        There is no image with a time, or instruments are mixed.
    OutputError
        A build writes to the archive.
    """
    from halescope.tracks import track

    catalog, images = read_hourly(open_tables(folder), every, instrument)
    if not images:
        raise DatasetError(str(folder), "has no image with a time", "images to link")
    found = track(catalog, summaries, "smooth", images)
    with held(folder):
        for name, part in zip(
            TRACK_TABLES, (found.tracks, found.catalog, found.events), strict=True
        ):
            store(folder, f"{name}.parquet", to_arrow(part))
    return found


def read_hourly(
    tables: Tables, every: str, instrument: str
) -> tuple[Catalog, list[tuple[str, str]]]:
    """Return the regions of one image a step as a catalogue, and these images' names and times."""
    where = "true"
    if instrument:
        where = "instrument = '" + instrument.replace("'", "''") + "'"
    chosen = _IMAGES.format(where=where, step=int(parse_step(every)))
    found = tables.query(chosen)
    names, times = found["image"].to_pylist(), _stamps(found["time"].to_pylist())
    rows = tables.query(_REGIONS.format(images=chosen.strip().removesuffix("ORDER BY time")))
    columns = {name: rows[name].to_pylist() for name in rows.column_names}
    columns["time"] = _stamps(columns["time"])
    kept = {name: columns[name] for name in (*COLUMNS, *sorted(set(columns) - set(COLUMNS)))}
    return Catalog(kept, dict(UNITS)), list(zip(names, times, strict=True))


def to_arrow(catalog: Catalog) -> Any:
    """Return a catalogue as a pyarrow table; times are UTC without a zone, as in the archive."""
    pa = pyarrow()
    fields, arrays = [], []
    for name, values in catalog.columns.items():
        kind = _kind(name, values)
        if kind == pa.timestamp("ms"):
            values = [_time(value) for value in values]
        fields.append(pa.field(name, kind, metadata={"unit": catalog.units.get(name, "")}))
        arrays.append(pa.array(values, kind))
    return pa.table(arrays, schema=pa.schema(fields))


_TIMES = frozenset(
    {"time", "first_seen", "last_seen", "area_max_time", "flux_max_time", "time_min", "time_max"}
)


def _kind(name: str, values: list[Any]) -> Any:
    pa = pyarrow()
    if name in _TIMES:
        return pa.timestamp("ms")
    if name in WHOLE_COLUMNS:
        return pa.int64()
    texts = name in TEXT_COLUMNS or any(isinstance(value, str) for value in values)
    return pa.string() if texts else pa.float64()


def _time(text: str | None) -> datetime | None:
    from halescope.noaa.matching import catalog_time

    return catalog_time(text).replace(tzinfo=None) if text else None


def _stamps(times: list[datetime]) -> list[str]:
    from datetime import UTC

    return [format_time(time.replace(tzinfo=UTC)) for time in times]
