"""The canonical disk: position, roll, rows and boxes survive the change of frame."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import affine_transform

from halescope.flags import Flag
from halescope.geometry import offset_to_pixel
from halescope.normalize import from_origin_boxes, normalize, on_disk, to_origin_boxes
from halescope.types import DiskGeometry, Magnetogram


def spot(geometry: DiskGeometry, west: float, north: float, side: int = 600) -> Magnetogram:
    """Return a field with one Gaussian spot at an offset in solar radii."""
    x, y = offset_to_pixel(geometry, np.array(west), np.array(north))
    rows, columns = np.mgrid[:side, :side]
    width = geometry.radius * 0.03
    field = 100 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * width**2))
    return Magnetogram(field.astype(np.float32), "gauss", geometry)


@given(
    west=st.floats(-0.5, 0.5),
    north=st.floats(-0.5, 0.5),
    roll=st.floats(-180, 180),
    radius=st.floats(120, 290),
)
def test_spot_lands_where_north_up_puts_it(
    west: float, north: float, roll: float, radius: float
) -> None:
    disk = normalize(spot(DiskGeometry(301.7, 297.2, radius, roll), west, north))
    weight = np.nan_to_num(disk.field)
    rows, columns = np.mgrid[:416, :416]
    x, y = (weight * columns).sum() / weight.sum(), (weight * rows).sum() / weight.sum()
    assert x == pytest.approx(207.5 + 200 * west, abs=0.15)
    assert y == pytest.approx(207.5 + 200 * north, abs=0.15)


@given(
    x=st.floats(150, 450),
    y=st.floats(150, 450),
    radius=st.floats(150, 390),
)
def test_field_is_interpolated_as_scipy_does_it(x: float, y: float, radius: float) -> None:
    field = np.random.default_rng(3).normal(0, 100, (600, 590)).astype(np.float32)
    disk = normalize(Magnetogram(field, "gauss", DiskGeometry(x, y, radius)))
    scale = radius / 200
    expected = affine_transform(
        field.astype(float),
        [scale, scale],
        [y - 207.5 * scale, x - 207.5 * scale],
        (416, 416),
        order=1,
        cval=np.nan,
    )
    seen = on_disk() & np.isfinite(expected) & np.isfinite(disk.field)
    assert seen.sum() > 20_000
    np.testing.assert_allclose(disk.field[seen], expected[seen], atol=2e-3)
    assert (np.isfinite(expected) != np.isfinite(disk.field))[on_disk()].sum() < 900  # the rim


def test_off_limb_and_missing_data_are_nan() -> None:
    magnetogram = spot(DiskGeometry(300, 300, 250), 0, 0)
    holed = magnetogram.field.copy()
    holed[300:340, 300:340] = np.nan
    disk = normalize(replace(magnetogram, field=holed))
    assert np.isnan(disk.field[~on_disk()]).all()
    assert np.isnan(disk.field[220, 220])
    assert np.isfinite(disk.field[100, 207])


def test_large_input_keeps_its_mean() -> None:
    geometry = DiskGeometry(1023.5, 1023.5, 950.0)
    field = np.random.default_rng(1).normal(50, 20, (2048, 2048)).astype(np.float32)
    disk = normalize(Magnetogram(field, "gauss", geometry))
    inner = disk.field[150:266, 150:266]
    assert inner.mean() == pytest.approx(50, abs=0.3)
    assert inner.std() < 8  # averaged over blocks, not picked


def test_upside_down_file_gives_the_same_disk() -> None:
    upright = spot(DiskGeometry(301.0, 295.0, 240.0, 12.0), 0.3, -0.2)
    turned = replace(
        upright,
        field=np.ascontiguousarray(upright.field[::-1, ::-1]),
        geometry=DiskGeometry(599 - 301.0, 599 - 295.0, 240.0, 192.0),
    )
    np.testing.assert_allclose(
        normalize(turned).field, normalize(upright).field, atol=1e-3, equal_nan=True
    )


@given(
    low=st.tuples(st.floats(60, 200), st.floats(60, 200)),
    size=st.tuples(st.floats(5, 60), st.floats(5, 60)),
    rows_down=st.booleans(),
    reduction=st.sampled_from([1, 4]),
    half_turn=st.booleans(),
)
def test_boxes_go_there_and_back(
    low: tuple[float, float],
    size: tuple[float, float],
    rows_down: bool,
    reduction: int,
    half_turn: bool,
) -> None:
    geometry = DiskGeometry(260.2, 251.3, 203.0, 180.0 if half_turn else 0.0)
    magnetogram = Magnetogram(
        np.zeros((512, 512), np.float32),
        "display",
        geometry,
        file_shape=(512 * reduction, 512 * reduction),
        rows_down=rows_down,
        reduction=reduction,
        flags=Flag.NONE,
    )
    disk = normalize(magnetogram)
    box = np.array([[*low, low[0] + size[0], low[1] + size[1]]], np.float32)
    back = from_origin_boxes(disk, to_origin_boxes(disk, box))
    np.testing.assert_allclose(back, box, atol=0.01)


def test_picture_boxes_count_from_the_top() -> None:
    magnetogram = Magnetogram(
        np.zeros((416, 416), np.float32), "display", DiskGeometry(207.5, 207.5, 200.0),
        rows_down=True,
    )  # fmt: skip
    disk = normalize(magnetogram)
    north = np.array([[100, 300, 120, 310]], np.float32)  # above the equator, rows upwards
    np.testing.assert_allclose(to_origin_boxes(disk, north), [[100, 106, 120, 116]], atol=1e-3)
