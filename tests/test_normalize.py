"""The canonical disk: position, roll, rows and boxes survive the change of frame."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import affine_transform

from halescope.flags import Flag
from halescope.geometry import offset_to_pixel, pixel_to_offset
from halescope.normalize import (
    Frame,
    block_mean,
    canonical_geometry,
    from_origin_boxes,
    normalize,
    on_disk,
    to_origin_boxes,
)
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


@pytest.mark.parametrize("radius", [400.0, 447.3, 613.0, 801.5])
@pytest.mark.parametrize("place", [(0.31, -0.2), (-0.43, 0.37)])
def test_averaged_blocks_keep_the_centre_where_it_is(radius: float, place: tuple[float, float]):
    """Spots of large disks, which are averaged first, land where those of small ones do."""
    geometry = DiskGeometry(903.4, 897.9, radius)
    disk = normalize(spot(geometry, *place, side=1800))
    weight = np.nan_to_num(disk.field)
    rows, columns = np.mgrid[:416, :416]
    x, y = (weight * columns).sum() / weight.sum(), (weight * rows).sum() / weight.sum()
    assert x == pytest.approx(207.5 + 200 * place[0], abs=0.02)
    assert y == pytest.approx(207.5 + 200 * place[1], abs=0.02)


def test_means_of_whole_blocks():
    field = np.arange(35, dtype=np.float32).reshape(5, 7)
    assert block_mean(field, 2).tolist() == [[4, 6, 8], [18, 20, 22]]
    assert block_mean(field, 3).tolist() == [[8, 11]]


def test_what_lies_beyond_the_field_is_no_field():
    field = np.full((300, 300), 50, np.float32)
    for roll in (0.0, 30.0):
        disk = normalize(Magnetogram(field, "gauss", DiskGeometry(150, 150, 200, roll)))
        beyond = disk.field[208, 10:20]  # on the Sun, off the field
        assert not np.nan_to_num(beyond).any()


def test_a_frame_and_its_plain_values():
    geometry = DiskGeometry(100.5, 80.25, 50.0, 3.0, b0=1.5, l0=40.0)
    frame = Frame(geometry, (160, 200), True)
    plain = json.loads(json.dumps(frame.to_json()))
    assert Frame.from_json(plain) == frame
    assert Frame.from_json(plain | {"b0": None}) is None
    for values in ({}, plain | {"shape": 5}, plain | {"radius": "x"}, plain | {"radius": -1}):
        assert Frame.from_json(values) is None
    x, y = frame.pixel(0, 1.5)
    assert (x, y) == pytest.approx((101.0, 160 - 80.75))
    assert replace(frame, rows_down=False).pixel(0, 1.5) == pytest.approx((101.0, 80.75))
    corners = [(0, 0), (200, 160), (0, 160), (200, 0), (7, 9)]
    assert all(frame.shows(*place) for place in corners)
    outside = [(-0.1, 9), (200.1, 9), (7, -0.1), (7, 160.1), (-5, 170)]
    assert not any(frame.shows(*place) for place in outside)


@pytest.mark.parametrize("roll", [0.0, 0.02, -0.3, 33.0, 90.0, 180.0])
@pytest.mark.parametrize(("radius", "size"), [(150.0, 520), (210.0, 520), (410.0, 1100), (90, 900)])
def test_a_field_that_rises_evenly_stays_exact(roll: float, radius: float, size: int) -> None:
    """Means of blocks and linear interpolation keep a plane; its slopes follow from the geometry.

    The last is a small disk in a large frame.
    """
    geometry = DiskGeometry(0.49 * size, 0.512 * size, radius, roll)
    rows, columns = np.mgrid[:size, :size]
    field = 3.0 * (columns - geometry.x_center) - 2.0 * (rows - geometry.y_center)
    disk = normalize(Magnetogram(field.astype(np.float32), "gauss", geometry))
    y, x = (np.mgrid[:416, :416] - 207.5) * radius / 200
    turn = np.radians(roll)
    across, up = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    expected = 3.0 * across - 2.0 * up
    seen = np.isfinite(disk.field)
    assert seen.sum() > 124_000
    np.testing.assert_allclose(disk.field[seen], expected[seen], atol=2e-3)


def test_the_canonical_disk_is_centred_and_its_outermost_pixel_left_out() -> None:
    seen = on_disk()
    assert seen.shape == (416, 416)
    assert seen[207].nonzero()[0][[0, -1]].tolist() == [9, 406]  # 198.5 pixels either side
    assert (seen == seen[::-1]).all()
    assert (seen == seen.T).all()
    assert seen.sum() == pytest.approx(np.pi * 199**2, rel=1e-3)
    made = canonical_geometry(DiskGeometry(1.0, 2.0, 3.0, 40.0, 5.0, 6.0, 210.0), 100, 45.0)
    assert made == DiskGeometry(49.5, 49.5, 45.0, 0.0, 5.0, 6.0, 210.0)


@pytest.mark.parametrize("times", [2, 3, 4])
def test_what_alternates_from_pixel_to_pixel_is_averaged_away(times: int) -> None:
    """From twice the wanted radius on whole blocks are averaged, else the small would alias."""
    side = 500 * times
    signs = np.where(np.add.outer(np.arange(side), np.arange(side)) % 2, -90.0, 90.0)
    geometry = DiskGeometry(side / 2, side / 2, 200.0 * times)
    disk = normalize(Magnetogram(signs.astype(np.float32), "gauss", geometry))
    assert np.nanmax(np.abs(disk.field)) <= 90 / times**2 + 1e-3


@pytest.mark.parametrize("times", [3, 4])
@pytest.mark.parametrize("part", [0.3, 0.8])
def test_blocks_lie_about_the_centre_whichever_way_up_a_file_is(times: int, part: float) -> None:
    side = 460 * times + 1
    field = np.random.default_rng(2).normal(0, 100, (side, side)).astype(np.float32)
    x, y = side // 2 + 3 + part, side // 2 - 5 + part
    upright = DiskGeometry(x, y, 203.0 * times)
    turned = DiskGeometry(side - 1 - x, side - 1 - y, 203.0 * times, 180.0)
    one = normalize(Magnetogram(field, "gauss", upright))
    other = normalize(Magnetogram(field[::-1, ::-1].copy(), "gauss", turned))
    np.testing.assert_allclose(one.field, other.field, atol=1e-3, equal_nan=True)


def test_the_files_first_and_last_pixels_are_seen_and_nothing_beyond() -> None:
    """Files that cut the disk off, with samples exactly on their pixels."""
    field = np.random.default_rng(4).normal(0, 50, (360, 350)).astype(np.float32)
    seen = Magnetogram(field, "gauss", DiskGeometry(259.5, 259.5, 256.0))
    high = normalize(seen, 520, 256.0).field
    assert high[259, 349] == field[259, 349]
    assert high[359, 259] == field[359, 259]
    assert np.isnan(high[259, 350])
    assert np.isnan(high[360, 259])
    low = normalize(replace(seen, geometry=DiskGeometry(149.5, 159.5, 256.0)), 520, 256.0).field
    assert low[259, 110] == field[159, 0]
    assert low[100, 259] == field[0, 149]
    assert np.isnan(low[259, 109])
    assert np.isnan(low[99, 259])


def test_more_than_half_of_a_samples_neighbours_must_have_data() -> None:
    field = np.full((416, 416), 40.0, np.float32)
    field[:, 200:] = np.nan
    shifted = normalize(Magnetogram(field, "gauss", DiskGeometry(207.2, 207.5, 200.0))).field[207]
    assert shifted[199] == pytest.approx(40)  # at 198.7
    assert np.isnan(shifted[200])  # at 199.7: three tenths have data
    nearer = normalize(Magnetogram(field, "gauss", DiskGeometry(206.8, 207.5, 200.0))).field[207]
    assert nearer[200] == pytest.approx(40, abs=1e-3)  # at 199.3: seven tenths have data
    assert np.isnan(nearer[201])
    half = normalize(Magnetogram(field, "gauss", DiskGeometry(207.0, 207.5, 200.0))).field[207]
    assert half[199] == pytest.approx(40)
    assert np.isnan(half[200])  # at 199.5: a half has


def test_boxes_of_a_picture_that_is_not_square_count_from_its_top() -> None:
    field = np.zeros((416, 600), np.float32)
    seen = Magnetogram(field, "display", DiskGeometry(207.5, 207.5, 200.0), rows_down=True)
    disk = normalize(seen)
    box = np.array([[100, 300, 120, 310]], np.float32)
    np.testing.assert_allclose(to_origin_boxes(disk, box), [[100, 106, 120, 116]], atol=1e-3)
    np.testing.assert_allclose(from_origin_boxes(disk, [[100, 106, 120, 116]]), box, atol=1e-3)


@pytest.mark.parametrize("roll", [30.0, -100.0])
def test_a_turned_file_is_interpolated_linearly(roll: float) -> None:
    """One pixel of field stays one of field: a curve through the pixels would dip below zero."""
    seen = DiskGeometry(300.0, 300.0, 200.0, roll)
    field = np.zeros((601, 601), np.float32)
    field[280, 340] = 100
    found = np.nan_to_num(normalize(Magnetogram(field, "gauss", seen)).field)
    assert found.min() == 0
    rows, columns = np.nonzero(found)
    assert len(rows) <= 6
    x, y = pixel_to_offset(canonical_geometry(seen), columns, rows)
    x, y = offset_to_pixel(seen, x, y)
    # Between four pixels each neighbour counts by what is left of a pixel along both axes.
    expected = 100 * (1 - np.abs(x - 340)) * (1 - np.abs(y - 280))
    np.testing.assert_allclose(found[rows, columns], expected, atol=0.01)
