"""Years of magnetograms in one place: built file by file, kept in Parquet, asked in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

    from halescope.archive.store.tables import Tables

__all__ = ["open"]


def open(path: str | os.PathLike[str]) -> Tables:
    """Return the tables of an archive that ``halescope archive build`` wrote, for reading.

    Returns
    -------
    Tables
        ``.regions``, ``.images`` and ``.faults`` are pyarrow data sets whose schema carries units
        and descriptions; ``.query(sql)`` asks them all.

    Raises
    ------
    DatasetError
        There is no archive, it is another version's, or a part of it is damaged.
    MissingExtraError
        pyarrow or DuckDB is not installed.

    Examples
    --------
    >>> from halescope import archive
    >>> tables = archive.open("sun")
    >>> tables.query("SELECT class, count(*) FROM regions GROUP BY class").to_pandas()
    """
    from halescope.archive.store.tables import open_tables

    return open_tables(path)
