"""The picture and its record, on drawn disks."""

import json

import numpy as np
import pytest

import halescope
from halescope.classification.classify import load_classifier
from halescope.cli import run
from halescope.detection.coverage import cover
from halescope.detection.detect import Detector, load_detector
from halescope.explain import explain, write_explanation
from halescope.explain.page import DISK, disk_picture
from halescope.explain.paint import AGAINST, FOR, heat, outline, signed, wrap
from halescope.explain.panel import draw_panel
from halescope.normalize import normalize
from halescope.render.overlay import COLORS
from halescope.synthetic.files import fits_bytes, picture_bytes
from halescope.types import Regions


@pytest.fixture(scope="module")
def explanation(small_drawing):
    detector, classifier = load_detector(), load_classifier()
    content = fits_bytes(small_drawing.magnetogram, False)
    result = halescope.analyze(content, detector=detector, classifier=classifier)
    return explain(result, detector, classifier)


def test_record_agrees_with_the_catalogue(explanation, tmp_path):
    picture, record = write_explanation(explanation, tmp_path)
    assert picture.stat().st_size > 50_000
    document = json.loads(record.read_text())
    rows = explanation.analysis.catalog.rows()
    assert len(document["regions"]) == len(rows) > 2
    for region, row in zip(document["regions"], rows, strict=True):
        assert region["class"] == row["class"]
        # The attribution is the classifier's own, before cores rule a class out.
        whole = np.array([region["attribution"]["whole"][k] for k in ("alpha", "beta", "complex")])
        printed = np.array([row["p_alpha"], row["p_beta"], row["p_complex"]])
        left = whole * (printed > 0)
        left /= left.sum()
        assert left[0] == pytest.approx(printed[0], abs=2e-3)
        # A beta-delta that cores rule out is a beta when printed: a part of complex goes there.
        # Of NOAA's complex regions 0.06 are beta-delta (`NOAA_RATES`).
        assert printed[1] - left[1] == pytest.approx(left[2] - printed[2], abs=2e-3)
        assert -2e-3 <= printed[1] - left[1] < 0.1 * left[2] + 2e-3
        assert region["attribution"]["lowest"] <= region["attribution"]["highest"]
        assert len(region["words"]) >= 2
        # A region was reported, so the detector's map stands out within its box.
        assert region["coverage_peak"] >= document["coverage"]["threshold"] - 1e-3
        assert region["coverage_peak"] >= region["score"] - 0.05


def test_picture_has_a_panel_for_each_region(explanation):
    page = explanation.picture
    assert page.mode == "RGB"
    assert page.width > 2 * DISK
    assert page.height >= DISK


def test_bars_are_the_catalogue_s_probabilities(explanation):
    """The longest run of a level's colour in a line is its bar, 130 pixels for a certain class."""
    disk = explanation.analysis.disk
    for reason in explanation.reasons:
        panel = np.asarray(draw_panel(disk, None, reason.row, reason.attribution, reason.words))
        for name in ("alpha", "beta", "complex"):
            lit = (panel[50:, 84:216] == COLORS[name]).all(2).sum(1).max()
            assert lit == pytest.approx(1 + 130 * reason.row[f"p_{name}"], abs=1)


def test_no_regions_is_a_page_as_well(explanation, tmp_path):
    from dataclasses import replace

    empty = replace(explanation.analysis, regions=Regions.empty(), catalog=halescope_empty())
    found = explain(empty, load_detector("threshold"), load_classifier("climatology"))
    assert found.reasons == ()
    assert found.picture.width < 2 * DISK
    write_explanation(found, tmp_path)
    assert json.loads((tmp_path / "explain.json").read_text())["regions"] == []


def halescope_empty():
    from halescope.io.catalog import merge_catalogs

    return merge_catalogs([])


def test_map_lies_on_the_disk_where_the_field_is(small_drawing):
    disk = normalize(small_drawing.magnetogram)
    seen = cover(disk, load_detector("threshold"))
    assert seen.threshold == 0.5
    cells = load_detector("detectnet")
    rule = cells.card.options["clustering"]
    assert cover(disk, cells).threshold == rule["coverage_threshold"]
    assert seen.geometry.radius == pytest.approx(disk.geometry.radius)
    strong = np.unravel_index(np.nanargmax(np.abs(disk.field)), disk.field.shape)
    assert seen.values[strong] > 0.5
    network = cover(disk, load_detector())
    cell = disk.field.shape[0] / network.values.shape[0]
    assert network.geometry.radius * cell == pytest.approx(disk.geometry.radius)
    assert 0 <= network.values.min() <= network.values.max() <= 1
    assert cover(disk, Detector("own", lambda _: Regions.empty())) is None
    bare = disk_picture(disk, Regions.empty(), None)
    warm = disk_picture(disk, Regions.empty(), seen)
    assert np.abs(np.asarray(bare, int) - np.asarray(warm, int)).max() > 50


def test_map_is_drawn_at_the_right_place(small_drawing):
    disk = normalize(small_drawing.magnetogram)
    seen = cover(disk, load_detector("threshold"))
    one = np.zeros_like(seen.values)
    row, column = np.unravel_index(np.nanargmax(np.abs(disk.field)), disk.field.shape)
    one[row - 3 : row + 4, column - 3 : column + 4] = 1
    from dataclasses import replace

    bare = np.asarray(disk_picture(disk, Regions.empty(), None), int)
    lit = np.asarray(disk_picture(disk, Regions.empty(), replace(seen, values=one)), int)
    y, x = np.nonzero(np.abs(lit - bare).sum(2) > 30)
    radius = DISK * 0.47
    east_west = (column - disk.geometry.x_center) / disk.geometry.radius
    north = (row - disk.geometry.y_center) / disk.geometry.radius
    assert x.mean() == pytest.approx(DISK / 2 + east_west * radius, abs=3)
    assert y.mean() == pytest.approx(DISK / 2 - north * radius, abs=3)


def test_command_line(small_drawing, tmp_path):
    path = tmp_path / "20260204_120000_512_HMIB.png"
    path.write_bytes(picture_bytes(small_drawing.magnetogram, "png"))
    out = tmp_path / "out"
    words = ["analyze", str(path), "-o", str(out), "-q", "--no-crops", "--classifier"]
    assert run([*words, "climatology", "--detector", "threshold", "--explain"]) == 0
    folder = out / path.stem
    assert (folder / "explain.png").is_file()
    assert json.loads((folder / "explain.json").read_text())["classifier"] == "climatology"
    # Done again without it, the earlier run's picture does not outlive what it explains.
    assert run([*words, "climatology", "--detector", "threshold"]) == 0
    assert not (folder / "explain.png").exists()


def test_paint():
    assert heat(np.array([0.0, 1.0]))[1].sum() > heat(np.array([0.0, 1.0]))[0].sum()
    color, share = signed(np.array([[0.5, -2.0, 0.0]]))
    assert tuple(color[0, 0]) == FOR
    assert tuple(color[0, 1]) == AGAINST
    assert share[0].tolist() == pytest.approx([0.375, 0.75, 0.0])
    mask = np.zeros((5, 5), bool)
    mask[2, 2] = True
    assert outline(mask).sum() == 8
    assert wrap("one two three", 12, 10_000) == ["one two three"]
    assert wrap("one two three", 12, 1) == ["one", "two", "three"]


def test_panels_fill_both_columns(small_drawing):
    from PIL import Image

    from halescope.explain.page import draw_page
    from halescope.explain.panel import WIDTH

    disk = normalize(small_drawing.magnetogram)
    heights = [300, 420, 260, 500, 330, 410, 280]
    panels = [Image.new("RGB", (WIDTH, height), (255, 255, 255)) for height in heights]
    page = np.asarray(draw_page("", disk, Regions.empty(), None, panels))
    filled = (page == 255).all(2)
    lowest = [np.nonzero(filled[:, columns])[0].max() for columns in (20, 900)]
    assert abs(lowest[0] - lowest[1]) < max(heights)  # neither column ends far above the other
    assert filled.sum() == sum(heights) * WIDTH  # none lies over another
