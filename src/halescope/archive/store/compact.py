"""Compaction: many parts become one file a year, sorted by time, the same bytes for the same rows.

What counts changes in one step, when ``index.json`` is replaced; then what it no longer names goes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from halescope.archive.store.lock import held
from halescope.archive.store.parts import (
    UNDATED,
    YEARS,
    Index,
    Part,
    Stored,
    check,
    read_index,
    read_parts,
    refuse_wrong,
    store,
    sweep,
    write_index,
)
from halescope.archive.store.schema import GENERATION, TABLES, pyarrow, schema
from halescope.archive.store.tables import Tables
from halescope.guards.inside import existing_inside

_ORDER = {
    "images": ("time", "source"),
    "regions": ("time", "source", "region"),
    "faults": ("time", "source"),
}


def compact(
    folder: Path,
    start: Callable[[int], None] = lambda years: None,
    report: Callable[[Part], None] = lambda year: None,
) -> tuple[Part, ...]:
    """Write one file a year and table, and return the years.

    Parameters
    ----------
    start, report : callable
        Called once with the number of years to write, and with each that is written.

    Raises
    ------
    OutputError
        A build writes to the archive.
    DatasetError
        A file is not as it was written; nothing is changed then.
    """
    read_parts(folder)  # is it an archive?
    with held(folder):
        sweep(folder)
        tables = Tables(folder)
        index = read_index(folder)
        fresh = [part for part in tables.parts if part.generation > index.generation]
        touched = _touched(tables, fresh)
        old = [year for year in index.years if year.name in touched]
        refuse_wrong(folder, check(folder, [*old, *fresh], thoroughly=True))
        start(len(touched))
        years = {year.name: year for year in index.years if year.name not in touched}
        for name in sorted(touched):
            year = _write_year(folder, tables, name, [*old, *fresh])
            if year.files:
                years[name] = year
            report(year)
        found = tuple(years[name] for name in sorted(years))
        newest = max([index.generation] + [part.generation for part in fresh])
        write_index(folder, Index(found, newest))
        sweep(folder)
    return found


def _touched(tables: Tables, fresh: list[Part]) -> set[str]:
    """Return the years that fresh parts have rows of, or take rows away from."""
    touched = {year for part in fresh for year in part.years}
    if len(tables.replaced):  # of any year: a file may have moved to another
        touched |= {year for part in tables.parts for year in part.years}
    return touched


def _write_year(folder: Path, tables: Tables, name: str, parts: list[Part]) -> Part:
    """Write the tables of one year and return what they are."""
    files: dict[str, Stored] = {}
    mine = [part for part in parts if name in part.years]
    for table in TABLES:
        rows = _rows(tables, name, table, mine)
        if len(rows):
            files[table] = store(folder, f"{YEARS}/{name}-CHECKSUM.{table}.parquet", rows)
    return Part(name, 0, (name,), files, any(part.physics for part in mine))


def _rows(tables: Tables, year: str, table: str, parts: list[Part]) -> Any:
    """Return the rows of one year, replaced ones left out, in order."""
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    pa = pyarrow()
    physics = any(part.physics for part in parts)
    whole = schema(table, physics=physics, parts=True)
    files = [
        str(existing_inside(tables.folder, p.files[table].file, p.name))
        for p in parts
        if table in p.files
    ]
    if not files:
        return schema(table, physics=physics).empty_table()
    of = pc.field("time").is_null() if year == UNDATED else pc.year(pc.field("time")) == int(year)
    rows = ds.dataset(files, schema=whole, format="parquet").to_table(filter=of)
    if len(tables.replaced):
        number = pc.fill_null(rows[GENERATION], pa.scalar(0, pa.int32()))
        rows = rows.set_column(rows.schema.get_field_index(GENERATION), GENERATION, number)
        rows = rows.join(tables.replaced, ["source", GENERATION], join_type="left anti")
    order = [(name, "ascending") for name in _ORDER[table]]
    plain = schema(table, physics=physics)
    return rows.select(plain.names).sort_by(order).cast(plain).combine_chunks()
