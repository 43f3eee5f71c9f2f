"""A data set that is not divided is told before a run, and what needs no parts is not held up."""

from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra studio is not installed")

HEADER = "image,time,split,noaa_number,class,status,x_min,y_min,x_max,y_max,source"


def write(workspace: Path, parts: tuple[str, ...]) -> None:
    folder = workspace / "datasets" / "sun"
    folder.mkdir(parents=True)
    lines = [
        f"{n}.png,2026-02-0{n + 1}T00:00:00Z,{part},1,beta,firm,1,2,30,40,hand"
        for n, part in enumerate(parts)
    ]
    (folder / "manifest.csv").write_text("\n".join([HEADER, *lines]) + "\n")


@pytest.mark.parametrize("network", ["detector", "detectnet", "googlenet", "centerpoint"])
def test_what_is_not_divided_is_told_with_the_way_to_divide_it(client, workspace, network):
    write(workspace, ("", "", ""))
    asked = {"network": network, "name": "n", "dataset": "sun"}
    for address in ("/api/models/preview", "/api/models"):
        answer = client.post(address, json=asked)
        assert answer.status_code == 422
        assert "sun has no part for training and validation: divide it" in answer.json()["detail"]
        assert list(answer.json()["fields"]) == ["data.split"]
        page = answer.json()["divide"]
        assert page == "/datasets/new?source=datasets%2Fsun&name=sun+by+time&method=time"
        assert client.get(page, headers={"accept": "text/html"}).status_code == 200
    assert list((workspace / "runs").iterdir()) == []


@pytest.mark.parametrize(
    ("network", "values"),
    [
        ("detector", {"data.split": "all"}), ("detectnet", {"data.split": "random"}),
        ("classifier", {}), ("classifier", {"held_out.split": "random"}),
    ],
)  # fmt: skip
def test_what_needs_no_parts_is_begun(client, workspace, network, values):
    write(workspace, ("", "", ""))
    asked = {"network": network, "name": "n", "dataset": "sun", "values": values}
    assert client.post("/api/models/preview", json=asked).status_code == 200


def test_one_part_that_lacks_is_named(client, workspace):
    write(workspace, ("train", "train", "test"))
    asked = {"network": "classifier", "name": "n", "dataset": "sun"}
    asked["values"] = {"held_out.split": "manifest"}
    answer = client.post("/api/models/preview", json=asked)
    assert "has no part for validation" in answer.json()["detail"]
    assert list(answer.json()["fields"]) == ["held_out.split"]


def test_what_is_divided_is_begun(client, workspace):
    write(workspace, ("train", "validation", "test"))
    asked = {"network": "detectnet", "name": "n", "dataset": "sun"}
    assert client.post("/api/models/preview", json=asked).status_code == 200
