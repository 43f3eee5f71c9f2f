"""A small network is trained in the browser: its curve moves, it stops, goes on, is used."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from halescope.datasets.manifest import write_manifest
from studio.labels.conftest import KEYS, ROW, picture

pytest.importorskip("lightning", reason="the train extra is not installed")

PATIENCE = 240_000
"""Milliseconds: torch has to be loaded, on a machine that does other things too."""


@pytest.fixture
def dataset(serving) -> str:
    """Return the name of a data set of class folders in the workspace: grey crops, and darker."""
    rng = np.random.default_rng(1)
    for part in ("train", "validation"):
        for level, kind in ((90, "alpha"), (160, "beta")):
            folder: Path = serving.workspace / "datasets" / "crops" / part / kind
            folder.mkdir(parents=True)
            for number in range(2):
                levels = rng.integers(level, level + 40, (24, 32)).astype(np.uint8)
                Image.fromarray(levels).save(folder / f"{number}.png")
    return "crops"


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


def test_train_watch_stop_resume_use(page, serving, dataset):
    page.goto(f"/models/new?dataset={dataset}")
    page.get_by_text("GoogLeNet", exact=True).click()
    page.get_by_role("button", name="As DIGITS has it").click()
    page.get_by_label("Epochs", exact=True).fill("500")
    page.get_by_label("Validate every").fill("2")
    page.get_by_label("Keep the last").fill("1")
    page.get_by_label("Batch size").fill("2")
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
    page.get_by_text("mine is among the classifiers of Analyse").wait_for(timeout=PATIENCE)
    assert (serving.workspace / "models" / "mine.onnx").is_file()
    page.locator(".toast").get_by_role("button", name="Analyse", exact=True).click()
    page.wait_for_url("**/analyse?classifier=models/mine.json")
    assert page.locator("#classifier").input_value() == "models/mine.json"
    assert page.locator("#detector").input_value() == "proposals"
    page.goto("/models")
    page.get_by_role("link", name="mine").wait_for()
    page.goto("/try?network=mine")
    assert page.locator("#network").input_value() == "mine"


@pytest.fixture
def one_class(serving) -> str:
    """Return the name of a data set whose regions are all of one class: too few to learn from."""
    folder: Path = serving.workspace / "datasets" / "one class"
    (folder / "images").mkdir(parents=True)
    rows = []
    for number, key in enumerate(KEYS):
        picture([(209.0, 264.0)]).save(folder / "images" / key)
        time = f"2026-02-0{4 + number}T12:00:00Z"
        rows.append(ROW | {"image": f"images/{key}", "time": time, "noaa_number": 14351 + number})
    write_manifest(folder / "manifest.csv", rows)
    return folder.name


def test_a_data_set_that_is_too_small_is_told_in_one_sentence(page, one_class):
    page.goto(f"/models/new?dataset={one_class}")
    assert page.get_by_label("Learns from").input_value() == "all"  # it is not divided
    page.get_by_text("DetectNet", exact=True).click()
    fault = page.locator(".notice.bad")
    fault.get_by_text("one class has no part for training and validation").wait_for()
    assert fault.get_by_role("link", name="Divide it anew").is_visible()
    assert not page.locator("aside .command").count()
    page.get_by_text("Our classifier", exact=True).click()
    page.locator(".command pre", has_text="halescope train classifier").wait_for()
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url("**/models/classifier-1")
    told = page.locator(".run-head .notice.bad")
    told.wait_for(timeout=PATIENCE)
    assert told.inner_text() == (
        "It failed. the labelled regions: are all beta; expected two or more of alpha, beta, "
        "complex (label regions of another class too)"
    )
