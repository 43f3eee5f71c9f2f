"""A data set is made by a job that runs the command which the page shows."""

import shlex

import pytest
from PIL import Image

from halescope.cli import run
from halescope.datasets.manifest import rows, write_manifest


def form(**more):
    return {"name": "mine", "source": "inputs/drawn"} | more


def test_a_folder_becomes_a_data_set_by_a_job(client, inputs, workspace, done):
    looked = client.get("/api/datasets/look", params={"path": "inputs/drawn"}).json()
    assert (looked["format"], looked["said"], looked["pictures"]) == ("manifest", "a manifest", 4)
    asked = form(method="time", fractions=[0.5, 0.25, 0.25], gap=0, pictures="copy", notes="<b>x")
    told = client.post("/api/datasets/command", json=asked).json()
    assert told["problem"] == ""
    answer = client.post("/api/datasets", json=asked)
    assert answer.status_code == 202
    assert client.post("/api/datasets", json=asked).status_code == 409
    job = done(answer.json()["job"])
    assert (job["state"], job["command"]) == ("done", told["command"])
    found = client.get("/api/datasets/mine").json()
    assert (found["state"], found["notes"], found["kind"]) == ("ready", "<b>x", "disks")
    assert found["counts"]["parts"] == {"train": 2, "validation": 1, "test": 1}
    assert [one["name"] for one in client.get("/api/datasets").json()] == ["mine"]
    # The same on the command line makes the same.
    words = shlex.split(told["command"])[1:]
    words = [str(workspace / "inputs/drawn") if w == "inputs/drawn" else w for w in words]
    words[words.index("datasets/mine")] = str(workspace / "datasets/other")
    assert run(words) == 0
    tables = [(workspace / f"datasets/{n}/manifest.csv").read_text() for n in ("mine", "other")]
    assert tables[0] == tables[1]


def test_pictures_without_labels_become_a_data_set_to_label(client, inputs, done):
    (inputs / "manifest.csv").unlink()
    looked = client.get("/api/datasets/look", params={"path": "inputs/drawn"}).json()
    assert (looked["formats"], looked["said"], looked["pictures"]) == ([], "no labels", 4)
    told = client.post("/api/datasets/command", json=form(format="pictures")).json()
    assert told["problem"] == ""
    assert "--from pictures" in told["command"]
    job = done(client.post("/api/datasets", json=form(format="pictures")).json()["job"])
    assert job["state"] == "done"
    found = client.get("/api/datasets/mine/images").json()
    assert [image["labels"] for image in found["images"]] == [[]] * 4


def test_a_job_that_fails_leaves_a_name_that_can_be_used_again(client, inputs, done):
    asked = form(method="time", gap=300)
    job = done(client.post("/api/datasets", json=asked).json()["job"])
    assert job["state"] == "failed"
    assert "no room for two gaps" in job["message"]
    assert client.get("/api/datasets/mine").json()["state"] == "unfinished"
    job = done(client.post("/api/datasets", json=form()).json()["job"])
    assert job["state"] == "done"
    assert client.post("/api/datasets", json=form()).status_code == 409


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"source": "inputs/nothing"}, 404),
        ({"source": "/etc"}, 404),
        ({"source": "../.."}, 404),
        ({"source": "jobs"}, 422),  # neither labels nor pictures
        ({"name": "../up"}, 422),
        ({"name": ".hidden"}, 422),
        ({"name": "new"}, 422),
        ({"images": "/etc"}, 404),
        ({"method": "time", "fractions": [0.5, 0.2, 0.1]}, 422),
        ({"resize": "stretch"}, 422),
        ({"resize": "squash", "width": 5}, 422),
        ({"unknown": 1}, 422),
    ],
)
def test_what_cannot_be_made_is_refused_before_a_job(client, inputs, more, status):
    answer = client.post("/api/datasets", json=form(**more))
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/api/jobs").json() == []
    assert client.get("/api/datasets").json() == []


def test_a_manifest_that_names_files_elsewhere_is_refused(client, inputs, tmp_path):
    secret = tmp_path / "secret.png"
    Image.new("L", (64, 64)).save(secret)
    table = [row | {"image": str(secret)} for row in rows(inputs / "manifest.csv")]
    write_manifest(inputs / "manifest.csv", table)
    answer = client.post("/api/datasets", json=form())
    assert answer.status_code == 422
    assert "outside workspace and roots" in answer.json()["detail"]


def test_uploads_keep_their_folders_and_refuse_the_rest(client, inputs, workspace):
    name = client.post("/api/datasets/uploads", json={"name": "mine"}).json()["name"]
    picture = next(inputs.glob("*.png"))
    sent = {
        "mine/train/labels/a.txt": b"beta 0 0 0 1 1 9 9 0 0 0 0 0 0 0\n",
        "mine/train/images/a.png": picture.read_bytes(),
        "mine/../../../evil.png": picture.read_bytes(),
        "mine/page.png": b"<html><script>",
        "mine/run.sh": b"#!/bin/sh",
        "mine/bytes.txt": b"a\0b",
    }
    files = [("file", (path, data)) for path, data in sent.items()]
    answer = client.post(f"/api/datasets/uploads/{name}", files=files, data={"path": list(sent)})
    assert answer.status_code == 201
    assert answer.json()["kept"] == 2
    assert len(answer.json()["refused"]) == 4
    held = sorted(p.relative_to(workspace).as_posix() for p in workspace.rglob("*a.*"))
    assert held == [f"inputs/{name}/mine/train/{rest}" for rest in ("images/a.png", "labels/a.txt")]
    again = client.post("/api/datasets/uploads", json={"name": "mine"}).json()["name"]
    assert again == "mine-2"
    assert (
        client.post(
            "/api/datasets/uploads/nowhere", files=files, data={"path": list(sent)}
        ).status_code
        == 404
    )


def test_preview_shows_what_the_treatment_makes(client, inputs):
    looked = client.get("/api/datasets/look", params={"path": "inputs/drawn"}).json()
    asked = {"path": looked["samples"][0], "resize": "fill", "width": 200, "height": 100}
    answer = client.get("/api/datasets/preview.png", params=asked | {"colour": "colour"})
    assert answer.headers["content-type"] == "image/png"
    import io

    with Image.open(io.BytesIO(answer.content)) as picture:
        assert (picture.size, picture.mode) == ((200, 100), "RGB")
    plain = client.get("/api/datasets/preview.png", params={"path": looked["samples"][0]})
    with Image.open(io.BytesIO(plain.content)) as picture:
        assert picture.size == (512, 512)
    assert (
        client.get("/api/datasets/preview.png", params={"path": "/etc/passwd"}).status_code == 404
    )
