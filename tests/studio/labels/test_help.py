"""What helps to draw boxes: rotation, extent, proposals, NOAA's regions, all pictures at once."""

import numpy as np
import pytest

from halescope.studio.labels.overview import inputs_of
from studio.labels.conftest import KEYS, PLACES, turned_west


def middle(box):
    return np.array([(box["x_min"] + box["x_max"]) / 2, (box["y_min"] + box["y_max"]) / 2])


def test_carried_boxes_lie_where_the_region_is_by_then(client, labels_of):
    label = client.get(labels_of(0)).json()["labels"][0]
    found = client.post(f"{labels_of(1)}/carry").json()
    assert (found["source"], found["hours"], found["gone"]) == (KEYS[0], 6.0, 0)
    (box,) = found["labels"]
    assert middle(box) == pytest.approx(turned_west(*middle(label), 6), abs=0.7)
    assert (box["class"], box["noaa_number"], box["id"]) == ("beta", 14351, None)


def test_boxes_can_be_carried_back(client, labels_of):
    put = {"labels": [{"x_min": 140, "y_min": 285, "x_max": 170, "y_max": 315, "class": "beta"}]}
    client.put(labels_of(2), json=put, headers={"If-Match": "*"})
    found = client.post(f"{labels_of(0)}/carry", json={"source": KEYS[2]}).json()
    assert found["hours"] == -12
    assert middle(found["labels"][0]) == pytest.approx(turned_west(155, 300, -12), abs=0.9)


def test_the_first_picture_has_none_before(client, labels_of):
    assert client.post(f"{labels_of(0)}/carry").status_code == 404


def test_snap_finds_the_field(client, labels_of):
    x, y = PLACES[0]
    found = client.post(f"{labels_of(0)}/snap", json={"x": x + 6, "y": y - 4}).json()["box"]
    assert middle(found) == pytest.approx(PLACES[0], abs=2)
    assert 25 < found["x_max"] - found["x_min"] < 60
    quiet = client.post(f"{labels_of(0)}/snap", json={"x": 300, "y": 380})
    assert quiet.json()["box"] is None


def test_proposals_have_scores_and_classes(client, labels_of):
    found = client.post(f"{labels_of(0)}/proposals", json={"detector": "threshold", "floor": 0})
    proposals = found.json()["proposals"]
    distance = [np.hypot(*(middle(box) - place)).min() for place in PLACES for box in proposals]
    assert min(distance) < 3
    assert all(0 <= box["score"] <= 1 for box in proposals)
    assert sum(proposals[0]["probabilities"].values()) == pytest.approx(1, abs=0.01)
    refused = client.post(f"{labels_of(0)}/proposals", json={"detector": "no such network"})
    assert refused.status_code == 422


def test_ghosts_come_from_the_manifest_or_a_summary(client, labels_of, suns):
    (ghost,) = client.get(f"{labels_of(0)}/ghosts").json()["ghosts"]
    assert (ghost["noaa_number"], ghost["source"]) == (14351, "manifest")
    table = ["date,noaa_number,location,lat,lon,area_msh,zurich,mag_class,n_spots,carrington_lon"]
    (suns / "srs.csv").write_text("\n".join([*table, ""]))
    assert client.get(f"{labels_of(1)}/ghosts").json()["ghosts"] == []


def test_a_job_looks_at_all_pictures(client, suns, labels_of):
    address = f"/api/datasets/{suns.name}/proposals"
    job = client.post(address, json={"floor": 0.3})
    assert job.status_code == 202
    folder = f"datasets/{suns.name}"
    options = f"--table-only --min-score 0.3 -o {folder}/proposals"
    assert job.json()["command"] == f"halescope analyze {folder}/images {options}"
    again = client.post(address)
    assert again.json()["id"] == job.json()["id"]
    client.post(f"/api/jobs/{job.json()['id']}/abort")


def test_inputs_are_folders_where_nothing_else_lies_there(tmp_path):
    for name in ("a.png", "b.png", "notes.txt"):
        (tmp_path / name).touch()
    files = [tmp_path / "a.png", tmp_path / "b.png"]
    assert inputs_of(files) == [tmp_path]
    assert inputs_of(files[:1]) == files[:1]


def test_two_labellers(client, suns, labels_of):
    import shutil

    shutil.copytree(suns, suns.with_name("twin"))
    box = {"x_min": 140, "y_min": 285, "x_max": 170, "y_max": 315, "class": "alpha"}
    client.put(labels_of(1), json={"labels": [box]}, headers={"If-Match": "*"})
    found = client.get("/api/compare", params={"a": suns.name, "b": "twin"}).json()
    assert (found["pictures"], found["matched"], found["differing"]) == (3, 1, 1)
    assert found["f1"] == pytest.approx(2 / 3)
    assert found["images"][0]["only_a"] == [0]
    assert found["images"][0]["key"] == KEYS[1]
    assert found["command"].startswith(
        f"halescope compare labellers datasets/{suns.name}/manifest.csv"
    )
    missing = client.get("/api/compare", params={"a": suns.name, "b": "../../etc"})
    assert missing.status_code == 404


def test_a_data_set_alone_leads_to_the_first_picture_that_nobody_has_reviewed(
    client, suns, labels_of
):
    page = f"/label/{suns.name}"
    answer = client.get(page, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{page}/{KEYS[0]}")
    client.post(f"{labels_of(0)}/reviewed", json={"reviewed": True})
    assert client.get(page, follow_redirects=False).headers["location"] == f"{page}/{KEYS[1]}"
    assert client.get("/label/none", follow_redirects=False).status_code == 404
