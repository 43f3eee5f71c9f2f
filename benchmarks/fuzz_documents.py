"""Spoiled documents of every kind that is read: manifests, labels, cards, catalogues, archives.

    python benchmarks/fuzz_documents.py                  500 of each kind
    python benchmarks/fuzz_documents.py --count 50 --seed 7

What counts: no exception but those of halescope, nothing over 10 s of CPU, no file outside the
folder.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from halescope.errors import HalescopeError
from hostile_documents import cases


def described(error: BaseException) -> str:
    """Return what was raised, and the last line of halescope that it passed."""
    frames = traceback.extract_tb(error.__traceback__)
    place = [f for f in frames if "halescope" in f.filename][-1]
    what = f"{type(error).__name__}: {str(error)[:80]!r}"
    return f"{what} at {Path(place.filename).name}:{place.lineno}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[], help="kinds")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    done, wrong = Counter[str](), Counter[str]()
    for kind, name, content, read in cases(asked.count, asked.seed):
        if asked.only and kind not in asked.only:
            continue
        with tempfile.TemporaryDirectory() as base:
            path = Path(base, "in", name)
            path.parent.mkdir(parents=True)
            path.write_bytes(content)
            begin, where = time.process_time(), ""
            try:
                read(path)
            except HalescopeError as error:
                str(error).encode()
            except BaseException as error:  # noqa: BLE001 anything at all is a finding
                where = described(error)
            if time.process_time() - begin > 10:
                where = where or "over 10 s"
            if [entry.name for entry in Path(base).iterdir()] != ["in"]:
                where = where or "wrote outside its folder"
            done[kind] += 1
            if where:
                wrong[kind] += 1
                print(f"{kind}: {where}", flush=True)
    for kind, count in done.items():
        print(f"{kind:12} {count} documents, {wrong[kind]} wrong")


if __name__ == "__main__":
    main()
