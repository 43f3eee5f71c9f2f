"""Entry point: answers ``--version`` at once, leaves the rest to the command line app."""

from __future__ import annotations

import gc
import sys

from halescope._version import __version__


def main() -> None:
    """Run the command line and exit with its code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"halescope {__version__}\n")
        return
    # Imports and results are kept, not thrown away: looking for garbage is a twentieth of a start.
    gc.set_threshold(50_000, 20, 20)
    from halescope.cli import run

    sys.exit(run())


if __name__ == "__main__":
    main()
