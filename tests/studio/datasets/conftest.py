"""A workspace with pictures and labels to make data sets of."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from halescope.datasets.manifest import rows, write_manifest


@pytest.fixture
def inputs(labelled: Path, workspace: Path) -> Path:
    """Return a folder of the workspace with four pictures, their manifest and summaries."""
    folder = workspace / "inputs" / "drawn"
    folder.mkdir(parents=True)
    table = list(rows(labelled / "manifest.csv"))
    images = list(dict.fromkeys(row["image"] for row in table))[:4]
    for image in images:
        shutil.copy(labelled / image, folder / image)
    parts = dict(zip(images, ("train", "train", "validation", "test"), strict=True))
    kept = [row | {"split": parts[row["image"]]} for row in table if row["image"] in parts]
    write_manifest(folder / "manifest.csv", kept)
    shutil.copy(labelled / "srs.csv", folder.parent / "srs.csv")
    return folder


@pytest.fixture
def made(inputs: Path, workspace: Path) -> Path:
    """Return a data set of four disks, made by the command."""
    from halescope.datasets.imports.config import ImportConfig
    from halescope.datasets.imports.run import import_folder

    folder = workspace / "datasets" / "drawn"
    import_folder(inputs, folder, ImportConfig(), jobs=1)
    return folder


@pytest.fixture
def done(client: TestClient) -> Callable[[dict], dict]:
    """Return what waits for the end of a job."""

    def wait(job: dict) -> dict:
        for _ in range(600):
            found = client.get(f"/api/jobs/{job['id']}").json()
            if found["state"] not in ("queued", "running"):
                return found
            time.sleep(0.05)
        raise AssertionError(found)

    return wait
