"""What the run notes of each detection: its place on the turning Sun, its strength, its labels."""

from dataclasses import replace

import numpy as np
import pytest

from halescope.errors import ConfigError, DatasetError
from halescope.evaluation.predictions import read_predictions
from halescope.evaluation.run import ALL_DAYS, UNPLACED, _strongest, detections_on, shown_from
from halescope.geometry import stonyhurst_to_pixel
from halescope.types import Disk, DiskGeometry, Magnetogram, Regions

GEOMETRY = DiskGeometry(207.5, 207.5, 200.0, 0.0, 0.0, 200.0, 215.0)


def placed_at(longitude, latitude, l0=200.0):
    geometry = replace(GEOMETRY, l0=l0)
    x, y = stonyhurst_to_pixel(geometry, longitude, latitude)
    x, y = float(x) + 0.5, float(y) + 0.5
    boxes = np.array([[x - 2, y - 2, x + 2, y + 2]], np.float32)
    field = np.zeros((416, 416), np.float32)
    disk = Disk(field, geometry, Magnetogram(field, "gauss", geometry))
    return detections_on(disk, Regions.from_boxes(boxes), field)


def test_a_cell_of_the_turning_sun_is_one_place():
    """Ten degrees across and up: what the Sun carries 13 degrees further is where it was."""
    here = placed_at(2.0, 12.0)  # Carrington 202
    assert here.place.tolist() == placed_at(-11.0, 14.0, 213.0).place.tolist()
    assert here.longitude == pytest.approx([2.0], abs=0.05)
    others = [placed_at(12.0, 12.0), placed_at(2.0, 22.0), placed_at(2.0, -12.0),
              placed_at(2.0, 12.0, 20.0)]  # fmt: skip
    places = [int(found.place[0]) for found in (here, *others)]
    assert len(set(places)) == 5
    assert max(places) < UNPLACED


def test_every_cell_has_a_number_of_its_own():
    """36 times 18 of them; through the meridian of 0 and 360 degrees too."""
    found = {
        int(placed_at(0.0, latitude, l0).place[0])
        for l0 in np.arange(5.0, 360, 10)
        for latitude in (-35.0, -5.0, 5.0, 35.0)
    }
    assert len(found) == 36 * 4
    assert placed_at(-2.0, 5.0, 4.0).place == placed_at(2.0, 5.0, 4.0).place
    assert placed_at(-7.0, 5.0, 4.0).place == placed_at(0.0, 5.0, 357.0).place


def test_without_a_time_nothing_has_a_place():
    geometry = replace(GEOMETRY, b0=None, l0=None)
    field = np.zeros((416, 416), np.float32)
    disk = Disk(field, geometry, Magnetogram(field, "gauss", geometry))
    found = detections_on(disk, Regions.from_boxes(np.array([[1, 1, 9, 9]], np.float32)), field)
    assert found.place.tolist() == [UNPLACED]
    assert np.isnan(found.longitude).all()


def test_strongest_field_of_a_box_and_of_one_off_the_disk():
    strength = np.zeros((20, 30), np.float32)
    strength[5, 7], strength[0, 0] = 9, 4
    boxes = np.array([[7, 5, 8, 6], [6, 4, 7.5, 5.5], [8.2, 5, 9, 6], [-5, -5, 0.5, 0.5],
                      [40, 40, 50, 50], [0, 6, 29, 19]], np.float32)  # fmt: skip
    assert _strongest(strength, boxes).tolist() == [9, 9, 0, 4, 0, 0]
    assert shown_from(None) == 0.5
    assert (shown_from(None, 0.01), shown_from(None, 0.7)) == (0.01, 0.7)
    with pytest.raises(ConfigError, match=r"a score, 0\.01 to 1"):
        shown_from(None, 0.0099)
    assert ALL_DAYS == ("0000", "9999")


def test_why_a_file_of_predictions_cannot_be_read(tmp_path):
    with pytest.raises(DatasetError, match=r"cannot be read \(No such file or directory\)"):
        read_predictions(tmp_path / "none.csv")
    (tmp_path / "picture.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DatasetError, match="expected CSV in UTF-8"):
        read_predictions(tmp_path / "picture.csv")
