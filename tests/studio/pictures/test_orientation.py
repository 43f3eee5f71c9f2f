"""Where file pixels lie in the view, against the geometry of the file."""

import numpy as np
import pytest

from halescope.geometry import stonyhurst_to_pixel
from halescope.normalize import Frame
from halescope.studio.pictures.describe import describe
from halescope.studio.pictures.orientation import Orientation
from halescope.types import DiskGeometry, Magnetogram


def magnetogram(roll: float, rows_down: bool, shape=(90, 120)) -> Magnetogram:
    field = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    geometry = DiskGeometry(62.0, 41.0, 38.0, roll=roll, b0=-4.0, l0=10.0)
    return Magnetogram(field, "gauss", geometry, rows_down=rows_down)


@pytest.mark.parametrize("rows_down", [False, True])
@pytest.mark.parametrize("roll", [0.0, 90.0, 180.0, -90.0, 178.2, 3.0])
def test_north_is_up_and_west_is_right(roll: float, rows_down: bool) -> None:
    found = magnetogram(roll, rows_down)
    view = Orientation.of(found)
    frame = Frame.of(found)
    spots = [frame.pixel(lon, lat) for lon, lat in [(0, 0), (40, 0), (0, 40)]]
    middle, west, north = view.to_view(*np.array(spots).T)
    assert west[0] > middle[0] + 15
    assert abs(west[1] - middle[1]) < 8
    assert north[1] < middle[1] - 15
    assert abs(north[0] - middle[0]) < 8


@pytest.mark.parametrize("rows_down", [False, True])
@pytest.mark.parametrize("roll", [0.0, 90.0, 180.0, 270.0])
def test_the_pixel_that_a_file_position_names_is_the_one_that_is_shown(
    roll: float, rows_down: bool
) -> None:
    found = magnetogram(roll, rows_down)
    view = Orientation.of(found)
    shown = view.turn(found.field)
    assert shown.shape == view.size[::-1]
    for column, row in [(0, 0), (119, 0), (0, 89), (70, 20)]:
        up = 89 - row if rows_down else row
        (x, y) = view.to_view(np.array([column + 0.5]), np.array([row + 0.5]))[0]
        assert shown[int(y), int(x)] == found.field[up, column]
    a, b, c, d, e, f = view.affine()
    assert view.to_view(np.array([7.0]), np.array([9.0]))[0] == pytest.approx(
        [7 * a + 9 * b + c, 7 * d + 9 * e + f]
    )


def test_lines_run_where_the_sun_is() -> None:
    found = magnetogram(180.0, False)
    facts = describe(found, Orientation.of(found), 1)
    meridian = next(line for line in facts["grid"] if line["name"] == "15°W")
    x, y = stonyhurst_to_pixel(found.geometry, 15.0, 0.0)
    (expected,) = (
        Orientation.of(found).to_view(np.atleast_1d(x) + 0.5, np.atleast_1d(y) + 0.5).tolist()
    )
    gaps = np.hypot(*(np.array(meridian["points"]) - expected).T)
    assert gaps.min() < 0.02
    limb = np.array(facts["limb"])
    centre = Orientation.of(found).to_view(np.array([62.5]), np.array([41.5]))[0]
    assert np.hypot(*(limb - centre).T) == pytest.approx(38.0, abs=0.02)
