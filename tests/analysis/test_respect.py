"""Classes that respect the evidence: nothing printed beside a class contradicts it."""

from pathlib import Path

import numpy as np
import pytest

from halescope.analysis.respect import respect
from halescope.classes import MOUNT_WILSON
from halescope.errors import HalescopeError
from halescope.io import expand
from halescope.measure.evidence import LIKE, PENUMBRA_MM
from halescope.measure.spots import Spots
from halescope.pipeline import analyze
from halescope.synthetic import draw
from halescope.synthetic.files import picture_bytes
from halescope.types import Regions


def region(**shares: float) -> Regions:
    """Return one region with these class probabilities, underscores for hyphens."""
    table = np.zeros((1, len(MOUNT_WILSON)), np.float32)
    for name, share in shares.items():
        table[0, MOUNT_WILSON.index(name.replace("_", "-"))] = share
    boxes = Regions.from_boxes(np.zeros((1, 4), np.float32))
    return Regions(boxes.boxes, boxes.score, table, boxes.flags)


def spots(distance: float | None, likeness: float, calibrated: bool = True) -> Spots:
    none = np.zeros((0, 2))
    return Spots(1, 1, 50.0, likeness, distance, calibrated, (none, none))


def decided(found: Regions, evidence: Spots | None, mu: float = 1.0) -> tuple[str, str, Regions]:
    kept, notes = respect(found, [evidence], np.array([mu]))
    assert kept.probabilities.sum() == pytest.approx(1)
    return kept.class_names[0], notes[0], kept


def test_a_far_delta_loses_it_and_says_so():
    name, note, kept = decided(region(beta_gamma_delta=0.7, beta_gamma=0.3), spots(60.0, 0.9))
    assert name == "beta-gamma"
    assert note == (
        "beta-gamma-delta by the classifier alone, but opposite cores are 60 Mm apart, too far for "
        "a delta"
    )
    assert kept.coarse[0, 2] == pytest.approx(1)


def test_a_near_delta_stays():
    assert decided(region(beta_delta=1.0), spots(5.0, 0.9))[:2] == ("beta-delta", "")


def test_a_clipped_delta_is_doubted():
    name, note, _ = decided(region(beta_delta=1.0), spots(5.0, 0.9, calibrated=False))
    assert name == "beta-delta"
    assert note.endswith("a clipped picture cannot show")


def test_an_alpha_with_like_cores_becomes_what_is_next():
    name, note, _ = decided(region(alpha=0.6, beta=0.3, beta_gamma=0.1), spots(60.0, 0.8))
    assert (name, note[:8]) == ("beta", "alpha by")
    assert decided(region(alpha=1.0), spots(60.0, 0.8))[0] == "beta"


@pytest.mark.parametrize(("calibrated", "mu"), [(False, 1.0), (True, 0.3)])
def test_an_alpha_is_doubted_where_plage_or_the_limb_may_deceive(calibrated, mu):
    name, note, _ = decided(region(alpha=0.6, beta=0.4), spots(60.0, 0.8, calibrated), mu)
    assert name == "alpha"
    assert "opposite" in note


def test_nothing_is_known_nothing_changes():
    assert decided(region(alpha=0.6, beta_delta=0.4), None)[:2] == ("alpha", "")


def contradictions(rows: list[dict]) -> list[dict]:
    """Return the rows whose class is against their own words and not doubted."""
    wrong = []
    for row in rows:
        distance = row["core_distance_mm"]
        far = row["class"].endswith("delta") and (distance is None or distance > PENUMBRA_MM)
        like = row["class"] == "alpha" and (row["core_likeness"] or 0) >= LIKE
        told = "uncertain_class" in row["flags"] and row["class_note"]
        if (far or like) and not told:
            wrong.append(row)
    return wrong


@pytest.mark.parametrize("seed", range(3))
def test_no_word_contradicts_a_class_on_drawn_disks(seed):
    drawn = draw(seed, size=512, regions=["beta-gamma-delta", "alpha", "beta-delta", "beta"])
    for source in (drawn.magnetogram, picture_bytes(drawn.magnetogram)):
        rows = analyze(source, name="drawn.png", physics=True).catalog.rows()
        assert rows
        assert not contradictions(rows)


def test_no_word_contradicts_a_class_on_real_files(shared_data: Path):
    paths = [shared_data / name for name in ("mdi_small", "mdi", "more")]
    paths += sorted((shared_data / "gong").glob("*.jpg"))[::8]
    paths += sorted((shared_data / "hmi").rglob("*.jpg"))[::200]
    count = 0
    for path in expand([str(p) for p in paths if p.exists()]):
        try:
            rows = analyze(path, physics=True).catalog.rows()
        except HalescopeError:
            continue  # two of them are no solar images by their headers
        count += len(rows)
        assert not contradictions(rows), path
    assert count
