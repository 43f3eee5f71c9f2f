"""Two disks on one: places and polarities against the sphere, done by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from halescope.datasets.manifest import Entry
from halescope.training.data.crowding import (
    APART,
    LIMB,
    STRONG,
    TURNS,
    add_strong,
    crowd,
    listed_of,
    turn,
)

MIDDLE = 207.5


def place(longitude: float, latitude: float) -> tuple[float, float]:
    """Return the pixel of a heliographic position, seen from afar over the equator."""
    lon, lat = np.radians([longitude, latitude])
    return (
        float(MIDDLE + 200 * np.cos(lat) * np.sin(lon)),
        float(MIDDLE + 200 * np.sin(lat)),
    )


def entry(longitude: float, latitude: float, number: int = 1, status: str = "firm") -> Entry:
    x, y = place(longitude, latitude)
    box = (x - 5, y - 5, x + 6, y + 6)
    return Entry("a", "", "", number, "beta", status, box, longitude, latitude, "", x, y)


def spots(*parts: tuple[float, float, float], width: float = 4.0) -> np.ndarray:
    """Return Gaussian spots at longitude, latitude, of that strength."""
    rows, columns = np.mgrid[:416, :416]
    grey = np.zeros((416, 416))
    for longitude, latitude, strength in parts:
        x, y = place(longitude, latitude)
        grey += strength * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * width**2))
    grey[np.hypot(columns - MIDDLE, rows - MIDDLE) > 199] = 0
    return grey.astype(np.float32)


def peak(field: np.ndarray) -> tuple[int, int]:
    """Return x, y of the strongest pixel."""
    row, column = np.unravel_index(np.abs(field).argmax(), field.shape)
    return int(column), int(row)


class Told:
    """A generator that answers what it is told: mirror or not, and by which angle to turn."""

    def __init__(self, mirror: bool, angle: float) -> None:
        self.mirror, self.angle, self.turns = mirror, angle, 0

    def random(self) -> float:
        return 0.1 if self.mirror else 0.9

    def uniform(self, low: float, high: float) -> float:
        assert (low, high) == TURNS
        self.turns += 1
        return abs(self.angle)

    def choice(self, signs: tuple[int, int]) -> int:
        assert sorted(signs) == [-1, 1]
        return 1 if self.angle > 0 else -1


def told(mirror: bool, angle: float) -> Any:
    return Told(mirror, angle)


@pytest.mark.parametrize(
    ("longitude", "latitude", "angle"), [(10, 15, 25), (10, 15, -25), (-40, -20, 60), (30, 0, 20)]
)
def test_turned_spot_is_where_the_sphere_says(longitude: int, latitude: int, angle: int) -> None:
    turned = turn(spots((longitude, latitude, 100)), angle)
    assert turned.dtype == np.float32
    assert peak(turned) == pytest.approx(place(longitude + angle, latitude), abs=1.5)
    # The field is radial: what is seen of it goes as the cosine of the distance from the middle.
    seen = np.cos(np.radians(longitude + angle)) / np.cos(np.radians(longitude))
    assert turned.max() == pytest.approx(100 * seen, rel=0.06)


def test_turning_there_and_back_is_nearly_nothing() -> None:
    field = spots((10, 15, 100), (-20, -12, -90), (0, 30, 60), width=7)
    back = turn(turn(field, 25), -25)
    inside = np.hypot(*(np.mgrid[:416, :416] - MIDDLE)) < 120
    assert np.abs(back - field)[inside].max() < 10
    assert np.corrcoef(back[inside], field[inside])[0, 1] > 0.99


def test_what_was_behind_the_limb_is_empty() -> None:
    turned = turn(np.full((416, 416), 50, np.float32), 60)
    x, _ = place(-60, 0)  # was at 120 degrees east
    assert turned[207, int(x)] == 0
    assert turned[207, int(place(0, 0)[0])] > 0
    assert turned[0, 0] == 0


def test_strong_field_is_added_and_weak_field_is_not() -> None:
    own = np.full((416, 416), 5, np.float32)
    other = spots((0, 0, 120), (30, 20, 0.9 * STRONG))
    both = add_strong(own, other)
    assert both[207, 207] == pytest.approx(5 + other[207, 207])
    x, y = place(30, 20)
    assert both[round(y), round(x)] == 5
    assert add_strong(own + 100, other).max() == 127


def test_crowded_disk_has_the_regions_of_both() -> None:
    one = (spots((0, 20, 100)), [entry(0, 20, 1)])
    other = (spots((-10, 15, -90)), [entry(-10, 15, 2), entry(5, -10, 3)])
    found = crowd(one, other, told(False, 30))
    assert found is not None
    field, labels = found
    assert [label.noaa_number for label in labels] == [1, 2, 3]
    for label, expected in zip(labels, [place(0, 20), place(20, 15), place(35, -10)], strict=True):
        assert (label.x, label.y) == pytest.approx(expected, abs=1e-6)
    x, y = place(20, 15)
    assert field[round(y), round(x)] < -60
    x, y = place(0, 20)
    assert field[round(y), round(x)] == pytest.approx(100, abs=3)


def test_other_hemisphere_has_the_other_polarity() -> None:
    one = (spots((0, 25, 100)), [entry(0, 25)])
    other = (spots((-10, 15, 90)), [entry(-10, 15, 2)])
    for mirror, sign in ((False, 1), (True, -1)):
        found = crowd(one, other, told(mirror, 20))
        assert found is not None
        field, labels = found
        assert (labels[1].x, labels[1].y) == pytest.approx(place(10, sign * 15), abs=1e-6)
        assert sign * field[round(labels[1].y), round(labels[1].x)] > 70


@pytest.mark.parametrize(("angle", "count"), [(10, 2), (20, 2), (35, 1)])
def test_labels_near_and_behind_the_limb(angle: int, count: int) -> None:
    one = (spots((0, 20, 100)), [entry(0, 20, 1)])
    other = (spots((0, -20, 90)), [entry(60, 0, 2), entry(-30, -20, 3)])
    found = crowd(one, other, told(False, angle))
    assert found is not None
    turned = found[1][1:]
    assert len(turned) == count
    status = {label.noaa_number: label.status for label in turned}
    assert status[3] == "firm"
    if angle == 10:  # at 70 degrees
        assert status[2] == "firm"
    if angle == 20:  # at 80
        assert np.cos(np.radians(80)) < LIMB
        assert status[2] == "doubtful"
        assert next(e for e in turned if e.noaa_number == 2).note.startswith("beyond 75")


def test_plage_may_lie_anywhere_and_is_no_region() -> None:
    plage = [entry(lon, lat, 0, "plage") for lon in range(-80, 81, 8) for lat in range(-24, 25, 8)]
    blank = spots()
    one, other = [entry(0, 20, 1), *plage], [*plage, entry(-10, 15, 2)]
    assert listed_of(other) == other[-1:]
    found = crowd((blank, one), (blank, other), told(False, 30))
    assert found is not None
    assert [label.noaa_number for label in found[1]][:2] == [1, 2]
    assert found[1][2:] == plage  # of the first disk, where its field is left


def test_region_without_a_position_is_not_turned() -> None:
    nowhere = replace(entry(0, 15, 2), x=float("nan"), y=float("nan"))
    blank = spots()
    assert listed_of([nowhere]) == []
    assert crowd((blank, [entry(0, 20, 1)]), (blank, [nowhere]), told(False, 30)) is None


def test_regions_keep_apart_whatever_is_drawn() -> None:
    one = (spots((0, 20, 100)), [entry(lon, 20, 1) for lon in (-30, 0, 30)])
    other = (spots((0, 20, 100)), [entry(lon, 20, 2) for lon in (-15, 15)])
    done = 0
    for seed in range(6):
        found = crowd(one, other, np.random.default_rng(seed))
        if found is None:
            continue
        done += 1
        here, there = ([e for e in found[1] if e.noaa_number == n] for n in (1, 2))
        gaps = [np.hypot(a.x - b.x, a.y - b.y) for a in here for b in there]
        assert min(gaps) >= APART
    assert done


def test_disks_that_never_fit_give_none() -> None:
    full = [entry(lon, lat) for lon in range(-88, 89, 4) for lat in range(-28, 29, 4)]
    blank = spots()
    random = told(False, 30)
    assert crowd((blank, full), (blank, [entry(0, 10, 2)]), random) is None
    assert random.turns > 1  # it tried again
    assert crowd((blank, [entry(0, 10)]), (blank, []), told(False, 30)) is None
    assert crowd((blank, []), (blank, [entry(80, 10)]), told(False, 45)) is None
