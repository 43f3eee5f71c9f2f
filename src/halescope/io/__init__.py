"""Readers and writers: the only code that knows files."""

from halescope.io.source import expand, read, read_cea, read_full

__all__ = ["expand", "read", "read_cea", "read_full"]
