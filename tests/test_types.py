from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from halescope.classes import MOUNT_WILSON
from halescope.flags import Flag
from halescope.types import (
    GAUSS_PER_GREY,
    Catalog,
    Disk,
    DiskGeometry,
    Magnetogram,
    Regions,
    format_time,
)

GEOMETRY = DiskGeometry(4, 4, 3)


def magnetogram(**options):
    return Magnetogram(
        options.pop("field", np.ones((8, 9), np.float32)),
        options.pop("scale", "gauss"),
        GEOMETRY,
        **options,
    )


@pytest.mark.parametrize("numbers", [(np.nan, 1, 1), (1, 1, 0), (1, 1, -3), (1, np.inf, 1)])
def test_geometry_refuses_nonsense(numbers):
    with pytest.raises(ValueError, match="geometry"):
        DiskGeometry(*numbers)


def test_geometry_knows_whether_it_is_located():
    assert not GEOMETRY.is_located
    assert DiskGeometry(4, 4, 3, b0=0.0, l0=0.0).is_located


@pytest.mark.parametrize(
    "options",
    [
        {"field": np.ones((8, 9))},
        {"field": np.ones(8, np.float32)},
        {"scale": "tesla"},
        {"time": datetime(2026, 1, 1)},
    ],
)
def test_magnetogram_refuses_nonsense(options):
    with pytest.raises(ValueError, match="expected"):
        magnetogram(**options)


def test_magnetogram_fills_in_its_shape_and_cannot_change():
    value = magnetogram()
    assert value.file_shape == (8, 9)
    with pytest.raises(FrozenInstanceError):
        value.name = "other"


def test_disk_is_square_and_grey():
    field = np.full((8, 8), 100, np.float32)
    gauss = Disk(field, GEOMETRY, magnetogram())
    assert gauss.grey[0, 0] == pytest.approx(100 / GAUSS_PER_GREY)
    shown = Disk(field, GEOMETRY, magnetogram(scale="display"))
    assert shown.grey is shown.field
    with pytest.raises(ValueError, match="square"):
        Disk(np.ones((8, 9), np.float32), GEOMETRY, magnetogram())


def regions(*rows):
    boxes = np.zeros((len(rows), 4), np.float32)
    probabilities = np.array(rows, np.float32)
    return Regions(
        boxes, np.ones(len(rows), np.float32), probabilities, np.zeros(len(rows), np.int64)
    )


def test_class_is_chosen_level_by_level():
    #        alpha beta  bg   bd   bgd  g    gd
    value = regions(
        (0.34, 0.3, 0.12, 0.12, 0.12, 0.0, 0.0),  # complex wins together, .36
        (0.5, 0.1, 0.4, 0.0, 0.0, 0.0, 0.0),
    )
    assert value.class_names == ["beta-gamma", "alpha"]
    np.testing.assert_allclose(value.coarse, [[0.34, 0.3, 0.36], [0.5, 0.1, 0.4]], rtol=1e-6)


def test_no_regions_is_a_value():
    empty = Regions.empty()
    assert len(empty) == 0
    assert empty.class_names == []
    assert empty.coarse.shape == (0, 3)
    assert len(empty[np.zeros(0, bool)]) == 0


def test_regions_are_picked_by_mask_and_keep_their_bits():
    value = Regions.from_boxes(np.arange(12).reshape(3, 4), np.array([0.1, 0.2, 0.3]))
    value = value.with_flags(np.array([1, 0, 2])).with_flags(np.array([1, 4, 0]))
    assert value.flags.tolist() == [1, 4, 2]
    picked = value[value.score > 0.15]
    assert picked.boxes[:, 0].tolist() == [4, 8]
    assert Flag(int(picked.flags[0])) == Flag.NO_TIME
    assert np.isnan(picked.probabilities).all()


def test_regions_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="score"):
        Regions.from_boxes(np.zeros((2, 4)), np.zeros(3))
    with pytest.raises(ValueError, match="probabilities"):
        Regions(
            np.zeros((1, 4), np.float32),
            np.zeros(1, np.float32),
            np.zeros((1, len(MOUNT_WILSON) - 1), np.float32),
            np.zeros(1, np.int64),
        )


def test_catalog_rows_and_lengths():
    assert Catalog({"a": [1, 2], "b": ["x", "y"]}).rows() == [
        {"a": 1, "b": "x"},
        {"a": 2, "b": "y"},
    ]
    assert len(Catalog({})) == 0
    with pytest.raises(ValueError, match="length"):
        Catalog({"a": [1], "b": []})


def test_times_are_utc_and_end_in_z():
    cet = timezone(timedelta(hours=1))
    assert format_time(datetime(2026, 2, 4, 1, tzinfo=cet)) == "2026-02-04T00:00:00Z"
    assert format_time(datetime(2026, 2, 4, 1, 0, 0, 250_000, UTC)) == "2026-02-04T01:00:00.250Z"
    assert format_time(None) == ""
