"""Class folders as `halescope dataset crops` writes them: divided or not."""

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch")

from pathlib import Path

from halescope.classes import MOUNT_WILSON
from halescope.errors import DatasetError
from halescope.training.data.frames import DataConfig
from halescope.training.paper.googlenet import CropConfig, folder_crops, vocabulary


def draw(folder, count):
    folder.mkdir(parents=True)
    for index in range(count):
        Image.fromarray(np.full((9, 7), index, np.uint8)).save(folder / f"{index:02d}.png")


def test_divided_folders_stay_as_they_are(tmp_path):
    for part, counts in {"train": (5, 4), "validation": (2, 1), "test": (1, 0)}.items():
        for name, count in zip(("A", "BG"), counts, strict=True):
            if count:
                draw(tmp_path / part / name, count)
    (tmp_path / "crops.csv").write_text("crop\n")
    crops = folder_crops(tmp_path, DataConfig())
    assert vocabulary(CropConfig(folders=tmp_path)) == ("A", "AG", "B", "BG")
    found = {(c.split, c.label): sum(o.split == c.split and o.label == c.label for o in crops)
             for c in crops}  # fmt: skip
    assert found == {
        ("train", 0): 5, ("train", 3): 4, ("validation", 0): 2, ("validation", 3): 1,
        ("test", 0): 1,
    }  # fmt: skip
    assert {c.levels.shape for c in crops} == {(9, 7)}


def test_plain_folders_are_divided_at_random(tmp_path):
    draw(tmp_path / "A", 14)
    draw(tmp_path / "B", 6)
    crops = folder_crops(tmp_path, DataConfig())
    assert sorted({c.split for c in crops}) == ["test", "train", "validation"]
    assert sum(c.split == "train" for c in crops) == 14
    assert {c.label for c in crops} == {0, 2}


def test_folders_of_other_names_are_a_vocabulary_of_their_own(tmp_path):
    for names, expected in (
        (("beta", "alpha"), ("alpha", "beta", "complex")),
        (("beta-gamma", "alpha"), MOUNT_WILSON),
        (("quiet", "active"), ("active", "quiet")),
    ):
        folder = tmp_path / names[0]
        for name in names:
            draw(folder / name, 2)
        assert vocabulary(CropConfig(folders=folder)) == expected


def test_a_class_that_never_trains_is_told(tmp_path):
    draw(tmp_path / "train" / "A", 5)
    draw(tmp_path / "test" / "B", 5)
    with pytest.raises(DatasetError, match="holds 0 pictures"):
        folder_crops(tmp_path, DataConfig())
    with pytest.raises(DatasetError, match="0 class folders"):
        folder_crops(Path(tmp_path / "none"), DataConfig())
