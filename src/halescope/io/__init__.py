"""Readers and writers: the only code that knows files.

Throughout, `name` is what errors call the file, `header` holds its FITS keywords in upper case, and
`time` is aware, UTC, and goes before what the file itself says.
"""

from halescope.io.names import escaped, unescaped
from halescope.io.source import expand, read, read_cea, read_full

__all__ = ["escaped", "expand", "read", "read_cea", "read_full", "unescaped"]
