"""A data set is made in the browser, looked through, audited and mended."""

import shutil

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

from halescope.datasets.formats.export import ExportConfig, export_manifest
from halescope.datasets.manifest import rows, write_manifest

FAULTY = "beta 0.00 0 0.00 240.00 200.00 200.00 240.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00\n"


@pytest.fixture(scope="module")
def source(labelled, tmp_path_factory):
    """KITTI labels and pictures, in parts; one label with its edges swapped."""
    folder = tmp_path_factory.mktemp("source")
    wanted = {}
    for row in rows(labelled / "manifest.csv"):
        wanted.setdefault(row["image"], []).append(row)
    parts = zip(wanted, ("train", "train", "validation", "test"), strict=False)
    table = [row | {"split": part} for image, part in parts for row in wanted[image]]
    write_manifest(folder / "manifest.csv", table)
    config = ExportConfig("kitti", pictures="png", size=256)
    export_manifest(folder / "manifest.csv", folder / "kitti", config, labelled, jobs=1)
    first = sorted((folder / "kitti/train/labels").glob("*.txt"))[0]
    first.write_text(FAULTY + first.read_text())
    return folder / "kitti"


def test_from_a_folder_to_a_mended_data_set(page, serving, source):
    shutil.copytree(source, serving.workspace / "inputs" / "drawn")
    page.goto("/datasets")
    page.get_by_text("No data sets yet").wait_for()
    page.get_by_role("link", name="New data set").first.click()
    page.get_by_role("button", name="Folder of the workspace").click()
    page.get_by_role("button", name="inputs").click()
    page.get_by_role("button", name="drawn").click()
    page.get_by_role("button", name="Choose this folder").click()
    page.get_by_text("KITTI labels, divided into train, validation, test").wait_for()
    page.get_by_role("textbox", name="Name").fill("mine <b>")
    page.get_by_text("expected letters").wait_for()
    page.get_by_role("textbox", name="Name").fill("mine")
    page.get_by_text("halescope dataset import inputs/drawn -o datasets/mine").wait_for()
    page.get_by_role("button", name="Make the data set").click()
    page.wait_for_url("**/datasets/mine")
    tiles = page.locator(".tile.disk")
    expect(tiles).to_have_count(4, timeout=40_000)
    expect(page.locator(".tile img")).to_have_count(4)
    expect(page.locator(".frame.loading")).to_have_count(0)
    expect(page.locator(".frame.missing")).to_have_count(0)
    assert page.locator(".tile .box").count() > 8
    page.get_by_role("group", name="Part").get_by_role("button", name="test").click()
    expect(tiles).to_have_count(1)

    page.get_by_role("tab", name="Audit").click()
    page.get_by_text("This split leaks").wait_for()
    page.get_by_role("tab", name="Faults").click()
    page.get_by_role("heading", name="1 fault").wait_for()
    page.get_by_role("button", name="Mend 1 fault").click()
    page.get_by_role("button", name="Mend", exact=True).click()
    page.get_by_role("heading", name="No faults").wait_for()
    labels = serving.workspace / "datasets/mine/labels"
    (kept,) = labels.glob("*.bak")
    assert kept.read_text().startswith(FAULTY)
    assert "200.00 200.00 240.00 240.00" in (labels / kept.name.removesuffix(".bak")).read_text()
    for tab, text in (("Statistics", "Labels by class"), ("Export", "In another format")):
        page.get_by_role("tab", name=tab).click()
        page.get_by_text(text).wait_for()


def test_files_of_this_computer_become_a_data_set(page, serving, source):
    page.goto("/datasets/new")
    part = source / "train"
    files = [*part.glob("images/*.png"), *part.glob("labels/*.txt")]
    page.locator("input[type=file]").nth(1).set_input_files(files)
    page.get_by_text("KITTI labels").first.wait_for()
    page.get_by_text("At random").click()
    page.get_by_label("Train, percent").fill("50")
    page.get_by_label("Train, percent").press("Tab")
    page.get_by_role("button", name="Fill", exact=True).click()
    expect(page.locator(".preview-frame:not(.loading) img")).to_have_count(2)
    page.get_by_role("textbox", name="Name").fill("sent")
    page.get_by_text("--resize fill --size 256x256").wait_for()
    assert len(list(serving.workspace.glob("inputs/upload*/*"))) == len(files)
