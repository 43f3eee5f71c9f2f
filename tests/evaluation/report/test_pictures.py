"""Pictures of mistakes show the right part of the disk, the right way up."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from halescope.datasets.manifest import Entry
from halescope.evaluation.report.mistakes import Mistake
from halescope.evaluation.report.pictures import (
    QUALITY,
    WINDOW,
    Picture,
    Scene,
    _box,
    _corner,
    _jpeg,
    picture,
)
from halescope.evaluation.run import Detections

NAME = "20260204_120000_512_HMIB.png"


def mistake(box: tuple[float, float, float, float], image: str = NAME) -> Mistake:
    return Mistake("miss", image, "", box, "a < b", "because", 1, 1.0)


def drawn(box: tuple[float, float, float, float], scene: Scene, root: Path) -> Picture:
    found = picture(mistake(box), scene, root)
    assert found is not None
    return found


def test_boxes_stand_in_the_window_north_up(labelled: Path) -> None:
    label = Entry(NAME, "", "", 14000, "beta", "firm", (190, 230, 210, 260))
    far = Entry(NAME, "", "", 14001, "beta", "firm", (10, 200, 20, 210))
    boxes = np.array([[190, 170, 200, 180], [191, 171, 199, 179]], np.float32)
    none = np.zeros(2, np.intp)
    found = Detections(boxes, np.array([0.9, 0.1], np.float32), none, none, none)
    shown = drawn((198, 198, 218, 218), Scene([label, far], found, 0.5), labelled).boxes
    boxes = {b.kind: [b.x, b.y, b.width, b.height] for b in shown}
    middle = WINDOW / 2
    assert boxes["subject"] == pytest.approx([middle - 10, middle - 10, 20, 20])
    assert boxes["firm"] == pytest.approx([57, 23, 20, 30])  # further north is higher
    assert boxes["found"][1] > middle
    assert [b.text for b in shown] == ["14000 β", "0.90", ""]  # one is shown, one is far away


def test_the_picture_is_the_disks_own_part(labelled: Path) -> None:
    data = drawn((0, 0, 10, 10), Scene([]), labelled).jpeg.split("base64,")[1]
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        grey = np.asarray(image.convert("L"), float)
    assert grey.shape == (2 * WINDOW, 2 * WINDOW)
    assert grey[-60:, :60].mean() < 20  # the south-east corner is off the disk
    assert grey[:60, -60:].mean() == pytest.approx(127, abs=25)  # disk centre


def test_an_image_that_cannot_be_read_has_no_picture(tmp_path: Path) -> None:
    assert picture(mistake((0, 0, 10, 10), "gone.png"), Scene([]), tmp_path) is None


@pytest.mark.parametrize(
    ("box", "kind", "text", "expected"),
    [
        # x, y from the upper left of a window of 150; start and base line of the text
        ((110, 220, 130, 240), "firm", "14000", (10, 110, 20, 20, 10, 108)),
        ((110, 220, 130, 240), "found", "0.90", (10, 110, 20, 20, 10, 137)),
        ((95, 345, 110, 352), "firm", "1", (-5, -2, 15, 7, 1, 7)),  # over the upper left corner
        ((245, 195, 255, 205), "found", "0.90", (145, 145, 10, 10, 131.8, 148)),  # lower right
        ((100, 200, 250, 350), "firm", "", (0, 0, 150, 150, 1, 7)),
        ((80, 220, 100, 240), "firm", "", (-20, 110, 20, 20, 1, 108)),  # touches the left edge
        ((250, 350, 260, 360), "firm", "", (150, -10, 10, 10, 149, 7)),
        ((100, 190, 110, 200), "firm", "", (0, 150, 10, 10, 1, 148)),
    ],
)
def test_words_stay_in_the_window(box, kind, text, expected) -> None:
    """Letters are 4.3 pixels wide; a line of them lies between 7 and 148, from 1 on."""
    found = _box(np.array(box), text, kind, (100, 200))
    assert found is not None
    place = (found.x, found.y, found.width, found.height, found.start, found.line)
    assert place == pytest.approx(expected)
    assert (found.kind, found.text) == (kind, text)


@pytest.mark.parametrize(
    "box", [(79, 220, 99, 240), (251, 220, 260, 240), (110, 351, 120, 360), (110, 189, 120, 199)]
)
def test_boxes_outside_the_window_are_left_out(box) -> None:
    assert _box(np.array(box), "", "firm", (100, 200)) is None


@pytest.mark.parametrize(
    ("box", "corner"),
    [
        ((190, 200, 210, 240), (125, 145)),
        ((0, 0, 9, 9), (0, 0)),
        ((400, 400, 416, 416), (266, 266)),
    ],
)
def test_windows_are_about_the_box_and_within_the_disk(box, corner) -> None:
    """150 of the disk's 416 pixels: the last window begins at 266."""
    assert _corner(box) == corner


def test_grey_levels_in_a_picture_are_those_of_helioviewer() -> None:
    grey = np.full((WINDOW, WINDOW), 50, np.float32)
    grey[:75], grey[:, 100:] = -300, np.nan
    with Image.open(io.BytesIO(base64.b64decode(_jpeg(grey).split("base64,")[1]))) as image:
        levels = np.asarray(image.convert("L"), float)
    assert levels[20, 20] == pytest.approx(177, abs=3)
    assert levels[280, 20] == pytest.approx(0, abs=3)  # south is below
    assert levels[20, 280] == pytest.approx(0, abs=3)
    assert (WINDOW, QUALITY) == (150, 80)
