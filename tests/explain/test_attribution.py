"""Attribution against classifiers whose reasons are known, because they are written here."""

from dataclasses import replace

import numpy as np
import pytest

from halescope.classes import HIERARCHY, MOUNT_WILSON
from halescope.classification.classify import Classifier, classify_variants, load_classifier
from halescope.explain.attribution import attribute
from halescope.normalize import normalize
from halescope.synthetic import draw_bipole
from halescope.types import Regions

BOX = (180, 190, 240, 226)


@pytest.fixture(scope="module")
def disk():
    return normalize(draw_bipole(0, 0, size=512))


def spot_reader(window, slope=0.002, sign=1):
    """Return a classifier that looks at the field's mean in a window of the disk and no further.

    The stronger it is, the likelier beta and the less likely alpha.
    """

    def probabilities(disk, regions):
        mean = float(np.maximum(sign * np.nan_to_num(disk.field[window]), 0).mean())
        share = 1 / (1 + np.exp(-slope * (mean - 50)))
        out = np.zeros((len(regions), 7), np.float32)
        out[:, MOUNT_WILSON.index("beta")] = share
        out[:, MOUNT_WILSON.index("alpha")] = 1 - share
        return out

    return Classifier("reader", probabilities)


def classified(disk, classifier):
    region = Regions.from_boxes(np.array([BOX], np.float32))
    return replace(region, probabilities=classifier.probabilities(disk, region))


def test_support_stands_where_the_classifier_looks(disk):
    strong = np.unravel_index(np.nanargmax(disk.field), disk.field.shape)
    window = slice(strong[0] - 3, strong[0] + 4), slice(strong[1] - 3, strong[1] + 4)
    reader = spot_reader(window)
    found = attribute(disk, classified(disk, reader), reader)
    assert found.level == "beta"
    row, column = np.unravel_index(found.support.argmax(), found.support.shape)
    place = row + found.corner[1], column + found.corner[0]
    assert np.hypot(place[0] - strong[0], place[1] - strong[1]) < found.width
    far = np.hypot(
        *(np.indices(found.support.shape) + np.array(found.corner[::-1])[:, None, None]
          - np.array(strong)[:, None, None])
    ) > 3 * found.width  # fmt: skip
    assert far.any()
    assert np.abs(found.support[far]).max() < 1e-4
    assert found.lowest < found.whole[1] - 0.1
    middle = (BOX[0] + BOX[2]) / 2 - 0.5
    assert np.sign(found.lowest_at[0]) == np.sign(strong[1] - middle)


def test_field_that_speaks_against_is_negative(disk):
    strong = np.unravel_index(np.nanargmax(disk.field), disk.field.shape)
    window = slice(strong[0] - 3, strong[0] + 4), slice(strong[1] - 3, strong[1] + 4)
    reader = spot_reader(window, slope=-0.002)  # strong field makes it alpha, but barely
    region = replace(classified(disk, reader), probabilities=np.eye(7, dtype=np.float32)[[1]])
    found = attribute(disk, region, reader)
    assert found.level == HIERARCHY[1]
    assert found.support.min() < -0.2
    assert found.highest > found.whole[1]


def test_polarities_are_hidden_one_at_a_time(disk):
    strong = np.unravel_index(np.nanargmin(disk.field), disk.field.shape)
    window = slice(strong[0] - 3, strong[0] + 4), slice(strong[1] - 3, strong[1] + 4)
    reader = spot_reader(window, slope=0.02, sign=-1)
    found = attribute(disk, classified(disk, reader), reader)
    assert found.without_positive[1] == pytest.approx(found.whole[1], abs=1e-6)
    assert found.without_negative[1] == pytest.approx(1 / (1 + np.e), abs=1e-3)


def test_windows_cover_every_pixel_once(disk):
    from halescope.explain.attribution import _windows

    windows = _windows(np.array(BOX, np.float32), disk.field.shape)
    total = np.zeros(disk.field.shape)
    for window in windows:
        total[window.rows, window.columns] += window.depth
    inner = total[BOX[1] : BOX[3], BOX[0] : BOX[2]]
    assert inner.min() == pytest.approx(1, abs=1e-3)
    assert inner.max() == pytest.approx(1, abs=1e-3)


def test_a_classifier_that_does_not_look_gives_nothing(disk):
    tool = load_classifier("climatology")
    found = attribute(disk, classified(disk, tool), tool)
    assert np.abs(found.support).max() == 0
    assert found.lowest == pytest.approx(found.highest)


def test_box_at_the_rim_of_the_array(disk):
    tool = load_classifier("climatology")
    region = Regions.from_boxes(np.array([[0, 0, 4, 4]], np.float32))
    region = replace(region, probabilities=tool.probabilities(disk, region))
    assert np.isfinite(attribute(disk, region, tool).support).all()


def test_all_at_once_equals_one_by_one(disk):
    tool = load_classifier()
    region = Regions.from_boxes(np.array([BOX], np.float32))
    versions = [disk, replace(disk, field=-disk.field), replace(disk, field=disk.field * 0)]
    together = classify_variants(versions, region, tool)
    single = np.concatenate([tool.probabilities(version, region) for version in versions])
    np.testing.assert_allclose(together, single, atol=1e-5)
