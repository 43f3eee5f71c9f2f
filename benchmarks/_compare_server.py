"""Serve the data on loopback with a checkout's own ``tests/loopback``, until standard input ends.

`benchmarks/compare_checkouts.py` starts it with that checkout's ``src`` and ``tests`` on the path.
The first line on standard output is the environment that points to the services, as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from loopback.server import running
from loopback.shared import serve_shared


def main() -> None:
    with running() as server:
        print(json.dumps(serve_shared(server, Path(sys.argv[1]))), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
