"""Crops at the true scale: foreshortening undone, limb safe, training and serving alike."""

import numpy as np
import pytest

from halescope.classification.crops import CUT_END, end_of, lay_out, region_features
from halescope.classification.features import FEATURES
from halescope.geometry import stonyhurst_to_pixel
from halescope.types import DiskGeometry, Magnetogram

GEOMETRY = DiskGeometry(207.5, 207.5, 200.0, b0=0.0, l0=0.0)


def bipole(longitude: float, apart: float = 8.0) -> tuple[np.ndarray, np.ndarray]:
    """Return a disk with two points `apart` degrees apart in longitude, and a box about them."""
    x, y = stonyhurst_to_pixel(
        GEOMETRY, np.array([longitude - apart / 2, longitude + apart / 2]), np.array([15.0, 15.0])
    )
    rows, columns = np.indices((416, 416))
    grey = np.zeros((416, 416), np.float32)
    for sign, a, b in zip((1, -1), x, y, strict=True):
        grey += sign * 100 * np.exp(-((columns - a) ** 2 + (rows - b) ** 2) / 4)
    box = [x.min() - 5, y.min() - 6, x.max() + 6, y.max() + 7]
    return grey.astype(np.float32), np.array([box], np.float32)


@pytest.mark.parametrize("longitude", [0.0, 30.0, -50.0])
def test_a_region_keeps_its_size_towards_the_limb(longitude: float) -> None:
    grey, boxes = bipole(longitude)
    crop, _, _ = lay_out(grey, GEOMETRY, boxes[0].astype(float))
    up = np.unravel_index(crop.argmax(), crop.shape)
    down = np.unravel_index(crop.argmin(), crop.shape)
    # 8 degrees of longitude at latitude 15, 200 pixels to the solar radius.
    expected = np.radians(8) * np.cos(np.radians(15)) * 200
    assert np.hypot(up[0] - down[0], up[1] - down[1]) == pytest.approx(expected, abs=1.6)
    assert down[1] > up[1]  # west is right


def test_the_field_outside_the_box_is_not_seen() -> None:
    grey, boxes = bipole(10.0)
    other = grey.copy()
    other[300:, :] = 120
    found, expected = (region_features(field, GEOMETRY, boxes) for field in (other, grey))
    assert np.array_equal(found, expected)


@pytest.mark.parametrize(
    "box",
    [(395, 200, 414, 220), (0, 0, 20, 20), (100, 100, 100, 100), (100, 100, 400, 400)],
)
def test_any_box_gives_numbers(box: tuple[float, ...]) -> None:
    random = np.random.default_rng(0)
    grey = random.normal(0, 40, (416, 416)).astype(np.float32)
    grey[np.hypot(*(np.indices((416, 416)) - 207.5)) > 199] = np.nan
    out = region_features(grey, GEOMETRY, np.array([box], np.float32))
    assert out.shape == (1, len(FEATURES))
    assert np.isfinite(out).all()


def test_no_boxes() -> None:
    out = region_features(np.zeros((416, 416), np.float32), GEOMETRY, np.zeros((0, 4), np.float32))
    assert out.shape == (0, len(FEATURES))


def test_regions_do_not_depend_on_each_other() -> None:
    grey, boxes = bipole(20.0)
    both = region_features(grey, GEOMETRY, np.concatenate([boxes, boxes + 9]))
    assert np.array_equal(both[:1], region_features(grey, GEOMETRY, boxes))


@pytest.mark.parametrize(
    ("scale", "saturation", "end"),
    [
        ("gauss", np.inf, 127.0),
        ("gauss", 100.0, 127.0),  # gauss are no grey levels
        ("display", 125.0, 127.0),
        ("display", 64.0, CUT_END),
        ("display", 39.0, CUT_END),
        ("display", 25.0, 25.0),
    ],
)
def test_where_a_field_is_cut(scale: str, saturation: float, end: float) -> None:
    field = np.zeros((4, 4), np.float32)
    assert end_of(Magnetogram(field, scale, GEOMETRY, saturation=saturation)) == end  # type: ignore[arg-type]


def test_a_polarity_that_ends_early_changes_nothing_once_both_are_cut() -> None:
    grey, boxes = bipole(10.0)
    gong = np.clip(grey, -107, 39)
    whole, early = (region_features(f, GEOMETRY, boxes, CUT_END) for f in (grey, gong))
    assert np.array_equal(whole, early)
    seen = dict(zip(FEATURES, early[0], strict=True))
    assert seen["end"] == pytest.approx(CUT_END / 127)
    assert min(seen["major_area_80"], seen["minor_area_80"]) > 0  # what reached the end
    assert seen["core_ratio"] > 0.8
