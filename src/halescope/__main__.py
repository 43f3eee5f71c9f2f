"""Entry point: answers ``--version`` at once, leaves the rest to the command line app."""

from __future__ import annotations

import gc
import sys
from contextlib import suppress

from halescope._version import __version__
from halescope.guards.streams import open_streams


def main() -> None:
    """Run the command line and exit with its code."""
    open_streams()
    if sys.argv[1:] in (["--version"], ["-V"]):
        with suppress(OSError):  # what follows says so
            sys.stdout.write(f"halescope {__version__}\n")
            sys.stdout.flush()
            return
    # Imports and results are kept, not thrown away: looking for garbage is a twentieth of a start.
    gc.set_threshold(50_000, 20, 20)
    from halescope.cli import run

    sys.exit(run())


if __name__ == "__main__":
    main()
