"""Build the paper's data set, end to end, from servers on loopback that serve ../shared/data.

``python benchmarks/build_paper.py OUT [--disks 1000]``: flares from HEK, magnetograms from
Helioviewer, summaries from NCEI, each through its own library; then labels, splits, KITTI files,
class folders, page and audit, all by the one command that is printed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from pathlib import Path

from _common import REAL, line

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from halescope.cli import run
from loopback.server import running
from loopback.shared import serve_shared


def command(out: Path, disks: int) -> list[str]:
    """Return the command: every hour within four days of each flare of C5 and more."""
    words = "dataset build --preset paper --flares >=C5 --around=-96:96 --cadence 1h --pause 0"
    span = "--start 2026-02-01 --end 2026-04-02"
    return [*words.split(), *span.split(), f"--limit={disks}", f"--output={out}"]


def count(out: Path) -> None:
    """Print what was built."""
    pictures = len(list((out / "images").glob("*.jp2")))
    line("magnetograms fetched", pictures, "files", "1000")
    for part in ("train", "validation", "test"):
        labels = list((out / "kitti" / part / "labels").glob("*.txt"))
        boxes = sum(len(path.read_text().splitlines()) for path in labels)
        line(f"KITTI files, {part}", len(labels), "files", "70/20/10")
        line(f"boxes, {part}", boxes, "boxes", "")
        folders = Counter(p.parent.name for p in (out / "crops" / part).rglob("*.png"))
        for name, number in sorted(folders.items()):
            line(f"crops, {part}/{name}", number, "files", "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--disks", type=int, default=1000)
    asked = parser.parse_args()
    words = command(asked.out, asked.disks)
    print("halescope", *words, flush=True)
    with running() as server:
        os.environ |= serve_shared(server, REAL)
        start = time.perf_counter()
        code = run(words)
        line("the whole build", time.perf_counter() - start, "s", "")
        line("requests served", len(server.seen), "", "")
    line("exit code", code, "", "0, or 1 where summaries are missing")
    count(asked.out)


if __name__ == "__main__":
    main()
