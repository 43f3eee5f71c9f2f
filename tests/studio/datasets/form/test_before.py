"""What the form of a new data set says before anything is made."""

import shutil

import pytest

from halescope.datasets.manifest import rows, write_manifest
from halescope.datasets.splits.config import SplitConfig
from halescope.datasets.splits.split import split_manifest
from halescope.errors import DatasetError


def command(client, **more):
    asked = {"name": "mine", "source": "inputs/drawn", "method": "time"} | more
    return client.post("/api/datasets/command", json=asked).json()


def look(client, path="inputs/drawn"):
    return client.get("/api/datasets/look", params={"path": path}).json()


def test_pictures_are_those_that_the_manifest_names(client, inputs):
    shutil.copytree(inputs, inputs.parent / "sheets" / "inside")  # pictures that belong to nobody
    labels = inputs.parent / "labels"
    labels.mkdir()
    shutil.copytree(inputs.parent / "sheets", labels / "sheets")
    table = [
        row | {"image": f"inputs/drawn/{row['image']}"} for row in rows(inputs / "manifest.csv")
    ]
    write_manifest(labels / "manifest.csv", table)
    found = look(client, "inputs/labels")
    assert (found["pictures"], found["missing"]) == (4, 0)
    assert sorted(found["samples"]) == sorted({row["image"] for row in table})
    write_manifest(labels / "manifest.csv", [*table, table[0] | {"image": "gone.png"}])
    assert (
        look(client, "inputs/labels")["pictures"],
        look(client, "inputs/labels")["missing"],
    ) == (5, 1)


@pytest.mark.parametrize("labelled_by", ["manifest", "names"])
def test_too_short_a_stretch_is_told_with_the_gap_that_fits(client, inputs, tmp_path, labelled_by):
    if labelled_by == "names":
        (inputs / "manifest.csv").rename(tmp_path / "manifest.csv")
        for at, path in enumerate(sorted(inputs.glob("*.png"))):
            path.rename(inputs / f"HMI.m2026.02.0{at + 1}_00.00.00.png")
        told = command(client, format="pictures")
    else:
        told = command(client)
    text = told["problem"]
    assert "leave no room for two gaps of 13.6 days between the parts: leave out" in text
    assert "--" not in text
    fits = float(text.split("leave out ")[1].split(" days")[0])
    more = {"format": "pictures"} if labelled_by == "names" else {}
    assert command(client, gap=fits, **more)["problem"] == ""
    assert command(client, gap=fits + 0.5, **more)["problem"] != ""
    assert command(client, method="random", **more)["problem"] == ""
    if labelled_by == "manifest":  # and so says the command
        manifest = inputs / "manifest.csv"
        split_manifest(manifest, SplitConfig("time", gap_days=fits), tmp_path / "fits")
        with pytest.raises(DatasetError, match="no room"):
            split_manifest(manifest, SplitConfig("time", gap_days=fits + 0.5), tmp_path / "not")


def test_times_that_are_not_known_yet_say_nothing(client, inputs):
    (inputs / "manifest.csv").unlink()
    for at, path in enumerate(sorted(inputs.glob("*.png"))):
        path.rename(inputs / f"{at}.png")
    assert command(client, format="pictures")["problem"] == ""
