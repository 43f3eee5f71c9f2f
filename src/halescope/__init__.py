"""halescope: active regions in solar magnetograms, and their Mount Wilson class.

The public names are loaded when they are first used, so that the import itself is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from halescope._version import __version__

if TYPE_CHECKING:
    from halescope.analysis.result import Analysis
    from halescope.errors import HalescopeError
    from halescope.io import expand, read, read_full
    from halescope.io.catalog import MSH, read_catalog, to_pandas, to_table, write_catalog
    from halescope.pipeline import analyze
    from halescope.tracks.track import Tracks, track
    from halescope.types import Catalog, Disk, DiskGeometry, Magnetogram, Regions

_HOME = {
    "MSH": "halescope.io.catalog",
    "Analysis": "halescope.analysis.result",
    "Catalog": "halescope.types",
    "Disk": "halescope.types",
    "DiskGeometry": "halescope.types",
    "HalescopeError": "halescope.errors",
    "Magnetogram": "halescope.types",
    "Regions": "halescope.types",
    "Tracks": "halescope.tracks.track",
    "analyze": "halescope.pipeline",
    "expand": "halescope.io",
    "read": "halescope.io",
    "read_catalog": "halescope.io.catalog",
    "read_full": "halescope.io",
    "to_pandas": "halescope.io.catalog",
    "to_table": "halescope.io.catalog",
    "track": "halescope.tracks.track",
    "write_catalog": "halescope.io.catalog",
}

__all__ = [
    "MSH",
    "Analysis",
    "Catalog",
    "Disk",
    "DiskGeometry",
    "HalescopeError",
    "Magnetogram",
    "Regions",
    "Tracks",
    "__version__",
    "analyze",
    "expand",
    "read",
    "read_catalog",
    "read_full",
    "to_pandas",
    "to_table",
    "track",
    "write_catalog",
]


def __getattr__(name: str) -> Any:
    """Load a public name on first use."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'halescope' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted(__all__)
