"""Labels over REST: what is read, written, refused, and what the files hold then."""

import json
from threading import Thread

import pytest

from halescope.datasets.formats.kitti import parse_kitti
from halescope.datasets.lint import lint_labels
from halescope.datasets.lint_manifest import lint_manifest
from halescope.datasets.manifest import entries, rows
from studio.labels.conftest import KEYS

BOX = {"x_min": 140.0, "y_min": 285.0, "x_max": 170.0, "y_max": 315.0, "class": "alpha"}


def put(client, address, labels, tag="*", **more):
    headers = {} if tag is None else {"If-Match": tag}
    return client.put(address, json={"labels": labels, **more}, headers=headers)


def kept(label):
    names = ("id", "x_min", "y_min", "x_max", "y_max", "class", "status", "noaa_number")
    return {name: label[name] for name in names}


def manifest(suns):
    return suns / "manifest.csv"


def test_labels_are_read_in_pixels_of_the_file(client, labels_of):
    found = client.get(labels_of(0))
    assert found.status_code == 200
    assert found.headers["etag"] == found.json()["etag"]
    (label,) = found.json()["labels"]
    # By hand: the canonical disk has its middle at 208 and 200 px of radius, as the picture at 256.
    assert [label[n] for n in ("x_min", "x_max")] == pytest.approx([238, 278], abs=0.6)
    assert [label[n] for n in ("y_min", "y_max")] == pytest.approx([184, 214], abs=0.6)
    assert (label["class"], label["status"], label["noaa_number"]) == ("beta", "firm", 14351)
    assert found.json()["width"] == 512


def test_what_is_written_is_in_manifest_and_kitti(client, labels_of, suns):
    before = manifest(suns).read_text().splitlines()
    tag = client.get(labels_of(1)).headers["etag"]
    answer = put(client, labels_of(1), [BOX | {"truncated": 0.25, "occluded": 1}], tag)
    assert answer.status_code == 200
    assert answer.headers["etag"] != tag
    (label,) = answer.json()["labels"]
    assert (label["truncated"], label["occluded"], label["source"]) == (0.25, 1, "hand")
    kitti = suns / "labels" / "HMI.m2026.02.04_18.00.00.txt"
    (box,), problems = parse_kitti(kitti.read_text(), kitti.name)
    assert not problems
    assert (box.name, box.edges, box.truncated) == ("alpha", (140.0, 285.0, 170.0, 315.0), 0.25)
    after = manifest(suns).read_text().splitlines()
    assert [after[i] for i in (0, 1, 3)] == [before[i] for i in (0, 1, 3)]
    found = dict(entries(manifest(suns)))["images/HMI.m2026.02.04_18.00.00.png"]
    assert found[0].mount_wilson == "alpha"
    assert found[0].box == pytest.approx((92, 149, 122, 179), abs=0.6)
    assert found[0].hgs_lon == pytest.approx(-32.7, abs=1.5)
    assert not lint_manifest(manifest(suns), root=suns)
    faults = lint_labels(kitti.parent, "kitti")
    assert {fault.kind for fault in faults} == {"no-labels"}  # of the two pictures left alone


def test_a_box_that_stays_keeps_its_row(client, labels_of, suns):
    before = manifest(suns).read_text()
    state = client.get(labels_of(0)).json()
    assert put(client, labels_of(0), [kept(state["labels"][0])], state["etag"]).status_code == 200
    assert manifest(suns).read_text() == before


def test_a_box_that_moves_keeps_noaas_position_while_it_holds_it(client, labels_of, suns):
    state = client.get(labels_of(0)).json()
    label = kept(state["labels"][0])
    near = label | {"x_min": label["x_min"] + 3, "box_source": "field"}
    state = put(client, labels_of(0), [near], state["etag"]).json()
    row = next(rows(manifest(suns)))
    assert (row["x"], row["hgs_lon"], row["box_source"]) == ("209.0", "0.5", "field")
    label = kept(state["labels"][0])
    far = label | {"x_min": 300.0, "x_max": 340.0}
    put(client, labels_of(0), [far], state["etag"])
    row = next(rows(manifest(suns)))
    assert float(row["x"]) > 260
    assert float(row["hgs_lon"]) > 10
    assert (row["area_msh"], row["box_source"]) == ("120.0", "hand")


def test_a_deleted_box_comes_back_with_its_row(client, labels_of, suns):
    before = manifest(suns).read_text()
    state = client.get(labels_of(0)).json()
    gone = put(client, labels_of(0), [], state["etag"])
    assert gone.json()["labels"] == []
    assert next(rows(manifest(suns)))["status"] == ""
    label = state["labels"][0]
    back = kept(label) | {"id": None, "kept": label["kept"]}
    assert put(client, labels_of(0), [back], gone.headers["etag"]).status_code == 200
    assert manifest(suns).read_text() == before


def test_without_if_match_nothing_is_written(client, labels_of, suns):
    before = manifest(suns).read_text()
    answer = put(client, labels_of(1), [BOX], None)
    assert answer.status_code == 428
    assert "If-Match" in answer.json()["detail"]
    assert manifest(suns).read_text() == before


def test_the_second_of_two_is_told(client, labels_of, suns):
    tag = client.get(labels_of(1)).headers["etag"]
    first = put(client, labels_of(1), [BOX], tag)
    second = put(client, labels_of(1), [BOX | {"class": "beta"}], tag)
    assert (first.status_code, second.status_code) == (200, 412)
    assert second.headers["content-type"] == "application/problem+json"
    assert second.json()["etag"] == first.headers["etag"]
    assert client.get(labels_of(1)).json()["labels"][0]["class"] == "alpha"
    mine = put(client, labels_of(1), [BOX | {"class": "beta"}], second.json()["etag"])
    assert mine.json()["labels"][0]["class"] == "beta"


def test_two_writers_lose_no_rows(client, labels_of, suns):
    """Both write other pictures of one manifest, ten times each, at once."""
    failed = []

    def write(number):
        for turn in range(10):
            answer = put(client, labels_of(number), [BOX] * (turn + 1))
            if answer.status_code != 200:
                failed.append(answer.text)

    threads = [Thread(target=write, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    found = [len(labels) for _, labels in entries(manifest(suns))]
    assert found == [1, 10, 10]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"class": "gamma-ray"}, "expected one of alpha"),
        ({"status": "sure"}, "firm"),
        ({"x_max": 140.5}, "narrower"),
        ({"x_max": 600.0}, "reaches out of 512 x 512"),
        ({"x_min": 2.0, "x_max": 30.0, "y_min": 2.0, "y_max": 30.0}, "no piece of the Sun"),
        ({"id": "7"}, "ids of GET"),
        ({"colour": "red"}, "colour"),
        ({"truncated": 2}, "truncated"),
    ],
)
def test_a_box_that_cannot_be_is_refused(client, labels_of, suns, changes, said):
    before = manifest(suns).read_text()
    answer = put(client, labels_of(1), [BOX | changes])
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert manifest(suns).read_text() == before


def test_numbers_that_are_none_are_refused(client, labels_of):
    text = json.dumps({"labels": [BOX]}).replace("140.0", "NaN")
    headers = {"If-Match": "*", "content-type": "application/json"}
    assert client.put(labels_of(1), content=text, headers=headers).status_code == 422


def test_edges_in_wrong_order_are_put_right(client, labels_of):
    answer = put(client, labels_of(1), [BOX | {"x_min": 170.0, "x_max": 140.0}])
    assert [answer.json()["labels"][0][n] for n in ("x_min", "x_max")] == [140.0, 170.0]


def test_a_person_decides_what_was_doubtful(client, labels_of, suns):
    state = put(client, labels_of(1), [BOX]).json()
    label = state["labels"][0]
    flagged = kept(label) | {"id": None, "status": "doubtful", "kept": {"flags": "limb;crowded"}}
    state = put(client, labels_of(1), [flagged], state["etag"]).json()
    assert state["labels"][0]["flags"] == "limb;crowded"
    firm = kept(state["labels"][0]) | {"status": "firm"}
    state = put(client, labels_of(1), [firm], state["etag"]).json()
    assert state["labels"][0]["flags"] == "crowded"


def test_text_of_a_stranger_stays_text(client, labels_of, suns):
    note = '<script>alert("x")</script>, "quoted"\nand a line'
    state = put(client, labels_of(1), [BOX | {"note": note}]).json()
    assert state["labels"][0]["note"] == '<script>alert("x")</script>, "quoted" and a line'
    assert len(list(entries(manifest(suns)))) == 3


@pytest.mark.parametrize("image", ["nothing.png", "..%2F..%2Fmanifest.csv", "%00"])
def test_pictures_that_are_not_there(client, suns, image):
    assert client.get(f"/api/datasets/{suns.name}/labels/{image}").status_code == 404
    assert client.get(f"/api/datasets/..%2F{suns.name}/labels/{image}").status_code == 404


def test_reviewed_is_kept_and_leads_on(client, labels_of, suns):
    around = client.get(f"{labels_of(0)}/neighbours").json()
    assert (around["place"], around["count"], around["reviewed"]) == (1, 3, 0)
    assert around["previous"] is None
    client.post(f"{labels_of(1)}/reviewed", json={"reviewed": True})
    around = client.get(f"{labels_of(0)}/neighbours").json()
    assert around["unreviewed"] == "HMI.m2026.02.05_00.00.00.png"
    assert client.get(f"/api/datasets/{suns.name}/labels").json()["reviewed"] == 1
    put(client, labels_of(1), [], reviewed=False)
    assert client.get(labels_of(1)).json()["reviewed"] == ""


def test_least_sure_first(client, labels_of, suns):
    folder = suns / "proposals"
    folder.mkdir()
    lines = ["image,score", "HMI.m2026.02.04_12.00.00.png,0.99", "HMI.m2026.02.05_00.00.00.png,0.5"]
    (folder / "catalog.csv").write_text("\n".join(lines))
    around = client.get(f"{labels_of(2)}/neighbours?by=least-sure").json()
    assert (around["place"], around["doubt"]) == (1, 1.0)
    assert around["next"] == "HMI.m2026.02.04_12.00.00.png"
    client.post(f"{labels_of(2)}/reviewed", json={"reviewed": True})
    around = client.get(f"{labels_of(1)}/neighbours?by=least-sure").json()
    assert around["first"] == "HMI.m2026.02.04_12.00.00.png"


def test_pages_answer(client, suns):
    for address in ("/label", f"/label/{suns.name}/{KEYS[0]}", "/compare"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "style=" not in answer.text
