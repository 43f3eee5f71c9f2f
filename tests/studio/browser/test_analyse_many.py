"""Many files dropped on Analyse, folders too; the same images again with other networks."""

from pathlib import Path

import pytest

from halescope.synthetic import draw
from halescope.synthetic.files import fits_bytes

SENT_AT_ONCE = 60
"""Files of one request."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of a folder with two disks and 70 files that only look like pictures."""
    place = tmp_path_factory.mktemp("many") / "february"
    (place / "03").mkdir(parents=True)
    drawn = draw(6, size=256, regions=["beta"], plage=0).magnetogram
    (place / "first.fits").write_bytes(fits_bytes(drawn))
    (place / "03" / "second.fits").write_bytes(fits_bytes(drawn))
    (place / ".DS_Store").write_bytes(b"\\0")
    for number in range(SENT_AT_ONCE + 10):
        (place / f"page {number:02d}.png").write_text("<html><script>alert(1)</script>")
    return place


def drop(page: "Page", path: Path) -> None:  # noqa: F821
    """Drop a file or folder of this machine on the page, as a person does."""
    box = page.locator("#drop").bounding_box()
    tools = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        tools.send("Input.dispatchDragEvent", {"type": kind, "data": data, **place})


def test_a_dropped_folder_is_sent_some_files_at_a_time(page, serving, folder):
    page.goto("/analyse")
    page.wait_for_selector("#browse .browse-folder")
    sent = []
    page.on("request", lambda r: sent.append(r) if "/api/datasets/uploads/" in r.url else None)
    drop(page, folder)
    page.wait_for_url("**/analyses/*", timeout=30_000)
    assert len(sent) == 2
    page.get_by_text("70 files could not be analysed").wait_for(timeout=60_000)
    page.locator(".analysis-tile").nth(1).wait_for(timeout=60_000)
    assert page.locator(".analysis-tile").count() == 2
    page.get_by_text("70 files could not be analysed").click()
    told = page.locator("#failures").inner_text()
    assert "page 00.png: is a web page or XML text" in told
    kept = sorted(
        p.relative_to(serving.workspace) for p in (serving.workspace / "inputs").rglob("*.fits")
    )
    assert kept == [Path("inputs/february/03/second.fits"), Path("inputs/february/first.fits")]
    assert not list(serving.workspace.rglob(".DS_Store"))


def test_a_folder_without_a_picture_says_so(page, serving, tmp_path):
    for number in range(SENT_AT_ONCE + 1):
        (tmp_path / f"{number:02d}.jpg").write_text("no picture")
    page.goto("/analyse")
    drop(page, tmp_path)
    page.locator("#sending .notice.bad").wait_for(timeout=30_000)
    assert "None of 61 files is a picture: 00.jpg is no image" in page.inner_text("#sending")


def test_the_same_again_with_other_networks(page, serving):
    drawn = draw(6, size=256, regions=["beta"], plage=0).magnetogram
    page.goto("/analyse")
    packed = {"name": "sun.fits", "mimeType": "image/fits", "buffer": fits_bytes(drawn)}
    page.set_input_files("#files", packed)
    page.wait_for_selector("body[data-ready]", timeout=30_000)
    first = page.url
    page.get_by_role("button", name="Analyse again, with other networks").click()
    asked = page.get_by_role("dialog")
    assert asked.get_by_label("Detector").input_value() == "proposals"
    asked.get_by_label("Detector").select_option("threshold")
    asked.get_by_role("button", name="Analyse", exact=True).click()
    page.wait_for_url(lambda url: url != first and "/analyses/" in url)
    page.wait_for_selector("body[data-ready]", timeout=30_000)
    assert "By threshold, mount_wilson" in page.inner_text("#summary")
    id = first.rsplit("/", 1)[1]
    assert page.request.delete(f"/api/analyses/{id}").status == 204
    page.reload()  # its upload is its own
    page.wait_for_selector("body[data-ready]", timeout=30_000)
    assert "sun.fits" in page.inner_text("h1")
