"""The index of a data set after a picture's rows were replaced is that of the table read again."""

import numpy as np
import pytest

from halescope.datasets.manifest import COLUMNS, rows, write_manifest
from halescope.studio.datasets.index import DatasetIndex, keep, open_index
from halescope.studio.labels.splice import replace_rows


def row(image, **label):
    return {
        "image": f"images/{image}.png",
        "time": "2026-02-04T12:00:00Z",
        "split": "train",
    } | label


def label(image, name, x):
    box = {"x_min": x, "y_min": 10.0, "x_max": x + 20, "y_max": 30.0, "hgs_lon": 5.0}
    return row(image, **{"class": name, "status": "firm", "noaa_number": 14351}, **box)


@pytest.fixture
def folder(tmp_path):
    labels = [label("a", "alpha", 1), label("a", "beta", 40), row("b"), label("c", "beta", 80)]
    write_manifest(tmp_path / "manifest.csv", labels)
    return tmp_path


@pytest.mark.parametrize("key", ["a.png", "b.png", "c.png"])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_it_is_as_if_read_again(folder, key, count):
    before = open_index(folder)
    record = before.find(key)
    assert before.classes
    assert before.rows_of(record)
    fresh = [label(key[0], "gamma", 10 * i) for i in range(count)] or [row(key[0])]
    replace_rows(before.table, record.first, record.count, fresh, COLUMNS)
    kept, read = keep(folder, before.with_rows(record, fresh)), DatasetIndex(folder, before.table)
    assert open_index(folder) is kept
    assert kept.images == read.images
    assert kept.columns == read.columns
    assert kept.classes == read.classes
    assert np.array_equal(kept.boxes, read.boxes, equal_nan=True)
    assert np.array_equal(kept.longitudes, read.longitudes, equal_nan=True)
    found = [found for image in kept.images for found in kept.rows_of(image)]
    assert found == list(rows(kept.table))
