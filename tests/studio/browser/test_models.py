"""A small network is trained in the browser: its curve moves, it stops, goes on, is used."""

import shutil
from pathlib import Path

import pytest

pytest.importorskip("lightning", reason="the train extra is not installed")

PATIENCE = 240_000
"""Milliseconds: torch has to be loaded, on a machine that does other things too."""


@pytest.fixture
def dataset(serving, labelled: Path) -> str:
    """Return the name of a data set of drawn disks in the workspace, divided by hours."""
    folder = serving.workspace / "datasets" / "drawn"
    folder.mkdir(parents=True, exist_ok=True)
    for path in labelled.glob("*.png"):
        shutil.copy(path, folder)
    first, *lines = (labelled / "manifest.csv").read_text().splitlines()
    at = first.split(",").index("split")
    rows = [line.split(",") for line in lines]
    for row in rows:
        row[at] = "validation" if "_15" in row[0] else "train"
    text = "\n".join([first, *(",".join(row) for row in rows)])
    (folder / "manifest.csv").write_text(text + "\n")
    return "drawn"


def step(page) -> int:
    """Return the step that the page tells."""
    text = page.locator(".run-progress").inner_text()
    return int(text.split("Step ")[1].split(" ")[0].replace(",", "")) if "Step " in text else 0


def wait_for_steps(page, more_than: int) -> None:
    page.wait_for_function(
        "least => Number((document.querySelector('.run-progress')?.innerText"
        ".match(/Step ([\\d,]+)/) ?? [0, '0'])[1].replace(',', '')) > least",
        arg=more_than, timeout=PATIENCE,
    )  # fmt: skip


@pytest.mark.slow
def test_train_watch_stop_resume_use(page, serving, dataset):
    page.goto(f"/models/new?dataset={dataset}")
    page.get_by_text("DetectNet", exact=True).click()
    page.get_by_label("Epochs", exact=True).fill("500")
    page.get_by_label("Windows of").fill("64")
    page.get_by_label("Windows an epoch").fill("16")
    page.get_by_label("Validate on").fill("1")
    page.get_by_label("Base learning rate").fill("1e-4, x")
    page.get_by_text("is 'x', expected a number").wait_for()
    assert page.get_by_role("button", name="Start training").is_disabled()
    page.get_by_label("Base learning rate").fill("1e-4, 2e-4")
    page.get_by_role("button", name="Start 2 runs").wait_for()
    page.get_by_label("Base learning rate").fill("1e-4")
    page.get_by_label("Name").fill("small one")
    page.locator(".command pre", has_text="run.folder=runs/small one").wait_for()
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url("**/models/small%20one")

    wait_for_steps(page, 2)
    page.locator(".u-over").first.wait_for()
    page.get_by_text("Validation, percent").wait_for(timeout=PATIENCE)  # an epoch is done
    seen = step(page)
    wait_for_steps(page, seen)
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped. Its last snapshot is kept").wait_for(timeout=PATIENCE)
    done = page.request.get("/api/models/small%20one/metrics").json()["next"]
    assert done > 2

    page.get_by_role("button", name="Resume").click()
    wait_for_steps(page, done)
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped. Its last snapshot is kept").wait_for(timeout=PATIENCE)
    steps = page.request.get("/api/models/small%20one/metrics").json()["steps"]["step"]
    assert steps == list(range(1, len(steps) + 1))

    page.get_by_role("button", name="Use in Analyse").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("mine")
    page.get_by_role("button", name="Use it").click()
    page.get_by_text("mine is among the detectors of Analyse").wait_for(timeout=PATIENCE)
    assert (serving.workspace / "models" / "mine.onnx").is_file()
    page.goto("/models")
    page.get_by_role("link", name="mine").wait_for()
    page.goto("/try?network=mine")
    assert page.locator("#network").input_value() == "mine"
