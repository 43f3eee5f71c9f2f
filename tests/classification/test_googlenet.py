"""GoogLeNet in service: from regions to probabilities in the program's own order."""

from types import SimpleNamespace

import numpy as np
import pytest

from halescope.classes import HIERARCHY, MOUNT_WILSON, PAPER_CLASSES
from halescope.classification.googlenet import probabilities, to_seven, variants
from halescope.types import Disk, DiskGeometry, Magnetogram, Regions


@pytest.mark.parametrize("classes", [MOUNT_WILSON, HIERARCHY, PAPER_CLASSES])
def test_every_vocabulary_is_spread_whole(classes):
    table = to_seven(classes)
    assert table.shape == (len(classes), 7)
    assert table.sum(1) == pytest.approx(np.ones(len(classes)))
    if classes == MOUNT_WILSON:
        assert np.array_equal(table, np.eye(7, dtype=np.float32))


def test_coarse_classes_reach_their_members_only():
    table = to_seven(HIERARCHY)
    assert table[1].tolist() == [0, 1, 0, 0, 0, 0, 0]
    assert np.all(table[2, 2:] > 0)
    paper = to_seven(PAPER_CLASSES)
    assert paper[PAPER_CLASSES.index("B"), MOUNT_WILSON.index("beta-delta")] > 0


def test_probabilities_of_regions():
    seen = []

    class Fake:
        card = SimpleNamespace(
            classes=HIERARCHY,
            options={"mean": 100.0},
            input=SimpleNamespace(size=224, channels=3),
            calibration={"temperature": 2.0},
        )

        def __call__(self, array):
            seen.append(array)
            return {"logits": np.tile(np.array([[2.0, 0.0, 0.0]], np.float32), (len(array), 1))}

    field = np.zeros((64, 64), np.float32)
    field[:32] = 50  # the southern half
    geometry = DiskGeometry(31.5, 31.5, 20)
    disk = Disk(field, geometry, Magnetogram(field, "display", geometry))
    boxes = np.array([[10, 5, 20, 15], [10, 45, 20, 55]] * 13, np.float32)
    found = probabilities(Fake(), disk, Regions.from_boxes(boxes))
    assert found.shape == (26, 7)
    assert found.sum(1) == pytest.approx(np.ones(26), abs=1e-5)
    assert found[0, 0] == pytest.approx(np.e / (np.e + 2), abs=1e-5)
    assert [len(a) for a in seen] == [24, 2]
    assert np.unique(seen[0][0]).tolist() == [127 + 50 - 100]
    assert np.unique(seen[0][1]).tolist() == [127 - 100]
    assert probabilities(Fake(), disk, Regions.empty()).shape == (0, 7)


def test_versions_of_a_disk_go_together():
    runs = []

    class Fake:
        card = SimpleNamespace(
            classes=HIERARCHY,
            options={},
            input=SimpleNamespace(size=224, channels=3),
            calibration={},
        )

        def __call__(self, array):
            runs.append(len(array))
            level = array.mean((1, 2, 3)) / 20
            return {"logits": np.stack([level, -level, 0 * level], 1).astype(np.float32)}

    geometry = DiskGeometry(31.5, 31.5, 20)
    fields = [np.full((64, 64), value, np.float32) for value in range(-40, 41, 3)]
    disks = [Disk(f, geometry, Magnetogram(f, "display", geometry)) for f in fields]
    region = Regions.from_boxes(np.array([[10, 5, 30, 25]], np.float32))
    together = variants(Fake(), iter(disks), region)
    assert runs == [24, len(disks) - 24]
    single = np.concatenate([probabilities(Fake(), disk, region) for disk in disks])
    np.testing.assert_allclose(together, single, atol=1e-6)
    assert (np.diff(together[:, 0]) > 0).all()
