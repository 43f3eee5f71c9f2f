"""The overlay shows the Sun upright, with boxes where the regions are, at any input size."""

from dataclasses import replace

import numpy as np
import pytest

from halescope.detection.detect import find_by_threshold
from halescope.flags import Flag
from halescope.normalize import normalize
from halescope.pipeline import analyze
from halescope.render.letters import GREYS, scale_words
from halescope.render.overlay import (
    BAND,
    COLORS,
    OVERLAY_SIDE,
    background,
    caption,
    overlay,
    view_of,
)
from halescope.synthetic import Drawing, draw
from halescope.tabulate import locate, tabulate
from halescope.types import DiskGeometry, Magnetogram, Regions


def drawn(magnetogram: Magnetogram) -> np.ndarray:
    disk = normalize(magnetogram)
    regions = Regions.from_boxes(find_by_threshold(disk).boxes)
    regions = replace(regions, probabilities=np.full((len(regions), 7), 1 / 7, np.float32))
    catalog = tabulate(disk, regions, locate(disk, regions))
    return np.asarray(overlay(disk, catalog, regions.boxes).convert("RGB")).astype(int)


@pytest.mark.parametrize("size", [256, 512, 2048])
def test_any_input_size_gives_the_same_kind_of_picture(size: int) -> None:
    picture = drawn(draw(3, size=size, regions=3).magnetogram)
    assert picture.shape == (OVERLAY_SIDE + BAND, OVERLAY_SIDE, 3)
    colored = np.ptp(picture, axis=2) > 60
    assert colored.sum() > 500  # boxes and captions
    assert (picture[:BAND] > 200).sum() > 500  # white letters in the band


def test_upside_down_image_is_drawn_upright(small_drawing: Drawing) -> None:
    upright = small_drawing.magnetogram
    g = upright.geometry
    h, w = upright.field.shape
    turned = replace(
        upright,
        field=upright.field[::-1, ::-1].copy(),
        geometry=replace(g, x_center=w - 1 - g.x_center, y_center=h - 1 - g.y_center, roll=180.0),
    )
    view = view_of(upright)
    a = np.asarray(background(upright, view)).astype(int)
    b = np.asarray(background(turned, view)).astype(int)
    assert np.abs(a - b).max() <= 2
    tilted = replace(upright, geometry=replace(g, roll=179.0))
    c = np.asarray(background(tilted, view)).astype(int)
    assert np.corrcoef(a.ravel(), c[::-1, ::-1].ravel())[0, 1] > 0.5


def test_rows_run_downwards_in_the_picture() -> None:
    field = np.zeros((200, 200), np.float32)
    field[150:160, 95:105] = 127  # north
    geometry = DiskGeometry(99.5, 99.5, 90.0)
    magnetogram = Magnetogram(field, "display", geometry)
    picture = np.asarray(background(magnetogram, view_of(magnetogram)))
    rows, columns = np.nonzero(picture > 0.86 * GREYS)
    assert rows.mean() < OVERLAY_SIDE / 2 - 200
    assert abs(columns.mean() - (OVERLAY_SIDE - 1) / 2) < 2


def test_box_encloses_the_spot() -> None:
    field = np.zeros((512, 512), np.float32)
    field[300:330, 300:340] = 120
    magnetogram = Magnetogram(field, "display", DiskGeometry(255.5, 255.5, 200.0))
    disk = normalize(magnetogram)
    box = find_by_threshold(disk).boxes[0]
    view = view_of(magnetogram)
    rectangle = view.rectangle(disk, box)
    rows, columns = np.nonzero(np.asarray(background(magnetogram, view)) > 0.9 * GREYS)
    assert rectangle.left < columns.min()
    assert columns.max() < rectangle.right
    assert rectangle.top < rows.min()
    assert rows.max() < rectangle.bottom


def test_cutout_is_drawn_whole(small_drawing: Drawing) -> None:
    whole = small_drawing.magnetogram
    part = replace(
        whole,
        field=whole.field[100:300, 150:450].copy(),
        file_shape=(200, 300),
        flags=whole.flags | Flag.CUTOUT,
        geometry=replace(
            whole.geometry,
            x_center=whole.geometry.x_center - 150,
            y_center=whole.geometry.y_center - 100,
        ),
    )
    view = view_of(part)
    assert view.width == OVERLAY_SIDE
    assert view.height == pytest.approx(OVERLAY_SIDE * 200 / 300, abs=2)
    assert (np.asarray(background(part, view)) != 6).mean() > 0.9


def test_unknown_time_and_no_regions(small_drawing: Drawing) -> None:
    g = small_drawing.magnetogram.geometry
    quiet = replace(
        small_drawing.magnetogram,
        field=np.zeros_like(small_drawing.magnetogram.field),
        time=None,
        geometry=replace(g, b0=None, l0=None),
    )
    assert drawn(quiet).shape == (OVERLAY_SIDE + BAND, OVERLAY_SIDE, 3)


def test_analysis_carries_its_picture(small_drawing: Drawing) -> None:
    from halescope.synthetic.files import fits_bytes

    result = analyze(fits_bytes(small_drawing.magnetogram, False), detector="threshold")
    assert result.picture.mode == "P"
    assert result.picture is result.picture  # drawn once


def boxed(flags: str, drawing: Drawing, p_class: float = 0.99) -> tuple[np.ndarray, list[str]]:
    """Return the picture of one region with these flags, and the captions that were drawn."""
    disk = normalize(drawing.magnetogram)
    regions = Regions.from_boxes(np.array([[180, 180, 240, 220]], np.float32))
    regions = replace(regions, probabilities=np.eye(7, dtype=np.float32)[:1])
    catalog = tabulate(disk, regions, locate(disk, regions))
    columns = catalog.columns | {"flags": [flags], "p_class": [p_class]}
    catalog = replace(catalog, columns=columns)
    picture = np.asarray(overlay(disk, catalog, regions.boxes).convert("RGB")).astype(int)
    return picture, [caption(row) for row in catalog.rows()]


@pytest.mark.parametrize(
    ("flags", "caption"),
    [
        ("display|clipped", "01 alpha 0.99"),
        ("display|uncertain_class", "01 alpha? 0.99"),
        ("display|out_of_distribution", "01 alpha?"),  # its probability may not hold either
    ],
)
def test_doubt_is_seen(small_drawing: Drawing, flags: str, caption: str) -> None:
    picture, captions = boxed(flags, small_drawing)
    assert captions == [caption]
    disk = normalize(small_drawing.magnetogram)
    box = view_of(disk.origin).rectangle(disk, np.array([180, 180, 240, 220], np.float32))
    edge = picture[BAND + round(box.bottom), round(box.left) : round(box.right)]
    share = (edge == np.array(COLORS["alpha"])).all(1).mean()
    assert share < 0.8 if "?" in caption else share > 0.95  # dashed or not


def test_scale_and_north_are_drawn(small_drawing: Drawing) -> None:
    picture, _ = boxed("", small_drawing)
    assert (picture[BAND : BAND + 70, :80] > 200).sum() > 100  # the arrows
    assert (picture[-45:, -220:] > 200).sum() > 100  # the scale
    assert scale_words(small_drawing.magnetogram) == ("250", "line-of-sight field, G")
    gong = replace(small_drawing.magnetogram, scale="display", instrument="GONG")
    assert scale_words(gong) == ("127", "line-of-sight field, grey levels (8 bit)")
