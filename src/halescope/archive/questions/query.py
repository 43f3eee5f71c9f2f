"""SQL over an archive, in DuckDB. It reads; nothing it says can reach a file or a network.

Tables are handed to it as data sets; then DuckDB's own access to files, extensions and Python
variables is turned off, and its configuration locked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from halescope.archive.store.schema import GENERATION, TABLES
from halescope.errors import ConfigError, MissingExtraError

if TYPE_CHECKING:
    from halescope.archive.store.tables import Tables

_LOCKED = (
    "SET enable_external_access = false",
    "SET python_enable_replacements = false",
    "SET lock_configuration = true",
)


def ask(tables: Tables, sql: str) -> Any:
    """Return the answer to one SELECT as a pyarrow table.

    Parameters
    ----------
    sql : str
        Over ``regions``, ``images``, ``faults`` and, after `archive track`, ``tracks``, ``tracked``
        and ``events``.

    Raises
    ------
    ConfigError
        The statement is wrong, is none that reads, or is more than one.
    """
    try:
        import duckdb
    except ImportError as error:
        raise MissingExtraError("duckdb", "archive") from error
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise _wrong(error) from None
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise ConfigError("SQL", "is not one SELECT", "one statement that reads", "such as SELECT")
    with duckdb.connect(":memory:") as connection:
        _hand_over(connection, tables)
        try:
            return connection.sql(statements[0].query).to_arrow_table()
        except duckdb.Error as error:
            raise _wrong(error) from None


def _hand_over(connection: Any, tables: Tables) -> None:
    """Make the views, then lock the door."""
    old = tables.replaced
    if len(old):
        connection.register("_replaced", old)
    for table in TABLES:
        connection.register(f"_{table}", tables.stored(table))
        gone = (
            f" ANTI JOIN _replaced ON _{table}.source = _replaced.source"
            f" AND coalesce(_{table}.{GENERATION}, 0) = _replaced.{GENERATION}"
            if len(old)
            else ""
        )
        sql = f"CREATE VIEW {table} AS SELECT * EXCLUDE ({GENERATION}) FROM _{table}{gone}"
        connection.execute(sql)
    for name, found in tables.tracks.items():
        connection.register(name, found)
    for statement in _LOCKED:
        connection.execute(statement)


def _wrong(error: Exception) -> ConfigError:
    text = " ".join(str(error).split())[:300]
    advice = "tables: regions, images, faults; `archive track` makes tracks, tracked, events"
    return ConfigError("SQL", f"cannot be answered ({text})", "", advice)
