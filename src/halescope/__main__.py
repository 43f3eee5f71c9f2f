"""Entry point: answers ``--version`` at once, leaves the rest to the command line app."""

from __future__ import annotations

import sys

from halescope._version import __version__


def main() -> None:
    """Run the command line and exit with its code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"halescope {__version__}\n")
        return
    from halescope.cli import run

    sys.exit(run())


if __name__ == "__main__":
    main()
