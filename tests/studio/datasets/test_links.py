"""Links in data sets, absolute ones too: what they lead to is read inside the workspace alone."""

import io
import os
import shutil
import zipfile
from pathlib import Path

import pytest
from PIL import Image

SECRET = "secret.png"


@pytest.fixture
def outside(tmp_path, inputs) -> Path:
    """Return a folder that nobody may read, with a picture and a file of labels."""
    folder = tmp_path / "elsewhere"
    (folder / "labels").mkdir(parents=True)
    shutil.copy(sorted(inputs.glob("*.png"))[0], folder / SECRET)
    (folder / "labels" / "a.txt").write_text("beta 0 0 0 9 9 1 1 0 0 0 0 0 0 0\n")
    return folder


@pytest.fixture
def linked(made, outside) -> Path:
    """Return the data set; its first picture leads outside, its second stays inside."""
    first, second, *_ = sorted((made / "images").iterdir())
    inside = made.parent.parent / "inputs" / "kept.png"
    shutil.copy(second, inside)
    for link, target in ((first, outside / SECRET), (second, inside)):
        link.unlink()
        os.symlink(target.absolute(), link)
    return made


def keys(client):
    found = client.get("/api/datasets/drawn/images").json()["images"]
    return [image["key"] for image in found]


def test_a_picture_that_leads_outside_is_gone_for_every_page(client, linked, outside):
    first, second, *_ = keys(client)
    for key, status in ((first, 404), (second, 200)):
        for address in ("images/{}/thumbnail.jpg", "labels/{}"):
            answer = client.get(f"/api/datasets/drawn/{address.format(key)}")
            assert answer.status_code == status, (address, answer.text)
        picture = client.get("/api/pictures", params={"path": f"datasets/drawn/images/{key}"})
        assert picture.status_code == status
    body = {"labels": []}
    put = client.put(f"/api/datasets/drawn/labels/{first}", json=body, headers={"If-Match": "*"})
    assert put.status_code == 404
    packed = client.get("/api/datasets/drawn/exports/folder.zip")
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        names = archive.namelist()
    assert f"images/{second}" in names
    assert f"images/{first}" not in names


@pytest.mark.parametrize("wanted", ["kitti", "coco", "crops"])
def test_what_leads_outside_is_not_exported(client, linked, wanted):
    answer = client.post("/api/datasets/drawn/export", json={"format": wanted, "pictures": "copy"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "leads out of workspace and roots" in answer.json()["detail"]
    assert client.get("/api/jobs").json() == []


@pytest.mark.parametrize("pictures", ["link", "copy"])
@pytest.mark.parametrize("what", ["picture", "folder", "labels"])
def test_no_data_set_is_made_of_what_leads_outside(client, inputs, outside, what, pictures):
    source = "inputs/drawn"
    if what == "picture":
        picture = sorted(inputs.glob("*.png"))[0]
        picture.unlink()
        os.symlink((outside / SECRET).absolute(), picture)
    elif what == "folder":
        os.symlink(outside.absolute(), inputs.parent / "shown")
        source = "inputs/shown"
    else:
        (inputs / "manifest.csv").unlink()
        os.symlink((outside / "labels").absolute(), inputs / "labels")
    asked = {"name": "mine", "source": source, "pictures": pictures}
    answer = client.post("/api/datasets", json=asked)
    assert answer.status_code in (404, 422)
    assert client.get("/api/jobs").json() == []
    told = client.post("/api/datasets/command", json=asked)
    assert told.status_code == 404 or told.json()["problem"]


def test_mending_and_labelling_write_nothing_outside(client, made, outside):
    shutil.rmtree(made / "labels", ignore_errors=True)
    before = (outside / "labels" / "a.txt").read_bytes()
    os.symlink((outside / "labels").absolute(), made / "labels")
    key = keys(client)[0]
    box = {"x_min": 10, "y_min": 10, "x_max": 60, "y_max": 50, "class": "beta"}
    answer = client.put(
        f"/api/datasets/drawn/labels/{key}", json={"labels": [box]}, headers={"If-Match": "*"}
    )
    client.get("/api/datasets/drawn/lint")
    client.post("/api/datasets/drawn/lint/fix")
    assert sorted(p.name for p in (outside / "labels").iterdir()) == ["a.txt"]
    assert (outside / "labels" / "a.txt").read_bytes() == before
    assert answer.status_code in (200, 422)


def test_a_table_that_leads_outside_tells_nothing(client, made, outside):
    table = (made / "manifest.csv").read_text()
    (outside / "manifest.csv").write_text(table.replace("drawn", "hidden"))
    (made / "manifest.csv").unlink()
    os.symlink((outside / "manifest.csv").absolute(), made / "manifest.csv")
    for address in ("", "/images", "/statistics", "/audit", "/lint", "/manifest.csv"):
        answer = client.get(f"/api/datasets/drawn{address}")
        told = answer.json().get("state") if address == "" else answer.status_code
        assert told in (404, 409, 422, "unfinished", "broken"), (address, answer.text[:300])


def test_clone_and_delete_leave_what_is_linked_to(client, linked, outside):
    assert client.post("/api/datasets/drawn/clone", json={"name": "copy"}).status_code == 201
    assert client.delete("/api/datasets/drawn").status_code == 204
    assert client.delete("/api/datasets/copy").status_code == 204
    with Image.open(outside / SECRET) as picture:
        assert picture.size == (512, 512)
    assert (linked.parent.parent / "inputs" / "kept.png").is_file()


def test_a_room_that_is_a_link_is_none(client, outside, workspace):
    os.symlink(outside.absolute(), workspace / "datasets" / "shown")
    assert client.get("/api/datasets").json() == []
    assert client.get("/api/datasets/shown").status_code == 404


def test_a_workspace_can_be_moved_as_a_whole(made, workspace, tmp_path):
    pictures = sorted((made / "images").iterdir())
    assert all(path.is_symlink() for path in pictures)
    moved = tmp_path / "moved"
    workspace.rename(moved)
    for path in pictures:
        there = moved / path.relative_to(workspace)
        assert there.read_bytes() == (moved / "inputs" / "drawn" / path.name).read_bytes()


def test_pictures_elsewhere_are_linked_to_by_their_whole_path(inputs, tmp_path):
    from halescope.datasets.imports.config import ImportConfig
    from halescope.datasets.imports.run import import_folder

    folder = tmp_path / "far" / "datasets" / "drawn"
    folder.parent.mkdir(parents=True)
    import_folder(inputs, folder, ImportConfig(), jobs=1)
    for path in (folder / "images").iterdir():
        assert os.readlink(path) == str(inputs / path.name)
