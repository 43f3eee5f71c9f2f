"""An archive for reading: its tables as pyarrow data sets, and SQL over them."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Any

from halescope.archive.store.parts import Part, check, read_parts, refuse_wrong
from halescope.archive.store.schema import GENERATION, pyarrow, schema
from halescope.guards.inside import existing_inside

TRACK_TABLES = ("tracks", "tracked", "events")
"""Written by `archive track`: tracks, the boxes on them, and what happens to them."""


def open_tables(path: str | os.PathLike[str]) -> Tables:
    """Return an archive's tables; see `halescope.archive.open`."""
    tables = Tables(Path(path))
    refuse_wrong(tables.folder, check(tables.folder, tables.parts))
    return tables


class Tables:
    """What an archive holds at one moment. What is written later is not seen.

    Parameters
    ----------
    folder : Path
        Of the archive.
    """

    def __init__(self, folder: Path) -> None:
        pyarrow()
        self.folder = folder
        self.parts: list[Part] = read_parts(folder)

    @property
    def images(self) -> Any:
        """Analysed files, a row each: a pyarrow data set."""
        return self._current("images")

    @property
    def regions(self) -> Any:
        """Regions of all images: a pyarrow data set."""
        return self._current("regions")

    @property
    def faults(self) -> Any:
        """Files that could not be analysed: a pyarrow data set."""
        return self._current("faults")

    @property
    def tracks(self) -> dict[str, Any]:
        """`TRACK_TABLES` as pyarrow data sets by name; nothing before `archive track` ran."""
        import pyarrow.dataset as ds

        found = {name: self.folder / f"{name}.parquet" for name in TRACK_TABLES}
        return {
            name: ds.dataset(str(path), format="parquet")
            for name, path in found.items()
            if path.exists()
        }

    def query(self, sql: str) -> Any:
        """Return the answer to one SELECT as a pyarrow table.

        Raises
        ------
        ConfigError
            The statement is wrong, or is none that reads.
        """
        from halescope.archive.questions.query import ask

        return ask(self, sql)

    def current(self, table: str, columns: list[str]) -> Any:
        """Return columns of a table, a pyarrow table."""
        return self._current(table).to_table(columns=columns)

    def stored(self, table: str) -> Any:
        """Return a table with rows that others have replaced, as a data set with `GENERATION`."""
        import pyarrow.dataset as ds

        pa = pyarrow()
        shape = schema(table, physics=any(p.physics for p in self.parts), parts=True)
        files = [
            str(existing_inside(self.folder, p.files[table].file, p.name))
            for p in self.parts
            if table in p.files
        ]
        if not files:
            return ds.dataset(pa.table({f.name: [] for f in shape}, schema=shape))
        return ds.dataset(files, schema=shape, format="parquet")

    @cached_property
    def replaced(self) -> Any:
        """Files and builds whose rows later ones have replaced, a pyarrow table of ``source`` and
        `GENERATION`; mostly empty."""
        import pyarrow.compute as pc

        pa = pyarrow()
        shape = pa.schema([("source", pa.string()), (GENERATION, pa.int32())])
        if len({part.generation for part in self.parts}) < 2:
            return shape.empty_table()
        names = ["source", GENERATION]
        rows = pa.concat_tables(
            [
                self.stored(table).to_table(columns=names).cast(shape)
                for table in ("images", "faults")
            ]
        )
        rows = rows.set_column(
            1, GENERATION, pc.fill_null(rows[GENERATION], pa.scalar(0, pa.int32()))
        )
        newest = rows.group_by("source").aggregate([(GENERATION, "max")])
        joined = rows.join(newest, "source")
        old = joined.filter(pc.less(joined[GENERATION], joined[f"{GENERATION}_max"]))
        return old.select(names)

    def _current(self, table: str) -> Any:
        """Return a data set without replaced rows and without `GENERATION`."""
        import pyarrow.compute as pc

        found, old = self.stored(table), self.replaced
        for generation in pc.unique(old[GENERATION]).to_pylist() if len(old) else ():
            sources = old.filter(pc.equal(old[GENERATION], generation))["source"]
            of = pc.equal(pc.coalesce(pc.field(GENERATION), pc.scalar(0)), generation)
            found = found.filter(~(of & pc.field("source").isin(sources.combine_chunks())))
        return found
