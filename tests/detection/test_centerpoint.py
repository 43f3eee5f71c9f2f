"""Maps of the centre-point network to boxes: known maps, known boxes."""

import numpy as np
import pytest

from halescope.detection.centerpoint import SIZE_UNIT, STRIDE, coverage, decode, find_peaks
from halescope.detection.detect import detect, load_detector
from halescope.normalize import normalize
from halescope.synthetic import Drawing
from halescope.types import Disk, DiskGeometry, Magnetogram

CELLS = 104


def quiet_disk() -> Disk:
    geometry = DiskGeometry(207.5, 207.5, 200.0)
    field = np.zeros((416, 416), np.float32)
    return Disk(field, geometry, Magnetogram(field, "display", geometry))


def maps_with(*peaks: tuple[int, int, float]) -> np.ndarray:
    """Return maps with a peak of that logit at each (row, column), boxes 32 by 16 pixels."""
    maps = np.full((8, CELLS, CELLS), -9, np.float32)
    maps[2:] = 0
    for row, column, logit in peaks:
        maps[0, row, column] = logit
        maps[2:6, row, column] = np.array([16, 8, 16, 8]) / SIZE_UNIT
        maps[6:, row, column] = np.array([3, -2]) / SIZE_UNIT
    return maps


def test_box_and_point_of_a_peak() -> None:
    peaks = find_peaks(maps_with((30, 50, 2.0)), 0.3)
    x, y = (50 + 0.5) * STRIDE, (30 + 0.5) * STRIDE
    np.testing.assert_allclose(peaks.boxes, [[x - 16, y - 8, x + 16, y + 8]])
    np.testing.assert_allclose(peaks.points, [[x + 3 - 0.5, y - 2 - 0.5]])
    assert peaks.score[0] == pytest.approx(1 / (1 + np.exp(-2)))


def test_coverage_is_the_heat_of_spotted_regions() -> None:
    maps = maps_with((30, 50, 2.0))
    seen = coverage(lambda _: {"maps": maps[None]}, quiet_disk())
    assert np.unravel_index(seen.argmax(), seen.shape) == (30, 50)
    assert seen.max() == pytest.approx(1 / (1 + np.exp(-2)))
    assert seen.min() >= 0


def test_threshold_order_and_number() -> None:
    maps = maps_with((20, 20, 1.0), (40, 40, 3.0), (60, 60, -1.0))
    assert find_peaks(maps, 0.5).score.tolist() == sorted(find_peaks(maps, 0.5).score)[::-1]
    assert len(find_peaks(maps, 0.5).score) == 2
    assert len(find_peaks(maps, 0.1).score) == 3
    assert len(find_peaks(maps, 0.1, most=1).score) == 1
    assert find_peaks(maps, 0.99).boxes.shape == (0, 4)


def test_weaker_of_two_on_one_place_is_dropped() -> None:
    boxes, score = decode(quiet_disk(), maps_with((30, 50, 2.0), (30, 52, 1.0)), 0.3)
    assert len(boxes) == len(score) == 1
    boxes, _ = decode(quiet_disk(), maps_with((30, 50, 2.0), (60, 52, 1.0)), 0.3)
    assert len(boxes) == 2


def test_box_rule_draws_the_edges_where_there_is_field() -> None:
    disk = quiet_disk()
    x, y = 202, 122
    disk.field[y - 6 : y + 6, x - 12 : x] = 100
    disk.field[y - 6 : y + 6, x : x + 12] = -100
    maps = maps_with((30, 50, 2.0))
    maps[6:] = 0
    plain, _ = decode(disk, maps, 0.3, trust=0.0)
    ruled, _ = decode(disk, maps, 0.3, trust=1.0)
    middle, _ = decode(disk, maps, 0.3, trust=0.5)
    assert not np.allclose(plain, ruled)
    np.testing.assert_allclose(middle, (plain + ruled) / 2)
    assert ruled[0, 0] == pytest.approx(x - 12, abs=4)
    assert ruled[0, 3] == pytest.approx(y + 6, abs=4)


def test_shipped_network_finds_drawn_regions(drawing: Drawing) -> None:
    regions = detect(normalize(drawing.magnetogram), load_detector("centerpoint"))
    assert 3 <= len(regions) <= 9
    assert (np.diff(regions.score) <= 0).all()
