"""Labelled disks for training, read once and kept."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from halescope.datasets.manifest import Entry
from halescope.errors import ConfigError, DatasetError
from halescope.training.data import disks as disks_module
from halescope.training.data.disks import (
    DiskData,
    load_disks,
    load_parts,
    load_training,
    to_objects,
)

DAY = ("2026-02-04", "2026-02-04")


def test_disks_of_a_day(labelled: Path, tmp_path: Path) -> None:
    data = DiskData(labelled / "manifest.csv", labelled, DAY, DAY, cache=tmp_path)
    disks = load_disks(data, DAY, every=4)
    assert disks.fields.shape == (2, 416, 416)
    assert disks.fields.dtype == np.int8
    assert len(disks.labels) == len(disks.names) == 2
    assert disks.numbers() == {14361, 14362, 14363, 14364, 14365}
    assert disks.fields[:, 0, 0].tolist() == [0, 0]
    again = load_disks(data, DAY, every=4)
    np.testing.assert_array_equal(again.fields, disks.fields)
    assert len(list(tmp_path.glob("*.npz"))) == 1


def test_days_without_images_are_an_error(labelled: Path, tmp_path: Path) -> None:
    data = DiskData(labelled / "manifest.csv", labelled, cache=tmp_path)
    with pytest.raises(DatasetError, match="2027-01-01"):
        load_disks(data, ("2027-01-01", "2027-01-02"))


def test_status_decides_what_a_label_teaches() -> None:
    def entry(status: str, flags: str = "", number: int = 1) -> Entry:
        box = (10.0, 20.0, 30.0, 60.0)
        return Entry("a", "", "", number, "beta", status, box, 0.0, 0.0, flags=flags)

    found = [
        entry("firm"),
        entry("doubtful"),
        entry("plage", number=0),
        entry("doubtful", "class_changes"),
    ]
    objects = to_objects(found, changed_weight=0.5)
    assert objects.kind.tolist() == [1, -1, 0, 1]
    assert objects.weight.tolist() == [1, 1, 1, 0.5]
    np.testing.assert_allclose(objects.points[0], [19.5, 39.5])  # no NOAA position: the middle


def test_listed_regions_are_certain_where_that_is_asked_for() -> None:
    def entry(number: int, status: str, flags: str) -> Entry:
        box = (1.0, 2.0, 30.0, 60.0)
        return Entry("a", "", "", number, "beta", status, box, 0.0, 0.0, flags=flags)

    found = [
        entry(1, "doubtful", "limb"),
        entry(1, "doubtful", "no_field"),
        entry(0, "doubtful", "beside"),
        entry(0, "plage", ""),
    ]
    listed = [disks_module._certain(one, DiskData(objects="listed")) for one in found]
    assert to_objects(listed).kind.tolist() == [1, -1, -1, 0]
    assert [disks_module._certain(one, DiskData()) for one in found] == found


def test_random_division_is_that_of_the_papers_networks(labelled: Path, tmp_path: Path) -> None:
    from halescope.training.data.frames import DataConfig, part_of, read_frames

    manifest = labelled / "manifest.csv"
    data = DiskData(manifest, labelled, every=1, split="random", cache=tmp_path)
    train, valid = load_parts(data)
    frames = read_frames(DataConfig(manifest, labelled, "random"))[0]
    for disks, part in ((train, "train"), (valid, "validation")):
        expected = {frame.image.name for frame in part_of(frames, part)}
        assert {Path(name).name for name in disks.names} == expected
        assert len(disks.fields) == len(expected)


def test_the_manifests_own_parts(labelled: Path, tmp_path: Path) -> None:
    lines = (labelled / "manifest.csv").read_text().splitlines()
    image, split = (lines[0].split(",").index(name) for name in ("image", "split"))
    rows = [line.split(",") for line in lines[1:]]
    for row in rows:
        row[split] = "validation" if int(row[image][9:11]) > 12 else "train"
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("\n".join([lines[0], *(",".join(row) for row in rows)]) + "\n")
    data = DiskData(manifest, labelled, every=1, split="manifest", cache=tmp_path)
    train, valid = load_parts(data)
    assert [int(name[9:11]) for name in train.names] == [8, 9, 10, 11, 12]
    assert [int(name[9:11]) for name in valid.names] == [13, 14, 15]


def test_all_disks_train_and_none_validates(labelled: Path, tmp_path: Path) -> None:
    data = DiskData(labelled / "manifest.csv", labelled, every=1, split="all", cache=tmp_path)
    found = load_training(data)
    assert list(found.names) == list(load_disks(data, ("2000-01-01", "2099-12-31")).names)
    with pytest.raises(ConfigError, match="a part to validate on"):
        load_parts(data)
