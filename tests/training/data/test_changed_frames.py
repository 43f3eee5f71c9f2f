"""Changed copies of frames as pictures: where their labels lie and what they borrow."""

from dataclasses import replace

import numpy as np
import pytest

from halescope.box_rule.extent import magnetic_extents
from halescope.datasets.manifest import entries
from halescope.training.data.changed_frames import changed_frames
from halescope.training.data.field_change import canonical_disk
from halescope.training.data.frames import DataConfig, load_picture, part_of, read_frames
from labelled_disks import STILL

INNER = slice(48, 464)
"""The canonical disk within the picture."""


@pytest.fixture(scope="module")
def data(labelled):
    return DataConfig(labelled / "manifest.csv", labelled, "random", shares=(0.5, 0.25, 0.25))


def test_a_still_copy_is_the_picture_itself(data):
    frames = part_of(read_frames(data)[0], "train")[:2]
    copies, pictures = changed_frames(frames, data, replace(STILL, copies=2), 1)
    assert pictures.shape == (4, 512, 512)
    assert [copy.image for copy in copies] == [frames[i].image for i in (0, 0, 1, 1)]
    for copy, levels in zip(copies, pictures, strict=True):
        own = np.minimum(load_picture(copy.image), 254)  # fields end at +-127
        np.testing.assert_array_equal(levels[INNER, INNER], own[INNER, INNER])
        assert levels[0, 0] == 0
        assert copy.split == "train"


def placed(manifest):
    """Yield the labels of a manifest, each listed one at the middle of its box."""
    for image, found in entries(manifest):
        yield (
            image,
            [
                replace(e, x=(e.box[0] + e.box[2]) / 2, y=(e.box[1] + e.box[3]) / 2)
                if e.noaa_number
                else e
                for e in found
            ],
        )


def test_boxes_of_a_copy_are_those_of_its_own_field(data, monkeypatch):
    monkeypatch.setattr("halescope.training.data.changed_frames.entries", placed)
    half = "halescope.training.data.field_change.change_field"
    monkeypatch.setattr(half, lambda field, change, random: np.rint(field / 2))
    frames = part_of(read_frames(data)[0], "train")[:1]
    copies, pictures = changed_frames(frames, data, replace(STILL, changed=1.0), 1)
    levels = pictures[0][INNER, INNER][::-1].astype(np.float32)
    field = np.where(levels > 0, levels - 127, 0)
    assert np.abs(field).max() == 64
    listed = [e for e in dict(placed(data.manifest))[frames[0].image.name] if e.noaa_number]
    places = np.array([(e.x, e.y) for e in listed])
    extents, _ = magnetic_extents(field, canonical_disk(field).geometry, places)
    expected = {(x0 + 48, 464 - y1, x1 + 48, 464 - y0) for x0, y0, x1, y1 in extents.tolist()}
    found = {tuple(box) for box in copies[0].boxes.tolist()}
    assert len(found) > 1
    assert found <= expected
    assert found != {tuple(box) for box in frames[0].boxes.tolist()}
