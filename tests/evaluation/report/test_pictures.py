"""Pictures of mistakes show the right part of the disk, the right way up."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from halescope.datasets.manifest import Entry
from halescope.evaluation.report.mistakes import Mistake
from halescope.evaluation.report.pictures import WINDOW, Picture, Scene, picture
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
