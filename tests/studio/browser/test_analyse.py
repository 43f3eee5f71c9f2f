"""Analyse in a browser: drop a file, read its regions, go between table and picture, compare."""

import base64
from pathlib import Path

import numpy as np
import pytest

from halescope.geometry import pixel_to_stonyhurst
from halescope.normalize import Frame
from halescope.pipeline import Analysis, analyze
from halescope.synthetic import draw
from halescope.synthetic.files import fits_bytes

DROP = """([name, text]) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const held = new DataTransfer();
    held.items.add(new File([bytes], name));
    return held;
}"""


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a FITS file of a drawn disk, stored upside down."""
    drawn = draw(6, size=512, regions=["beta", "alpha", "beta-gamma-delta"], plage=0, roll=180.0)
    path = tmp_path_factory.mktemp("drawn") / "disk.fits"
    path.write_bytes(fits_bytes(drawn.magnetogram))
    return path


@pytest.fixture(scope="module")
def expected(disk: Path) -> Analysis:
    """Return what the pipeline finds on it."""
    return analyze(disk)


@pytest.fixture
def analysed(page: "Page", disk: Path, kept: dict) -> "Page":  # noqa: F821
    """Return the page of the disk's analysis, made by a drop the first time."""
    if not kept:
        page.goto("/analyse")
        packed = base64.b64encode(disk.read_bytes()).decode()
        held = page.evaluate_handle(DROP, [disk.name, packed])
        page.dispatch_event("#drop", "drop", {"dataTransfer": held})
        page.wait_for_url("**/analyses/*", timeout=30_000)
        kept["address"] = page.url
    else:
        page.goto(kept["address"])
    page.wait_for_selector("body[data-ready]", timeout=30_000)
    return page


@pytest.fixture(scope="module")
def kept() -> dict:
    """Return what tests of this module leave for the next."""
    return {}


def test_a_dropped_file_shows_its_regions(analysed: "Page", expected: Analysis) -> None:  # noqa: F821
    rows = expected.catalog.rows()
    lines = analysed.locator("#table tr[data-id]")
    assert lines.count() == len(rows)
    for row, text in zip(rows, lines.all_inner_texts(), strict=True):
        assert row["class"] in text
        assert f"{row['p_class']:.2f}" in text
    captions = analysed.locator(".box-caption text").all_text_contents()
    assert {text[:2] for text in captions} == {f"{row['region']:02d}" for row in rows}
    assert analysed.locator(".box.level-complex").count() == sum(
        row["level"] == "complex" for row in rows
    )


def test_table_and_picture_are_linked(analysed: "Page", expected: Analysis) -> None:  # noqa: F821
    row = expected.catalog.rows()[-1]
    analysed.click(f"#table tr[data-id='{row['region']}'] td:nth-child(2)")
    analysed.wait_for_selector(f".box.is-selected[data-id='{row['region']}']")
    card = analysed.inner_text("#detail")
    assert row["class"] in card
    assert "polarity leads" in card  # evidence in words, from what was measured
    other = expected.catalog.rows()[0]["region"]
    analysed.wait_for_timeout(500)  # the view comes to rest
    box = analysed.locator(f".box[data-id='{other}'] .box-line").bounding_box()
    analysed.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    analysed.wait_for_selector(f"#table tr.is-lit[data-id='{other}']")
    analysed.keyboard.press("n")
    analysed.wait_for_selector(f"#table tr.is-lit:not([data-id='{other}'])")


def test_its_letters_work_before_anything_is_chosen(analysed: "Page") -> None:  # noqa: F821
    assert analysed.evaluate("document.activeElement === document.body")
    analysed.keyboard.press("n")
    analysed.wait_for_selector("#table tr.is-lit")
    grid = analysed.get_by_role("button", name="Heliographic grid (G)")
    before = grid.get_attribute("aria-pressed")
    analysed.keyboard.press("g")
    assert {before, grid.get_attribute("aria-pressed")} == {"true", "false"}
    analysed.keyboard.press("g")


def test_the_pointer_tells_place_and_field(
    analysed: "Page",  # noqa: F821
    expected: Analysis,
) -> None:
    origin = expected.magnetogram
    frame = Frame.of(origin)
    height, width = origin.file_shape
    rng = np.random.default_rng(1)
    points = np.concatenate([[[width / 2, height / 2]], rng.uniform(0, width, (80, 2))])
    script = """async (points) => {
        const { stonyhurst, toView } = await import("/static/js/lib/solar.js");
        const path = JSON.parse(document.getElementById("page-data").textContent).id;
        const found = await (await fetch(`/api/analyses/${path}`)).json();
        const query = new URLSearchParams({ path: found.picture });
        const info = await (await fetch(`/api/pictures?${query}`)).json();
        return points.map(([x, y]) => stonyhurst(info, ...toView(info, x, y)));
    }"""
    told = analysed.evaluate(script, points.tolist())
    x, y = points.T - 0.5
    lon, lat = pixel_to_stonyhurst(frame.geometry, x, y)
    for place, longitude, latitude in zip(told, lon, lat, strict=True):
        if place is None:
            assert np.isnan(longitude)
        else:
            assert place["lon"] == pytest.approx(longitude, abs=1e-6)
            assert place["lat"] == pytest.approx(latitude, abs=1e-6)
    stage = analysed.locator(".viewer-stage").bounding_box()
    analysed.mouse.move(stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2)
    words = analysed.locator(".viewer-pointer")
    words.filter(has_text=" G").wait_for()
    assert "°" in words.inner_text()


def test_the_clip_follows_and_is_kept(analysed: "Page") -> None:  # noqa: F821
    slider = analysed.locator(".viewer-slider")
    before = analysed.inner_text(".viewer-clip")
    assert before == "±250 G"
    with analysed.expect_response(lambda r: "tile.png" in r.url and "clip=250" not in r.url):
        slider.press("ArrowLeft")
        slider.press("PageDown")
    after = analysed.inner_text(".viewer-clip")
    assert after != before
    analysed.reload()
    analysed.wait_for_selector("body[data-ready]")
    assert analysed.inner_text(".viewer-clip") == after


def test_the_papers_networks_stand_beside(analysed: "Page") -> None:  # noqa: F821
    analysed.get_by_role("button", name="Compare with 2020").click()
    analysed.wait_for_selector("#other-viewer .box", timeout=30_000)
    assert "Beside" in analysed.inner_text("#table thead")
    assert analysed.locator("#other-head select").first.input_value() == "detectnet"
    analysed.get_by_role("button", name="Compare with 2020").click()
    assert not analysed.locator("#other").is_visible()


def test_a_file_that_cannot_be_read_says_why(page: "Page", tmp_path: Path) -> None:  # noqa: F821
    bad = tmp_path / "diary.fits"
    bad.write_text("dear diary")
    page.goto("/analyse")
    page.set_input_files("#files", bad)
    page.wait_for_selector("#sending .notice.bad")
    assert "diary.fits: is no image of a known kind" in page.inner_text("#sending")
