"""Doctor: counts by hand, and a sweep that finds the setting which works."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from halescope.detection.grouping import Clustering
from halescope.training.data.frames import Frame
from halescope.training.paper.detectnet_targets import GroundTruth
from halescope.training.paper.doctor import (
    LEGEND,
    LEGEND_BAND,
    Maps,
    count_labels,
    draw,
    grid_of,
    proposals_per_label,
    sweep,
)

RULE = GroundTruth()


def frame(*boxes):
    return Frame(Path("a.png"), "", "validation", np.array(boxes, np.float32).reshape(-1, 4))


def test_counts():
    found = count_labels(
        [
            frame([8, 8, 24, 24], [8, 8, 23, 23], [100, 100, 180, 190]),
            frame([200, 200, 208, 208]),
            frame(),
        ],
        RULE,
        Clustering(rect_threshold=3, min_height=22),
    )
    assert (found.images, found.labels) == (3, 4)
    assert found.small == 3
    assert found.low == 3
    assert found.vanished == 1  # the second box lies under the first, which is drawn last
    assert found.few_cells == 1  # 200..208 is one cell; 8..24 is four
    assert found.cells == 4


@pytest.fixture
def maps():
    """A network that is right but unsure, its boxes 2 px off at random."""
    grid = grid_of(frame([100, 100, 160, 150], [300, 300, 340, 340]), RULE)
    noise = np.random.default_rng(0).normal(0, 2, grid[1:5].shape).astype(np.float32)
    return [Maps(0.3 * grid[8:], grid[1:5] + noise, grid)]


def test_sweep_finds_what_works(maps):
    strict = Clustering(min_height=8)
    found = sweep(maps, 8, strict)
    assert found[0].rates.simplified_map == 1.0
    assert found[0].clustering.coverage_threshold <= 0.3
    assert found[0].clustering.rect_eps >= 0.1
    assert found[-1].rates.simplified_map == 0.0
    assert found[0].clustering.min_height == 8


def test_proposals_per_label(maps):
    cells = maps[0].grid[0].sum()
    assert proposals_per_label(maps, 8, 0.2) == cells / 2
    assert proposals_per_label(maps, 8, 0.5) == 0


def test_draw_marks_targets(maps):
    picture = draw(np.full((512, 512), 127, np.uint8), maps[0], 8, Clustering(0.2, 1, 0.2, 8))
    assert picture.size == (1024, 1024 + LEGEND_BAND)
    pixels = np.asarray(picture).astype(int)
    red, green, blue = pixels[2 * 125, 2 * 130]
    assert green > red
    assert green > blue
    assert tuple(pixels[0, 0]) == (127, 127, 127)


def test_the_command_counts_labels_and_draws_targets(labelled, tmp_path, capsys):
    from halescope.cli import run

    picture = tmp_path / "doctor.png"
    order = ["doctor", str(labelled / "manifest.csv"), "--root", str(labelled)]
    assert run([*order, "--split", "random", "-o", str(picture)]) == 0
    said = capsys.readouterr().out
    assert "40 labels in 8 images" in said
    with Image.open(picture) as image:
        assert image.size == (1024, 1024 + LEGEND_BAND)
        colours = np.asarray(image).reshape(-1, 3)
    assert ((colours[:, 1].astype(int) - colours[:, 0]) > 40).any()  # target cells are green


def test_the_picture_names_its_colours():
    rule = GroundTruth(stride=8)
    maps = Maps(np.zeros((1, 64, 64), np.float32), np.zeros((4, 64, 64), np.float32),
                np.zeros((9, 64, 64), np.float32))  # fmt: skip
    picture = np.asarray(draw(np.zeros((512, 512), np.uint8), maps, rule.stride, Clustering()))
    assert picture.shape == (1024 + LEGEND_BAND, 1024, 3)
    for colour in LEGEND.values():
        assert (picture[1024:] == np.array(colour)).all(2).sum() >= 200
