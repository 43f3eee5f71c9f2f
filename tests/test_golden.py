"""The demo's disk, from file to catalogue.

Without networks the catalogue is the one that is kept in ``golden/demo.csv``; after a change that
is meant to alter it, ``python tests/test_golden.py`` writes it anew. With the networks that ship,
it is held against what was drawn.
"""

import csv
from pathlib import Path

import numpy as np
import pytest

from halescope.boxes import iou
from halescope.classes import COARSE
from halescope.pipeline import analyze
from halescope.synthetic import draw
from halescope.synthetic.files import fits_bytes

GOLDEN = Path(__file__).parent / "golden" / "demo.csv"
KINDS = ("beta-gamma-delta", "beta", "alpha", "beta", "beta-gamma", "alpha")
EXACT = ("region", "class", "paper_class", "flags", "time")
CLOSE = {
    "x_min": 0.1, "y_min": 0.1, "x_max": 0.1, "y_max": 0.1, "score": 0.002, "hgs_lon": 0.01,
    "hgs_lat": 0.01, "carrington_lon": 0.01, "mu": 0.001, "area_msh": 1.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def demo():
    return draw(23, regions=KINDS)


def plain(drawing):
    """Rows of the catalogue that the stand-ins for networks give."""
    found = analyze(fits_bytes(drawing.magnetogram), detector="threshold", classifier="climatology")
    return found.catalog.rows()


def test_catalogue_without_networks_is_the_kept_one(demo):
    with GOLDEN.open(newline="") as file:
        kept = list(csv.DictReader(file))
    rows = plain(demo)
    assert len(rows) == len(kept)
    for row, expected in zip(rows, kept, strict=True):
        assert [str(row[name]) for name in EXACT] == [expected[name] for name in EXACT]
        for name, tolerance in CLOSE.items():
            assert row[name] == pytest.approx(float(expected[name]), abs=tolerance), name


def test_shipped_networks_find_what_was_drawn(demo):
    found = analyze(fits_bytes(demo.magnetogram)).catalog.rows()
    sides = ("x_min", "y_min", "x_max", "y_max")
    boxes = np.array([[row[side] for side in sides] for row in found])
    firm = [row for row in demo.truth.rows() if row["status"] == "firm"]
    overlap = iou(np.array([[row[side] for side in sides] for row in firm]), boxes)
    assert (overlap.max(1) > 0.5).sum() >= len(firm) - 1
    assert len(found) <= len(firm) + 2
    levels = [COARSE[found[best]["class"]] for best in overlap.argmax(1)]
    right = sum(a == row["coarse"] for a, row in zip(levels, firm, strict=True))
    assert right >= len(firm) - 2


if __name__ == "__main__":
    table = plain(draw(23, regions=KINDS))
    GOLDEN.parent.mkdir(exist_ok=True)
    with GOLDEN.open("w", newline="") as file:
        writer = csv.DictWriter(file, (*EXACT, *CLOSE), extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
