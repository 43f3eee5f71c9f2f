"""Count contradictions between the class that is printed and the words that are printed beside it.

    python benchmarks/class_contradictions.py FOLDER... [--every 1]

Every file is analysed as ``halescope analyze --physics`` does, and each region's class is held
against its own measured columns: a delta without opposite cores within a penumbra's reach, and an
alpha with two opposite cores of like weight. One that the catalogue itself doubts and says why
(flag ``uncertain_class``, column ``class_note``) is no contradiction but counted beside.
"""

from __future__ import annotations

import argparse
import sys

from halescope import analyze
from halescope.classification.classify import load_classifier
from halescope.detection.detect import load_detector
from halescope.errors import HalescopeError
from halescope.io import expand
from halescope.measure.evidence import LIKE, PENUMBRA_MM, evidence


def contradicts(row: dict) -> bool:
    """Say whether the class of a catalogue row is against the row's own measured columns."""
    distance, likeness = row["core_distance_mm"], row["core_likeness"]
    if row["class"].endswith("delta"):
        return distance is None or distance > PENUMBRA_MM
    return row["class"] == "alpha" and (likeness or 0) >= LIKE


def main() -> None:
    """Print each contradiction, and the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="+")
    parser.add_argument("--every", type=int, default=1, help="Look at one file of this many.")
    arguments = parser.parse_args()
    networks = {"detector": load_detector(), "classifier": load_classifier()}
    files = regions = doubted = wrong = 0
    for path in expand(arguments.images)[:: arguments.every]:
        try:
            rows = analyze(path, physics=True, **networks).catalog.rows()
        except HalescopeError as error:
            print(error, file=sys.stderr)
            continue
        files, regions = files + 1, regions + len(rows)
        for row in rows:
            is_told = "uncertain_class" in row["flags"] and bool(row["class_note"])
            doubted += is_told
            if contradicts(row) and not is_told:
                wrong += 1
                print(f"{path.name} region {row['region']}: {row['class']}; {evidence(row)}")
    print(
        f"{files} files, {regions} regions: {wrong} contradictions, {doubted} doubted and said so"
    )


if __name__ == "__main__":
    main()
